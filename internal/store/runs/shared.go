package runs

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/workflow"
)

// SharedRuns counts the runs that two workflows hold both: the platform's
// identifier is the same, and so is the time or the content. Whose runs are fewer
// is asked for a sample of most of them, the lowest by the hash of the identifier,
// which is as good as drawn; where none of it is shared, none is. Larger numbers
// than the sample are exact up to exactShared runs and estimated beyond.
func SharedRuns(ctx context.Context, db DB, a, b *workflow.Workflow, most int) (int64, error) {
	var row, held [2]int64
	for i, w := range []*workflow.Workflow{a, b} {
		var err error
		if row[i], err = workflowRowID(ctx, db, w.ID); err != nil {
			return 0, err
		}
		err = db.QueryRowContext(ctx, `SELECT coalesce(sum(keys), 0) FROM run_lot WHERE workflow_n = ?`, row[i]).
			Scan(&held[i])
		if err != nil {
			return 0, fault.Doing("count runs", err)
		}
	}
	fewer, more := 0, 1
	if held[more] < held[fewer] {
		fewer, more = more, fewer
	}
	if row[0] == 0 || row[1] == 0 || held[fewer] == 0 {
		return 0, nil
	}
	n, asked, err := sharedIn(ctx, db, row[fewer], row[more], most)
	if err != nil || n == 0 || asked >= held[fewer] {
		return n, err
	}
	const exactShared = 20_000
	if n, asked, err = sharedIn(ctx, db, row[fewer], row[more], exactShared); err != nil || asked >= held[fewer] {
		return n, err
	}
	return int64(math.Round(float64(n) / float64(asked) * float64(held[fewer]))), nil
}

// sharedIn asks for most of the runs of one workflow whether the other holds them,
// and returns how many it holds and how many were asked for.
func sharedIn(ctx context.Context, db DB, fewer, more int64, most int) (n, asked int64, err error) {
	type one struct{ hash, run int64 }
	var some []one
	lots, err := lotsOf(ctx, db, fewer)
	if err != nil {
		return 0, 0, err
	}
	for _, l := range lots {
		err := query(ctx, db, func(row scanner) error {
			var x one
			err := row.Scan(&x.hash, &x.run)
			some = append(some, x)
			return err
		}, `SELECT hash, run_n FROM run_key WHERE lot_n = ? ORDER BY hash LIMIT ?`, l.n, most)
		if err != nil {
			return 0, 0, fault.Doing("look for runs that are held twice", err)
		}
	}
	slices.SortFunc(some, func(a, b one) int { return cmp.Compare(a.hash, b.hash) })
	some = some[:min(most, len(some))]
	// Prepared once: compiling it is most of what one question costs.
	held, err := db.PrepareContext(ctx, `SELECT mine.run_id, EXISTS (
			SELECT 1 FROM run_lot l JOIN run_key k ON k.lot_n = l.n AND k.hash = ? JOIN run_record r ON r.n = k.run_n
			WHERE l.workflow_n = ? AND r.run_id = mine.run_id AND (r.digest = mine.digest OR r.at = mine.at))
		FROM run_record mine WHERE mine.n = ?`)
	if err != nil {
		return 0, 0, fault.Doing("look for runs that are held twice", err)
	}
	defer held.Close()
	for _, x := range some {
		var id string
		var there bool
		if err := held.QueryRowContext(ctx, x.hash, more, x.run).Scan(&id, &there); err != nil {
			return 0, 0, fault.Doing("look for runs that are held twice", err)
		}
		if there && !IsPurged(id) {
			n++
		}
	}
	return n, int64(len(some)), nil
}

// PlatformNames are the names by which the files of a workflow's imports name the
// workflow that ran, each import's by its first run. What was purged names none.
func PlatformNames(ctx context.Context, db DB, workflowID string) ([]string, error) {
	var out []string
	var first []int64
	err := query(ctx, db, func(row scanner) error {
		var n int64
		err := row.Scan(&n)
		first = append(first, n)
		return err
	}, `SELECT r.first_n FROM run_source r JOIN source s ON s.id = r.id
		WHERE s.workflow_id = ? AND s.state = 'complete' AND r.last_n >= r.first_n`, workflowID)
	if err != nil {
		return nil, fault.Doing("read names of workflows", err)
	}
	for _, n := range first {
		err := eachIn(ctx, db, n, n, 0, forTests, func(_, _ int64, rec *run.Record, _ Digest) error {
			if rec.Workflow != "" && !slices.Contains(out, rec.Workflow) {
				out = append(out, rec.Workflow)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read names of workflows: %w", err)
		}
	}
	return out, nil
}
