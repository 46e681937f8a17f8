package runs

import (
	"context"

	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// Sample draws runs of a workflow for a person to read, from a period or, with
// the zero Period, from all.
func Sample(ctx context.Context, db DB, w *workflow.Workflow, p Period, plan oversight.SamplePlan) (oversight.Workpaper, error) {
	if err := plan.Check(); err != nil {
		return oversight.Workpaper{}, err
	}
	tester, err := newTester(ctx, db, w)
	if err != nil {
		return oversight.Workpaper{}, err
	}
	sampler := oversight.NewSampler(plan)
	err = each(ctx, db, w.ID, forTests, func(source string, rec *run.Record, _ Digest) error {
		if p.has(rec) {
			sampler.Offer(tester.Stratum(rec), oversight.RunRef{Source: source, RunID: rec.RunID, At: rec.At})
		}
		return nil
	})
	return sampler.Draw(), err
}

func (p Period) has(rec *run.Record) bool {
	if p == (Period{}) {
		return true
	}
	at := oversight.When(rec)
	if at.IsZero() {
		return false
	}
	day := at.Format("2006-01-02")
	return day >= string(p.From) && day <= p.to()
}
