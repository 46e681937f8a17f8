package runlog

import (
	"fmt"
	"strings"

	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/runlog/quote"
)

// What the AI recommends is a text ("propose stage one"), to which officers agree or
// do not, or a word for an outcome ("Turn down"), which they reach too or do not. No
// program can tell one from the other: read as a text, a refusal on "Turn down" goes
// against the AI, and officers who always follow it seem to judge for themselves.
// Where every decision on a word is a refusal, the import says so.

const (
	maxAdvice = 64 // distinct recommendations; more of them are texts
	minAdvice = 5  // refusals on a word before anything is said of it
)

// advice is how the decisions on one recommendation went.
type advice struct{ yes, no int64 }

// advise counts a decision on a recommendation that the mapping does not explain.
func (a *assembler) advise(d *run.Decision) {
	if d.AIRecommendation == "" || d.AICode != "" || len(a.advised) > maxAdvice {
		return
	}
	w := fold(d.AIRecommendation)
	n := a.advised[w]
	if n == nil {
		if a.advised == nil {
			a.advised = map[string]*advice{}
		}
		n = &advice{}
		a.advised[strings.Clone(w)] = n
	}
	switch d.Code {
	case run.Approved, run.ApprovedWithEdits:
		n.yes++
	case run.Rejected, run.Terminated:
		n.no++
	}
}

// sayAdvice notes the recommendations that look like words for a refusal.
func (s *sink) sayAdvice() {
	all := map[string]advice{}
	for _, a := range s.assemblers {
		if len(a.advised) > maxAdvice {
			return
		}
		for w, n := range a.advised {
			sum := all[w]
			sum.yes, sum.no = sum.yes+n.yes, sum.no+n.no
			all[w] = sum
		}
	}
	if len(all) > maxAdvice {
		return
	}
	for _, w := range sortedKeys(all) {
		n := all[w]
		if n.yes > 0 || n.no < minAdvice {
			continue
		}
		if agreed, _ := oversight.Recommended(&run.Decision{AIRecommendation: w, Code: run.Rejected}); agreed {
			continue // a word that is known
		}
		s.note(Refusal{Reason: fmt.Sprintf(
			"Nobody explained what the AI's %q recommends. All %d decisions on it are refusals, and count as against "+
				"the AI. If it recommends a refusal, say so in the mapping (decisions: {rejected: [%q]}).",
			quote.Clip(w), n.no, quote.Clip(w))})
	}
}
