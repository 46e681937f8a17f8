package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"assay/internal/demo"
)

type demoCmd struct {
	Dir   string `default:"sample" placeholder:"DIR" help:"Where to put it; a former sample there is made anew."`
	Plain bool   `                                   help:"Do not encrypt the sample's register."`
}

func (c *demoCmd) Run(ctx context.Context, e *env) error {
	r, err := demo.Make(
		ctx,
		c.Dir,
		demo.Options{Plain: c.Plain, Progress: func(what string) { fmt.Fprintln(e.err, "  "+what) }},
	)
	if err != nil {
		return err
	}
	e.answer(r, func() {
		e.say("\nThe sample council stands in %s:\n", filepath.Dir(r.Register))
		e.table("", func(row func(string, ...any)) {
			for _, f := range r.Files {
				name, err := filepath.Rel(filepath.Dir(r.Register), f.Path)
				if err != nil {
					name = f.Path
				}
				row("  %s\t%s", filepath.ToSlash(name), f.What)
			}
		})
		if len(r.Refused) > 0 {
			e.say("\nCertificates that were refused, as they should be:\n")
			for _, x := range r.Refused {
				e.say("  %s %s", x.Workflow, x.Name)
				for _, why := range x.Reasons {
					e.say("    %s", why.Message)
				}
			}
		}
		e.say("\nVerified with the council's root certificate alone:\n")
		for _, v := range r.Verified {
			e.say("  %-24s %s", v.What, strings.ToUpper(string(v.Answer)))
		}
		dir := filepath.ToSlash(c.Dir)
		e.say("\nTry next:\n")
		if len(r.Certificates) > 0 {
			e.say("  assay verify --trust %s/root.pem %s/certificates/%s.pdf", dir, dir, r.Certificates[0].Number)
		}
		e.say("  assay score -w %s/brackenmere.assay        (passphrase: %s)", dir, r.Passphrase)
	})
	return nil
}
