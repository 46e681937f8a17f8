package runs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// Outcome is what became of a run that was added.
type Outcome string

const (
	OutcomeNew     Outcome = "new"     // stored
	OutcomeSame    Outcome = "same"    // already held with the same content; nothing was stored
	OutcomeJoined  Outcome = "joined"  // another part of a run that is held; it was stored beside it
	OutcomeDiffers Outcome = "differs" // already held with other content: LOG-02; it was stored beside it
)

// Options of an import.
type Options struct {
	// Leaf is called with the digest of each new run, in the order in which
	// they are stored; the root over them goes into the source and the log.
	Leaf func(Digest)
	// Distinct says that the caller adds no identifier twice, as runlog.Read
	// promises. It is not looked for then, and would be stored twice.
	Distinct bool
	// With are the identifiers of imports that came with this one: the files of one
	// export, of which each may have what the others lack.
	With []string
}

// Summary is what an import came to.
type Summary struct {
	Source   imported.Source          `json:"source"`
	Findings map[oversight.Code]int64 `json:"findings"` // per-run findings that this import brought
	Result   oversight.Result         `json:"result"`   // over all runs of the workflow
	Joined   int64                    `json:"joined"`   // of its new runs, parts of runs that were held
	// Retold is how many of these tell held events otherwise without denying them, and
	// the first of them what.
	Retold     int64    `json:"retold"`
	RetoldWhat []Retold `json:"retold_what"`
	// Gone are findings on runs that were held, which what the import adds to them took away.
	Gone []workflow.Effect `json:"gone"`
}

// Retold is what a part of a run tells otherwise of events that are held.
type Retold struct {
	RunID string       `json:"run_id"`
	At    run.Position `json:"at"`
	What  string       `json:"what"`
}

// mostRetold is how many of them are kept in words.
const mostRetold = 20

// Writer stores the runs of one source, makes the tests on each and keeps the
// rollups. It writes in the caller's transaction, so that an import is there
// whole or not at all; some of that on a goroutine of its own, until Close or
// an error. It keeps strings of a record after Add returns, and nothing else.
type Writer struct {
	tx     *sql.Tx
	wf     *workflow.Workflow
	tester *oversight.Tester
	stream *oversight.Stream
	src    imported.Source
	leaf   func(Digest)

	wfRowID, srcRowID, first, n int64
	texts                       *texts
	batches                     *batches
	keys                        *keys
	insertRefused               *sql.Stmt
	insertFinding               *sql.Stmt // for the few at the end
	selectHead                  *sql.Stmt // the run that a row belongs to

	canonical []byte
	findings  []findingRec // not yet stored
	begun     bool         // the source has its row
	purged    bool         // earlier runs of the workflow were purged
	outputs   bool         // the source has had an output
	groups    groupCounts
	whole     atomic.Bool    // see Whole
	joined    int64          // parts of runs that were held
	tellings  int64          // runs that were held and are told otherwise
	conflicts map[int64]bool // runs that came twice in this source, with different content
	held      heldRuns       // of earlier imports, for comparison
	beside    int64          // the first row of the imports that came with this one
	inPlace   bool           // the sums were changed for the runs that go on, and not made anew
	retold    int64
	told      []Retold
	parts     []partRow         // of run_part, not stored yet
	heads     map[int64]heldRun // of rows that belong to a run, where an identifier may come twice
	sink      findingSink
}

// NewWriter begins an import of src into workflow w. Of src, the fields that
// are counted while reading are ignored; those that are known only at the end
// may be given to Close. Where the workflow was described otherwise when its
// earlier runs were tested, they are tested again first.
func NewWriter(ctx context.Context, tx *sql.Tx, w *workflow.Workflow, src imported.Source, o Options) (*Writer, error) {
	wr := &Writer{
		tx:        tx,
		wf:        w,
		stream:    oversight.NewStream(),
		src:       src,
		leaf:      o.Leaf,
		groups:    groupCounts{},
		conflicts: map[int64]bool{},
		heads:     map[int64]heldRun{},
	}
	wr.src.WorkflowID = w.ID
	if err := wr.open(ctx, o); err != nil {
		return nil, errors.Join(err, wr.release(ctx))
	}
	return wr, nil
}

func (w *Writer) open(ctx context.Context, o Options) (err error) {
	// Statements run to their end: the driver would start a goroutine for each
	// that could be interrupted. Add looks whether the caller has gone away.
	ctx = context.WithoutCancel(ctx)
	if w.wfRowID, err = addWorkflowRow(ctx, w.tx, w.wf.ID); err != nil {
		return err
	}
	if stale, err := Stale(ctx, w.tx, w.wf); err != nil {
		return err
	} else if stale {
		if _, err := Retest(ctx, w.tx, w.wf); err != nil {
			return err
		}
	}
	if err := w.tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM run_source`).Scan(&w.srcRowID); err != nil {
		return err
	}
	if err := w.tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM run_record`).Scan(&w.first); err != nil {
		return err
	}
	w.n, w.beside = w.first, w.first
	for _, id := range o.With {
		var first int64
		if err := w.tx.QueryRowContext(ctx, `SELECT first_n FROM run_source WHERE id = ?`, id).Scan(&first); err != nil {
			return err
		}
		w.beside = min(w.beside, first)
	}
	if w.tester, err = newTester(ctx, w.tx, w.wf); err != nil {
		return err
	}
	if err := w.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM source WHERE workflow_id = ? AND state = 'purged')`, w.wf.ID).Scan(&w.purged); err != nil {
		return err
	}
	if w.texts, err = newTexts(ctx, w.tx); err != nil {
		return err
	}
	if w.batches, err = newBatches(ctx, w.tx); err != nil {
		return err
	}
	if w.keys, err = newKeys(ctx, w.tx, w.batches, w.wfRowID, o.Distinct); err != nil {
		return err
	}
	if w.insertRefused, err = w.tx.PrepareContext(ctx, `INSERT INTO run_refused VALUES (?,?,?,?,?)`); err != nil {
		return err
	}
	if w.insertFinding, err = w.tx.PrepareContext(ctx, upsertFinding); err != nil {
		return err
	}
	w.sink = findingSink{
		wfRowID: w.wfRowID,
		texts:   w.texts,
		found:   map[oversight.Code]int64{},
		days:    map[foundKey]int64{},
		put: func(ctx context.Context, row findingRec) error {
			w.findings = append(w.findings, row)
			if len(w.findings) < findingBatch {
				return nil
			}
			return w.flushFindings(ctx)
		},
	}
	return nil
}

// begin stores what rows about the source refer to, once: not before it is
// needed, for a page that a long transaction wrote early and writes again at its
// end makes SQLite read all of the log that lies between.
func (w *Writer) begin(ctx context.Context) error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := w.tx.ExecContext(
		ctx,
		`INSERT INTO run_source (n, id, first_n, last_n) VALUES (?, ?, ?, ?)`,
		w.srcRowID,
		w.src.ID,
		w.first,
		w.first-1,
	)
	return err
}

// findingBatch is how many findings are gathered to be stored in the order of
// their table. It takes 15 MB, and is ten times what a million runs mostly bring.
const findingBatch = 1 << 15

func (w *Writer) flushFindings(ctx context.Context) error {
	slices.SortStableFunc(w.findings, func(a, b findingRec) int { return a.key().compare(b.key()) })
	for _, row := range w.findings {
		w.batches.finding(row)
		if w.batches.full() {
			if err := w.batches.store(ctx); err != nil {
				return err
			}
		}
	}
	clear(w.findings)
	w.findings = w.findings[:0]
	return w.batches.flush(ctx)
}

const findingRow = "workflow_n, code, gate, run_n, subject, severity, day, source_n, line, item, byte_offset, " +
	"thresholds, detail, runs"

// findingAgain keeps what a person said of a finding when it is found again.
const findingAgain = `ON CONFLICT DO UPDATE SET severity = excluded.severity, day = excluded.day, source_n = excluded.source_n, line = excluded.line, item = excluded.item,
	byte_offset = excluded.byte_offset, thresholds = excluded.thresholds, detail = excluded.detail, runs = excluded.runs`

const upsertFinding = "INSERT INTO run_finding (" + findingRow + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) " +
	findingAgain

// release gives back what the connection holds for the import.
func (w *Writer) release(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // of a cancelled import as well
	var errs []error
	if w.batches != nil {
		w.batches.wait()
		errs = append(errs, w.batches.drop(ctx))
	}
	for _, s := range []*sql.Stmt{w.insertRefused, w.insertFinding, w.selectHead} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, w.texts.close(), w.keys.close())...)
}

// addWorkflowRow is the row that stands for a workflow in the tables of runs, made
// where there is none.
func addWorkflowRow(ctx context.Context, tx *sql.Tx, id string) (n int64, err error) {
	if _, err := tx.ExecContext(ctx, `INSERT INTO run_workflow (workflow_id) VALUES (?) ON CONFLICT DO NOTHING`, id); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT n FROM run_workflow WHERE workflow_id = ?`, id).Scan(&n)
	return n, err
}

// askedEach is after how many runs it is looked whether the caller has gone away.
const askedEach = 1 << 10

// Add stores rec, unless a run with its identifier is there. A cancelled import
// ends with the next run whose number is a multiple of askedEach.
func (w *Writer) Add(ctx context.Context, rec *run.Record) (Outcome, error) {
	caller := ctx
	ctx = context.WithoutCancel(ctx) // statements run to their end: see open
	w.canonical = AppendCanonical(w.canonical[:0], rec)
	digest := digestOf(w.canonical)
	hash := keyHash(rec.RunID)
	h, ok, err := w.keys.find(ctx, hash, rec.RunID)
	if err != nil {
		return "", err
	}
	if !ok && w.purged { // perhaps it was here, and its content was purged
		id := purgedID(digest)
		h, ok, err = w.keys.find(ctx, keyHash(id), id)
		if err != nil {
			return "", err
		}
	}
	if ok {
		return w.addRepeated(ctx, rec, h, digest)
	}
	n := w.n
	w.n++
	at := oversight.When(rec)
	if err := w.batches.run(ctx, w.texts, n, w.wfRowID, w.srcRowID, rec, at, digest); err != nil {
		return "", err
	}
	if err := w.keys.put(ctx, hash, n); err != nil {
		return "", err
	}
	if w.leaf != nil {
		w.leaf(digest)
	}
	w.src.New++
	w.src.Events += int64(len(rec.Steps))
	w.src.Decisions += int64(len(rec.Decisions))
	w.src.Outputs += int64(len(rec.Outputs))
	w.period(at)
	w.period(rec.Ended)
	if err := w.noteOutputs(ctx, rec, n); err != nil {
		return "", err
	}
	for _, f := range w.tester.Test(w.src.ID, rec, w.stream) {
		if f.Code == oversight.NoRecord && !w.outputs {
			continue // perhaps the source carries no outputs at all
		}
		w.groups.add(w.tester, rec, &f)
		if _, err := w.sink.add(ctx, n, at, &f, w.srcRowID); err != nil {
			return "", err
		}
	}
	if n%askedEach == 0 {
		if err := caller.Err(); err != nil {
			return "", err
		}
	}
	if !w.batches.full() {
		return OutcomeNew, nil
	}
	if w.stream.Totals.Runs >= streamRuns {
		if err := w.mergeStream(ctx); err != nil {
			return "", err
		}
	}
	return OutcomeNew, w.batches.store(ctx)
}

// streamRuns is how many runs' sums are gathered before they are merged into
// the rollups: it bounds the memory of an import of any size.
const streamRuns = 1 << 20

func (w *Writer) mergeStream(ctx context.Context) error {
	s := w.stream
	w.stream = oversight.NewStream()
	return w.rollups().merge(ctx, s)
}

func (w *Writer) rollups() rollups {
	return rollups{w.tx, w.wfRowID, w.texts, definitionOf(w.wf)}
}

func (w *Writer) period(t time.Time) {
	if t.IsZero() {
		return
	}
	if w.src.First.IsZero() || t.Before(w.src.First) {
		w.src.First = t
	}
	if t.After(w.src.Last) {
		w.src.Last = t
	}
}

// addRepeated deals with a run whose identifier is held.
func (w *Writer) addRepeated(ctx context.Context, rec *run.Record, h heldRun, digest Digest) (Outcome, error) {
	if h.digest == digest {
		w.src.Same++
		return OutcomeSame, nil
	}
	h, err := w.headOf(ctx, h)
	if err != nil {
		return "", err
	}
	// Perhaps it is the same said otherwise: its events in another order, or
	// read by an Assay that kept less of it. Or it is another part of the run.
	c, err := w.compare(ctx, rec, h)
	switch {
	case err != nil:
		return "", err
	case c.Conflict == "" && !c.Adds:
		w.src.Same++
		return OutcomeSame, nil
	case c.Conflict == "":
		if len(c.Retold) > 0 {
			if w.retold++; len(w.told) < mostRetold {
				w.told = append(w.told, Retold{strings.Clone(rec.RunID), rec.At, strings.Join(c.Retold, "; ")})
			}
		}
		return OutcomeJoined, w.join(ctx, rec, h, digest)
	}
	if !c.purged && !c.told {
		if err := w.keepTelling(ctx, rec, h, digest, partTold); err != nil {
			return "", err
		}
	}
	w.src.Differ++
	d := oversight.TestOf(oversight.LogConflict)
	f := oversight.Finding{Code: d.Code, Severity: d.Severity, Subject: w.src.Ref,
		Detail: fmt.Sprintf(
			"%s holds the run %q again with other content (SHA-256 %x, held before: %x): %s.",
			w.src.Ref,
			clip(rec.RunID),
			digest[:6],
			h.digest[:6],
			c.Conflict,
		),
		Runs: []oversight.RunRef{{Source: w.src.ID, RunID: rec.RunID, At: rec.At}}}
	if h.source == w.srcRowID {
		f.Detail = fmt.Sprintf(
			"%s holds the run %q twice, with different content.",
			w.src.Ref,
			clip(rec.RunID),
		)
	}
	if w.conflicts[h.n] { // one finding for a run and a source is enough
		return OutcomeDiffers, nil
	}
	w.conflicts[h.n] = true
	_, err = w.sink.add(ctx, h.n, oversight.When(rec), &f, w.srcRowID)
	return OutcomeDiffers, err
}

// comparison is what a record comes to that is another one of a run that is held.
type comparison struct {
	run.Comparison
	purged bool // what is held was purged
	told   bool // another file told the run so
}

// compare holds rec against the parts of the run that are held, and its other tellings.
func (w *Writer) compare(ctx context.Context, rec *run.Record, h heldRun) (c comparison, err error) {
	if h.n >= w.first || !w.keys.distinct { // of this source, or joined by it
		if err := w.flushParts(ctx); err != nil {
			return c, err
		}
		w.held = heldRuns{}
	}
	later, told, err := w.held.rowsOf(ctx, w.tx, h.n, w.first-1)
	if err != nil {
		return c, err
	}
	var held, beside []*run.Record
	for _, n := range append([]int64{h.n}, later...) {
		part, ok, err := w.held.row(ctx, w.tx, n)
		switch {
		case err != nil:
			return c, err
		case !ok || IsPurged(part.RunID):
			return comparison{Comparison: run.Comparison{Conflict: "its content was purged"}, purged: true}, nil
		case run.Same(&part, rec):
			return c, nil
		}
		if n >= w.beside && n < w.first && !w.whole.Load() {
			beside = append(beside, &part)
		} else {
			held = append(held, &part)
		}
	}
	c.Comparison = run.Compare(held, beside, rec, w.whole.Load())
	if c.Conflict == "" {
		return c, nil
	}
	for _, n := range told {
		other, ok, err := oneRow(ctx, w.tx, n, whole)
		if err != nil {
			return c, err
		}
		c.told = c.told || ok && run.Same(&other, rec)
	}
	return c, nil
}

// headOf is the run that a row belongs to: the row itself, or the one beside which
// it is kept.
func (w *Writer) headOf(ctx context.Context, h heldRun) (heldRun, error) {
	if head, ok := w.heads[h.n]; ok {
		return head, nil
	}
	if w.selectHead == nil { // few imports come here, and then with every run
		var err error
		w.selectHead, err = w.tx.PrepareContext(ctx, `SELECT r.n, r.source_n, r.digest FROM run_part p JOIN run_record r ON r.n = p.of_n WHERE p.n = ?`)
		if err != nil {
			return h, err
		}
	}
	head, ok, err := scanHeld(w.selectHead.QueryRowContext(ctx, h.n))
	if ok {
		return head, nil
	}
	return h, err
}

// keepTelling stores a run that is held as another file tells it. It is no new run.
func (w *Writer) keepTelling(ctx context.Context, rec *run.Record, h heldRun, digest Digest, kind partKind) error {
	w.tellings++
	return w.storePart(ctx, rec, h, digest, kind)
}

// join stores another part of a run that is held.
func (w *Writer) join(ctx context.Context, rec *run.Record, h heldRun, digest Digest) error {
	if err := w.storePart(ctx, rec, h, digest, partGoesOn); err != nil {
		return err
	}
	w.joined++
	w.src.New++
	w.src.Events += int64(len(rec.Steps))
	w.src.Decisions += int64(len(rec.Decisions))
	w.src.Outputs += int64(len(rec.Outputs))
	at := oversight.When(rec)
	w.period(at)
	w.period(rec.Ended)
	return w.noteOutputs(ctx, rec, w.n-1)
}

// partRow is a row of run_part.
type partRow struct {
	n, of int64
	kind  partKind
}

// storePart stores a row that belongs to a run that is held.
func (w *Writer) storePart(ctx context.Context, rec *run.Record, h heldRun, digest Digest, kind partKind) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	n := w.n
	w.n++
	if err := w.batches.run(ctx, w.texts, n, w.wfRowID, w.srcRowID, rec, oversight.When(rec), digest); err != nil {
		return err
	}
	if err := w.keys.put(ctx, keyHash(rec.RunID), n); err != nil {
		return err
	}
	if w.leaf != nil {
		w.leaf(digest)
	}
	if !w.keys.distinct {
		w.heads[n] = h
	}
	w.parts = append(w.parts, partRow{n, h.n, kind})
	if len(w.parts) >= findingBatch {
		return w.flushParts(ctx)
	}
	return nil
}

// flushParts stores which rows belong to which, and the rows before.
func (w *Writer) flushParts(ctx context.Context) error {
	if err := w.batches.flush(ctx); err != nil || len(w.parts) == 0 {
		return err
	}
	insert, err := w.tx.PrepareContext(ctx, `INSERT INTO run_part (n, of_n, kind) VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, p := range w.parts {
		if _, err := insert.ExecContext(ctx, p.n, p.of, int64(p.kind)); err != nil {
			return err
		}
	}
	w.parts = w.parts[:0]
	return nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// nanosecondsOrNull is a time as it is stored.
func nanosecondsOrNull(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

// findingSink stores findings and counts them by day.
type findingSink struct {
	wfRowID int64
	texts   *texts
	put     func(ctx context.Context, row findingRec) error
	found   map[oversight.Code]int64
	days    map[foundKey]int64
}

type foundKey struct {
	code oversight.Code
	gate int64
	day  string
}

func (s *findingSink) count(c oversight.Code, gate int64, day string) {
	s.found[c]++
	s.days[foundKey{c, gate, day}]++
}

// add stores a finding about run n, whose position is in the source of that number.
func (s *findingSink) add(
	ctx context.Context,
	n int64,
	at time.Time,
	f *oversight.Finding,
	source int64,
) (findingKey, error) {
	gate, err1 := s.texts.number(ctx, f.Gate)
	subject, err2 := s.texts.number(ctx, f.Subject)
	thresholds, err3 := s.texts.number(ctx, f.Thresholds)
	k := findingKey{s.wfRowID, string(f.Code), gate, n, subject}
	if err := errors.Join(err1, err2, err3); err != nil {
		return k, err
	}
	var day sql.NullInt64
	var dayN any
	if !at.IsZero() {
		day = sql.NullInt64{Int64: dayOf(at), Valid: true}
		dayN = day.Int64
	}
	p := f.Runs[0].At
	s.count(f.Code, gate, dayText(day))
	return k, s.put(
		ctx,
		findingRec{
			s.wfRowID,
			k.code,
			gate,
			n,
			subject,
			string(f.Severity),
			dayN,
			source,
			p.Line,
			p.Item,
			p.Offset,
			thresholds,
			f.Detail,
			nil,
		},
	)
}

// dayOf is the number of the day since 1970.
func dayOf(t time.Time) int64 {
	u := t.Unix()
	if u < 0 {
		u -= 86399
	}
	return u / 86400
}

const noOutputs = "The run has neither an output nor a reasoning record."

// noteOutputs notes that the source carries outputs, where rec, which stands at row n, is
// the first that has some.
func (w *Writer) noteOutputs(ctx context.Context, rec *run.Record, n int64) error {
	if w.outputs || len(rec.Outputs) == 0 {
		return nil
	}
	w.outputs = true
	return w.missingOutputs(ctx, n-1)
}

// missingOutputs files TRN-01 for the runs up to last that had no outputs:
// now that the source has had one, it is known to carry them. Rows that belong to
// runs that were held are no runs of their own.
func (w *Writer) missingOutputs(ctx context.Context, last int64) error {
	if last < w.first {
		return nil
	}
	if err := w.flushParts(ctx); err != nil {
		return err
	}
	d := oversight.TestOf(oversight.NoRecord)
	for first := w.first; first <= last; first += retestBatch {
		type missing struct {
			n  int64
			at time.Time
			f  oversight.Finding
		}
		var found []missing
		end := min(first+retestBatch-1, last)
		rows, err := partsIn(ctx, w.tx, first, end)
		if err != nil {
			return err
		}
		err = eachIn(
			ctx,
			w.tx,
			first,
			end,
			0,
			forTests,
			func(n, _ int64, rec *run.Record, _ Digest) error {
				if rows.later[n] {
					return nil
				}
				f := oversight.Finding{
					Code:     d.Code,
					Severity: d.Severity,
					Detail:   noOutputs,
					Runs:     []oversight.RunRef{{Source: w.src.ID, RunID: rec.RunID, At: rec.At}},
				}
				found = append(found, missing{n, oversight.When(rec), f})
				w.groups.add(w.tester, rec, &f)
				return nil
			},
		)
		if err != nil {
			return err
		}
		for i := range found {
			if _, err := w.sink.add(ctx, found[i].n, found[i].at, &found[i].f, w.srcRowID); err != nil {
				return err
			}
		}
		if err := w.batches.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Refuse notes a record that could not be read: where, why, and its beginning.
func (w *Writer) Refuse(ctx context.Context, r imported.Refused) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	w.src.Refused++
	_, err := w.insertRefused.ExecContext(ctx, w.srcRowID, w.src.Refused, r.Place, r.Reason, r.Record)
	return fault.Doing("keep a refused record", err)
}

// Whole says, before the first run, whether each run of the source is all that
// there is of it so far: an event that is held and that it lacks was taken out.
func (w *Writer) Whole(is bool) { w.whole.Store(is) }

// End is what is known of a source once it has been read.
type End struct {
	SHA256     string
	Bytes      int64
	Format     string // empty: as given to NewWriter
	Root       string
	Records    int64       // 0: as many as were added or refused
	Refused    int64       // 0: as many as were given to Refuse
	Stated     *int64      // runs in the file by the platform's own count
	Duplicates int64       // records left out because their run identifier came twice
	NoRun      int64       // records that belong to no run
	LeftAside  []LeftAside // records that the mapping's rules leave aside
	Columns    int         // of its tables
	Unread     []string    // those of them that the mapping names nowhere
	Chain      string      // why the file's hash chain does not hold, empty where it holds or there is none
	ImportedAt time.Time
	Treated    []imported.Treatment // what the privacy rules did
}

// Stop waits for the rows that are just being stored. A caller that gives the
// import up calls it before the transaction ends; after Close it does nothing.
func (w *Writer) Stop() {
	if w.batches != nil {
		w.batches.wait()
	}
}

// Close ends the import: it stores the source, merges the rollups, and makes
// the tests over all runs of the workflow. The Writer cannot be used again.
func (w *Writer) Close(ctx context.Context, e End) (Summary, error) {
	s, err := w.close(ctx, e)
	return s, errors.Join(err, w.release(ctx))
}

func (w *Writer) close(ctx context.Context, e End) (Summary, error) {
	if err := ctx.Err(); err != nil {
		return Summary{}, err
	}
	ctx = context.WithoutCancel(ctx) // statements run to their end: see open
	s := &w.src
	s.SHA256, s.Bytes, s.Root, s.Stated = e.SHA256, e.Bytes, e.Root, e.Stated
	if e.Format != "" {
		s.Format = e.Format
	}
	if !e.ImportedAt.IsZero() {
		s.ImportedAt = e.ImportedAt
	}
	s.Refused = max(s.Refused, e.Refused)
	s.Records = max(e.Records, s.New+s.Same+s.Differ+s.Refused)
	if s.Mapping == "" {
		s.Mapping = "{}"
	}
	if s.State == "" {
		s.State = imported.SourceComplete
	}
	for _, f := range []func(context.Context) error{w.keys.flush, w.flushFindings, w.begin, w.flushParts} {
		if err := f(ctx); err != nil {
			return Summary{}, err
		}
	}
	left, err := json.Marshal(append([]LeftAside{}, e.LeftAside...))
	if err != nil {
		return Summary{}, err
	}
	unread, err := json.Marshal(append([]string{}, e.Unread...))
	if err != nil {
		return Summary{}, err
	}
	if err := insertSource(ctx, w.tx, s); err != nil {
		return Summary{}, err
	}
	if _, err := w.tx.ExecContext(
		ctx, `UPDATE run_source SET last_n = ?, duplicates = ?, chain = ?, no_run = ?, left_aside = ?, unread = ?, table_columns = ?
		WHERE n = ?`,
		w.n-1, e.Duplicates, e.Chain, e.NoRun, string(left), string(unread), e.Columns, w.srcRowID,
	); err != nil {
		return Summary{}, err
	}
	for _, t := range e.Treated {
		if _, err := w.tx.ExecContext(ctx, `INSERT INTO run_treatment (source_n, field, what, treated) VALUES (?, ?, ?, ?)`, w.srcRowID, t.Field, t.What, t.Values); err != nil {
			return Summary{}, err
		}
	}
	if s.New > 0 && !w.outputs {
		if _, err := w.tx.ExecContext(
			ctx, `INSERT INTO run_untested (source_n, code, why) VALUES (?, ?, ?)`, w.srcRowID,
			string(oversight.NoRecord),
			"Assay found no AI output where it looks in a file of this format; the log may hold some elsewhere.",
		); err != nil {
			return Summary{}, err
		}
	}
	r := w.rollups()
	if err := w.mergeStream(ctx); err != nil {
		return Summary{}, err
	}
	if err := errors.Join(r.addFound(ctx, w.sink.days), r.addGroups(ctx, w.groups)); err != nil {
		return Summary{}, err
	}
	if w.joined > 0 || w.tellings > 0 { // runs that were tested have become others
		result, gone, err := w.retest(ctx)
		return Summary{Source: *s, Findings: w.sink.found, Result: result, Joined: w.joined, Retold: w.retold,
			RetoldWhat: w.told, Gone: gone}, err
	}
	result, err := r.testAll(ctx, w.wf, w.insertFinding)
	return Summary{Source: *s, Findings: w.sink.found, Result: result}, err
}
