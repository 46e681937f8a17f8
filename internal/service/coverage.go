package service

import (
	"context"

	"assay/internal/civil"
	"assay/internal/oversight"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// Coverage is what the imported runs of a workflow can show, and what they
// cannot: for each gate and control whether runs evidence it, partly, or not at
// all, over which period, with which gaps, and against which stated volume.
type Coverage struct {
	Workflow    string               `json:"workflow"` // reference
	Name        string               `json:"name"`
	Runs        int64                `json:"runs"`
	First       civil.Date           `json:"first"` // days of the first and the last run
	Last        civil.Date           `json:"last"`
	Days        int                  `json:"days"`         // in that period
	DaysIdle    int                  `json:"days_idle"`    // of these, without any run
	LongestIdle int                  `json:"longest_idle"` // days in a row
	Gates       []oversight.Coverage `json:"gates"`
	Controls    []oversight.Control  `json:"controls"`
	Volumes     []VolumeHeld         `json:"volumes"` // import by import, the first one first
}

// VolumeHeld is what an import holds beside what the platform states.
type VolumeHeld struct {
	Source  string `json:"source"` // reference
	File    string `json:"file"`
	Stated  int64  `json:"stated"` // runs by the platform's own count, -1 where it states none
	Read    int64  `json:"read"`   // records
	Held    int64  `json:"held"`   // runs, with those that an earlier import holds the same
	Refused int64  `json:"refused"`
	Purged  string `json:"purged"` // when and by whom, empty while the content is there
}

// Coverage says what the runs of a workflow can show.
func (s *Service) Coverage(ctx context.Context, name string) (c Coverage, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, name)
		if err != nil {
			return err
		}
		c, err = coverageOf(ctx, r, wf)
		return err
	})
	return c, err
}

func coverageOf(ctx context.Context, r *store.Reader, wf *workflow.Workflow) (Coverage, error) {
	c := Coverage{Workflow: wf.Ref, Name: wf.Name, Volumes: []VolumeHeld{}}
	res, err := runs.Measure(ctx, r.SQL, wf, runs.Period{})
	if err != nil {
		return c, err
	}
	c.Runs, c.First, c.Last, c.Days, c.DaysIdle, c.LongestIdle = res.Totals.Runs, res.First, res.Last, res.Days, res.DaysIdle, res.LongestIdle
	c.Gates, c.Controls = res.Coverage, res.Controls
	purges, err := runs.Purges(ctx, r.SQL)
	if err != nil {
		return c, err
	}
	sources, err := runs.Sources(ctx, r.SQL, wf.ID)
	if err != nil {
		return c, err
	}
	for i := len(sources) - 1; i >= 0; i-- {
		x := sources[i]
		v := VolumeHeld{
			Source:  x.Ref,
			File:    x.FileName,
			Stated:  -1,
			Read:    x.Records,
			Held:    x.New + x.Same,
			Refused: x.Refused,
			Purged:  purgedNote(purges, x.ID),
		}
		if x.Stated != nil {
			v.Stated = *x.Stated
		}
		c.Volumes = append(c.Volumes, v)
	}
	return c, nil
}
