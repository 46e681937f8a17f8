package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/comparison"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/review"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// CompareQuery names two sides: two periods of a workflow, two workflows, or both; or an
// action, before it was raised and after it was done.
type CompareQuery struct {
	Workflow string     `json:"workflow"`
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	With     string     `json:"with"` // the other workflow, empty for the same
	WithFrom civil.Date `json:"with_from"`
	WithTo   civil.Date `json:"with_to"`
	Action   string     `json:"action"` // reference; everything else is then empty
}

// Comparison is two sides beside each other.
type Comparison struct {
	A     comparison.Side   `json:"a"`
	B     comparison.Side   `json:"b"`
	Lines []comparison.Line `json:"lines"`
	// Action is the one that is asked about, and About the test that it followed from.
	Action string         `json:"action"`
	About  oversight.Code `json:"about"`
}

// beforeAfter is for how many days before an action was raised, and after it was done, runs
// are looked at: a quarter evens out the weeks, and is mostly there.
const beforeAfter = 90

// Compare sets two sides beside each other. It reads what imports have summed up, never
// the runs themselves.
func (s *Service) Compare(ctx context.Context, q CompareQuery) (c Comparison, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		if q.Action != "" {
			if err := c.byAction(ctx, r, &q); err != nil {
				return err
			}
		}
		if q.Workflow == "" {
			return fault.Invalid("workflow", "Name a workflow, or an action that is done.")
		}
		if q.With == "" {
			q.With = q.Workflow
		}
		a, err := store.Workflows.Get(ctx, r, q.Workflow)
		if err != nil {
			return err
		}
		b, err := store.Workflows.Get(ctx, r, q.With)
		if err != nil {
			return err
		}
		before, after := imported.Period{From: q.From, To: q.To}, imported.Period{From: q.WithFrom, To: q.WithTo}
		switch {
		case a.ID == b.ID && before == after:
			return fault.Invalid("with", "Name another workflow, or two periods that differ.")
		case before.To.Before(before.From) || after.To.Before(after.From):
			return fault.Invalid("to", "A period ends before it begins; give its first day first.")
		case a.ID == b.ID && overlap(before, after):
			return fault.Invalid("with-from", "The two periods share days; give two that do not.")
		}
		var left, right sideCounts
		if c.A, left, err = sideOf(ctx, r, a, before); err != nil {
			return err
		}
		if c.B, right, err = sideOf(ctx, r, b, after); err != nil {
			return err
		}
		c.Lines = comparison.Lines(pairs(left, right, c.About))
		return nil
	})
	return c, err
}

func overlap(a, b imported.Period) bool {
	return string(a.From) <= b.LastDay() && string(b.From) <= a.LastDay()
}

// byAction makes of an action two periods of its workflow.
func (c *Comparison) byAction(ctx context.Context, r *store.Reader, q *CompareQuery) error {
	if *q != (CompareQuery{Action: q.Action}) {
		return fault.Invalid("action", "Name either an action or two sides.")
	}
	a, err := store.Actions.Get(ctx, r, q.Action)
	if err != nil {
		return err
	}
	switch {
	case a.WorkflowID == "":
		return fault.Invalid("action", a.Ref+" is about no workflow, so no runs stand before and after it.")
	case a.DoneOn.IsZero():
		return fault.Invalid("action", a.Ref+" is not done yet; compare again after it is.")
	}
	c.Action = a.Ref
	if a.Source.Kind == review.SubjectFinding {
		code, _, _ := strings.Cut(a.Source.Ref, " ")
		c.About = oversight.Code(code)
	}
	q.Workflow = a.WorkflowID
	q.From, q.To = a.Raised.AddDays(-beforeAfter), a.Raised.AddDays(-1)
	q.WithFrom, q.WithTo = a.DoneOn.AddDays(1), a.DoneOn.AddDays(beforeAfter)
	return nil
}

// sideCounts is what a side shows: its runs, gates, and runs with a finding by test and gate.
type sideCounts struct {
	runs  int64
	gates []oversight.GateMeasures
	found map[[2]string]int64
}

func sideOf(ctx context.Context, r *store.Reader, wf *workflow.Workflow, p imported.Period) (
	side comparison.Side, n sideCounts, err error,
) {
	side = comparison.Side{Workflow: wf.Ref, Name: wf.Name, From: p.From, To: p.To}
	volumes, err := runs.Volumes(ctx, r.SQL, wf.ID, p)
	if err != nil {
		return side, n, fmt.Errorf("count the runs of %s: %w", wf.Ref, err)
	}
	for _, v := range volumes {
		side.Runs += v.Runs
	}
	res, err := runs.Measure(ctx, r.SQL, wf, p)
	if err != nil {
		return side, n, fmt.Errorf("measure %s: %w", wf.Ref, err)
	}
	points, err := runs.FindingSeries(ctx, r.SQL, wf.ID, p)
	if err != nil {
		return side, n, fmt.Errorf("count the findings of %s: %w", wf.Ref, err)
	}
	n = sideCounts{runs: side.Runs, gates: res.Gates, found: map[[2]string]int64{}}
	for _, f := range points {
		n.found[[2]string{f.Gate, string(f.Code)}] += f.Findings
	}
	return side, n, nil
}

// pairs are what both sides show: of the gates that both have, and of each test found on
// either side; of an action, only what it is about where that is one test.
func pairs(a, b sideCounts, about oversight.Code) (out []comparison.Pair) {
	add := func(gate, measure string, x, y oversight.Rate) {
		if x.N+y.N > 0 && about == "" {
			out = append(out, comparison.Pair{Gate: gate, Measure: measure, A: [2]int64{x.X, x.N},
				B: [2]int64{y.X, y.N}})
		}
	}
	shared := map[string]bool{"": true}
	for _, x := range a.gates {
		i := slices.IndexFunc(b.gates, func(y oversight.GateMeasures) bool { return y.Gate == x.Gate })
		if i < 0 {
			continue
		}
		y := b.gates[i]
		shared[x.Gate] = true
		add(x.Gate, "runs released that a person decided before", x.Coverage, y.Coverage)
		add(x.Gate, "decisions that follow the AI", x.Agreement, y.Agreement)
		add(x.Gate, "decisions with an edit", x.Edits, y.Edits)
		if x.Pattern.Pattern == y.Pattern.Pattern {
			add(x.Gate, "runs due that a person looked at", oversight.NewRate(x.Pattern.Looked, x.Pattern.Due),
				oversight.NewRate(y.Pattern.Looked, y.Pattern.Due))
		}
	}
	for _, t := range oversight.Tests {
		if !t.PerRun || about != "" && t.Code != about {
			continue
		}
		for _, gate := range gatesFound(t.Code, a, b) {
			k := [2]string{gate, string(t.Code)}
			if shared[gate] {
				out = append(out, comparison.Pair{Gate: gate, Code: t.Code, Measure: t.Title,
					A: [2]int64{min(a.found[k], a.runs), a.runs}, B: [2]int64{min(b.found[k], b.runs), b.runs}})
			}
		}
	}
	return out
}

// gatesFound are the gates at which a test found something on either side, in order.
func gatesFound(c oversight.Code, sides ...sideCounts) (gates []string) {
	for _, s := range sides {
		for k := range s.found {
			if k[1] == string(c) && !slices.Contains(gates, k[0]) {
				gates = append(gates, k[0])
			}
		}
	}
	slices.Sort(gates)
	return gates
}
