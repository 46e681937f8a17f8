package main

import (
	"context"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/service"
	"assay/internal/signing"
	"assay/internal/verify"
)

type verifyCmd struct {
	What        []string `arg:"" optional:"" name:"what"      placeholder:"FILE|QRTEXT" help:"Certificates (PDF), packs (zip), pictures of a seal, or the text of one; statements for other programs and proofs."`
	Log         string   `                                    placeholder:"PACK.zip"    help:"Say what the activity log in an evidence pack proves: which earlier certificates it grew from, and which records are those it recorded."`
	Earlier     []string `                                    placeholder:"CERT.pdf"    help:"With --log: a certificate whose log must be the beginning of the pack's."`
	Trust       string   `                                    placeholder:"ROOT.pem"    help:"The organisation's certificate that you trust."`
	Withdrawals string   `                                    placeholder:"FILE"        help:"The organisation's signed list of withdrawn certificates."`
	LogKey      string   `                                    placeholder:"FILE"        help:"The keys of the activity log (assay log key --out), for receipts and proofs."`
	Policy      string   `                                    placeholder:"FILE"        help:"With --log: which witnesses must have countersigned the log (C2SP tlog-policy)."`
	TSATrust    string   `                   name:"tsa-trust" placeholder:"FILE.pem"    help:"Certificates of timestamp authorities that you trust."`
}

func (c *verifyCmd) Run(ctx context.Context, e *env) error {
	if c.Log != "" {
		return c.proveLog(ctx, e)
	}
	if len(c.What) == 0 {
		return fault.Invalid("what", "Name what to verify: a certificate, a pack, a picture of a seal or its text.")
	}
	var check func(context.Context, verify.Request) (verify.Verified, error)
	if e.Register != "" {
		s, err := e.open(ctx)
		if err != nil {
			return err
		}
		defer s.Close()
		check = s.Verify
	} else {
		v, err := verify.New(ctx, c.Trust, c.Withdrawals, time.Now())
		if err != nil {
			return err
		}
		check = v.Verify
	}
	all := []verify.Verified{}
	sound := true
	for _, w := range c.What {
		q := verify.Request{
			Path:           w,
			TrustPath:      c.Trust,
			Withdrawals:    c.Withdrawals,
			TimestampTrust: c.TSATrust,
			LogKey:         c.LogKey,
		}
		if signing.IsSeal(w) {
			q = verify.Request{Seal: w, TrustPath: c.Trust, Withdrawals: c.Withdrawals}
		}
		r, err := check(ctx, q)
		if err != nil {
			return err
		}
		all = append(all, r)
		sound = sound && r.Sound()
		if !e.JSON {
			e.verified(r)
		}
	}
	if e.JSON {
		e.json(map[string]any{"verified": all})
	}
	if !sound {
		return errFoundWrong
	}
	return nil
}

func (e *env) verified(r verify.Verified) {
	e.say("%s: %s", r.What, strings.ToUpper(r.Answer.Words()))
	e.say("  %s", r.Sentence)
	e.table("", func(row func(string, ...any)) {
		for _, x := range [][2]string{{"number", r.Number}, {"organisation", r.Organisation}, {"workflow", r.Workflow},
			{"verdict", strings.ReplaceAll(r.Verdict, "_", " ")},
			{"issued", r.Issued + claimed(r)}, {"valid until", r.ValidUntil.Long()}, {"signed by", r.Signer},
			{"key", r.Fingerprint}, {"record", r.Digest}} {
			if x[1] != "" {
				row("  %s\t%s", x[0], x[1])
			}
		}
	})
	e.table("", func(row func(string, ...any)) {
		for _, x := range r.Lines {
			row("  %s\t%s", x.Name, x.Value)
		}
		for _, x := range r.Needed {
			how := "signed"
			if !x.Found {
				how = "NOT SIGNED"
			}
			if x.Made != "" {
				how += ", with a key " + x.Made
			}
			row("  %s\t%s: %s", x.Role, x.Name, how)
		}
		for _, x := range r.Roots {
			row("  root\t%s, %s", x.Name, x.Fingerprint)
		}
		for _, x := range r.Added {
			row("  added for archiving\t%s", x)
		}
	})
	for _, x := range append(r.Reasons, r.Uncovered...) {
		if x != "" {
			e.say("  - %s", x)
		}
	}
	if r.Second != nil {
		e.say("  - %s", r.Second.Sentence)
	}
	for _, x := range r.Redrawn {
		how := "the same   "
		if !x.Same {
			how = "NOT THE SAME"
		}
		e.say("  %s sample %s of %s: %s", how, x.Ref, x.Workflow, x.Sentence)
	}
}

func claimed(r verify.Verified) string {
	switch {
	case r.Proven != "":
		return " (a timestamp proves that it was signed by " + r.Proven + ")"
	case r.Issued != "":
		return " (claimed, by the signer's clock)"
	}
	return ""
}

// proveLog says what the log in a pack proves.
func (c *verifyCmd) proveLog(ctx context.Context, e *env) error {
	if len(c.What) > 0 {
		return fault.Invalid("what", "With --log PACK.zip name earlier certificates with --earlier, and nothing else.")
	}
	q := verify.LogRequest{
		Path: c.Log, Earlier: c.Earlier, TrustPath: c.Trust, TimestampTrust: c.TSATrust, Policy: c.Policy,
	}
	var p verify.LogProof
	var err error
	if e.Register != "" {
		err = e.with(ctx, func(s *service.Service) (err error) {
			p, err = s.ProveLog(ctx, q)
			return err
		})
	} else {
		var v *verify.Verifier
		if v, err = verify.New(ctx, c.Trust, c.Withdrawals, time.Now()); err == nil {
			p, err = v.ProveLog(ctx, q)
		}
	}
	if err != nil {
		return err
	}
	e.answer(p, func() {
		e.verified(p.Pack)
		if p.Size > 0 {
			how := "each with the proof that it is in the log"
			if p.Whole {
				how = "all of them"
			}
			e.say("\nThe log had %d entries; %d are in the pack, %s.", p.Size, p.Entries, how)
		}
		for _, x := range p.Earlier {
			e.say("%s %s: %s", proven(x.Proven), x.Where, x.Sentence)
		}
		for _, x := range p.Outside {
			e.say("%s %s", proven(x.Proven), x.Sentence)
		}
		for _, x := range p.Records {
			e.say(
				"%s %s: %d of %d records are what the log recorded last.",
				proven(len(x.Proven) == x.Records),
				x.File,
				len(x.Proven),
				x.Records,
			)
			if len(x.Wrong) > 0 {
				e.say("  they say something else: %s", strings.Join(x.Wrong, ", "))
			}
			if len(x.Unproven) > 0 {
				e.say("  the log in the pack holds nothing of: %s", strings.Join(x.Unproven, ", "))
			}
		}
	})
	if !p.Proven {
		return errFoundWrong
	}
	return nil
}

func proven(yes bool) string {
	if yes {
		return "proven    "
	}
	return "NOT PROVEN"
}
