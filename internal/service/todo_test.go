package service

import (
	"path/filepath"
	"testing"

	"assay/internal/assurance"
	"assay/internal/workflow"
)

func TestCausesAreOneWhereNoRunsAreImported(t *testing.T) {
	unmet := []assurance.Result{
		{Code: "POL-R01", Where: "policies", Status: assurance.StatusNotMet, Blocking: true},
		{Code: "OVR-R02", Where: "runs", Status: assurance.StatusNotMet, Blocking: true},
		{Code: "OVR-R03", Where: "findings", Status: assurance.StatusNotShown, Blocking: true},
		{Code: "OVR-R04", Where: "findings", Status: assurance.StatusNotShown},
	}
	got := causes(unmet, true)
	if len(got) != 2 || got[0].Code != "POL-R01" || got[1].Code != "OVR-R02" || got[1].answers != 2 {
		t.Errorf("without runs: %+v", got)
	}
	if got := causes(unmet, false); len(got) != 4 {
		t.Errorf("with runs what is not shown waits for itself: %+v", got)
	}
}

// What waits agrees with the list of requirements: nothing is left out, nothing is twice.
func TestTodoIsEverythingThatWaits(t *testing.T) {
	s := openDemo(t, nil)
	ctx := t.Context()
	todo := must(s.Todo(ctx, TodoQuery{All: "OVR-R05"}))
	blocking, live, blocked := 0, 0, 0
	for _, w := range must(s.Workflows(ctx)) {
		if w.Lifecycle == "retired" {
			continue
		}
		blocking += w.Blocking
		if w.Lifecycle == "live" {
			live++
			if w.Blocking > 0 {
				blocked++
			}
		}
	}
	sum, items := 0, 0
	for _, g := range todo.Groups {
		sum += g.Blocking
		items += g.Count
	}
	if sum != blocking || items != todo.Items {
		t.Errorf(
			"%d block and %d wait in groups; by workflow %d block, in all %d wait",
			sum,
			items,
			blocking,
			todo.Items,
		)
	}
	if todo.Standing.Live != live || todo.Standing.Blocked != blocked {
		t.Errorf("standing %+v, but %d of %d live workflows are blocked", todo.Standing, blocked, live)
	}
	o := must(s.Overview(ctx))
	if o.Waiting != todo.Items || (len(o.Next) == 0) != (todo.Items == 0) {
		t.Errorf("the overview says %d, the list %d", o.Waiting, todo.Items)
	}
	for _, owner := range todo.Owners {
		for _, g := range must(s.Todo(ctx, TodoQuery{Owner: owner})).Groups {
			for _, x := range g.Items {
				if x.Owner != owner {
					t.Errorf("asked for %s, got %+v", owner, x)
				}
			}
		}
	}
}

// A new register is told what comes next, and a workflow that only is proposed counts.
func TestTodoOfNewRegister(t *testing.T) {
	ctx := t.Context()
	s, _, err := Create(ctx, filepath.Join(t.TempDir(), "r.assay"),
		NewRegister{Organisation: "Council", Person: "Ann Example", Plain: true}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if o := must(s.Overview(ctx)); len(o.First) != 7 || o.First[2].Done {
		t.Errorf("the path of a new register: %+v", o.First)
	}
	must(s.SaveWorkflow(ctx, workflow.Workflow{Name: "Letters", Lifecycle: workflow.LifecycleProposed}))
	o := must(s.Overview(ctx))
	switch {
	case !o.First[2].Done:
		t.Errorf("with a workflow: %+v", o.First)
	case o.Waiting == 0 || len(o.Next) == 0 || o.Standing.Coming != 1 || o.Standing.ComingBlocked != 1:
		t.Errorf("a proposed workflow waits for nothing: %+v", o.Standing)
	case len(o.Areas) != 5:
		t.Errorf("the areas of a workflow that is not live: %+v", o.Areas)
	}
	for _, g := range o.Next {
		if g.Answers > 5 {
			return
		}
	}
	t.Errorf("the import that is missing is not the one cause of what it answers: %+v", o.Next)
}
