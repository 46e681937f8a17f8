package assurance

import (
	"slices"

	"assay/internal/oversight"
	"assay/internal/workflow"
)

// ofPatterns are the tests of what a weaker pattern of oversight asks for in the
// place of a decision on each run.
var ofPatterns = []string{"OVR-19", "OVR-20", "OVR-21", "OVR-22", "OVR-23", "OVR-24", "OVR-25"}

// asked tells whether one of these tests is asked for by a gate of the workflow, as
// it is declared now or was.
func (f Facts) asked(tests ...string) bool {
	return slices.ContainsFunc(tests, func(t string) bool { return oversight.Asked(&f.Workflow, oversight.Code(t)) })
}

// askedOf are those of these tests that are asked for.
func (f Facts) askedOf(tests ...string) []string {
	return slices.DeleteFunc(slices.Clone(tests), func(t string) bool { return !f.asked(t) })
}

// weaker tells whether some gate asks for less than a decision on each run, now or before.
func (f Facts) weaker() bool {
	return slices.ContainsFunc(f.Workflow.InForce(), func(d workflow.Declaration) bool {
		return slices.ContainsFunc(d.Gates, func(g workflow.Gate) bool { return g.HowOverseen().Weaker() })
	})
}

func patternHeld(f Facts) Answer {
	if !f.weaker() {
		return notApplicable("Each gate of this workflow asks for a person's decision on each run.")
	}
	tests := f.askedOf(ofPatterns...)
	if len(tests) == 0 { // a threshold: what is beyond it is held as each run would be
		return notApplicable("What has to come before a person is held to the rules on decisions.")
	}
	return f.shown("Samples, requests, alerts, contents and limits", tests...)
}

func patternQuestions(f Facts) Answer {
	if !f.weaker() {
		return notApplicable("Each gate of this workflow asks for a person's decision on each run.")
	}
	return f.shown("Gates that ask for less than a decision on each run", f.askedOf("OVR-26", "OVR-27", "OVR-28")...)
}
