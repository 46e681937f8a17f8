package prose

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\n\tb  c":            "a b c",
		"\x1b[31mred":            "[31mred",
		"not\xffUTF-8":           "not?UTF-8",
		strings.Repeat("a", 900): strings.Repeat("a", 900),
	} {
		if got := OneLine(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	long := OneLine(strings.Repeat("é", 5000))
	if len(long) > maxLine || !strings.HasSuffix(long, "…") || !utf8.ValidString(long) {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}

func TestSeconds(t *testing.T) {
	for n, want := range map[int]string{
		45: "45 s", 240: "4 min", 523: "8 min 43 s", 7200: "2 h", 7230: "2 h", 7500: "2 h 5 min",
	} {
		if got := Seconds(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestLowerFirst(t *testing.T) {
	for in, want := range map[string]string{
		"Housing officer": "housing officer", "AI lead": "AI lead", "X": "X", "": "",
	} {
		if got := LowerFirst(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := Shorten("Brackenmere", 5); got != "Brac…" {
		t.Error(got)
	}
}
