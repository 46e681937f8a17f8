package main

import (
	"context"
	"fmt"
	"strings"

	"assay/internal/apply"
	"assay/internal/fault"
	"assay/internal/runlog"
)

type schemaCmd struct {
	What string `arg:"" enum:"run-audit,apply,mapping" help:"run-audit, apply or mapping."`
	Name string `arg:""                                help:"Of a mapping that Assay brings for a product: ${mappings}." optional:""`
}

func (c *schemaCmd) Run(ctx context.Context, e *env) error {
	var text []byte
	switch c.What {
	case "run-audit":
		text = runlog.RunAuditSchema()
	case "apply":
		text = apply.Schema()
	default:
		return c.mapping(e)
	}
	_, err := e.out.Write(text)
	return err
}

// mapping shows a mapping that Assay brings, or lists them.
func (c *schemaCmd) mapping(e *env) error {
	all := runlog.ShippedMappings()
	if c.Name == "" && e.JSON {
		e.json(map[string]any{"mappings": all})
		return nil
	}
	if c.Name == "" {
		e.table("NAME\tFOR\tTRIED ON", func(row func(string, ...any)) {
			for _, m := range all {
				tried := m.Tried
				if tried == "" {
					tried = "a published schema only"
				}
				row("%s\t%s\t%s", m.Name, m.Title, tried)
			}
		})
		return nil
	}
	for _, m := range all {
		if m.Name == c.Name {
			_, err := e.out.Write([]byte(m.Text))
			return err
		}
	}
	return fault.Invalid("name", fmt.Sprintf("Assay brings no mapping %q; there are %s.", c.Name,
		strings.Join(runlog.ShippedNames(), ", ")))
}
