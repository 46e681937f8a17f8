package runs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/sqlitex"
)

// workflowRowID is the row of a workflow in run_workflow, 0 where nothing was imported into it.
func workflowRowID(ctx context.Context, db DB, workflowID string) (n int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT n FROM run_workflow WHERE workflow_id = ?`, workflowID).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Filter chooses runs. Empty fields choose all.
type Filter struct {
	WorkflowID string          `json:"workflow_id"` // must be given
	Period     imported.Period `json:"period"`
	Outcome    string          `json:"outcome"`
	Segment    string          `json:"segment"`
	Code       oversight.Code  `json:"code"` // runs with such a finding
	Gate       string          `json:"gate"` // with Code: at this gate
	SourceID   string          `json:"source_id"`
	// After continues behind a page: the Next of the page before.
	After string `json:"after"`
	Limit int    `json:"limit"` // 0 is 50, at most 500
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

// textRowID is the row in run_text of a string that may never have been stored: -1 then.
func textRowID(ctx context.Context, db DB, s string) (n int64, err error) {
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
func List(ctx context.Context, db DB, f Filter) (imported.Page[imported.Run], error) {
	l := lister{db: db, limit: pageSize(f.Limit), page: imported.Page[imported.Run]{Items: []imported.Run{}}}
	wfRowID, err := workflowRowID(ctx, db, f.WorkflowID)
	if err != nil || wfRowID == 0 {
		return l.page, err
	}
	w, err := l.where(ctx, f, wfRowID)
	if err != nil {
		return l.page, err
	}
	if f.Code == "" {
		err = l.add(ctx, "run_record r", w)
	} else {
		err = l.addFound(ctx, w, f, wfRowID)
	}
	if err == nil {
		err = l.ended(ctx)
	}
	if err != nil {
		return l.page, err
	}
	for i := range l.page.Items {
		r := &l.page.Items[i]
		err := query(ctx, db, func(row scanner) error {
			var c oversight.Code
			err := row.Scan(&c)
			r.Findings = append(r.Findings, c)
			return err
		}, `SELECT DISTINCT code FROM run_finding WHERE run_n = ? AND run_n > 0 ORDER BY code`, r.RowID)
		if err != nil {
			return l.page, err
		}
	}
	return l.page, nil
}

// lister fills a page of runs.
type lister struct {
	db    DB
	limit int
	page  imported.Page[imported.Run]
	at    []int64       // of the items, as it is kept
	after sql.NullInt64 // time of the last run of the page before; NULL: it had none, or there is no such page
}

func (l *lister) where(ctx context.Context, f Filter, wfRowID int64) (where, error) {
	var w where
	w.and("r.workflow_n = ?", wfRowID)
	w.and("r.n NOT IN (SELECT n FROM run_part)")
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
		n, err := textRowID(ctx, l.db, c.value)
		if err != nil {
			return w, err
		}
		w.and(c.column+" = ?", n)
	}
	if f.SourceID != "" {
		w.and(
			"r.n BETWEEN (SELECT first_n FROM run_source WHERE id = ?) AND (SELECT last_n FROM run_source WHERE "+
				"id = ?)",
			f.SourceID,
			f.SourceID,
		)
	}
	if f.After == "" {
		return w, nil
	}
	var at, n int64
	if _, err := fmt.Sscanf(f.After, "%d.%d", &at, &n); err == nil {
		l.after = sql.NullInt64{Int64: at, Valid: true}
		w.and("(r.at < ? OR r.at = ? AND r.n < ? OR r.at IS NULL)", at, at, n)
	} else if _, err := fmt.Sscanf(f.After, "-.%d", &n); err == nil {
		w.and("r.at IS NULL AND r.n < ?", n)
	} else {
		return w, fault.Invalid("after", "This page does not exist any more. Go back to the first page.")
	}
	return w, nil
}

// add adds the runs that meet w, and says where the next page begins.
func (l *lister) add(ctx context.Context, from string, w where) (err error) {
	return query(ctx, l.db, func(row scanner) error {
		if len(l.page.Items) == l.limit {
			last := &l.page.Items[l.limit-1]
			l.page.Next = fmt.Sprintf("-.%d", last.RowID)
			if !last.At.IsZero() {
				l.page.Next = fmt.Sprintf("%d.%d", last.At.UnixNano(), last.RowID)
			}
			return nil
		}
		var r imported.Run
		var at sql.NullInt64
		err := row.Scan(&r.RowID, &r.RunID, &at, &r.Outcome, &r.Segment, &r.Source, &r.Line)
		r.At, r.Findings = timeOf(at), []oversight.Code{}
		l.page.Items, l.at = append(l.page.Items, r), append(l.at, at.Int64)
		return err
	}, `SELECT r.n, r.run_id, r.at, o.text, g.text, s.ref, r.line FROM `+from+`
		JOIN run_text o ON o.n = r.outcome JOIN run_text g ON g.n = r.segment JOIN run_source rs ON rs.n = r.source_n JOIN source s ON s.id = rs.id
		WHERE `+w.String()+` ORDER BY r.at DESC, r.n DESC LIMIT ?`, append(slices.Clone(w.args), l.limit+1-len(l.page.Items))...)
}

// ended reads when the runs of the page ended, from the beginnings of their bodies.
func (l *lister) ended(ctx context.Context) error {
	of := make(map[int64]int, len(l.page.Items)) // where a run stands on the page
	numbers := make([]int64, len(l.page.Items))
	for i := range l.page.Items {
		numbers[i] = l.page.Items[i].RowID
		of[numbers[i]] = i
	}
	return eachSpan(numbers, func(first, last int64) error {
		return eachValue(ctx, l.db, bodies, first, last, func(n int64, body []byte) (err error) {
			if i, ok := of[n]; ok {
				l.page.Items[i].Ended, err = unpackEnded(body, l.at[i])
			}
			return err
		})
	})
}

// eachSpan sorts numbers of runs, and gives spans that hold all of them and that it is
// no more work to read than the blocks they are in.
func eachSpan(numbers []int64, f func(first, last int64) error) error {
	slices.Sort(numbers)
	for len(numbers) > 0 {
		k := 1
		for k < len(numbers) && numbers[k]-numbers[k-1] <= blockRuns/4 {
			k++
		}
		if err := f(numbers[0], numbers[k-1]); err != nil {
			return err
		}
		numbers = numbers[k:]
	}
	return nil
}

// EachNumbered reads the runs with these numbers, in their order. The record is used
// again after f returns; f must not use db.
func EachNumbered(ctx context.Context, db DB, numbers []int64, f func(n int64, rec *run.Record) error) error {
	wanted := make(map[int64]bool, len(numbers))
	for _, n := range numbers {
		wanted[n] = true
	}
	// Few runs hold few strings: they are looked up one by one, and not read all.
	r := newReader(db, &dictionary{db: db, text: map[int64]string{0: ""}, missing: map[int64]bool{}}, whole)
	return eachSpan(slices.Clone(numbers), func(first, last int64) error {
		if err := r.complete(ctx, first, last); err != nil {
			return err
		}
		for i := range r.batch.recs {
			if s, n := &r.batch.recs[i], first+int64(i); s.there && wanted[n] {
				if err := f(n, &s.rec); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// addFound does so for runs with a finding: day by day, so that it costs what
// the days cost that fill the page, however many findings there are.
func (l *lister) addFound(ctx context.Context, w where, f Filter, wfRowID int64) error {
	gate, args := "", []any{wfRowID, string(f.Code)}
	if f.Gate != "" {
		n, err := textRowID(ctx, l.db, f.Gate)
		if err != nil {
			return err
		}
		gate = " AND x.gate = ?"
		args = append(args, n)
	}
	const byNumber = "run_record r NOT INDEXED" // few runs, by their numbers, not all of them by time
	const found = "r.n IN (SELECT x.run_n FROM run_finding x WHERE x.run_n > 0 AND x.workflow_n = ? AND x.code = ?"
	if f.Code == oversight.LogConflict { // filed under the day that the other content gives
		w.and(found+gate+")", args...)
		return l.add(ctx, byNumber, w)
	}
	var days []sql.NullInt64
	err := query(ctx, l.db, func(row scanner) error {
		var day civil.Date
		err := row.Scan(&day)
		n := sql.NullInt64{Int64: dayOf(day.Time()), Valid: day != ""}
		switch {
		case n.Valid && (day < f.Period.From || string(day) > f.Period.LastDay()):
		case n.Valid && l.after.Valid && n.Int64 > dayOf(timeOf(l.after)): // on earlier pages
		default:
			days = append(days, n)
		}
		return err
	}, `SELECT DISTINCT x.day FROM run_finding_day x WHERE x.workflow_n = ? AND x.code = ?`+gate+` ORDER BY x.day DESC`, args...)
	for _, day := range days {
		if err != nil || l.page.Next != "" {
			break
		}
		d := where{slices.Clone(w.parts), slices.Clone(w.args)}
		d.and(found+gate+" AND x.day IS ?)", append(slices.Clone(args), day)...)
		err = l.add(ctx, byNumber, d)
	}
	return err
}

// Named tells in which workflows there is a run with the platform's identifier.
func Named(ctx context.Context, db DB, runID string) (workflowIDs []string, err error) {
	err = query(ctx, db, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		workflowIDs = append(workflowIDs, id)
		return err
	}, `SELECT DISTINCT w.workflow_id FROM run_lot l JOIN run_key k ON k.lot_n = l.n AND k.hash = ? JOIN run_record r ON r.n = k.run_n JOIN run_workflow w ON w.n = l.workflow_n WHERE r.run_id = ? ORDER BY w.n`, keyHash(runID), runID)
	return workflowIDs, err
}

// Get reads one run of a workflow by the platform's identifier.
func Get(ctx context.Context, db DB, workflowID, runID string, today civil.Date) (imported.Whole, error) {
	var w imported.Whole
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil {
		return w, err
	}
	var digest []byte
	var source string
	err = db.QueryRowContext(ctx, `SELECT r.n, r.digest, (SELECT id FROM run_source WHERE n = r.source_n) FROM `+keyOf+` ORDER BY r.n`, keyHash(runID), wfRowID, runID).
		Scan(&w.RowID, &digest, &source)
	if errors.Is(err, sql.ErrNoRows) {
		purged, err := PurgedRuns(ctx, db, workflowID)
		if err == nil && purged > 0 {
			return w, fault.New(
				fault.CodeNotFound,
				"There is no run %s. It may be one of the %d whose personal data was purged.",
				runID,
				purged,
			)
		}
		return w, errors.Join(err, fault.NotFound("run", runID))
	}
	if err != nil {
		return w, fault.Doing("read a run", err)
	}
	w.Digest = fmt.Sprintf("%x", digest)
	if w.Source, err = GetSource(ctx, db, source); err != nil {
		return w, err
	}
	err = eachRun(ctx, db, w.RowID, w.RowID, 0, whole, func(x *toldRun) error {
		w.Record = x.rec
		return nil
	})
	if err != nil {
		return w, err
	}
	w.Findings, err = findingsOfRun(ctx, db, w.RowID, today)
	return w, err
}

// Each calls f for every run of a workflow, in the order in which they were
// imported, with the identifier of its source and the digest kept with it. The
// record is used again after f returns; f must not use db.
func Each(
	ctx context.Context,
	db DB,
	workflowID string,
	f func(sourceID string, rec *run.Record, digest Digest) error,
) error {
	return each(ctx, db, workflowID, whole, f)
}

func each(
	ctx context.Context,
	db DB,
	workflowID string,
	d depth,
	f func(sourceID string, rec *run.Record, digest Digest) error,
) error {
	return eachSource(ctx, db, workflowID, func(id string, first, last, wfRowID int64) error {
		return eachRun(
			ctx,
			db,
			first,
			last,
			wfRowID,
			d,
			func(x *toldRun) error { return f(id, x.rec, x.digest) },
		)
	})
}

// eachSource calls f for the imports of a workflow whose content is there.
func eachSource(
	ctx context.Context,
	db DB,
	workflowID string,
	f func(id string, first, last, wfRowID int64) error,
) error {
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil || wfRowID == 0 {
		return err
	}
	spans, err := spansOf(ctx, db, workflowID)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if s.purged {
			continue
		}
		if err := f(s.id, s.first, s.last, wfRowID); err != nil {
			return err
		}
	}
	return nil
}

// sourceSpan is the numbers of an import's runs.
type sourceSpan struct {
	id, workflowID string
	first, last    int64
	purged         bool
}

// spansOf are the imports into a workflow, or into all where it is empty, in
// the order of import.
func spansOf(ctx context.Context, db DB, workflowID string) (out []sourceSpan, err error) {
	err = query(ctx, db, func(row scanner) error {
		var s sourceSpan
		err := row.Scan(&s.id, &s.workflowID, &s.first, &s.last, &s.purged)
		out = append(out, s)
		return err
	}, `SELECT r.id, s.workflow_id, r.first_n, r.last_n, s.state = 'purged' FROM run_source r JOIN source s ON s.id = r.id WHERE ?1 = '' OR s.workflow_id = ?1 ORDER BY r.n`, workflowID)
	return out, err
}

// dictionary turns numbers back into strings.
type dictionary struct {
	db      DB
	text    map[int64]string
	missing map[int64]bool // asked for and not there
}

func newDictionary(ctx context.Context, db DB) (*dictionary, error) {
	d := &dictionary{db: db, text: map[int64]string{0: ""}, missing: map[int64]bool{}}
	return d, d.read(ctx, `SELECT n, text FROM run_text LIMIT ?`, maxTexts)
}

func (d *dictionary) read(ctx context.Context, text string, args ...any) error {
	return query(ctx, d.db, func(row scanner) error {
		var n int64
		var s string
		err := row.Scan(&n, &s)
		d.text[n] = s
		return err
	}, text, args...)
}

func (d *dictionary) of(n int64) string {
	s, ok := d.text[n]
	if !ok {
		d.missing[n] = true
	}
	return s
}

// complete fetches what was asked for in vain; again tells whether there was such.
func (d *dictionary) complete(ctx context.Context) (again bool, err error) {
	if len(d.missing) == 0 {
		return false, nil
	}
	if len(d.text) > 4*maxTexts {
		clear(d.text)
		d.text[0] = ""
	}
	for n := range d.missing {
		had := len(d.text)
		if err := d.read(ctx, `SELECT n, text FROM run_text WHERE n = ?`, n); err != nil {
			return false, err
		}
		if len(d.text) == had {
			return false, fault.Tampered(
				"The register is damaged: it has lost the text with the number %d. Restore a backup beside it.",
				n,
			)
		}
	}
	clear(d.missing)
	return true, nil
}

// depth is how much of a run is read.
type depth int

const (
	whole    depth = iota
	forTests       // what the tests look at: of reasons, outputs and reasoning, whether they are blank
)

// readBatch is how many runs are in memory at a time.
const readBatch = 4096

// reader assembles runs from their rows, their bodies and, where all of a run is wanted,
// their texts, a batch of runs at a time.
type reader struct {
	db    DB
	depth depth
	dict  *dictionary
	batch window
	spare []stored          // the batch before, in use by the caller
	kept  map[string]string // strings that recur: recommendations
	from  unpacker
	texts Texts // of the last run
}

type stored struct {
	there    bool
	unpacked bool // its body was read
	at       int64
	wfRowID  int64
	source   int64
	digest   Digest
	rec      run.Record
}

// window is the batch of runs that is being read.
type window struct {
	first int64
	recs  []stored
}

func (w *window) open(first, last int64) {
	n := int(last - first + 1)
	if cap(w.recs) < n {
		w.recs = make([]stored, n)
	}
	w.first, w.recs = first, w.recs[:n]
	for i := range w.recs {
		w.recs[i].there, w.recs[i].unpacked = false, false
	}
}

// begin is the place for run n, whose row is read.
func (w *window) begin(n int64) (*stored, error) {
	if n < w.first || n >= w.first+int64(len(w.recs)) {
		return nil, fmt.Errorf("run %d was not asked for", n)
	}
	s := &w.recs[n-w.first]
	s.there = true
	return s, nil
}

// run is run n, whose row was read.
func (w *window) run(n int64) (*stored, error) {
	if n < w.first || n >= w.first+int64(len(w.recs)) || !w.recs[n-w.first].there {
		return nil, fmt.Errorf("part of run %d, which is not there", n)
	}
	return &w.recs[n-w.first], nil
}

func newReader(db DB, dict *dictionary, d depth) *reader {
	r := &reader{db: db, depth: d, dict: dict, kept: map[string]string{}}
	r.from = unpacker{name: dict.of, recurring: r.recurring, depth: d}
	return r
}

// eachIn reads the runs with numbers first to last, of one workflow or, with
// wfN 0, of any. The record is used again after f returns; f must not use db.
func eachIn(
	ctx context.Context,
	db DB,
	first, last, wfRowID int64,
	d depth,
	f func(n, source int64, rec *run.Record, d Digest) error,
) error {
	if last < first {
		return nil
	}
	dict, err := newDictionary(ctx, db)
	if err != nil {
		return err
	}
	r := newReader(db, dict, d)
	return readAhead(ctx, first, last, r.complete, func() []stored {
		batch := r.batch.recs
		r.batch.recs, r.spare = r.spare, batch
		return batch
	}, wfRowID, f)
}

// readAhead reads batch by batch, each while f works on the one before.
func readAhead(
	ctx context.Context,
	first, last int64,
	read func(ctx context.Context, first, last int64) error,
	swap func() []stored,
	wfRowID int64,
	f func(n, source int64, rec *run.Record, d Digest) error,
) error {
	var reading chan error
	begin := func(first int64) {
		reading = make(chan error, 1)
		go func(done chan error) { done <- read(ctx, first, min(first+readBatch-1, last)) }(reading)
	}
	defer func() {
		if reading != nil {
			<-reading // before the caller uses the connection again
		}
	}()
	for begin(first); first <= last; first += readBatch {
		err := <-reading
		reading = nil
		if err != nil {
			return err
		}
		batch := swap()
		if next := first + readBatch; next <= last {
			begin(next)
		}
		for i := range batch {
			if s := &batch[i]; s.there && (wfRowID == 0 || s.wfRowID == wfRowID) {
				if err := f(first+int64(i), s.source, &s.rec, s.digest); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// complete reads a batch, again where strings were missing from the dictionary.
func (r *reader) complete(ctx context.Context, first, last int64) error {
	for {
		if err := r.read(ctx, first, last); err != nil {
			return err
		}
		if again, err := r.dict.complete(ctx); err != nil || !again {
			return err
		}
	}
}

func (r *reader) read(ctx context.Context, first, last int64) error {
	r.batch.open(first, last)
	err := sqlitex.Scan(ctx, r.db, r.run, "n, workflow_n, source_n, at, outcome, segment, line, run_id, digest",
		"run_record WHERE n BETWEEN ? AND ?", first, last)
	if err != nil {
		return err
	}
	if err := eachValue(ctx, r.db, bodies, first, last, r.body); err != nil {
		return err
	}
	for i := range r.batch.recs {
		if s := &r.batch.recs[i]; s.there && !s.unpacked {
			return fmt.Errorf("the details of run %q are not there", s.rec.RunID)
		}
	}
	if r.depth > whole {
		return nil
	}
	return eachValue(ctx, r.db, textsOfRuns, first, last, r.textsOf)
}

func (r *reader) run(v *sqlitex.Row) error {
	n := v.Int()
	s, err := r.batch.begin(n)
	if err != nil {
		return err
	}
	s.wfRowID, s.source = v.Int(), v.Int()
	s.at = v.Int()
	// What unpack appends it writes whole, and a batch does not live long: there is
	// no need to clear what was there.
	s.rec = run.Record{Steps: s.rec.Steps[:0], Accesses: s.rec.Accesses[:0], Outputs: s.rec.Outputs[:0],
		Decisions: s.rec.Decisions[:0]}
	s.rec.Outcome, s.rec.Segment, s.rec.At.Line, s.rec.RunID = r.dict.of(v.Int()), r.dict.of(v.Int()), v.Int(), v.Text()
	d, ok := v.Next().([]byte)
	if !ok || len(d) != len(s.digest) {
		return fmt.Errorf("run %d has no digest", n)
	}
	copy(s.digest[:], d)
	return nil
}

func (r *reader) body(n int64, value []byte) error {
	s, err := r.batch.run(n)
	if err != nil {
		return err
	}
	if s.unpacked {
		return fmt.Errorf("run %q stands in two blocks", s.rec.RunID)
	}
	s.unpacked = true
	r.from.b, r.from.base = value, s.at
	return r.from.unpack(&s.rec)
}

func (r *reader) textsOf(n int64, value []byte) error {
	s, err := r.batch.run(n)
	if err != nil {
		return err
	}
	if err := r.texts.read(n, value); err != nil {
		return err
	}
	t, rec := &r.texts, &s.rec
	if len(t.Outputs) > len(rec.Outputs) || len(t.Reasons) > len(rec.Decisions) {
		return fmt.Errorf("texts of %d outputs and %d decisions of run %q, which has %d and %d",
			len(t.Outputs), len(t.Reasons), rec.RunID, len(rec.Outputs), len(rec.Decisions))
	}
	for i := range t.Outputs {
		rec.Outputs[i].Text, rec.Outputs[i].Reasoning = t.Outputs[i], t.Reasonings[i]
	}
	for i := range t.Reasons {
		rec.Decisions[i].Reason = t.Reasons[i]
	}
	return nil
}

// recurring gives a string for a text that mostly was there before.
func (r *reader) recurring(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if k, ok := r.kept[string(b)]; ok {
		return k
	}
	k := string(b)
	if len(r.kept) < 1000 {
		r.kept[k] = k
	}
	return k
}
