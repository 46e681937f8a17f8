package service

import (
	"context"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/store"
)

// TodoAssignment gives several things that wait to one person, by a day.
type TodoAssignment struct {
	Items   []TodoChoice `json:"items"`
	OwnerID string       `json:"owner_id"`
	Due     civil.Date   `json:"due"`
}

// TodoChoice names something that waits: a requirement of a workflow, or of the
// whole organisation, or an action that is due.
type TodoChoice struct {
	Key      string `json:"key"`      // of its group
	Workflow string `json:"workflow"` // reference; empty for the organisation
	Action   string `json:"action"`   // reference of an action that is due; empty for a requirement
}

// AssignTodo raises an action for each requirement that was chosen, or gives the
// open one that there is to another person and day, and does so with actions that
// are due. An action settles nothing while it is open: the requirement waits on.
// All are assigned, or none. It answers how many.
func (s *Service) AssignTodo(ctx context.Context, q TodoAssignment) (int, error) {
	var bad fault.Fields
	if q.OwnerID == "" {
		bad.Add("owner_id", "Choose who does it.")
	}
	if q.Due.IsZero() {
		bad.Add("due", "Enter the day by which it is done, such as 31 3 2027.")
	}
	if len(q.Items) == 0 {
		bad.Add("items", "Choose at least one thing to do.")
	}
	if err := bad.Err(); err != nil {
		return 0, err
	}
	what := doing{action: "action.assign", summary: "Assigned what is to be done", may: organisation.ActionRecordReview}
	err := s.change(ctx, what, func(t *store.Tx) error {
		who, err := store.People.Get(ctx, &t.Reader, q.OwnerID)
		if err != nil {
			return err
		}
		actions, err := store.Actions.List(ctx, &t.Reader)
		if err != nil {
			return err
		}
		for _, item := range q.Items {
			a, err := s.actionFor(ctx, t, actions, item)
			if err != nil {
				return err
			}
			a.OwnerID, a.Due = who.ID, q.Due
			if err := save(ctx, t, store.Actions, id.Action, &a, review.Action.Validate); err != nil {
				return err
			}
			actions = append(slices.DeleteFunc(actions, func(x review.Action) bool { return x.ID == a.ID }), a)
		}
		t.Entry().Summary = oneLine("Gave " + prose.Count(len(q.Items), "thing") + " to do to " + who.Name + ", by " +
			q.Due.Long())
		return nil
	})
	return len(q.Items), err
}

// actionFor is the open action of what was chosen, or a new one.
func (s *Service) actionFor(ctx context.Context, t *store.Tx, actions []review.Action, item TodoChoice,
) (review.Action, error) {
	if item.Action != "" {
		a, err := store.Actions.Get(ctx, &t.Reader, item.Action)
		if err != nil {
			return review.Action{}, err
		}
		if a.Status != review.ActionOpen {
			return *a, fault.Conflict("%s is closed already.", a.Ref)
		}
		return *a, nil
	}
	task := assurance.Task(item.Key)
	if task == "" {
		return review.Action{}, fault.Invalid("items", "There is no requirement "+item.Key+".")
	}
	a := review.Action{
		Title:  item.Key + ": " + task,
		Source: review.Subject{Kind: review.SubjectOrganisation},
		Raised: s.today(),
		Status: review.ActionOpen,
	}
	if item.Workflow != "" {
		wf, err := store.Workflows.Get(ctx, &t.Reader, item.Workflow)
		if err != nil {
			return a, err
		}
		a.WorkflowID, a.Sample = wf.ID, wf.Sample
		a.Source = review.Subject{Kind: review.SubjectWorkflow, Ref: wf.Ref}
	}
	if held := inHand(actions, item.Key, a.WorkflowID); held != nil {
		return *held, nil
	}
	return a, nil
}

// inHand is the open action that was raised for a requirement, by hand or as the
// condition of a certificate; nil where there is none.
func inHand(actions []review.Action, code, workflowID string) *review.Action {
	for i := range actions {
		a := &actions[i]
		if a.Status == review.ActionOpen && a.WorkflowID == workflowID && strings.HasPrefix(a.Title, code+": ") {
			return a
		}
	}
	return nil
}
