package runs

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"

	"github.com/google/go-cmp/cmp"
)

// The search is above this package: search_hook_test.go gives it to the tests here.
var (
	indexAll         func(t testing.TB, db *sql.DB)                               // makes everything searchable
	countFound       func(t testing.TB, db *sql.DB, text string) int              // runs with the text
	removeFromSearch func(ctx context.Context, tx *sql.Tx, sourceID string) error // before a purge
)

func SetSearch(
	index func(testing.TB, *sql.DB),
	count func(testing.TB, *sql.DB, string) int,
	remove func(context.Context, *sql.Tx, string) error,
) {
	indexAll, countFound, removeFromSearch = index, count, remove
}

func purge(t *testing.T, db *sql.DB, w *workflow.Workflow, ref string) imported.Source {
	t.Helper()
	src, err := GetSource(t.Context(), db, ref)
	if err != nil {
		t.Fatal(err)
	}
	change(t, db, func(tx *sql.Tx) error {
		if err := removeFromSearch(t.Context(), tx, src.ID); err != nil {
			return err
		}
		if err := PurgeContent(t.Context(), tx, w, src); err != nil {
			return err
		}
		return RecordPurge(
			t.Context(),
			tx,
			src,
			imported.Purge{At: noon, By: "Ada", Reason: "Retention", Runs: src.New, Decisions: src.Decisions},
		)
	})
	return src
}

// TestPurge purges one of three imports, then another.
func TestPurge(t *testing.T) {
	w := testWorkflow()
	path := filepath.Join(t.TempDir(), "register.assay")
	db := openAt(t, path)
	addWorkflow(t, db, w)
	all := randomRuns(11, 900)
	cut := func(from, to int) []*run.Record {
		var out []*run.Record
		for _, r := range all[from:to] {
			x := r.Clone()
			out = append(out, &x)
		}
		return out
	}
	first := cut(0, 300)
	first[3].Steps = append(first[3].Steps, run.Step{Name: "draft", Actor: "s.ecret", ActorKind: run.ActorPerson})
	first[3].Outputs = append(first[3].Outputs, run.Output{Text: "xylophone in the garden", Reasoning: "zither"})
	first[3].Decisions = append(
		first[3].Decisions,
		run.Decision{
			Gate:        "officer-decision",
			Account:     "s.ecret",
			OfficerName: "Sue Ecret",
			Code:        run.Rejected,
			Reason:      "ukulele",
		},
	)
	importRuns(t, db, w, 1, first)
	importRuns(t, db, w, 2, cut(300, 600))
	indexAll(t, db)
	importRuns(t, db, w, 3, cut(600, 900))
	before := contents(t, db, w)
	totals := func() oversight.Totals {
		tt, _, err := readTotals(t.Context(), db, 1)
		if err != nil {
			t.Fatal(err)
		}
		return tt
	}
	totalsBefore := totals()
	count := func(q string, args ...any) (n int64) {
		if err := db.QueryRow(q, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	findings := count(`SELECT count(*) FROM run_finding WHERE run_n > 0`)
	digests := map[string][]Digest{}
	leaves := func() map[string][]Digest {
		out := map[string][]Digest{}
		problems, err := Check(t.Context(), db, w, func(s string, d Digest) { out[s] = append(out[s], d) })
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		return out
	}
	digests = leaves()

	src := purge(t, db, w, "IMP-0001")
	sound(t, db, w)

	t.Run("proofs_and_counts_stay", func(t *testing.T) {
		if d := cmp.Diff(digests, leaves()); d != "" {
			t.Errorf("digests: %s", d)
		}
		if d := cmp.Diff(totalsBefore, totals()); d != "" {
			t.Error(d)
		}
		if n := count(`SELECT count(*) FROM run_finding WHERE run_n > 0`); n != findings {
			t.Errorf("%d findings about runs, %d before", n, findings)
		}
		after := contents(t, db, w)
		for _, k := range sortedKeys(before) {
			if strings.HasPrefix(k, "day ") || strings.HasPrefix(k, "segment ") || strings.HasPrefix(k, "gate ") {
				if before[k] != after[k] {
					t.Errorf("%s: %s, before %s", k, after[k], before[k])
				}
			}
		}
	})
	t.Run("nothing_of_people_stays", func(t *testing.T) {
		if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{
			"s.ecret", "Sue Ecret", "xylophon", "zither", "ukulel", first[7].RunID, first[299].RunID,
			first[299].TriggerRef,
		} {
			if s != "" && bytes.Contains(data, []byte(s)) {
				t.Errorf("the file still holds %q", s)
			}
		}
		if !bytes.Contains(data, []byte(all[301].RunID)) {
			t.Error("the file holds nothing of what stays either")
		}
		indexAll(t, db)
		if n := countFound(t, db, "xylophone"); n != 0 {
			t.Errorf("%d runs are still found", n)
		}
	})
	t.Run("a_purged_run_says_so", func(t *testing.T) {
		_, err := Get(t.Context(), db, w.ID, first[7].RunID, "2026-09-01")
		if fault.CodeOf(err) != fault.CodeNotFound ||
			!strings.Contains(err.Error(), "300 whose personal data was purged") {
			t.Error(err)
		}
		id := purgedID(digests[src.ID][7])
		got, err := Get(t.Context(), db, w.ID, id, "2026-09-01")
		if err != nil || !strings.HasPrefix(got.Record.RunID, "purged:") || got.Source.State != imported.SourcePurged ||
			len(got.Record.Decisions) != 0 ||
			got.Record.At.Line == 0 {
			t.Errorf("%+v %v", got, err)
		}
		seen := 0
		if err := Each(
			t.Context(), db, w.ID, func(_ string, r *run.Record, _ Digest) error { seen++; return nil },
		); err != nil ||
			seen != 600 {
			t.Errorf("%d runs are left to read, %v", seen, err)
		}
	})
	t.Run("tests_made_again_leave_it_as_it_was", func(t *testing.T) {
		kept := contents(t, db, w)
		change(t, db, func(tx *sql.Tx) error { _, err := Retest(t.Context(), tx, w); return err })
		if d := cmp.Diff(kept, contents(t, db, w)); d != "" {
			t.Error(d)
		}
		sound(t, db, w)
		x := *w
		x.Gates = slices.Clone(w.Gates)
		x.Gates[0].MinReviewSeconds = 1
		change(t, db, func(tx *sql.Tx) error { _, err := Retest(t.Context(), tx, &x); return err })
		sound(t, db, &x)
		n := count(
			`SELECT count(*) FROM run_finding f JOIN run_record r ON r.n = f.run_n WHERE f.code = 'OVR-06' AND r.source_n = 1`,
		)
		if n == 0 {
			t.Error("what was found on purged runs has gone")
		}
		change(t, db, func(tx *sql.Tx) error { _, err := Retest(t.Context(), tx, w); return err })
		if d := cmp.Diff(kept, contents(t, db, w)); d != "" {
			t.Error(d)
		}
	})
	t.Run("the_same_runs_in_a_later_file_are_recognised", func(t *testing.T) {
		again := cut(0, 3)
		again = append(again, cut(300, 302)...)
		s := importRuns(t, db, w, 4, again)
		if s.Source.New != 0 || s.Source.Same != 5 || s.Source.Differ != 0 {
			t.Errorf("%+v", s.Source)
		}
		sound(t, db, w)
	})
	t.Run("another_import_and_another_purge", func(t *testing.T) {
		importRuns(t, db, w, 5, randomRunsFrom(12, 900, 100))
		sound(t, db, w)
		purge(t, db, w, "IMP-0003")
		purge(t, db, w, "IMP-0005")
		sound(t, db, w)
		indexAll(t, db)
		if seen := count(`SELECT count(*) FROM run_record WHERE run_id NOT LIKE 'purged:%'`); seen != 300 {
			t.Errorf("%d runs left", seen)
		}
		change(t, db, func(tx *sql.Tx) error { _, err := Retest(t.Context(), tx, w); return err })
		sound(t, db, w)
	})
	t.Run("a_purged_row_that_is_altered_is_named", func(t *testing.T) {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec(`UPDATE run_record SET digest = zeroblob(32) WHERE n = 5`); err != nil {
			t.Fatal(err)
		}
		if problems, err := Check(t.Context(), tx, w, nil); err != nil || len(problems) == 0 {
			t.Error(problems, err)
		}
	})
}

func sortedKeys(m map[string]string) []string {
	out := []string{}
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// randomRunsFrom makes runs numbered from n.
func randomRunsFrom(seed uint64, n, k int) []*run.Record {
	out := randomRuns(seed, k)
	for i, r := range out {
		r.RunID = fmt.Sprintf("run-%06d", n+i)
	}
	return out
}

// TestPurge_tables: whoever adds a table of runs says what a purge does to it.
func TestPurge_tables(t *testing.T) {
	text, err := os.ReadFile("purge.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "What each table gets")
	table, _, found := strings.Cut(table, "func PurgeContent(")
	if !found {
		t.Fatal("the table in the comment of PurgeContent is not there")
	}
	named := map[string]bool{}
	for _, word := range strings.FieldsFunc(table, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		named[word] = true
	}
	db := open(t, testWorkflow())
	rows, err := db.Query(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name LIKE 'run\_%' ESCAPE '\'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if n++; !named[name] {
			t.Errorf("the comment of PurgeContent does not say what %s gets", name)
		}
	}
	if err := rows.Err(); err != nil || n < 20 {
		t.Errorf("%d tables, %v", n, err)
	}
}
