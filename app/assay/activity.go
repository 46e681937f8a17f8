package main

import (
	"context"

	"assay/internal/service"
)

type activityCmd struct {
	Subject string `placeholder:"POL-0001" help:"Only about this record."`
	Limit   int    `                                                      default:"50"`
}

func (c *activityCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		list, err := s.Activities(ctx, c.Subject, 0, c.Limit)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"activity": list}, func() {
			e.table("NO\tWHEN\tWHO\tABOUT\tWHAT", func(row func(string, ...any)) {
				for _, x := range list {
					row("%d\t%s\t%s\t%s\t%s", x.Seq, x.At[:16], x.Actor, x.Subject, x.Summary)
				}
			})
		})
		return nil
	})
}
