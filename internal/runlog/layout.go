package runlog

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"assay/internal/run"
)

// layout is a form of times, as a mapping writes it: DD/MM/YYYY hh:mm.
type layout struct {
	text      string // as the mapping has it
	form      string // in Go's notation
	precision run.Precision
	zoned     bool          // the time carries its own offset
	unix      time.Duration // a number of such since 1970
	serial    bool          // a number of days since 30 December 1899, as spreadsheets count
	twelve    bool          // hours count to twelve, with AM or PM
	// Day and month are both numbers, so that one could be taken for the other.
	dayFirst, monthFirst bool
}

// layoutParts are what a layout may hold, the longer before the shorter.
var layoutParts = [...]struct{ ours, form string }{
	{"YYYY", "2006"}, {"YY", "06"}, {"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "01"}, {"DD", "02"}, {"D", "2"},
	{"M", "1"},
	{"hh", "15"}, {"h", "15"}, {"mm", "04"}, {"ss", "05"}, {".fff", ".999999999"}, {",fff", ",999999999"}, {"AM", "PM"},
	{"Z", "Z07:00"},
}

// layoutOf reads a layout. It needs a year, a month and a day; without an hour
// its times are days, and without seconds they are known to the minute.
func layoutOf(text string) (layout, error) {
	if text == serialLayout {
		return layout{text: text, serial: true}, nil
	}
	if text == isoForm {
		return layout{text: text}, nil // clock.iso reads it
	}
	if unit := unixLayouts[text]; unit != 0 {
		return layout{text: text, unix: unit, zoned: true}, nil
	}
	l := layout{text: text}
	has := map[string]int{} // part → where it stands, from 1
	for rest := text; rest != ""; {
		n := 0
		for _, p := range layoutParts {
			if !strings.HasPrefix(rest, p.ours) {
				continue
			}
			l.form += p.form
			n = len(p.ours)
			has[p.form] = len(text) - len(rest) + 1
			break
		}
		if n == 0 {
			c := rest[0]
			if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' && c != 't' || c >= 'A' && c <= 'Z' && c != 'T' {
				return l, fmt.Errorf("%q is not understood in a layout; write it like DD/MM/YYYY hh:mm:ss", text)
			}
			l.form, n = l.form+rest[:1], 1
		}
		rest = rest[n:]
	}
	at := func(forms ...string) (n int) {
		for _, f := range forms {
			n = max(n, has[f])
		}
		return n
	}
	day, month := at("02", "2"), at("01", "1")
	switch {
	case at("2006", "06") == 0 || day == 0 || month+at("Jan", "January") == 0:
		return l, errors.New("a layout needs a year (YYYY), a month (MM) and a day (DD)")
	case at("15") == 0 && at("04", "05", ".999999999", ",999999999", "PM") > 0:
		return l, errors.New("a layout with minutes needs an hour (hh)")
	case at("15") == 0:
		l.precision = run.ToDay
	case at("05") == 0:
		l.precision = run.ToMinute
	}
	l.zoned = at("Z07:00") > 0
	l.dayFirst, l.monthFirst = month > day, month > 0 && month < day
	if l.twelve = at("PM") > 0; l.twelve {
		l.form = strings.Replace(l.form, "15", "3", 1)
	}
	return l, nil
}

// serialLayout is the layout of dates that a spreadsheet lost the format of.
const serialLayout = "SERIAL"

// unixLayouts are those of times that count since 1 January 1970, UTC.
var unixLayouts = map[string]time.Duration{
	"UNIX": time.Second, "UNIX_MS": time.Millisecond, "UNIX_US": time.Microsecond, "UNIX_NS": time.Nanosecond,
}

// readUnix reads such a time, which may have a fraction, between 1990 and 2100:
// others are of another unit, or some other number.
func (l *layout) readUnix(s string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(l.unix) {
		return time.Time{}, fmt.Errorf("%q is no time", s)
	}
	t := time.Unix(0, n*int64(l.unix)).UTC()
	if fraction != "" {
		f, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is no time", s)
		}
		t = t.Add(time.Duration(f * float64(l.unix)).Round(time.Microsecond))
	}
	if t.Year() < 1990 || t.Year() > 2100 {
		return time.Time{}, fmt.Errorf("%q is no time of this unit", s)
	}
	return t, nil
}

// readSerial reads a spreadsheet's number of a date of this century or the last
// decades of the one before: others are some other number.
func (l *layout) readSerial(s string) (time.Time, error) {
	days, err := strconv.ParseFloat(s, 64)
	if err != nil || days < 30_000 || days > 80_000 {
		return time.Time{}, fmt.Errorf("%q is no date's number", s)
	}
	l.precision = run.ToSecond
	if days == math.Trunc(days) {
		l.precision = run.ToDay
	}
	seconds := math.Round(days * 86_400)
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second), nil
}

// halfDay finds the half of the day as people write it.
var halfDay = regexp.MustCompile(`(?i)([ap])\.?\s?m\b\.?`)

// read reads a time of this form; one without an offset is given in UTC.
func (l *layout) read(s string) (time.Time, error) {
	if l.unix != 0 {
		return l.readUnix(s)
	}
	if l.serial {
		return l.readSerial(s)
	}
	if l.twelve {
		s = halfDay.ReplaceAllStringFunc(s, func(w string) string { return strings.ToUpper(w[:1]) + "M" })
	}
	t, err := time.ParseInLocation(l.form, s, time.UTC)
	if err != nil && l.zoned { // +0200, as Java writes it
		t, err = time.ParseInLocation(strings.Replace(l.form, "Z07:00", "Z0700", 1), s, time.UTC)
	}
	return t, err
}

// swapped is the layout with day and month in each other's place.
func (l *layout) swapped() layout {
	text := strings.NewReplacer("AM", "AM", "DD", "MM", "MM", "DD", "D", "M", "M", "D").Replace(l.text)
	other, _ := layoutOf(text)
	return other
}
