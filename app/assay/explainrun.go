package main

import (
	"context"
	"path/filepath"

	"assay/internal/fault"
	"assay/internal/service"
)

type explainRunCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
	RunID    string `required:"" placeholder:"ID"       name:"run" help:"The run, as the platform names it."`
	Out      string `            placeholder:"FILE.txt"            help:"Write the draft here, as .txt or .pdf; otherwise it is printed."`
}

func (c *explainRunCmd) Run(ctx context.Context, e *env) error {
	ext := filepath.Ext(c.Out)
	if c.Out != "" && ext != ".txt" && ext != ".pdf" {
		return fault.Invalid("out", "Choose a file name that ends in .txt or .pdf.")
	}
	return e.with(ctx, func(s *service.Service) error {
		l, err := s.ExplainRun(ctx, c.Workflow, c.RunID)
		if err != nil {
			return err
		}
		data := l.Text()
		if ext == ".pdf" {
			if data, err = service.LetterPDF(l); err != nil {
				return err
			}
		}
		if c.Out != "" {
			if err := service.WriteNewFile(c.Out, data); err != nil {
				return err
			}
		}
		e.answer(l, func() {
			if c.Out == "" {
				_, _ = e.out.Write(data) // a closed pipe is the reader's choice
				return
			}
			e.say(
				"Wrote the draft %s. An officer edits and signs it; %d things to check stand on its last page.",
				c.Out,
				len(l.Notes)+len(l.Questions),
			)
		})
		return nil
	})
}
