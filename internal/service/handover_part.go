package service

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"assay/internal/evidence"
	"assay/internal/form"
	"assay/internal/handover"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// selection is what a hand-over carries of the register.
type selection struct {
	workflows []string           // identifiers; empty: all
	others    []handover.Other   // workflows that are linked to and stay behind
	rows      map[[2]string]bool // by table and key, where a part was chosen
	runs      bool
}

func (p selection) whole() bool { return len(p.workflows) == 0 }

func (p selection) has(table, key string) bool {
	switch {
	case table == "source" || table == "disposition":
		return p.runs && (p.whole() || p.rows[[2]string{table, key}])
	case !handover.Carries(table):
		return false
	}
	return p.whole() || p.rows[[2]string{table, key}]
}

// selectRecords finds the rows that belong to the workflows asked for: their assessments,
// schedules, reviews, actions, records and evidence, the policies that apply to them, and the people
// whom any of these name. Other workflows that those policies name stay behind; the recipient's
// register holds their references, because a link must lead somewhere.
func selectRecords(ctx context.Context, r *store.Reader, q HandoverRequest) (selection, error) {
	p := selector{
		selection: selection{runs: q.Runs},
		r:         r,
		refs:      map[string]bool{},
		chosen:    map[string]bool{},
		policies:  map[string]bool{},
		linked:    map[string]bool{},
	}
	if len(q.Workflows) == 0 {
		return p.selection, nil
	}
	p.rows = map[[2]string]bool{}
	for _, name := range q.Workflows {
		w, err := store.Workflows.Get(ctx, r, name)
		if err != nil {
			return p.selection, err
		}
		if !p.chosen[w.ID] {
			p.chosen[w.ID] = true
			p.workflows = append(p.workflows, w.ID)
		}
	}
	slices.Sort(p.workflows)
	for _, of := range []func(context.Context) error{p.takeWorkflows, p.takeRecords, p.takePeople} {
		if err := of(ctx); err != nil {
			return p.selection, err
		}
	}
	if q.Runs {
		return p.selection, p.takeRuns(ctx)
	}
	return p.selection, nil
}

// selector chooses the rows of a part.
type selector struct {
	selection
	r        *store.Reader
	chosen   map[string]bool // workflows, by identifier
	policies map[string]bool // that apply to these
	linked   map[string]bool // workflows that those policies name
	refs     map[string]bool // of the rows taken
	text     strings.Builder // of every row taken, to look for people in
}

func (p *selector) take(table, key, ref string, v any) error {
	p.rows[[2]string{table, key}] = true
	p.refs[ref] = ref != ""
	b, err := json.Marshal(v)
	p.text.Write(b)
	return err
}

// takeWorkflows takes the policies that apply to what is chosen, and the workflows.
func (p *selector) takeWorkflows(ctx context.Context) error {
	policies, err := store.Policies.List(ctx, p.r)
	if err != nil {
		return err
	}
	for _, x := range policies {
		if !slices.ContainsFunc(x.Links, func(l policy.Link) bool { return p.chosen[l.WorkflowID] }) {
			continue
		}
		p.policies[x.ID] = true
		for _, l := range x.Links {
			p.linked[l.WorkflowID] = true
		}
		if err := p.take("policy", x.ID, x.Ref, x); err != nil {
			return err
		}
	}
	workflows, err := store.Workflows.List(ctx, p.r)
	if err != nil {
		return err
	}
	for _, x := range workflows {
		switch {
		case p.chosen[x.ID]:
			if err := p.take("workflow", x.ID, x.Ref, x); err != nil {
				return err
			}
		case p.linked[x.ID]:
			p.others = append(p.others, handover.Other{ID: x.ID, Ref: x.Ref})
		}
	}
	return nil
}

// takeRecords takes what is recorded about the chosen workflows; documents last, because they
// are linked to the references of what was taken before.
func (p *selector) takeRecords(ctx context.Context) error {
	return cmp.Or(
		takeAll(ctx, p, store.Assessments, func(x risk.Assessment) (string, string, bool) {
			return x.ID, x.Ref, p.chosen[x.WorkflowID]
		}),
		takeAll(ctx, p, store.Schedules, func(x review.Schedule) (string, string, bool) {
			return x.ID, x.Ref, p.chosen[x.WorkflowID] || x.WorkflowID == "" && p.policies[x.PolicyID]
		}),
		takeAll(ctx, p, store.Reviews, func(x review.Review) (string, string, bool) {
			return x.ID, x.Ref, p.chosen[x.WorkflowID]
		}),
		takeAll(ctx, p, store.Actions, func(x review.Action) (string, string, bool) {
			return x.ID, x.Ref, p.chosen[x.WorkflowID]
		}),
		takeAll(ctx, p, store.Records, func(x review.Record) (string, string, bool) {
			return x.ID, x.Ref, p.chosen[x.WorkflowID]
		}),
		takeAll(ctx, p, store.Forms, func(x form.Document) (string, string, bool) {
			return x.ID, x.Ref, p.chosen[x.WorkflowID]
		}),
		takeAll(ctx, p, store.Documents, func(x evidence.Evidence) (string, string, bool) {
			yes := slices.ContainsFunc(x.Links, func(l review.Subject) bool { return p.refs[l.Ref] })
			if yes && x.SHA256 != "" {
				p.rows[[2]string{"blob", x.SHA256}] = true
			}
			return x.ID, x.Ref, yes
		}),
	)
}

// takePeople takes whom any row names that was taken.
func (p *selector) takePeople(ctx context.Context) error {
	people, err := store.People.List(ctx, p.r)
	if err != nil {
		return err
	}
	taken := p.text.String()
	for _, x := range people {
		if strings.Contains(taken, x.ID) {
			p.rows[[2]string{"person", x.ID}] = true
		}
	}
	return nil
}

// takeRuns takes the imports of the chosen workflows and what was decided about their findings.
func (p *selector) takeRuns(ctx context.Context) error {
	for id := range p.chosen {
		sources, err := runs.Sources(ctx, p.r.SQL, id)
		if err != nil {
			return err
		}
		for _, x := range sources {
			p.rows[[2]string{"source", x.ID}] = true
		}
		decided, err := runs.Dispositions(ctx, p.r.SQL, id)
		if err != nil {
			return err
		}
		for _, x := range decided {
			p.rows[[2]string{"disposition", x.ID}] = true
		}
	}
	return nil
}

// takeAll takes those rows of a table that belong to the part.
func takeAll[T any](ctx context.Context, p *selector, n store.Noun[T], belongs func(T) (id, ref string, yes bool),
) error {
	list, err := n.List(ctx, p.r)
	if err != nil {
		return err
	}
	for _, x := range list {
		if id, ref, yes := belongs(x); yes {
			if err := p.take(n.Table(), id, ref, x); err != nil {
				return err
			}
		}
	}
	return nil
}
