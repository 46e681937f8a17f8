package bind

import (
	"context"

	"assay/internal/service"
)

// Activities is the log of what was done, and the ways back.
type Activities struct{ d *Desk }

// List gives the entries that are asked for, newest first.
func (a *Activities) List(q service.ActivityQuery) ([]service.Activity, error) {
	return call(a.d, "Activities.List", func(ctx context.Context, s *service.Service) ([]service.Activity, error) {
		return s.FindActivities(ctx, q)
	})
}

// Changes is what an entry changed in the records, before and after.
func (a *Activities) Changes(seq int64) (service.EntryChanges, error) {
	return call(a.d, "Activities.Changes", func(ctx context.Context, s *service.Service) (service.EntryChanges, error) {
		return s.Changes(ctx, seq)
	})
}

// History is every state of a record: table is its kind, key its identifier.
func (a *Activities) History(table, key string) ([]service.Version, error) {
	return call(a.d, "Activities.History", func(ctx context.Context, s *service.Service) ([]service.Version, error) {
		return s.History(ctx, table, key)
	})
}

// Undo takes an entry's changes back.
func (a *Activities) Undo(seq int64) error {
	return exec(a.d, "Activities.Undo", func(ctx context.Context, s *service.Service) error { return s.Undo(ctx, seq) })
}

// Delete removes a record, with the reason.
func (a *Activities) Delete(kind, ref, reason string) error {
	return exec(
		a.d,
		"Activities.Delete",
		func(ctx context.Context, s *service.Service) error { return s.Delete(ctx, kind, ref, reason) },
	)
}
