package sample

import (
	"slices"
	"testing"

	"assay/internal/oversight"
	"assay/internal/workflow"
)

// TestPatternRuns: the tests find what was planted in runs of weaker patterns, and
// nothing else, on one run and on many. The seeds are fixed: by its definition, what
// is asked of many runs (OVR-27) comes up by chance in one log of a hundred.
func TestPatternRuns(t *testing.T) {
	seen := map[workflow.Pattern]bool{}
	check := func(t *testing.T, e Export) {
		t.Helper()
		w := workflowOf(e.Cast)
		tester, s := oversight.NewTester(w), oversight.NewStream()
		got := map[string][]string{}
		for i := range e.Records {
			r := &e.Records[i]
			if bad := append(r.Validate(until), r.Oddities()...); len(bad) > 0 {
				t.Fatalf("%s is not sound: %v", r.RunID, bad)
			}
			for _, f := range tester.Test("source", r, s) {
				got[string(f.Code)] = append(got[string(f.Code)], r.RunID)
			}
		}
		for _, f := range s.Result(w, oversight.Context{Sources: []oversight.Volume{
			{Source: "IMP-0001", Stated: e.Stated.Runs, Read: int64(len(e.Records))},
		}}).Findings {
			if got[string(f.Code)] == nil {
				got[string(f.Code)] = []string{}
			}
			if e.Of(string(f.Code)).RunIDs == nil {
				t.Errorf("%s was found and not planted: %s", f.Code, f.Detail)
			}
		}
		for _, p := range e.Planted {
			switch found, ok := got[p.Code]; {
			case !ok:
				t.Errorf("%s was planted and not found", p.Code)
			case oversight.TestOf(oversight.Code(p.Code)).PerRun && !slices.Equal(found, p.RunIDs):
				t.Errorf("%s: found in %v, planted in %v", p.Code, found, p.RunIDs)
			}
		}
		for code, ids := range got {
			if len(ids) > 0 && !slices.Equal(ids, e.Of(code).RunIDs) {
				t.Errorf("%s: found in %v, planted in %v", code, ids, e.Of(code).RunIDs)
			}
		}
	}
	for _, c := range PatternCasts() {
		seen[c.Gates[0].Pattern] = true
		t.Run(c.Key, func(t *testing.T) {
			for seed := uint64(1); seed <= 10; seed++ {
				e, err := Runs(c.Key, RunOptions{Seed: seed, Until: until})
				if err != nil {
					t.Fatal(err)
				}
				if len(e.Planted) == 0 {
					t.Error("nothing is planted")
				}
				check(t, e)
				if e, err = Runs(c.Key, RunOptions{Seed: seed, Until: until, Plant: map[string]int{}}); err != nil {
					t.Fatal(err)
				}
				check(t, e)
			}
		})
	}
	for _, p := range workflow.Patterns {
		if p.Weaker() && !seen[p] {
			t.Errorf("no workflow of the sample is %s", p)
		}
	}
	for key, plant := range map[string]map[string]int{
		"street-photos": {"OVR-01": 4, "OVR-06": 4}, "call-notes": {"OVR-19": 4, "OVR-21": 1},
	} {
		e, err := Runs(key, RunOptions{Seed: 3, Until: until, Plant: plant})
		if err != nil {
			t.Fatal(err)
		}
		check(t, e)
	}
}
