package main

import (
	"context"
	"fmt"

	"assay/internal/service"
)

type checkCmd struct {
	Against []string `placeholder:"FILE" help:"Only say whether the register still holds the log whose head is in FILE: a certificate (PDF), an evidence pack, a signed head, a proof."`
	Accept  string   `placeholder:"REASON" help:"Say why an older copy of the register was put back, so that this computer takes it as it is; the log keeps the reason." name:"accept-older"`
}

func (c *checkCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		switch {
		case c.Accept != "":
			if err := s.AcceptOlder(ctx, c.Accept); err != nil {
				return err
			}
			e.answer(map[string]any{"accepted": true}, func() {
				e.say("Noted in the activity log. This computer takes the register as it is from now on.")
			})
			return nil
		case len(c.Against) > 0:
			return c.against(ctx, e, s)
		}
		return c.all(ctx, e, s)
	})
}

func (c *checkCmd) all(ctx context.Context, e *env, s *service.Service) error {
	r, err := s.Check(ctx, func(what string) { fmt.Fprintln(e.err, "  "+what) })
	if err != nil {
		return err
	}
	e.answer(r, func() {
		for _, x := range r.Steps {
			e.say("%s", x)
		}
		for _, x := range r.Warnings {
			e.say("warning: %s", x)
		}
		for _, x := range r.Problems {
			e.say("WRONG: %s", x)
		}
		if r.Sound {
			e.say("The register is sound: %d entries, root %s.", r.Entries, r.Root)
			e.say("An older copy would be sound as well: hold it against a head that somebody else has (assay " +
				"check --against FILE).")
		}
	})
	if !r.Sound {
		return errFoundWrong
	}
	return nil
}

// against holds the register against heads that others have.
func (c *checkCmd) against(ctx context.Context, e *env, s *service.Service) error {
	var all []service.Against
	sound := true
	for _, file := range c.Against {
		a, err := s.CheckAgainst(ctx, file)
		if err != nil {
			return err
		}
		all, sound = append(all, a), sound && a.Holds()
		if !e.JSON {
			e.say("%s %s: %s", headWords[a.Answer], a.Where, a.Sentence)
		}
	}
	if e.JSON {
		e.json(map[string]any{"against": all})
	}
	if !sound {
		return errFoundWrong
	}
	return nil
}

var headWords = map[service.HeadAnswer]string{
	service.HeadHolds:     "HELD        ",
	service.HeadOlderCopy: "OLDER COPY  ",
	service.HeadFork:      "FORK        ",
	service.HeadOtherLog:  "ANOTHER LOG ",
	service.HeadNotOurs:   "NOT SHOWN   ",
	service.HeadNone:      "CANNOT JUDGE",
}
