package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"assay/internal/store/runs"
)

// Found is one hit of a search.
type Found struct {
	Kind  string `json:"kind"`
	Ref   string `json:"ref"`
	Title string `json:"title"`
	In    string `json:"in"` // reference of the record that it is a part of: a risk's assessment; empty for the others
}

const mostFound = 50

// Search finds records whose reference or title holds all the words, in upper
// or lower case: those that begin with them first, and among equals workflows
// first. It gives at most fifty.
func (s *Service) Search(ctx context.Context, text string) ([]Found, error) {
	whole := strings.ToLower(strings.Join(strings.Fields(text), " "))
	words := strings.Fields(whole)
	out := []Found{}
	if len(words) == 0 {
		return out, nil
	}
	type ranked struct {
		Found
		rank int
	}
	var hits []ranked
	see := func(kind, ref, title, in string) {
		r, t := strings.ToLower(ref), strings.ToLower(title)
		for _, w := range words {
			if !strings.Contains(r, w) && !strings.Contains(t, w) {
				return
			}
		}
		rank := 2
		switch {
		case r == whole:
			rank = 0
		case strings.HasPrefix(r, whole), strings.HasPrefix(t, whole):
			rank = 1
		}
		hits = append(hits, ranked{Found{kind, ref, title, in}, rank})
	}
	err := s.look(ctx, func(w *world) error {
		name := func(workflowID string) string {
			if wf := w.workflowByID[workflowID]; wf != nil {
				return wf.Name
			}
			return ""
		}
		for _, x := range w.workflows {
			see("workflow", x.Ref, x.Name, "")
		}
		for _, x := range w.policies {
			see("policy", x.Ref, x.Title, "")
		}
		for _, x := range w.people {
			see("person", x.Ref, x.Name, "")
		}
		for _, x := range w.certificates {
			see("certificate", x.Number, x.WorkflowName, "")
		}
		for _, x := range w.assessments {
			see("assessment", x.Ref, name(x.WorkflowID), "")
		}
		for _, x := range w.assessments {
			for _, r := range x.Risks {
				see("risk", r.Ref, r.Title+" ("+name(x.WorkflowID)+")", x.Ref)
			}
		}
		for _, x := range w.actions {
			see("action", x.Ref, x.Title, "")
		}
		for _, x := range w.reviews {
			see("review", x.Ref, cmp.Or(name(x.WorkflowID), x.Ref), "")
		}
		for _, x := range w.schedules {
			see("schedule", x.Ref, cmp.Or(name(x.WorkflowID), x.Ref), "")
		}
		for _, x := range w.records {
			see("record", x.Ref, x.Title, "")
		}
		for _, x := range w.evidence {
			see("evidence", x.Ref, x.Title, "")
		}
		sources, err := runs.Sources(ctx, w.r.SQL, "")
		for _, x := range sources {
			see("source", x.Ref, x.FileName, "")
		}
		return err
	})
	slices.SortStableFunc(hits, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	for _, h := range hits[:min(len(hits), mostFound)] {
		out = append(out, h.Found)
	}
	return out, err
}
