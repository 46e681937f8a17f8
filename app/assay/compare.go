package main

import (
	"context"

	"assay/internal/comparison"
	"assay/internal/prose"
	"assay/internal/service"
)

type compareCmd struct {
	Workflow string `placeholder:"WF-0001"    help:"The workflow."`
	From     string `placeholder:"2026-01-01" help:"First day of the first side."`
	To       string `placeholder:"2026-03-31" help:"Last day of the first side."`
	With     string `placeholder:"WF-0002"    help:"The workflow of the second side, where it is another."`
	WithFrom string `placeholder:"2026-04-01" help:"First day of the second side."`
	WithTo   string `placeholder:"2026-06-30" help:"Last day of the second side."`
	Action   string `placeholder:"ACT-0001"   help:"Instead: the 90 days before this action was raised and after it was done. Did it help?"`
}

func (c *compareCmd) Run(ctx context.Context, e *env) error {
	q := service.CompareQuery{Workflow: c.Workflow, With: c.With, Action: c.Action}
	var err error
	if q.From, err = date("from", c.From); err != nil {
		return err
	}
	if q.To, err = date("to", c.To); err != nil {
		return err
	}
	if q.WithFrom, err = date("with-from", c.WithFrom); err != nil {
		return err
	}
	if q.WithTo, err = date("with-to", c.WithTo); err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		v, err := s.Compare(ctx, q)
		if err != nil {
			return err
		}
		e.answer(v, func() { e.comparison(v) })
		return nil
	})
}

func (e *env) comparison(v service.Comparison) {
	if v.Action != "" {
		e.say("%s: before it was raised, and after it was done.", v.Action)
	}
	for i, side := range []comparison.Side{v.A, v.B} {
		span := "all days"
		switch {
		case side.From != "" && side.To != "":
			span = side.From.Long() + " to " + side.To.Long()
		case side.From != "":
			span = "from " + side.From.Long() + " on"
		case side.To != "":
			span = "until " + side.To.Long()
		}
		e.say("%c  %s %s, %s: %s", 'A'+i, side.Workflow, side.Name, span, prose.Count(side.Runs, "run"))
	}
	if len(v.Lines) == 0 {
		e.say("Nothing of both sides can be compared: they share no gate with decisions, and no test found anything.")
		return
	}
	e.table("\nGATE\tMEASURE\tA\tB\tB LESS A, IN POINTS (95 %)\t", func(row func(string, ...any)) {
		for _, l := range v.Lines {
			measure := l.Measure
			if l.Code != "" {
				measure = string(l.Code) + " " + measure
			}
			if l.Why != "" {
				row("%s\t%s\t\t\t%s\t", l.Gate, measure, l.Why)
				continue
			}
			mark := ""
			if l.Differs {
				mark = "differs"
			}
			row("%s\t%s\t%.1f %% of %d\t%.1f %% of %d\t%+.1f (%+.1f to %+.1f)\t%s", l.Gate, measure, 100*l.A.Rate,
				l.A.N, 100*l.B.Rate, l.B.N, 100*l.Difference, 100*l.Low, 100*l.High, mark)
		}
	})
	e.say("\nA difference is no effect: what else changed between A and B, nobody held still.")
}
