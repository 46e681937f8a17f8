package flow

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/workflow"
)

func TestAll_suggest_and_claim_nothing(t *testing.T) {
	if n := len(All()); n < 20 {
		t.Fatalf("%d flows", n)
	}
	used := map[string]bool{}
	for _, f := range All() {
		t.Run(f.ID, func(t *testing.T) {
			for _, h := range f.Harms {
				for _, id := range h.Studies {
					used[id] = true
				}
			}
			switch {
			case len(f.Harms) < 2 || len(f.DPIA) == 0 || len(f.Equality) == 0 || len(f.Law) == 0:
				t.Error("harms, questions or law are missing")
			case len(f.Reviews) != 3 || len(f.Training) == 0 || len(f.Seeded) == 0 || f.Benefit.Measure == "":
				t.Error("reviews, training, seeded cases or a measure of benefit are missing")
			case f.Notice == "" || f.ATRS.Scope == "" || f.ATRS.Human == "":
				t.Error("wording is missing")
			case f.Account.SpecialData && f.Condition == "":
				t.Error("special category data without a condition to look at")
			}
			w := f.Begin()
			w.Name = f.Name
			if err := w.Validate(); err != nil {
				t.Error(err)
			}
			if lack := w.Account.Missing(); len(lack) > 0 {
				t.Errorf("the account lacks %v", lack)
			}
			if len(w.Roster) > 0 || w.OwnerID != "" || len(w.KSB.Activities) > 0 {
				t.Error("the flow brought people or a log's words with it")
			}
			c := w.Confirmed()
			if n := len(c.Account.Missing()); n != 7 {
				t.Errorf("%d of 7 parts of the account are missing before anything is confirmed", n)
			}
			for i, g := range w.Gates {
				if g.HowOverseen() != f.Gates[i].Pattern {
					t.Errorf("the gate %s begins as %q, not %q", g.Key, g.HowOverseen(), f.Gates[i].Pattern)
				}
				if g.Enforcement != workflow.NotEnforced || len(g.Officers) > 0 || g.Evidence != "" {
					t.Errorf("the gate %s claims something", g.Key)
				}
				floor := w.FloorOf()
				if g.MinReviewSeconds < floor.MinReviewSeconds || g.MaxStreak > floor.MaxStreak ||
					g.MaxAgreement > floor.MaxAgreement {
					t.Errorf("the gate %s is looser than what still says something (%s)", g.Key, floor.Kind)
				}
			}
			for _, r := range f.Risks() {
				if r.Inherent.Likelihood != 0 || r.Current.Likelihood != 0 || r.OwnerID != "" {
					t.Errorf("%s comes rated", r.CatalogueID)
				}
			}
		})
	}
	for _, s := range studies() {
		if !used[s.ID] {
			t.Errorf("no flow names the study %s", s.ID)
		}
	}
}

func TestAll_every_pattern_is_suggested_by_some_flow(t *testing.T) {
	var have []workflow.Pattern
	for _, f := range All() {
		have = append(have, f.Patterns()...)
	}
	for _, p := range workflow.Patterns {
		if !slices.Contains(have, p) {
			t.Errorf("no flow suggests %s", p)
		}
	}
}

func TestWrite_reads_back_as_it_was(t *testing.T) {
	for _, f := range All() {
		data, err := f.Write()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", f.ID, err)
		}
		again, err := back.Write()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s is another once it was written and read (%v)", f.ID, err)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	f, _ := Of("foi-eir")
	whole, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	alter := func(old, new string) string {
		if !strings.Contains(string(whole), old) {
			t.Fatalf("the flow does not hold %q", old)
		}
		return strings.Replace(string(whole), old, new, 1)
	}
	cases := map[string]struct{ text, says string }{
		"an officer": {
			alter("role: Information officer", "role: Information officer\n    officers: [j.doe]"),
			"officers",
		},
		"an enforcement": {
			alter("role: Information officer", "role: Information officer\n    enforcement: technical"),
			"enforcement",
		},
		"another format":     {alter("assay: flow/1", "assay: flow/9"), "flow/9"},
		"an unknown pattern": {alter("pattern: each_run", "pattern: sometimes"), "sometimes"},
		"an unknown risk":    {alter("risk: R11", "risk: R99"), "R99"},
		"an unknown study":   {alter("- review-of-documents", "- nobody-2020"), "nobody-2020"},
		"an unknown basis":   {alter("basis: legal_obligation", "basis: because"), "because"},
		"a long text": {
			alter("service: Information governance", "service: "+strings.Repeat("x", 601)),
			"longer than",
		},
		"a hidden mark":    {alter("service: Information governance", "service: \"a\\u202eb\""), "no page can show"},
		"two documents":    {string(whole) + "---\nassay: flow/1\n", "second document"},
		"no YAML":          {"a: [b", "no flow"},
		"nothing":          {"", "no flow"},
		"another encoding": {"name: caf\xe9", "UTF-8"},
		"too much":         {strings.Repeat("#", MaxBytes+1), "larger than"},
		"a bomb of aliases": {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b]\n",
			"no flow"},
		"no gate":        {alter("decides: What is disclosed", "decides: Y"), ""}, // sound: only words differ
		"an empty name":  {alter("name: FOI and EIR requests", "name: \"\""), "empty"},
		"a wrong period": {alter("every_months: 12", "every_months: 0"), "months"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text))
			if c.says == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || fault.CodeOf(err) != fault.CodeUnreadable || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestFromWorkflow_gives_nobody_away(t *testing.T) {
	f, _ := Of("parking-appeals")
	w := f.Begin()
	w.Name, w.OwnerID, w.Platform, w.Supplier = "Appeals", "person-1", "Example platform", "Example Ltd"
	w.Roster = []workflow.Login{{Account: "j.doe", Kind: workflow.LoginOfficer}}
	w.Gates[0].Officers, w.Gates[0].Enforcement, w.Gates[0].Evidence = []string{"j.doe"}, workflow.EnforcedTechnically,
		"seen by j.doe"
	data, err := FromWorkflow(w, "our-appeals", f).Write()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"j.doe", "person-1", "Example", "technical"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the flow holds %q", secret)
		}
	}
	back, err := Read(bytes.NewReader(data))
	if err != nil || back.ID != "our-appeals" || len(back.Harms) != len(f.Harms) {
		t.Errorf("%v, %+v", err, back)
	}
}

func TestText_names_all_that_a_person_needs(t *testing.T) {
	for _, f := range All() {
		text := f.Text()
		for _, s := range append([]string{f.Notice, f.Benefit.Measure, f.Account.Purpose, f.Harms[0].Harm}, f.DPIA...) {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), s) {
				t.Errorf("%s: the text lacks %q", f.ID, s)
			}
		}
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 110 {
				t.Errorf("%s: a line of %d columns", f.ID, n)
			}
		}
	}
}
