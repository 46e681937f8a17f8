package runs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"assay/internal/run"
	"assay/internal/sqlitex"

	"github.com/pressly/goose/v3"
)

// Migrations are those of the register's schema that SQL alone cannot do.
func Migrations() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(5, &goose.GoFunc{RunTx: moveRunsIntoBodies}, nil),
		goose.NewGoMigration(51, &goose.GoFunc{RunTx: moveRunsIntoBlocks}, nil),
	}
}

// moveRunsIntoBodies is migration 5: it moves the runs of a register from before bodies
// into the tables of migration 4, and drops those that held them.
func moveRunsIntoBodies(ctx context.Context, tx *sql.Tx) (err error) {
	var first, last int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(min(n), 1), coalesce(max(n), 0) FROM run_record_1`).Scan(&first, &last); err != nil {
		return err
	}
	dict, err := newDictionary(ctx, tx)
	if err != nil {
		return err
	}
	texts, err := newTexts(ctx, tx)
	if err != nil {
		return err
	}
	w, err := newBodyWriter(ctx, tx, texts)
	if err != nil {
		return err
	}
	r := &oldReader{db: tx, dict: dict}
	for ; first <= last && err == nil; first += readBatch {
		if err = r.complete(ctx, first, min(first+readBatch-1, last)); err != nil {
			break
		}
		for i := range r.batch.recs {
			if s := &r.batch.recs[i]; s.there && err == nil {
				err = w.run(ctx, first+int64(i), s, r.at[i])
			}
		}
	}
	if err = errors.Join(err, w.close(), texts.close()); err != nil {
		return err
	}
	for _, table := range []string{"run_step_1", "run_decision_1", "run_access_1", "run_output_1", "run_record_1"} {
		if _, err := tx.ExecContext(ctx, "DROP TABLE "+table); err != nil {
			return err
		}
	}
	return nil
}

// bodyWriter stores runs in the tables of migration 4.
type bodyWriter struct {
	texts                    *texts
	record, output, decision *sql.Stmt
}

func newBodyWriter(ctx context.Context, tx *sql.Tx, texts *texts) (w *bodyWriter, err error) {
	w = &bodyWriter{texts: texts}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.record, `INSERT INTO run_record VALUES (?,?,?,?,?,?,?,?,?,?)`},
		{&w.output, `INSERT INTO run_output VALUES (?,?,?,?)`},
		{&w.decision, `INSERT INTO run_decision VALUES (?,?,?,?)`},
	} {
		if *s.stmt, err = tx.PrepareContext(ctx, s.text); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *bodyWriter) close() error {
	return errors.Join(w.record.Close(), w.output.Close(), w.decision.Close())
}

func (w *bodyWriter) run(ctx context.Context, n int64, s *stored, at time.Time) error {
	var err error
	number := func(text string) int64 {
		v, e := w.texts.number(ctx, text)
		err = errors.Join(err, e)
		return v
	}
	rec := &s.rec
	body := appendPacked(nil, rec, at, number)
	outcome, segment := number(rec.Outcome), number(rec.Segment)
	if err != nil {
		return err
	}
	_, err = w.record.ExecContext(ctx, n, s.wfRowID, s.source, nanosecondsOrNull(at), outcome, segment, rec.At.Line,
		rec.RunID, s.digest[:], body)
	for i := range rec.Outputs {
		if o := &rec.Outputs[i]; err == nil && (o.Text != "" || o.Reasoning != "") {
			_, err = w.output.ExecContext(ctx, n, i, o.Text, o.Reasoning)
		}
	}
	for i := range rec.Decisions {
		if d := &rec.Decisions[i]; err == nil && d.Reason != "" {
			_, err = w.decision.ExecContext(ctx, n, i, number(d.Gate), d.Reason)
		}
	}
	return err
}

// oldReader assembles runs as they were kept before: in the rows of five
// tables, read a batch of runs at a time.
type oldReader struct {
	db    DB
	dict  *dictionary
	batch window
	at    []time.Time
}

// complete reads a batch, again where strings were missing from the dictionary.
func (r *oldReader) complete(ctx context.Context, first, last int64) error {
	for {
		if err := r.read(ctx, first, last); err != nil {
			return err
		}
		if again, err := r.dict.complete(ctx); err != nil || !again {
			return err
		}
	}
}

func (r *oldReader) read(ctx context.Context, first, last int64) error {
	r.batch.open(first, last)
	r.at = make([]time.Time, len(r.batch.recs))
	for _, t := range []struct {
		columns, table, key string
		row                 func(*sqlitex.Row) error
	}{
		{"n, workflow_n, source_n, at, started, ended, outcome, segment, workflow_name, workflow_version, " +
			"model_version, prompt_version, trigger_channel, sequence, line, item, byte_offset, run_id, " +
			"trigger_ref, digest", "run_record_1", "n", r.run},
		{
			"run_n, line, item, byte_offset, seq, name, actor_kind, actor, started, ended, gate, act, tool",
			"run_step_1", "run_n", r.step,
		},
		{"run_n, line, item, byte_offset, gate, prepared_by, presented, opened, decided, account, officer_name, " +
			"role, code, edited, reason, ai_recommendation, args_digest, policy_version", "run_decision_1", "run_n",
			r.decision},
		{"run_n, line, item, byte_offset, source, fields, time", "run_access_1", "run_n", r.access},
		{
			"run_n, line, item, byte_offset, text, sha256, recommendation, confidence, reasoning", "run_output_1",
			"run_n", r.output,
		},
	} {
		err := sqlitex.Scan(ctx, r.db, t.row, t.columns, t.table+" WHERE "+t.key+" BETWEEN ? AND ?", first, last)
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *oldReader) run(v *sqlitex.Row) error {
	n := v.Int()
	s, err := r.batch.begin(n)
	if err != nil {
		return err
	}
	s.wfRowID, s.source = v.Int(), v.Int()
	r.at[n-r.batch.first] = r.time(v)
	old := s.rec
	s.rec = run.Record{
		Steps:     old.Steps[:0],
		Accesses:  old.Accesses[:0],
		Outputs:   old.Outputs[:0],
		Decisions: old.Decisions[:0],
		Started: r.time(
			v,
		),
		Ended:           r.time(v),
		Outcome:         r.text(v),
		Segment:         r.text(v),
		Workflow:        r.text(v),
		WorkflowVersion: r.text(v),
		ModelVersion:    r.text(v),
		PromptVersion:   r.text(v),
		TriggerChannel:  r.text(v),
		Sequence:        v.Int(),
		At:              run.Position{Line: v.Int(), Item: v.Int(), Offset: v.Int()},
		RunID:           v.Text(),
	}
	s.rec.TriggerRef = v.Text()
	d, ok := v.Next().([]byte)
	if !ok || len(d) != len(s.digest) {
		return fmt.Errorf("run %d has no digest", n)
	}
	copy(s.digest[:], d)
	return nil
}

// part reads what every part of a run begins with.
func (r *oldReader) part(v *sqlitex.Row) (rec *run.Record, at run.Position, err error) {
	s, err := r.batch.run(v.Int())
	if err != nil {
		return nil, at, err
	}
	rec = &s.rec
	line, ok := v.IntOrNull()
	at = run.Position{Line: line, Item: v.Int(), Offset: v.Int()}
	if !ok {
		at = rec.At
	}
	return rec, at, nil
}

func (r *oldReader) time(v *sqlitex.Row) time.Time {
	n, ok := v.IntOrNull()
	return timeOf(sql.NullInt64{Int64: n, Valid: ok})
}

func (r *oldReader) text(v *sqlitex.Row) string { return r.dict.of(v.Int()) }

func (r *oldReader) step(v *sqlitex.Row) error {
	rec, at, err := r.part(v)
	if err != nil {
		return err
	}
	rec.Steps = append(
		rec.Steps,
		run.Step{At: at, Seq: int(v.Int()), Name: r.text(v), ActorKind: run.ActorKind(r.text(v)), Actor: r.text(v),
			Started: r.time(v), Ended: r.time(v), Gate: r.text(v), Act: run.Act(r.text(v)), Tool: r.text(v)},
	)
	return nil
}

func (r *oldReader) decision(v *sqlitex.Row) error {
	rec, at, err := r.part(v)
	if err != nil {
		return err
	}
	rec.Decisions = append(
		rec.Decisions,
		run.Decision{
			At:         at,
			Gate:       r.text(v),
			PreparedBy: r.text(v),
			Presented:  r.time(v),
			Opened:     r.time(v),
			Decided:    r.time(v),
			Account: r.text(
				v,
			),
			OfficerName:      r.text(v),
			Role:             r.text(v),
			Code:             run.DecisionCode(r.text(v)),
			Edited:           v.Int() != 0,
			Reason:           v.Text(),
			AIRecommendation: v.Text(),
			ArgsDigest:       v.Text(),
			PolicyVersion:    r.text(v),
		},
	)
	return nil
}

func (r *oldReader) access(v *sqlitex.Row) error {
	rec, at, err := r.part(v)
	if err != nil {
		return err
	}
	a := run.DataAccess{At: at, Source: r.text(v)}
	if fields := v.BorrowedText(); fields != "[]" {
		if err := json.Unmarshal([]byte(fields), &a.Fields); err != nil {
			return err
		}
	}
	a.Time = r.time(v)
	rec.Accesses = append(rec.Accesses, a)
	return nil
}

func (r *oldReader) output(v *sqlitex.Row) error {
	rec, at, err := r.part(v)
	if err != nil {
		return err
	}
	rec.Outputs = append(
		rec.Outputs,
		run.Output{
			At:             at,
			Text:           v.Text(),
			SHA256:         v.Text(),
			Recommendation: v.Text(),
			Confidence:     v.Float(),
			Reasoning:      v.Text(),
		},
	)
	return nil
}
