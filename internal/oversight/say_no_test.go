package oversight

import (
	"slices"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// TestTester_a_no_before_it_left: where something may leave without a person's decision,
// a person's no that came before it left is held against the release, at the patterns
// at which a person looks at the matter itself; a no that came after it is not.
func TestTester_a_no_before_it_left(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		name    string
		pattern workflow.Pattern
		code    run.DecisionCode
		after   time.Duration // of the decision, after the release
		found   bool
	}{
		{"sample_read_and_refused", workflow.DrawnSample, run.Rejected, -time.Minute, true},
		{"sample_read_and_sent_back", workflow.DrawnSample, run.ReferredBack, -time.Minute, true},
		{"sample_read_and_let_through", workflow.DrawnSample, run.Approved, -time.Minute, false},
		{"sample_refused_after_it_left", workflow.DrawnSample, run.Rejected, time.Minute, false},
		{"agent_refused", workflow.AgentLimits, run.Rejected, -time.Minute, true},
		{"content", workflow.ApprovedContent, run.Rejected, -time.Minute, false},
		{"alert_dismissed", workflow.Monitored, run.Rejected, -time.Minute, false},
		{"each_run", workflow.EachRun, run.Rejected, -time.Minute, true},
		{"each_run_after_it_left", workflow.EachRun, run.Rejected, time.Minute, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := overseen(x.pattern, workflow.Terms{})
			g := &w.Gates[0]
			g.Release = []string{"Send"}
			rec := run.Record{
				RunID: "r1", Started: at.Add(-time.Hour),
				Steps: []run.Step{{Name: "Send", Ended: at}},
				Decisions: []run.Decision{
					{
						Gate:    g.Key,
						Account: "j.hart",
						Code:    x.code,
						Decided: at.Add(x.after),
						Reason:  "The name is wrong.",
					},
				},
			}
			found := NewTester(w).Test("s", &rec, NewStream())
			if is := slices.ContainsFunc(
				found,
				func(f Finding) bool { return f.Code == ReleasedAgainst },
			); is != x.found {
				t.Errorf("found: %v, want %v: %+v", is, x.found, found)
			}
		})
	}
}

// TestTester_beside: a deciding step of another account beside the explicit decisions is
// asked about, unless it is the log's second mention of one.
func TestTester_beside(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		name, account string
		after         time.Duration
		precision     run.Precision
		found         bool
	}{
		{"another_account_an_hour_later", "svc", time.Hour, run.ToSecond, true},
		{"another_account_an_hour_earlier", "svc", -time.Hour, run.ToSecond, true},
		{"written_down_by_the_platform", "svc", 20 * time.Second, run.ToSecond, false},
		{"the_same_account", "j.hart", time.Hour, run.ToSecond, false},
		{"the_same_in_another_spelling", "J.Hart", time.Hour, run.ToSecond, false},
		{"no_account", "", time.Hour, run.ToSecond, false},
		{"only_the_day_is_known", "svc", time.Hour, run.ToDay, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := overseen(workflow.EachRun, workflow.Terms{})
			g := &w.Gates[0]
			g.Decide = []string{"Decide"}
			rec := run.Record{
				RunID:   "r1",
				Started: at.Add(-2 * time.Hour),
				Steps: []run.Step{
					{Name: "Decide", Actor: x.account, Ended: at.Add(x.after), Precision: x.precision},
				},
				Decisions: []run.Decision{{Gate: g.Key, Account: "j.hart", Code: run.Approved, Decided: at}},
			}
			found := NewTester(w).Test("s", &rec, NewStream())
			if is := slices.ContainsFunc(
				found,
				func(f Finding) bool { return f.Code == DecisionsContradict },
			); is != x.found {
				t.Errorf("found: %v, want %v: %+v", is, x.found, found)
			}
		})
	}
}
