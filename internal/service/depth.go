package service

import (
	"context"

	"assay/internal/depth"
	"assay/internal/run"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// Depth is what the runs of a workflow say to how closely officers looked.
type Depth struct {
	Workflow string         `json:"workflow"` // reference
	Name     string         `json:"name"`
	Runs     int64          `json:"runs"` // whose content is there
	Purged   int64          `json:"purged"`
	Answers  []depth.Answer `json:"answers"`
}

// Depth reads all runs of a workflow, one at a time, and answers the questions of package
// depth. It is asked for, and not kept: the figures are those of the runs held now.
func (s *Service) Depth(ctx context.Context, name string) (d Depth, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, name)
		if err != nil {
			return err
		}
		d.Workflow, d.Name = wf.Ref, wf.Name
		reader := depth.NewReader(wf)
		err = runs.Each(ctx, r.SQL, wf.ID, func(_ string, rec *run.Record, _ runs.Digest) error {
			d.Runs++
			reader.Add(rec)
			return nil
		})
		if err != nil {
			return err
		}
		d.Answers = reader.Answers()
		d.Purged, err = runs.PurgedRuns(ctx, r.SQL, wf.ID)
		return err
	})
	return d, err
}
