package runlog

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/runlog/quote"
)

// A log of events has those of one run in many places: in several traces, on
// pages that overlap, in the files of a zip. A gatherer puts them together
// before any run is judged.

// gatherer holds runs whose events are scattered over a file, until it ends.
type gatherer struct {
	*assembler
	s     *sink
	byID  map[string]*heldRun
	order []*heldRun
	n     int64 // records that are held
	part  int64 // the trace or file that is being read; what of a run is in another is another part of it
	seen  map[uint64]uint64
	// Records that name a trace and no run: they belong to the run of their trace.
	runOf   map[string]string
	waiting map[string][]heldRow
	format  Name
	// Records of what was not finished when it was exported: where the same one stands in
	// the file finished, that is what happened.
	unended []heldRow

	threads map[string]*thread // by path and value
}

// thread is a value that may tell which traces belong to one case.
type thread struct {
	path, value string
	traces      map[string]bool
}

// inThread notes that a trace has a value that others may have too, because it
// names the conversation or case.
func (g *gatherer) inThread(path, value, trace string) {
	if value == "" || trace == "" || g.m.Fields["run_id"] != "" {
		return
	}
	t := g.threads[path+"\x00"+value]
	if t == nil {
		if len(g.threads) >= maxDistinct {
			return
		}
		t = &thread{strings.Clone(path), strings.Clone(value), map[string]bool{}}
		g.threads[t.path+"\x00"+t.value] = t
	}
	if len(t.traces) < 100 && !t.traces[trace] {
		t.traces[strings.Clone(trace)] = true
	}
}

// sayThreads proposes what may name the run where several traces share it.
func (g *gatherer) sayThreads() {
	n, shown := map[string]int{}, map[string]*thread{}
	for _, k := range sortedKeys(g.threads) {
		if t := g.threads[k]; len(t.traces) > 1 {
			n[t.path]++
			if shown[t.path] == nil {
				shown[t.path] = t
			}
		}
	}
	for _, path := range sortedKeys(n) {
		t := shown[path]
		g.s.note(Refusal{Reason: fmt.Sprintf(
			"%d values of %s stand in several traces each (%q in %d). Where that is the case or conversation, its "+
				"traces are one run: say so in the mapping (fields: {run_id: %s}).",
			n[path], path, quote.Clip(t.value), len(t.traces), path)})
	}
	clear(g.threads)
}

// heldRun is a run that is being put together.
type heldRun struct {
	run.Record             // the part that is being read
	whole      *run.Record // the parts before it
	said       lastSaid    // of the part
	part       int64
	n, inPart  int64 // records of the run, and of the part
	repeated   int64
	bad        string
	badAt      run.Position
	torn       bool
	own        bool // Assay wrote it, in the order in which it holds it
	open       map[string][]openStart
}

type heldRow struct {
	rw row
	at run.Position
	id string
}

// gatherLimit is how many records a gatherer holds.
const gatherLimit = 1_000_000

// newGatherer gives the gatherer of the file: that of the files before it in a
// zip, where these are of the same format.
func newGatherer(o Options, s *sink) *gatherer {
	for _, g := range s.gatherers {
		if g.format == s.res.Format {
			g.part = int64(s.part) << 40
			return g
		}
	}
	g := &gatherer{
		assembler: newAssembler(o, s),
		s:         s,
		byID:      map[string]*heldRun{},
		seen:      map[uint64]uint64{},
		runOf:     map[string]string{},
		waiting:   map[string][]heldRow{},
		format:    s.res.Format,
		threads:   map[string]*thread{},
		part:      int64(s.part) << 40,
	}
	s.gatherers = append(s.gatherers, g)
	return g
}

// of is the run with that identifier, made where there is none yet.
func (g *gatherer) of(id string, at run.Position) *heldRun {
	h := g.byID[id]
	if h == nil {
		h = &heldRun{Record: run.Record{RunID: strings.Clone(id), At: at}, part: g.part}
		g.byID[h.RunID] = h
		g.order = append(g.order, h)
	}
	h.own = g.own
	if h.part != g.part {
		g.join(h)
		h.Record, h.said = run.Record{RunID: h.RunID, At: at}, lastSaid{}
		h.part, h.inPart = g.part, 0
	}
	return h
}

// join puts the part that was read to those before it.
func (g *gatherer) join(h *heldRun) {
	unfinished(&h.Record, h.open)
	h.open = nil
	g.close(&h.Record)
	if h.whole == nil {
		part := h.Record
		h.whole = &part
		return
	}
	both := run.Merge(h.whole, &h.Record)
	again := max(
		len(h.whole.Steps)+len(h.Steps)-len(both.Steps),
		len(h.whole.Decisions)+len(h.Decisions)-len(both.Decisions),
	)
	h.repeated += min(h.inPart, int64(again))
	h.whole = &both
}

// add adds what rw says about the run and one event of it.
func (g *gatherer) add(rw *row, at run.Position) error { return g.addOnce(rw, at, "") }

// addOnce is add for a record with an identifier of its own: the same one again
// counts once, and refuses its run where it says something else.
func (g *gatherer) addOnce(rw *row, at run.Position, id string) error {
	g.s.met(1)
	if rw[fRunID] == "" {
		return g.s.refuseOf(Refusal{At: at, Reason: "The record names no run."}, 1)
	}
	return g.put(rw, at, id)
}

// addOf is addOnce for a record that may leave it to its trace which run it
// belongs to.
func (g *gatherer) addOf(rw *row, at run.Position, trace, id string) error {
	if trace == "" {
		return g.addOnce(rw, at, id)
	}
	g.s.met(1)
	if run := rw[fRunID]; run != "" {
		if other, ok := g.runOf[trace]; ok && other != run {
			run = "" // more than one: the trace tells nothing
		}
		g.runOf[strings.Clone(trace)] = strings.Clone(run)
		return g.put(rw, at, id)
	}
	if g.n++; g.n > gatherLimit {
		return g.full(at)
	}
	g.waiting[trace] = append(g.waiting[trace], heldRow{*rw, at, id})
	return nil
}

func (g *gatherer) full(at run.Position) error {
	return fault.Unreadable(g.s.where(at), "The file has more than %d events. Export it in parts.", gatherLimit)
}

func (g *gatherer) put(rw *row, at run.Position, id string) error {
	if g.n++; g.n > gatherLimit {
		return g.full(at)
	}
	h := g.of(rw[fRunID], at)
	if id != "" && unended(rw) {
		g.unended = append(g.unended, heldRow{*rw, at, id})
		return nil
	}
	return g.putIn(h, rw, at, id)
}

func (g *gatherer) putIn(h *heldRun, rw *row, at run.Position, id string) error {
	g.count(rw)
	if id != "" {
		key, content := maphash.String(idSeed, h.RunID+"\x00"+id), hashOf(rw[:])
		if held, ok := g.seen[key]; ok {
			if held == content || unended(rw) {
				h.n++
				h.repeated++
				return nil
			}
			if h.bad == "" {
				h.bad = fmt.Sprintf(
					"The record %q stands in this file more than once, with different content. Which of them is "+
						"right, Assay cannot tell: export it again.",
					quote.Clip(id))
				h.badAt = at
			}
		}
		g.seen[key] = content
	}
	h.n++
	h.inPart++
	if h.bad != "" {
		return nil
	}
	g.when = time.Time{}
	why := g.event(&h.Record, rw, at)
	if why == "" {
		why = g.run(&h.Record, &h.said, rw)
	}
	h.bad, h.badAt = why, at
	return nil
}

// hashOf tells texts apart.
func hashOf(texts []string) uint64 {
	var h maphash.Hash
	h.SetSeed(idSeed)
	for _, t := range texts {
		h.WriteString(t)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// spoil refuses a damaged record. Where its run is known, that run is refused
// with it: a run with a record missing would be reported as one that lacks a
// decision.
func (g *gatherer) spoil(id string, at run.Position, f Refusal) error {
	g.s.met(1)
	f.At = at
	if id == "" {
		return g.s.refuseOf(f, 1)
	}
	h := g.of(id, at)
	h.n++
	h.spoil(f)
	return nil
}

func (h *heldRun) spoil(f Refusal) {
	if h.bad == "" {
		h.bad, h.badAt, h.torn = f.Reason, f.At, f.Torn
	}
}

// finish passes on all runs, in the order in which they were first met. Of the
// files in a zip, it does so after the last.
func (g *gatherer) finish() error {
	g.clk.report(g.s)
	if g.s.part > 0 {
		return nil
	}
	return g.flush()
}

func (g *gatherer) flush() error {
	if len(g.threads) > 0 {
		g.sayThreads()
	}
	if len(g.waiting) > 0 {
		if err := g.assign(); err != nil {
			return err
		}
	}
	for i := range g.unended {
		u := &g.unended[i]
		if err := g.putIn(g.of(u.rw[fRunID], u.at), &u.rw, u.at, u.id); err != nil {
			return err
		}
	}
	g.unended = nil
	for i, h := range g.order {
		g.order[i] = nil
		if err := g.pass(h); err != nil {
			return err
		}
	}
	g.order, g.n = g.order[:0], 0
	clear(g.byID)
	return nil
}

// assign gives the records that named no run to the runs of their traces.
func (g *gatherer) assign() error {
	traces := sortedKeys(g.waiting)
	slices.SortFunc(traces, func(a, b string) int { // in the order of the file
		x, y := g.waiting[a][0].at, g.waiting[b][0].at
		if x.Part != y.Part {
			return x.Part - y.Part
		}
		return int(x.Line - y.Line)
	})
	for _, trace := range traces {
		rows := g.waiting[trace]
		delete(g.waiting, trace)
		g.n -= int64(len(rows))
		id := g.ownerOf(trace, rows)
		if id == "" {
			g.s.noRun(Refusal{At: rows[0].at, Reason: fmt.Sprintf(
				"%d records of the trace %q belong to no run: none of them, or more than one, is named in it.%s",
				len(rows), quote.Clip(trace), g.atGates(rows))}, int64(len(rows)))
			continue
		}
		for i := range rows {
			rows[i].rw[fRunID] = id
			if err := g.put(&rows[i].rw, rows[i].at, rows[i].id); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownerOf is the run that a trace belongs to: what its other records name, in this file
// or in one that is imported with it. A trace in which somebody decides, and of which no
// record names a run, is a run of its own. One without a decision may be the end of what
// was decided elsewhere, so that as a run it would show a release by nobody.
func (g *gatherer) ownerOf(trace string, rows []heldRow) string {
	id, named := g.runOf[trace]
	if named {
		return id
	}
	if id, named = g.s.others().Runs[trace]; named {
		return id
	}
	decides := func(h heldRow) bool { return h.rw[fDecision] != "" }
	named = len(g.runOf) > 0 || g.s.others().Fields["run_id"] // or else the path is wrong
	if !named || !slices.ContainsFunc(rows, decides) {
		return ""
	}
	g.s.note(Refusal{At: rows[0].at, Reason: fmt.Sprintf(
		"Nothing in the trace %q says which run it belongs to (run_id: %s): its %d records were read as a run of "+
			"their own. If they belong to a case, that case lacks them.",
		quote.Clip(trace), g.m.Fields["run_id"], len(rows))})
	return trace
}

// atGates names what records that belong to no run would be at a gate.
func (g *gatherer) atGates(rows []heldRow) string {
	var what []string
	for i := range rows {
		if rule, name := g.rule(&rows[i].rw); rule.Act != run.ActNone {
			if s := fmt.Sprintf("%s (%s)", quote.Clip(name), rule.Act); !slices.Contains(what, s) && len(what) < 5 {
				what = append(what, s)
			}
		}
	}
	if len(what) == 0 {
		return ""
	}
	return " Among them: " + strings.Join(what, ", ") + "."
}

// pass gives a run that is complete to the sink.
func (g *gatherer) pass(h *heldRun) error {
	g.join(h)
	if len(g.m.LeaveOut) > 0 {
		g.s.metIDs.add(h.RunID, 0)
	}
	n := h.n - h.repeated
	g.s.res.Totals.Repeated += h.repeated
	if h.bad != "" {
		return g.s.refuseOf(Refusal{At: h.badAt, RunID: h.RunID, Reason: h.bad, Torn: h.torn}, n)
	}
	if on, ok := g.carriedIn[h.RunID]; ok && len(h.whole.Decisions) == 0 {
		return g.s.refuseOf(Refusal{At: h.whole.At, RunID: h.RunID, Reason: fmt.Sprintf(
			"%q holds a decision, and no step at a gate of this run does. At which gate was it made? Say so in the "+
				"mapping (activities: {%s: {gate: …, act: decide}}).", quote.Clip(on), quote.Clip(on))}, n)
	}
	r := g.s.next()
	*r = *h.whole
	if !h.own {
		r.Sort()
		r.Present()
		g.sayTwice(r)
	}
	return g.s.keepOf(r, n)
}

// sayTwice notes where an officer decides twice at one time: two records of one decision
// may differ in something that was counted as another.
func (g *gatherer) sayTwice(r *run.Record) {
	for i := 1; i < len(r.Decisions); i++ {
		a, b := &r.Decisions[i-1], &r.Decisions[i]
		if a.Precision != run.ToDay && !a.Decided.IsZero() && a.Decided.Equal(b.Decided) && a.Gate == b.Gate &&
			a.Account != "" && a.Account == b.Account {
			g.say(b.At, "The run has two decisions of one officer at one gate and one time, which differ in something "+
				"else: they were counted as two.")
		}
	}
}

// unmatched says which entries of the mapping nothing in the file was like, and
// refuses the import where one of them says which run, account or decision a
// record has: their absence would read as if nobody had decided.
func (s *sink) unmatched() error {
	blanked, fixed := names{}, names{}
	var found [nFields]int64
	hits := map[hit]int64{}
	asked := int64(0)
	var m *Mapping
	for _, a := range s.assemblers {
		m = a.m
		asked += a.asked
		for f, n := range a.found {
			found[f] += n
		}
		for h, n := range a.hits {
			hits[h] += n
		}
		for _, c := range a.carriedOn.list() {
			s.note(Refusal{Reason: fmt.Sprintf(
				"%d records of %q hold a decision too, and decide at no gate; what they hold was taken to be "+
					"carried along.", c.Events, quote.Clip(c.Name))})
		}
		for _, c := range a.fixed {
			fixed.at(c.Name, &s.res.More).Events += c.Events
		}
		for _, c := range a.blanked {
			blanked.at(c.Name, &s.res.More).Events += c.Events
		}
		for _, r := range a.remarked {
			if r.n > 1 {
				r.Reason += fmt.Sprintf(" (%d times)", r.n)
			}
			s.note(r.Refusal)
		}
		if err := a.sayOrders(s); err != nil {
			return err
		}
		if err := a.askMidnights(); err != nil {
			return err
		}
	}
	s.sayAdvice()
	for _, c := range fixed.list() {
		s.note(Refusal{Reason: fmt.Sprintf(
			"%q was read as %s because the mapping says so (%d times); the log says no outcome there.",
			quote.Clip(c.Name), m.Activities[c.Name].Code, c.Events)})
	}
	for _, c := range blanked.list() {
		f, v, _ := strings.Cut(c.Name, "\x00")
		s.note(Refusal{Reason: fmt.Sprintf(
			"%q in %s was read as no value (%d times). Where it is one, say so in the mapping (nothing: []).", v, f,
			c.Events)})
	}
	if m == nil || s.res.Totals.Used == 0 {
		return nil
	}
	// Of a decision that is waited for, nothing says who made it, and what it was.
	waits := asked > 0 && !slices.ContainsFunc(sortedKeys(m.Activities), func(n string) bool {
		return m.Activities[n].Act == run.ActDecide && hits[hit{"activities", n}] > 0
	})
	var missed []string
	for _, n := range sortedKeys(m.Fields) {
		f, _ := fieldOf(n)
		if found[f] > 0 || slices.Contains(m.Optional, n) {
			continue
		}
		missed = append(missed, fmt.Sprintf("fields: %s: %s", n, m.Fields[n]))
		needed := n == "run_id" || (n == "account" || n == "decision") && !waits
		if needed && !IsTable(s.res.Format) && !ocel(s.res.Format) && !s.others().Fields[n] {
			return fault.Unreadable("mapping",
				"Nothing in the file stands where the mapping looks for %s (%s). Correct the path, or say "+
					"\"optional: [%s]\" in the mapping if this file has none.",
				n, m.Fields[n], n)
		}
	}
	missed = append(missed, s.missedWords(m, hits)...)
	slices.Sort(missed)
	s.res.Unmatched = missed
	return nil
}

// missedWords are the entries of the mapping, beside its fields, that nothing in the file was
// like: activities, words for decisions and transitions, accounts, and rules that leave out.
func (s *sink) missedWords(m *Mapping, hits map[hit]int64) (missed []string) {
	for _, n := range sortedKeys(m.Activities) {
		if hits[hit{"activities", n}] == 0 {
			missed = append(missed, "activities: "+n)
		}
	}
	for c, words := range m.Decisions {
		for _, w := range words {
			if hits[hit{"decisions", fold(w)}] == 0 {
				missed = append(missed, fmt.Sprintf("decisions: %s: %s", c, w))
			}
		}
	}
	for k, accounts := range m.Actors {
		for _, n := range accounts {
			if hits[hit{"actors", n}] == 0 {
				missed = append(missed, fmt.Sprintf("actors: %s: %s", k, n))
			}
		}
	}
	for t, words := range m.Transitions {
		for _, w := range words {
			if hits[hit{"transitions", fold(w)}] == 0 {
				missed = append(missed, fmt.Sprintf("transitions: %s: %s", t, w))
			}
		}
	}
	for _, l := range m.LeaveOut {
		if s.left[l.Name] == nil {
			missed = append(missed, "leave_out: "+l.Name)
		}
	}
	return missed
}

func ocel(f Name) bool { return f == OCELJSON || f == OCELXML || f == OCELSQLite }
