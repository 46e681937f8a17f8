package service

import (
	"context"
	"encoding/json"
	"time"

	"assay/internal/assurance"
	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/workflow"
)

// world is every noun of the register at one moment: a few hundred records that
// most screens need to name people, count and judge. Runs are never among them.
type world struct {
	r   *store.Reader
	ctx context.Context
	now time.Time

	org          organisation.Organisation
	people       []organisation.Person
	workflows    []workflow.Workflow
	policies     []policy.Policy
	assessments  []risk.Assessment
	schedules    []review.Schedule
	reviews      []review.Review
	actions      []review.Action
	records      []review.Record
	evidence     []evidence.Evidence
	soa          []standard.SoARow
	certificates []db.CertificatesRow
	events       []db.CertificateEventsRow
	views        []CertificateView
	reports      map[string]assurance.Report // by workflow, as judged so far
	shown        map[string]oversight.Result // by workflow

	personByID   map[string]*organisation.Person
	workflowByID map[string]*workflow.Workflow
}

// look reads the world and runs f on it.
func (s *Service) look(ctx context.Context, f func(*world) error) error {
	return s.read(ctx, func(r *store.Reader) error {
		w, err := s.world(ctx, r)
		if err != nil {
			return err
		}
		return f(w)
	})
}

func (s *Service) world(ctx context.Context, r *store.Reader) (*world, error) {
	w := &world{r: r, ctx: ctx, now: s.clock(), reports: map[string]assurance.Report{}, shown: map[string]oversight.Result{}, personByID: map[string]*organisation.Person{}, workflowByID: map[string]*workflow.Workflow{}}
	var err error
	if w.org, err = getOrganisation(ctx, r); err != nil {
		return nil, err
	}
	if w.people, err = store.People.List(ctx, r); err != nil {
		return nil, err
	}
	if w.workflows, err = store.Workflows.List(ctx, r); err != nil {
		return nil, err
	}
	if w.policies, err = store.Policies.List(ctx, r); err != nil {
		return nil, err
	}
	if w.assessments, err = store.Assessments.List(ctx, r); err != nil {
		return nil, err
	}
	if w.schedules, err = store.Schedules.List(ctx, r); err != nil {
		return nil, err
	}
	if w.reviews, err = store.Reviews.List(ctx, r); err != nil {
		return nil, err
	}
	if w.actions, err = store.Actions.List(ctx, r); err != nil {
		return nil, err
	}
	if w.records, err = store.Records.List(ctx, r); err != nil {
		return nil, err
	}
	if w.evidence, err = store.Documents.List(ctx, r); err != nil {
		return nil, err
	}
	rows, err := r.SoA(ctx)
	if err != nil {
		return nil, err
	}
	for _, body := range rows {
		var row standard.SoARow
		if err := json.Unmarshal([]byte(body), &row); err != nil {
			return nil, err
		}
		w.soa = append(w.soa, row)
	}
	if w.certificates, err = r.Certificates(ctx); err != nil {
		return nil, err
	}
	if w.events, err = r.CertificateEvents(ctx); err != nil {
		return nil, err
	}
	for i := range w.people {
		w.personByID[w.people[i].ID] = &w.people[i]
	}
	for i := range w.workflows {
		w.workflowByID[w.workflows[i].ID] = &w.workflows[i]
	}
	return w, nil
}

// workflowID is the identifier of a workflow by any of its names; empty, which
// stands for all of them, where none is named.
func (w *world) workflowID(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	wf, err := store.Workflows.Get(w.ctx, w.r, name)
	if err != nil {
		return "", err
	}
	return wf.ID, nil
}

func (w *world) personName(id string) string {
	if p, ok := w.personByID[id]; ok {
		return p.Name
	}
	return ""
}

func (w *world) personTitle(id string) string {
	p, ok := w.personByID[id]
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
func (w *world) facts(wf *workflow.Workflow) (assurance.Facts, error) {
	f := assurance.Facts{Now: w.now, Organisation: w.org, People: w.people, Workflow: *wf, SoA: w.soa, Evidence: w.evidence}
	f.Policies = filter(w.policies, func(p *policy.Policy) bool { _, ok := p.AppliesTo(wf.ID); return ok })
	policies := map[string]bool{}
	for _, p := range f.Policies {
		policies[p.ID] = true
	}
	f.Assessments = filter(w.assessments, func(a *risk.Assessment) bool { return a.WorkflowID == wf.ID })
	f.Schedules = filter(w.schedules, func(x *review.Schedule) bool { return x.WorkflowID == wf.ID || policies[x.PolicyID] })
	f.Reviews = filter(w.reviews, func(x *review.Review) bool { return x.WorkflowID == wf.ID || policies[x.PolicyID] })
	f.Actions = filter(w.actions, func(x *review.Action) bool { return x.WorkflowID == wf.ID })
	f.Records = filter(w.records, func(x *review.Record) bool { return x.WorkflowID == wf.ID || x.WorkflowID == "" })
	return f, w.runFacts(wf, &f)
}
