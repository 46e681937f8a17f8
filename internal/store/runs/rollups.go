package runs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/workflow"
)

// rollups reads and writes the tables that hold a workflow's Stream.
type rollups struct {
	tx         *sql.Tx
	wfRowID    int64
	texts      *texts
	definition string
}

// gateCounts is a GateCell without its sketch, as JSON.
type gateCounts struct {
	Runs      int64 `json:"runs"`
	Reached   int64 `json:"reached,omitempty"`
	Prepared  int64 `json:"prepared,omitempty"`
	Decided   int64 `json:"decided,omitempty"`
	Released  int64 `json:"released,omitempty"`
	Missing   int64 `json:"missing,omitempty"`
	Decisions int64 `json:"decisions,omitempty"`
	Coded     int64 `json:"coded,omitempty"`
	Named     int64 `json:"named,omitempty"`
	Compared  int64 `json:"compared,omitempty"`
	Agreed    int64 `json:"agreed,omitempty"`
	Approved  int64 `json:"approved,omitempty"`
	Edited    int64 `json:"edited,omitempty"`
	Rejected  int64 `json:"rejected,omitempty"`
	Accounted int64 `json:"accounted,omitempty"`
	Machine   int64 `json:"machine,omitempty"`
	Produced  int64 `json:"produced,omitempty"`
	Early     int64 `json:"early,omitempty"`
	Later     int64 `json:"later,omitempty"`
	Elsewhere int64 `json:"elsewhere,omitempty"`

	// Claims are [of, shown, short], one for each of oversight.Claims in its order.
	Claims [len(oversight.Claims{})][3]int64 `json:"claims"`
	// Pattern is there at gates of a weaker pattern than a decision on each run.
	Pattern oversight.PatternCounts `json:"pattern,omitzero"`
}

func countsOfGate(c *oversight.GateCell) gateCounts {
	g := gateCounts{
		Runs:      c.Runs,
		Reached:   c.Reached,
		Prepared:  c.Prepared,
		Decided:   c.Decided,
		Released:  c.Released,
		Missing:   c.Missing,
		Decisions: c.Decisions,
		Coded:     c.Coded,
		Named:     c.Named,
		Compared:  c.Compared,
		Agreed:    c.Agreed,
		Approved:  c.Approved,
		Edited:    c.Edited,
		Rejected:  c.Rejected,
		Accounted: c.Accounted,
		Machine:   c.Machine,
		Produced:  c.Produced,
		Early:     c.Early,
		Pattern:   c.Pattern,
		Later:     c.Later,
		Elsewhere: c.Elsewhere,
	}
	for i, x := range c.Claims {
		g.Claims[i] = [3]int64{x.Of, x.Shown, x.Short}
	}
	return g
}

func (g gateCounts) cell() *oversight.GateCell {
	c := &oversight.GateCell{
		Runs:      g.Runs,
		Reached:   g.Reached,
		Prepared:  g.Prepared,
		Decided:   g.Decided,
		Released:  g.Released,
		Missing:   g.Missing,
		Decisions: g.Decisions,
		Coded:     g.Coded,
		Named:     g.Named,
		Compared:  g.Compared,
		Agreed:    g.Agreed,
		Approved:  g.Approved,
		Edited:    g.Edited,
		Rejected:  g.Rejected,
		Accounted: g.Accounted,
		Machine:   g.Machine,
		Produced:  g.Produced,
		Early:     g.Early,
		Pattern:   g.Pattern,
		Later:     g.Later,
		Elsewhere: g.Elsewhere,
	}
	for i, x := range g.Claims {
		c.Claims[i] = oversight.ClaimCount{Of: x[0], Shown: x[1], Short: x[2]}
	}
	return c
}

// officerCounts is an OfficerCell without its sketch and its decisions, as JSON.
type officerCounts struct {
	Decisions int64         `json:"decisions"`
	Coded     int64         `json:"coded,omitempty"`
	Approved  int64         `json:"approved,omitempty"`
	Edited    int64         `json:"edited,omitempty"`
	Rejected  int64         `json:"rejected,omitempty"`
	Compared  int64         `json:"compared,omitempty"`
	Agreed    int64         `json:"agreed,omitempty"`
	Streak    oversight.Row `json:"streak"`

	Outcomes map[string]int64 `json:"outcomes,omitempty"`
}

func countsOfOfficer(c *oversight.OfficerCell) officerCounts {
	outcomes := map[string]int64{}
	for _, x := range c.Outcomes {
		outcomes[x.Outcome] = x.Runs
	}
	return officerCounts{
		Decisions: c.Decisions,
		Coded:     c.Coded,
		Approved:  c.Approved,
		Edited:    c.Edited,
		Rejected:  c.Rejected,
		Compared:  c.Compared,
		Agreed:    c.Agreed,
		Streak:    c.Streak.Row,
		Outcomes:  outcomes,
	}
}

func (o officerCounts) cell() *oversight.OfficerCell {
	c := &oversight.OfficerCell{
		Decisions: o.Decisions,
		Coded:     o.Coded,
		Approved:  o.Approved,
		Edited:    o.Edited,
		Rejected:  o.Rejected,
		Compared:  o.Compared,
		Agreed:    o.Agreed,
		Streak:    oversight.Streak{Row: o.Streak},
	}
	for outcome, n := range o.Outcomes {
		c.Outcomes = append(c.Outcomes, oversight.OutcomeCount{Outcome: outcome, Runs: n})
	}
	return c
}

// merge adds the runs of s to the rollups: it reads the rows that s touches,
// merges, and writes them back.
func (r rollups) merge(ctx context.Context, s *oversight.Stream) error {
	s.Fold()
	old, err := r.touched(ctx, s)
	if err != nil {
		return err
	}
	old.Merge(s)
	if err := r.write(ctx, old); err != nil {
		return err
	}
	return r.sumOfficers(ctx, old)
}

// sumOfficers sums the months of the officers of s, whose months are stored.
func (r rollups) sumOfficers(ctx context.Context, s *oversight.Stream) error {
	all := oversight.NewStream()
	touched := map[oversight.OfficerKey]bool{}
	for k := range s.Officers {
		k.Month = ""
		touched[k] = true
	}
	if len(touched) == 0 {
		return nil
	}
	err := officerMonths{
		to: lastMonth,
	}.each(
		ctx,
		r.tx,
		r.wfRowID,
		func(k oversight.OfficerKey, c *oversight.OfficerCell) {
			if touched[oversight.OfficerKey{Gate: k.Gate, Account: k.Account}] {
				all.Officers[k] = c
			}
		},
	)
	if err != nil {
		return err
	}
	for k, c := range all.OfficerTotals() {
		c.CompactTotal()
		counts, err1 := json.Marshal(countsOfOfficer(c))
		review, err2 := c.Review.MarshalBinary()
		gate, err3 := r.texts.number(ctx, k.Gate)
		account, err4 := r.texts.number(ctx, k.Account)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return err
		}
		if _, err := r.tx.ExecContext(ctx, `INSERT OR REPLACE INTO run_officer VALUES (?, ?, ?, ?, ?)`, r.wfRowID, gate, account, string(counts), review); err != nil {
			return err
		}
	}
	return nil
}

// touched reads the rows of the rollups that s has too.
func (r rollups) touched(ctx context.Context, s *oversight.Stream) (*oversight.Stream, error) {
	old := oversight.NewStream()
	var err error
	if old.Totals, old.Sequence, err = readTotals(ctx, r.tx, r.wfRowID); err != nil || old.Totals.Runs == 0 {
		return old, err
	}
	number := func(text string) (n int64) {
		if err == nil {
			n, err = r.texts.number(ctx, text)
		}
		return n
	}
	row := func(scan func(row *sql.Row) error, query string, args ...any) {
		if err == nil {
			if err = scan(r.tx.QueryRowContext(ctx, query, args...)); errors.Is(err, sql.ErrNoRows) {
				err = nil
			}
		}
	}
	for k := range s.Days {
		row(
			func(row *sql.Row) error { return scanInto(row, old.Days, k) },
			`SELECT runs FROM run_day WHERE workflow_n = ? AND day = ? AND outcome = ?`,
			r.wfRowID,
			string(k.Day),
			number(k.Outcome),
		)
	}
	for k := range s.Segments {
		row(
			func(row *sql.Row) error { return scanInto(row, old.Segments, k) },
			`SELECT runs FROM run_segment WHERE workflow_n = ? AND month = ? AND segment = ? AND outcome = ?`,
			r.wfRowID,
			k.Month,
			number(k.Segment),
			number(k.Outcome),
		)
	}
	for k := range s.Accounts {
		row(func(row *sql.Row) error { return scanInto(row, old.Accounts, k) },
			`SELECT events FROM run_account WHERE workflow_n = ? AND account = ?`, r.wfRowID, number(k))
	}
	for k := range s.Gates {
		row(func(row *sql.Row) error {
			c, err := scanGate(row)
			if err == nil {
				old.Gates[k] = c
			}
			return err
		}, `SELECT counts, review FROM run_gate_day WHERE workflow_n = ? AND gate = ? AND day = ?`, r.wfRowID, number(k.Gate), string(k.Day))
	}
	for k := range s.SegmentGates {
		row(func(row *sql.Row) error {
			c, err := scanGate(row)
			if err == nil {
				old.SegmentGates[k] = c
			}
			return err
		}, `SELECT counts, review FROM run_segment_gate WHERE workflow_n = ? AND segment = ? AND gate = ? AND month = ?`, r.wfRowID, number(k.Segment), number(k.Gate), k.Month)
	}
	if len(s.Officers) > 0 && err == nil {
		months := officerMonths{streaks: true}
		first := true
		for k := range s.Officers {
			if first || k.Month < months.from {
				months.from = k.Month
			}
			if first || k.Month > months.to {
				months.to = k.Month
			}
			first = false
		}
		err = months.each(ctx, r.tx, r.wfRowID, func(k oversight.OfficerKey, c *oversight.OfficerCell) {
			if s.Officers[k] != nil {
				old.Officers[k] = c
			}
		})
	}
	for k := range s.Versions {
		row(func(row *sql.Row) error {
			c, err := scanVersion(row)
			if err == nil {
				old.Versions[k] = c
			}
			return err
		}, `SELECT runs, first, last, first_run FROM run_version WHERE workflow_n = ? AND what = ? AND version = ?`, r.wfRowID, k.What, number(k.Version))
	}
	return old, err
}

func scanInto[K comparable](row *sql.Row, m map[K]int64, k K) error {
	var n int64
	err := row.Scan(&n)
	if err == nil {
		m[k] = n
	}
	return err
}

// write replaces the rows that s has.
func (r rollups) write(ctx context.Context, s *oversight.Stream) error {
	s.Fold()
	s.Compact()
	var err error
	check := func(e error) {
		if err == nil {
			err = e
		}
	}
	number := func(text string) int64 {
		n, e := r.texts.number(ctx, text)
		check(e)
		return n
	}
	put := func(table string, args ...any) {
		if err == nil {
			_, e := r.tx.ExecContext(
				ctx,
				"INSERT OR REPLACE INTO "+table+" VALUES (?"+strings.Repeat(",?", len(args)-1)+")",
				args...)
			check(e)
		}
	}
	blob := func(m interface{ MarshalBinary() ([]byte, error) }) []byte {
		b, e := m.MarshalBinary()
		check(e)
		return b
	}
	text := func(v any) string {
		b, e := json.Marshal(v)
		check(e)
		return string(b)
	}
	t := s.Totals
	put(
		"run_total",
		r.wfRowID,
		t.Runs,
		t.Steps,
		t.Decisions,
		t.Outputs,
		t.Accesses,
		t.WithOutput,
		t.WithReasoning,
		t.Untimed,
		t.Numbered,
		blob(&s.Sequence),
		r.definition,
	)
	for k, n := range s.Days {
		put("run_day", r.wfRowID, string(k.Day), number(k.Outcome), n)
	}
	for k, n := range s.Segments {
		put("run_segment", r.wfRowID, k.Month, number(k.Segment), number(k.Outcome), n)
	}
	for k, n := range s.Accounts {
		put("run_account", r.wfRowID, number(k), n)
	}
	for k, c := range s.Gates {
		put("run_gate_day", r.wfRowID, number(k.Gate), string(k.Day), text(countsOfGate(c)), blob(&c.Review))
	}
	for k, c := range s.SegmentGates {
		put(
			"run_segment_gate",
			r.wfRowID,
			number(k.Segment),
			number(k.Gate),
			k.Month,
			text(countsOfGate(c)),
			blob(&c.Review),
		)
	}
	for k, c := range s.Officers {
		put(
			"run_officer_month",
			r.wfRowID,
			number(k.Gate),
			number(k.Account),
			k.Month,
			text(countsOfOfficer(c)),
			blob(&c.Review),
			blob(&c.Streak),
		)
	}
	for k, c := range s.Versions {
		put(
			"run_version",
			r.wfRowID,
			k.What,
			number(k.Version),
			c.Runs,
			nanosecondsOrNull(c.First),
			nanosecondsOrNull(c.Last),
			text(c.FirstRun),
		)
	}
	return err
}

type scanner interface{ Scan(...any) error }

func readTotals(ctx context.Context, db DB, wfRowID int64) (t oversight.Totals, q oversight.Sequence, err error) {
	var blob []byte
	err = db.QueryRowContext(ctx, `SELECT runs, steps, decisions, outputs, accesses, with_output, with_reasoning, untimed, numbered, sequence FROM run_total WHERE workflow_n = ?`, wfRowID).
		Scan(
			&t.Runs, &t.Steps, &t.Decisions, &t.Outputs, &t.Accesses, &t.WithOutput, &t.WithReasoning, &t.Untimed,
			&t.Numbered, &blob,
		)
	if errors.Is(err, sql.ErrNoRows) {
		return t, q, nil
	}
	if err == nil {
		err = q.UnmarshalBinary(blob)
	}
	return t, q, err
}

func scanCell(row scanner, counts any, review *oversight.Sketch, rest ...any) error {
	var text string
	var blob []byte
	if err := row.Scan(append([]any{&text, &blob}, rest...)...); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), counts); err != nil {
		return fmt.Errorf("rollup: %w", err)
	}
	return review.UnmarshalBinary(blob)
}

func scanGate(row scanner, rest ...any) (*oversight.GateCell, error) {
	var counts gateCounts
	var review oversight.Sketch
	err := scanCell(row, &counts, &review, rest...)
	c := counts.cell()
	c.Review = review
	return c, err
}

func scanOfficer(row scanner, rest ...any) (*oversight.OfficerCell, error) {
	var counts officerCounts
	var review oversight.Sketch
	err := scanCell(row, &counts, &review, rest...)
	c := counts.cell()
	c.Review = review
	return c, err
}

func scanVersion(row scanner, rest ...any) (*oversight.VersionCell, error) {
	c := &oversight.VersionCell{}
	var first, last sql.NullInt64
	var ref string
	if err := row.Scan(append([]any{&c.Runs, &first, &last, &ref}, rest...)...); err != nil {
		return nil, err
	}
	c.First, c.Last = timeOf(first), timeOf(last)
	return c, json.Unmarshal([]byte(ref), &c.FirstRun)
}

func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(0, n.Int64).UTC()
}

func (r rollups) addFound(ctx context.Context, found map[foundKey]int64) error {
	for k, n := range found {
		if _, err := r.tx.ExecContext(ctx, `INSERT INTO run_finding_day VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET findings = findings + excluded.findings`,
			r.wfRowID, string(k.code), k.gate, k.day, n); err != nil {
			return err
		}
	}
	return nil
}

// query runs a query and scans each row.
func query(ctx context.Context, db DB, scan func(scanner) error, text string, args ...any) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// allTime is the period of every run, so spelt that officers are read by month
// where the result needs it.
func allTime(w *workflow.Workflow) imported.Period {
	if oversight.NeedsMonths(w) {
		return imported.Period{To: "9999-12-31"}
	}
	return imported.Period{}
}

// readStream reads a workflow's rollups. Officers and segments are kept by
// month: a period counts each month that it touches. Of all time it reads
// officers' totals or, with months, each month and the decisions in it.
func readStream(ctx context.Context, db DB, wfRowID int64, p imported.Period, months bool) (*oversight.Stream, error) {
	s := oversight.NewStream()
	var err error
	if s.Totals, s.Sequence, err = readTotals(ctx, db, wfRowID); err != nil {
		return nil, err
	}
	fromMonth, toMonth := p.Months()
	each := func(scan func(scanner) error, text string, args ...any) {
		if err == nil {
			err = query(ctx, db, scan, text, append([]any{wfRowID}, args...)...)
		}
	}
	each(func(row scanner) error {
		var k oversight.DayKey
		var n int64
		err := row.Scan(&k.Day, &k.Outcome, &n)
		s.Days[k] = n
		return err
	}, `SELECT d.day, o.text, d.runs FROM run_day d JOIN run_text o ON o.n = d.outcome WHERE d.workflow_n = ? AND d.day BETWEEN ? AND ?`, string(p.From), p.LastDay())
	each(func(row scanner) error {
		var k oversight.SegmentKey
		var n int64
		err := row.Scan(&k.Month, &k.Segment, &k.Outcome, &n)
		s.Segments[k] = n
		return err
	}, `SELECT r.month, s.text, o.text, r.runs FROM run_segment r JOIN run_text s ON s.n = r.segment JOIN run_text o ON o.n = r.outcome
		WHERE r.workflow_n = ? AND r.month BETWEEN ? AND ?`, fromMonth, toMonth)
	each(func(row scanner) error {
		var a string
		var n int64
		err := row.Scan(&a, &n)
		s.Accounts[a] = n
		return err
	}, `SELECT a.text, r.events FROM run_account r JOIN run_text a ON a.n = r.account WHERE r.workflow_n = ?`)
	each(func(row scanner) error {
		var k oversight.GateKey
		c, err := scanGate(row, &k.Gate, &k.Day)
		s.Gates[k] = c
		return err
	}, `SELECT r.counts, r.review, g.text, r.day FROM run_gate_day r JOIN run_text g ON g.n = r.gate WHERE r.workflow_n = ? AND r.day BETWEEN ? AND ?`, string(p.From), p.LastDay())
	if months { // screens read the ones that they show
		each(func(row scanner) error {
			var k oversight.SegmentGateKey
			c, err := scanGate(row, &k.Segment, &k.Gate, &k.Month)
			s.SegmentGates[k] = c
			return err
		}, `SELECT r.counts, r.review, s.text, g.text, r.month FROM run_segment_gate r JOIN run_text s ON s.n = r.segment JOIN run_text g ON g.n = r.gate WHERE r.workflow_n = ?`)
	}
	if !months && p == (imported.Period{}) {
		each(func(row scanner) error {
			var k oversight.OfficerKey
			c, err := scanOfficer(row, &k.Gate, &k.Account)
			s.Officers[k] = c
			return err
		}, `SELECT r.counts, r.review, g.text, a.text FROM run_officer r JOIN run_text g ON g.n = r.gate JOIN run_text a ON a.n = r.account WHERE r.workflow_n = ?`)
	} else if err == nil {
		err = officerMonths{from: fromMonth, to: toMonth, streaks: months}.each(
			ctx, db, wfRowID, func(k oversight.OfficerKey, c *oversight.OfficerCell) { s.Officers[k] = c },
		)
	}
	each(func(row scanner) error {
		var k oversight.VersionKey
		c, err := scanVersion(row, &k.What, &k.Version)
		s.Versions[k] = c
		return err
	}, `SELECT r.runs, r.first, r.last, r.first_run, r.what, v.text FROM run_version r JOIN run_text v ON v.n = r.version WHERE r.workflow_n = ?`)
	return s, err
}

// officerMonths reads the months of a workflow's officers.
type officerMonths struct {
	from, to string // months, both included
	streaks  bool   // with the decisions of each month
}

const lastMonth = "9999-12"

// each gives each officer's months. A row holds a month's decisions, which can
// be most of a megabyte, and SQLite reads a whole row to see whether a range
// ends before it. So the rows are read in order without an end, the large
// columns only where they are wanted, until another workflow's begin.
func (o officerMonths) each(
	ctx context.Context,
	db DB,
	wfRowID int64,
	give func(oversight.OfficerKey, *oversight.OfficerCell),
) error {
	rows, err := db.QueryContext(
		ctx,
		`SELECT r.workflow_n, r.month, g.text, a.text, iif(r.month BETWEEN ?2 AND ?3, r.counts, NULL),
			iif(r.month BETWEEN ?2 AND ?3, r.review, NULL), iif(?4 AND r.month BETWEEN ?2 AND ?3, r.streak, NULL)
		FROM run_officer_month r CROSS JOIN run_text g ON g.n = r.gate CROSS JOIN run_text a ON a.n = r.account
		WHERE r.workflow_n >= ?1 ORDER BY r.workflow_n, r.gate, r.account, r.month`,
		wfRowID,
		o.from,
		o.to,
		o.streaks,
	)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var k oversight.OfficerKey
		var text, review, streak sql.RawBytes
		if err := rows.Scan(&n, &k.Month, &k.Gate, &k.Account, &text, &review, &streak); err != nil {
			return err
		}
		if n != wfRowID {
			break
		}
		if k.Month < o.from || k.Month > o.to {
			continue
		}
		var counts officerCounts
		if err := json.Unmarshal(text, &counts); err != nil {
			return fmt.Errorf("rollup: %w", err)
		}
		c := counts.cell()
		if err := c.Review.UnmarshalBinary(review); err != nil {
			return err
		}
		if o.streaks {
			if err := c.Streak.UnmarshalBinary(streak); err != nil {
				return err
			}
		}
		give(k, c)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// readContext reads what the tests over all runs need beside the sums: what is
// stated of the sources, and the findings on single runs of the period.
func readContext(ctx context.Context, db DB, workflowID string, p imported.Period) (oversight.Context, error) {
	c := oversight.Context{Found: map[oversight.Code]int64{}}
	err := query(ctx, db, func(row scanner) error {
		var code oversight.Code
		var n int64
		err := row.Scan(&code, &n)
		c.Found[code] = n
		return err
	}, `SELECT d.code, sum(d.findings) FROM run_finding_day d JOIN run_workflow w ON w.n = d.workflow_n
		WHERE w.workflow_id = ? AND d.day BETWEEN ? AND ? GROUP BY d.code`, workflowID, string(p.From), p.LastDay())
	if err != nil {
		return c, err
	}
	err = query(ctx, db, func(row scanner) error {
		var v oversight.Volume
		err := row.Scan(&v.Source, &v.SourceID, &v.Stated, &v.Read, &v.Duplicates, &v.Chain)
		c.Sources = append(c.Sources, v)
		return err
	}, `SELECT s.ref, s.id, coalesce(s.stated, -1), s.records, r.duplicates, r.chain
		FROM source s JOIN run_source r ON r.id = s.id WHERE s.workflow_id = ? AND s.state <> 'withdrawn' ORDER BY r.n`, workflowID)
	if err != nil {
		return c, err
	}
	err = query(ctx, db, func(row scanner) error {
		n := oversight.NotRun{Applies: true}
		var ref string
		err := row.Scan(&n.Code, &ref, &n.Why)
		n.Why = ref + ": " + n.Why
		c.Untested = append(c.Untested, n)
		return err
	}, `SELECT u.code, s.ref, u.why FROM run_untested u JOIN run_source r ON r.n = u.source_n JOIN source s ON s.id = r.id WHERE s.workflow_id = ? ORDER BY r.n`, workflowID)
	return c, err
}

// testAll makes the tests over all runs of the workflow and replaces the
// findings about more than one run: what is found again keeps its disposition,
// what is no longer found goes.
func (r rollups) testAll(ctx context.Context, w *workflow.Workflow, insert *sql.Stmt) (oversight.Result, error) {
	s, err := readStream(ctx, r.tx, r.wfRowID, allTime(w), false)
	if err != nil {
		return oversight.Result{}, err
	}
	c, err := readContext(ctx, r.tx, w.ID, imported.Period{})
	if err != nil {
		return oversight.Result{}, err
	}
	result := s.Result(w, c)
	type key struct {
		code          oversight.Code
		gate, subject int64
	}
	kept := map[key]bool{}
	for i := range result.Findings {
		f := &result.Findings[i]
		gate, err1 := r.texts.number(ctx, f.Gate)
		subject, err2 := r.texts.number(ctx, f.Subject)
		thresholds, err3 := r.texts.number(ctx, f.Thresholds)
		examples, err4 := json.Marshal(f.Runs)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return result, err
		}
		if _, err := insert.ExecContext(
			ctx, r.wfRowID, string(f.Code), gate, 0, subject, string(f.Severity), nil, 0, 0, 0, -1, thresholds,
			f.Detail, string(examples),
		); err != nil {
			return result, err
		}
		kept[key{f.Code, gate, subject}] = true
	}
	var gone []key
	for _, t := range oversight.Tests {
		if t.PerRun {
			continue
		}
		err := query(ctx, r.tx, func(row scanner) error {
			k := key{code: t.Code}
			err := row.Scan(&k.gate, &k.subject)
			if !kept[k] {
				gone = append(gone, k)
			}
			return err
		}, `SELECT gate, subject FROM run_finding WHERE workflow_n = ? AND code = ? AND run_n = 0`, r.wfRowID, string(t.Code))
		if err != nil {
			return result, err
		}
	}
	for _, k := range gone {
		if _, err := r.tx.ExecContext(ctx, `DELETE FROM run_finding WHERE workflow_n = ? AND code = ? AND gate = ? AND run_n = 0 AND subject = ?`, r.wfRowID, string(k.code), k.gate, k.subject); err != nil {
			return result, err
		}
	}
	return result, nil
}
