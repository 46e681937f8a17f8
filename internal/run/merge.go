package run

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Merge puts two parts of one run together: the pages of an export, the files
// that a log was rotated into, the months that a case lay over. An event that
// stands in both counts once; one that a part has twice is there twice. One that
// the two parts tell differently, without denying each other, is what they say
// together (retold.go). Events stand in the order of their times, and those of one
// instant in the order of the parts. What is said of the run as a whole is what the
// part with the later end says, where both say something.
//
// Which of the parts is a does not matter, positions and events of one instant
// apart.
func Merge(a, b *Record) Record {
	m, _ := merge(a, b)
	return m
}

// merge is Merge, and tells what b says that a does not.
func merge(a, b *Record) (m Record, more bool) {
	m = aboutBoth(a, b)
	m.Sequence = max(a.Sequence, b.Sequence)
	m.span(a, b)
	var steps, decisions, outputs, accesses bool
	m.Steps, steps = union(a.Steps, b.Steps, pairSteps(a.Steps, b.Steps), func(x, y *Step) (Step, bool) {
		s, _ := retoldStep(x, y)
		return s, s != *x
	})
	x, y := a.unpresented(), b.unpresented()
	m.Decisions, decisions = union(x, y, pairDecisions(x, y), func(x, y *Decision) (Decision, bool) {
		d, _ := retoldDecision(x, y)
		return d, d != *x
	})
	m.Outputs, outputs = union(a.Outputs, b.Outputs, pairOutputs(a.Outputs, b.Outputs), nil)
	m.Accesses, accesses = union(a.Accesses, b.Accesses, pairAccesses(a.Accesses, b.Accesses), nil)
	m.Sort()
	m.Present()
	return m, steps || decisions || outputs || accesses || m.about() != a.about()
}

// aboutBoth is what two parts of a run say of it, apart from its events and times.
func aboutBoth(a, b *Record) Record {
	_, endA := a.Span()
	_, endB := b.Span()
	first, last := a, b
	if endB.Before(endA) {
		first, last = b, a
	}
	m := Record{RunID: a.RunID, At: a.At}
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
	return m
}

// span is from when to when two parts of a run show it: the earlier beginning and the
// later end, or of one moment the finer time.
func (r *Record) span(a, b *Record) {
	t := retold{a: a.Precision, b: b.Precision}
	take := func(x, y time.Time, second bool) time.Time {
		if x.IsZero() || y.IsZero() || oneMoment(x, y, t.a, t.b) {
			return t.time(x, y)
		}
		t.coarse = true // neither is the other's, and each has its precision
		if second {
			return y
		}
		return x
	}
	r.Started = take(a.Started, b.Started, b.Started.Before(a.Started))
	r.Ended = take(a.Ended, b.Ended, b.Ended.After(a.Ended))
	r.Precision = t.precision()
}

// pairing says which events of one part are which of another.
type pairing struct {
	of    []int  // of each event of b, where it stands in a; -1 for none
	exact []bool // of these, those that say the very same
	used  []bool // the events of a that have one
}

// manyEvents is from how many on equal events are looked up in a table: most parts
// have a handful.
const manyEvents = 24

// pair finds the events of b in a: first those that are equal, and of the others
// those that again tells to be one event. An event is used once.
func pair[T comparable](a, b []T, again func(x, y *T) bool) pairing {
	p := pairing{of: make([]int, len(b)), exact: make([]bool, len(b)), used: make([]bool, len(a))}
	at := map[T][]int{}
	if len(a) > manyEvents {
		for i := range a {
			at[a[i]] = append(at[a[i]], i)
		}
	}
	left := 0
	for j := range b {
		p.of[j] = -1
		if len(a) > manyEvents {
			if is := at[b[j]]; len(is) > 0 {
				p.of[j], at[b[j]] = is[0], is[1:]
			}
		} else {
			for i := range a {
				if !p.used[i] && a[i] == b[j] {
					p.of[j] = i
					break
				}
			}
		}
		if i := p.of[j]; i >= 0 {
			p.exact[j], p.used[i] = true, true
		} else {
			left++
		}
	}
	if again == nil || left == 0 {
		return p
	}
	for j := range b {
		for i := range a {
			if p.of[j] < 0 && !p.used[i] && again(&a[i], &b[j]) {
				p.of[j], p.used[i] = i, true
			}
		}
	}
	return p
}

// equal tells whether every event of b is one of a and says the same.
func (p pairing) equal() bool { return !slices.Contains(p.exact, false) }

// plain are the events without what says where they stand.
func plain[T any](list []T, empty func(*T)) []T {
	out := slices.Clone(list)
	for i := range out {
		empty(&out[i])
	}
	return out
}

func pairSteps(a, b []Step) pairing {
	empty := func(s *Step) { s.At, s.Seq = Position{}, 0 }
	return pair(plain(a, empty), plain(b, empty), func(x, y *Step) bool { _, ok := retoldStep(x, y); return ok })
}

func pairDecisions(a, b []Decision) pairing {
	empty := func(d *Decision) { d.At = Position{} }
	return pair(
		plain(a, empty),
		plain(b, empty),
		func(x, y *Decision) bool { _, ok := retoldDecision(x, y); return ok },
	)
}

func pairOutputs(a, b []Output) pairing {
	empty := func(o *Output) { o.At = Position{} }
	return pair(plain(a, empty), plain(b, empty), nil)
}

func pairAccesses(a, b []DataAccess) pairing {
	type access struct {
		source, fields string
		time           time.Time
		precision      Precision
	}
	keys := func(list []DataAccess) (out []access) {
		for _, x := range list {
			out = append(out, access{x.Source, strings.Join(x.Fields, "\x00"), x.Time, x.Precision})
		}
		return out
	}
	return pair(keys(a), keys(b), nil)
}

// union is all of a, with what b tells otherwise, and of b what a does not have.
// Both gives what two tellings of one event say together, and whether that is more
// than the first of them says; more tells that of all of b.
func union[T any](a, b []T, p pairing, both func(x, y *T) (T, bool)) (out []T, more bool) {
	out = slices.Clone(a)
	for j := range b {
		switch i := p.of[j]; {
		case i < 0:
			out, more = append(out, b[j]), true
		case !p.exact[j]:
			x, news := both(&a[i], &b[j])
			out[i], more = x, more || news
		}
	}
	return out, more
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
	return len(x.Steps) == len(y.Steps) && len(x.Decisions) == len(y.Decisions) &&
		len(x.Outputs) == len(y.Outputs) && len(x.Accesses) == len(y.Accesses) && x.about() == y.about() &&
		pairSteps(x.Steps, y.Steps).equal() && pairDecisions(x.unpresented(), y.unpresented()).equal() &&
		pairOutputs(x.Outputs, y.Outputs).equal() && pairAccesses(x.Accesses, y.Accesses).equal()
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
