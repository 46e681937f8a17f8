package service

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/review"
	"assay/internal/store"
)

// TestNoDayThatCannotBe tries each form with days that no calendar has, or that have not
// come where something is said to have happened.
func TestNoDayThatCannotBe(t *testing.T) {
	s := openDemo(t, nil)
	ctx := t.Context()
	future := s.today().AddMonths(13)
	wf := must(s.Workflow(ctx, "WF-0001")).Workflow
	me := s.personID()
	tries := map[string]func(civil.Date) error{
		"review schedule, next": func(d civil.Date) error {
			_, err := s.SaveSchedule(ctx, review.Schedule{
				Kind: review.KindWorkflow, WorkflowID: wf.ID, EveryMonths: 6, OwnerID: me, Next: d, Active: true,
			})
			return err
		},
		"action, due": func(d civil.Date) error {
			_, err := s.SaveAction(ctx, review.Action{Title: "Look", OwnerID: me, Due: d})
			return err
		},
		"workflow, live_since": func(d civil.Date) error {
			x := wf
			x.LiveSince = d
			_, err := s.SaveWorkflow(ctx, x)
			return err
		},
		"policy, next_review": func(d civil.Date) error {
			x := must(s.Policy(ctx, "POL-0001")).Policy
			x.NextReview = d
			_, err := s.SavePolicy(ctx, x)
			return err
		},
		"record, due": func(d civil.Date) error {
			_, err := s.SaveRecord(ctx, review.Record{
				Kind: review.RecordIncident, Title: "Lost", Body: "A letter was lost.", Date: s.today(), Due: d,
				Status: review.RecordOpen, PersonID: me,
			})
			return err
		},
	}
	for name, try := range tries {
		for _, d := range []civil.Date{"2027-02-31", "27-2-31", "0027-03-01", "?-3-1", "soon"} {
			err := try(d)
			_, field, _ := strings.Cut(name, ", ")
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.CodeInvalid ||
				!slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == field }) {
				t.Errorf("%s %q: %v", name, d, err)
			}
		}
	}
	past := map[string]func(civil.Date) error{
		"review held": func(d civil.Date) error {
			_, err := s.HoldReview(ctx, review.Review{
				Kind: review.KindPolicy, PolicyID: must(s.Policy(ctx, "POL-0001")).ID, Standards: "It does.",
				Conclusion: review.Conclusions[0], By: me, On: d,
			}, nil)
			return err
		},
		"record happened": func(d civil.Date) error {
			_, err := s.SaveRecord(ctx, review.Record{
				Kind: review.RecordIncident, Title: "Lost", Body: "A letter was lost.", Date: d,
				Status: review.RecordOpen, PersonID: me,
			})
			return err
		},
		"policy reviewed": func(d civil.Date) error {
			_, err := s.StepPolicy(ctx, PolicyStep{Policy: "POL-0001", Step: "reviewed", On: d})
			return err
		},
		"policy approved": func(d civil.Date) error {
			_, err := s.StepPolicy(
				ctx,
				PolicyStep{Policy: "POL-0001", Version: "9", Step: "approve", Person: "PER-0001", On: d},
			)
			return err
		},
		"document collected": func(d civil.Date) error {
			return s.change(ctx, doing{action: "evidence.test", summary: "Tried"}, func(t *store.Tx) error {
				return store.Documents.Put(ctx, t, &evidence.Evidence{ID: "x", Ref: "EV-9999", CollectedAt: d})
			})
		},
	}
	for name, try := range past {
		if err := try(future); fault.CodeOf(err) != fault.CodeInvalid ||
			!strings.Contains(err.Error(), "not happened yet") {
			t.Errorf("%s on %s: %v", name, future, err)
		}
	}
}

// What an earlier program let through stays readable, is told by the check, and is
// refused as soon as it is changed.
func TestDaysOfEarlierPrograms(t *testing.T) {
	s := openDemo(t, nil)
	ctx := t.Context()
	p := must(s.Policy(ctx, "POL-0002")).Policy
	err := s.change(ctx, doing{action: "policy.test", summary: "As it was"}, func(t *store.Tx) error {
		_, err := t.SQL.ExecContext(ctx,
			"UPDATE policy SET body = json_set(body, '$.next_review', '27-2-31') WHERE id = ?", p.ID)
		return err
	})
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	c := must(s.Check(ctx, nil))
	if !slices.ContainsFunc(c.Warnings, func(w string) bool {
		return strings.HasPrefix(w, "POL-0002, next_review: ") && strings.Contains(w, "27-2-31")
	}) {
		t.Errorf("the check says %q", c.Warnings)
	}
	old := must(s.Policy(ctx, "POL-0002")).Policy
	old.Title += " (new)"
	if _, err := s.SavePolicy(ctx, old); err != nil {
		t.Errorf("a policy with an old fault cannot be changed elsewhere: %v", err)
	}
	old.NextReview = "27-2-30"
	if _, err := s.SavePolicy(ctx, old); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("another impossible day: %v", err)
	}
}

// The review of a policy that is scheduled is due once, and held once.
func TestReviewOfPolicyIsOneObligation(t *testing.T) {
	s := openDemo(t, nil)
	ctx := t.Context()
	for _, sch := range must(s.Improvement(ctx)).Schedules {
		if sch.PolicyID == "" || !sch.Active {
			continue
		}
		p := must(s.Policy(ctx, sch.PolicyID))
		due := 0
		for _, d := range must(s.Agenda(ctx)) {
			if d.Subject == p.Ref {
				due++
			}
		}
		if due != 1 {
			t.Errorf("%s is due for review %d times", p.Ref, due)
		}
		must(s.HoldReview(ctx, review.Review{
			ScheduleID: sch.ID, Kind: review.KindPolicy, PolicyID: sch.PolicyID, Standards: "It meets them.",
			Conclusion: review.Conclusions[0],
		}, nil))
		if after := must(s.Policy(ctx, sch.PolicyID)); after.NextReview.Before(s.today()) {
			t.Errorf("%s was reviewed today, and its review is still due on %s", p.Ref, after.NextReview)
		}
		return
	}
	t.Fatal("the sample schedules no review of a policy")
}
