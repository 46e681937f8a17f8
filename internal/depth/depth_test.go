package depth

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/testkit"
	"assay/internal/workflow"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func reading() *workflow.Workflow {
	w := &workflow.Workflow{Gates: []workflow.Gate{{Key: "sign-off"}}}
	w.Roster = []workflow.Login{
		{Account: "ann", Kind: workflow.LoginOfficer}, {Account: "ben", Kind: workflow.LoginOfficer},
		{Account: "svc", Kind: workflow.LoginSystem},
	}
	return w
}

// decided is a run with a text of so many words, decided after so long.
func decided(at time.Time, account string, code run.DecisionCode, words int, took time.Duration) run.Record {
	return run.Record{
		RunID: fmt.Sprint(at.UnixNano(), account), Started: at,
		Outputs:   []run.Output{{Text: strings.Repeat("word ", words)}},
		Decisions: []run.Decision{{Gate: "sign-off", Opened: at, Decided: at.Add(took), Account: account, Code: code}},
	}
}

func answered(t *testing.T, w *workflow.Workflow, recs []run.Record) map[Code]Answer {
	t.Helper()
	r := NewReader(w)
	for i := range recs {
		r.Add(&recs[i])
	}
	out := map[Code]Answer{}
	for _, a := range r.Answers() {
		if a.Gate != "sign-off" || a.Definition == "" || a.Limit == "" || a.Question == "" || a.Words == "" {
			t.Errorf("%+v", a)
		}
		out[a.Code] = a
	}
	return out
}

// TestAnswers plants what each question is about, and looks that the others stay silent.
func TestAnswers(t *testing.T) {
	// An ordinary log: 40 days of ten cases, each fifth edited, read at leisure.
	ordinary := func() (recs []run.Record) {
		for day := range 40 {
			for i := range 10 {
				account, code := []string{"ann", "ben"}[i%2], run.Approved
				if (day+i)%5 == 0 {
					code = run.ApprovedWithEdits
				}
				at := monday.AddDate(0, 0, day).Add(time.Duration(i) * 20 * time.Minute)
				recs = append(recs, decided(at, account, code, 300, 5*time.Minute))
			}
		}
		return recs
	}
	for name, c := range map[string]struct {
		edit func(recs []run.Record)
		want map[Code]string // of a question that is raised, what its words hold
	}{
		"an_ordinary_log": {func([]run.Record) {}, map[Code]string{}},
		"one_officer_passes_all_on": {func(recs []run.Record) {
			for i := range recs {
				if d := &recs[i].Decisions[0]; d.Account == "ben" {
					d.Code = run.Approved
				}
			}
		}, map[Code]string{Unchanged: "Officers differ."}},
		"nobody_reads_so_fast": {func(recs []run.Record) {
			for i := range recs {
				if d := &recs[i].Decisions[0]; i%4 == 0 {
					d.Decided = d.Opened.Add(10 * time.Second)
				}
			}
		}, map[Code]string{Pace: "In 100 of 400 decisions"}},
		"tired_in_the_end": {func(recs []run.Record) {
			for i := range recs {
				d := &recs[i].Decisions[0]
				if d.Account, d.Code = "ann", run.Approved; i%10 < 2 && i%3 > 0 {
					d.Code = run.ApprovedWithEdits
				}
			}
		}, map[Code]string{Shift: "Over 40 shifts", Unchanged: "Hours of the day differ."}},
		"two_readers_apart": {func(recs []run.Record) {
			for i := range 60 {
				d := recs[i].Decisions[0]
				d.Account, d.Code = "cleo", []run.DecisionCode{run.Rejected, run.Approved}[i%2]
				d.Opened, d.Decided = d.Opened.Add(time.Hour), d.Decided.Add(time.Hour)
				recs[i].Decisions = append(recs[i].Decisions, d)
			}
		}, map[Code]string{SecondReader: "of 60 runs both decided the same", Unchanged: "Officers differ."}},
		"departures_undone": {func(recs []run.Record) {
			for i := range recs {
				d := &recs[i].Decisions[0]
				if d.AIRecommendation = "approve"; i%7 == 0 {
					again := *d
					d.Code, again.Code = run.Rejected, run.Approved
					again.Opened, again.Decided = d.Decided.Add(time.Minute), d.Decided.Add(4*time.Minute)
					recs[i].Decisions = append(recs[i].Decisions, again)
				}
			}
		}, map[Code]string{Undone: "ended as it had recommended"}},
		"programs_are_no_readers": {func(recs []run.Record) {
			for i := range recs {
				d := recs[i].Decisions[0]
				d.Account, d.Code, d.Decided = "svc", run.Rejected, d.Opened.Add(time.Second)
				recs[i].Decisions = append(recs[i].Decisions, d)
			}
		}, map[Code]string{}},
		"days_are_no_times": {func(recs []run.Record) {
			for i := range recs {
				d := &recs[i].Decisions[0]
				d.Precision, d.Decided = run.ToDay, d.Opened
			}
		}, map[Code]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			recs := ordinary()
			c.edit(recs)
			for code, a := range answered(t, reading(), recs) {
				want, raised := c.want[code]
				if a.Asked != raised || !strings.Contains(a.Words, want) {
					t.Errorf("%s raised %t: %s", code, a.Asked, a.Words)
				}
			}
		})
	}
}

// TestAnswers_small shows nothing of fewer than thirty, and says how many there are.
func TestAnswers_small(t *testing.T) {
	var recs []run.Record
	for i := range 29 {
		recs = append(recs, decided(monday.Add(time.Duration(i)*time.Hour), "ann", run.Approved, 300, time.Second))
	}
	for code, a := range answered(t, reading(), recs) {
		if a.Shown || a.Asked || a.Rate != nil || a.Mean != nil || a.AC1 != nil || len(a.Groups) > 0 {
			t.Errorf("%s: %+v", code, a)
		}
	}
	recs = append(recs, decided(monday.Add(99*time.Hour), "ben", run.Approved, 300, time.Second))
	a := answered(t, reading(), recs)[Unchanged]
	if !a.Shown {
		t.Fatal(a.Words)
	}
	for _, g := range a.Groups {
		if g.Rate.N < least || g.Name == "ben" {
			t.Errorf("%+v", g)
		}
	}
	if a.TooSmall == 0 {
		t.Error("no small group is counted")
	}
}

// TestWaiting holds the number of waiting cases to a count by hand: of each decision, the
// other cases that had come and were not decided.
func TestWaiting(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	looks := make([]look, 200)
	for i := range looks {
		began := 1 + random.Int64N(1000)
		looks[i] = look{began: began, decided: began + random.Int64N(300), review: 1}
		if i%9 == 0 {
			looks[i].review = -1
		}
	}
	for i, got := range waiting(looks) {
		want := 0
		for _, o := range looks {
			if o.review >= 0 && o.began <= looks[i].decided && o.decided > looks[i].decided {
				want++
			}
		}
		if looks[i].review < 0 {
			want = -1
		}
		if got != want {
			t.Fatalf("decision %d: %d cases waited, counted %d", i, got, want)
		}
	}
}

// TestFalseAlarms makes logs in which nothing is amiss, or just nothing, and counts how often
// each question is raised all the same; and how often the interval over shifts covers the truth.
func TestFalseAlarms(t *testing.T) {
	logs := testkit.Times(1000, 10_000)
	random := rand.New(rand.NewPCG(15, 2))
	raised := map[Code]int{}
	covered := 0
	for range logs {
		var looks []look
		for shift := range 40 {
			tired := random.Float64() * 0.2 // shifts differ, and their decisions depend on each other
			for i := range 9 {
				at := int64(shift*86400 + i*1200 + 32400)
				looks = append(looks, look{
					account: string(rune('a' + shift%4)), began: at, decided: at + 60 + random.Int64N(3600),
					unchanged: random.Float64() < 0.6+tired, words: 400, review: 61,
				})
				if random.Float64() < oneInTen {
					looks[len(looks)-1].review = 59
				}
			}
		}
		var pairs table
		for range 100 { // agreement by AC1 of just 0.6 where the four answers are equally likely
			i, j := random.IntN(4), random.IntN(4)
			if random.Float64() < agreeing {
				j = i
			}
			pairs[i][j]++
		}
		u := undone{overrides: 100}
		for range 100 {
			if random.Float64() < oneInTen {
				u.followed++
			}
		}
		for _, a := range []Answer{
			answerUnchanged(looks), answerPace(looks), answerShift(looks), answerTwice(&pairs), answerUndone(u),
		} {
			if a.Asked {
				raised[a.Code]++
			}
			if a.Code == Shift && a.Mean.Low <= 0 && a.Mean.High >= 0 {
				covered++
			}
		}
	}
	t.Logf("of %d logs: raised %v, interval over shifts covers %d", logs, raised, covered)
	for code, most := range map[Code]int{Unchanged: 2, Pace: 4, Shift: 6, SecondReader: 3, Undone: 5} {
		if n := raised[code]; 100*n > most*logs {
			t.Errorf("%s is raised in %d of %d logs in which nothing is amiss", code, n, logs)
		}
	}
	if covered < logs*93/100 || covered > logs*97/100 {
		t.Errorf("the interval over shifts covers the truth in %d of %d logs", covered, logs)
	}
}
