package runs

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// tables counts the rows of every table about runs.
func tables(t *testing.T, db *sql.DB) map[string]int64 {
	t.Helper()
	var names []string
	err := query(t.Context(), db, func(row scanner) error {
		var n string
		err := row.Scan(&n)
		names = append(names, n)
		return err
	}, `SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'run\_%' ESCAPE '\' OR name IN ('source', 'disposition'))
		UNION ALL SELECT 'temp.' || name FROM sqlite_temp_schema`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, n := range names {
		var count int64
		if err := db.QueryRow("SELECT count(*) FROM " + n).Scan(&count); err != nil {
			t.Fatal(err)
		}
		out[n] = count
	}
	return out
}

func TestWriter(t *testing.T) {
	w := testWorkflow()

	t.Run("an_import_that_is_given_up_leaves_nothing", func(t *testing.T) {
		db := open(t, w)
		db.SetMaxOpenConns(1) // so that temporary tables are seen
		importRuns(t, db, w, 1, randomRuns(1, 50))
		before := tables(t, db)
		for name, n := range map[string]int{"early": 3, "after_several_batches": 9000} {
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			wr, err := NewWriter(
				t.Context(),
				tx,
				w,
				imported.Source{ID: id.New(), Ref: "IMP-0002", ImportedAt: noon},
				Options{},
			)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range randomRuns(2, n) {
				r.RunID = "other-" + r.RunID
				if _, err := wr.Add(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, tables(t, db)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		importRuns(t, db, w, 2, randomRuns(3, 60))
		sound(t, db, w)
	})

	t.Run("a_finished_import_leaves_no_temporary_tables", func(t *testing.T) {
		db := open(t, w)
		db.SetMaxOpenConns(1)
		importRuns(t, db, w, 1, randomRuns(1, 50))
		for n := range tables(t, db) {
			if strings.HasPrefix(n, "temp.") {
				t.Errorf("%s is left", n)
			}
		}
	})

	t.Run("a_cancelled_import_stops", func(t *testing.T) {
		db := open(t, w)
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		wr, err := NewWriter(ctx, tx, w, imported.Source{ID: id.New(), Ref: "IMP-0001", ImportedAt: noon}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		for i, r := range randomRuns(2, 50_000) {
			if _, err := wr.Add(ctx, r); errors.Is(err, context.Canceled) {
				if i == 0 {
					t.Error("it did not even begin")
				}
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
		t.Error("it went on for 50,000 runs")
	})

	t.Run("leaves_are_the_digests_of_new_runs_in_order", func(t *testing.T) {
		db := open(t, w)
		recs := randomRuns(1, 40)
		importRuns(t, db, w, 1, recs[:10])
		var got, want []Digest
		change(t, db, func(tx *sql.Tx) error {
			wr, err := NewWriter(
				t.Context(),
				tx,
				w,
				imported.Source{
					ID:         id.New(),
					Ref:        "IMP-0002",
					FileName:   "f",
					Format:     "csv",
					ImportedAt: noon,
					ImportedBy: "Ada",
				},
				Options{Leaf: func(d Digest) { got = append(got, d) }},
			)
			if err != nil {
				return err
			}
			for _, r := range recs {
				if _, err := wr.Add(t.Context(), r); err != nil {
					return err
				}
			}
			_, err = wr.Close(t.Context(), End{SHA256: strings.Repeat("b", 64)})
			return err
		})
		for _, r := range recs[10:] {
			want = append(want, DigestOf(r))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})

	t.Run("hostile_text_is_kept_as_it_is", func(t *testing.T) {
		db := open(t, w)
		nasty := []string{
			"'; DROP TABLE run_record; --",
			"nul\x00inside",
			"\u202egnp.exe",
			"<script>alert(1)</script>",
			strings.Repeat("é🜚", 50_000),
			"a\nb\tc",
			`{"json":"\"}`,
			" ",
		}
		var recs []*run.Record
		for i, s := range nasty {
			r := randomRuns(uint64(i), 1)[0]
			r.RunID, r.Outcome, r.Segment, r.TriggerRef = fmt.Sprint(s, i), s, s, s
			r.Steps = []run.Step{{Seq: 1, Name: s, Actor: s, Tool: s, At: r.At}}
			r.Decisions = []run.Decision{
				{Gate: s, Account: s, Reason: s, AIRecommendation: s, Code: run.Approved, At: r.At},
			}
			r.Outputs = []run.Output{{Text: s, Reasoning: s, Recommendation: s, At: r.At}}
			r.Accesses = []run.DataAccess{{Source: s, Fields: []string{s}, At: r.At}}
			recs = append(recs, r)
		}
		importRuns(t, db, w, 1, recs)
		for _, want := range recs {
			got, err := Get(t.Context(), db, w.ID, want.RunID, "2026-09-01")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(*want, normal(got.Record)); d != "" {
				t.Errorf("%.300s", d)
			}
		}
		sound(t, db, w)
	})

	t.Run("a_file_in_which_nothing_recurs_is_stored_too", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes some seconds")
		}
		db := open(t, w)
		var recs []*run.Record
		for i := range 30_000 {
			r := &run.Record{
				RunID:   fmt.Sprint("r", i),
				Started: noon,
				Outcome: fmt.Sprint("outcome ", i),
				At:      run.Position{Line: int64(i + 1)},
			}
			for j := range 3 {
				r.Steps = append(
					r.Steps,
					run.Step{Seq: j + 1, Name: fmt.Sprint("step ", i, j), Actor: fmt.Sprint("actor ", i, j), At: r.At},
				)
			}
			recs = append(recs, r)
		}
		importRuns(t, db, w, 1, recs)
		sound(t, db, w)
	})

	t.Run("a_large_file_again_with_a_few_changes", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes some seconds")
		}
		w := largeWorkflow()
		db := open(t, w)
		const n = 25_000
		importLarge(t, db, w, newLargeRuns(1), n)
		sound(t, db, w)
		l := newLargeRuns(1)
		got := map[Outcome]int{}
		change(t, db, func(tx *sql.Tx) error {
			wr, err := NewWriter(
				t.Context(),
				tx,
				w,
				imported.Source{
					ID:         id.New(),
					Ref:        "IMP-9999",
					FileName:   "again",
					Format:     "run-audit",
					ImportedAt: noon,
					ImportedBy: "Ada",
				},
				Options{},
			)
			if err != nil {
				return err
			}
			for i := range n + 1000 {
				r := l.next()
				if i%5000 == 1 {
					r.Outcome = "amended"
				}
				o, err := wr.Add(t.Context(), r)
				if err != nil {
					return err
				}
				got[o]++
				if i%5000 == 1 { // and once more in the same file
					r.Outcome = "amended again"
					if o, err := wr.Add(t.Context(), r); err != nil || o != OutcomeDiffers {
						t.Fatal(i, o, err)
					}
				}
			}
			_, err = wr.Close(t.Context(), End{SHA256: strings.Repeat("c", 64)})
			return err
		})
		// Five of the amended runs were held; the sixth is new.
		if got[OutcomeNew] != 1000 || got[OutcomeDiffers] != 5 || got[OutcomeSame] != n-5 {
			t.Errorf("%v", got)
		}
		sound(t, db, w)
		p, err := Findings(t.Context(), db, FindingFilter{WorkflowID: w.ID, Code: oversight.LogConflict}, "2026-09-01")
		if err != nil || len(p.Items) != 6 {
			t.Errorf("%d findings of LOG-02, %v", len(p.Items), err)
		}
	})
}

func TestSampleOfRuns(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	importRuns(t, db, w, 1, randomRuns(1, 300))
	plan := oversight.SamplePlan{Seed: "2026-09-01", Confidence: 0.9, Tolerable: 0.1}
	a, err := Sample(t.Context(), db, w, imported.Period{}, plan, io.Discard)
	if err != nil || a.Population != 300 || a.Drawn < a.Size {
		t.Fatalf("%+v %v", a, err)
	}
	b, err := Sample(t.Context(), db, w, imported.Period{}, plan, io.Discard)
	if d := cmp.Diff(a, b); d != "" || err != nil {
		t.Error(d, err)
	}
	var frame bytes.Buffer
	march, err := Sample(t.Context(), db, w, imported.Period{From: "2026-03-01", To: "2026-03-31"}, plan, &frame)
	if err != nil || march.Population == 0 || march.Population >= 300 {
		t.Errorf("%d in March, %v", march.Population, err)
	}
	if err := march.Redraw(&frame); err != nil || march.Frame.Runs != 300 {
		t.Errorf("of a frame with %d lines: %v", march.Frame.Runs, err)
	}
	if _, err := Sample(t.Context(), db, w, imported.Period{}, oversight.SamplePlan{}, io.Discard); err == nil {
		t.Error("a plan without anything is accepted")
	}
}

func TestCanonical(t *testing.T) {
	rec := &run.Record{
		RunID:   "r",
		Started: noon,
		Outcome: "a\"b\\c\x01é\xff",
		Steps:   []run.Step{{Seq: 1, Name: "s"}},
		Outputs: []run.Output{{Confidence: 0.25}},
		Accesses: []run.DataAccess{
			{Source: "x", Fields: []string{"a", "b"}},
		},
		Decisions: []run.Decision{{Gate: "g", Edited: true, Decided: noon.Add(1500)}},
		At:        run.Position{Line: 4},
	}
	want := `{"run_id":"r","started":"2026-09-01T12:00:00Z","outcome":"a\"b\\c\u0001é` + "\uFFFD" + `","steps":[{"seq":1,"name":"s"}],"accesses":[{"source":"x","fields":["a","b"]}],` +
		`"outputs":[{"confidence":0.25}],"decisions":[{"gate":"g","decided":"2026-09-01T12:00:00.0000015Z","edited":true}]}`
	if got := string(AppendCanonical(nil, rec)); got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
	for _, r := range []run.Record{{}, {
		Steps: []run.Step{{}, {}}, Accesses: []run.DataAccess{{}}, Outputs: []run.Output{{}},
		Decisions: []run.Decision{{}},
	}} {
		if got := AppendCanonical([]byte("x"), &r); !json.Valid(got[1:]) || got[0] != 'x' {
			t.Errorf("an empty run is written as %s", got)
		}
	}
	moved := *rec
	moved.At.Line = 99
	if DigestOf(rec) != DigestOf(&moved) {
		t.Error("another place in the file makes another run")
	}
}
