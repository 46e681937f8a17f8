package runs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/sqlitex"
	"assay/internal/workflow"
)

// Problem is something that does not agree with the runs as they are kept.
type Problem struct {
	What     string `json:"what"` // the table and row, or the run
	Kept     string `json:"kept"`
	Computed string `json:"computed"`
}

// maxProblems bounds a report on a register that is thoroughly damaged.
const maxProblems = 100

// definitionOf is the SHA-256 of what the tests on single runs and the rollups
// take from a workflow's description: what was declared, from day to day.
func definitionOf(w *workflow.Workflow) string {
	var parts []any
	weaker := false
	for i, d := range w.InForce() {
		if i > 0 {
			parts = append(parts, d.From)
		}
		parts = append(parts, d.Gates, d.Roster, d.Activities, d.Tools, d.DataSources)
		weaker = weaker || slices.ContainsFunc(d.Gates, func(g workflow.Gate) bool { return g.Pattern.Weaker() })
	}
	if weaker { // OVR-28 asks what such a gate is used for
		parts = append(parts, w.MaybeSignificant())
	}
	b, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return fmt.Sprintf("%x", digestOf(b))
}

// Stale tells whether the workflow is described otherwise than when its runs
// were tested: Retest then brings findings and measures up to date.
func Stale(ctx context.Context, db DB, w *workflow.Workflow) (bool, error) {
	var definition string
	err := db.QueryRowContext(ctx, `SELECT t.definition FROM run_total t JOIN run_workflow r ON r.n = t.workflow_n WHERE r.workflow_id = ?`, w.ID).
		Scan(&definition)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return definition != definitionOf(w), fault.Doing("see whether runs are to be tested again", err)
}

// Check computes again everything that is kept about a workflow's runs: each
// run's digest from its content, and the rollups and counts of findings from
// the runs. It reads only. Leaf, where given, is called with each run's digest
// as computed, source by source in the order of import, so that the caller can
// compare the sources' roots with those in the log; of purged runs it is the
// digest that was kept. Where the findings are Stale,
// they and the sums at gates rest on another description and are not compared.
func Check(ctx context.Context, db DB, w *workflow.Workflow, leaf func(sourceID string, d Digest)) ([]Problem, error) {
	wfRowID, err := workflowRowID(ctx, db, w.ID)
	if err != nil || wfRowID == 0 {
		return nil, err
	}
	var problems []Problem
	report := func(what, kept, computed string) {
		if len(problems) < maxProblems {
			problems = append(problems, Problem{what, kept, computed})
		}
	}
	again, err := newRecount(ctx, db, w)
	if err != nil {
		return nil, err
	}
	stream := again.stream
	keys, err := checkRuns(ctx, db, wfRowID, w.ID, again, leaf, report)
	if err != nil {
		return problems, err
	}
	purgedKeys, err := checkPurged(ctx, db, w.ID, leaf, report)
	if err != nil {
		return problems, err
	}
	stream.Fold()
	if err := addPurged(ctx, db, w.ID, stream); err != nil {
		return problems, err
	}
	if err := checkIdentifiers(ctx, db, wfRowID, keys+purgedKeys, report); err != nil {
		return problems, err
	}
	heldRun, err := readStream(ctx, db, wfRowID, imported.Period{}, true)
	if err != nil {
		return problems, err
	}
	totals, err := readStream(ctx, db, wfRowID, imported.Period{}, false)
	if err != nil {
		return problems, err
	}
	stale, err := Stale(ctx, db, w)
	if err != nil {
		return problems, err
	}
	if stale {
		for _, s := range []*oversight.Stream{heldRun, stream} {
			clear(s.Gates)
			clear(s.Officers)
			clear(s.SegmentGates)
		}
		compare(dump(heldRun), dump(stream), report)
		return problems, nil
	}
	compare(dump(heldRun), dump(stream), report)
	compare(dumpOfficers(totals.Officers), dumpOfficers(stream.OfficerTotals()), report)
	grouped, err := readGroups(ctx, db, wfRowID)
	if err != nil {
		return problems, err
	}
	compare(grouped.dump(), again.groups.dump(), report)
	err = checkFindingDays(ctx, db, wfRowID, report) // adds to problems
	return problems, err
}

// reporter notes what does not agree.
type reporter func(what, kept, computed string)

// keyTerm is what a run adds to the sum over the index of identifiers. The index is in
// the order of hashes and the runs are not: a sum does not depend on the order, so that
// neither has to be sorted or held in memory. The multiplier, that of Fibonacci hashing, is
// odd: no two hashes have the same term.
func keyTerm(hash int64) uint64 { return uint64(hash) * 0x9E3779B97F4A7C15 }

// checkRuns computes the digest of each run that is held in full, and counts it again.
// It gives the sum of the runs' keyTerms.
func checkRuns(
	ctx context.Context,
	db DB,
	wfRowID int64,
	workflowID string,
	again *recount,
	leaf func(sourceID string, d Digest),
	report reporter,
) (keys uint64, err error) {
	var canonical []byte
	inParts := map[int64]string{} // first rows of runs that several rows hold, by their imports
	err = eachSource(ctx, db, workflowID, func(source string, firstRow, lastRow, _ int64) error {
		t, err := partsIn(ctx, db, firstRow, lastRow)
		if err != nil {
			return err
		}
		for _, of := range []map[int64][]int64{t.parts, t.told} {
			for n := range of {
				inParts[n] = source
			}
		}
		return eachIn(ctx, db, firstRow, lastRow, wfRowID, whole, func(n, _ int64, rec *run.Record, kept Digest) error {
			canonical = AppendCanonical(canonical[:0], rec)
			d := digestOf(canonical)
			if d != kept {
				report(fmt.Sprintf("content of run %q", rec.RunID), fmt.Sprintf("%x", kept), fmt.Sprintf("%x", d))
			}
			if leaf != nil {
				leaf(source, d)
			}
			if !t.later[n] && inParts[n] == "" {
				again.run(source, rec, nil)
			}
			keys += keyTerm(keyHash(rec.RunID))
			return nil
		})
	})
	// A run that several rows hold is tested once, with all of them.
	for n, source := range inParts {
		if err == nil {
			err = eachRun(ctx, db, n, n, 0, whole, func(x *toldRun) error {
				again.run(source, x.rec, x.files)
				return nil
			})
		}
	}
	return keys, err
}

// checkPurged gives the sum of the keyTerms of runs whose content was purged. They cannot
// be counted again: their digests and sums stand for them.
func checkPurged(
	ctx context.Context,
	db DB,
	workflowID string,
	leaf func(sourceID string, d Digest),
	report reporter,
) (keys uint64, err error) {
	err = eachPurged(ctx, db, workflowID, func(source, id string, kept Digest) error {
		if id != purgedID(kept) {
			report("identifier of a purged run", id, purgedID(kept))
		}
		if leaf != nil {
			leaf(source, kept)
		}
		keys += keyTerm(keyHash(id))
		return nil
	})
	return keys, err
}

// checkIdentifiers holds the index of identifiers against the sum of the runs' keyTerms,
// and looks for identifiers that stand there twice.
func checkIdentifiers(ctx context.Context, db DB, wfRowID int64, computed uint64, report reporter) error {
	kept, twins, err := checkKeys(ctx, db, wfRowID, report)
	if err != nil {
		return err
	}
	if kept != computed {
		report("index of run identifiers", fmt.Sprintf("%016x", kept), fmt.Sprintf("%016x", computed))
	}
	for _, hash := range twins {
		err := query(ctx, db, func(row scanner) error {
			var id string
			err := row.Scan(&id)
			report(fmt.Sprintf("run %q", id), "more than once", "once")
			return err
		}, `SELECT r.run_id FROM run_lot l JOIN run_key k ON k.lot_n = l.n JOIN run_record r ON r.n = k.run_n WHERE l.workflow_n = ? AND k.hash = ? AND r.n NOT IN (SELECT n FROM run_part) GROUP BY r.run_id HAVING count(*) > 1`, wfRowID, hash)
		if err != nil {
			return err
		}
	}
	return nil
}

// checkFindingDays counts findings by day again.
func checkFindingDays(ctx context.Context, db DB, wfRowID int64, report reporter) error {
	kept, found := map[string]string{}, map[string]string{}
	for _, q := range []struct {
		into map[string]string
		text string
	}{
		{kept, `SELECT d.code || ' ' || g.text || ' ' || d.day, d.findings FROM run_finding_day d JOIN run_text g ON g.n = d.gate WHERE d.workflow_n = ?`},
		{found, `SELECT f.code || ' ' || g.text || ' ' || coalesce(date(f.day * 86400, 'unixepoch'), ''), count(*) FROM run_finding f JOIN run_text g ON g.n = f.gate
			WHERE f.workflow_n = ? AND f.run_n > 0 GROUP BY f.code, g.text, f.day`},
	} {
		err := query(ctx, db, func(row scanner) error {
			var k string
			var n int64
			err := row.Scan(&k, &n)
			q.into["findings "+k] = fmt.Sprint(n)
			return err
		}, q.text, wfRowID)
		if err != nil {
			return err
		}
	}
	compare(kept, found, report)
	return nil
}

func compare(kept, computed map[string]string, report reporter) {
	for _, k := range slices.Sorted(maps.Keys(kept)) {
		if kept[k] != computed[k] {
			report(k, kept[k], computed[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(computed)) {
		if _, ok := kept[k]; !ok {
			report(k, "", computed[k])
		}
	}
}

// dump writes a Stream as one line a row, to compare.
func dump(s *oversight.Stream) map[string]string {
	s.Fold()
	s.Compact()
	m := map[string]string{}
	text := func(vs ...any) string {
		b, err := json.Marshal(vs)
		return fmt.Sprint(string(b), err)
	}
	blob := func(v interface{ MarshalBinary() ([]byte, error) }) []byte {
		b, _ := v.MarshalBinary()
		return b
	}
	m["totals"] = text(s.Totals, blob(&s.Sequence))
	for k, n := range s.Days {
		m[fmt.Sprintf("day %s %q", k.Day, k.Outcome)] = text(n)
	}
	for k, n := range s.Segments {
		m[fmt.Sprintf("segment %s %q %q", k.Month, k.Segment, k.Outcome)] = text(n)
	}
	for k, n := range s.Accounts {
		m[fmt.Sprintf("account %q", k)] = text(n)
	}
	for k, c := range s.Gates {
		m[fmt.Sprintf("gate %q %s", k.Gate, k.Day)] = text(countsOfGate(c), blob(&c.Review))
	}
	for k, c := range s.SegmentGates {
		m[fmt.Sprintf("segment %q at gate %q %s", k.Segment, k.Gate, k.Month)] = text(countsOfGate(c), blob(&c.Review))
	}
	for k, c := range s.Officers {
		m[fmt.Sprintf("officer %q %q %s", k.Gate, k.Account, k.Month)] = text(
			countsOfOfficer(c),
			blob(&c.Review),
			blob(&c.Streak),
		)
	}
	for k, c := range s.Versions {
		m[fmt.Sprintf("version %s %q", k.What, k.Version)] = text(c)
	}
	return m
}

// dumpOfficers does the same for totals.
func dumpOfficers(totals map[oversight.OfficerKey]*oversight.OfficerCell) map[string]string {
	m := map[string]string{}
	for k, c := range totals {
		c.CompactTotal()
		counts, err1 := json.Marshal(countsOfOfficer(c))
		review, err2 := c.Review.MarshalBinary()
		m[fmt.Sprintf("officer %q %q", k.Gate, k.Account)] = fmt.Sprintf(
			"%s %x %v",
			counts,
			review,
			errors.Join(err1, err2),
		)
	}
	return m
}

// Retest makes every test again on all runs of a workflow, after its gates,
// thresholds, officers, roster, scope or changes were edited, and replaces
// findings and rollups. A finding that is found again keeps what a person said
// of it; one that is no longer found goes. What was found on runs that have been
// purged since, and what they came to, stands as it was.
func Retest(ctx context.Context, tx *sql.Tx, w *workflow.Workflow) (oversight.Result, error) {
	wfRowID, err := workflowRowID(ctx, tx, w.ID)
	if err != nil || wfRowID == 0 {
		return oversight.NewStream().Result(w, oversight.Context{}), err
	}
	t, err := newRetest(ctx, tx, w, wfRowID)
	if err != nil {
		return oversight.Result{}, err
	}
	defer t.close()
	err = eachSource(ctx, tx, w.ID, func(id string, first, last, _ int64) error {
		for from := first; from <= last; from += retestBatch {
			if err := t.batch(ctx, id, from, min(from+retestBatch-1, last)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return oversight.Result{}, err
	}
	t.stream.Fold()
	if err := errors.Join(addPurged(ctx, tx, w.ID, t.stream), t.sink.countPurged(ctx, tx, w.ID)); err != nil {
		return oversight.Result{}, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM run_finding_day WHERE workflow_n = ?`, wfRowID); err != nil {
		return oversight.Result{}, fault.Doing("test runs again", err)
	}
	r := rollups{tx, wfRowID, t.sink.texts, definitionOf(w)}
	if err := errors.Join(
		r.replace(ctx, t.stream), r.addFound(ctx, t.sink.days), r.replaceGroups(ctx, t.groups),
	); err != nil {
		return oversight.Result{}, err
	}
	return r.testAll(ctx, w, t.insert)
}

// newRetest begins to test runs of a workflow again; what it holds is given back by close.
func newRetest(ctx context.Context, tx *sql.Tx, w *workflow.Workflow, wfRowID int64) (*retest, error) {
	again, err := newRecount(ctx, tx, w)
	if err != nil {
		return nil, err
	}
	texts, err := newTexts(ctx, tx)
	if err != nil {
		return nil, err
	}
	insert, err := tx.PrepareContext(ctx, upsertFinding)
	if err != nil {
		return nil, errors.Join(fault.Doing("test runs again", err), texts.close())
	}
	t := &retest{recount: again, tx: tx, insert: insert, purged: map[int64]bool{}, rows: map[string]int64{},
		sink: findingSink{
			wfRowID: wfRowID,
			texts:   texts,
			found:   map[oversight.Code]int64{},
			days:    map[foundKey]int64{},
		}}
	t.sink.put = func(ctx context.Context, row findingRec) error {
		k := row.key()
		was, ok := t.held[k]
		delete(t.held, k)
		delete(t.stood, k)
		if ok && was == row { // found as it was: there is nothing to write
			return nil
		}
		_, err := insert.ExecContext(ctx, row.args()...)
		return err
	}
	if err := t.readSources(ctx, w.ID); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *retest) close() {
	t.insert.Close()
	t.sink.texts.close()
}

// retestBatch is how many runs' findings are held in memory.
const retestBatch = 16 * readBatch

type retest struct {
	*recount
	tx     *sql.Tx
	insert *sql.Stmt
	sink   findingSink
	only   map[int64]bool            // rows of runs to test; nil is all
	held   map[findingKey]findingRec // of the batch, as they are held: those left at its end are found no longer
	// Findings of the batch, with their days, that only a telling shows which was purged since.
	stood  map[findingKey]string
	purged map[int64]bool   // imports, by their rows
	rows   map[string]int64 // of imports, by their identifiers
	// Of an import that adds to runs: what these were before its first row, since.
	was   *recount
	since int64
}

func (t *retest) readSources(ctx context.Context, workflowID string) error {
	err := query(ctx, t.tx, func(row scanner) error {
		var n int64
		var id string
		var purged bool
		err := row.Scan(&n, &id, &purged)
		t.rows[id], t.purged[n] = n, purged
		return err
	}, `SELECT r.n, s.id, s.state = 'purged' FROM run_source r JOIN source s ON s.id = r.id WHERE s.workflow_id = ?`, workflowID)
	return fault.Doing("test runs again", err)
}

func (t *retest) batch(ctx context.Context, sourceID string, first, last int64) error {
	t.held, t.stood = map[findingKey]findingRec{}, map[findingKey]string{}
	err := query(ctx, t.tx, func(row scanner) error {
		rec, day, err := scanFindingRec(row)
		k := rec.key()
		if t.only != nil {
			if !t.only[k.run] {
				return err
			}
			t.sink.days[foundKey{oversight.Code(k.code), k.gate, dayText(day)}]-- // as it was counted
		}
		switch {
		case k.code == string(oversight.LogConflict): // no matter of definitions
			t.sink.count(oversight.LogConflict, k.gate, dayText(day))
		case t.purged[rec.source()]: // what was found in a telling that was purged since can be found no more
			t.stood[k] = dayText(day)
		default:
			t.held[k] = rec
		}
		return err
	}, `SELECT `+findingRow+` FROM run_finding WHERE run_n > 0 AND run_n BETWEEN ? AND ? AND workflow_n = ?`, first, last, t.sink.wfRowID)
	if err != nil {
		return err
	}
	type found struct {
		n, source int64
		at        time.Time
		f         oversight.Finding
	}
	var fs []found
	err = eachRun(
		ctx,
		t.tx,
		first,
		last,
		t.sink.wfRowID,
		forTests,
		func(x *toldRun) error {
			if t.only != nil && !t.only[x.n] {
				return nil
			}
			if t.was != nil {
				before := x.before(t.since)
				t.was.run(sourceID, before.rec, before.files)
			}
			for _, f := range t.run(sourceID, x.rec, x.files) {
				fs = append(fs, found{x.n, cmp.Or(t.rows[f.Runs[0].Source], x.source), oversight.When(x.rec), f})
			}
			return nil
		},
	)
	if err != nil {
		return err
	}
	for i := range fs {
		if _, err := t.sink.add(ctx, fs[i].n, fs[i].at, &fs[i].f, fs[i].source); err != nil {
			return err
		}
	}
	for k, day := range t.stood {
		t.sink.count(oversight.Code(k.code), k.gate, day)
	}
	for k := range t.held {
		if _, err := t.tx.ExecContext(ctx, `DELETE FROM run_finding WHERE workflow_n = ? AND code = ? AND gate = ? AND run_n = ? AND subject = ?`, k.wfRowID, k.code, k.gate, k.run, k.about); err != nil {
			return err
		}
	}
	return nil
}

// scanFindingRec reads a finding on one run as findingSink writes it, in the order
// of findingRow, and its day.
func scanFindingRec(row scanner) (rec findingRec, day sql.NullInt64, err error) {
	var code, severity, detail string
	var wf, gate, run, subject, source, line, item, offset, thresholds int64
	var examples sql.NullString
	err = row.Scan(&wf, &code, &gate, &run, &subject, &severity, &day, &source, &line, &item, &offset, &thresholds,
		&detail, &examples)
	rec = findingRec{wf, code, gate, run, subject, severity, nil, source, line, item, offset, thresholds, detail, nil}
	if day.Valid {
		rec[6] = day.Int64
	}
	if examples.Valid {
		rec[13] = examples.String
	}
	return rec, day, err
}

func dayText(day sql.NullInt64) string {
	if !day.Valid {
		return ""
	}
	return time.Unix(day.Int64*86400, 0).UTC().Format(time.DateOnly)
}

// checkKeys reads the index of identifiers: the sum of their hashes, which tells in
// any order whether each run can be found, and the hashes that stand there twice.
// What a filter does not know of its lot would be stored again.
func checkKeys(
	ctx context.Context,
	db DB,
	wfRowID int64,
	report reporter,
) (sum uint64, twins []int64, err error) {
	lots, err := lotsOf(ctx, db, wfRowID)
	if err != nil {
		return 0, nil, err
	}
	filters := make([][]*keyFilter, len(lots))
	counted := make([]int64, len(lots))
	total := int64(0)
	for i := range lots {
		if filters[i], err = filtersOf(ctx, db, &lots[i]); err != nil {
			return 0, nil, err
		}
		total += lots[i].keys
	}
	// Equal hashes may stand in different lots: all of them are read range by range.
	const most = 1 << 20 // hashes of a range, about
	parts := uint64(max(1, total/most))
	var hashes []int64
	for part := range parts {
		from := int64(part*(math.MaxUint64/parts) ^ 1<<63)
		to := int64((part+1)*(math.MaxUint64/parts) - 1 ^ 1<<63)
		if part == parts-1 {
			to = math.MaxInt64
		}
		hashes = hashes[:0]
		for i := range lots {
			err := sqlitex.Scan(ctx, db, func(v *sqlitex.Row) error {
				hash := v.Int()
				sum += keyTerm(hash)
				counted[i]++
				hashes = append(hashes, hash)
				knows := func(f *keyFilter) bool { return f.has(hash) }
				if len(filters[i]) > 0 && !slices.ContainsFunc(filters[i], knows) {
					report("filter of run identifiers", fmt.Sprintf("without %016x", uint64(hash)), "with it")
				}
				return nil
			}, "hash", "run_key WHERE lot_n = ? AND hash BETWEEN ? AND ?", lots[i].n, from, to)
			if err != nil {
				return 0, nil, err
			}
		}
		slices.Sort(hashes)
		for i := 1; i < len(hashes) && len(twins) < maxProblems; i++ {
			if hashes[i] == hashes[i-1] {
				twins = append(twins, hashes[i])
			}
		}
	}
	for i, l := range lots {
		if counted[i] != l.keys {
			report(fmt.Sprintf("run identifiers of lot %d", l.n), fmt.Sprint(l.keys), fmt.Sprint(counted[i]))
		}
	}
	return sum, twins, nil
}
