package runlog

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"assay/internal/run"
	"assay/internal/runlog/quote"
)

// Logs say how long something took in many forms: 30:05:00 (a spreadsheet's [h]:mm:ss),
// PT30H5M (ISO 8601), 1 days 06:05:00 (pandas), 1d 6h 5m, 45 s.

var (
	clockTaken = regexp.MustCompile(`^(?:(\d{1,5}) days?,? )?(\d{1,6}):([0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?$`)
	isoTaken   = regexp.MustCompile(
		`^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})(?:[.,](\d{1,9}))?S)?)?$`,
	)
	partTaken = regexp.MustCompile(`^(\d{1,9})(?:[.,](\d{1,9}))? ?([a-z]+)\.?,? ?(?:and )?`)
	bareTaken = regexp.MustCompile(`^(\d{1,9})(?:[.,](\d{1,9}))?$`)
)

var units = map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour}

// unitNames are the words for units in a length of time.
var unitNames = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second,
	"seconds": time.Second, "m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute,
	"minutes": time.Minute, "h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

// lengthOf reads a length of time; unit is that of a bare number, 0 for none.
func lengthOf(s string, unit time.Duration) (d time.Duration, why string) {
	s = fold(s)
	of := func(whole, fraction string, unit time.Duration) time.Duration {
		n, _ := strconv.ParseInt(whole, 10, 64)
		f, _ := strconv.ParseFloat("0."+fraction+"0", 64)
		return time.Duration(n)*unit + time.Duration(f*float64(unit))
	}
	if m := clockTaken.FindStringSubmatch(s); m != nil {
		return of(m[1], "", 24*time.Hour) + of(m[2], "", time.Hour) + of(m[3], "", time.Minute) +
			of(m[4], m[5], time.Second), ""
	}
	if m := isoTaken.FindStringSubmatch(strings.ToUpper(s)); m != nil && len(s) > 2 {
		return of(m[1], "", 24*time.Hour) + of(m[2], "", time.Hour) + of(m[3], "", time.Minute) +
			of(m[4], m[5], time.Second), ""
	}
	if m := bareTaken.FindStringSubmatch(s); m != nil {
		if unit == 0 {
			return 0, fmt.Sprintf(
				"%s of what? Say it in the mapping (taken_in: seconds, minutes or hours).",
				quote.Clip(s),
			)
		}
		return of(m[1], m[2], unit), ""
	}
	for rest := s; rest != ""; {
		m := partTaken.FindStringSubmatch(rest)
		if m == nil || unitNames[m[3]] == 0 {
			return 0, fmt.Sprintf(
				"%q is no length of time that Assay reads: write it like 0:05:00 (hours, minutes and "+
					"seconds), PT5M or 5 min.",
				quote.Clip(s),
			)
		}
		d += of(m[1], m[2], unitNames[m[3]])
		rest = rest[len(m[0]):]
	}
	return d, ""
}

// taken counts back from a decision how long it took, to when it was opened. Where the
// time of the decision is known to the day only, nothing can be counted from it.
func (a *assembler) taken(d *run.Decision, s string, at run.Position) (why string) {
	if a.nothing[fold(s)] {
		return ""
	}
	took, why := lengthOf(s, units[a.m.TakenIn])
	switch {
	case why != "":
		return fieldNames[fTimeTaken] + ": " + why
	case took > 366*24*time.Hour:
		return fmt.Sprintf("%s: %q is more than a year.", fieldNames[fTimeTaken], quote.Clip(s))
	case d.Decided.IsZero() || !d.Opened.IsZero():
	case d.Precision == run.ToDay:
		a.say(
			at,
			"How long a decision took (%s) is left aside where the time of the decision is known to the day only.",
			a.m.Fields["time_taken"],
		)
	default:
		d.Opened = d.Decided.Add(-took)
	}
	return ""
}
