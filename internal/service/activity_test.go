package service

import (
	"context"
	"slices"
	"testing"

	"assay/internal/fault"
	"assay/internal/testkit"
)

func TestActivitiesByPersonAndKind(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	all := must(s.FindActivities(ctx, ActivityQuery{Limit: 500}))
	people := map[string]int{}
	for _, a := range all {
		people[a.Actor]++
	}
	if len(people) < 2 {
		t.Fatalf("the sample's log knows %d people", len(people))
	}
	for person, n := range people {
		got := must(s.FindActivities(ctx, ActivityQuery{Person: person, Limit: 500}))
		if len(got) != n || slices.ContainsFunc(got, func(a Activity) bool { return a.Actor != person }) {
			t.Errorf("%s: %d entries, of %d", person, len(got), n)
		}
	}
	policies := must(s.FindActivities(ctx, ActivityQuery{Kind: "policy", Limit: 500}))
	if len(policies) == 0 || len(policies) == len(all) {
		t.Fatalf("%d of %d entries are about policies", len(policies), len(all))
	}
	// In pages of one the same entries come, in the same order.
	var paged []Activity
	for before := int64(0); ; {
		page := must(s.FindActivities(ctx, ActivityQuery{Kind: "policy", Before: before, Limit: 1}))
		if len(page) == 0 {
			break
		}
		paged, before = append(paged, page[0]), page[0].Seq
	}
	seqs := func(list []Activity) (out []int64) {
		for _, a := range list {
			out = append(out, a.Seq)
		}
		return out
	}
	if !slices.Equal(seqs(paged), seqs(policies)) {
		t.Errorf("in pages %v, at once %v", seqs(paged), seqs(policies))
	}
	// What is deleted and taken back is found under its own kind, not under records.
	const ref = "POL-0003" // that nothing refers to
	if err := s.Delete(ctx, "policy", ref, "Entered twice"); err != nil {
		t.Fatal(err)
	}
	gone := must(s.FindActivities(ctx, ActivityQuery{Kind: "policy", Limit: 1}))[0]
	if gone.Action != "record.delete" || gone.Subject != ref {
		t.Errorf("the newest about policies is %q of %s", gone.Action, gone.Subject)
	}
	if got := must(s.FindActivities(ctx, ActivityQuery{Kind: "record", Limit: 1})); len(got) > 0 && got[0].Seq == gone.Seq {
		t.Error("the deletion of a policy counts as an entry about records")
	}
	_, err := s.FindActivities(ctx, ActivityQuery{Kind: "spaceship"})
	testkit.WantFault(t, err, fault.CodeInvalid)
}
