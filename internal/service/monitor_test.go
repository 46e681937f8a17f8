package service

import (
	"context"
	"slices"
	"testing"
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
		few := must(s.Monitor(ctx, MonitorQuery{Workflow: "housing-repairs", Segment: all.Choices.Segments[0], From: "2090-01-01"}))
		if !few.TooFew || len(few.Volumes) != 0 {
			t.Errorf("%+v", few.Volumes)
		}
		none := must(s.Monitor(ctx, MonitorQuery{Workflow: "housing-repairs", Segment: "no such segment"}))
		if !none.TooFew || slices.Contains(none.Choices.Segments, "no such segment") {
			t.Errorf("%+v", none.Choices)
		}
	})
}
