// Package civil holds dates without times: the day a policy is due for review
// is the same day for everybody, in every zone.
package civil

import (
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar as YYYY-MM-DD, or empty for "no date".
// As text it sorts, compares and is stored as it stands.
type Date string

// Parse reads YYYY-MM-DD; the empty string is no date.
func Parse(s string) (Date, error) {
	if s == "" {
		return "", nil
	}
	if t, err := time.Parse("2006-01-02", s); err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return "", fmt.Errorf("%q is no date of the form 2026-03-31", s)
	}
	return Date(s), nil
}

// Of is the day of t in UTC.
func Of(t time.Time) Date { return Date(t.UTC().Format("2006-01-02")) }

// Time is midnight UTC at the start of the day; the zero time for no date.
func (d Date) Time() time.Time {
	t, _ := time.Parse("2006-01-02", string(d))
	return t
}

// Valid tells whether d is a day that there is, or no date: 31 February is none,
// though it sorts and compares as text.
func (d Date) Valid() bool {
	_, err := Parse(string(d))
	return err == nil
}

// IsZero tells whether there is no date.
func (d Date) IsZero() bool { return d == "" }

// Before tells whether d is an earlier day than e; no date is before nothing.
func (d Date) Before(e Date) bool { return d != "" && e != "" && d < e }

// AddMonths is the same day n months later, or the last day of that month
// where it is shorter (31 January + 1 month = 28 or 29 February).
func (d Date) AddMonths(n int) Date {
	t := d.Time()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Of(first.AddDate(0, 0, min(t.Day(), last)-1))
}

// AddDays is n days later.
func (d Date) AddDays(n int) Date { return Of(d.Time().AddDate(0, 0, n)) }

// DaysUntil is the number of days from d to e, negative where e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.Time().Sub(d.Time()).Hours() / 24) }

// Long is the date as people write it: 3 March 2026.
func (d Date) Long() string {
	if d == "" {
		return ""
	}
	return d.Time().Format("2 January 2006")
}
