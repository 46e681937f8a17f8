package service

import (
	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/oversight"
	"assay/internal/report"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
	"context"
)

// runFacts adds what the imported runs show.
func (w *world) runFacts(wf *workflow.Workflow, f *assurance.Facts) error {
	return nil
}

// notRun is the tests that could not be made on a workflow's runs, and why.
func (w *world) notRun(wf *workflow.Workflow) ([]oversight.NotRun, error) { return nil, nil }

// officers is how many different accounts decided.
func (w *world) officers(workflowID string) int { return 0 }

// weekly fills in the volume of runs by week.
func (w *world) weekly(wf *workflow.Workflow, out *report.PackWorkflow) error { return nil }

var _ = runs.Period{}
var _ civil.Date

func (s *Service) checkRuns(ctx context.Context, r *store.Reader, c *CheckReport) error { return nil }
