package service

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// TestPatternChange plays an assessor with a clean log who would rather have fewer
// runs looked at: no finding goes away with the change, and it needs a reason and a
// second person all the same.
func TestPatternChange(t *testing.T) {
	ctx := context.Background()
	s, _, mary, _ := withKeys(t)
	wf := must(s.SaveWorkflow(ctx, planning()))
	importRuns(t, s, wf, 1, time.Now().AddDate(0, 0, -1), func([]run.Record) {})
	wf = must(s.Workflow(ctx, wf.Ref)).Workflow
	weaker := func() workflow.Workflow {
		x := wf.Copy()
		x.Gates[0].Pattern, x.Gates[0].Terms = workflow.DrawnSample, workflow.Terms{PerWeek: 1}
		return x
	}
	trial := must(s.TryWorkflowChange(ctx, weaker()))
	if !trial.Lessens || !strings.Contains(trial.Words, "weaker pattern") || trial.From.IsZero() {
		t.Errorf("%+v", trial)
	}
	if _, err := s.SaveWorkflow(ctx, weaker()); err == nil {
		t.Fatal("saved without a reason")
	}
	another := wf.Copy() // the same under another key
	another.Gates[0].Key, another.Gates[0].Pattern = "reading", workflow.DrawnSample
	another.Gates[0].Terms = workflow.Terms{PerWeek: 1}
	if _, err := s.SaveWorkflow(ctx, another); err == nil {
		t.Fatal("a weaker gate took the place of one without a reason")
	}
	why := "From December on a tenth of the applications is read again by the team leader."
	if _, err := s.ChangeWorkflow(ctx, WorkflowChange{Workflow: weaker(), Why: why}); err == nil {
		t.Fatal("saved without a second person")
	}
	must(s.ChangeWorkflow(ctx, WorkflowChange{Workflow: weaker(), Why: why, Approver: mary.Ref}))
	c := must(s.Coverage(ctx, wf.Ref))
	last := c.Declarations[len(c.Declarations)-1]
	if last.Why != why || last.Approval.IsZero() || last.From.IsZero() || last.Runs != 0 {
		t.Errorf("%+v", last)
	}
	// The runs before stay held to a decision on each.
	at := slices.IndexFunc(
		c.Gates, func(g oversight.Coverage) bool { return strings.HasPrefix(g.Claim, "A person decides") },
	)
	if c.Gates[at].Of == 0 || c.Gates[at].Held != c.Gates[at].Of {
		t.Errorf("%+v", c.Gates[at])
	}
}

// TestPatternOnPaper follows a drawn sample from its declaration to page 1.
func TestPatternOnPaper(t *testing.T) {
	ctx := context.Background()
	s, _, _, _ := withKeys(t)
	wf := planning()
	wf.Gates = wf.Gates[:1]
	g := &wf.Gates[0]
	g.Pattern, g.Terms, g.FourEyes = workflow.DrawnSample, workflow.Terms{PerWeek: 2}, false
	wf.Account.Significant = true
	wf = must(s.SaveWorkflow(ctx, wf))
	importRuns(t, s, wf, 1, time.Now().AddDate(0, 0, -1), func(recs []run.Record) {
		for i := range recs {
			if i%5 > 0 { // four of five leave with nobody looking
				recs[i].Decisions = nil
				recs[i].Steps = slices.DeleteFunc(recs[i].Steps, func(x run.Step) bool {
					return slices.Contains(g.Prepare, x.Name) || slices.Contains(g.Decide, x.Name)
				})
			}
		}
	})
	f := declarationsFor(t, s, wf.Ref)
	st := certificate.Describe(f, assurance.Readiness(f))
	if len(st.Patterns) != 1 || st.Evidence.Released != 0 {
		t.Fatalf("%+v, %d released", st.Patterns, st.Evidence.Released)
	}
	p := st.Patterns[0]
	if p.Looked != 84 || p.Runs != 420 {
		t.Errorf("%+v", p)
	}
	shown := strings.Join(st.Shown(), "\n")
	for _, text := range []string{
		"No person looks at each answer. Staff are to read 2 a week. They read 84 of 420",
		"no person looks at each case",
	} {
		if !strings.Contains(shown, text) {
			t.Errorf("page 1 does not say %q:\n%s", text, shown)
		}
	}
	if strings.Contains(shown, "decided before anything left") {
		t.Errorf("page 1 claims decisions:\n%s", shown)
	}
}
