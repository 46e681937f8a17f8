package service

import (
	"strings"
	"testing"

	"assay/internal/civil"
	"assay/internal/review"
)

func TestAssignTodo(t *testing.T) {
	s := openDemo(t, nil)
	ctx := t.Context()
	before := must(s.Todo(ctx, TodoQuery{}))
	var group *TodoGroup
	for i := range before.Groups {
		if g := &before.Groups[i]; g.Kind == "requirement" && g.Count > 1 && g.Items[0].WorkflowRef != "" {
			group = g
			break
		}
	}
	q := TodoAssignment{OwnerID: must(s.People(ctx))[3].ID, Due: "2027-03-31"}
	for _, x := range group.Items {
		q.Items = append(q.Items, TodoChoice{Key: group.Key, Workflow: x.WorkflowRef})
	}
	actions := func() (out []review.Action) {
		for _, a := range must(s.Improvement(ctx)).Actions {
			if strings.HasPrefix(a.Title, group.Key+":") && a.Status == review.ActionOpen {
				out = append(out, a)
			}
		}
		return out
	}
	held := len(actions())
	for name, bad := range map[string]TodoAssignment{
		"to nobody":         {Items: q.Items, Due: q.Due},
		"by no day":         {Items: q.Items, OwnerID: q.OwnerID},
		"by a day that not": {Items: q.Items, OwnerID: q.OwnerID, Due: "2027-02-31"},
		"nothing":           {OwnerID: q.OwnerID, Due: q.Due},
		"no requirement": {
			Items:   append(q.Items[:1:1], TodoChoice{Key: "XXX-R99"}),
			OwnerID: q.OwnerID,
			Due:     q.Due,
		},
	} {
		if n, err := s.AssignTodo(ctx, bad); err == nil {
			t.Errorf("%s was assigned, %d times", name, n)
		}
	}
	if len(actions()) != held {
		t.Fatal("what was refused left something")
	}
	if n, err := s.AssignTodo(ctx, q); err != nil || n != len(q.Items) {
		t.Fatal(n, err)
	}
	// Again, by another day: the same actions.
	q.Due = "2027-06-30"
	must(s.AssignTodo(ctx, q))
	if got := actions(); len(got) != len(q.Items) {
		t.Errorf("%d actions of %d things", len(got), len(q.Items))
	}
	after := must(s.Todo(ctx, TodoQuery{All: group.Key}))
	found := 0
	for _, g := range after.Groups {
		for _, x := range g.Items {
			if g.Key == group.Key && x.InHand != nil && x.InHand.Due == civil.Date("2027-06-30") {
				found++
			}
		}
	}
	if found != len(q.Items) {
		t.Errorf("%d of %d are in hand, and all still wait", found, len(q.Items))
	}
}
