package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func draft() Policy {
	return Policy{
		ID: "p", Ref: "POL-0001", Title: "AI policy", Kind: KindAI, OwnerID: "ada", ApprovalRoute: "Board",
		ReviewEveryMonths: 12,
		Versions: []Version{
			{
				Number:     "1.0",
				Status:     StatusDraft,
				Purpose:    "Why",
				Scope:      "All",
				ForbidUses: []string{"x"},
				Oversight:  "Gates",
			},
		},
	}
}

// must fails the test on a fault.
func must(t *testing.T) func(Policy, error) Policy {
	return func(p Policy, err error) Policy {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Validate(); err != nil {
			t.Fatalf("the new state breaks a rule: %v", err)
		}
		return p
	}
}

func inForce(t *testing.T) Policy {
	do := must(t)
	p := do(draft().Submit("1.0", "bob", now))
	p = do(p.Approve("1.0", Approval{PersonID: "ada", Role: "Chief Executive", Minute: "12", On: now}))
	return do(p.BringIntoForce("1.0", civil.Of(now), now))
}

func TestLifeOfAVersion(t *testing.T) {
	do := must(t)
	p := inForce(t)
	v, ok := p.InForce(civil.Of(now))
	if !ok || v.Number != "1.0" || v.ApprovedBy != "ada" || v.ApprovedRole != "Chief Executive" ||
		p.NextReview != "2027-11-23" ||
		p.Status() != StatusInForce {
		t.Fatalf("%+v", p)
	}
	if _, ok := p.InForce("2026-11-22"); ok {
		t.Error("in force on the day before")
	}
	before, _ := json.Marshal(p)
	q := do(
		p.AddVersion(
			Version{Number: "2.0", Purpose: "Why", Scope: "All", ForbidUses: []string{"x"}, Oversight: "Gates"},
		),
	)
	q = do(q.Submit("2.0", "bob", now))
	q = do(q.Approve("2.0", Approval{PersonID: "cy", Role: "Director", On: now}))
	q = do(q.BringIntoForce("2.0", civil.Of(now), now))
	old, _ := q.Version("1.0")
	cur, _ := q.Version("2.0")
	if old.Status != StatusSuperseded || old.EndedOn != civil.Of(now) || cur.Supersedes != "1.0" {
		t.Errorf("%+v", q.Versions)
	}
	if after, _ := json.Marshal(p); string(after) != string(before) {
		t.Error("a state change reached back into the state before")
	}
	q = do(q.Withdraw("2.0", "No longer used", now))
	if _, ok := q.InForce(civil.Of(now)); ok {
		t.Error("a withdrawn version is in force")
	}
}

func TestRefusals(t *testing.T) {
	force := inForce(t)
	reviewed, err := draft().Submit("1.0", "bob", now)
	if err != nil {
		t.Fatal(err)
	}
	approved, err := reviewed.Approve("1.0", Approval{PersonID: "ada", Role: "CE", On: now})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		do   func() (Policy, error)
		code fault.Code
		want string
	}{
		"draft_without_purpose_is_not_submitted": {func() (Policy, error) {
			p := draft()
			p.Versions[0].Purpose = " "
			return p.Submit("1.0", "bob", now)
		}, fault.CodeInvalid, "purpose"},
		"ai_policy_that_forbids_nothing_is_not_submitted": {func() (Policy, error) {
			p := draft()
			p.Versions[0].ForbidUses = nil
			return p.Submit("1.0", "bob", now)
		}, fault.CodeInvalid, "forbids"},
		"draft_is_not_approved": {
			func() (Policy, error) { return draft().Approve("1.0", Approval{PersonID: "ada", Role: "CE", On: now}) },
			fault.CodeConflict, "is draft",
		},
		"submitter_does_not_approve": {
			func() (Policy, error) { return reviewed.Approve("1.0", Approval{PersonID: "bob", Role: "CE", On: now}) },
			fault.CodeForbidden, "cannot approve",
		},
		"approval_names_a_role": {
			func() (Policy, error) { return reviewed.Approve("1.0", Approval{PersonID: "ada", On: now}) },
			fault.CodeInvalid, "role",
		},
		"approval_names_a_person": {
			func() (Policy, error) { return reviewed.Approve("1.0", Approval{Role: "CE", On: now}) },
			fault.CodeInvalid, "person",
		},
		"unknown_version": {
			func() (Policy, error) { return reviewed.Approve("9.9", Approval{}) }, fault.CodeNotFound, "9.9",
		},
		"not_in_force_before_approval": {
			func() (Policy, error) { return approved.BringIntoForce("1.0", "2026-11-01", now) }, fault.CodeInvalid,
			"before it was approved",
		},
		"not_in_force_in_the_future": {
			func() (Policy, error) { return approved.BringIntoForce("1.0", "2026-12-01", now) }, fault.CodeInvalid,
			"has not come",
		},
		"in_force_needs_approval": {
			func() (Policy, error) { return reviewed.BringIntoForce("1.0", "2026-11-23", now) },
			fault.CodeConflict, "only a version that is approved",
		},
		"version_in_force_is_not_revised": {
			func() (Policy, error) { return force.Revise(Version{Number: "1.0"}) }, fault.CodeConflict,
			"only a version that is draft",
		},
		"second_draft_waits_for_the_first": {
			func() (Policy, error) { return reviewed.AddVersion(Version{Number: "2.0"}) }, fault.CodeConflict,
			"finish or withdraw",
		},
		"number_twice": {
			func() (Policy, error) { return force.AddVersion(Version{Number: "1.0"}) }, fault.CodeConflict,
			"already there",
		},
		"number_in_letters": {
			func() (Policy, error) { return force.AddVersion(Version{Number: "first"}) }, fault.CodeInvalid,
			"version number",
		},
		"withdrawal_needs_a_reason": {
			func() (Policy, error) { return force.Withdraw("1.0", "", now) }, fault.CodeInvalid, "why",
		},
		"link_needs_a_reason": {
			func() (Policy, error) { return force.AddLink("w", " ", now) }, fault.CodeInvalid, "why",
		},
		"unlinked_cannot_be_removed": {
			func() (Policy, error) { return force.RemoveLink("w") }, fault.CodeConflict, "not linked",
		},
		"draft_is_not_attested": {
			func() (Policy, error) { return draft().Attest(Attestation{"A", "", "2026-11-23", "1.0"}) },
			fault.CodeConflict, "not approved",
		},
		"communication_is_complete": {
			func() (Policy, error) { return force.Communicate(Communication{Date: "2026-11-23"}) },
			fault.CodeInvalid, "to whom",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.do()
			if fault.CodeOf(err) != c.code || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v (%s), want %q (%s)", err, fault.CodeOf(err), c.want, c.code)
			}
		})
	}
}

func TestLinksAndAttestations(t *testing.T) {
	do := must(t)
	p := do(inForce(t).AddLink("w", "It uses AI", now))
	if _, err := p.AddLink("w", "Again", now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("linked twice: %v", err)
	}
	if l, ok := p.AppliesTo("w"); !ok || l.LinkedOn != civil.Of(now) {
		t.Errorf("link %+v", l)
	}
	for _, name := range []string{"Ada", " ada ", "Bob"} {
		p = do(p.Attest(Attestation{PersonName: name, Date: civil.Of(now), Version: "1.0"}))
	}
	if n := p.Attested("1.0"); n != 2 {
		t.Errorf("%d people attested, want 2: one signed twice", n)
	}
	p = do(p.RemoveLink("w"))
	if len(p.Links) != 0 {
		t.Error("link is still there")
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Policy)
		want   string
	}{
		"two_versions_in_force": {func(p *Policy) {
			v := p.Versions[0]
			v.Number = "1.1"
			p.Versions = append(p.Versions, v)
		}, "Two versions are in force"},
		"same_number_twice": {
			func(p *Policy) { p.Versions = append(p.Versions, Version{Number: "1.0", Status: StatusDraft}) },
			"there twice",
		},
		"in_force_without_approver": {func(p *Policy) { p.Versions[0].ApprovedBy = "" }, "who approved it"},
		"in_force_before_approval": {
			func(p *Policy) { p.Versions[0].InForceFrom = "2020-01-01" }, "before it was approved",
		},
		"approver_is_submitter": {func(p *Policy) { p.Versions[0].ApprovedBy = "bob" }, "cannot approve"},
		"withdrawn_without_reason": {
			func(p *Policy) { p.Versions[0].Status = StatusWithdrawn }, "why version 1.0 was withdrawn",
		},
		"unknown_checklist_item": {
			func(p *Policy) { p.Versions[0].Checklist = []CheckAnswer{{Item: "x"}} }, "no check-list item",
		},
		"checklist_item_twice": {
			func(p *Policy) { p.Versions[0].Checklist = []CheckAnswer{{Item: "risk"}, {Item: "risk"}} },
			"answered twice",
		},
		"attestation_of_no_version": {
			func(p *Policy) { p.Attestations = []Attestation{{Version: "7"}} }, "does not have",
		},
		"supersedes_a_later_version":   {func(p *Policy) { p.Versions[0].Supersedes = "2.0" }, "no earlier version"},
		"review_interval_of_ten_years": {func(p *Policy) { p.ReviewEveryMonths = 120 }, "between 1 and 60"},
	} {
		t.Run(name, func(t *testing.T) {
			p := inForce(t)
			p.Versions = slices.Clone(p.Versions)
			c.change(&p)
			if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestChecklists(t *testing.T) {
	for _, k := range Kinds {
		seen := map[string]bool{}
		for _, i := range Checklist(k) {
			if i.Code == "" || i.Title == "" || i.Help == "" || seen[i.Code] {
				t.Errorf("%s: %+v", k, i)
			}
			seen[i.Code] = true
		}
	}
	Checklist(KindAI)[0].Code = "changed"
	if Checklist(KindAI)[0].Code == "changed" {
		t.Error("a caller can change the check-list")
	}
}

func TestKeeps(t *testing.T) {
	was := inForce(t)
	for name, c := range map[string]struct {
		change func(*Policy)
		want   string
	}{
		"nothing_changed":     {func(*Policy) {}, ""},
		"title_of_the_policy": {func(p *Policy) { p.Title = "Policy on AI" }, ""},
		"new_draft": {
			func(p *Policy) { p.Versions = append(p.Versions, Version{Number: "2.0", Status: StatusDraft}) }, "",
		},
		"withdrawn_later": {
			func(p *Policy) { p.Versions[0].Status, p.Versions[0].EndedReason = StatusWithdrawn, "old" }, "",
		},
		"document_attached_later":  {func(p *Policy) { p.Versions[0].Attachments = []string{"ev"} }, ""},
		"empty_list_for_none":      {func(p *Policy) { p.Versions[0].Principles = []string{} }, ""},
		"text_of_what_is_in_force": {func(p *Policy) { p.Versions[0].Scope = "Some" }, "cannot be edited"},
		"another_approver":         {func(p *Policy) { p.Versions[0].ApprovedBy = "eve" }, "cannot be edited"},
		"check_list_filled_in_later": {
			func(p *Policy) { p.Versions[0].Checklist = []CheckAnswer{{Item: "risk", Covered: true}} },
			"cannot be edited",
		},
		"back_to_draft": {func(p *Policy) { p.Versions[0].Status = StatusDraft }, "cannot become draft"},
		"removed":       {func(p *Policy) { p.Versions = nil }, "cannot be removed"},
	} {
		t.Run(name, func(t *testing.T) {
			p := was
			p.Versions = slices.Clone(was.Versions)
			c.change(&p)
			err := p.Keeps(was)
			if c.want == "" && err != nil ||
				c.want != "" && (fault.CodeOf(err) != fault.CodeConflict || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	p := draft()
	p.Versions[0].Purpose = "Another"
	if err := p.Keeps(draft()); err != nil {
		t.Errorf("a draft is edited: %v", err)
	}
}

// TestInForceThen: a day that has passed keeps the version that held on it.
func TestInForceThen(t *testing.T) {
	p := Policy{Versions: []Version{
		{Number: "1.0", Status: StatusSuperseded, InForceFrom: "2026-01-01", EndedOn: "2026-06-01"},
		{Number: "2.0", Status: StatusWithdrawn, InForceFrom: "2026-06-01", EndedOn: "2026-09-01"},
		{Number: "3.0", Status: StatusDraft},
	}}
	for day, want := range map[civil.Date]string{
		"2025-12-31": "", "2026-01-01": "1.0", "2026-05-31": "1.0", "2026-06-01": "2.0",
		"2026-08-31": "2.0", "2026-09-01": "",
	} {
		v, ok := p.InForceThen(day)
		if v.Number != want || ok != (want != "") {
			t.Errorf("on %s: %q, not %q", day, v.Number, want)
		}
	}
}
