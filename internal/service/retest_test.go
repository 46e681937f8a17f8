package service

import (
	"context"
	"testing"

	"assay/internal/oversight"
)

// TestSaveWorkflow_tests_again: findings follow the thresholds of a gate.
func TestSaveWorkflow_tests_again(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	list := must(s.Workflows(ctx))
	for _, item := range list {
		fast := func() (n int64) {
			for _, f := range must(s.Findings(ctx, item.Ref)).Findings {
				if f.Code == string(oversight.DecidedFast) {
					n += f.All
				}
			}
			return n
		}
		if fast() == 0 {
			continue
		}
		wf := must(s.Workflow(ctx, item.Ref)).Workflow
		for i := range wf.Gates {
			wf.Gates[i].MinReviewSeconds = 0
		}
		must(s.SaveWorkflow(ctx, wf))
		if n := fast(); n != 0 {
			t.Errorf("%s: %d findings of a minimum that no gate sets", item.Ref, n)
		}
		if c := must(s.Check(ctx, nil)); len(c.Problems) > 0 {
			t.Errorf("%q", c.Problems)
		}
		return
	}
	t.Fatal("no workflow of the sample has a decision that was too fast")
}
