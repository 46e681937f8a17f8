package service

import (
	"context"
	"maps"
	"slices"

	"assay/internal/assurance"
	"assay/internal/organisation"
	"assay/internal/review"
	"assay/internal/standard"
	"assay/internal/store"
)

// StandardItem is one clause, control, principle or article with what serves it.
type StandardItem struct {
	standard.Item
	Ref          string                     `json:"ref"`          // unique over all families
	Requirements []string                   `json:"requirements"` // codes of those that serve it
	Extents      map[string]standard.Extent `json:"extents"`      // how far each does, by its code
	Current      bool                       `json:"current"`      // in force today
	SoA          *standard.SoARow           `json:"soa"`          // Annex A controls only; null where nothing is decided
	Beside       *standard.Beside           `json:"beside"`       // controls of 42001: what 27001 covers of them
	Recorded     []Named                    `json:"recorded"`
}

// ItemRequirement is a requirement that serves items, with how many workflows
// meet it.
type ItemRequirement struct {
	Title  string `json:"title"`
	Where  string `json:"where"` // the place in the window where it is met, as assurance.Requirement has it
	Met    int    `json:"met"`
	NotMet int    `json:"not_met"`
}

// StandardFamily is a body of rules with its items.
type StandardFamily struct {
	standard.FamilyInfo
	Items []StandardItem `json:"items"`
}

// StandardsView is the standards room.
type StandardsView struct {
	Areas        []standard.AreaInfo        `json:"areas"`
	Families     []StandardFamily           `json:"families"`
	Requirements map[string]ItemRequirement `json:"requirements"` // by code, those of the management system too
	System       []assurance.Result         `json:"system"`       // the rules of the management system, answered
}

// Standards is every item of every standard with what meets it and what is missing.
func (s *Service) Standards(ctx context.Context) (v StandardsView, err error) {
	err = s.readViewWithRuns(ctx, func(view *View) error {
		v = StandardsView{
			Areas:        standard.Infos(),
			Families:     []StandardFamily{},
			Requirements: map[string]ItemRequirement{},
		}
		soa := map[string]standard.SoARow{}
		for _, r := range view.soa {
			soa[r.ControlID] = r
		}
		for _, q := range assurance.Registry {
			v.Requirements[q.Code] = ItemRequirement{Title: q.Title, Where: q.Where}
		}
		facts, err := view.system(ctx)
		if err != nil {
			return err
		}
		for i := range view.workflows {
			rep := view.reports[view.workflows[i].ID]
			for _, area := range rep.Areas {
				for j := range area.Results {
					v.count(&area.Results[j])
				}
			}
		}
		v.System = assurance.System(facts)
		for i := range v.System {
			r := &v.System[i]
			v.Requirements[r.Code] = ItemRequirement{Title: r.Title, Where: r.Where}
			v.count(r)
		}
		for _, fam := range standard.Families() {
			f := StandardFamily{FamilyInfo: fam.Info(), Items: []StandardItem{}}
			for _, item := range standard.Items(fam) {
				x := StandardItem{
					Item:     item,
					Ref:      item.Ref(),
					Extents:  standard.ServedBy(item),
					Current:  item.InForce(s.today()),
					Recorded: []Named{},
				}
				x.Requirements = append(x.Requirements, slices.Sorted(maps.Keys(x.Extents))...)
				if row, ok := soa[item.Ref()]; ok && slices.Contains(standard.Controls, fam) {
					x.SoA = &row
				}
				if b := standard.BesideOf(item.Ref()); fam == standard.FamilyAnnexA && b.Extent != "" {
					x.Beside = &b
				}
				x.Recorded = append(x.Recorded, view.linked(item)...)
				f.Items = append(f.Items, x)
			}
			v.Families = append(v.Families, f)
		}
		return nil
	})
	return v, err
}

// count adds the answer of a requirement to how often it is met.
func (v *StandardsView) count(r *assurance.Result) {
	x := v.Requirements[r.Code]
	switch {
	case r.Status.Whole():
		x.Met++
	case !r.Status.Stands():
		x.NotMet++
	}
	v.Requirements[r.Code] = x
}

// System answers the rules of the management system as a whole.
func (s *Service) System(ctx context.Context) (out []assurance.Result, err error) {
	err = s.readViewWithRuns(ctx, func(view *View) error {
		f, err := view.system(ctx)
		out = assurance.System(f)
		return err
	})
	return out, err
}

// ReviewInputs drafts what the next management review should have before it.
func (s *Service) ReviewInputs(ctx context.Context) (out []assurance.ReviewInput, err error) {
	err = s.readViewWithRuns(ctx, func(view *View) error {
		f, err := view.system(ctx)
		if err != nil {
			return err
		}
		out = assurance.ReviewInputs(f)
		return nil
	})
	return out, err
}

// system gathers what the rules of the management system look at; every workflow
// is judged by it.
func (view *View) system(ctx context.Context) (assurance.SystemFacts, error) {
	f := assurance.SystemFacts{
		Now:          view.now,
		Organisation: view.org,
		People:       view.people,
		Policies:     view.policies,
		Records:      view.records,
		Reviews:      view.reviews,
		Actions:      view.actions,
		Evidence:     view.evidence,
		SoA:          view.soa,
	}
	for i := range view.workflows {
		w, _, err := view.judge(ctx, &view.workflows[i])
		if err != nil {
			return f, err
		}
		f.Workflows = append(f.Workflows, w)
	}
	return f, nil
}

// mostNamed is how many workflows are named where all of them could be.
const mostNamed = 20

// Missing names the workflows that do not meet a requirement, each with what
// would meet it; at most twenty.
func (s *Service) Missing(ctx context.Context, code string) ([]Named, error) {
	out := []Named{}
	err := s.readViewWithRuns(ctx, func(view *View) error {
		for i := range view.workflows {
			wf := &view.workflows[i]
			_, rep, err := view.judge(ctx, wf)
			if err != nil {
				return err
			}
			if r, ok := rep.Result(code); ok && !r.Status.Stands() && len(out) < mostNamed {
				out = append(out, Named{wf.ID, wf.Ref, wf.Name, r.Remedy})
			}
		}
		return nil
	})
	return out, err
}

// linked is the documents and records that were linked to an item of a standard.
func (view *View) linked(item standard.Item) []Named {
	var out []Named
	for _, e := range view.evidence {
		for _, l := range e.Links {
			if l.Kind == review.SubjectControl && item.Named(l.Ref) {
				out = append(out, Named{e.ID, e.Ref, e.Title, string(e.StatusAt(view.now))})
			}
		}
	}
	for _, x := range view.records {
		for _, l := range x.Links {
			if l.Kind == review.SubjectControl && item.Named(l.Ref) {
				out = append(out, Named{x.ID, x.Ref, x.Title, string(x.Kind)})
			}
		}
	}
	return out
}

// SaveSoA decides about one control of the Statement of Applicability.
func (s *Service) SaveSoA(ctx context.Context, row standard.SoARow) error {
	return s.change(
		ctx,
		doing{
			action:  "soa.save",
			subject: row.ControlID,
			summary: "Decided about the control " + row.ControlID,
			may:     organisation.ActionEdit,
		},
		func(t *store.Tx) error {
			if err := row.Validate(); err != nil {
				return err
			}
			was, err := soaRow(ctx, &t.Reader, row.ControlID)
			if err != nil {
				return err
			}
			if err := s.bySecond(ctx, &t.Reader, was, &row); err != nil {
				return err
			}
			return putSoA(ctx, t, row)
		},
	)
}
