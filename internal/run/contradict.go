package run

import (
	"fmt"
	"time"
)

// Contradiction says why a and b cannot both be parts of one run, empty if they
// can. Parts may have nothing in common, and where they overlap they agree: an
// event of the same name and time says the same in both, and over the stretch of
// time that both show, from the first event that they share to the last, neither
// has one that the other lacks. Where whole, each part is said to be all of the
// run so far, so that none may lack what the other has before its own end.
func Contradiction(a, b *Record, whole bool) string {
	x, y := eventsOf(a), eventsOf(b)
	onlyA, onlyB, from, to := apart(x, y)
	changed := map[what]bool{}
	for _, e := range onlyA {
		changed[e.what] = true
	}
	for _, e := range onlyB {
		if changed[e.what] && !e.at.IsZero() {
			return fmt.Sprintf("%s at %s is another", e.name, e.at.UTC().Format(time.RFC3339))
		}
	}
	if len(onlyA) == 0 && len(onlyB) == 0 {
		if !sameAbout(a, b) {
			return "what it says of the run, or what the AI wrote, is another"
		}
		return ""
	}
	shared := !from.IsZero() || !to.IsZero()
	_, endA := a.Span()
	_, endB := b.Span()
	for i, only := range [][]event{onlyA, onlyB} {
		end := []time.Time{endB, endA}[i]
		for _, e := range only {
			if shared && e.at.After(from) && e.at.Before(to) || whole && !e.at.After(end) {
				return fmt.Sprintf(
					"%s at %s is in one of them only, and both show that time", e.name,
					e.at.UTC().Format(time.RFC3339),
				)
			}
		}
	}
	return ""
}

// what an event is, apart from what it says.
type what struct {
	name string
	at   time.Time
}

type event struct {
	what
	says any // comparable
}

func eventsOf(r *Record) (out []event) {
	for _, s := range r.Steps {
		s.At, s.Seq = Position{}, 0
		out = append(out, event{what{fmt.Sprintf("%q", s.Name), s.When()}, s})
	}
	for _, d := range r.unpresented() {
		d.At = Position{}
		out = append(out, event{what{fmt.Sprintf("the decision at %q", d.Gate), d.Decided}, d})
	}
	return out
}

// apart is what only x and only y has, and the time of the first and the last
// event that both have.
func apart(x, y []event) (onlyX, onlyY []event, from, to time.Time) {
	held := map[any]int{}
	for _, e := range x {
		held[e.says]++
	}
	for _, e := range y {
		if held[e.says] == 0 {
			onlyY = append(onlyY, e)
			continue
		}
		held[e.says]--
		if from.IsZero() || e.at.Before(from) {
			from = e.at
		}
		if e.at.After(to) {
			to = e.at
		}
	}
	for i := len(x) - 1; i >= 0; i-- {
		if e := x[i]; held[e.says] > 0 {
			held[e.says]--
			onlyX = append(onlyX, e)
		}
	}
	return onlyX, onlyY, from, to
}

// sameAbout compares what two records with the same steps and decisions say beside.
func sameAbout(a, b *Record) bool {
	both := Merge(a, b)
	return len(both.Outputs) == len(a.Outputs) && len(both.Outputs) == len(b.Outputs) &&
		len(both.Accesses) == len(a.Accesses) && len(both.Accesses) == len(b.Accesses) && a.about() == b.about()
}

// Adds tells whether b, a part of the run that a is, says more than a.
func (a *Record) Adds(b *Record) bool {
	both := Merge(a, b)
	return len(both.Steps) > len(a.Steps) || len(both.Decisions) > len(a.Decisions) ||
		len(both.Outputs) > len(a.Outputs) || len(both.Accesses) > len(a.Accesses) || both.about() != a.about()
}
