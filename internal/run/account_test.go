package run

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFoldAccount(t *testing.T) {
	for _, same := range [][]string{
		{"j.shaw", "J.Shaw", " j.shaw ", "J.SHAW", "ｊ.ｓｈａｗ", "\u200ej.shaw", "j.\u200bshaw\ufeff"},
		{"jane shaw", "Jane  Shaw", "JANE\u00a0SHAW"},
		{"straße", "STRASSE"},
		{"ﬁona", "Fiona"},
	} {
		for _, s := range same {
			if SpelledAlike(s, same[0]) != (s != same[0]) {
				t.Errorf("%q and %q are two spellings: %v", s, same[0], SpelledAlike(s, same[0]))
			}
			if got := FoldAccount(s); got != FoldAccount(same[0]) {
				t.Errorf("%q folds to %q, %q to %q", s, got, same[0], FoldAccount(same[0]))
			}
		}
	}
	for _, s := range [][2]string{{"j.shaw", "jshaw"}, {"j.shaw", "j.shaw2"}, {"é", "e"}} {
		if FoldAccount(s[0]) == FoldAccount(s[1]) || SpelledAlike(s[0], s[1]) {
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
