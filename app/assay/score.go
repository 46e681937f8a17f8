package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"assay/internal/assurance"
	"assay/internal/service"
)

type scoreCmd struct {
	Workflow string `placeholder:"WF-0001" help:"One workflow, with every requirement."`
	Strict   bool   `                      help:"Exit with 1 where a blocking requirement is not met."`
}

func (c *scoreCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		if c.Workflow == "" {
			o, err := s.Overview(ctx)
			if err != nil {
				return err
			}
			e.answer(o, func() {
				if o.Part {
					e.say(
						"%s: this register holds a part of its workflows, handed over by another, so it shows no "+
							"score of the organisation",
						o.Organisation.Name,
					)
				} else {
					e.say(
						"%s: %d %% over %d live workflows, lowest %d %% (%s)",
						o.Organisation.Name,
						o.Score.Percent,
						o.Score.Workflows,
						o.Score.Lowest,
						o.Score.LowestRef,
					)
				}
				e.table(
					"WORKFLOW\tSTAGE\tSCORE\tMET\tPOL\tRSK\tOVR\tTRN\tIMP\tBLOCKING\tFINDINGS\tCERTIFICATE\tNAME",
					func(row func(string, ...any)) {
						for _, w := range o.Workflows {
							cells := make([]string, 5)
							for i, a := range w.Areas {
								cells[i] = fmt.Sprintf("%d/%d", a.Met, a.Applicable)
							}
							row(
								"%s\t%s\t%d %%\t%d/%d\t%s\t%d\t%d\t%s\t%s",
								w.Ref,
								w.Lifecycle,
								w.Percent,
								w.Met,
								w.Applicable,
								strings.Join(cells, "\t"),
								w.Blocking,
								w.OpenFindings,
								w.Certificate,
								w.Name,
							)
						}
					},
				)
				for _, g := range o.Next {
					if g.Kind != "requirement" {
						continue
					}
					refs := make([]string, 0, len(g.Items))
					for _, x := range g.Items {
						refs = append(refs, cmp.Or(x.WorkflowRef, "the organisation"))
					}
					if more := g.Count - len(g.Items); more > 0 {
						refs = append(refs, fmt.Sprintf("%d more", more))
					}
					e.say("next: %s: %s", g.Task, strings.Join(refs, ", "))
				}
			})
			for _, w := range o.Workflows {
				if c.Strict && w.Blocking > 0 {
					return errFoundWrong
				}
			}
			return nil
		}
		rep, err := s.Readiness(ctx, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(rep, func() { e.readiness(rep) })
		if c.Strict && len(rep.Blocking) > 0 {
			return errFoundWrong
		}
		return nil
	})
}

func (e *env) readiness(rep assurance.Report) {
	e.say("%s %s: %d %%, %d of %d requirements met", rep.Ref, rep.Name, rep.Percent, rep.Met, rep.Applicable)
	for _, a := range rep.Areas {
		e.say("\n%s %s: %d of %d", a.Area, a.Title, a.Met, a.Applicable)
		for _, r := range a.Results {
			mark := strings.ToLower(r.Status.Words())
			blocking := ""
			if !r.Status.Stands() {
				mark = strings.ToUpper(mark)
				if r.Blocking {
					blocking = " (blocking)"
				}
			}
			e.say("  %-17s %s %s%s", mark, r.Code, r.Title, blocking)
			e.say("          %s", r.Reason)
			if r.Remedy != "" {
				e.say("          To meet it: %s", r.Remedy)
			}
		}
	}
}
