package review

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
)

// Validate says what is wrong with a schedule.
func (s Schedule) Validate() error {
	var bad fault.Fields
	if !slices.Contains(Kinds, s.Kind) {
		bad.Add("kind", "Choose what is reviewed.")
	}
	if (s.WorkflowID == "") == (s.PolicyID == "") {
		bad.Add("workflow_id", "Choose either the workflow or the policy that is reviewed.")
	} else if (s.Kind == KindPolicy) != (s.PolicyID != "") && slices.Contains(Kinds, s.Kind) {
		bad.Add("policy_id", "A policy review needs a policy; the other reviews need a workflow.")
	}
	if s.EveryMonths < 1 || s.EveryMonths > 36 {
		bad.Add("every_months", "Enter an interval between 1 and 36 months.")
	}
	if s.Next.IsZero() {
		bad.Add("next", "Enter when the next review is due.")
	}
	bad.Append(days(day{"next", s.Next})...)
	return bad.Err()
}

// Overdue tells whether the review should have been held before today.
func (s Schedule) Overdue(now time.Time) bool { return s.Active && s.Next.Before(civil.Of(now)) }

// Held sets the next review, counted from the day on which one was held: a late
// review moves the following ones, it does not make them late.
func (s Schedule) Held(on civil.Date) Schedule {
	if next := on.AddMonths(s.EveryMonths); s.Next.Before(next) {
		s.Next = next
	}
	return s
}

// Validate says what is missing in a review. A review is recorded when it has
// been held; there is no draft that counts as one.
func (r Review) Validate() error {
	var bad fault.Fields
	ask := func(name, text, message string) {
		if strings.TrimSpace(text) == "" {
			bad.Add(name, message)
		}
	}
	if !slices.Contains(Kinds, r.Kind) {
		bad.Add("kind", "Choose what was reviewed.")
	}
	if (r.WorkflowID == "") == (r.PolicyID == "") {
		bad.Add("workflow_id", "Choose either the workflow or the policy that was reviewed.")
	}
	if r.Kind != KindPolicy {
		ask("performance", r.Performance, "Say how it performs against its purpose.")
		ask("risk_changes", r.RiskChanges, "Say what changed in its risks, or that nothing did.")
		ask("issues", r.Issues, "Say what issues came up in operation, or that none did.")
	}
	ask("standards", r.Standards, "Say whether it still meets the standards and law that apply.")
	if !slices.Contains(Conclusions, r.Conclusion) {
		bad.Add("conclusion", "Choose the conclusion.")
	}
	ask("by", r.By, "Enter who held the review.")
	ask("on", string(r.On), "Enter when the review was held.")
	bad.Append(days(day{"on", r.On})...)
	return bad.Err()
}

// Validate says what is wrong with an action.
func (a Action) Validate() error {
	var bad fault.Fields
	add := bad.Add
	if strings.TrimSpace(a.Title) == "" {
		add("title", "Enter what will be done.")
	}
	if !slices.Contains(ActionStatuses, a.Status) {
		add("status", "Choose whether the action is open, done or dropped.")
	}
	if a.Source.Kind != "" && !slices.Contains(SubjectKinds, a.Source.Kind) {
		add("source", fmt.Sprintf("There is no kind %q of source for an action.", a.Source.Kind))
	}
	if a.OwnerID == "" {
		add("owner_id", "Enter who will do it.")
	}
	if a.Due.IsZero() {
		add("due", "Enter by when it will be done.")
	}
	bad.Append(days(day{"raised", a.Raised}, day{"due", a.Due}, day{"done_on", a.DoneOn})...)
	if a.Status == ActionDone && a.DoneOn.IsZero() {
		add("done_on", "Enter when it was done.")
	}
	if a.Status != ActionOpen && strings.TrimSpace(a.Effect) == "" {
		add("effect", "Enter what it achieved, or why it was dropped.")
	}
	if a.DoneOn.Before(a.Raised) {
		add("done_on", "An action cannot be done before it was raised.")
	}
	return bad.Err()
}

type day struct {
	name string
	date civil.Date
}

// days says which of these fields name a day that there is not.
func days(list ...day) (bad []fault.Field) {
	for _, d := range list {
		if !d.date.Valid() {
			bad = append(bad, fault.Field{
				Name:    d.name,
				Message: fmt.Sprintf("There is no day %q; enter one of the form 2026-03-31.", string(d.date)),
			})
		}
	}
	return bad
}

// Overdue tells whether an open action should have been done before today.
func (a Action) Overdue(now time.Time) bool {
	return a.Status == ActionOpen && a.Due.Before(civil.Of(now))
}

// Done closes an action and says what it achieved.
func (a Action) Done(effect string, now time.Time) (Action, error) {
	return a.close(ActionDone, effect, "Enter what the action achieved.", now)
}

// Drop closes an action that will not be done and says why.
func (a Action) Drop(reason string, now time.Time) (Action, error) {
	return a.close(ActionDropped, reason, "Enter why the action is dropped.", now)
}

func (a Action) close(to ActionStatus, effect, ask string, now time.Time) (Action, error) {
	if a.Status != ActionOpen {
		return a, fault.Conflict("The action is already %s.", a.Status)
	}
	if strings.TrimSpace(effect) == "" {
		return a, fault.Invalid("effect", ask)
	}
	a.Status, a.Effect, a.DoneOn = to, effect, civil.Of(now)
	return a, nil
}

// Reopen opens an action again whose effect did not last.
func (a Action) Reopen(due civil.Date) (Action, error) {
	if a.Status == ActionOpen {
		return a, fault.Conflict("The action is open.")
	}
	if due.IsZero() {
		return a, fault.Invalid("due", "Enter by when it will be done.")
	}
	a.Status, a.DoneOn, a.Due = ActionOpen, "", due
	return a, nil
}

// Question is one text that a kind of record asks for.
type Question struct {
	Field    string `json:"field"` // body, cause, correction, result, due, person_id
	Label    string `json:"label"`
	ToClose  bool   `json:"to_close"` // needed before the record can be closed
	Required bool   `json:"required"`
}

// Questions gives what a kind of record asks for.
func Questions(k RecordKind) []Question {
	switch k {
	case RecordIncident:
		return []Question{
			{"body", "What happened, to whom", false, true},
			{"cause", "Root cause", true, false},
			{"correction", "What was done, who was told", true, false},
			{"result", "Whether it worked", true, false},
		}
	case RecordNonconformity:
		return []Question{
			{"body", "What was not as it should be", false, true},
			{"cause", "Root cause", true, false},
			{"correction", "Corrective action", true, false},
			{"result", "Whether it worked", true, false},
		}
	case RecordInternalAudit:
		return []Question{
			{"body", "Scope and criteria", false, true},
			{"result", "Results", true, false},
			{"person_id", "Auditor", false, true},
		}
	case RecordAuditProgramme:
		return []Question{
			{"body", "What is audited, against what, how and by whom", false, true},
			{"due", "Until when the programme runs", false, true},
			{"person_id", "Who is responsible for it", false, true},
		}
	case RecordComplaint:
		return []Question{
			{"body", "The complaint, as it was made", false, true},
			{"correction", "What was done, and when receipt was acknowledged", true, false},
			{"result", "Outcome that the person was told", true, false},
		}
	case RecordDelegation:
		return []Question{
			{"body", "The power, and the decision or scheme that gives it", false, true},
			{"person_id", "Who holds the post now", false, true},
			{"due", "Until when it holds", false, false},
		}
	case RecordManagementReview:
		return []Question{
			{"body", "What was looked at (earlier actions, changes, results, audits, ideas)", false, true},
			{"result", "Decisions", true, false},
		}
	case RecordTraining:
		return []Question{
			{"body", "What was taught and how it was tested", false, true},
			{"person_id", "Who was trained", false, true},
			{"due", "Valid until", false, false},
		}
	case RecordConcern:
		return []Question{
			{"body", "The concern, as it was raised", false, true},
			{"correction", "What was done", true, false},
			{"result", "Answer given", true, false},
		}
	case RecordObjective:
		return []Question{
			{"body", "The objective and how it is measured", false, true},
			{"person_id", "Owner", false, true},
			{"due", "By when", false, true},
			{"result", "Result", true, false},
		}
	case RecordSupplier:
		return []Question{
			{"body", "What the supplier showed, and what it covers", false, true},
			{"due", "Look again by", false, false},
		}
	case RecordTest:
		return []Question{
			{"body", "What was tested, with which data", false, true},
			{"result", "Results against the criteria", true, false},
		}
	}
	return []Question{{"body", "Text", false, true}}
}

func (r Record) text(field string) string {
	switch field {
	case "body":
		return r.Body
	case "cause":
		return r.Cause
	case "correction":
		return r.Correction
	case "result":
		return r.Result
	case "due":
		return string(r.Due)
	case "person_id":
		return r.PersonID
	}
	return ""
}

// Validate says what is missing in a record; more is asked of a closed one.
func (r Record) Validate() error {
	var bad fault.Fields
	if !slices.Contains(RecordKinds, r.Kind) {
		bad.Add("kind", "Choose the kind of record.")
	}
	if strings.TrimSpace(r.Title) == "" {
		bad.Add("title", "Enter a title.")
	}
	if r.Date.IsZero() {
		bad.Add("date", "Enter the date.")
	}
	if !slices.Contains(RecordStatuses, r.Status) {
		bad.Add("status", "Choose whether the record is open or closed.")
	}
	bad.Append(days(day{"date", r.Date}, day{"due", r.Due}, day{"closed_on", r.ClosedOn})...)
	for _, q := range Questions(r.Kind) {
		if (q.Required || q.ToClose && r.Status == RecordClosed) && strings.TrimSpace(r.text(q.Field)) == "" {
			bad.Add(q.Field, "Enter: "+q.Label+".")
		}
	}
	for i, l := range r.Links {
		if !slices.Contains(SubjectKinds, l.Kind) || l.Ref == "" {
			bad.Add(fmt.Sprintf("links[%d]", i), "Choose what the record is linked to.")
		}
	}
	return bad.Err()
}

// Close closes a record once everything that its kind asks for is there.
func (r Record) Close(now time.Time) (Record, error) {
	if r.Status == RecordClosed {
		return r, fault.Conflict("The record is already closed.")
	}
	c := r
	c.Status, c.ClosedOn = RecordClosed, civil.Of(now)
	if err := c.Validate(); err != nil {
		return r, err
	}
	return c, nil
}

// Current tells whether a record that is valid until a day (training, supplier
// assurance) still is.
func (r Record) Current(now time.Time) bool { return !r.Due.Before(civil.Of(now)) }
