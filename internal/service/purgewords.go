package service

import (
	"context"
	"strings"

	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// purgeWords takes out what people kept of an import's runs beside them: in
// samples the runs' identifiers and what was remarked on each, and letters that
// were begun. The log keeps the digests of what these rows held, and not what
// they held. It goes before the content, which tells what is the import's.
func (s *Service) purgeWords(ctx context.Context, t *store.Tx, wf *workflow.Workflow, src imported.Source) error {
	list, err := samples.Of(ctx, &t.Reader, wf.ID)
	if err != nil {
		return err
	}
	size, err := t.LogSize(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		if err := s.purgeSample(ctx, t, &list[i], src, size+1); err != nil {
			return err
		}
	}
	return purgeLetterDrafts(ctx, t, wf, src)
}

func (s *Service) purgeSample(ctx context.Context, t *store.Tx, x *Sampled, src imported.Source, entry int64) error {
	if !x.holds(src.ID) {
		return nil
	}
	var ids []string
	for _, st := range x.Workpaper.Strata {
		for _, r := range st.Runs {
			if r.Source == src.ID {
				ids = append(ids, r.RunID)
			}
		}
	}
	names, err := runs.PurgedNames(ctx, t.SQL, src, ids)
	if err != nil {
		return err
	}
	for i := range x.Workpaper.Strata {
		for j := range x.Workpaper.Strata[i].Runs {
			r := &x.Workpaper.Strata[i].Runs[j]
			if name, ok := names[r.RunID]; ok && r.Source == src.ID {
				r.RunID = name
			}
		}
	}
	if err := samples.Put(ctx, t, x); err != nil {
		return err
	}
	// The workpaper is another one now, and the log vouches for it.
	paper, err := x.paper()
	if err != nil {
		return err
	}
	t.Entry().Digests = append(t.Entry().Digests, ledger.Digest{Name: "workpaper " + x.Ref, SHA256: paper})
	if err := t.EraseRowBefore(ctx, samples.Table(), x.ID, entry); err != nil {
		return err
	}
	type reading struct{ id, run string }
	var readings []reading
	rows, err := t.SQL.QueryContext(ctx, `SELECT id, run_id FROM sample_reading WHERE sample_id = ?`, x.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r reading
		if err := rows.Scan(&r.id, &r.run); err != nil {
			return err
		}
		if names[r.run] != "" {
			readings = append(readings, r)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, r := range readings {
		if _, err := t.SQL.ExecContext(ctx, `UPDATE sample_reading SET run_id = ?, note = iif(note = '', '', 'Purged with the run.') WHERE id = ?`, names[r.run], r.id); err != nil {
			return err
		}
		if err := t.EraseRowBefore(ctx, "sample_reading", r.id, entry); err != nil {
			return err
		}
	}
	return nil
}

// letterDrafts begins the name of an unsaved letter: then come the workflow and the run.
const letterDrafts = "letter/"

func purgeLetterDrafts(ctx context.Context, t *store.Tx, wf *workflow.Workflow, src imported.Source) error {
	rows, err := t.SQL.QueryContext(ctx, `SELECT name FROM draft WHERE name GLOB ?`, letterDrafts+"*")
	if err != nil {
		return err
	}
	defer rows.Close()
	byRun := map[string][]string{} // names of drafts
	var ids []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		of, run, ok := strings.Cut(strings.TrimPrefix(name, letterDrafts), "/")
		if ok && (of == wf.Ref || of == wf.ID || of == wf.Key) {
			byRun[run] = append(byRun[run], name)
			ids = append(ids, run)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	held, err := runs.PurgedNames(ctx, t.SQL, src, ids)
	if err != nil {
		return err
	}
	for run := range held {
		for _, name := range byRun[run] {
			if err := t.DeleteDraft(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}
