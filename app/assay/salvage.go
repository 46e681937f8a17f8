package main

import (
	"context"
	"os"

	"assay/internal/fault"
	"assay/internal/service"
)

type salvageCmd struct {
	File string `arg:"" placeholder:"DAMAGED.assay"`
	Out  string `       placeholder:"FOLDER"        required:"" help:"A folder that is not there yet."`
}

func (c *salvageCmd) Run(ctx context.Context, e *env) error {
	var o service.Options
	if e.RecoveryFile != "" {
		words, err := os.ReadFile(e.RecoveryFile)
		if err != nil {
			return fault.New(fault.CodeUnreadable, "The file %s with the recovery key cannot be read.", e.RecoveryFile).
				Because(err)
		}
		o.Recovery = string(words)
	} else {
		pass, err := e.passphraseFor(c.File)
		if err != nil {
			return err
		}
		o.Passphrase = pass
	}
	r, err := service.Salvage(ctx, c.File, c.Out, o)
	if err != nil {
		return err
	}
	e.answer(r, func() {
		e.table("TABLE\tROWS\tWHOLE", func(row func(string, ...any)) {
			for _, t := range r.Tables {
				row("%s\t%d\t%v", t.Table, t.Rows, t.Whole)
			}
		})
		e.say(
			"Brought out %d rows and %d documents into %s; %d damaged pages were found.",
			r.Rows,
			r.Documents,
			r.Folder,
			r.Damaged,
		)
	})
	return nil
}
