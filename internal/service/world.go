package service

import (
	"context"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/workflow"
)

// world is every noun of the register at one moment: some thousands of records
// that most screens need to name people, count and judge. Runs are never among them.
type world struct {
	*nouns
	r   *store.Reader
	ctx context.Context
	now time.Time

	lives   []certificate.Certificate
	views   []CertificateView
	reports map[string]assurance.Report // by workflow, as judged so far
}

// look runs f on the world as screens see it, which they share: f changes nothing in it.
func (s *Service) look(ctx context.Context, f func(*world) error) error {
	return s.read(ctx, func(r *store.Reader) error {
		n, err := s.remembered(ctx, r)
		if err != nil {
			return err
		}
		return f(s.worldOf(ctx, r, n))
	})
}

// world reads everything anew: inside a change, which sees what it has written itself.
func (s *Service) world(ctx context.Context, r *store.Reader) (*world, error) {
	n := &nouns{judgements: newJudgements()}
	if err := readNouns(ctx, r, n, nil); err != nil {
		return nil, err
	}
	return s.worldOf(ctx, r, n), nil
}

func (s *Service) worldOf(ctx context.Context, r *store.Reader, n *nouns) *world {
	return &world{nouns: n, r: r, ctx: ctx, now: s.clock(), reports: map[string]assurance.Report{}}
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
	f := assurance.Facts{
		Now:          w.now,
		Organisation: w.org,
		People:       w.people,
		Workflow:     *wf,
		SoA:          w.soa,
		Evidence:     w.evidence,
	}
	f.Policies = filter(w.policies, func(p *policy.Policy) bool { _, ok := p.AppliesTo(wf.ID); return ok })
	policies := map[string]bool{}
	for _, p := range f.Policies {
		policies[p.ID] = true
	}
	f.Assessments = filter(w.assessments, func(a *risk.Assessment) bool { return a.WorkflowID == wf.ID })
	f.Schedules = filter(
		w.schedules,
		func(x *review.Schedule) bool { return x.WorkflowID == wf.ID || policies[x.PolicyID] },
	)
	f.Reviews = filter(w.reviews, func(x *review.Review) bool { return x.WorkflowID == wf.ID || policies[x.PolicyID] })
	f.Actions = filter(w.actions, func(x *review.Action) bool { return x.WorkflowID == wf.ID })
	f.Records = filter(w.records, func(x *review.Record) bool { return x.WorkflowID == wf.ID || x.WorkflowID == "" })
	part, err := w.runsOf(wf)
	if err != nil {
		return f, err
	}
	f.Sources, f.Gates, f.Findings, f.Runs = part.sources, part.gates, part.findings, part.runs
	return f, nil
}
