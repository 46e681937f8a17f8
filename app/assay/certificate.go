package main

import (
	"context"
	"strings"

	"assay/internal/fault"
	"assay/internal/service"
)

type certificateCmd struct {
	Issue   issueCmd       `cmd:"" help:"Issue a certificate for a workflow; refused, saying why, while a blocking requirement is not met."`
	Plan    planCmd        `cmd:"" help:"Say what stands between a workflow and its certificate."`
	List    certListCmd    `cmd:"" help:"List issued certificates."`
	Show    certShowCmd    `cmd:"" help:"Show a certificate's record, or write its PDF."`
	Approve certApproveCmd `cmd:"" help:"Add the approver's signature."`
	Revoke  certRevokeCmd  `cmd:"" help:"Revoke a certificate."`

	Timestamp certTimestampCmd `cmd:"" help:"Have an outside authority attest when it was signed, or complete it for later years."`
}

type issueCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
	Approver string `required:"" placeholder:"PER-0002"   help:"Who approves it."`
	Owner    string `            placeholder:"PER-0003"   help:"Who puts right what stands as a condition."`
	Due      string `            placeholder:"2027-03-31" help:"By when."`
	Until    string `            placeholder:"2027-11-22" help:"Last day; at most twelve months ahead."`
	Out      string `            placeholder:"FILE.pdf"   help:"Write the certificate here."`
}

func (c *issueCmd) Run(ctx context.Context, e *env) error {
	due, err := date("due", c.Due)
	if err != nil {
		return err
	}
	until, err := date("until", c.Until)
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		plan, err := s.PlanCertificate(ctx, c.Workflow)
		if err != nil {
			return err
		}
		pass := ""
		if len(plan.Refusals) == 0 { // no passphrase is asked for in vain
			if pass, err = e.keyPassphrase(); err != nil {
				return err
			}
		}
		r, err := s.IssueCertificate(
			ctx,
			service.IssueRequest{
				Workflow:     c.Workflow,
				Approver:     c.Approver,
				DefaultOwner: c.Owner,
				DefaultDue:   due,
				ValidUntil:   until,
				Passphrase:   pass,
			},
		)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := e.writePDF(ctx, s, r.Number, c.Out); err != nil {
				return err
			}
		}
		e.answer(r, func() {
			e.say(
				"Issued %s for %s %s, %s, valid until %s.",
				r.Number,
				r.WorkflowRef,
				r.WorkflowName,
				strings.ReplaceAll(r.Verdict, "_", " "),
				r.ValidUntil.Long(),
			)
			for _, x := range r.Statement.Conditions {
				e.say("  condition %s: %s (%s, by %s)", x.Requirement, x.Text, x.Owner, x.Due.Long())
			}
			if c.Out != "" {
				e.say("Wrote %s.", c.Out)
			}
		})
		return nil
	})
}

func (e *env) writePDF(ctx context.Context, s *service.Service, number, path string) error {
	pdf, err := s.CertificatePDF(ctx, number)
	if err != nil {
		return err
	}
	return service.WriteNewFile(path, pdf)
}

type planCmd struct {
	Workflow string `arg:"" placeholder:"WF-0001"`
}

func (c *planCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		p, err := s.PlanCertificate(ctx, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(p, func() {
			for _, r := range p.Refusals {
				e.say("in the way: %s", r.Message)
			}
			for _, r := range p.Conditions {
				e.say("condition:  %s %s. %s", r.Code, r.Title, r.Remedy)
			}
			if len(p.Refusals) == 0 {
				e.say("A certificate can be issued, valid until %s.", p.ValidUntil.Long())
			}
		})
		return nil
	})
}

type certListCmd struct{}

func (c *certListCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		list, err := s.Certificates(ctx)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"certificates": list}, func() {
			e.table("NUMBER\tSTATUS\tWORKFLOW\tVERDICT\tISSUED\tVALID UNTIL\tNAME", func(row func(string, ...any)) {
				for _, x := range list {
					row(
						"%s\t%s\t%s\t%s\t%s\t%s\t%s",
						x.Number,
						x.Status,
						x.WorkflowRef,
						strings.ReplaceAll(x.Verdict, "_", " "),
						x.IssuedAt[:10],
						x.ValidUntil,
						x.WorkflowName,
					)
				}
			})
		})
		return nil
	})
}

type certShowCmd struct {
	Number  string `arg:"" placeholder:"GC-2026-0001"`
	Out     string `       placeholder:"FILE.pdf"     help:"Write the certificate here."`
	Edition string `                                  help:"standard (as signed), large-print (signed again by its assessor), html (for screen readers, not signed) or seal (its square as a PNG picture, for a certificate that was approved after it was drawn)." enum:"standard,large-print,html,seal" default:"standard"`

	Approver string `name:"approver-passphrase-file" placeholder:"FILE" help:"With large-print: the file with the passphrase of the approver's key, to have them sign it too."`
}

func (c *certShowCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		r, err := s.Certificate(ctx, c.Number)
		if err != nil {
			return err
		}
		if c.Edition != "standard" || c.Out != "" {
			if err := e.writeEdition(ctx, s, r.Number, c.Edition, c.Out, c.Approver); err != nil {
				return err
			}
		}
		e.answer(r, func() {
			e.table("", func(row func(string, ...any)) {
				row("number\t%s (%s)", r.Number, r.Status)
				row("workflow\t%s %s, version %s", r.WorkflowRef, r.WorkflowName, r.Statement.Workflow.Version)
				row("verdict\t%s", strings.ReplaceAll(r.Verdict, "_", " "))
				row("issued\t%s by %s", r.IssuedAt, r.Statement.Assessor().Name)
				row("approver\t%s (signed: %v)", r.Statement.Approver().Name, r.Countersigned)
				row("valid until\t%s", r.ValidUntil.Long())
				for _, text := range r.Statement.Lead() {
					row("verdict says\t%s", text)
				}
				for _, text := range r.Statement.Shown() {
					row("log shows\t%s", text)
				}
				for _, x := range r.Statement.Conditions {
					row("condition\t%s: %s (%s, by %s)", x.Requirement, r.Statement.Task(x), x.Owner, x.Due.Long())
				}
				for _, f := range r.Statement.Findings {
					for _, x := range f.Said {
						row("explained\t%s: %d of %d. %s", f.Code, x.Findings, f.Found(), x.Words())
					}
				}
				for _, x := range r.Statement.Declarations {
					row("held to\t%s", x.Words)
				}
				for _, x := range r.Remarks {
					row("now\t%s", x)
				}
				row("record digest\t%s", r.Digest)
				if r.SupersededBy != "" {
					row("superseded by\t%s", r.SupersededBy)
				}
				if r.Reason != "" {
					row("revoked\t%s by %s: %s", r.RevokedOn.Long(), r.RevokedBy, r.Reason)
				}
				row("seal\t%s", r.Seal)
			})
		})
		return nil
	})
}

type certApproveCmd struct {
	Number string `arg:"" placeholder:"GC-2026-0001"`
	By     string `       placeholder:"PER-0002"     required:"" help:"The approver named on the certificate."`
}

func (c *certApproveCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		if err := s.Countersign(ctx, c.Number, c.By, pass); err != nil {
			return err
		}
		e.answer(map[string]any{"approved": c.Number}, func() { e.say("Approved %s.", c.Number) })
		return nil
	})
}

type certRevokeCmd struct {
	Number string `arg:"" placeholder:"GC-2026-0001"`
	Reason string `                                  required:""`
}

func (c *certRevokeCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		if err := s.RevokeCertificate(ctx, c.Number, c.Reason); err != nil {
			return err
		}
		e.answer(map[string]any{"revoked": c.Number}, func() { e.say("Revoked %s.", c.Number) })
		return nil
	})
}

type certTimestampCmd struct {
	Number   string `arg:"" placeholder:"GC-2026-0001"`
	TSA      string `       placeholder:"URL"          name:"tsa"       help:"The timestamp authority to ask (RFC 3161); it is sent the SHA-256 of the last signature, nothing else."`
	TSATrust string `       placeholder:"FILE.pem"     name:"tsa-trust" help:"The authority's certificates, with its revocation lists where there are any."`
	Complete bool   `                                                   help:"Put certificates and revocation lists into the document, so that it can be verified in ten years."`
}

func (c *certTimestampCmd) Run(ctx context.Context, e *env) error {
	if c.TSA == "" && !c.Complete {
		return fault.Invalid("tsa", "Name the timestamp authority with --tsa URL, or ask for --complete.")
	}
	return e.with(ctx, func(s *service.Service) error {
		if c.TSA != "" {
			if err := s.TimestampCertificate(
				ctx, service.TimestampRequest{Number: c.Number, URL: c.TSA, TrustPath: c.TSATrust},
			); err != nil {
				return err
			}
			e.say("%s is timestamped by %s.", c.Number, c.TSA)
		}
		if c.Complete {
			if err := s.CompleteCertificate(ctx, c.Number, c.TSATrust); err != nil {
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

// writeEdition writes an edition of an issued certificate into a new file.
func (e *env) writeEdition(ctx context.Context, s *service.Service, number, edition, path, approverFile string) error {
	if path == "" {
		return fault.Invalid("out", "Say with --out where to write the edition.")
	}
	var data []byte
	var err error
	switch edition {
	case "html":
		data, err = s.CertificateHTML(ctx, number)
	case "seal":
		data, err = s.SealPicture(ctx, number)
	case "large-print":
		pass, perr := e.keyPassphrase()
		if perr != nil {
			return perr
		}
		approver := ""
		if approverFile != "" {
			if approver, perr = e.passphrase(approverFile, "", ""); perr != nil {
				return perr
			}
		}
		data, err = s.LargePrint(ctx, number, pass, approver)
	default:
		return e.writePDF(ctx, s, number, path)
	}
	if err != nil {
		return err
	}
	return service.WriteNewFile(path, data)
}
