package workflow

import (
	"math"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
)

func good() Workflow {
	return Workflow{
		Name: "Permit check", Lifecycle: LifecycleLive, LiveSince: "2026-01-15",
		Roster: []Login{{Account: "a", Kind: LoginOfficer}, {Account: "svc", Kind: LoginSystem}},
		Gates: []Gate{
			{
				Key:          "officer-decision",
				Title:        "Decision",
				Enforcement:  EnforcedTechnically,
				Officers:     []string{"a", "unlisted"},
				Prepare:      []string{"p"},
				Decide:       []string{"d"},
				Release:      []string{"r"},
				MaxAgreement: 0.98,
			},
		},
	}
}

func TestValidate(t *testing.T) {
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Workflow)
		want   string
	}{
		"name_is_needed": {func(w *Workflow) { w.Name = "" }, "name"},
		"lifecycle_is_one_of_the_list": {
			func(w *Workflow) { w.Lifecycle = "running" }, "where the workflow stands",
		},
		"live_says_since_when":        {func(w *Workflow) { w.LiveSince = "" }, "since when"},
		"account_twice_in_the_roster": {func(w *Workflow) { w.Roster = append(w.Roster, w.Roster[0]) }, "twice"},
		"account_without_a_kind":      {func(w *Workflow) { w.Roster[0].Kind = "" }, "Choose what the account"},
		"system_account_is_no_officer": {
			func(w *Workflow) { w.Gates[0].Officers = []string{"svc"} }, "system account and cannot be an officer",
		},
		"officer_twice": {
			func(w *Workflow) { w.Gates[0].Officers = []string{"a", "a"} }, "named twice",
		},
		"gate_key_in_capitals":   {func(w *Workflow) { w.Gates[0].Key = "Officer" }, "small letters"},
		"two_gates_with_one_key": {func(w *Workflow) { w.Gates = append(w.Gates, w.Gates[0]) }, "Two gates"},
		"activity_prepares_and_decides": {
			func(w *Workflow) { w.Gates[0].Decide = []string{"p"} }, "cannot be both",
		},
		"agreement_above_one": {func(w *Workflow) { w.Gates[0].MaxAgreement = 98 }, "between 0 and 1"},
		"agreement_that_is_no_number": {
			func(w *Workflow) { w.Gates[0].MaxAgreement = math.NaN() }, "between 0 and 1",
		},
		"negative_review_time": {
			func(w *Workflow) { w.Gates[0].MinReviewSeconds = -1 }, "minimum review time",
		},
		"change_of_something_else": {
			func(w *Workflow) { w.Changes = []Change{{Date: "2026-01-01", What: "weather", To: "x"}} },
			"workflow, model or prompt",
		},
		"one_activity_decides_at_two_gates": {
			func(w *Workflow) { g := w.Gates[0]; g.Key = "other"; w.Gates = append(w.Gates, g) },
			"belongs to one gate",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := good()
			c.change(&w)
			err := w.Validate()
			if err == nil {
				t.Fatal("accepted")
			}
			all := err.Error()
			for _, f := range err.(*fault.Error).Fields {
				all += "\n" + f.Message
			}
			if !strings.Contains(all, c.want) {
				t.Errorf("got %s, want %q", all, c.want)
			}
		})
	}
}

func TestMove(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	w := Workflow{Name: "W", Lifecycle: LifecycleProposed}
	for _, to := range []Lifecycle{LifecycleTrial, LifecycleLive, LifecyclePaused, LifecycleLive, LifecycleRetired} {
		var err error
		if w, err = w.Move(to, now); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 1, 0)
	}
	if w.LiveSince != "2026-12-23" {
		t.Errorf("live since %s: the first time counts", w.LiveSince)
	}
	if _, err := w.Move(LifecycleLive, now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("a retired workflow comes back: %v", err)
	}
}

func TestMissing(t *testing.T) {
	if got := (Account{Purpose: "yes"}).Missing(); len(got) != 7 {
		t.Errorf("one word is taken for an answer: %v", got)
	}
	full := Account{
		Purpose:       "It checks forms.",
		DataUsed:      []string{"form"},
		Decisions:     "Whether to register.",
		HowItWorks:    "It compares lists.",
		Limits:        "It never writes.",
		ChallengeTool: "Write to us.",
		Challenge:     "Use our complaints.",
	}
	if got := full.Missing(); len(got) != 0 {
		t.Errorf("missing %v", got)
	}
	if got := (KSB{Skills: []string{"x"}}).Missing(); strings.Join(got, ",") != "knowledge,behaviours" {
		t.Errorf("missing %v", got)
	}
	if got := good().Gates[0].Missing(); strings.Join(
		got,
		",",
	) != "what is decided,the responsible role,a minimum review time" {
		t.Errorf("missing %v", got)
	}
}
