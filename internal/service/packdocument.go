package service

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/store"
)

// document draws and signs the pack's document.
func (p *packer) document(ctx context.Context) error {
	d, err := p.cover(ctx)
	if err != nil {
		return err
	}
	if err := p.chapters(ctx, &d); err != nil {
		return err
	}
	h := p.clauses(&d)
	d.Policies = p.w.packPolicies(p.keys)
	d.Reviews, d.Actions = p.w.packReviews()
	var drawn bytes.Buffer
	res, err := report.WritePack(&drawn, d)
	if err != nil {
		return err
	}
	p.pages = res.Pages
	if err := p.crosswalk(h, res.At); err != nil {
		return err
	}
	err = p.table("questions.csv", []string{"question", "answer", "page"}, func(row func(...string)) error {
		for _, q := range res.Questions {
			page := ""
			if q.Page > 0 {
				page = fmt.Sprint(q.Page)
			}
			row(q.Text, q.Says, page)
		}
		return nil
	})
	if err != nil {
		return err
	}
	pdf, err := signing.SignPDF(
		ctx,
		drawn.Bytes(),
		report.FieldAssessor,
		p.identity,
		signing.PDFOptions{Now: p.w.now, Reason: "Prepared as assessor"},
	)
	if err != nil {
		return err
	}
	return p.addBytes(p.ref+".pdf", pdf)
}

// cover is the document with what its first pages say: whose it is, of what, by whom, and
// with which keys.
func (p *packer) cover(ctx context.Context) (report.EvidencePack, error) {
	view, signer := p.w, p.identity.Certificate().Subject.CommonName
	d := report.EvidencePack{
		Ref:          p.ref,
		Organisation: view.org.Name,
		Sample:       view.org.Sample,
		PreparedAt:   view.now,
		Scope:        p.scope,
		Assessor:     report.Person{Name: signer, Role: roleOf(view, signer)},
		Evidence:     p.held,
		Log:          report.Checkpoint{Size: p.head.Size, Root: hex.EncodeToString(p.head.Root[:])},
		Appetite:     view.org.AppetiteThreshold,
	}
	if p.q.Approver != "" {
		a, err := store.People.Get(ctx, view.r, p.q.Approver)
		if err != nil {
			return d, err
		}
		d.Approver = report.Person{Name: a.Name, Role: a.JobTitle}
	}
	keys, err := keysOf(ctx, view.r)
	if err != nil {
		return d, err
	}
	for _, k := range keys {
		use := "Signing key"
		if k.Kind == keyRoot {
			use = "Organisation root"
		}
		d.Keys = append(d.Keys, report.Key{Use: use, Holder: k.cert.Subject.CommonName, Fingerprint: k.ID})
	}
	d.Likelihood, d.Impact = riskScales()
	return d, nil
}

// chapters adds a chapter for each workflow, with its findings and what it lacks, and the
// period that the runs are of with the law of those days.
func (p *packer) chapters(ctx context.Context, d *report.EvidencePack) error {
	var first, last time.Time
	for _, wf := range p.list {
		f, rep := p.facts[wf.ID], p.reps[wf.ID]
		if from, to := f.Runs.From, f.Runs.To; !from.IsZero() {
			if first.IsZero() || from.Before(first) {
				first = from
			}
			if to.After(last) {
				last = to
			}
		}
		pw, err := p.w.packWorkflow(ctx, wf, f, rep)
		if err != nil {
			return err
		}
		d.Workflows = append(d.Workflows, pw)
		d.Sources = append(d.Sources, report.SourcesOf(certificate.Describe(f, rep))...)
		findings, err := p.findings(ctx, wf)
		if err != nil {
			return err
		}
		d.Findings = append(d.Findings, findings...)
		for _, r := range rep.Unmet() {
			d.Gaps = append(
				d.Gaps,
				report.Gap{Where: wf.Ref + " " + r.Code, What: r.Title + ": " + r.Reason, ToMeet: r.Remedy},
			)
		}
	}
	d.Period = "no run evidence"
	if !first.IsZero() {
		d.Period = civil.Of(first).Long() + " to " + civil.Of(last).Long()
		d.Law = lawDays(first, last)
	}
	for _, e := range p.held {
		if e.Withheld != "" {
			d.Gaps = append(d.Gaps, report.Gap{Where: e.Ref, What: e.Title + ". " + e.Withheld})
		}
	}
	return nil
}

// clauses adds what is held and missing under each clause and control. What is missing by a
// rule of the management system is a gap once, not under each clause that the rule serves.
func (p *packer) clauses(d *report.EvidencePack) *holdings {
	h, results, sf := p.holdings()
	d.Clauses, d.Statements, d.Shared = h.clauses(), h.statements(), shared()
	d.System, d.Objectives = systemOf(results), objectivesOf(p.w, sf)
	d.Records, d.Trained = h.governance(d.Clauses, d.Statements)
	for _, r := range results {
		if !r.Status.Stands() {
			d.Gaps = append(d.Gaps, report.Gap{Where: r.Code, What: r.Title + ": " + r.Reason, ToMeet: r.Remedy})
		}
	}
	for _, c := range d.Clauses {
		for _, m := range c.Missing {
			if m.Rule == "" {
				d.Gaps = append(d.Gaps, report.Gap{Where: c.ID, What: upper(m.What) + "."})
			}
		}
	}
	for _, s := range d.Statements {
		for _, c := range s.Controls {
			if c.Differs != "" {
				d.Gaps = append(d.Gaps, report.Gap{Where: c.ID, What: c.Title + ". " + c.Differs})
			}
		}
	}
	return h
}
