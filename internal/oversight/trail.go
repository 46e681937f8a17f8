package oversight

import (
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// Event is one thing that happened at a gate.
type Event struct {
	Act     run.Act
	Account string           // as recorded, empty where none is
	Time    time.Time        // zero where none is recorded
	Code    run.DecisionCode // what was decided; empty for a step, which says only that somebody decided
	At      run.Position

	// Presented and Opened belong to the decision itself, where it is an
	// explicit one that records them.
	Presented, Opened time.Time
	// Precision is how exactly these times are known.
	Precision run.Precision
	// Decision points at the explicit decision, nil for a step.
	Decision *run.Decision
}

// GateTrail is what one run left behind at one gate, in the order of the source.
type GateTrail struct {
	Gate                        string
	Prepares, Decides, Releases []Event
	// Reached tells whether the log mentions the gate at all: an event above,
	// or an attempt that ended without a decision (timed out, ask failed).
	Reached bool
	// Followed tells, where what leaves need not have come before a person, that a
	// decision came before it left.
	Followed bool
	Days     bool // some time is known to the day only, and all are days here
	Minutes  bool // some time is known to the minute only

	// A deciding step that is the second mention of none of the explicit decisions; its
	// Act is ActNone where there is none.
	beside Event

	// What Review found, once it was asked for.
	reviewed, timed bool
	review          time.Duration
	stands          *Event
}

// Trail collects what rec says about gate: its explicit decisions, and the
// steps that the source or the gate's mapping marks as preparing, deciding or
// releasing. The package comment has the rules.
func Trail(rec *run.Record, gate workflow.Gate) GateTrail {
	c := compileGate(gate)
	var t GateTrail
	c.trail(rec, &t)
	return t
}

// compiledGate answers in one look-up what a step's name means at the gate.
type compiledGate struct {
	workflow.Gate
	acts     map[string]run.Act
	officers map[string]bool
	accounts map[string]standing // filled by who knows the roster
	spelled  map[string]string   // the same by run.FoldAccount
	shared   bool                // one person has several of them
	lacks    bool                // its pattern cannot be tested as it is declared
	claimed  claimSet            // the claims that its pattern makes
	genuine  bool                // its pattern asks whether the gate may be none
}

// standing is what the workflow says of an account, at one gate.
type standing struct {
	kind    workflow.LoginKind
	known   bool   // on the roster, or an officer of the gate
	officer bool   // of the gate
	person  string // whose account it is, folded; empty where the roster does not say
	// The first and the last day of authority, in days since 1970.
	from, until int64
}

func compileGate(g workflow.Gate) *compiledGate {
	c := &compiledGate{
		Gate:     g,
		acts:     map[string]run.Act{},
		officers: map[string]bool{},
		accounts: map[string]standing{},
		lacks:    g.Lacks() != "",
		genuine:  Asks(g.Pattern, GateMayBeNone),
	}
	for i, x := range claims {
		if Asks(g.Pattern, x.tests[0]) {
			c.claimed |= 1 << i
		}
	}
	// A name listed twice means the later act: a release is never hidden by
	// also being called a preparation.
	for _, n := range g.Prepare {
		c.acts[n] = run.ActPrepare
	}
	for _, n := range g.Decide {
		c.acts[n] = run.ActDecide
	}
	for _, n := range g.Release {
		c.acts[n] = run.ActRelease
	}
	for _, a := range g.Officers {
		c.officers[a] = true
	}
	return c
}

// isDecision tells the codes by which somebody or something decided from those
// that say that nobody did.
func isDecision(c run.DecisionCode) bool {
	return c != run.TimedOut && c != run.AskFailed && c != run.NoGateReached
}

func (c *compiledGate) trail(rec *run.Record, t *GateTrail) {
	t.Gate, t.Reached, t.Followed = c.Key, false, false
	t.Prepares, t.Decides, t.Releases = t.Prepares[:0], t.Decides[:0], t.Releases[:0]
	t.Days, t.Minutes, t.reviewed, t.beside.Act = false, false, false, run.ActNone
	explicit := false
	for i := range rec.Decisions {
		d := &rec.Decisions[i]
		if d.Gate != c.Key {
			continue
		}
		if d.Code != run.NoGateReached {
			t.Reached = true
		}
		at := orAt(d.At, rec.At)
		days, minutes := d.Precision == run.ToDay, d.Precision == run.ToMinute
		if d.PreparedBy != "" || !d.Presented.IsZero() {
			t.Days, t.Minutes = t.Days || days, t.Minutes || minutes
			t.Prepares = append(
				t.Prepares,
				Event{Act: run.ActPrepare, Account: d.PreparedBy, Time: d.Presented, At: at,
					Precision: d.Precision, Decision: d},
			)
		}
		if isDecision(d.Code) {
			explicit = true
			t.Days, t.Minutes = t.Days || days, t.Minutes || minutes
			t.Decides = append(t.Decides, Event{Act: run.ActDecide, Account: d.Account, Time: d.Decided, Code: d.Code,
				At: at, Presented: d.Presented, Opened: d.Opened, Precision: d.Precision, Decision: d})
		}
	}
	for i := range rec.Steps {
		s := &rec.Steps[i]
		act := run.ActNone
		switch {
		case s.Act != run.ActNone && s.Gate == c.Key:
			act = s.Act
		case s.Act == run.ActNone || s.Gate == "":
			act = c.acts[s.Name]
		}
		if act == run.ActNone {
			t.Reached = t.Reached || s.Gate == c.Key // asked there, perhaps, and not answered yet
			continue
		}
		if act != run.ActDecide || !explicit {
			t.Days, t.Minutes = t.Days || s.Precision == run.ToDay, t.Minutes || s.Precision == run.ToMinute
		}
		e := Event{Act: act, Account: s.Actor, Time: s.When(), At: orAt(s.At, rec.At), Precision: s.Precision}
		switch act {
		case run.ActPrepare:
			t.Prepares = append(t.Prepares, e)
		case run.ActDecide:
			if !explicit {
				t.Decides = append(t.Decides, e)
			} else if t.beside.Act == run.ActNone && t.isAnother(&e) {
				t.beside = e
			}
		case run.ActRelease:
			t.Releases = append(t.Releases, e)
		}
	}
	if len(t.Prepares)+len(t.Decides)+len(t.Releases) > 0 {
		t.Reached = true
	}
	if t.Days {
		t.byDays()
	}
}

// isAnother tells whether a deciding step is by another account than each explicit
// decision, and more than a minute from each: who only writes a decision down does so
// when it is made. What the log does not say is held against nobody.
func (t *GateTrail) isAnother(e *Event) bool {
	if e.Account == "" || e.Time.IsZero() {
		return false
	}
	for i := range t.Decides {
		d := &t.Decides[i]
		if d.Account == "" || d.Time.IsZero() || run.SpelledAlike(d.Account, e.Account) || d.Account == e.Account {
			return false
		}
		near := time.Minute
		if d.Precision == run.ToDay || e.Precision == run.ToDay {
			near = 24 * time.Hour
		}
		if d.Time.Sub(e.Time).Abs() <= near {
			return false
		}
	}
	return len(t.Decides) > 0
}

// byDays leaves of all times at a gate the day, where one of them is known to the
// day only: within a day, nothing tells which came first or how long it took.
func (t *GateTrail) byDays() {
	lists := [][]Event{t.Prepares, t.Decides, t.Releases}
	day := func(at time.Time) time.Time {
		if at.IsZero() {
			return at
		}
		return at.UTC().Truncate(24 * time.Hour)
	}
	for _, list := range lists {
		for i := range list {
			e := &list[i]
			e.Time, e.Presented, e.Opened = day(e.Time), day(e.Presented), day(e.Opened)
		}
	}
}

func orAt(at, or run.Position) run.Position {
	if at.Line == 0 {
		return or
	}
	return at
}

// first is the earliest event that has a time, the first in the source among
// equals; nil where none has.
func first(es []Event) *Event {
	var f *Event
	for i := range es {
		if e := &es[i]; !e.Time.IsZero() && (f == nil || e.Time.Before(f.Time)) {
			f = e
		}
	}
	return f
}

// decisionAt is the decision that stood when something was released: the last
// one not later than the release. Where that cannot be told, because none is
// earlier or times are missing, it is the last of all, in the order of the source
// where none has a time. It is nil where there is no decision.
func decisionAt(release *Event, decides []Event) *Event {
	var stood *Event
	if !release.Time.IsZero() {
		for i := range decides {
			e := &decides[i]
			if e.Time.IsZero() || e.Time.After(release.Time) || stood != nil && e.Time.Before(stood.Time) {
				continue
			}
			stood = e
		}
	}
	if stood == nil {
		stood = last(decides)
	}
	if stood == nil && len(decides) > 0 {
		stood = &decides[len(decides)-1]
	}
	return stood
}

// Against is the first release, in the order of the source, at which the
// decision that stood (see decisionAt) withheld the matter, and that decision; nil
// where there is none.
func (t *GateTrail) Against() (release, decision *Event) {
	for i := range t.Releases {
		r := &t.Releases[i]
		if d := decisionAt(r, t.Decides); d != nil && effectOf(d).withholds() {
			return r, d
		}
	}
	return nil, nil
}

// effect is what a decision does to the matter before it.
type effect int

const (
	effectUnknown effect = iota // a step says that somebody decided, and not what
	effectLets                  // approved: it may leave as it is
	effectEdits                 // approved with edits
	effectReturns               // referred back or escalated: it waits for another decision
	effectRejects               // rejected or terminated: it may not leave
)

func effectOf(e *Event) effect {
	switch e.Code {
	case run.Approved, run.AutoDecided:
		if e.Decision != nil && e.Decision.Edited {
			return effectEdits
		}
		return effectLets
	case run.ApprovedWithEdits:
		return effectEdits
	case run.ReferredBack, run.Escalated:
		return effectReturns
	case run.Rejected, run.Terminated:
		return effectRejects
	}
	return effectUnknown
}

// withholds tells whether the matter may not leave after such a decision.
func (e effect) withholds() bool { return e == effectReturns || e == effectRejects }

// allows tells whether it may.
func (e effect) allows() bool { return e == effectLets || e == effectEdits }

// last is the latest event that has a time, the last in the source among equals.
func last(es []Event) *Event {
	var l *Event
	for i := range es {
		if e := &es[i]; !e.Time.IsZero() && (l == nil || !e.Time.Before(l.Time)) {
			l = e
		}
	}
	return l
}

// Review is the time between the end of preparation and the decision that
// stands: the last decision, counted from the latest of when its officer opened it,
// when it was presented, and the last preparation before it: nobody reads what is not
// there yet, however early they opened the case. Where nothing says when it was opened
// or presented, it is counted from the last preparation, and is negative where the
// decision came first. ok is false where the log does not hold both times.
func (t *GateTrail) Review() (d time.Duration, decided *Event, ok bool) {
	if !t.reviewed { // several tests and sums ask for it, of each run
		t.reviewed = true
		t.review, t.stands, t.timed = t.findReview()
	}
	return t.review, t.stands, t.timed
}

func (t *GateTrail) findReview() (d time.Duration, decided *Event, ok bool) {
	e := last(t.Decides)
	if e == nil {
		return 0, nil, false
	}
	if t.Days { // known to the day only
		return 0, e, false
	}
	from := e.Opened
	if e.Presented.After(from) {
		from = e.Presented
	}
	if from.IsZero() { // what was prepared last is all that says when there was something to read
		p := last(t.Prepares)
		if p == nil {
			return 0, e, false
		}
		return e.Time.Sub(p.Time), e, true
	}
	for i := range t.Prepares {
		if p := t.Prepares[i].Time; p.After(from) && !p.After(e.Time) {
			from = p
		}
	}
	return e.Time.Sub(from), e, true
}

// Recommended compares a decision with what the AI recommended: agreed tells
// whether the officer followed it, ok whether the log allows the comparison.
// A recommendation to approve or to reject is compared with the decision; any
// other recommendation is a text, which an approval without edits follows.
func Recommended(d *run.Decision) (agreed, ok bool) {
	if d.AIRecommendation == "" {
		return false, false
	}
	rec, dec := stance(d.AIRecommendation), stance(string(d.Code))
	if d.Code == run.ApprovedWithEdits || d.Edited {
		return false, true
	}
	if d.AICode != "" { // the mapping says what its word means
		rec = stance(string(d.AICode))
		if rec == 0 || dec == 0 {
			return d.AICode == d.Code, d.AICode == d.Code || dec != 0
		}
	}
	switch {
	case dec == 0: // referred back, escalated: nobody decided against anything
		return false, false
	case rec == 0:
		return dec > 0, true
	}
	return rec == dec, true
}

// stance reads approve as 1, reject as -1, anything else as 0.
func stance(s string) int {
	switch fold(s) {
	case "approve",
		"approved",
		"accept",
		"accepted",
		"grant",
		"granted",
		"allow",
		"yes",
		"valid",
		"approved_with_edits",
		"auto_decided":
		return 1
	case "reject",
		"rejected",
		"refuse",
		"refused",
		"deny",
		"denied",
		"decline",
		"declined",
		"no",
		"invalid",
		"terminated":
		return -1
	}
	return 0
}
