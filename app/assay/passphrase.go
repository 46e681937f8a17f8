package main

import (
	"context"
	"errors"

	"assay/internal/fault"
	"assay/internal/machine"
	"assay/internal/service"
)

type passphraseCmd struct {
	NewPassphraseFile string `placeholder:"FILE" help:"The new passphrase, on the first line; otherwise it is asked for."`
}

func (c *passphraseCmd) Run(ctx context.Context, e *env) error {
	if e.Register == "" {
		return fault.Invalid("register", "Name the register with -w FILE.")
	}
	if e.RecoveryFile != "" {
		s, err := e.recover(ctx, c.NewPassphraseFile)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"changed": e.Register}, func() { e.say("Changed the passphrase of %s.", e.Register) })
		return s.Close()
	}
	old, err := e.passphraseFor(e.Register)
	if err != nil {
		return err
	}
	passphrase, err := e.otherPassphrase(c.NewPassphraseFile)
	if err != nil {
		return err
	}
	s, err := service.Open(
		ctx, e.Register, service.Options{Passphrase: old, As: e.As, Heads: machine.HeadsIn(machine.Dir())},
	)
	if err != nil {
		return err
	}
	if err := errors.Join(s.ChangePassphrase(ctx, old, passphrase), s.Close()); err != nil {
		return err
	}
	e.answer(map[string]any{"changed": e.Register}, func() {
		e.say(
			"Changed the passphrase of %s. Copies made before still open with the old one, and who has such a "+
				"copy can read this file with its key: assay rekey gives it another.",
			e.Register,
		)
	})
	return nil
}
