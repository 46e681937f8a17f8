package main

import (
	"context"
	"maps"
	"slices"

	"assay/internal/fault"
	"assay/internal/service"
)

type importListCmd struct {
	File    string            `arg:"" placeholder:"FILE" help:"A CSV file, an .xlsx or .ods workbook."`
	Kind    string            `required:"" enum:"people,workflows,policies,risks,attestations" help:"people, workflows (an inventory of AI systems), policies, risks (a risk register) or attestations (who has read a policy)."`
	Sheet   string            `help:"The sheet of a workbook; otherwise its first visible one."`
	Column  map[string]string `placeholder:"HEADING=FIELD" help:"Say of a column which field it is, such as 'Tool=name'; repeat for more."`
	Policy  string            `placeholder:"POL-0001" help:"For attestations: the policy that was read."`
	Version string            `name:"policy-version" help:"For attestations: the version that was read; otherwise the one in force."`
	To      string            `placeholder:"FILE.yaml" help:"Also write what the list was read as, as a file for assay apply."`
	DryRun  bool              `help:"Say what it would bring, and change nothing."`
}

func (c *importListCmd) Run(ctx context.Context, e *env) error {
	q := service.ListRequest{Path: c.File, Kind: c.Kind, Sheet: c.Sheet, Columns: c.Column, DryRun: c.DryRun}
	return e.with(ctx, func(s *service.Service) error {
		if c.Kind == "attestations" {
			return c.attestations(ctx, e, s, q)
		}
		r, err := s.ImportList(ctx, q)
		if err != nil {
			return err
		}
		if c.To != "" {
			if err := service.WriteNewFile(c.To, r.File); err != nil {
				return err
			}
		}
		e.answer(r, func() {
			for _, h := range slices.Sorted(maps.Keys(r.Columns)) {
				e.say("%-30s is %s", h, r.Columns[h])
			}
			for _, h := range r.Left {
				e.say("%-30s is left aside", h)
			}
			for _, n := range r.Notes {
				e.say("note: %s", n)
			}
			for _, h := range r.Held {
				e.say("held already, left as it is: %s", h)
			}
			for _, x := range r.Applied.Records {
				e.say("%-9s %-11s %-9s %s", x.State, x.Kind, x.Ref, x.Key)
			}
			e.say("%d rows; %d added, %d changed, %d unchanged.", r.Rows+len(r.Held), r.Applied.Added,
				r.Applied.Changed, r.Applied.Unchanged)
		})
		return nil
	})
}

func (c *importListCmd) attestations(ctx context.Context, e *env, s *service.Service, q service.ListRequest) error {
	if c.Policy == "" {
		return fault.Invalid("policy", "Name the policy that was read with --policy (assay list policies shows them).")
	}
	r, err := s.ImportAttestations(ctx, c.Policy, c.Version, q)
	if err != nil {
		return err
	}
	e.answer(r, func() {
		for _, n := range r.Notes {
			e.say("note: %s", n)
		}
		e.say("%d attestations added, %d held already.", r.Added, r.Held)
	})
	return nil
}
