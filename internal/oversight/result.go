package oversight

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/workflow"
)

// Limits are the thresholds of the tests that compare groups and periods; the
// thresholds of gates belong to the gates.
type Limits struct {
	MinGroup     int64   `json:"min_group"`      // smaller groups are neither tested nor shown
	DriftP       float64 `json:"drift_p"`        // IMP-02: adjusted p-value below which a change counts
	DriftV       float64 `json:"drift_v"`        // IMP-02: least Cramér's V that matters
	SegmentP     float64 `json:"segment_p"`      // RSK-01: adjusted p-value below which a difference counts
	SegmentRatio float64 `json:"segment_ratio"`  // RSK-01: ratio below which, or above whose inverse, it matters
	MaxOutcomes  int     `json:"max_outcomes"`   // RSK-01: the most frequent outcomes that are compared
	MaxExamples  int     `json:"max_examples"`   // runs named with a finding about many
	MaxIntervals int     `json:"max_comparison"` // IMP-02: months compared with the month before, latest first
}

// DefaultLimits: four fifths is the ratio that the Uniform Guidelines on
// Employee Selection Procedures (1978) made customary; 0.1 is what Cohen (1988)
// calls a small effect.
var DefaultLimits = Limits{
	MinGroup:     30,
	DriftP:       0.01,
	DriftV:       0.1,
	SegmentP:     0.05,
	SegmentRatio: 0.8,
	MaxOutcomes:  12,
	MaxExamples:  20,
	MaxIntervals: 24,
}

// Volume is what a platform states of one source, beside what is held.
type Volume struct {
	Source     string // reference of the import, for the finding's subject
	SourceID   string
	Stated     int64 // runs that the platform says the file holds; -1: it does not say
	Read       int64 // records that the file was found to hold
	Duplicates int64 // records whose run identifier came twice in the file
	// Chain says why the file's hash chain does not hold, empty where it holds
	// or there is none.
	Chain string
}

// Context is what a Result needs beside the runs.
type Context struct {
	Limits  Limits // the zero value is DefaultLimits
	Sources []Volume
	// Untested are tests that could not be made on some sources.
	Untested []NotRun
	// Found counts the findings on single runs, by test.
	Found map[Code]int64
}

// Result is what all runs of a workflow show together.
type Result struct {
	Totals   Totals     `json:"totals"`
	First    civil.Date `json:"first"` // the days of the first and the last run
	Last     civil.Date `json:"last"`
	Days     int        `json:"days"`      // in the period, both ends included
	DaysIdle int        `json:"days_idle"` // of these, without any run
	// LongestIdle is the longest stretch of days without a run.
	LongestIdle int            `json:"longest_idle"`
	Gates       []GateMeasures `json:"gates"`
	Versions    []Version      `json:"versions"` // of the workflow, in the order of their first runs
	Segments    []SegmentTest  `json:"segments"`
	TooSmall    []string       `json:"too_small"` // segments that are too small to be shown
	Drift       []DriftTest    `json:"drift"`
	Findings    []Finding      `json:"findings"` // about more than one run
	NotRun      []NotRun       `json:"not_run"`
	Coverage    []Coverage     `json:"coverage"`
	Controls    []Control      `json:"controls"`
	Limits      Limits         `json:"limits"`

	found     map[Code]int64 // findings, by test
	asked     map[Code]bool  // the tests that some gate asks for
	stampedBy [][2]string    // gates and accounts of OVR-07
}

// Version is a version of the workflow that ran.
type Version struct {
	Name  string     `json:"name"` // as the platform's log has it
	Runs  int64      `json:"runs"`
	First civil.Date `json:"first"` // the days of its first and its last run
	Last  civil.Date `json:"last"`
}

// SameVersion tells whether two names are one version: "v2.3.0" is "2.3.0".
func SameVersion(a, b string) bool {
	plain := func(s string) string {
		return strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(fold(s), "version")), "v")
	}
	return plain(a) == plain(b)
}

// Quantiles of review times in seconds; all zero where N is 0.
type Quantiles struct {
	N   int64   `json:"n"`
	P10 float64 `json:"p10"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
}

// QuantilesOf reads the three quantiles from a sketch.
func QuantilesOf(s *Sketch) Quantiles {
	if s.N() == 0 {
		return Quantiles{}
	}
	return Quantiles{N: s.N(), P10: s.Quantile(0.1), P50: s.Quantile(0.5), P90: s.Quantile(0.9)}
}

// GateMeasures is what happened at one gate.
type GateMeasures struct {
	Gate      string            `json:"gate"`
	Runs      int64             `json:"runs"`
	Reached   int64             `json:"reached"`
	Prepared  int64             `json:"prepared"`
	Decided   int64             `json:"decided"`
	Released  int64             `json:"released"`
	Missing   int64             `json:"missing"` // released with no decision
	Decisions int64             `json:"decisions"`
	Coverage  Rate              `json:"coverage"` // of the runs released, those that a person decided before, and for it
	Officer   ClaimCount        `json:"officer"`  // of the runs decided, by named officers with authority
	Before    ClaimCount        `json:"before"`   // of the runs released, those that a person decided before, and for it
	Agreement Rate              `json:"agreement"`
	Edits     Rate              `json:"edits"`
	Review    Quantiles         `json:"review"` // seconds
	Officers  []OfficerMeasures `json:"officers"`
	Pattern   PatternMeasures   `json:"pattern"` // where not each run is decided on
	Heeded    ClaimCount        `json:"heeded"`  // of the runs decided and released, those in which it was heeded
	// Open are runs that came to the gate and of which the log shows neither a decision
	// nor that anything left; nought where not each run is decided on.
	Open int64 `json:"open"`
	// Later and Elsewhere are runs that were released in one file and decided only in
	// another: one that came later, or one that came before.
	Later     int64 `json:"later"`
	Elsewhere int64 `json:"elsewhere"`
	cell      GateCell
}

// OfficerMeasures is what one account did at a gate.
type OfficerMeasures struct {
	Account   string    `json:"account"`
	Decisions int64     `json:"decisions"`
	Agreement Rate      `json:"agreement"`
	Edits     Rate      `json:"edits"`
	Review    Quantiles `json:"review"`
	Streak    int64     `json:"streak"` // longest row of approvals without edits
}

// SegmentTest compares one outcome of one segment with the largest segment.
type SegmentTest struct {
	Segment   string `json:"segment"`
	Reference string `json:"reference"`
	Outcome   string `json:"outcome"`
	Ratio     Ratio  `json:"ratio"`
	Differs   bool   `json:"differs"`
}

// DriftTest compares the outcomes of one month with those of the month before
// that has enough runs.
type DriftTest struct {
	From    string      `json:"from"`
	To      string      `json:"to"`
	Test    Association `json:"test"`
	Pooled  int         `json:"pooled"` // rare outcomes that were counted as one
	Changed bool        `json:"changed"`
}

// Level is what runs say to a claim.
type Level string

const (
	Held           Level = "held"             // every run concerned shows it and bears it out
	HeldWhereShown Level = "held_where_shown" // some cannot show it; those that can, bear it out
	NotHeld        Level = "not_held"         // at least one contradicts it
	NotShown       Level = "not_shown"        // logs cannot show it, or these do not
	NotAsked       Level = "not_asked"        // the gate does not ask for it
)

// Words are the level for people.
func (l Level) Words() string {
	switch l {
	case HeldWhereShown:
		return "held where shown"
	case NotHeld:
		return "not held"
	case NotShown:
		return "not shown"
	case NotAsked:
		return "not asked for"
	}
	return string(l)
}

// Coverage is what the runs say to one claim about a gate. Of the runs (or
// decisions) concerned, Testable ones show it either way: Of is Testable and
// NotShown together, Testable is Held and NotHeld.
type Coverage struct {
	Gate     string `json:"gate"`
	Claim    string `json:"claim"`
	Tests    []Code `json:"tests"`
	Level    Level  `json:"level"`
	Unit     string `json:"unit"` // what is counted: "runs released"
	Of       int64  `json:"of"`
	Testable int64  `json:"testable"`
	Held     int64  `json:"held"`
	NotHeld  int64  `json:"not_held"`
	NotShown int64  `json:"not_shown"`
	Reason   string `json:"reason"` // the counts in words, or why there are none
}

// Control is what the runs say to one control of ISO/IEC 42001, Annex A. It
// counts the tests that bear on it: those made are Held, where they found
// nothing, or NotHeld.
type Control struct {
	ID       string `json:"id"`
	Tests    []Code `json:"tests"`
	Level    Level  `json:"level"`
	Testable int64  `json:"testable"`
	Held     int64  `json:"held"`
	NotHeld  int64  `json:"not_held"`
	NotShown int64  `json:"not_shown"`
	Findings int64  `json:"findings"` // of all of its tests
	Reason   string `json:"reason"`
}

// Result makes the tests that look at more than one run, and measures.
func (s *Stream) Result(w *workflow.Workflow, c Context) Result {
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits
	}
	s.Fold()
	r := &Result{
		Totals:   s.Totals,
		Limits:   c.Limits,
		Gates:    []GateMeasures{},
		Versions: []Version{},
		Segments: []SegmentTest{},
		TooSmall: []string{},
		Drift:    []DriftTest{},
		Findings: []Finding{},
		NotRun:   NewTester(w).NotRun(s.Ran),
		Coverage: []Coverage{},
		Controls: []Control{},
		found:    map[Code]int64{},
	}
	r.asked = map[Code]bool{}
	for _, t := range Tests {
		r.asked[t.Code] = Asked(w, t.Code)
	}
	maps.Copy(r.found, c.Found)
	r.NotRun = append(r.NotRun, c.Untested...)
	s.period(r)
	gates := w.EveryGate()
	for i := range gates {
		r.Gates = append(r.Gates, s.measure(&gates[i]))
	}
	if s.Totals.Runs == 0 {
		r.NotRun = r.NotRun[:0]
		for _, t := range Tests {
			if r.asked[t.Code] {
				r.skip(t.Code, "", "No runs have been imported.")
			}
		}
		r.cover(w)
		return *r
	}
	for i := range gates {
		for _, stretch := range stretchesOf(w, gates[i].Key) {
			r.stamped(s, stretch, &gates[i], &r.Gates[i])
		}
		if asksAt(w, gates[i].Key, GateMayBeNone) {
			r.genuine(&gates[i], &r.Gates[i].cell)
		}
		r.gateNotRun(w, &gates[i], &r.Gates[i].cell)
		r.patterns(w, s, &r.Gates[i])
	}
	r.floors(w, s)
	s.versions(w, r)
	s.drift(r)
	s.segments(r)
	s.log(c, r)
	if s.Totals.Outputs == 0 && !slices.ContainsFunc(r.NotRun, func(n NotRun) bool { return n.Code == NoRecord }) {
		r.skip(NoRecord, "", "The runs hold no AI output at all.")
	}
	r.cover(w)
	slices.SortStableFunc(
		r.NotRun,
		func(a, b NotRun) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Gate, b.Gate)) },
	)
	return *r
}

func (r *Result) skip(c Code, gate, why string) {
	r.NotRun = append(r.NotRun, NotRun{Code: c, Gate: gate, Why: why, Applies: true})
}

func (r *Result) find(c Code, gate, subject, thresholds, detail string, runs ...RunRef) {
	d := TestOf(c)
	if runs == nil {
		runs = []RunRef{}
	}
	r.found[c]++
	r.Findings = append(
		r.Findings,
		Finding{
			Code:       c,
			Gate:       gate,
			Subject:    subject,
			Severity:   d.Severity,
			Question:   d.Question,
			Detail:     detail,
			Thresholds: thresholds,
			Runs:       runs,
		},
	)
}

// Ran tells whether there are runs from a day on and before another.
func (s *Stream) Ran(from, before civil.Date) bool {
	for k := range s.Days {
		if k.Day >= from && (before == "" || k.Day < before) {
			return true
		}
	}
	return false
}

func (s *Stream) period(r *Result) {
	seen := map[civil.Date]bool{}
	for k := range s.Days {
		if k.Day != "" {
			seen[k.Day] = true
		}
	}
	days := slices.Sorted(maps.Keys(seen))
	if len(days) == 0 {
		return
	}
	r.First, r.Last = days[0], days[len(days)-1]
	r.Days = r.First.DaysUntil(r.Last) + 1
	r.DaysIdle = r.Days - len(days)
	for i := 1; i < len(days); i++ {
		r.LongestIdle = max(r.LongestIdle, days[i-1].DaysUntil(days[i])-1)
	}
}

func (s *Stream) measure(g *workflow.Gate) GateMeasures {
	var c GateCell
	for k, v := range s.Gates {
		if k.Gate == g.Key {
			c.merge(v)
		}
	}
	m := GateMeasures{
		Gate:      g.Key,
		Runs:      c.Runs,
		Reached:   c.Reached,
		Later:     c.Later,
		Elsewhere: c.Elsewhere,
		Prepared:  c.Prepared,
		Decided:   c.Decided,
		Released:  c.Released,
		Missing:   c.Missing,
		Decisions: c.Decisions,
		Coverage:  NewRate(c.Claims.Before().Held(), c.Claims.Before().Of),
		Officer:   c.Claims.Officers(),
		Before:    c.Claims.Before(),
		Heeded:    c.Claims[claimHeeded],
		Open:      c.open(g),
		Agreement: NewRate(c.Agreed, c.Compared),
		Edits:     NewRate(c.Edited, c.Coded),
		Review:    QuantilesOf(&c.Review),
		Officers:  s.officers(g.Key),
		cell:      c,
	}
	return m
}

// open counts the runs that came to a gate and of which the log shows neither a decision
// nor that anything left. Where something may leave without a decision, there is nothing
// open about that.
func (c *GateCell) open(g *workflow.Gate) int64 {
	if !Asks(g.Pattern, ReleasedUndecided) {
		return 0
	}
	return max(0, c.Reached-c.Decided-c.Missing)
}

// officers measures each account at a gate.
func (s *Stream) officers(gate string) []OfficerMeasures {
	out := []OfficerMeasures{}
	for k, c := range s.OfficerTotals() {
		if k.Gate == gate {
			out = append(
				out,
				OfficerMeasures{
					Account:   k.Account,
					Decisions: c.Decisions,
					Agreement: NewRate(c.Agreed, c.Compared),
					Edits:     NewRate(c.Edited, c.Coded),
					Review:    QuantilesOf(&c.Review),
					Streak:    c.Streak.Longest,
				},
			)
		}
	}
	slices.SortFunc(out, func(a, b OfficerMeasures) int {
		return cmp.Or(cmp.Compare(b.Decisions, a.Decisions), cmp.Compare(a.Account, b.Account))
	})
	return out
}

// genuine makes OVR-17: whether what is called a gate is one.
func (r *Result) genuine(g *workflow.Gate, c *GateCell) {
	if c.Decisions == 0 {
		return
	}
	if 2*c.Machine >= c.Decisions {
		r.find(GateMayBeNone, g.Key, "who decides", "half of the decisions", fmt.Sprintf(
			"%d of %s here are by no person, as the roster or the log itself says.",
			c.Machine,
			count(int(c.Decisions), "decision"),
		))
	}
	if c.Produced > 0 && 2*c.Early >= c.Produced {
		r.find(GateMayBeNone, g.Key, "when", "half of the runs", fmt.Sprintf(
			"In %d of %s the decision was made before the AI had produced anything.",
			c.Early,
			count(int(c.Produced), "run"),
		))
	}
	if c.Coded == 0 {
		r.find(GateMayBeNone, g.Key, "what", "", fmt.Sprintf(
			"None of %s here says what was decided: no outcome shows that anything could have been stopped.",
			count(int(c.Decisions), "decision")))
	}
}

// floors makes OVR-18: thresholds that are looser than the kind of work allows,
// in what is declared now and in what runs were held to.
func (r *Result) floors(w *workflow.Workflow, s *Stream) {
	floor := w.FloorOf()
	held := w.InForce()
	for i, d := range held {
		before := civil.Date("")
		if i+1 < len(held) {
			before = held[i+1].From
			if !s.Ran(d.From, before) {
				continue
			}
		}
		when := ""
		if len(held) > 1 {
			when = strings.TrimSuffix(strings.ToLower(between(d.From, before)), ": ")
		}
		for _, g := range d.Gates {
			if !Asks(g.Pattern, BelowFloor) {
				continue
			}
			loose := func(what, is, least string) {
				r.find(
					BelowFloor,
					g.Key,
					strings.TrimSuffix(what+", "+when, ", "),
					"floor "+least,
					fmt.Sprintf(
						"The %s is %s; for this kind of work it says nothing beyond %s. %s",
						what,
						is,
						least,
						floor.Why,
					),
				)
			}
			if n := g.MinReviewSeconds; n > 0 && n < floor.MinReviewSeconds {
				loose(
					"minimum review time",
					span(time.Duration(n)*time.Second),
					span(time.Duration(floor.MinReviewSeconds)*time.Second),
				)
			}
			if g.MaxStreak > floor.MaxStreak {
				loose("longest approval streak", fmt.Sprint(g.MaxStreak), fmt.Sprint(floor.MaxStreak))
			}
			if g.MaxAgreement > floor.MaxAgreement {
				loose("highest agreement rate", percent(g.MaxAgreement), percent(floor.MaxAgreement))
			}
		}
	}
}

// limits are the thresholds of a gate for the decisions of a stretch of months.
type limits struct {
	streak    int
	agreement float64
	from, to  string // months, both included; empty: open
}

func (l limits) none() bool { return l.streak <= 0 && l.agreement <= 0 }

// words name the stretch, where it is one of several.
func (l limits) words() string {
	switch {
	case l.from == "" && l.to == "":
		return ""
	case l.from == "":
		return "; decisions until " + l.to
	case l.to == "":
		return "; decisions from " + l.from + " on"
	}
	return "; decisions from " + l.from + " to " + l.to
}

// stretchesOf are the thresholds that a gate had over time, for OVR-07, which
// counts decisions by month: a month belongs to the declaration of its first day.
func stretchesOf(w *workflow.Workflow, gate string) []limits {
	var out []limits
	for _, d := range w.InForce() {
		x := limits{}
		if i := slices.IndexFunc(
			d.Gates, func(g workflow.Gate) bool { return g.Key == gate },
		); i >= 0 && Asks(d.Gates[i].Pattern, RubberStamp) {
			x.streak, x.agreement = d.Gates[i].MaxStreak, d.Gates[i].MaxAgreement
		}
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.streak == x.streak && last.agreement == x.agreement {
				continue
			}
			month := d.From
			if !strings.HasSuffix(string(month), "-01") {
				month = civil.Date(string(month[:8]) + "01").AddMonths(1)
			}
			x.from, last.to = string(month[:7]), string(month.AddMonths(-1)[:7])
			if last.to < last.from { // held for no whole month
				x.from = last.from
				out = out[:n-1]
			}
		}
		out = append(out, x)
	}
	return out
}

// stamped makes OVR-07 by the thresholds of a stretch of months.
func (r *Result) stamped(s *Stream, l limits, g *workflow.Gate, m *GateMeasures) {
	if l.none() {
		return
	}
	if m.cell.Coded == 0 {
		r.skip(RubberStamp, g.Key, "The log does not say what was decided.")
		return
	}
	agreement, officers := m.Agreement, m.Officers
	if l.from != "" || l.to != "" {
		agreement, officers = s.decisionsIn(g.Key, l.from, l.to)
	}
	if l.agreement > 0 && agreement.N < r.Limits.MinGroup {
		r.skip(
			RubberStamp,
			g.Key,
			fmt.Sprintf(
				"Agreement: %d decisions can be compared with a recommendation, and at least %d are needed%s.",
				agreement.N,
				r.Limits.MinGroup,
				l.words(),
			),
		)
	}
	limit := fmt.Sprintf(
		"highest agreement rate %s, at least %d decisions%s",
		percent(l.agreement),
		r.Limits.MinGroup,
		l.words(),
	)
	beyond := func(a Rate) bool { return l.agreement > 0 && a.N >= r.Limits.MinGroup && a.Rate > l.agreement }
	if beyond(agreement) {
		r.find(
			RubberStamp,
			g.Key,
			strings.TrimPrefix(l.words(), "; "),
			limit,
			"Decisions at this gate follow the AI's recommendation in "+agreement.words(l.agreement)+".",
		)
	}
	for i := range officers {
		o := &officers[i]
		var facts, limits []string
		if l.streak > 0 && o.Streak > int64(l.streak) {
			facts = append(facts, fmt.Sprintf("approved %d times in a row without an edit", o.Streak))
			limits = append(limits, fmt.Sprintf("longest approval streak %d%s", l.streak, l.words()))
		}
		if beyond(o.Agreement) {
			facts = append(facts, "followed the AI's recommendation in "+o.Agreement.words(l.agreement))
			limits = append(limits, limit)
		}
		if facts != nil {
			who := fmt.Sprintf("%q ", o.Account)
			if o.Account == "" {
				who = "Accounts that the log does not name "
			}
			r.find(
				RubberStamp,
				g.Key,
				o.Account+l.words(),
				strings.Join(limits, "; "),
				who+strings.Join(facts, " and ")+".",
			)
			r.stampedBy = append(r.stampedBy, [2]string{g.Key, o.Account})
		}
	}
}

// decisionsIn measures the decisions at a gate in a stretch of months, of all and
// by officer. It needs the officers' months.
func (s *Stream) decisionsIn(gate, from, to string) (Rate, []OfficerMeasures) {
	part := NewStream()
	var agreed, compared int64
	for k, c := range s.Officers {
		if k.Gate == gate && k.Month >= from && (to == "" || k.Month <= to) {
			part.Officers[k] = c
			agreed += c.Agreed
			compared += c.Compared
		}
	}
	return NewRate(agreed, compared), part.officers(gate)
}

// NeedsMonths tells whether the result for w needs the officers' months and not
// only their totals: the thresholds of OVR-07 were changed.
func NeedsMonths(w *workflow.Workflow) bool {
	return slices.ContainsFunc(w.EveryGate(), func(g workflow.Gate) bool { return len(stretchesOf(w, g.Key)) > 1 })
}

func (a Rate) words(threshold float64) string {
	where := "the interval reaches below the threshold"
	if a.Low > threshold {
		where = "the whole interval lies above the threshold"
	}
	return fmt.Sprintf(
		"%s of %d cases (95 %% interval %s to %s: %s)",
		percent(a.Rate),
		a.N,
		percent(a.Low),
		percent(a.High),
		where,
	)
}

func percent(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) }

// gateNotRun says which tests the runs themselves did not allow.
func (r *Result) gateNotRun(w *workflow.Workflow, g *workflow.Gate, c *GateCell) {
	before := len(r.NotRun)
	r.gateShowsNot(g, c)
	fresh := slices.DeleteFunc(
		slices.Clone(r.NotRun[before:]), func(n NotRun) bool {
			// Where something may leave without a decision, that none came before it is no gap.
			return !asksAt(w, g.Key, n.Code) || n.Code == ReleasedAgainst && !asksAt(w, g.Key, ReleasedUndecided)
		},
	)
	r.NotRun = append(r.NotRun[:before], fresh...)
}

func (r *Result) gateShowsNot(g *workflow.Gate, c *GateCell) {
	if c.Reached == 0 {
		for _, t := range Tests {
			if t.Gate && Asks(workflow.EachRun, t.Code) {
				r.skip(t.Code, g.Key, "No run has an event at this gate. Check the gate's mapping of activities.")
			}
		}
		return
	}
	if c.Released == 0 {
		for _, t := range []Code{ReleasedUndecided, ReleasedEarly, DecisionReused, ReleasedAgainst, DecisionChanged} {
			r.skip(t, g.Key, "No run shows a release at this gate.")
		}
	}
	for _, t := range []Code{SameEyes, OnePersonTwice} {
		if c.Decisions > 0 && c.Named == 0 {
			r.skip(t, g.Key, "The log names no deciding account.")
		} else if g.FourEyes && c.Accounted == 0 {
			r.skip(t, g.Key, "The log does not say who prepared.")
		}
	}
	if c.Review.N() == 0 {
		r.skip(DecidedFast, g.Key, "The log does not hold both when a matter was ready and when it was decided.")
		r.skip(DecidedBeforehand, g.Key, "The log does not hold both when a matter was ready and when it was decided.")
	}
	if c.Decisions > 0 && c.Coded == 0 {
		r.skip(NoReason, g.Key, "The log does not say what was decided, nor why.")
		for _, t := range []Code{ReleasedAgainst, DecisionChanged, DecisionsContradict} {
			r.skip(t, g.Key, "The log does not say what was decided.")
		}
	}
	if c.Decisions == 0 {
		for _, t := range []Code{
			DecidedByNoOfficer, DecidedUnauthorised, SameEyes, NoReason, GateMayBeNone,
			ReleasedAgainst, NoAuthority, OnePersonTwice, DecisionChanged, DecisionsContradict,
		} {
			r.skip(t, g.Key, "No run shows a decision at this gate.")
		}
	}
}

// versions makes IMP-01: each version after the first of its kind needs a
// recorded change to it, reviewed by somebody, on or before the day of its
// first use; and the version that the workflow is described for is one that ran.
func (s *Stream) versions(w *workflow.Workflow, r *Result) {
	if len(s.Versions) == 0 {
		r.skip(UnreviewedChange, "", "The runs name no workflow, model or prompt version.")
		return
	}
	for _, what := range []string{"workflow", "model", "prompt"} {
		keys := s.versionsOf(what)
		for i, k := range keys {
			v := s.Versions[k]
			if what == "workflow" {
				r.Versions = append(r.Versions, Version{k.Version, v.Runs, civil.Of(v.First), civil.Of(v.Last)})
			}
			if i == 0 || v.First.IsZero() {
				continue
			}
			if why := unrecorded(w.Changes, what, k.Version, civil.Of(v.First)); why != "" {
				r.find(
					UnreviewedChange,
					"",
					what+" "+k.Version,
					"",
					fmt.Sprintf(
						"The %s changed from %q to %q%s (%s); %s.",
						what,
						shorten(keys[i-1].Version),
						shorten(k.Version),
						when(v.First),
						count(int(v.Runs), "run"),
						why,
					),
					v.FirstRun,
				)
			}
		}
	}
	ran := func(v Version) bool { return SameVersion(v.Name, w.Version) }
	if n := len(r.Versions); n > 0 && w.Version != "" && !slices.ContainsFunc(r.Versions, ran) {
		last := r.Versions[n-1]
		r.find(UnreviewedChange, "", "version "+w.Version, "",
			fmt.Sprintf("The workflow is described at version %q, which no run names; the newest that ran is %q (%s).",
				shorten(w.Version), shorten(last.Name), count(int(last.Runs), "run")),
			s.Versions[VersionKey{"workflow", last.Name}].FirstRun)
	}
}

// versionsOf are the versions of one kind, in the order of their first use.
func (s *Stream) versionsOf(what string) []VersionKey {
	var keys []VersionKey
	for k := range s.Versions {
		if k.What == what {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b VersionKey) int {
		return cmp.Or(s.Versions[a].First.Compare(s.Versions[b].First), cmp.Compare(a.Version, b.Version))
	})
	return keys
}

func unrecorded(changes []workflow.Change, what, to string, used civil.Date) string {
	why := "no change is recorded"
	for _, c := range changes {
		if c.What != what || c.To != to {
			continue
		}
		switch {
		case c.Date > used:
			why = fmt.Sprintf("the change is recorded for %s only", c.Date.Long())
		case strings.TrimSpace(c.ReviewedBy) == "":
			why = "the recorded change was reviewed by nobody"
		default:
			return ""
		}
	}
	return why
}

// drift makes IMP-02.
func (s *Stream) drift(r *Result) {
	months := map[string]map[string]int64{}
	outcomes := map[string]bool{}
	for k, n := range s.Days {
		if k.Day == "" || k.Outcome == "" {
			continue
		}
		m := string(k.Day[:7])
		if months[m] == nil {
			months[m] = map[string]int64{}
		}
		months[m][k.Outcome] += n
		outcomes[k.Outcome] = true
	}
	if len(outcomes) == 0 {
		r.skip(OutcomeDrift, "", "The runs name no outcomes.")
		return
	}
	var big []string
	for _, m := range slices.Sorted(maps.Keys(months)) {
		n := int64(0)
		for _, v := range months[m] {
			n += v
		}
		if n >= r.Limits.MinGroup {
			big = append(big, m)
		}
	}
	if len(big) < 2 {
		r.skip(
			OutcomeDrift,
			"",
			fmt.Sprintf("Fewer than two months have at least %d runs with an outcome.", r.Limits.MinGroup),
		)
		return
	}
	big = big[max(0, len(big)-r.Limits.MaxIntervals-1):]
	names := slices.Sorted(maps.Keys(outcomes))
	var ps []float64
	for i := 1; i < len(big); i++ {
		table := make([][]int64, 2)
		for j, m := range big[i-1 : i+1] {
			for _, o := range names {
				table[j] = append(table[j], months[m][o])
			}
		}
		pooled, merged := pool(table)
		t := Independence(pooled)
		r.Drift = append(r.Drift, DriftTest{From: big[i-1], To: big[i], Test: t, Pooled: merged})
		ps = append(ps, t.P)
	}
	limits := fmt.Sprintf(
		"adjusted p below %g (Holm, %s), Cramér's V at least %g, at least %d runs a month",
		r.Limits.DriftP,
		count(len(ps), "comparison"),
		r.Limits.DriftV,
		r.Limits.MinGroup,
	)
	for i, p := range Holm(ps) {
		d := &r.Drift[i]
		d.Test.PAdj = p
		if d.Changed = p < r.Limits.DriftP && d.Test.V >= r.Limits.DriftV; d.Changed {
			r.find(
				OutcomeDrift,
				"",
				d.From+" to "+d.To,
				limits,
				fmt.Sprintf("The outcomes of %s differ from those of %s: %s %s, p %s, Cramér's V %.2f, %d runs.",
					d.To, d.From, d.Test.Method, statistic(d.Test), pValue(p), d.Test.V, d.Test.N),
			)
		}
	}
}

func statistic(t Association) string {
	if t.DF == 0 || t.Method != "chi-square" {
		return "made"
	}
	return fmt.Sprintf("%.1f with %d degrees of freedom", t.Statistic, t.DF)
}

func pValue(p float64) string {
	if p < 0.0001 {
		return "< 0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// segments makes RSK-01.
func (s *Stream) segments(r *Result) {
	sizes, byOutcome := map[string]int64{}, map[string]int64{}
	counts := map[[2]string]int64{}
	for k, n := range s.Segments {
		sizes[k.Segment] += n
		byOutcome[k.Outcome] += n
		counts[[2]string{k.Segment, k.Outcome}] += n
	}
	if len(sizes) == 0 {
		r.skip(SegmentGap, "", "The runs declare no segment.")
		return
	}
	var names []string
	for _, n := range slices.Sorted(maps.Keys(sizes)) {
		if sizes[n] < r.Limits.MinGroup {
			r.TooSmall = append(r.TooSmall, n)
			continue
		}
		names = append(names, n)
	}
	if len(r.TooSmall) > 0 {
		r.skip(
			SegmentGap,
			"",
			fmt.Sprintf(
				"Too small to be compared or shown (fewer than %d runs): %s.",
				r.Limits.MinGroup,
				strings.Join(r.TooSmall, ", "),
			),
		)
	}
	if len(names) < 2 {
		r.skip(SegmentGap, "", fmt.Sprintf("Fewer than two segments have at least %d runs.", r.Limits.MinGroup))
		return
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) })
	outcomes := slices.SortedFunc(maps.Keys(byOutcome), func(a, b string) int {
		return cmp.Or(cmp.Compare(byOutcome[b], byOutcome[a]), cmp.Compare(a, b))
	})
	outcomes = outcomes[:min(len(outcomes), r.Limits.MaxOutcomes)]
	reference := names[0]
	var ps []float64
	for _, o := range outcomes {
		for _, n := range names[1:] {
			t := SegmentTest{Segment: n, Reference: reference, Outcome: o,
				Ratio: NewRatio(counts[[2]string{n, o}], sizes[n], counts[[2]string{reference, o}], sizes[reference])}
			r.Segments = append(r.Segments, t)
			ps = append(ps, t.Ratio.P)
		}
	}
	limits := fmt.Sprintf(
		"adjusted p below %g (Benjamini–Hochberg, %s), ratio below %g or above %.4g, at least %d runs a segment",
		r.Limits.SegmentP,
		count(len(ps), "comparison"),
		r.Limits.SegmentRatio,
		1/r.Limits.SegmentRatio,
		r.Limits.MinGroup,
	)
	for i, p := range BenjaminiHochberg(ps) {
		t := &r.Segments[i]
		t.Ratio.PAdj = p
		x := t.Ratio.Ratio
		if t.Differs = p < r.Limits.SegmentP && (x < r.Limits.SegmentRatio || x > 1/r.Limits.SegmentRatio); t.Differs {
			r.find(
				SegmentGap,
				"",
				t.Segment+": "+t.Outcome,
				limits,
				fmt.Sprintf(
					"The outcome %q has a rate of %s in segment %q (%d runs) and %s in %q (%d runs): ratio %.2f "+
						"(95 %% interval %.2f to %.2f), p %s (%s).",
					shorten(
						t.Outcome,
					),
					percent(t.Ratio.A.Rate),
					shorten(t.Segment),
					t.Ratio.A.N,
					percent(t.Ratio.B.Rate),
					shorten(reference),
					t.Ratio.B.N,
					x,
					t.Ratio.Low,
					t.Ratio.High,
					pValue(p),
					t.Ratio.Method,
				),
			)
		}
	}
}

// log makes LOG-01.
func (s *Stream) log(c Context, r *Result) {
	stated := false
	for _, v := range c.Sources {
		if v.Stated >= 0 {
			stated = true
			if v.Stated != v.Read {
				r.find(
					LogGap,
					"",
					v.Source+": volume",
					"",
					fmt.Sprintf(
						"The platform states %s for %s, which holds %d.",
						count(int(v.Stated), "run"),
						v.Source,
						v.Read,
					),
				)
			}
		}
		if v.Duplicates > 0 {
			r.find(
				LogGap,
				"",
				v.Source+": duplicates",
				"",
				fmt.Sprintf(
					"%s has %s whose run identifier stood in the file before.",
					v.Source,
					count(int(v.Duplicates), "record"),
				),
			)
		}
		if v.Chain != "" {
			r.find(
				LogGap,
				"",
				v.Source+": chain",
				"",
				fmt.Sprintf("The hash chain of %s does not hold: %s.", v.Source, strings.TrimSuffix(v.Chain, ".")),
			)
		}
	}
	if s.Totals.Numbered == 0 {
		if !stated {
			r.skip(
				LogGap,
				"",
				"The runs carry no running numbers and the platform states no volume, so whether runs are missing "+
					"cannot be told.",
			)
		}
		return
	}
	gaps, ranges, missing, twice, ok := s.Sequence.Gaps(5)
	if !ok {
		r.skip(LogGap, "", "The runs' numbers are scattered: they are no running numbers of this workflow.")
		return
	}
	if ranges > 0 {
		var where []string
		for _, g := range gaps {
			if g.First == g.Last {
				where = append(where, fmt.Sprint(g.First))
			} else {
				where = append(where, fmt.Sprintf("%d to %d", g.First, g.Last))
			}
		}
		if ranges > len(gaps) {
			where = append(where, "…")
		}
		detail := fmt.Sprintf(
			"The running numbers have %s: %s missing (%s).",
			count(ranges, "gap"),
			count(int(missing), "number"),
			strings.Join(where, ", "),
		)
		if missing > s.Totals.Numbered {
			detail += " More numbers are missing than present: perhaps other workflows share them."
		}
		r.find(LogGap, "", "sequence: gaps", "", detail)
	}
	if twice > 0 {
		r.find(
			LogGap,
			"",
			"sequence: twice",
			"",
			fmt.Sprintf(
				"%s given to more than one run.",
				upper(count(int(twice), "running number")+" "+wasWere(twice)),
			),
		)
	}
}

func wasWere(n int64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// cover tells what the runs say to each claim about a gate and to each control.
func (r *Result) cover(w *workflow.Workflow) {
	gates := w.EveryGate()
	for i := range gates {
		g, c := &gates[i], &r.Gates[i].cell
		asked := map[int]bool{
			claimOfficers: len(w.Roster) > 0 ||
				len(g.Officers) > 0, claimEyes: g.FourEyes, claimTime: g.MinReviewSeconds > 0,
			claimBefore: true, claimHeeded: true, claimReasons: true,
		}
		for k, x := range claims {
			asked[k] = asked[k] && asksAt(w, g.Key, x.tests[0])
		}
		asked[claimHeeded] = asked[claimHeeded] && asksAt(w, g.Key, ReleasedUndecided)
		for k, x := range claims {
			n := c.Claims[k]
			r.Coverage = append(r.Coverage, Coverage{
				Gate: g.Key, Claim: x.title, Tests: x.tests, Unit: x.of,
				Of: n.Of, Testable: n.Shown, Held: n.Held(), NotHeld: n.Short, NotShown: n.Of - n.Shown,
			}.judged(asked[k] || n.Of > 0, x.none))
			if k == claimTime {
				r.Coverage = append(r.Coverage, r.habits(w, g, c))
			}
		}
		if m := &r.Gates[i]; m.Pattern.Pattern != "" {
			r.Coverage = append(r.Coverage, m.patternCoverage())
		}
	}
	for _, c := range controls {
		c.Tests = slices.DeleteFunc(slices.Clone(c.Tests), func(t Code) bool { return !r.asked[t] })
		r.Controls = append(r.Controls, r.control(c))
	}
}

// habits is what the decisions say to the claim that OVR-07 tests, which is
// about an officer's decisions together: where the test finds something, all
// decisions of the officer, or of the gate, count as not bearing it out.
func (r *Result) habits(w *workflow.Workflow, g *workflow.Gate, c *GateCell) Coverage {
	v := Coverage{
		Gate: g.Key, Claim: "Officers judge for themselves", Tests: []Code{RubberStamp}, Unit: "decisions",
		Of:       c.Decisions,
		Testable: c.Compared,
	}
	asked := false
	for _, l := range stretchesOf(w, g.Key) {
		asked = asked || !l.none()
		if l.streak > 0 {
			v.Testable = max(c.Compared, c.Coded)
		}
	}
	for _, f := range r.Findings {
		if f.Code == RubberStamp && f.Gate == g.Key && strings.HasPrefix(f.Detail, "Decisions at this gate") {
			v.NotHeld = v.Testable
		}
	}
	at := slices.IndexFunc(r.Gates, func(m GateMeasures) bool { return m.Gate == g.Key })
	for _, o := range r.Gates[at].Officers {
		if slices.Contains(r.stampedBy, [2]string{g.Key, o.Account}) {
			v.NotHeld += o.Decisions
		}
	}
	v.NotHeld = min(v.NotHeld, v.Testable)
	v.Held, v.NotShown = v.Testable-v.NotHeld, v.Of-v.Testable
	return v.judged(asked, "The log does not say what was decided.")
}

// judged draws the level and the sentence from the counts.
func (v Coverage) judged(asked bool, none string) Coverage {
	switch {
	case !asked:
		v = Coverage{Gate: v.Gate, Claim: v.Claim, Tests: v.Tests, Unit: v.Unit}
		v.Level, v.Reason = NotAsked, "The gate does not ask for it."
		return v
	case v.Testable == 0:
		v.Level, v.Reason = NotShown, none
		return v
	case v.NotHeld > 0:
		v.Level = NotHeld
	case v.NotShown > 0:
		v.Level = HeldWhereShown
	default:
		v.Level = Held
	}
	v.Reason = fmt.Sprintf(
		"Of %d %s: held in %d, not held in %d, not shown in %d.",
		v.Of,
		v.Unit,
		v.Held,
		v.NotHeld,
		v.NotShown,
	)
	return v
}

// controls are those of Annex A on which runs can bear; for every other one
// the evidence is organisational.
var controls = []Control{
	{
		ID:     "A.3.2",
		Tests:  []Code{DecidedByNoOfficer, DecidedUnauthorised, NoAuthority},
		Reason: "whether the people named for a role are those who act in it",
	},
	{ID: "A.5.4", Tests: []Code{SegmentGap}, Reason: "whether outcomes differ between declared segments"},
	{
		ID:     "A.6.2.6",
		Tests:  []Code{OutcomeDrift, UnreviewedChange},
		Reason: "whether operation is watched and changes are reviewed",
	},
	{
		ID:     "A.6.2.8",
		Tests:  []Code{LogGap, LogConflict, NoRecord},
		Reason: "whether the event log is complete and whole",
	},
	{
		ID: "A.9.2",
		Tests: []Code{
			ReleasedUndecided, ReleasedEarly, DecidedBeforehand, ReleasedAgainst, DecisionChanged, UnapprovedContent,
			BeyondLimits, ActedAlone,
		},
		Reason: "whether the process for use is followed",
	},
	{
		ID: "A.9.3",
		Tests: []Code{
			SameEyes, OnePersonTwice, DecidedFast, RubberStamp, NoReason, DecisionsContradict, GateMayBeNone,
			BelowFloor, AnsweredLate, Unanswered, SampleShort, LimitPassed, NobodyAsked, SampleNotRandom,
			WeakForSignificant,
		},
		Reason: "whether oversight is exercised as intended",
	},
	{ID: "A.9.4", Tests: []Code{OutOfScope, NoGate}, Reason: "whether the workflow is used as intended"},
}

func (r *Result) control(c Control) Control {
	var found []string
	for _, t := range c.Tests {
		n := r.found[t]
		switch {
		case !r.made(t) && n == 0:
			c.NotShown++
			continue
		case n == 0:
			c.Held++
		default:
			c.NotHeld++
			c.Findings += n
			what := fmt.Sprintf("%s %d", t, n)
			if TestOf(t).Question {
				what += " (a question)"
			}
			found = append(found, what)
		}
		c.Testable++
	}
	what := c.Reason
	c.Reason = fmt.Sprintf("Of %s on %s: held in %d, not held in %d, not shown in %d.",
		count(len(c.Tests), "test"), what, c.Held, c.NotHeld, c.NotShown)
	switch {
	case c.Testable == 0:
		c.Level, c.Reason = NotShown, "No test on runs could be made on "+what+"."
	case c.NotHeld > 0:
		c.Level = NotHeld
		c.Reason += " Found: " + strings.Join(found, ", ") + "."
	case c.NotShown > 0:
		c.Level = HeldWhereShown
	default:
		c.Level = Held
	}
	return c
}

// made tells whether a test was made on at least one gate.
func (r *Result) made(c Code) bool {
	if r.Totals.Runs == 0 {
		return false
	}
	d := TestOf(c)
	if !r.asked[c] {
		return false
	}
	skipped := map[string]bool{}
	for _, n := range r.NotRun {
		if n.Code == c && !n.Part {
			if n.Gate == "" && !(c == SegmentGap && len(r.Segments) > 0) {
				return false
			}
			skipped[n.Gate] = true
		}
	}
	return !d.Gate || len(skipped) < len(r.Gates)
}
