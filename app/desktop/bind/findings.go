package bind

import (
	"context"

	"assay/internal/review"
	"assay/internal/service"
	"assay/internal/store/runs"
)

// Findings is what the tests on the runs found, and the runs themselves.
type Findings struct{ d *Desk }

// FindingPage is some findings, and how to ask for those that follow.
type FindingPage struct {
	Items []runs.Finding `json:"items"`
	Next  string         `json:"next"`
}

// RunPage is some runs, and how to ask for those that follow.
type RunPage struct {
	Items []runs.Run `json:"items"`
	Next  string     `json:"next"`
}

// Decision is what the person says of findings: all that the query chooses, or
// those named.
type Decision struct {
	Query   service.FindingQuery `json:"query"`
	IDs     []string             `json:"ids"`
	Decide  string               `json:"decide"` // explained, accepted, actioned, open
	Why     string               `json:"why"`
	Expires string               `json:"expires"`
	Action  *review.Action       `json:"action"`
	Person  string               `json:"person"`
}

// Summary sums what the runs show, of one workflow or of all.
func (f *Findings) Summary(workflow string) (service.FindingsView, error) {
	return ask(f.d, "Findings.Summary", func(ctx context.Context, s *service.Service) (service.FindingsView, error) {
		return s.Findings(ctx, workflow)
	})
}

// List gives findings one by one, with their runs and places in the files.
func (f *Findings) List(q service.FindingQuery) (FindingPage, error) {
	return ask(f.d, "Findings.List", func(ctx context.Context, s *service.Service) (FindingPage, error) {
		p, err := s.FindingList(ctx, q)
		return FindingPage{p.Items, p.Next}, err
	})
}

// Decide explains findings, accepts them, turns them into an action or opens
// them again; it answers how many.
func (f *Findings) Decide(d Decision) (int64, error) {
	return ask(f.d, "Findings.Decide", func(ctx context.Context, s *service.Service) (int64, error) {
		expires, err := civilDate("expires", d.Expires)
		if err != nil {
			return 0, err
		}
		out, err := s.DecideFindings(ctx, service.Decision{FindingQuery: d.Query, IDs: d.IDs, Decide: d.Decide, Why: d.Why,
			Expires: expires, Action: d.Action, Person: d.Person})
		return out.Findings, err
	})
}

// Runs lists runs, newest first.
func (f *Findings) Runs(q service.RunQuery) (RunPage, error) {
	return ask(f.d, "Findings.Runs", func(ctx context.Context, s *service.Service) (RunPage, error) {
		p, err := s.Runs(ctx, q)
		return RunPage{p.Items, p.Next}, err
	})
}

// Run gives one run whole.
func (f *Findings) Run(workflow, run string) (runs.Whole, error) {
	return ask(f.d, "Findings.Run", func(ctx context.Context, s *service.Service) (runs.Whole, error) {
		return s.Run(ctx, workflow, run)
	})
}
