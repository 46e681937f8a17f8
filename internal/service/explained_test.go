package service

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/review"
	"assay/internal/store"
)

// byTwo completes an explanation with all that a fact needs: the class of its
// reason, a record that shows it, and a second person.
func byTwo(d Decision) Decision {
	d.Class, d.Link, d.Officer, d.Approver = review.ClassException, "REC-0001", "a-fenwick", "PER-0002"
	if review.SaysSomething(d.Why) != "" {
		d.Why = strings.TrimSuffix(d.Why, ".") + ", as the two of them wrote down on the day that it happened."
	}
	return d
}

const goodReason = "Leave cover in August: the head of service agreed in writing that one person may do both."

// TestExplain asks for explanations of facts and of questions that lack one
// thing at a time.
func TestExplain(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	fact := FindingQuery{Workflow: "WF-0002", Code: "OVR-05"}
	question := FindingQuery{Workflow: "WF-0002", Code: "OVR-06"}
	whole := Decision{
		FindingQuery: fact, Decide: "explained", Why: goodReason, Class: review.ClassException, Link: "REC-0001",
		Approver: "PER-0002",
	}
	due, owner := civil.Date("2027-03-31"), must(s.People(ctx))[0].ID
	for name, c := range map[string]struct {
		change func(*Decision)
		code   fault.Code
		says   string
	}{
		"one letter": {
			func(d *Decision) { d.Why = "x" }, fault.CodeInvalid, "at least 40 characters",
		},
		"one word again and again": {
			func(d *Decision) { d.Why = strings.Repeat("agreed ", 20) }, fault.CodeInvalid, "6 different words",
		},
		"spaces": {
			func(d *Decision) { d.Why = strings.Repeat(" ", 80) }, fault.CodeInvalid, "Say why",
		},
		"no class": {
			func(d *Decision) { d.Class = "" }, fault.CodeInvalid, "say whether the log is wrong",
		},
		"a class that there is not": {
			func(d *Decision) { d.Class = "fine" }, fault.CodeInvalid, "say whether the log is wrong",
		},
		"no record":                  {func(d *Decision) { d.Link = "" }, fault.CodeInvalid, "Name the record"},
		"a record that there is not": {func(d *Decision) { d.Link = "REC-9999" }, fault.CodeInvalid, "REC-9999"},
		"no second person": {
			func(d *Decision) { d.Approver = "" }, fault.CodeInvalid, "Name the person who approves",
		},
		"a second person that is not": {
			func(d *Decision) { d.Approver = "PER-9999" }, fault.CodeNotFound, "PER-9999",
		},
		"who wrote it":              {func(d *Decision) { d.Approver = "PER-0001" }, fault.CodeForbidden, ""},
		"somebody without the duty": {func(d *Decision) { d.Approver = "PER-0010" }, fault.CodeForbidden, ""},
		"a passphrase that is wrong": {
			func(d *Decision) { d.ApproverPassphrase = "wrong" }, fault.CodeForbidden, "",
		},
		"accepted by who wrote it": {
			func(d *Decision) { d.Decide, d.Expires, d.Approver = "accepted", due, "PER-0001" },
			fault.CodeForbidden, "",
		},
		"accepted without a day": {func(d *Decision) { d.Decide = "accepted" }, fault.CodeInvalid, "until when"},
		"accepted without a record": {
			func(d *Decision) { d.Decide, d.Expires, d.Link = "accepted", due, "" }, fault.CodeInvalid,
			"Name the record",
		},
		"a question without an officer": {
			func(d *Decision) { d.FindingQuery, d.Officer = question, "" }, fault.CodeInvalid, "name whose answer",
		},
		"an officer that there is not": {
			func(d *Decision) { d.FindingQuery, d.Officer = question, "nobody" }, fault.CodeInvalid, "nobody",
		},
		"a service account's answer": {
			func(d *Decision) { d.FindingQuery, d.Officer = question, "svc-asc" }, fault.CodeInvalid, "svc-asc",
		},
		"an action for no reason": {func(d *Decision) {
			d.Decide, d.Why, d.Action = "actioned", "x", &review.Action{Title: "A", OwnerID: owner, Due: due}
		}, fault.CodeInvalid, "at least 40 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			d := whole
			c.change(&d)
			_, err := s.DecideFindings(ctx, d)
			if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	out := must(s.DecideFindings(ctx, whole))
	if out.Basis.Approval.Signed() ||
		!strings.HasPrefix(out.Basis.Approval.Words(), "recorded by Priya Ravenscroft as approved by") {
		t.Errorf("typed in by one person it reads %q", out.Basis.Approval.Words())
	}
	whole.ApproverPassphrase = SamplePassphrase
	out = must(s.DecideFindings(ctx, whole))
	if !out.Basis.Approval.Signed() ||
		!strings.HasPrefix(out.Basis.Approval.Words(), "approved by Marguerite Hollis with their own key") {
		t.Errorf("signed with their own key it reads %q", out.Basis.Approval.Words())
	}
	content, err := out.Content()
	if err != nil {
		t.Fatal(err)
	}
	err = s.read(ctx, func(r *store.Reader) error { return checkApproval(ctx, r, out.Basis.Approval, content) })
	if err != nil {
		t.Errorf("the approval does not cover what was approved: %v", err)
	}
	out.Why += " And more."
	content, _ = out.Content()
	if err := s.read(
		ctx, func(r *store.Reader) error { return checkApproval(ctx, r, out.Basis.Approval, content) },
	); fault.CodeOf(err) != fault.CodeTampered {
		t.Errorf("another text under the same approval: %v", err)
	}
	page := must(s.FindingList(ctx, fact))
	if b := page.Items[0].Disposition.Basis; b.Class != review.ClassException || b.Link != "REC-0001" ||
		!b.TwoPeople() {
		t.Errorf("kept as %+v", b)
	}
	rep := must(s.Readiness(ctx, "WF-0002"))
	if r, _ := rep.Result("OVR-R05"); r.Status != "held_but_for" || r.Counts.Short != 9 || r.Counts.Settled != 9 {
		t.Errorf("%s %+v: %s", r.Status, r.Counts, r.Reason)
	}
}

// TestStanding says how far each kind of disposition settles a fact and a question.
func TestStanding(t *testing.T) {
	var two review.Basis
	if err := json.Unmarshal([]byte(`{"approval":{"what":"x","approver":{"id":"b","name":"B"},"recorder":{"id":"a","name":"A"}}}`), &two); err != nil {
		t.Fatal(err)
	}
	one := two
	one.Approval.Approver.ID = "a"
	namesake := two
	namesake.Approval.Approver.Name = " a"
	answered := review.Basis{Officer: "o.lu"}
	const today = civil.Date("2026-11-28")
	for name, c := range map[string]struct {
		d        imported.Disposition
		action   review.ActionStatus
		fact     imported.Standing
		question imported.Standing
	}{
		"explained before there was a basis": {imported.Disposition{Status: "explained"}, "", "alone", "alone"},
		"explained and answered": {
			imported.Disposition{Status: "explained", Basis: answered}, "", "alone", "explained",
		},
		"explained by two": {
			imported.Disposition{Status: "explained", Basis: two}, "", "explained", "explained",
		},
		"explained by one twice": {imported.Disposition{Status: "explained", Basis: one}, "", "alone", "alone"},
		"explained by one under two entries": {
			imported.Disposition{Status: "explained", Basis: namesake}, "", "alone", "alone",
		},
		"accepted by two": {
			imported.Disposition{Status: "accepted", Expires: today, Basis: two}, "", "accepted", "accepted",
		},
		"accepted until yesterday": {
			imported.Disposition{Status: "accepted", Expires: "2026-11-27", Basis: two}, "", "open", "open",
		},
		"accepted by one": {imported.Disposition{Status: "accepted", Expires: today}, "", "alone", "alone"},
		"an open action": {
			imported.Disposition{Status: "actioned", Basis: two}, review.ActionOpen, "actioned", "actioned",
		},
		"an action that is done": {
			imported.Disposition{Status: "actioned", Basis: two}, review.ActionDone, "done", "done",
		},
		"done, and approved by nobody": {imported.Disposition{Status: "actioned"}, review.ActionDone, "alone", "alone"},
		"a dropped action": {
			imported.Disposition{Status: "actioned", Basis: two}, review.ActionDropped, "open", "open",
		},
		"an action that is gone": {imported.Disposition{Status: "actioned", Basis: two}, "", "open", "open"},
		"opened again":           {imported.Disposition{Status: "open", Basis: two}, "", "open", "open"},
	} {
		if got := c.d.Stands(false, c.action, today); got != c.fact {
			t.Errorf("%s: a fact is %s, want %s", name, got, c.fact)
		}
		if got := c.d.Stands(true, c.action, today); got != c.question {
			t.Errorf("%s: a question is %s, want %s", name, got, c.question)
		}
	}
}
