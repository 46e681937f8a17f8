package oversight

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// overseen is a workflow whose only gate has a pattern.
func overseen(p workflow.Pattern, terms workflow.Terms) *workflow.Workflow {
	return &workflow.Workflow{
		Gates: []workflow.Gate{{Key: "g", Pattern: p, Terms: terms, Officers: []string{"ann", "bob"},
			Prepare: []string{"ask"}, Decide: []string{"answer"}, Release: []string{"send"}}},
		Roster: []workflow.Login{
			{Account: "ann", Kind: workflow.LoginOfficer}, {Account: "bob", Kind: workflow.LoginOfficer},
			{Account: "svc", Kind: workflow.LoginSystem},
		},
	}
}

func codesOf(w *workflow.Workflow, rec *run.Record) string {
	var out []string
	for _, f := range NewTester(w).Test("src", rec, NewStream()) {
		out = append(out, string(f.Code))
	}
	return strings.Join(out, " ")
}

func agent(name, tool string, seconds int) run.Step {
	return run.Step{Name: name, Tool: tool, ActorKind: run.ActorAgent, Actor: "svc", Started: at(seconds)}
}

func TestPatternOnOneRun(t *testing.T) {
	answered := workflow.Terms{WithinHours: 2, PerWeek: 5}
	below := workflow.Terms{Of: workflow.OfConfidence, Side: workflow.Below, Limit: 0.8}
	contents := workflow.Terms{ContentOf: workflow.ContentSource, Contents: []workflow.Content{
		{ID: "hours", ApprovedBy: "Ann", ApprovedOn: "2026-03-02"},
		{ID: "later", ApprovedBy: "Ann", ApprovedOn: "2026-03-03"},
		{ID: "gone", ApprovedBy: "Ann", ApprovedOn: "2026-01-01", Until: "2026-03-01"},
	}}
	limits := workflow.Terms{Alone: []string{"look up"}, WithPerson: []string{"pay-api"}, Never: []string{"delete"}}
	confident := func(c float64, ss ...run.Step) *run.Record {
		r := steps(ss...)
		r.Outputs[0].Confidence = c
		return r
	}
	used := func(sources ...string) *run.Record {
		r := steps()
		for _, s := range sources {
			r.Accesses = append(r.Accesses, run.DataAccess{Source: s})
		}
		return r
	}
	yes := run.Decision{Decided: at(60), Account: "ann", Code: run.Approved}
	no := run.Decision{Decided: at(60), Account: "ann", Code: run.Rejected, Reason: "too much"}
	for name, c := range map[string]struct {
		pattern workflow.Pattern
		terms   workflow.Terms
		rec     *run.Record
		want    string
	}{
		"a_sample_needs_no_decision_before_release": {
			workflow.DrawnSample, answered, steps(step("send", "svc", 5)), "",
		},
		"read_in_time": {workflow.DrawnSample, answered, steps(step("ask", "svc", 0), step("answer", "ann", 7200)), ""},
		"read_a_second_too_late": {
			workflow.DrawnSample, answered, steps(step("ask", "svc", 0), step("answer", "ann", 7201)), "OVR-19",
		},
		"a_system_reads_nothing": {
			workflow.DrawnSample, answered, steps(step("ask", "svc", 0), step("answer", "svc", 9)), "OVR-03",
		},
		"answered_late": {
			workflow.OnRequest, answered, steps(step("ask", "", 0), step("answer", "ann", 9000)), "OVR-19",
		},
		"the_first_answer_counts": {
			workflow.OnRequest, answered,
			steps(step("ask", "", 0), step("answer", "ann", 9), step("answer", "bob", 9000)), "",
		},
		"an_answer_before_the_request_is_none": {
			workflow.OnRequest, answered,
			steps(step("answer", "ann", 0), step("ask", "", 10), step("answer", "bob", 9000)), "OVR-19",
		},
		"alert_answered_in_time": {
			workflow.Monitored, answered, steps(step("ask", "svc", 0), step("answer", "ann", 60)), "",
		},
		"beyond_the_threshold": {
			workflow.BeyondThreshold, below, confident(0.79, step("send", "svc", 5)), "OVR-01",
		},
		"the_limit_itself_is_due": {
			workflow.BeyondThreshold, below, confident(0.8, step("send", "svc", 5)), "OVR-01",
		},
		"within_the_threshold":      {workflow.BeyondThreshold, below, confident(0.81, step("send", "svc", 5)), ""},
		"no_confidence_is_no_fault": {workflow.BeyondThreshold, below, steps(step("send", "svc", 5)), ""},
		"an_automatic_decision_is_no_fault_within_the_threshold": {
			workflow.BeyondThreshold, below, confident(0.95, step("answer", "svc", 2), step("send", "svc", 5)), "",
		},
		"an_automatic_decision_beyond_it_is": {
			workflow.BeyondThreshold, below, confident(0.2, step("answer", "svc", 2), step("send", "svc", 5)), "OVR-03",
		},
		"beyond_the_threshold_and_never_at_the_gate": {workflow.BeyondThreshold, below, confident(0.2), "OVR-09"},
		"approved_content":                           {workflow.ApprovedContent, contents, used("hours"), ""},
		"approved_too_late": {
			workflow.ApprovedContent, contents, used("hours", "later"), "OVR-22",
		},
		"approval_ended":                  {workflow.ApprovedContent, contents, used("gone"), "OVR-22"},
		"not_approved":                    {workflow.ApprovedContent, contents, used("draft"), "OVR-22"},
		"names_no_content":                {workflow.ApprovedContent, contents, used(), ""},
		"an_agent_alone":                  {workflow.AgentLimits, limits, steps(agent("look up", "", 1)), ""},
		"an_agent_beyond_its_limits":      {workflow.AgentLimits, limits, steps(agent("delete", "", 1)), "OVR-23"},
		"an_agent_does_what_is_not_named": {workflow.AgentLimits, limits, steps(agent("e-mail", "smtp", 1)), "OVR-23"},
		"a_persons_step_is_no_agents": {
			workflow.AgentLimits, limits, steps(run.Step{Name: "delete", ActorKind: run.ActorPerson, Actor: "ann"}), "",
		},
		"an_agent_pays_alone": {workflow.AgentLimits, limits, steps(agent("pay", "pay-api", 90)), "OVR-24"},
		"an_agent_pays_after_a_yes": {
			workflow.AgentLimits, limits, withSteps(decisions(yes), agent("pay", "pay-api", 90)), "",
		},
		"an_agent_pays_before_the_yes": {
			workflow.AgentLimits, limits, withSteps(decisions(yes), agent("pay", "pay-api", 30)), "OVR-24",
		},
		"an_agent_pays_against_a_no": {
			workflow.AgentLimits, limits, withSteps(decisions(no), agent("pay", "pay-api", 90)), "OVR-24",
		},
		"without_terms_nothing_is_found": {workflow.AgentLimits, workflow.Terms{}, steps(agent("delete", "", 1)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := codesOf(overseen(c.pattern, c.terms), c.rec); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// weeks makes runs a day for some weeks from a Monday, of which some a day are read
// within minutes.
func weeks(n, aDay, readADay int, f func(day, i int, r *run.Record)) []*run.Record {
	var out []*run.Record
	for day := range 7 * n {
		for i := range aDay {
			r := &run.Record{RunID: fmt.Sprintf("r%03d-%03d", day, i), At: run.Position{Line: 1},
				Started: start.AddDate(0, 0, day).Add(time.Duration(i) * time.Minute), Outcome: []string{"a", "b"}[i%2],
				Outputs: []run.Output{{Text: "t", Reasoning: "r"}}}
			if i < readADay {
				r.Decisions = []run.Decision{{Gate: "g", Presented: r.Started, Decided: r.Started.Add(time.Hour),
					Account: "ann", Code: run.Approved}}
			}
			if f != nil {
				f(day, i, r)
			}
			out = append(out, r)
		}
	}
	return out
}

func TestPatternOnManyRuns(t *testing.T) {
	sample := func() *workflow.Workflow {
		return overseen(workflow.DrawnSample, workflow.Terms{PerWeek: 28, WithinHours: 24})
	}
	gate := func(r Result) PatternMeasures { return r.Gates[0].Pattern }
	t.Run("a_sample_as_declared_is_clean", func(t *testing.T) {
		r := resultOf(sample(), Context{}, weeks(4, 20, 4, nil))
		if len(r.Findings) > 0 {
			t.Errorf("%+v", r.Findings)
		}
		if p := gate(r); p.Runs != 560 || p.Due != 112 || p.Looked != 112 || p.Open != 0 {
			t.Errorf("%+v", p)
		}
		for _, c := range r.Coverage {
			if strings.HasPrefix(c.Claim, "A person decides") && c.Level != NotAsked {
				t.Errorf("a sample claims a decision on each run: %+v", c)
			}
		}
	})
	t.Run("a_week_with_one_reading_less_is_short", func(t *testing.T) {
		r := resultOf(sample(), Context{}, weeks(4, 20, 4, func(day, i int, r *run.Record) {
			if day == 8 && i == 0 {
				r.Decisions = nil
			}
		}))
		want(t, r, SampleShort, "In 1 of 3 whole weeks")
	})
	t.Run("a_system_that_reads_them_all_reads_none", func(t *testing.T) {
		r := resultOf(sample(), Context{}, weeks(4, 20, 4, func(_, i int, r *run.Record) {
			if i < 4 {
				r.Decisions[0].Account = "svc"
			}
		}))
		want(t, r, SampleShort, "In 3 of 3 whole weeks")
		want(t, r, Unanswered, "108 show no answer by a person. 4 more may be answered yet.")
	})
	t.Run("a_sample_of_one_outcome_is_asked_about", func(t *testing.T) {
		r := resultOf(sample(), Context{}, weeks(4, 20, 4, func(_, i int, r *run.Record) {
			if r.Outcome = "b"; i < 10 {
				r.Outcome = "a"
			}
		}))
		want(t, r, SampleNotRandom, "How were they drawn?")
	})
	t.Run("significant_decisions_are_asked_about_by_themselves", func(t *testing.T) {
		w := sample()
		w.Account.Significant = true
		want(t, resultOf(w, Context{}, weeks(2, 20, 4, nil)), WeakForSignificant, "of 280 runs a person looked at 56")
		// Calling them insignificant does not make the question go away where the kind of work says otherwise.
		i := slices.IndexFunc(workflow.Templates(), func(x workflow.Template) bool { return x.Account.Significant })
		w.Account.Significant, w.Template = false, workflow.Templates()[i].ID
		want(
			t,
			resultOf(w, Context{}, weeks(2, 20, 4, nil)),
			WeakForSignificant,
			"does not call its decisions significant",
		)
	})
	t.Run("a_threshold_that_nothing_meets_is_asked_about", func(t *testing.T) {
		w := overseen(
			workflow.BeyondThreshold,
			workflow.Terms{Of: workflow.OfConfidence, Side: workflow.Below, Limit: 0.01},
		)
		r := resultOf(w, Context{}, weeks(2, 30, 0, func(_, _ int, r *run.Record) { r.Outputs[0].Confidence = 0.9 }))
		want(t, r, NobodyAsked, "None of 420 runs came before a person here. By that, at most 0.9 %")
		if why := skipped(r, ReleasedUndecided); why == "" {
			t.Error("releases without a decision pass, and no run had to be decided")
		}
	})
	t.Run("nobody_asked_is_asked_of_few_runs_too", func(t *testing.T) {
		w := overseen(
			workflow.BeyondThreshold,
			workflow.Terms{Of: workflow.OfConfidence, Side: workflow.Below, Limit: 0.01},
		)
		r := resultOf(w, Context{}, weeks(1, 1, 0, func(_, _ int, r *run.Record) { r.Outputs[0].Confidence = 0.9 }))
		want(t, r, NobodyAsked, "None of 7 runs came before a person here. By that, at most 35.4 %")
	})
	t.Run("a_log_without_the_number_shows_nothing", func(t *testing.T) {
		w := overseen(
			workflow.BeyondThreshold,
			workflow.Terms{Of: workflow.OfConfidence, Side: workflow.Below, Limit: 0.5},
		)
		r := resultOf(w, Context{}, weeks(2, 30, 0, nil))
		if why := skipped(r, ReleasedUndecided); why == "" || gate(r).Unknown != 420 {
			t.Errorf("%q %+v", why, gate(r))
		}
	})
	t.Run("a_limit_passed_in_silence", func(t *testing.T) {
		w := overseen(workflow.Monitored, workflow.Terms{Limits: []workflow.OutcomeLimit{{Outcome: "b", Most: 0.6}}})
		recs := weeks(5, 20, 0, func(day, i int, r *run.Record) {
			if day/7 == 1 {
				r.Outcome = "b"
			}
		})
		r := resultOf(w, Context{}, recs)
		want(t, r, LimitPassed, `In 1 of 4 whole weeks the outcome "b"`)
		recs[20*15].Steps = []run.Step{{Name: "ask", Ended: recs[20*15].Started}, // in the week after
			{Name: "answer", Actor: "ann", Ended: recs[20*15].Started.Add(time.Hour)}}
		want(t, resultOf(w, Context{}, recs), LimitPassed)
	})
	t.Run("a_change_to_a_weaker_pattern_leaves_earlier_findings", func(t *testing.T) {
		w := sample()
		was := w.Declared()
		was.Gates = slices.Clone(was.Gates)
		was.Gates[0].Pattern, was.Gates[0].Terms = "", workflow.Terms{}
		w.Declarations = []workflow.Declaration{{Declared: was}, {From: "2026-03-16", Declared: w.Declared()}}
		tester, s, early := NewTester(w), NewStream(), 0
		for _, r := range weeks(4, 20, 4, func(_, _ int, r *run.Record) {
			r.Steps = append(r.Steps, run.Step{Name: "send", Actor: "svc", Ended: r.Started.Add(time.Minute)})
		}) {
			for _, f := range tester.Test("src", r, s) {
				if f.Code == ReleasedUndecided {
					early++
				}
			}
		}
		if early != 14*16 {
			t.Errorf("%d releases without a decision, of %d before the change", early, 14*16)
		}
		r := s.Result(w, Context{})
		if p := gate(r); p.Runs != 280 || r.Gates[0].Coverage.N != 280 {
			t.Errorf("%+v, %d released", p, r.Gates[0].Coverage.N)
		}
	})
	t.Run("a_bad_declaration_blocks_nothing_else", func(t *testing.T) {
		w := sample()
		w.Gates = append(w.Gates, workflow.Gate{Key: "h", Officers: []string{"ann"}, Release: []string{"post"}})
		w.Gates[0].Terms = workflow.Terms{}
		r := resultOf(w, Context{}, weeks(2, 20, 4, func(_, _ int, r *run.Record) {
			r.Steps = append(r.Steps, run.Step{Name: "post", Actor: "svc"})
		}))
		if why := skipped(r, SampleShort); !strings.Contains(why, "neither how many") {
			t.Errorf("%q", why)
		}
		if r.Gates[1].Missing != 280 {
			t.Errorf("the other gate shows %d releases without a decision", r.Gates[1].Missing)
		}
	})
}

func TestPatternGuidance(t *testing.T) {
	got := workflow.Guidance()
	if len(got) != len(workflow.Patterns) {
		t.Fatalf("%d pieces of advice for %d patterns", len(got), len(workflow.Patterns))
	}
	for i, a := range got {
		if a.Pattern != workflow.Patterns[i] || a.Name == "" || a.Means == "" || a.Fits == "" || a.FitsNot == "" ||
			a.Why == "" || a.Needs == "" {
			t.Errorf("%+v", a)
		}
	}
}
