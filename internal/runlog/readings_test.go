package runlog

import (
	"slices"
	"strings"
	"testing"
)

// TestContrary names what a mapping reads as something that the word does not say,
// and nothing of what people ordinarily call a yes.
func TestContrary(t *testing.T) {
	word := func(w string) string {
		return "fields: {run_id: Case, decision: Result}\ndecisions: {approved: ['" + w + "']}"
	}
	step := func(w string) string {
		do := "{gate: g, act: decide, code: approved}"
		return "fields: {run_id: Case, activity: What}\nactivities: {'" + w + "': " + do + "}"
	}
	person := func(w string) string {
		return "fields: {run_id: Case, actor: Who}\nactors: {person: ['" + w + "']}"
	}
	// A table with a row a run; a second rule decides.
	events := func(name, ended, more string) string {
		return "rows: run\nfields: {run_id: Case}\nevents:\n" +
			"  - {activity: Check, ended: Decided, decision: Result, gate: g, act: decide}\n" +
			"  - {activity: " + name + ", ended: " + ended + ", gate: g, act: decide, " + more + "}\n" +
			"  - {activity: Send, ended: Sent, gate: g, act: release}"
	}
	for body, contrary := range map[string]bool{
		word("OK"): false, word("Agreed"): false, word("A"): false, word("1"): false, word("Granted"): false,
		word("Agreed and closed"): false, word("No objection"): false, word("Without further changes"): false,
		word("Cymeradwywyd"): false, word("Issue licence"): false, word("SENT_OK"): false, word("Nottingham"): false,
		word("Refused"): true, word("REFUSE"): true, word("Not approved"): true, word("NOT_OK"): true,
		word("No"):                  true,
		word("Declined by officer"): true, word("autoApproved"): true, word("Approval pending"): true,
		word("Returned"): true, word("Closed"): true, word("Time ran out"): false, word("Escalated to manager"): true,
		word("Awaiting decision"): true, word("unapproved"): true, word("Denied"): true, word("Gwrthodwyd"): true,
		word("Withdrawn"): true, word("Cancelled"): true,
		step("Approve request"): false, step("Sign off"): false, step("Authorise payment"): false,
		step("Open case"): true, step("Read documents"): true, step("Refuse request"): true, step("Decide"): true,
		person("a.fenwick"): false, person("e.haldane*"): false, person("abbot.j"): false, person("m-jobson"): false,
		person("svc-*"): true, person("*"): true, person("planning.bot"): true, person("AI"): true,
		person("api_user"): true,
		"fields: {run_id: Case, decision: Result}\nnothing: ['-', None]":       false,
		"fields: {run_id: Case, decision: Result}\nnothing: ['-', Rejected]":   true,
		"fields: {run_id: Case, decision: Result}\nnothing: ['-', 'Declined']": true,
		"fields: {run_id: Case, actor: Who}\nprivacy: {drop: [actor]}":         true,
		"fields: {run_id: Case, actor: Who}\nprivacy: {drop: [reasoning]}":     false,
		// A part of an outcome may be its opposite, and a part of an account another one.
		"fields: {run_id: Case, decision: R}\nsplits: {decision: '^(?:Not )?(?P<decision>.+)$'}": true,
		"fields: {run_id: Case, actor: W}\nsplits: {actor: '^.*[|](?P<actor>.+)$'}":              true,
		"fields: {run_id: Case, text: T}\nsplits: {text: '^Re: (?P<text>.+)$'}":                  false,
		"fields: {run_id: Case, actor: Who}\njoins: {Who: {columns: [A, B]}}":                    true,
		"fields: {run_id: Case, decided: On}\njoins: {On: {columns: [Day, Time]}}":               false,
		events("Decide", "Decided", "decision: Result"):                                          false,
		events("Decide", "Sent", "decision: Result"):                                             true,
		events("Decide", "Seen", ""):                                                             true,
		"fields: {run_id: Case}\nconstants: {model_version: m-70b}":                              true,
		"fields: {run_id: Case}\nconstants: {workflow: wf, gate: g}":                             false,
		"fields: {run_id: Case}\nconstants: {precision: day}":                                    true,
		"fields: {run_id: Case, time_taken: Seconds taken}\ntaken_in: minutes":                   true,
		"fields: {run_id: Case, time_taken: Seconds taken}\ntaken_in: seconds":                   false,
		"fields: {run_id: Case, time_taken: Dauer}\ntaken_in: minutes":                           false,
	} {
		m, err := ParseMapping([]byte("assay_mapping: 1\n" + body + "\n"))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		got := m.Contrary()
		if len(got) > 0 != contrary {
			t.Errorf("%s: %q", body, got)
		}
		for _, c := range got {
			if !strings.HasPrefix(c, "the ") || !strings.Contains(c, "”") {
				t.Errorf("%q is no phrase", c)
			}
		}
	}
}

// TestReadings holds the order: what decides stands first, and the words that a
// reader would not expect before those that they would.
func TestReadings(t *testing.T) {
	m, err := ParseMapping([]byte(`assay_mapping: 1
zone: Europe/London
fields: {run_id: Case, activity: What, ended: When, actor: Who, decision: Result, time_taken: Took}
joins: {When: {columns: [Day, Time]}}
constants: {workflow: wf-1}
activities:
  Send: {gate: g, act: release, when: [{column: Kind, is: [letter]}, {column: Sent, present: true}]}
  Draft: {gate: g, act: prepare}
  Check: {gate: g, act: decide}
decisions: {approved: [Yes, Refused], rejected: [Nope]}
actors: {system: ['svc-*']}
nothing: ['-', None]
leave_out: [{name: trials, when: [{column: Kind, begins: trial}]}, {name: idle, when: [{column: X, present: true}]}]
privacy: {drop: [reasoning]}
splits: {decision: '^(?P<decision>[a-z]+)'}
taken_in: minutes
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`outcomes: "Refused" as approved, "Yes" as approved, "Nope" as rejected`,
		`deciding activities: "Check"`,
		`releasing activities: "Send" where "Kind" is "letter" and "Sent" holds anything`,
		`accounts: "svc-*" as system`,
		`taken apart: decision by ^(?P<decision>[a-z]+), "Took" in minutes`,
		`read as nothing: "-" "None"`,
		`left out as "trials": 3 records, where "Kind" begins with "trial"`,
		`constants: workflow = wf-1`,
		`other steps: "Draft" as prepare`,
		`times in: Europe/London`,
		`columns: activity from "What", actor from "Who", decision from "Result", ended from "When", run_id from ` +
			`"Case", time_taken from "Took", "When" from "Day" "Time"`,
		`dropped: reasoning`,
	}
	got := m.Readings(map[string]string{"trials": "3 records"})
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if none := (&Mapping{}).Readings(nil); len(none) > 0 {
		t.Errorf("of nothing: %q", none)
	}
}
