package main

import (
	"context"

	"assay/internal/service"
)

type keySecondCmd struct {
	Person string `arg:"" placeholder:"PER-0001" help:"Whose key it is: they sign with it beside their signing key, and with the same passphrase."`
}

func (c *keySecondCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		pin, err := s.MakeQuantumKey(ctx, c.Person, pass)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"holder": pin.Holder, "fingerprint": pin.Fingerprint}, func() {
			e.say("Made a key for second signatures of %s, with the fingerprint %s.", pin.Holder, pin.Fingerprint)
			e.say("Packs that %s signs from now on carry both signatures. Give readers the trust file again: it "+
				"names the key.", pin.Holder)
		})
		return nil
	})
}
