package service

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/approval"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/workflow"
)

// withKeys is a new register with a keeper, an approver who has a key, and one
// who has none.
func withKeys(t *testing.T) (s *Service, keeper, approver, other organisation.Person) {
	t.Helper()
	ctx := context.Background()
	s, _, err := Create(ctx, filepath.Join(t.TempDir(), "r.assay"),
		NewRegister{Organisation: "Brynmawr", Person: "Jo Adeyemi", Plain: true}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keeper = *s.SignedIn()
	save := func(name string) organisation.Person {
		p, err := s.SavePerson(ctx, organisation.Person{Name: name, Active: true,
			Duties: []organisation.Duty{organisation.DutyApprover}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	approver, other = save("Mary Hartley"), save("Tom Price")
	if err := s.MakeRoot(ctx, "root passphrase"); err != nil {
		t.Fatal(err)
	}
	if err := ownKey(ctx, s, approver.Ref, "mary's own words", "root passphrase"); err != nil {
		t.Fatal(err)
	}
	return s, keeper, approver, other
}

func TestApprove(t *testing.T) {
	s, keeper, mary, tom := withKeys(t)
	ctx := context.Background()
	content := []byte(`{"why":"The platform was down."}`)
	ask := func(q ApprovalRequest, preparers ...string) (a approval.Approval, err error) {
		err = s.read(ctx, func(r *store.Reader) error {
			a, err = s.approve(ctx, r, q, organisation.ActionApprove, "explanation of OVR-01", content, preparers...)
			return err
		})
		return a, err
	}
	check := func(a approval.Approval, content []byte) error {
		return s.read(ctx, func(r *store.Reader) error { return checkApproval(ctx, r, a, content) })
	}

	signed, err := ask(ApprovalRequest{mary.Ref, "mary's own words"}, keeper.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !signed.Signed() || !strings.HasPrefix(signed.Words(), "approved by Mary Hartley with their own key") {
		t.Errorf("signed: %s", signed.Words())
	}
	recorded, err := ask(ApprovalRequest{mary.Ref, ""}, keeper.ID)
	if err != nil {
		t.Fatal(err)
	}
	if recorded.Signed() || !strings.HasPrefix(recorded.Words(), "recorded by Jo Adeyemi as approved by Mary Hartley") {
		t.Errorf("recorded: %s", recorded.Words())
	}
	for _, a := range []approval.Approval{signed, recorded} {
		if err := check(a, content); err != nil {
			t.Error(err)
		}
		if err := check(a, append(content, ' ')); fault.CodeOf(err) != fault.CodeTampered {
			t.Errorf("other content: %v", err)
		}
	}
	stolen := signed
	stolen.Approver = approval.Who{ID: tom.ID, Name: tom.Name}
	if err := check(stolen, content); fault.CodeOf(err) != fault.CodeTampered {
		t.Errorf("somebody else's key: %v", err)
	}
	revokeKeyOf(t, s, mary.Ref)
	if err := check(signed, content); err != nil {
		t.Errorf("revoked later: %v", err)
	}
	for name, x := range map[string]struct {
		q    ApprovalRequest
		want fault.Code
	}{
		"nobody":                  {ApprovalRequest{}, fault.CodeInvalid},
		"somebody unknown":        {ApprovalRequest{"PER-0099", ""}, fault.CodeNotFound},
		"without the duty":        {ApprovalRequest{keeper.Ref, ""}, fault.CodeForbidden},
		"who prepared it":         {ApprovalRequest{tom.Ref, ""}, fault.CodeForbidden},
		"without a key":           {ApprovalRequest{mary.Ref, "mary's own words"}, fault.CodeConflict},
		"with another passphrase": {ApprovalRequest{mary.Ref, "root passphrase"}, fault.CodeConflict},
	} {
		if _, err := ask(x.q, keeper.ID, tom.ID); fault.CodeOf(err) != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ownKey(ctx, s, mary.Ref, "mary's new words", "root passphrase"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(ApprovalRequest{mary.Ref, "root passphrase"}); fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("the register's passphrase for a person's key: %v", err)
	}
}

// TestApprovalsOfRecords: policies, risk assessments and accepted risks keep who
// approved them and whether it was with their own key; print says so in the same
// words; and nobody but an approver makes an approval.
func TestApprovalsOfRecords(t *testing.T) {
	s, _, mary, tom := withKeys(t)
	ctx := context.Background()
	submitted := func(title string) policy.Policy {
		t.Helper()
		p, err := s.SavePolicy(ctx, policy.Policy{
			Title:         title,
			Kind:          policy.KindAI,
			OwnerID:       tom.ID,
			ApprovalRoute: "The board",
			Versions: []policy.Version{{
				Number:     "1.0",
				Status:     policy.StatusDraft,
				Purpose:    "To govern AI",
				Scope:      "Everybody",
				ForbidUses: []string{"Scoring people"},
				Oversight:  "Officers decide",
				Approval:   approval.Approval{What: "forged", Approver: approval.Who{ID: tom.ID, Name: tom.Name}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !p.Versions[0].Approval.IsZero() {
			t.Error("an approval that nobody made was kept")
		}
		if p, err = s.StepPolicy(ctx, PolicyStep{Policy: p.Ref, Version: "1.0", Step: "submit"}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first, second := submitted("AI policy"), submitted("Data policy")
	approve := func(p policy.Policy, by organisation.Person, passphrase string) (policy.Policy, error) {
		return s.StepPolicy(ctx, PolicyStep{
			Policy: p.Ref, Version: "1.0", Step: "approve", Person: by.Ref, Role: "Director", Passphrase: passphrase,
		})
	}
	if _, err := approve(first, mary, "a guess"); fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("a wrong passphrase: %v", err)
	}
	signed, err := approve(first, mary, "mary's own words")
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := approve(second, tom, "")
	if err != nil {
		t.Fatal(err)
	}
	if !signed.Versions[0].Approval.Signed() || recorded.Versions[0].Approval.Signed() {
		t.Errorf("%+v, %+v", signed.Versions[0].Approval, recorded.Versions[0].Approval)
	}
	forged := recorded
	forged.Versions = slices.Clone(recorded.Versions)
	forged.Versions[0].Approval = signed.Versions[0].Approval
	if _, err := s.SavePolicy(ctx, forged); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("another's approval was put in place of one: %v", err)
	}

	wf, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: "Repairs", Lifecycle: workflow.LifecycleProposed})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.StartAssessment(ctx, wf.Ref)
	if err != nil {
		t.Fatal(err)
	}
	expires := s.today().AddMonths(6)
	for i, c := range []struct {
		by         organisation.Person
		passphrase string
	}{{mary, "mary's own words"}, {tom, ""}} {
		a, err = s.AcceptRisk(ctx, a.Ref, a.Risks[i].Ref, risk.Acceptance{
			By: c.by.ID, Reason: "The rest is small", Expires: expires, Approval: signed.Versions[0].Approval,
		}, c.passphrase)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Risks[i].Acceptance.Approval; got.Signed() != (c.passphrase != "") || got.Approver.ID != c.by.ID {
			t.Errorf("%+v", got)
		}
	}
	a.Risks[2].Acceptance = a.Risks[0].Acceptance // a draft saved with an approval that was made for another risk
	if a, err = s.SaveAssessment(ctx, a); err != nil {
		t.Fatal(err)
	}
	if !a.Risks[2].Acceptance.Approval.IsZero() {
		t.Error("the approval of one risk serves for another")
	}

	if err := s.readView(ctx, func(view *View) error {
		by := map[string]string{}
		for _, p := range view.packPolicies(nil) {
			by[p.Title] = p.ApprovedBy
		}
		if by["AI policy"] != "Mary Hartley, Director (with their own key)" ||
			by["Data policy"] != "recorded by Jo Adeyemi as approved by Tom Price, Director" {
			t.Errorf("in print: %v", by)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var c CheckReport
	check := func() {
		t.Helper()
		c = CheckReport{}
		if err := s.read(ctx, func(r *store.Reader) error { return checkApprovals(ctx, r, &c) }); err != nil {
			t.Fatal(err)
		}
	}
	if check(); len(c.Problems) > 0 {
		t.Errorf("%v", c.Problems)
	}
	// What was approved says something else afterwards: an edit that no use case makes.
	if err := s.change(ctx, doing{action: "policy.save", summary: "Test", may: organisation.ActionEdit},
		func(t *store.Tx) error {
			signed.Versions[0].Scope = "Nobody"
			a.Risks[1].Residual = risk.Score{Likelihood: 1, Impact: 1}
			return errors.Join(store.Policies.Put(ctx, t, &signed), store.Assessments.Put(ctx, t, &a))
		}); err != nil {
		t.Fatal(err)
	}
	if check(); len(c.Problems) != 2 || !strings.Contains(c.Problems[0], signed.Ref) ||
		!strings.Contains(c.Problems[1], a.Risks[1].Ref) {
		t.Errorf("%v", c.Problems)
	}
}
