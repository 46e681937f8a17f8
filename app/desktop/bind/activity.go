package bind

import (
	"context"

	"assay/internal/service"
)

// Activities is the log of what was done, and the ways back.
type Activities struct{ d *Desk }

// List gives entries, newest first, from before a number (0: the newest); with
// a subject, only entries about that record.
func (a *Activities) List(subject string, before int64, limit int) ([]service.Activity, error) {
	return ask(a.d, "Activities.List", func(ctx context.Context, s *service.Service) ([]service.Activity, error) {
		return s.Activities(ctx, subject, before, limit)
	})
}

// History is every state of a record: table is its kind, key its identifier.
func (a *Activities) History(table, key string) ([]service.Version, error) {
	return ask(a.d, "Activities.History", func(ctx context.Context, s *service.Service) ([]service.Version, error) {
		return s.History(ctx, table, key)
	})
}

// Undo takes an entry's changes back.
func (a *Activities) Undo(seq int64) error {
	return tell(a.d, "Activities.Undo", func(ctx context.Context, s *service.Service) error { return s.Undo(ctx, seq) })
}

// Delete removes a record, with the reason.
func (a *Activities) Delete(kind, ref, reason string) error {
	return tell(a.d, "Activities.Delete", func(ctx context.Context, s *service.Service) error { return s.Delete(ctx, kind, ref, reason) })
}
