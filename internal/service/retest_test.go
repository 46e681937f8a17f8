package service

import (
	"context"
	"testing"

	"assay/internal/oversight"
)

// TestSaveWorkflow_tests_again: a change that no finding on earlier runs goes away
// by, and that is no first of its kind, holds from its day on: what is kept agrees
// with the runs all the same.
func TestSaveWorkflow_tests_again(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	for _, item := range must(s.Workflows(ctx)) {
		fast := countsOf(t, s, item.Ref)[string(oversight.DecidedFast)]
		if fast == 0 {
			continue
		}
		wf := must(s.Workflow(ctx, item.Ref)).Workflow
		for i := range wf.Gates {
			wf.Gates[i].MinReviewSeconds++
		}
		must(s.SaveWorkflow(ctx, wf))
		if n := countsOf(t, s, item.Ref)[string(oversight.DecidedFast)]; n != fast {
			t.Errorf("%s: %d decisions were too fast, %d are", item.Ref, fast, n)
		}
		if c := must(s.Check(ctx, nil)); len(c.Problems) > 0 {
			t.Errorf("%q", c.Problems)
		}
		return
	}
	t.Fatal("no workflow of the sample has a decision that was too fast")
}
