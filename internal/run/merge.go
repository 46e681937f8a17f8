package run

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Merge puts two parts of one run together: the pages of an export, the files
// that a log was rotated into, the months that a case lay over. An event that
// stands in both counts once; one that a part has twice is there twice. Events
// stand in the order of their times, and those of one instant in the order of
// the parts. What is said of the run as a whole is what the part with the later
// end says, where both say something.
//
// Which of the parts is a does not matter, positions and events of one instant
// apart.
func Merge(a, b *Record) Record {
	_, endA := a.Span()
	_, endB := b.Span()
	first, last := a, b
	if endB.Before(endA) {
		first, last = b, a
	}
	m := Record{RunID: a.RunID, At: a.At, Precision: a.Precision.Coarser(b.Precision)}
	for _, f := range []struct{ to, first, last *string }{
		{&m.Workflow, &first.Workflow, &last.Workflow},
		{&m.WorkflowVersion, &first.WorkflowVersion, &last.WorkflowVersion},
		{&m.ModelVersion, &first.ModelVersion, &last.ModelVersion},
		{&m.PromptVersion, &first.PromptVersion, &last.PromptVersion},
		{&m.TriggerChannel, &first.TriggerChannel, &last.TriggerChannel},
		{&m.TriggerRef, &first.TriggerRef, &last.TriggerRef},
		{&m.Outcome, &first.Outcome, &last.Outcome},
		{&m.Segment, &first.Segment, &last.Segment},
	} {
		*f.to = cmp.Or(*f.last, *f.first)
		if endA.Equal(endB) && *f.first != "" {
			*f.to = max(*f.first, *f.last) // neither is later: any rule that does not ask which came first
		}
	}
	m.Sequence = max(a.Sequence, b.Sequence)
	m.Started, m.Ended = a.Started, a.Ended
	if m.Started.IsZero() || !b.Started.IsZero() && b.Started.Before(m.Started) {
		m.Started = b.Started
	}
	if b.Ended.After(m.Ended) {
		m.Ended = b.Ended
	}
	m.Steps = union(a.Steps, b.Steps, func(s Step) Step { s.At, s.Seq = Position{}, 0; return s })
	m.Decisions = union(a.unpresented(), b.unpresented(), func(d Decision) Decision { d.At = Position{}; return d })
	m.Outputs = union(a.Outputs, b.Outputs, func(o Output) Output { o.At = Position{}; return o })
	type access struct {
		source, fields string
		time           time.Time
		precision      Precision
	}
	m.Accesses = union(a.Accesses, b.Accesses, func(x DataAccess) access {
		return access{x.Source, strings.Join(x.Fields, "\x00"), x.Time, x.Precision}
	})
	m.Sort()
	m.Present()
	return m
}

// union is all of a, and of b what a does not have as often; key is what makes
// two events equal.
func union[T any, K comparable](a, b []T, key func(T) K) []T {
	out := slices.Clone(a)
	held := map[K]int{}
	for _, x := range a {
		held[key(x)]++
	}
	for _, x := range b {
		if k := key(x); held[k] > 0 {
			held[k]--
			continue
		}
		out = append(out, x)
	}
	return out
}

// Sort puts the events of r in the order of their times and numbers its steps.
// Events of one instant, and those without a time, keep their order.
func (r *Record) Sort() {
	byTime(r.Steps, func(s Step) time.Time { // as they began
		if s.Started.IsZero() {
			return s.Ended
		}
		return s.Started
	})
	for i := range r.Steps {
		r.Steps[i].Seq = i + 1
	}
	byTime(r.Accesses, func(a DataAccess) time.Time { return a.Time })
	byTime(r.Decisions, func(d Decision) time.Time {
		if d.Decided.IsZero() {
			return d.Presented
		}
		return d.Decided
	})
}

// byTime sorts events by their times. One without a time stays behind the one
// that it follows.
func byTime[T any](list []T, when func(T) time.Time) {
	type timed struct {
		at time.Time
		x  T
	}
	sorted, last := true, time.Time{}
	for _, x := range list {
		if t := when(x); !t.IsZero() {
			sorted = sorted && !t.Before(last)
			last = t
		}
	}
	if sorted {
		return
	}
	// Newest first: the other way round, events of one instant are in their order.
	if newestFirst(list, when) {
		slices.Reverse(list)
	}
	all := make([]timed, len(list))
	last = time.Time{}
	for i, x := range list {
		if t := when(x); !t.IsZero() {
			last = t
		}
		all[i] = timed{last, x}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return a.at.Compare(b.at) })
	for i := range all {
		list[i] = all[i].x
	}
}

func newestFirst[T any](list []T, when func(T) time.Time) bool {
	last := time.Time{}
	for _, x := range list {
		t := when(x)
		if t.IsZero() {
			return false
		}
		if !last.IsZero() && t.After(last) {
			return false
		}
		last = t
	}
	return true
}

// Same tells whether a and b are one run said twice: the same events, in
// whatever order, as exactly timed or less exactly by the one that is older.
func Same(a, b *Record) bool {
	x, y := a.Clone(), b.Clone()
	for _, r := range []*Record{&x, &y} {
		r.exact()
		r.Sort()
	}
	both := Merge(&x, &y)
	return len(both.Steps) == len(x.Steps) && len(both.Steps) == len(y.Steps) &&
		len(both.Decisions) == len(x.Decisions) && len(both.Decisions) == len(y.Decisions) &&
		len(both.Outputs) == len(x.Outputs) && len(both.Outputs) == len(y.Outputs) &&
		len(both.Accesses) == len(x.Accesses) && len(both.Accesses) == len(y.Accesses) &&
		x.about() == y.about()
}

// exact takes out of r what earlier versions of Assay did not keep: precisions
// and what a recommendation means.
func (r *Record) exact() {
	r.Precision = ToSecond
	for i := range r.Steps {
		r.Steps[i].Precision = ToSecond
	}
	for i := range r.Accesses {
		r.Accesses[i].Precision = ToSecond
	}
	for i := range r.Decisions {
		r.Decisions[i].Precision, r.Decisions[i].AICode = ToSecond, ""
	}
}

// about is what r says of the run as a whole.
func (r *Record) about() [10]string {
	stamp := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	return [10]string{
		r.Workflow, r.WorkflowVersion, r.ModelVersion, r.PromptVersion, r.TriggerChannel, r.TriggerRef, r.Outcome,
		r.Segment, stamp(r.Started), stamp(r.Ended),
	}
}
