package certificate

import (
	"strings"
	"testing"

	"assay/internal/workflow"
)

func TestPatternSentence(t *testing.T) {
	p := Pattern{Gate: "g", Title: "Answers", Runs: 11400, Due: 212, Looked: 212, Changed: 3, Terms: "50 a week"}
	seen := map[string]bool{}
	for _, kind := range workflow.Patterns {
		p.Pattern = string(kind)
		text := p.Sentence(false)
		if kind == workflow.EachRun {
			if text != "" {
				t.Errorf("a decision on each run is said in another place: %q", text)
			}
			continue
		}
		if text == "" || seen[text] || !strings.Contains(text, "11,400") || !strings.Contains(text, "212") {
			t.Errorf("%s: %q", kind, text)
		}
		seen[text] = true
	}
	p.Pattern = string(workflow.DrawnSample)
	const want = "No person looks at each answer. Staff are to read 50 a week. They read 212 of 11,400 and changed 3."
	if got := p.Sentence(false); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := p.Sentence(true); got != "At “Answers”: "+want {
		t.Errorf("got %q", got)
	}
}
