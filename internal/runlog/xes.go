package runlog

import (
	"io"

	"assay/internal/fault"
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
// concept:name (run_id) and channel (trigger_channel); of an event concept:name (activity), time:timestamp, org:resource (actor) and
// org:role (role). A mapping's fields name other attributes, of the event or of
// its trace. Attributes that begin with "assay:" are those that Assay's own
// export writes, one for each field of a mapping, and are read back as such.
// Other attributes, globals, classifiers, extensions and nested attributes are
// left aside.
//
// An event whose lifecycle:transition is complete, or absent, is a step that
// ended then. A start is joined with the next complete of the same activity and
// concept:instance: one step with a beginning and an end. Any other transition,
// and a start that nothing completes, is a step of its own with the transition
// after its name ("Check [schedule]"), which decides and releases nothing.
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
func keysOf(own map[string]field, m *Mapping) map[string]field {
	keys := map[string]field{}
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

type xesReader struct {
	*xmlx.Reader
	*assembler
	s        *sink
	trace    map[string]field
	event    map[string]field
	traceRow row
	eventRow row
	open     map[string]openStart
	at       run.Position
}

func readXES(r io.Reader, o Options, s *sink) error {
	x := &xesReader{Reader: xmlx.NewReader(r, o.MaxLine), assembler: newAssembler(o), s: s,
		trace: keysOf(xesTrace, o.Mapping), event: keysOf(xesEvent, o.Mapping), open: map[string]openStart{}}
	x.at.Offset = -1
	err := x.log()
	x.clk.report(s)
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
			return nil
		case tok != xmlx.Start:
		case x.Depth() == 1:
			if string(x.Name) != "log" {
				return x.Fail("This is XML, but no XES log: its root element is %q.", quote.Clip(string(x.Name)))
			}
		case string(x.Name) == "trace":
			x.at.Line++
			x.at.Item = 0
			if err := x.readTrace(); err != nil {
				return err
			}
		default:
			if err := x.Skip(); err != nil {
				return err
			}
		}
	}
}

// readTrace reads a trace. What is wrong with it refuses it, and reading goes on.
func (x *xesReader) readTrace() error {
	x.traceRow = row{}
	clear(x.open)
	r := x.s.next()
	r.At = x.at
	why, whyAt := "", x.at
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
		if string(x.Name) != "event" {
			key, value := x.Attr("key"), x.Attr("value")
			if f, ok := x.trace[string(key)]; ok {
				x.traceRow[f] = x.Word(value)
			}
			if err := x.Skip(); err != nil {
				return err
			}
			continue
		}
		if x.at.Item++; x.at.Item > maxHeld {
			return fault.Unreadable(x.s.where(x.at), "The trace has more than %d events.", maxHeld)
		}
		if err := x.readEvent(); err != nil {
			return err
		}
		if why == "" {
			if why = x.addEvent(r); why != "" {
				whyAt = x.at
			}
		}
	}
	if w := x.run(r, &x.traceRow); why == "" {
		why = w
	}
	if why != "" {
		return x.s.refuse(Refusal{At: whyAt, RunID: r.RunID, Reason: why})
	}
	unfinished(r, x.open)
	x.close(r)
	return x.s.keep(r)
}

// readEvent reads an event's attributes into eventRow.
func (x *xesReader) readEvent() error {
	x.eventRow = row{}
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
		key, value := x.Attr("key"), x.Attr("value")
		if f, ok := x.event[string(key)]; ok {
			if f <= fSequence {
				x.traceRow[f] = x.Word(value)
			} else {
				x.eventRow[f] = x.Word(value)
			}
		}
		if err := x.Skip(); err != nil {
			return err
		}
	}
}

func (x *xesReader) addEvent(r *run.Record) (why string) {
	e := &x.eventRow
	if e[fKind] != "" {
		e[fTime] = "" // what Assay exports has each time under its own name too
		if e[fKind] != kindStep {
			e[fActivity] = ""
		}
		return x.assembler.event(r, e, x.at)
	}
	if e[fActivity] == "" {
		return "An event has no concept:name."
	}
	return x.lifecycle(r, e, x.at, x.open)
}
