package oversight

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Rate is a share with its 95 % interval by Wilson's score method (Wilson,
// 1927), which stays inside 0 and 1 and holds for small numbers.
type Rate struct {
	X    int64   `json:"x"`
	N    int64   `json:"n"`
	Rate float64 `json:"rate"` // 0 where n is 0
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// z95 is the standard normal quantile of a two-sided 95 % interval.
var z95 = distuv.UnitNormal.Quantile(0.975)

// NewRate is x of n with its interval; for n = 0 the interval is 0 to 1.
func NewRate(x, n int64) Rate {
	if n <= 0 {
		return Rate{High: 1}
	}
	p, m := float64(x)/float64(n), float64(n)
	z2 := z95 * z95
	centre := (p + z2/(2*m)) / (1 + z2/m)
	half := z95 / (1 + z2/m) * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	r := Rate{x, n, p, max(centre-half, 0), min(centre+half, 1)}
	if x == 0 {
		r.Low = 0
	}
	if x == n {
		r.High = 1
	}
	return r
}

// Ratio compares two rates: how many times as frequent the first is.
type Ratio struct {
	A     Rate    `json:"a"`
	B     Rate    `json:"b"`
	Ratio float64 `json:"ratio"`
	// Low and High are the 95 % interval on the log scale (Katz and others,
	// 1978). Where a count is 0, one half is added to each cell for ratio and
	// interval, and Adjusted is set.
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Adjusted bool    `json:"adjusted"`
	P        float64 `json:"p"`          // of no difference
	Method   string  `json:"method"`     // of P
	PAdj     float64 `json:"p_adjusted"` // for the comparisons made together
}

// NewRatio compares x1 of n1 with x2 of n2.
func NewRatio(x1, n1, x2, n2 int64) Ratio {
	r := Ratio{A: NewRate(x1, n1), B: NewRate(x2, n2)}
	a, b, c, d := float64(x1), float64(n1), float64(x2), float64(n2)
	if x1 == 0 || x2 == 0 {
		a, b, c, d, r.Adjusted = a+0.5, b+1, c+0.5, d+1, true
	}
	r.Ratio = (a / b) / (c / d)
	se := math.Sqrt(max(1/a-1/b+1/c-1/d, 0))
	r.Low, r.High = r.Ratio*math.Exp(-z95*se), r.Ratio*math.Exp(z95*se)
	t := Independence([][]int64{{x1, n1 - x1}, {x2, n2 - x2}})
	r.P, r.Method, r.PAdj = t.P, t.Method, t.P
	return r
}

// Association is the test of whether rows and columns of a table of counts
// are independent.
type Association struct {
	Method    string  `json:"method"` // "chi-square" or "Fisher's exact test"
	Statistic float64 `json:"statistic"`
	DF        int     `json:"df"`
	P         float64 `json:"p"`
	PAdj      float64 `json:"p_adjusted"`
	V         float64 `json:"cramers_v"` // 0 no association, 1 complete
	N         int64   `json:"n"`
}

// minExpected is the expected count below which the chi-square approximation
// is not relied on (Cochran, 1954).
const minExpected = 5

// Independence tests a table of counts, whose rows have equal length, by
// Pearson's chi-square, or by Fisher's exact test where it has two rows and two
// columns and an expected count below five. Empty rows and columns are left
// out; a table without variety has p = 1.
func Independence(table [][]int64) Association {
	rows, cols, n := margins(table)
	keepR, keepC := positive(rows), positive(cols)
	t := Association{Method: "chi-square", P: 1, PAdj: 1, N: n}
	if len(keepR) < 2 || len(keepC) < 2 {
		return t
	}
	lowest := math.Inf(1)
	for _, i := range keepR {
		for _, j := range keepC {
			e := float64(rows[i]) * float64(cols[j]) / float64(n)
			lowest = min(lowest, e)
			d := float64(table[i][j]) - e
			t.Statistic += d * d / e
		}
	}
	t.DF = (len(keepR) - 1) * (len(keepC) - 1)
	t.V = min(math.Sqrt(t.Statistic/(float64(n)*float64(min(len(keepR), len(keepC))-1))), 1)
	t.P = distuv.ChiSquared{K: float64(t.DF)}.Survival(t.Statistic)
	if lowest < minExpected && len(keepR) == 2 && len(keepC) == 2 {
		a, b := keepR[0], keepR[1]
		t.Method, t.P = "Fisher's exact test", fisher(
			table[a][keepC[0]],
			table[a][keepC[1]],
			table[b][keepC[0]],
			table[b][keepC[1]],
		)
	}
	t.PAdj = t.P
	return t
}

func margins(table [][]int64) (rows, cols []int64, n int64) {
	rows = make([]int64, len(table))
	for i, r := range table {
		if cols == nil {
			cols = make([]int64, len(r))
		}
		for j, v := range r {
			rows[i] += v
			cols[j] += v
			n += v
		}
	}
	return rows, cols, n
}

func positive(sums []int64) (at []int) {
	for i, s := range sums {
		if s > 0 {
			at = append(at, i)
		}
	}
	return at
}

// pool adds together columns until every expected count is at least five: it
// merges the rarest outcomes into one. It returns the table and how many
// columns were merged into the last (0 for none).
func pool(table [][]int64) (pooled [][]int64, merged int) {
	rows, cols, n := margins(table)
	order := positive(cols)
	slices.SortStableFunc(order, func(a, b int) int { return int(min(max(cols[b]-cols[a], -1), 1)) })
	least := slices.Min(rows)
	enough := func(sum int64) bool { return float64(least)*float64(sum) >= minExpected*float64(n) }
	keep := len(order)
	rest := int64(0)
	for keep > 0 && (!enough(cols[order[keep-1]]) || merged > 0 && !enough(rest)) {
		keep--
		merged++
		rest += cols[order[keep]]
	}
	if merged == 1 { // one rare outcome joins the next rarest
		if keep > 0 {
			keep--
			merged++
		}
	}
	for _, r := range table {
		row := make([]int64, 0, keep+1)
		for _, j := range order[:keep] {
			row = append(row, r[j])
		}
		if merged > 0 {
			sum := int64(0)
			for _, j := range order[keep:] {
				sum += r[j]
			}
			row = append(row, sum)
		}
		pooled = append(pooled, row)
	}
	return pooled, merged
}

// fisher is the two-sided p-value of Fisher's exact test: the chance, with the
// margins given, of a table no more likely than this one.
func fisher(a, b, c, d int64) float64 {
	r1, c1, n := a+b, a+c, a+b+c+d
	log := func(x int64) float64 {
		return choose(r1, x) + choose(n-r1, c1-x) - choose(n, c1)
	}
	observed := log(a)
	p := 0.0
	for x := max(0, c1-(n-r1)); x <= min(r1, c1); x++ {
		if l := log(x); l <= observed+1e-7 {
			p += math.Exp(l)
		}
	}
	return min(p, 1)
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k int64) float64 {
	lg := func(x int64) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// Holm adjusts p-values of tests made together so that the chance of any false
// alarm stays at the level (Holm, 1979).
func Holm(ps []float64) []float64 {
	order := ascending(ps)
	out := make([]float64, len(ps))
	most := 0.0
	for i, at := range order {
		most = max(most, min(ps[at]*float64(len(ps)-i), 1))
		out[at] = most
	}
	return out
}

// BenjaminiHochberg adjusts p-values of tests made together so that the
// expected share of false alarms among the alarms stays at the level
// (Benjamini and Hochberg, 1995).
func BenjaminiHochberg(ps []float64) []float64 {
	order := ascending(ps)
	out := make([]float64, len(ps))
	least := 1.0
	for i := len(order) - 1; i >= 0; i-- {
		least = min(least, ps[order[i]]*float64(len(ps))/float64(i+1))
		out[order[i]] = least
	}
	return out
}

func ascending(ps []float64) []int {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ps[a] < ps[b]:
			return -1
		case ps[a] > ps[b]:
			return 1
		}
		return 0
	})
	return order
}
