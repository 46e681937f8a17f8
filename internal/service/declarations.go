package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/diff"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// DeclarationTrial is what a change of what a workflow declares would do, before
// it is made.
type DeclarationTrial struct {
	Changed []string            `json:"changed"` // in words; empty: nothing that a test looks at
	Runs    int64               `json:"runs"`    // that it was tried on
	Effect  []DeclarationEffect `json:"effect"`  // by test
	// Lessens is whether findings would go away: the change then needs a reason and
	// a second person.
	Lessens bool       `json:"lessens"`
	From    civil.Date `json:"from"` // the first day of the runs that would be held to it; empty: all of them
	Words   string     `json:"words"`
}

// DeclarationEffect is what a change does to the findings of one test.
type DeclarationEffect struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Gone  int64  `json:"gone"`
	New   int64  `json:"new"`
}

// WorkflowChange is a workflow as it is to be, and why. Reason and approver are
// needed where findings would go away.
type WorkflowChange struct {
	Workflow   workflow.Workflow `json:"workflow"`
	Why        string            `json:"why"`
	Approver   string            `json:"approver"`   // a person's reference or identifier
	Passphrase string            `json:"passphrase"` // of the approver's own key; empty: recorded without a signature
}

// TryWorkflowChange says what saving a workflow so would do to its findings. It
// changes nothing.
func (s *Service) TryWorkflowChange(ctx context.Context, wf workflow.Workflow) (out DeclarationTrial, err error) {
	out = DeclarationTrial{Changed: []string{}, Effect: []DeclarationEffect{}}
	if wf.ID == "" {
		return out, nil
	}
	err = s.read(ctx, func(r *store.Reader) error {
		was, err := store.Workflows.Get(ctx, r, wf.ID)
		if err != nil {
			return err
		}
		d, err := s.tryDeclaration(ctx, r, was, &wf)
		if err != nil || len(d.Changed) == 0 {
			return err
		}
		out.Changed, out.Runs, out.From, out.Lessens = d.Changed, d.Tried, d.From, workflow.Lessens(d.Effect)
		loosens := was.Declared().Loosens(wf.Declared())
		out.Lessens = out.Lessens || len(loosens) > 0
		for _, e := range d.Effect {
			title := oversight.TestOf(oversight.Code(e.Code)).Title
			out.Effect = append(out.Effect, DeclarationEffect{Code: e.Code, Title: title, Gone: e.Gone, New: e.New})
		}
		out.Words = strings.TrimSpace(loosensSentence(loosens) + " " + effectSentence(d))
		return nil
	})
	return out, err
}

// ChangeWorkflow is SaveWorkflow with the reason, and the second person, that a
// change needs which makes findings go away.
func (s *Service) ChangeWorkflow(ctx context.Context, q WorkflowChange) (workflow.Workflow, error) {
	wf := q.Workflow
	wf.Because = workflow.Because{Why: strings.TrimSpace(q.Why)}
	if q.Approver != "" {
		err := s.read(ctx, func(r *store.Reader) error {
			p, err := store.People.Get(ctx, r, q.Approver)
			if err == nil {
				wf.Because.ApprovedBy = p.ID
			}
			return err
		})
		if err != nil {
			return wf, err
		}
	}
	return s.saveWorkflow(ctx, wf, q.Passphrase)
}

// tryDeclaration is the declaration that saving wf in the place of was would
// make, with its effect on the runs that are held. Its Changed is empty where
// nothing changes that a test looks at.
func (s *Service) tryDeclaration(
	ctx context.Context,
	r *store.Reader,
	was, wf *workflow.Workflow,
) (d workflow.Declaration, err error) {
	d = workflow.Declaration{MadeAt: s.clock().UTC().Truncate(time.Second), By: "Assay"}
	if who := s.SignedIn(); who != nil {
		d.By = oneLine(who.Name)
	}
	was.Declarations, err = declarationsOf(ctx, r, was)
	if err != nil {
		return d, err
	}
	if d.Changed = was.Declared().Changes(wf.Declared()); len(d.Changed) == 0 {
		return d, nil
	}
	has, err := runs.HasRuns(ctx, r.SQL, was.ID)
	if err != nil {
		return d, fmt.Errorf("look for runs of %s: %w", was.Ref, err)
	}
	// A clock that was set back makes no declaration hold for days that are past.
	size, err := r.LogSize(ctx)
	if err != nil {
		return d, fmt.Errorf("read activity log: %w", err)
	}
	if e, err := entryAt(ctx, r, size); err == nil {
		d.From = civil.Of(e.Time)
	}
	if has {
		trial, err := runs.TryDeclaration(ctx, r.SQL, was, wf)
		if err != nil {
			return d, err
		}
		d.Tried, d.Effect = trial.Runs, trial.Effect
	}
	wf.Declare(was, d, has)
	return wf.Declarations[len(wf.Declarations)-1], nil
}

// declare records what wf declares in the place of was, nil for a new workflow,
// as a declaration of its own. A change that makes findings go away is refused
// without a new reason, and a second person who approves it: with the passphrase of
// their own key, or only recorded.
func (s *Service) declare(ctx context.Context, t *store.Tx, was, wf *workflow.Workflow, passphrase string) error {
	if was == nil {
		d := workflow.Declaration{MadeAt: s.clock().UTC().Truncate(time.Second), By: "Assay", Why: wf.Because.Why}
		if who := s.SignedIn(); who != nil {
			d.By = oneLine(who.Name)
		}
		wf.Declare(nil, d, false)
		return nil
	}
	before := *was // its history is filled in from the log where it has none
	wf.Declarations = was.Declarations
	d, err := s.tryDeclaration(ctx, &t.Reader, &before, wf)
	if err != nil {
		return err
	}
	if len(d.Changed) == 0 {
		if len(was.Declarations) > 0 {
			wf.Declare(was, d, true)
		}
		return nil
	}
	last := &wf.Declarations[len(wf.Declarations)-1]
	given := wf.Because != was.Because && wf.Because != (workflow.Because{})
	if given {
		last.Why = wf.Because.Why
	}
	loosens := was.Declared().Loosens(wf.Declared())
	if !workflow.Lessens(d.Effect) && (len(loosens) == 0 || d.Tried == 0) {
		return nil
	}
	if !given {
		return fault.Conflict("%s To save it, give a reason and a second person who approves it.",
			strings.TrimSpace(loosensSentence(loosens)+" "+effectSentence(d)))
	}
	if err := workflow.CheckReason(wf.Because.Why); err != nil {
		return err
	}
	content, err := last.ApprovalContent()
	if err != nil {
		return err
	}
	preparer := ""
	if who := s.SignedIn(); who != nil {
		preparer = who.ID
	}
	q := ApprovalRequest{Approver: wf.Because.ApprovedBy, Passphrase: passphrase}
	last.Approval, err = s.approve(ctx, &t.Reader, q, organisation.ActionApprove,
		"declaration of "+wf.Ref+" from "+string(cmp.Or(last.From, s.today())), content, preparer)
	return err
}

// loosensSentence says that a change leaves runs to a weaker pattern of oversight.
func loosensSentence(what []string) string {
	if len(what) == 0 {
		return ""
	}
	return fmt.Sprintf("This change leaves runs to a weaker pattern of oversight (%s).", strings.Join(what, "; "))
}

// effectSentence says what a change does to the findings on the runs held.
func effectSentence(d workflow.Declaration) string {
	gone := int64(0)
	for _, e := range d.Effect {
		gone += e.Gone
	}
	what := strings.Join(d.Changed, "; ")
	if gone == 0 {
		return fmt.Sprintf("%s. On %s: %s.", what, prose.Count(d.Tried, "run"), assurance.EffectWords(d.Effect))
	}
	return fmt.Sprintf("This change (%s) would make %s go away on %s: %s.",
		what, prose.Count(gone, "finding"), prose.Count(d.Tried, "run"), assurance.EffectWords(d.Effect))
}

// declarationsOf is the history of what a workflow declares. A register that kept
// none has one declaration, the present one; its log tells since when, and by whom.
func declarationsOf(ctx context.Context, r *store.Reader, wf *workflow.Workflow) ([]workflow.Declaration, error) {
	if len(wf.Declarations) > 0 {
		return workflow.History(wf.Declarations), nil
	}
	first := workflow.Declaration{Declared: wf.Declared()}
	rows, err := r.RowHistory(ctx, store.Workflows.Table(), wf.ID)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", wf.Ref, err)
	}
	for _, row := range rows { // newest first
		fields, err := diff.Unfold(rowText(row.Row))
		if err != nil {
			return nil, fmt.Errorf("read history of %s: %w", wf.Ref, err)
		}
		body, err := json.Marshal(fields)
		if err != nil {
			return nil, fmt.Errorf("read history of %s: %w", wf.Ref, err)
		}
		var then workflow.Workflow
		if err := json.Unmarshal(body, &then); err != nil {
			break // as an older version wrote it
		}
		if len(then.Declared().Changes(first.Declared)) > 0 {
			break
		}
		a, err := activityOf(row.Leaf)
		if err != nil {
			return nil, err
		}
		if at, err := time.Parse(time.RFC3339, a.At); err == nil {
			first.MadeAt, first.By = at.UTC(), a.Actor
		}
	}
	return []workflow.Declaration{first}, nil
}

// redeclare holds a workflow that was written as it stands in a file or in the
// log to what it declared here before: what that changes is a declaration made
// now. Was is nil where the workflow was not here.
func (s *Service) redeclare(ctx context.Context, t *store.Tx, was *workflow.Workflow, id string) error {
	wf, err := store.Workflows.Find(ctx, &t.Reader, id)
	if err != nil || wf == nil || was == nil {
		return err
	}
	if err := s.declare(ctx, t, was, wf, ""); err != nil {
		return err
	}
	if err := store.Workflows.Put(ctx, t, wf); err != nil {
		return err
	}
	return s.retest(ctx, t, was, wf)
}

// workflowBefore is the workflow that a row is about to replace; nil where the
// row is none of a workflow, or there was none.
func workflowBefore(ctx context.Context, t *store.Tx, table, key string) (*workflow.Workflow, error) {
	if table != store.Workflows.Table() {
		return nil, nil
	}
	return store.Workflows.Find(ctx, &t.Reader, key)
}

// declarationChanges are the declarations of a workflow as the paper says them.
func declarationChanges(
	ctx context.Context,
	r *store.Reader,
	wf *workflow.Workflow,
) ([]assurance.DeclarationChange, error) {
	list, err := declarationsOf(ctx, r, wf)
	if err != nil {
		return nil, err
	}
	days, err := runs.DailyRuns(ctx, r.SQL, wf.ID, imported.Period{})
	if err != nil {
		return nil, fmt.Errorf("count runs of %s: %w", wf.Ref, err)
	}
	held := *wf
	held.Declarations = list
	inForce := held.InForce()
	out := []assurance.DeclarationChange{}
	for _, d := range list {
		c := assurance.DeclarationChange{
			From: d.From, MadeAt: d.MadeAt, By: d.By, Why: d.Why, Approval: d.Approval,
			Changed: d.Changed, Tried: int(d.Tried), Effect: d.Effect,
		}
		made := civil.Of(d.MadeAt)
		for i, x := range inForce {
			if x.From != d.From || !x.MadeAt.Equal(d.MadeAt) {
				continue
			}
			for _, day := range days {
				if day.Day < x.From || i+1 < len(inForce) && day.Day >= inForce[i+1].From {
					continue
				}
				c.Runs += int(day.Runs)
				if !d.MadeAt.IsZero() && day.Day < made {
					c.AfterRuns += int(day.Runs)
				}
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// heldTo marks findings on runs with the declaration that they were found by.
func heldTo(wf *workflow.Workflow, list []imported.Finding) {
	held := wf.InForce()
	for i := range list {
		f := &list[i]
		if f.Day == "" || len(held) == 1 {
			continue
		}
		at := 0
		for j, d := range held {
			if d.From <= f.Day {
				at = j
			}
		}
		f.DeclaredFrom, f.Replaced = held[at].From, at < len(held)-1
	}
}
