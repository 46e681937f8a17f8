package runs

import (
	"context"
	"slices"

	"assay/internal/oversight"
	"assay/internal/run"
)

// A run may have come in parts, with several imports, and a file may tell it
// otherwise than it is held (run_part). Each row is as its file has it, and rests
// under its import's root. Whoever counts, tests or shows runs sees the parts put
// together, at the row of the first, and beside them the other tellings.

// partKind is what a row is to the run that it belongs to.
type partKind int64

const (
	partGoesOn    partKind = iota // another part of it
	partTold                      // the run as another file tells it
	partOtherName                 // the run under another identifier
)

// together is which rows belong together.
type together struct {
	parts map[int64][]int64 // by the first row of a run: those in which it goes on, as they came
	told  map[int64][]int64 // those that tell it otherwise, as they came
	later map[int64]bool    // rows of either kind, among those that were asked for
}

// partsIn tells which rows are no runs of their own among those of the numbers
// first to last, and which belong to them.
func partsIn(ctx context.Context, db DB, first, last int64) (t together, err error) {
	t = together{map[int64][]int64{}, map[int64][]int64{}, map[int64]bool{}}
	err = query(ctx, db, func(row scanner) error {
		var n, head int64
		var kind partKind
		err := row.Scan(&n, &head, &kind)
		if head >= first && head <= last {
			if kind == partGoesOn {
				t.parts[head] = append(t.parts[head], n)
			} else {
				t.told[head] = append(t.told[head], n)
			}
		}
		if n >= first && n <= last {
			t.later[n] = true
		}
		return err
	}, `SELECT n, of_n, kind FROM run_part WHERE n BETWEEN ?1 AND ?2 UNION SELECT n, of_n, kind FROM run_part WHERE of_n BETWEEN ?1 AND ?2 ORDER BY n`, first, last)
	return t, err
}

// nearby is how many rows that are not needed may lie between two that are read
// together.
const nearby = 16

// toldRun is a run with all that is held of it.
type toldRun struct {
	n, source int64       // row and source of its first part
	rec       *run.Record // the parts put together
	digest    Digest      // of the first part
	files     *files      // nil for a run that one file holds, in one row
}

// files is what several rows hold of a run.
type files struct {
	parts []run.Record // as their files have them
	rows  []int64      // of the parts after the first
	told  []otherTelling
}

// otherTelling is a run as another file tells it, with what the held parts show
// outside the time that the file covers.
type otherTelling struct {
	n, source int64 // its row, and the source
	rec       run.Record
	own       run.Record // what the file itself has
}

// eachRun is eachIn for runs that are put together. Events of later parts have no
// place: it is in another file.
func eachRun(
	ctx context.Context,
	db DB,
	first, last, wfRowID int64,
	d depth,
	f func(x *toldRun) error,
) error {
	t, err := partsIn(ctx, db, first, last)
	if err != nil {
		return err
	}
	if len(t.parts) == 0 && len(t.told) == 0 && len(t.later) == 0 {
		return eachIn(ctx, db, first, last, wfRowID, d, func(n, source int64, rec *run.Record, digest Digest) error {
			return f(&toldRun{n: n, source: source, rec: rec, digest: digest})
		})
	}
	rows, err := t.read(ctx, db, d)
	if err != nil {
		return err
	}
	return eachIn(ctx, db, first, last, wfRowID, d, func(n, source int64, rec *run.Record, digest Digest) error {
		if t.later[n] {
			return nil
		}
		x := &toldRun{n: n, source: source, rec: rec, digest: digest}
		t.complete(x, rows)
		return f(x)
	})
}

// rowAt is a row that was read, and the source that it is of.
type rowAt struct {
	source int64
	rec    run.Record
}

// read reads the rows that belong to runs.
func (t together) read(ctx context.Context, db DB, d depth) (map[int64]rowAt, error) {
	var numbers []int64
	for _, of := range []map[int64][]int64{t.parts, t.told} {
		for _, ns := range of {
			numbers = append(numbers, ns...)
		}
	}
	slices.Sort(numbers)
	wanted := map[int64]bool{}
	for _, n := range numbers {
		wanted[n] = true
	}
	rows := map[int64]rowAt{}
	for len(numbers) > 0 { // rows that came together stand together
		k := 1
		for k < len(numbers) && numbers[k]-numbers[k-1] <= nearby {
			k++
		}
		err := eachIn(ctx, db, numbers[0], numbers[k-1], 0, d, func(n, source int64, r *run.Record, _ Digest) error {
			if wanted[n] {
				rows[n] = rowAt{source, r.Clone()}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		numbers = numbers[k:]
	}
	return rows, nil
}

// complete puts the parts of a run together, and adds how other files tell it.
func (t together) complete(x *toldRun, rows map[int64]rowAt) {
	parts, told := t.parts[x.n], t.told[x.n]
	if len(parts) == 0 && len(told) == 0 {
		return
	}
	x.files = &files{}
	x.files.rows = parts
	if len(parts) > 0 {
		first := x.rec.Clone()
		x.files.parts = []run.Record{first}
		both := first
		for _, n := range parts {
			part := rows[n].rec
			unplace(&part)
			x.files.parts = append(x.files.parts, part)
			both = run.Merge(&both, &part)
		}
		x.rec = &both
	}
	for _, n := range told {
		r := rows[n]
		if IsPurged(r.rec.RunID) {
			continue // what was found in it stands
		}
		rec := run.InFull(&r.rec, x.rec)
		x.files.told = append(x.files.told, otherTelling{n: n, source: r.source, rec: rec, own: r.rec})
	}
}

// before is the run as it was held before the row of that number.
func (x *toldRun) before(row int64) *toldRun {
	if x.files == nil {
		return x
	}
	was := &toldRun{n: x.n, source: x.source, rec: x.rec, digest: x.digest, files: &files{}}
	if len(x.files.parts) > 0 {
		was.rec = &x.files.parts[0]
	}
	for i, n := range x.files.rows {
		if n >= row {
			break
		}
		if was.files.parts == nil {
			was.files.parts = []run.Record{x.files.parts[0]}
		}
		part := x.files.parts[i+1]
		both := run.Merge(was.rec, &part)
		was.rec = &both
		was.files.parts, was.files.rows = append(was.files.parts, part), append(was.files.rows, n)
	}
	for _, t := range x.files.told {
		if t.n < row {
			t.rec = run.InFull(&t.own, was.rec)
			was.files.told = append(was.files.told, t)
		}
	}
	if was.files.parts == nil && was.files.told == nil {
		was.files = nil
	}
	return was
}

// forTester is what the files hold, for the tests; names are the imports by their rows.
func (f *files) forTester(names map[int64]sourceName) *oversight.Files {
	if f == nil {
		return nil
	}
	out := &oversight.Files{Parts: f.parts}
	for i := range f.told {
		name := names[f.told[i].source]
		out.Told = append(out.Told, oversight.Telling{Source: name.id, Ref: name.ref, Rec: &f.told[i].rec})
	}
	return out
}

// sourceName is how an import is called.
type sourceName struct{ id, ref string }

// sourceNames are the imports of a workflow by the numbers of their rows.
func sourceNames(ctx context.Context, db DB, workflowID string) (map[int64]sourceName, error) {
	out := map[int64]sourceName{}
	err := query(ctx, db, func(row scanner) error {
		var n int64
		var x sourceName
		err := row.Scan(&n, &x.id, &x.ref)
		out[n] = x
		return err
	}, `SELECT r.n, s.id, s.ref FROM run_source r JOIN source s ON s.id = r.id WHERE s.workflow_id = ?`, workflowID)
	return out, err
}

// heldRuns reads runs that are held one by one, and some ahead where they are asked for
// in their order, as the next file of a log mostly has them.
type heldRuns struct {
	first, last int64 // the rows that were read
	ahead       int64
	rows        map[int64]run.Record
	together    together
}

const mostAhead = 512

// rowsOf are the rows that are parts of the run at row n, and those that tell it
// otherwise; rows after last are not read ahead.
func (h *heldRuns) rowsOf(ctx context.Context, db DB, n, last int64) (parts, told []int64, err error) {
	if h.rows != nil && n >= h.first && n <= h.last {
		return h.together.parts[n], h.together.told[n], nil
	}
	if h.rows != nil && n > h.last && n <= h.last+h.ahead+8 {
		h.ahead = min(2*h.ahead, mostAhead)
	} else {
		h.ahead = 1
	}
	h.first, h.last = n, max(n, min(n+h.ahead-1, last))
	h.rows = map[int64]run.Record{}
	if h.together, err = partsIn(ctx, db, h.first, h.last); err != nil {
		return nil, nil, err
	}
	err = eachIn(ctx, db, h.first, h.last, 0, whole, func(n, _ int64, r *run.Record, _ Digest) error {
		h.rows[n] = r.Clone()
		return nil
	})
	return h.together.parts[n], h.together.told[n], err
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
