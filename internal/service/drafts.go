package service

import (
	"context"
	"database/sql"
	"errors"
	"unicode/utf8"

	"assay/internal/fault"
	"assay/internal/store"
)

// Draft is what somebody typed into a form and has not saved yet.
type Draft struct {
	Name    string `json:"name"`     // of the form: "policy/POL-0001"
	Body    string `json:"body"`     // as the form wrote it; empty if there is none
	SavedAt string `json:"saved_at"` // RFC 3339, UTC
}

// maxDraft bounds one draft, in bytes: more than any form holds.
const maxDraft = 4 << 20

// Draft is the unsaved work on a form; its body is empty if there is none.
func (s *Service) Draft(ctx context.Context, name string) (d Draft, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		row, err := r.Draft(ctx, name)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		d = Draft{name, row.Body, row.SavedAt}
		return err
	})
	return d, err
}

// KeepDraft keeps the unsaved work on a form and says when. It leaves no entry
// in the log: a draft is nobody's statement.
func (s *Service) KeepDraft(ctx context.Context, name, body string) (savedAt string, err error) {
	if len(body) > maxDraft || !utf8.ValidString(body) {
		return "", fault.Conflict(
			"This draft is too large to be kept; save the record, or attach long texts as documents.",
		)
	}
	savedAt = store.Stamp(s.clock())
	err = s.st.Note(ctx, func(t *store.Tx) error { return t.PutDraft(ctx, name, body, savedAt) })
	return savedAt, asFault(err)
}

// DropDraft forgets the unsaved work on a form.
func (s *Service) DropDraft(ctx context.Context, name string) error {
	return asFault(s.st.Note(ctx, func(t *store.Tx) error { return t.DeleteDraft(ctx, name) }))
}
