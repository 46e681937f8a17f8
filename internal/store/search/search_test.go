package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/run"
	"assay/internal/store/runs"
	"assay/internal/workflow"
	"assay/sql/migrations"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"
)

// indexAll makes everything searchable.
func indexAll(t testing.TB, db *sql.DB) {
	t.Helper()
	for done := false; !done; {
		change(t, db, func(tx *sql.Tx) error {
			s, err := Index(t.Context(), tx)
			done = s.Done()
			return err
		})
	}
	problems, s, err := Check(t.Context(), db)
	if err != nil || len(problems) > 0 || !s.Done() {
		t.Fatal(problems, s, err)
	}
}

func textRun(n int, at time.Time, output, reasoning, reason string) *run.Record {
	r := &run.Record{RunID: fmt.Sprintf("r-%04d", n), Started: at, At: run.Position{Line: int64(n)}}
	if output+reasoning != "" {
		r.Outputs = []run.Output{{Text: output, Reasoning: reasoning}}
	}
	if reason != "" {
		r.Decisions = []run.Decision{
			{Gate: "officer-decision", Account: "a.one", Code: run.Rejected, Reason: reason, Decided: at},
		}
	}
	return r
}

func search1(t testing.TB, db *sql.DB, q Query) Found {
	t.Helper()
	q.Within = cmp.Or(q.Within, time.Minute) // a page is whole, however slow the computer
	f, err := Find(t.Context(), db, q)
	if err != nil {
		t.Fatalf("%q: %v", q.Text, err)
	}
	return f
}

func ids(f Found) string {
	var out []string
	for _, h := range f.Items {
		out = append(out, h.RunID)
	}
	return strings.Join(out, " ")
}

const pragmas = "?_txlock=immediate&_defensive=1&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)" +
	"&_pragma=trusted_schema(0)&_pragma=secure_delete(1)&_pragma=recursive_triggers(1)"

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func testWorkflow() *workflow.Workflow {
	return &workflow.Workflow{ID: "0192", Ref: "WF-0001", Name: "Search", Gates: []workflow.Gate{
		{Key: "officer-decision", Title: "Officer decision", Officers: []string{"a.one"}},
		{Key: "second", Title: "Second"},
	}}
}

// open makes an empty register with one workflow in it.
func open(t testing.TB, w *workflow.Workflow) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "register.assay")+pragmas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	p, err := goose.NewProvider(
		goose.DialectSQLite3,
		db,
		migrations.FS,
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(runs.Migrations()...),
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	addWorkflow(t, db, w)
	return db
}

func addWorkflow(t testing.TB, db *sql.DB, w *workflow.Workflow) {
	t.Helper()
	body := fmt.Sprintf(`{"id":%q,"ref":%q,"name":%q,"lifecycle":"live"}`, w.ID, w.Ref, w.Name)
	if _, err := db.Exec(`INSERT INTO workflow (id, body) VALUES (?, ?)`, w.ID, body); err != nil {
		t.Fatal(err)
	}
}

// importRuns imports runs as file n.
func importRuns(t testing.TB, db *sql.DB, w *workflow.Workflow, n int, recs []*run.Record) {
	t.Helper()
	change(t, db, func(tx *sql.Tx) error {
		wr, err := runs.NewWriter(t.Context(), tx, w, imported.Source{
			ID:         id.New(),
			Ref:        id.Ref(id.Source, int64(n)),
			FileName:   "export.jsonl",
			Format:     "run-audit",
			ImportedAt: noon,
			ImportedBy: "Ada",
		}, runs.Options{})
		if err != nil {
			return err
		}
		for _, r := range recs {
			if _, err := wr.Add(t.Context(), r); err != nil {
				return err
			}
		}
		_, err = wr.Close(t.Context(), runs.End{SHA256: fmt.Sprintf("%064x", n), Bytes: 1})
		return err
	})
}

func change(t testing.TB, db *sql.DB, f func(*sql.Tx) error) {
	t.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestSearch(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	other := &workflow.Workflow{ID: "0193", Ref: "WF-0002", Name: "Other"}
	addWorkflow(t, db, other)
	day := func(n int) time.Time { return time.Date(2026, 3, n, 9, 0, 0, 0, time.UTC) }
	importRuns(t, db, w, 1, []*run.Record{
		textRun(
			1,
			day(3),
			"The household is below the income threshold.",
			"",
			"Council tax arrears were not considered",
		),
		textRun(2, day(5), "Refuse", "The applicant’s income is above the threshold", ""),
		textRun(3, day(1), "<script>alert('income')</script>", "", ""),
		textRun(4, time.Time{}, "Income unknown", "", ""),
		textRun(5, day(9), "Tŷ Gwyn: caniatâd", "", ""),
		{
			RunID:   "r-0006",
			Started: day(2),
			At:      run.Position{Line: 6},
			Outputs: []run.Output{{Text: "first part"}, {Text: "second income part\x02\x03\x1e, income"}},
			Decisions: []run.Decision{
				{Gate: "officer-decision", Code: run.Approved, Reason: "fine"},
				{Gate: "second", Code: run.Rejected, Reason: "too little\nincome"},
			},
		},
	})
	importRuns(t, db, other, 2, []*run.Record{textRun(7, day(4), "income elsewhere", "", "")})
	if f := search1(t, db, Query{Text: "income"}); len(f.Items) != 0 || f.State.Done() || f.State.Runs != 7 {
		t.Errorf("found before it was indexed: %+v", f)
	}
	indexAll(t, db)
	for _, c := range []struct {
		text, workflow, want string
		period               imported.Period
	}{
		{"income", w.ID, "r-0002 r-0001 r-0006 r-0003 r-0004", imported.Period{}},
		{"INCOME threshold", w.ID, "r-0002 r-0001", imported.Period{}},
		{"income", "", "r-0002 r-0007 r-0001 r-0006 r-0003 r-0004", imported.Period{}},
		{"income", other.ID, "r-0007", imported.Period{}},
		{"income", w.ID, "r-0001 r-0006", imported.Period{From: "2026-03-02", To: "2026-03-03"}},
		{"income", w.ID, "r-0006 r-0003", imported.Period{To: "2026-03-02"}},
		{`"income threshold"`, w.ID, "r-0001", imported.Period{}},
		{`“income threshold”`, w.ID, "r-0001", imported.Period{}},
		{`income -threshold -elsewhere`, "", "r-0006 r-0003 r-0004", imported.Period{}},
		{`-"income threshold" income`, w.ID, "r-0002 r-0006 r-0003 r-0004", imported.Period{}},
		{"thresholds", w.ID, "r-0002 r-0001", imported.Period{}},
		{"refused", w.ID, "r-0002", imported.Period{}},
		{"thres*", w.ID, "", imported.Period{}},
		{"ty caniatad", w.ID, "r-0005", imported.Period{}},
		{"TŶ", w.ID, "r-0005", imported.Period{}},
		{"applicant's", w.ID, "r-0002", imported.Period{}},
		{"income tax", w.ID, "r-0001", imported.Period{}}, // one in the output, one in the reason
		{"part second", w.ID, "r-0006", imported.Period{}},
		{"🙂 income 🏛", other.ID, "r-0007", imported.Period{}},
		{"output:income", w.ID, "", imported.Period{}}, // no column is named
		{"income NEAR threshold", w.ID, "", imported.Period{}},
		{"nothing", w.ID, "", imported.Period{}},
		{"income", "unheard-of", "", imported.Period{}},
	} {
		if got := ids(search1(t, db, Query{Text: c.text, WorkflowID: c.workflow, Period: c.period})); got != c.want {
			t.Errorf("%s in %q %v: %s, want %s", c.text, c.workflow, c.period, got, c.want)
		}
		f := search1(t, db, Query{Text: c.text, WorkflowID: c.workflow, Period: c.period, Order: imported.Relevance})
		got, want := strings.Fields(ids(f)), strings.Fields(c.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || f.Order != imported.Relevance {
			t.Errorf("%s by relevance: %v", c.text, got)
		}
	}

	t.Run("pages", func(t *testing.T) {
		for _, order := range []imported.Order{imported.Newest, imported.Relevance} {
			var all []string
			q := Query{Text: "income", Order: order, Limit: 2}
			for range 4 {
				f := search1(t, db, q)
				if f.Count != 6 || f.More {
					t.Errorf("%+v", f)
				}
				all = append(all, strings.Fields(ids(f))...)
				if q.After = f.Next; f.Next == "" {
					break
				}
			}
			slices.Sort(all)
			if want := []string{"r-0001", "r-0002", "r-0003", "r-0004", "r-0006", "r-0007"}; !slices.Equal(all, want) {
				t.Errorf("%s: %v", order, all)
			}
		}
		// Whoever has no time is given what was found so far, and goes on from there.
		var all []string
		q, steps, count := Query{Text: "income", Within: 1}, 0, int64(0)
		for more := true; more; steps++ {
			f := search1(t, db, q)
			all = append(all, strings.Fields(ids(f))...)
			q.After, more, count = f.Next, f.Next != "", f.Count
			if f.Back.IsZero() == more || more && !f.Back.Before(day(10)) {
				t.Errorf("looked back to %v, next %q", f.Back, f.Next)
			}
		}
		if got := strings.Join(all, " "); got != "r-0002 r-0007 r-0001 r-0006 r-0003 r-0004" || steps < 4 ||
			count != 6 {
			t.Errorf("%s in %d steps, %d counted", got, steps, count)
		}
		for _, after := range []string{"x", "-1", "-1.0", "1", "1.-1", "r-1", "99999999999999999999.0"} {
			for _, order := range []imported.Order{imported.Newest, imported.Relevance} {
				if f, err := Find(t.Context(), db, Query{Text: "income", After: after, Order: order}); fault.CodeOf(
					err,
				) != fault.CodeInvalid {
					t.Errorf("after %q: %v %v", after, f, err)
				}
			}
		}
	})

	t.Run("snippets", func(t *testing.T) {
		f := search1(t, db, Query{Text: "income", WorkflowID: w.ID})
		byID := map[string]imported.Hit{}
		for _, h := range f.Items {
			byID[h.RunID] = h
		}
		six := byID["r-0006"]
		if len(six.Passages) != 2 {
			t.Fatalf("%+v", six)
		}
		if p := six.Passages[0]; p.Place != imported.PlaceOutput || p.Item != 1 || p.Hits != 2 ||
			words(p.Snippet) != "second [income] part , [income]" {
			t.Errorf("%+v", p)
		}
		if p := six.Passages[1]; p.Place != imported.PlaceReason || p.Item != 1 || p.Gate != "second" ||
			words(p.Snippet) != "too little [income]" {
			t.Errorf("%+v", p)
		}
		if h := byID["r-0003"]; words(h.Passages[0].Snippet) != "<script>alert('[income]')</script>" || h.Line != 3 ||
			h.Source != "IMP-0001" ||
			!h.At.Equal(day(1)) ||
			h.WorkflowID != w.ID {
			t.Errorf("%+v", h)
		}
	})

	t.Run("check_finds_what_the_index_lacks", func(t *testing.T) {
		for _, spoil := range []string{
			`DELETE FROM run_search WHERE rowid = (SELECT max(id) FROM run_search_docsize)`,
			`INSERT INTO run_search (rowid, output) VALUES (77, 'x')`,
		} {
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(spoil); err != nil {
				t.Fatal(err)
			}
			if problems, _, err := Check(t.Context(), tx); err != nil || len(problems) != 1 {
				t.Errorf("%s: %v %v", spoil, problems, err)
			}
			tx.Rollback()
		}
	})

	t.Run("made_anew", func(t *testing.T) {
		before := ids(search1(t, db, Query{Text: "income"}))
		change(t, db, func(tx *sql.Tx) error { return Reset(t.Context(), tx) })
		if f := search1(t, db, Query{Text: "income"}); len(f.Items) != 0 || f.State.Indexed != 0 {
			t.Errorf("%+v", f)
		}
		indexAll(t, db)
		if after := ids(search1(t, db, Query{Text: "income"})); after != before {
			t.Errorf("%s, want %s", after, before)
		}
	})
}

func words(s []imported.Fragment) string {
	var b strings.Builder
	for _, f := range s {
		if f.Hit {
			b.WriteString("[" + f.Text + "]")
		} else {
			b.WriteString(f.Text)
		}
	}
	return b.String()
}

// TestSearch_batches indexes more runs than one transaction takes, between
// imports, and finds each by a word of its own.
func TestSearch_batches(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	r := rand.New(rand.NewPCG(5, 5))
	n := 0
	more := func(k int) {
		var recs []*run.Record
		for range k {
			n++
			recs = append(
				recs,
				textRun(
					n,
					time.Date(2026, 1, 1+r.IntN(300), r.IntN(24), 0, 0, 0, time.UTC),
					fmt.Sprintf("word%d common", n),
					"",
					"",
				),
			)
		}
		importRuns(t, db, w, n, recs)
	}
	more(batchRuns/2 + 7)
	change(t, db, func(tx *sql.Tx) error { _, err := Index(t.Context(), tx); return err })
	more(batchRuns + 3)
	indexAll(t, db)
	for range 200 {
		k := 1 + r.IntN(n)
		if got, want := ids(search1(t, db, Query{Text: fmt.Sprintf("word%d", k)})),
			fmt.Sprintf("r-%04d", k); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f := search1(t, db, Query{Text: "common", Limit: 500})
	if f.Count != countTo || !f.More ||
		!slices.IsSortedFunc(
			f.Items,
			func(a, b imported.Hit) int { return strings.Compare(string(civil.Of(b.At)), string(civil.Of(a.At))) },
		) {
		t.Errorf("%d %v", f.Count, f.More)
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("before ", 40) + "\x02hit\x03" + strings.Repeat(" after", 100)
	got := words(snippet(long))
	if !strings.HasPrefix(got, "… before") || !strings.Contains(got, "[hit] after") || !strings.HasSuffix(got, "…") ||
		len([]rune(got)) > snippetChars+10 {
		t.Errorf("%s", got)
	}
	if got := words(snippet(strings.Repeat("é", 500) + "\x02hit\x03")); got != "…"+strings.Repeat(
		"é",
		snippetBefore,
	)+"[hit]" {
		t.Errorf("%s", got)
	}
}

// FuzzSearch types anything into the search: FTS5 never sees a question that it
// refuses, and what is found is marked.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"income", `"`, `""`, `"a`, "a*", "*", "-", "--a", "-a", `-"a b" c`, "a OR b", "a AND",
		"NOT", "NEAR(a b, 3)", "output : a", "{output reason}: a", "^a", "a + b", "(", ")", "a)", "'", ";--", "\x00",
		"a\x00b", "\xff", "🙂", "ŷ", "٣", "½", "a\u0301", "\u200d",
		strings.Repeat("a ", 40), strings.Repeat("a", 100_000), strings.Repeat(`"`, 999), "“a” „b” «c»", "\ue000",
		"a\u00a0b", "\u2028"} {
		f.Add(s)
	}
	w := testWorkflow()
	db := open(f, w)
	importRuns(f, db, w, 1, []*run.Record{textRun(1, noon, "income a b c ŷ", "a OR b", "NOT ٣ ½ \ue000")})
	indexAll(f, db)
	f.Fuzz(func(t *testing.T, s string) {
		for _, order := range []imported.Order{imported.Newest, imported.Relevance} {
			found, err := Find(t.Context(), db, Query{Text: s, Order: order})
			var fe *fault.Error
			if err != nil && (!errors.As(err, &fe) || fe.Code != fault.CodeInvalid) {
				t.Fatalf("%q: %v", s, err)
			}
			for _, h := range found.Items {
				if len(h.Passages) == 0 {
					t.Errorf("%q: found and not marked", s)
				}
			}
		}
	})
}
