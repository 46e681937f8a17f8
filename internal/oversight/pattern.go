package oversight

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/run"
	"assay/internal/workflow"
)

// Not every gate asks a person to decide on each run. What it asks for is its
// pattern of oversight (workflow.Pattern), and each pattern has tests of its own.
// A run is held to the pattern that was declared for its day. Each count below is of
// runs, each run once, however often it was drawn, asked about or decided.
//
// # What a pattern asks about a run
//
//   - each_run: that a person decides before it is released. Its tests are those of
//     the package comment.
//   - threshold: the same, of the runs on the declared side of the limit, the limit
//     included. Of several outputs, the lowest confidence counts for "below" and the
//     highest for "above". A run on the other side is not looked at, at this gate. A run
//     without the number is not shown, and never taken for one that needed nobody.
//   - drawn_sample, on_request, monitored_with_limits: a preparing event draws the run,
//     asks for a person or raises an alert; a deciding event by a person is the reading
//     or the answer. Where no activity draws, a reading shows that the run was drawn.
//   - approved_content: that each content which the run used was approved on or before
//     its day (UTC), and had not ended. A run that names none is not shown.
//   - agent_with_limits: each step of an agent, or of an unknown actor with a tool, is
//     looked up by its name and its tool. One that needs a person has to come after a
//     person's decision at the gate that stood then and allowed it; one decision covers
//     what the run does after it.
//
// A person is an account that decided by name, that is not a system's, shared or
// test account, that the log calls no system or agent, and that, where there are a
// roster or named officers, is one of them.
//
// # Tests on one run
//
//   - OVR-19: a person answered later than the hours that the gate declares. Where
//     times are known to the day only, by at least a day more.
//   - OVR-22: the run used a content that nobody approved, or not on its day.
//   - OVR-23: an agent did what it may never do, or what its limits do not name.
//   - OVR-24: an agent did what needs a person, and none had allowed it before.
//
//   - OVR-12, of drawn_sample and agent_with_limits: what leaves need not have come
//     before a person, and where a person decided before it left, it was not a no.
//
// # Tests on the runs of a gate together
//
//   - OVR-20: runs were drawn, asked about or raised an alert, and no person answered.
//     Those of the last days of the log are left out, as many as the declared hours
//     (a week where none are declared): their answer may come yet.
//   - OVR-21: of a whole week (Monday to Sunday, UTC) fewer runs were read by a person
//     than the gate declares. In a week with fewer runs than that, all of them. Weeks
//     whose reading may come yet are left out.
//   - OVR-25: in a whole week with at least Limits.MinGroup runs the share of a declared
//     outcome was beyond its limit, and no alert was raised in that week or the next.
//   - OVR-26, a question: none of the runs came before a person, however few they are. It
//     says what share of such runs may come before one all the same, at 95 %: of 300
//     about one in a hundred (the rule of three), of 12 every fourth.
//   - OVR-27, a question: the outcomes of the runs read differ from those of the others:
//     chi-square with p below Limits.DriftP, and the root of chi-square over the runs
//     read (Cohen's w) at least Limits.DriftV. A reading that changes what the platform
//     calls the outcome makes such a difference too.
//   - OVR-28, a question: the workflow informs significant decisions, by its account or
//     by the template that it was begun from, and runs are held to a weaker pattern.

// PatternCounts are the runs of a gate by what its pattern asks about them.
type PatternCounts struct {
	Due     int64 `json:"due"`     // that a person, or an approved content, was asked for
	Unknown int64 `json:"unknown"` // of which the log does not show whether they were
	Looked  int64 `json:"looked"`  // of the due, those that a person looked at, or whose content was approved
	Late    int64 `json:"late"`    // of these, later than declared
	Open    int64 `json:"open"`    // of the due, those that no person answered
	Changed int64 `json:"changed"` // of those looked at, edited, sent back or refused
}

func (c *PatternCounts) add(o *PatternCounts) {
	c.Due += o.Due
	c.Unknown += o.Unknown
	c.Looked += o.Looked
	c.Late += o.Late
	c.Open += o.Open
	c.Changed += o.Changed
}

// asking are the tests that a pattern other than each_run asks for at a gate. A
// gate of each_run asks for all that look at decisions on each run.
var asking = map[workflow.Pattern][]Code{
	workflow.BeyondThreshold: {
		ReleasedUndecided, ReleasedEarly, DecidedByNoOfficer, DecidedUnauthorised, SameEyes, DecidedFast, RubberStamp,
		DecisionReused, NoReason, DecidedBeforehand, ReleasedAgainst, NoAuthority, OnePersonTwice, DecisionChanged,
		DecisionsContradict, GateMayBeNone, BelowFloor, NobodyAsked, WeakForSignificant, NoGate,
	},
	workflow.DrawnSample: {
		DecidedByNoOfficer, DecidedUnauthorised, DecidedFast, RubberStamp, NoReason, NoAuthority, DecisionsContradict,
		ReleasedAgainst, GateMayBeNone, BelowFloor, AnsweredLate, Unanswered, SampleShort, SampleNotRandom,
		WeakForSignificant,
	},
	workflow.ApprovedContent: {UnapprovedContent, WeakForSignificant},
	workflow.OnRequest: {
		DecidedByNoOfficer, DecidedUnauthorised, NoAuthority, AnsweredLate, Unanswered, NobodyAsked, WeakForSignificant,
	},
	workflow.Monitored: {
		DecidedByNoOfficer, DecidedUnauthorised, NoAuthority, AnsweredLate, Unanswered, LimitPassed, NobodyAsked,
		WeakForSignificant,
	},
	workflow.AgentLimits: {
		DecidedByNoOfficer, DecidedUnauthorised, SameEyes, DecidedFast, RubberStamp, NoReason, NoAuthority,
		OnePersonTwice, DecisionsContradict, ReleasedAgainst, GateMayBeNone, BelowFloor, BeyondLimits, ActedAlone,
		NobodyAsked, WeakForSignificant,
	},
}

// ofPatterns are the tests that only weaker patterns ask for.
var ofPatterns = []Code{
	AnsweredLate, Unanswered, SampleShort, UnapprovedContent, BeyondLimits, ActedAlone, LimitPassed, NobodyAsked,
	SampleNotRandom, WeakForSignificant,
}

// Asks tells whether a gate of a pattern asks for a test.
func Asks(p workflow.Pattern, c Code) bool {
	if p.Weaker() {
		return slices.Contains(asking[p], c)
	}
	return !slices.Contains(ofPatterns, c)
}

// Asked tells whether a test is asked for by a gate that runs of the workflow are
// held to, now or before. A test that is not made at gates always is, and so is what
// gates ask for where the workflow describes none.
func Asked(w *workflow.Workflow, c Code) bool {
	if d := TestOf(c); !d.Gate && c != NoGate {
		return true
	}
	any := false
	for _, d := range w.InForce() {
		for _, g := range d.Gates {
			if any = true; Asks(g.Pattern, c) {
				return true
			}
		}
	}
	return !any && Asks(workflow.EachRun, c)
}

// testPattern makes the tests of a weaker pattern on the run at gate i, and counts
// the run for it. It tells whether the run has to come before a person to leave.
func (t *tester) testPattern(rec *run.Record, i int, add adder) bool {
	g, tr, n := t.gates[i], &t.trails[i], &t.pattern[i]
	asked := func(code Code, gate string, at run.Position, thresholds, detail string) {
		if Asks(g.Pattern, code) {
			add(code, gate, at, thresholds, detail)
		}
	}
	if g.Pattern == workflow.BeyondThreshold {
		beyond, known := g.beyond(rec)
		if !known {
			n.Unknown = 1
		}
		if !beyond {
			tr.clear() // what happened to it here anyway is no part of what the gate promises
			return false
		}
		n.Due = 1
	} else {
		// At this gate, what leaves need not have come before a person; where it did, and
		// the person's word was no, it may not leave.
		r, d := tr.followed()
		if r != nil && effectOf(d).withholds() {
			asked(ReleasedAgainst, g.Key, r.At, "", tr.releasedAgainst(r, d))
		}
		tr.Releases, tr.Followed = tr.Releases[:0], r != nil && Asks(g.Pattern, ReleasedAgainst)
	}
	t.testGate(rec, g, tr, &t.machine[i], asked)
	if g.lacks {
		return false
	}
	switch g.Pattern {
	case workflow.BeyondThreshold:
		t.countDecided(rec, g, tr, n)
		return true
	case workflow.DrawnSample, workflow.OnRequest, workflow.Monitored:
		t.testAnswer(rec, g, tr, n, asked)
	case workflow.ApprovedContent:
		t.testContent(rec, g, n, asked)
	case workflow.AgentLimits:
		t.testAgent(rec, g, tr, n, asked)
	}
	return false
}

// followed is the first release, in the order of the source, that a decision came before,
// and the decision that stood then; one that withheld the matter is taken before any
// other. Both are nil where no decision came before a release.
func (t *GateTrail) followed() (release, decision *Event) {
	for i := range t.Releases {
		r := &t.Releases[i]
		d := decisionAt(r, t.Decides)
		if d == nil || d.Time.IsZero() || r.Time.IsZero() || d.Time.After(r.Time) || t.Days && d.Time.Equal(r.Time) {
			continue
		}
		if release == nil || effectOf(d).withholds() && !effectOf(decision).withholds() {
			release, decision = r, d
		}
	}
	return release, decision
}

// clear leaves nothing of a run at a gate.
func (t *GateTrail) clear() {
	t.Prepares, t.Decides, t.Releases = t.Prepares[:0], t.Decides[:0], t.Releases[:0]
	t.Reached, t.reviewed, t.Followed, t.beside.Act = false, false, false, run.ActNone
}

// beyond tells whether a run is on the side of the gate's limit on which a person
// decides; known is false where the log does not carry the number.
func (g *compiledGate) beyond(rec *run.Record) (beyond, known bool) {
	if g.lacks {
		return false, false
	}
	x := 0.0
	for i := range rec.Outputs {
		c := rec.Outputs[i].Confidence
		if c != 0 && (!known || g.Terms.Side == workflow.Below && c < x || g.Terms.Side == workflow.Above && c > x) {
			x, known = c, true
		}
	}
	if g.Terms.Side == workflow.Below {
		return known && x <= g.Terms.Limit, known
	}
	return known && x >= g.Terms.Limit, known
}

// isPerson tells whether a person made a decision, as far as roster and log say.
func (t *tester) isPerson(rec *run.Record, g *compiledGate, e *Event) bool {
	s := g.accounts[e.Account]
	switch {
	case e.Account == "", e.Code == run.AutoDecided, noPerson(s.kind), actsAsMachine(rec, e):
		return false
	}
	return s.known || len(t.kinds) == 0 && len(g.officers) == 0
}

// countDecided counts a run beyond the threshold that a person decided before it left.
func (t *tester) countDecided(rec *run.Record, g *compiledGate, tr *GateTrail, n *PatternCounts) {
	left := first(tr.Releases)
	for i := range tr.Decides {
		e := &tr.Decides[i]
		if !t.isPerson(rec, g, e) || left != nil && !e.Time.IsZero() && e.Time.After(left.Time) {
			continue
		}
		n.Looked = 1
		if effectOf(e) > effectLets {
			n.Changed = 1
		}
	}
	n.Open = n.Due - n.Looked
}

// testAnswer makes OVR-19: whether a person answered what was drawn, asked or
// raised, and in time. It counts the run.
func (t *tester) testAnswer(rec *run.Record, g *compiledGate, tr *GateTrail, n *PatternCounts, add adder) {
	ask := first(tr.Prepares)
	var answer *Event
	for i := range tr.Decides {
		e := &tr.Decides[i]
		if !t.isPerson(rec, g, e) || ask != nil && !e.Time.IsZero() && e.Time.Before(ask.Time) {
			continue
		}
		n.Looked = 1
		if effectOf(e) > effectLets {
			n.Changed = 1
		}
		if answer == nil || !e.Time.IsZero() && (answer.Time.IsZero() || e.Time.Before(answer.Time)) {
			answer = e
		}
	}
	if len(tr.Prepares) > 0 || n.Looked == 1 {
		n.Due = 1
		n.Open = 1 - n.Looked
	}
	if ask == nil || answer == nil || answer.Time.IsZero() || g.Terms.WithinHours == 0 {
		return
	}
	within := time.Duration(g.Terms.WithinHours) * time.Hour
	took, least := answer.Time.Sub(ask.Time), time.Duration(0)
	switch { // it is held to the shortest that it may have been
	case tr.Days:
		least = 24 * time.Hour
	case tr.Minutes:
		least = 59 * time.Second
	}
	if took-least > within {
		n.Late = 1
		add(
			AnsweredLate,
			g.Key,
			answer.At,
			fmt.Sprintf("within %s", span(within)),
			fmt.Sprintf(
				"%s%s; answered%s %s later.",
				g.askedFor(),
				tr.when(ask.Time),
				by(answer.Account),
				tr.span(took),
			),
		)
	}
}

// askedFor is what a preparing event at the gate is.
func (g *compiledGate) askedFor() string {
	switch g.Pattern {
	case workflow.OnRequest:
		return "A person was asked for"
	case workflow.Monitored:
		return "An alert was raised"
	}
	return "Drawn for reading"
}

// testContent makes OVR-22.
func (t *tester) testContent(rec *run.Record, g *compiledGate, n *PatternCounts, add adder) {
	day := civil.Date("")
	if at := When(rec); !at.IsZero() {
		day = civil.Of(at)
	}
	bad := ""
	where := rec.At
	use := func(id string, at run.Position) {
		if id == "" {
			return
		}
		n.Due = 1
		if why := g.unapproved(id, day); why != "" && bad == "" {
			bad, where = fmt.Sprintf("Used %q, %s.", shorten(id), why), orAt(at, rec.At)
		}
	}
	switch g.Terms.ContentOf {
	case workflow.ContentSource:
		for i := range rec.Accesses {
			use(rec.Accesses[i].Source, rec.Accesses[i].At)
		}
	case workflow.ContentPrompt:
		use(rec.PromptVersion, rec.At)
	case workflow.ContentOutput:
		for i := range rec.Outputs {
			o := &rec.Outputs[i]
			id := o.SHA256
			if id == "" && o.Text != "" {
				sum := sha256.Sum256([]byte(o.Text))
				id = hex.EncodeToString(sum[:])
			}
			use(strings.ToLower(id), o.At)
		}
	}
	n.Unknown = 1 - n.Due
	if bad != "" {
		add(UnapprovedContent, g.Key, where, "approved content", bad)
		return
	}
	n.Looked = n.Due
}

// unapproved says why a content may not be used on a day, empty where it may. An
// unknown day is held against nobody.
func (g *compiledGate) unapproved(id string, day civil.Date) string {
	i := slices.IndexFunc(g.Terms.Contents, func(c workflow.Content) bool { return c.ID == id })
	if i < 0 {
		return "which nobody is declared to have approved"
	}
	c := g.Terms.Contents[i]
	switch {
	case day == "":
		return ""
	case day.Before(c.ApprovedOn):
		return fmt.Sprintf("which %s approved on %s only, after the run", c.ApprovedBy, c.ApprovedOn.Long())
	case !c.Until.IsZero() && c.Until.Before(day):
		return fmt.Sprintf("whose approval ended on %s", c.Until.Long())
	}
	return ""
}

// testAgent makes OVR-23 and OVR-24, each once a run.
func (t *tester) testAgent(rec *run.Record, g *compiledGate, tr *GateTrail, n *PatternCounts, add adder) {
	people := t.people(rec, g, tr)
	var beyond, alone, undated bool
	for i := range rec.Steps {
		s := &rec.Steps[i]
		if s.ActorKind != run.ActorAgent && (s.ActorKind != run.ActorUnknown || s.Tool == "") {
			continue
		}
		named := func(list []string) bool {
			return slices.Contains(list, s.Name) || s.Tool != "" && slices.Contains(list, s.Tool)
		}
		at := Event{Time: s.When(), At: orAt(s.At, rec.At)}
		if !s.Started.IsZero() {
			at.Time = s.Started
		}
		what := fmt.Sprintf("%q", shorten(s.Name))
		if s.Tool != "" {
			what += fmt.Sprintf(" with %q", shorten(s.Tool))
		}
		switch {
		case named(g.Terms.Never):
			if !beyond {
				add(BeyondLimits, g.Key, at.At, "never", fmt.Sprintf("The agent did %s%s, which it may never do.",
					what, when(at.Time)))
			}
			beyond = true
		case named(g.Terms.WithPerson):
			n.Due = 1
			d := decisionAt(&at, people)
			switch {
			case d == nil || effectOf(d).withholds() || !at.Time.IsZero() && d.Time.After(at.Time):
				if !alone {
					add(ActedAlone, g.Key, at.At, "with a person", fmt.Sprintf(
						"The agent did %s%s; no person had allowed it before.", what, when(at.Time)))
				}
				alone = true
			case at.Time.IsZero() || d.Time.IsZero():
				undated = true
			}
		case named(g.Terms.Alone), g.acts[s.Name] != run.ActNone:
		case !beyond:
			beyond = true
			add(BeyondLimits, g.Key, at.At, "its limits", fmt.Sprintf(
				"The agent did %s%s, which its limits do not name.", what, when(at.Time)))
		}
	}
	switch {
	case n.Due == 0:
	case alone:
		n.Open = 1
	case undated: // somebody decided; whether before, the log does not show
		n.Due, n.Unknown = 0, 1
	default:
		n.Looked = 1
	}
}

// people are the decisions at a gate that persons made, in the tester's memory.
func (t *tester) people(rec *run.Record, g *compiledGate, tr *GateTrail) []Event {
	t.byPeople = t.byPeople[:0]
	for i := range tr.Decides {
		if e := &tr.Decides[i]; t.isPerson(rec, g, e) {
			t.byPeople = append(t.byPeople, *e)
		}
	}
	return t.byPeople
}

// patternNotRun lists the tests that a gate of a weaker pattern does not ask for, and
// those that its declaration does not allow.
func (g *compiledGate) patternNotRun() (ns []NotRun) {
	if !g.Pattern.Weaker() {
		return nil
	}
	for _, d := range Tests {
		switch {
		case !d.Gate:
		case !Asks(g.Pattern, d.Code):
			if Asks(workflow.EachRun, d.Code) {
				ns = append(
					ns,
					NotRun{Code: d.Code, Gate: g.Key, Why: "The gate does not ask for it: " + g.Pattern.Words() + "."},
				)
			}
		case g.lacks && d.Code != WeakForSignificant &&
			(slices.Contains(ofPatterns, d.Code) || Asks(workflow.EachRun, d.Code) &&
				g.Pattern == workflow.BeyondThreshold):
			ns = append(ns, NotRun{Code: d.Code, Gate: g.Key, Why: g.Lacks(), Applies: true})
		}
	}
	return ns
}
