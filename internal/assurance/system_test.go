package assurance

import (
	"slices"
	"strings"
	"testing"

	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/workflow"
)

// wellRun is a management system in which every rule is met.
func wellRun() SystemFacts {
	f := sound()
	f.Workflow.Lifecycle = workflow.LifecycleLive
	f.Workflow.OwnerID = "owner"
	f.Findings = []FindingCount{{Code: "OVR-01", Of: 200, Tested: 190, Done: 1, Open: 0}}
	f.Assessments = []risk.Assessment{{
		Ref: "RA-0001", Status: risk.StatusApproved, PreparedBy: "assessor", Linked: []risk.Linked{
			{Kind: risk.LinkedDPIA, Status: risk.LinkedApproved, Reference: "DPIA-1", EvidenceID: "e1"},
		},
	}}
	record := func(ref string, k review.RecordKind, change func(*review.Record)) review.Record {
		r := review.Record{
			Ref: ref, Kind: k, Date: "2026-06-01", Title: "T", Body: "B", Result: "R", Cause: "C", Correction: "D",
			Status: review.RecordClosed, ClosedOn: "2026-06-02",
		}
		if change != nil {
			change(&r)
		}
		return r
	}
	link := func(k review.SubjectKind, ref string) []review.Subject { return []review.Subject{{Kind: k, Ref: ref}} }
	return SystemFacts{
		Now: now,
		Organisation: organisation.Organisation{
			Kind: organisation.KindLocalAuthority, Contact: "ai@council.example",
		},
		People: []organisation.Person{
			{ID: "auditor", Ref: "PER-0001", Name: "Ann Auditor", Active: true},
			{ID: "owner", Ref: "PER-0002", Name: "Otto Owner", Active: true},
			{
				ID: "assessor", Ref: "PER-0003", Name: "Asa Assessor", Active: true,
				Duties: []organisation.Duty{organisation.DutyAssessor},
			},
		},
		Policies: []policy.Policy{{Ref: "POL-0001", OwnerID: "owner"}},
		Records: []review.Record{
			record("REC-0001", review.RecordInterest, nil),
			record("REC-0002", review.RecordObjective, func(r *review.Record) {
				r.Status, r.Result, r.Links = review.RecordOpen, "", link(review.SubjectFinding, "OVR-01")
			}),
			record("REC-0003", review.RecordAuditProgramme, func(r *review.Record) { r.Due = "2027-06-01" }),
			record("REC-0004", review.RecordInternalAudit, func(r *review.Record) { r.PersonID = "auditor" }),
			record("REC-0005", review.RecordNonconformity, func(r *review.Record) {
				r.Links = link(review.SubjectFinding, "OVR-01")
			}),
			record("REC-0006", review.RecordManagementReview, func(r *review.Record) {
				r.Date, r.Body = "2026-07-01", "Before it: REC-0002, REC-0004 and REC-0005."
			}),
			record("REC-0007", review.RecordTraining, func(r *review.Record) {
				r.PersonID, r.Due = "auditor", "2027-06-01"
			}),
			record("REC-0008", review.RecordTraining, func(r *review.Record) {
				r.PersonID, r.Due = "assessor", "2027-06-01"
			}),
			record("REC-0009", review.RecordComplaint, nil),
			record("REC-0010", review.RecordDelegation, func(r *review.Record) {
				r.WorkflowID, r.Due = f.Workflow.ID, "2027-06-01"
			}),
		},
		Actions: []review.Action{
			{Ref: "ACT-0001", Source: review.Subject{Kind: review.SubjectRecord, Ref: "REC-0006"}},
		},
		Evidence:  []evidence.Evidence{{ID: "e1", Ref: "EV-0001", SHA256: strings.Repeat("a", 64)}},
		Workflows: []Facts{f},
	}
}

func systemResult(t *testing.T, f SystemFacts, code string) Result {
	t.Helper()
	list := System(f)
	i := slices.IndexFunc(list, func(r Result) bool { return r.Code == code })
	if i < 0 {
		t.Fatalf("there is no rule %s", code)
	}
	return list[i]
}

func TestSystem(t *testing.T) {
	for _, r := range System(wellRun()) {
		if !r.Status.Stands() {
			t.Errorf("%s %s: %s %s", r.Code, r.Title, r.Status, r.Reason)
		}
	}
	find := func(f *SystemFacts, ref string) *review.Record {
		for i := range f.Records {
			if f.Records[i].Ref == ref {
				return &f.Records[i]
			}
		}
		t.Fatalf("no record %s", ref)
		return nil
	}
	for name, c := range map[string]struct {
		change func(*SystemFacts)
		code   string
		says   string
	}{
		"context_of_two_years_ago": {
			func(f *SystemFacts) { find(f, "REC-0001").Date = "2024-06-01" }, "SYS-01", "more than a year ago",
		},
		"objective_that_nothing_measures": {
			func(f *SystemFacts) { find(f, "REC-0002").Links = nil }, "SYS-02", "No measured value: REC-0002",
		},
		"objective_that_no_run_shows": {
			func(f *SystemFacts) { f.Workflows[0].Findings[0].Tested = 0 }, "SYS-02", "REC-0002",
		},
		"programme_that_ended": {
			func(f *SystemFacts) { find(f, "REC-0003").Due = "2026-08-01" }, "SYS-03", "ran until 1 August 2026",
		},
		"audits_without_a_programme": {
			func(f *SystemFacts) { find(f, "REC-0003").Kind = review.RecordNarrative }, "SYS-03", "no programme",
		},
		"audit_of_one's_own_workflow": {
			func(f *SystemFacts) { find(f, "REC-0004").PersonID = "owner" }, "SYS-04", "Otto Owner answers for",
		},
		"audit_of_one's_own_assessment": {
			func(f *SystemFacts) { find(f, "REC-0004").PersonID = "assessor" }, "SYS-04", "prepared RA-0001",
		},
		"audit_by_nobody": {
			func(f *SystemFacts) { find(f, "REC-0004").PersonID = "" }, "SYS-04", "names no auditor",
		},
		"review_that_did_not_see_the_audit": {
			func(f *SystemFacts) { find(f, "REC-0006").Body = "Before it: REC-0002 and REC-0005." },
			"SYS-05", "REC-0004",
		},
		"review_that_led_to_nothing": {func(f *SystemFacts) { f.Actions = nil }, "SYS-06", "no action"},
		"closed_but_the_runs_still_show_it": {
			func(f *SystemFacts) { f.Workflows[0].Findings[0].Open = 3 }, "SYS-07", "still show OVR-01 in 3 cases",
		},
		"assessment_that_nobody_has_seen": {
			func(f *SystemFacts) { f.Evidence[0].SHA256 = "" }, "SYS-08", "Named, not seen",
		},
		"in_house_and_not_documented": {
			func(f *SystemFacts) {
				f.Workflows[0].Workflow.Supplier, f.Workflows[0].Evidence = "", nil
			}, "SYS-09", "no design or technical document",
		},
		"assessor_without_training": {
			func(f *SystemFacts) { find(f, "REC-0008").Due = "2026-08-01" }, "SYS-10", "Asa Assessor",
		},
		"no_electronic_route": {
			func(f *SystemFacts) { f.Organisation.Contact = "The town hall" }, "SYS-11", "No electronic route",
		},
		"complaint_of_long_ago": {
			func(f *SystemFacts) { find(f, "REC-0009").Status = review.RecordOpen }, "SYS-11", "more than 30 days",
		},
		"gate_without_delegated_power": {
			func(f *SystemFacts) { find(f, "REC-0010").Due = "2026-08-01" }, "SYS-12", "no delegated power",
		},
		"power_for_another_gate": {
			func(f *SystemFacts) {
				find(f, "REC-0010").Links = []review.Subject{{Kind: review.SubjectGate, Ref: "another"}}
			}, "SYS-12", "no delegated power",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := wellRun()
			c.change(&f)
			r := systemResult(t, f, c.code)
			if r.Status != StatusNotMet || !strings.Contains(r.Reason, c.says) || r.Remedy == "" {
				t.Errorf("%s is %s: %q, want %q (remedy %q)", c.code, r.Status, r.Reason, c.says, r.Remedy)
			}
		})
	}
}

// TestSystem_empty sees that an empty register meets no rule of the management system.
func TestSystem_empty(t *testing.T) {
	for _, r := range System(SystemFacts{Now: now}) {
		if r.Status.Whole() {
			t.Errorf("%s %s is %s on an empty register: %s", r.Code, r.Title, r.Status, r.Reason)
		}
	}
}

func TestObjectives(t *testing.T) {
	f := wellRun()
	list := f.Objectives()
	if len(list) != 1 || list[0].Value() != "189 of 190 cases held (99.4 %), by OVR-01" {
		t.Errorf("%+v", list)
	}
	f.Workflows[0].Findings[0].Done = 0
	if got := f.Objectives()[0].Value(); !strings.Contains(got, "190 of 190 cases held (100.0 %)") {
		t.Error(got)
	}
	f.Records[1].WorkflowID = "another"
	if got := f.Objectives()[0].Value(); got != "no run shows it yet" {
		t.Error(got)
	}
}

// TestLawfulBasis goes through the closed lists, and keeps what was recorded in words.
func TestLawfulBasis(t *testing.T) {
	council := organisation.Organisation{Kind: organisation.KindLocalAuthority}
	for name, c := range map[string]struct {
		account workflow.Account
		org     organisation.Organisation
		status  Status
		says    string
	}{
		"nothing": {workflow.Account{}, council, StatusNotMet, "No lawful basis"},
		"words_as_registers_had_first": {
			workflow.Account{AffectedBasis: "Public task."}, council, StatusMet, "in words only",
		},
		"task_with_its_enactment": {
			workflow.Account{Basis: "public_task", Law: "Care Act 2014", AffectedBasis: "Public task"},
			council, StatusMet,
			"Public task, Article 6(1)(e) (as recorded: Public task); Care Act 2014",
		},
		"task_without_an_enactment": {
			workflow.Account{Basis: "public_task"}, council, StatusNotMet, "no enactment",
		},
		"legitimate_interests_of_a_council": {
			workflow.Account{Basis: "legitimate_interests"}, council, StatusNotMet, "public authority",
		},
		"recognised_legitimate_interest_of_a_council": {
			workflow.Account{Basis: "recognised_legitimate_interest"}, council, StatusNotMet, "public authority",
		},
		"legitimate_interests_of_another": {
			workflow.Account{Basis: "legitimate_interests"}, organisation.Organisation{Kind: organisation.KindOther},
			StatusMet, "6(1)(f)",
		},
		"special_data_without_a_condition": {
			workflow.Account{Basis: "public_task", Law: "Care Act 2014", SpecialData: true}, council, StatusNotMet,
			"no condition",
		},
		"special_data_with_one": {
			workflow.Account{
				Basis: "public_task", Law: "Care Act 2014", SpecialData: true, Condition: "health_or_social_care",
			}, council, StatusMet, "Article 9(2)(h)",
		},
		"none_and_special_data": {
			workflow.Account{Basis: "none", SpecialData: true}, council, StatusNotMet, "which is right",
		},
		"none":       {workflow.Account{Basis: "none"}, council, StatusMet, "No personal data"},
		"in_no_list": {workflow.Account{Basis: "because"}, council, StatusNotMet, "in no list"},
	} {
		t.Run(name, func(t *testing.T) {
			a := lawfulBasis(Facts{Organisation: c.org, Workflow: workflow.Workflow{Account: c.account}})
			if a.Status != c.status || !strings.Contains(a.Reason+a.Remedy, c.says) {
				t.Errorf("%s: %s (%s)", a.Status, a.Reason, a.Remedy)
			}
		})
	}
	words := BasisWords(workflow.Account{
		Basis: "public_task", Law: "Care Act 2014", Condition: "health_or_social_care", SpecialData: true,
		Significant: true, AffectedBasis: "Public task",
	})
	for _, want := range []string{
		"Article 6(1)(e)", "Care Act 2014", "9(2)(h)", "As recorded in words", "Article 22B",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not in %q", want, words)
		}
	}
}
