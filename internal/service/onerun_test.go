package service

import (
	"bytes"
	"context"
	"testing"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/review"
	"assay/internal/run"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/testkit"
)

func TestRunFile(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	list := must(s.Runs(ctx, RunQuery{Workflow: "housing-repairs", Limit: 1}))
	id := list.Items[0].RunID
	data := must(s.RunFile(ctx, "housing-repairs", id))
	var got []run.Record
	_, err := runlog.Read(ctx, bytes.NewReader(data), runlog.Options{Now: s.clock()}, func(r *run.Record) error {
		got = append(got, r.Clone())
		return nil
	})
	if err != nil || len(got) != 1 || got[0].RunID != id {
		t.Errorf("%v, %v", got, err)
	}
	_, err = s.RunFile(ctx, "housing-repairs", "no such run")
	testkit.WantFault(t, err, fault.CodeNotFound)
}

func TestUndoDecision(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	q := FindingQuery{Workflow: "housing-repairs", Code: "OVR-03", Status: "open"}
	open := func() int { return len(must(s.FindingList(ctx, q)).Items) }
	before := open()
	people := must(s.People(ctx))
	d := must(
		s.DecideFindings(
			ctx,
			Decision{
				FindingQuery: q,
				Decide:       "actioned",
				Why:          "Agency staff whose accounts nobody had put on the roster of the team.",
				Action: &review.Action{
					Title:   "Name them",
					OwnerID: people[0].ID,
					Due:     civil.Of(s.clock()).AddDays(30),
				},
			},
		),
	)
	if open() != 0 || d.Findings != int64(before) {
		t.Fatalf("%d of %d decided", d.Findings, before)
	}
	if n := must(s.UndoDecision(ctx, q.Workflow, d.ID)); n != int64(before) || open() != before {
		t.Errorf("%d undone, %d open of %d", n, open(), before)
	}
	err := s.read(ctx, func(r *store.Reader) error {
		a, err := store.Actions.Get(ctx, r, d.ActionID)
		if err == nil && a.Status != review.ActionDropped {
			t.Errorf("the action is %s", a.Status)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	_, err = s.UndoDecision(ctx, q.Workflow, d.ID)
	testkit.WantFault(t, err, fault.CodeConflict)
	_, err = s.UndoDecision(ctx, q.Workflow, "no such decision")
	testkit.WantFault(t, err, fault.CodeNotFound)
}
