package main

import (
	"context"
	"fmt"

	"assay/internal/service"
)

type packCmd struct {
	Workflow string `placeholder:"WF-0001"  help:"One workflow; otherwise the whole organisation."`
	Out      string `placeholder:"FILE.zip"                                                        required:""`
}

func (c *packCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		r, err := s.WritePack(
			ctx,
			service.PackRequest{
				Workflow:   c.Workflow,
				Path:       c.Out,
				Passphrase: pass,
				Progress:   func(what string) { fmt.Fprintln(e.err, "  "+what) },
			},
		)
		if err != nil {
			return err
		}
		e.answer(r, func() {
			e.say(
				"Wrote the evidence pack %s: %s, %d files, %d pages, SHA-256 %s.",
				r.Ref,
				r.Path,
				r.Files,
				r.Pages,
				r.SHA256,
			)
		})
		return nil
	})
}
