package service

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"strings"
	"testing"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/review"
	"assay/internal/workflow"
)

// applies applies a file that the attacker wrote.
func (d *dirt) applies(yaml string) error {
	d.t.Helper()
	_, err := d.Apply(context.Background(), d.file("apply.yaml", []byte("assay: apply/1\n"+yaml)), false)
	return err
}

// refuses holds that something was refused, with a sentence that says so.
func (d *dirt) refuses(what string, err error, says string) {
	d.t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		d.t.Errorf("%s: %v, want %q", what, err, says)
	}
}

// explainAll explains everything as two dishonest people would.
func (d *dirt) explainAll() {
	d.t.Helper()
	if err := d.say(d.explained(goodReason), d.found()...); err != nil {
		d.t.Fatal(err)
	}
}

// TestHonesty_more are attacks by files that are applied, by records that are
// written anew, and by words that say nothing.
func TestHonesty_more(t *testing.T) {
	ctx := context.Background()
	const wf = "workflows:\n  - key: planning-validation\n    name: Planning application validation\n" +
		"    lifecycle: live\n"
	const because = "    declaration: {why: The platform is faster than it was in the spring of this year., " +
		"approved_by: %s}\n"
	for _, a := range []struct {
		name string
		do   func(*testing.T, *dirt)
	}{
		{"a reason of single letters, signs or nothing that is seen", func(t *testing.T, d *dirt) {
			d.take()
			for _, why := range []string{
				"a b c d e f ..................................", "ab cd ef gh ij kl" + strings.Repeat("\u200b", 60),
				"ab cd ef gh ij kl " + strings.Repeat("x", 60), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19",
				strings.Repeat("\u2003\u00ad", 60) + "agreed with the team", strings.Repeat("aa bb ", 30),
				strings.Repeat("agreed. ", 12),
			} {
				x := d.explained(why)
				d.refuses(fmt.Sprintf("%q", why), d.say(x, "OVR-01"), "different words")
			}
			d.blocked("OVR-01")
		}},
		{"a hundred reasons that differ in a number", func(t *testing.T, d *dirt) {
			d.take()
			page := must(d.FindingList(ctx, FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01", Limit: 500}))
			for i, f := range page.Items {
				x := d.explained(fmt.Sprintf("%s (case %d)", goodReason, i+1))
				x.FindingQuery, x.IDs = FindingQuery{Workflow: dirtyWorkflow}, []string{f.ID}
				must(d.DecideFindings(ctx, x))
			}
			d.explainRest()
			one, _, _, _ := d.papers()
			d.says("page 1", one, "explained all 60 with one reason")
		}},
		{"the record is written anew after two people agreed to it", func(t *testing.T, d *dirt) {
			d.take()
			d.explainAll()
			d.now = d.now.AddDate(0, 0, 3)
			if err := d.applies("records:\n  - {key: agreed, kind: narrative, date: 2026-01-05, title: Agreed, body: " +
				"Nothing., workflow: planning-validation}\n"); err != nil {
				t.Fatal(err)
			}
			x := d.explained(goodReason)
			x.Link = "agreed"
			must(d.DecideFindings(ctx, Decision{FindingQuery: FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01"},
				Decide: "open", Why: "It was not so."}))
			if err := d.say(x, "OVR-01"); err != nil {
				t.Fatal(err)
			}
			d.now = d.now.AddDate(0, 0, 2)
			if err := d.applies("records:\n  - {key: agreed, kind: narrative, date: 2026-01-05, title: Agreed, body: " +
				"All of it was agreed in advance., workflow: planning-validation}\n"); err != nil {
				t.Fatal(err)
			}
			_, two, _, _ := d.papers()
			d.says("page 2", two, "which was changed on "+civil.Of(d.now).Long()+", after this was written")
		}},
		{"a second Marguerite Hollis approves", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.applies("people:\n  - {key: m-hollis-2, name: \"Marguerite Ho\\u200Bllis\", job_title: Chief " +
				"Executive, duties: [approver], senior: true}\n"); err != nil {
				t.Fatal(err)
			}
			if err := d.IssueKey(ctx, "m-hollis-2", "a passphrase of my own", SamplePassphrase); err != nil {
				t.Fatal(err)
			}
			x := d.explained(goodReason)
			x.Approver, x.ApproverPassphrase = "m-hollis-2", "a passphrase of my own"
			if err := d.say(x, "OVR-01"); err != nil {
				t.Fatal(err)
			}
			d.explainRest()
			_, two, _, _ := d.papers()
			ref := person(t, d.Service, "m-hollis-2").Ref
			d.says("page 2", two,
				"approved with a key of “Marguerite Hollis ("+ref+")” on", "made at this register by Priya")
		}},
		{"a gate is named otherwise", func(t *testing.T, d *dirt) {
			d.take()
			w := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			w.Gates[0].Key = "officers-decision"
			_, err := d.SaveWorkflow(ctx, w)
			d.refuses("a gate of another name", err, "would make")
		}},
		{"a gate is applied away, approved by who applies it", func(t *testing.T, d *dirt) {
			d.take()
			gates := "    gates: [{key: officer-decision, title: Decision, enforcement: technical}]\n"
			d.refuses("without a reason", d.applies(wf+gates), "give a reason and a second person")
			for who, says := range map[string]string{
				"p-ravenscroft": "may not do this", "n-adeyemi": "may not do this", "nobody": "There is no person",
			} {
				d.refuses("approved by "+who, d.applies(wf+gates+fmt.Sprintf(because, who)), says)
			}
			d.blocked("OVR-01")
		}},
		{"a reason for a declaration that says nothing", func(t *testing.T, d *dirt) {
			d.take()
			w := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			w.Gates[0].MinReviewSeconds = 1
			for _, why := range []string{"a b c d ...............", strings.Repeat(".", 20), strings.Repeat("ok ", 8)} {
				_, err := d.ChangeWorkflow(ctx, WorkflowChange{Workflow: w, Why: why, Approver: "PER-0002"})
				d.refuses(why, err, "in a sentence of some words")
			}
		}},
		{"a threshold is raised, and the raising is undone", func(t *testing.T, d *dirt) {
			w := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			d.take()
			w.Gates[0].MinReviewSeconds = 300
			must(d.SaveWorkflow(ctx, w))
			before := countsOf(t, d.Service, dirtyWorkflow)["OVR-06"]
			seq := must(d.Activities(ctx, "", 0, 1))[0].Seq
			err := d.Undo(ctx, seq)
			if after := countsOf(t, d.Service, dirtyWorkflow)["OVR-06"]; err == nil && after < before {
				t.Errorf("%d findings, and after it was undone %d", before, after)
			}
			d.blocked("OVR-01")
		}},
		{"the workflow is said to be on trial, or paused", func(t *testing.T, d *dirt) {
			d.take()
			must(d.MoveWorkflow(ctx, dirtyWorkflow, workflow.LifecyclePaused, "A pause."))
			if _, err := d.issue(); err == nil {
				t.Error("issued")
			}
		}},
		{"the organisation gives its certificates ten years and takes any risk", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.applies("organisation: {name: Brackenmere Borough Council, certificate_months: 120, " +
				"appetite_threshold: 25}\n"); err != nil && !strings.Contains(err.Error(), "12") {
				t.Fatal(err)
			}
			d.explainAll()
			_, _, _, c := d.papers()
			if last := civil.Of(d.now).AddMonths(12); last.Before(c.Statement.ValidUntil) {
				t.Errorf("valid until %s", c.Statement.ValidUntil)
			}
		}},
		{"purged, and a clean file over it", func(t *testing.T, d *dirt) {
			in := d.take()
			must(d.PurgeSource(ctx, PurgeRequest{Source: in.Source.Ref, Reason: "Retention has ended for these."}))
			d.load("clean.jsonl", d.clean)
			d.blocked("OVR-01")
			d.explainAll()
			one, two, _, _ := d.papers()
			d.says("page 1", one, "it left with no decision at all", "The personal data of 420 runs was deleted")
			d.says("page 2", two, "clean.jsonl", "dirty.jsonl")
		}},
		{"the clean runs again under other identifiers", func(t *testing.T, d *dirt) {
			d.take()
			d.load("more.jsonl", bytes.ReplaceAll(d.clean, []byte(`"run_id":"`), []byte(`"run_id":"x`)))
			d.blocked("OVR-01")
			d.explainAll()
			one, two, _, _ := d.papers()
			d.says("page 1", one, fmt.Sprintf("In %d of 840 cases", d.planted.undecided))
			d.says("page 2", two, "more.jsonl", "dirty.jsonl")
		}},
		{"explained through the other workflow's findings", func(t *testing.T, d *dirt) {
			d.take()
			page := must(d.FindingList(ctx, FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01", Limit: 5}))
			x := d.explained(goodReason)
			x.FindingQuery, x.IDs = FindingQuery{Workflow: "WF-0005"}, []string{page.Items[0].ID}
			_, err := d.DecideFindings(ctx, x)
			if fault.CodeOf(err) != fault.CodeNotFound {
				t.Errorf("%v", err)
			}
		}},
		{"explained by somebody who may only read", func(t *testing.T, d *dirt) {
			d.take()
			p := must(d.SavePerson(ctx, organisation.Person{Name: "Rae Reader", Active: true,
				Duties: []organisation.Duty{organisation.DutyReader}}))
			if err := d.SignIn(ctx, p.Ref); err != nil {
				t.Fatal(err)
			}
			d.refuses("by a reader", d.say(d.explained(goodReason), "OVR-01"), "may not do this")
		}},
		{"approved by somebody who has left", func(t *testing.T, d *dirt) {
			d.take()
			p := person(t, d.Service, "PER-0002")
			p.Active = false
			must(d.SavePerson(ctx, p))
			d.refuses("by who has left", d.say(d.explained(goodReason), "OVR-01"), "has left")
		}},
		{"a question answered by an officer of another workflow", func(t *testing.T, d *dirt) {
			d.take()
			for _, officer := range []string{"a.fenwick", "a-fenwick", "h.castellan"} {
				x := d.explained(goodReason)
				x.FindingQuery = FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-06", Gate: "officer-decision"}
				x.Officer = officer
				_, err := d.DecideFindings(ctx, x)
				d.refuses("by "+officer, err, "is no officer of the gate")
			}
		}},
		{"the answer names an officer whom the gate took on for it", func(t *testing.T, d *dirt) {
			d.take()
			w := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			w.Gates[0].Officers = append(w.Gates[0].Officers, "p.friend")
			w.Roster = append(w.Roster, workflow.Login{
				Account: "p.friend", Name: "Pat Friend", Kind: workflow.LoginOfficer,
			})
			must(d.SaveWorkflow(ctx, w))
			x := d.explained(goodReason)
			x.Officer = "p.friend"
			if err := d.say(x, "OVR-06"); err != nil {
				t.Fatal(err)
			}
			d.explainRest()
			_, two, _, _ := d.papers()
			two = html.UnescapeString(two)
			d.says("page 2", two, `Roster, "p.friend" (officer) added`, "Said to be the answer of Pat Friend")
		}},
		{"an action is done before it is raised", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			x.Decide = "actioned"
			x.Action = &review.Action{Title: "Look into it", OwnerID: d.personID(), Due: civil.Of(d.now).AddMonths(1),
				Status: review.ActionDone, DoneOn: civil.Of(d.now), Effect: "All is well."}
			if err := d.say(x, "OVR-01", "OVR-12"); err != nil {
				t.Fatal(err)
			}
			d.blocked("OVR-01")
		}},
		{"an action is applied as done", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			x.Decide, x.Approver = "actioned", ""
			x.Action = &review.Action{Title: "Look into it", OwnerID: d.personID(), Due: civil.Of(d.now).AddMonths(1)}
			if err := d.say(x, "OVR-01", "OVR-12"); err != nil {
				t.Fatal(err)
			}
			for _, act := range must(d.Workflow(ctx, dirtyWorkflow)).Actions {
				if act.Source.Kind == review.SubjectFinding {
					act.Status, act.DoneOn, act.Effect = review.ActionDone, civil.Of(d.now), "All is well."
					must(d.SaveAction(ctx, act))
				}
			}
			if r, _ := must(d.Readiness(ctx, dirtyWorkflow)).Result("OVR-R03"); r.Status.Whole() {
				t.Errorf("done by one person, and the rule is %s", r.Status)
			}
			if _, err := d.issue(); err == nil {
				one, _, _, _ := d.papers()
				d.says("page 1", one, fmt.Sprintf("In %d of 420 cases", d.planted.undecided))
			}
		}},
		{"the runs' period is chosen by a sample", func(t *testing.T, d *dirt) {
			d.take()
			x := must(d.SampleRuns(ctx, SampleRequest{
				Workflow: dirtyWorkflow, Officer: "Nkechi Adeyemi",
				Plan: oversight.SamplePlan{Seed: "x", Confidence: 0.6, Tolerable: 0.3},
			}))
			r := x.Workpaper.Strata[0].Runs[0]
			must(d.Say(ctx, x.Ref, oversight.Said{RunID: r.RunID, Verdict: oversight.VerdictAgree}))
			e := must(d.Activities(ctx, "", 0, 1))[0]
			if !strings.Contains(e.Summary, "written down by Priya Ravenscroft") {
				t.Errorf("the officer did not read it, and the log says %q", e.Summary)
			}
		}},
		{"a declaration for the day before yesterday", func(t *testing.T, d *dirt) {
			d.take()
			d.now = d.now.AddDate(0, 0, -30) // the computer's clock set back
			w := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			w.Gates[0].MinReviewSeconds = 1
			w, err := d.ChangeWorkflow(ctx, WorkflowChange{
				Workflow: w, Approver: "PER-0002",
				Why: "The platform is faster than it was in the spring of this year.",
			})
			if err != nil {
				t.Fatal(err)
			}
			last := w.Declarations[len(w.Declarations)-1]
			if last.From.Before(civil.Of(d.now.AddDate(0, 0, 29))) {
				t.Errorf("it holds from %s", last.From)
			}
			d.blocked("OVR-01")
		}},
		{"the log's own count is not stated", func(t *testing.T, d *dirt) {
			content, planted := dirtyLog(t, d.clean)
			d.planted = planted
			_, rest, _ := bytes.Cut(content, []byte("\n"))
			d.load("headless.jsonl", rest)
			d.blocked("OVR-01")
			d.explainAll()
			_, two, _, _ := d.papers()
			d.says("page 2", two, "No file states how many runs the platform counts")
		}},
	} {
		t.Run(a.name, func(t *testing.T) { a.do(t, newDirt(t)) })
	}
}

// explainRest explains what is still open.
func (d *dirt) explainRest() {
	d.t.Helper()
	for _, code := range d.found() {
		if len(d.gates(code)) > 0 {
			if err := d.say(d.explained(goodReason), code); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}
