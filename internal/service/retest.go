package service

import (
	"context"

	"assay/internal/heap"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// retestGC is by how many per cent the heap may grow while runs are tested again
// before it is collected.
const retestGC = 25

// retest brings findings and measures up to date where what the workflow declares
// is no longer what they rest on. Was is the workflow as it stood, nil for a new
// one or where it is not known.
func (s *Service) retest(ctx context.Context, t *store.Tx, was, wf *workflow.Workflow) error {
	stale, err := runs.Stale(ctx, t.SQL, wf)
	if err != nil || !stale {
		return err
	}
	return t.Unlogged(func() error { // as with an import, what is computed from runs is not logged row by row
		defer heap.Tight(retestGC)()
		if was != nil {
			return runs.Redeclare(ctx, t.SQL, was, wf)
		}
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
			return s.retest(ctx, t, nil, wf)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
