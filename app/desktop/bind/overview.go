package bind

import (
	"context"

	"assay/internal/service"
)

// Overview is the first page: where things stand and what to do next.
type Overview struct{ d *Desk }

// Show gives the whole page.
func (o *Overview) Show() (service.Overview, error) {
	return call(
		o.d,
		"Overview.Show",
		func(ctx context.Context, s *service.Service) (service.Overview, error) { return s.Overview(ctx) },
	)
}

// Todo gives everything that waits, by its cause.
func (o *Overview) Todo(q service.TodoQuery) (service.Todo, error) {
	return call(
		o.d,
		"Overview.Todo",
		func(ctx context.Context, s *service.Service) (service.Todo, error) { return s.Todo(ctx, q) },
	)
}

// Assign gives several things that wait to one person, by a day; it answers how many.
func (o *Overview) Assign(q service.TodoAssignment) (int, error) {
	return call(o.d, "Overview.Assign", func(ctx context.Context, s *service.Service) (int, error) {
		return s.AssignTodo(ctx, q)
	})
}

// Search finds records whose reference or title holds the words.
func (o *Overview) Search(words string) ([]service.Found, error) {
	return call(
		o.d,
		"Overview.Search",
		func(ctx context.Context, s *service.Service) ([]service.Found, error) { return s.Search(ctx, words) },
	)
}
