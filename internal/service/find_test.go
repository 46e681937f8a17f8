package service

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// TestSearch finds each kind of record by its reference and by words of its
// name in any order.
func TestSearch(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	first := func(words string) Found {
		t.Helper()
		found, err := s.Search(ctx, words)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Fatalf("%q finds nothing", words)
		}
		return found[0]
	}
	for ref, kind := range map[string]string{
		"WF-0003": "workflow", "pol-0001": "policy", "PER-0004": "person", "RA-0001": "assessment",
		"RSK-0001": "risk", "IMP-0001": "source", "GC-2026-0001": "certificate", "SCH-0001": "schedule",
		"EV-0001": "evidence",
	} {
		if got := first(ref); got.Kind != kind {
			t.Errorf("%q finds %+v first, want a %s", ref, got, kind)
		}
	}
	if got := first("RSK-0001"); got.In == "" || got.Title == "" {
		t.Errorf("a risk is found without its assessment: %+v", got)
	}
	a, b := first("housing repairs"), first("REPAIRS  housing")
	if a != b || a.Kind != "workflow" {
		t.Errorf("the order of words matters: %+v, %+v", a, b)
	}
	for _, words := range []string{"", "  ", "no such record at all", "%", "_"} {
		found, err := s.Search(ctx, words)
		if err != nil || found == nil ||
			len(found) > 0 && (words == "" || words == "  " || len(words) > 5) {
			t.Errorf("%q: %v, %v", words, found, err)
		}
	}
	many, err := s.Search(ctx, "a")
	if err != nil || len(many) != mostFound {
		t.Errorf("%d found, %v", len(many), err)
	}
	if !slices.ContainsFunc(many, func(f Found) bool { return f.Kind == "risk" || f.Kind == "workflow" }) {
		t.Errorf("%v", many)
	}
}

// TestSearch_inside finds what stands within records, with the words around it, and
// a run by its identifier.
func TestSearch_inside(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	must(
		s.DecideFindings(
			ctx,
			byTwo(Decision{
				FindingQuery: FindingQuery{Workflow: "WF-0003", Code: "OVR-03"},
				Decide:       "explained",
				Why:          "The Rota of the quarantined Wednesday was never published",
			}),
		),
	)
	whole := must(s.Runs(ctx, RunQuery{Workflow: "WF-0003"}))
	for _, c := range []struct{ words, kind, in, excerpt string }{
		{"quarantined wednesday", "finding", "WF-0003", "… Rota of the quarantined Wednesday was …"},
		{whole.Items[0].RunID, "run", "WF-0003", ""},
	} {
		found := must(s.Search(ctx, c.words))
		if len(found) == 0 || found[0].Kind != c.kind || found[0].In != c.in {
			t.Errorf("%q finds %+v, want a %s", c.words, found, c.kind)
		}
	}
	pol := must(s.Policy(ctx, "POL-0001"))
	wf := must(s.Workflow(ctx, "WF-0003")).Workflow
	a := must(s.Assessments(ctx, "WF-0003"))[0]
	for want, words := range map[Found]string{
		{Kind: "policy", Ref: pol.Ref}:                   pol.Versions[len(pol.Versions)-1].ForbidUses[0],
		{Kind: "workflow", Ref: wf.Ref}:                  wf.Account.HowItWorks,
		{Kind: "risk", Ref: a.Risks[0].Ref, In: a.Ref}:   a.Risks[0].Cause + " " + a.Risks[0].Consequence,
		{Kind: "gate", Ref: wf.Gates[0].Key, In: wf.Ref}: wf.Gates[0].Decides,
	} {
		found := must(s.Search(ctx, strings.ToUpper(words)))
		at := slices.IndexFunc(
			found,
			func(f Found) bool { return f.Kind == want.Kind && f.Ref == want.Ref && f.In == want.In },
		)
		if at < 0 {
			t.Errorf("%q finds %+v, want %+v", words, found, want)
			continue
		}
		first := strings.Fields(words)[0]
		if !strings.Contains(strings.ToLower(found[at].Excerpt), strings.ToLower(first)) &&
			!strings.Contains(strings.ToLower(found[at].Title), strings.ToLower(first)) {
			t.Errorf("%q is shown in %q", words, found[at].Excerpt)
		}
	}
	// Nobody looks for what only the program reads.
	for _, words := range []string{wf.ID, wf.OwnerID} {
		if found := must(s.Search(ctx, words)); len(found) > 0 {
			t.Errorf("%q finds %+v", words, found)
		}
	}
	// A change is found at once, and what it replaced no more.
	wf.Service = "Zanzibar office"
	must(s.SaveWorkflow(ctx, wf))
	if found := must(s.Search(ctx, "zanzibar")); len(found) != 1 || found[0].Ref != wf.Ref ||
		found[0].Excerpt != wf.Service {
		t.Errorf("a change is not found: %+v", found)
	}
	if out := (&searchItem{
		texts:  []string{strings.Repeat("İ", 100) + " needle " + strings.Repeat("ẞ", 100)},
		inside: "needle",
	}).excerpt([]string{"needle"}); out == "" {
		t.Error("letters that change their length in lower case lose the excerpt")
	}
}
