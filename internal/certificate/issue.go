package certificate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/workflow"
)

// Draft is what a person adds to the facts when a certificate is issued.
type Draft struct {
	Number     string
	Conditions []Condition // one for each requirement that is not met
	ValidUntil civil.Date  // empty: as many months as the organisation sets
	Assessor   Signatory
	Approver   Signatory
	Supersedes string // number of the certificate that this one replaces
	Log        Head
}

// Refusals says, one sentence each, why a certificate cannot be issued now; none
// where it can. It looks at the workflow and at blocking requirements only, so
// that a screen can ask before anything is filled in.
func Refusals(f assurance.Facts, r assurance.Report) []fault.Field {
	var bad []fault.Field
	if l := f.Workflow.Lifecycle; l != workflow.LifecycleLive && l != workflow.LifecycleTrial {
		bad = append(
			bad,
			fault.Field{
				Name:    "workflow",
				Message: fmt.Sprintf("The workflow is %s; a certificate is for one that is on trial or live.", l),
			},
		)
	}
	for _, b := range r.Blocking {
		bad = append(bad, fault.Field{Name: b.Code, Message: b.Title + ": not met. " + b.Reason + " " + b.Remedy})
	}
	return bad
}

// Issue makes the statement of a certificate, or says everything that stands in
// its way. r is the readiness of the same facts.
func Issue(f assurance.Facts, r assurance.Report, d Draft) (Statement, error) {
	bad := Refusals(f, r)
	add := func(name, format string, args ...any) {
		bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
	}
	now := f.Now.UTC().Truncate(time.Second)
	today := civil.Of(now)
	if d.ValidUntil.IsZero() {
		d.ValidUntil = today.AddMonths(max(1, min(12, f.Organisation.CertificateMonths)))
	}
	if !today.Before(d.ValidUntil) || today.AddMonths(12).Before(d.ValidUntil) {
		add("valid_until", "Enter a day after today and at most twelve months ahead.")
	}
	conditions := map[string]Condition{}
	for i, c := range d.Conditions {
		res, ok := r.Result(c.Requirement)
		switch {
		case !ok:
			add(fmt.Sprintf("conditions[%d]", i), "There is no requirement %q.", c.Requirement)
		case res.Status != assurance.StatusNotMet:
			add(
				fmt.Sprintf("conditions[%d]", i),
				"%s needs no condition; it is %s.",
				c.Requirement,
				strings.ReplaceAll(string(res.Status), "_", " "),
			)
		case conditions[c.Requirement].Requirement != "":
			add(fmt.Sprintf("conditions[%d]", i), "There are two conditions for %s; keep one.", c.Requirement)
		}
		conditions[c.Requirement] = c
	}
	s := Statement{
		Format: FormatName, Number: d.Number, Sample: f.Organisation.Sample || f.Workflow.Sample,
		Organisation: Organisation{f.Organisation.ID, f.Organisation.Name, f.Organisation.ShortName},
		Verdict:      VerdictMet, Percent: r.Percent, Runs: f.Runs.Total,
		Issued: now, ValidUntil: d.ValidUntil, Assessor: d.Assessor, Approver: d.Approver, Supersedes: d.Supersedes, Log: d.Log,
	}
	for _, a := range r.Areas {
		s.Areas = append(s.Areas, Area{string(a.Area), a.Title, a.Met, a.Applicable})
		for _, res := range a.Results {
			s.Requirements = append(
				s.Requirements,
				Requirement{
					Code:     res.Code,
					Area:     string(res.Area),
					Title:    res.Title,
					Blocking: res.Blocking,
					Status:   string(res.Status),
					Reason:   res.Reason,
					Subjects: res.Subjects,
				},
			)
			if res.Status != assurance.StatusNotMet || res.Blocking {
				continue
			}
			c := conditions[res.Code]
			if c.Text == "" {
				c.Text = res.Task
			}
			c.Requirement = res.Code
			switch {
			case c.OwnerID == "" || strings.TrimSpace(c.Owner) == "":
				add("conditions", "%s (%s) is not met; name who will put it right.", res.Code, res.Title)
			case c.Due.IsZero():
				add("conditions", "%s (%s) is not met; enter by when it will be put right.", res.Code, res.Title)
			case !today.Before(c.Due) || d.ValidUntil.Before(c.Due):
				add(
					"conditions",
					"%s: the day has to be after today and not after the certificate's last day, %s.",
					res.Code,
					d.ValidUntil.Long(),
				)
			}
			s.Conditions, s.Verdict = append(s.Conditions, c), VerdictConditions
		}
	}
	switch {
	case d.Assessor.PersonID == "":
		add("assessor", "Name the assessor who signs.")
	case d.Approver.PersonID == "":
		add("approver", "Name the approver who signs after the assessor.")
	case d.Assessor.PersonID == d.Approver.PersonID:
		add("approver", "The assessor cannot approve the certificate; ask somebody else.")
	}
	if len(bad) > 0 {
		err := fault.New(fault.CodeConflict, "The certificate cannot be issued: %s", reasons(bad))
		err.Fields = bad
		return Statement{}, err
	}
	fill(&s, f)
	if err := s.Validate(); err != nil {
		return Statement{}, err
	}
	return s, nil
}

func reasons(bad []fault.Field) string {
	if len(bad) == 1 {
		return bad[0].Message
	}
	return fmt.Sprintf("there are %d reasons. First: %s", len(bad), bad[0].Message)
}

// fill copies what the certificate rests on.
func fill(s *Statement, f assurance.Facts) {
	name := func(id string) (string, string) {
		for _, p := range f.People {
			if p.ID == id {
				return p.Name, p.JobTitle
			}
		}
		return "", ""
	}
	w, a := f.Workflow, f.Workflow.Account
	owner, role := name(w.OwnerID)
	s.Workflow = Workflow{
		ID: w.ID, Ref: w.Ref, Name: w.Name, Service: w.Service, Version: w.Version, Supplier: w.Supplier, Platform: w.Platform,
		Lifecycle: string(
			w.Lifecycle,
		), Owner: owner, OwnerRole: role, Purpose: a.Purpose, Decisions: a.Decisions, HowItWorks: a.HowItWorks,
		Limits: a.Limits, ChallengeTool: a.ChallengeTool, Challenge: a.Challenge, DataUsed: strings.Join(a.DataUsed, "; "), Significant: a.Significant,
	}
	today := civil.Of(f.Now)
	for _, p := range f.Policies {
		if _, ok := p.AppliesTo(w.ID); !ok {
			continue
		}
		if v, ok := p.InForce(today); ok {
			by, _ := name(v.ApprovedBy)
			s.Policies = append(
				s.Policies,
				Policy{p.Ref, p.Title, v.Number, v.ApprovedOn, strings.TrimSuffix(by+", "+v.ApprovedRole, ", ")},
			)
		}
	}
	slices.SortFunc(s.Policies, func(a, b Policy) int { return strings.Compare(a.Ref, b.Ref) })
	if ra, ok := f.Assessment(); ok {
		by, role := name(ra.ApprovedBy)
		s.Assessment = Assessment{
			Ref:        ra.Ref,
			ApprovedOn: ra.ApprovedOn,
			ApprovedBy: strings.TrimSuffix(by+", "+role, ", "),
			Appetite:   f.Organisation.AppetiteThreshold,
		}
		for _, x := range ra.Risks {
			if x.Status != risk.RiskClosed {
				s.Assessment.Risks++
				s.Assessment.HighestScore = max(s.Assessment.HighestScore, x.Residual.Value())
				if x.Residual.Value() > f.Organisation.AppetiteThreshold {
					s.Assessment.AboveAppetite++
				}
			}
		}
	}
	for _, g := range w.Gates {
		c := Gate{
			Key: g.Key, Title: g.Title, Decides: g.Decides, Role: g.Role, Officers: len(g.Officers), FourEyes: g.FourEyes, Enforcement: string(g.Enforcement),
			MinReviewSeconds: g.MinReviewSeconds, MaxStreak: g.MaxStreak, MaxAgreementPct: int(g.MaxAgreement*100 + 0.5),
		}
		if i := slices.IndexFunc(f.Gates, func(m assurance.GateMeasure) bool { return m.Key == g.Key }); i >= 0 {
			m := f.Gates[i]
			c.Released, c.Decided, c.ByOfficer, c.Timed, c.MedianSeconds, c.UnderMinimum = m.Released, m.Decided, m.ByOfficer, m.Timed, int(
				m.MedianSeconds,
			), m.UnderMinimum
			c.Agreed, c.Comparable, c.Edited = m.Agreed, m.Comparable, m.Edited
		}
		s.Gates = append(s.Gates, c)
	}
	for _, x := range f.Sources {
		s.Sources = append(
			s.Sources,
			Source{
				x.Ref,
				x.FileName,
				x.Format,
				x.SHA256,
				x.Bytes,
				x.Runs,
				x.Refused,
				x.From.UTC().Truncate(time.Second),
				x.To.UTC().Truncate(time.Second),
			},
		)
	}
	for _, x := range f.Findings {
		s.Findings = append(
			s.Findings,
			Finding{x.Code, x.Title, x.Open, x.Explained, x.Actioned, x.Accepted, x.Untested},
		)
	}
	slices.SortFunc(s.Findings, func(a, b Finding) int { return strings.Compare(a.Code, b.Code) })
	concerned := concerns(f)
	for _, e := range f.Evidence {
		if e.StatusAt(f.Now) == evidence.StatusApproved &&
			slices.ContainsFunc(e.Links, func(l review.Subject) bool { return concerned[l] }) {
			s.Documents = append(s.Documents, Document{e.Ref, e.Title, e.FileName, e.SHA256})
		}
	}
	slices.SortFunc(s.Documents, func(a, b Document) int { return strings.Compare(a.Ref, b.Ref) })
}

// concerns is what documents have to speak about to be evidence for this
// workflow's certificate: itself, its assessment and risks, its policies, its
// reviews and records, and those of the organisation as a whole.
func concerns(f assurance.Facts) map[review.Subject]bool {
	out := map[review.Subject]bool{{Kind: review.SubjectWorkflow, Ref: f.Workflow.Ref}: true}
	if a, ok := f.Assessment(); ok {
		out[review.Subject{Kind: review.SubjectAssessment, Ref: a.Ref}] = true
		for _, r := range a.Risks {
			out[review.Subject{Kind: review.SubjectRisk, Ref: r.Ref}] = true
		}
	}
	for _, p := range f.Policies {
		if _, ok := p.AppliesTo(f.Workflow.ID); ok {
			out[review.Subject{Kind: review.SubjectPolicy, Ref: p.Ref}] = true
		}
	}
	for _, r := range f.Reviews {
		out[review.Subject{Kind: review.SubjectReview, Ref: r.Ref}] = true
	}
	for _, r := range f.Records {
		if r.WorkflowID == "" || r.WorkflowID == f.Workflow.ID {
			out[review.Subject{Kind: review.SubjectRecord, Ref: r.Ref}] = true
		}
	}
	return out
}
