package service

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/workflow"
)

// PublicRegister is a page of HTML about the workflows in use, for the organisation's
// website: without script, and naming no officer.
func (s *Service) PublicRegister(ctx context.Context) (out []byte, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "register.publish",
			summary: "Made the public page of the register",
			may:     organisation.ActionExport,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			page := report.PublicRegister{
				Organisation: view.org.Name,
				Sample:       view.org.Sample,
				Made:         civil.Of(view.now),
				Contact:      view.org.Contact,
			}
			for i := range view.workflows {
				wf := &view.workflows[i]
				switch wf.Lifecycle {
				case workflow.LifecycleTrial, workflow.LifecycleLive, workflow.LifecyclePaused:
				default:
					continue
				}
				f, rep, err := view.judge(ctx, wf)
				if err != nil {
					return err
				}
				page.Entries = append(page.Entries, view.publicEntry(f, rep))
			}
			var b bytes.Buffer
			err = report.WriteRegister(&b, page)
			out = b.Bytes()
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (view *View) publicEntry(f assurance.Facts, rep assurance.Report) report.PublicEntry {
	wf := f.Workflow.Confirmed() // what a template suggested was not said by anybody
	a := wf.Account
	e := report.PublicEntry{
		Ref:     wf.Ref,
		Name:    wf.Name,
		Service: wf.Service,
		Stage: map[workflow.Lifecycle]string{
			workflow.LifecycleTrial: "on trial", workflow.LifecycleLive: "in use", workflow.LifecyclePaused: "paused",
		}[wf.Lifecycle],
		Since:     wf.LiveSince,
		Does:      a.Purpose,
		Informs:   a.Decisions,
		Data:      strings.Join(a.DataUsed, "; "),
		Special:   a.SpecialData,
		Works:     a.HowItWorks,
		Not:       a.Limits,
		Challenge: strings.TrimSpace(a.ChallengeTool + " " + a.Challenge),
		Supplier:  wf.Supplier,
		Record:    a.ATRSURL,
		Standing:  view.standingOf(wf.ID),
	}
	if e.Data != "" {
		e.Data = upper(e.Data) + "."
	}
	for _, g := range wf.Gates {
		e.People = strings.TrimSpace(
			e.People + " " + report.PeopleDecideAt(g),
		)
	}
	if f.Runs.Total > 0 {
		e.Shown = certificate.Describe(f, rep).Shown()
	}
	if ra, ok := f.Assessment(); ok {
		for _, l := range ra.Linked {
			if l.Status == risk.LinkedApproved {
				text := upper(l.Kind.Words()) + " assessment"
				if !l.Date.IsZero() {
					text += ", " + l.Date.Long()
				}
				e.Assessments = append(e.Assessments, text)
			}
		}
	}
	return e
}

// standingOf says in a sentence what certificate a workflow has.
func (view *View) standingOf(workflowID string) string {
	last := ""
	for _, c := range view.certificateViews() { // the newest first
		if c.WorkflowID != workflowID {
			continue
		}
		switch c.Status {
		case "issued":
			if !c.Countersigned {
				last = firstOf(last, fmt.Sprintf("Certificate %s waits for its approval.", c.Number))
				continue
			}
			return fmt.Sprintf("Certificate %s is in force until %s.", c.Number, c.ValidUntil.Long())
		case "revoked":
			last = firstOf(last, fmt.Sprintf("Certificate %s was revoked on %s (%s): do not rely on it.",
				c.Number, c.RevokedOn.Long(), prose.Quote(c.Reason)))
		case "expired":
			last = firstOf(last, fmt.Sprintf("Certificate %s ran out on %s: do not rely on it.",
				c.Number, c.ValidUntil.Long()))
		}
	}
	return firstOf(last, "It has no governance certificate.")
}

// GovernanceStatement drafts a paragraph about AI for the organisation's Annual
// Governance Statement, with figures of the register on the day it is made.
func (s *Service) GovernanceStatement(ctx context.Context) (text string, err error) {
	err = s.readViewWithRuns(ctx, func(view *View) error {
		f, err := view.system(ctx)
		if err != nil {
			return err
		}
		text = view.governanceStatement(f)
		return nil
	})
	return text, err
}

func (view *View) governanceStatement(f assurance.SystemFacts) string {
	var live []assurance.Report
	runs, inForce, blocked := 0, 0, 0
	var short []string
	for i := range view.workflows {
		wf := &view.workflows[i]
		if wf.Lifecycle != workflow.LifecycleLive && wf.Lifecycle != workflow.LifecycleTrial {
			continue
		}
		rep := view.reports[wf.ID]
		live = append(live, rep)
		runs += f.Workflows[i].Runs.Total
		if strings.Contains(view.standingOf(wf.ID), " is in force until ") {
			inForce++
		}
		if len(rep.Blocking) > 0 {
			blocked++
			short = append(short, prose.Called(wf.Name))
		}
	}
	today := civil.Of(view.now)
	parts := []string{
		fmt.Sprintf("Artificial intelligence. On %s %s used %s with AI in its services, of which %d hold a "+
			"governance certificate that is in force.", today.Long(), view.org.Name,
			prose.Count(len(live), "workflow"), inForce),
	}
	if runs > 0 {
		parts = append(parts, fmt.Sprintf("What is said about them rests on %s that were read from the logs of the "+
			"systems.", prose.Count(runs, "run")))
	} else {
		parts = append(parts, "No run of them has been read from a log, so what is said of them rests on records.")
	}
	if blocked > 0 {
		parts = append(parts, fmt.Sprintf("For %s something stands in the way of a certificate: %s.",
			prose.Count(blocked, "workflow"), strings.Join(short, ", ")))
	}
	met, asked := 0, 0
	for _, r := range assurance.System(f) {
		if r.Status == assurance.StatusNotApplicable {
			continue
		}
		asked++
		if r.Status.Whole() {
			met++
		}
	}
	parts = append(
		parts,
		fmt.Sprintf("Of the %d rules about the management of AI as a whole that apply, %d are met.", asked,
			met),
	)
	for _, k := range []struct {
		kind review.RecordKind
		name string
	}{
		{review.RecordInternalAudit, "internal audit"}, {review.RecordManagementReview, "management review"},
	} {
		found := false
		for _, r := range view.records {
			if r.Kind == k.kind && r.Status == review.RecordClosed && !r.Date.Before(today.AddMonths(-12)) {
				parts = append(parts, fmt.Sprintf("The %s of %s concluded: %s", k.name, r.Date.Long(),
					prose.Said(r.Result)))
				found = true
			}
		}
		if !found {
			parts = append(parts, fmt.Sprintf("No %s of the last twelve months is recorded.", k.name))
		}
	}
	incidents, open, late := 0, 0, 0
	for _, r := range view.records {
		if r.Kind == review.RecordIncident && !r.Date.Before(today.AddMonths(-12)) {
			incidents++
		}
	}
	for _, a := range view.actions {
		if a.Status == review.ActionOpen {
			open++
			if a.Overdue(view.now) {
				late++
			}
		}
	}
	parts = append(parts, fmt.Sprintf("%s in twelve months; %s open, %d of them past the day.",
		upper(prose.Count(incidents, "incident")), prose.Count(open, "action"), late))
	return strings.Join(parts, " ") + "\n\nDrafted from the register on " + today.Long() +
		" for a person to read and correct. It states no legal conclusion and certifies nobody to a standard.\n"
}
