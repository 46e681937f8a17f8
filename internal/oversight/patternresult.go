package oversight

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/workflow"
)

// stretch is a gate as it was declared for the days from one on and before another.
type stretch struct {
	workflow.Gate
	from, before civil.Date // empty: open
	several      bool       // it is one of several
}

func (x stretch) covers(day civil.Date) bool {
	return day >= x.from && (x.before == "" || day < x.before)
}

// subject names the stretch in a finding, where it is one of several.
func (x stretch) subject(what string) string {
	if !x.several {
		return what
	}
	return strings.TrimPrefix(what+", "+strings.TrimSuffix(strings.ToLower(between(x.from, x.before)), ": "), ", ")
}

// weakStretches are the stretches of days in which a gate had a weaker pattern than
// a decision on each run.
func weakStretches(w *workflow.Workflow, gate string) []stretch {
	var all []stretch
	held := w.InForce()
	for i, d := range held {
		x := stretch{from: d.From}
		if i+1 < len(held) {
			x.before = held[i+1].From
		}
		at := slices.IndexFunc(d.Gates, func(g workflow.Gate) bool { return g.Key == gate })
		if at < 0 {
			continue
		}
		x.Gate = d.Gates[at]
		if n := len(all); n > 0 && all[n-1].before == x.from && all[n-1].Pattern == x.Pattern &&
			all[n-1].Terms.Same(x.Terms) {
			all[n-1].before, all[n-1].Gate = x.before, x.Gate
			continue
		}
		all = append(all, x)
	}
	for i := range all {
		all[i].several = len(all) > 1
	}
	return slices.DeleteFunc(all, func(x stretch) bool { return !x.Pattern.Weaker() })
}

// asksAt tells whether a gate asks for a test, by what is declared or was.
func asksAt(w *workflow.Workflow, gate string, c Code) bool {
	for _, d := range w.InForce() {
		for _, g := range d.Gates {
			if g.Key == gate && Asks(g.Pattern, c) {
				return true
			}
		}
	}
	return false
}

// PatternMeasures is what the runs of a gate show of its pattern, over all days on
// which it had that pattern.
type PatternMeasures struct {
	Pattern workflow.Pattern `json:"pattern"` // the last one; empty where the gate asks for each run only
	Terms   string           `json:"terms"`
	Runs    int64            `json:"runs"` // held to it
	PatternCounts
	// Waiting are runs that no person has answered and that may be answered yet.
	Waiting int64 `json:"waiting"`
}

// Cases is how many runs a test is about that only weaker patterns ask for, and of
// how many the log shows what it looks at; both 0 for a test on many runs at once.
func (m PatternMeasures) Cases(c Code) (of, tested int64) {
	switch c {
	case AnsweredLate:
		return m.Due, m.Looked
	case UnapprovedContent:
		return m.Due + m.Unknown, m.Due
	case BeyondLimits:
		return m.Runs, m.Runs
	case ActedAlone:
		return m.Due + m.Unknown, m.Due
	}
	return 0, 0
}

// patternDays are the cells of a gate by day, of those that a stretch covers.
func (s *Stream) patternDays(x stretch) map[civil.Date]*GateCell {
	out := map[civil.Date]*GateCell{}
	for k, c := range s.Gates {
		if k.Gate == x.Key && x.covers(k.Day) {
			out[k.Day] = c
		}
	}
	return out
}

// answerDays is for how many days after a run its answer may still come.
func answerDays(g workflow.Gate) int {
	if g.Terms.WithinHours == 0 {
		return 7
	}
	return (g.Terms.WithinHours + 23) / 24
}

// patterns measures a gate by its weaker patterns, and makes their tests over many
// runs.
func (r *Result) patterns(w *workflow.Workflow, s *Stream, m *GateMeasures) {
	for _, x := range weakStretches(w, m.Gate) {
		days := s.patternDays(x)
		p := PatternMeasures{Pattern: x.HowOverseen(), Terms: x.InWords()}
		for _, c := range days {
			p.Runs += c.Runs
			p.add(&c.Pattern)
		}
		if p.Runs == 0 && x.several {
			continue
		}
		for day, c := range days {
			if day != "" && r.Last.Before(day.AddDays(answerDays(x.Gate))) {
				p.Waiting += c.Pattern.Open
			}
		}
		if x.Pattern != workflow.DrawnSample && x.Pattern != workflow.OnRequest && x.Pattern != workflow.Monitored {
			p.Waiting = 0
		}
		if x.Lacks() == "" && p.Runs > 0 {
			r.patternTests(s, x, days, p)
		}
		if p.Runs > 0 {
			r.significant(w, x, p)
		}
		m.Pattern = m.Pattern.plus(p)
	}
}

// plus joins what an earlier stretch shows with a later one, whose pattern it names.
func (m PatternMeasures) plus(o PatternMeasures) PatternMeasures {
	if m.Pattern != o.Pattern { // counts of different things are not added
		return o
	}
	o.Runs, o.Waiting = o.Runs+m.Runs, o.Waiting+m.Waiting
	o.add(&m.PatternCounts)
	return o
}

func (r *Result) patternTests(s *Stream, x stretch, days map[civil.Date]*GateCell, p PatternMeasures) {
	switch x.Pattern {
	case workflow.DrawnSample:
		r.unanswered(x, p)
		r.sampleShort(x, days)
		r.notRandom(s, x)
	case workflow.OnRequest:
		r.unanswered(x, p)
		r.nobodyAsked(x, p)
	case workflow.Monitored:
		r.unanswered(x, p)
		r.nobodyAsked(x, p)
		r.limitPassed(s, x, days)
	case workflow.BeyondThreshold:
		r.nobodyAsked(x, p)
		if 2*p.Unknown > p.Runs {
			for _, c := range []Code{ReleasedUndecided, ReleasedEarly, ReleasedAgainst} {
				r.skip(c, x.Key, fmt.Sprintf("In %d of %s the log does not carry the %s that the threshold is about.",
					p.Unknown, count(int(p.Runs), "run"), x.Terms.Of))
			}
		}
	case workflow.ApprovedContent:
		if 2*p.Unknown > p.Runs {
			r.skip(UnapprovedContent, x.Key, fmt.Sprintf("%d of %s do not name the content that they used.",
				p.Unknown, count(int(p.Runs), "run")))
		}
	case workflow.AgentLimits:
		r.nobodyAsked(x, p)
	}
}

// unanswered makes OVR-20.
func (r *Result) unanswered(x stretch, p PatternMeasures) {
	n := p.Open - p.Waiting
	if n <= 0 {
		return
	}
	what := map[workflow.Pattern]string{
		workflow.DrawnSample: "were drawn for reading", workflow.OnRequest: "asked for a person",
		workflow.Monitored: "raised an alert",
	}[x.Pattern]
	detail := fmt.Sprintf("Of %s that %s, %d show no answer by a person.", count(int(p.Due), "run"), what, n)
	if p.Waiting > 0 {
		detail += fmt.Sprintf(" %d more may be answered yet.", p.Waiting)
	}
	r.find(Unanswered, x.Key, x.subject(""), "", detail)
}

// week is a whole week of a gate.
type week struct {
	monday    civil.Date
	runs, due int64
	looked    int64
}

// wholeWeeks are the weeks from Monday to Sunday that lie in the period of the runs
// and in the stretch, but the last ones whose answers may come within days yet.
func (r *Result) wholeWeeks(x stretch, days map[civil.Date]*GateCell, later int) []week {
	from, last := max(r.First, x.from), r.Last
	if x.before != "" && x.before.AddDays(-1).Before(last) {
		last = x.before.AddDays(-1)
	}
	if from == "" {
		return nil
	}
	var out []week
	monday := from.AddDays((8 - int(from.Time().Weekday())) % 7)
	for ; !last.Before(monday.AddDays(6)) && !r.Last.Before(monday.AddDays(6+later)); monday = monday.AddDays(7) {
		w := week{monday: monday}
		for i := range 7 {
			if c := days[monday.AddDays(i)]; c != nil {
				w.runs += c.Runs
				w.due += c.Pattern.Due
				w.looked += c.Pattern.Looked
			}
		}
		out = append(out, w)
	}
	return out
}

// sampleShort makes OVR-21.
func (r *Result) sampleShort(x stretch, days map[civil.Date]*GateCell) {
	weeks := r.wholeWeeks(x, days, answerDays(x.Gate))
	if len(weeks) == 0 {
		r.skip(SampleShort, x.Key, "The runs cover no whole week whose reading is due.")
		return
	}
	short, worst := 0, week{}
	var least int64
	for _, w := range weeks {
		need := max(int64(x.Terms.PerWeek), int64(math.Ceil(x.Terms.Share*float64(w.runs)-1e-9)))
		need = min(need, w.runs)
		if w.looked >= need {
			continue
		}
		if short++; short == 1 || need-w.looked > least-worst.looked {
			worst, least = w, need
		}
	}
	if short == 0 {
		return
	}
	r.find(SampleShort, x.Key, x.subject(""), x.InWords(), fmt.Sprintf(
		"In %d of %s fewer runs were read than declared. In the week from %s a person read %d of %d, and %d were due.",
		short, count(len(weeks), "whole week"), worst.monday.Long(), worst.looked, worst.runs, least))
}

// nobodyAsked makes OVR-26.
func (r *Result) nobodyAsked(x stretch, p PatternMeasures) {
	if p.Due > 0 || p.Runs == p.Unknown {
		return
	}
	n := p.Runs - p.Unknown
	most := NewRate(0, n).High
	r.find(NobodyAsked, x.Key, x.subject(""), "", fmt.Sprintf(
		"None of %s came before a person here. By that, at most %s of such runs do (95 %% interval). Would this "+
			"gate be "+
			"reached if it had to be?",
		count(int(n), "run"),
		percent(most),
	))
}

// notRandom makes OVR-27, over the outcomes of the runs that were read and of the others.
func (r *Result) notRandom(s *Stream, x stretch) {
	if x.several {
		r.skip(
			SampleNotRandom,
			x.Key,
			"The gate's pattern was changed, and outcomes of runs read are kept by month only.",
		)
		return
	}
	read := map[string]int64{}
	for k, c := range s.Officers {
		if k.Gate == x.Key {
			for _, o := range c.Outcomes {
				read[o.Outcome] += o.Runs
			}
		}
	}
	all := map[string]int64{}
	for k, n := range s.Days {
		all[k.Outcome] += n
	}
	table := make([][]int64, 2)
	var n int64
	for _, o := range slices.Sorted(maps.Keys(all)) {
		looked := min(read[o], all[o]) // a run that two officers read counts for both
		n += looked
		table[0], table[1] = append(table[0], looked), append(table[1], all[o]-looked)
	}
	switch {
	case len(all) < 2:
		r.skip(SampleNotRandom, x.Key, "The runs do not name two outcomes to compare.")
		return
	case n < r.Limits.MinGroup:
		r.skip(
			SampleNotRandom,
			x.Key,
			fmt.Sprintf("%d runs were read, and at least %d are needed.", n, r.Limits.MinGroup),
		)
		return
	}
	pooled, _ := pool(table)
	t := Independence(pooled)
	w := math.Sqrt(t.Statistic / float64(n))
	if t.DF == 0 || t.P >= r.Limits.DriftP || w < r.Limits.DriftV {
		return
	}
	r.find(
		SampleNotRandom,
		x.Key,
		"outcome",
		fmt.Sprintf("p below %g, Cohen's w at least %g", r.Limits.DriftP, r.Limits.DriftV),
		fmt.Sprintf(
			"The outcomes of the %d runs that were read differ from those of the others: %s %s, p %s, Cohen's w %.2f. "+
				"How were they drawn?",
			n,
			t.Method,
			statistic(t),
			pValue(t.P),
			w,
		),
	)
}

// limitPassed makes OVR-25.
func (r *Result) limitPassed(s *Stream, x stretch, days map[civil.Date]*GateCell) {
	if len(x.Terms.Limits) == 0 {
		r.skip(LimitPassed, x.Key, "The gate sets no limit for a share of outcomes.")
		return
	}
	weeks := r.wholeWeeks(x, days, 7)
	if len(weeks) == 0 {
		r.skip(LimitPassed, x.Key, "The runs cover no two whole weeks.")
		return
	}
	outcomes := map[DayKey]int64{}
	for k, n := range s.Days {
		if k.Day != "" {
			outcomes[k] += n
		}
	}
	for _, l := range x.Terms.Limits {
		passed, first := 0, ""
		for _, w := range weeks {
			var n int64
			alerts := w.due
			for i := range 14 { // of this week the runs, of this and the next the alerts
				day := w.monday.AddDays(i)
				if i < 7 {
					n += outcomes[DayKey{Day: day, Outcome: l.Outcome}]
				} else if c := days[day]; c != nil {
					alerts += c.Pattern.Due
				}
			}
			share := float64(n) / float64(w.runs)
			if w.runs < r.Limits.MinGroup || alerts > 0 || share >= l.Least && (l.Most == 0 || share <= l.Most) {
				continue
			}
			if passed++; first == "" {
				first = fmt.Sprintf(
					"In the week from %s it had %s of %d runs.",
					w.monday.Long(),
					percent(share),
					w.runs,
				)
			}
		}
		if passed > 0 {
			r.find(LimitPassed, x.Key, x.subject(l.Outcome), limitWords(l), fmt.Sprintf(
				"In %d of %s the outcome %q was beyond its limit, and no alert was raised in that week or the next. %s",
				passed, count(len(weeks), "whole week"), shorten(l.Outcome), first))
		}
	}
}

func limitWords(l workflow.OutcomeLimit) string {
	switch {
	case l.Most == 0:
		return "at least " + percent(l.Least)
	case l.Least == 0:
		return "at most " + percent(l.Most)
	}
	return percent(l.Least) + " to " + percent(l.Most)
}

// significant makes OVR-28.
func (r *Result) significant(w *workflow.Workflow, x stretch, p PatternMeasures) {
	if !w.MaybeSignificant() {
		return
	}
	why := "The account calls its decisions significant"
	if !w.Account.Significant {
		why = "The account does not call its decisions significant, and the template that it was begun from does"
	}
	seen := p.Looked
	if x.Pattern == workflow.ApprovedContent {
		seen = 0
	}
	r.find(WeakForSignificant, x.Key, x.subject(""), "UK GDPR Articles 22A to 22D", fmt.Sprintf(
		"%s, and at this gate %s: of %s a person looked at %d. Is any decision here based solely on automated "+
			"processing, and "+
			"which safeguards are there?",
		why,
		x.Pattern.Words(),
		count(int(p.Runs), "run"),
		seen,
	))
}

// patternCoverage is what the runs say to what the pattern of a gate promises.
func (m *GateMeasures) patternCoverage() Coverage {
	p := m.Pattern
	v := Coverage{Gate: m.Gate, Of: p.Due + p.Unknown - p.Waiting, Testable: p.Due - p.Waiting, NotShown: p.Unknown}
	switch p.Pattern {
	case workflow.BeyondThreshold:
		v.Claim, v.Unit = "What is beyond the threshold is decided by a person first", "runs beyond the threshold"
		v.Tests, v.Held = []Code{ReleasedUndecided, ReleasedEarly, NobodyAsked}, p.Looked
	case workflow.DrawnSample:
		v.Claim, v.Unit = "What is drawn is read by a person in time", "runs drawn"
		v.Tests, v.Held = []Code{AnsweredLate, Unanswered, SampleShort}, p.Looked-p.Late
	case workflow.ApprovedContent:
		v.Claim, v.Unit = "Answers come from approved content", "runs"
		v.Tests, v.Held = []Code{UnapprovedContent}, p.Looked
	case workflow.OnRequest:
		v.Claim, v.Unit = "Who asks for a person gets an answer in time", "runs in which a person was asked for"
		v.Tests, v.Held = []Code{AnsweredLate, Unanswered}, p.Looked-p.Late
	case workflow.Monitored:
		v.Claim, v.Unit = "Alerts are answered by a person in time", "runs with an alert"
		v.Tests, v.Held = []Code{AnsweredLate, Unanswered, LimitPassed}, p.Looked-p.Late
	case workflow.AgentLimits:
		v.Claim, v.Unit = "What needs a person is allowed by one first", "runs with such an act"
		v.Tests, v.Held = []Code{ActedAlone, BeyondLimits}, p.Looked
	}
	v.NotHeld = v.Testable - v.Held
	return v.judged(true, "No run shows it.")
}
