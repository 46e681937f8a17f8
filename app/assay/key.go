package main

import (
	"context"
	"os"

	"assay/internal/fault"
	"assay/internal/service"
)

type keyCmd struct {
	Root   keyRootCmd   `cmd:"" help:"Make the organisation's root key."`
	Issue  keyIssueCmd  `cmd:"" help:"Issue a signing key to a person."`
	List   keyListCmd   `cmd:"" help:"List keys."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key."`

	Second  keySecondCmd  `cmd:"" help:"Make a person's key for second signatures on packs, by ML-DSA-65, which a quantum computer would not break."`
	Import  keyImportCmd  `cmd:"" help:"Take a signing key from a PKCS#12 file."`
	Request keyRequestCmd `cmd:"" help:"Make a key and the request with which your own authority certifies it."`
	Accept  keyAcceptCmd  `cmd:"" help:"Take the authority's answer to a request."`
}

type keyRootCmd struct{}

func (c *keyRootCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		if err := s.MakeRoot(ctx, pass); err != nil {
			return err
		}
		e.answer(map[string]any{"made": "root"}, func() { e.say("Made the organisation's root key.") })
		return nil
	})
}

type keyIssueCmd struct {
	Person string `arg:"" placeholder:"PER-0001"`
}

func (c *keyIssueCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		root, err := e.rootPassphrase()
		if err != nil {
			return err
		}
		if err := s.IssueKey(ctx, c.Person, pass, root); err != nil {
			return err
		}
		e.answer(map[string]any{"issued": c.Person}, func() { e.say("Issued a signing key to %s.", c.Person) })
		return nil
	})
}

type keyListCmd struct{}

func (c *keyListCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		keys, err := s.Keys(ctx)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"keys": keys}, func() {
			e.table("KIND\tHOLDER\tPERSON\tUNTIL\tREVOKED\tFINGERPRINT", func(row func(string, ...any)) {
				for _, k := range keys {
					row("%s\t%s\t%s\t%s\t%s\t%s", k.Kind, k.Holder, k.PersonRef, k.Until, k.Revoked, k.Fingerprint)
				}
			})
		})
		return nil
	})
}

type keyRevokeCmd struct {
	Key    string `arg:"" placeholder:"PER-0001" help:"Whose key: a person's reference or name, or the key's fingerprint (assay key list); \"root\" for the organisation's."`
	Reason string `                                                                                                                          required:""`
}

func (c *keyRevokeCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		r, err := s.RevokeKey(ctx, c.Key, c.Reason)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"revoked": r}, func() {
			e.say("Revoked the key of %s (%s).", r.Holder, r.Fingerprint)
			e.say("%s", r.Sentence)
		})
		return nil
	})
}

// keyFile reads a small file that somebody handed over.
func keyFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Unreadable(path, "This file cannot be read.").Because(err)
	}
	return data, nil
}

type keyImportCmd struct {
	File           string `arg:"" placeholder:"FILE.p12"`
	Person         string `       placeholder:"PER-0001" required:"" help:"Whose key it is."`
	FilePassphrase string `       placeholder:"FILE"                 help:"File whose first line opens FILE.p12 (otherwise ASSAY_FILE_PASSPHRASE, or a prompt)." name:"file-passphrase-file"`
}

func (c *keyImportCmd) Run(ctx context.Context, e *env) error {
	data, err := keyFile(c.File)
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		opens, err := e.passphrase(c.FilePassphrase, "ASSAY_FILE_PASSPHRASE", "Passphrase of "+c.File+": ")
		if err != nil {
			return err
		}
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		if err := s.ImportKey(ctx, c.Person, data, opens, pass); err != nil {
			return err
		}
		e.answer(map[string]any{"imported": c.Person}, func() { e.say("Imported the signing key of %s.", c.Person) })
		return nil
	})
}

type keyRequestCmd struct {
	Person string `arg:"" placeholder:"PER-0001"`
	Out    string `       placeholder:"FILE.csr" required:"" help:"Where to write the request."`
}

func (c *keyRequestCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		csr, err := s.RequestKey(ctx, c.Person, pass)
		if err != nil {
			return err
		}
		if err := service.WriteNewFile(c.Out, csr); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() {
			e.say(
				"Wrote %s. Have your authority certify it, and take its answer with: assay key accept ANSWER.pem",
				c.Out,
			)
		})
		return nil
	})
}

type keyAcceptCmd struct {
	Answer string `arg:"" placeholder:"ANSWER.pem" help:"The certificate with those of its issuers, up to the root."`
}

func (c *keyAcceptCmd) Run(ctx context.Context, e *env) error {
	data, err := keyFile(c.Answer)
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		person, err := s.AcceptKey(ctx, data, pass)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"accepted": person}, func() { e.say("Accepted the certificate of %s.", person) })
		return nil
	})
}
