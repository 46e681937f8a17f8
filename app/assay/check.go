package main

import (
	"context"
	"fmt"

	"assay/internal/service"
)

type checkCmd struct{}

func (c *checkCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		r, err := s.Check(ctx, func(what string) { fmt.Fprintln(e.err, "  "+what) })
		if err != nil {
			return err
		}
		e.answer(r, func() {
			for _, x := range r.Steps {
				e.say("%s", x)
			}
			for _, x := range r.Warnings {
				e.say("warning: %s", x)
			}
			for _, x := range r.Problems {
				e.say("WRONG: %s", x)
			}
			if r.Sound {
				e.say("The register is sound: %d entries, root %s.", r.Entries, r.Root)
			}
		})
		if !r.Sound {
			return errFoundWrong
		}
		return nil
	})
}
