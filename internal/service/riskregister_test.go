package service

import (
	"context"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/risk"
)

func TestRiskRegister(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the whole sample")
	}
	ctx, s := context.Background(), openDemo(t, nil)
	ask := func(q RiskQuery) RiskRegister {
		t.Helper()
		v, err := s.RiskRegister(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	all := ask(RiskQuery{})
	if all.All == 0 || all.Total != all.All || len(all.Rows) != all.All {
		t.Fatalf("%d risks, %d answer, %d rows", all.All, all.Total, len(all.Rows))
	}

	t.Run("each cell holds the risks that it counts", func(t *testing.T) {
		for _, stage := range risk.Stages {
			for row, cells := range all.Cells[stage] {
				for col, n := range cells {
					if v := ask(RiskQuery{Stage: stage, Likelihood: 5 - row, Impact: col + 1}); v.Total != n ||
						v.All != all.All {
						t.Errorf("%s %d × %d: %d counted, %d listed", stage, 5-row, col+1, n, v.Total)
					}
				}
			}
		}
	})
	t.Run("pages follow one another in the order asked for", func(t *testing.T) {
		var scores []int
		for from := 0; from < all.All; from += 7 {
			v := ask(RiskQuery{Sort: "residual", Down: true, From: from, Limit: 7})
			if v.Total != all.All || len(v.Rows) != min(7, all.All-from) {
				t.Fatalf("from %d: %d of %d", from, len(v.Rows), v.Total)
			}
			for _, r := range v.Rows {
				scores = append(scores, -r.Residual)
			}
		}
		if !slices.IsSorted(scores) || len(scores) != all.All {
			t.Errorf("residual scores: %v", scores)
		}
	})
	t.Run("words are found wherever they stand", func(t *testing.T) {
		first := all.Rows[0]
		v := ask(RiskQuery{Words: strings.ToUpper(first.Ref) + " " + strings.ToLower(first.Workflow)})
		if v.Total != 1 || v.Rows[0] != first {
			t.Errorf("%+v", v.Rows)
		}
		if v := ask(RiskQuery{Words: "nosuchword"}); v.Total != 0 || v.All != all.All {
			t.Errorf("%d found", v.Total)
		}
	})
	t.Run("it agrees with the overview", func(t *testing.T) {
		o, err := s.Overview(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for row, cells := range o.Matrix {
			for col, c := range cells {
				if n := all.Cells[risk.Residual][row][col]; n != len(c.Risks) {
					t.Errorf("residual %d × %d: %d, overview %d", c.Score.Likelihood, c.Score.Impact, n, len(c.Risks))
				}
			}
		}
	})
	if _, err := s.RiskRegister(ctx, RiskQuery{Sort: "colour"}); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("an unknown order: %v", err)
	}
}
