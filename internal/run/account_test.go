package run

import (
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestFoldAccount(t *testing.T) {
	for _, same := range [][]string{
		{"j.shaw", "J.Shaw", " j.shaw ", "J.SHAW", "ｊ.ｓｈａｗ"},
		{"jane shaw", "Jane  Shaw", "JANE\u00a0SHAW"},
		{"straße", "STRASSE"},
		{"ﬁona", "Fiona"},
	} {
		for _, s := range same {
			if got := FoldAccount(s); got != FoldAccount(same[0]) {
				t.Errorf("%q folds to %q, %q to %q", s, got, same[0], FoldAccount(same[0]))
			}
		}
	}
	for _, s := range [][2]string{{"j.shaw", "jshaw"}, {"j.shaw", "j.shaw2"}, {"é", "e"}} {
		if FoldAccount(s[0]) == FoldAccount(s[1]) {
			t.Errorf("%q and %q fold alike", s[0], s[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "account")
		if once := FoldAccount(s); FoldAccount(once) != once {
			t.Fatalf("%q folds to %q, and that to %q", s, once, FoldAccount(once))
		}
	})
}

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
