package letter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func housing() Case {
	return Case{
		Organisation: organisation.Organisation{Name: "Exampleton Council", Contact: "dpo@exampleton.example"},
		Workflow: &workflow.Workflow{
			Ref:  "WF-0001",
			Name: "Housing repairs",
			Account: workflow.Account{
				Purpose:    "It sorts reports",
				HowItWorks: "By what the report says",
				Challenge:  "Write to us",
			},
		},
		Run:    &run.Record{RunID: "R-1", Started: noon, Ended: noon.Add(time.Minute)},
		Source: "IMP-0001",
		File:   "repairs.csv",
		Today:  "2026-03-03",
	}
}

// TestDraft: what the record lacks is marked in the letter and told to the officer.
func TestDraft(t *testing.T) {
	c := housing()
	flat := func(l Letter) string { return strings.Join(strings.Fields(string(l.Text())), " ") }
	text := flat(Draft(c))
	for _, want := range []string{
		"worked on your case from 2 March 2026 at 12:00 to 2 March 2026 at 12:01. All times are UTC.",
		"[To be written: who decided, and when.]",
		"Not recorded: who decided, and when.",
		"The record of the run holds no output of the AI",
		"The record shows 0 decisions by a person.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	c.Run.Outputs = []run.Output{{Recommendation: "refuse\x07 it.\nNow"}}
	if text := flat(Draft(c)); !strings.Contains(text, "it proposed: “refuse it. Now”.") {
		t.Error("imported text is not quoted as one line:", text)
	}
	if Draft(c).IsDraft() == (Edit{}).Letter("", "", "", false).IsDraft() {
		t.Error("a draft and an edited letter look alike")
	}
}

// TestCheck: every mark of a draft keeps the letter from being sent.
func TestCheck(t *testing.T) {
	sound := Edit{
		Greeting: "Dear Ms Okafor,",
		Parts:    []EditedPart{{Heading: "Why", Body: "Because."}},
		Close:    "Ada Holt",
		Checked:  true,
	}
	if err := sound.Check(); err != nil {
		t.Fatal(err)
	}
	for _, mark := range marks {
		e := sound
		e.Parts = []EditedPart{{Heading: "Why", Body: "We say " + mark + " that."}}
		var f *fault.Error
		if err := e.Check(); !errors.As(err, &f) ||
			!slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == "parts[0].body" }) {
			t.Errorf("%s: %v", mark, err)
		}
	}
}

func decided(code run.DecisionCode, account string, at time.Time, known run.Precision) run.Decision {
	return run.Decision{Gate: "officer", Account: account, Code: code, Decided: at, Precision: known}
}

// TestDraft_who: a letter names roles, and makes no officer of an account that is none.
func TestDraft_who(t *testing.T) {
	c := housing()
	c.Workflow.Gates = []workflow.Gate{{
		Key: "officer", Title: "Officer decides", Decides: "How urgent it is", Role: "Repairs officer",
	}}
	c.Workflow.Roster = []workflow.Login{
		{Account: "j.shaw", Name: "Jo Shaw", Kind: workflow.LoginOfficer},
		{Account: "svc-repairs", Name: "Platform", Kind: workflow.LoginSystem},
		{Account: "desk", Name: "Front desk", Kind: workflow.LoginShared},
		{Account: "test1", Name: "Tester", Kind: workflow.LoginTest},
	}
	for name, x := range map[string]struct {
		account, has, hasNot string
		people               string
	}{
		"an officer": {
			"j.shaw", "How urgent it is: the repairs officer approved it on", "Shaw", "1 decision by a person",
		},
		"the system": {
			"svc-repairs", "names an account of the system itself. It shows no decision by a person",
			"officer approved", "0 decisions by a person",
		},
		"a shared account": {
			"desk", "an account that several people share", "officer approved", "0 decisions by a person",
		},
		"a test account": {"test1", "an account for tests", "officer approved", "0 decisions by a person"},
		"an unknown account": {
			"x.y", "[Somebody whom the register does not know] approved it", "repairs officer approved",
			"1 decision by a person",
		},
		"no account recorded": {
			"", "[Somebody whom the record does not name] approved it", "repairs officer approved",
			"1 decision by a person",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.Run = &run.Record{RunID: "R-1", Started: noon, Decisions: []run.Decision{
				decided(run.Approved, x.account, noon, run.ToSecond),
			}}
			l := Draft(c)
			text := strings.Join(strings.Fields(string(l.Text())), " ")
			if !strings.Contains(text, x.has) || strings.Contains(text, x.hasNot) || !strings.Contains(text, x.people) {
				t.Error(text)
			}
		})
	}
	c.Named = true
	c.Run.Decisions[0].Account = "j.shaw"
	if text := string(Draft(c).Text()); !strings.Contains(text, "Jo Shaw") {
		t.Error("names were asked for and left out:", text)
	}
}

// TestDraft_when: the letter's times are the person's own, and no more exact than the record's.
func TestDraft_when(t *testing.T) {
	c := housing()
	var err error
	if c.Zone, err = time.LoadLocation("Europe/London"); err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)
	c.Run.Started, c.Run.Ended = late, late.Add(time.Hour)
	text := string(Draft(c).Text())
	if !strings.Contains(strings.Join(strings.Fields(text), " "),
		"from 1 July 2026 at 00:30 to 1 July 2026 at 01:30. All times are local time.") {
		t.Error(text)
	}
	day := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	c.Run.Started, c.Run.Ended, c.Run.Precision = day, day, run.ToDay
	text = strings.Join(strings.Fields(string(Draft(c).Text())), " ")
	if !strings.Contains(text, "worked on your case on 30 June 2026.") || strings.Contains(text, "00:00") {
		t.Error(text)
	}
}

// TestDraft_proposal: what a person made of it is never said to be the AI's proposal.
func TestDraft_proposal(t *testing.T) {
	c := housing()
	c.Run.Outcome = "filed with corrections"
	c.Run.Outputs = []run.Output{{Recommendation: "filed with corrections"}}
	c.Run.Decisions = []run.Decision{decided(run.ApprovedWithEdits, "j.shaw", noon, run.ToSecond)}
	if text := string(Draft(c).Text()); strings.Contains(text, "it proposed") {
		t.Error(text)
	}
	c.Run.Outputs[0].Recommendation = "file as it is"
	if text := string(Draft(c).Text()); !strings.Contains(text, "it proposed: “file as it is”") {
		t.Error(text)
	}
}

// TestDraft_complaint: how to complain stands in it as the law of that day has it.
func TestDraft_complaint(t *testing.T) {
	c := housing()
	before := strings.Join(strings.Fields(string(Draft(c).Text())), " ")
	if !strings.Contains(before, "complain to the Information Commissioner's Office") ||
		strings.Contains(before, "30 days") {
		t.Error(before)
	}
	c.Today = "2026-06-19"
	if after := strings.Join(strings.Fields(string(Draft(c).Text())), " "); !strings.Contains(after, "within 30 days") {
		t.Error(after)
	}
}

// TestDraft_is_no_cleaner_than_the_certificate: what a test found on the run stands in
// the letter, and the letter cannot be sent before an officer has written beside it.
func TestDraft_is_no_cleaner_than_the_certificate(t *testing.T) {
	for _, test := range oversight.Tests {
		if !test.PerRun {
			continue
		}
		c := housing()
		c.Findings = []Finding{{Code: test.Code, Status: "explained", Detail: "d"}, {Code: test.Code}}
		words := foundWords[test.Code]
		text := strings.Join(strings.Fields(string(Draft(c).Text())), " ")
		letter, _, _ := strings.Cut(text, OfficerNotice)
		if words == "" || strings.Count(letter, "Our check of the record found that "+words+". [To be written: ") != 1 {
			t.Errorf("%s (%s) does not stand once in the letter: %s", test.Code, test.Title, letter)
		}
	}
}
