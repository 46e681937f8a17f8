// Package prose puts words and numbers that come from elsewhere, such as an
// imported file, into sentences of our own.
package prose

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// maxLine is the length of a line that the activity log takes, in bytes.
const maxLine = 900

// OneLine makes any text fit for one line: control characters and runs of white
// space become one space, what is no UTF-8 becomes "?", and what is longer than a
// line of the activity log may be is cut and ends with "…".
func OneLine(s string) string {
	s = strings.Join(
		strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return unicode.IsControl(r) || r == ' ' }),
		" ",
	)
	for len(s) > maxLine {
		r := []rune(s)
		s = string(r[:len(r)*3/4]) + "…"
	}
	return s
}

// Shorten cuts s to n characters, the last of which is then "…".
func Shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// LowerFirst is s for the middle of a sentence: with a small first letter,
// unless it begins with an abbreviation such as "AI".
func LowerFirst(s string) string {
	r := []rune(s)
	if len(r) < 2 || unicode.IsUpper(r[1]) {
		return s
	}
	return string(unicode.ToLower(r[0])) + string(r[1:])
}

// Seconds is a length of time in words: "45 s", "2 min 5 s", "3 h 20 min".
func Seconds(n int) string {
	switch {
	case n < 60:
		return fmt.Sprintf("%d s", n)
	case n < 3600 && n%60 == 0:
		return fmt.Sprintf("%d min", n/60)
	case n < 3600:
		return fmt.Sprintf("%d min %d s", n/60, n%60)
	case n%3600 < 60:
		return fmt.Sprintf("%d h", n/3600)
	}
	return fmt.Sprintf("%d h %d min", n/3600, n%3600/60)
}

// Number is a count with commas between thousands.
func Number[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is a number of things whose plural is regular: "1 run", "1,200 runs".
func Count[N int | int64](n N, what string) string {
	if n != 1 {
		what += "s"
	}
	return Number(n) + " " + what
}
