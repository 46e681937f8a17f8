package runs

import (
	"context"
	"strings"

	"assay/internal/civil"
	"assay/internal/imported"
)

// SegmentVolumes counts the runs of a segment by month and outcome; Day is the
// first day of the month. Months that p touches count whole.
func SegmentVolumes(
	ctx context.Context,
	db DB,
	workflowID, segment string,
	p imported.Period,
) ([]imported.Volume, error) {
	out := []imported.Volume{}
	err := query(ctx, db, func(row scanner) error {
		v := imported.Volume{WorkflowID: workflowID}
		var month string
		err := row.Scan(&month, &v.Outcome, &v.Runs)
		if month != "" {
			v.Day = civil.Date(month + "-01")
		}
		out = append(out, v)
		return err
	}, `SELECT g.month, o.text, g.runs FROM run_segment g JOIN run_workflow w ON w.n = g.workflow_n JOIN run_text s ON s.n = g.segment JOIN run_text o ON o.n = g.outcome
		WHERE w.workflow_id = ? AND s.text = ? AND g.month BETWEEN ? AND ? ORDER BY g.month, o.text`, workflowID, segment, monthOf(string(p.From)), monthOf(p.LastDay()))
	return out, err
}

func monthOf(day string) string {
	if len(day) > 7 && strings.Contains(day, "-") {
		return day[:7]
	}
	return day
}

// SegmentSizes counts the runs of each segment over all time.
func SegmentSizes(ctx context.Context, db DB, workflowID string) (map[string]int64, error) {
	out := map[string]int64{}
	err := query(ctx, db, func(row scanner) error {
		var s string
		var n int64
		err := row.Scan(&s, &n)
		out[s] = n
		return err
	}, `SELECT s.text, sum(g.runs) FROM run_segment g JOIN run_workflow w ON w.n = g.workflow_n JOIN run_text s ON s.n = g.segment WHERE w.workflow_id = ? AND s.text <> '' GROUP BY s.text`, workflowID)
	return out, err
}
