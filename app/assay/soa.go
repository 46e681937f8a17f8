package main

import (
	"context"
	"strings"

	"assay/internal/service"
)

type soaCmd struct {
	Import soaImportCmd `cmd:"" help:"Take a Statement of Applicability from a spreadsheet as 'assay export soa' writes it."`
}

type soaImportCmd struct {
	File   string `arg:"" help:"The spreadsheet (.xlsx)."`
	DryRun bool   `       help:"Say what would change, and change nothing."`
}

func (c *soaImportCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		r, err := s.ImportSoA(ctx, c.File, c.DryRun)
		if err != nil {
			return err
		}
		e.answer(r, func() {
			verb := "changed"
			if r.DryRun {
				verb = "would change"
			}
			e.say("%d rows with a decision; %d %s.", r.Rows, len(r.Changed), verb)
			if len(r.Changed) > 0 {
				e.say("  %s", strings.Join(r.Changed, ", "))
			}
			if len(r.Unapproved) > 0 {
				e.say("To be approved again: %s.", strings.Join(r.Unapproved, ", "))
			}
		})
		return nil
	})
}
