package service

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store"
)

// again is a second entry of the assessor, which may do everything that a second
// person does.
const again = "assay: apply/1\npeople:\n  - {key: p-ravenscroft-2, name: 'RAVENSCROFT, Priya', " +
	"job_title: Chief Executive, duties: [approver, reviewer, officer], senior: true}\n"

// TestSecondPerson asks for every kind of approval that there is, in every way in
// which one is given, from the person who prepared the thing under another entry.
func TestSecondPerson(t *testing.T) {
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	must(d.Apply(ctx, d.file("again.yaml", []byte(again)), false))
	const other = "p-ravenscroft-2"
	refused := func(t *testing.T, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "ask somebody else") {
			t.Errorf("taken, or refused for another reason: %v", err)
		}
	}
	applied := func(yaml string) func() error {
		return func() error {
			_, err := d.Apply(ctx, d.file("a.yaml", []byte("assay: apply/1\n"+yaml)), false)
			return err
		}
	}
	id := person(t, d.Service, other).ID
	for name, do := range map[string]func() error{
		"an explanation": func() error {
			x := d.explained(goodReason)
			x.Approver = other
			return d.say(x, "OVR-01")
		},
		"an acceptance": func() error {
			x := d.explained(goodReason)
			x.Approver, x.Decide, x.Expires = other, "accepted", civil.Of(d.now).AddMonths(6)
			return d.say(x, "OVR-01")
		},
		"an action": func() error {
			x := d.explained(goodReason)
			x.Approver, x.Decide = other, "actioned"
			x.Action = &review.Action{Title: "Look into it", OwnerID: d.personID(), Due: civil.Of(d.now).AddMonths(2)}
			return d.say(x, "OVR-01")
		},
		"a declaration": func() error {
			wf := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			wf.Gates = slices.Clone(wf.Gates)
			wf.Gates[0].MinReviewSeconds = 1
			_, err := d.ChangeWorkflow(ctx, WorkflowChange{
				Workflow: wf, Why: "The platform is faster than it was in the spring of this year.", Approver: other,
			})
			return err
		},
		"a declaration, applied": applied("workflows:\n  - key: planning-validation\n    name: Planning application " +
			"validation\n    lifecycle: live\n    gates: [{key: officer-decision, title: Decision, enforcement: " +
			"technical}]\n    declaration: " +
			"{why: The other gate is held on paper since the spring of this year., approved_by: " + other + "}\n"),
		"a policy": func() error {
			p, err := d.SavePolicy(ctx, policy.Policy{Title: "Data", Kind: policy.KindAI, OwnerID: d.personID(),
				ApprovalRoute: "The board", Versions: []policy.Version{{Number: "1.0", Status: policy.StatusDraft,
					Purpose: "To govern AI", Scope: "Everybody", ForbidUses: []string{"Scoring"},
					Oversight: "Officers"}}})
			if err != nil {
				return err
			}
			if _, err := d.StepPolicy(ctx, PolicyStep{Policy: p.Ref, Version: "1.0", Step: "submit"}); err != nil {
				return err
			}
			_, err = d.StepPolicy(ctx, PolicyStep{
				Policy: p.Ref, Version: "1.0", Step: "approve", Person: other, Role: "Chief",
			})
			return err
		},
		"a policy, saved as approved": func() error {
			_, err := d.SavePolicy(ctx, policy.Policy{Title: "Data", Kind: policy.KindAI, OwnerID: d.personID(),
				Versions: []policy.Version{{Number: "1.0", Status: policy.StatusApproved, SubmittedBy: d.personID(),
					SubmittedOn: civil.Of(d.now), ApprovedBy: id, ApprovedRole: "Chief", ApprovedOn: civil.Of(d.now)}}})
			return err
		},
		"a policy, applied": applied("policies:\n  - {key: x, title: X, kind: ai, owner: r-achebe, versions: " +
			"[{number: '1', status: approved, submitted_by: p-ravenscroft, approved_by: " + other +
			", approved_role: Chief, approved_on: 2026-01-02}]}\n"),
		"a policy that nobody submitted, applied": applied("policies:\n  - {key: y, title: Y, kind: ai, owner: " +
			"r-achebe, versions: [{number: '1', status: approved, approved_by: " + other + ", approved_role: Chief, " +
			"approved_on: 2026-01-02}]}\n"),
		"an assessment, applied": applied("assessments:\n  - {key: z, workflow: planning-validation, status: " +
			"approved, prepared_by: p-ravenscroft, prepared_on: 2026-01-01, approved_by: " + other +
			", approved_on: 2026-01-02}\n"),
		"the review of an assessment, applied": applied("assessments:\n  - {key: zz, workflow: planning-validation, " +
			"status: in_review, prepared_by: p-ravenscroft, prepared_on: 2026-01-01, reviewed_by: " + other +
			", reviewed_on: 2026-01-02}\n"),
		"a risk, applied": applied("assessments:\n  - {key: zr, workflow: planning-validation, status: draft, " +
			"prepared_by: p-ravenscroft, risks: [{key: r, title: It errs, acceptance: {by: " + other +
			", on: 2026-01-01, reason: It is small., expires: 2026-12-31}}]}\n"),
		"a risk": func() error {
			a, err := d.StartAssessment(ctx, dirtyWorkflow)
			if err != nil {
				return err
			}
			a.PreparedBy = d.personID()
			if a, err = d.SaveAssessment(ctx, a); err != nil {
				return err
			}
			c := risk.Acceptance{By: other, Reason: "The rest of it is small", Expires: civil.Of(d.now).AddMonths(6)}
			_, err = d.AcceptRisk(ctx, a.Ref, a.Risks[0].Ref, c, "")
			if err == nil || !strings.Contains(err.Error(), "ask somebody else") {
				t.Errorf("accepted in its own step: %v", err)
			}
			a.Risks[0].Acceptance = risk.Acceptance{By: id, On: civil.Of(d.now), Reason: c.Reason, Expires: c.Expires}
			_, err = d.SaveAssessment(ctx, a)
			return err
		},
		"a control, applied": applied("soa:\n  - {control: A.2.2, applicable: true, reason_included: Needed, " +
			"approved_by: " + other + ", approved_on: 2026-01-02}\n"),
		"a sample": func() error {
			x := must(d.SampleRuns(ctx, SampleRequest{
				Workflow: dirtyWorkflow, Plan: oversight.SamplePlan{Seed: "x", Confidence: 0.6, Tolerable: 0.3},
			}))
			for _, stratum := range x.Workpaper.Strata {
				for _, r := range stratum.Runs {
					must(d.Say(ctx, x.Ref, oversight.Said{RunID: r.RunID, Verdict: oversight.VerdictAgree}))
				}
			}
			_, err := d.SignOffSample(ctx, x.Ref, SampleSignOff{Person: other, Conclusion: "All sound."})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { refused(t, do()) })
	}
	t.Run("a certificate", func(t *testing.T) {
		refused(t, func() error {
			if err := d.IssueKey(ctx, other, "another passphrase of hers", SamplePassphrase); err != nil {
				return err
			}
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				return err
			}
			_, err := d.IssueCertificate(ctx, IssueRequest{
				Workflow: dirtyWorkflow, Approver: other, DefaultOwner: "PER-0001",
				DefaultDue: civil.Of(d.now).AddMonths(3), Passphrase: SamplePassphrase,
				ApproverPassphrase: "another passphrase of hers",
			})
			return err
		}())
	})
	t.Run("under a name that was changed for it", func(t *testing.T) {
		p := person(t, d.Service, other)
		p.Name = "Q. Smith"
		must(d.SavePerson(ctx, p))
		x := d.explained(goodReason)
		x.FindingQuery, x.Approver = FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01"}, other
		_, err := d.DecideFindings(ctx, x)
		refused(t, err)
	})
}

// TestLinks: what an explanation points to is about its workflow, or about the
// organisation as a whole.
func TestLinks(t *testing.T) {
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	must(d.Apply(ctx, d.file("links.yaml", []byte(`assay: apply/1
records:
  - {key: l-other, kind: narrative, body: What was seen., date: 2026-01-05, title: Other, workflow: asc-summaries}
  - {key: l-both, kind: narrative, body: What was seen., date: 2026-01-05, title: Both, workflow: asc-summaries, links: [{kind: workflow, ref: planning-validation}]}
  - {key: l-mine, kind: narrative, body: What was seen., date: 2026-01-05, title: Mine, workflow: planning-validation}
  - {key: l-all, kind: narrative, body: What was seen., date: 2026-01-05, title: All}
  - {key: l-said, kind: narrative, body: What was seen., date: 2026-01-05, title: Said, links: [{kind: workflow, ref: asc-summaries}]}
evidence:
  - {key: e-other, title: Other, kind: other, status: missing, links: [{kind: workflow, ref: asc-summaries}]}
  - {key: e-mine, title: Mine, kind: other, status: missing, links: [{kind: workflow, ref: asc-summaries}, {kind: workflow, ref: planning-validation}]}
  - {key: e-all, title: All, kind: other, status: missing, links: [{kind: organisation, ref: council}]}
  - {key: e-record, title: By a record, kind: other, status: missing, links: [{kind: record, ref: l-other}]}
  - {key: e-none, title: None, kind: other, status: missing}
actions:
  - {key: a-other, title: Other, owner: r-achebe, due: 2027-01-05, workflow: asc-summaries}
  - {key: a-mine, title: Mine, owner: r-achebe, due: 2027-01-05, workflow: planning-validation}
`)), false))
	for link, why := range map[string]string{
		"l-other": "not about WF-0001", "l-said": "not about WF-0001", "e-other": "not about WF-0001",
		"e-record": "not about WF-0001", "a-other": "not about WF-0001", "e-none": "is linked to nothing",
		"l-both": "", "l-mine": "", "l-all": "", "e-mine": "", "e-all": "", "a-mine": "",
	} {
		x := d.explained(goodReason)
		x.FindingQuery, x.Link = FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01"}, link
		_, err := d.DecideFindings(ctx, x)
		if why == "" && err != nil ||
			why != "" && (fault.CodeOf(err) != fault.CodeInvalid || !strings.Contains(err.Error(), why)) {
			t.Errorf("%s: %v, want %q", link, err, why)
		}
	}
}

// TestOfficerOfTheGate: an officer answers for the gates that name them, and no
// duty or roster makes anybody the officer of a gate that names its own.
func TestOfficerOfTheGate(t *testing.T) {
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	p := must(d.SavePerson(ctx, organisation.Person{
		Name: "Olu Elsewhere", Active: true, Duties: []organisation.Duty{organisation.DutyOfficer},
	}))
	answer := func(gate, officer string) error {
		x := d.explained(goodReason)
		x.FindingQuery, x.Officer = FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-06", Gate: gate}, officer
		_, err := d.DecideFindings(ctx, x)
		return err
	}
	for _, c := range []struct {
		gate, officer string
		taken         bool
	}{
		{"officer-decision", "n.adeyemi", true},
		{"officer-decision", "h.castellan", false}, // an officer of the other gate
		{"officer-decision", p.Ref, false},
		{"officer-decision", "Nkechi Adeyemi", true},
		{"", "n.adeyemi", len(d.gates("OVR-06")) == 1},
	} {
		err := answer(c.gate, c.officer)
		if c.taken && err != nil ||
			!c.taken && (fault.CodeOf(err) != fault.CodeInvalid || !strings.Contains(err.Error(), "of the gate")) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCheckApprovals: whatever is approved is held to its approval, when the
// register is checked: an explanation, a declaration, the reading of a sample.
func TestCheckApprovals(t *testing.T) {
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	x := d.explained(goodReason)
	x.ApproverPassphrase = SamplePassphrase
	if err := d.say(x, "OVR-01", "OVR-12"); err != nil {
		t.Fatal(err)
	}
	wf := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
	wf.Gates = slices.Clone(wf.Gates)
	wf.Gates[0].MinReviewSeconds = 1
	wf = must(d.ChangeWorkflow(ctx, WorkflowChange{
		Workflow: wf, Why: "The platform is faster than it was in the spring of this year.", Approver: "PER-0002",
		Passphrase: SamplePassphrase,
	}))
	wf.Gates = slices.Clone(wf.Gates)
	wf.Gates[0].Title += " of today" // no test reads it
	wf = must(d.SaveWorkflow(ctx, wf))
	sample := must(d.SampleRuns(ctx, SampleRequest{
		Workflow: dirtyWorkflow, Plan: oversight.SamplePlan{Seed: "x", Confidence: 0.6, Tolerable: 0.3},
	}))
	for _, stratum := range sample.Workpaper.Strata {
		for _, r := range stratum.Runs {
			must(d.Say(ctx, sample.Ref, oversight.Said{RunID: r.RunID, Verdict: oversight.VerdictAgree}))
		}
	}
	must(d.SignOffSample(ctx, sample.Ref, SampleSignOff{Person: "PER-0004", Conclusion: "All sound."}))
	check := func() []string {
		t.Helper()
		var c CheckReport
		if err := d.read(ctx, func(r *store.Reader) error { return checkApprovals(ctx, r, &c) }); err != nil {
			t.Fatal(err)
		}
		return c.Problems
	}
	if p := check(); len(p) > 0 {
		t.Fatalf("sound, and %v", p)
	}
	for name, c := range map[string]struct{ do, undo, names string }{
		"the reason of an explanation": {
			`UPDATE disposition SET why = why || '!'`, `UPDATE disposition SET why = rtrim(why, '!')`, "what was said of",
		},
		"how many findings": {
			`UPDATE disposition SET findings = findings + 1`, `UPDATE disposition SET findings = findings - 1`,
			"what was said of",
		},
		"a threshold of a declaration": {
			`UPDATE workflow SET body = replace(body, '"min_review_seconds":1,', '"min_review_seconds":2,')`,
			`UPDATE workflow SET body = replace(body, '"min_review_seconds":2,', '"min_review_seconds":1,')`,
			"declaration of",
		},
		"the conclusion of a sample": {
			`UPDATE sample SET body = replace(body, 'All sound.', 'All is well.')`,
			`UPDATE sample SET body = replace(body, 'All is well.', 'All sound.')`, sample.Ref,
		},
		"what was said of a run": {
			`UPDATE sample_reading SET note = 'x'`, `UPDATE sample_reading SET note = ''`, sample.Ref,
		},
	} {
		edit := func(sql string) {
			t.Helper()
			if err := d.st.Note(ctx, func(t *store.Tx) error {
				return t.Unlogged(func() error { _, err := t.SQL.ExecContext(ctx, sql); return err })
			}); err != nil {
				t.Fatal(err)
			}
		}
		edit(c.do)
		if p := check(); len(p) == 0 || !strings.Contains(strings.Join(p, "\n"), c.names) {
			t.Errorf("%s was changed, and %v", name, p)
		}
		edit(c.undo)
		if p := check(); len(p) > 0 {
			t.Fatalf("%s was put back, and %v", name, p)
		}
	}
}

// TestHandback_raises: what comes back with a hand-over gives nobody a duty here,
// and adds no approval that nobody here can vouch for.
func TestHandback_raises(t *testing.T) {
	ctx := context.Background()
	client := newDirt(t)
	client.take()
	dir := t.TempDir()
	mine, public, err := handover.NewKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	yours, theirs, err := handover.NewKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.handover")
	if _, err := client.SendHandover(ctx, HandoverRequest{To: theirs, Path: out, Runs: true}); err != nil {
		t.Fatal(err)
	}
	n := 0
	// hand has the consultant change something and hands it back.
	hand := func(t *testing.T, change func(*testing.T, *Service)) error {
		t.Helper()
		n++
		work, _, err := OpenHandover(ctx, out, yours, filepath.Join(dir, "work"+string(rune('a'+n))+".assay"),
			NewRegister{Person: "Cora Consultant", Plain: true}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer work.Close()
		people := must(work.People(ctx))
		at := slices.IndexFunc(people, func(p organisation.Person) bool { return p.Name == "Cora Consultant" })
		if err := work.SignIn(ctx, people[at].Ref); err != nil {
			t.Fatal(err)
		}
		change(t, work)
		back := filepath.Join(dir, "back"+string(rune('a'+n))+".handover")
		if _, err := work.SendHandover(ctx, HandoverRequest{To: public, Path: back, Runs: true}); err != nil {
			t.Fatal(err)
		}
		_, err = client.MergeHandover(ctx, back, mine, nil)
		return err
	}
	t.Run("duties", func(t *testing.T) {
		if err := hand(t, func(t *testing.T, work *Service) {
			p := person(t, work, "r-achebe")
			p.Duties, p.Senior, p.JobTitle = organisation.Duties, true, "Records manager of today"
			must(work.SavePerson(ctx, p))
		}); err != nil {
			t.Fatal(err)
		}
		p := person(t, client.Service, "r-achebe")
		if p.JobTitle != "Records manager of today" {
			t.Error("what may be changed was not taken")
		}
		if len(p.Duties) == len(organisation.Duties) {
			t.Errorf("the hand-back gave %v", p.Duties)
		}
	})
	t.Run("an approval by who prepared it", func(t *testing.T) {
		err := hand(t, func(t *testing.T, work *Service) {
			forge(t, work, policy.Version{Number: "1", Status: policy.StatusApproved, SubmittedBy: client.personID(),
				ApprovedBy: client.personID() + "x", ApprovedRole: "Chief", ApprovedOn: "2026-01-02"})
		})
		if err == nil {
			t.Error("taken")
		}
	})
	t.Run("a forged approval", func(t *testing.T) {
		mary := person(t, client.Service, "PER-0002")
		err := hand(t, func(t *testing.T, work *Service) {
			forge(t, work, policy.Version{Number: "1", Status: policy.StatusApproved, SubmittedBy: client.personID(),
				ApprovedBy: mary.ID, ApprovedRole: "Chief", ApprovedOn: "2026-01-02",
				Approval: approval.Approval{
					What: "policy, version 1", Digest: strings.Repeat("ab", 32), Key: strings.Repeat("cd", 32),
					Approver: approval.Who{ID: mary.ID, Name: mary.Name}, Signature: []byte("none"),
					Recorder: approval.Who{ID: "x", Name: "X"}, At: client.now.UTC(),
				}})
		})
		if fault.CodeOf(err) != fault.CodeTampered {
			t.Errorf("%v", err)
		}
	})
	t.Run("an explanation that the consultant typed in", func(t *testing.T) {
		if err := hand(t, func(t *testing.T, work *Service) {
			x := client.explained(goodReason)
			x.FindingQuery = FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01"}
			must(work.DecideFindings(ctx, x))
		}); err != nil {
			t.Fatal(err)
		}
		page := must(client.FindingList(ctx, FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01"}))
		words := page.Items[0].Disposition.Basis.Approval.Words()
		if !strings.Contains(words, "recorded by “Priya Ravenscroft (from the hand-back by ") {
			t.Errorf("it reads %q", words)
		}
		if c := must(client.Check(ctx, nil)); len(c.Problems) > 0 {
			t.Errorf("%v", c.Problems)
		}
	})
}

// forge puts a policy with an approved version into a register behind its use cases.
func forge(t *testing.T, work *Service, v policy.Version) {
	t.Helper()
	ctx := context.Background()
	err := work.change(ctx, doing{action: "policy.save", summary: "Test", may: organisation.ActionEdit},
		func(t *store.Tx) error {
			p := policy.Policy{ID: "0198c0de-0000-7000-8000-00000000f0f0", Ref: "POL-0777", Title: "Forged",
				Kind: policy.KindAI, Versions: []policy.Version{v}}
			return store.Policies.Put(ctx, t, &p)
		})
	if err != nil {
		t.Fatal(err)
	}
}

// person is somebody of a register, by their key or reference.
func person(t *testing.T, s *Service, name string) organisation.Person {
	t.Helper()
	for _, p := range must(s.People(context.Background())) {
		if p.Key == name || p.Ref == name {
			return p
		}
	}
	t.Fatalf("there is nobody %s", name)
	return organisation.Person{}
}
