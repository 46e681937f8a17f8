package runs

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// TestKeyFilter: what was added is known, and hardly anything else.
func TestKeyFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int64{1, 100, 100_000} {
		f := newKeyFilter(n)
		var added []int64
		for range n {
			added = append(added, int64(r.Uint64()))
			f.add(added[len(added)-1])
		}
		for _, h := range added {
			if !f.has(h) {
				t.Fatalf("of %d: %x was added and is not known", n, uint64(h))
			}
		}
		wrong := 0
		for range 100_000 {
			if f.has(int64(r.Uint64())) {
				wrong++
			}
		}
		if wrong > 1000 {
			t.Errorf("of %d: %d of 100,000 others are thought to be known", n, wrong)
		}
	}
}

// Whatever lots and filters there are, a run is known again: after small imports
// that fill a lot up, after a purge, without the filters, and where an older
// register had one lot for all.
func TestLots(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	batch := func(from, n int) (list []*run.Record) {
		for i := range n {
			list = append(list, &run.Record{
				RunID: fmt.Sprintf("run %d", from+i), Started: noon.AddDate(0, 0, -9), Ended: noon.AddDate(0, 0, -8),
			})
		}
		return list
	}
	var refs []string
	for i := range 4 { // more than the look-ups that come before filters are read
		s := importRuns(t, db, w, 2*i+1, batch(1500*i, 1500))
		refs = append(refs, s.Source.Ref)
		if s.Source.New != 1500 {
			t.Fatalf("import %d: %+v", i, s.Source)
		}
	}
	sound(t, db, w)
	again := func(what string, n int) {
		t.Helper()
		s := importRuns(t, db, w, n, append(batch(0, 6000), batch(100_000+n*10_000, 2000)...))
		if s.Source.Same != 6000 || s.Source.New != 2000 {
			t.Errorf("%s: %d known, %d new", what, s.Source.Same, s.Source.New)
		}
		sound(t, db, w)
	}
	again("as they were stored", 101)
	mustExec(t, db, `DELETE FROM run_filter`)
	again("without filters", 103)
	mustExec(t, db, `DELETE FROM run_filter WHERE n = (SELECT max(n) FROM run_filter)`)
	again("with some of the filters", 105)
	purge(t, db, w, refs[1])
	again("after a purge", 107)
	// As migration 36 finds an older register.
	before := held(t, db, w)
	mustExec(t, db, `DELETE FROM run_filter`)
	mustExec(t, db, `UPDATE run_key SET lot_n = 1`)
	mustExec(t, db, `UPDATE run_lot SET keys = (SELECT count(*) FROM run_key), last_n = (SELECT max(n) FROM run_record) WHERE n = 1`)
	mustExec(t, db, `DELETE FROM run_lot WHERE n > 1`)
	sound(t, db, w)
	if d := cmp.Diff(before, held(t, db, w)); d != "" {
		t.Error(d)
	}
	again("in one lot", 109)
	purge(t, db, w, refs[2])
	again("after a purge in one lot", 111)
}
