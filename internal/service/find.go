package service

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"

	"assay/internal/store/runs"
)

// Found is one hit of a search.
type Found struct {
	Kind  string `json:"kind"`
	Ref   string `json:"ref"`
	Title string `json:"title"`
	// reference of the record that it is a part of: a risk's assessment, a gate's workflow; empty for the others
	In string `json:"in"`
	// Excerpt is where the words stand, if that is neither the reference nor the title.
	Excerpt string `json:"excerpt"`
}

const mostFound = 50

// searchIndex is everything that Search looks through, worked out when it is first asked
// after a change.
type searchIndex struct {
	mu    sync.Mutex
	known bool
	items []searchItem
}

type searchItem struct {
	Found
	ref, title string // in lower case
	texts      []string
	inside     string // the texts in lower case, one a line
}

// Search finds records that hold all the words, in upper or lower case: in
// their reference or title, or in the texts within them, such as a policy's
// clauses, a risk's causes and the reasons of decisions. Those whose reference or title
// begins with the words come first, those that hold them within last, and
// among equals workflows first. A run is found by its whole identifier. It gives at most fifty.
func (s *Service) Search(ctx context.Context, text string) ([]Found, error) {
	typed := strings.Join(strings.Fields(text), " ")
	whole := strings.ToLower(typed)
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
	err := s.readView(ctx, func(view *View) error {
		items, err := view.searchItems(ctx)
		if err != nil {
			return err
		}
		for i := range items {
			x := &items[i]
			rank := x.rank(whole, words)
			if rank < 0 {
				continue
			}
			found := x.Found
			if rank == rankInside {
				found.Excerpt = x.excerpt(words)
			}
			hits = append(hits, ranked{found, rank})
		}
		of, err := runs.Named(ctx, view.r.SQL, typed)
		for _, workflowID := range of {
			if wf := view.workflowByID[workflowID]; wf != nil {
				hits = append(hits, ranked{Found{Kind: "run", Ref: typed, Title: wf.Name, In: wf.Ref}, 0})
			}
		}
		return err
	})
	slices.SortStableFunc(hits, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	for _, h := range hits[:min(len(hits), mostFound)] {
		out = append(out, h.Found)
	}
	return out, err
}

// The ranks of what is found, the best first.
const (
	rankExact = iota
	rankBegins
	rankNamed
	rankInside
)

// rank is how well the item answers to the words; negative if it does not.
func (x *searchItem) rank(whole string, words []string) int {
	rank := rankNamed
	switch {
	case x.ref == whole:
		return rankExact
	case strings.HasPrefix(x.ref, whole), strings.HasPrefix(x.title, whole):
		return rankBegins
	}
	for _, w := range words {
		if strings.Contains(x.ref, w) || strings.Contains(x.title, w) {
			continue
		}
		if !strings.Contains(x.inside, w) {
			return -1
		}
		rank = rankInside
	}
	return rank
}

// excerpt is the text around the first word that stands within.
func (x *searchItem) excerpt(words []string) string {
	const around = 48
	for _, w := range words {
		if strings.Contains(x.ref, w) || strings.Contains(x.title, w) {
			continue
		}
		for _, text := range x.texts {
			// Runes, because upper and lower case may differ in bytes.
			lower := []rune(strings.ToLower(text))
			at := strings.Index(string(lower), w)
			if at < 0 {
				continue
			}
			at = len([]rune(string(lower)[:at]))
			all := []rune(text)
			from, to := max(0, at-around), min(len(all), at+len([]rune(w))+around)
			if from > to { // the text changed its length
				from, to = 0, min(len(all), 2*around)
			}
			around := string(all[from:to])
			// Whole words only, where the text is cut off.
			if i := strings.IndexByte(around, ' '); from > 0 && i >= 0 && i < len(around)/3 {
				around = "… " + around[i:]
			}
			if i := strings.LastIndexByte(around, ' '); to < len(all) && i > 2*len(around)/3 {
				around = around[:i] + " …"
			}
			return strings.Join(strings.Fields(around), " ")
		}
	}
	return ""
}

func (view *View) searchItems(ctx context.Context) (items []searchItem, err error) {
	view.search.mu.Lock()
	defer view.search.mu.Unlock()
	if !view.search.known {
		if view.search.items, err = view.everything(ctx); err != nil {
			return nil, err
		}
		view.search.known = true
	}
	return view.search.items, nil
}

// everything lists what can be found, workflows first.
func (view *View) everything(ctx context.Context) ([]searchItem, error) {
	var out []searchItem
	see := func(kind, ref, title, in string, within any) {
		x := searchItem{
			Found: Found{Kind: kind, Ref: ref, Title: title, In: in},
			ref:   strings.ToLower(ref),
			title: strings.ToLower(title),
			texts: textsOf(within),
		}
		x.inside = strings.ToLower(strings.Join(x.texts, "\n"))
		out = append(out, x)
	}
	name := func(workflowID string) string {
		if wf := view.workflowByID[workflowID]; wf != nil {
			return wf.Name
		}
		return ""
	}
	for _, x := range view.workflows {
		x.Gates = nil // each by itself
		see("workflow", x.Ref, x.Name, "", x)
	}
	for _, x := range view.policies {
		see("policy", x.Ref, x.Title, "", x)
	}
	for _, x := range view.people {
		see("person", x.Ref, x.Name, "", x)
	}
	for _, x := range view.certificateViews() {
		see("certificate", x.Number, x.WorkflowName, "", x.Reason)
	}
	for _, x := range view.assessments {
		x.Risks = nil
		see("assessment", x.Ref, name(x.WorkflowID), "", x)
	}
	for _, x := range view.assessments {
		for _, r := range x.Risks {
			see("risk", r.Ref, r.Title+" ("+name(x.WorkflowID)+")", x.Ref, r)
		}
	}
	for _, x := range view.workflows {
		for _, g := range x.Gates {
			see("gate", g.Key, g.Title+" ("+x.Name+")", x.Ref, g)
		}
	}
	for _, x := range view.actions {
		see("action", x.Ref, x.Title, "", x)
	}
	for _, x := range view.reviews {
		see("review", x.Ref, cmp.Or(name(x.WorkflowID), x.Ref), "", x)
	}
	for _, x := range view.schedules {
		see("schedule", x.Ref, cmp.Or(name(x.WorkflowID), x.Ref), "", x)
	}
	for _, x := range view.records {
		see("record", x.Ref, x.Title, "", x)
	}
	for _, x := range view.evidence {
		see("evidence", x.Ref, x.Title, "", x)
	}
	for _, x := range view.forms {
		see("form", x.Ref, x.Form().Title+" ("+name(x.WorkflowID)+")", "", x)
	}
	for _, x := range view.soa {
		see("soa", x.ControlID, "", "", x)
	}
	sources, err := runs.Sources(ctx, view.r.SQL, "")
	if err != nil {
		return nil, err
	}
	for _, x := range sources {
		see("source", x.Ref, x.FileName, "", nil)
	}
	for _, wf := range view.workflows {
		all, err := runs.Dispositions(ctx, view.r.SQL, wf.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			see("finding", "", wf.Name, wf.Ref, d.Why)
		}
	}
	return out, nil
}

// What only the program reads: identifiers, digests and marks.
var notRead = map[string]bool{
	"Ref":            true,
	"Key":            true,
	"SHA256":         true,
	"MIME":           true,
	"Lifecycle":      true,
	"Status":         true,
	"Kind":           true,
	"Treatment":      true,
	"Enforcement":    true,
	"Conclusion":     true,
	"Implementation": true,
	"Edition":        true,
	"CatalogueID":    true,
	"What":           true,
}

// textsOf is every text in a record, at any depth, but for identifiers, codes and days.
func textsOf(record any) []string {
	var out []string
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if text := v.String(); text != "" && !isIdent(text) {
				out = append(out, text)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				f := v.Type().Field(i)
				if f.IsExported() && !notRead[f.Name] && f.Type.Name() != "Date" {
					walk(v.Field(i))
				}
			}
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				return
			}
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		}
	}
	if record != nil {
		walk(reflect.ValueOf(record))
	}
	return out
}
