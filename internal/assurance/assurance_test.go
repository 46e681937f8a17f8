package assurance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var codes = strings.Fields(
	"OVR-01 OVR-02 OVR-03 OVR-04 OVR-05 OVR-06 OVR-07 OVR-08 OVR-09 OVR-10 OVR-11 OVR-12 OVR-13 OVR-14 OVR-15 " +
		"OVR-16 OVR-17 OVR-18 TRN-01 TRN-02 IMP-01 IMP-02 RSK-01 LOG-01 LOG-02",
)

// sound is a workflow of which everything is in order.
func sound() Facts {
	f := Facts{
		Now:          now,
		Organisation: organisation.New("Exampleton"),
		People: []organisation.Person{
			{ID: "ce", Ref: "PER-0001", Name: "Ada", JobTitle: "Chief Executive", Senior: true, Active: true},
			{ID: "off", Ref: "PER-0002", Name: "Olu", JobTitle: "Officer", Accounts: []string{"o.lu"}, Active: true},
		},
		Workflow: workflow.Workflow{
			ID: "w", Ref: "WF-0001", Name: "Permit check", Version: "1.0", Lifecycle: workflow.LifecycleLive,
			LiveSince: "2026-06-01", OwnerID: "ce", Supplier: "Example Ltd", Platform: "Wayfinder",
			Account: workflow.Account{
				Purpose: "It checks forms for residents.", DataUsed: []string{"the form"}, DataSources: []string{
					"portal",
				}, Decisions: "Whether to register it.", HowItWorks: "It compares with a list.",
				Limits: "It never writes to anybody.", ChallengeTool: "Write to our desk.",
				Challenge: "Use the complaints procedure.", AffectedBasis: "Public task", Significant: true,
				ATRSURL: "https://x.example",
			},
			KSB: workflow.KSB{
				Knowledge:  []string{"k"},
				Skills:     []string{"s"},
				Behaviours: []string{"b"},
				Activities: []string{"a"},
				Tools:      []string{"t"},
			},
			Gates: []workflow.Gate{
				{
					Key:              "g",
					Title:            "Decision",
					Decides:          "Whether it is valid",
					Role:             "Officer",
					Officers:         []string{"o.lu"},
					FourEyes:         true,
					Enforcement:      workflow.EnforcedTechnically,
					Evidence:         "Token",
					MinReviewSeconds: 60,
					MaxStreak:        40,
				},
			},
			Changes: []workflow.Change{{Date: "2026-09-01", What: "model", To: "m-2", ReviewedBy: "Olu"}},
		},
		Runs:    RunFacts{Total: 100, WithReasoning: 100, From: now.AddDate(0, -4, 0), To: now.AddDate(0, 0, -2)},
		Sources: []Source{{Ref: "IMP-0001"}},
	}
	f.Organisation.Scope, f.Organisation.Contact = "All AI workflows of the council.", "ai@x.example"
	var answers []policy.CheckAnswer
	for _, i := range policy.Checklist(policy.KindAI) {
		answers = append(answers, policy.CheckAnswer{Item: i.Code, Covered: true})
	}
	link := []policy.Link{{WorkflowID: "w", Reason: "AI", LinkedOn: "2026-05-01"}}
	f.Policies = []policy.Policy{
		{
			ID:           "p1",
			Ref:          "POL-0001",
			Kind:         policy.KindAI,
			OwnerID:      "ce",
			NextReview:   "2027-01-01",
			StaffInScope: 1,
			Links:        link,
			Versions: []policy.Version{
				{
					Number:       "1.0",
					Status:       policy.StatusInForce,
					ApprovedBy:   "ce",
					ApprovedRole: "Chief Executive",
					ApprovedOn:   "2026-04-01",
					InForceFrom:  "2026-04-01",
					Checklist:    answers,
				},
			},
			Communications: []policy.Communication{
				{Date: "2026-04-02", Audience: "staff", How: "intranet"},
			},
			Attestations: []policy.Attestation{{PersonName: "Olu", Date: "2026-04-03", Version: "1.0"}},
		},
		{ID: "p2", Ref: "POL-0002", Kind: policy.KindInformation, OwnerID: "ce", NextReview: "2027-01-01", Links: link,
			Versions: []policy.Version{
				{
					Number:      "4.0",
					Status:      policy.StatusInForce,
					ApprovedBy:  "ce",
					ApprovedOn:  "2026-01-01",
					InForceFrom: "2026-01-01",
				},
			}},
	}
	a := risk.Assessment{
		ID:              "ra",
		Ref:             "RA-0001",
		WorkflowID:      "w",
		WorkflowVersion: "1.0",
		Method:          "1 to 5",
		Status:          risk.StatusApproved,
		PreparedBy:      "a",
		ReviewedBy:      "b",
		ApprovedBy:      "ce",
		ApprovedOn:      "2026-05-01",
		ReviewDue:       "2027-05-01",
	}
	for _, k := range risk.LinkedKinds {
		a.Linked = append(a.Linked, risk.Linked{Kind: k, Status: risk.LinkedApproved, Reference: "X-1"})
	}
	for _, id := range common {
		a.Risks = append(
			a.Risks,
			risk.Risk{
				Ref:         "RSK-" + id,
				CatalogueID: id,
				Title:       id,
				Cause:       "c",
				Consequence: "c",
				Affected:    []string{"x"},
				OwnerID:     "ce",
				Treatment:   risk.TreatmentMitigate,
				Status:      risk.RiskOpen,
				Inherent: risk.Score{
					Likelihood: 3,
					Impact:     3,
				},
				Current:       risk.Score{Likelihood: 3, Impact: 3},
				Residual:      risk.Score{Likelihood: 2, Impact: 3},
				AddedControls: []string{"x"},
				TreatmentDue:  "2027-01-01",
			},
		)
	}
	f.Assessments = []risk.Assessment{a}
	f.Schedules = []review.Schedule{
		{Ref: "SCH-0001", Kind: review.KindWorkflow, WorkflowID: "w", EveryMonths: 6, Next: "2027-01-01", Active: true},
	}
	f.Reviews = []review.Review{
		{
			Ref:        "REV-0001",
			Kind:       review.KindWorkflow,
			WorkflowID: "w",
			On:         "2026-10-01",
			Conclusion: review.ConclusionContinue,
		},
	}
	f.Actions = []review.Action{{Ref: "ACT-0001", WorkflowID: "w", Status: review.ActionOpen, Due: "2027-01-01"}}
	f.Records = []review.Record{
		{
			Ref:        "REC-0001",
			Kind:       review.RecordTest,
			WorkflowID: "w",
			Date:       "2026-05-01",
			Status:     review.RecordClosed,
			Result:     "Good",
		},
		{
			Ref:        "REC-0002",
			Kind:       review.RecordSupplier,
			WorkflowID: "w",
			Date:       "2026-05-01",
			Due:        "2027-05-01",
			Title:      "Assurance",
		},
		{Ref: "REC-0003", Kind: review.RecordTraining, PersonID: "off", Date: "2026-05-01", Due: "2027-05-01"},
		{Ref: "REC-0004", Kind: review.RecordInternalAudit, Date: "2026-05-01", Status: review.RecordClosed},
		{Ref: "REC-0005", Kind: review.RecordManagementReview, Date: "2026-05-01", Status: review.RecordClosed},
		{Ref: "REC-0006", Kind: review.RecordObjective, Date: "2026-05-01", Status: review.RecordOpen},
		{Ref: "REC-0008", Kind: review.RecordInterest, Date: "2026-01-01", Status: review.RecordClosed},
		{Ref: "REC-0007", Kind: review.RecordIncident, WorkflowID: "w", Date: "2026-11-20", Status: review.RecordOpen},
	}
	f.Evidence = []evidence.Evidence{
		{
			Ref:    "EV-0001",
			Title:  "Notice",
			Kind:   evidence.KindNotice,
			Status: evidence.StatusApproved,
			Links:  []review.Subject{{Kind: review.SubjectWorkflow, Ref: "WF-0001"}},
		},
	}
	for _, c := range codes {
		f.Findings = append(f.Findings, FindingCount{Code: c})
	}
	for _, c := range standard.Items(standard.FamilyAnnexA) {
		f.SoA = append(
			f.SoA,
			standard.SoARow{
				ControlID:      c.ID,
				ReasonExcluded: "x",
				ApprovedBy:     "ce",
				ApprovedOn:     "2026-05-01",
				ReviewDue:      "2027-05-01",
			},
		)
	}
	return f
}

func (f *Facts) finding(code string, change func(*FindingCount)) {
	i := slices.IndexFunc(f.Findings, func(c FindingCount) bool { return c.Code == code })
	change(&f.Findings[i])
}

func TestSoundWorkflowMeetsEverything(t *testing.T) {
	r := Readiness(sound())
	for _, x := range r.Unmet() {
		t.Errorf("%s %s: %s", x.Code, x.Title, x.Reason)
	}
	all := len(Registry) - 2 // its gate asks for each run: OVR-R12 and OVR-R13 do not apply
	if r.Percent != 100 || r.Met != all || r.Applicable != all || len(r.Next) != 0 || len(r.Blocking) != 0 {
		t.Errorf("%d %%, %d of %d met of %d", r.Percent, r.Met, r.Applicable, len(Registry))
	}
}

func TestEmptyRegisterMeetsNothing(t *testing.T) {
	r := Readiness(
		Facts{
			Now:          now,
			Organisation: organisation.New("X"),
			Workflow: workflow.Workflow{
				ID:        "w",
				Ref:       "WF-0001",
				Lifecycle: workflow.LifecycleLive,
				LiveSince: "2020-01-01",
			},
		},
	)
	// Nothing is met by there being nothing, not even that no action is overdue.
	var met []string
	for _, a := range r.Areas {
		for _, x := range a.Results {
			if x.Status == StatusMet {
				met = append(met, x.Code)
			}
		}
	}
	if got := strings.Join(met, " "); got != "" {
		t.Errorf("met with nothing recorded: %s", got)
	}
	if len(r.Blocking) != 8 {
		t.Errorf("%d blocking", len(r.Blocking))
	}
}

// TestRequirements breaks one thing at a time and names every requirement that
// notices.
func TestRequirements(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Facts)
		unmet  string
		reason string
	}{
		"ai_policy_is_a_draft": {
			func(f *Facts) { f.Policies[0].Versions[0].Status = policy.StatusInReview },
			"POL-R01 POL-R04 POL-R05 POL-R06", "in review, not in force",
		},
		"ai_policy_in_force_tomorrow": {
			func(f *Facts) { f.Policies[0].Versions[0].InForceFrom = "2026-11-24" },
			"POL-R01 POL-R04 POL-R05 POL-R06", "",
		},
		"approver_is_not_senior": {func(f *Facts) { f.People[0].Senior = false }, "POL-R01", "senior authority"},
		"linked_after_going_live": {
			func(f *Facts) { f.Policies[0].Links = []policy.Link{{WorkflowID: "w", LinkedOn: "2026-10-02"}} },
			"POL-R02", "after the workflow went live",
		},
		"policy_of_another_workflow": {
			func(f *Facts) { f.Policies[0].Links = []policy.Link{{WorkflowID: "other", LinkedOn: "2026-01-01"}} },
			"POL-R01 POL-R02 POL-R04 POL-R05 POL-R06", "No AI policy is linked",
		},
		"policy_past_review": {
			func(f *Facts) { f.Policies[1].NextReview = "2026-11-22" }, "POL-R03", "POL-0002",
		},
		"policy_leaves_something_out": {
			func(f *Facts) { f.Policies[0].Versions[0].Checklist[3].Covered = false }, "POL-R04", "17 of 18",
		},
		"communicated_before_approval": {
			func(f *Facts) { f.Policies[0].Communications[0].Date = "2026-03-01" }, "POL-R05",
			"since its approval",
		},
		"too_few_attest": {func(f *Facts) { f.Policies[0].StaffInScope = 2 }, "POL-R06", "1 of 2"},
		"attested_an_old_version": {
			func(f *Facts) { f.Policies[0].Attestations[0].Version = "0.9" }, "POL-R06", "0 of 1",
		},
		"owner_has_left": {
			func(f *Facts) { f.People[0].Active = false }, "POL-R07", "WF-0001, POL-0001, POL-0002",
		},
		"no_information_policy": {func(f *Facts) { f.Policies = f.Policies[:1] }, "POL-R08", ""},
		"no_scope":              {func(f *Facts) { f.Organisation.Scope = "" }, "POL-R09", ""},
		"nobody_is_named_as_concerned": {
			func(f *Facts) { f.Records[6].Kind = review.RecordNarrative }, "POL-R09", "who is concerned",
		},
		"no_objective": {
			func(f *Facts) { f.Records[5].Kind = review.RecordNarrative }, "POL-R09", "no objective",
		},
		"no_platform":     {func(f *Facts) { f.Workflow.Platform = "" }, "TRN-R04", "the platform"},
		"no_lawful_basis": {func(f *Facts) { f.Workflow.Account.AffectedBasis = " " }, "POL-R10", ""},
		"another_version_is_in_use": {
			func(f *Facts) { f.Workflow.Version = "1.1" }, "RSK-R01", "version 1.1 is in use",
		},
		"assessment_in_review": {
			func(f *Facts) { f.Assessments[0].Status = risk.StatusInReview }, "RSK-R01", "is in review",
		},
		"assessment_past_its_day": {
			func(f *Facts) { f.Assessments[0].ReviewDue = "2026-11-22" }, "RSK-R01", "due again",
		},
		"prompt_changed_unreviewed": {func(f *Facts) {
			f.Workflow.Changes = append(
				f.Workflow.Changes, workflow.Change{Date: "2026-10-01", What: "prompt", To: "p-2"},
			)
		}, "RSK-R01 IMP-R06", "prompt changed to p-2"},
		"risk_beyond_appetite": {func(f *Facts) { f.Organisation.AppetiteThreshold = 5 }, "RSK-R02", "RSK-R01 (6)"},
		"dpia_is_a_draft": {
			func(f *Facts) { f.Assessments[0].Linked[0].Status = risk.LinkedDraft }, "RSK-R03", "is a draft",
		},
		"special_data_with_no_dpia": {func(f *Facts) {
			f.Workflow.Account.SpecialData = true
			f.Assessments[0].Linked[0] = risk.Linked{Kind: risk.LinkedDPIA, Status: risk.LinkedNotNeeded, Note: "x"}
		}, "RSK-R03", "special category"},
		"no_equality_assessment": {
			func(f *Facts) { f.Assessments[0].Linked[2].Status = risk.LinkedMissing }, "RSK-R04", "equality",
		},
		"risk_without_owner": {
			func(f *Facts) { f.Assessments[0].Risks[0].OwnerID = "" }, "RSK-R05", "no owner",
		},
		"treatment_overdue": {
			func(f *Facts) { f.Assessments[0].Risks[0].TreatmentDue = "2026-11-22" }, "RSK-R06", "overdue",
		},
		"common_risk_not_considered": {
			func(f *Facts) { f.Assessments[0].Risks = f.Assessments[0].Risks[1:] }, "RSK-R07",
			"R01 wrong or made-up output",
		},
		"finding_that_no_risk_covers": {
			func(f *Facts) { f.finding("LOG-01", func(c *FindingCount) { c.Explained = 2 }) }, "RSK-R08", "LOG-01",
		},
		"finding_that_a_risk_covers": {
			func(f *Facts) { f.finding("OVR-06", func(c *FindingCount) { c.Explained = 2 }) }, "", "",
		},
		"linked_late_and_reviewed_since": {
			func(f *Facts) { f.Policies[0].Links = []policy.Link{{WorkflowID: "w", LinkedOn: "2026-07-01"}} }, "",
			"",
		},
		"tested_after_going_live":    {func(f *Facts) { f.Records[0].Date = "2026-06-02" }, "", ""},
		"test_not_finished":          {func(f *Facts) { f.Records[0].Status = review.RecordOpen }, "RSK-R09", ""},
		"supplier_assurance_ran_out": {func(f *Facts) { f.Records[1].Due = "2026-11-22" }, "RSK-R10", ""},
		"groups_differ": {
			func(f *Facts) { f.finding("RSK-01", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R11",
			"RSK-01: 1, 1 open",
		},
		"groups_could_not_be_compared": {func(f *Facts) {
			f.finding("RSK-01", func(c *FindingCount) { c.Untested = "no segment in the export." })
		}, "RSK-R11", "could not be tested (no segment in the export)"},
		"gate_without_officers": {
			func(f *Facts) { f.Workflow.Gates[0].Officers = nil }, "OVR-R01 OVR-R11", "named officers",
		},
		"runs_are_old": {
			func(f *Facts) { f.Runs.To = now.AddDate(0, -7, 0) }, "OVR-R02", "newest imported run",
		},
		"released_without_decision": {
			func(f *Facts) { f.finding("OVR-01", func(c *FindingCount) { c.Open = 2 }) }, "OVR-R03", "OVR-01: 2",
		},
		"release_explained": {
			func(f *Facts) { f.finding("OVR-01", func(c *FindingCount) { c.Explained = 2 }) }, "", "",
		},
		"release_never_tested": {func(f *Facts) { f.Findings = f.Findings[1:] }, "OVR-R03", "OVR-01 was not tested"},
		"shared_account_decided": {
			func(f *Facts) { f.finding("OVR-03", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 OVR-R04", "",
		},
		"same_person_twice": {
			func(f *Facts) { f.finding("OVR-05", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 OVR-R05", "",
		},
		"no_gate_with_four_eyes": {func(f *Facts) {
			f.Workflow.Gates[0].FourEyes = false
			f.finding("OVR-05", func(c *FindingCount) { c.Untested = "x" })
		}, "", ""},
		"too_fast": {
			func(f *Facts) { f.finding("OVR-06", func(c *FindingCount) { c.Open = 1 }) }, "OVR-R06", "",
		},
		"no_minimum_time": {
			func(f *Facts) { f.Workflow.Gates[0].MinReviewSeconds = 0 }, "OVR-R06", "no minimum",
		},
		"streak": {
			func(f *Facts) { f.finding("OVR-07", func(c *FindingCount) { c.Open = 1 }) }, "OVR-R07", "",
		},
		"no_limit_for_streaks": {
			func(f *Facts) { f.Workflow.Gates[0].MaxStreak = 0 }, "OVR-R07", "No gate sets a limit",
		},
		"released_although_rejected": {
			func(f *Facts) { f.finding("OVR-12", func(c *FindingCount) { c.Open = 12 }) }, "OVR-R03 OVR-R08", "",
		},
		"an_activity_log_cannot_say_so": {func(f *Facts) {
			f.finding("OVR-12", func(c *FindingCount) { c.Untested = "The log does not say what was decided." })
		}, "OVR-R08", ""},
		"authority_had_ended": {
			func(f *Facts) { f.finding("OVR-13", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 OVR-R04", "",
		},
		"one_person_two_accounts": {
			func(f *Facts) { f.finding("OVR-14", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 OVR-R05", "",
		},
		"decision_changed_afterwards": {
			func(f *Facts) { f.finding("OVR-15", func(c *FindingCount) { c.Open = 1 }) }, "OVR-R08", "",
		},
		"a_gate_that_may_be_none": {
			func(f *Facts) { f.finding("OVR-17", func(c *FindingCount) { c.Open = 1 }) }, "OVR-R09", "OVR-17: 1",
		},
		"a_threshold_below_the_floor": {
			func(f *Facts) { f.finding("OVR-18", func(c *FindingCount) { c.Open = 1 }) }, "OVR-R06 OVR-R07", "",
		},
		"decided_before_prepared": {
			func(f *Facts) { f.finding("OVR-11", func(c *FindingCount) { c.Actioned, c.Open = 1, 1 }) }, "OVR-R08",
			"",
		},
		"gate_not_enforced": {
			func(f *Facts) { f.Workflow.Gates[0].Enforcement = workflow.NotEnforced }, "OVR-R09", "not enforced",
		},
		"significant_gate_by_procedure": {
			func(f *Facts) { f.Workflow.Gates[0].Enforcement = workflow.EnforcedProcedurally }, "OVR-R09",
			"procedure only",
		},
		"reached_no_gate": {
			func(f *Facts) { f.finding("OVR-09", func(c *FindingCount) { c.Open = 1 }) }, "OVR-R10", "",
		},
		"training_ran_out": {func(f *Facts) { f.Records[2].Due = "2026-11-22" }, "OVR-R11", "o.lu"},
		"account_incomplete": {
			func(f *Facts) { f.Workflow.Account.Limits = "" }, "TRN-R01", "what it does not do",
		},
		"account_in_one_long_sentence": {
			func(f *Facts) { f.Workflow.Account.HowItWorks = strings.Repeat("and it then compares the thing ", 40) },
			"TRN-R02", "words",
		},
		"notice_is_a_draft": {
			func(f *Facts) { f.Evidence[0].Status = evidence.StatusDraft }, "TRN-R03", "",
		},
		"no_behaviours": {func(f *Facts) { f.Workflow.KSB.Behaviours = nil }, "TRN-R04", "behaviours"},
		"no_reasoning": {
			func(f *Facts) { f.finding("TRN-01", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 TRN-R05", "",
		},
		"out_of_scope": {
			func(f *Facts) { f.finding("TRN-02", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 TRN-R06", "",
		},
		"no_transparency_record": {func(f *Facts) { f.Workflow.Account.ATRSURL = "" }, "TRN-R07", ""},
		"no_public_contact":      {func(f *Facts) { f.Organisation.Contact = "" }, "TRN-R08", ""},
		"review_overdue":         {func(f *Facts) { f.Schedules[0].Next = "2026-11-22" }, "IMP-R01", "was due"},
		"review_said_to_pause": {
			func(f *Facts) { f.Reviews[0].Conclusion = review.ConclusionPause }, "IMP-R01", "still runs",
		},
		"action_overdue":               {func(f *Facts) { f.Actions[0].Due = "2026-11-22" }, "IMP-R02", "ACT-0001"},
		"incident_left_open":           {func(f *Facts) { f.Records[7].Date = "2026-10-01" }, "IMP-R03", "REC-0007"},
		"audit_two_years_ago":          {func(f *Facts) { f.Records[3].Date = "2024-11-01" }, "IMP-R04", ""},
		"management_review_unfinished": {func(f *Facts) { f.Records[4].Status = review.RecordOpen }, "IMP-R05", ""},
		"version_nobody_recorded": {
			func(f *Facts) { f.finding("IMP-01", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 IMP-R06", "",
		},
		"outcomes_drifted": {
			func(f *Facts) { f.finding("IMP-02", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 IMP-R07", "",
		},
		"log_with_gaps": {
			func(f *Facts) { f.finding("LOG-01", func(c *FindingCount) { c.Open = 1 }) }, "RSK-R08 IMP-R08", "",
		},
		"a_control_is_not_decided": {func(f *Facts) { f.SoA = f.SoA[1:] }, "IMP-R09", "37 of 38"},
		"soa_review_is_past":       {func(f *Facts) { f.SoA[0].ReviewDue = "2026-11-22" }, "IMP-R09", "37 of 38"},
		"voluntary_transparency_record": {
			func(f *Facts) { f.Workflow.Account.ATRSURL = ""; f.Workflow.Account.Significant = false }, "", "",
		},
		"no_supplier": {func(f *Facts) { f.Workflow.Supplier = ""; f.Records[1].WorkflowID = "x" }, "", ""},
		"superseded_assessment_is_passed": {func(f *Facts) {
			old := f.Assessments[0]
			old.Status = risk.StatusSuperseded
			old.ApprovedOn = "2026-11-01"
			f.Assessments = append(f.Assessments, old)
		}, "", ""},
		"draft_does_not_hide_approved": {func(f *Facts) {
			d := risk.Assessment{Status: risk.StatusDraft, PreparedOn: "2026-11-20"}
			f.Assessments = append([]risk.Assessment{d}, f.Assessments...)
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := sound()
			c.change(&f)
			r := Readiness(f)
			var got, reasons []string
			for _, x := range r.Unmet() {
				got = append(got, x.Code)
				reasons = append(reasons, x.Reason)
				if x.Remedy == "" {
					t.Errorf("%s does not say what would meet it", x.Code)
				}
			}
			if want := c.unmet; strings.Join(got, " ") != want {
				t.Errorf("not met are %v, want %s\n%s", got, want, strings.Join(reasons, "\n"))
			}
			if c.reason != "" && !strings.Contains(strings.Join(reasons, "\n"), c.reason) {
				t.Errorf("reasons are %q, want %q", reasons, c.reason)
			}
			// Blocking ones come first among the next steps, and all are there.
			if len(r.Next) != len(got) {
				t.Errorf("%d next steps for %d unmet requirements", len(r.Next), len(got))
			}
			for i := range r.Next {
				if i > 0 && r.Next[i].Blocking && !r.Next[i-1].Blocking {
					t.Error("a blocking step comes after one that is not")
				}
			}
		})
	}
}

// TestFourAnswers says of findings, one way after the other, what can be said,
// and holds the answer, its counts, its words and the score.
func TestFourAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		code   string // of a test
		change func(*FindingCount)
		status Status
		counts Counts
		reason string
		share  string // of the rule, in the score
	}{
		"none": {"OVR-05", func(*FindingCount) {}, StatusHeld, Counts{Of: 260, Tested: 260}, "none in 260 cases", "1"},
		"open": {
			"OVR-05", func(c *FindingCount) { c.Open = 9 },
			StatusNotHeld, Counts{260, 260, 9, 0}, "OVR-05: 9 of 260, 9 open", "251/260",
		},
		"explained by two people": {
			"OVR-05", func(c *FindingCount) { c.Explained = 9 },
			StatusHeldButFor, Counts{260, 260, 9, 9}, "9 of 260, 9 explained by two people", "251/260",
		},
		"explained by one person": {
			"OVR-05", func(c *FindingCount) { c.Explained, c.Alone = 8, 1 },
			StatusNotHeld, Counts{260, 260, 9, 8}, "8 explained by two people, 1 explained by one person only",
			"251/260",
		},
		"an action that is not done": {
			"OVR-05", func(c *FindingCount) { c.Actioned = 9 },
			StatusNotHeld, Counts{260, 260, 9, 0}, "9 with an action that is not done", "251/260",
		},
		"dealt with": {
			"OVR-05", func(c *FindingCount) { c.Done, c.Accepted = 4, 5 },
			StatusHeldButFor, Counts{260, 260, 9, 9}, "5 accepted by two people, 4 dealt with", "251/260",
		},
		"part of it not shown": {
			"OVR-05", func(c *FindingCount) { c.Tested = 130 },
			StatusHeld, Counts{260, 130, 0, 0}, "none in 130 of 260 cases; the others do not show it", "1/2",
		},
		"nothing of it shown": {
			"OVR-05", func(c *FindingCount) { c.Tested = 0 },
			StatusNotShown, Counts{260, 0, 0, 0}, "not one of 260 cases shows it", "0",
		},
		"could not be tested": {
			"OVR-05", func(c *FindingCount) { c.Untested, c.Tested = "no account.", 0 },
			StatusNotShown, Counts{260, 0, 0, 0}, "could not be tested (no account)", "0",
		},
		"could not be tested everywhere, and found": {
			"OVR-05", func(c *FindingCount) { c.Untested, c.Open = "no account.", 1 },
			StatusNotHeld, Counts{260, 260, 1, 0}, "1 open; OVR-05 could not be tested", "259/260",
		},
		"a question with an answer that was typed in": {
			"RSK-01", func(c *FindingCount) {
				c.Of, c.Tested, c.Explained, c.Question = 0, 0, 1, true
				c.Said = []Explanation{{
					Officer: "Jo Hart", Approved: "approved by Ann Lee with their own key", Signed: true,
				}}
			},
			StatusHeldButFor, Counts{0, 0, 1, 1}, "1 with an answer that somebody wrote down as an officer's", "0",
		},
		"a question that an officer answered": {
			"RSK-01", func(c *FindingCount) {
				c.Of, c.Tested, c.Explained, c.Question = 0, 0, 1, true
				c.Said = []Explanation{{
					Officer: "Jo Hart", Approved: "approved by Jo Hart with their own key", Signed: true,
				}}
			},
			StatusHeldButFor, Counts{0, 0, 1, 1}, "1 answered by an officer", "0",
		},
		"a blocking fact that two people explained": {
			"OVR-01", func(c *FindingCount) { c.Explained = 60 },
			StatusHeldButFor, Counts{260, 260, 60, 60}, "60 explained by two people", "10/13",
		},
		"a blocking fact that one explained": {
			"OVR-01", func(c *FindingCount) { c.Alone = 60 },
			StatusNotHeld, Counts{260, 260, 60, 0}, "60 explained by one person only", "10/13",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := sound()
			for i := range f.Findings {
				f.Findings[i].Of, f.Findings[i].Tested = 260, 260
			}
			f.finding(c.code, c.change)
			q := Registry[slices.IndexFunc(
				Registry, func(q Requirement) bool { return slices.Contains(q.Tests, c.code) },
			)]
			a := q.Answer(f)
			if a.Status != c.status || a.Counts != c.counts || !strings.Contains(a.Reason, c.reason) ||
				a.share().RatString() != c.share {
				t.Errorf("%s %+v, share %s: %s", a.Status, a.Counts, a.share().RatString(), a.Reason)
			}
			rep := Readiness(f)
			if (len(rep.Blocking) > 0) != (q.Blocking && !a.Status.Stands()) {
				t.Errorf("blocked by %+v", rep.Blocking)
			}
			if (rep.Percent == 100) != (c.share == "1") {
				t.Errorf("the score is %d", rep.Percent)
			}
			if want := a.Status == StatusHeldButFor; (len(rep.ButFor()) == 1) != want {
				t.Errorf("held but for: %+v", rep.ButFor())
			}
		})
	}
}

// TestExplainingRaisesNoScore: whatever is said of findings, the score and the
// number of rules that are whole stay where the log put them.
func TestExplainingRaisesNoScore(t *testing.T) {
	for _, code := range codes {
		var seen []int
		for _, say := range []func(*FindingCount){
			func(c *FindingCount) { c.Open = 7 }, func(c *FindingCount) { c.Alone = 7 },
			func(c *FindingCount) { c.Explained = 7 },
			func(c *FindingCount) { c.Accepted = 7 }, func(c *FindingCount) { c.Actioned = 7 },
			func(c *FindingCount) { c.Done = 7 },
		} {
			f := sound()
			for i := range f.Findings {
				f.Findings[i].Of, f.Findings[i].Tested = 100, 100
			}
			f.finding(code, say)
			r := Readiness(f)
			seen = append(seen, r.Percent, r.Met)
		}
		for i, n := range seen {
			if n != seen[i%2] || i%2 == 0 && n == 100 {
				t.Errorf("%s: scores and whole rules are %v", code, seen)
				break
			}
		}
	}
}

func TestNoRunsIsNeverAPass(t *testing.T) {
	f := sound()
	f.Runs, f.Sources = RunFacts{}, nil
	r := Readiness(f)
	for _, q := range Registry {
		if q.Where != "findings" && q.Code != "OVR-R02" && q.Code != "RSK-R08" {
			continue
		}
		if q.Code == "OVR-R12" || q.Code == "OVR-R13" {
			continue // of weaker patterns: TestWeakerPattern
		}
		if x, _ := r.Result(q.Code); x.Status.Stands() || len(q.Tests) > 0 && x.Status != StatusNotShown {
			t.Errorf("%s %s is %s with no runs imported", q.Code, q.Title, x.Status)
		}
		// A log that does not show it gives no reason to ask officers why.
		if x, _ := r.Result(q.Code); x.Status == StatusNotShown && !strings.HasPrefix(x.Task, "Have the log ") &&
			q.Code != "OVR-R02" {
			t.Errorf("%s asks to %q, and the log shows nothing", q.Code, x.Task)
		}
	}
}

func TestRegistry(t *testing.T) {
	seen, areas, blocking := map[string]bool{}, map[standard.Area]int{}, 0
	tested := map[string]bool{}
	for _, q := range Registry {
		if seen[q.Code] || !strings.HasPrefix(q.Code, string(q.Area)+"-R") || q.Title == "" || q.Where == "" ||
			q.Check == nil && len(q.Tests) == 0 || len(q.Serves()) == 0 ||
			(len(q.Tests) == 0) != (q.Looks == "") {
			t.Errorf("%s is not complete", q.Code)
		}
		seen[q.Code] = true
		areas[q.Area]++
		if w := words[q.Code]; w.task == "" || len(w.task) > 60 || strings.HasSuffix(w.task, ".") ||
			!strings.HasSuffix(w.good, ".") {
			t.Errorf("%s: the words are %q", q.Code, w)
		}
		if q.Blocking {
			blocking++
		}
		for _, ref := range q.Serves() {
			if _, ok := standard.ByRef(ref); !ok {
				t.Errorf("%s serves %q, which no standard has", q.Code, ref)
			}
		}
		f := sound()
		for _, s := range q.Answer(f).Subjects {
			tested[s] = true
		}
	}
	for _, q := range SystemRules {
		if seen[q.Code] || !strings.HasPrefix(q.Code, "SYS-") || q.Title == "" || q.Where == "" || q.check == nil ||
			len(q.Serves()) == 0 {
			t.Errorf("%s is not complete", q.Code)
		}
		seen[q.Code] = true
	}
	for _, code := range standard.Rules() {
		if !seen[code] {
			t.Errorf("serves.yaml names the rule %s, which there is not", code)
		}
	}
	if len(words) != len(Registry) {
		t.Errorf("words for %d requirements, of %d", len(words), len(Registry))
	}
	for _, c := range codes {
		if !slices.ContainsFunc(
			risk.Catalogue(),
			func(e risk.CatalogueEntry) bool { return slices.Contains(e.Codes, c) },
		) {
			t.Errorf("no risk of the catalogue covers %s, so no assessment could reflect it", c)
		}
	}
	for _, a := range standard.Areas {
		if areas[a] < 8 {
			t.Errorf("%s has %d requirements", a, areas[a])
		}
	}
	if blocking != 9 { // of OVR-R03 and OVR-R12, where all gates are of a kind, one applies
		t.Errorf("%d blocking requirements; they are to be few", blocking)
	}
	// Which items of the main families no rule serves is said in words, and known here: nothing that a rule
	// looks at answers them, so a document or a record has to be kept for each.
	var unserved []string
	for _, f := range []standard.Family{
		standard.FamilyClause, standard.FamilyAnnexA, standard.FamilyPlaybook, standard.FamilyOECD,
		standard.FamilyUKGDPR, standard.FamilyUKLaw,
	} {
		for _, i := range standard.Items(f) {
			if len(standard.ServedBy(i)) == 0 {
				unserved = append(unserved, i.Ref())
			}
		}
	}
	if got, want := strings.Join(unserved, " "), "iso:4.4 gdpr:10 gdpr:12A gdpr:21 gdpr:22 gdpr:22B gdpr:22D gdpr:26 "+
		"gdpr:33 gdpr:34 gdpr:36 gdpr:37-39 gdpr:44-49 law:FOI law:PSBAR law:WLS law:CODE-ADM law:EIR"; got != want {
		t.Errorf("no rule serves\n%s\nwant\n%s", got, want)
	}
	for _, c := range codes {
		if !tested[c] {
			t.Errorf("no requirement looks at %s", c)
		}
	}
}

func TestPercent(t *testing.T) {
	area := func(met, of int64) AreaScore {
		a := AreaScore{Met: int(met), Applicable: int(of)}
		a.held.SetInt64(met)
		return a
	}
	for _, c := range []struct {
		areas []AreaScore
		want  int
	}{
		{nil, 0},
		{[]AreaScore{area(0, 0)}, 0},
		{[]AreaScore{area(1, 1), area(0, 0)}, 100}, // nothing applicable: left out of the mean
		{[]AreaScore{area(1, 2), area(1, 1)}, 75},
		{[]AreaScore{area(2, 3), area(2, 3), area(2, 3)}, 66},
		{[]AreaScore{area(29, 100)}, 29}, // 0.29 × 100 is 28.999… in floating point
		{[]AreaScore{area(9, 10), area(11, 11), area(10, 11), area(8, 8), area(9, 9)}, 96},
	} {
		if got := meanPercent(c.areas); got != c.want {
			t.Errorf("%v: %d, want %d", c.areas, got, c.want)
		}
	}
	s := Organisation(
		[]Report{{Ref: "WF-0001", Percent: 90}, {Ref: "WF-0002", Percent: 41}, {Ref: "WF-0003", Percent: 70}},
	)
	if s != (OrganisationScore{3, 67, 41, "WF-0002"}) {
		t.Errorf("%+v", s)
	}
	if s := Organisation(nil); s != (OrganisationScore{}) {
		t.Errorf("no live workflow: %+v", s)
	}
}

func TestReadinessIsDated(t *testing.T) {
	if r := Readiness(sound()); civil.Of(r.At) != "2026-11-23" || len(r.Areas) != 5 || r.Areas[2].Area != standard.OVR {
		t.Errorf("%+v", r)
	}
}

func BenchmarkReadiness(b *testing.B) {
	f := sound()
	for b.Loop() {
		Readiness(f)
	}
}

func TestTransparencyRecord(t *testing.T) {
	f := sound()
	f.Gates = []GateMeasure{
		{Key: "g", Decided: 90, ByOfficer: 88, Timed: 80, MedianSeconds: 75.2, Agreed: 70, Comparable: 85},
	}
	shown := []string{"In 2 of 90 cases it left before anyone had decided."}
	version, answers := TransparencyRecord(f, shown)
	_, fields := standard.ATRS()
	if version != "4.0" || len(answers) != len(fields) {
		t.Fatalf("version %s, %d answers", version, len(answers))
	}
	got := map[string]ATRSAnswer{}
	for _, a := range answers {
		got[a.Field.Key] = a
		if (a.Text == "") != (a.From == "") {
			t.Errorf("%s: %q comes from %q", a.Field.Key, a.Text, a.From)
		}
		for _, p := range f.People {
			if strings.Contains(a.Text, p.Name) {
				t.Errorf("%s names %s", a.Field.Key, p.Name)
			}
		}
	}
	for key, want := range map[string]string{
		"title": "Permit check", "phase": "Production", "one_sentence_description": "It checks forms for residents.",
		"senior_responsible_owner": "Chief Executive",
		"human_review": "Decision: 1 named officer may decide, and not whoever prepared it; " +
			"at least 60 seconds are asked for. In the imported runs 90 decisions were made here, 88 of them by " +
			"named officers, with a median review of 75 seconds; 70 of 85 followed the proposal. " +
			"In 2 of 90 cases it left before anyone had decided.",
		"appeals_and_review": "The tool's output: Write to our desk. The broader process: Use the complaints " +
			"procedure.",
		"system_level_output":              "",
		"third_party_involvement":          "Yes",
		"frequency_and_scale_of_usage":     "100 runs from 23 July 2026 to 21 November 2026.",
		"models":                           "m-2",
		"sensitive_attributes_operational": "The workflow reads no special category data.",
		"maintenance":                      "Reviewed every 6 months (how it performs).",
		"system_level_input":               "It reads the form.",
		"previous_process":                 "",
		"alternatives_considered":          "",
	} {
		if got[key].Text != want {
			t.Errorf("%s is %q, want %q", key, got[key].Text, want)
		}
	}
	// Every key that is filled is one of the template's.
	for key := range f.atrs(nil) {
		if _, ok := got[key]; !ok {
			t.Errorf("the template has no field %q", key)
		}
	}
	_, empty := TransparencyRecord(Facts{Now: now}, nil)
	for _, a := range empty {
		if a.Text != "" && a.Field.Key != "third_party_involvement" &&
			a.Field.Key != "sensitive_attributes_operational" {
			t.Errorf("nothing is recorded, yet %s is %q", a.Field.Key, a.Text)
		}
	}
}

func TestQuestions_name_what_there_is(t *testing.T) {
	codes := map[string]bool{}
	for _, q := range Registry {
		codes[q.Code] = true
	}
	measures := []string{"volume", "coverage", "named", "review_time", "fast", "agreement", "edits", "reasoning"}
	for _, s := range risk.Questions() {
		for _, q := range s.Questions {
			for _, r := range q.Requirements {
				if !codes[r] {
					t.Errorf("%s names the requirement %s, which there is not", q.ID, r)
				}
			}
			for _, r := range q.Serves {
				if _, ok := standard.ByRef(r); !ok {
					t.Errorf("%s serves %s, which no standard has", q.ID, r)
				}
			}
			for _, c := range q.Codes {
				if oversight.TestOf(oversight.Code(c)).Code == "" {
					t.Errorf("%s names the test %s, which there is not", q.ID, c)
				}
			}
			for _, m := range q.Measures {
				if !slices.Contains(measures, m) {
					t.Errorf("%s names the measure %s, which there is not", q.ID, m)
				}
			}
		}
	}
}

// TestDeclarationChange_words: however much was changed and however long the reason is,
// what it did to the findings, and who agreed, stands before it.
func TestDeclarationChange_words(t *testing.T) {
	d := DeclarationChange{
		From: "2026-11-01", MadeAt: now, By: "Dee Example", Why: strings.Repeat("because ", 500), Runs: 420,
		Approved: "approved by Ann Other with their own key on 2 November 2026", Tried: 420,
		Effect: []workflow.Effect{{Code: "OVR-03", Gone: 55}},
	}
	d.Approval.Approver.ID, d.Approval.Approver.Name = "p", "Ann Other"
	for i := range 300 {
		d.Changed = append(d.Changed, fmt.Sprintf("Roster, \"account-%d\" (officer) added", i))
	}
	words := d.Words()
	if len(words) > 6000 {
		t.Errorf("%d characters", len(words))
	}
	for _, want := range []string{"OVR-03 55 fewer", "Approved by Ann Other", "and 288 more."} {
		if i := strings.Index(words, want); i < 0 || i > 900 || i > strings.Index(words, "They wrote") {
			t.Errorf("%q stands at %d of %.900s", want, i, words)
		}
	}
	if strings.Index(words, "55 fewer") > strings.Index(words, "Roster") {
		t.Errorf("what was changed pushes off what it did: %.900s", words)
	}
}
