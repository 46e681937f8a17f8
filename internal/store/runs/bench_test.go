package runs

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// largeWorkflow and largeRun are like the run audits that figures are taken
// on: two decisions a run on average, about 250 characters of text.
func largeWorkflow() *workflow.Workflow {
	w := &workflow.Workflow{ID: "large", Ref: "WF-0001", Name: "Large"}
	for i := range 300 {
		w.Roster = append(
			w.Roster,
			workflow.Login{Account: fmt.Sprintf("officer-%03d", i), Kind: workflow.LoginOfficer},
		)
	}
	w.Roster = append(w.Roster, workflow.Login{Account: "svc", Kind: workflow.LoginSystem})
	for _, g := range []string{"intake-review", "eligibility", "final-approval"} {
		gate := workflow.Gate{Key: g, MinReviewSeconds: 30, FourEyes: true, MaxStreak: 200, MaxAgreement: 0.98}
		for _, l := range w.Roster[:300] {
			gate.Officers = append(gate.Officers, l.Account)
		}
		w.Gates = append(w.Gates, gate)
	}
	return w
}

type largeRuns struct {
	r    *rand.Rand
	text []string
	rec  run.Record
	n    int
}

func newLargeRuns(seed uint64) *largeRuns {
	l := &largeRuns{r: rand.New(rand.NewPCG(seed, 42))}
	for range 512 {
		var b strings.Builder
		for b.Len() < 120 {
			fmt.Fprintf(&b, "word%d ", l.r.IntN(8000))
		}
		l.text = append(l.text, b.String())
	}
	return l
}

func (l *largeRuns) next() *run.Record {
	r, n := l.r, l.n
	l.n++
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).
		Add(time.Duration(n%1_000_000)*23*time.Second + time.Duration(r.IntN(3600_000))*time.Millisecond)
	a, b := r.Uint64(), r.Uint64()
	rec := &l.rec
	*rec = run.Record{
		RunID: fmt.Sprintf(
			"%08x-%04x-4%03x-a%03x-%012x",
			a>>32,
			a>>16&0xffff,
			a&0xfff,
			b>>52,
			b&0xffffffffffff,
		),
		Workflow:        "wf-large",
		WorkflowVersion: "3.1",
		ModelVersion:    "m-7",
		Outcome:         []string{"completed", "completed", "completed", "denied", "referred"}[r.IntN(5)],
		Segment:         []string{"north", "south", "east", "west"}[r.IntN(4)],
		Started:         at,
		Ended:           at.Add(time.Hour),
		Sequence: int64(
			n + 1,
		),
		At:        run.Position{Line: int64(n + 1), Offset: int64(n) * 940},
		Decisions: rec.Decisions[:0],
		Outputs:   rec.Outputs[:0],
	}
	rec.Outputs = append(
		rec.Outputs,
		run.Output{
			Text:           l.text[r.IntN(512)][:60],
			Reasoning:      l.text[r.IntN(512)],
			Recommendation: "approve",
			Confidence:     float64(r.IntN(10000)) / 10000,
			At:             rec.At,
		},
	)
	gates := []string{"intake-review", "eligibility", "final-approval"}
	for g := range 1 + r.IntN(3) {
		p := at.Add(time.Duration(r.IntN(60_000)) * time.Millisecond)
		account := fmt.Sprintf("officer-%03d", min(r.IntN(300), r.IntN(300)))
		if r.IntN(1000) == 0 {
			account = "svc"
		}
		rec.Decisions = append(
			rec.Decisions,
			run.Decision{
				Gate:             gates[g],
				PreparedBy:       "svc-prep",
				Presented:        p,
				Decided:          p.Add(time.Duration(29_900+r.IntN(180_000)) * time.Millisecond),
				Account:          account,
				Code:             []run.DecisionCode{run.Approved, run.Approved, run.Approved, run.Rejected}[r.IntN(4)],
				Reason:           l.text[r.IntN(512)][:20],
				AIRecommendation: "approve",
				At:               rec.At,
			},
		)
	}
	return rec
}

func importLarge(b testing.TB, db *sql.DB, w *workflow.Workflow, l *largeRuns, n int) {
	change(b, db, func(tx *sql.Tx) error {
		wr, err := NewWriter(
			b.Context(),
			tx,
			w,
			imported.Source{
				ID:         id.New(),
				Ref:        id.Ref(id.Source, int64(l.n+1)),
				FileName:   "large.jsonl",
				Format:     "run-audit",
				ImportedAt: noon,
				ImportedBy: "Ada",
			},
			Options{},
		)
		if err != nil {
			return err
		}
		for range n {
			if _, err := wr.Add(b.Context(), l.next()); err != nil {
				return err
			}
		}
		_, err = wr.Close(b.Context(), End{SHA256: fmt.Sprintf("%064x", l.n), Bytes: 1})
		return err
	})
}

// BenchmarkImport stores, tests and rolls up 100,000 runs with 200,000 decisions.
func BenchmarkImport(b *testing.B) {
	const n = 100_000
	for range b.N {
		b.StopTimer()
		w := largeWorkflow()
		db := open(b, w)
		l := newLargeRuns(1)
		b.StartTimer()
		importLarge(b, db, w, l, n)
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "runs/s")
}

func BenchmarkGenerate(b *testing.B) {
	l := newLargeRuns(1)
	for range b.N {
		l.next()
	}
}

// BenchmarkMillion is one import of a million runs, or of ASSAY_BENCH_RUNS:
// -bench Million -benchtime 1x.
func BenchmarkMillion(b *testing.B) {
	n := benchRuns()
	if os.Getenv("ASSAY_BENCH_RUNS") == "" {
		n = 1_000_000
	}
	w := largeWorkflow()
	db := open(b, w)
	l := newLargeRuns(1)
	b.ResetTimer()
	for range b.N {
		importLarge(b, db, w, l, n)
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "runs/s")
}

// benchRuns is how many runs the queries are measured on; ASSAY_BENCH_RUNS
// sets another number.
func benchRuns() int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_RUNS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

// BenchmarkQueries answers what screens ask.
func BenchmarkQueries(b *testing.B) {
	w := largeWorkflow()
	db := open(b, w)
	importLarge(b, db, w, newLargeRuns(1), benchRuns())
	ctx := b.Context()
	last90 := imported.Period{From: "2026-06-01", To: "2026-08-29"}
	var deep string
	for name, f := range map[string]func() error{
		"DailyRuns": func() error { _, err := DailyRuns(ctx, db, "", imported.Period{}); return err },
		"Volumes":   func() error { _, err := Volumes(ctx, db, w.ID, imported.Period{}); return err },
		"Volumes90": func() error { _, err := Volumes(ctx, db, w.ID, last90); return err },
		"Measure":   func() error { _, err := Measure(ctx, db, w, imported.Period{}); return err },
		"Measure90": func() error { _, err := Measure(ctx, db, w, last90); return err },
		"GateSeries": func() error {
			_, err := GateSeries(ctx, db, w.ID, "eligibility", imported.Period{}, ByDay)
			return err
		},
		"FindingSeries": func() error { _, err := FindingSeries(ctx, db, w.ID, imported.Period{}); return err },
		"CountFindings": func() error { _, err := CountFindings(ctx, db, w.ID, "2026-09-01"); return err },
		"FilterChoices": func() error { _, err := FilterChoices(ctx, db, w.ID); return err },
		"List":          func() error { _, err := List(ctx, db, Filter{WorkflowID: w.ID}); return err },
		"ListRare": func() error {
			_, err := List(ctx, db, Filter{WorkflowID: w.ID, Outcome: "never"})
			return err
		},
		"ListOutcome": func() error {
			_, err := List(ctx, db, Filter{WorkflowID: w.ID, Outcome: "denied", Period: last90})
			return err
		},
		"ListCode": func() error {
			_, err := List(ctx, db, Filter{WorkflowID: w.ID, Code: oversight.DecidedByNoOfficer})
			return err
		},
		"ListDeep": func() error {
			p, err := List(ctx, db, Filter{WorkflowID: w.ID, After: deep})
			deep = p.Next
			return err
		},
		"Findings": func() error {
			_, err := Findings(ctx, db, FindingFilter{WorkflowID: w.ID}, "2026-09-01")
			return err
		},
		"FindingsOpen": func() error {
			_, err := Findings(
				ctx, db,
				FindingFilter{WorkflowID: w.ID, Code: oversight.DecidedByNoOfficer, Status: imported.StatusOpen},
				"2026-09-01",
			)
			return err
		},
		"FindingsExplained": func() error {
			_, err := Findings(ctx, db, FindingFilter{WorkflowID: w.ID, Status: imported.StatusExplained}, "2026-09-01")
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRetest makes every finding again from what is stored.
func BenchmarkRetest(b *testing.B) {
	w := largeWorkflow()
	db := open(b, w)
	importLarge(b, db, w, newLargeRuns(1), benchRuns())
	for _, c := range []struct {
		name string
		f    func() error
	}{
		{"Each", func() error {
			return Each(b.Context(), db, w.ID, func(string, *run.Record, Digest) error { return nil })
		}},
		{"Check", func() error { _, err := Check(b.Context(), db, w, nil); return err }},
		{"Retest", func() error {
			change(b, db, func(tx *sql.Tx) error { _, err := Retest(b.Context(), tx, w); return err })
			return nil
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				if err := c.f(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*benchRuns())/b.Elapsed().Seconds(), "runs/s")
		})
	}
}

// BenchmarkJoined imports 10,000 runs into a register of 100,000, of which they go on in
// a tenth of their number.
func BenchmarkJoined(b *testing.B) {
	w := largeWorkflow()
	db := open(b, w)
	l := newLargeRuns(1)
	importLarge(b, db, w, l, benchRuns())
	again := newLargeRuns(1)
	for b.Loop() {
		b.StopTimer()
		var file []*run.Record
		for i := range 10_000 {
			rec := l.next().Clone()
			if i%10 == 0 {
				old := again.next()
				at := old.Ended.Add(time.Hour)
				rec = run.Record{
					RunID:   old.RunID,
					Started: at,
					Ended:   at,
					Steps:   []run.Step{{Name: "closed", Ended: at}},
				}
			}
			file = append(file, &rec)
		}
		b.StartTimer()
		importRuns(b, db, w, 2, file)
	}
}

// BenchmarkPair imports 10,000 runs in two files, of which each has a half of every run.
func BenchmarkPair(b *testing.B) {
	w := largeWorkflow()
	for b.Loop() {
		b.StopTimer()
		db := open(b, w)
		l := newLargeRuns(1)
		var first, second []*run.Record
		for range 10_000 {
			rec := l.next().Clone()
			later := run.Record{RunID: rec.RunID, Started: rec.Ended, Ended: rec.Ended, Decisions: rec.Decisions}
			rec.Decisions = nil
			first, second = append(first, &rec), append(second, &later)
		}
		b.StartTimer()
		importRuns(b, db, w, 1, first)
		importRuns(b, db, w, 3, second)
	}
}
