package service

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/testkit"
)

func TestMonitorBySegment(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	all := must(s.Monitor(ctx, MonitorQuery{Workflow: "housing-repairs"}))
	if len(all.Choices.Segments) < 2 {
		t.Fatalf("%+v", all.Choices)
	}
	sum := func(m Monitoring) (n int64) {
		for _, v := range m.Volumes {
			n += v.Runs
		}
		return n
	}
	var parts int64
	for _, seg := range all.Choices.Segments {
		one := must(s.Monitor(ctx, MonitorQuery{Workflow: "housing-repairs", Segment: seg}))
		if one.TooFew || sum(one) < one.Least {
			t.Errorf("%s is offered and has %d runs", seg, sum(one))
		}
		parts += sum(one)
	}
	if parts > sum(all) || parts == 0 {
		t.Errorf("the segments have %d runs of %d", parts, sum(all))
	}
	t.Run("few runs are not shown", func(t *testing.T) {
		few := must(
			s.Monitor(
				ctx,
				MonitorQuery{Workflow: "housing-repairs", Segment: all.Choices.Segments[0], From: "2090-01-01"},
			),
		)
		if !few.TooFew || len(few.Volumes) != 0 {
			t.Errorf("%+v", few.Volumes)
		}
		none := must(s.Monitor(ctx, MonitorQuery{Workflow: "housing-repairs", Segment: "no such segment"}))
		if !none.TooFew || slices.Contains(none.Choices.Segments, "no such segment") {
			t.Errorf("%+v", none.Choices)
		}
	})
	t.Run("every chart is of the chosen runs", func(t *testing.T) {
		type counted struct{ runs, decisions, compared, findings int64 }
		want := map[MonitorQuery]*counted{}
		of := func(q MonitorQuery) *counted {
			q.Workflow = "housing-repairs"
			if want[q] == nil {
				want[q] = &counted{}
			}
			return want[q]
		}
		found := map[string]int64{}
		for after := ""; ; {
			p := must(s.FindingList(ctx, FindingQuery{Workflow: "housing-repairs", After: after, Limit: 500}))
			for _, f := range p.Items {
				if f.Day != "" && f.Code != oversight.LogConflict {
					found[f.Runs[0].RunID]++
				}
			}
			if after = p.Next; after == "" {
				break
			}
		}
		err := s.read(ctx, func(r *store.Reader) error {
			wf, err := store.Workflows.Get(ctx, r, "housing-repairs")
			if err != nil {
				return err
			}
			return runs.Each(ctx, r.SQL, wf.ID, func(_ string, rec *run.Record, _ runs.Digest) error {
				of(MonitorQuery{Segment: rec.Segment}).runs++
				of(MonitorQuery{Segment: rec.Segment}).findings += found[rec.RunID]
				by := map[string]bool{}
				for _, d := range rec.Decisions {
					_, compared := oversight.Recommended(&d)
					for _, c := range []*counted{
						of(MonitorQuery{Segment: rec.Segment}), of(MonitorQuery{Officer: d.Account}),
					} {
						c.decisions++
						if compared {
							c.compared++
						}
					}
					by[d.Account] = true
				}
				for a := range by {
					of(MonitorQuery{Officer: a}).runs++
					of(MonitorQuery{Officer: a}).findings += found[rec.RunID]
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]int{}
		for q, c := range want {
			m := must(s.Monitor(ctx, q))
			var got counted
			got.runs = sum(m)
			for _, g := range m.Gates {
				for _, p := range g.Points {
					got.compared += p.Agreement.N
					if q.Officer != "" { // of a segment it is the runs decided
						got.decisions += p.Decided
					}
				}
			}
			for _, f := range m.Findings {
				got.findings += f.Findings
			}
			if q.Officer == "" {
				got.decisions = c.decisions
			}
			if c.runs < m.Least {
				c = &counted{}
				if q.Officer == "" {
					got.decisions = 0
				}
			}
			if got != *c || m.TooFew != (c.runs == 0) ||
				slices.Contains(m.Choices.Segments, q.Segment) != (q.Segment != "" && !m.TooFew) ||
				slices.Contains(m.Officers, q.Officer) != (q.Officer != "" && !m.TooFew) {
				t.Errorf("%+v: %+v, want %+v (%v)", q, got, *c, m.TooFew)
			}
			shown[fmt.Sprint(q.Officer != "", m.TooFew)]++
		}
		if shown["true false"] < 2 || shown["false false"] < 2 {
			t.Errorf("too few groups to tell: %v", shown)
		}
		_, err = s.Monitor(ctx, MonitorQuery{Workflow: "housing-repairs", Segment: "a", Officer: "b"})
		testkit.WantFault(t, err, fault.CodeInvalid)
	})
}
