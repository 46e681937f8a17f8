package assurance

import "math/big"

// meanPercent is the mean of the areas' shares, as a percentage rounded down. It
// is reckoned in fractions, so that it does not depend on how a machine rounds.
func meanPercent(areas []AreaScore) int {
	sum, n := new(big.Rat), int64(0)
	for i := range areas {
		if of := int64(areas[i].Applicable); of > 0 {
			sum.Add(sum, new(big.Rat).Quo(&areas[i].held, big.NewRat(of, 1)))
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

// Unmet gives the requirements that are not met, not held or not shown, blocking
// or not, in order.
func (r Report) Unmet() []Result {
	out := []Result{}
	for _, a := range r.Areas {
		for _, res := range a.Results {
			if !res.Status.Stands() {
				out = append(out, res)
			}
		}
	}
	return out
}

// ButFor gives the requirements that were held but for cases that are settled.
func (r Report) ButFor() []Result {
	out := []Result{}
	for _, a := range r.Areas {
		for _, res := range a.Results {
			if res.Status == StatusHeldButFor {
				out = append(out, res)
			}
		}
	}
	return out
}
