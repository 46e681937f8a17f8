package main

import (
	"context"
	"strings"

	"assay/internal/oversight"
	"assay/internal/service"
)

type coverageCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
}

func (c *coverageCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		v, err := s.Coverage(ctx, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(v, func() { e.coverage(v) })
		return nil
	})
}

func (e *env) coverage(v service.Coverage) {
	if v.Runs == 0 {
		e.say("%s %s: no runs have been imported, so nothing about it is shown.", v.Workflow, v.Name)
		return
	}
	e.say(
		"%s %s: %d runs from %s to %s; %d of %d days without any run, at most %d in a row.",
		v.Workflow,
		v.Name,
		v.Runs,
		v.First,
		v.Last,
		v.DaysIdle,
		v.Days,
		v.LongestIdle,
	)
	e.table("\nGATE\tCLAIM\tANSWER\tTESTABLE\tHELD\tNOT HELD\tNOT SHOWN\tCOUNTED", func(row func(string, ...any)) {
		for _, g := range v.Gates {
			if g.Level == oversight.NotAsked {
				row("%s\t%s\t%s\t\t\t\t\t%s", g.Gate, g.Claim, g.Level.Words(), g.Reason)
				continue
			}
			counted := g.Unit
			if g.Level == oversight.NotShown {
				counted = g.Reason
			}
			row("%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s",
				g.Gate, g.Claim, g.Level.Words(), g.Testable, g.Held, g.NotHeld, g.NotShown, counted)
		}
	})
	e.table("\nCONTROL\tANSWER\tTESTS\tHELD\tNOT HELD\tNOT SHOWN\tREASON", func(row func(string, ...any)) {
		for _, x := range v.Controls {
			var tests []string
			for _, t := range x.Tests {
				tests = append(tests, string(t))
			}
			row("%s\t%s\t%s\t%d\t%d\t%d\t%s",
				x.ID, x.Level.Words(), strings.Join(tests, " "), x.Held, x.NotHeld, x.NotShown, x.Reason)
		}
	})
	if len(v.Declarations) > 0 {
		e.say("\nWHAT RUNS ARE HELD TO")
	}
	for _, d := range v.Declarations {
		e.say("%s", d.Words())
	}
	for _, t := range v.Twins {
		e.say("note: %s", t.Words())
	}
	e.table("\nIMPORT\tSTATED\tREAD\tHELD\tREFUSED\tFILE", func(row func(string, ...any)) {
		for _, x := range v.Volumes {
			name := x.File
			if x.Purged != "" {
				name += " (" + x.Purged + ")"
			}
			if x.Stated < 0 {
				row("%s\tnot stated\t%d\t%d\t%d\t%s", x.Source, x.Read, x.Held, x.Refused, name)
			} else {
				row("%s\t%d\t%d\t%d\t%d\t%s", x.Source, x.Stated, x.Read, x.Held, x.Refused, name)
			}
		}
	})
	for _, x := range v.Volumes {
		for _, c := range x.Contrary {
			e.say("note: %s was read with %s.", x.Source, c)
		}
		for _, how := range x.ReadAs {
			e.say("%s %s", x.Source, how)
		}
	}
}
