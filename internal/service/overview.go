package service

import (
	"context"
	"slices"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/organisation"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/store"
	"assay/internal/workflow"
)

// AreaFigure is one area's score without the list behind it.
type AreaFigure struct {
	Area       standard.Area `json:"area"`
	Title      string        `json:"title"`
	Met        int           `json:"met"`
	Applicable int           `json:"applicable"`
}

// WorkflowRow is a workflow in a list.
type WorkflowRow struct {
	ID           string             `json:"id"`
	Ref          string             `json:"ref"`
	Name         string             `json:"name"`
	Service      string             `json:"service"`
	Version      string             `json:"version"`
	Lifecycle    workflow.Lifecycle `json:"lifecycle"`
	Owner        string             `json:"owner"`
	Percent      int                `json:"percent"`
	Met          int                `json:"met"`
	Applicable   int                `json:"applicable"`
	Areas        []AreaFigure       `json:"areas"`
	Blocking     int                `json:"blocking"` // blocking requirements that are not met
	Next         string             `json:"next"`     // the next thing to do
	Runs         int                `json:"runs"`
	OpenFindings int                `json:"open_findings"`
	HighestRisk  int                `json:"highest_risk"` // residual score, 0 where nothing is rated
	Above        int                `json:"above_appetite"`
	Certificate  string             `json:"certificate"` // number of the one in force, empty if none is
	ValidUntil   civil.Date         `json:"valid_until"`
	NextReview   civil.Date         `json:"next_review"`
	Sample       bool               `json:"sample"`
}

// FirstStep is a part of the path from an empty register to the first certificate.
type FirstStep struct {
	Key  string `json:"key"` // people, policy, workflow, gate, runs, assessment, keys
	Done bool   `json:"done"`
}

// Overview is the first page.
type Overview struct {
	Organisation organisation.Organisation `json:"organisation"`
	// Part tells that the register holds only some of the organisation's workflows,
	// handed over by another: it then shows no score of the organisation.
	Part         bool                        `json:"part"`
	Score        assurance.OrganisationScore `json:"score"`
	Areas        []AreaFigure                `json:"areas"` // summed over live workflows; where none is, over those not retired
	Workflows    []WorkflowRow               `json:"workflows"`
	Next         []TodoGroup                 `json:"next"`    // what to do first; at most eight causes
	Waiting      int                         `json:"waiting"` // things to do in all
	Standing     Standing                    `json:"standing"`
	First        []FirstStep                 `json:"first"`    // empty once all is done
	Due          []Due                       `json:"due"`      // overdue and within 60 days
	Findings     []CodeCount                 `json:"findings"` // open ones by code
	Matrix       [5][5]risk.Cell             `json:"matrix"`   // residual, over the assessments in use
	Recent       []Activity                  `json:"recent"`
	Certificates int                         `json:"certificates"` // in force
}

// judge gathers the facts of a workflow and judges them.
func (view *View) judge(ctx context.Context, wf *workflow.Workflow) (assurance.Facts, assurance.Report, error) {
	view.cache.mu.Lock()
	defer view.cache.mu.Unlock()
	j := view.cache.reports[wf.ID]
	if j == nil {
		f, err := view.facts(ctx, wf)
		if err != nil {
			return f, assurance.Report{}, err
		}
		if view.seq == 0 { // nobody has filled in what it read
			f = Whole(f)
		} else { // its records are whole, and to walk through them again takes long
			if view.workflowByID[wf.ID] != wf {
				f.Workflow = Whole(f.Workflow)
			}
			f.Sources, f.Gates, f.Runs = Whole(f.Sources), Whole(f.Gates), Whole(f.Runs)
			f.Findings, f.Declarations = Whole(f.Findings), Whole(f.Declarations)
		}
		j = &workflowReport{f, Whole(assurance.Readiness(f))}
		view.cache.reports[wf.ID] = j
	}
	f, rep := j.facts, j.report
	f.Now, rep.At = view.now, view.now.UTC().Truncate(time.Second)
	view.reports[wf.ID] = rep
	return f, rep, nil
}

func (view *View) row(wf *workflow.Workflow, f assurance.Facts, rep assurance.Report) WorkflowRow {
	v := WorkflowRow{
		ID:         wf.ID,
		Ref:        wf.Ref,
		Name:       wf.Name,
		Service:    wf.Service,
		Version:    wf.Version,
		Lifecycle:  wf.Lifecycle,
		Owner:      view.personName(wf.OwnerID),
		Percent:    rep.Percent,
		Met:        rep.Met,
		Applicable: rep.Applicable,
		Areas:      figures(rep.Areas),
		Blocking:   len(rep.Blocking),
		Runs:       f.Runs.Total,
		Sample:     wf.Sample,
	}
	if len(rep.Next) > 0 {
		v.Next = rep.Next[0].Text
	}
	for _, x := range f.Findings {
		v.OpenFindings += x.Open
	}
	if a, ok := f.Assessment(); ok {
		for _, r := range a.Risks {
			if r.Status != risk.RiskClosed {
				v.HighestRisk = max(v.HighestRisk, r.Residual.Value())
			}
		}
		v.Above = len(a.AboveAppetite(view.org.AppetiteThreshold, view.now))
	}
	for _, c := range view.certificateViews() {
		if c.WorkflowID == wf.ID && c.Status == "issued" {
			v.Certificate, v.ValidUntil = c.Number, c.ValidUntil
		}
	}
	for _, x := range f.Schedules {
		if x.Active && x.WorkflowID == wf.ID && (v.NextReview.IsZero() || x.Next.Before(v.NextReview)) {
			v.NextReview = x.Next
		}
	}
	return v
}

func figures(areas []assurance.AreaScore) []AreaFigure {
	out := make([]AreaFigure, len(areas))
	for i, a := range areas {
		out[i] = AreaFigure{a.Area, a.Title, a.Met, a.Applicable}
	}
	return out
}

// Overview is where things stand and what to do next.
func (s *Service) Overview(ctx context.Context) (v Overview, err error) {
	v = Overview{
		Workflows: []WorkflowRow{},
		Next:      []TodoGroup{},
		First:     []FirstStep{},
		Due:       []Due{},
		Findings:  []CodeCount{},
		Recent:    []Activity{},
		Areas:     []AreaFigure{},
	}
	err = s.readViewWithRuns(ctx, func(view *View) error {
		v.Organisation = view.org
		var live, coming []assurance.Report
		var risks []risk.Risk
		open := map[string]*CodeCount{}
		var codes []string
		for i := range view.workflows {
			wf := &view.workflows[i]
			f, rep, err := view.judge(ctx, wf)
			if err != nil {
				return err
			}
			v.Workflows = append(v.Workflows, view.row(wf, f, rep))
			for _, x := range f.Findings {
				if x.Open == 0 {
					continue
				}
				if open[x.Code] == nil {
					open[x.Code] = &CodeCount{x.Code, x.Title, 0}
					codes = append(codes, x.Code)
				}
				open[x.Code].Count += int64(x.Open)
			}
			if a, ok := f.Assessment(); ok {
				risks = append(
					risks,
					filter(a.Risks, func(r *risk.Risk) bool { return r.Status != risk.RiskClosed })...)
			}
			switch wf.Lifecycle {
			case workflow.LifecycleLive:
				live = append(live, rep)
			case workflow.LifecycleRetired:
			default:
				coming = append(coming, rep)
			}
		}
		v.Areas = sumAreas(live)
		if len(live) == 0 {
			v.Areas = sumAreas(coming)
		}
		for _, code := range codes {
			v.Findings = append(v.Findings, *open[code])
		}
		todo, err := view.todo(ctx, TodoQuery{})
		if err != nil {
			return err
		}
		v.Next, v.Waiting, v.Standing = todo.Groups[:min(len(todo.Groups), 8)], todo.Items, todo.Standing
		if v.First, err = view.firstSteps(ctx); err != nil {
			return err
		}
		due, err := view.agenda(ctx)
		if err != nil {
			return err
		}
		for _, d := range due {
			if d.Days <= 60 {
				v.Due = append(v.Due, d)
			}
		}
		for _, c := range view.certificateViews() {
			if c.Status == "issued" {
				v.Certificates++
			}
		}
		if v.Part = view.part; v.Part {
			v.Areas = []AreaFigure{}
		} else {
			v.Score = assurance.Organisation(live)
		}
		v.Matrix = risk.Matrix(risks, risk.Residual)
		return nil
	})
	if err != nil {
		return v, err
	}
	v.Recent, err = s.Activities(ctx, "", 0, 8)
	return v, err
}

func sumAreas(reports []assurance.Report) []AreaFigure {
	out := []AreaFigure{}
	for _, rep := range reports {
		for j, a := range rep.Areas {
			if len(out) <= j {
				out = append(out, AreaFigure{Area: a.Area, Title: a.Title})
			}
			out[j].Met += a.Met
			out[j].Applicable += a.Applicable
		}
	}
	return out
}

// firstSteps is the path to the first certificate; none once it is gone to its end.
func (view *View) firstSteps(ctx context.Context) ([]FirstStep, error) {
	keys, err := keysOf(ctx, view.r)
	if err != nil {
		return nil, err
	}
	gates, runs := false, false
	for i := range view.workflows {
		f, _, err := view.judge(ctx, &view.workflows[i])
		if err != nil {
			return nil, err
		}
		gates = gates || len(f.Workflow.Gates) > 0
		runs = runs || f.Runs.Total > 0
	}
	steps := []FirstStep{
		{"people", len(view.people) > 1},
		{"policy", len(view.policies) > 0},
		{"workflow", len(view.workflows) > 0},
		{"gate", gates},
		{"runs", runs},
		{"assessment", len(view.assessments) > 0},
		{"keys", len(keys) > 0},
	}
	if !slices.ContainsFunc(steps, func(x FirstStep) bool { return !x.Done }) {
		return []FirstStep{}, nil
	}
	return steps, nil
}

// Workflows lists the workflows with their scores.
func (s *Service) Workflows(ctx context.Context) ([]WorkflowRow, error) {
	out := []WorkflowRow{}
	err := s.readViewWithRuns(ctx, func(view *View) error {
		for i := range view.workflows {
			f, rep, err := view.judge(ctx, &view.workflows[i])
			if err != nil {
				return err
			}
			out = append(out, view.row(&view.workflows[i], f, rep))
		}
		return nil
	})
	return out, err
}

// WorkflowName is a workflow as a choice in a form or filter.
type WorkflowName struct {
	ID   string `json:"id"`
	Ref  string `json:"ref"`
	Name string `json:"name"`
	Runs int    `json:"runs"`
}

// WorkflowNames lists the workflows by name alone.
func (s *Service) WorkflowNames(ctx context.Context) ([]WorkflowName, error) {
	out := []WorkflowName{}
	err := s.readViewWithRuns(ctx, func(view *View) error {
		for i := range view.workflows {
			wf := &view.workflows[i]
			f, _, err := view.judge(ctx, wf)
			if err != nil {
				return err
			}
			out = append(out, WorkflowName{wf.ID, wf.Ref, wf.Name, f.Runs.Total})
		}
		return nil
	})
	return out, err
}

// WorkflowView is one workflow with everything that its page shows.
type WorkflowView struct {
	Row          WorkflowRow              `json:"row"`
	Workflow     workflow.Workflow        `json:"workflow"`
	Readiness    assurance.Report         `json:"readiness"`
	Policies     []PolicyView             `json:"policies"`
	Assessment   *AssessmentView          `json:"assessment"` // the one in use, or in the making; null if there is none
	Schedules    []review.Schedule        `json:"schedules"`
	Reviews      []review.Review          `json:"reviews"`
	Actions      []review.Action          `json:"actions"`
	Records      []review.Record          `json:"records"`
	Gates        []assurance.GateMeasure  `json:"gates"`
	Declarations []DeclarationRow         `json:"declarations"` // what was declared over time, the first one first
	Findings     []assurance.FindingCount `json:"findings"`
	Sources      []assurance.Source       `json:"sources"`
	Runs         assurance.RunFacts       `json:"runs"`
	Certificates []CertificateView        `json:"certificates"`
	Moves        []workflow.Lifecycle     `json:"moves"`           // stages that it may move to
	MissingText  []string                 `json:"missing_account"` // parts of the plain-language account that are not written
	Twins        []assurance.Twin         `json:"twins"`           // other workflows that may be this one
}

// DeclarationRow is what a workflow declared from a day on, as its page shows it.
type DeclarationRow struct {
	From     civil.Date `json:"from"` // the first day of the runs that are held to it; empty: all before the next one
	Changed  []string   `json:"changed"`
	Words    string     `json:"words"` // when it was made, by whom and why, and what it did to the findings
	Lessened bool       `json:"lessened"`
}

func declarationRows(list []assurance.DeclarationChange) []DeclarationRow {
	out := make([]DeclarationRow, len(list))
	for i, d := range list {
		out[i] = DeclarationRow{From: d.From, Changed: d.Changed, Words: d.Words(), Lessened: d.Gone() > 0}
	}
	return out
}

// Workflow is one workflow by reference, identifier or platform name.
func (s *Service) Workflow(ctx context.Context, name string) (v WorkflowView, err error) {
	err = s.readView(ctx, func(view *View) error {
		wf, err := view.workflowNamed(ctx, name)
		if err != nil {
			return err
		}
		f, rep, err := view.judge(ctx, wf)
		if err != nil {
			return err
		}
		if f.Twins, err = view.twins(ctx, wf); err != nil {
			return err
		}
		v = WorkflowView{
			Row:       view.row(wf, f, rep),
			Workflow:  wf.Copy(),
			Readiness: rep,
			Policies:  []PolicyView{},
			Schedules: f.Schedules,
			Reviews:   f.Reviews,
			Actions:   f.Actions,
			Records: filter(
				f.Records,
				func(x *review.Record) bool { return x.WorkflowID == wf.ID },
			),
			Gates:        f.Gates,
			Declarations: declarationRows(f.Declarations),
			Findings:     f.Findings,
			Sources:      f.Sources,
			Runs:         f.Runs,
			Twins:        f.Twins,
			Certificates: filter(
				view.certificateViews(),
				func(c *CertificateView) bool { return c.WorkflowID == wf.ID },
			),
			MissingText: wf.Confirmed().Account.Missing(),
			Moves:       wf.Moves(),
		}
		for _, p := range f.Policies {
			v.Policies = append(v.Policies, view.policyView(p))
		}
		if a, ok := f.Assessment(); ok {
			shown := view.assessmentView(a)
			v.Assessment = &shown
		} else if n := len(f.Assessments); n > 0 {
			shown := view.assessmentView(f.Assessments[n-1])
			v.Assessment = &shown
		}
		return nil
	})
	return v, err
}

// Readiness is how a workflow stands against every requirement.
func (s *Service) Readiness(ctx context.Context, name string) (rep assurance.Report, err error) {
	err = s.readView(ctx, func(view *View) error {
		wf, err := store.Workflows.Get(ctx, view.r, name)
		if err != nil {
			return err
		}
		_, rep, err = view.judge(ctx, wf)
		return err
	})
	return rep, err
}
