package main

import (
	"context"

	"assay/internal/machine"
	"assay/internal/service"
)

type newCmd struct {
	File         string `arg:"" placeholder:"FILE" help:"The register to make (.assay)."`
	Organisation string `                          help:"Whose register it is."                                    required:""`
	Person       string `                          help:"Who keeps it: their name."`
	JobTitle     string `                          help:"Their job title."`
	Plain        bool   `                          help:"Do not encrypt the file: anybody who has it can read it."`
}

func (c *newCmd) Run(ctx context.Context, e *env) error {
	n := service.NewRegister{Organisation: c.Organisation, Person: c.Person, JobTitle: c.JobTitle, Plain: c.Plain}
	if !c.Plain {
		pass, err := e.newPassphrase()
		if err != nil {
			return err
		}
		n.Passphrase = pass
	}
	s, recovery, err := service.Create(ctx, c.File, n, service.Options{Heads: machine.HeadsIn(machine.Dir())})
	if err != nil {
		return err
	}
	defer s.Close()
	who := s.SignedIn()
	e.answer(map[string]any{"register": s.Path(), "keeper": who, "recovery_key": recovery}, func() {
		e.say("Made the register %s of %s, kept by %s (%s).", s.Path(), c.Organisation, who.Name, who.Ref)
		if recovery != "" {
			e.say(
				"\nThis is the recovery key. Write it down and lock it away: it opens the register\nif the "+
					"passphrase is forgotten, and it is never shown again.\n\n%s\n",
				recovery,
			)
		}
	})
	return nil
}
