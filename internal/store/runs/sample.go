package runs

import (
	"bufio"
	"context"
	"errors"
	"io"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// Sample draws runs of a workflow for a person to read, from a period or, with
// the zero Period, from all, and writes the frame that they were drawn from.
func Sample(
	ctx context.Context,
	db DB,
	w *workflow.Workflow,
	p imported.Period,
	plan oversight.SamplePlan,
	frame io.Writer,
) (oversight.Workpaper, error) {
	if err := plan.Check(); err != nil {
		return oversight.Workpaper{}, err
	}
	tester, err := newTester(ctx, db, w)
	if err != nil {
		return oversight.Workpaper{}, err
	}
	buffered := bufio.NewWriterSize(frame, 64<<10)
	sampler := oversight.NewSampler(plan, buffered)
	heldRun := map[string]int64{} // runs of each import
	err = each(ctx, db, w.ID, forTests, func(source string, rec *run.Record, _ Digest) error {
		heldRun[source]++
		if !p.Has(rec) {
			return sampler.Pass()
		}
		return sampler.Offer(tester.Stratum(rec), oversight.RunRef{Source: source, RunID: rec.RunID, At: rec.At})
	})
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return oversight.Workpaper{}, fault.Doing("draw a sample", err)
	}
	out := sampler.Draw()
	err = query(ctx, db, func(row scanner) error {
		var x oversight.FrameImport
		err := row.Scan(&x.Source, &x.Root)
		if x.Runs = heldRun[x.Source]; x.Runs > 0 {
			out.Frame.Imports = append(out.Frame.Imports, x)
		}
		return err
	}, `SELECT s.id, s.root FROM source s JOIN run_source r ON r.id = s.id WHERE s.workflow_id = ? ORDER BY r.n`, w.ID)
	return out, err
}
