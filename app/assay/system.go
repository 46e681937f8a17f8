package main

import (
	"context"

	"assay/internal/service"
)

type systemCmd struct {
	DraftReview bool `help:"Print what the next management review should have before it, from what the register holds."`
}

func (c *systemCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		if c.DraftReview {
			inputs, err := s.ReviewInputs(ctx)
			if err != nil {
				return err
			}
			e.answer(inputs, func() {
				for _, i := range inputs {
					e.say("%s\n%s\n", i.What, i.Text)
				}
			})
			return nil
		}
		results, err := s.System(ctx)
		if err != nil {
			return err
		}
		e.answer(results, func() {
			e.table("RULE\tSTATE\tWHAT IT ASKS\tWHY", func(row func(string, ...any)) {
				for _, r := range results {
					row("%s\t%s\t%s\t%s", r.Code, r.Status.Words(), r.Title, r.Reason)
				}
			})
		})
		return nil
	})
}
