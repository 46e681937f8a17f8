package bind

import (
	"context"

	"assay/internal/service"
)

// Purge takes the personal data of an import out of the register, for good; its
// proofs, counts and findings stay.
func (r *Runs) Purge(job string, q service.PurgeRequest) (service.Purged, error) {
	return runJob(
		r.d,
		"Runs.Purge",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.Purged, error) {
			return s.PurgeSource(ctx, q)
		},
	)
}

// RetentionDue suggests what to purge: imports that have been kept for as long
// as their workflow's retention period, or will have been within some days.
func (r *Runs) RetentionDue(days int) ([]service.PurgeDue, error) {
	return call(r.d, "Runs.RetentionDue", func(ctx context.Context, s *service.Service) ([]service.PurgeDue, error) {
		return s.RetentionDue(ctx, days)
	})
}
