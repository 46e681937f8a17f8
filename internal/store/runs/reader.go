package runs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/run"
)

// numberOf is the number of a workflow, 0 where nothing was imported into it.
func numberOf(ctx context.Context, db DB, workflowID string) (n int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT n FROM run_workflow WHERE workflow_id = ?`, workflowID).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Run is a run as lists show it.
type Run struct {
	N        int64            `json:"n"` // its number in this register
	RunID    string           `json:"run_id"`
	At       time.Time        `json:"at"` // the time it is filed under, see oversight.When
	Ended    time.Time        `json:"ended"`
	Outcome  string           `json:"outcome"`
	Segment  string           `json:"segment"`
	Source   string           `json:"source"` // reference of the import
	Line     int64            `json:"line"`
	Findings []oversight.Code `json:"findings"` // codes of the findings about it, each once
}

// Filter chooses runs. Empty fields choose all.
type Filter struct {
	WorkflowID string         `json:"workflow_id"` // must be given
	Period     Period         `json:"period"`
	Outcome    string         `json:"outcome"`
	Segment    string         `json:"segment"`
	Code       oversight.Code `json:"code"` // runs with such a finding
	Gate       string         `json:"gate"` // with Code: at this gate
	SourceID   string         `json:"source_id"`
	// After continues behind a page: the Next of the page before.
	After string `json:"after"`
	Limit int    `json:"limit"` // 0 is 50, at most 500
}

// Page is a page of a list, and where the next one begins; Next is empty on
// the last page.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

const (
	defaultPage = 50
	largestPage = 500
)

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, largestPage)
}

// textNumber is the number of a string that may never have been stored: -1 then.
func textNumber(ctx context.Context, db DB, s string) (n int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT n FROM run_text WHERE text = ?`, s).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil
	}
	return n, err
}

// where gathers the conditions of a query.
type where struct {
	parts []string
	args  []any
}

func (w *where) and(condition string, args ...any) {
	w.parts = append(w.parts, condition)
	w.args = append(w.args, args...)
}

func (w *where) String() string { return strings.Join(w.parts, " AND ") }

const nanosecondsADay = int64(24 * time.Hour)

// List gives the runs that f chooses, newest first; runs without a time last.
func List(ctx context.Context, db DB, f Filter) (Page[Run], error) {
	page := Page[Run]{Items: []Run{}}
	wfN, err := numberOf(ctx, db, f.WorkflowID)
	if err != nil || wfN == 0 {
		return page, err
	}
	var w where
	w.and("r.workflow_n = ?", wfN)
	if f.Period.From != "" {
		w.and("r.at >= ?", f.Period.From.Time().UnixNano())
	}
	if f.Period.To != "" {
		w.and("r.at < ?", f.Period.To.Time().UnixNano()+nanosecondsADay)
	}
	for _, c := range []struct{ column, value string }{{"r.outcome", f.Outcome}, {"r.segment", f.Segment}} {
		if c.value == "" {
			continue
		}
		n, err := textNumber(ctx, db, c.value)
		if err != nil {
			return page, err
		}
		w.and(c.column+" = ?", n)
	}
	if f.SourceID != "" {
		// The range, so that the primary key finds them.
		w.and("r.n BETWEEN (SELECT first_n FROM run_source WHERE id = ?) AND (SELECT last_n FROM run_source WHERE id = ?)", f.SourceID, f.SourceID)
	}
	if f.Code != "" {
		gate := ""
		args := []any{wfN, string(f.Code)}
		if f.Gate != "" {
			n, err := textNumber(ctx, db, f.Gate)
			if err != nil {
				return page, err
			}
			gate = " AND x.gate = ?"
			args = append(args, n)
		}
		w.and("r.n IN (SELECT x.run_n FROM run_finding x WHERE x.workflow_n = ? AND x.code = ?"+gate+")", args...)
	}
	if f.After != "" {
		var at, n int64
		timed := true
		if _, err := fmt.Sscanf(f.After, "%d.%d", &at, &n); err != nil {
			timed = false
			if _, err := fmt.Sscanf(f.After, "-.%d", &n); err != nil {
				return page, fault.Invalid("after", "This page does not exist any more. Go back to the first page.")
			}
		}
		if timed {
			w.and("(r.at < ? OR r.at = ? AND r.n < ? OR r.at IS NULL)", at, at, n)
		} else {
			w.and("r.at IS NULL AND r.n < ?", n)
		}
	}
	limit := pageSize(f.Limit)
	var lastAt sql.NullInt64
	err = query(ctx, db, func(row scanner) error {
		if len(page.Items) == limit {
			last := page.Items[limit-1].N
			page.Next = fmt.Sprintf("-.%d", last)
			if lastAt.Valid {
				page.Next = fmt.Sprintf("%d.%d", lastAt.Int64, last)
			}
			return nil
		}
		var r Run
		var ended sql.NullInt64
		if err := row.Scan(&r.N, &r.RunID, &lastAt, &ended, &r.Outcome, &r.Segment, &r.Source, &r.Line); err != nil {
			return err
		}
		r.At, r.Ended, r.Findings = timeOf(lastAt), timeOf(ended), []oversight.Code{}
		page.Items = append(page.Items, r)
		return nil
	}, `SELECT r.n, r.run_id, r.at, r.ended, o.text, g.text, s.ref, r.line FROM run_record r
		JOIN run_text o ON o.n = r.outcome JOIN run_text g ON g.n = r.segment JOIN run_source rs ON rs.n = r.source_n JOIN source s ON s.id = rs.id
		WHERE `+w.String()+` ORDER BY r.at DESC, r.n DESC LIMIT ?`, append(w.args, limit+1)...)
	if err != nil {
		return page, err
	}
	for i := range page.Items {
		r := &page.Items[i]
		err := query(ctx, db, func(row scanner) error {
			var c oversight.Code
			err := row.Scan(&c)
			r.Findings = append(r.Findings, c)
			return err
		}, `SELECT DISTINCT code FROM run_finding WHERE run_n = ? AND run_n > 0 ORDER BY code`, r.N)
		if err != nil {
			return page, err
		}
	}
	return page, nil
}

// Whole is one run with everything that is kept of it.
type Whole struct {
	N        int64       `json:"n"`
	Record   *run.Record `json:"record"`
	Digest   string      `json:"digest"` // hex, of its canonical form
	Source   Source      `json:"source"`
	Findings []Finding   `json:"findings"`
}

// Get reads one run of a workflow by the platform's identifier.
func Get(ctx context.Context, db DB, workflowID, runID string, today civil.Date) (Whole, error) {
	var w Whole
	wfN, err := numberOf(ctx, db, workflowID)
	if err != nil {
		return w, err
	}
	var digest []byte
	var source string
	err = db.QueryRowContext(ctx, `SELECT r.n, r.digest, s.id FROM run_key k JOIN run_record r ON r.n = k.run_n JOIN run_source s ON s.n = r.source_n WHERE k.workflow_n = ? AND k.hash = ? AND r.run_id = ?`, wfN, keyHash(runID), runID).Scan(&w.N, &digest, &source)
	if errors.Is(err, sql.ErrNoRows) {
		return w, fault.NotFound("run", runID)
	}
	if err != nil {
		return w, err
	}
	w.Digest = fmt.Sprintf("%x", digest)
	if w.Source, err = GetSource(ctx, db, source); err != nil {
		return w, err
	}
	err = eachIn(ctx, db, w.N, w.N, 0, func(_ int64, _ int64, rec *run.Record, _ Digest) error {
		w.Record = rec
		return nil
	})
	if err != nil {
		return w, err
	}
	w.Findings, err = findingsOfRun(ctx, db, w.N, today)
	return w, err
}

// Each calls f for every run of a workflow, in the order in which they were
// imported, with the identifier of its source and the digest kept with it. The
// record is used again after f returns.
func Each(ctx context.Context, db DB, workflowID string, f func(sourceID string, rec *run.Record, digest Digest) error) error {
	return eachSource(ctx, db, workflowID, func(id string, first, last, wfN int64) error {
		return eachIn(ctx, db, first, last, wfN, func(_, _ int64, rec *run.Record, d Digest) error { return f(id, rec, d) })
	})
}

func eachSource(ctx context.Context, db DB, workflowID string, f func(id string, first, last, wfN int64) error) error {
	wfN, err := numberOf(ctx, db, workflowID)
	if err != nil || wfN == 0 {
		return err
	}
	type span struct {
		id          string
		first, last int64
	}
	var spans []span
	err = query(ctx, db, func(row scanner) error {
		var s span
		err := row.Scan(&s.id, &s.first, &s.last)
		spans = append(spans, s)
		return err
	}, `SELECT r.id, r.first_n, r.last_n FROM run_source r JOIN source s ON s.id = r.id WHERE s.workflow_id = ? ORDER BY r.n`, workflowID)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if err := f(s.id, s.first, s.last, wfN); err != nil {
			return err
		}
	}
	return nil
}

// dictionary turns numbers back into strings.
type dictionary struct {
	ctx  context.Context
	db   DB
	text map[int64]string
	err  error
}

func (d *dictionary) of(n int64) string {
	if n == 0 {
		return ""
	}
	if s, ok := d.text[n]; ok {
		return s
	}
	var s string
	if err := d.db.QueryRowContext(d.ctx, `SELECT text FROM run_text WHERE n = ?`, n).Scan(&s); err != nil {
		d.err = cmp.Or(d.err, fmt.Errorf("text %d: %w", n, err))
	}
	if len(d.text) >= maxTexts {
		clear(d.text)
	}
	d.text[n] = s
	return s
}

// part is a cursor over the rows of one table that belong to runs in order.
type part struct {
	rows  *sql.Rows
	n     int64 // run of the row that was read ahead, 0 at the end
	scan  func(*sql.Rows) (int64, error)
	added func(rec *run.Record)
}

func (p *part) next() (err error) {
	p.n = 0
	if p.rows.Next() {
		p.n, err = p.scan(p.rows)
	} else {
		err = p.rows.Err()
	}
	return err
}

// eachIn reads the runs with numbers first to last by merging five cursors in
// the order of their numbers: one pass over each table.
func eachIn(ctx context.Context, db DB, first, last, wfN int64, f func(n, source int64, rec *run.Record, d Digest) error) error {
	if last < first {
		return nil
	}
	dict := &dictionary{ctx: ctx, db: db, text: map[int64]string{}}
	rec := &run.Record{}
	var step run.Step
	var decision run.Decision
	var access run.DataAccess
	var output run.Output
	place := func(line, item, offset sql.NullInt64) run.Position {
		if !line.Valid {
			return run.Position{Line: -1} // of the run
		}
		return run.Position{Line: line.Int64, Item: item.Int64, Offset: offset.Int64}
	}
	var line, item, offset, t1, t2, t3 sql.NullInt64
	var a, b, c, d, e, g, h int64
	var n int64
	parts := []*part{
		{scan: func(r *sql.Rows) (int64, error) {
			err := r.Scan(&n, &step.Seq, &a, &b, &c, &t1, &t2, &d, &e, &g, &line, &item, &offset)
			step.Name, step.ActorKind, step.Actor, step.Started, step.Ended = dict.of(a), run.ActorKind(dict.of(b)), dict.of(c), timeOf(t1), timeOf(t2)
			step.Gate, step.Act, step.Tool, step.At = dict.of(d), run.Act(dict.of(e)), dict.of(g), place(line, item, offset)
			return n, err
		}, added: func(rec *run.Record) { rec.Steps = append(rec.Steps, step) }},
		{scan: func(r *sql.Rows) (int64, error) {
			err := r.Scan(&n, &a, &b, &t1, &t2, &t3, &c, &d, &e, &g, &decision.Edited, &decision.Reason, &decision.AIRecommendation, &decision.ArgsDigest, &h, &line, &item, &offset)
			decision.Gate, decision.PreparedBy, decision.Presented, decision.Opened, decision.Decided = dict.of(a), dict.of(b), timeOf(t1), timeOf(t2), timeOf(t3)
			decision.Account, decision.OfficerName, decision.Role, decision.Code = dict.of(c), dict.of(d), dict.of(e), run.DecisionCode(dict.of(g))
			decision.PolicyVersion, decision.At = dict.of(h), place(line, item, offset)
			return n, err
		}, added: func(rec *run.Record) { rec.Decisions = append(rec.Decisions, decision) }},
		{scan: func(r *sql.Rows) (int64, error) {
			var fields string
			if err := r.Scan(&n, &a, &fields, &t1, &line, &item, &offset); err != nil {
				return n, err
			}
			access = run.DataAccess{Source: dict.of(a), Time: timeOf(t1), At: place(line, item, offset)}
			if fields == "[]" {
				return n, nil
			}
			return n, json.Unmarshal([]byte(fields), &access.Fields)
		}, added: func(rec *run.Record) { rec.Accesses = append(rec.Accesses, access) }},
		{scan: func(r *sql.Rows) (int64, error) {
			err := r.Scan(&n, &output.Text, &output.SHA256, &output.Recommendation, &output.Confidence, &output.Reasoning, &line, &item, &offset)
			output.At = place(line, item, offset)
			return n, err
		}, added: func(rec *run.Record) { rec.Outputs = append(rec.Outputs, output) }},
	}
	for i, q := range []string{
		`SELECT run_n, seq, name, actor_kind, actor, started, ended, gate, act, tool, line, item, byte_offset FROM run_step`,
		`SELECT run_n, gate, prepared_by, presented, opened, decided, account, officer_name, role, code, edited, reason, ai_recommendation, args_digest, policy_version, line, item, byte_offset FROM run_decision`,
		`SELECT run_n, source, fields, time, line, item, byte_offset FROM run_access`,
		`SELECT run_n, text, sha256, recommendation, confidence, reasoning, line, item, byte_offset FROM run_output`,
	} {
		rows, err := db.QueryContext(ctx, q+` WHERE run_n BETWEEN ? AND ? ORDER BY run_n, i`, first, last)
		if err != nil {
			return err
		}
		defer rows.Close()
		parts[i].rows = rows
		if err := parts[i].next(); err != nil {
			return err
		}
	}
	return query(ctx, db, func(row scanner) error {
		var source int64
		var started, ended, sequence sql.NullInt64
		var name, version, model, prompt, channel, outcome, segment int64
		var digest []byte
		var runN int64
		*rec = run.Record{Steps: rec.Steps[:0], Accesses: rec.Accesses[:0], Outputs: rec.Outputs[:0], Decisions: rec.Decisions[:0]}
		if err := row.Scan(&runN, &source, &started, &ended, &outcome, &segment, &name, &version, &model, &prompt, &channel, &sequence,
			&rec.At.Line, &rec.At.Item, &rec.At.Offset, &rec.RunID, &rec.TriggerRef, &digest); err != nil {
			return err
		}
		rec.Started, rec.Ended, rec.Sequence = timeOf(started), timeOf(ended), sequence.Int64
		rec.Outcome, rec.Segment, rec.Workflow, rec.WorkflowVersion = dict.of(outcome), dict.of(segment), dict.of(name), dict.of(version)
		rec.ModelVersion, rec.PromptVersion, rec.TriggerChannel = dict.of(model), dict.of(prompt), dict.of(channel)
		for _, p := range parts {
			for p.n == runN {
				p.added(rec)
				if err := p.next(); err != nil {
					return err
				}
			}
		}
		ownPlaces(rec)
		if dict.err != nil {
			return dict.err
		}
		return f(runN, source, rec, Digest(digest))
	}, `SELECT n, source_n, started, ended, outcome, segment, workflow_name, workflow_version, model_version, prompt_version, trigger_channel, sequence,
		line, item, byte_offset, run_id, trigger_ref, digest FROM run_record WHERE n BETWEEN ?1 AND ?2 AND (?3 = 0 OR workflow_n = ?3) ORDER BY n`, first, last, wfN)
}

// ownPlaces gives the parts that stand where the run stands its position.
func ownPlaces(rec *run.Record) {
	own := func(p *run.Position) {
		if p.Line == -1 {
			*p = rec.At
		}
	}
	for i := range rec.Steps {
		own(&rec.Steps[i].At)
	}
	for i := range rec.Decisions {
		own(&rec.Decisions[i].At)
	}
	for i := range rec.Accesses {
		own(&rec.Accesses[i].At)
	}
	for i := range rec.Outputs {
		own(&rec.Outputs[i].At)
	}
}
