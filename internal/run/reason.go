package run

import (
	"strings"
	"unicode"
)

// Explained tells whether a decision has a reason that says something.
func (d *Decision) Explained() bool { return d.ReasonStands || !SaysNothing(d.Reason) }

// SaysNothing tells whether a reason is none: empty, without a letter or a digit, or one
// of the words by which people fill a field that must not be empty. A short reason may
// be a code of the organisation's own, and counts.
func SaysNothing(reason string) bool {
	if strings.IndexFunc(reason, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return true
	}
	if len(reason) > 12 {
		return false
	}
	switch strings.Trim(strings.ToLower(reason), " \t.-_/*") {
	case "x", "xx", "xxx", "n/a", "na", "n.a", "none", "nil", "null", "ok", "tbc", "tbd", "test", "no reason", "nan":
		return true
	}
	return false
}
