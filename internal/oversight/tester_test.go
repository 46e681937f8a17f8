package oversight

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/run"
	"assay/internal/workflow"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// at is so many seconds after the start of the case.
func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func caseWorkflow() *workflow.Workflow {
	return &workflow.Workflow{
		KSB:     workflow.KSB{Activities: []string{"read"}, Tools: []string{"ocr"}},
		Account: workflow.Account{DataSources: []string{"form"}},
		Gates: []workflow.Gate{{Key: "g", FourEyes: true, MinReviewSeconds: 60,
			Officers: []string{"ann", "bob", "ann2", "ann3", "new", "gone", "today"},
			Prepare:  []string{"draft"}, Decide: []string{"decide"}, Release: []string{"send"}}},
		Roster: []workflow.Login{
			{Account: "ann", Kind: workflow.LoginOfficer},
			{Account: "bob", Kind: workflow.LoginOfficer},
			{Account: "cat", Kind: workflow.LoginOfficer},
			{
				Account: "svc",
				Kind:    workflow.LoginSystem,
			},
			{Account: "desk", Kind: workflow.LoginShared},
			{Account: "try", Kind: workflow.LoginTest},
			{Account: "ann2", Name: "Ann Ash", Kind: workflow.LoginOfficer},
			{Account: "ann3", Name: "ann ash ", Kind: workflow.LoginOfficer},
			{Account: "new", Kind: workflow.LoginOfficer, From: "2026-03-03"},
			{Account: "gone", Kind: workflow.LoginOfficer, From: "2026-01-01", Until: "2026-03-01"},
			{Account: "today", Kind: workflow.LoginOfficer, From: "2026-03-02", Until: "2026-03-02"},
		},
	}
}

func step(name, actor string, seconds int) run.Step {
	return run.Step{Name: name, Actor: actor, Ended: at(seconds)}
}

// steps makes a run that is sound but for what its steps show.
func steps(ss ...run.Step) *run.Record {
	r := &run.Record{
		RunID:   "r",
		Started: start,
		Steps:   ss,
		Outputs: []run.Output{{Text: "t", Reasoning: "because"}},
		At:      run.Position{Line: 7},
	}
	for i := range r.Steps {
		r.Steps[i].Seq = i + 1
		r.Steps[i].At = run.Position{Line: 7, Item: int64(i + 1)}
	}
	return r
}

func decisions(ds ...run.Decision) *run.Record {
	r := steps()
	for i := range ds {
		ds[i].Gate = "g"
		ds[i].At = run.Position{Line: 7, Item: int64(i + 1)}
	}
	r.Decisions = ds
	return r
}

func TestRun(t *testing.T) {
	sound := []run.Step{step("draft", "ann", 0), step("decide", "bob", 120), step("send", "svc", 130)}
	for name, c := range map[string]struct {
		rec  *run.Record
		want string // codes, each with the item of its position
	}{
		"a_sound_run_has_no_finding": {steps(sound...), ""},
		"a_sound_decision_has_no_finding": {decisions(
			run.Decision{PreparedBy: "ann", Presented: at(0), Decided: at(60), Account: "bob", Code: run.Approved},
		), ""},
		"no_seconds_are_counted_within_a_day_that_has_no_time": {decisions(
			run.Decision{PreparedBy: "ann", Presented: at(0), Decided: at(0), Account: "bob", Code: run.Approved,
				Precision: run.ToDay},
		), ""},
		"order_between_days_is_known_without_a_time": {decisions(
			run.Decision{PreparedBy: "ann", Presented: at(2 * 86400), Decided: at(0), Account: "bob",
				Code: run.Approved, Precision: run.ToDay},
		), "OVR-11/1"},
		"released_undecided": {
			steps(step("draft", "ann", 0), step("send", "svc", 10)), "OVR-01/2",
		},
		"a_release_without_a_time_is_still_undecided": {
			steps(step("draft", "ann", 0), run.Step{Name: "send"}), "OVR-01/2",
		},
		"nobody_decided_where_the_question_timed_out": {
			withSteps(decisions(run.Decision{Code: run.TimedOut}), step("send", "svc", 10)), "OVR-01/1",
		},
		"released_before_the_decision": {
			steps(step("draft", "ann", 0), step("send", "svc", 90), step("decide", "bob", 120)), "OVR-02/2",
		},
		"released_at_the_instant_of_the_decision_is_sound": {
			steps(step("draft", "ann", 0), step("decide", "bob", 120), step("send", "svc", 120)), "",
		},
		"decided_by_a_system": {
			steps(step("draft", "ann", 0), step("decide", "svc", 120)), "OVR-03/2",
		},
		"decided_by_a_shared_account": {
			steps(step("draft", "ann", 0), step("decide", "desk", 120)), "OVR-03/2",
		},
		"decided_by_a_test_account": {
			steps(step("draft", "ann", 0), step("decide", "try", 120)), "OVR-03/2",
		},
		"decided_by_somebody_unknown": {
			steps(step("draft", "ann", 0), step("decide", "zoe", 120)), "OVR-03/2",
		},
		"another_spelling_of_an_officer_is_asked_about": {
			steps(step("draft", "ann", 0), step("decide", "Bob", 120)), "OVR-03/2",
		},
		"one_account_in_two_spellings_prepared_and_decided": {
			steps(step("draft", "Bob", 0), step("decide", "bob", 120)), "OVR-14/2",
		},
		"full_width_and_blanks_are_spellings": {
			steps(step("draft", "ｂｏｂ ", 0), step("decide", "bob", 120)), "OVR-14/2",
		},
		"the_same_account_comes_before_another_spelling": {
			steps(step("draft", "Bob", 0), step("draft", "bob", 1), step("decide", "bob", 120)), "OVR-05/3",
		},
		"decided_by_nobody_named": {
			steps(step("draft", "ann", 0), step("decide", "", 120)), "OVR-03/2",
		},
		"an_automatic_decision_is_no_officer's": {
			decisions(run.Decision{Presented: at(0), Decided: at(60), Account: "bob", Code: run.AutoDecided}),
			"OVR-03/1",
		},
		"decided_by_an_officer_of_another_gate": {
			steps(step("draft", "ann", 0), step("decide", "cat", 120)), "OVR-04/2",
		},
		"one_person_prepared_and_decided": {
			steps(step("draft", "ann", 0), step("decide", "ann", 120)), "OVR-05/2",
		},
		"any_preparation_counts_for_four_eyes": {
			steps(step("draft", "bob", 0), step("draft", "ann", 30), step("decide", "bob", 120)), "OVR-05/3",
		},
		"two_unnamed_accounts_are_not_one_person": {
			decisions(run.Decision{Presented: at(0), Decided: at(60), Code: run.Approved}), "OVR-03/1",
		},
		"decided_within_a_minute": {
			steps(step("draft", "ann", 0), step("decide", "bob", 59)), "OVR-06/2",
		},
		"a_minute_is_enough": {
			steps(step("draft", "ann", 0), step("decide", "bob", 60)), "",
		},
		"decided_at_once": {
			steps(step("draft", "ann", 0), step("decide", "bob", 0)), "OVR-06/2",
		},
		"review_starts_at_the_last_preparation": {
			steps(step("draft", "ann", 0), step("draft", "ann", 100), step("decide", "bob", 120)), "OVR-06/3",
		},
		"review_starts_when_it_was_opened": {decisions(
			run.Decision{Presented: at(0), Opened: at(100), Decided: at(120), Account: "bob", Code: run.Approved},
		), "OVR-06/1"},
		"the_last_decision_stands": {decisions(
			run.Decision{Presented: at(0), Decided: at(5), Account: "bob", Code: run.ReferredBack},
			run.Decision{Presented: at(100), Decided: at(200), Account: "bob", Code: run.Approved},
		), ""},
		"decided_again_after_release": {
			steps(append(sound, step("decide", "bob", 300))...), "OVR-08/4",
		},
		"one_decision_released_twice": {
			steps(append(sound, step("send", "svc", 300))...), "OVR-08/4",
		},
		"two_decisions_released_twice_are_sound": {steps(
			step("draft", "ann", 0), step("decide", "bob", 120), step("decide", "bob", 130),
			step("send", "svc", 140), step("send", "svc", 150),
		), ""},
		"reached_no_gate": {steps(step("read", "svc", 0)), "OVR-09/0"},
		"a_log_that_says_so_reached_no_gate": {
			decisions(run.Decision{Code: run.NoGateReached}), "OVR-09/0",
		},
		"a_question_that_waits_reached_the_gate": {
			steps(run.Step{Name: "decide [asked]", Gate: "g", Ended: at(0)}), "",
		},
		"a_question_that_timed_out_reached_the_gate": {decisions(run.Decision{Code: run.TimedOut}), ""},
		"rejected_without_reason": {
			decisions(run.Decision{Presented: at(0), Decided: at(60), Account: "bob", Code: run.Rejected, Reason: " "}),
			"OVR-10/1",
		},
		"rejected_with_reason": {decisions(
			run.Decision{Presented: at(0), Decided: at(60), Account: "bob", Code: run.Rejected, Reason: "No plan."},
		), ""},
		"edited_without_reason": {decisions(
			run.Decision{Presented: at(0), Decided: at(60), Account: "bob", Code: run.Approved, Edited: true},
		), "OVR-10/1"},
		"overridden_without_reason": {decisions(run.Decision{
			Presented: at(0), Decided: at(60), Account: "bob", Code: run.Approved, AIRecommendation: "Reject",
		}), "OVR-10/1"},
		"a_text_is_no_recommendation_to_reject": {decisions(run.Decision{
			Presented: at(0), Decided: at(60), Account: "bob", Code: run.Approved,
			AIRecommendation: "disclose in part",
		}), ""},
		"decided_before_it_was_presented": {
			decisions(run.Decision{Presented: at(60), Decided: at(0), Account: "bob", Code: run.Approved}),
			"OVR-11/1",
		},
		"decided_before_the_last_preparation": {
			steps(step("decide", "bob", 100), step("draft", "ann", 200)), "OVR-11/1",
		},
		"the_log_itself_calls_the_officer_a_system": {steps(
			step("draft", "ann", 0), run.Step{Name: "read", Actor: "bob", ActorKind: run.ActorSystem},
			step("decide", "bob", 120),
		), "OVR-03/3"},
		"a_person_by_the_log_is_one": {steps(
			step("draft", "ann", 0), run.Step{Name: "read", Actor: "bob", ActorKind: run.ActorPerson},
			step("decide", "bob", 120),
		), ""},
		"released_although_rejected": {
			withSteps(said(run.Rejected, 60), step("send", "svc", 70)), "OVR-12/1",
		},
		"released_although_referred_back": {
			withSteps(said(run.ReferredBack, 60), step("send", "svc", 70)), "OVR-12/1",
		},
		"released_although_escalated": {
			withSteps(said(run.Escalated, 60), step("send", "svc", 70)), "OVR-12/1",
		},
		"released_although_ended": {
			withSteps(said(run.Terminated, 60), step("send", "svc", 70)), "OVR-12/1",
		},
		"rejected_and_not_released_is_sound": {said(run.Rejected, 60), ""},
		"the_last_of_two_decisions_counts": {
			withSteps(both(said(run.ReferredBack, 60), said(run.Approved, 200)), step("send", "svc", 300)), "",
		},
		"approved_and_then_sent_back_before_release": {
			withSteps(both(said(run.Approved, 60), said(run.ReferredBack, 200)), step("send", "svc", 300)),
			"OVR-12/1",
		},
		"rejected_after_a_release_without_a_decision": {
			withSteps(said(run.Rejected, 60), step("send", "svc", 50)), "OVR-02/1 OVR-12/1",
		},
		"a_release_without_a_time_is_held_to_the_last_decision": {
			withSteps(both(said(run.Approved, 60), said(run.Escalated, 200)), run.Step{Name: "send"}), "OVR-12/1",
		},
		"without_any_time_the_order_of_the_source_counts": {
			withSteps(both(said(run.Escalated, -1), said(run.Approved, -1)), step("send", "svc", 300)), "",
		},
		"without_any_time_the_last_in_the_source_may_be_a_refusal": {
			withSteps(both(said(run.Approved, -1), said(run.Escalated, -1)), step("send", "svc", 300)), "OVR-12/1",
		},
		"a_step_does_not_say_what_was_decided": {steps(sound...), ""},
		"the_second_release_may_be_the_one_against": {withSteps(
			both(said(run.Approved, 60), said(run.ReferredBack, 200)), step("send", "svc", 70),
			step("send", "svc", 300),
		), "OVR-12/2 OVR-15/2 OVR-08/2"},
		"decided_the_day_before_authority_begins":   {decidedBy("new"), "OVR-13/2"},
		"decided_the_day_after_authority_ended":     {decidedBy("gone"), "OVR-13/2"},
		"the_first_and_last_day_of_authority_count": {decidedBy("today"), ""},
		"one_person_under_two_accounts": {
			steps(step("draft", "ann2", 0), step("decide", "ann3", 120)), "OVR-14/2",
		},
		"one_account_is_not_said_twice": {
			steps(step("draft", "ann2", 0), step("draft", "ann3", 0), step("decide", "ann3", 120)), "OVR-05/3",
		},
		"accounts_without_a_name_are_not_one_person": {
			steps(step("draft", "ann", 0), step("decide", "bob", 120)), "",
		},
		"rejected_after_release": {
			withSteps(both(said(run.Approved, 60), said(run.Rejected, 200)), step("send", "svc", 70)),
			"OVR-15/2 OVR-08/2",
		},
		"approved_again_after_release_changes_nothing": {
			withSteps(both(said(run.Approved, 60), said(run.Approved, 200)), step("send", "svc", 70)), "OVR-08/2",
		},
		"edited_after_release": {
			withSteps(both(said(run.Approved, 60), edited(200)), step("send", "svc", 70)), "OVR-15/2 OVR-08/2",
		},
		"rejected_and_approved_at_once": {
			both(said(run.Rejected, 60), said(run.Approved, 60)), "OVR-16/2",
		},
		"rejected_and_approved_in_no_order": {
			both(said(run.Rejected, 60), said(run.Approved, -1)), "OVR-16/1",
		},
		"rejected_and_then_approved_with_nothing_between": {
			both(said(run.Rejected, 60), said(run.Approved, 90)), "OVR-16/2",
		},
		"rejected_prepared_again_and_approved": {
			withSteps(both(said(run.Rejected, 60), said(run.Approved, 200)), step("draft", "ann", 100)), "",
		},
		"escalated_and_then_approved_is_sound": {both(said(run.Escalated, 60), said(run.Approved, 90)), ""},
		"no_output_record": {
			withOutputs(steps(sound...), run.Output{Reasoning: "because"}), "TRN-01/0",
		},
		"no_reasoning_record": {
			withOutputs(steps(sound...), run.Output{Text: "t", Reasoning: " "}), "TRN-01/0",
		},
		"neither":                       {withOutputs(steps(sound...)), "TRN-01/0"},
		"an_activity_outside_the_scope": {steps(append(sound, step("delete", "svc", 140))...), "TRN-02/4"},
		"a_tool_outside_the_scope": {
			steps(append(sound, run.Step{Name: "read", Tool: "browser"})...), "TRN-02/4",
		},
		"a_data_source_outside_the_scope": {withAccess(steps(sound...), "benefits"), "TRN-02/9"},
		"a_declared_source_is_sound":      {withAccess(steps(sound...), "form"), ""},
		"steps_marked_by_the_source_count": {steps(
			run.Step{Name: "read", Actor: "ann", Ended: at(0), Gate: "g", Act: run.ActPrepare},
			run.Step{Name: "read", Actor: "svc", Ended: at(9), Gate: "g", Act: run.ActRelease},
		), "OVR-01/2"},
		"steps_marked_for_another_gate_do_not": {
			steps(run.Step{Name: "send", Ended: at(9), Gate: "other", Act: run.ActRelease}), "OVR-09/0",
		},
		"an_explicit_decision_is_not_counted_twice": {withSteps(
			decisions(run.Decision{Presented: at(0), Decided: at(60), Account: "bob", Code: run.Approved}),
			step("decide", "svc", 60), step("send", "svc", 70),
		), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range NewTester(caseWorkflow()).Test("src", c.rec, NewStream()) {
				p := f.Runs[0].At
				if f.Detail == "" || p.Line != 7 || f.Runs[0].Source != "src" || f.Severity == "" {
					t.Errorf("%+v", f)
				}
				got = append(got, string(f.Code)+"/"+string(rune('0'+p.Item)))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("found %q, want %q", s, c.want)
			}
		})
	}
}

// said is a run with a sound decision but for its code, at a time in seconds;
// before 0 it has none.
func said(code run.DecisionCode, seconds int) *run.Record {
	d := run.Decision{PreparedBy: "ann", Presented: at(0), Account: "bob", Code: code, Reason: "No plan."}
	if seconds >= 0 {
		d.Decided = at(seconds)
	}
	return decisions(d)
}

func edited(seconds int) *run.Record {
	r := said(run.Approved, seconds)
	r.Decisions[0].Edited = true
	return r
}

func decidedBy(account string) *run.Record {
	return steps(step("draft", "bob", 0), step("decide", account, 120))
}

// both is a run with the decisions of two.
func both(a, b *run.Record) *run.Record {
	return decisions(append(a.Decisions, b.Decisions...)...)
}

func withSteps(r *run.Record, ss ...run.Step) *run.Record {
	r.Steps = steps(ss...).Steps
	return r
}

func withOutputs(r *run.Record, os ...run.Output) *run.Record {
	r.Outputs = os
	return r
}

func withAccess(r *run.Record, source string) *run.Record {
	r.Accesses = []run.DataAccess{{Source: source, At: run.Position{Line: 7, Item: 9}}}
	return r
}

func TestNotRun(t *testing.T) {
	w := caseWorkflow()
	g := &w.Gates[0]
	g.FourEyes, g.MinReviewSeconds, g.Officers = false, 0, nil
	w.KSB, w.Account.DataSources = workflow.KSB{}, nil
	got := map[Code]bool{}
	for _, n := range NewTester(w).NotRun(func(civil.Date, civil.Date) bool { return true }) {
		if n.Why == "" {
			t.Errorf("%+v gives no reason", n)
		}
		got[n.Code] = n.Applies
	}
	for code, applies := range map[Code]bool{
		DecidedUnauthorised: true, SameEyes: false, DecidedFast: true, RubberStamp: true, OutOfScope: true,
	} {
		if a, ok := got[code]; !ok || a != applies {
			t.Errorf("%s: %v, applies %v, want %v", code, ok, a, applies)
		}
	}
	// What is not tested yields no finding.
	fs := NewTester(w).Test(
		"", steps(step("draft", "ann", 0), step("decide", "ann", 0), step("anything", "x", 1)), NewStream(),
	)
	if len(fs) > 0 {
		t.Errorf("%+v", fs)
	}
	if ns := NewTester(&workflow.Workflow{}).NotRun(
		func(civil.Date, civil.Date) bool { return true },
	); !slices.ContainsFunc(
		ns,
		func(n NotRun) bool { return n.Code == NoGate },
	) {
		t.Error("a workflow without gates does not say that gates could not be tested")
	}
}

func TestTests(t *testing.T) {
	if len(Tests) != 35 {
		t.Errorf("%d tests, want 35", len(Tests))
	}
	for i, d := range Tests {
		if d.Title == "" || d.Area == "" || d.Severity == "" || TestOf(d.Code) != d {
			t.Errorf("%d: %+v", i, d)
		}
	}
	if TestOf("OVR-99") != (Test{}) {
		t.Error("an unknown code has a description")
	}
}
