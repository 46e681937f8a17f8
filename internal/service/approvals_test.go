package service

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/approval"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/store"
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
	if err := s.IssueKey(ctx, approver.Ref, "mary's own words", "root passphrase"); err != nil {
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
	if err := s.IssueKey(ctx, mary.Ref, "mary's new words", "root passphrase"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(ApprovalRequest{mary.Ref, "root passphrase"}); fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("the register's passphrase for a person's key: %v", err)
	}
}
