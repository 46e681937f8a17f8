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
		if g.Shown > g.Of || g.Level == oversight.Evidenced && g.Shown < g.Of {
			t.Errorf("%+v", g)
		}
	}
	if levels[oversight.Evidenced] == 0 || levels[oversight.Partly] == 0 {
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
			if row[0] == c.Workflow {
				n++
			}
		}
		if n != len(c.Gates)+len(c.Controls) {
			t.Errorf("the pack holds %d lines about %s, want %d", n, c.Workflow, len(c.Gates)+len(c.Controls))
		}
		return
	}
	t.Error("the pack holds no coverage.csv")
}
