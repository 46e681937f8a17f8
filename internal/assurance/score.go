package assurance

import "math/big"

// meanPercent is the mean of met/applicable over the areas, as a percentage
// rounded down. It is reckoned in fractions, so that it does not depend on how a
// machine rounds.
func meanPercent(areas []AreaScore) int {
	sum, n := new(big.Rat), int64(0)
	for _, a := range areas {
		if a.Applicable > 0 {
			sum.Add(sum, big.NewRat(int64(a.Met), int64(a.Applicable)))
			n++
		}
	}
	if n == 0 {
		return 0
	}
	sum.Mul(sum, big.NewRat(100, n))
	return int(new(big.Int).Quo(sum.Num(), sum.Denom()).Int64())
}

// Organisation sums the reports of the live workflows; the caller leaves the
// others out.
func Organisation(live []Report) OrganisationScore {
	s := OrganisationScore{Workflows: len(live)}
	total := 0
	for i, r := range live {
		total += r.Percent
		if i == 0 || r.Percent < s.Lowest {
			s.Lowest, s.LowestRef = r.Percent, r.Ref
		}
	}
	if len(live) > 0 {
		s.Percent = total / len(live)
	}
	return s
}

// Result gives the answer to one requirement.
func (r Report) Result(code string) (Result, bool) {
	for _, a := range r.Areas {
		for _, res := range a.Results {
			if res.Code == code {
				return res, true
			}
		}
	}
	return Result{}, false
}

// Unmet gives the requirements that are not met, blocking or not, in order.
func (r Report) Unmet() []Result {
	out := []Result{}
	for _, a := range r.Areas {
		for _, res := range a.Results {
			if res.Status == StatusNotMet {
				out = append(out, res)
			}
		}
	}
	return out
}
