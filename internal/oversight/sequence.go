package oversight

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// Sequence is a set of running numbers, kept as ranges, for the test LOG-01:
// a platform that numbers its runs shows by its numbers what is missing.
type Sequence struct {
	ranges  []span64 // ascending, neither overlapping nor touching
	pending []int64
	twice   int64 // numbers given to more than one run
	// scattered is set where the numbers are no running numbers at all; they
	// are then no longer followed.
	scattered bool
}

type span64 struct{ lo, hi int64 }

// maxRanges bounds the memory: numbers with more gaps than that are no running numbers.
const maxRanges = 1 << 18

// Add notes a number.
func (s *Sequence) Add(n int64) {
	if s.scattered {
		return
	}
	if s.pending = append(s.pending, n); len(s.pending) >= 1<<14 {
		s.fold()
	}
}

func (s *Sequence) fold() {
	if len(s.pending) == 0 {
		return
	}
	slices.Sort(s.pending)
	add := make([]span64, 0, 64)
	for _, n := range s.pending {
		switch last := len(add) - 1; {
		case last >= 0 && add[last].hi == n:
			s.twice++
		case last >= 0 && add[last].hi == n-1:
			add[last].hi = n
		default:
			add = append(add, span64{n, n})
		}
	}
	s.pending = s.pending[:0]
	s.union(add)
}

func (s *Sequence) union(add []span64) {
	if len(add) == 0 {
		return
	}
	if n := len(s.ranges); n > 0 && add[0].lo > s.ranges[n-1].hi {
		if add[0].lo == s.ranges[n-1].hi+1 { // numbers mostly arrive in order
			s.ranges[n-1].hi = add[0].hi
			add = add[1:]
		}
		s.ranges = append(s.ranges, add...)
	} else {
		all := append(slices.Clone(s.ranges), add...)
		slices.SortFunc(all, func(a, b span64) int { return cmp.Compare(a.lo, b.lo) })
		out := all[:1]
		for _, r := range all[1:] {
			l := &out[len(out)-1]
			if r.lo <= l.hi {
				s.twice += min(r.hi, l.hi) - r.lo + 1
			}
			if r.lo <= l.hi || r.lo == l.hi+1 {
				l.hi = max(l.hi, r.hi)
				continue
			}
			out = append(out, r)
		}
		s.ranges = out
	}
	if len(s.ranges) > maxRanges {
		*s = Sequence{scattered: true}
	}
}

// Merge adds the numbers of other runs.
func (s *Sequence) Merge(o *Sequence) {
	if s.scattered || o.scattered {
		*s = Sequence{scattered: true}
		return
	}
	s.fold()
	o.fold()
	s.twice += o.twice
	s.union(slices.Clone(o.ranges))
}

// Gap is a range of numbers that no run has.
type Gap struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Gaps lists the numbers that are missing between the lowest and the highest
// (at most most of them), how many ranges and numbers are missing in all, and
// how many numbers were given twice. ok is false where the numbers are no
// running numbers.
func (s *Sequence) Gaps(most int) (gaps []Gap, ranges int, missing, twice int64, ok bool) {
	s.fold()
	if s.scattered {
		return nil, 0, 0, 0, false
	}
	for i := 1; i < len(s.ranges); i++ {
		g := Gap{s.ranges[i-1].hi + 1, s.ranges[i].lo - 1}
		if len(gaps) < most {
			gaps = append(gaps, g)
		}
		if missing += g.Last - g.First + 1; missing < 0 {
			missing = math.MaxInt64
		}
	}
	return gaps, max(len(s.ranges)-1, 0), missing, s.twice, true
}

// MarshalBinary writes the ranges as varints: how often numbers came twice (or
// -1 for scattered numbers), then the distance to each range's ends.
func (s *Sequence) MarshalBinary() ([]byte, error) {
	s.fold()
	if s.scattered {
		return binary.AppendVarint(nil, -1), nil
	}
	b := binary.AppendVarint(nil, s.twice)
	prev := int64(0)
	for _, r := range s.ranges {
		b = binary.AppendVarint(b, r.lo-prev)
		b = binary.AppendVarint(b, r.hi-r.lo)
		prev = r.hi
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *Sequence) UnmarshalBinary(b []byte) error {
	*s = Sequence{}
	if len(b) == 0 {
		return nil
	}
	next := func() (int64, bool) {
		v, k := binary.Varint(b)
		if k <= 0 {
			return 0, false
		}
		b = b[k:]
		return v, true
	}
	twice, ok := next()
	if !ok || twice < -1 {
		return errors.New("not a sequence")
	}
	if twice == -1 {
		s.scattered = true
		return nil
	}
	s.twice = twice
	prev := int64(0)
	for len(b) > 0 {
		lo, ok1 := next()
		n, ok2 := next()
		if !ok1 || !ok2 || n < 0 {
			return errors.New("not a sequence")
		}
		prev += lo
		s.ranges = append(s.ranges, span64{prev, prev + n})
		prev += n
	}
	return nil
}
