package main

import (
	"context"

	"assay/internal/apply"
	"assay/internal/runlog"
)

type schemaCmd struct {
	What string `arg:"" enum:"run-audit,apply" help:"run-audit or apply."`
}

func (c *schemaCmd) Run(ctx context.Context, e *env) error {
	text := runlog.RunAuditSchema()
	if c.What == "apply" {
		text = apply.Schema()
	}
	_, err := e.out.Write(text)
	return err
}
