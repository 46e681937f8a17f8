package oscal

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/standard"
)

var assessment = Assessment{
	Register: "019d4321-0000-7000-8000-000000000001", Reference: "WF-0003", Workflow: "Housing repairs\ntriage",
	Organisation: "Example Council",
	Rules:        "2026-11-28", At: time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC),
	Answers: []Answer{
		{
			Code: "POL-R1", Title: "A policy applies", Status: "met", Reason: "POL-0001 applies.",
			Controls: []string{"iso:5.2", "A.2.2"},
		},
		{
			Code: "OVR-R1", Title: "A person decides", Status: "held", Reason: "All.", Controls: []string{"A.9.2"},
			Counts: &Counts{Of: 260, Tested: 260},
		},
		{
			Code: "OVR-R2", Title: "A named officer decides", Status: "held_but_for", Reason: "9 were explained.",
			Controls: []string{"A.9.2", "gdpr:22A"}, Counts: &Counts{Of: 260, Tested: 260, Short: 9, Settled: 9},
		},
		{
			Code: "OVR-R3", Title: "In time", Status: "not_shown", Reason: "  ",
			Controls: []string{"1.3", "iso:9.1"}, Counts: &Counts{Of: 260},
		},
		{
			Code: "RSK-R1", Title: "Risks are accepted", Status: "not_met", Reason: "Nobody did.",
			Controls: []string{"iso:9.1", "iso:6.1.2"},
		},
		{
			Code: "OVR-R4", Title: "Nothing leaves before", Status: "not_held", Reason: "60 did.",
			Controls: []string{"P4"}, Counts: &Counts{Of: 1 << 60, Tested: 1 << 60, Short: 60},
		},
		{Code: "TRN-R1", Title: "Published", Status: "not_applicable", Reason: "Not public.", Controls: []string{"P9"}},
	},
}

// TestFormat holds what is written to what OSCAL's readers ask for (see build/conformance)
// and each state to its answer.
func TestFormat(t *testing.T) {
	b, err := Format(assessment)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := Format(assessment); !bytes.Equal(again, b) {
		t.Error("the same assessment is written in two ways")
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	state := map[string]string{}
	for _, f := range d.Results.Results[0].Findings {
		state[f.Target.ID] = f.Target.Status.State + " " + f.Target.Status.Reason
		if len(f.Related) == 0 {
			t.Errorf("%s leads to no observation", f.Target.ID)
		}
	}
	for id, want := range map[string]string{
		"iso42001-5.2": "satisfied pass", "iso42001-A.2.2": "satisfied pass",
		"iso42001-A.9.2": "not-satisfied held-but-for",
		"gdpr-22A":       "not-satisfied held-but-for", "item-1.3": "not-satisfied not-shown",
		"iso42001-9.1":   "not-satisfied fail",
		"iso42001-6.1.2": "not-satisfied fail", "P4": "not-satisfied fail", "P9": "",
	} {
		if state[id] != want {
			t.Errorf("%s is %q, want %q", id, state[id], want)
		}
	}
	uuids := regexp.MustCompile(`"uuid": "([^"]+)"`).FindAllSubmatch(b, -1)
	seen := map[string]bool{}
	for _, u := range uuids {
		if s := string(u[1]); s[14] != '5' || seen[s] {
			t.Errorf("%s is no UUID of version 5, or stands there twice", s)
		} else {
			seen[s] = true
		}
	}
	if !bytes.Contains(b, []byte(`"value": "1152921504606846976"`)) {
		t.Error("a count is not exact text")
	}
	for _, bad := range []string{"\\n", `""`, `": " `, " \"\n", "[]", "null"} {
		if strings.Contains(string(b), bad) {
			t.Errorf("it holds %q, which is refused", bad)
		}
	}
	t.Run("an_answer_that_is_none_is_no_finding", func(t *testing.T) {
		bad := assessment
		bad.Answers = []Answer{{Code: "X", Status: "fine", Controls: []string{"P4"}}}
		if _, err := Format(bad); fault.CodeOf(err) != fault.CodeInternal {
			t.Error(err)
		}
		bad.Answers = nil
		if _, err := Format(bad); fault.CodeOf(err) != fault.CodeConflict {
			t.Error(err)
		}
	})
}

func TestIdentifier(t *testing.T) {
	token := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	seen := map[string]string{}
	for _, f := range standard.Families() {
		for _, i := range standard.Items(f) {
			id := Identifier(i.Ref())
			if !token.MatchString(id) || seen[id] != "" {
				t.Errorf("%s is %q, like %q", i.Ref(), id, seen[id])
			}
			seen[id] = i.Ref()
		}
	}
}

// TestFormatComponent writes what is declared, each control once, in its own standard, and
// never more than was declared.
func TestFormatComponent(t *testing.T) {
	d := Declared{
		Register: assessment.Register, Organisation: "Example\nCouncil", At: assessment.At,
		Rows: []DeclaredControl{
			{Ref: "A.9.2", Applicable: true, State: standard.Implemented, Why: "People decide.", Approved: true},
			{Ref: "A.9.3", Applicable: true, State: standard.NotStarted, Gap: "All of it."},
			{Ref: "A.9.4", Why: "Not ours."},
			{Ref: "27001:A.5.1", Applicable: true, State: standard.Partly},
			{Ref: "Z.1", Applicable: true, State: standard.Implemented},
		},
	}
	b, err := FormatComponent(d)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := FormatComponent(d); !bytes.Equal(again, b) {
		t.Error("the same declaration is written in two ways")
	}
	var out definitionDocument
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range out.Definition.Components {
		for _, i := range c.Implementations {
			for _, r := range i.Requirements {
				if got[r.ID] != "" {
					t.Errorf("%s stands twice", r.ID)
				}
				for _, p := range r.Props {
					got[r.ID] += p.Name + "=" + p.Value + " "
				}
			}
		}
	}
	for id, want := range map[string]string{
		"iso42001-A.9.2": "declared=implemented approved=yes implementation-status=implemented ",
		"iso42001-A.9.3": "declared=not-started approved=no ",
		"iso42001-A.9.4": "declared=not-applicable approved=no implementation-status=not-applicable ",
	} {
		if got[id] != want {
			t.Errorf("%s: %q", id, got[id])
		}
	}
	if len(got) != 4 {
		t.Errorf("%d controls", len(got))
	}
	if _, err := FormatComponent(Declared{Register: assessment.Register}); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("nothing declared: %v", err)
	}
}
