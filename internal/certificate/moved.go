package certificate

import (
	"fmt"
	"slices"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/prose"
)

// Moved says what the register shows of a workflow now and a statement made before
// does not say: nobody approves a page that is no longer true. f and r are the facts
// and the readiness of today. It is empty where nothing moved; what people have said
// since, beyond taking back what they had said, moves nothing.
func (s Statement) Moved(f assurance.Facts, r assurance.Report) []string {
	var out []string
	if today := civil.Of(f.Now); s.ValidUntil.Before(today) {
		out = append(out, "it was valid until "+s.ValidUntil.Long())
	}
	if bad := Refusals(f, r); len(bad) > 0 {
		names := make([]string, len(bad))
		for i, b := range bad {
			names[i] = b.Name
		}
		slices.Sort(names)
		out = append(out, "a certificate would be refused now for "+and(slices.Compact(names)))
	}
	if s.Format != FormatName {
		return out // the first form of a statement counted otherwise
	}
	now := Describe(f, r)
	held := map[string]bool{}
	for _, x := range s.Sources {
		held[x.Ref] = true
	}
	came := 0
	for _, x := range now.Sources {
		if !held[x.Ref] {
			came++
		}
		delete(held, x.Ref)
	}
	if came > 0 {
		out = append(out, prose.Count(came, "file")+" came in")
	}
	if len(held) > 0 {
		out = append(out, prose.Count(len(held), "file")+" went")
	}
	if now.Runs != s.Runs {
		out = append(out, fmt.Sprintf("%d runs are held, and it says %d", now.Runs, s.Runs))
	}
	if now.Workflow.Version != s.Workflow.Version {
		out = append(out, fmt.Sprintf("version %s is in use, and it says %s", now.Workflow.Version, s.Workflow.Version))
	}
	if len(now.Declarations) != len(s.Declarations) {
		out = append(out, "what the runs are held to was changed")
	}
	then := map[string]Finding{}
	for _, x := range s.Findings {
		then[x.Code] = x
	}
	for _, x := range now.Findings {
		was := then[x.Code]
		switch {
		case x.Found() != was.Found():
			out = append(out, fmt.Sprintf("%s was found %d times, and it says %d", x.Code, x.Found(), was.Found()))
		case x.signed() < was.signed():
			out = append(out, x.Code+" is approved otherwise than it says")
		case x.Settled() < was.Settled():
			out = append(out, fmt.Sprintf("%s has %d explained, and it says %d", x.Code, x.Settled(), was.Settled()))
		}
	}
	return out
}

// signed is how many findings were settled with the own keys of those who approved.
func (f Finding) signed() (n int) {
	for _, e := range f.Said {
		if e.Signed {
			n += e.Findings
		}
	}
	return n
}
