package main

import (
	"context"
	"strings"

	"assay/internal/service"
)

type listCmd struct {
	What string `arg:"" enum:"workflows,policies,people,imports,due" help:"workflows, policies, people, imports or due."`
}

func (c *listCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		switch c.What {
		case "workflows":
			list, err := s.Workflows(ctx)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"workflows": list}, func() {
				e.table("REF\tSTAGE\tVERSION\tOWNER\tNAME", func(row func(string, ...any)) {
					for _, x := range list {
						row("%s\t%s\t%s\t%s\t%s", x.Ref, x.Lifecycle, x.Version, x.Owner, x.Name)
					}
				})
			})
		case "policies":
			list, err := s.Policies(ctx)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"policies": list}, func() {
				e.table("REF\tSTATUS\tVERSION\tNEXT REVIEW\tAPPLIES TO\tTITLE", func(row func(string, ...any)) {
					for _, x := range list {
						row("%s\t%s\t%s\t%s\t%d\t%s", x.Ref, x.Status, x.Version, x.NextReview, len(x.Applies), x.Title)
					}
				})
			})
		case "people":
			list, err := s.People(ctx)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"people": list}, func() {
				e.table("REF\tNAME\tJOB TITLE\tDUTIES", func(row func(string, ...any)) {
					for _, x := range list {
						duties := make([]string, len(x.Duties))
						for i, d := range x.Duties {
							duties[i] = string(d)
						}
						row("%s\t%s\t%s\t%s", x.Ref, x.Name, x.JobTitle, strings.Join(duties, ", "))
					}
				})
			})
		case "imports":
			list, err := s.Sources(ctx, "")
			if err != nil {
				return err
			}
			e.answer(map[string]any{"imports": list}, func() {
				e.table("REF\tWORKFLOW\tFORMAT\tRUNS\tREFUSED\tSHA-256\tFILE", func(row func(string, ...any)) {
					for _, x := range list {
						name := x.FileName
						if x.Purge != nil {
							name += " (personal data purged on " + stamp(x.Purge.At) + ")"
						}
						row(
							"%s\t%s\t%s\t%d\t%d\t%s\t%s",
							x.Ref,
							x.WorkflowRef,
							x.Format,
							x.New,
							x.Refused,
							x.SHA256[:16],
							name,
						)
					}
				})
			})
		case "due":
			v, err := s.Improvement(ctx)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"due": v.Agenda}, func() {
				e.table("DAY\tREF\tABOUT\tOWNER\tWHAT", func(row func(string, ...any)) {
					for _, x := range v.Agenda {
						late := ""
						if x.Overdue {
							late = " (overdue)"
						}
						row("%s%s\t%s\t%s\t%s\t%s", x.Day, late, x.Ref, x.Subject, x.Owner, x.Title)
					}
				})
			})
		}
		return nil
	})
}
