package service

import (
	"context"
	"errors"
	"fmt"

	"assay/internal/approval"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
)

// ApprovalRequest is who approves something. With the passphrase of the
// approver's own key the approval is signed; without it the record says only
// that it was recorded as approved.
type ApprovalRequest struct {
	Approver   string `json:"approver"`   // a person's reference or identifier
	Passphrase string `json:"passphrase"` // of the approver's own key; empty: recorded without a signature
}

// approve makes the approval of content, in the spelling in which the register
// keeps it, by a person who may do so; preparers, by identifier, cannot approve
// what they prepared. What is approved is named in one line ("policy POL-0003,
// version 2"). The caller keeps the result beside what it approves. Errors:
// invalid, not_found, forbidden (no such duty, a preparer, a wrong passphrase),
// conflict (a passphrase, but no key).
func (s *Service) approve(
	ctx context.Context,
	r *store.Reader,
	q ApprovalRequest,
	may organisation.Action,
	what string,
	content []byte,
	preparers ...string,
) (approval.Approval, error) {
	if q.Approver == "" {
		return approval.Approval{}, fault.Invalid("approver", "Name the person who approves.")
	}
	p, err := store.People.Get(ctx, r, q.Approver)
	if err != nil {
		return approval.Approval{}, err
	}
	if err := p.May(may); err != nil {
		return approval.Approval{}, err
	}
	recorder := approval.Who{Name: "Assay"}
	if who := s.SignedIn(); who != nil {
		recorder = approval.Who{ID: who.ID, Name: oneLine(who.Name)}
	}
	a, err := approval.New(oneLine(what), approval.DigestOf(content),
		approval.Who{ID: p.ID, Name: oneLine(p.Name)}, recorder, s.clock())
	if err != nil {
		return a, err
	}
	if err := second(ctx, r, p, preparers...); err != nil {
		return a, err
	}
	if q.Passphrase == "" {
		return a, nil
	}
	identity, err := s.identity(ctx, r, p.ID, q.Passphrase)
	if err != nil {
		return a, err
	}
	return a.Sign(identity.Key)
}

// second refuses a second person who is one of those who prepared a thing, by
// identifier: the same entry, or another one that may be of the same person.
// Errors: forbidden.
func second(ctx context.Context, r *store.Reader, p *organisation.Person, preparers ...string) error {
	for _, id := range preparers {
		if id == "" {
			continue
		}
		one, err := store.People.Find(ctx, r, id)
		switch {
		case err != nil:
			return err
		case one == nil:
			continue
		case one.ID == p.ID:
			return fault.Forbidden("%s prepared this and cannot approve it; ask somebody else.", p.Name)
		case organisation.SamePerson(*one, *p):
			return fault.Forbidden(
				"%s (%s) has the name, the email address or an account of %s (%s), who prepared this; "+
					"ask somebody else.",
				p.Name, p.Ref, one.Name, one.Ref,
			)
		}
	}
	return nil
}

// approvedBy is "approved by Mary Hartley (with their own key)" for a sentence.
func approvedBy(a approval.Approval, name string) string {
	if name == "" {
		return "approved by nobody"
	}
	if a.Signed() {
		return "approved by " + a.By(name)
	}
	return a.By(name)
}

// acceptedBy is what follows "accepted by" in a table of risks.
func acceptedBy(a approval.Approval, name string) string {
	switch {
	case name == "" || a.Signed():
		return a.By(name)
	case a.IsZero():
		return name + " (as recorded)"
	}
	return name + " (as recorded by " + a.Recorder.Name + ")"
}

// checkApproval holds an approval that the register keeps against the content
// that it is of and, where it is signed, against the approver's key. A key that
// was revoked later made the approval all the same. Errors: tampered.
func checkApproval(ctx context.Context, r *store.Reader, a approval.Approval, content []byte) error {
	if err := a.Covers(content); err != nil || !a.Signed() {
		return err
	}
	keys, err := keysOf(ctx, r)
	if err != nil {
		return fmt.Errorf("check approval: %w", err)
	}
	for _, k := range keys {
		if k.ID != a.Key {
			continue
		}
		if k.PersonID.String != a.Approver.ID {
			return fault.Tampered("The approval of %s is signed with a key of somebody else than %s: %s.",
				a.What, a.Approver.Name, signing.Fingerprint(k.cert))
		}
		return a.Verify(k.cert.PublicKey)
	}
	return fault.Tampered("The approval of %s names a key that this register does not know.", a.What)
}

// checkApprovals holds every approval of a policy, a risk assessment and the
// acceptance of a risk against what it covers now, and against its key.
func checkApprovals(ctx context.Context, r *store.Reader, c *CheckReport) error {
	checked := 0
	hold := func(ref string, a approval.Approval, content []byte, err error) {
		if err == nil && !a.IsZero() {
			checked++
			err = checkApproval(ctx, r, a, content)
		}
		if err != nil {
			c.problem("%s: %s", ref, sentenceOf(err))
		}
	}
	policies, err := store.Policies.List(ctx, r)
	if err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	for _, p := range policies {
		for _, v := range p.Versions {
			content, err := p.ApprovalContent(v.Number)
			hold(p.Ref, v.Approval, content, err)
		}
	}
	assessments, err := store.Assessments.List(ctx, r)
	if err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	for _, a := range assessments {
		content, err := a.ApprovalContent()
		hold(a.Ref, a.Approval, content, err)
		for _, x := range a.Risks {
			content, err := a.AcceptanceContent(x)
			hold(x.Ref, x.Acceptance.Approval, content, err)
		}
	}
	c.step(
		"%s of policies, assessments and risks were held against what they cover.",
		countOf(int64(checked), "approval"),
	)
	return nil
}

// sentenceOf is a fault's message, or the error's text.
func sentenceOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return err.Error()
}
