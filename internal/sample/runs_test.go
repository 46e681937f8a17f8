package sample

import (
	"bytes"
	"slices"
	"sort"
	"testing"
	"time"

	"assay/internal/oversight"
	"assay/internal/workflow"
)

var until = time.Date(2026, 10, 30, 18, 0, 0, 0, time.UTC)

// workflowOf is the register's view of a cast, as far as the tests need it.
func workflowOf(c Cast) *workflow.Workflow {
	w := &workflow.Workflow{
		ID:         c.Key,
		Ref:        "WF-0001",
		Name:       c.Name,
		PlatformID: c.PlatformID,
		Gates:      c.Gates,
		Roster:     c.Roster,
	}
	w.KSB.Activities, w.KSB.Tools = c.Activities, c.Tools
	w.Account.DataSources = c.Sources
	return w
}

// found runs every test on single runs and tells which runs each code names.
func found(e Export) map[string][]string {
	out := map[string][]string{}
	tester := oversight.NewTester(workflowOf(e.Cast))
	for i := range e.Records {
		for _, f := range tester.Test("source", &e.Records[i], oversight.NewStream()) {
			for _, r := range f.Runs {
				if c := string(f.Code); !slices.Contains(out[c], r.RunID) {
					out[c] = append(out[c], r.RunID)
				}
			}
		}
	}
	for _, ids := range out {
		sort.Strings(ids)
	}
	return out
}

func TestRuns(t *testing.T) {
	perRun := []string{
		"OVR-01",
		"OVR-02",
		"OVR-03",
		"OVR-04",
		"OVR-05",
		"OVR-06",
		"OVR-08",
		"OVR-09",
		"OVR-10",
		"OVR-11",
		"OVR-12",
		"OVR-13",
		"OVR-14",
		"OVR-15",
		"OVR-16",
		"TRN-01",
		"TRN-02",
	}
	check := func(t *testing.T, e Export) {
		t.Helper()
		got := found(e)
		for _, c := range perRun {
			if want := e.Of(c).RunIDs; !slices.Equal(got[c], want) {
				t.Errorf("%s: found in %v, planted in %v", c, got[c], want)
			}
		}
		for i := range e.Records {
			if f := e.Records[i].Validate(until); len(f) > 0 {
				t.Fatalf("%s is not sound: %v", e.Records[i].RunID, f)
			}
			if o := e.Records[i].Oddities(); len(o) > 0 {
				t.Fatalf("%s is odd: %v", e.Records[i].RunID, o)
			}
		}
	}
	for _, c := range Casts() {
		t.Run(c.Key+" shows what was planted and nothing else", func(t *testing.T) {
			for seed := uint64(1); seed <= 3; seed++ {
				e, err := Runs(c.Key, RunOptions{Seed: seed, Until: until})
				if err != nil {
					t.Fatal(err)
				}
				check(t, e)
			}
		})
		t.Run(c.Key+" with every fault shows each", func(t *testing.T) {
			plant := map[string]int{}
			for _, code := range perRun {
				if slices.Contains(Plantable, code) {
					plant[code] = 4
				}
			}
			four := slices.ContainsFunc(c.Gates, func(g workflow.Gate) bool { return g.FourEyes })
			if !four {
				delete(plant, "OVR-05")
			}
			e, err := Runs(c.Key, RunOptions{Seed: 5, Until: until, Plant: plant})
			if err != nil {
				t.Fatal(err)
			}
			check(t, e)
			for code := range plant {
				if len(e.Of(code).RunIDs) != 4 {
					t.Errorf("%s was planted in %v", code, e.Of(code).RunIDs)
				}
			}
		})
		t.Run(c.Key+" without faults is sound", func(t *testing.T) {
			e, err := Runs(c.Key, RunOptions{Seed: 9, Until: until, Plant: map[string]int{}})
			if err != nil {
				t.Fatal(err)
			}
			check(t, e)
			if len(e.Planted) > 0 {
				t.Errorf("planted %v", e.Planted)
			}
		})
	}
	t.Run("the same seed gives the same bytes, another seed others", func(t *testing.T) {
		write := func(seed uint64) []byte {
			e, err := Runs("foi-drafting", RunOptions{Seed: seed, Until: until})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := e.WriteRunAudit(&b); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		if !bytes.Equal(write(1), write(1)) || bytes.Equal(write(1), write(2)) {
			t.Error("the seed does not settle the bytes")
		}
	})
	t.Run("lost runs leave gaps in the numbers and miss the stated total", func(t *testing.T) {
		e, err := Runs("foi-drafting", RunOptions{Seed: 1, Until: until})
		if err != nil {
			t.Fatal(err)
		}
		lost := len(e.Of("LOG-01").RunIDs)
		if lost == 0 || int64(len(e.Records)+lost) != e.Stated.Runs {
			t.Errorf("%d runs, %d lost, %d stated", len(e.Records), lost, e.Stated.Runs)
		}
	})
	t.Run("an amended export differs in the runs it names", func(t *testing.T) {
		e, err := Runs("council-tax-changes", RunOptions{Seed: 1, Until: until})
		if err != nil {
			t.Fatal(err)
		}
		a := e.Amended(3)
		if ids := a.Of("LOG-02").RunIDs; len(ids) != 3 || len(a.Records) != len(e.Records) {
			t.Errorf("amended %v", ids)
		}
	})
	t.Run("a fault that cannot be planted is refused", func(t *testing.T) {
		if _, err := Runs("foi-drafting", RunOptions{Until: until, Plant: map[string]int{"OVR-99": 1}}); err == nil {
			t.Error("accepted")
		}
	})
}

func TestWriteLarge(t *testing.T) {
	var b bytes.Buffer
	const n = 5000
	if err := WriteLarge(&b, n, 1, until); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(b.Bytes(), []byte("\n"))
	decisions := bytes.Count(b.Bytes(), []byte(`"decided":`))
	if lines != n+1 || decisions < 19*n/10 || decisions > 21*n/10 {
		t.Errorf("%d lines, %d decisions", lines, decisions)
	}
	if each := b.Len() / n; each < 900 || each > 980 {
		t.Errorf("%d bytes a run", each)
	}
}
