package certificate

import (
	"bytes"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/testkit"
	"assay/internal/workflow"
)

var now = time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC)

func facts() assurance.Facts {
	return assurance.Facts{
		Now: now,
		Organisation: organisation.Organisation{
			ID:                "0192f3b4-0000-7000-8000-000000000001",
			Name:              "Exampleton Borough Council",
			ShortName:         "Exampleton",
			Contact:           "ai@exampleton.example",
			Sample:            true,
			CertificateMonths: 12,
			AppetiteThreshold: 9,
		},
		People: []organisation.Person{
			{
				ID:       "p-ada",
				Name:     "Ada Example",
				JobTitle: "Head of Planning",
			}, {ID: "p-ce", Name: "Cy Example", JobTitle: "Chief Executive"},
		},
		Workflow: workflow.Workflow{
			ID: "w", Ref: "WF-0003", Name: "Permit check", Service: "Planning", Version: "1.10",
			Lifecycle: workflow.LifecycleLive, OwnerID: "p-ada", Supplier: "Example Software Ltd",
			Platform: "Wayfinder",
			Account: workflow.Account{
				Purpose:       "Checks whether an application is complete.",
				DataUsed:      []string{"the form", "the fee"},
				Decisions:     "Whether it can be registered.",
				HowItWorks:    "Compares <form> & list.",
				Limits:        "Does not decide.",
				ChallengeTool: "Write to us.",
				Challenge:     "Complain.",
				Significant:   true,
			},
			Gates: []workflow.Gate{
				{
					Key:              "officer-decision",
					Title:            "Officer's decision",
					Decides:          "Whether it is complete",
					Role:             "Officer",
					Officers:         []string{"a", "b"},
					FourEyes:         true,
					Enforcement:      workflow.EnforcedTechnically,
					MinReviewSeconds: 60,
					MaxStreak:        40,
					MaxAgreement:     0.98,
				},
			},
		},
		Policies: []policy.Policy{
			{
				Ref:      "POL-0002",
				Title:    "Not linked",
				Versions: []policy.Version{{Number: "1", Status: policy.StatusInForce, InForceFrom: "2026-01-01"}},
			},
			{
				Ref:   "POL-0001",
				Title: "AI policy",
				Links: []policy.Link{{WorkflowID: "w"}},
				Versions: []policy.Version{
					{
						Number:       "1.2",
						Status:       policy.StatusInForce,
						ApprovedBy:   "p-ce",
						ApprovedRole: "Chief Executive",
						ApprovedOn:   "2026-01-01",
						InForceFrom:  "2026-01-01",
					},
				},
			},
		},
		Assessments: []risk.Assessment{
			{
				Ref:        "RA-0001",
				Status:     risk.StatusApproved,
				ApprovedBy: "p-ce",
				ApprovedOn: "2026-02-01",
				Risks: []risk.Risk{
					{Status: risk.RiskOpen, Residual: risk.Score{Likelihood: 2, Impact: 5}},
					{Status: risk.RiskClosed, Residual: risk.Score{Likelihood: 5, Impact: 5}},
				},
			},
		},
		Evidence: []evidence.Evidence{
			{
				Ref:      "EV-0002",
				Title:    "Notice",
				FileName: "notice.txt",
				SHA256:   strings.Repeat("cd", 32),
				Status:   evidence.StatusApproved,
				Links:    []review.Subject{{Kind: review.SubjectWorkflow, Ref: "WF-0003"}},
			},
			{
				Ref:      "EV-0003",
				Title:    "Of another workflow",
				FileName: "x.txt",
				SHA256:   strings.Repeat("cd", 32),
				Status:   evidence.StatusApproved,
				Links:    []review.Subject{{Kind: review.SubjectWorkflow, Ref: "WF-0009"}},
			},
			{
				Ref:      "EV-0004",
				Title:    "Draft",
				FileName: "x.txt",
				SHA256:   strings.Repeat("cd", 32),
				Status:   evidence.StatusDraft,
				Links:    []review.Subject{{Kind: review.SubjectWorkflow, Ref: "WF-0003"}},
			},
		},
		Runs: assurance.RunFacts{
			Total: 420, From: now.AddDate(0, -1, 0), To: now.AddDate(0, 0, -1), Days: 31, DaysIdle: 9, Accounts: 3,
			Months: []assurance.Month{{Month: "2026-10", Runs: 100}, {Month: "2026-11", Runs: 320}},
		},
		Sources: []assurance.Source{
			{
				Ref:      "IMP-0001",
				FileName: "runs.jsonl",
				Format:   "run-audit",
				SHA256:   strings.Repeat("ab", 32),
				Bytes:    1234,
				Runs:     420,
				Refused:  1,
				Repeated: 2,
				Records:  423,
				Stated:   425,
				From:     now.AddDate(0, -1, 0),
				To:       now.AddDate(0, 0, -1),
			},
		},
		Gates: []assurance.GateMeasure{
			{
				Key:           "officer-decision",
				Released:      400,
				Decided:       400,
				ByOfficer:     399,
				DecidedFirst:  391,
				Timed:         390,
				MedianSeconds: 184.9,
				UnderMinimum:  3,
				Agreed:        380,
				Comparable:    400,
				Edited:        12,
			},
		},
		Findings: []assurance.FindingCount{
			{Code: "OVR-06", Title: "Too fast", Question: true, Of: 400, Tested: 390, Open: 3},
			{Code: "OVR-05", Title: "Prepared and decided by the same person", Of: 400, Tested: 400, Explained: 9,
				Said: []assurance.Explanation{
					{
						Findings: 9, Standing: "explained", Class: "an agreed exception", Link: "REC-0004",
						By:       "Dee Example",
						Why:      "Leave cover in August; the head of planning agreed that one person may do both.",
						On:       "2026-11-20",
						Approved: "recorded by Dee Example as approved by Cy Example on 20 November 2026",
					},
				}},
			{Code: "OVR-01", Title: "Released with no decision", Of: 400, Tested: 400},
			{Code: "RSK-01", Title: "Segments", Question: true, Untested: "no segments in the export"},
		},
		Declarations: []assurance.DeclarationChange{
			{MadeAt: now.AddDate(0, -1, -20), By: "Dee Example", Runs: 300, AfterRuns: 12},
			{
				From: "2026-11-01", MadeAt: now.AddDate(0, 0, -24), By: "Dee Example", Why: "Timed with officers.",
				Runs:    120,
				Changed: []string{"Gate officer-decision, minimum review time: 90 s to 60 s"}, Tried: 420,
				Effect: []workflow.Effect{{Code: "OVR-06", Gone: 4}},
			},
		},
		Breaks: []assurance.Break{
			{
				Kind: BreakOlderCopy, On: "2026-10-05", By: "Dee Example", Why: "The laptop was repaired.", Lost: 3,
				Words: "An older copy of the register was put back on 5 October 2026. Of its log, which then had 12 " +
					"entries, the last 3 are gone, with whatever was imported, found or refused in them. Dee Example " +
					"wrote: “The laptop was repaired.”",
			},
		},
		Twins: []assurance.Twin{{Ref: "WF-0009", Name: "Permit check", Because: "the same name", Runs: 10, Open: 2}},
	}
}

// report is a readiness with one requirement that is not met in the area OVR.
func report(blocking bool) assurance.Report {
	r := assurance.Report{Percent: 90}
	for _, a := range standard.Areas {
		s := assurance.AreaScore{Area: a, Title: a.Title(), Met: 1, Applicable: 1, Results: []assurance.Result{
			{
				Code:     string(a) + "-R01",
				Title:    "First",
				Area:     a,
				Blocking: true,
				Status:   assurance.StatusMet,
				Reason:   "It is.",
				Subjects: []string{},
			},
		}}
		if a == standard.OVR {
			bad := assurance.Result{
				Code:     "OVR-R06",
				Title:    "Officers took the time",
				Area:     a,
				Blocking: blocking,
				Status:   assurance.StatusNotHeld,
				Counts:   assurance.Counts{Of: 400, Tested: 390, Short: 3},
				Reason:   "3 were faster.",
				Remedy:   "Look at these findings.",
				Task:     "Look into fast decisions",
				Subjects: []string{"OVR-06"},
			}
			s.Applicable, s.Percent, s.Results = 3, 65, append(
				s.Results,
				bad,
				assurance.Result{
					Code: "OVR-R05", Title: "Two people", Area: a, Status: assurance.StatusHeldButFor,
					Task:   "Look into it",
					Counts: assurance.Counts{Of: 400, Tested: 400, Short: 9, Settled: 9}, Subjects: []string{"OVR-05"},
				},
				assurance.Result{Code: "OVR-R99", Area: a, Status: assurance.StatusNotApplicable, Reason: "Not here."},
			)
			if blocking {
				r.Blocking = append(r.Blocking, bad)
			}
		}
		r.Areas = append(r.Areas, s)
	}
	return r
}

func draft() Draft {
	return Draft{
		Number:     "GC-2026-0007",
		Conditions: []Condition{{Requirement: "OVR-R06", OwnerID: "p-ada", Owner: "Ada Example", Due: "2027-02-01"}},
		Assessor: Signature{
			PersonID: "p-dpo", Name: "Dee Example", JobTitle: "Data Protection Officer", Key: strings.Repeat("01", 32),
			KeyMade: "made at this register by Dee Example on 2 March 2026", KeyMadeBy: KeyByHolder,
		},
		Approver: Signature{
			PersonID: "p-ce", Name: "Cy Example", JobTitle: "Chief Executive", Key: strings.Repeat("02", 32),
			KeyMade:   "made at this register by Dee Example, the assessor, on 2 March 2026",
			KeyMadeBy: KeyByAssessor,
		},
		Root:       strings.Repeat("03", 32),
		Superseded: []string{"GC-2026-0003"},
		Withdrawn: []Earlier{{
			Number: "GC-2026-0003", Revoked: "2026-09-01", By: "Dee Example", Why: "Issued on the wrong runs.",
		}},
		Log: Head{42, strings.Repeat("ef", 32)},
	}
}

func issued(t *testing.T) Statement {
	t.Helper()
	s, err := Issue(facts(), report(false), draft())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIssue(t *testing.T) {
	s := issued(t)
	if s.Verdict != VerdictConditions || len(s.Conditions) != 1 || s.Conditions[0].Text != "Look into fast decisions" {
		t.Errorf("conditions %+v", s.Conditions)
	}
	if s.ValidUntil != "2027-11-23" || s.Issued.Nanosecond() != 0 || !s.Sample {
		t.Errorf("valid until %s, issued %s", s.ValidUntil, s.Issued)
	}
	if len(s.Policies) != 1 || s.Policies[0].Ref != "POL-0001" ||
		s.Policies[0].ApprovedBy != "recorded as approved by Cy Example, Chief Executive" {
		t.Errorf("policies %+v", s.Policies)
	}
	if s.Assessment.Risks != 1 || s.Assessment.HighestScore != 10 || s.Assessment.AboveAppetite != 1 {
		t.Errorf("assessment %+v", s.Assessment)
	}
	if g := s.Gates[0]; g.Named != 2 || g.MaxAgreementPct != 98 || g.MedianSeconds != 184 || g.ByOfficer != 399 ||
		g.Agreed != 380 {
		t.Errorf("gate %+v", g)
	}
	if len(s.Documents) != 1 || s.Documents[0].Ref != "EV-0002" {
		t.Errorf("documents %+v", s.Documents)
	}
	if s.Findings[0].Code != "OVR-01" || s.Findings[3].Untested == "" ||
		s.Findings[1].Said[0].Class != "an agreed exception" {
		t.Errorf("findings %+v", s.Findings)
	}
	if s.Workflow.Owner != "Ada Example" || s.Workflow.DataUsed != "the form; the fee" {
		t.Errorf("workflow %+v", s.Workflow)
	}
	if e := s.Evidence; e.Released != 400 || e.DecidedFirst != 391 || e.Accounts != 3 || len(e.Months) != 2 ||
		!reflect.DeepEqual(s.LeftOut, LeftOut{Refused: 1, Repeated: 2, Stated: 425, Read: 423, Missing: 2}) ||
		len(s.Declarations) != 2 {
		t.Errorf("evidence %+v, left out %+v", e, s.LeftOut)
	}
	if s.Assessor().JobTitle != "Data Protection Officer" || s.Approver().PersonID != "p-ce" || s.Format != FormatName {
		t.Errorf("signatures %+v", s.Signatures)
	}
	sound := report(false)
	sound.Areas[2].Results = sound.Areas[2].Results[:1]
	sound.Areas[2].Applicable = 1
	d := draft()
	d.Conditions = nil
	if s, err := Issue(facts(), sound, d); err != nil || s.Verdict != VerdictMet {
		t.Errorf("everything met: %s %v", s.Verdict, err)
	}
	// What was explained is no condition, and no clean page either.
	but := report(false)
	but.Areas[2].Results = append(but.Areas[2].Results[:1:1], but.Areas[2].Results[2])
	but.Areas[2].Applicable = 2
	if s, err := Issue(facts(), but, d); err != nil || s.Verdict != VerdictExceptions {
		t.Errorf("held but for explained cases: %s %v", s.Verdict, err)
	}
}

func TestIssueRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		facts    func(*assurance.Facts)
		draft    func(*Draft)
		blocking bool
		want     string
	}{
		"blocking_requirement_not_met": {nil, nil, true, "Officers took the time: not held. 3 were faster."},
		"paused_workflow": {
			func(f *assurance.Facts) { f.Workflow.Lifecycle = workflow.LifecyclePaused }, nil, false, "is paused",
		},
		"proposed_workflow": {
			func(f *assurance.Facts) { f.Workflow.Lifecycle = workflow.LifecycleProposed }, nil, false,
			"is proposed",
		},
		"no_condition": {
			nil, func(d *Draft) { d.Conditions = nil }, false, "name who will put it right",
		},
		"condition_without_owner": {
			nil, func(d *Draft) { d.Conditions[0].OwnerID = "" }, false, "name who will put it right",
		},
		"condition_without_day": {nil, func(d *Draft) { d.Conditions[0].Due = "" }, false, "by when"},
		"condition_due_today": {
			nil, func(d *Draft) { d.Conditions[0].Due = "2026-11-23" }, false, "has to be after today",
		},
		"condition_due_after_the_end": {
			nil, func(d *Draft) { d.Conditions[0].Due = "2028-01-01" }, false,
			"not after the certificate's last day",
		},
		"condition_for_what_is_met": {
			nil, func(d *Draft) { d.Conditions = append(d.Conditions, Condition{Requirement: "POL-R01"}) }, false,
			"needs no condition",
		},
		"condition_for_nothing": {
			nil, func(d *Draft) { d.Conditions = append(d.Conditions, Condition{Requirement: "X"}) }, false,
			"no requirement",
		},
		"condition_twice": {
			nil, func(d *Draft) { d.Conditions = append(d.Conditions, d.Conditions[0]) }, false, "two conditions",
		},
		"assessor_approves": {nil, func(d *Draft) { d.Approver = d.Assessor }, false, "cannot approve"},
		"nobody_approves": {
			nil, func(d *Draft) { d.Approver = Signature{} }, false, "Name the approver",
		},
		"valid_for_more_than_a_year": {
			nil, func(d *Draft) { d.ValidUntil = "2027-11-24" }, false, "at most twelve months",
		},
		"valid_until_yesterday":  {nil, func(d *Draft) { d.ValidUntil = "2026-11-22" }, false, "after today"},
		"number_of_another_form": {nil, func(d *Draft) { d.Number = "7" }, false, "GC-2026-0007"},
		"both_sign_with_one_key": {nil, func(d *Draft) { d.Approver.Key = d.Assessor.Key }, false, "two keys"},
		"assessor_without_key":   {nil, func(d *Draft) { d.Assessor.Key = "" }, false, "a key"},
		"supersedes_itself":      {nil, func(d *Draft) { d.Supersedes = d.Number }, false, "is another one"},
		"register_without_a_log": {nil, func(d *Draft) { d.Log.Root = "" }, false, "log"},
		"source_that_was_never_digested": {
			func(f *assurance.Facts) { f.Sources[0].SHA256 = "" }, nil, false, "SHA-256",
		},
		"organisation_that_has_no_name": {
			func(f *assurance.Facts) { f.Organisation.Name = "" }, nil, false, "has a name",
		},
		"validity_beyond_a_year_by_habit": {
			func(f *assurance.Facts) { f.Organisation.CertificateMonths = 24 }, nil, false, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, d := facts(), draft()
			if c.facts != nil {
				c.facts(&f)
			}
			if c.draft != nil {
				c.draft(&d)
			}
			s, err := Issue(f, report(c.blocking), d)
			if c.want == "" {
				if err != nil || s.ValidUntil != "2027-11-23" {
					t.Errorf("valid until %s, %v", s.ValidUntil, err)
				}
				return
			}
			if err == nil || !reflect.DeepEqual(s, Statement{}) {
				t.Fatal("issued")
			}
			all := err.Error()
			for _, x := range err.(*fault.Error).Fields {
				all += "\n" + x.Message
			}
			if !strings.Contains(all, c.want) {
				t.Errorf("got %s, want %q", all, c.want)
			}
		})
	}
	f, d := facts(), draft()
	f.Workflow.Lifecycle = workflow.LifecyclePaused
	d.Conditions, d.Approver = nil, Signature{}
	_, err := Issue(f, report(true), d)
	if e := err.(*fault.Error); e.Code != fault.CodeConflict || len(e.Fields) != 3 {
		t.Errorf("every reason at once: %+v", e.Fields)
	}
}

func TestFormat(t *testing.T) {
	s := issued(t)
	b, err := Format(s)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Golden(t, "testdata/statement-2.json", b) // where it differs, that is a new format
	for file, b := range statements(t) {
		back, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Format(back)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: Format(Parse(x)) is not x: %v", file, err)
		}
		digest, err := back.Digest()
		if err != nil || digest != DigestOf(b) || len(digest) != 64 {
			t.Errorf("%s: digest %s, %v", file, digest, err)
		}
	}
	// What the package comment shows is how it begins.
	src, err := os.ReadFile("certificate.go")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(src), "It begins:\n//\n")
	example, _, ok2 := strings.Cut(example, "//\n// Every edition")
	if !ok || !ok2 {
		t.Fatal("the package comment has no example")
	}
	if example = strings.ReplaceAll(example, "//\t", ""); !strings.HasPrefix(string(b), example) {
		t.Errorf("the package comment shows\n%s", example)
	}
}

// statements are the examples of both versions.
func statements(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, file := range []string{"statement.json", "statement-2.json", "statement-2-first.json"} {
		b, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		out[file] = b
	}
	return out
}

// TestFirst reads a statement of version 1: what it says stays as it was said.
func TestFirst(t *testing.T) {
	s, err := Parse(statements(t)["statement.json"])
	if err != nil {
		t.Fatal(err)
	}
	if s.Format != FormatFirst || s.Assessor().Name != "Dee Example" || s.Approver().JobTitle != "Chief Executive" ||
		s.Gates[0].Named != 2 || s.Requirements[3].Status != "not_met" || s.Evidence.Released != 0 ||
		s.Findings[1].Open != 3 {
		t.Errorf("%+v", s)
	}
	s.Requirements[3].Status = "held_but_for"
	if _, err := Format(s); err == nil {
		t.Error("version 1 says what it has no word for")
	}
}

// TestCounts changes one figure of a statement at a time: what does not add up
// is refused.
func TestCounts(t *testing.T) {
	for name, change := range map[string]func(*Statement){
		"a finding made to vanish":       func(s *Statement) { s.Findings[1].Explained = 8 },
		"a finding made settled":         func(s *Statement) { s.Findings[2].Open, s.Findings[2].Explained = 2, 1 },
		"held with findings":             func(s *Statement) { s.Requirements[4].Status = "held" },
		"held but for what is open":      func(s *Statement) { s.Requirements[3].Status = "held_but_for" },
		"more explained than found":      func(s *Statement) { s.Findings[1].Said[0].Findings = 10 },
		"more tested than there is":      func(s *Statement) { s.Findings[0].Tested = 401 },
		"more released than at gates":    func(s *Statement) { s.Evidence.Released++ },
		"more decided first":             func(s *Statement) { s.Evidence.DecidedFirst++ },
		"decided first, never released":  func(s *Statement) { s.Gates[0].DecidedFirst = 401 },
		"officers that are not named":    func(s *Statement) { s.Gates[0].Named = 3 },
		"months with more runs":          func(s *Statement) { s.Evidence.Months[1].Runs = 321 },
		"a month twice":                  func(s *Statement) { s.Evidence.Months[1].Month = "2026-10" },
		"exceptions called met":          func(s *Statement) { s.Verdict = VerdictExceptions },
		"a signature that is not needed": func(s *Statement) { s.Signatures = s.Signatures[:1] },
		"signatures in another order": func(
			s *Statement,
		) {
			s.Signatures[0], s.Signatures[1] = s.Signatures[1], s.Signatures[0]
		},
		"a root of another form": func(s *Statement) { s.Root = "root" },
	} {
		t.Run(name, func(t *testing.T) {
			s := issued(t)
			change(&s)
			if _, err := Format(s); fault.CodeOf(err) != fault.CodeInvalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for file, b := range statements(t) {
		t.Run(file, func(t *testing.T) { parseRefuses(t, string(b)) })
	}
}

func parseRefuses(t *testing.T, text string) {
	other := "assay-certificate/9"
	if strings.Contains(text, FormatFirst) {
		other = FormatName
	}
	for name, bad := range map[string]string{
		"empty":                  "",
		"not_json":               "%PDF-1.7",
		"truncated":              text[:len(text)/2],
		"no_line_feed_at_end":    strings.TrimSuffix(text, "\n"),
		"more_after_the_end":     text + "{}\n",
		"crlf":                   strings.ReplaceAll(text, "\n", "\r\n"),
		"byte_order_mark":        "\xef\xbb\xbf" + text,
		"compact":                strings.Join(strings.Fields(text), " "),
		"other_format":           strings.Replace(strings.Replace(text, FormatName, other, 1), FormatFirst, other, 1),
		"unknown_member":         strings.Replace(text, `"sample": true,`, `"sample": true,`+"\n"+`  "extra": 1,`, 1),
		"member_twice":           strings.Replace(text, `"sample": true,`, `"sample": true,`+"\n"+`  "sample": true,`, 1),
		"member_missing":         strings.Replace(text, "  \"sample\": true,\n", "", 1),
		"other_case_of_a_member": strings.Replace(text, `"sample"`, `"Sample"`, 1),
		"escaped_letter":         strings.Replace(text, "Exampleton", `\u0045xampleton`, 1),
		"number_as_float":        strings.Replace(text, `"percent": 90`, `"percent": 90.0`, 1),
		"null_for_a_list":        strings.Replace(text, `"subjects": []`, `"subjects": null`, 1),
		"time_in_another_zone":   strings.Replace(text, `"issued": "2026-11-23T09:30:00Z"`, `"issued": "2026-11-23T10:30:00+01:00"`, 1),
		"time_with_fractions":    strings.Replace(text, `"issued": "2026-11-23T09:30:00Z"`, `"issued": "2026-11-23T09:30:00.5Z"`, 1),
		"verdict_made_better":    strings.Replace(text, `"verdict": "met_with_conditions"`, `"verdict": "met"`, 1),
		"area_counts_made_up":    strings.Replace(text, `"met": 1`, `"met": 2`, 1),
		"condition_removed":      strings.Replace(text, `"requirement": "OVR-R06"`, `"requirement": "OVR-R05"`, 1),
		"valid_for_ever":         strings.Replace(text, `"valid_until": "2027-11-23"`, `"valid_until": "2099-11-23"`, 1),
		"not_utf8":               strings.Replace(text, "Exampleton", "Exampl\xffton", 1),
		"deep_nesting":           strings.Repeat("[", 1_000_000),
		"huge":                   strings.Repeat(" ", MaxBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			if bad == text {
				t.Fatal("the test changed nothing")
			}
			if _, err := Parse([]byte(bad)); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A changed byte is refused or gives another statement with another digest; it
// is never read as what it was.
func TestMangledStatements(t *testing.T) {
	for _, b := range statements(t) {
		mangled(t, b)
	}
}

func mangled(t *testing.T, b []byte) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		m := bytes.Clone(b)
		m[i] ^= 1 << r.IntN(8)
		s, err := Parse(m)
		if err != nil {
			continue
		}
		if d, err := s.Digest(); err != nil || d == DigestOf(b) || d != DigestOf(m) {
			t.Fatalf("byte %d: digest %s, %v", i, d, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range statements(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		if again, err := Format(s); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("read, but not written back the same: %v", err)
		}
	})
}

func TestFormatLeavesItsArgumentAlone(t *testing.T) {
	s := issued(t)
	s.Requirements[0].Subjects = nil
	s.Workflow.Purpose = "bad \xff byte"
	if _, err := Format(s); err != nil {
		t.Fatal(err)
	}
	if s.Requirements[0].Subjects != nil || s.Workflow.Purpose != "bad \xff byte" {
		t.Error("formatting changed the statement")
	}
}

// life is a certificate that was issued just now.
func life(t *testing.T) Certificate {
	t.Helper()
	s := issued(t)
	digest, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return Certificate{
		Number: s.Number, WorkflowID: "w", Status: StatusIssued, Digest: digest, Issued: s.Issued,
		ValidUntil: s.ValidUntil,
	}
}

func TestLife(t *testing.T) {
	c := life(t)
	happens := func(e Event, err error) Certificate {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c.After(e)
	}
	if len(c.Digest) != 64 {
		t.Errorf("%+v", c)
	}
	last := time.Date(2027, 11, 23, 23, 59, 59, 0, time.UTC)
	if c.StatusAt(last) != StatusNotApproved {
		t.Errorf("before it is approved it is %s", c.StatusAt(last))
	}
	if cur, ok := Current([]Certificate{c}); ok {
		t.Errorf("one that nobody approved is current: %+v", cur)
	}
	c = c.After(Event{Kind: EventCountersigned, At: now, Detail: "d0"})
	if c.StatusAt(last) != StatusIssued || c.StatusAt(last.Add(time.Second)) != StatusExpired {
		t.Error("it holds to the end of its last day and no longer")
	}
	s := happens(c.Supersede("GC-2026-0008", "Ada", now))
	if s.StatusAt(last.AddDate(1, 0, 0)) != StatusSuperseded || s.SupersededOn != civil.Of(now) ||
		s.SupersededBy != "GC-2026-0008" {
		t.Errorf("%+v", s)
	}
	if _, err := s.Supersede("GC-2026-0009", "Ada", now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("superseded twice: %v", err)
	}
	if _, err := c.Supersede(c.Number, "Ada", now); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("superseded by itself: %v", err)
	}
	e, err := s.Revoke("Cy", "Evidence was withdrawn", now)
	r := s.After(e)
	if err != nil || r.StatusAt(last) != StatusRevoked || r.RevokedBy != "Cy" || r.RevokedOn != civil.Of(now) {
		t.Errorf("a superseded certificate is revoked: %+v %v", r, err)
	}
	if _, err := r.Revoke("Cy", "Once more please", now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("revoked twice: %v", err)
	}
	if _, err := r.Supersede("GC-2026-0009", "Ada", now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("a revoked certificate is superseded: %v", err)
	}
	if x := r.After(Event{Kind: EventSuperseded, At: now, Detail: "GC-2026-0010"}); x.Status != StatusRevoked {
		t.Errorf("a recorded superseding makes a revoked certificate %s", x.Status)
	}
	for _, reason := range []string{"", "no"} {
		if _, err := c.Revoke("Cy", reason, now); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("revoked for %q: %v", reason, err)
		}
	}
	if a := c.After(Event{Kind: EventCountersigned, At: now, Detail: "d1"}).After(
		Event{Kind: EventTimestamped, Detail: "d2"},
	); !a.Approved ||
		!a.Timestamped || a.Completed || a.Document != "d2" || a.Status != StatusIssued {
		t.Errorf("%+v", a)
	}
	later := c
	later.Number, later.Issued = "GC-2026-0008", c.Issued.Add(time.Hour)
	if cur, ok := Current([]Certificate{c, later, r}); !ok || cur.Number != "GC-2026-0008" {
		t.Errorf("current is %s", cur.Number)
	}
	pending := later
	pending.Approved = false
	for name, x := range map[string]struct {
		next Certificate
		all  []Certificate
		want int
		ok   bool
	}{
		"the one before": {later, []Certificate{c, later}, 1, true},
		"one that was never approved": {
			later,
			[]Certificate{c, {Number: "GC-2026-0003", WorkflowID: "w", Status: StatusIssued, Issued: c.Issued}, later},
			2, true,
		},
		"ended ones stay as they are": {later, []Certificate{r, later}, 0, true},
		"another workflow's stay": {
			later, []Certificate{{Number: "GC-2026-0003", WorkflowID: "x", Status: StatusIssued}, later}, 0, true,
		},
		"an older one after a newer":    {c, []Certificate{c, later}, 0, false},
		"an older one before a pending": {c, []Certificate{c, pending}, 0, true},
	} {
		got, err := Replaced(x.all, x.next)
		if len(got) != x.want || (err == nil) != x.ok {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if cur, ok := Current([]Certificate{r}); ok {
		t.Errorf("a revoked certificate is current: %+v", cur)
	}
}
