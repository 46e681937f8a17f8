// Package quote shortens what a message quotes from an imported file: the text
// is somebody else's, may be of any length, and must not break the sentence.
package quote

import (
	"strings"
	"unicode"
)

// most is how many bytes of a text a message quotes.
const most = 120

// Clip is the beginning of s, whole characters of 120 bytes at most.
func Clip(s string) string {
	if len(s) <= most {
		return s
	}
	i := most
	for i > most-4 && s[i]&0xC0 == 0x80 {
		i--
	}
	return s[:i] + "…"
}

// Excerpt is the beginning of source text, fit to be shown: control characters
// become blanks, and what is no UTF-8 becomes U+FFFD.
func Excerpt(b []byte) string {
	if len(b) > 4*most {
		b = b[:4*most]
	}
	return Clip(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD")))
}
