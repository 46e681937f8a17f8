package service

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/diff"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/review"
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
	if got := must(s.FindActivities(ctx, ActivityQuery{Kind: "record", Limit: 1})); len(got) > 0 &&
		got[0].Seq == gone.Seq {
		t.Error("the deletion of a policy counts as an entry about records")
	}
	_, err := s.FindActivities(ctx, ActivityQuery{Kind: "spaceship"})
	testkit.WantFault(t, err, fault.CodeInvalid)
}

// TestUndo changes a record of each kind that a person edits, and takes that back.
func TestUndo(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	last := func() int64 { return must(s.FindActivities(ctx, ActivityQuery{Limit: 1}))[0].Seq }
	o := must(s.Organisation(ctx))
	workflow := must(s.Workflow(ctx, "WF-0003")).Workflow
	pol := must(s.Policy(ctx, "POL-0001")).Policy
	imp := must(s.Improvement(ctx))
	people := must(s.People(ctx))
	for name, x := range map[string]struct {
		do  func() error
		now func() string
	}{
		"organisation": {
			func() error { c := o; c.Contact = "changed"; return s.SaveOrganisation(ctx, c) },
			func() string { return must(s.Organisation(ctx)).Contact },
		},
		"person": {
			func() error { c := people[1]; c.JobTitle = "changed"; _, err := s.SavePerson(ctx, c); return err },
			func() string { return must(s.People(ctx))[1].JobTitle },
		},
		"workflow": {
			func() error { c := workflow; c.Service = "changed"; _, err := s.SaveWorkflow(ctx, c); return err },
			func() string { return must(s.Workflow(ctx, "WF-0003")).Workflow.Service },
		},
		"policy": {
			func() error { c := pol; c.Title = "changed"; _, err := s.SavePolicy(ctx, c); return err },
			func() string { return must(s.Policy(ctx, "POL-0001")).Title },
		},
		"schedule": {
			func() error { c := imp.Schedules[0]; c.EveryMonths++; _, err := s.SaveSchedule(ctx, c); return err },
			func() string { return string(rune('a' + must(s.Improvement(ctx)).Schedules[0].EveryMonths)) },
		},
		"action": {
			func() error { c := imp.Actions[0]; c.Title = "changed"; _, err := s.SaveAction(ctx, c); return err },
			func() string { return must(s.Improvement(ctx)).Actions[0].Title },
		},
		"record": {
			func() error { c := imp.Records[0]; c.Title = "changed"; _, err := s.SaveRecord(ctx, c); return err },
			func() string { return must(s.Improvement(ctx)).Records[0].Title },
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := x.now()
			if err := x.do(); err != nil {
				t.Fatal(err)
			}
			if x.now() == before {
				t.Fatal("nothing was changed")
			}
			made := last()
			if err := s.Undo(ctx, made); err != nil {
				t.Fatal(err)
			}
			if got := x.now(); got != before {
				t.Errorf("%q, was %q", got, before)
			}
			testkit.WantFault(t, s.Undo(ctx, made), fault.CodeConflict)
		})
	}
	t.Run("a reviewer takes back a review, and no person", func(t *testing.T) {
		p := people[1]
		p.JobTitle = "changed"
		must(s.SavePerson(ctx, p))
		person := last()
		reviewer := organisation.Person{
			Name:   "Rae Viewer",
			Duties: []organisation.Duty{organisation.DutyReviewer},
			Active: true,
		}
		if err := s.SignIn(ctx, must(s.SavePerson(ctx, reviewer)).Ref); err != nil {
			t.Fatal(err)
		}
		testkit.WantFault(t, s.Undo(ctx, person), fault.CodeForbidden)
		held := must(
			s.HoldReview(
				ctx,
				review.Review{
					ScheduleID:  imp.Schedules[0].ID,
					Kind:        imp.Schedules[0].Kind,
					WorkflowID:  imp.Schedules[0].WorkflowID,
					PolicyID:    imp.Schedules[0].PolicyID,
					Performance: "As planned",
					RiskChanges: "None",
					Standards:   "None",
					Issues:      "None",
					Conclusion:  review.ConclusionContinue,
				},
				nil,
			),
		)
		if err := s.Undo(ctx, last()); err != nil {
			t.Fatal(err)
		}
		for _, r := range must(s.Improvement(ctx)).Reviews {
			if r.Ref == held.Ref {
				t.Error("the review is still held")
			}
		}
	})
	t.Run("the register is never unmade", func(t *testing.T) {
		if err := s.SignIn(ctx, "PER-0001"); err != nil {
			t.Fatal(err)
		}
		testkit.WantFault(t, s.Undo(ctx, 1), fault.CodeConflict)
		testkit.WantFault(t, s.Delete(ctx, "register", o.ID, "Because"), fault.CodeConflict)
	})
}

// TestDaysLeft counts from today to the last day of a certificate, and below
// nought once that has passed.
func TestDaysLeft(t *testing.T) {
	ctx := context.Background()
	clock := time.Now()
	s := openDemo(t, func() time.Time { return clock })
	first := must(s.Certificates(ctx))[0]
	until := must(time.Parse(time.DateOnly, string(first.ValidUntil)))
	for _, x := range []struct {
		at     time.Time
		left   int
		status certificate.Status
	}{
		{until.AddDate(0, 0, -30).Add(23 * time.Hour), 30, certificate.StatusIssued},
		{until.Add(time.Minute), 0, certificate.StatusIssued},
		{until.Add(24*time.Hour - time.Second), 0, certificate.StatusIssued},
		{until.AddDate(0, 0, 1), -1, certificate.StatusExpired},
		{
			until.AddDate(1, 0, 0), -civil.Of(until).DaysUntil(civil.Of(until.AddDate(1, 0, 0))),
			certificate.StatusExpired,
		},
	} {
		clock = x.at
		for _, c := range must(s.Certificates(ctx)) {
			if c.Number == first.Number && (c.DaysLeft != x.left || c.Status != string(x.status)) {
				t.Errorf(
					"on %s: %d days, %s; want %d, %s",
					x.at.Format(time.DateOnly),
					c.DaysLeft,
					c.Status,
					x.left,
					x.status,
				)
			}
		}
	}
}

// TestHistory_names reads the history of each record of the sample and what each
// entry of its log changed: no record is called by its identifier.
func TestHistory_names(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	imp := must(s.Improvement(ctx))
	a := imp.Actions[0]
	owner := must(s.People(ctx))[2]
	a.OwnerID = owner.ID
	a = must(s.SaveAction(ctx, a))
	newest := must(s.History(ctx, "action", a.ID))[0]
	want := diff.Field{Field: "owner_id", After: owner.Name}
	if len(newest.Fields) != 1 || newest.Fields[0].Field != want.Field || newest.Fields[0].After != want.After ||
		newest.Fields[0].Before == "" {
		t.Fatalf("the history says %+v", newest.Fields)
	}
	changes := must(s.Changes(ctx, newest.Seq))
	if len(changes.Records) != 1 || changes.Records[0].Ref != a.Ref || changes.Records[0].Name != a.Title ||
		!slices.Equal(changes.Records[0].Fields, newest.Fields) {
		t.Errorf("the entry says %+v", changes)
	}
	// What was deleted since keeps its name.
	extra := must(
		s.SaveAction(
			ctx,
			review.Action{
				Title:      "Entered twice",
				OwnerID:    owner.ID,
				Due:        "2027-01-01",
				Status:     review.ActionOpen,
				WorkflowID: a.WorkflowID,
			},
		),
	)
	if err := s.Delete(ctx, "action", extra.Ref, "Entered twice"); err != nil {
		t.Fatal(err)
	}
	gone := must(s.Changes(ctx, must(s.FindActivities(ctx, ActivityQuery{Limit: 1}))[0].Seq))
	if len(gone.Records) != 1 || !gone.Records[0].Gone || gone.Records[0].Name != "Entered twice" {
		t.Errorf("the deletion says %+v", gone)
	}
	ident := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-`)
	var records int
	for _, e := range must(s.FindActivities(ctx, ActivityQuery{Limit: 500})) {
		all := must(s.Changes(ctx, e.Seq))
		for _, r := range all.Records {
			records++
			for _, f := range r.Fields {
				for line := range strings.Lines(f.Before + "\n" + f.After) {
					if ident.MatchString(line) && f.Field != "key" {
						t.Errorf("entry %d, %s %s: %s is %q", e.Seq, r.Table, r.Ref, f.Field, line)
					}
				}
			}
		}
	}
	if records < 40 {
		t.Errorf("%d records were changed", records)
	}
	for table, key := range map[string]string{
		"certificate": must(s.Certificates(ctx))[0].Number, "source": "IMP-0001",
	} {
		if h := must(s.History(ctx, table, key)); len(h) == 0 || h[len(h)-1].Subject != key {
			t.Errorf("the history of %s: %+v", key, h)
		}
	}
	_, err := s.Changes(ctx, 1<<40)
	testkit.WantFault(t, err, fault.CodeNotFound)
}
