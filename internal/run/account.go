package run

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldAccount is the form in which accounts are compared: compatibility
// characters and full width made plain (NFKC), case folded, blanks around it
// left out and those inside made one. "J.Shaw", "j.shaw " and "ｊ.ｓｈａｗ" are one.
func FoldAccount(s string) string {
	simple := true
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' {
			simple = false
			break
		}
	}
	if simple {
		return s
	}
	return strings.Join(
		strings.Fields(norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(s))))), " ",
	)
}
