package runs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/testkit"
	"assay/internal/workflow"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// contents lists every finding and rollup of a workflow, without the numbers
// that differ between registers.
func contents(t testing.TB, db *sql.DB, w *workflow.Workflow) map[string]string {
	t.Helper()
	wfRowID, err := workflowRowID(t.Context(), db, w.ID)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readStream(t.Context(), db, wfRowID, imported.Period{}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Versions {
		v.FirstRun.Source = "" // differs with the imports
	}
	m := dump(s)
	after := ""
	for {
		p, err := Findings(t.Context(), db, FindingFilter{WorkflowID: w.ID, After: after, Limit: 500}, "2026-09-01")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Items {
			ref := oversight.RunRef{}
			if len(f.Runs) > 0 {
				ref = f.Runs[0]
				ref.Source = ""
			}
			k := fmt.Sprintf("finding %s %s %s %q", f.Code, f.Gate, ref.RunID, f.Subject)
			if m[k] != "" {
				t.Fatalf("%s is there twice", k)
			}
			m[k] = fmt.Sprint(f.Detail, f.Thresholds, ref, f.Day, f.Severity)
		}
		if after = p.Next; after == "" {
			return m
		}
	}
}

func sound(t testing.TB, db *sql.DB, w *workflow.Workflow) {
	t.Helper()
	problems, err := Check(t.Context(), db, w, nil)
	if err != nil || len(problems) > 0 {
		t.Fatalf("check: %v; %d problems, of them %+v", err, len(problems), problems[:min(len(problems), 2)])
	}
}

func init() { testkit.Checks(30) }

// TestIncremental: whatever way runs are cut into imports and whatever order
// these come in, findings and rollups are those of one import of them all, and
// those of a computation from scratch.
func TestIncremental(t *testing.T) {
	w := testWorkflow()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(rt, "runs")
		recs := randomRuns(rapid.Uint64().Draw(rt, "seed"), n)
		for _, r := range recs { // TRN-01 asks whether a source has any output
			r.Outputs = append(r.Outputs, run.Output{Reasoning: "r", At: r.At})
		}
		one := open(t, w)
		defer one.Close()
		importRuns(t, one, w, 1, recs)
		want := contents(t, one, w)

		many := open(t, w)
		defer many.Close()
		shuffled := append([]*run.Record{}, recs...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 7))
		r.Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := 1; len(shuffled) > 0; i++ {
			k := rapid.IntRange(1, len(shuffled)).Draw(rt, "cut")
			importRuns(t, many, w, i, shuffled[:k])
			shuffled = shuffled[k:]
		}
		if d := cmp.Diff(want, contents(t, many, w)); d != "" {
			rt.Fatalf("further imports (-one +many):\n%s", d)
		}
		sound(t, many, w)
		change(t, many, func(tx *sql.Tx) error { _, err := Retest(t.Context(), tx, w); return err })
		if d := cmp.Diff(want, contents(t, many, w)); d != "" {
			rt.Fatalf("retest (-one +retested):\n%s", d)
		}
		sound(t, many, w)
	})
}

func TestRetest(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	importRuns(t, db, w, 1, randomRuns(6, 300))
	amended := randomRuns(6, 3)
	amended[2].Outcome = "other"
	importRuns(t, db, w, 2, amended)
	before := contents(t, db, w)

	fast, err := Findings(t.Context(), db, FindingFilter{WorkflowID: w.ID, Code: oversight.DecidedFast}, "2026-09-01")
	if err != nil || len(fast.Items) == 0 {
		t.Fatal(fast, err)
	}
	explained := fast.Items[0]
	change(t, db, func(tx *sql.Tx) error {
		_, err := Dispose(
			t.Context(),
			tx,
			FindingFilter{WorkflowID: w.ID},
			[]string{explained.ID},
			imported.Disposition{
				ID:     id.New(),
				Status: imported.StatusExplained,
				Why:    "A duplicate application.",
				By:     "Ada",
				At:     noon,
			},
			nil,
		)
		return err
	})

	eased := *w
	eased.Gates = append([]workflow.Gate{}, w.Gates...)
	eased.Gates[0].MinReviewSeconds, eased.Gates[0].FourEyes = 0, false
	stale := func(w *workflow.Workflow) bool {
		t.Helper()
		s, err := Stale(t.Context(), db, w)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if stale(w) || !stale(&eased) {
		t.Fatal("that the gate was edited is not noticed")
	}
	sound(t, db, &eased) // the content is; the findings are left aside
	change(t, db, func(tx *sql.Tx) error { _, err := Retest(t.Context(), tx, &eased); return err })
	if stale(&eased) {
		t.Fatal("stale after the retest")
	}
	sound(t, db, &eased)
	counts, err := CountFindings(t.Context(), db, w.ID, "2026-09-01")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		if c.Code == oversight.DecidedFast || c.Code == oversight.SameEyes {
			t.Errorf("%d findings of %s are left", c.All, c.Code)
		}
		if c.Code == oversight.LogConflict && c.All != 1 {
			t.Errorf("%d findings of LOG-02, want 1", c.All)
		}
	}
	// The next import into the workflow as it was tests everything again.
	importRuns(t, db, w, 3, nil)
	if d := cmp.Diff(before, contents(t, db, w)); d != "" {
		t.Fatalf("back again (-before +after):\n%s", d)
	}

	// A retest that finds the same thing keeps what was said of it.
	change(t, db, func(tx *sql.Tx) error {
		_, err := Dispose(
			t.Context(),
			tx,
			FindingFilter{WorkflowID: w.ID},
			[]string{explained.ID},
			imported.Disposition{
				ID:     id.New(),
				Status: imported.StatusExplained,
				Why:    "A duplicate application.",
				By:     "Ada",
				At:     noon,
			},
			nil,
		)
		if err == nil {
			_, err = Retest(t.Context(), tx, w)
		}
		return err
	})
	if f, err := getFinding(t.Context(), db, explained.ID, "2026-09-01"); err != nil ||
		f.Status != imported.StatusExplained ||
		f.Disposition.Why != "A duplicate application." {
		t.Fatalf("%+v %v", f, err)
	}
}

func TestCheck(t *testing.T) {
	w := testWorkflow()
	for name, damage := range map[string]func(*testing.T, *sql.DB){
		"an_edited_reason_is_noticed": editBlock(textsOfRuns, func(of [][]byte) bool {
			return slices.ContainsFunc(of, func(b []byte) bool {
				if len(b) == 0 || b[len(b)-1] < 'a' || b[len(b)-1] > 'y' {
					return false
				}
				b[len(b)-1]++
				return true
			})
		}),
		"a_deleted_output_is_noticed": editBlock(textsOfRuns, func(of [][]byte) bool {
			i := slices.IndexFunc(of, func(b []byte) bool { return len(b) > 0 })
			of[i] = nil
			return true
		}),
		"a_changed_step_is_noticed": editBlock(bodies, func(of [][]byte) bool {
			of[0] = of[1]
			return true
		}),
		"a_changed_rollup_is_noticed":               execute(`UPDATE run_day SET runs = runs + 1 WHERE day = (SELECT max(day) FROM run_day)`),
		"a_deleted_finding_is_noticed":              execute(`DELETE FROM run_finding WHERE run_n = (SELECT max(run_n) FROM run_finding)`),
		"a_renamed_account_is_noticed":              execute(`UPDATE run_text SET text = 'z.nobody' WHERE text = 'a.one'`),
		"a_run_that_cannot_be_found_is_noticed":     execute(`DELETE FROM run_key WHERE run_n = 7`),
		"a_filter_that_knows_too_little_is_noticed": execute(`UPDATE run_filter SET bits = zeroblob(length(bits)) WHERE n = 1`),
		"a_lot_that_says_too_much_is_noticed":       execute(`UPDATE run_lot SET keys = keys + 1`),
		"a_changed_total_is_noticed":                execute(`UPDATE run_officer SET counts = json_set(counts, '$.decisions', 99)`),
		"a_changed_officer_count_is_noticed":        execute(`UPDATE run_officer_month SET counts = json_set(counts, '$.decisions', 99) WHERE month = (SELECT max(month) FROM run_officer_month)`),
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, w)
			importRuns(t, db, w, 1, randomRuns(8, 100))
			sound(t, db, w)
			damage(t, db)
			problems, err := Check(t.Context(), db, w, nil)
			if err != nil || len(problems) == 0 {
				t.Fatal("not noticed", err)
			}
		})
	}
}

// execute damages a register with a statement that must find something to change.
func execute(statement string) func(*testing.T, *sql.DB) {
	return func(t *testing.T, db *sql.DB) {
		t.Helper()
		if r, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		} else if n, _ := r.RowsAffected(); n == 0 {
			t.Fatal("nothing was changed")
		}
	}
}

// editBlock damages a column of the first block; edit tells whether it changed a value.
func editBlock(column int, edit func(of [][]byte) bool) func(*testing.T, *sql.DB) {
	return func(t *testing.T, db *sql.DB) {
		t.Helper()
		var first, last int64
		var frame []byte
		if err := db.QueryRow(`SELECT first_n, last_n, `+blockColumn[column]+` FROM run_block ORDER BY first_n`).
			Scan(&first, &last, &frame); err != nil {
			t.Fatal(err)
		}
		var r blockReader
		if err := r.open(frame, last-first+1); err != nil {
			t.Fatal(err)
		}
		of := make([][]byte, last-first+1)
		for i := range of {
			of[i] = slices.Clone(r.value(int64(i)))
		}
		if !edit(of) {
			t.Fatal("nothing was changed")
		}
		var v values
		for _, b := range of {
			v.all = append(v.all, b...)
			v.end()
		}
		var p blockPacker
		damage := execute(
			fmt.Sprintf(`UPDATE run_block SET %s = x'%x' WHERE first_n = %d`, blockColumn[column], p.pack(&v), first),
		)
		damage(t, db)
	}
}

func TestDispose(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	importRuns(t, db, w, 1, randomRuns(9, 200))
	all := FindingFilter{WorkflowID: w.ID, Code: oversight.DecidedFast, Limit: 500}
	count := func(s imported.Status, today string) int64 {
		t.Helper()
		f := all
		f.Status = s
		p, err := Findings(t.Context(), db, f, civilDate(today))
		if err != nil {
			t.Fatal(err)
		}
		counts, err := CountFindings(t.Context(), db, w.ID, civilDate(today))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			if c.Code == all.Code && c.Status[s] != int64(len(p.Items)) {
				t.Fatalf("%s: %d counted, %d listed", s, c.Status[s], len(p.Items))
			}
		}
		return int64(len(p.Items))
	}
	total := count(imported.StatusOpen, "2026-09-01")
	dispose := func(d imported.Disposition, ids []string) (out imported.Disposition, err error) {
		d.ID, d.By, d.At = id.New(), "Ada", noon
		tx, e := db.Begin()
		if e != nil {
			t.Fatal(e)
		}
		defer tx.Rollback()
		if out, err = Dispose(
			t.Context(), tx, FindingFilter{WorkflowID: w.ID, Code: all.Code}, ids, d, nil,
		); err == nil {
			err = tx.Commit()
		}
		return out, err
	}
	p, err := Findings(t.Context(), db, FindingFilter{WorkflowID: w.ID, Code: all.Code, Limit: 2}, "2026-09-01")
	if err != nil {
		t.Fatal(err)
	}
	two := []string{p.Items[0].ID, p.Items[1].ID}

	for name, bad := range map[string]imported.Disposition{
		"no_reason":                     {Status: imported.StatusExplained},
		"no_status":                     {Why: "x"},
		"acceptance_without_end":        {Status: imported.StatusAccepted, Why: "x"},
		"acceptance_that_ended":         {Status: imported.StatusAccepted, Why: "x", Expires: "2026-08-31"},
		"action_without_action":         {Status: imported.StatusActioned, Why: "x"},
		"explanation_that_would_expire": {Status: imported.StatusExplained, Why: "x", Expires: "2027-01-01"},
	} {
		if _, err := dispose(bad, two); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	absent := []string{"1.OVR-06.99999.1.0"}
	if _, err := dispose(
		imported.Disposition{Status: imported.StatusExplained, Why: "x"}, absent,
	); fault.CodeOf(err) != fault.CodeNotFound {
		t.Errorf("a finding that is not there: %v", err)
	}

	d, err := dispose(imported.Disposition{Status: imported.StatusAccepted, Why: "Known.", Expires: "2026-12-31"}, two)
	if err != nil || d.Findings != 2 || len(d.Digest) != 64 {
		t.Fatalf("%+v %v", d, err)
	}
	if a, o := count(imported.StatusAccepted, "2026-12-31"), count(imported.StatusOpen, "2026-12-31"); a != 2 ||
		o != total-2 {
		t.Fatalf("%d accepted, %d open of %d", a, o, total)
	}
	if a, o := count(imported.StatusAccepted, "2027-01-01"), count(imported.StatusOpen, "2027-01-01"); a != 0 ||
		o != total {
		t.Fatalf("after the last day: %d accepted, %d open", a, o)
	}
	actioned := imported.Disposition{Status: imported.StatusActioned, Why: "Train.", ActionID: "act"}
	if d, err = dispose(actioned, nil); err != nil ||
		d.Findings != total {
		t.Fatalf("in bulk: %+v %v", d, err)
	}
	if n := count(imported.StatusActioned, "2027-01-01"); n != total {
		t.Fatalf("%d actioned of %d", n, total)
	}
	ds, err := Dispositions(t.Context(), db, w.ID)
	if err != nil || len(ds) != 2 || ds[0].Status != imported.StatusActioned {
		t.Fatalf("%+v %v", ds, err)
	}
}

// getFinding finds a finding by its identifier.
func getFinding(ctx context.Context, db DB, id string, today civil.Date) (imported.Finding, error) {
	k, err := parseFindingID(id)
	if err != nil {
		return imported.Finding{}, err
	}
	f, _, err := scanFinding(db.QueryRowContext(ctx, `SELECT `+findingColumns+` FROM `+findingTables+
		` WHERE f.workflow_n = ? AND f.code = ? AND f.gate = ? AND f.run_n = ? AND f.subject = ?`, k.wfRowID, k.code, k.gate, k.run, k.about), today)
	if errors.Is(err, sql.ErrNoRows) {
		return imported.Finding{}, fault.NotFound("finding", id)
	}
	return f, err
}
