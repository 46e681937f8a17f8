package bind

import (
	"context"

	"assay/internal/service"
)

// Drafts keeps what somebody types before they save it.
type Drafts struct{ d *Desk }

// Get gives the unsaved work on a form; its body is empty if there is none.
func (f *Drafts) Get(name string) (service.Draft, error) {
	return call(
		f.d,
		"Drafts.Get",
		func(ctx context.Context, s *service.Service) (service.Draft, error) { return s.Draft(ctx, name) },
	)
}

// Keep keeps the unsaved work on a form and says when.
func (f *Drafts) Keep(name, body string) (string, error) {
	return call(
		f.d,
		"Drafts.Keep",
		func(ctx context.Context, s *service.Service) (string, error) { return s.KeepDraft(ctx, name, body) },
	)
}

// Drop forgets it.
func (f *Drafts) Drop(name string) error {
	return exec(
		f.d,
		"Drafts.Drop",
		func(ctx context.Context, s *service.Service) error { return s.DropDraft(ctx, name) },
	)
}
