package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/risk"
)

// RiskQuery says which risks of the register are listed, and in which order.
type RiskQuery struct {
	Words string `json:"words"` // all of them in the title, reference, workflow or owner
	// Likelihood and Impact keep the risks of one cell of the matrix of the
	// stage; both 0: all of them.
	Stage      risk.Stage `json:"stage"`
	Likelihood int        `json:"likelihood"`
	Impact     int        `json:"impact"`
	Sort       string     `json:"sort"` // title, workflow, inherent, current, residual, treatment, owner; empty: by workflow
	Down       bool       `json:"down"`
	From       int        `json:"from"`  // how many rows are left out before the first
	Limit      int        `json:"limit"` // 0: all rows
}

// RiskRow is a risk in a list, without the long texts, which nobody reads there.
type RiskRow struct {
	ID            string         `json:"id"`
	Ref           string         `json:"ref"`
	Title         string         `json:"title"`
	CatalogueID   string         `json:"catalogue_id"`
	Assessment    string         `json:"assessment"` // reference
	Workflow      string         `json:"workflow"`   // name
	Owner         string         `json:"owner"`
	Inherent      int            `json:"inherent"` // scores, 0 where not rated
	Current       int            `json:"current"`
	Residual      int            `json:"residual"`
	Treatment     risk.Treatment `json:"treatment"`
	TreatmentDue  civil.Date     `json:"treatment_due"`
	AcceptedUntil civil.Date     `json:"accepted_until"`
	Above         bool           `json:"above"` // beyond the appetite and not accepted
}

// RiskRegister is the open risks of the assessments in use, one a workflow.
type RiskRegister struct {
	Appetite int `json:"appetite"`
	All      int `json:"all"`
	// Cells counts them by stage, as risk.Matrix draws them: rows by likelihood
	// from 5 down to 1, columns by impact from 1 up to 5.
	Cells map[risk.Stage][5][5]int `json:"cells"`
	Total int                      `json:"total"` // that answer the query
	Rows  []RiskRow                `json:"rows"`
}

var (
	riskTexts = map[string]func(*RiskRow) string{
		"title":     func(r *RiskRow) string { return r.Title },
		"workflow":  func(r *RiskRow) string { return r.Workflow },
		"treatment": func(r *RiskRow) string { return string(r.Treatment) },
		"owner":     func(r *RiskRow) string { return r.Owner },
	}
	riskScores = map[string]func(*RiskRow) int{
		"inherent": func(r *RiskRow) int { return r.Inherent },
		"current":  func(r *RiskRow) int { return r.Current },
		"residual": func(r *RiskRow) int { return r.Residual },
	}
)

// sort puts the rows in the order asked for, in upper or lower case; what is
// empty stands last either way.
func (q RiskQuery) sort(rows []RiskRow) error {
	sign := 1
	if q.Down {
		sign = -1
	}
	text, score := riskTexts[q.Sort], riskScores[q.Sort]
	switch {
	case text != nil:
		slices.SortStableFunc(rows, func(a, b RiskRow) int {
			x, y := text(&a), text(&b)
			if x == "" || y == "" {
				return cmp.Compare(y, x)
			}
			return sign * cmp.Compare(strings.ToLower(x), strings.ToLower(y))
		})
	case score != nil:
		slices.SortStableFunc(rows, func(a, b RiskRow) int { return sign * cmp.Compare(score(&a), score(&b)) })
	case q.Sort != "":
		return fault.Invalid("sort", "The risks cannot be sorted by that.")
	}
	return nil
}

// RiskRegister lists the open risks of the whole organisation.
func (s *Service) RiskRegister(ctx context.Context, q RiskQuery) (RiskRegister, error) {
	v := RiskRegister{Rows: []RiskRow{}, Cells: map[risk.Stage][5][5]int{}}
	words := strings.Fields(strings.ToLower(q.Words))
	err := s.readViewWithRuns(ctx, func(view *View) error {
		v.Appetite = view.org.AppetiteThreshold
		for i := range view.workflows {
			wf := &view.workflows[i]
			f, _, err := view.judge(ctx, wf)
			if err != nil {
				return err
			}
			a, ok := f.Assessment()
			if !ok {
				continue
			}
			for j := range a.Risks {
				r := &a.Risks[j]
				if r.Status == risk.RiskClosed {
					continue
				}
				v.All++
				for _, stage := range risk.Stages {
					if at := r.At(stage); at.Rated() {
						cells := v.Cells[stage]
						cells[5-at.Likelihood][at.Impact-1]++
						v.Cells[stage] = cells
					}
				}
				if at := r.At(q.Stage); q.Likelihood > 0 && at.Likelihood != q.Likelihood ||
					q.Impact > 0 && at.Impact != q.Impact {
					continue
				}
				row := RiskRow{
					ID:           r.ID,
					Ref:          r.Ref,
					Title:        r.Title,
					CatalogueID:  r.CatalogueID,
					Assessment:   a.Ref,
					Workflow:     wf.Name,
					Owner:        view.personName(r.OwnerID),
					Inherent:     r.Inherent.Value(),
					Current:      r.Current.Value(),
					Residual:     r.Residual.Value(),
					Treatment:    r.Treatment,
					TreatmentDue: r.TreatmentDue,
					Above:        r.Above(view.org.AppetiteThreshold, view.now),
				}
				if r.Acceptance.Given() {
					row.AcceptedUntil = r.Acceptance.Expires
				}
				if row.holds(words) {
					v.Rows = append(v.Rows, row)
				}
			}
		}
		return nil
	})
	if err == nil {
		err = q.sort(v.Rows)
	}
	if err != nil {
		return v, err
	}
	v.Total = len(v.Rows)
	v.Rows = v.Rows[min(max(q.From, 0), v.Total):]
	if q.Limit > 0 {
		v.Rows = v.Rows[:min(q.Limit, len(v.Rows))]
	}
	return v, nil
}

func (r *RiskRow) holds(words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(r.Ref + " " + r.CatalogueID + " " + r.Title + " " + r.Workflow + " " + r.Owner)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
