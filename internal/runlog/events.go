package runlog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/runlog/quote"
)

// row is one row or event of a flat log, by field.
type row [nFields]string

// kinds of rows in logs that Assay wrote itself; an empty kind makes whatever
// the row has fields for.
const (
	kindStep     = "step"
	kindDecision = "decision"
	kindOutput   = "output"
	kindAccess   = "access"
	kindRun      = "run"
)

// assembler makes run records of rows: the part that all flat logs share.
type assembler struct {
	m         *Mapping
	clk       *clock
	words     map[string]run.DecisionCode
	explained map[string]run.DecisionCode // those of words that the mapping names
	actors    map[string]run.ActorKind
	prefix    []actorPrefix
	consts    []cell // the mapping's constants

	splits      []split
	transitions map[string]string // the platform's words for lifecycle transitions
	nothing     map[string]bool   // values that stand for none
	blanked     names             // of those, how often each stood where

	decides   bool               // the mapping names activities that decide
	carried   bool               // a record may hold what another one decided
	carriedOn names              // activities of such records
	advised   map[string]*advice // decisions by what the AI recommended, where no mapping explains it
	// Runs with such a record, and its activity: where no step at a gate of the run holds
	// the decision, nobody knows where it was made.
	carriedIn map[string]string
	fixed     names          // activities whose outcome the mapping says, and no record
	mapped    []field        // that the mapping names
	found     [nFields]int64 // how often each of them had a value
	own       bool           // what is read is Assay's own export, which means what it says

	precision  run.Precision // the coarsest of the times read since it was last emptied
	when       time.Time     // of the record that is read, the last time of its events; zero where they have none
	ofField    [nFields]midnights
	atMidnight bool                  // something was put before an officer and decided at the same midnight
	midnights  map[string]*midnights // by columns, of events that a row holds several of
	orders     map[string]*dayOrder
	column     map[field]string // of an event in a row: the columns that hold its fields
	hits       map[hit]int64
	asked      int64 // events that put a matter before an officer, and are not answered

	spellings map[string]string // activities of the log → those of the mapping that differ in spelling alone
	halfDays  string            // a value with AM or PM, where the layouts have none
	remarks   map[string]*remark
	remarked  []*remark
}

// remark is what is odd about records that are kept.
type remark struct {
	Refusal
	n int64
}

// say notes what is odd about a record, once for all that are alike.
func (a *assembler) say(at run.Position, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r := a.remarks[text]
	if r == nil {
		if len(a.remarked) >= maxListed {
			return
		}
		r = &remark{Refusal: Refusal{At: at, Reason: text}}
		if a.remarks == nil {
			a.remarks = map[string]*remark{}
		}
		a.remarks[text], a.remarked = r, append(a.remarked, r)
	}
	r.n++
}

// cell is a value and the field that it is for.
type cell struct {
	f field
	v string
}

type actorPrefix struct {
	prefix string
	kind   run.ActorKind
}

func newAssembler(o Options, s *sink) *assembler {
	a := &assembler{
		m:         o.Mapping,
		clk:       o.clock(),
		words:     map[string]run.DecisionCode{},
		explained: map[string]run.DecisionCode{},
		actors:    map[string]run.ActorKind{},

		transitions: map[string]string{},
		nothing:     map[string]bool{},
		blanked:     names{},
		orders:      map[string]*dayOrder{},
		hits:        map[hit]int64{},
	}
	if a.m == nil {
		a.m = &Mapping{}
	}
	for t, ws := range a.m.Transitions {
		for _, w := range ws {
			a.transitions[fold(w)] = t
		}
	}
	a.carriedOn, a.fixed = names{}, names{}
	for _, r := range a.m.Activities {
		a.decides = a.decides || r.Act == run.ActDecide
	}
	s.assemblers = append(s.assemblers, a)
	for n := range a.m.Fields {
		f, _ := fieldOf(n)
		a.mapped = append(a.mapped, f)
	}
	for _, n := range sortedKeys(a.m.Splits) {
		f, _ := fieldOf(n)
		re := regexp.MustCompile(a.m.Splits[n]) // checked
		a.splits = append(a.splits, split{f, re})
	}
	placeholders := a.m.Nothing
	if placeholders == nil {
		placeholders = Placeholders
	}
	for _, w := range placeholders {
		a.nothing[fold(w)] = true
	}
	for n, v := range a.m.Constants {
		f, _ := fieldOf(n)
		a.consts = append(a.consts, cell{f, v})
	}
	for _, c := range run.DecisionCodes {
		a.words[string(c)] = c
	}
	for c, ws := range a.m.Decisions {
		for _, w := range ws {
			a.words[fold(w)] = c
			a.explained[fold(w)] = c
		}
	}
	for _, k := range [...]run.ActorKind{run.ActorPerson, run.ActorSystem, run.ActorAgent} {
		for _, n := range a.m.Actors[k] {
			if p, ok := strings.CutSuffix(n, "*"); ok {
				a.prefix = append(a.prefix, actorPrefix{p, k})
			} else {
				a.actors[n] = k
			}
		}
	}
	return a
}

func (a *assembler) time(f field, s string) (time.Time, string) {
	if s == "" {
		return time.Time{}, ""
	}
	t, why := a.clk.parse(strings.TrimSpace(s))
	if why != "" {
		return t, fieldNames[f] + ": " + why
	}
	a.precision = a.precision.Coarser(a.clk.precision)
	a.countMidnight(f, s)
	if len(a.clk.layouts) > 0 {
		why = a.order(f, s)
	}
	return t, why
}

// midnights counts how many times of a column are exactly midnight: programs write days
// as times so, and two days that are the same would be two times without any between.
type midnights struct {
	n, of int64
	first string
}

func (a *assembler) countMidnight(f field, s string) {
	switch f {
	case fTime, fStarted, fEnded, fPresented, fOpened, fDecided:
	default:
		return
	}
	if a.clk.precision == run.ToDay || a.own {
		return
	}
	m := &a.ofField[f]
	if column := a.column[f]; column != "" {
		if m = a.midnights[column]; m == nil {
			if a.midnights == nil {
				a.midnights = map[string]*midnights{}
			}
			m = &midnights{}
			a.midnights[column] = m
		}
	}
	m.of++
	if !a.clk.midnight {
		return
	}
	if m.n++; m.first == "" {
		m.first = strings.Clone(s)
	}
}

// askMidnights asks about columns whose times are midnight, all of them or most.
func (a *assembler) askMidnights() error {
	if a.m.Midnight != "" {
		return nil
	}
	all := map[string]*midnights{}
	for f := range a.ofField {
		all[cmp.Or(a.m.Fields[fieldNames[f]], fieldNames[f])] = &a.ofField[f]
	}
	for name, m := range a.midnights {
		all[name] = m
	}
	var column string
	together := int64(0)
	for _, name := range sortedKeys(all) {
		if m := all[name]; m.n > 0 && (a.atMidnight || m.n == m.of || m.n >= 3 && 2*m.n >= m.of) {
			column, together = cmp.Or(column, name), together+m.n
		}
	}
	if together < 2 {
		return nil
	}
	m := all[column]
	return fault.Unreadable(column,
		"%d of %d times in %q are exactly midnight (%s), as programs write days. Are they days, or times? Say so in "+
			"the mapping (midnight: days, or midnight: times).",
		m.n, m.of, column, quote.Clip(m.first))
}

// hit is an entry of a mapping, by the part that it stands in.
type hit struct{ part, name string }

// split takes a value that holds several apart.
type split struct {
	f  field
	re *regexp.Regexp
}

// takeApart fills the fields that a value of rw holds.
func (a *assembler) takeApart(rw *row, from, to field) (why string) {
	for _, s := range a.splits {
		if s.f < from || s.f >= to || rw[s.f] == "" {
			continue
		}
		parts := s.re.FindStringSubmatch(rw[s.f])
		if parts == nil {
			return fmt.Sprintf(
				"%s: %q is not of the form that the mapping gives under splits.", fieldNames[s.f],
				quote.Clip(rw[s.f]),
			)
		}
		for i, name := range s.re.SubexpNames() {
			if f, ok := fieldOf(name); ok {
				rw[f] = strings.TrimSpace(parts[i])
			}
		}
	}
	return ""
}

// blank empties the fields from one to another whose values stand for none.
func (a *assembler) blank(rw *row, from, to field) {
	if a.own || rw[fKind] != "" || len(a.nothing) == 0 {
		return
	}
	for f := from; f < to; f++ {
		v := rw[f]
		if v == "" || len(v) > 16 || !a.nothing[fold(v)] {
			continue
		}
		if _, word := a.words[fold(v)]; word && f == fDecision {
			continue
		}
		a.blanked.at(fieldNames[f]+"\x00"+v, new(bool)).Events++
		rw[f] = ""
	}
}

// count counts which of the mapped fields have a value.
func (a *assembler) count(rw *row) {
	for _, f := range a.mapped {
		if rw[f] != "" {
			a.found[f]++
		}
	}
}

// dayOrder is what the values of a column show about the order of day and month.
type dayOrder struct {
	day, month string // a value that has the day first, and one that has the month first
	proof      string // a value that can be read in no other order
	layout     string // that the first was read with
	text, cell string // a value that is text, and one that a program took for a date
}

// order notes in which order a time has its day and month. A column has one
// order, and values of one kind: where a program took some of its texts for
// dates and left others, those it took have their day and month in an order
// that nobody chose.
func (a *assembler) order(f field, s string) (why string) {
	column := cmp.Or(a.column[f], a.m.Fields[fieldNames[f]], fieldNames[f])
	o := a.orders[column]
	if o == nil {
		o = &dayOrder{}
		a.orders[column] = o
	}
	l := a.clk.layout
	if l == nil {
		if o.cell == "" {
			o.cell = strings.Clone(s)
		}
	} else {
		if o.text == "" {
			o.text = strings.Clone(s)
		}
		if l.dayFirst && o.day == "" {
			o.day, o.layout = strings.Clone(s), l.text
		}
		if l.monthFirst && o.month == "" {
			o.month, o.layout = strings.Clone(s), l.text
		}
		if o.proof == "" && (l.dayFirst || l.monthFirst) {
			other := l.swapped()
			if _, err := other.read(s); err != nil {
				o.proof = strings.Clone(s)
			}
		}
	}
	switch {
	case o.day != "" && o.month != "":
		return fmt.Sprintf("The column %q has days first (%s) and months first (%s). A column has one order: "+
			"correct time_layouts, or export it again.",
			column, quote.Clip(o.day), quote.Clip(o.month))
	case o.text != "" && o.cell != "":
		return fmt.Sprintf("The column %q holds dates (%s) and text (%s). A spreadsheet program took for dates "+
			"what it could, perhaps with day and month in each other's place. Export it again as text, or correct "+
			"the column.",
			column, quote.Clip(o.cell), quote.Clip(o.text))
	}
	return ""
}

// sayOrders notes the columns whose order of day and month the mapping says and
// nothing in the file shows. Where something in the file speaks against it, that is
// asked: days and months in each other's place are wrong in silence.
func (a *assembler) sayOrders(s *sink) error {
	if a.m.DayOrder != "" {
		return nil
	}
	proven := [2]string{} // a column whose values show that days come first, or months
	for _, column := range sortedKeys(a.orders) {
		if o := a.orders[column]; o.proof != "" && o.day != "" {
			proven[0] = column
		} else if o.proof != "" && o.month != "" {
			proven[1] = column
		}
	}
	const answer = "Look at what the days are, correct time_layouts, or say it in the mapping (day_order: day, or " +
		"day_order: month)."
	for _, column := range sortedKeys(a.orders) {
		o := a.orders[column]
		v := o.day + o.month
		if v == "" || o.proof != "" {
			continue
		}
		v = quote.Clip(v)
		switch {
		case o.day != "" && a.halfDays != "":
			return fault.Unreadable(column,
				"No day in the column %q is above 12, so nothing in it shows whether day or month comes first; the "+
					"mapping reads %s with the day first. But %q in the same file is a time as programs with American "+
					"settings write it, and they put the month first. %s",
				column, v, a.halfDays, answer)
		case o.day != "" && proven[1] != "", o.month != "" && proven[0] != "":
			return fault.Unreadable(column,
				"No day in the column %q is above 12, so nothing in it shows whether day or month comes first; %s was "+
					"read as %s. But the column %q of the same file has them the other way round. %s",
				column, v, o.layout, proven[0]+proven[1], answer)
		}
		s.note(Refusal{Reason: fmt.Sprintf(
			"In the column %q no day is above 12, so nothing in the file shows whether day or month comes "+
				"first. It was read as %s, as the mapping says (%s). To say that you have looked: \"day_order: %s\".",
			column, o.layout, v, map[bool]string{true: "day", false: "month"}[o.day != ""])})
	}
	return nil
}

// ofRun are the fields of which a run has one value.
var ofRun = [...]field{
	fWorkflow, fWorkflowVersion, fModelVersion, fPromptVersion, fTriggerChannel, fTriggerRef, fSegment, fOutcome,
}

// about is where r has what a field of ofRun says.
func about(r *run.Record, k int) *string {
	return [...]*string{
		&r.Workflow, &r.WorkflowVersion, &r.ModelVersion, &r.PromptVersion, &r.TriggerChannel, &r.TriggerRef,
		&r.Segment, &r.Outcome,
	}[k]
}

// run takes the fields of the run from rw, whose events were read. Never does it depend
// on the order of the records what is said of the run: of two values the later stands,
// by the times of their events, from the earliest beginning to the latest end.
func (a *assembler) run(r *run.Record, at *lastSaid, rw *row) (why string) {
	a.blank(rw, fRunID, fSequence)
	if why = a.takeApart(rw, fRunID, fKind); why != "" {
		return why
	}
	for _, c := range a.consts {
		if c.f <= fSequence && rw[c.f] == "" {
			rw[c.f] = c.v
		}
	}
	if r.RunID == "" {
		r.RunID = rw[fRunID]
	}
	for k, f := range ofRun {
		if rw[f] == "" {
			continue
		}
		if why := a.aboutRun(about(r, k), &at[k], k, rw[f]); why != "" {
			return why
		}
	}
	if why := a.runSpan(r, rw); why != "" {
		return why
	}
	if rw[fPrecision] != "" && (rw[fKind] == kindRun || rw[fKind] == "" && rw[fActivity] == "") {
		if r.Precision = run.Precision(rw[fPrecision]); !r.Precision.Known() {
			return unknownPrecision(rw)
		}
	}
	if r.Sequence == 0 && rw[fSequence] != "" {
		n, err := strconv.ParseInt(rw[fSequence], 10, 64)
		if err != nil || n < 0 {
			return fmt.Sprintf("sequence: %q is no whole number.", quote.Clip(rw[fSequence]))
		}
		r.Sequence = n
	}
	return ""
}

// lastSaid is when what a record says of its run was said last, by the fields of ofRun, in
// nanoseconds since 1970; 0 at no time.
type lastSaid [len(ofRun)]int64

// aboutRun takes what a record says of its run, under the field ofRun[k], beside what is
// held and the time that it was said at. Where two records of one time say two things,
// nobody knows which of them is so.
func (a *assembler) aboutRun(held *string, last *int64, k int, v string) (why string) {
	at, before := int64(0), *last
	if !a.when.IsZero() {
		at = a.when.UnixNano()
	}
	name := fieldNames[ofRun[k]]
	switch {
	case *held == "" || *held == v:
		*held, *last = v, max(at, before)
	case at != before && at != 0 && before != 0:
		if a.m.Fields[name] != "" {
			a.say(
				run.Position{},
				"Some runs have several values of %s (%q, %q), at different times: the latest was kept.",
				name,
				quote.Clip(min(*held, v)),
				quote.Clip(max(*held, v)),
			)
		}
		if at > before {
			*held, *last = v, at
		}
	case a.m.Fields[name] != "":
		return fmt.Sprintf(
			"The run has two values of %s at one time (%q, %q), and which of them is right, Assay cannot "+
				"tell. Map what has one value for each run, or take %s out of the mapping.",
			name,
			quote.Clip(*held),
			quote.Clip(v),
			name,
		)
	default: // any rule that does not ask which came first
		*held = max(*held, v)
	}
	return ""
}

// runSpan takes when the run began and ended, as its records say it.
func (a *assembler) runSpan(r *run.Record, rw *row) (why string) {
	if rw[fRunStarted] == "" && rw[fRunEnded] == "" {
		return ""
	}
	a.precision = r.Precision
	started, why := a.time(fRunStarted, rw[fRunStarted])
	if why != "" {
		return why
	}
	ended, why := a.time(fRunEnded, rw[fRunEnded])
	if why != "" {
		return why
	}
	if r.Started.IsZero() || !started.IsZero() && started.Before(r.Started) {
		r.Started = started
	}
	if ended.After(r.Ended) {
		r.Ended = ended
	}
	r.Precision = a.precision
	return ""
}

func unknownPrecision(rw *row) string {
	return fmt.Sprintf("precision: %q must be minute or day.", quote.Clip(rw[fPrecision]))
}

// openStart is a start event that waits for its complete.
type openStart struct {
	step int
	time string
}

// unfinished marks the starts that nothing completed.
func unfinished(r *run.Record, open map[string][]openStart) {
	for _, waiting := range open {
		for _, o := range waiting {
			r.Steps[o.step].Name += run.StartSuffix
		}
	}
}

// lifecycle is event for logs in which an activity may be several events:
// xes.go says what becomes of which transition. open holds the run's starts, the
// longest waiting first.
func (a *assembler) lifecycle(r *run.Record, e *row, at run.Position, open map[string][]openStart) (why string) {
	if e[fTransition] == "" || e[fActivity] == "" {
		return a.event(r, e, at)
	}
	transition := fold(e[fTransition])
	if t, ok := a.transitions[transition]; ok {
		transition = t
		a.hits[hit{"transitions", fold(e[fTransition])}]++
	}
	if !transitions[transition] {
		return fmt.Sprintf(
			"%q is no transition that the standard knows; say in the mapping, under transitions, which one it "+
				"means (complete: [%q]).",
			quote.Clip(e[fTransition]), quote.Clip(e[fTransition]))
	}
	id := e[fActivity] + "\x00" + e[fInstance]
	when := fEnded
	if e[fEnded] == "" {
		when = fTime
	}
	switch transition {
	case "complete", "unknown":
		waiting := open[id]
		if len(waiting) == 0 {
			return a.event(r, e, at)
		}
		o := waiting[0]
		open[id] = waiting[1:]
		if e[fStarted] == "" {
			e[fStarted] = o.time
		}
		steps := len(r.Steps)
		if why = a.event(r, e, at); why != "" || len(r.Steps) == steps {
			return why
		}
		// The step stands where it was started.
		done := r.Steps[len(r.Steps)-1]
		done.Seq, done.At = r.Steps[o.step].Seq, r.Steps[o.step].At
		r.Steps[o.step] = done
		r.Steps = r.Steps[:len(r.Steps)-1]
		return ""
	case "start":
		if e[fStarted] == "" {
			e[fStarted], e[when] = e[when], ""
		}
		open[id] = append(open[id], openStart{len(r.Steps), e[fStarted]})
		return a.plain(r, e, at)
	}
	e[fActivity] += " [" + e[fTransition] + "]"
	return a.plain(r, e, at)
}

// plain adds a step that is nothing at a gate.
func (a *assembler) plain(r *run.Record, e *row, at run.Position) (why string) {
	f := fEnded
	if e[fEnded] == "" {
		f = fTime
	}
	a.precision = run.ToSecond
	st := run.Step{Seq: len(r.Steps) + 1, Name: e[fActivity], Actor: e[fActor], At: at}
	if st.Started, why = a.time(fStarted, e[fStarted]); why != "" {
		return why
	}
	if st.Ended, why = a.time(f, e[f]); why != "" {
		return why
	}
	st.Precision = a.precision
	if st.ActorKind, why = a.actorKind(e[fActorKind], e[fActor]); why != "" {
		return why
	}
	a.at(st.When())
	r.Steps = append(r.Steps, st)
	return ""
}

// at notes a time of an event of the record that is read.
func (a *assembler) at(t time.Time) {
	if t.After(a.when) {
		a.when = t
	}
}

// eventRow is a row, with what was found out about the event that it tells.
type eventRow struct {
	*row
	at             run.Position
	started, ended time.Time
	precision      run.Precision
	midnight       bool         // it ended at midnight
	rule           ActivityRule // what its activity is at a gate
	kind           string
}

// event adds what rw says about one event to r.
func (a *assembler) event(r *run.Record, rw *row, at run.Position) (why string) {
	a.blank(rw, fKind+1, fTransition)
	if why := a.takeApart(rw, fKind+1, fTransition); why != "" {
		return why
	}
	if a.stopped(rw) {
		a.undone(rw, false, false)
	}
	for _, c := range a.consts {
		if c.f > fSequence && rw[c.f] == "" {
			rw[c.f] = c.v
		}
	}
	e := eventRow{row: rw, at: at, kind: rw[fKind]}
	if why := a.times(&e); why != "" {
		return why
	}
	for _, f := range [...]field{fAccount, fActor} {
		if why := a.oneAccount(rw, f); why != "" {
			return why
		}
	}
	a.ruleOf(&e)
	if strings.HasSuffix(rw[fActivity], run.AskedSuffix) {
		a.asked++
	}
	if why := a.unsaid(r, rw, e.kind, at); why != "" {
		return why
	}
	for _, part := range [...]func(*run.Record, *eventRow) string{a.step, a.decisionOf, a.output, a.access} {
		if why := part(r, &e); why != "" {
			return why
		}
	}
	switch e.kind {
	case "", kindStep, kindDecision, kindOutput, kindAccess, kindRun:
		return ""
	}
	return fmt.Sprintf("kind: %q must be step, decision, output, access or run.", quote.Clip(e.kind))
}

// times reads when the event began and ended.
func (a *assembler) times(e *eventRow) (why string) {
	a.precision = run.ToSecond
	if e.started, why = a.time(fStarted, e.row[fStarted]); why != "" {
		return why
	}
	f := fEnded
	if e.row[fEnded] == "" {
		f = fTime
	}
	if e.ended, why = a.time(f, e.row[f]); why != "" {
		return why
	}
	e.midnight = !e.ended.IsZero() && a.clk.midnight
	a.at(e.started)
	a.at(e.ended)
	e.precision = a.precision
	if p := e.row[fPrecision]; p != "" {
		if e.precision = run.Precision(p); !e.precision.Known() {
			return unknownPrecision(e.row)
		}
	}
	return ""
}

// ruleOf finds what the activity of e is at a gate. The state of the case may stand in
// every row; where it was decided, another says.
func (a *assembler) ruleOf(e *eventRow) {
	rw := e.row
	rule, name := a.rule(rw)
	e.rule = rule
	if rule.Act != run.ActNone {
		a.hits[hit{"activities", name}]++
		if name != rw[fActivity] {
			a.say(
				e.at,
				"The activity %q was read as %q: they differ in spelling alone.",
				quote.Clip(rw[fActivity]),
				name,
			)
		}
	}
	if rule.Act == ActAsk {
		rw[fGate] = cmp.Or(rw[fGate], rule.Gate)
		rw[fActivity] += run.AskedSuffix
		rw[fDecision] = "" // what is proposed, or the state of the case
		e.rule = ActivityRule{}
		return
	}
	if rw[fDecision] == "" || e.kind != "" || !a.decides || a.m.Fields["gate"] != "" ||
		rule.Act != run.ActPrepare && rule.Act != run.ActRelease {
		return
	}
	a.say(
		e.at,
		"%q holds an outcome (%s) too, and the mapping reads it as %s: what it holds was taken to be carried "+
			"along, and is no decision.",
		name,
		quote.Clip(rw[fDecision]),
		rule.Act,
	)
	rw[fDecision] = ""
}

// step adds the step that e is, where it is one.
func (a *assembler) step(r *run.Record, e *eventRow) (why string) {
	rw := e.row
	if rw[fActivity] == "" || e.kind != kindStep && (e.kind != "" || a.undecided(rw[fDecision])) {
		return ""
	}
	st := run.Step{
		Seq:       len(r.Steps) + 1,
		Name:      rw[fActivity],
		Actor:     rw[fActor],
		Started:   e.started,
		Ended:     e.ended,
		Gate:      cmp.Or(rw[fGate], e.rule.Gate),
		Tool:      rw[fTool],
		Precision: e.precision,
		At:        e.at,
	}
	if st.Act, why = act(rw[fAct]); why != "" {
		return why
	}
	if st.Act == run.ActNone {
		st.Act = e.rule.Act
	}
	if st.ActorKind, why = a.actorKind(rw[fActorKind], rw[fActor]); why != "" {
		return why
	}
	r.Steps = append(r.Steps, st)
	return ""
}

// output adds what the AI wrote in e.
func (a *assembler) output(r *run.Record, e *eventRow) string {
	rw := e.row
	if e.kind != kindOutput && (e.kind != "" || rw[fText] == "" && rw[fSHA256] == "" && rw[fRecommendation] == "" &&
		rw[fReasoning] == "" && rw[fConfidence] == "") {
		return ""
	}
	o := run.Output{
		Text:           rw[fText],
		SHA256:         rw[fSHA256],
		Recommendation: rw[fRecommendation],
		Reasoning:      rw[fReasoning],
		At:             e.at,
	}
	if o.SHA256 != "" && !isSHA256(o.SHA256) {
		return fmt.Sprintf("sha256: %q is not 64 lower-case hexadecimal digits.", quote.Clip(o.SHA256))
	}
	if c := rw[fConfidence]; c != "" {
		f, err := strconv.ParseFloat(strings.TrimSpace(c), 64)
		if err != nil {
			return fmt.Sprintf("confidence: %q is no number.", quote.Clip(c))
		}
		o.Confidence = f
	}
	r.Outputs = append(r.Outputs, o)
	return ""
}

// access adds the source that was read in e.
func (a *assembler) access(r *run.Record, e *eventRow) string {
	rw := e.row
	if e.kind != kindAccess && (e.kind != "" || rw[fSource] == "") {
		return ""
	}
	t := e.ended
	if t.IsZero() {
		t = e.started
	}
	d := run.DataAccess{Source: rw[fSource], Time: t, Precision: e.precision, At: e.at}
	if d.Source == "" {
		return "A data access names no source."
	}
	if rw[fSourceFields] != "" {
		d.Fields = splitList(rw[fSourceFields])
	}
	r.Accesses = append(r.Accesses, d)
	return ""
}

// unsaid adds what a row without an activity and without an outcome says of a
// decision: that somebody made one, or that one was waited for.
func (a *assembler) unsaid(r *run.Record, rw *row, kind string, at run.Position) (why string) {
	if kind != "" || rw[fActivity] != "" || rw[fDecision] != "" || rw[fGate] == "" {
		return ""
	}
	st := run.Step{Gate: rw[fGate], At: at}
	if rw[fPresented] != "" {
		a.precision = run.ToSecond
		st.Name = "Decision" + run.AskedSuffix
		if st.Ended, why = a.time(fPresented, rw[fPresented]); why != "" {
			return why
		}
		st.Seq, st.Precision = len(r.Steps)+1, a.precision
		r.Steps = append(r.Steps, st)
	}
	switch who := cmp.Or(rw[fAccount], rw[fActor]); {
	case rw[fDecided] != "":
		a.precision = run.ToSecond
		st.Name, st.Act, st.Actor = run.OutcomeUnsaid, run.ActDecide, who
		if st.Ended, why = a.time(fDecided, rw[fDecided]); why != "" {
			return why
		}
		st.Seq, st.Precision = len(r.Steps)+1, a.precision
		r.Steps = append(r.Steps, st)
		a.say(at, "The record says when it was decided and not what (decision: %s). It was kept as a decision whose "+
			"outcome the log does not say.", cmp.Or(a.column[fDecision], a.m.Fields["decision"], "not mapped"))
	case rw[fAccount] != "":
		a.say(at, "The record names who decides (account: %s), and neither an outcome nor a time: it was read as not "+
			"decided yet.", cmp.Or(a.m.Fields["account"], "a constant"))
	}
	return ""
}

// rule is what the activity of rw is at a gate, and its name in the mapping.
func (a *assembler) rule(rw *row) (ActivityRule, string) {
	if rw[fUnmet] != "" {
		return ActivityRule{}, ""
	}
	return a.activity(rw[fActivity])
}

// activity is what the mapping says of an activity, and how it spells it.
func (a *assembler) activity(name string) (ActivityRule, string) {
	if r, ok := a.m.Activities[name]; ok || len(a.m.Activities) == 0 {
		return r, name
	}
	if a.spellings == nil {
		a.spellings = map[string]string{}
		for _, n := range sortedKeys(a.m.Activities) {
			a.spellings["\x00"+run.FoldAccount(n)] = n
		}
	}
	known, ok := a.spellings[name]
	if !ok {
		known = a.spellings["\x00"+run.FoldAccount(name)]
		if len(a.spellings) < maxDistinct {
			a.spellings[strings.Clone(name)] = known
		}
	}
	if known == "" {
		return ActivityRule{}, name
	}
	return a.m.Activities[known], known
}

// meet marks rw where the conditions of its activity do not hold; value gives
// what stands in a column or at a path.
func (a *assembler) meet(rw *row, value func(string) string) {
	rule, _ := a.activity(rw[fActivity])
	for _, c := range rule.When {
		if !c.holds(value(c.Column)) {
			rw[fUnmet] = "1"
			return
		}
	}
}

// undecided tells whether a word for a decision says that nobody decided. A
// step of that name would look as if somebody had.
func (a *assembler) undecided(word string) bool {
	c, ok := a.words[fold(word)]
	return ok && !c.ByPerson() && c != run.AutoDecided
}

// decisionOf adds the decision that e is, where it is one.
func (a *assembler) decisionOf(r *run.Record, e *eventRow) (why string) {
	rw := e.row
	if e.kind != kindDecision && (e.kind != "" || rw[fDecision] == "" && e.rule.Code == "") {
		return ""
	}
	d := run.Decision{
		Gate:             cmp.Or(rw[fGate], e.rule.Gate),
		PreparedBy:       rw[fPreparedBy],
		Account:          cmp.Or(rw[fAccount], rw[fActor]),
		OfficerName:      rw[fOfficer],
		Role:             rw[fRole],
		Code:             e.rule.Code,
		Reason:           rw[fReason],
		AIRecommendation: rw[fAIRecommendation],
		ArgsDigest:       rw[fArgsDigest],
		PolicyVersion:    rw[fPolicyVersion],
		At:               e.at,
	}
	d.AICode = run.DecisionCode(rw[fAICode])
	if c, ok := a.explained[fold(rw[fAIRecommendation])]; ok && d.AICode == "" {
		d.AICode = c
		a.hits[hit{"decisions", fold(rw[fAIRecommendation])}]++
	}
	if d.Gate == "" && (a.carried && a.decides || rw[fUnmet] != "") {
		a.carryOn(r, rw)
		return ""
	}
	if d.Gate == "" {
		return fmt.Sprintf(
			"%q decides, but nothing says at which gate; say it in the mapping, under activities.",
			quote.Clip(rw[fActivity]),
		)
	}
	if why := a.outcome(&d, e); why != "" {
		return why
	}
	a.advise(&d)
	if why := a.decisionTimes(&d, e); why != "" {
		return why
	}
	switch fold(rw[fEdited]) {
	case "", "false", "no", "0", "n":
	case "true", "yes", "1", "y":
		d.Edited = true
	default:
		return fmt.Sprintf("edited: %q must be yes or no.", quote.Clip(rw[fEdited]))
	}
	a.eachOfficer(r, rw, d)
	return ""
}

// carryOn notes a record that holds what another one decided: the state of the case
// travels with every record, and only at the activities that decide is it a decision.
func (a *assembler) carryOn(r *run.Record, rw *row) {
	a.carriedOn.at(rw[fActivity], new(bool)).Events++
	if c, ok := a.words[fold(rw[fDecision])]; ok && c.ByPerson() && r.RunID != "" && a.carried {
		if a.carriedIn == nil {
			a.carriedIn = map[string]string{}
		}
		a.carriedIn[r.RunID] = rw[fActivity]
	}
}

// outcome reads what was decided.
func (a *assembler) outcome(d *run.Decision, e *eventRow) string {
	w := e.row[fDecision]
	if w == "" {
		if e.rule.Code != "" {
			a.fixed.at(e.row[fActivity], new(bool)).Events++
		}
		return ""
	}
	c, ok := a.words[fold(w)]
	if !ok {
		return fmt.Sprintf(
			"The decision %q is not explained; say in the mapping, under decisions, which outcome it is.",
			quote.Clip(w),
		)
	}
	d.Code = c
	a.hits[hit{"decisions", fold(w)}]++
	return ""
}

// decisionTimes reads when the matter was put before the officer, opened and decided.
func (a *assembler) decisionTimes(d *run.Decision, e *eventRow) (why string) {
	rw := e.row
	a.precision = run.ToSecond
	if d.Presented, why = a.time(fPresented, rw[fPresented]); why != "" {
		return why
	}
	ready := !d.Presented.IsZero() && a.clk.midnight
	if d.Opened, why = a.time(fOpened, rw[fOpened]); why != "" {
		return why
	}
	if d.Decided, why = a.time(fDecided, rw[fDecided]); why != "" {
		return why
	}
	done := !d.Decided.IsZero() && a.clk.midnight
	if d.Decided.IsZero() && (e.kind == kindDecision || !a.undecided(rw[fDecision])) {
		if d.Decided = e.ended; e.ended.IsZero() && rw[fNoEnd] == "" {
			d.Decided = e.started
		}
		done = e.midnight
		a.precision = a.precision.Coarser(e.precision)
	}
	a.atMidnight = a.atMidnight || ready && done && a.precision != run.ToDay && d.Presented.Equal(d.Decided)
	d.Precision = a.precision
	a.at(d.Decided)
	if rw[fPrecision] != "" {
		d.Precision = e.precision
	}
	if rw[fTimeTaken] != "" {
		return a.taken(d, rw[fTimeTaken], e.at)
	}
	return ""
}

// eachOfficer adds d once for each officer that it names: each of them decided.
func (a *assembler) eachOfficer(r *run.Record, rw *row, d run.Decision) {
	sep := a.between(fAccount)
	if rw[fAccount] == "" {
		sep = a.between(fActor)
	}
	if sep == "" {
		r.Decisions = append(r.Decisions, d)
		return
	}
	for _, who := range strings.Split(d.Account, sep) {
		if d.Account = strings.TrimSpace(who); d.Account != "" || !strings.Contains(rw[fAccount]+rw[fActor], sep) {
			r.Decisions = append(r.Decisions, d)
		}
	}
}

// oneAccount takes the account out of a value that is a JSON list of one, and asks where
// it is a list of several or an object: which of its values are accounts, and what
// several of them mean, only the mapping can say.
func (a *assembler) oneAccount(rw *row, f field) (why string) {
	v := rw[f]
	if v == "" || a.own || v[0] != '[' && v[0] != '{' {
		return ""
	}
	path := cmp.Or(a.column[f], a.m.Fields[fieldNames[f]], fieldNames[f])
	var object map[string]json.RawMessage
	if v[0] == '{' && json.Unmarshal([]byte(v), &object) == nil && len(object) > 0 {
		keys := sortedKeys(object)
		return fmt.Sprintf(
			"%s holds an object (%s), and not an account. Which of its values is the account? Say so in "+
				"the mapping (fields: {%s: %s.%s}).",
			path,
			quote.Clip(strings.Join(keys, ", ")),
			fieldNames[f],
			path,
			quote.Clip(keys[0]),
		)
	}
	var list []any
	if v[0] != '[' || json.Unmarshal([]byte(v), &list) != nil {
		return ""
	}
	var names []string
	for _, x := range list {
		switch x := x.(type) {
		case string:
			names = append(names, x)
		case map[string]any, []any:
			return fmt.Sprintf("%s holds a list of objects or lists, and not an account. Map what is inside it, or "+
				"take it as the list of records (records: {each: %s}).", path, path)
		case nil:
		default:
			names = append(names, fmt.Sprint(x))
		}
	}
	sep := a.between(f)
	if len(names) > 1 && sep == "" {
		return severalAccounts(path, fieldNames[f], names)
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(n, sep) }); sep != "" && i >= 0 {
		return fmt.Sprintf(
			"%s holds the account %q, which has %q in it, and the mapping takes lists apart there. Choose what no "+
				"account has (lists: {%s: \";\"}).",
			path,
			quote.Clip(names[i]),
			sep,
			fieldNames[f],
		)
	}
	rw[f] = strings.Join(names, sep)
	return ""
}

// between is what stands between the accounts of a list; empty where the mapping knows
// of none.
func (a *assembler) between(f field) string {
	return cmp.Or(a.m.Lists[fieldNames[f]], a.m.Lists["account"], a.m.Lists["actor"])
}

// severalAccounts asks what several accounts in one value mean.
func severalAccounts(path, name string, of []string) string {
	return fmt.Sprintf(
		"%s holds %d accounts (%s). If each of them decided, say so in the mapping (lists: {%s: \",\"}).",
		path,
		len(of),
		quote.Clip(strings.Join(of, ", ")),
		name,
	)
}

func act(s string) (run.Act, string) {
	switch v := run.Act(s); v {
	case run.ActNone, run.ActPrepare, run.ActDecide, run.ActRelease:
		return v, ""
	}
	return "", fmt.Sprintf("act: %q must be prepare, decide or release.", quote.Clip(s))
}

func (a *assembler) actorKind(s, actor string) (run.ActorKind, string) {
	switch v := run.ActorKind(s); v {
	case run.ActorUnknown:
	case run.ActorPerson, run.ActorSystem, run.ActorAgent:
		return v, ""
	default:
		return "", fmt.Sprintf("actor_kind: %q must be person, system or agent.", quote.Clip(s))
	}
	if k, ok := a.actors[actor]; ok {
		a.hits[hit{"actors", actor}]++
		return k, ""
	}
	for _, p := range a.prefix {
		if strings.HasPrefix(actor, p.prefix) {
			a.hits[hit{"actors", p.prefix + "*"}]++
			return p.kind, ""
		}
	}
	return run.ActorUnknown, ""
}

// close fills in what only the whole run tells: its beginning and end, where
// the log has none of its own, are those of its events.
func (a *assembler) close(r *run.Record) {
	from, to := r.Span()
	if r.Started.IsZero() && !from.IsZero() || r.Ended.IsZero() && !to.IsZero() {
		for i := range r.Steps {
			r.Precision = r.Precision.Coarser(r.Steps[i].Precision)
		}
		for i := range r.Decisions {
			r.Precision = r.Precision.Coarser(r.Decisions[i].Precision)
		}
	}
	if r.Started.IsZero() {
		r.Started = from
	}
	if r.Ended.IsZero() {
		r.Ended = to
	}
}
