package service

import (
	"context"
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
	if err := a.SecondTo(preparers...); err != nil {
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
