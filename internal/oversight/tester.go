package oversight

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/run"
	"assay/internal/workflow"
)

// RunRef leads from a finding to the run and the place in the source that
// shows it.
type RunRef struct {
	Source string       `json:"source"` // identifier of the import
	RunID  string       `json:"run_id"`
	At     run.Position `json:"at"`
}

// Finding is what a test found.
type Finding struct {
	Code     Code     `json:"code"`
	Gate     string   `json:"gate,omitempty"`    // gate key, empty where the test is not made at a gate
	Subject  string   `json:"subject,omitempty"` // the officer, version, segment or period it is about
	Severity Severity `json:"severity"`
	Question bool     `json:"question"` // it asks the data protection officer; it is no fault by itself
	// Detail is one sentence with the facts; Thresholds the limits in force.
	Detail     string   `json:"detail"`
	Thresholds string   `json:"thresholds,omitempty"`
	Runs       []RunRef `json:"runs"`
}

// NotRun says that a test could not be made, or does not apply, and why.
type NotRun struct {
	Code Code   `json:"code"`
	Gate string `json:"gate,omitempty"`
	Why  string `json:"why"`
	// Applies is false where the gate does not ask for what the test looks at.
	Applies bool `json:"applies"`
	// Part says that the test was made, by another declaration, on other runs.
	Part bool `json:"part,omitempty"`
}

// Tester makes the tests that look at one run, each run by the declaration that
// was in force on the day when it ran. It is made once for a workflow and is not
// safe for concurrent use: it keeps its working memory between runs.
type Tester struct {
	held []heldTo // by their days
	now  *tester  // of the run under test
	day  int64    // that now is for
}

// heldTo is a declaration prepared for the runs from a day on.
type heldTo struct {
	from int64 // days since 1970
	tester
}

// noDay stands for a run without any time: it is held to the first declaration.
const noDay = math.MinInt64

// NewTester prepares the tests for a workflow with all that was declared of it.
func NewTester(w *workflow.Workflow) *Tester {
	t := &Tester{}
	held, from := w.Held()
	for i, x := range held {
		h := heldTo{from: noDay, tester: newTester(x)}
		if i > 0 {
			h.from = dayOf(from[i].Time())
		}
		t.held = append(t.held, h)
	}
	t.now, t.day = &t.held[0].tester, noDay
	return t
}

// of is what a run is held to that is filed under a time.
func (t *Tester) of(at time.Time) *tester {
	if len(t.held) == 1 {
		return t.now
	}
	day := int64(noDay)
	if !at.IsZero() {
		day = dayOf(at)
	}
	if day == t.day { // as was the run before, mostly
		return t.now
	}
	i := len(t.held) - 1
	for i > 0 && t.held[i].from > day {
		i--
	}
	t.now, t.day = &t.held[i].tester, day
	return t.now
}

// Test makes every per-run test on rec, which came from the given source, adds it
// to s, and returns what was found in the order of gates and codes: at most one
// finding a test and gate, about the first place that shows it.
func (t *Tester) Test(source string, rec *run.Record, s *Stream) []Finding {
	return t.TestFiles(source, rec, nil, s)
}

// tester makes the tests by one declaration.
type tester struct {
	wf         workflow.Workflow
	gates      []*compiledGate
	trails     []GateTrail
	short      []claimSet      // by gate: the claims that the run under test does not bear out
	machine    []int64         // by gate: decisions of the run under test by no person
	pattern    []PatternCounts // by gate: the run under test, where its pattern is a weaker one
	byPeople   []Event
	cell       GateCell     // what the run under test adds to the sums of a gate
	worse      []worse      // by gate: what other tellings of the run under test come to; empty where there is none
	parts      []run.Record // in which the run under test came; empty where it came whole
	kinds      map[string]workflow.LoginKind
	activities map[string]bool
	tools      map[string]bool
	sources    map[string]bool
}

func newTester(w *workflow.Workflow) tester {
	t := tester{wf: *w, kinds: map[string]workflow.LoginKind{}, activities: set(w.KSB.Activities),
		tools: set(w.KSB.Tools), sources: set(w.Account.DataSources)}
	for _, g := range w.Gates {
		t.gates = append(t.gates, compileGate(g))
		if len(t.activities) > 0 { // what a gate is mapped to is declared by that
			for _, names := range [][]string{g.Prepare, g.Decide, g.Release} {
				for _, n := range names {
					t.activities[n] = true
				}
			}
		}
	}
	t.trails = make([]GateTrail, len(t.gates))
	t.short, t.machine = make([]claimSet, len(t.gates)), make([]int64, len(t.gates))
	t.pattern = make([]PatternCounts, len(t.gates))
	for _, l := range w.Roster {
		t.kinds[l.Account] = l.Kind
	}
	for _, g := range t.gates {
		for a := range g.officers {
			g.accounts[a] = standing{known: true, officer: true, from: math.MinInt64, until: math.MaxInt64}
		}
		for _, l := range w.Roster {
			s := standing{kind: l.Kind, known: true, officer: g.officers[l.Account], person: fold(l.Name)}
			s.from, s.until = math.MinInt64, math.MaxInt64
			if !l.From.IsZero() {
				s.from = dayOf(l.From.Time())
			}
			if !l.Until.IsZero() {
				s.until = dayOf(l.Until.Time())
			}
			g.accounts[l.Account] = s
		}
		g.spelled = map[string]string{}
		people := map[string]bool{}
		for a, s := range g.accounts {
			g.shared = g.shared || s.person != "" && people[s.person]
			people[s.person] = true
			if f := run.FoldAccount(a); g.spelled[f] == "" || a < g.spelled[f] {
				g.spelled[f] = a
			}
		}
	}
	return t
}

func set(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// dayOf is the number of the day of t since 1970, in UTC.
func dayOf(t time.Time) int64 {
	u := t.Unix()
	if u < 0 {
		u -= 86399
	}
	return u / 86400
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// trailsOf collects the trails of rec at every gate into the tester's memory;
// they are valid until the next call.
func (t *tester) trailsOf(rec *run.Record) []GateTrail {
	for i, g := range t.gates {
		g.trail(rec, &t.trails[i])
	}
	return t.trails
}

func (t *tester) test(source string, rec *run.Record) []Finding {
	var fs []Finding
	add := func(code Code, gate string, at run.Position, thresholds, detail string) {
		d := TestOf(code)
		fs = append(fs, Finding{Code: code, Gate: gate, Severity: d.Severity, Question: d.Question,
			Detail: detail, Thresholds: thresholds, Runs: []RunRef{{source, rec.RunID, at}}})
	}
	reached, asked := false, false // of the gates at which the run has to come before a person
	for i := range t.trails {
		before := len(fs)
		t.machine[i] = 0
		if t.gates[i].Pattern.Weaker() {
			t.pattern[i] = PatternCounts{}
			if t.testPattern(rec, i, add) {
				asked, reached = true, reached || t.trails[i].Reached
			}
		} else {
			asked, reached = true, reached || t.trails[i].Reached
			t.testGate(rec, t.gates[i], &t.trails[i], &t.machine[i], add)
		}
		t.short[i] = 0
		for j := before; j < len(fs); j++ {
			t.short[i] |= claimsOf[fs[j].Code]
		}
	}
	if asked && !reached {
		detail := "The run reached none of the workflow's gates."
		if rec.Outcome != "" {
			detail = fmt.Sprintf("The run reached none of the workflow's gates; its outcome is %q.", rec.Outcome)
		}
		add(NoGate, "", rec.At, "", detail)
	}
	t.testRecord(rec, add)
	t.testScope(rec, add)
	return fs
}

type adder func(code Code, gate string, at run.Position, thresholds, detail string)

func (t *tester) testGate(rec *run.Record, g *compiledGate, tr *GateTrail, machine *int64, add adder) {
	if len(tr.Releases) > 0 && len(tr.Decides) == 0 {
		r := first(tr.Releases)
		if r == nil {
			r = &tr.Releases[0]
		}
		add(
			ReleasedUndecided,
			g.Key,
			r.At,
			"",
			"Released"+tr.when(r.Time)+by(r.Account)+"; the log holds no decision at this gate.",
		)
	}
	fd, fr := first(tr.Decides), first(tr.Releases)
	if fd != nil && fr != nil && fr.Time.Before(fd.Time) {
		add(
			ReleasedEarly,
			g.Key,
			fr.At,
			"",
			fmt.Sprintf(
				"Released%s, %s before the first decision%s.",
				tr.when(fr.Time),
				tr.span(fd.Time.Sub(fr.Time)),
				tr.when(fd.Time),
			),
		)
	}
	testReleases(g, tr, add)
	*machine = t.testDeciders(rec, g, tr, add)
	if g.FourEyes {
		testFourEyes(g, tr, add)
	}
	review, decided, ok := tr.Review()
	longest := review
	if tr.Minutes { // the seconds are not known: it is held to the longest that it may have been
		longest += 59 * time.Second
	}
	if minimum := time.Duration(g.MinReviewSeconds) * time.Second; ok && minimum > 0 && review >= 0 &&
		longest < minimum {
		took := span(review)
		if tr.Minutes {
			took = fmt.Sprintf("less than %d min", review/time.Minute+1)
		}
		add(DecidedFast, g.Key, decided.At, fmt.Sprintf("minimum review time %s", span(minimum)),
			fmt.Sprintf("Decided%s %s after it was ready.", by(decided.Account), took))
	}
	testBeforehand(rec, g, tr, add)
	testReuse(g, tr, add)
	testContradiction(g, tr, add)
	for i := range tr.Decides {
		if testReason(g, &tr.Decides[i], add) {
			break
		}
	}
}

// testReleases makes OVR-12 and OVR-15: what was decided, against what was
// released.
func testReleases(g *compiledGate, tr *GateTrail, add adder) {
	if r, d := tr.Against(); r != nil {
		add(ReleasedAgainst, g.Key, r.At, "", tr.releasedAgainst(r, d))
	}
	r, later := first(tr.Releases), last(tr.Decides)
	if r == nil || later == nil || !later.Time.After(r.Time) {
		return
	}
	stood := decisionAt(r, tr.Decides)
	was, is := effectOf(stood), effectOf(later)
	if stood.Time.After(r.Time) || was == is || was == effectUnknown || is == effectUnknown {
		return
	}
	add(
		DecisionChanged,
		g.Key,
		later.At,
		"",
		fmt.Sprintf(
			"Released%s on a decision%s that was %q; %s after it, it was changed to %q%s.",
			tr.when(
				r.Time,
			),
			by(stood.Account),
			codeOf(stood),
			tr.span(later.Time.Sub(r.Time)),
			codeOf(later),
			by(later.Account),
		),
	)
}

// releasedAgainst is what OVR-12 says of a release and the decision that was held
// against it.
func (t *GateTrail) releasedAgainst(r, d *Event) string {
	what := "the decision that stood"
	if !r.Time.IsZero() && d.Time.After(r.Time) {
		what = "the decision that came after it"
	}
	return fmt.Sprintf("Released%s%s; %s%s%s was %q.",
		t.when(r.Time), by(r.Account), what, by(d.Account), t.when(d.Time), d.Code)
}

// codeOf is the code of a decision as people read it: an approval that was
// edited is one with edits, however the log writes it.
func codeOf(e *Event) run.DecisionCode {
	if effectOf(e) == effectEdits {
		return run.ApprovedWithEdits
	}
	return e.Code
}

// testContradiction makes OVR-16: an approval and a rejection at one gate with
// nothing between them that would explain the change, or in no order that the log
// tells. What was decided after the first release is a matter of OVR-15.
func testContradiction(g *compiledGate, tr *GateTrail, add adder) {
	if e := &tr.beside; e.Act != run.ActNone {
		add(DecisionsContradict, g.Key, e.At, "", fmt.Sprintf(
			"A step decides%s%s, which none of the decisions that the log gives is: they are%s.",
			by(e.Account), tr.when(e.Time), by(tr.Decides[0].Account)))
		return
	}
	if len(tr.Decides) < 2 {
		return
	}
	r := first(tr.Releases)
	for i := range tr.Decides {
		for j := i + 1; j < len(tr.Decides); j++ {
			a, b := &tr.Decides[i], &tr.Decides[j]
			if b.Time.Before(a.Time) {
				a, b = b, a
			}
			x, y := effectOf(a), effectOf(b)
			if !(x.allows() && y == effectRejects || x == effectRejects && y.allows()) {
				continue
			}
			detail := ""
			switch {
			case a.Time.IsZero() || b.Time.IsZero():
				detail = fmt.Sprintf("Decided %q%s and %q%s; the log does not tell which came first.",
					a.Code, by(a.Account), b.Code, by(b.Account))
			case a.Time.Equal(b.Time):
				detail = fmt.Sprintf("Decided %q%s and %q%s at the same instant,%s.",
					a.Code, by(a.Account), b.Code, by(b.Account), tr.when(a.Time))
			case r != nil && !a.Time.After(r.Time) && b.Time.After(r.Time), prepared(tr, a.Time, b.Time):
				continue
			default:
				detail = fmt.Sprintf("Decided %q%s and, %s later, %q%s, with nothing prepared or decided between.",
					a.Code, by(a.Account), tr.span(b.Time.Sub(a.Time)), b.Code, by(b.Account))
			}
			add(DecisionsContradict, g.Key, b.At, "", detail)
			return
		}
	}
}

// prepared tells whether something was prepared, or decided, after from and not
// after to, the decision at to apart.
func prepared(tr *GateTrail, from, to time.Time) bool {
	for i := range tr.Prepares {
		if t := tr.Prepares[i].Time; t.After(from) && !t.After(to) {
			return true
		}
	}
	for i := range tr.Decides {
		if t := tr.Decides[i].Time; t.After(from) && t.Before(to) {
			return true
		}
	}
	return false
}

// testDeciders makes OVR-03, OVR-04 and OVR-13: one finding each for a run and
// gate, however often the account decided there.
// It returns how many decisions are by no person.
func (t *tester) testDeciders(rec *run.Record, g *compiledGate, tr *GateTrail, add adder) (machine int64) {
	tested := len(t.kinds) > 0 || len(g.officers) > 0
	var no, un, ended bool
	for i := range tr.Decides {
		e := &tr.Decides[i]
		why := ""
		s := g.accounts[e.Account]
		switch {
		case e.Code == run.AutoDecided:
			why = "Decided automatically" + by(e.Account) + "."
			machine++
		case e.Account == "":
			why = "Decided by an account that the log does not name."
		case noPerson(s.kind):
			why = fmt.Sprintf("Decided by %q, a %s account.", e.Account, s.kind)
			machine++
		case actsAsMachine(rec, e):
			machine++
			if s.known {
				why = fmt.Sprintf(
					"Decided by %q, which the roster calls an officer and the log a system or an agent.",
					e.Account,
				)
				break
			}
			why = fmt.Sprintf("Decided by %q, which the log calls a system or an agent.", e.Account)
		case !s.known:
			why = fmt.Sprintf("Decided by %q, an account that is not on the workflow's roster.", e.Account)
			if other, ok := g.spelled[run.FoldAccount(e.Account)]; ok {
				why = fmt.Sprintf(
					"Decided by %q; the roster has %q, which is the same but for its spelling. If it is that "+
						"account, add this spelling to the roster.", e.Account, other)
			}
		}
		switch {
		case !tested:
		case why != "":
			if !no {
				add(DecidedByNoOfficer, g.Key, e.At, "", why)
			}
			no = true
		case len(g.officers) > 0 && !s.officer && !un:
			add(DecidedUnauthorised, g.Key, e.At, "", fmt.Sprintf(
				"Decided by %q, who is an officer of the workflow and not authorised for this gate.", e.Account))
			un = true
		}
		if tested && !ended && why == "" && !e.Time.IsZero() {
			if day := dayOf(e.Time); day < s.from || day > s.until {
				ended = true
				add(NoAuthority, g.Key, e.At, "authority by the roster", s.without(tr, e, day))
			}
		}
	}
	return machine
}

// without says that an account decided on a day without authority.
func (s standing) without(tr *GateTrail, e *Event, day int64) string {
	if day < s.from {
		return fmt.Sprintf(
			"Decided%s%s; the roster gives authority from %s.",
			by(e.Account),
			tr.when(e.Time),
			longDay(s.from),
		)
	}
	return fmt.Sprintf(
		"Decided%s%s; by the roster, authority ended on %s.",
		by(e.Account),
		tr.when(e.Time),
		longDay(s.until),
	)
}

func longDay(day int64) string { return civil.Of(time.Unix(day*86400, 0)).Long() }

// testFourEyes makes OVR-05 and, where the roster names one person for both
// accounts or they are one account in two spellings, OVR-14.
func testFourEyes(g *compiledGate, tr *GateTrail, add adder) {
	var twice *Event
	var other string
	for i := range tr.Decides {
		d := &tr.Decides[i]
		if d.Account == "" {
			continue
		}
		for j := range tr.Prepares {
			switch p := &tr.Prepares[j]; {
			case p.Account == d.Account:
				add(SameEyes, g.Key, d.At, "four eyes", fmt.Sprintf("%q prepared and decided.", d.Account))
				return
			case twice == nil && (run.SpelledAlike(p.Account, d.Account) || g.onePerson(p.Account, d.Account)):
				twice, other = d, p.Account
			}
		}
	}
	switch {
	case twice == nil:
	case run.SpelledAlike(other, twice.Account):
		add(OnePersonTwice, g.Key, twice.At, "four eyes", fmt.Sprintf(
			"%q prepared and %q decided: one account in two spellings, unless somebody shows that they are two.",
			other, twice.Account))
	default:
		add(OnePersonTwice, g.Key, twice.At, "four eyes", fmt.Sprintf(
			"%q prepared and %q decided; the roster names one person for both.", other, twice.Account))
	}
}

// onePerson tells whether the roster names one person for two accounts.
func (g *compiledGate) onePerson(a, b string) bool {
	if !g.shared { // as in most rosters: looking both up costs a fiftieth of an import
		return false
	}
	person := g.accounts[a].person
	return person != "" && g.accounts[b].person == person
}

func testBeforehand(rec *run.Record, g *compiledGate, tr *GateTrail, add adder) {
	began := tr.began(rec)
	for i := range tr.Decides {
		if d := &tr.Decides[i]; !d.Time.IsZero() && d.Time.Before(began) {
			add(DecidedBeforehand, g.Key, d.At, "", fmt.Sprintf("Decided%s%s, %s before the run began.",
				by(d.Account), tr.when(d.Time), tr.span(began.Sub(d.Time))))
			return
		}
	}
	for i := range tr.Decides {
		d := &tr.Decides[i]
		if !d.Time.IsZero() && d.Time.Before(d.Presented) {
			add(
				DecidedBeforehand,
				g.Key,
				d.At,
				"",
				fmt.Sprintf(
					"Decided%s%s, %s before it was presented.",
					by(d.Account),
					tr.when(d.Time),
					tr.span(d.Presented.Sub(d.Time)),
				),
			)
			return
		}
	}
	if p, d := last(tr.Prepares), last(tr.Decides); p != nil && d != nil && d.Time.Before(p.Time) {
		add(
			DecidedBeforehand,
			g.Key,
			d.At,
			"",
			fmt.Sprintf(
				"Last decided%s%s, %s before the last preparation.",
				by(d.Account),
				tr.when(d.Time),
				tr.span(p.Time.Sub(d.Time)),
			),
		)
	}
}

// began is when the run started, as exactly as it can be compared with the times at
// the gate: to the day or the minute, where either is known to that only.
func (t *GateTrail) began(rec *run.Record) time.Time {
	switch at := rec.Started; {
	case at.IsZero():
		return at
	case t.Days || rec.Precision == run.ToDay:
		return at.UTC().Truncate(24 * time.Hour)
	case t.Minutes || rec.Precision == run.ToMinute:
		return at.Truncate(time.Minute)
	default:
		return at
	}
}

// testReuse makes OVR-08 over the events that have times.
func testReuse(g *compiledGate, tr *GateTrail, add adder) {
	fd, fr := first(tr.Decides), first(tr.Releases)
	if fd == nil || fr == nil {
		return
	}
	if ld := last(tr.Decides); !fd.Time.After(fr.Time) && ld.Time.After(fr.Time) {
		add(
			DecisionReused,
			g.Key,
			ld.At,
			"",
			fmt.Sprintf(
				"Decided again%s%s, %s after the release.",
				by(ld.Account),
				tr.when(ld.Time),
				tr.span(ld.Time.Sub(fr.Time)),
			),
		)
		return
	}
	// No decision is later than the first release, so a second release rests
	// on the decisions that the first one rests on.
	if n := len(tr.Releases); n > 1 && !fr.Time.Before(fd.Time) && n > len(tr.Decides) {
		add(
			DecisionReused,
			g.Key,
			last(tr.Releases).At,
			"",
			fmt.Sprintf("Released %d times on %s.", n, count(len(tr.Decides), "decision")),
		)
	}
}

func testReason(g *compiledGate, e *Event, add adder) bool {
	d := e.Decision
	if d == nil || d.Explained() {
		return false
	}
	agreed, comparable := Recommended(d)
	what := ""
	switch {
	case d.Code == run.Rejected, d.Code == run.Terminated:
		what = "Rejected"
	case d.Code == run.ApprovedWithEdits, d.Edited:
		what = "Edited"
	case comparable && !agreed:
		what = fmt.Sprintf("Overrode the recommendation %q", shorten(d.AIRecommendation))
	default:
		return false
	}
	add(NoReason, g.Key, e.At, "", what+by(e.Account)+" with no reason recorded.")
	return true
}

func (t *tester) testRecord(rec *run.Record, add adder) {
	output, reasoning := records(rec)
	switch {
	case !output && !reasoning:
		add(NoRecord, "", rec.At, "", "The run has neither an output nor a reasoning record.")
	case !output:
		add(NoRecord, "", rec.At, "", "The run has no output record.")
	case !reasoning:
		add(NoRecord, "", rec.At, "", "The run has no reasoning record.")
	}
}

func (t *tester) testScope(rec *run.Record, add adder) {
	var outside []string
	at := run.Position{}
	note := func(kind, name string, p run.Position) {
		s := fmt.Sprintf("%s %q", kind, shorten(name))
		if len(outside) < 5 && !slices.Contains(outside, s) {
			if outside == nil {
				at = orAt(p, rec.At)
			}
			outside = append(outside, s)
		}
	}
	for i := range rec.Steps {
		s := &rec.Steps[i]
		asked := s.Gate != "" && s.Act == run.ActNone // a question to an officer is no activity
		if len(t.activities) > 0 && !t.activities[s.Name] && !asked && s.Name != run.OutcomeUnsaid {
			note("activity", s.Name, s.At)
		}
		if s.Tool != "" && len(t.tools) > 0 && !t.tools[s.Tool] {
			note("tool", s.Tool, s.At)
		}
	}
	for i := range rec.Accesses {
		if a := &rec.Accesses[i]; len(t.sources) > 0 && !t.sources[a.Source] {
			note("data source", a.Source, a.At)
		}
	}
	if outside != nil {
		add(OutOfScope, "", at, "declared scope", "Outside the declared scope: "+strings.Join(outside, ", ")+".")
	}
}

// notRun lists the tests that the declaration does not allow or does not ask
// for, whatever the runs hold.
func (t *tester) notRun() []NotRun {
	w := &t.wf
	var ns []NotRun
	applies := func(c Code, gate, why string) { ns = append(ns, NotRun{Code: c, Gate: gate, Why: why, Applies: true}) }
	asksNot := func(c Code, gate, why string) { ns = append(ns, NotRun{Code: c, Gate: gate, Why: why}) }
	if len(t.gates) == 0 {
		for _, d := range Tests {
			if (d.Gate || d.Code == NoGate) && Asks(workflow.EachRun, d.Code) {
				applies(d.Code, "", "The workflow has no gate: describe its decision points.")
			}
		}
	}
	gateApplies := applies
	for _, g := range t.gates {
		applies := func(c Code, gate, why string) { // what the gate's pattern asks for
			if Asks(g.Pattern, c) {
				gateApplies(c, gate, why)
			}
		}
		asksNot := func(c Code, gate, why string) {
			if Asks(g.Pattern, c) {
				asksNot(c, gate, why)
			}
		}
		ns = append(ns, g.patternNotRun()...)
		if len(t.kinds) == 0 && len(g.officers) == 0 {
			applies(DecidedByNoOfficer, g.Key, "Neither the gate nor the workflow's roster names an officer.")
		}
		if len(g.officers) == 0 {
			applies(DecidedUnauthorised, g.Key, "The gate names no officers.")
		}
		if !g.FourEyes {
			asksNot(SameEyes, g.Key, "The gate does not ask for four eyes.")
			asksNot(OnePersonTwice, g.Key, "The gate does not ask for four eyes.")
		} else if !named(w.Roster) {
			applies(OnePersonTwice, g.Key,
				"The roster names nobody for its accounts, so that only two spellings of one account are told.")
		}
		if !dated(w.Roster) {
			asksNot(NoAuthority, g.Key, "The roster sets no first or last day of authority.")
		}
		if g.MinReviewSeconds <= 0 {
			applies(DecidedFast, g.Key, "The gate sets no minimum review time.")
		}
		if g.MaxStreak <= 0 && g.MaxAgreement <= 0 {
			applies(RubberStamp, g.Key, "The gate sets neither a longest streak nor a highest agreement rate.")
		}
	}
	if len(t.activities) == 0 && len(t.tools) == 0 && len(t.sources) == 0 {
		applies(OutOfScope, "", "The workflow declares no activities, tools or data sources as runs name them.")
	}
	return ns
}

// NotRun lists the tests that what was declared does not allow or does not ask
// for, whatever the runs hold. Where declarations differ, it says for which runs;
// ran tells whether there are runs from a day on and before another (empty: open).
func (t *Tester) NotRun(ran func(from, before civil.Date) bool) []NotRun {
	day := func(i int) civil.Date {
		if i == 0 || i == len(t.held) {
			return ""
		}
		return civil.Of(time.Unix(t.held[i].from*86400, 0))
	}
	var with []int // the declarations that runs are held to
	for i := range t.held {
		if ran(day(i), day(i+1)) {
			with = append(with, i)
		}
	}
	if len(with) == 0 {
		with = []int{len(t.held) - 1}
	}
	type key struct {
		code Code
		gate string
	}
	not := map[key]int{} // by how many declarations a test was not made
	lists := make([][]NotRun, len(t.held))
	for _, i := range with {
		lists[i] = t.held[i].notRun()
		for _, n := range lists[i] {
			not[key{n.Code, n.Gate}]++
		}
	}
	declared := func(gate string) (n int) { // by how many the gate is declared
		for _, i := range with {
			if gate == "" || slices.ContainsFunc(t.held[i].gates, func(g *compiledGate) bool { return g.Key == gate }) {
				n++
			}
		}
		return n
	}
	var out []NotRun
	said := map[NotRun]bool{}
	for j := len(with) - 1; j >= 0; j-- { // what holds now comes first
		i := with[j]
		for _, n := range lists[i] {
			if n.Part = not[key{n.Code, n.Gate}] < declared(n.Gate); n.Part {
				n.Why = between(day(i), day(i+1)) + n.Why
			}
			if !said[n] {
				said[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}

// between names the runs from a day on and before another.
func between(from, before civil.Date) string {
	switch {
	case from.IsZero() && before.IsZero():
		return ""
	case from.IsZero():
		return "Runs before " + before.Long() + ": "
	case before.IsZero():
		return "Runs from " + from.Long() + " on: "
	}
	return "Runs from " + from.Long() + " to " + before.AddDays(-1).Long() + ": "
}

func named(roster []workflow.Login) bool {
	return slices.ContainsFunc(roster, func(l workflow.Login) bool { return fold(l.Name) != "" })
}

func dated(roster []workflow.Login) bool {
	return slices.ContainsFunc(roster, func(l workflow.Login) bool { return !l.From.IsZero() || !l.Until.IsZero() })
}

func by(account string) string {
	if account == "" {
		return ""
	}
	return fmt.Sprintf(" by %q", shorten(account))
}

// when says the time of an event as exactly as the times at the gate are known.
func (t *GateTrail) when(at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case t.Days:
		return " on " + at.UTC().Format("2 January 2006")
	case t.Minutes && at.Second() == 0:
		return " on " + at.UTC().Format("2 January 2006 at 15:04") + " UTC"
	}
	return when(at)
}

func when(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " on " + at.UTC().Format("2 January 2006 at 15:04:05") + " UTC"
}

// span is the time between two events, as exactly as the times at the gate are known.
func (t *GateTrail) span(d time.Duration) string {
	switch {
	case t.Days:
		return count(int(d/(24*time.Hour)), "day")
	case t.Minutes && d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return span(d)
}

// span writes a duration as people read it: 33.9 s, 4 min 5 s, 3 h 20 min, 2 days 4 h.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d days %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shorten keeps imported text from filling a sentence.
func shorten(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
