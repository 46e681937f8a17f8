package runs

import (
	"context"
	"slices"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/workflow"
)

// Measure makes the tests over many runs and measures what a workflow's runs
// of a period show, from the rollups alone. Sums that are kept by month
// (officers, segments) count each month that the period touches; totals,
// versions, accounts and running numbers are those of all time.
func Measure(ctx context.Context, db DB, w *workflow.Workflow, p imported.Period) (oversight.Result, error) {
	wfRowID, err := workflowRowID(ctx, db, w.ID)
	if err != nil {
		return oversight.Result{}, err
	}
	s := oversight.NewStream()
	if p == (imported.Period{}) {
		p = allTime(w)
	}
	if wfRowID != 0 {
		if s, err = readStream(ctx, db, wfRowID, p, false); err != nil {
			return oversight.Result{}, err
		}
	}
	c, err := readContext(ctx, db, w.ID, p)
	if err != nil {
		return oversight.Result{}, err
	}
	return s.Result(w, c), nil
}

// Volumes counts runs by workflow, day and outcome, for one workflow or, where
// workflowID is empty, for all.
func Volumes(ctx context.Context, db DB, workflowID string, p imported.Period) ([]imported.Volume, error) {
	out := []imported.Volume{}
	err := query(ctx, db, func(row scanner) error {
		var v imported.Volume
		err := row.Scan(&v.WorkflowID, &v.Day, &v.Outcome, &v.Runs)
		out = append(out, v)
		return err
	}, `SELECT w.workflow_id, d.day, o.text, d.runs FROM run_workflow w CROSS JOIN run_day d ON d.workflow_n = w.n JOIN run_text o ON o.n = d.outcome
		WHERE (?1 = '' OR w.workflow_id = ?1) AND d.day BETWEEN ?2 AND ?3 ORDER BY w.workflow_id, d.day, o.text`, workflowID, string(p.From), p.LastDay())
	return out, err
}

// DayCount is how many runs a day had, over all outcomes.
type DayCount struct {
	Day  civil.Date `json:"day"`
	Runs int64      `json:"runs"`
}

// DailyRuns counts the runs of each day, of one workflow or of all.
func DailyRuns(ctx context.Context, db DB, workflowID string, p imported.Period) ([]DayCount, error) {
	out := []DayCount{}
	err := query(ctx, db, func(row scanner) error {
		var d DayCount
		err := row.Scan(&d.Day, &d.Runs)
		out = append(out, d)
		return err
	}, `SELECT d.day, sum(d.runs) FROM run_workflow w CROSS JOIN run_day d ON d.workflow_n = w.n
		WHERE (?1 = '' OR w.workflow_id = ?1) AND d.day BETWEEN ?2 AND ?3 GROUP BY d.day ORDER BY d.day`, workflowID, string(p.From), p.LastDay())
	return out, err
}

// Grain is how finely a series over time is cut.
type Grain string

const (
	ByDay   Grain = "day"
	ByMonth Grain = "month"
)

// GateSeries follows a gate over time: coverage, review times, agreement.
func GateSeries(
	ctx context.Context,
	db DB,
	workflowID, gate string,
	p imported.Period,
	by Grain,
) ([]imported.GatePoint, error) {
	var points []imported.GatePoint
	var counts []gateCounts
	var reviews []*oversight.Sketch
	err := query(ctx, db, func(row scanner) error {
		var day string
		var c gateCounts
		var review oversight.Sketch
		if err := scanCell(row, &c, &review, &day); err != nil {
			return err
		}
		if by == ByMonth && day != "" {
			day = day[:7]
		}
		if n := len(points); n == 0 || points[n-1].When != day {
			points, counts, reviews = append(
				points,
				imported.GatePoint{When: day},
			), append(
				counts,
				gateCounts{},
			), append(
				reviews,
				&oversight.Sketch{},
			)
		}
		n := len(points) - 1
		counts[n] = counts[n].plus(c)
		reviews[n].Merge(&review)
		return nil
	}, `SELECT d.counts, d.review, d.day FROM run_gate_day d JOIN run_workflow w ON w.n = d.workflow_n
		WHERE w.workflow_id = ? AND d.gate = (SELECT n FROM run_text WHERE text = ?) AND d.day BETWEEN ? AND ? ORDER BY d.day`, workflowID, gate, string(p.From), p.LastDay())
	for i := range points {
		fillGatePoint(&points[i], counts[i], reviews[i])
	}
	return append([]imported.GatePoint{}, points...), err
}

func fillGatePoint(q *imported.GatePoint, c gateCounts, review *oversight.Sketch) {
	q.Runs, q.Reached, q.Decided, q.Released, q.Missing = c.Runs, c.Reached, c.Decided, c.Released, c.Missing
	q.Short = c.cell().Claims.Before().Short
	q.Agreement, q.Edits, q.Review = oversight.NewRate(
		c.Agreed,
		c.Compared,
	), oversight.NewRate(
		c.Edited,
		c.Coded,
	), oversight.QuantilesOf(
		review,
	)
}

func (g gateCounts) plus(o gateCounts) gateCounts {
	c := g.cell()
	c.Count(o.cell())
	return countsOfGate(c)
}

// FindingSeries follows the findings about single runs over time.
func FindingSeries(ctx context.Context, db DB, workflowID string, p imported.Period) ([]imported.FindingPoint, error) {
	out := []imported.FindingPoint{}
	err := query(ctx, db, func(row scanner) error {
		var f imported.FindingPoint
		err := row.Scan(&f.Day, &f.Code, &f.Gate, &f.Findings)
		out = append(out, f)
		return err
	}, `SELECT d.day, d.code, g.text, d.findings FROM run_finding_day d JOIN run_text g ON g.n = d.gate JOIN run_workflow w ON w.n = d.workflow_n
		WHERE w.workflow_id = ? AND d.day BETWEEN ? AND ? ORDER BY d.day, d.code, g.text`, workflowID, string(p.From), p.LastDay())
	return out, err
}

// FilterChoices lists a workflow's outcomes, segments and period.
func FilterChoices(ctx context.Context, db DB, workflowID string) (imported.Choices, error) {
	c := imported.Choices{Outcomes: []string{}, Segments: []string{}}
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil || wfRowID == 0 {
		return c, err
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(min(day), ''), coalesce(max(day), '') FROM run_day WHERE workflow_n = ? AND day <> ''`, wfRowID).
		Scan(&c.First, &c.Last)
	if err != nil {
		return c, fault.Doing("list what runs can be filtered by", err)
	}
	for _, l := range []struct {
		into  *[]string
		query string
	}{
		{&c.Outcomes, `SELECT o.text FROM (SELECT DISTINCT outcome AS n FROM run_day WHERE workflow_n = ?) d JOIN run_text o ON o.n = d.n WHERE o.text <> ''`},
		{&c.Segments, `SELECT s.text FROM (SELECT DISTINCT segment AS n FROM run_segment WHERE workflow_n = ?) d JOIN run_text s ON s.n = d.n WHERE s.text <> ''`},
	} {
		err := query(ctx, db, func(row scanner) error {
			var s string
			err := row.Scan(&s)
			*l.into = append(*l.into, s)
			return err
		}, l.query, wfRowID)
		if err != nil {
			return c, err
		}
		slices.Sort(*l.into)
	}
	return c, nil
}
