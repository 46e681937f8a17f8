package risk

import (
	"cmp"
	"slices"
	"time"

	"assay/internal/civil"
)

// TrendPoint is how risks stood once an assessment was approved: the open risks
// of the assessments that were in use on that day, one a workflow.
type TrendPoint struct {
	On         civil.Date `json:"on"`  // the day of the approval
	Ref        string     `json:"ref"` // of the assessment that was approved
	WorkflowID string     `json:"workflow_id"`
	Workflows  int        `json:"workflows"` // that had an approved assessment
	Risks      int        `json:"risks"`     // open ones
	Inherent   float64    `json:"inherent"`  // mean scores, 0 to 25
	Current    float64    `json:"current"`
	Residual   float64    `json:"residual"`
	Highest    int        `json:"highest"` // residual
	Above      int        `json:"above"`   // residual scores beyond the appetite and not accepted on that day
}

// Trend follows risks from approval to approval, oldest first. Assessments that
// were never approved say nothing. Those of one workflow give its trend, those
// of all workflows the organisation's.
func Trend(list []Assessment, appetite int) []TrendPoint {
	approved := slices.DeleteFunc(slices.Clone(list), func(a Assessment) bool { return a.ApprovedOn.IsZero() })
	slices.SortStableFunc(approved, func(a, b Assessment) int {
		return cmp.Or(a.ApprovedOn.Time().Compare(b.ApprovedOn.Time()), cmp.Compare(a.Ref, b.Ref))
	})
	inUse := map[string]*Assessment{}
	out := []TrendPoint{}
	for i := range approved {
		a := &approved[i]
		inUse[a.WorkflowID] = a
		p := TrendPoint{On: a.ApprovedOn, Ref: a.Ref, WorkflowID: a.WorkflowID, Workflows: len(inUse)}
		for _, x := range inUse {
			p.add(x, appetite, a.ApprovedOn.Time())
		}
		if n := float64(p.Risks); n > 0 {
			p.Inherent, p.Current, p.Residual = p.Inherent/n, p.Current/n, p.Residual/n
		}
		out = append(out, p)
	}
	return out
}

func (p *TrendPoint) add(a *Assessment, appetite int, then time.Time) {
	for i := range a.Risks {
		r := &a.Risks[i]
		if r.Status == RiskClosed {
			continue
		}
		p.Risks++
		p.Inherent += float64(r.Inherent.Value())
		p.Current += float64(r.Current.Value())
		p.Residual += float64(r.Residual.Value())
		p.Highest = max(p.Highest, r.Residual.Value())
		if r.Above(appetite, then) {
			p.Above++
		}
	}
}
