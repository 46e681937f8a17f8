package service

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"assay/internal/store"
)

// PackView is an evidence pack that was written.
type PackView struct {
	Ref      string `json:"ref"`
	Workflow Named  `json:"workflow"` // empty: the whole organisation
	At       string `json:"at"`       // RFC 3339, UTC
	By       string `json:"by"`
	SHA256   string `json:"sha256"` // of the file
}

// Packs lists the evidence packs that were written, the newest first. The files
// themselves lie where they were put; the register knows their digests.
func (s *Service) Packs(ctx context.Context) ([]PackView, error) {
	out := []PackView{}
	err := s.readView(ctx, func(view *View) error {
		rows, err := view.r.Packs(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			p := PackView{Ref: row.Ref, At: row.IssuedAt, SHA256: row.Sha256}
			if row.Scope != "" {
				wf, err := store.Workflows.Find(ctx, view.r, row.Scope)
				if err != nil {
					return err
				}
				p.Workflow = Named{Ref: row.Scope, Name: row.Scope}
				if wf != nil {
					p.Workflow = Named{ID: wf.ID, Ref: wf.Ref, Name: wf.Name}
				}
			}
			if p.By, err = wroteIt(ctx, view.r, row.Ref); err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// wroteIt is who wrote a pack, as the log has it.
func wroteIt(ctx context.Context, r *store.Reader, ref string) (string, error) {
	var leaf string
	err := r.SQL.QueryRowContext(
		ctx, `SELECT leaf FROM log_entry WHERE subject = ? AND action = 'pack.write' ORDER BY seq LIMIT 1`, ref,
	).Scan(&leaf)
	switch {
	case errors.Is(err, sql.ErrNoRows): // of a part that came without its log
		return "", nil
	case err != nil:
		return "", fmt.Errorf("find who wrote a pack: %w", err)
	}
	a, err := activityOf(leaf)
	return a.Actor, err
}
