package service

import (
	"context"
	"maps"
	"slices"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
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
	// Of the runs of a segment, or of those that an account decided, everything is
	// by month. One of them at a time.
	Segment string `json:"segment"`
	Officer string `json:"officer"` // account
}

// GateOverTime is what happened at one gate, day by day or month by month.
type GateOverTime struct {
	Key     string                 `json:"key"`
	Title   string                 `json:"title"`
	Minimum int                    `json:"minimum"` // least review time in seconds, 0 where none is set
	Points  []imported.GatePoint   `json:"points"`
	Measure oversight.GateMeasures `json:"measure"` // over the whole period
}

// Monitoring is what a workflow's runs show over time.
type Monitoring struct {
	Choices  imported.Choices        `json:"choices"`
	Officers []string                `json:"officers"` // accounts that can be chosen
	Volumes  []imported.Volume       `json:"volumes"`  // by day and outcome
	Gates    []GateOverTime          `json:"gates"`
	Findings []imported.FindingPoint `json:"findings"` // about single runs, by day
	Segments []oversight.SegmentTest `json:"segments"`
	Drift    []oversight.DriftTest   `json:"drift"`
	Coverage []oversight.Coverage    `json:"coverage"` // what the runs can show about each gate
	Days     int                     `json:"days"`
	DaysIdle int                     `json:"days_idle"` // of these, without any run
	// Small is how many segments have too few runs to be chosen, or shown at all;
	// SmallOfficers how many accounts have too few decisions.
	Small         int `json:"small"`
	SmallOfficers int `json:"small_officers"`
	// TooFew is whether what was chosen has too few runs in the period: nothing
	// of it is shown.
	TooFew bool  `json:"too_few"`
	Least  int64 `json:"least"` // runs, or decisions, that a group must have to be shown
}

// Monitor follows a workflow's runs over time. It reads what imports have
// summed up, never the runs themselves.
func (s *Service) Monitor(ctx context.Context, q MonitorQuery) (m Monitoring, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, q.Workflow)
		if err != nil {
			return err
		}
		p := imported.Period{From: q.From, To: q.To}
		if m.Choices, err = runs.FilterChoices(ctx, r.SQL, wf.ID); err != nil {
			return err
		}
		if m.Volumes, err = runs.Volumes(ctx, r.SQL, wf.ID, p); err != nil {
			return err
		}
		if err := m.leaveSmallOut(ctx, r, wf.ID); err != nil {
			return err
		}
		if m.Findings, err = runs.FindingSeries(ctx, r.SQL, wf.ID, p); err != nil {
			return err
		}
		group, err := m.group(ctx, r, wf.ID, q, p)
		if err != nil {
			return err
		}
		res, err := runs.Measure(ctx, r.SQL, wf, p)
		if err != nil {
			return err
		}
		m.Segments, m.Drift, m.Coverage, m.Days, m.DaysIdle = res.Segments, res.Drift, res.Coverage, res.Days,
			res.DaysIdle
		by := runs.ByDay
		if q.ByMonth {
			by = runs.ByMonth
		}
		for _, g := range wf.Gates {
			x := GateOverTime{Key: g.Key, Title: g.Title, Minimum: g.MinReviewSeconds}
			if group != nil {
				x.Points = append([]imported.GatePoint{}, group.Gates[g.Key]...)
			} else if x.Points, err = runs.GateSeries(ctx, r.SQL, wf.ID, g.Key, p, by); err != nil {
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

// leaveSmallOut leaves small segments and officers out of the choices: few runs
// would tell of single people, and nothing of an officer's ways.
func (m *Monitoring) leaveSmallOut(ctx context.Context, r *store.Reader, workflowID string) error {
	m.Least = oversight.DefaultLimits.MinGroup
	sizes, err := runs.SegmentSizes(ctx, r.SQL, workflowID)
	if err != nil {
		return err
	}
	m.Choices.Segments = slices.DeleteFunc(m.Choices.Segments, func(s string) bool { return sizes[s] < m.Least })
	m.Small = len(sizes) - len(m.Choices.Segments)
	officers, err := runs.OfficerSizes(ctx, r.SQL, workflowID)
	if err != nil {
		return err
	}
	m.Officers = []string{}
	for _, a := range slices.Sorted(maps.Keys(officers)) {
		if officers[a] >= m.Least {
			m.Officers = append(m.Officers, a)
		}
	}
	m.SmallOfficers = len(officers) - len(m.Officers)
	return nil
}

// group puts the runs of a segment, or those that an officer decided, in the
// place of all, if one is asked for.
func (m *Monitoring) group(
	ctx context.Context,
	r *store.Reader,
	workflowID string,
	q MonitorQuery,
	p imported.Period,
) (*runs.Group, error) {
	kind, name := runs.BySegment, q.Segment
	switch {
	case q.Segment == "" && q.Officer == "":
		return nil, nil
	case q.Segment != "" && q.Officer != "":
		return nil, fault.Invalid(
			"officer",
			"Choose a segment or an officer; what is summed up for one is not for both.",
		)
	case q.Officer != "":
		kind, name = runs.ByOfficer, q.Officer
	}
	g, err := runs.GroupOf(ctx, r.SQL, workflowID, kind, name, p)
	if err != nil {
		return nil, err
	}
	if m.TooFew = g.Runs < m.Least; m.TooFew {
		g = runs.Group{Volumes: []imported.Volume{}, Findings: []imported.FindingPoint{}}
	}
	m.Volumes, m.Findings = g.Volumes, g.Findings
	return &g, nil
}
