package main

import (
	"context"
	"errors"

	"assay/internal/fault"
	"assay/internal/service"
)

type recoveryKeyCmd struct{}

func (c *recoveryKeyCmd) Run(ctx context.Context, e *env) error {
	if e.Register == "" {
		return fault.Invalid("register", "Name the register with -w FILE.")
	}
	passphrase, err := e.passphraseFor(e.Register)
	if err != nil {
		return err
	}
	s, err := service.Open(ctx, e.Register, service.Options{Passphrase: passphrase, As: e.As})
	if err != nil {
		return err
	}
	words, err := s.NewRecovery(ctx, passphrase)
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	e.answer(map[string]any{"register": e.Register, "recovery_key": words}, func() {
		e.say(
			"This is the new recovery key, never shown again; the one before opens the register no more.\n\n%s",
			words,
		)
	})
	return nil
}
