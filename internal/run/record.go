package run

import (
	"fmt"
	"slices"
	"time"
)

// Fault is something wrong with a record, and where it stands.
type Fault struct {
	At      Position `json:"at"`
	Field   string   `json:"field"` // JSON name: "run_id", "decisions[0].code"
	Message string   `json:"message"`
}

// earliest is the first time that a run may claim: older ones come from unset
// clocks and zero values (1601, 1899, 1970), never from an AI workflow.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// Validate says why r cannot be taken as evidence: it has no identifier or no
// time, a decision names no gate or no known outcome, or a time lies after now
// or before 1990. It is empty for a sound record. What is odd but may have
// happened (a clock that ran backwards, a decision by no account) is evidence,
// and is no fault; Oddities has it.
func (r *Record) Validate(now time.Time) []Fault {
	var out []Fault
	add := func(at Position, field, format string, args ...any) {
		out = append(out, Fault{at, field, fmt.Sprintf(format, args...)})
	}
	timely := func(at Position, field string, t time.Time) {
		switch {
		case t.IsZero():
		case t.After(now):
			add(at, field, "The time %s lies in the future.", t.UTC().Format(time.RFC3339))
		case t.Before(earliest):
			add(
				at,
				field,
				"The time %s lies before %d, so the clock was not set.",
				t.UTC().Format(time.RFC3339),
				earliest.Year(),
			)
		}
	}
	if r.RunID == "" {
		add(r.At, "run_id", "The run has no identifier.")
	}
	timely(r.At, "started", r.Started)
	timely(r.At, "ended", r.Ended)
	if r.Started.IsZero() && spanless(r) {
		add(r.At, "started", "The run has no time.")
	}
	if c := badConfidence(r.Outputs); c < 0 || c > 1 {
		add(r.At, "outputs.confidence", "A confidence of %g is not between 0 and 1.", c)
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Name == "" {
			add(s.At, fmt.Sprintf("steps[%d].name", i), "Step %d has no name.", i+1)
		}
		timely(s.At, "steps.started", s.Started)
		timely(s.At, "steps.ended", s.Ended)
	}
	for i := range r.Accesses {
		timely(r.Accesses[i].At, "accesses.time", r.Accesses[i].Time)
	}
	for i := range r.Decisions {
		d := &r.Decisions[i]
		if d.Gate == "" {
			add(d.At, fmt.Sprintf("decisions[%d].gate", i), "Decision %d names no gate.", i+1)
		}
		if !d.Code.Known() {
			add(
				d.At,
				fmt.Sprintf("decisions[%d].code", i),
				"Decision %d has the outcome %q, which is none that Assay knows.",
				i+1,
				string(d.Code),
			)
		}
		timely(d.At, "decisions.presented", d.Presented)
		timely(d.At, "decisions.opened", d.Opened)
		timely(d.At, "decisions.decided", d.Decided)
	}
	return out
}

// spanless tells whether r has no time at all.
func spanless(r *Record) bool {
	from, _ := r.Span()
	return from.IsZero()
}

// badConfidence is the first confidence outside 0 to 1, otherwise 0.
func badConfidence(os []Output) float64 {
	for i := range os {
		if c := os[i].Confidence; !(c >= 0 && c <= 1) {
			return c
		}
	}
	return 0
}

// Oddities says what is kept although it looks wrong.
func (r *Record) Oddities() []Fault {
	var out []Fault
	backwards := func(at Position, field string, from, to time.Time, what string) {
		if !from.IsZero() && !to.IsZero() && to.Before(from) {
			out = append(out, Fault{at, field, fmt.Sprintf("%s: the clock ran backwards by %s.", what, from.Sub(to))})
		}
	}
	backwards(r.At, "ended", r.Started, r.Ended, "The run ends before it starts")
	for i := range r.Steps {
		s := &r.Steps[i]
		backwards(s.At, "steps.ended", s.Started, s.Ended, "A step ends before it starts")
	}
	for i := range r.Decisions {
		d := &r.Decisions[i]
		backwards(d.At, "decisions.decided", d.Opened, d.Decided, "A decision is made before the officer opened it")
		if d.Decided.IsZero() && d.Code.ByPerson() {
			out = append(out, Fault{d.At, "decisions.decided", fmt.Sprintf("Decision %d has no time.", i+1)})
		}
		if d.Account == "" && d.Code.ByPerson() {
			out = append(out, Fault{d.At, "decisions.account", fmt.Sprintf("Decision %d names no account.", i+1)})
		}
	}
	return out
}

// Known tells whether c belongs to the vocabulary.
func (c DecisionCode) Known() bool {
	switch c {
	case Approved,
		ApprovedWithEdits,
		Rejected,
		ReferredBack,
		Escalated,
		Terminated,
		TimedOut,
		AskFailed,
		AutoDecided,
		NoGateReached:
		return true
	}
	return false
}

// ByPerson tells whether c is what a person decides, so that an account and a
// time belong to it.
func (c DecisionCode) ByPerson() bool {
	switch c {
	case Approved, ApprovedWithEdits, Rejected, ReferredBack, Escalated, Terminated:
		return true
	}
	return false
}

// Span is the first and the last time of the run, wherever it is recorded.
func (r *Record) Span() (from, to time.Time) {
	take := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if to.IsZero() || t.After(to) {
			to = t
		}
	}
	take(r.Started)
	take(r.Ended)
	for i := range r.Steps {
		take(r.Steps[i].Started)
		take(r.Steps[i].Ended)
	}
	for i := range r.Decisions {
		take(r.Decisions[i].Presented)
		take(r.Decisions[i].Opened)
		take(r.Decisions[i].Decided)
	}
	return from, to
}

// Reset empties r and keeps the memory of its slices, but not the texts in it: a
// step that is not used again for long would keep the piece of a file that its
// texts lie in.
func (r *Record) Reset() {
	clear(r.Steps)
	clear(r.Accesses)
	clear(r.Outputs)
	clear(r.Decisions)
	*r = Record{Steps: r.Steps[:0], Accesses: r.Accesses[:0], Outputs: r.Outputs[:0], Decisions: r.Decisions[:0]}
}

// Clone is a copy that shares no slices with r.
func (r *Record) Clone() Record {
	c := *r
	c.Steps, c.Accesses = slices.Clone(r.Steps), slices.Clone(r.Accesses)
	c.Outputs, c.Decisions = slices.Clone(r.Outputs), slices.Clone(r.Decisions)
	for i := range c.Accesses {
		c.Accesses[i].Fields = slices.Clone(c.Accesses[i].Fields)
	}
	return c
}

// SetPart writes the number of the file inside an archive into every position of r.
func (r *Record) SetPart(n int) {
	r.At.Part = n
	for i := range r.Steps {
		r.Steps[i].At.Part = n
	}
	for i := range r.Accesses {
		r.Accesses[i].At.Part = n
	}
	for i := range r.Outputs {
		r.Outputs[i].At.Part = n
	}
	for i := range r.Decisions {
		r.Decisions[i].At.Part = n
	}
}
