// Package agreement says how far two people who judged the same cases agree, beyond
// what chance alone would give. It is how double reading is measured: a second
// officer reads what a first one has decided, and says what they would have decided.
//
// Two coefficients are given, because each misleads alone. Cohen's kappa takes the
// agreement by chance from how often each reader uses each answer; where nearly all
// answers are the same, it falls towards 0 though the readers agree nearly always
// (the kappa paradox, Feinstein and Cicchetti, 1990). Gwet's AC1 takes it from how
// hard the cases are to tell apart, and stays near the agreement seen there. Either
// is 1 where they agree in each case and 0 where they agree as often as by chance.
//
// Both say nothing about who is right: two readers who never look agree always.
package agreement

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Coefficient is an agreement with its 95 % interval.
type Coefficient struct {
	N        int64   `json:"n"`        // cases
	Observed float64 `json:"observed"` // share of cases in which the two agree
	Chance   float64 `json:"chance"`   // share in which they would by chance
	Value    float64 `json:"value"`    // (observed - chance) / (1 - chance), at most 1
	Error    float64 `json:"error"`    // standard error; 0 where it is not known
	Low      float64 `json:"low"`
	High     float64 `json:"high"` // at most 1
	Known    bool    `json:"known"`
}

// Kappa is Cohen's kappa (Cohen, 1960) of a square table of counts: in row i and
// column j the cases for which the first reader said i and the second j. It is not
// known for fewer than two cases, and where both readers gave one and the same
// answer throughout, as chance then explains everything.
func Kappa(table [][]int64) Coefficient {
	rows, cols, n := marginals(table)
	chance := 0.0
	for i := range table {
		chance += rows[i] * cols[i]
	}
	return coefficient(table, n, chance, func(i, j int) float64 { return (cols[i] + rows[j]) / 2 })
}

// AC1 is Gwet's first-order coefficient (Gwet, 2008) of the same table.
func AC1(table [][]int64) Coefficient {
	rows, cols, n := marginals(table)
	q := float64(len(table))
	chance := 0.0
	used := make([]float64, len(table)) // how often the two use each answer, on average
	for i := range table {
		used[i] = (rows[i] + cols[i]) / 2
		chance += used[i] * (1 - used[i]) / (q - 1)
	}
	return coefficient(table, n, chance, func(i, j int) float64 {
		return (1 - used[i] + 1 - used[j]) / 2 / (q - 1)
	})
}

// marginals are the shares of each answer of the two readers, and the number of cases.
func marginals(table [][]int64) (rows, cols []float64, n int64) {
	rows, cols = make([]float64, len(table)), make([]float64, len(table))
	for i := range table {
		for j, x := range table[i] {
			n += x
			rows[i] += float64(x)
			cols[j] += float64(x)
		}
	}
	for i := range table {
		rows[i] /= float64(max(n, 1))
		cols[i] /= float64(max(n, 1))
	}
	return rows, cols, n
}

// coefficient is value and interval. The standard error linearises the coefficient
// over the cases (Gwet, Handbook of Inter-Rater Reliability, 4th edition, 2014, sections
// 5.3 and 5.5): each adds (agreement - chance) / (1 - chance), less twice
// (1 - value) (its own part in chance - chance) / (1 - chance). The interval is by
// Student's t with n - 1 degrees of freedom.
func coefficient(table [][]int64, n int64, chance float64, part func(i, j int) float64) Coefficient {
	c := Coefficient{N: n, Chance: chance}
	if n < 2 || len(table) < 2 {
		return c
	}
	for i := range table {
		c.Observed += float64(table[i][i]) / float64(n)
	}
	if 1-chance < 1e-12 {
		return c
	}
	c.Known, c.Value = true, (c.Observed-chance)/(1-chance)
	sum := 0.0
	for i := range table {
		for j, x := range table[i] {
			agreed := 0.0
			if i == j {
				agreed = 1
			}
			d := (agreed-chance)/(1-chance) - 2*(1-c.Value)*(part(i, j)-chance)/(1-chance) - c.Value
			sum += float64(x) * d * d
		}
	}
	c.Error = math.Sqrt(sum / (float64(n) * float64(n-1)))
	t := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975)
	c.Low, c.High = max(c.Value-t*c.Error, -1), min(c.Value+t*c.Error, 1)
	return c
}
