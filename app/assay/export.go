package main

import (
	"context"
	"path/filepath"
	"strings"

	"assay/internal/fault"
	"assay/internal/service"
	"assay/internal/verifypage"
)

type exportCmd struct {
	What        string `arg:"" enum:"trust,withdrawals,crl,plain,runs,atrs,calendar,scitt,in-toto,oscal,oscal-component,verify-page,register-page,governance-statement,soa,soa-27001,standards,risks,actions,reviews,records,policies,workflows,evidence,ciso-42001,ciso-27001,policy" help:"trust (certificates for those who verify), withdrawals (signed list of certificates), crl (list of revoked keys), plain (an ordinary SQLite database, not encrypted), runs (of a workflow, with their decisions), atrs (draft of a workflow's transparency record), calendar (what is due, as iCalendar), scitt (what a certificate says, as a signed statement with a receipt from the log, RFC 9943), in-toto (the same as an in-toto statement in DSSE), oscal (what was found for a workflow, control by control, as OSCAL 1.2.1), oscal-component (the Statements of Applicability as an OSCAL component definition), verify-page (a web page that checks documents without Assay or a network; needs no register), register-page (a page for your website about the AI in use), governance-statement (a paragraph for the Annual Governance Statement), policy (one policy with its versions, .odt or .docx); and as spreadsheets: soa, soa-27001 (Statements of Applicability), standards, risks, actions, reviews, records, policies, workflows, evidence, ciso-42001, ciso-27001 (an audit for CISO Assistant's import)."`
	Out         string `                                                                help:"The file to write; must not be there yet. For atrs it ends in .xlsx, .md or .csv, for policy in .odt or .docx."                                                                                                                                                                                                                                                                                        required:"" placeholder:"FILE"`
	Workflow    string `                                                                help:"For runs, atrs and oscal."                                                                                                                                                                                                                                                                                                                                                            placeholder:"WF-0001"`
	Certificate string `help:"For scitt and in-toto." placeholder:"GC-2026-0001"`
	Policy      string `help:"For policy." placeholder:"POL-0001"`
	Format      string `                                                                help:"For runs: ${written}."                                                                                                                                                                                                                                                                                                                                  default:"csv"`
}

func (c *exportCmd) Run(ctx context.Context, e *env) error {
	if c.What == "verify-page" {
		if err := service.WriteNewFile(c.Out, verifypage.HTML()); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() { e.say("Wrote %s. Open it in a web browser.", c.Out) })
		return nil
	}
	if c.Workflow == "" && (c.What == "runs" || c.What == "atrs" || c.What == "oscal") {
		return fault.Invalid("workflow", "Name the workflow with --workflow (assay list workflows shows them).")
	}
	if c.Certificate == "" && (c.What == "scitt" || c.What == "in-toto") {
		return fault.Invalid(
			"certificate", "Name the certificate with --certificate (assay certificate list shows them).",
		)
	}
	if c.Policy == "" && c.What == "policy" {
		return fault.Invalid("policy", "Name the policy with --policy (assay list policies shows them).")
	}
	return e.with(ctx, func(s *service.Service) error {
		var data []byte
		var err error
		switch c.What {
		case "trust":
			data, err = s.RootPEM(ctx)
		case "withdrawals":
			var pass string
			if pass, err = e.keyPassphrase(); err == nil {
				data, err = s.Withdrawals(ctx, pass)
			}
		case "crl":
			var pass string
			if pass, err = e.rootPassphrase(); err == nil {
				data, err = s.RevocationList(ctx, pass)
			}
		case "scitt":
			data, err = s.SignedStatement(ctx, c.Certificate, e.keyPassphrase)
		case "in-toto":
			var pass string
			if pass, err = e.keyPassphrase(); err == nil {
				data, err = s.InToto(ctx, c.Certificate, pass)
			}
		case "oscal":
			data, err = s.OSCAL(ctx, c.Workflow)
		case "oscal-component":
			data, err = s.OSCALComponent(ctx)
		case "calendar":
			data, err = s.Calendar(ctx)
		case "plain":
			err = s.ExportPlain(ctx, c.Out)
		case "runs":
			return c.runs(ctx, e, s)
		case "register-page":
			data, err = s.PublicRegister(ctx)
		case "governance-statement":
			var text string
			text, err = s.GovernanceStatement(ctx)
			data = []byte(text)
		case "soa", "soa-27001", "standards", "risks", "actions", "reviews", "records", "policies", "workflows",
			"evidence", "ciso-42001", "ciso-27001":
			data, err = s.Sheet(ctx, c.What)
		case "policy":
			data, err = s.PolicyFile(ctx, c.Policy, strings.TrimPrefix(filepath.Ext(c.Out), "."))
		case "atrs":
			data, err = s.TransparencyDraft(ctx, c.Workflow, strings.TrimPrefix(filepath.Ext(c.Out), "."))
		}
		if err == nil && c.What != "plain" {
			err = service.WriteNewFile(c.Out, data)
		}
		if err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() { e.say("Wrote %s.", c.Out) })
		return nil
	})
}

func (c *exportCmd) runs(ctx context.Context, e *env, s *service.Service) error {
	r, err := s.ExportRuns(ctx, c.Workflow, c.Format, c.Out)
	if err != nil {
		return err
	}
	e.answer(r, func() {
		e.say("Wrote %d runs to %s, SHA-256 %s.", r.Runs, c.Out, r.SHA256)
		if r.Purged > 0 {
			e.say("%d more are not in it: their personal data was purged.", r.Purged)
		}
	})
	return nil
}
