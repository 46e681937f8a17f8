package service

import (
	"context"
	"slices"

	"assay/internal/civil"
	"assay/internal/oversight"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// MonitorQuery chooses what is monitored: a workflow and a period of days.
type MonitorQuery struct {
	Workflow string     `json:"workflow"`
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	ByMonth  bool       `json:"by_month"` // gates month by month instead of day by day
	Segment  string     `json:"segment"`  // volumes of this segment only, by month
}

// GateOverTime is what happened at one gate, day by day or month by month.
type GateOverTime struct {
	Key     string                 `json:"key"`
	Title   string                 `json:"title"`
	Minimum int                    `json:"minimum"` // least review time in seconds, 0 where none is set
	Points  []runs.GatePoint       `json:"points"`
	Measure oversight.GateMeasures `json:"measure"` // over the whole period
}

// Monitoring is what a workflow's runs show over time.
type Monitoring struct {
	Choices  runs.Choices            `json:"choices"`
	Volumes  []runs.Volume           `json:"volumes"` // by day and outcome
	Gates    []GateOverTime          `json:"gates"`
	Findings []runs.FindingPoint     `json:"findings"` // about single runs, by day
	Segments []oversight.SegmentTest `json:"segments"`
	Drift    []oversight.DriftTest   `json:"drift"`
	Coverage []oversight.Coverage    `json:"coverage"` // what the runs can show about each gate
	Days     int                     `json:"days"`
	DaysIdle int                     `json:"days_idle"` // of these, without any run
	// Small is how many segments have too few runs to be chosen, or shown at all.
	Small int `json:"small"`
	// TooFew is whether the chosen segment has too few runs in the period.
	TooFew bool  `json:"too_few"`
	Least  int64 `json:"least"` // runs that a segment must have to be shown
}

// Monitor follows a workflow's runs over time. It reads what imports have
// summed up, never the runs themselves.
func (s *Service) Monitor(ctx context.Context, q MonitorQuery) (m Monitoring, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, q.Workflow)
		if err != nil {
			return err
		}
		p := runs.Period{From: q.From, To: q.To}
		if m.Choices, err = runs.FilterChoices(ctx, r.SQL, wf.ID); err != nil {
			return err
		}
		if m.Volumes, err = runs.Volumes(ctx, r.SQL, wf.ID, p); err != nil {
			return err
		}
		if err := m.bySegment(ctx, r, wf.ID, q.Segment, p); err != nil {
			return err
		}
		if m.Findings, err = runs.FindingSeries(ctx, r.SQL, wf.ID, p); err != nil {
			return err
		}
		res, err := runs.Measure(ctx, r.SQL, wf, p)
		if err != nil {
			return err
		}
		m.Segments, m.Drift, m.Coverage, m.Days, m.DaysIdle = res.Segments, res.Drift, res.Coverage, res.Days, res.DaysIdle
		by := runs.ByDay
		if q.ByMonth {
			by = runs.ByMonth
		}
		for _, g := range wf.Gates {
			x := GateOverTime{Key: g.Key, Title: g.Title, Minimum: g.MinReviewSeconds}
			if x.Points, err = runs.GateSeries(ctx, r.SQL, wf.ID, g.Key, p, by); err != nil {
				return err
			}
			for _, measure := range res.Gates {
				if measure.Gate == g.Key {
					x.Measure = measure
				}
			}
			m.Gates = append(m.Gates, x)
		}
		return nil
	})
	return m, err
}

// bySegment leaves small segments out of the choices, since few runs would tell
// of single people, and counts the volumes of the one that is chosen.
func (m *Monitoring) bySegment(ctx context.Context, r *store.Reader, workflowID, segment string, p runs.Period) error {
	m.Least = oversight.DefaultLimits.MinGroup
	sizes, err := runs.SegmentSizes(ctx, r.SQL, workflowID)
	if err != nil {
		return err
	}
	m.Choices.Segments = slices.DeleteFunc(m.Choices.Segments, func(s string) bool { return sizes[s] < m.Least })
	for _, n := range sizes {
		if n < m.Least {
			m.Small++
		}
	}
	if segment == "" {
		return nil
	}
	if m.Volumes, err = runs.SegmentVolumes(ctx, r.SQL, workflowID, segment, p); err != nil {
		return err
	}
	var n int64
	for _, v := range m.Volumes {
		n += v.Runs
	}
	if m.TooFew = n < m.Least; m.TooFew {
		m.Volumes = []runs.Volume{}
	}
	return nil
}
