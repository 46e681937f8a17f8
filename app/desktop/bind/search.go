package bind

import (
	"context"

	"assay/internal/imported"
	"assay/internal/service"
)

// Search finds runs by the texts that they hold: what the AI wrote, its
// reasoning, and the reasons for people's decisions.
func (r *Runs) Search(q service.SearchQuery) (service.SearchPage, error) {
	return call(
		r.d,
		"Runs.Search",
		func(ctx context.Context, s *service.Service) (service.SearchPage, error) { return s.SearchRuns(ctx, q) },
	)
}

// SearchState tells how many runs can be found already; the event "search"
// brings the same whenever it changes.
func (r *Runs) SearchState() (imported.SearchState, error) {
	return call(
		r.d,
		"Runs.SearchState",
		func(ctx context.Context, s *service.Service) (imported.SearchState, error) { return s.SearchState(ctx) },
	)
}

// Coverage says what the imported runs of a workflow can show, and what not.
func (r *Runs) Coverage(workflow string) (service.Coverage, error) {
	return call(r.d, "Runs.Coverage", func(ctx context.Context, s *service.Service) (service.Coverage, error) {
		return s.Coverage(ctx, workflow)
	})
}
