package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"assay/internal/evidence"
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
	p := selection{runs: q.Runs}
	if len(q.Workflows) == 0 {
		return p, nil
	}
	p.rows = map[[2]string]bool{}
	refs := map[string]bool{}
	var text strings.Builder // of every row taken, to look for people in
	take := func(table, key, ref string, v any) error {
		p.rows[[2]string{table, key}] = true
		refs[ref] = ref != ""
		b, err := json.Marshal(v)
		text.Write(b)
		return err
	}
	chosen := map[string]bool{}
	for _, name := range q.Workflows {
		w, err := store.Workflows.Get(ctx, r, name)
		if err != nil {
			return p, err
		}
		if !chosen[w.ID] {
			chosen[w.ID] = true
			p.workflows = append(p.workflows, w.ID)
		}
	}
	slices.Sort(p.workflows)
	policies, err := store.Policies.List(ctx, r)
	if err != nil {
		return p, err
	}
	linked := map[string]bool{}
	taken := map[string]bool{}
	for _, x := range policies {
		if !slices.ContainsFunc(x.Links, func(l policy.Link) bool { return chosen[l.WorkflowID] }) {
			continue
		}
		taken[x.ID] = true
		for _, l := range x.Links {
			linked[l.WorkflowID] = true
		}
		if err := take("policy", x.ID, x.Ref, x); err != nil {
			return p, err
		}
	}
	workflows, err := store.Workflows.List(ctx, r)
	if err != nil {
		return p, err
	}
	for _, x := range workflows {
		switch {
		case chosen[x.ID]:
			if err := take("workflow", x.ID, x.Ref, x); err != nil {
				return p, err
			}
		case linked[x.ID]:
			p.others = append(p.others, handover.Other{ID: x.ID, Ref: x.Ref})
		}
	}
	for _, of := range []func() error{
		func() error {
			return takeAll(
				ctx, r, store.Assessments, take,
				func(x risk.Assessment) (string, string, bool) { return x.ID, x.Ref, chosen[x.WorkflowID] },
			)
		},
		func() error {
			return takeAll(ctx, r, store.Schedules, take, func(x review.Schedule) (string, string, bool) {
				return x.ID, x.Ref, chosen[x.WorkflowID] || x.WorkflowID == "" && taken[x.PolicyID]
			})
		},
		func() error {
			return takeAll(
				ctx, r, store.Reviews, take,
				func(x review.Review) (string, string, bool) { return x.ID, x.Ref, chosen[x.WorkflowID] },
			)
		},
		func() error {
			return takeAll(
				ctx, r, store.Actions, take,
				func(x review.Action) (string, string, bool) { return x.ID, x.Ref, chosen[x.WorkflowID] },
			)
		},
		func() error {
			return takeAll(
				ctx, r, store.Records, take,
				func(x review.Record) (string, string, bool) { return x.ID, x.Ref, chosen[x.WorkflowID] },
			)
		},
		func() error {
			return takeAll(ctx, r, store.Documents, take, func(x evidence.Evidence) (string, string, bool) {
				yes := slices.ContainsFunc(x.Links, func(l review.Subject) bool { return refs[l.Ref] })
				if yes && x.SHA256 != "" {
					p.rows[[2]string{"blob", x.SHA256}] = true
				}
				return x.ID, x.Ref, yes
			})
		},
	} {
		if err := of(); err != nil {
			return p, err
		}
	}
	people, err := store.People.List(ctx, r)
	if err != nil {
		return p, err
	}
	allTaken := text.String()
	for _, x := range people {
		if strings.Contains(allTaken, x.ID) {
			p.rows[[2]string{"person", x.ID}] = true
		}
	}
	if !q.Runs {
		return p, nil
	}
	for id := range chosen {
		sources, err := runs.Sources(ctx, r.SQL, id)
		if err != nil {
			return p, err
		}
		for _, x := range sources {
			p.rows[[2]string{"source", x.ID}] = true
		}
		decided, err := runs.Dispositions(ctx, r.SQL, id)
		if err != nil {
			return p, err
		}
		for _, x := range decided {
			p.rows[[2]string{"disposition", x.ID}] = true
		}
	}
	return p, nil
}

func takeAll[T any](
	ctx context.Context,
	r *store.Reader,
	n store.Noun[T],
	take func(table, key, ref string, v any) error,
	belongs func(T) (id, ref string, yes bool),
) error {
	list, err := n.List(ctx, r)
	if err != nil {
		return err
	}
	for _, x := range list {
		if id, ref, yes := belongs(x); yes {
			if err := take(n.Table(), id, ref, x); err != nil {
				return err
			}
		}
	}
	return nil
}
