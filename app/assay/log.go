package main

import (
	"context"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/service"
)

// logCmd is what the activity log shows others of itself.
type logCmd struct {
	Head  logHeadCmd  `cmd:"" help:"Write the signed head of the activity log, for somebody else to keep: it shows later whether the register was put back or changed."`
	Key   logKeyCmd   `cmd:"" help:"Show the keys by which the log signs its heads, and have the organisation's root vouch for them."`
	Prove logProveCmd `cmd:"" help:"Write a file that proves to anybody that an entry is in the log, under the newest head that a witness countersigned (C2SP tlog-proof)."`
	Stamp logStampCmd `cmd:"" help:"Have a timestamp authority (RFC 3161) attest when the log's head existed, and so all entries under it, by files that are carried."`
}

type logHeadCmd struct {
	Out string `placeholder:"FILE.txt" required:"" help:"Where to write it; a name that ends in .png makes a QR code."`
}

func (c *logHeadCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		note, err := s.SignedHead(ctx)
		if err != nil {
			return err
		}
		if isPicture(c.Out) {
			note = ledger.Short(note)
		}
		if err := writeOrDraw(c.Out, note); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() {
			e.say("Wrote %s. Give it to somebody outside: assay check --against %s shows later whether the log "+
				"still begins with it.", c.Out, c.Out)
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

type logProveCmd struct {
	What string `arg:"" placeholder:"NUMBER" help:"An entry's number, or a certificate's for the entry of its issue."`
	Out  string `placeholder:"FILE.tlog-proof" required:"" help:"Where to write it."`
}

func (c *logProveCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		file, entry, err := s.ProveEntry(ctx, c.What)
		if err != nil {
			return err
		}
		if err := service.WriteNewFile(c.Out, file); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out, "seq": entry.Seq}, func() {
			e.say("Wrote %s, which proves that entry %d is in the log: %s", c.Out, entry.Seq, entry.Summary)
		})
		return nil
	})
}

type logStampCmd struct {
	Request string `placeholder:"FILE.tsq" help:"Write the request that is carried to the authority."`
	Reply   string `placeholder:"FILE.tsr" help:"Take the authority's answer."`
	Trust   string `placeholder:"FILE.pem" help:"Certificates of the timestamp authority that you trust." name:"tsa-trust"`
}

func (c *logStampCmd) Run(ctx context.Context, e *env) error {
	if (c.Request == "") == (c.Reply == "") {
		return fault.Invalid(
			"request", "Name the request to write (--request FILE.tsq), or the answer to take (--reply FILE.tsr).",
		)
	}
	return e.with(ctx, func(s *service.Service) error {
		if c.Request != "" {
			request, head, err := s.RequestStamp(ctx)
			if err != nil {
				return err
			}
			if err := service.WriteNewFile(c.Request, request); err != nil {
				return err
			}
			e.answer(map[string]any{"wrote": c.Request, "size": head.Size}, func() {
				e.say("Wrote %s over the log's head of %s. Send it as application/timestamp-query; take the "+
					"answer with: assay log stamp --reply FILE.tsr",
					c.Request, head.String())
			})
			return nil
		}
		reply, err := keyFile(c.Reply)
		if err != nil {
			return err
		}
		w, err := s.AcceptStamp(ctx, reply, c.Trust)
		if err != nil {
			return err
		}
		e.answer(w, func() {
			e.say("%s attests that the %d entries existed on %s.", w.By, w.Size, w.At)
		})
		return nil
	})
}
