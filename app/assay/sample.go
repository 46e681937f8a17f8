package main

import (
	"context"
	"fmt"
	"path/filepath"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/service"
)

type sampleCmd struct {
	Workflow   string  `required:"" placeholder:"WF-0001"`
	Seed       string  `required:"" placeholder:"N"          help:"What settles which runs are drawn, such as the date of the meeting: the same seed draws the same runs."`
	Confidence float64 `                                     help:"How sure the sample is to make you, in per cent."                                                       default:"95"`
	Tolerable  float64 `                                     help:"The share of deviations that would be tolerated, in per cent."                                          default:"5"`
	Expected   int64   `                                     help:"Deviations that are expected in the sample."                                                            default:"0"`
	From       string  `            placeholder:"2026-01-01" help:"First day of the runs."`
	To         string  `            placeholder:"2026-03-31" help:"Last day of the runs."`
	Out        string  `            placeholder:"FILE.csv"   help:"Write the workpaper here, as .csv or .json."`
}

func (c *sampleCmd) Run(ctx context.Context, e *env) error {
	from, err := date("from", c.From)
	if err != nil {
		return err
	}
	to, err := date("to", c.To)
	if err != nil {
		return err
	}
	ext := filepath.Ext(c.Out)
	if c.Out != "" && ext != ".csv" && ext != ".json" {
		return fault.Invalid("out", "Choose a file name that ends in .csv or .json.")
	}
	return e.with(ctx, func(s *service.Service) error {
		plan := oversight.SamplePlan{
			Seed:       c.Seed,
			Confidence: c.Confidence / 100,
			Tolerable:  c.Tolerable / 100,
			Expected:   c.Expected,
		}
		r, err := s.SampleRuns(
			ctx,
			service.SampleRequest{Workflow: c.Workflow, Period: imported.Period{From: from, To: to}, Plan: plan},
		)
		if err != nil {
			return err
		}
		if c.Out != "" {
			text := r.JSON
			if ext == ".csv" {
				text = r.CSV
			}
			data, err := text()
			if err != nil {
				return err
			}
			if err := service.WriteNewFile(c.Out, data); err != nil {
				return err
			}
		}
		e.answer(r, func() {
			p := r.Workpaper
			e.say(
				"Drew %d of %d runs of %s %s; the plan asks for %d.",
				p.Drawn,
				p.Population,
				r.Workflow,
				r.Name,
				p.Size,
			)
			e.table("", func(row func(string, ...any)) {
				for _, x := range p.Strata {
					row("  %s\t%d of %d", x.Stratum, len(x.Runs), x.Population)
				}
			})
			e.say(
				"Where none of them deviates, at most %s of all runs do, at %g %% confidence.",
				percent(plan.UpperLimit(p.Population, p.Drawn, 0)),
				c.Confidence,
			)
			if c.Out != "" {
				e.say("Wrote %s.", c.Out)
			}
		})
		return nil
	})
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", share*100) }
