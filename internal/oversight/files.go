package oversight

import (
	"fmt"
	"slices"

	"assay/internal/run"
)

// Files is what several files hold of one run: the parts in which it came, and how
// other files tell it.
type Files struct {
	// Parts are the parts as their files have them, in the order in which they came;
	// empty for a run that came whole.
	Parts []run.Record
	// Told are the tellings that contradict the one that came first.
	Told []Telling
}

// Telling is a run as another file tells it. Which of two tellings is right Assay
// cannot know, and which came first says nothing: a run is tested in each, and the
// worse counts.
type Telling struct {
	Source string // identifier of the import
	Ref    string // IMP-0002
	Rec    *run.Record
}

// worse is what other tellings of the run under test come to at one gate.
type worse struct {
	released, missing bool
	short             claimSet
	claims            Claims
}

// TestFiles is Test for a run that several files hold; rec is what the parts come
// to together, and files may be nil. What only another telling shows is found with
// the words "as IMP-0002 tells it".
func (t *Tester) TestFiles(source string, rec *run.Record, files *Files, s *Stream) []Finding {
	at := When(rec)
	x := t.of(at)
	x.worse = x.worse[:0]
	var more []Finding
	if files != nil {
		more = x.tellings(files.Told)
	}
	x.trailsOf(rec)
	found := x.test(source, rec)
	for _, f := range more {
		if !slices.ContainsFunc(found, func(o Finding) bool { return o.Code == f.Code && o.Gate == f.Gate }) {
			found = append(found, f)
		}
	}
	for i := range x.worse {
		x.short[i] |= x.worse[i].short
	}
	x.parts = nil
	if files != nil {
		x.parts = files.Parts
	}
	x.add(source, rec, at, s)
	return found
}

// tellings tests the run under test as other files tell it, and keeps what each
// comes to at the gates. It uses the memory of the tester, so that the telling
// that came first is tested after it.
func (t *tester) tellings(told []Telling) (out []Finding) {
	if len(told) > 0 {
		t.worse = make([]worse, len(t.gates))
	}
	for _, other := range told {
		t.trailsOf(other.Rec)
		for _, f := range t.test(other.Source, other.Rec) {
			f.Detail = fmt.Sprintf("As %s tells it: %s", other.Ref, f.Detail)
			if !slices.ContainsFunc(out, func(o Finding) bool { return o.Code == f.Code && o.Gate == f.Gate }) {
				out = append(out, f)
			}
		}
		for i := range t.gates {
			w, tr := &t.worse[i], &t.trails[i]
			w.released = w.released || len(tr.Releases) > 0
			w.missing = w.missing || len(tr.Releases) > 0 && len(tr.Decides) == 0
			w.short |= t.short[i]
			var c Claims
			t.claims(i, &c)
			for k := range c {
				w.claims[k].worsen(&c[k])
			}
		}
	}
	return out
}

// worsen takes from another telling of the same run what is worse.
func (c *ClaimCount) worsen(o *ClaimCount) {
	c.Of, c.Shown, c.Short = max(c.Of, o.Of), max(c.Shown, o.Shown), max(c.Short, o.Short)
}

// files adds to what the run under test adds to the sums of gate i what other
// tellings and the order of its files come to.
func (t *tester) files(i int, c *GateCell) {
	tr := &t.trails[i]
	if i < len(t.worse) {
		w := &t.worse[i]
		if w.released && len(tr.Releases) == 0 {
			c.Released = 1
		}
		if w.missing && !(len(tr.Releases) > 0 && len(tr.Decides) == 0) {
			c.Missing = 1
		}
		for k := range w.claims {
			c.Claims[k].worsen(&w.claims[k])
		}
	}
	if len(t.parts) == 0 || len(tr.Releases) == 0 || len(tr.Decides) == 0 {
		return
	}
	// The part with the release is looked at alone: a decision that only another
	// file brings was not there when that file was made, or was not in it.
	var part GateTrail
	released, decided := -1, -1
	for k := range t.parts {
		t.gates[i].trail(&t.parts[k], &part)
		if len(part.Releases) > 0 && released < 0 {
			released = k
			if len(part.Decides) > 0 {
				return
			}
		}
		if len(part.Decides) > 0 && decided < 0 {
			decided = k
		}
	}
	switch {
	case released < 0 || decided < 0:
	case decided > released:
		c.Later = 1
	default:
		c.Elsewhere = 1
	}
}

// AddWorse adds to s what one Stream counts at gates that another over the same runs,
// with fewer tellings, does not.
func (s *Stream) AddWorse(with, without *Stream) {
	for k, c := range with.Gates {
		addWorse(s.Gates, k, c, without.Gates[k])
	}
	for k, c := range with.SegmentGates {
		addWorse(s.SegmentGates, k, c, without.SegmentGates[k])
	}
}

func addWorse[K comparable](to map[K]*GateCell, k K, with, without *GateCell) {
	worse := GateCell{Released: with.Released - without.Released, Missing: with.Missing - without.Missing}
	for i := range with.Claims {
		w, o := &with.Claims[i], &without.Claims[i]
		worse.Claims[i] = ClaimCount{w.Of - o.Of, w.Shown - o.Shown, w.Short - o.Short}
	}
	if to[k] == nil {
		to[k] = &GateCell{}
	}
	to[k].Count(&worse)
}
