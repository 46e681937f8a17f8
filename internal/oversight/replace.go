package oversight

import (
	"bytes"
	"reflect"
	"slices"
)

// Replace takes the runs of was out of s and puts those of is into it: the same runs,
// as they were when they were counted and as they are since more of them came. It tells
// false where sums alone do not say what is left (the first run of a version went, so
// many review times that each was no longer kept); s is of no use then, and all runs have
// to be counted again. Otherwise s is what counting all runs again would give.
func (s *Stream) Replace(was, is *Stream) bool {
	was.Fold()
	is.Fold()
	a, err1 := was.Sequence.MarshalBinary()
	b, err2 := is.Sequence.MarshalBinary()
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		return false
	}
	for k, w := range was.Versions {
		if s.Versions[k] == nil || !s.Versions[k].replaceable(w, is.Versions[k]) {
			return false
		}
	}
	sequence := s.Sequence // of the same runs: their numbers are in it
	s.Merge(is)
	s.Sequence = sequence
	for k, w := range was.Versions {
		if s.Versions[k].Runs -= w.Runs; s.Versions[k].Runs == 0 {
			delete(s.Versions, k)
		}
	}
	totals := was.Totals
	negate(reflect.ValueOf(&totals).Elem())
	s.Totals.merge(&totals)
	return takeOut(s.Days, was.Days) && takeOut(s.Segments, was.Segments) && takeOut(s.Accounts, was.Accounts) &&
		takeOutGates(s.Gates, was.Gates) && takeOutGates(s.SegmentGates, was.SegmentGates) && s.takeOutOfficers(was)
}

// replaceable tells whether c is still known when the runs of was are replaced by those
// of is, which may be nil. Another run may have been the first, or the last, after those
// that went: only theirs is known.
func (c *VersionCell) replaceable(was, is *VersionCell) bool {
	if c.First.Equal(was.First) {
		if is == nil || is.First.After(was.First) || is.First.IsZero() != was.First.IsZero() ||
			is.First.Equal(was.First) && is.FirstRun != was.FirstRun {
			return false
		}
	}
	return !c.Last.Equal(was.Last) || is != nil && !is.Last.Before(was.Last)
}

// takeOut subtracts counts; those that come to nothing go.
func takeOut[K comparable](from, what map[K]int64) bool {
	for k, n := range what {
		switch from[k] -= n; {
		case from[k] < 0:
			return false
		case from[k] == 0:
			delete(from, k)
		}
	}
	return true
}

func takeOutGates[K comparable](from, what map[K]*GateCell) bool {
	for k, w := range what {
		c := from[k]
		if c == nil || !c.Review.remove(&w.Review, exactADay) {
			return false
		}
		less := *w
		less.Review = Sketch{}
		negate(reflect.ValueOf(&less).Elem())
		c.Count(&less)
		if c.Runs == 0 {
			delete(from, k)
		}
	}
	return true
}

func (s *Stream) takeOutOfficers(was *Stream) bool {
	for k, w := range was.Officers {
		c := s.Officers[k]
		if c == nil || !c.Review.remove(&w.Review, exactAMonth) || !c.Streak.remove(&w.Streak) {
			return false
		}
		less := OfficerCell{
			Decisions: -w.Decisions, Coded: -w.Coded, Approved: -w.Approved, Edited: -w.Edited, Rejected: -w.Rejected,
			Compared: -w.Compared, Agreed: -w.Agreed,
		}
		for _, o := range w.Outcomes {
			less.Outcomes.Add(o.Outcome, -o.Runs)
		}
		c.Merge(&less)
		c.Outcomes = slices.DeleteFunc(c.Outcomes, func(o OutcomeCount) bool { return o.Runs == 0 })
		if c.Decisions == 0 && len(c.Outcomes) == 0 {
			delete(s.Officers, k)
		}
	}
	return true
}

// negate makes every count in v its negative.
func negate(v reflect.Value) {
	switch v.Kind() {
	case reflect.Int64:
		v.SetInt(-v.Int())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Sketch]() {
			return
		}
		for i := range v.NumField() {
			negate(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			negate(v.Index(i))
		}
	}
}

// remove takes the values of o out of s. It tells false where s does not have them, and
// where s has too few left to have given up its exact values, which it did.
func (s *Sketch) remove(o *Sketch, limit int) bool {
	if o.n == 0 {
		return true
	}
	if s.counts == nil {
		left, ok := without(s.exact, o.exact)
		s.exact, s.n = left, int64(len(left))
		return ok && o.counts == nil
	}
	less := *o
	less.exact, less.counts = slices.Clone(o.exact), slices.Clone(o.counts)
	less.Compact(-1)
	s.reach(less.lowest, less.lowest+int32(len(less.counts))-1)
	for i, n := range less.counts {
		at := int(less.lowest-s.lowest) + i
		if s.counts[at] -= n; s.counts[at] < 0 {
			return false
		}
	}
	s.n -= less.n
	return s.n > int64(limit)
}

// remove takes the decisions of o out of s; false where s does not have them.
func (s *Streak) remove(o *Streak) bool {
	left, ok := without(s.values, o.values)
	s.values = left
	if s.Row = (Row{}); len(left) > 0 {
		s.Fold()
	}
	return ok
}

// without is a without the values of b, each as often as it is in b; ok is whether all
// of them were there. It sorts both.
func without(a, b []int64) (left []int64, ok bool) {
	slices.Sort(a)
	slices.Sort(b)
	left = make([]int64, 0, max(0, len(a)-len(b)))
	j := 0
	for _, v := range a {
		if j < len(b) && b[j] == v {
			j++
			continue
		}
		left = append(left, v)
	}
	return left, j == len(b)
}
