package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/id"
	"assay/internal/interop/ics"
	"assay/internal/organisation"
	"assay/internal/review"
	"assay/internal/store"
)

// Due is one thing with a day: a review, an action, a policy, a certificate.
type Due struct {
	Kind    string     `json:"kind"` // review, action, policy, certificate, assessment, record, source (to be purged)
	Ref     string     `json:"ref"`
	Title   string     `json:"title"`
	Subject string     `json:"subject"` // reference of what it is about
	Owner   string     `json:"owner"`
	Day     civil.Date `json:"day"`
	Overdue bool       `json:"overdue"`
	Days    int        `json:"days"` // until the day; negative when it has passed
}

// Improvement is the agenda with everything that it rests on.
type Improvement struct {
	Agenda    []Due             `json:"agenda"` // by day
	Schedules []review.Schedule `json:"schedules"`
	Reviews   []review.Review   `json:"reviews"`
	Actions   []review.Action   `json:"actions"`
	Records   []review.Record   `json:"records"`
}

func (view *View) subject(workflowID, policyID string) (ref, name string) {
	if wf, ok := view.workflowByID[workflowID]; ok {
		return wf.Ref, wf.Name
	}
	for _, p := range view.policies {
		if p.ID == policyID {
			return p.Ref, p.Title
		}
	}
	return "", view.org.Name
}

func (view *View) agenda(ctx context.Context) ([]Due, error) {
	today := civil.Of(view.now)
	purge, err := view.retention(ctx)
	if err != nil {
		return nil, err
	}
	out := []Due{}
	for _, d := range slices.Concat(view.reviewsDue(today), view.followUpDue()) {
		if !d.Day.IsZero() {
			out = append(out, d)
		}
	}
	for _, x := range purge {
		if !x.Day.IsZero() {
			out = append(out, Due{
				Kind:    "source",
				Ref:     x.Source.Ref,
				Title:   "Purge the personal data of " + x.Source.Ref,
				Subject: x.WorkflowRef,
				Day:     x.Day,
			})
		}
	}
	for i := range out {
		out[i].Overdue, out[i].Days = out[i].Day.Before(today), today.DaysUntil(out[i].Day)
	}
	slices.SortStableFunc(
		out,
		func(a, b Due) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Ref, b.Ref)) },
	)
	return out, nil
}

// reviewsDue are the scheduled reviews, and the policies whose review is none of these: the
// two are one obligation, due by the earlier day.
func (view *View) reviewsDue(today civil.Date) (out []Due) {
	scheduled := map[string]bool{} // policies
	for _, x := range view.schedules {
		if !x.Active {
			continue
		}
		ref, name := view.subject(x.WorkflowID, x.PolicyID)
		scheduled[x.PolicyID] = true
		for i := range view.policies {
			p := &view.policies[i]
			if _, ok := p.InForce(today); ok && p.ID == x.PolicyID && p.NextReview.Before(x.Next) {
				x.Next = p.NextReview
			}
		}
		out = append(out, Due{
			Kind:    "review",
			Ref:     x.Ref,
			Title:   "Review of " + name,
			Subject: ref,
			Owner:   view.personName(x.OwnerID),
			Day:     x.Next,
		})
	}
	for _, x := range view.policies {
		if _, ok := x.InForce(today); ok && !scheduled[x.ID] {
			out = append(out, Due{
				Kind:    "policy",
				Ref:     x.Ref,
				Title:   "Review of " + x.Title,
				Subject: x.Ref,
				Owner:   view.personName(x.OwnerID),
				Day:     x.NextReview,
			})
		}
	}
	return out
}

// followUpDue are the open actions and records, and the ends of certificates.
func (view *View) followUpDue() (out []Due) {
	for _, x := range view.actions {
		if x.Status == review.ActionOpen {
			ref, _ := view.subject(x.WorkflowID, "")
			out = append(out, Due{
				Kind:    "action",
				Ref:     x.Ref,
				Title:   x.Title,
				Subject: ref,
				Owner:   view.personName(x.OwnerID),
				Day:     x.Due,
			})
		}
	}
	for _, x := range view.records {
		if x.Status == review.RecordOpen {
			ref, _ := view.subject(x.WorkflowID, "")
			out = append(out, Due{
				Kind:    "record",
				Ref:     x.Ref,
				Title:   x.Title,
				Subject: ref,
				Owner:   view.personName(x.PersonID),
				Day:     x.Due,
			})
		}
	}
	for _, x := range view.certificateViews() {
		if x.Status == "issued" {
			out = append(out, Due{
				Kind:    "certificate",
				Ref:     x.Number,
				Title:   "Certificate of " + x.WorkflowName + " ends",
				Subject: x.WorkflowRef,
				Day:     x.ValidUntil,
			})
		}
	}
	return out
}

// Agenda is what is due, by day.
func (s *Service) Agenda(ctx context.Context) (due []Due, err error) {
	err = s.readView(ctx, func(view *View) error {
		due, err = view.agenda(ctx)
		return err
	})
	return due, err
}

// Calendar is what is due as a calendar for other programs (package ics).
func (s *Service) Calendar(ctx context.Context) (data []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		due, err := view.agenda(ctx)
		if err != nil {
			return err
		}
		duties := make([]ics.Duty, len(due))
		for i, d := range due {
			about := []string{d.Ref}
			if d.Subject != "" && d.Subject != d.Ref {
				about = append(about, "about "+d.Subject)
			}
			if d.Owner != "" {
				about = append(about, "owner: "+d.Owner)
			}
			duties[i] = ics.Duty{
				ID: d.Kind + "-" + d.Ref, Day: d.Day, Summary: d.Title, Description: strings.Join(about, ", "),
				Category: d.Kind,
			}
		}
		data = ics.Calendar(view.org.Name+": duties", view.org.ID, view.now, duties)
		return nil
	})
	return data, err
}

// Improvement is what is due, and the record of what was done.
func (s *Service) Improvement(ctx context.Context) (v Improvement, err error) {
	err = s.readView(ctx, func(view *View) error {
		due, err := view.agenda(ctx)
		v = Improvement{due, view.schedules, view.reviews, view.actions, view.records}
		return err
	})
	return v, err
}

// SaveSchedule adds or changes when something is reviewed.
func (s *Service) SaveSchedule(ctx context.Context, x review.Schedule) (review.Schedule, error) {
	err := saveSimple(
		ctx,
		s,
		"schedule.save",
		"Saved a review schedule",
		organisation.ActionEdit,
		store.Schedules,
		id.Schedule,
		&x,
		review.Schedule.Validate,
	)
	return x, err
}

// SaveAction adds or changes an action.
func (s *Service) SaveAction(ctx context.Context, x review.Action) (review.Action, error) {
	if x.Status == "" {
		x.Status = review.ActionOpen
	}
	if x.Raised.IsZero() {
		x.Raised = s.today()
	}
	err := saveSimple(
		ctx,
		s,
		"action.save",
		"Saved the action "+x.Title,
		organisation.ActionRecordReview,
		store.Actions,
		id.Action,
		&x,
		review.Action.Validate,
	)
	return x, err
}

// SaveRecord adds or changes an incident, nonconformity, audit, management
// review, training, concern or objective.
func (s *Service) SaveRecord(ctx context.Context, x review.Record) (review.Record, error) {
	may := organisation.ActionEdit
	if x.Kind == review.RecordConcern {
		may = organisation.ActionRaiseConcern
	}
	err := saveSimple(
		ctx,
		s,
		"record.save",
		"Saved the record "+x.Title,
		may,
		store.Records,
		review.PrefixRecord,
		&x,
		review.Record.Validate,
	)
	return x, err
}

func saveSimple[T any](
	ctx context.Context,
	s *Service,
	action, summary string,
	may organisation.Action,
	n store.Noun[T],
	prefix string,
	v *T,
	check func(T) error,
) error {
	return s.change(ctx, doing{action: action, summary: summary, may: may}, func(t *store.Tx) error {
		if err := save(ctx, t, n, prefix, v, check); err != nil {
			return err
		}
		t.Entry().Subject = n.Ref(v)
		return nil
	})
}

// HoldReview records a review that was held, raises its actions, and moves its
// schedule on.
func (s *Service) HoldReview(ctx context.Context, x review.Review, actions []review.Action) (review.Review, error) {
	err := s.change(
		ctx,
		doing{action: "review.hold", may: organisation.ActionRecordReview, summary: "Held a review"},
		func(t *store.Tx) error {
			if x.By == "" {
				x.By = s.personID()
			}
			if x.On.IsZero() {
				x.On = s.today()
			}
			if err := store.Reviews.Name(ctx, t, id.Review, &x); err != nil {
				return err
			}
			for i := range actions {
				a := &actions[i]
				a.Status, a.Raised = review.ActionOpen, s.today()
				a.Source = review.Subject{Kind: review.SubjectReview, Ref: x.Ref}
				if a.WorkflowID == "" {
					a.WorkflowID = x.WorkflowID
				}
				if err := save(ctx, t, store.Actions, id.Action, a, review.Action.Validate); err != nil {
					return err
				}
				x.Actions = append(x.Actions, a.ID)
			}
			if err := save(ctx, t, store.Reviews, id.Review, &x, review.Review.Validate); err != nil {
				return err
			}
			t.Entry().Subject = x.Ref
			if x.ScheduleID == "" {
				return nil
			}
			sch, err := store.Schedules.Get(ctx, &t.Reader, x.ScheduleID)
			if err != nil {
				return err
			}
			moved := sch.Held(x.On)
			if err := store.Schedules.Put(ctx, t, &moved); err != nil {
				return err
			}
			return policyReviewed(ctx, t, moved)
		},
	)
	return x, err
}

// policyReviewed moves a policy's next review on to that of its schedule, one of
// whose reviews was held.
func policyReviewed(ctx context.Context, t *store.Tx, sch review.Schedule) error {
	if sch.PolicyID == "" {
		return nil
	}
	p, err := store.Policies.Find(ctx, &t.Reader, sch.PolicyID)
	if err != nil || p == nil || !p.NextReview.Before(sch.Next) {
		return err
	}
	p.NextReview = sch.Next
	return store.Policies.Put(ctx, t, p)
}

// CloseAction ends an action as done (with its effect) or dropped (with the reason).
func (s *Service) CloseAction(ctx context.Context, ref string, done bool, effect string) (review.Action, error) {
	var out review.Action
	err := s.change(
		ctx,
		doing{
			action:  "action.close",
			subject: ref,
			reason:  effect,
			may:     organisation.ActionRecordReview,
			summary: "Closed an action",
		},
		func(t *store.Tx) error {
			a, err := store.Actions.Get(ctx, &t.Reader, ref)
			if err != nil {
				return err
			}
			end := a.Drop
			if done {
				end = a.Done
			}
			if out, err = end(effect, s.clock()); err != nil {
				return err
			}
			t.Entry().Subject = a.Ref
			t.Entry().Summary = oneLine("Closed the action " + refAndName(a.Ref, a.Title))
			return store.Actions.Put(ctx, t, &out)
		},
	)
	return out, err
}
