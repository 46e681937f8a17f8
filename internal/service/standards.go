package service

import (
	"context"

	"assay/internal/assurance"
	"assay/internal/organisation"
	"assay/internal/standard"
	"assay/internal/store"
)

// StandardItem is one clause, control, principle or article with what serves it.
type StandardItem struct {
	standard.Item
	Requirements []string         `json:"requirements"` // codes of those that serve it
	SoA          *standard.SoARow `json:"soa"`          // Annex A only; null where nothing is decided
	Recorded     []Named          `json:"recorded"`
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
	Family standard.Family `json:"family"`
	Items  []StandardItem  `json:"items"`
}

// StandardsView is the standards room.
type StandardsView struct {
	Areas        []standard.AreaInfo        `json:"areas"`
	Families     []StandardFamily           `json:"families"`
	Requirements map[string]ItemRequirement `json:"requirements"` // by code
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
		serving := map[string][]string{}
		for _, q := range assurance.Registry {
			for _, ref := range q.Serves() {
				serving[ref] = append(serving[ref], q.Code)
			}
			v.Requirements[q.Code] = ItemRequirement{Title: q.Title, Where: q.Where}
		}
		for i := range view.workflows {
			_, rep, err := view.judge(ctx, &view.workflows[i])
			if err != nil {
				return err
			}
			for _, area := range rep.Areas {
				for j := range area.Results {
					r := &area.Results[j]
					x := v.Requirements[r.Code]
					switch {
					case r.Status.Whole():
						x.Met++
					case !r.Status.Stands():
						x.NotMet++
					}
					v.Requirements[r.Code] = x
				}
			}
		}
		for _, fam := range standard.Families {
			f := StandardFamily{Family: fam, Items: []StandardItem{}}
			for _, item := range standard.Items(fam) {
				x := StandardItem{Item: item, Requirements: serving[item.Ref()], Recorded: []Named{}}
				if row, ok := soa[item.ID]; ok && fam == standard.FamilyAnnexA {
					x.SoA = &row
				}
				if fam == standard.FamilyAnnexA || fam == standard.FamilyClause {
					x.Recorded = append(x.Recorded, view.linked(item.ID)...)
				}
				f.Items = append(f.Items, x)
			}
			v.Families = append(v.Families, f)
		}
		return nil
	})
	return v, err
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

// linked is the documents and records that were linked to a clause or control.
func (view *View) linked(item string) []Named {
	var out []Named
	for _, e := range view.evidence {
		for _, l := range e.Links {
			if l.Ref == item {
				out = append(out, Named{e.ID, e.Ref, e.Title, string(e.StatusAt(view.now))})
			}
		}
	}
	for _, x := range view.records {
		for _, l := range x.Links {
			if l.Ref == item {
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
			return putSoA(ctx, t, row)
		},
	)
}
