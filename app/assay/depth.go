package main

import (
	"context"

	"assay/internal/prose"
	"assay/internal/service"
)

type depthCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
}

func (c *depthCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		d, err := s.Depth(ctx, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(d, func() { e.depth(d) })
		return nil
	})
}

func (e *env) depth(d service.Depth) {
	e.say("%s %s: how closely people looked, by %s.", d.Workflow, d.Name, prose.Count(d.Runs, "run"))
	if d.Purged > 0 {
		e.say("note: %s are left out, because their content was purged.", prose.Count(d.Purged, "run"))
	}
	for _, a := range d.Answers {
		mark := ""
		if a.Asked {
			mark = " (the figures raise it)"
		}
		e.say("\n%s at gate %s: %s%s\n  %s", a.Code, a.Gate, a.Question, mark, a.Words)
		if !a.Shown {
			continue
		}
		if len(a.Groups) > 0 {
			e.table("  BY\tGROUP\tDECISIONS\tUNCHANGED\t95 % INTERVAL", func(row func(string, ...any)) {
				for _, g := range a.Groups {
					row("  %s\t%s\t%d\t%.1f %%\t%.1f to %.1f %%", g.Kind, g.Name, g.Rate.N, 100*g.Rate.Rate,
						100*g.Rate.Low, 100*g.Rate.High)
				}
			})
		}
		if a.TooSmall > 0 {
			e.say("  %s of fewer than 30 decisions not shown.", prose.Count(int64(a.TooSmall), "group"))
		}
		e.say("  Measured: %s\n  Limit: %s", a.Definition, a.Limit)
	}
}
