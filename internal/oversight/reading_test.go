package oversight

import (
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/testkit"
)

func TestReading(t *testing.T) {
	w := Workpaper{Plan: SamplePlan{Seed: "s", Confidence: 0.95, Tolerable: 0.05}, Population: 600, Size: 2, Drawn: 2,
		Strata: []StratumSample{{Runs: []RunRef{{RunID: "a"}}}, {Runs: []RunRef{{RunID: "b"}}}}}
	t.Run("a disagreement needs a note, and a run has to be in the sample", func(t *testing.T) {
		testkit.WantFault(t, Said{RunID: "a", Verdict: VerdictDisagree, Note: " "}.Check(w), fault.CodeInvalid)
		testkit.WantFault(t, Said{RunID: "a"}.Check(w), fault.CodeInvalid)
		testkit.WantFault(
			t,
			Said{RunID: "a", Verdict: VerdictAgree, Note: strings.Repeat("x", 10_001)}.Check(w),
			fault.CodeInvalid,
		)
		testkit.WantFault(t, Said{RunID: "c", Verdict: VerdictAgree}.Check(w), fault.CodeNotFound)
		if err := (Said{RunID: "b", Verdict: VerdictAgree}).Check(w); err != nil {
			t.Error(err)
		}
	})
	t.Run("a sample is signed off whole, with a conclusion", func(t *testing.T) {
		_, err := w.Conclude([]Said{{RunID: "a", Verdict: VerdictAgree}}, SignOff{Conclusion: "Fine."})
		testkit.WantFault(t, err, fault.CodeConflict)
		all := []Said{{RunID: "a", Verdict: VerdictAgree}, {RunID: "b", Verdict: VerdictDisagree, Note: "x"}}
		_, err = w.Conclude(all, SignOff{})
		testkit.WantFault(t, err, fault.CodeInvalid)
		s, err := w.Conclude(all, SignOff{Conclusion: "One letter was wrong."})
		if err != nil || s.Read != 2 || s.Deviations != 1 || s.UpperLimit != w.Plan.UpperLimit(600, 2, 1) ||
			s.UpperLimit < 0.5 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
