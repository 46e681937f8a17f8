package main

import (
	"context"

	"assay/internal/service"
)

type backupCmd struct {
	Out string `placeholder:"FILE.assay" help:"Where to; otherwise into the folder of backups beside the register."`
}

func (c *backupCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		b, err := s.Backup(ctx, c.Out)
		if err != nil {
			return err
		}
		e.answer(b, func() { e.say("Wrote %s (%d bytes).", b.Path, b.Bytes) })
		return nil
	})
}
