package service

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"strings"
	"testing"

	"assay/internal/oversight"
)

// TestCoverage: what runs can show is said with its counts, in the register and
// in the pack.
func TestCoverage(t *testing.T) {
	ctx := context.Background()
	d, _ := demoOf(t)
	s := openDemo(t, nil)
	c := must(s.Coverage(ctx, "housing-repairs"))
	if c.Runs == 0 || c.First == "" || c.Days <= c.DaysIdle || len(c.Controls) == 0 || len(c.Volumes) != 1 ||
		c.Volumes[0].Stated != c.Volumes[0].Held {
		t.Errorf("%+v", c)
	}
	levels := map[oversight.Level]int{}
	for _, g := range c.Gates {
		levels[g.Level]++
		if g.Of != g.Testable+g.NotShown || g.Testable != g.Held+g.NotHeld || g.Reason == "" ||
			(g.Level == oversight.Held) != (g.Of > 0 && g.Held == g.Of) {
			t.Errorf("%+v", g)
		}
	}
	if levels[oversight.Held] == 0 || levels[oversight.NotHeld] == 0 {
		t.Errorf("%v", levels)
	}
	z, err := zip.OpenReader(d.Pack.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "records/coverage.csv") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		rows := must(csv.NewReader(r).ReadAll())
		r.Close()
		n := 0
		for _, row := range rows {
			if row[0] != c.Workflow {
				continue
			}
			n++
			// No line reads as a claim without its result.
			if answer := row[3]; answer == "" || answer == "held" && (row[8] != "0" || row[9] != "0") || row[12] == "" {
				t.Errorf("%v", row)
			}
			if row[2] == "Named officers decide" && (row[3] != "not_held" || row[8] != "11" || row[10] != "11") {
				t.Errorf("eleven decisions by others: %v", row)
			}
		}
		if n != len(c.Gates)+len(c.Controls) {
			t.Errorf("the pack holds %d lines about %s, want %d", n, c.Workflow, len(c.Gates)+len(c.Controls))
		}
		return
	}
	t.Error("the pack holds no coverage.csv")
}
