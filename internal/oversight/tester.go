package oversight

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
}

// Tester makes the tests that look at one run. It is made once for a workflow
// and is not safe for concurrent use: it keeps its working memory between runs.
type Tester struct {
	wf         workflow.Workflow
	gates      []*compiledGate
	trails     []GateTrail
	kinds      map[string]workflow.LoginKind
	activities map[string]bool
	tools      map[string]bool
	sources    map[string]bool
}

// NewTester prepares the tests for a workflow as it is described now.
func NewTester(w *workflow.Workflow) *Tester {
	t := &Tester{wf: *w, kinds: map[string]workflow.LoginKind{}, activities: set(w.KSB.Activities),
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
	for _, l := range w.Roster {
		t.kinds[l.Account] = l.Kind
	}
	for _, g := range t.gates {
		for a, kind := range t.kinds {
			g.accounts[a] = standing{kind: kind, known: true, officer: g.officers[a]}
		}
		for a := range g.officers {
			g.accounts[a] = standing{kind: t.kinds[a], known: true, officer: true}
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

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// trailsOf collects the trails of rec at every gate into the tester's memory;
// they are valid until the next call.
func (t *Tester) trailsOf(rec *run.Record) []GateTrail {
	for i, g := range t.gates {
		g.trail(rec, &t.trails[i])
	}
	return t.trails
}

// Run makes every per-run test on rec, which came from the given source, and
// returns what they found in the order of gates and codes: at most one finding
// a test and gate, about the first place that shows it.
func (t *Tester) Run(source string, rec *run.Record) []Finding {
	t.trailsOf(rec)
	return t.test(source, rec)
}

func (t *Tester) test(source string, rec *run.Record) []Finding {
	var fs []Finding
	add := func(code Code, gate string, at run.Position, thresholds, detail string) {
		d := TestOf(code)
		fs = append(fs, Finding{Code: code, Gate: gate, Severity: d.Severity, Question: d.Question,
			Detail: detail, Thresholds: thresholds, Runs: []RunRef{{source, rec.RunID, at}}})
	}
	reached := false
	for i := range t.trails {
		reached = reached || t.trails[i].Reached
		t.testGate(t.gates[i], &t.trails[i], add)
	}
	if len(t.gates) > 0 && !reached {
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

func (t *Tester) testGate(g *compiledGate, tr *GateTrail, add adder) {
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
			"Released"+when(r.Time)+by(r.Account)+"; the log holds no decision at this gate.",
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
				when(fr.Time),
				span(fd.Time.Sub(fr.Time)),
				when(fd.Time),
			),
		)
	}
	t.testDeciders(g, tr, add)
	if g.FourEyes {
		testFourEyes(g, tr, add)
	}
	review, decided, ok := tr.Review()
	if minimum := time.Duration(g.MinReviewSeconds) * time.Second; ok && minimum > 0 && review >= 0 &&
		review < minimum {
		add(DecidedFast, g.Key, decided.At, fmt.Sprintf("minimum review time %s", span(minimum)),
			fmt.Sprintf("Decided%s %s after it was ready.", by(decided.Account), span(review)))
	}
	testBeforehand(g, tr, add)
	testReuse(g, tr, add)
	for i := range tr.Decides {
		if testReason(g, &tr.Decides[i], add) {
			break
		}
	}
}

// testDeciders makes OVR-03 and OVR-04: one finding each for a run and gate,
// however often the account decided there.
func (t *Tester) testDeciders(g *compiledGate, tr *GateTrail, add adder) {
	if len(t.kinds) == 0 && len(g.officers) == 0 {
		return
	}
	var no, un bool
	for i := range tr.Decides {
		e := &tr.Decides[i]
		why := ""
		s := g.accounts[e.Account]
		switch {
		case e.Code == run.AutoDecided:
			why = "Decided automatically" + by(e.Account) + "."
		case e.Account == "":
			why = "Decided by an account that the log does not name."
		case s.kind == workflow.LoginSystem, s.kind == workflow.LoginShared, s.kind == workflow.LoginTest:
			why = fmt.Sprintf("Decided by %q, a %s account.", e.Account, s.kind)
		case !s.known:
			why = fmt.Sprintf("Decided by %q, an account that is not on the workflow's roster.", e.Account)
		}
		switch {
		case why != "":
			if !no {
				add(DecidedByNoOfficer, g.Key, e.At, "", why)
			}
			no = true
		case len(g.officers) > 0 && !s.officer && !un:
			add(
				DecidedUnauthorised,
				g.Key,
				e.At,
				"",
				fmt.Sprintf(
					"Decided by %q, who is an officer of the workflow and not authorised for this gate.",
					e.Account,
				),
			)
			un = true
		}
	}
}

func testFourEyes(g *compiledGate, tr *GateTrail, add adder) {
	for i := range tr.Decides {
		d := &tr.Decides[i]
		if d.Account == "" {
			continue
		}
		for j := range tr.Prepares {
			if tr.Prepares[j].Account == d.Account {
				add(SameEyes, g.Key, d.At, "four eyes", fmt.Sprintf("%q prepared and decided.", d.Account))
				return
			}
		}
	}
}

func testBeforehand(g *compiledGate, tr *GateTrail, add adder) {
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
					when(d.Time),
					span(d.Presented.Sub(d.Time)),
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
				when(d.Time),
				span(p.Time.Sub(d.Time)),
			),
		)
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
				when(ld.Time),
				span(ld.Time.Sub(fr.Time)),
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
	if d == nil || strings.TrimSpace(d.Reason) != "" {
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

func (t *Tester) testRecord(rec *run.Record, add adder) {
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

func (t *Tester) testScope(rec *run.Record, add adder) {
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
		if len(t.activities) > 0 && !t.activities[s.Name] {
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

// NotRun lists the tests that this workflow's description does not allow or
// does not ask for, whatever the runs hold.
func (t *Tester) NotRun() []NotRun {
	var ns []NotRun
	applies := func(c Code, gate, why string) { ns = append(ns, NotRun{c, gate, why, true}) }
	asksNot := func(c Code, gate, why string) { ns = append(ns, NotRun{c, gate, why, false}) }
	if len(t.gates) == 0 {
		for _, d := range Tests {
			if d.Gate || d.Code == NoGate {
				applies(d.Code, "", "The workflow has no gate: describe its decision points.")
			}
		}
	}
	for _, g := range t.gates {
		if len(t.kinds) == 0 && len(g.officers) == 0 {
			applies(DecidedByNoOfficer, g.Key, "Neither the gate nor the workflow's roster names an officer.")
		}
		if len(g.officers) == 0 {
			applies(DecidedUnauthorised, g.Key, "The gate names no officers.")
		}
		if !g.FourEyes {
			asksNot(SameEyes, g.Key, "The gate does not ask for four eyes.")
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

func by(account string) string {
	if account == "" {
		return ""
	}
	return fmt.Sprintf(" by %q", shorten(account))
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + t.UTC().Format("2 January 2006 at 15:04:05") + " UTC"
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
