package service

import (
	"context"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/comparison"
	"assay/internal/oversight"
	"assay/internal/review"
	"assay/internal/run"
)

// TestCompare plants decisions that are no decisions in one month and mends them in the next, and
// asks whether the action between them helped: of one import and of the action.
func TestCompare(t *testing.T) {
	ctx := context.Background()
	s, _, mary, _ := withKeys(t)
	wf := must(s.SaveWorkflow(ctx, planning()))
	gate := wf.Gates[0].Key
	today := civil.Of(time.Now())
	raised, done := today.AddDays(-60), today.AddDays(-50)
	bad := func(recs []run.Record) {
		for i := range recs {
			for j := range recs[i].Decisions {
				if d := &recs[i].Decisions[j]; i%3 == 0 && d.Gate == gate {
					d.Account = ""
				}
			}
		}
	}
	importRuns(t, s, wf, 1, raised.AddDays(-1).Time(), bad)
	importRuns(t, s, wf, 2, time.Now().AddDate(0, 0, -1), func(recs []run.Record) {
		for i := range recs {
			recs[i].RunID += "-later"
		}
	})
	two := CompareQuery{
		Workflow: wf.Ref, From: raised.AddDays(-90), To: raised.AddDays(-1), WithFrom: done.AddDays(1), WithTo: today,
	}
	c := must(s.Compare(ctx, two))
	if c.A.Runs < 60 || c.B.Runs < 60 {
		t.Fatalf("%d and %d runs", c.A.Runs, c.B.Runs)
	}
	of := func(c Comparison, code oversight.Code) (out []comparison.Line) {
		for _, l := range c.Lines {
			if l.Code == code && (code == "" || l.Gate == gate) {
				out = append(out, l)
			}
		}
		return out
	}
	l := of(c, oversight.DecidedByNoOfficer)
	if len(l) != 1 || !l[0].Differs || l[0].Difference > -0.1 || l[0].A.N != c.A.Runs || l[0].B.N != c.B.Runs {
		t.Errorf("%+v", l)
	}
	if len(of(c, "")) < 3 {
		t.Errorf("%+v", c.Lines)
	}
	// The same asked of an action.
	a := review.Action{Title: "Make the platform keep who decided", WorkflowID: wf.ID, OwnerID: mary.ID,
		Source: review.Subject{Kind: review.SubjectFinding, Ref: "OVR-03 " + wf.Ref},
		Raised: raised, Due: today, Status: review.ActionOpen}
	a = must(s.SaveAction(ctx, a))
	if _, err := s.Compare(ctx, CompareQuery{Action: a.Ref}); err == nil || !strings.Contains(err.Error(), "not done") {
		t.Errorf("an open action: %v", err)
	}
	a.Status, a.DoneOn, a.Effect = review.ActionDone, done, "The account is in the log."
	a = must(s.SaveAction(ctx, a))
	c = must(s.Compare(ctx, CompareQuery{Action: a.Ref}))
	if c.Action != a.Ref || c.About != oversight.DecidedByNoOfficer || len(c.Lines) == 0 ||
		len(of(c, oversight.DecidedByNoOfficer)) != len(c.Lines) && len(c.Lines) > 2 {
		t.Errorf("%+v", c)
	}
	for name, q := range map[string]CompareQuery{
		"nothing":        {},
		"itself":         {Workflow: wf.Ref},
		"both":           {Workflow: wf.Ref, Action: a.Ref},
		"shared_days":    {Workflow: wf.Ref, From: raised, WithFrom: done},
		"end_before":     {Workflow: wf.Ref, From: today, To: raised, WithFrom: done},
		"unknown":        {Workflow: wf.Ref, With: "WF-0999"},
		"unknown_action": {Action: "ACT-0999"},
	} {
		if _, err := s.Compare(ctx, q); err == nil {
			t.Errorf("%s: compared", name)
		}
	}
}
