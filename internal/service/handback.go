package service

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"assay/internal/approval"
	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/store"
)

// What comes back with a hand-over was written where nobody here could look: it
// gives no person of this register a duty, and no record an approval, that this
// register's own people and keys do not bear out.

// beforeBack is a record that a hand-back is about to replace, as far as holdBack
// looks at it; nil for a record that was not here, or of which nothing is held.
func (s *Service) beforeBack(ctx context.Context, t *store.Tx, item handover.Item) (any, error) {
	switch item.Table {
	case store.People.Table():
		return found(store.People.Find(ctx, &t.Reader, item.Key))
	case store.Policies.Table():
		return found(store.Policies.Find(ctx, &t.Reader, item.Key))
	case store.Assessments.Table():
		return found(store.Assessments.Find(ctx, &t.Reader, item.Key))
	case "soa":
		return found(soaRow(ctx, &t.Reader, item.Key))
	}
	return nil, nil
}

// holdBack holds a record that a hand-back brought to what was here before: a
// person's duties and seniority do not grow, a second person is not the first one,
// and an approval that is new is signed with a key that is known here, or says who
// took it over. Errors: forbidden, tampered.
func (s *Service) holdBack(ctx context.Context, t *store.Tx, sender string, item handover.Item, before any) error {
	switch item.Table {
	case store.People.Table():
		was, ok := before.(*organisation.Person)
		if !ok {
			return nil // a newcomer reads and no more
		}
		p, err := store.People.Get(ctx, &t.Reader, item.Key)
		if err != nil {
			return err
		}
		p.Duties = slices.DeleteFunc(slices.Clone(p.Duties), func(d organisation.Duty) bool {
			return !slices.Contains(was.Duties, d)
		})
		if len(p.Duties) == 0 {
			p.Duties = was.Duties
		}
		p.Senior, p.Active = p.Senior && was.Senior, p.Active && was.Active
		return store.People.Put(ctx, t, p)
	case store.Policies.Table():
		p, err := store.Policies.Get(ctx, &t.Reader, item.Key)
		if err != nil {
			return err
		}
		if err := s.bySecond(ctx, &t.Reader, before, p); err != nil {
			return back(item, err)
		}
		was, _ := before.(*policy.Policy)
		if was == nil {
			was = &policy.Policy{}
		}
		p.Versions = slices.Clone(p.Versions)
		for i := range p.Versions {
			v := &p.Versions[i]
			old, _ := was.Version(v.Number)
			content, err := p.ApprovalContent(v.Number)
			if err == nil {
				err = s.keepBack(ctx, &t.Reader, sender, old.Approval, &v.Approval, content,
					organisation.ActionApprove)
			}
			if err != nil {
				return back(item, err)
			}
		}
		return store.Policies.Put(ctx, t, p)
	case store.Assessments.Table():
		a, err := store.Assessments.Get(ctx, &t.Reader, item.Key)
		if err != nil {
			return err
		}
		if err := s.bySecond(ctx, &t.Reader, before, a); err != nil {
			return back(item, err)
		}
		was, _ := before.(*risk.Assessment)
		if was == nil {
			was = &risk.Assessment{}
		}
		content, err := a.ApprovalContent()
		if err == nil {
			err = s.keepBack(ctx, &t.Reader, sender, was.Approval, &a.Approval, content, organisation.ActionApprove)
		}
		if err != nil {
			return back(item, err)
		}
		a.Risks = slices.Clone(a.Risks)
		for i := range a.Risks {
			x := &a.Risks[i]
			var old approval.Approval
			for _, y := range was.Risks {
				if y.ID == x.ID {
					old = y.Acceptance.Approval
				}
			}
			content, err := a.AcceptanceContent(*x)
			if err == nil {
				err = s.keepBack(ctx, &t.Reader, sender, old, &x.Acceptance.Approval, content,
					organisation.ActionAcceptRisk)
			}
			if err != nil {
				return back(item, err)
			}
		}
		return store.Assessments.Put(ctx, t, a)
	case "soa":
		row, err := soaRow(ctx, &t.Reader, item.Key)
		if err != nil || row == nil {
			return err
		}
		was, _ := before.(*standard.SoARow)
		return back(item, s.bySecond(ctx, &t.Reader, was, row))
	}
	return nil
}

// keepBack holds an approval that came back, unless it is the one that was here.
func (s *Service) keepBack(
	ctx context.Context, r *store.Reader, sender string, was approval.Approval, is *approval.Approval, content []byte,
	may organisation.Action,
) error {
	same := was.What == is.What && was.Digest == is.Digest && was.Approver == is.Approver &&
		was.Recorder == is.Recorder && was.At.Equal(is.At) && was.Key == is.Key &&
		bytes.Equal(was.Signature, is.Signature)
	if is.IsZero() || same {
		return nil
	}
	a, err := s.approvalBack(ctx, r, sender, *is, content, may)
	*is = a
	return err
}

// approvalBack is an approval of content that came back with a hand-over, as it is
// kept here. Its approver has to have the duty here. Where it is signed, that has to
// hold by a key of theirs that this register knows; where it was only recorded, it
// says from now on who took it over, and from whom. Errors: forbidden, tampered.
func (s *Service) approvalBack(
	ctx context.Context, r *store.Reader, sender string, a approval.Approval, content []byte, may organisation.Action,
) (approval.Approval, error) {
	p, err := store.People.Find(ctx, r, a.Approver.ID)
	if err != nil {
		return a, err
	}
	if p == nil {
		return a, fault.Forbidden("%s is approved by %s, who is nobody of this register.", a.What, a.Approver.Name)
	}
	if err := p.May(may); err != nil {
		if err := p.May(organisation.ActionApprove); err != nil {
			return a, err
		}
	}
	if err := checkApproval(ctx, r, a, content); err != nil || a.Signed() {
		return a, err
	}
	recorder := s.SignedIn()
	if recorder == nil {
		return a, fault.Forbidden("Say first who is at the keyboard.")
	}
	if err := second(ctx, r, p, a.Recorder.ID); err != nil {
		return a, err
	}
	a.Recorder = approval.Who{
		ID: recorder.ID, Name: oneLine(fmt.Sprintf("%s (from the hand-back by %s)", recorder.Name, sender)),
	}
	return a, nil
}

// back names the record of a hand-back that is refused.
func back(item handover.Item, err error) error {
	switch fault.CodeOf(err) {
	case fault.CodeForbidden:
		return fault.Forbidden("%s of the hand-back cannot be taken: %s", item.Ref, sentenceOf(err))
	case fault.CodeTampered:
		return fault.Tampered("%s of the hand-back cannot be taken: %s", item.Ref, sentenceOf(err))
	}
	return err
}
