package run

import (
	"slices"
	"strings"
	"time"
)

// AskedSuffix stands after the name of a step that put a matter before an
// officer and waited: it is no decision.
const AskedSuffix = " [asked]"

// asks tells whether s put a matter before an officer at that gate.
func (s *Step) asks(gate string) bool {
	return s.Gate == gate && strings.HasSuffix(s.Name, AskedSuffix)
}

// Present tells the decisions at a gate since when they were waited for: since
// the last asking at that gate before them. The events of r are in order (Sort).
func (r *Record) Present() {
	for i := range r.Decisions {
		d := &r.Decisions[i]
		var asked time.Time
		for j := range r.Steps {
			if s := &r.Steps[j]; s.asks(d.Gate) && !s.When().After(d.Decided) {
				asked = s.When()
			}
		}
		answered := false
		for j := range r.Decisions[:i] {
			other := r.Decisions[j].Decided
			answered = answered || r.Decisions[j].Gate == d.Gate && !other.Before(asked) && other.Before(d.Decided)
		}
		if !asked.IsZero() && !answered && (d.Presented.IsZero() || asked.Before(d.Presented)) {
			d.Presented = asked
		}
	}
}

// unpresented are the decisions of r without what Present told them: a part of a run
// may have the answer and not the asking.
func (r *Record) unpresented() []Decision {
	if !slices.ContainsFunc(r.Steps, func(s Step) bool { return strings.HasSuffix(s.Name, AskedSuffix) }) {
		return r.Decisions
	}
	out := slices.Clone(r.Decisions)
	for i := range out {
		d := &out[i]
		asked := func(s Step) bool { return s.asks(d.Gate) && s.When().Equal(d.Presented) }
		if !d.Presented.IsZero() && slices.ContainsFunc(r.Steps, asked) {
			d.Presented = time.Time{}
		}
	}
	return out
}
