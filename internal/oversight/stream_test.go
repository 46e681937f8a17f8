package oversight

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/run"
	"assay/internal/workflow"

	"pgregory.net/rapid"
)

// many makes n runs, one an hour, each changed by f.
func many(n int, f func(i int, r *run.Record)) []*run.Record {
	var out []*run.Record
	for i := range n {
		r := &run.Record{
			RunID:   fmt.Sprintf("r%05d", i),
			Started: start.Add(time.Duration(i) * time.Hour),
			At:      run.Position{Line: int64(i + 1)},
			Outputs: []run.Output{{Text: "t", Reasoning: "r"}},
		}
		f(i, r)
		out = append(out, r)
	}
	return out
}

func resultOf(w *workflow.Workflow, c Context, recs []*run.Record) Result {
	tester, s := NewTester(w), NewStream()
	for _, r := range recs {
		tester.Test("src", r, s)
	}
	return s.Result(w, c)
}

func decide(r *run.Record, account string, code run.DecisionCode, recommendation string) {
	r.Decisions = append(
		r.Decisions,
		run.Decision{
			Gate:             "g",
			Presented:        r.Started,
			Decided:          r.Started.Add(2 * time.Minute),
			Account:          account,
			Code:             code,
			AIRecommendation: recommendation,
		},
	)
}

func details(r Result, c Code) (out []string) {
	for _, f := range r.Findings {
		if f.Code == c {
			out = append(out, f.Subject+": "+f.Detail)
		}
	}
	return out
}

func skipped(r Result, c Code) string {
	for _, n := range r.NotRun {
		if n.Code == c {
			return n.Why
		}
	}
	return ""
}

func want(t *testing.T, r Result, c Code, substrings ...string) {
	t.Helper()
	got := details(r, c)
	if len(got) != len(substrings) {
		t.Fatalf("%s found %q, want %d findings", c, got, len(substrings))
	}
	for i, s := range substrings {
		if !strings.Contains(got[i], s) {
			t.Errorf("%s found %q, which does not say %q", c, got[i], s)
		}
	}
}

func TestResult(t *testing.T) {
	w := caseWorkflow()
	w.Gates[0].MaxStreak, w.Gates[0].MaxAgreement = 20, 0.9

	t.Run("a_streak_is_counted_in_the_order_of_time", func(t *testing.T) {
		recs := many(40, func(i int, r *run.Record) {
			code := run.Approved
			if i == 12 || i == 34 {
				code = run.Rejected
			}
			decide(r, "ann", code, "")
		})
		// Shuffled: 12 approvals, a rejection, 21 approvals, a rejection, 5 approvals.
		for i := range recs {
			j := i * 17 % 40
			recs[i], recs[j] = recs[j], recs[i]
		}
		want(t, resultOf(w, Context{}, recs), RubberStamp, `ann: "ann" approved 21 times in a row without an edit.`)
	})
	t.Run("a_streak_runs_on_into_the_next_month", func(t *testing.T) {
		recs := many(21, func(i int, r *run.Record) {
			r.Started = time.Date(2026, 3, 31, 14, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Hour)
			decide(r, "ann", run.Approved, "")
		})
		want(t, resultOf(w, Context{}, recs), RubberStamp, "21 times")
	})
	t.Run("an_edit_breaks_a_streak", func(t *testing.T) {
		recs := many(40, func(i int, r *run.Record) {
			decide(r, "ann", run.Approved, "")
			r.Decisions[0].Edited = i == 20
		})
		want(t, resultOf(w, Context{}, recs), RubberStamp)
	})
	t.Run("agreement_comes_with_its_interval", func(t *testing.T) {
		recs := many(100, func(i int, r *run.Record) {
			code := run.Approved
			if i%20 == 0 {
				code = run.Rejected
			}
			decide(r, []string{"ann", "bob"}[i%2], code, "approve")
		})
		r := resultOf(w, Context{}, recs)
		// 95 of 100; bob decides the odd ones, all approved, but 50 in a row for him.
		want(
			t,
			r,
			RubberStamp,
			"95.0 % of 100 cases (95 % interval 88.8 % to 97.8 %: the interval reaches below the threshold)",
			"50 times in a row",
		)
		if m := r.Gates[0]; m.Agreement.X != 95 || m.Agreement.N != 100 || len(m.Officers) != 2 {
			t.Errorf("%+v", m)
		}
	})
	t.Run("few_decisions_are_no_rate", func(t *testing.T) {
		r := resultOf(w, Context{}, many(10, func(i int, r *run.Record) { decide(r, "ann", run.Approved, "approve") }))
		want(t, r, RubberStamp)
		if why := skipped(r, RubberStamp); !strings.Contains(why, "at least 30") {
			t.Errorf("%q", why)
		}
	})
	t.Run("no_runs_pass_no_test", func(t *testing.T) {
		r := resultOf(w, Context{}, nil)
		if len(r.NotRun) != len(Tests)-len(ofPatterns) || len(r.Findings) > 0 {
			t.Errorf("%d tests not run, %d findings", len(r.NotRun), len(r.Findings))
		}
		for _, c := range r.Controls {
			if c.Level != NotShown {
				t.Errorf("%+v", c)
			}
		}
	})
	t.Run("a_gate_that_no_run_reaches_is_not_tested", func(t *testing.T) {
		r := resultOf(w, Context{}, many(50, func(int, *run.Record) {}))
		for _, c := range []Code{ReleasedUndecided, SameEyes, DecidedFast, NoReason, RubberStamp} {
			if skipped(r, c) == "" {
				t.Errorf("%s is not said to be untested", c)
			}
		}
	})

	t.Run("a_version_needs_a_recorded_and_reviewed_change", func(t *testing.T) {
		w := *w
		recs := many(100, func(i int, r *run.Record) { r.ModelVersion, r.PromptVersion = fmt.Sprint("m", i/25), "p" })
		day := func(run int) time.Time { return start.Add(time.Duration(run) * time.Hour) }
		w.Changes = []workflow.Change{
			{What: "model", To: "m1", Date: civil.Of(day(25)), ReviewedBy: "Ann"},
			{What: "model", To: "m2", Date: civil.Of(day(25))},
			{What: "prompt", To: "m3", Date: civil.Of(day(25)), ReviewedBy: "Ann"},
		}
		r := resultOf(&w, Context{}, recs)
		want(
			t,
			r,
			UnreviewedChange,
			`model m2: The model changed from "m1" to "m2"`,
			`model m3: The model changed from "m2" to "m3"`,
		)
		if d := details(r, UnreviewedChange); !strings.Contains(d[0], "reviewed by nobody") ||
			!strings.Contains(d[1], "no change is recorded") ||
			!strings.Contains(d[0], "25 runs") {
			t.Errorf("%q", d)
		}
		if f := r.Findings[0]; len(f.Runs) != 1 || f.Runs[0].RunID != "r00050" {
			t.Errorf("leads to %+v", f.Runs)
		}
		w.Changes[1] = workflow.Change{What: "model", To: "m2", Date: "2026-12-31", ReviewedBy: "Ann"}
		if d := details(resultOf(&w, Context{}, recs), UnreviewedChange); !strings.Contains(
			d[0],
			"recorded for 31 December 2026 only",
		) {
			t.Errorf("%q", d)
		}
	})

	t.Run("outcomes_that_change_between_months_are_found", func(t *testing.T) {
		recs := many(24*92, func(i int, r *run.Record) { // March, April, May
			r.Outcome = "valid"
			if share := map[time.Month]int{3: 20, 4: 21, 5: 45, 6: 45}[r.Started.Month()]; i*37%100 < share {
				r.Outcome = "invalid"
			}
			if i%400 == 0 {
				r.Outcome = fmt.Sprint("rare-", i)
			}
		})
		r := resultOf(w, Context{}, recs)
		want(t, r, OutcomeDrift, "2026-04 to 2026-05: The outcomes of 2026-05 differ from those of 2026-04: chi-square")
		if len(r.Drift) != 3 || r.Drift[0].Changed || r.Drift[0].Pooled == 0 ||
			r.Drift[1].Test.PAdj < r.Drift[1].Test.P {
			t.Errorf("%+v", r.Drift)
		}
		few := resultOf(w, Context{}, recs[:20])
		if why := skipped(few, OutcomeDrift); !strings.Contains(why, "at least 30") {
			t.Errorf("%q", why)
		}
	})

	t.Run("segments_are_compared_and_small_ones_never_shown", func(t *testing.T) {
		recs := many(2000, func(i int, r *run.Record) {
			r.Segment, r.Outcome = "north", "valid"
			if i%3 == 0 {
				r.Segment = "south"
			}
			if i%200 == 7 {
				r.Segment = "traveller sites"
			}
			share := map[string]int{"north": 20, "south": 34, "traveller sites": 90}[r.Segment]
			if i*37%100 < share {
				r.Outcome = "invalid"
			}
		})
		r := resultOf(w, Context{}, recs)
		want(t, r, SegmentGap, `south: invalid: The outcome "invalid" has a rate of`)
		if len(r.TooSmall) != 1 || r.TooSmall[0] != "traveller sites" ||
			!strings.Contains(skipped(r, SegmentGap), "traveller sites") {
			t.Errorf("%v", r.TooSmall)
		}
		for _, s := range r.Segments {
			if s.Segment == "traveller sites" || s.Reference != "north" {
				t.Errorf("%+v", s)
			}
		}
	})

	t.Run("numbers_volume_duplicates_and_chain_are_looked_at", func(t *testing.T) {
		recs := many(50, func(i int, r *run.Record) {
			r.Sequence = int64(i + 100)
			if i >= 20 {
				r.Sequence += 3
			}
		})
		recs[49].Sequence = 100
		r := resultOf(
			w,
			Context{
				Sources: []Volume{
					{Source: "IMP-0001", Stated: 51, Read: 50},
					{Source: "IMP-0002", Stated: 5, Read: 5},
					{Source: "IMP-0003", Stated: -1, Duplicates: 2, Chain: "record 7 does not name record 6"},
				},
			},
			recs,
		)
		want(
			t,
			r,
			LogGap,
			"IMP-0001: volume: The platform states 51 runs for IMP-0001, which holds 50.",
			"IMP-0003: duplicates: IMP-0003 has 2 records",
			"IMP-0003: chain: The hash chain of IMP-0003 does not hold: record 7 does not name record 6.",
			"sequence: gaps: The running numbers have 1 gap: 3 numbers missing (120 to 122).",
			"sequence: twice: 1 running number was given to more than one run.",
		)
		r = resultOf(w, Context{}, many(5, func(int, *run.Record) {}))
		want(t, r, LogGap)
		if why := skipped(r, LogGap); !strings.Contains(why, "cannot be told") {
			t.Errorf("%q", why)
		}
	})

	t.Run("a_gate_where_machines_decide_may_be_none", func(t *testing.T) {
		recs := many(40, func(i int, r *run.Record) {
			decide(r, map[bool]string{true: "svc", false: "bob"}[i < 20], run.Approved, "approve")
		})
		want(t, resultOf(w, Context{}, recs), GateMayBeNone, "20 of 40 decisions here are by no person")
		want(t, resultOf(w, Context{}, recs[1:]), GateMayBeNone) // fewer than half
	})
	t.Run("a_gate_before_the_output_may_be_none", func(t *testing.T) {
		recs := many(40, func(i int, r *run.Record) {
			decide(r, "bob", run.Approved, "approve")
			r.Steps = append(
				r.Steps,
				run.Step{Name: "read", ActorKind: run.ActorAgent, Ended: r.Decisions[0].Decided.Add(time.Minute)},
			)
		})
		want(t, resultOf(w, Context{}, recs), GateMayBeNone, "before the AI had produced anything")
		want(t, resultOf(w, Context{}, many(40, func(i int, r *run.Record) {
			decide(r, "bob", run.Approved, "approve")
			r.Steps = append(r.Steps, run.Step{Name: "read", ActorKind: run.ActorAgent, Ended: r.Started})
		})), GateMayBeNone)
	})
	t.Run("a_gate_without_an_outcome_may_be_none", func(t *testing.T) {
		recs := many(
			40,
			func(i int, r *run.Record) { r.Steps = []run.Step{{Name: "decide", Actor: "bob", Ended: r.Started}} },
		)
		want(t, resultOf(w, Context{}, recs), GateMayBeNone, "None of 40 decisions here says what was decided")
	})
	t.Run("a_threshold_below_the_floor_is_a_finding", func(t *testing.T) {
		x := *w
		x.Gates = slices.Clone(w.Gates)
		g := &x.Gates[0]
		floor := x.FloorOf()
		recs := many(40, func(i int, r *run.Record) { decide(r, "bob", run.Approved, "approve") })
		for name, c := range map[string]struct {
			set  func()
			want int
		}{
			"at_the_floor": {func() {
				g.MinReviewSeconds, g.MaxStreak, g.MaxAgreement = floor.MinReviewSeconds, floor.MaxStreak,
					floor.MaxAgreement
			}, 0},
			"below":           {func() { g.MinReviewSeconds, g.MaxStreak, g.MaxAgreement = 1, 100_000, 1 }, 3},
			"none_is_not_low": {func() { g.MinReviewSeconds, g.MaxStreak, g.MaxAgreement = 0, 0, 0 }, 0},
		} {
			c.set()
			n := 0
			for _, f := range resultOf(&x, Context{}, recs).Findings {
				if f.Code == BelowFloor {
					n++
					if !strings.Contains(f.Detail, floor.Why) || f.Thresholds == "" {
						t.Errorf("%s: %+v", name, f)
					}
				}
			}
			if n != c.want {
				t.Errorf("%s: %d findings, want %d", name, n, c.want)
			}
		}
	})
	t.Run("coverage_says_what_logs_can_show", func(t *testing.T) {
		recs := many(40, func(i int, r *run.Record) {
			if i < 30 {
				decide(r, "ann", run.Approved, "approve")
			}
			if i < 20 {
				r.Decisions[0].PreparedBy = "bob"
			}
			if i == 39 {
				r.Steps = []run.Step{{Name: "send", Ended: r.Started}}
			}
		})
		got := map[string]string{}
		r := resultOf(w, Context{}, recs)
		for _, c := range r.Coverage {
			got[c.Claim] = fmt.Sprintf("%s %d+%d/%d", c.Level, c.Held, c.NotHeld, c.Of)
			if c.Of != c.Testable+c.NotShown || c.Testable != c.Held+c.NotHeld || c.Reason == "" || c.Unit == "" {
				t.Errorf("%+v", c)
			}
		}
		for claim, want := range map[string]string{
			"A person decides before release, and for it": "not_held 0+1/1",
			"What was decided is what happens":            "not_shown 0+0/0",
			"Named officers decide":                       "held 30+0/30",
			"Somebody else prepares":                      "held_where_shown 20+0/30",
			"There is time for a meaningful review":       "held 30+0/30",
			"Departures are explained":                    "held 30+0/30",
			"Officers judge for themselves":               "not_held 0+30/30",
		} {
			if got[claim] != want {
				t.Errorf("%s: %s, want %s", claim, got[claim], want)
			}
		}
		if r.First != "2026-03-02" || r.Last != "2026-03-04" || r.Days != 3 || r.DaysIdle != 0 {
			t.Errorf("%s to %s, %d days", r.First, r.Last, r.Days)
		}
	})
}

// TestMerge: runs in two Streams, merged, give what they give in one.
func TestMerge(t *testing.T) {
	w := caseWorkflow()
	w.Gates[0].MaxStreak, w.Gates[0].MaxAgreement = 3, 0.5
	rapid.Check(t, func(t *rapid.T) {
		recs := many(rapid.IntRange(0, 60).Draw(t, "runs"), func(i int, r *run.Record) {
			pick := func(what string, s ...string) string { return rapid.SampledFrom(s).Draw(t, what) }
			r.Outcome, r.Segment, r.ModelVersion = pick(
				"outcome",
				"a",
				"b",
				"",
			), pick(
				"segment",
				"n",
				"s",
				"",
			), pick(
				"model",
				"m1",
				"m2",
				"",
			)
			r.Sequence = rapid.Int64Range(0, 50).Draw(t, "number")
			for range rapid.IntRange(0, 2).Draw(t, "decisions") {
				decide(
					r,
					pick("account", "ann", "bob", "svc"),
					rapid.SampledFrom(run.DecisionCodes).Draw(t, "code"),
					pick("recommendation", "approve", "reject", ""),
				)
			}
			if rapid.Bool().Draw(t, "timed") {
				r.Started = start.AddDate(0, 0, rapid.IntRange(0, 80).Draw(t, "day"))
			}
		})
		tester, whole, a, b := NewTester(w), NewStream(), NewStream(), NewStream()
		for _, r := range recs {
			tester.Test("s", r, whole)
			if rapid.Bool().Draw(t, "half") {
				tester.Test("s", r, a)
			} else {
				tester.Test("s", r, b)
			}
		}
		b.Merge(a)
		x, y := fmt.Sprintf("%+v", whole.Result(w, Context{})), fmt.Sprintf("%+v", b.Result(w, Context{}))
		if x = withoutCells(x); x != withoutCells(y) {
			t.Fatalf("one stream:\n%s\nmerged:\n%s", x, withoutCells(y))
		}
	})
}

// withoutCells leaves out what formatting shows of unexported maps and the
// order in which values happen to stand.
func withoutCells(s string) string {
	for {
		i := strings.Index(s, " cell:{")
		if i < 0 {
			return s
		}
		j := strings.Index(s[i:], "}}")
		s = s[:i] + s[i+j+2:]
	}
}
