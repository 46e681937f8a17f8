package runs

import (
	"context"
	"fmt"

	"assay/internal/fault"
	"assay/internal/oversight"
)

// An import that adds to runs that are held tests those again, and no others: a month's
// file goes on in some thousands of the runs of a register of millions. What these runs
// came to is taken out of the sums, and what they come to now is put in.

// testJoined tests the runs again to which the import added something, and makes the
// tests over all runs. The register is then as after Retest, which it falls back on where
// the sums do not say what is left of them, or most runs are concerned.
func (w *Writer) testJoined(ctx context.Context) (oversight.Result, error) {
	heads, order, err := w.joinedRuns(ctx)
	if err != nil {
		return oversight.Result{}, err
	}
	totals, _, err := readTotals(ctx, w.tx, w.wfRowID)
	if err != nil {
		return oversight.Result{}, fmt.Errorf("read sums of runs: %w", err)
	}
	if w.purged || 2*int64(len(order)) > totals.Runs {
		return Retest(ctx, w.tx, w.wf)
	}
	t, err := newRetest(ctx, w.tx, w.wf, w.wfRowID)
	if err != nil {
		return oversight.Result{}, err
	}
	defer t.close()
	t.only, t.since = heads, w.first
	if t.was, err = newRecount(ctx, w.tx, w.wf); err != nil {
		return oversight.Result{}, err
	}
	if err := t.batches(ctx, w.wf.ID, order); err != nil {
		return oversight.Result{}, err
	}
	r := rollups{w.tx, w.wfRowID, t.sink.texts, definitionOf(w.wf)}
	ok, err := r.exchange(ctx, t.was.stream, t.stream)
	if err != nil {
		return oversight.Result{}, fault.Doing("put runs that go on into the sums", err)
	}
	if !ok {
		return Retest(ctx, w.tx, w.wf)
	}
	groups := t.groups
	for k, n := range t.was.groups {
		groups[k] -= n
	}
	for _, f := range []func() error{
		func() error { return r.changeFound(ctx, t.sink.days) }, func() error { return r.changeGroups(ctx, groups) },
	} {
		if err := f(); err != nil {
			return oversight.Result{}, fault.Doing("put findings on runs that go on into the sums", err)
		}
	}
	w.inPlace = true
	return r.testAll(ctx, w.wf, t.insert)
}

// joinedRuns are the first rows of the runs to which the import added something.
func (w *Writer) joinedRuns(ctx context.Context) (heads map[int64]bool, order []int64, err error) {
	heads = map[int64]bool{}
	err = query(ctx, w.tx, func(row scanner) error {
		var n int64
		err := row.Scan(&n)
		heads[n], order = true, append(order, n)
		return err
	}, `SELECT DISTINCT of_n FROM run_part WHERE n >= ? ORDER BY of_n`, w.first)
	return heads, order, fault.Doing("read which runs go on", err)
}

// batches tests the runs at those rows, which are in order; rows that stand near each
// other are read together.
func (t *retest) batches(ctx context.Context, workflowID string, order []int64) error {
	spans, err := spansOf(ctx, t.tx, workflowID)
	if err != nil {
		return err
	}
	for _, s := range spans {
		for len(order) > 0 && order[0] <= s.last {
			k := 1
			for k < len(order) && order[k] <= s.last && order[k]-order[k-1] <= nearby &&
				order[k]-order[0] < retestBatch {
				k++
			}
			if err := t.batch(ctx, s.id, order[0], order[k-1]); err != nil {
				return err
			}
			order = order[k:]
		}
	}
	return nil
}

// exchange takes what the runs of was came to out of the sums, and puts in what those of
// is come to. It tells false, and has changed nothing, where the sums do not allow it.
func (r rollups) exchange(ctx context.Context, was, is *oversight.Stream) (bool, error) {
	was.Fold()
	is.Fold()
	either := oversight.NewStream() // for its keys
	either.Merge(was)
	either.Merge(is)
	held, err := r.touched(ctx, either)
	if err != nil || !held.Replace(was, is) {
		return false, err
	}
	if err := r.deleteEmpty(ctx, either, held); err != nil {
		return false, err
	}
	if err := r.write(ctx, held); err != nil {
		return false, err
	}
	return true, r.sumOfficers(ctx, either)
}

// deleteEmpty deletes the rows of what either has and left does not.
func (r rollups) deleteEmpty(ctx context.Context, either, left *oversight.Stream) (err error) {
	number := func(text string) (n int64) {
		if err == nil {
			n, err = r.texts.number(ctx, text)
		}
		return n
	}
	drop := func(from string, args ...any) {
		if err == nil {
			_, err = r.tx.ExecContext(ctx, "DELETE FROM "+from, append([]any{r.wfRowID}, args...)...)
		}
	}
	for k := range either.Days {
		if left.Days[k] == 0 {
			drop(`run_day WHERE workflow_n = ? AND day = ? AND outcome = ?`, string(k.Day), number(k.Outcome))
		}
	}
	for k := range either.Segments {
		if left.Segments[k] == 0 {
			drop(`run_segment WHERE workflow_n = ? AND month = ? AND segment = ? AND outcome = ?`,
				k.Month, number(k.Segment), number(k.Outcome))
		}
	}
	for k := range either.Accounts {
		if left.Accounts[k] == 0 {
			drop(`run_account WHERE workflow_n = ? AND account = ?`, number(k))
		}
	}
	for k := range either.Gates {
		if left.Gates[k] == nil {
			drop(`run_gate_day WHERE workflow_n = ? AND gate = ? AND day = ?`, number(k.Gate), string(k.Day))
		}
	}
	for k := range either.SegmentGates {
		if left.SegmentGates[k] == nil {
			drop(`run_segment_gate WHERE workflow_n = ? AND segment = ? AND gate = ? AND month = ?`,
				number(k.Segment), number(k.Gate), k.Month)
		}
	}
	for k := range either.Officers {
		if left.Officers[k] == nil {
			drop(`run_officer_month WHERE workflow_n = ? AND gate = ? AND account = ? AND month = ?`,
				number(k.Gate), number(k.Account), k.Month)
			// The sum of the account's months is made anew from those that are left.
			drop(`run_officer WHERE workflow_n = ? AND gate = ? AND account = ?`, number(k.Gate), number(k.Account))
		}
	}
	for k := range either.Versions {
		if left.Versions[k] == nil {
			drop(`run_version WHERE workflow_n = ? AND what = ? AND version = ?`, k.What, number(k.Version))
		}
	}
	return err
}

// changeFound changes how many findings a test has on a day.
func (r rollups) changeFound(ctx context.Context, by map[foundKey]int64) error {
	for k, n := range by {
		if n == 0 {
			continue
		}
		of := []any{r.wfRowID, string(k.code), k.gate, k.day}
		const where = `workflow_n = ?1 AND code = ?2 AND gate = ?3 AND day = ?4`
		if err := r.change(ctx, "run_finding_day", where, "?1, ?2, ?3, ?4", n, of); err != nil {
			return err
		}
	}
	return nil
}

// changeGroups changes how many findings are on runs that have something in common.
func (r rollups) changeGroups(ctx context.Context, by groupCounts) error {
	for k, n := range by {
		if n == 0 {
			continue
		}
		of, err := r.groupRow(ctx, k)
		if err != nil {
			return err
		}
		const where = `workflow_n = ?1 AND kind = ?2 AND name = ?3 AND month = ?4 AND code = ?5 AND gate = ?6`
		if err := r.change(ctx, "run_group_finding", where, "?1, ?2, ?3, ?4, ?5, ?6", n, of); err != nil {
			return err
		}
	}
	return nil
}

// change adds n, which may be negative, to the findings of a row; one that comes to none
// goes, and one that there is not is made.
func (r rollups) change(ctx context.Context, table, where, values string, n int64, of []any) error {
	var held int64
	err := r.tx.QueryRowContext(ctx, "SELECT coalesce(sum(findings), 0) FROM "+table+" WHERE "+where, of...).Scan(&held)
	if err != nil {
		return err
	}
	if held+n <= 0 {
		_, err = r.tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE "+where, of...)
		return err
	}
	_, err = r.tx.ExecContext(ctx, "INSERT OR REPLACE INTO "+table+" VALUES ("+values+", ?)", append(of, held+n)...)
	return err
}
