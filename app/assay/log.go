package main

import (
	"context"

	"assay/internal/service"
)

// logCmd is what the activity log shows others of itself.
type logCmd struct {
	Head logHeadCmd `cmd:"" help:"Write the signed head of the activity log, for somebody else to keep: it shows later whether the register was put back or changed."`
	Key  logKeyCmd  `cmd:"" help:"Show the keys by which the log signs its heads, and have the organisation's root vouch for them."`
}

type logHeadCmd struct {
	Out string `placeholder:"FILE.txt" required:"" help:"Where to write it."`
}

func (c *logHeadCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		note, err := s.SignedHead(ctx)
		if err != nil {
			return err
		}
		if err := service.WriteNewFile(c.Out, note); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() {
			e.say("Wrote %s. Give it to somebody outside: assay check --against %s shows later whether the log still begins with it.", c.Out, c.Out)
		})
		return nil
	})
}

type logKeyCmd struct {
	Certify bool   `help:"Have the organisation's root vouch for them, where it does not yet (asks for the root's passphrase)."`
	Out     string `placeholder:"FILE.txt" help:"Where to write the signed statement of the keys."`
}

func (c *logKeyCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		if c.Certify {
			root, err := e.rootPassphrase()
			if err != nil {
				return err
			}
			if err := s.CertifyLog(ctx, root); err != nil {
				return err
			}
		}
		key, err := s.LogKey(ctx)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := service.WriteNewFile(c.Out, []byte(key.Statement)); err != nil {
				return err
			}
		}
		e.answer(key, func() {
			e.say("%s", key.Origin)
			for _, k := range key.Keys[:2] { // the third fills a screen; it stands in the statement
				e.say("  %s", k)
			}
			if key.Certified {
				e.say("The organisation's root vouches for these keys.")
			} else {
				e.say("The organisation's root does not vouch for these keys yet: assay log key --certify.")
			}
		})
		return nil
	})
}
