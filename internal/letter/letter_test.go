package letter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/organisation"
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
		"worked on your case from 2 March 2026 at 12:00 (UTC) to 2 March 2026 at 12:01 (UTC)",
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
