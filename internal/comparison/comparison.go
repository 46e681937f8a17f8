// Package comparison sets two periods of a workflow, or two workflows, side by side: each
// share with its interval, their difference with one, and whether it is more than chance.
//
// The interval of a difference of two shares is Newcombe's (1998, Statistics in Medicine 17,
// method 10): it is made of Wilson's intervals of the two, and holds for small numbers and for
// shares near 0 and 1. A line differs where the p-value of independence (package oversight),
// adjusted by Holm for all lines that are compared, is below 0.05. Of a side with fewer than 30
// cases a line is neither compared nor shown.
//
// A difference is no effect: what else changed between the sides, nobody has held still.
package comparison

import (
	"math"

	"assay/internal/civil"
	"assay/internal/oversight"
)

const (
	least = 30
	below = 0.05
)

// Side is a workflow in a period of days, both ends included; empty ends are open.
type Side struct {
	Workflow string     `json:"workflow"` // reference
	Name     string     `json:"name"`
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	Runs     int64      `json:"runs"`
}

// Line is one measure of both sides, or a test's finding counted in runs.
type Line struct {
	Gate    string         `json:"gate"` // key; empty where it is about whole runs
	Code    oversight.Code `json:"code"` // of a finding, otherwise empty
	Measure string         `json:"measure"`
	A       oversight.Rate `json:"a"`
	B       oversight.Rate `json:"b"`
	// Difference is B less A with its 95 % interval.
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	PAdj       float64 `json:"p_adjusted"`
	Differs    bool    `json:"differs"`
	Why        string  `json:"why"` // why it is not compared; empty where it is
}

// Pair is a measure before it is compared: how many of how many, on either side.
type Pair struct {
	Gate    string
	Code    oversight.Code
	Measure string
	A, B    [2]int64 // x of n
}

// Lines compares pairs, in their order.
func Lines(pairs []Pair) []Line {
	out := make([]Line, 0, len(pairs))
	var ps []float64
	var at []int
	for _, p := range pairs {
		l := Line{Gate: p.Gate, Code: p.Code, Measure: p.Measure, PAdj: 1}
		if p.A[1] < least || p.B[1] < least {
			l.Why = "fewer than 30 on a side"
			out = append(out, l)
			continue
		}
		l.A, l.B = oversight.NewRate(p.A[0], p.A[1]), oversight.NewRate(p.B[0], p.B[1])
		l.Difference, l.Low, l.High = difference(l.A, l.B)
		t := oversight.Independence([][]int64{{p.A[0], p.A[1] - p.A[0]}, {p.B[0], p.B[1] - p.B[0]}})
		ps, at = append(ps, t.P), append(at, len(out))
		out = append(out, l)
	}
	for i, p := range oversight.Holm(ps) {
		out[at[i]].PAdj, out[at[i]].Differs = p, p < below
	}
	return out
}

// difference is b less a, with Newcombe's interval.
func difference(a, b oversight.Rate) (d, low, high float64) {
	d = b.Rate - a.Rate
	low = d - math.Hypot(b.Rate-b.Low, a.High-a.Rate)
	high = d + math.Hypot(b.High-b.Rate, a.Rate-a.Low)
	return d, max(low, -1), min(high, 1)
}
