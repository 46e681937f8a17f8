package service

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/store"
)

// PolicyView is a policy as screens show it.
type PolicyView struct {
	policy.Policy
	Status     policy.Status          `json:"status"`  // of the version that matters most
	Version    string                 `json:"version"` // number of the version in force, or the newest
	Owner      string                 `json:"owner"`
	PastReview bool                   `json:"past_review"`
	Applies    []Named                `json:"applies"`
	Attested   int                    `json:"attested"` // people who attested the version in force
	Checklist  []policy.ChecklistItem `json:"checklist_items"`
	Covered    int                    `json:"covered"`
	CoveredOf  int                    `json:"covered_of"`
	Documents  []Named                `json:"documents"` // that are attached to its versions
}

// Named is a record by its reference and name.
type Named struct {
	ID     string `json:"id"`
	Ref    string `json:"ref"`
	Name   string `json:"name"`
	Detail string `json:"detail,omitempty"`
}

func (view *View) policyView(p policy.Policy) PolicyView {
	v := PolicyView{
		Policy:     p,
		Status:     p.Status(),
		Owner:      view.personName(p.OwnerID),
		PastReview: p.PastReview(view.now),
		Applies:    []Named{},
		Checklist:  policy.Checklist(p.Kind),
		Documents:  []Named{},
	}
	version, ok := p.InForce(civil.Of(view.now))
	if !ok && len(p.Versions) > 0 {
		version = p.Versions[len(p.Versions)-1]
	}
	v.Version = version.Number
	v.Attested = p.Attested(version.Number)
	v.Covered, v.CoveredOf = version.Covered(p.Kind)
	for _, l := range p.Links {
		if wf, ok := view.workflowByID[l.WorkflowID]; ok {
			v.Applies = append(v.Applies, Named{wf.ID, wf.Ref, wf.Name, l.Reason})
		}
	}
	return v
}

// Policies is the policy register.
func (s *Service) Policies(ctx context.Context) ([]PolicyView, error) {
	out := []PolicyView{}
	err := s.readView(ctx, func(view *View) error {
		for _, p := range view.policies {
			out = append(out, view.policyView(p))
		}
		return nil
	})
	return out, err
}

// Policy is one policy by reference, identifier or key.
func (s *Service) Policy(ctx context.Context, name string) (v PolicyView, err error) {
	err = s.readView(ctx, func(view *View) error {
		p, err := store.Policies.Get(ctx, view.r, name)
		if err == nil {
			v = view.policyView(*p)
			v.Documents, err = view.documentsOf(ctx, *p)
		}
		return err
	})
	return v, err
}

// documentsOf are the documents that are attached to a policy's versions.
func (view *View) documentsOf(ctx context.Context, p policy.Policy) ([]Named, error) {
	out := []Named{}
	for _, v := range p.Versions {
		for _, id := range v.Attachments {
			e, err := store.Documents.Find(ctx, view.r, id)
			if err != nil {
				return nil, err
			}
			if e != nil {
				out = append(out, Named{ID: e.ID, Ref: e.Ref, Name: e.Title})
			}
		}
	}
	return out, nil
}

// SavePolicy adds a policy or changes its particulars and drafts.
func (s *Service) SavePolicy(ctx context.Context, p policy.Policy) (policy.Policy, error) {
	err := s.change(
		ctx,
		doing{
			action:  "policy.save",
			subject: p.Ref,
			summary: "Saved the policy " + p.Title,
			may:     organisation.ActionEdit,
		},
		func(t *store.Tx) error {
			was := &policy.Policy{}
			if p.ID != "" {
				var err error
				if was, err = store.Policies.Get(ctx, &t.Reader, p.ID); err != nil {
					return err
				}
				if err := p.Keeps(*was); err != nil {
					return err
				}
			}
			p = p.WithApprovalsOf(*was)
			if err := s.bySecond(ctx, &t.Reader, was, &p); err != nil {
				return err
			}
			if err := save(ctx, t, store.Policies, id.Policy, &p, policy.Policy.Validate); err != nil {
				return err
			}
			t.Entry().Subject = p.Ref
			return nil
		},
	)
	return p, err
}

// PolicyStep is something done to a version of a policy.
type PolicyStep struct {
	Policy  string `json:"policy"` // reference
	Version string `json:"version"`
	Step    string `json:"step"`   // submit, return, approve, force, withdraw, reviewed, link, unlink
	Person  string `json:"person"` // approve: who approved, a reference
	// Passphrase is of the approver's own key, with which the approval is signed;
	// empty: the record says that it was only recorded.
	Passphrase string     `json:"passphrase,omitempty"`
	Role       string     `json:"role"`   // approve: as it stood
	Minute     string     `json:"minute"` // approve: where it is recorded
	On         civil.Date `json:"on"`     // approve, force, reviewed: the day; empty is today
	Target     string     `json:"target"` // link, unlink: the workflow
	Reason     string     `json:"reason"` // withdraw, link
}

// check refuses a day that cannot be, and an approval by nobody. Only what is
// brought into force may be so from a day that comes.
func (st PolicyStep) check(now time.Time) error {
	var bad fault.Fields
	switch latest := store.Latest(now); {
	case !st.On.Valid():
		bad.Add("on", "There is no such day; enter a real date, such as 31 3 2026.")
	case st.Step != "force" && latest.Before(st.On):
		bad.Add("on", "This has not happened yet on "+latest.AddDays(-1).Long()+"; enter that day or an earlier one.")
	}
	if st.Step == "approve" && st.Person == "" {
		bad.Add("person", "Choose who approved it: a senior person with the duty to approve.")
	}
	return bad.Err()
}

// StepPolicy moves a version of a policy along its route: submitted, approved
// by a named senior person, brought into force, withdrawn.
func (s *Service) StepPolicy(ctx context.Context, st PolicyStep) (policy.Policy, error) {
	var out policy.Policy
	err := s.change(
		ctx,
		doing{
			action:  "policy." + st.Step,
			subject: st.Policy,
			reason:  st.Reason,
			may:     organisation.ActionEdit,
			summary: "Changed a policy",
		},
		func(t *store.Tx) error {
			p, err := store.Policies.Get(ctx, &t.Reader, st.Policy)
			if err != nil {
				return err
			}
			if err := st.check(s.clock()); err != nil {
				return err
			}
			var did string
			if out, did, err = s.stepped(ctx, t, p, st); err != nil {
				return err
			}
			t.Entry().Subject = p.Ref
			t.Entry().Summary = oneLine(did + " of " + p.Title)
			return store.Policies.Put(ctx, t, &out)
		},
	)
	return out, err
}

// stepped is a policy after a step, and what was done in words that go before " of " and its
// title.
func (s *Service) stepped(ctx context.Context, t *store.Tx, p *policy.Policy, st PolicyStep,
) (out policy.Policy, did string, err error) {
	now, on := s.clock(), cmp.Or(st.On, s.today())
	switch st.Step {
	case "submit":
		out, err = p.Submit(st.Version, s.personID(), now)
		did = "Submitted version " + st.Version + " for approval"
	case "return":
		out, err = p.Return(st.Version)
		did = "Returned version " + st.Version + " to its author"
	case "approve":
		return s.approvePolicy(ctx, t, p, st, on)
	case "force":
		out, err = p.BringIntoForce(st.Version, on, now)
		did = "Brought version " + st.Version + " into force"
	case "withdraw":
		out, err = p.Withdraw(st.Version, st.Reason, now)
		did = "Withdrew version " + st.Version
	case "reviewed":
		out, err = p.Reviewed(on)
		did = "Recorded a review"
	case "link", "unlink":
		wf, err := store.Workflows.Get(ctx, &t.Reader, st.Target)
		if err != nil {
			return out, "", err
		}
		if st.Step == "link" {
			out, err = p.AddLink(wf.ID, st.Reason, now)
			return out, "Applied the policy to " + refAndName(wf.Ref, wf.Name), err
		}
		out, err = p.RemoveLink(wf.ID)
		return out, "No longer applies the policy to " + refAndName(wf.Ref, wf.Name), err
	default:
		err = fault.Invalid("step", "Choose what to do with the policy: submit, return, approve, force, withdraw, "+
			"reviewed, link or unlink.")
	}
	return out, did, err
}

// approvePolicy records an approval. The rules are asked before a passphrase is used on a key,
// so that nobody signs what is refused afterwards.
func (s *Service) approvePolicy(ctx context.Context, t *store.Tx, p *policy.Policy, st PolicyStep, on civil.Date,
) (out policy.Policy, did string, err error) {
	by, err := store.People.Get(ctx, &t.Reader, st.Person)
	if err != nil {
		return out, "", err
	}
	if err := by.May(organisation.ActionApprove); err != nil {
		return out, "", err
	}
	a := policy.Approval{
		PersonID: by.ID,
		Role:     cmp.Or(st.Role, by.JobTitle),
		Senior:   by.Senior,
		Minute:   st.Minute,
		On:       on.Time(),
	}
	if _, err := p.Approve(st.Version, a); err != nil {
		return out, "", err
	}
	content, err := p.ApprovalContent(st.Version)
	if err != nil {
		return out, "", err
	}
	v, _ := p.Version(st.Version)
	a.Record, err = s.approve(
		ctx,
		&t.Reader,
		ApprovalRequest{Approver: st.Person, Passphrase: st.Passphrase},
		organisation.ActionApprove,
		fmt.Sprintf("policy %s, version %s", p.Ref, st.Version),
		content,
		v.SubmittedBy,
	)
	if err != nil {
		return out, "", err
	}
	out, err = p.Approve(st.Version, a)
	if a.Record.Signed() {
		return out, by.Name + " approved with their own key version " + st.Version, err
	}
	return out, "Recorded that " + by.Name + " approved version " + st.Version, err
}

func (s *Service) personID() string {
	if p := s.SignedIn(); p != nil {
		return p.ID
	}
	return ""
}
