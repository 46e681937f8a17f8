package run

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Comparison is how another part of a run stands to the parts of it that are held.
type Comparison struct {
	// Conflict is what of a held part the other one lacks or tells differently; empty
	// where everything held stands.
	Conflict string
	Adds     bool     // it says more than the parts that are held say together
	Retold   []string // what it tells otherwise of events that are held, without denying them
}

// Compare holds a further part of a run against those that are held. Parts may have
// nothing in common, and one may say more than the others at any time: what came late
// is added. What is held stands, though, and a part denies it where it tells an event
// differently (at the same time, by another account or with another outcome), or where
// it lacks one over a stretch of time that it shows, from the first event that both have
// to the last. Where whole, each part is said to be all of the run so far, so that it may
// lack nothing that the other has before its own end, and no decision may come that was
// made before the end of what is held. What stands beside them came with
// the part, and is not judged: each of the files of one export has what the others lack.
func Compare(held, beside []*Record, part *Record, whole bool) (c Comparison) {
	var all *Record
	for _, h := range slices.Concat(held, beside) {
		if all == nil {
			all = h
			continue
		}
		both := Merge(all, h)
		all = &both
	}
	together := apart(all, part)
	for _, h := range held {
		d := together
		if h != all {
			d = apart(h, part)
		}
		if c.Conflict = d.conflict(h, part, together.onlyB, whole); c.Conflict != "" {
			return c
		}
	}
	if _, c.Adds = merge(all, part); c.Adds {
		c.Retold = together.retold
	}
	return c
}

// conflict is what part denies of a held one; news are its events that nobody told.
func (d *difference) conflict(held, part *Record, news []event, whole bool) string {
	for _, e := range d.onlyA {
		for _, n := range news {
			if e.name != n.name || (e.step == nil) != (n.step == nil) || e.at.IsZero() || !e.at.Equal(n.at) ||
				!whole && d.common == 0 && !e.samePlace(n) {
				continue
			}
			return fmt.Sprintf("%s at %s is another (%s)", e.words(), stamp(e.at), e.differs(n))
		}
	}
	_, endHeld := held.Span()
	_, end := part.Span()
	for _, e := range d.onlyA {
		if d.common > 0 && e.at.After(d.from) && e.at.Before(d.to) || whole && !e.at.After(end) {
			return fmt.Sprintf("it lacks %s at %s, and shows that time", e.words(), stamp(e.at))
		}
	}
	// Where each part is all of the run, one that was released without a decision and
	// the same with one are two tellings, whichever came first.
	for _, n := range news {
		if whole && n.decides() && !n.at.After(endHeld) {
			return fmt.Sprintf("it has %s at %s, which the other lacks", n.words(), stamp(n.at))
		}
	}
	same := len(d.onlyA)+len(d.onlyB) == 0
	if same || whole && !end.Before(endHeld) {
		if slices.Contains(pairOutputs(held.Outputs, part.Outputs).used, false) {
			return "what the AI wrote is another"
		}
		if slices.Contains(pairAccesses(held.Accesses, part.Accesses).used, false) {
			return "it lacks a source that was read"
		}
	}
	if same {
		if f := aboutDiffers(held, part); f != "" {
			return "what it says of the run is another (" + f + ")"
		}
	}
	return ""
}

// event is a step or a decision, as something that a part may lack.
type event struct {
	name      string // of its activity, or its gate
	at        time.Time
	precision Precision
	step      *Step
	decision  *Decision
}

// decides tells whether e is a decision.
func (e event) decides() bool { return e.decision != nil || e.step != nil && e.step.Act == ActDecide }

// samePlace tells whether e and n, which have a name and a time in common, are one
// event told differently although their parts share nothing else: two decisions of a
// minute or a day may be two, and those of two officers.
func (e event) samePlace(n event) bool {
	if e.precision != ToSecond || n.precision != ToSecond {
		return false
	}
	a, b := e.actor(), n.actor()
	return a == "" || b == "" || FoldAccount(a) == FoldAccount(b)
}

// words name e in a sentence.
func (e event) words() string {
	if e.decision != nil {
		return fmt.Sprintf("the decision at %q", e.name)
	}
	return fmt.Sprintf("%q", e.name)
}

func (e event) actor() string {
	if e.decision != nil {
		return e.decision.Account
	}
	return e.step.Actor
}

// differs says what n tells differently from e.
func (e event) differs(n event) string {
	var out []string
	say := func(what, a, b string) {
		if a != b {
			out = append(out, fmt.Sprintf("%s: %s, held: %s", what, quoted(b), quoted(a)))
		}
	}
	if e.decision != nil && n.decision != nil {
		a, b := e.decision, n.decision
		say("outcome", string(a.Code), string(b.Code))
		say("account", a.Account, b.Account)
		say("reason", a.Reason, b.Reason)
		say("recommendation", a.AIRecommendation, b.AIRecommendation)
		say("prepared by", a.PreparedBy, b.PreparedBy)
		say("presented", stamp(a.Presented), stamp(b.Presented))
		say("opened", stamp(a.Opened), stamp(b.Opened))
		say("decided", stamp(a.Decided), stamp(b.Decided))
		say("known to", precisionWord(a.Precision), precisionWord(b.Precision))
	}
	if e.step != nil && n.step != nil {
		a, b := e.step, n.step
		say("state", a.Name, b.Name)
		say("account", a.Actor, b.Actor)
		say("act", string(a.Act), string(b.Act))
		say("began", stamp(a.Started), stamp(b.Started))
		say("ended", stamp(a.Ended), stamp(b.Ended))
		say("known to", precisionWord(a.Precision), precisionWord(b.Precision))
	}
	if out == nil {
		return "details"
	}
	return strings.Join(out, "; ")
}

func precisionWord(p Precision) string {
	if p == ToSecond {
		return "the second"
	}
	return "the " + string(p)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// quoted is a value of a log in a sentence.
func quoted(s string) string {
	if s == "" {
		return "none"
	}
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// difference is how the events of two parts stand to each other.
type difference struct {
	onlyA, onlyB []event
	from, to     time.Time // the first and the last event that both have
	common       int
	retold       []string // events that both have, and what b tells otherwise
}

// apart compares the events of two parts.
func apart(a, b *Record) *difference {
	d := &difference{}
	x, y := a.unpresented(), b.unpresented()
	d.take(len(a.Steps), pairSteps(a.Steps, b.Steps),
		func(i int) event { return stepEvent(&a.Steps[i]) }, func(j int) event { return stepEvent(&b.Steps[j]) })
	d.take(len(x), pairDecisions(x, y),
		func(i int) event { return decisionEvent(&x[i]) }, func(j int) event { return decisionEvent(&y[j]) })
	return d
}

func stepEvent(s *Step) event {
	name, _ := s.unfinished()
	return event{name: name, at: s.When(), precision: s.Precision, step: s}
}

func decisionEvent(d *Decision) event {
	at := d.Decided
	if at.IsZero() {
		at = d.Presented
	}
	return event{name: d.Gate, at: at, precision: d.Precision, decision: d}
}

func (d *difference) take(n int, p pairing, a, b func(int) event) {
	for i := range n {
		if !p.used[i] {
			d.onlyA = append(d.onlyA, a(i))
		}
	}
	for j, i := range p.of {
		e := b(j)
		if i < 0 {
			d.onlyB = append(d.onlyB, e)
			continue
		}
		d.common++
		if held := a(i); !p.exact[j] {
			d.retold = append(d.retold, fmt.Sprintf("%s (%s)", held.words(), held.differs(e)))
		}
		if d.from.IsZero() || e.at.Before(d.from) {
			d.from = e.at
		}
		if e.at.After(d.to) {
			d.to = e.at
		}
	}
}

// aboutDiffers names what two parts with the same events say of the run in two ways.
func aboutDiffers(a, b *Record) string {
	for _, f := range []struct{ name, a, b string }{
		{"workflow", a.Workflow, b.Workflow},
		{"workflow version", a.WorkflowVersion, b.WorkflowVersion},
		{"model version", a.ModelVersion, b.ModelVersion},
		{"prompt version", a.PromptVersion, b.PromptVersion},
		{"trigger channel", a.TriggerChannel, b.TriggerChannel},
		{"trigger", a.TriggerRef, b.TriggerRef},
		{"outcome", a.Outcome, b.Outcome},
		{"segment", a.Segment, b.Segment},
	} {
		if f.a != f.b && f.a != "" && f.b != "" {
			return fmt.Sprintf("%s: %s, held: %s", f.name, quoted(f.b), quoted(f.a))
		}
	}
	for _, f := range []struct {
		name string
		a, b time.Time
	}{{"started", a.Started, b.Started}, {"ended", a.Ended, b.Ended}} {
		if !f.a.IsZero() && !f.b.IsZero() && !oneMoment(f.a, f.b, a.Precision, b.Precision) {
			return fmt.Sprintf("%s: %s, held: %s", f.name, stamp(f.b), stamp(f.a))
		}
	}
	return ""
}
