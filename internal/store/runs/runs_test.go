package runs

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
	"assay/sql/migrations"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"
)

const pragmas = "?_txlock=immediate&_defensive=1&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&" +
	"_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=secure_delete(1)&" +
	"_pragma=cell_size_check(1)&_pragma=recursive_triggers(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-65536)"

// open makes an empty register with one workflow in it.
func open(t testing.TB, w *workflow.Workflow) *sql.DB {
	t.Helper()
	db := openAt(t, filepath.Join(t.TempDir(), "register.assay"))
	addWorkflow(t, db, w)
	return db
}

// openAt opens the register at path, a new one where there is none.
func openAt(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, p := migrating(t, path)
	db.SetMaxOpenConns(6)
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// migrating opens the file at path, a new one where there is none, with what brings its
// tables to any version.
func migrating(t testing.TB, path string) (*sql.DB, *goose.Provider) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+pragmas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	p, err := goose.NewProvider(
		goose.DialectSQLite3,
		db,
		migrations.FS,
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(Migrations()...),
	)
	if err != nil {
		t.Fatal(err)
	}
	return db, p
}

func addWorkflow(t testing.TB, db *sql.DB, w *workflow.Workflow) {
	t.Helper()
	body := fmt.Sprintf(`{"id":%q,"ref":%q,"name":%q,"lifecycle":"live"}`, w.ID, w.Ref, w.Name)
	if _, err := db.Exec(`INSERT INTO workflow (id, body) VALUES (?, ?)`, w.ID, body); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// imports counts imports, for references and digests of files.
func importRuns(t testing.TB, db *sql.DB, w *workflow.Workflow, n int, recs []*run.Record) Summary {
	t.Helper()
	var s Summary
	change(t, db, func(tx *sql.Tx) error {
		wr, err := NewWriter(
			t.Context(),
			tx,
			w,
			imported.Source{
				ID:         id.New(),
				Ref:        id.Ref(id.Source, int64(n)),
				FileName:   "export.jsonl",
				Format:     "run-audit",
				ImportedAt: noon,
				ImportedBy: "Ada",
			},
			Options{Distinct: n%2 == 1 && distinct(recs)},
		)
		if err != nil {
			return err
		}
		for _, r := range recs {
			if _, err := wr.Add(t.Context(), r); err != nil {
				return err
			}
		}
		s, err = wr.Close(t.Context(), End{SHA256: fmt.Sprintf("%064x", n), Bytes: 1, Root: ""})
		return err
	})
	return s
}

func distinct(recs []*run.Record) bool {
	ids := map[string]bool{}
	for _, r := range recs {
		ids[r.RunID] = true
	}
	return len(ids) == len(recs)
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

func testWorkflow() *workflow.Workflow {
	return &workflow.Workflow{ID: "0192", Ref: "WF-0001", Name: "Planning validation",
		KSB:     workflow.KSB{Activities: []string{"draft", "decide", "send"}, Tools: []string{"ocr"}},
		Account: workflow.Account{DataSources: []string{"application form"}},
		Gates: []workflow.Gate{
			{Key: "officer-decision", FourEyes: true, MinReviewSeconds: 60, MaxStreak: 20, MaxAgreement: 0.9,
				Officers: []string{
					"a.one",
					"b.two",
					"c.three",
				}, Prepare: []string{"draft"}, Decide: []string{"decide"}, Release: []string{"send"}},
		},
		Roster: []workflow.Login{
			{Account: "a.one", Kind: workflow.LoginOfficer},
			{Account: "b.two", Kind: workflow.LoginOfficer},
			{Account: "c.three", Kind: workflow.LoginOfficer},
			{Account: "d.four", Kind: workflow.LoginOfficer},
			{Account: "svc", Kind: workflow.LoginSystem},
		},
	}
}

// randomRun makes a run with faults of every kind now and then.
func randomRun(r *rand.Rand, n int) *run.Record {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(int64(150 * 24 * time.Hour))))
	rec := &run.Record{
		RunID:           fmt.Sprintf("run-%06d", n),
		Workflow:        "wf",
		WorkflowVersion: pick("1.0", "1.1"),
		ModelVersion:    pick("m1", "m2", ""),
		TriggerChannel: pick(
			"web",
			"post",
		),
		TriggerRef: fmt.Sprintf("APP/%d", n),
		Outcome:    pick("valid", "valid", "invalid", ""),
		Segment:    pick("north", "south", "tiny-"+pick("a", "b")),
		Started:    at,
		Ended:      at.Add(time.Hour),
		Sequence:   int64(n),
		At:         run.Position{Line: int64(n + 1), Offset: int64(n) * 100},
	}
	if r.IntN(10) == 0 {
		rec.Started, rec.Ended, rec.Sequence = time.Time{}, time.Time{}, 0
	}
	for i := range r.IntN(4) {
		s := run.Step{
			Seq:       i + 1,
			Name:      pick("draft", "decide", "send", "elsewhere"),
			Actor:     pick("a.one", "b.two", "svc", ""),
			ActorKind: run.ActorPerson,
			Ended: at.Add(
				time.Duration(r.IntN(300)) * time.Second,
			),
			Tool: pick("", "ocr", "browser"),
			At:   run.Position{Line: rec.At.Line, Item: int64(i + 1), Offset: rec.At.Offset},
		}
		if r.IntN(5) == 0 {
			s.Gate, s.Act = "officer-decision", run.ActRelease
		}
		rec.Steps = append(rec.Steps, s)
	}
	for range r.IntN(3) {
		d := run.Decision{
			Gate:       "officer-decision",
			PreparedBy: pick("a.one", "svc", ""),
			Presented:  at,
			Decided:    at.Add(time.Duration(r.IntN(200)-5) * time.Second),
			Account: pick(
				"a.one",
				"b.two",
				"d.four",
				"x",
			),
			Code:             run.DecisionCodes[r.IntN(len(run.DecisionCodes))],
			Edited:           r.IntN(9) == 0,
			Reason:           pick("", "because"),
			AIRecommendation: pick("approve", "reject", "disclose", ""),
			At:               rec.At,
		}
		if r.IntN(2) == 0 {
			d.Opened = d.Presented.Add(3 * time.Second)
		}
		rec.Decisions = append(rec.Decisions, d)
	}
	if r.IntN(4) > 0 {
		rec.Outputs = append(
			rec.Outputs,
			run.Output{
				Text:           pick("", "A draft."),
				Recommendation: "approve",
				Confidence:     0.25 * float64(r.IntN(5)),
				Reasoning:      pick("", "It fits."),
				At:             rec.At,
			},
		)
	}
	if r.IntN(4) > 0 {
		rec.Accesses = append(
			rec.Accesses,
			run.DataAccess{
				Source: pick("application form", "benefits system"),
				Fields: []string{"name", "address"},
				Time:   at,
				At:     rec.At,
			},
		)
	}
	return rec
}

func randomRuns(seed uint64, n int) []*run.Record {
	r := rand.New(rand.NewPCG(seed, 1))
	recs := make([]*run.Record, n)
	for i := range recs {
		recs[i] = randomRun(r, i)
	}
	return recs
}

func TestImport(t *testing.T) {
	w := testWorkflow()
	recs := randomRuns(1, 300)

	t.Run("a_run_reads_back_whole", func(t *testing.T) {
		db := open(t, w)
		importRuns(t, db, w, 1, recs)
		i := 0
		err := Each(t.Context(), db, w.ID, func(_ string, got *run.Record, digest Digest) error {
			want := recs[i]
			i++
			if d := cmp.Diff(*want, normal(got)); d != "" {
				t.Fatalf("run %d (-want +got):\n%s", i, d)
			}
			if digest != DigestOf(got) {
				t.Fatalf("run %d has another digest when read back", i)
			}
			return nil
		})
		if err != nil || i != len(recs) {
			t.Fatal(i, err)
		}
		one, err := Get(t.Context(), db, w.ID, "run-000007", "2026-09-01")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(*recs[7], normal(one.Record)); d != "" || one.Source.Ref != "IMP-0001" {
			t.Fatalf("%s %+v", d, one.Source)
		}
	})

	t.Run("findings_are_those_of_the_tests", func(t *testing.T) {
		db := open(t, w)
		importRuns(t, db, w, 1, recs)
		tester, stream := oversight.NewTester(w), oversight.NewStream()
		want := map[string]int64{}
		for _, r := range recs {
			for _, f := range tester.Test("", r, stream) {
				want[string(f.Code)+f.Gate]++
			}
		}
		for _, f := range stream.Result(w, oversight.Context{}).Findings {
			want[string(f.Code)+f.Gate]++
		}
		counts, err := CountFindings(t.Context(), db, w.ID, "2026-09-01")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, c := range counts {
			got[string(c.Code)+c.Gate] = c.All
			n, after := int64(0), ""
			for {
				p, err := Findings(
					t.Context(),
					db,
					FindingFilter{WorkflowID: w.ID, Code: c.Code, Gate: c.Gate, After: after, Limit: 7},
					"2026-09-01",
				)
				if err != nil {
					t.Fatal(err)
				}
				n += int64(len(p.Items))
				if after = p.Next; after == "" {
					break
				}
			}
			if c.Gate != "" && n != c.All {
				t.Errorf("%s: %d listed, %d counted", c.Code, n, c.All)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})

	t.Run("the_same_run_again_is_skipped_and_other_content_never_overwrites", func(t *testing.T) {
		db := open(t, w)
		recs := randomRuns(1, len(recs))
		again := randomRuns(1, 310)
		recs[5].Outcome, again[5].Outcome = "as it was", "changed afterwards"
		importRuns(t, db, w, 1, recs)
		for _, r := range again {
			r.At.Line += 1000 // another place in another file
		}
		s := importRuns(t, db, w, 2, again)
		if s.Source.New != 10 || s.Source.Same != 299 || s.Source.Differ != 1 {
			t.Fatalf("%+v", s.Source)
		}
		one, err := Get(t.Context(), db, w.ID, "run-000005", "2026-09-01")
		if err != nil {
			t.Fatal(err)
		}
		if one.Record.Outcome != recs[5].Outcome || one.Source.Ref != "IMP-0001" {
			t.Fatalf("the held run was overwritten: %+v", one)
		}
		p, err := Findings(t.Context(), db, FindingFilter{WorkflowID: w.ID, Code: oversight.LogConflict}, "2026-09-01")
		if err != nil || len(p.Items) != 1 {
			t.Fatal(p, err)
		}
		if f := p.Items[0]; f.SourceRef != "IMP-0002" || f.Runs[0].At.Line != 1006 || f.Runs[0].RunID != "run-000005" {
			t.Fatalf("%+v", f)
		}
	})

	t.Run("a_source_without_any_output_leaves_TRN-01_untested", func(t *testing.T) {
		db := open(t, w)
		bare := randomRuns(3, 50)
		for _, r := range bare {
			r.Outputs = nil
		}
		s := importRuns(t, db, w, 1, bare)
		if n := s.Findings[oversight.NoRecord]; n != 0 {
			t.Fatalf("%d findings of TRN-01", n)
		}
		if !notRun(s.Result, oversight.NoRecord) {
			t.Fatal("TRN-01 is not said to be untested")
		}
		// One output at the end shows that the format carries them.
		bare = randomRuns(3, 50)
		for _, r := range bare {
			r.Outputs, r.RunID = nil, "x"+r.RunID
		}
		bare[49].Outputs = []run.Output{{Text: "t", Reasoning: "r"}}
		if s = importRuns(t, db, w, 2, bare); s.Findings[oversight.NoRecord] != 49 {
			t.Fatalf("%d findings of TRN-01, want 49", s.Findings[oversight.NoRecord])
		}
	})
}

func notRun(r oversight.Result, c oversight.Code) bool {
	for _, n := range r.NotRun {
		if n.Code == c {
			return true
		}
	}
	return false
}

// normal gives empty lists the form that they have in generated records.
func normal(rec *run.Record) run.Record {
	r := *rec
	if len(r.Steps) == 0 {
		r.Steps = nil
	}
	if len(r.Accesses) == 0 {
		r.Accesses = nil
	}
	if len(r.Outputs) == 0 {
		r.Outputs = nil
	}
	if len(r.Decisions) == 0 {
		r.Decisions = nil
	}
	return r
}

func TestList(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	recs := randomRuns(4, 400)
	importRuns(t, db, w, 1, recs)
	count := func(f Filter) int {
		n := 0
		f.WorkflowID, f.Limit = w.ID, 33
		seen := map[string]bool{}
		for {
			p, err := List(t.Context(), db, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Items {
				if seen[r.RunID] {
					t.Fatalf("%s is listed twice", r.RunID)
				}
				seen[r.RunID] = true
			}
			n += len(p.Items)
			if f.After = p.Next; f.After == "" {
				return n
			}
		}
	}
	want := func(keep func(*run.Record) bool) (n int) {
		for _, r := range recs {
			if keep(r) {
				n++
			}
		}
		return n
	}
	tester := oversight.NewTester(w)
	has := func(r *run.Record, c oversight.Code) bool {
		for _, f := range tester.Test("", r, oversight.NewStream()) {
			if f.Code == c {
				return true
			}
		}
		return false
	}
	for name, c := range map[string]struct {
		f    Filter
		keep func(*run.Record) bool
	}{
		"all":     {Filter{}, func(*run.Record) bool { return true }},
		"outcome": {Filter{Outcome: "invalid"}, func(r *run.Record) bool { return r.Outcome == "invalid" }},
		"segment": {Filter{Segment: "north"}, func(r *run.Record) bool { return r.Segment == "north" }},
		"unheard": {Filter{Segment: "never heard of"}, func(r *run.Record) bool { return false }},
		"period": {Filter{Period: imported.Period{From: "2026-02-01", To: "2026-02-28"}}, func(r *run.Record) bool {
			d := civil.Of(oversight.When(r))
			return d >= "2026-02-01" && d <= "2026-02-28"
		}},
		"code": {
			Filter{Code: oversight.DecidedFast}, func(r *run.Record) bool { return has(r, oversight.DecidedFast) },
		},
		"code, also of runs without a time": {
			Filter{Code: oversight.NoRecord}, func(r *run.Record) bool { return has(r, oversight.NoRecord) },
		},
		"code at a gate that has none": {
			Filter{Code: oversight.NoRecord, Gate: "officer-decision"}, func(r *run.Record) bool { return false },
		},
		"code in a period": {
			Filter{Code: oversight.NoRecord, Period: imported.Period{From: "2026-02-01", To: "2026-02-28"}},
			func(r *run.Record) bool {
				d := civil.Of(oversight.When(r))
				return d >= "2026-02-01" && d <= "2026-02-28" && has(r, oversight.NoRecord)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := count(c.f), want(c.keep); got != want {
				t.Errorf("%d runs, want %d", got, want)
			}
		})
	}
}

func civilDate(s string) civil.Date { return civil.Date(s) }

func TestScreens(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	recs := randomRuns(11, 500)
	importRuns(t, db, w, 1, recs[:200])
	importRuns(t, db, w, 2, recs[200:])
	tester, stream := oversight.NewTester(w), oversight.NewStream()
	for _, r := range recs {
		tester.Test("", r, stream)
	}
	ctx, all := t.Context(), imported.Period{}

	result, err := Measure(ctx, db, w, all)
	if err != nil {
		t.Fatal(err)
	}
	want := stream.Result(w, oversight.Context{})
	if d := cmp.Diff(
		want.Gates[0].Officers, result.Gates[0].Officers, cmp.AllowUnexported(oversight.OfficerMeasures{}),
	); d != "" {
		t.Errorf("officers: %s", d)
	}
	if result.Gates[0].Review != want.Gates[0].Review || result.Totals != want.Totals || result.First != want.First {
		t.Errorf("%+v, want %+v", result.Gates[0], want.Gates[0])
	}
	sum := int64(0)
	days, err := DailyRuns(ctx, db, "", all)
	for _, d := range days {
		sum += d.Runs
	}
	if err != nil || sum != 500 {
		t.Errorf("%d runs by day, %v", sum, err)
	}
	sum = 0
	volumes, err := Volumes(ctx, db, w.ID, imported.Period{From: "2026-03-01", To: "2026-03-31"})
	for _, v := range volumes {
		if v.Day < "2026-03-01" || v.Day > "2026-03-31" {
			t.Errorf("%v is outside the period", v)
		}
		sum += v.Runs
	}
	march := int64(0)
	for k, n := range stream.Days {
		if k.Day != "" && k.Day[:7] == "2026-03" {
			march += n
		}
	}
	if err != nil || sum != march {
		t.Errorf("%d runs in March, want %d; %v", sum, march, err)
	}
	points, err := GateSeries(ctx, db, w.ID, "officer-decision", all, ByMonth)
	n := int64(0)
	for _, p := range points {
		n += p.Review.N
	}
	if err != nil || n != want.Gates[0].Review.N || len(points) > 7 {
		t.Errorf("%d reviews in %d months, want %d; %v", n, len(points), want.Gates[0].Review.N, err)
	}
	series, err := FindingSeries(ctx, db, w.ID, all)
	if err != nil || len(series) == 0 {
		t.Errorf("%v %v", series, err)
	}
	c, err := FilterChoices(ctx, db, w.ID)
	if d := cmp.Diff([]string{"invalid", "valid"}, c.Outcomes); d != "" || err != nil || len(c.Segments) != 4 ||
		c.First != want.First {
		t.Errorf("%+v %v", c, err)
	}
	accounts, err := accountEvents(ctx, db, w.ID)
	if d := cmp.Diff(stream.Accounts, accounts); d != "" || err != nil {
		t.Error(d, err)
	}
}

// accountEvents counts the events and decisions of each account in a workflow's runs.
func accountEvents(ctx context.Context, db DB, workflowID string) (map[string]int64, error) {
	out := map[string]int64{}
	err := query(ctx, db, func(row scanner) error {
		var a string
		var n int64
		err := row.Scan(&a, &n)
		out[a] = n
		return err
	}, `SELECT a.text, r.events FROM run_account r JOIN run_text a ON a.n = r.account JOIN run_workflow w ON w.n = r.workflow_n WHERE w.workflow_id = ?`, workflowID)
	return out, err
}
