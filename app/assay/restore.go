package main

import (
	"context"

	"assay/internal/service"
)

type restoreCmd struct {
	Backup string `arg:"" placeholder:"BACKUP.assay"`
	Out    string `       placeholder:"FILE.assay"   required:"" help:"The register to make; must not be there yet."`
}

func (c *restoreCmd) Run(ctx context.Context, e *env) error {
	if err := service.Restore(ctx, c.Backup, c.Out); err != nil {
		return err
	}
	e.answer(map[string]any{"restored": c.Out}, func() { e.say("Restored to %s.", c.Out) })
	return nil
}
