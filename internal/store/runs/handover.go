package runs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// What a hand-over carries of imports: from one register's numbers to another's.

// SourceNotes is what is kept of an import beside its record.
type SourceNotes struct {
	Duplicates int64  // records left out because their run identifier came twice
	Chain      string // why the file's hash chain does not hold, empty where it holds or there is none
	Told       int64  // of its rows, those that tell a run of another import otherwise
}

// NotesOf gives what is kept of an import beside its record.
func NotesOf(ctx context.Context, db DB, sourceID string) (n SourceNotes, err error) {
	err = db.QueryRowContext(ctx, `SELECT duplicates, chain, (SELECT count(*) FROM run_part p WHERE p.n BETWEEN first_n AND last_n AND p.kind > 0)
		FROM run_source WHERE id = ?`, sourceID).
		Scan(&n.Duplicates, &n.Chain, &n.Told)
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.NotFound("import", sourceID)
	}
	return n, err
}

// EachOf is Each for the runs of one import.
func EachOf(ctx context.Context, db DB, sourceID string, f func(rec *run.Record, digest Digest) error) error {
	var first, last int64
	err := db.QueryRowContext(ctx, `SELECT first_n, last_n FROM run_source WHERE id = ?`, sourceID).Scan(&first, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound("import", sourceID)
	}
	if err != nil {
		return fault.Doing("find an import", err)
	}
	return eachIn(
		ctx,
		db,
		first,
		last,
		0,
		whole,
		func(_, _ int64, rec *run.Record, d Digest) error { return f(rec, d) },
	)
}

// Name says which finding is meant in words that hold in every register.
type Name struct {
	Code    oversight.Code
	Gate    string
	RunID   string // empty for findings about many runs
	Subject string
}

// EachDecided calls f for every finding of a workflow about which something was
// decided, with the disposition that it bears. f must not use db.
func EachDecided(ctx context.Context, db DB, workflowID string, f func(n Name, disposition string) error) error {
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil || wfRowID == 0 {
		return err
	}
	return query(ctx, db, func(row scanner) error {
		var n Name
		var disposition string
		if err := row.Scan(&n.Code, &n.Gate, &n.RunID, &n.Subject, &disposition); err != nil {
			return err
		}
		return f(n, disposition)
	}, `SELECT f.code, g.text, coalesce(r.run_id, ''), x.text, d.id FROM run_finding f JOIN disposition d ON d.n = f.disposition
		JOIN run_text g ON g.n = f.gate JOIN run_text x ON x.n = f.subject LEFT JOIN run_record r ON r.n = f.run_n
		WHERE f.workflow_n = ? ORDER BY d.n, f.code, f.gate, f.run_n, f.subject`, wfRowID)
}

// FindNamed gives the identifier that a finding has in this register and the
// disposition that it bears, empty where there is none; ok is false where it was not found here.
func FindNamed(ctx context.Context, db DB, workflowID string, n Name) (id, disposition string, ok bool, err error) {
	k := findingKey{code: string(n.Code)}
	if k.wfRowID, err = workflowRowID(ctx, db, workflowID); err != nil || k.wfRowID == 0 {
		return "", "", false, err
	}
	for _, part := range []struct {
		text string
		to   *int64
	}{{n.Gate, &k.gate}, {n.Subject, &k.about}} {
		if *part.to, err = textRowID(ctx, db, part.text); err != nil || *part.to < 0 {
			return "", "", false, err
		}
	}
	if n.RunID != "" {
		heldRun := false
		if k.run, heldRun, err = runRowID(ctx, db, k.wfRowID, n.RunID); err != nil || !heldRun {
			return "", "", false, err
		}
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(d.id, '') FROM run_finding f LEFT JOIN disposition d ON d.n = f.disposition
		WHERE f.workflow_n = ? AND f.code = ? AND f.gate = ? AND f.run_n = ? AND f.subject = ?`, k.wfRowID, k.code, k.gate, k.run, k.about).
		Scan(&disposition)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", false, nil
	}
	if err != nil {
		return "", "", false, fmt.Errorf("find a finding: %w", err)
	}
	return k.String(), disposition, true, nil
}

// Conflict says that an import holds a run with other content than was held
// before it: what a LOG-02 finding tells. The other content itself is not kept.
type Conflict struct {
	RunID  string
	Day    civil.Date // empty where the run has no time
	At     run.Position
	Detail string
}

// ConflictsOf lists the conflicts that an import brought.
func ConflictsOf(ctx context.Context, db DB, sourceID string) (out []Conflict, err error) {
	err = query(ctx, db, func(row scanner) error {
		var c Conflict
		var day sql.NullInt64
		err := row.Scan(&c.RunID, &day, &c.At.Line, &c.At.Item, &c.At.Offset, &c.Detail)
		c.Day = civil.Date(dayText(day))
		out = append(out, c)
		return err
	}, `SELECT r.run_id, f.day, f.line, f.item, f.byte_offset, f.detail FROM run_finding f JOIN run_source s ON s.n = f.source_n JOIN run_record r ON r.n = f.run_n
		WHERE f.code = ? AND s.id = ? ORDER BY f.run_n`, string(oversight.LogConflict), sourceID)
	return out, err
}

// PutConflicts files the conflicts of an import that came with a hand-over, after its Writer was closed.
// A run that is not held here is passed over.
func PutConflicts(ctx context.Context, tx *sql.Tx, w *workflow.Workflow, src imported.Source, list []Conflict) error {
	if len(list) == 0 {
		return nil
	}
	wfRowID, err := workflowRowID(ctx, tx, w.ID)
	if err != nil {
		return err
	}
	var srcRowID int64
	if err := tx.QueryRowContext(ctx, `SELECT n FROM run_source WHERE id = ?`, src.ID).Scan(&srcRowID); err != nil {
		return fault.Doing("file conflicts of an import", err)
	}
	texts, err := newTexts(ctx, tx)
	if err != nil {
		return err
	}
	defer texts.close()
	sink := findingSink{
		wfRowID: wfRowID,
		texts:   texts,
		found:   map[oversight.Code]int64{},
		days:    map[foundKey]int64{},
		put: func(ctx context.Context, row findingRec) error {
			_, err := tx.ExecContext(ctx, upsertFinding, row.args()...)
			return err
		},
	}
	d := oversight.TestOf(oversight.LogConflict)
	for _, c := range list {
		n, heldRun, err := runRowID(ctx, tx, wfRowID, c.RunID)
		if err != nil {
			return err
		}
		if !heldRun {
			continue
		}
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_finding f JOIN run_text x ON x.n = f.subject WHERE f.workflow_n = ? AND f.code = ? AND f.run_n = ? AND x.text = ?)`, wfRowID, string(d.Code), n, src.Ref).Scan(&there); err != nil {
			return fault.Doing("file conflicts of an import", err)
		}
		if there { // the content that came differs from what is held here as well
			continue
		}
		var at time.Time
		if c.Day != "" {
			at = c.Day.Time()
		}
		if _, err := sink.add(ctx, n, at, &oversight.Finding{
			Code:     d.Code,
			Severity: d.Severity,
			Subject:  src.Ref,
			Detail:   c.Detail,
			Runs:     []oversight.RunRef{{Source: src.ID, RunID: c.RunID, At: c.At}},
		}, srcRowID); err != nil {
			return err
		}
	}
	return rollups{tx, wfRowID, texts, definitionOf(w)}.addFound(ctx, sink.days)
}

// runRowID finds a run of a workflow by the platform's identifier.
func runRowID(ctx context.Context, db DB, wfRowID int64, runID string) (n int64, ok bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT r.n FROM `+keyOf+` ORDER BY r.n`, keyHash(runID), wfRowID, runID).
		Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return n, err == nil, err
}
