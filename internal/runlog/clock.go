package runlog

import (
	"fmt"
	"time"

	"assay/internal/run"
	"assay/internal/runlog/quote"
)

// clock reads times. A time needs a zone: its own (Z or an offset), or the one
// that the mapping gives for the file. It is never guessed from this computer.
type clock struct {
	loc     *time.Location // zone of times that carry none; nil: none given
	overlap string         // "first" or "second" of the hour that comes twice in autumn; "" asks
	layouts []layout       // the mapping's, tried in order
	alsoISO bool           // next to layouts: dates of a workbook come so
	days    bool           // a day without a time is one
	asDays  bool           // a time that is exactly midnight is a day, which a program wrote so

	// Of the time that was read last: how exactly it is known, and which layout
	// it has; nil for the form of ISO 8601.
	precision run.Precision
	layout    *layout
	zone      int   // seconds by which it was written ahead of UTC; where the mapping gives the zone, nought
	midnight  bool  // it is exactly midnight, as it was written or in the mapping's zone
	utc       int64 // how many times were written with Z
	offsets   map[int32]int64
}

func offsetName(sec int32) string {
	if sec == utcWritten {
		return "Z"
	}
	sign := '+'
	if sec < 0 {
		sign, sec = '-', -sec
	}
	return fmt.Sprintf("%c%02d:%02d", sign, sec/3600, sec/60%60)
}

// utcWritten stands for "Z" in counts of offsets.
const utcWritten = 1 << 30

// parse reads a time, in UTC; why is the reason for a person where it cannot.
func (c *clock) parse(s string) (t time.Time, why string) {
	c.zone, c.midnight = 0, false
	t, why = c.read(s)
	// Zones stand whole quarters of an hour apart: most times need no second look.
	if why != "" || c.precision == run.ToDay || t.Unix()%900 != 0 || t.Nanosecond() != 0 {
		return t, why
	}
	wall := t.Add(time.Duration(c.zone) * time.Second)
	if c.loc != nil && !isMidnight(wall) {
		wall = t.In(c.loc)
	}
	if c.midnight = isMidnight(wall); c.midnight && c.asDays {
		c.precision = run.ToDay
		y, m, d := wall.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), ""
	}
	return t, ""
}

func isMidnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 }

func (c *clock) read(s string) (t time.Time, why string) {
	c.precision, c.layout = run.ToSecond, nil
	for i := range c.layouts {
		l := &c.layouts[i]
		t, err := l.read(s)
		if err != nil {
			continue
		}
		c.precision, c.layout = l.precision, l
		if l.zoned || l.precision == run.ToDay {
			_, c.zone = t.Zone()
			return t.UTC(), ""
		}
		return c.local(s, t)
	}
	if len(c.layouts) > 0 && !c.alsoISO {
		return t, fmt.Sprintf("%q is not a time of the form that the mapping gives.", quote.Clip(s))
	}
	return c.iso(s)
}

// iso reads a time as RFC 3339 has it: 2026-06-01T09:12:04.250+01:00. A blank
// instead of the T, a comma before the fraction and missing seconds are taken too.
func (c *clock) iso(s string) (t time.Time, why string) {
	bad := func() (time.Time, string) {
		return time.Time{}, fmt.Sprintf("%q is no time of the form 2026-06-01T09:12:04Z.", quote.Clip(s))
	}
	if len(s) < 16 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' && s[10] != 't' || s[13] != ':' {
		if len(s) == 10 && s[4] == '-' && s[7] == '-' {
			if t, err := time.Parse(time.DateOnly, s); err == nil && c.days {
				c.precision = run.ToDay
				return t, ""
			}
			return time.Time{}, fmt.Sprintf("%q is a day without a time; a time is needed.", s)
		}
		return bad()
	}
	ok := true
	two := func(i int) int {
		a, b := s[i]-'0', s[i+1]-'0'
		ok = ok && a <= 9 && b <= 9
		return int(a)*10 + int(b)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, sec, nsec := two(11), two(14), 0, 0
	i := 16
	c.precision = run.ToMinute
	if i < len(s) && s[i] == ':' {
		if len(s) < 19 {
			return bad()
		}
		sec = two(17)
		i = 19
		c.precision = run.ToSecond
		if i < len(s) && (s[i] == '.' || s[i] == ',') {
			i++
			from, scale := i, 100_000_000
			for i < len(s) && s[i]-'0' <= 9 {
				nsec += int(s[i]-'0') * scale
				scale /= 10
				i++
			}
			ok = ok && i > from
		}
	}
	if !ok || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || sec > 60 {
		return bad()
	}
	unix := daysSinceEpoch(year, month, day)*86400 + int64(hour)*3600 + int64(minute)*60 + int64(sec)
	switch {
	case i == len(s):
		return c.local(s, time.Unix(unix, int64(nsec)).UTC())
	case len(s) == i+1 && s[i]|0x20 == 'z':
		c.utc++
		return time.Unix(unix, int64(nsec)).UTC(), ""
	}
	z := s[i:]
	if z[0] == ' ' {
		z = z[1:]
	}
	if z == "UTC" || z == "GMT" {
		c.utc++
		return time.Unix(unix, int64(nsec)).UTC(), ""
	}
	if len(z) != 6 && len(z) != 5 && len(z) != 3 || z[0] != '+' && z[0] != '-' || len(z) == 6 && z[3] != ':' {
		return bad()
	}
	at := len(s) - len(z)
	offset := two(at+1) * 3600
	if len(z) > 3 {
		m := two(len(s) - 2)
		ok = ok && m < 60
		offset += m * 60
	}
	if !ok || offset > 18*3600 {
		return bad()
	}
	if z[0] == '-' {
		offset = -offset
	}
	if c.offsets == nil {
		c.offsets = map[int32]int64{}
	}
	c.offsets[int32(offset)]++
	c.zone = offset
	return time.Unix(unix-int64(offset), int64(nsec)).UTC(), ""
}

// local gives t, a wall-clock time written without a zone, the mapping's zone.
func (c *clock) local(s string, t time.Time) (time.Time, string) {
	if c.loc == nil {
		return time.Time{}, fmt.Sprintf(
			"%q has no time zone. Which zone was the clock in? Say it in the mapping (zone: Europe/London), or "+
				"export times with one.",
			quote.Clip(s),
		)
	}
	y, m, d := t.Date()
	l := time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), c.loc)
	if l.Hour() != t.Hour() || l.Minute() != t.Minute() {
		return time.Time{}, fmt.Sprintf("%q never was in %s: the clocks went forward over it.", quote.Clip(s), c.loc)
	}
	// The same wall-clock time an offset change earlier or later?
	for _, step := range [...]time.Duration{-2 * time.Hour, 2 * time.Hour} {
		_, here := l.Zone()
		_, there := l.Add(step).Zone()
		other := l.Add(time.Duration(here-there) * time.Second)
		if _, o := other.Zone(); here != there && o == there {
			first, second := l, other
			if second.Before(first) {
				first, second = second, first
			}
			switch c.overlap {
			case "first":
				return first.UTC(), ""
			case "second":
				return second.UTC(), ""
			}
			return time.Time{}, fmt.Sprintf(
				"%q came twice in %s: the clocks went back over it. Say in the mapping which is meant (overlap: "+
					"first or second).",
				quote.Clip(s),
				c.loc,
			)
		}
	}
	return l.UTC(), ""
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSinceEpoch counts from 1970-01-01 in the Gregorian calendar (Howard
// Hinnant's days_from_civil).
func daysSinceEpoch(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

// report adds the zones that were seen to the totals.
func (c *clock) report(s *sink) {
	if c.utc > 0 {
		s.offsets[utcWritten] += c.utc
	}
	for off, n := range c.offsets {
		s.offsets[off] += n
	}
	c.utc, c.offsets = 0, nil
}
