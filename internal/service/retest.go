package service

import (
	"context"
	"runtime/debug"

	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// retestGC is by how many per cent the heap may grow while runs are tested again
// before it is collected.
const retestGC = 25

// retest makes the tests on a workflow's runs again where its gates, officers,
// roster or declared scope are no longer those that the findings rest on.
func (s *Service) retest(ctx context.Context, t *store.Tx, wf *workflow.Workflow) error {
	stale, err := runs.Stale(ctx, t.SQL, wf)
	if err != nil || !stale {
		return err
	}
	return t.Unlogged(func() error { // as with an import, what is computed from runs is not logged row by row
		defer debug.SetGCPercent(debug.SetGCPercent(retestGC))
		_, err := runs.Retest(ctx, t.SQL, wf)
		return err
	})
}

// recomputeRollups computes the rollups of those workflows again for which an
// upgrade of the register asks. What is computed from runs leaves no entry in the log.
func (s *Service) recomputeRollups(ctx context.Context) error {
	var workflows []string
	err := s.read(ctx, func(r *store.Reader) (err error) {
		workflows, err = runs.ToSum(ctx, r.SQL)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range workflows {
		err := s.st.Note(ctx, func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, id)
			if err != nil {
				return err
			}
			return s.retest(ctx, t, wf)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
