package main

import (
	"os"

	"assay/internal/fault"
	"assay/internal/service"
)

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

func (c *keyImportCmd) Run(e *env) error {
	data, err := keyFile(c.File)
	if err != nil {
		return err
	}
	return e.with(func(s *service.Service) error {
		opens, err := e.passphrase(c.FilePassphrase, "ASSAY_FILE_PASSPHRASE", "Passphrase of "+c.File+": ")
		if err != nil {
			return err
		}
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		if err := s.ImportKey(e, c.Person, data, opens, pass); err != nil {
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

func (c *keyRequestCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		csr, err := s.RequestKey(e, c.Person, pass)
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

func (c *keyAcceptCmd) Run(e *env) error {
	data, err := keyFile(c.Answer)
	if err != nil {
		return err
	}
	return e.with(func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		person, err := s.AcceptKey(e, data, pass)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"accepted": person}, func() { e.say("Accepted the certificate of %s.", person) })
		return nil
	})
}

// rootPassphrase is that of the organisation's root key: its own, or the signing key's.
func (e *env) rootPassphrase() (string, error) {
	if v := os.Getenv("ASSAY_ROOT_PASSPHRASE"); v != "" {
		return v, nil
	}
	return e.keyPassphrase()
}

type certTimestampCmd struct {
	Number   string `arg:"" placeholder:"GC-2026-0001"`
	TSA      string `       placeholder:"URL"          name:"tsa"       help:"The timestamp authority to ask (RFC 3161); it is sent the SHA-256 of the last signature, nothing else."`
	TSATrust string `       placeholder:"FILE.pem"     name:"tsa-trust" help:"The authority's certificates, with its revocation lists where there are any."`
	Complete bool   `                                                   help:"Put certificates and revocation lists into the document, so that it can be verified in ten years."`
}

func (c *certTimestampCmd) Run(e *env) error {
	if c.TSA == "" && !c.Complete {
		return fault.Invalid("tsa", "Name the timestamp authority with --tsa URL, or ask for --complete.")
	}
	return e.with(func(s *service.Service) error {
		if c.TSA != "" {
			if err := s.TimestampCertificate(e, service.TimestampRequest{Number: c.Number, URL: c.TSA, TrustPath: c.TSATrust}); err != nil {
				return err
			}
			e.say("%s is timestamped by %s.", c.Number, c.TSA)
		}
		if c.Complete {
			if err := s.CompleteCertificate(e, c.Number, c.TSATrust); err != nil {
				return err
			}
			e.say("%s is completed with validation data.", c.Number)
		}
		if e.JSON {
			e.json(map[string]any{"number": c.Number, "timestamped": c.TSA != "", "completed": c.Complete})
		}
		return nil
	})
}
