package main

import (
	"context"
	"fmt"

	"assay/internal/fault"
	"assay/internal/service"
)

type findingsCmd struct {
	Workflow string `placeholder:"WF-0001" help:"Only this workflow."`
	Code     string `placeholder:"OVR-05"  help:"Only this test."`
	Status   string `                      help:"Only findings that are open, explained, accepted or actioned."`
	Runs     bool   `                      help:"List the runs, each with its place in the imported file."`
	Limit    int    `                      help:"How many runs to list."                                        default:"50"`
	Strict   bool   `                      help:"Exit with 1 where there are open findings."`
}

func (c *findingsCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		if c.Runs {
			if c.Workflow == "" {
				return fault.Invalid("workflow", "Name the workflow with --workflow to list runs.")
			}
			p, err := s.FindingList(
				ctx,
				service.FindingQuery{Workflow: c.Workflow, Code: c.Code, Status: c.Status, Limit: c.Limit},
			)
			if err != nil {
				return err
			}
			e.answer(p, func() {
				e.table("FINDING\tCODE\tGATE\tSTATUS\tRUN\tIMPORT\tPLACE\tWHAT", func(row func(string, ...any)) {
					for _, f := range p.Items {
						run, place := "", ""
						if len(f.Runs) > 0 {
							run = f.Runs[0].RunID
							place = fmt.Sprintf("%d", f.Runs[0].At.Line)
							if f.Runs[0].At.Item > 0 {
								place += fmt.Sprintf(".%d", f.Runs[0].At.Item)
							}
						}
						row(
							"%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s",
							f.ID,
							f.Code,
							f.Gate,
							f.Status,
							run,
							f.SourceRef,
							place,
							f.Detail,
						)
					}
				})
				if p.Next != "" {
					e.say("There are more; raise --limit.")
				}
			})
			return nil
		}
		v, err := s.Findings(ctx, c.Workflow)
		if err != nil {
			return err
		}
		open := int64(0)
		if c.Code != "" {
			kept := v.Findings[:0]
			for _, f := range v.Findings {
				if f.Code == c.Code {
					kept = append(kept, f)
				}
			}
			v.Findings = kept
		}
		for _, f := range v.Findings {
			open += f.Open
		}
		e.answer(v, func() {
			e.table(
				"WORKFLOW\tCODE\tGATE\tALL\tOPEN\tEXPLAINED\tACCEPTED\tACTION\tWHAT",
				func(row func(string, ...any)) {
					for _, f := range v.Findings {
						row(
							"%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s",
							f.WorkflowRef,
							f.Code,
							f.Gate,
							f.All,
							f.Open,
							f.Explained,
							f.Accepted,
							f.Actioned,
							f.Title,
						)
					}
				},
			)
			for _, u := range v.Untested {
				e.say("%s %s not tested: %s %s", u.WorkflowRef, u.Code, u.Gate, u.Why)
			}
		})
		if c.Strict && open > 0 {
			return errFoundWrong
		}
		return nil
	})
}
