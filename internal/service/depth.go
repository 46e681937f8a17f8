package service

import (
	"context"
	"fmt"
	"strconv"

	"assay/internal/depth"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
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
		d, err = depthOf(ctx, r, wf)
		return err
	})
	return d, err
}

func depthOf(ctx context.Context, r *store.Reader, wf *workflow.Workflow) (d Depth, err error) {
	d.Workflow, d.Name = wf.Ref, wf.Name
	reader := depth.NewReader(wf)
	err = runs.Each(ctx, r.SQL, wf.ID, func(_ string, rec *run.Record, _ runs.Digest) error {
		d.Runs++
		reader.Add(rec)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("read the runs of %s: %w", wf.Ref, err)
	}
	d.Answers = reader.Answers()
	if d.Purged, err = runs.PurgedRuns(ctx, r.SQL, wf.ID); err != nil {
		return d, fmt.Errorf("count the purged runs of %s: %w", wf.Ref, err)
	}
	return d, nil
}

// depthColumns are those of depth.csv in the evidence pack: a line for each question about a gate,
// and one for each group of decisions that is large enough to be shown. Officers are left out: that
// they differ is said, and who they are is a matter between them and their council.
var depthColumns = []string{
	"workflow", "gate", "question", "text", "group_by", "group", "raised", "x", "n", "value", "low", "high",
	"words", "definition", "limit", "runs_read", "runs_purged",
}

// depth writes depth.csv.
func (p *packer) depth(ctx context.Context) error {
	return p.table("depth.csv", depthColumns, func(row func(...string)) error {
		for i := range p.list {
			d, err := depthOf(ctx, &p.t.Reader, &p.list[i])
			if err != nil {
				return err
			}
			for _, a := range d.Answers {
				figures := make([]string, 5)
				switch {
				case a.Rate != nil:
					figures = rateCells(*a.Rate)
				case a.Mean != nil:
					m := a.Mean
					figures = []string{"", strconv.FormatInt(m.N, 10), decimal(m.Mean), decimal(m.Low), decimal(m.High)}
				}
				raised := strconv.FormatBool(a.Asked)
				if !a.Shown {
					raised = "not shown"
				}
				line := func(by, group, raised, words string, figures []string) {
					fields := []string{d.Workflow, a.Gate, string(a.Code), a.Question, by, group, raised}
					fields = append(fields, figures...)
					row(append(fields, words, a.Definition, a.Limit, strconv.FormatInt(d.Runs, 10),
						strconv.FormatInt(d.Purged, 10))...)
				}
				line("", "", raised, a.Words, figures)
				for _, g := range a.Groups {
					if g.Kind == "officer" {
						continue
					}
					line(g.Kind, g.Name, "", "", rateCells(g.Rate))
				}
			}
		}
		return nil
	})
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }

func rateCells(r oversight.Rate) []string {
	return []string{
		strconv.FormatInt(r.X, 10), strconv.FormatInt(r.N, 10), decimal(r.Rate), decimal(r.Low), decimal(r.High),
	}
}
