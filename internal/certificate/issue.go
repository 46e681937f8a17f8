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
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/workflow"
)

// Draft is what a person adds to the facts when a certificate is issued.
type Draft struct {
	Number     string
	Conditions []Condition // one for each requirement that is not met
	ValidUntil civil.Date  // empty: as many months as the organisation sets
	Assessor   Signature
	Approver   Signature
	RootName   string    // whom the root's certificate names, where that is not the organisation
	Root       string    // fingerprint of the root key that these are held to, lower-case hex
	Supersedes string    // number of the certificate that this one replaces
	Superseded []string  // numbers of the certificates of the workflow so far, the newest first
	Withdrawn  []Earlier // those of them that were revoked
	Attempts   []Attempt // refused since the certificate before
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
		bad = append(bad, fault.Field{
			Name:    b.Code,
			Message: b.Title + ": " + strings.ToLower(b.Status.Words()) + ". " + b.Reason + " " + b.Remedy,
		})
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
		case res.Status.Stands():
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
	s := Describe(f, r)
	s.Number, s.Sample = d.Number, f.Organisation.Sample || f.Workflow.Sample
	s.Organisation = Organisation{
		ID:        f.Organisation.ID,
		Name:      f.Organisation.Name,
		ShortName: f.Organisation.ShortName,
		Contact:   f.Organisation.Contact,
	}
	s.Issued, s.ValidUntil, s.Root, s.RootName, s.Log = now, d.ValidUntil, d.Root, d.RootName, d.Log
	s.Supersedes, s.Superseded, s.Withdrawn, s.Attempts = d.Supersedes, d.Superseded, d.Withdrawn, d.Attempts
	d.Assessor.Role, d.Approver.Role = RoleAssessor, RoleApprover
	s.Signatures = []Signature{d.Assessor, d.Approver}
	for _, a := range r.Areas {
		for _, res := range a.Results {
			if res.Status.Stands() || res.Blocking {
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
			s.Conditions = append(s.Conditions, c)
		}
	}
	s.Verdict = s.verdict()
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

// Describe is what a statement would say of a workflow: all but who signs it,
// when, and under which conditions. Documents that are no certificate draw on it
// too, so that they say the same.
func Describe(f assurance.Facts, r assurance.Report) Statement {
	s := Statement{Format: FormatName, Percent: r.Percent, Runs: f.Runs.Total}
	for _, a := range r.Areas {
		s.Areas = append(s.Areas, Area{
			Area: string(a.Area), Title: a.Title, Met: a.Met, Applicable: a.Applicable, Percent: a.Percent,
		})
		for _, res := range a.Results {
			s.Requirements = append(
				s.Requirements,
				Requirement{
					Code:     res.Code,
					Area:     string(res.Area),
					Title:    res.Title,
					Blocking: res.Blocking,
					Status:   string(res.Status),
					Counts:   Counts(res.Counts),
					Reason:   res.Reason,
					Task:     res.Task,
					Subjects: res.Subjects,
				},
			)
		}
	}
	fill(&s, f)
	return s
}

// fill copies what the certificate rests on.
func fill(s *Statement, f assurance.Facts) {
	s.describe(f)
	s.policies(f)
	s.assessment(f)
	s.evidence(f)
	for _, x := range f.Sources {
		s.source(x)
	}
	s.findings(f)
	for _, x := range f.Declarations {
		d := Declaration{
			From: x.From, Made: dayOf(x.MadeAt), By: x.By, Why: x.Why, Changed: x.Changed, Runs: x.Runs,
			After: x.AfterRuns,
			Tried: x.Tried, Gone: x.Gone(), Added: x.New(), Words: x.Words(), Approved: x.ApprovedWords(),
		}
		s.Declarations = append(s.Declarations, d)
	}
	for _, x := range f.Breaks {
		s.Breaks = append(s.Breaks, Break(x))
	}
	for _, x := range f.Twins {
		s.Twins = append(s.Twins, Twin{Ref: x.Ref, Runs: x.Runs, Open: x.Open, Words: x.Words()})
	}
	for _, x := range f.Remarks() {
		s.Remarks = append(s.Remarks, Remark(x))
	}
	s.documents(f)
}

// personOf gives the name and the job title of somebody in the register.
func personOf(f assurance.Facts, id string) (name, title string) {
	for _, p := range f.People {
		if p.ID == id {
			return p.Name, p.JobTitle
		}
	}
	return "", ""
}

// describe copies the workflow with the account of it.
func (s *Statement) describe(f assurance.Facts) {
	w, a := f.Workflow, f.Workflow.Account
	owner, role := personOf(f, w.OwnerID)
	s.Workflow = Workflow{
		ID: w.ID, Ref: w.Ref, Name: w.Name, Service: w.Service, Version: w.Version, Supplier: w.Supplier,
		Platform: w.Platform,
		Lifecycle: string(
			w.Lifecycle,
		), Owner: owner, OwnerRole: role, Purpose: a.Purpose, Decisions: a.Decisions, HowItWorks: a.HowItWorks,
		Limits: a.Limits, ChallengeTool: a.ChallengeTool, Challenge: a.Challenge,
		DataUsed: strings.Join(a.DataUsed, "; "), Significant: a.Significant,
	}
}

// policies copies the policies in force that apply to the workflow.
func (s *Statement) policies(f assurance.Facts) {
	today := civil.Of(f.Now)
	for _, p := range f.Policies {
		if _, ok := p.AppliesTo(f.Workflow.ID); !ok {
			continue
		}
		if v, ok := p.InForce(today); ok {
			by, _ := personOf(f, v.ApprovedBy)
			s.Policies = append(
				s.Policies,
				Policy{
					Ref:        p.Ref,
					Title:      p.Title,
					Version:    v.Number,
					ApprovedOn: v.ApprovedOn,
					ApprovedBy: f.Keys.By(
						v.Approval,
						strings.TrimSuffix(prose.Called(by)+", "+prose.Called(v.ApprovedRole), ", "),
					),
				},
			)
		}
	}
	slices.SortFunc(s.Policies, func(a, b Policy) int { return strings.Compare(a.Ref, b.Ref) })
}

// assessment copies the risk assessment, and counts its open risks.
func (s *Statement) assessment(f assurance.Facts) {
	if ra, ok := f.Assessment(); ok {
		by, role := personOf(f, ra.ApprovedBy)
		s.Assessment = Assessment{
			Ref:        ra.Ref,
			ApprovedOn: ra.ApprovedOn,
			ApprovedBy: f.Keys.By(ra.Approval, strings.TrimSuffix(prose.Called(by)+", "+prose.Called(role), ", ")),
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
}

// evidence copies what the runs show in a few counts, and gate by gate.
func (s *Statement) evidence(f assurance.Facts) {
	s.Evidence = Evidence{
		From:     dayOf(f.Runs.From),
		To:       dayOf(f.Runs.To),
		Days:     f.Runs.Days,
		DaysIdle: f.Runs.DaysIdle,
		Accounts: f.Runs.Accounts,
	}
	for _, m := range f.Runs.Months {
		s.Evidence.Months = append(s.Evidence.Months, Month(m))
	}
	for _, g := range f.Workflow.EveryGate() {
		c := gateOf(f, g)
		s.Gates = append(s.Gates, c)
		s.Patterns = append(s.Patterns, patternsOf(f, g)...)
		s.Evidence.Released, s.Evidence.DecidedFirst = s.Evidence.Released+c.Released,
			s.Evidence.DecidedFirst+c.DecidedFirst
	}
}

// source copies an imported file, and adds to what was left out.
func (s *Statement) source(x assurance.Source) {
	s.Sources = append(s.Sources, Source{
		Ref:      x.Ref,
		FileName: x.FileName,
		Format:   x.Format,
		SHA256:   x.SHA256,
		Bytes:    x.Bytes,
		Runs:     x.Runs,
		Refused:  x.Refused,
		From:     x.From.UTC().Truncate(time.Second),
		To:       x.To.UTC().Truncate(time.Second),
		Purged:   x.Purged,

		MappingSHA256: x.MappingSHA256,
		ReadAs:        x.ReadAs,
		Contrary:      x.Contrary,
	})
	o := &s.LeftOut
	o.Refused, o.Filtered, o.Unmatched = o.Refused+x.Refused, o.Filtered+x.Filtered, o.Unmatched+x.Unmatched
	o.FilteredRuns += x.FilteredRuns
	for _, name := range x.Filters {
		if !slices.Contains(o.Filters, name) {
			o.Filters = append(o.Filters, name)
		}
	}
	o.Repeated, o.Replaced = o.Repeated+x.Repeated, o.Replaced+x.Replaced
	if x.Purged != "" {
		o.Purged += x.Runs
	}
	if x.Stated >= 0 {
		o.Stated, o.Read = o.Stated+x.Stated, o.Read+x.Records
		o.Missing += max(0, x.Stated-x.Records)
	}
}

// findings copies what each test found, and what was said of it.
func (s *Statement) findings(f assurance.Facts) {
	for _, x := range f.Findings {
		c := Finding{
			Code: x.Code, Title: x.Title, Question: x.Question, Of: x.Of, Tested: x.Tested, Open: x.Open,
			Alone:    x.Alone,
			Actioned: x.Actioned, Explained: x.Explained, Accepted: x.Accepted, Done: x.Done, Untested: x.Untested,
		}
		for _, e := range x.Said {
			c.Said = append(c.Said, Explanation(e))
		}
		s.Findings = append(s.Findings, c)
	}
	slices.SortFunc(s.Findings, func(a, b Finding) int { return strings.Compare(a.Code, b.Code) })
}

// documents copies the approved evidence that bears on the workflow.
func (s *Statement) documents(f assurance.Facts) {
	concerned := concerns(f)
	for _, e := range f.Evidence {
		if e.StatusAt(f.Now) == evidence.StatusApproved &&
			slices.ContainsFunc(e.Links, func(l review.Subject) bool { return concerned[l] }) {
			s.Documents = append(
				s.Documents,
				Document{Ref: e.Ref, Title: e.Title, FileName: e.FileName, SHA256: e.SHA256},
			)
		}
	}
	slices.SortFunc(s.Documents, func(a, b Document) int { return strings.Compare(a.Ref, b.Ref) })
}

func dayOf(t time.Time) civil.Date {
	if t.IsZero() {
		return ""
	}
	return civil.Of(t)
}

// gateOf is a gate with what the runs show about it.
func gateOf(f assurance.Facts, g workflow.Gate) Gate {
	c := Gate{
		Key: g.Key, Title: g.Title, Decides: g.Decides, Role: g.Role, Named: len(g.Officers), FourEyes: g.FourEyes,
		Enforcement: string(g.Enforcement), MinReviewSeconds: g.MinReviewSeconds, MaxStreak: g.MaxStreak,
		MaxAgreementPct: int(g.MaxAgreement*100 + 0.5),
	}
	for _, account := range g.Officers {
		o := Officer{Account: account}
		if l, ok := f.Workflow.Login(account); ok {
			o.Name, o.Kind = l.Name, string(l.Kind)
		}
		c.Officers = append(c.Officers, o)
	}
	i := slices.IndexFunc(f.Gates, func(m assurance.GateMeasure) bool { return m.Key == g.Key })
	if i < 0 {
		return c
	}
	m := f.Gates[i]
	c.Released, c.Decided, c.ByOfficer, c.DecidedFirst = m.Released, m.Decided, m.ByOfficer, m.DecidedFirst
	c.Timed, c.MedianSeconds, c.UnderMinimum = m.Timed, int(m.MedianSeconds), m.UnderMinimum
	c.Agreed, c.Comparable, c.Edited = m.Agreed, m.Comparable, m.Edited
	return c
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
