package main

import (
	"context"
	"os"
	"path/filepath"

	"assay/internal/fault"
	"assay/internal/service"
)

type caseFileCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
	RunID    string `required:"" placeholder:"ID"      name:"run" help:"The run, as the platform names it."`
	Out      string `required:"" placeholder:"FOLDER"             help:"A new folder for the files."`
	Named    bool   `                                             help:"Name officers in the draft of the letter."`
}

func (c *caseFileCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		f, err := s.CaseOf(ctx, service.LetterRequest{Workflow: c.Workflow, Run: c.RunID, Named: c.Named})
		if err != nil {
			return err
		}
		if err := os.Mkdir(c.Out, 0o700); err != nil {
			return fault.Doing("make the folder for the case", err)
		}
		for _, x := range f.Files {
			if err := service.WriteNewFile(filepath.Join(c.Out, x.Name), x.Data); err != nil {
				return err
			}
		}
		e.answer(f, func() {
			e.say(
				"Wrote %d files into %s, as things were on %s; about.txt lists them.",
				len(f.Files),
				c.Out,
				f.Day.Long(),
			)
			for _, m := range f.Missing {
				e.say("missing: %s", m)
			}
		})
		return nil
	})
}
