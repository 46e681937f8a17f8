package service

import (
	"context"
	"slices"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/form"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// View is the register at one moment as screens and documents look at it: the
// snapshot of its records, the transaction in which more can be read, and the time
// by which due dates are judged. Runs are never held in it; they are counted by queries.
type View struct {
	*snapshot
	r   *store.Reader
	now time.Time

	lives   []certificate.Certificate
	views   []CertificateView
	reports map[string]assurance.Report // by workflow, as judged so far
}

// readView runs f on the view that all screens share: f must not change anything in it.
func (s *Service) readView(ctx context.Context, f func(*View) error) error {
	return s.read(ctx, func(r *store.Reader) error {
		n, err := s.currentSnapshot(ctx, r)
		if err != nil {
			return err
		}
		return f(s.viewOf(ctx, r, n))
	})
}

// freshView reads every record again: for use inside a change, which has to see its own writes.
func (s *Service) freshView(ctx context.Context, r *store.Reader) (*View, error) {
	n := &snapshot{cache: newRunCache()}
	if err := readSnapshot(ctx, r, n, nil); err != nil {
		return nil, err
	}
	return s.viewOf(ctx, r, n), nil
}

func (s *Service) viewOf(ctx context.Context, r *store.Reader, n *snapshot) *View {
	return &View{snapshot: n, r: r, now: s.clock(), reports: map[string]assurance.Report{}}
}

// workflowNamed is a workflow by any of its names, as the view holds it: to be
// looked at and not to be changed. Errors: not_found.
func (view *View) workflowNamed(ctx context.Context, name string) (*workflow.Workflow, error) {
	for i := range view.workflows {
		if w := &view.workflows[i]; name != "" && (w.Ref == name || w.Key == name || w.ID == name) {
			return w, nil
		}
	}
	return store.Workflows.Get(ctx, view.r, name)
}

// workflowID is the identifier of a workflow by any of its names; empty, which
// stands for all of them, where none is named.
func (view *View) workflowID(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	wf, err := store.Workflows.Get(ctx, view.r, name)
	if err != nil {
		return "", err
	}
	return wf.ID, nil
}

func (view *View) personName(id string) string {
	if p, ok := view.personByID[id]; ok {
		return p.Name
	}
	return ""
}

func (view *View) personTitle(id string) string {
	p, ok := view.personByID[id]
	switch {
	case !ok:
		return ""
	case p.JobTitle == "":
		return p.Name
	}
	return p.Name + ", " + p.JobTitle
}

// filter keeps what f accepts.
func filter[T any](in []T, f func(*T) bool) []T {
	out := []T{}
	for i := range in {
		if f(&in[i]) {
			out = append(out, in[i])
		}
	}
	return out
}

// facts gathers what the requirements of one workflow look at.
func (view *View) facts(ctx context.Context, wf *workflow.Workflow) (assurance.Facts, error) {
	f := assurance.Facts{
		Now:          view.now,
		Organisation: view.org,
		People:       view.people,
		Workflow:     *wf,
		SoA:          view.soa,
		Evidence:     view.evidence,
	}
	f.Policies = filter(view.policies, func(p *policy.Policy) bool { _, ok := p.AppliesTo(wf.ID); return ok })
	policies := map[string]bool{}
	for _, p := range f.Policies {
		policies[p.ID] = true
	}
	f.Assessments = filter(view.assessments, func(a *risk.Assessment) bool { return a.WorkflowID == wf.ID })
	f.Schedules = filter(
		view.schedules,
		func(x *review.Schedule) bool { return x.WorkflowID == wf.ID || policies[x.PolicyID] },
	)
	f.Reviews = filter(
		view.reviews,
		func(x *review.Review) bool { return x.WorkflowID == wf.ID || policies[x.PolicyID] },
	)
	f.Actions = filter(view.actions, func(x *review.Action) bool { return x.WorkflowID == wf.ID })
	f.Forms = filter(view.forms, func(d *form.Document) bool { return d.WorkflowID == wf.ID })
	f.Records = filter(view.records, func(x *review.Record) bool { return x.WorkflowID == wf.ID || x.WorkflowID == "" })
	figures, err := view.runsOf(ctx, wf)
	if err != nil {
		return f, err
	}
	written, err := view.written(ctx, figures.counts)
	if err != nil {
		return f, err
	}
	f.Sources, f.Gates, f.Runs = figures.sources, figures.gates, figures.runs
	if f.Keys, err = keysMade(ctx, view.r); err != nil {
		return f, err
	}
	f.Findings = view.findingsOf(wf, figures, written, f.Keys)
	f.Declarations = slices.Clone(figures.declarations) // which other views share
	for i := range f.Declarations {
		if d := &f.Declarations[i]; !d.Approval.IsZero() {
			d.Approved = f.Keys.Words(d.Approval)
		}
	}
	return f, nil
}

// written is when each record was last written to which an explanation of findings
// points: what two people agreed to may not be what stands there now.
func (view *View) written(ctx context.Context, counts []runs.FindingCount) (map[string]time.Time, error) {
	last := map[string]time.Time{}
	for _, c := range counts {
		for _, x := range c.Said {
			link := x.Disposition.Basis.Link
			if _, known := last[link]; known || link == "" {
				continue
			}
			at, err := view.lastWritten(ctx, link)
			if err != nil {
				return nil, err
			}
			last[link] = at
		}
	}
	return last, nil
}

// lastWritten is when a record or document was last written, by the log; zero where
// there is no such record, or it is an action: that one changes as it is done.
func (view *View) lastWritten(ctx context.Context, name string) (time.Time, error) {
	table, id := "", ""
	for i := range view.records {
		if x := &view.records[i]; x.Ref == name || x.Key == name || x.ID == name {
			table, id = store.Records.Table(), x.ID
		}
	}
	for i := range view.evidence {
		if x := &view.evidence[i]; x.Ref == name || x.Key == name || x.ID == name {
			table, id = store.Documents.Table(), x.ID
		}
	}
	for i := range view.reviews {
		if x := &view.reviews[i]; x.Ref == name || x.Key == name || x.ID == name {
			table, id = store.Reviews.Table(), x.ID
		}
	}
	if id == "" {
		return time.Time{}, nil
	}
	rows, err := view.r.RowHistory(ctx, table, id) // the newest first
	if err != nil || len(rows) == 0 {
		return time.Time{}, err
	}
	a, err := activityOf(rows[0].Leaf)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, a.At)
	if err != nil {
		return time.Time{}, nil // an entry that says no time says nothing of it
	}
	return at, nil
}
