package runs

import (
	"context"
	"slices"

	"assay/internal/run"
)

// A run may have come in parts, with several imports (run_part). Each part is a
// row of its own, as its file has it, and rests under its import's root. Whoever
// counts, tests or shows runs sees them put together, at the row of the first.

// partsIn are the parts of runs whose first rows are among those numbers, in the
// order in which they came, and which of the rows themselves are such parts.
func partsIn(ctx context.Context, db DB, first, last int64) (of map[int64][]int64, parts map[int64]bool, err error) {
	of, parts = map[int64][]int64{}, map[int64]bool{}
	err = query(ctx, db, func(row scanner) error {
		var n, head int64
		err := row.Scan(&n, &head)
		if head >= first && head <= last {
			of[head] = append(of[head], n)
		}
		if n >= first && n <= last {
			parts[n] = true
		}
		return err
	}, `SELECT n, of_n FROM run_part WHERE n BETWEEN ?1 AND ?2 UNION SELECT n, of_n FROM run_part WHERE of_n BETWEEN ?1 AND ?2 ORDER BY n`, first, last)
	return of, parts, err
}

// nearby is how many rows that are not needed may lie between two that are read
// together.
const nearby = 16

// eachRun is eachIn for runs that are put together; the digest is that of the
// first part. Events of later parts have no place: it is in another file.
func eachRun(
	ctx context.Context,
	db DB,
	first, last, wfRowID int64,
	d depth,
	f func(n, source int64, rec *run.Record, d Digest) error,
) error {
	of, parts, err := partsIn(ctx, db, first, last)
	if err != nil {
		return err
	}
	if len(of) == 0 && len(parts) == 0 {
		return eachIn(ctx, db, first, last, wfRowID, d, f)
	}
	head := map[int64]int64{}
	var rows []int64
	for h, ns := range of {
		for _, n := range ns {
			head[n] = h
			rows = append(rows, n)
		}
	}
	slices.Sort(rows)
	later := map[int64][]run.Record{}
	for len(rows) > 0 { // parts that came together stand together
		k := 1
		for k < len(rows) && rows[k]-rows[k-1] <= nearby {
			k++
		}
		err := eachIn(ctx, db, rows[0], rows[k-1], 0, d, func(n, _ int64, r *run.Record, _ Digest) error {
			if h, ok := head[n]; ok {
				rec := r.Clone()
				unplace(&rec)
				later[h] = append(later[h], rec)
			}
			return nil
		})
		if err != nil {
			return err
		}
		rows = rows[k:]
	}
	return eachIn(ctx, db, first, last, wfRowID, d, func(n, source int64, rec *run.Record, digest Digest) error {
		if parts[n] {
			return nil
		}
		if more := later[n]; len(more) > 0 {
			both := *rec
			for i := range more {
				both = run.Merge(&both, &more[i])
			}
			rec = &both
		}
		return f(n, source, rec, digest)
	})
}

// heldRuns reads runs that are held one by one, and some ahead where they are asked for
// in their order, as the next file of a log mostly has them.
type heldRuns struct {
	first, last int64 // the rows that were read
	ahead       int64
	rows        map[int64]run.Record
	parts       map[int64][]int64
}

const mostAhead = 512

// partsOf are the rows that are parts of the run at row n; rows after last are not
// read ahead.
func (h *heldRuns) partsOf(ctx context.Context, db DB, n, last int64) ([]int64, error) {
	if h.rows != nil && n >= h.first && n <= h.last {
		return h.parts[n], nil
	}
	if h.rows != nil && n > h.last && n <= h.last+h.ahead+8 {
		h.ahead = min(2*h.ahead, mostAhead)
	} else {
		h.ahead = 1
	}
	h.first, h.last = n, max(n, min(n+h.ahead-1, last))
	h.rows = map[int64]run.Record{}
	var err error
	if h.parts, _, err = partsIn(ctx, db, h.first, h.last); err != nil {
		return nil, err
	}
	err = eachIn(ctx, db, h.first, h.last, 0, whole, func(n, _ int64, r *run.Record, _ Digest) error {
		h.rows[n] = r.Clone()
		return nil
	})
	return h.parts[n], err
}

// row reads a row by its number, as its file has it.
func (h *heldRuns) row(ctx context.Context, db DB, n int64) (rec run.Record, ok bool, err error) {
	if n >= h.first && n <= h.last {
		rec, ok = h.rows[n]
		return rec, ok, nil
	}
	return oneRow(ctx, db, n, whole)
}

// oneRow reads a row by its number, as its file has it.
func oneRow(ctx context.Context, db DB, n int64, d depth) (rec run.Record, ok bool, err error) {
	err = eachIn(ctx, db, n, n, 0, d, func(_, _ int64, r *run.Record, _ Digest) error {
		rec, ok = r.Clone(), true
		return nil
	})
	return rec, ok, err
}

// unplace takes the places out of a record.
func unplace(r *run.Record) {
	r.At = run.Position{}
	for i := range r.Steps {
		r.Steps[i].At = run.Position{}
	}
	for i := range r.Accesses {
		r.Accesses[i].At = run.Position{}
	}
	for i := range r.Outputs {
		r.Outputs[i].At = run.Position{}
	}
	for i := range r.Decisions {
		r.Decisions[i].At = run.Position{}
	}
}
