package run

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldAccount is the form in which accounts are compared: compatibility
// characters and full width made plain (NFKC), case folded, blanks around it
// left out and those inside made one, marks that nobody sees (which come along when
// a name is copied out of a dialog) left out. "J.Shaw", "j.shaw " and "ｊ.ｓｈａｗ" are one.
func FoldAccount(s string) string {
	if folded(s) {
		return s
	}
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(
		strings.Fields(norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(seen))))), " ",
	)
}

// folded tells whether s is in that form already, as most accounts are.
func folded(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// SpelledAlike tells whether a and b are two spellings of one account, and not
// the same one.
func SpelledAlike(a, b string) bool {
	return a != b && !(folded(a) && folded(b)) && FoldAccount(a) == FoldAccount(b)
}
