package service

import (
	"context"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/store"
	"assay/internal/testkit"
)

// TestReadSample follows an officer and an assessor through a sample.
func TestReadSample(t *testing.T) {
	ctx := context.Background()
	now := time.Now().Add(time.Hour) // after the sample council was made
	s := openDemo(t, func() time.Time { return now })
	q := SampleRequest{
		Workflow: "housing-repairs",
		Officer:  "Chris Ibbotson",
		Plan:     oversight.SamplePlan{Seed: "x", Confidence: 0.6, Tolerable: 0.3},
	}
	plan := must(s.PlanSample(ctx, q))
	x := must(s.SampleRuns(ctx, q))
	if plan.Population != x.Workpaper.Population || plan.Size != x.Workpaper.Size || !strings.HasPrefix(x.Ref, "SMP-") {
		t.Fatalf("planned %+v, drew %d of %d as %q", plan, x.Workpaper.Size, x.Workpaper.Population, x.Ref)
	}
	var all []string
	for _, st := range x.Workpaper.Strata {
		for _, r := range st.Runs {
			all = append(all, r.RunID)
		}
	}
	t.Run("what was said is recorded, and replaced when it is said again", func(t *testing.T) {
		_, err := s.Say(ctx, x.Ref, oversight.Said{RunID: all[0], Verdict: oversight.VerdictDisagree})
		testkit.WantFault(t, err, fault.CodeInvalid)
		_, err = s.Say(ctx, x.Ref, oversight.Said{RunID: "no such run", Verdict: oversight.VerdictAgree})
		testkit.WantFault(t, err, fault.CodeNotFound)
		must(s.Say(ctx, x.Ref, oversight.Said{RunID: all[0], Verdict: oversight.VerdictAgree}))
		now = now.Add(30 * time.Second)
		again := must(
			s.Say(
				ctx,
				x.Ref,
				oversight.Said{RunID: all[0], Verdict: oversight.VerdictDisagree, Note: "The boiler was urgent."},
			),
		)
		if len(again.Said) != 1 || again.Said[0].By != "Chris Ibbotson" ||
			again.Said[0].Note != "The boiler was urgent." ||
			again.Said[0].Seconds != 30 {
			t.Errorf("%+v", again.Said)
		}
		if a := must(s.Activities(ctx, x.Ref, 0, 5)); len(a) != 2 ||
			!strings.Contains(a[0].Summary, "disagrees with run "+all[0]) {
			t.Errorf("%+v", a)
		}
	})
	t.Run("it is signed off whole, by name, and is closed then", func(t *testing.T) {
		_, err := s.SignOffSample(ctx, x.Ref, SampleSignOff{Conclusion: "Sound."})
		testkit.WantFault(t, err, fault.CodeConflict)
		for _, id := range all[1:] {
			now = now.Add(30 * time.Second)
			must(s.Say(ctx, x.Ref, oversight.Said{RunID: id, Verdict: oversight.VerdictAgree}))
		}
		_, err = s.SignOffSample(ctx, x.Ref, SampleSignOff{})
		testkit.WantFault(t, err, fault.CodeInvalid)
		// Who drew it does not sign it off, under whichever name they are called.
		for _, drawer := range []string{"", "PER-0001"} {
			_, err = s.SignOffSample(ctx, x.Ref, SampleSignOff{Person: drawer, Conclusion: "Sound, but for one."})
			testkit.WantFault(t, err, fault.CodeForbidden)
		}
		done := must(s.SignOffSample(ctx, x.Ref, SampleSignOff{Person: "PER-0004", Conclusion: "Sound, but for one."}))
		e := done.SignedOff
		if e.Read != int64(len(all)) || e.Deviations != 1 || e.UpperLimit <= 0 || e.By == "" ||
			e.Seconds != 30*e.Read ||
			e.Median != 30 {
			t.Errorf("%+v", e)
		}
		if w := e.Approval.Words(); !strings.HasPrefix(w, "recorded by ") ||
			!strings.Contains(w, " as approved by "+e.By) {
			t.Errorf("typed in by the drawer it reads %q", w)
		}
		_, err = s.Say(ctx, x.Ref, oversight.Said{RunID: all[1], Verdict: oversight.VerdictAgree})
		testkit.WantFault(t, err, fault.CodeConflict)
		_, err = s.SignOffSample(ctx, x.Ref, SampleSignOff{Conclusion: "Again."})
		testkit.WantFault(t, err, fault.CodeConflict)
	})
	t.Run("it is found again, and its table says what was said", func(t *testing.T) {
		list := must(s.Samples(ctx, "housing-repairs"))
		// The sample council has one of its own, being read.
		if len(list) != 2 || list[1].SignedOff != nil || list[0].Read != int64(len(all)) || list[0].Disagreed != 1 ||
			list[0].SignedOff == nil ||
			len(must(s.Samples(ctx, ""))) != 2 {
			t.Errorf("%+v", list)
		}
		kept := must(s.Sample(ctx, x.Ref))
		if text := string(must(kept.CSV())); !strings.Contains(text, "yes,The boiler was urgent.") ||
			strings.Count(text, ",no,") != len(all)-1 {
			t.Error(text)
		}
		if latest := must(s.Sampled(ctx, "housing-repairs")); latest.Ref != x.Ref || len(latest.Said) != len(all) {
			t.Errorf("%+v", latest)
		}
	})
	t.Run("a sample that an older Assay kept in a setting is still found", func(t *testing.T) {
		body := string(must(x.JSON()))
		err := s.change(ctx, doing{action: "test.setting", summary: "As it was kept before"}, func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, "foi-drafting")
			if err != nil {
				return err
			}
			return t.PutSetting(ctx, sampleSetting+wf.ID, body)
		})
		if err != nil {
			t.Fatal(err)
		}
		if old := must(s.Sampled(ctx, "foi-drafting")); old.Workpaper.Drawn != x.Workpaper.Drawn {
			t.Errorf("%+v", old)
		}
	})
}
