package service

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/store"
)

// PolicyDocument is a policy that the organisation has already, as a document:
// what a register must know of it, and what somebody noted when reading it.
type PolicyDocument struct {
	Path        string     `json:"path"` // of the document
	Title       string     `json:"title"`
	Kind        string     `json:"kind"`
	Number      string     `json:"number"` // of the version; empty is 1.0
	OwnerID     string     `json:"owner_id"`
	ApprovedBy  string     `json:"approved_by"` // a person's reference
	Minute      string     `json:"minute"`      // where the approval is recorded
	ApprovedOn  civil.Date `json:"approved_on" civil:"past"`
	InForceFrom civil.Date `json:"in_force_from" civil:"past"` // empty is the day of the approval
	NextReview  civil.Date `json:"next_review"`
	// Checklist is what a reader found in it; what is not answered counts as not covered.
	Checklist []policy.CheckAnswer `json:"checklist"`
}

// wrong says everything at once that is missing.
func (d PolicyDocument) wrong() error {
	var bad fault.Fields
	for _, f := range []struct{ name, value, ask string }{
		{"path", d.Path, "Choose the document."},
		{"title", d.Title, "Enter the policy title."},
		{"owner_id", d.OwnerID, "Name the person who is accountable for the policy."},
		{"approved_by", d.ApprovedBy, "Choose who approved it: a senior person with the duty to approve."},
		{"approved_on", string(d.ApprovedOn), "Enter the day on which it was approved, such as 4 3 2026."},
		{"next_review", string(d.NextReview), "Enter the day by which it is reviewed next, such as 4 3 2027."},
	} {
		if strings.TrimSpace(f.value) == "" {
			bad.Add(f.name, f.ask)
		}
	}
	return bad.Err()
}

// RegisterPolicy keeps the document of a policy that was approved before it came
// into the register, with its one version in force. The register says that the
// approval was recorded, by whom: nobody signed it here. Whoever records it is
// not the one who approved it. Nothing that the document says is taken for
// covered unless the check-list says where.
func (s *Service) RegisterPolicy(ctx context.Context, d PolicyDocument) (policy.Policy, error) {
	var p policy.Policy
	what := doing{
		action:  "policy.register",
		summary: "Registered a policy from its document",
		may:     organisation.ActionEdit,
	}
	err := s.change(ctx, what, func(t *store.Tx) error {
		if err := d.wrong(); err != nil {
			return err
		}
		by, err := store.People.Get(ctx, &t.Reader, d.ApprovedBy)
		if err != nil {
			return err
		}
		if err := by.May(organisation.ActionApprove); err != nil {
			return err
		}
		if !by.Senior {
			return fault.Invalid("approved_by", by.Name+" is not senior; a policy is approved by somebody who is.")
		}
		p = d.policy(by)
		if err := store.Policies.Name(ctx, t, id.Policy, &p); err != nil {
			return err
		}
		if err := s.recordApproval(ctx, t, &p, by); err != nil {
			return err
		}
		kept, err := s.keepPolicyDocument(ctx, t, d, p)
		if err != nil {
			return err
		}
		p.Versions[0].Attachments = []string{kept.ID}
		if err := save(ctx, t, store.Policies, id.Policy, &p, policy.Policy.Validate); err != nil {
			return err
		}
		t.Entry().Subject = p.Ref
		t.Entry().Summary = oneLine("Registered the policy " + p.Title + " from its document " + kept.FileName)
		return nil
	})
	return p, err
}

// policy is what d says, with its one version in force.
func (d PolicyDocument) policy(by *organisation.Person) policy.Policy {
	v := policy.Version{
		Number:       cmp.Or(strings.TrimSpace(d.Number), "1.0"),
		Status:       policy.StatusInForce,
		Principles:   []string{},
		AllowedUses:  []string{},
		ForbidUses:   []string{},
		Checklist:    d.Checklist,
		ApprovedBy:   by.ID,
		ApprovedRole: by.JobTitle,
		ApprovedOn:   d.ApprovedOn,
		Minute:       d.Minute,
		InForceFrom:  cmp.Or(d.InForceFrom, d.ApprovedOn),
	}
	return policy.Policy{
		Title:             strings.TrimSpace(d.Title),
		Kind:              policy.Kind(d.Kind),
		OwnerID:           d.OwnerID,
		ReviewEveryMonths: 12,
		NextReview:        d.NextReview,
		Versions:          []policy.Version{v},
		Communications:    []policy.Communication{},
		Attestations:      []policy.Attestation{},
		Links:             []policy.Link{},
	}
}

// recordApproval notes on the version who approved it and who says so.
func (s *Service) recordApproval(ctx context.Context, t *store.Tx, p *policy.Policy, by *organisation.Person) error {
	v := &p.Versions[0]
	content, err := p.ApprovalContent(v.Number)
	if err != nil {
		return err
	}
	v.Approval, err = s.approve(
		ctx,
		&t.Reader,
		ApprovalRequest{Approver: by.ID},
		organisation.ActionApprove,
		fmt.Sprintf("policy %s, version %s", p.Ref, v.Number),
		content,
		s.personID(),
	)
	return err
}

// keepPolicyDocument keeps the file as evidence of the policy.
func (s *Service) keepPolicyDocument(ctx context.Context, t *store.Tx, d PolicyDocument, p policy.Policy,
) (evidence.Evidence, error) {
	e := evidence.Evidence{
		Title:         p.Title + ", version " + p.Versions[0].Number,
		Kind:          evidence.KindPolicy,
		Status:        evidence.StatusApproved,
		OwnerID:       p.OwnerID,
		EffectiveFrom: p.Versions[0].InForceFrom,
		CollectedAt:   s.today(),
		ImportedAt:    s.clock(),
		Links:         []review.Subject{{Kind: "policy", Ref: p.Ref}},
	}
	if err := keepFile(ctx, t, &e, d.Path); err != nil {
		return e, err
	}
	return e, save(ctx, t, store.Documents, id.Evidence, &e, evidence.Evidence.Validate)
}
