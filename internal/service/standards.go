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
	Requirements []ItemRequirement `json:"requirements"`
	SoA          *standard.SoARow  `json:"soa"` // Annex A only; null where nothing is decided
	Recorded     []Named           `json:"recorded"`
}

// ItemRequirement is a requirement that serves an item, with where it stands.
type ItemRequirement struct {
	Code   string  `json:"code"`
	Title  string  `json:"title"`
	Where  string  `json:"where"`   // the place in the window where it is met, as assurance.Requirement has it
	Met    []Named `json:"met"`     // workflows; at most twenty
	NotMet []Named `json:"not_met"` // workflows, with what would meet it; at most twenty
	// How many there are of each.
	MetCount    int `json:"met_count"`
	NotMetCount int `json:"not_met_count"`
}

// StandardFamily is a body of rules with its items.
type StandardFamily struct {
	Family standard.Family `json:"family"`
	Items  []StandardItem  `json:"items"`
}

// StandardsView is the standards room.
type StandardsView struct {
	Areas    []standard.AreaInfo `json:"areas"`
	Families []StandardFamily    `json:"families"`
}

// Standards is every item of every standard with what meets it and what is missing.
func (s *Service) Standards(ctx context.Context) (v StandardsView, err error) {
	err = s.look(ctx, func(w *world) error {
		v = StandardsView{Areas: standard.Infos(), Families: []StandardFamily{}}
		for i := range w.workflows {
			if _, _, err := w.judge(&w.workflows[i]); err != nil {
				return err
			}
		}
		soa := map[string]standard.SoARow{}
		for _, r := range w.soa {
			soa[r.ControlID] = r
		}
		serving := map[string][]assurance.Requirement{}
		for _, q := range assurance.Registry {
			for _, ref := range q.Serves {
				serving[ref] = append(serving[ref], q)
			}
		}
		for _, fam := range standard.Families {
			f := StandardFamily{Family: fam, Items: []StandardItem{}}
			for _, item := range standard.Items(fam) {
				x := StandardItem{Item: item, Requirements: []ItemRequirement{}, Recorded: []Named{}}
				if row, ok := soa[item.ID]; ok && fam == standard.FamilyAnnexA {
					x.SoA = &row
				}
				for _, q := range serving[item.Ref()] {
					x.Requirements = append(x.Requirements, w.itemRequirement(q))
				}
				if fam == standard.FamilyAnnexA || fam == standard.FamilyClause {
					x.Recorded = append(x.Recorded, w.linked(item.ID)...)
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

func (w *world) itemRequirement(q assurance.Requirement) ItemRequirement {
	out := ItemRequirement{Code: q.Code, Title: q.Title, Where: q.Where, Met: []Named{}, NotMet: []Named{}}
	for _, wf := range w.workflows {
		r, ok := w.reports[wf.ID].Result(q.Code)
		switch {
		case !ok:
		case r.Status == assurance.StatusMet:
			if out.MetCount++; len(out.Met) < mostNamed {
				out.Met = append(out.Met, Named{wf.ID, wf.Ref, wf.Name, r.Reason})
			}
		case r.Status == assurance.StatusNotMet:
			if out.NotMetCount++; len(out.NotMet) < mostNamed {
				out.NotMet = append(out.NotMet, Named{wf.ID, wf.Ref, wf.Name, r.Remedy})
			}
		}
	}
	return out
}

// linked is the documents and records that were linked to a clause or control.
func (w *world) linked(item string) []Named {
	var out []Named
	for _, e := range w.evidence {
		for _, l := range e.Links {
			if l.Ref == item {
				out = append(out, Named{e.ID, e.Ref, e.Title, string(e.StatusAt(w.now))})
			}
		}
	}
	for _, x := range w.records {
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
	return s.change(ctx, doing{action: "soa.save", subject: row.ControlID, summary: "Decided about the control " + row.ControlID, may: organisation.ActionEdit}, func(t *store.Tx) error {
		if err := row.Validate(); err != nil {
			return err
		}
		return putSoA(ctx, t, row)
	})
}
