package service

import (
	"context"
	"slices"
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
	for ref, kind := range map[string]string{"WF-0003": "workflow", "pol-0001": "policy", "PER-0004": "person", "RA-0001": "assessment", "RSK-0001": "risk", "IMP-0001": "source", "GC-2026-0001": "certificate", "SCH-0001": "schedule", "EV-0001": "evidence"} {
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
		if err != nil || found == nil || len(found) > 0 && (words == "" || words == "  " || len(words) > 5) {
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
