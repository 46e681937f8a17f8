package assurance

import (
	"slices"
	"testing"

	"assay/internal/workflow"
)

// sampled is the sound workflow with a drawn sample in the place of its gate.
func sampled() Facts {
	f := sound()
	g := &f.Workflow.Gates[0]
	g.Pattern, g.Terms = workflow.DrawnSample, workflow.Terms{PerWeek: 50}
	f.Findings = slices.DeleteFunc(f.Findings, func(c FindingCount) bool { return !f.asked(c.Code) })
	for _, code := range append(f.askedOf(ofPatterns...), f.askedOf("OVR-26", "OVR-27", "OVR-28")...) {
		f.Findings = append(f.Findings, FindingCount{Code: code})
	}
	return f
}

func TestWeakerPattern(t *testing.T) {
	status := func(f Facts, code string) Status { x, _ := Readiness(f).Result(code); return x.Status }
	t.Run("claims_no_decision_on_each_run", func(t *testing.T) {
		for code, want := range map[string]Status{
			"OVR-R03": StatusNotApplicable, "OVR-R10": StatusNotApplicable, "OVR-R12": StatusHeld,
			"OVR-R13": StatusHeld,
			"OVR-R04": StatusHeld,
		} {
			if got := status(sampled(), code); got != want {
				t.Errorf("%s is %s, want %s", code, got, want)
			}
		}
	})
	t.Run("without_runs_is_not_shown", func(t *testing.T) {
		f := sampled()
		f.Runs, f.Sources = RunFacts{}, nil
		for _, code := range []string{"OVR-R12", "OVR-R13"} {
			if got := status(f, code); got != StatusNotShown {
				t.Errorf("%s is %s with no runs", code, got)
			}
		}
	})
	t.Run("not_done_as_declared_blocks", func(t *testing.T) {
		f := sampled()
		f.finding("OVR-21", func(c *FindingCount) { c.Open = 1 })
		r := Readiness(f)
		if !slices.ContainsFunc(r.Blocking, func(x Result) bool { return x.Code == "OVR-R12" }) {
			t.Errorf("blocking are %v", r.Blocking)
		}
	})
	t.Run("a_declaration_that_lacks_its_terms_blocks_nothing_else", func(t *testing.T) {
		f := sampled()
		f.Workflow.Gates[0].Terms = workflow.Terms{}
		r := Readiness(f)
		if x, _ := r.Result("OVR-R01"); x.Status != StatusNotMet {
			t.Errorf("OVR-R01 is %s: %s", x.Status, x.Reason)
		}
		if len(r.Blocking) != 1 {
			t.Errorf("blocking are %v", r.Blocking)
		}
	})
	t.Run("what_was_held_to_each_run_before_still_counts", func(t *testing.T) {
		f := sampled()
		was := f.Workflow.Declared()
		was.Gates = slices.Clone(was.Gates)
		was.Gates[0].Pattern, was.Gates[0].Terms = "", workflow.Terms{}
		f.Workflow.Declarations = []workflow.Declaration{
			{Declared: was}, {From: "2026-11-01", Declared: f.Workflow.Declared()},
		}
		for _, code := range []string{"OVR-01", "OVR-02", "OVR-12"} {
			f.Findings = append(f.Findings, FindingCount{Code: code, Of: 100, Tested: 100})
		}
		f.finding("OVR-01", func(c *FindingCount) { c.Open = 3 })
		if got := status(f, "OVR-R03"); got != StatusNotHeld {
			t.Errorf("OVR-R03 is %s after a change to a weaker pattern", got)
		}
	})
}
