package bind

import (
	"context"

	"assay/internal/assurance"
	"assay/internal/review"
	"assay/internal/service"
)

// Reviews is what is due and the record of what was done.
type Reviews struct{ d *Desk }

// Show gives the agenda with everything that it rests on.
func (r *Reviews) Show() (service.Improvement, error) {
	return call(
		r.d,
		"Reviews.Show",
		func(ctx context.Context, s *service.Service) (service.Improvement, error) { return s.Improvement(ctx) },
	)
}

// Agenda gives what is due alone.
func (r *Reviews) Agenda() ([]service.Due, error) {
	return call(
		r.d,
		"Reviews.Agenda",
		func(ctx context.Context, s *service.Service) ([]service.Due, error) { return s.Agenda(ctx) },
	)
}

// SaveCalendar asks where what is due is to be written as a calendar for other
// programs; empty if the dialog was closed.
func (r *Reviews) SaveCalendar() (string, error) {
	return call(r.d, "Reviews.SaveCalendar", func(ctx context.Context, s *service.Service) (string, error) {
		data, err := s.Calendar(ctx)
		if err != nil {
			return "", err
		}
		path, err := r.d.o.Dialogs.Save(
			"Save the calendar", "duties.ics", []Filter{{Name: "Calendars", Patterns: []string{"*.ics"}}})
		if err != nil || path == "" {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// SaveSchedule adds or changes when something is reviewed.
func (r *Reviews) SaveSchedule(x review.Schedule) (review.Schedule, error) {
	return call(r.d, "Reviews.SaveSchedule", func(ctx context.Context, s *service.Service) (review.Schedule, error) {
		return s.SaveSchedule(ctx, x)
	})
}

// Hold records a review that was held, with the actions that it raises.
func (r *Reviews) Hold(x review.Review, actions []review.Action) (review.Review, error) {
	return call(r.d, "Reviews.Hold", func(ctx context.Context, s *service.Service) (review.Review, error) {
		return s.HoldReview(ctx, x, actions)
	})
}

// SaveAction adds or changes an action.
func (r *Reviews) SaveAction(x review.Action) (review.Action, error) {
	return call(
		r.d,
		"Reviews.SaveAction",
		func(ctx context.Context, s *service.Service) (review.Action, error) { return s.SaveAction(ctx, x) },
	)
}

// CloseAction ends an action as done or dropped.
func (r *Reviews) CloseAction(ref string, done bool, effect string) (review.Action, error) {
	return call(r.d, "Reviews.CloseAction", func(ctx context.Context, s *service.Service) (review.Action, error) {
		return s.CloseAction(ctx, ref, done, effect)
	})
}

// SaveRecord adds or changes an incident, audit, training or other record.
func (r *Reviews) SaveRecord(x review.Record) (review.Record, error) {
	return call(
		r.d,
		"Reviews.SaveRecord",
		func(ctx context.Context, s *service.Service) (review.Record, error) { return s.SaveRecord(ctx, x) },
	)
}

// Inputs drafts what the next management review should have before it.
func (r *Reviews) Inputs() ([]assurance.ReviewInput, error) {
	return call(r.d, "Reviews.Inputs", func(ctx context.Context, s *service.Service) ([]assurance.ReviewInput, error) {
		return s.ReviewInputs(ctx)
	})
}
