package main

import (
	"context"

	"assay/internal/fault"
	"assay/internal/service"
)

type rekeyCmd struct {
	NewPassphraseFile string `placeholder:"FILE" help:"The new passphrase, on the first line; otherwise it is asked for."`
}

func (c *rekeyCmd) Run(ctx context.Context, e *env) error {
	if e.Register == "" {
		return fault.Invalid("register", "Name the register with -w FILE.")
	}
	old, err := e.passphraseFor(e.Register)
	if err != nil {
		return err
	}
	passphrase, err := e.otherPassphrase(c.NewPassphraseFile)
	if err != nil {
		return err
	}
	out, err := service.Rekey(ctx, e.Register, service.Options{Passphrase: old, As: e.As}, passphrase)
	if err != nil {
		return err
	}
	e.answer(out, func() {
		e.say("%s has a new key. Its recovery key, never shown again:\n\n%s\n", out.Path, out.Recovery)
		e.say(
			"The register as it was is kept as %s, under the old key. Delete it, and the other copies that were "+
				"made before, once you have opened the new one.",
			out.Old,
		)
	})
	return nil
}
