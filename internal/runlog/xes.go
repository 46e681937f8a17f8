package runlog

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/prose"
	"assay/internal/run"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/xmlx"
)

// # XES
//
// Event logs as IEEE 1849 has them (XES 1.0 and 2.0, as .xes or .xes.gz). A
// trace is a run and its event elements are the run's events; a complete
// example, which a test reads:
//
//	<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
//	  <trace>
//	    <string key="concept:name" value="case-10011"/>
//	    <event>
//	      <string key="concept:name" value="T02 Check confirmation of receipt"/>
//	      <string key="org:resource" value="Resource10"/>
//	      <date key="time:timestamp" value="2011-10-12T08:26:25.398+02:00"/>
//	      <string key="lifecycle:transition" value="complete"/>
//	    </event>
//	  </trace>
//	</log>
//
// What is read, where a mapping does not say otherwise: of a trace
// concept:name (run_id) and channel (trigger_channel); of an event concept:name (activity), time:timestamp,
// org:resource (actor) and
// org:role (role). A mapping's fields name other attributes, of the event or of
// its trace. Attributes that begin with "assay:" are those that Assay's own
// export writes, one for each field of a mapping, and are read back as such. A
// mapping reaches an attribute inside another by the keys of both with a dot between
// them (outcome.officer). Other attributes, globals, classifiers and extensions are
// left aside.
//
// An event whose lifecycle:transition is complete, or absent, is a step that
// ended then. A start is joined with the next complete of the same activity and
// concept:instance, the longest waiting first: one step with a beginning and an
// end. Any other transition of the standard, and a start that nothing completes,
// is a step of its own with the transition after its name ("Check [schedule]"),
// which decides and releases nothing. What is no transition of the standard
// ("Completed") the mapping explains, under transitions. Where events begin
// activities, the order of their times counts and not that of the file.
//
// Traces of one name are parts of one run (the pages of an export): what stands
// in both counts once. A log of more than a million events is not held whole; a
// run of it that goes on far later is refused.
//
// An attribute of the standard's type list gives each of its values: at a gate,
// everybody whom org:resource lists did it. An attribute that stands twice in one
// event, with two values, refuses the run. Events outside any trace, which the
// standard allows, belong to no run and are counted so.
//
// A trace without concept:name is refused, and so is one with an event whose
// time has no zone, unless the mapping gives one. Document type declarations
// and entities refuse the file.

var xesFormat = &Format{
	Name:  XES,
	Title: "XES event log",
	Unit:  "trace",
	Item:  "event",
	Sniff: func(h *Head) Certainty {
		if h.XML {
			return Likely // the reader says where it is another kind of XML
		}
		return No
	},
	Read:  readXES,
	Write: beginXES,
	Ext:   "xes",
	Use:   "For process mining, a case for each run.",
}

// xesTrace and xesEvent say which attribute holds which field.
var (
	xesTrace = map[string]field{"concept:name": fRunID, "channel": fTriggerChannel}
	xesEvent = map[string]field{
		"concept:name":         fActivity,
		"time:timestamp":       fTime,
		"org:resource":         fActor,
		"org:role":             fRole,
		"lifecycle:transition": fTransition,
		"concept:instance":     fInstance,
	}
)

// ownPrefix begins the attributes and columns of Assay's own exports.
const ownPrefix = "assay:"

// keysOf maps attribute names to fields: the format's own, Assay's, and over
// them the mapping's.
func keysOf(own map[string]field, m *Mapping) paths {
	keys := paths{}
	for f, n := range fieldNames {
		keys[ownPrefix+n] = field(f)
	}
	mapped := map[field]bool{}
	if m != nil {
		for n := range m.Fields {
			f, _ := fieldOf(n)
			mapped[f] = true
		}
	}
	for k, f := range own {
		if !mapped[f] {
			keys[k] = f
		}
	}
	if m != nil {
		for n, k := range m.Fields {
			f, _ := fieldOf(n)
			keys[k] = f
		}
	}
	return keys
}

// xesHeld is an event of the trace that is being read.
type xesHeld struct {
	heldRow
	also []string // who did it besides, where a list names several
}

type xesReader struct {
	*xmlx.Reader
	*gatherer
	trace    paths
	event    paths
	nested   bool // the mapping names attributes inside others
	traceRow row
	events   []xesHeld // of the trace
	// runOfEvent says that an event of the trace named its run.
	runOfEvent bool
	bad        Refusal // what is wrong with an event of the trace, the first of it
	outside    int64   // events outside any trace
	order      *clock  // reads times to sort by, and counts none
	at         run.Position
}

func readXES(r io.Reader, o Options, s *sink) error {
	x := &xesReader{Reader: xmlx.NewReader(r, o.MaxLine), gatherer: newGatherer(o, s),
		trace: keysOf(xesTrace, o.Mapping), event: keysOf(xesEvent, o.Mapping), order: o.clock()}
	x.at.Offset, x.at.Part = -1, s.part
	for _, k := range x.m.Fields {
		x.nested = x.nested || strings.Contains(k, ".")
	}
	err := x.log()
	if err == nil {
		err = x.finish()
	}
	return after(err, s, x.at)
}

func (x *xesReader) log() error {
	for {
		tok, err := x.Next()
		if err != nil {
			return err
		}
		switch {
		case tok == xmlx.EOF:
			if x.outside > 0 {
				x.s.noRun(Refusal{At: run.Position{Offset: -1, Part: x.s.part}, Reason: fmt.Sprintf(
					"Outside any trace: %s. They belong to no run.", prose.Count(x.outside, "event"))}, x.outside)
			}
			return nil
		case tok != xmlx.Start:
		case x.Depth() == 1:
			if xmlx.Local(x.Name) != "log" {
				return x.Fail("This is XML, but no XES log: its root element is %q.", quote.Clip(string(x.Name)))
			}
		case xmlx.Local(x.Name) == "trace":
			x.at.Line++
			x.at.Item = 0
			if err := x.readTrace(); err != nil {
				return err
			}
		case x.Depth() == 2 && (xmlx.Local(x.Name) == "events" || xmlx.Local(x.Name) == "objects"):
			return ocelOne("")
		default:
			if xmlx.Local(x.Name) == "event" {
				x.outside++
				x.s.met(1)
			}
			if err := x.Skip(); err != nil {
				return err
			}
		}
	}
}

// readTrace reads a trace. What is wrong with it refuses its run, and reading
// goes on.
func (x *xesReader) readTrace() error {
	x.traceRow = row{}
	x.events, x.own, x.bad, x.runOfEvent = x.events[:0], false, Refusal{}, false
	begun := x.at
	for {
		tok, err := x.Next()
		if err != nil {
			return err
		}
		if tok == xmlx.End {
			break
		}
		if tok != xmlx.Start {
			continue
		}
		if xmlx.Local(x.Name) != "event" {
			key, value := x.Attr("key"), x.Attr("value")
			if f, ok := x.trace[string(key)]; ok {
				x.traceRow[f] = x.Word(value)
				x.own = x.own || bytes.HasPrefix(key, []byte(ownPrefix))
			}
			err := x.inside(string(key), x.trace, func(f field, v string) { x.traceRow[f] = v })
			if err != nil {
				return err
			}
			continue
		}
		if x.at.Item++; x.at.Item > gatherLimit {
			return fault.Unreadable(x.s.where(x.at), "The trace has more than %d events.", gatherLimit)
		}
		if err := x.readEvent(); err != nil {
			return err
		}
	}
	n := int64(max(1, len(x.events)))
	x.s.met(n)
	x.count(&x.traceRow)
	id := x.traceRow[fRunID]
	if id == "" || x.nothing[fold(id)] && !x.own {
		return x.s.refuseOf(Refusal{At: begun, Reason: "The run has no identifier: the trace has no concept:name."}, n)
	}
	if x.n += n; x.n > gatherLimit {
		// More than is held: what was read is passed on. A run of it that goes on
		// in a later trace is refused there.
		if err := x.flush(); err != nil {
			return err
		}
		x.n = n
	}
	x.part = int64(x.s.part)<<40 + x.at.Line
	h := x.of(id, begun)
	h.n += n
	h.inPart += n
	if h.bad != "" {
		return nil
	}
	x.inOrder()
	bad := x.bad
	if bad.Reason == "" {
		x.when = time.Time{}
		bad = Refusal{At: begun, Reason: x.run(&h.Record, &h.said, &x.traceRow)}
	}
	for i := range x.events {
		if bad.Reason != "" {
			break
		}
		bad = Refusal{At: x.events[i].at, Reason: x.addEvent(h, &x.events[i])}
	}
	if bad.Reason != "" {
		h.spoil(bad)
	}
	return nil
}

// inOrder puts the events of a trace in the order of their times where some
// begin an activity that others end: which of them belong together, their order
// tells.
func (x *xesReader) inOrder() {
	starts := false
	for i := range x.events {
		t := fold(x.events[i].rw[fTransition])
		starts = starts || t == "start" || x.transitions[t] == "start"
	}
	if !starts {
		return
	}
	times := make([]time.Time, len(x.events))
	sorted, falling := true, true
	for i := range x.events {
		e := &x.events[i].rw
		times[i], _ = x.order.parse(strings.TrimSpace(cmp.Or(e[fEnded], e[fTime], e[fStarted])))
		if i > 0 {
			sorted = sorted && !times[i].Before(times[i-1])
			falling = falling && !times[i].After(times[i-1])
		}
	}
	if sorted {
		return
	}
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	if falling { // newest first: events of one instant stand the other way round too
		slices.Reverse(order)
	}
	slices.SortStableFunc(order, func(a, b int) int { return times[a].Compare(times[b]) })
	events := make([]xesHeld, len(order))
	for i, from := range order {
		events[i] = x.events[from]
	}
	if x.unpaired(events) < x.unpaired(x.events) { // or else a clock ran backwards
		x.events = events
	}
}

// unpaired counts the starts that nothing completes in this order.
func (x *xesReader) unpaired(events []xesHeld) (n int) {
	open := map[string]int{}
	for i := range events {
		e := &events[i].rw
		id, t := e[fActivity]+"\x00"+e[fInstance], fold(e[fTransition])
		if other, ok := x.transitions[t]; ok {
			t = other
		}
		switch {
		case t == "start":
			open[id]++
			n++
		case t == "complete" && open[id] > 0:
			open[id]--
			n--
		}
	}
	return n
}

// readEvent reads an event's attributes.
func (x *xesReader) readEvent() error {
	x.events = append(x.events, xesHeld{heldRow: heldRow{at: x.at}})
	e := &x.events[len(x.events)-1]
	var by [nFields]string // the attribute that gave each field
	for {
		tok, err := x.Next()
		if err != nil {
			return err
		}
		if tok == xmlx.End {
			return nil
		}
		if tok != xmlx.Start {
			continue
		}
		attr := x.Attr("key")
		f, ok := x.event[string(attr)]
		if !ok {
			if err := x.inside(string(attr), x.event, func(f field, v string) { e.rw[f] = v }); err != nil {
				return err
			}
			continue
		}
		x.own = x.own || bytes.HasPrefix(attr, []byte(ownPrefix))
		key, value := x.Word(attr), x.Word(x.Attr("value"))
		if xmlx.Local(x.Name) == "list" {
			if value, err = x.readList(e, f); err != nil {
				return err
			}
		} else if err := x.inside(key, x.event, func(f field, v string) { e.rw[f] = v }); err != nil {
			return err
		}
		to := &e.rw
		if f <= fSequence {
			to = &x.traceRow
		}
		switch {
		case by[f] == key && to[f] != value:
			x.spoil("The event has %q twice, with two values.", key)
		case f == fRunID && to[f] != "" && to[f] != value && x.runOfEvent:
			x.spoil("The events of one trace name several runs under %q.", key)
		}
		x.runOfEvent = x.runOfEvent || f == fRunID
		by[f], to[f] = key, value
	}
}

// inside reads the attribute of that key, whose element just began, to its end. Where
// keys name attributes inside it, by the keys of both with a dot between them, it gives
// their values to set.
func (x *xesReader) inside(key string, keys paths, set func(field, string)) error {
	if !x.nested || !keys.Within(key) {
		return x.Skip()
	}
	depth := x.Depth()
	for {
		tok, err := x.Next()
		if err != nil || tok == xmlx.End && x.Depth() < depth {
			return err
		}
		if tok != xmlx.Start || xmlx.Local(x.Name) == "values" { // which stands around the elements of a list
			continue
		}
		inner := key + "." + string(x.Attr("key"))
		if f, ok := keys[inner]; ok {
			set(f, x.Word(x.Attr("value")))
		}
		if err := x.inside(inner, keys, set); err != nil {
			return err
		}
	}
}

// spoil keeps the first thing that is wrong with an event of the trace.
func (x *xesReader) spoil(format string, key string) {
	if x.bad.Reason == "" {
		x.bad = Refusal{At: x.at, Reason: fmt.Sprintf(format, quote.Clip(key))}
	}
}

// readList reads the values of a list to its end, and gives the first. Of those
// who did it the others are kept; of another field there can be one value only.
func (x *xesReader) readList(e *xesHeld, f field) (first string, err error) {
	key := x.Word(x.Attr("key"))
	var all []string
	for depth := 1; depth > 0; {
		tok, err := x.Next()
		switch {
		case err != nil:
			return "", err
		case tok == xmlx.End:
			depth--
		case tok == xmlx.Start:
			depth++
			if v := x.Word(x.Attr("value")); v != "" && !slices.Contains(all, v) {
				all = append(all, v)
			}
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	if f == fActor || f == fAccount {
		e.also = all[1:]
	} else if len(all) > 1 {
		x.spoil("The event lists several values under %q, and one is expected.", key)
	}
	return all[0], nil
}

func (x *xesReader) addEvent(h *heldRun, held *xesHeld) (why string) {
	e := &held.rw
	alone := *e
	if why := x.addRow(h, held); why != "" || len(held.also) == 0 || e[fKind] != "" {
		return why
	}
	// At a gate, everybody who did it matters.
	if rule, _ := x.rule(&alone); rule.Act == run.ActNone && alone[fDecision] == "" {
		return ""
	}
	for _, who := range held.also {
		other := alone
		other[fActor], other[fAccount], other[fStarted] = who, "", e[fStarted]
		if why := x.assembler.event(&h.Record, &other, held.at); why != "" {
			return why
		}
	}
	return ""
}

// addRow adds an event, as done by the first who did it.
func (x *xesReader) addRow(h *heldRun, held *xesHeld) (why string) {
	e := &held.rw
	if e[fKind] != "" {
		e[fTime] = "" // what Assay exports has each time under its own name too
		if e[fKind] != kindStep {
			e[fActivity] = ""
		}
		return x.assembler.event(&h.Record, e, held.at)
	}
	x.count(e)
	if e[fActivity] == "" {
		return "An event has no concept:name."
	}
	if e[fTransition] != "" && h.open == nil {
		h.open = map[string][]openStart{}
	}
	return x.lifecycle(&h.Record, e, held.at, h.open)
}
