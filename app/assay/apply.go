package main

import (
	"context"

	"assay/internal/service"
)

type applyCmd struct {
	File   string `arg:"" placeholder:"FILE.yaml"`
	DryRun bool   `                               help:"Say what would change, and change nothing."`
}

func (c *applyCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		r, err := s.Apply(ctx, c.File, c.DryRun)
		if err != nil {
			return err
		}
		e.answer(r, func() {
			for _, x := range r.Records {
				e.say("%-9s %-11s %-9s %s", x.State, x.Kind, x.Ref, x.Key)
			}
			for _, n := range r.Notes {
				e.say("note: %s", n)
			}
			e.say("%d added, %d changed, %d unchanged.", r.Added, r.Changed, r.Unchanged)
		})
		return nil
	})
}
