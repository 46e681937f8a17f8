package runlog

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # OCEL 2.0
//
// Object-centric event logs (ocel-standard.org), as JSON, XML or SQLite. Runs
// are objects; a complete example in JSON, which a test reads:
//
//	{"objectTypes": [{"name": "run", "attributes": [{"name": "outcome", "type": "string"}]}, {"name": "officer", "attributes": []}],
//	 "eventTypes": [{"name": "Propose priority", "attributes": []}, {"name": "gate decision", "attributes": [{"name": "decision", "type": "string"}, {"name": "gate", "type": "string"}]}],
//	 "events": [
//	  {"id": "e1", "type": "Propose priority", "time": "2026-06-01T09:11:50Z", "attributes": [], "relationships": [{"objectId": "run-88", "qualifier": "of"}]},
//	  {"id": "e2", "type": "gate decision", "time": "2026-06-01T09:12:04Z", "attributes": [{"name": "decision", "value": "approved"}, {"name": "gate", "value": "officer-decision"}],
//	   "relationships": [{"objectId": "run-88", "qualifier": "decides"}, {"objectId": "off-7", "qualifier": "decided by"}]}],
//	 "objects": [{"id": "run-88", "type": "run", "attributes": [{"name": "outcome", "value": "urgent", "time": "1970-01-01T00:00:00Z"}]}, {"id": "off-7", "type": "officer"}]}
//
// Objects of type "run", or of the type that the mapping names as run_id, are
// runs. An event belongs to every run that it is related to. Its type is the
// activity, and its time when that ended. An object of type officer, user,
// resource, person, employee, account or agent that it is related to is the
// account that did it; with a qualifier that begins with "prepared", the one
// that prepared. Attributes of events and runs are read where they carry the
// name of a field, with or without "assay:" before it, or the name that the
// mapping gives one. An event with a decision makes a decision, and one whose
// activity the mapping explains a step at a gate.
//
// Objects may stand before or after the events, so that events are held until
// the file ends, a million at most. Positions count events from 1 in the order
// of the file (of a database: of its identifiers).

var ocelJSONFormat = &Format{
	Name:  OCELJSON,
	Title: "OCEL 2.0 event log (JSON)",
	Unit:  "event",
	Item:  "item",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && (h.has("objectTypes") || h.has("eventTypes") || h.has("relationships", "objectId")))
	},
	Read:  readOCELJSON,
	Write: beginOCELJSON,
	Ext:   "json",
	Use:   "For object-centric process mining.",
}

// ocelOne says that a file is a log of the standard's first version.
func ocelOne(name string) error {
	return fault.Unreadable(name,
		"This is an object-centric log of the first version (OCEL 1.0), and Assay reads the second. Convert it, for "+
			"example with pm4py: write_ocel2_json(read_ocel(\"old\"), \"new.json\").")
}

// ocelHeld is how many events are held.
const ocelHeld = 1_000_000

// actorTypes are the object types that stand for accounts.
var actorTypes = map[string]bool{
	"officer":  true,
	"user":     true,
	"resource": true,
	"person":   true,
	"employee": true,
	"account":  true,
	"agent":    true,
}

type ocelEvent struct {
	id    string
	kind  string // event type
	time  string
	cells []cell
	rels  []ocelRel
	at    run.Position
}

type ocelRel struct{ object, qualifier string }

// ocelLog collects the parts of a log until it can be put together.
type ocelLog struct {
	*assembler
	s       *sink
	said    lastSaid // of the run that is put together
	keys    map[string]field
	runType string
	runsOf  []int  // to how many runs each event belongs, -1 for one that is repeated
	bad     []bool // the event's run is refused
	events  []ocelEvent
	types   map[string]string // object → type
	runs    map[string][]cell // run → its attributes
	seen    map[string]int    // object types and how many
	words   map[string]string
	ids     map[string]int // events by identifier

	idle      int64  // runs without an event and a time
	firstIdle string // the first of them
}

// stamped is an attribute's value and since when it had it.
type stamped struct {
	cell
	since string
}

// latest is of each field the value that it had last.
func (l *ocelLog) latest(values []stamped) (out []cell) {
	at := map[field]int{}
	since := map[field]time.Time{}
	c := clock{loc: time.UTC, days: true}
	for _, v := range values {
		t, _ := c.parse(v.since) // where it cannot be read, it is as old as can be
		i, ok := at[v.f]
		if !ok {
			at[v.f], since[v.f] = len(out), t
			out = append(out, v.cell)
			continue
		}
		if !t.Before(since[v.f]) {
			out[i], since[v.f] = v.cell, t
		}
	}
	return out
}

func newOCEL(o Options, s *sink) *ocelLog {
	own := map[string]field{}
	for f, n := range fieldNames {
		own[n] = field(f)
	}
	l := &ocelLog{
		assembler: newAssembler(o, s),
		s:         s,
		keys:      keysOf(own, o.Mapping),
		runType:   "run",
		types:     map[string]string{},
		runs:      map[string][]cell{},
		seen:      map[string]int{},
		words:     map[string]string{},
		ids:       map[string]int{},
	}
	if t := l.m.Fields["run_id"]; t != "" {
		l.runType = t
	}
	return l
}

// word keeps one copy of words that come again.
func (l *ocelLog) word(s string) string {
	if w, ok := l.words[s]; ok {
		return w
	}
	s = strings.Clone(s)
	if len(s) <= 64 && len(l.words) < 1<<16 {
		l.words[s] = s
	}
	return s
}

func (l *ocelLog) object(id, kind string, attrs []cell) error {
	if id == "" {
		return fault.Unreadable("", "An object has no id.")
	}
	if _, ok := l.types[id]; ok {
		return fault.Unreadable("", "The object %q stands twice.", quote.Clip(id))
	}
	kind = l.word(kind)
	l.types[strings.Clone(id)] = kind
	if l.seen[kind]++; len(l.seen) > 10_000 {
		return fault.Unreadable("", "There are more than 10,000 types of objects.")
	}
	if kind == l.runType {
		l.runs[id] = attrs
	}
	return nil
}

func (l *ocelLog) event(e ocelEvent) error {
	if len(l.events) >= ocelHeld {
		return fault.Unreadable(l.s.where(e.at), "The log has more than %d events. Export it in parts.", ocelHeld)
	}
	e.at.Offset, e.at.Part = -1, l.s.part
	l.s.met(1)
	l.events = append(l.events, e)
	return nil
}

// again tells whether an event stands in the file before, equal in all that is
// read of it; the same identifier with another content is a fault.
func (l *ocelLog) again(i int) (bool, error) {
	e := &l.events[i]
	if e.id == "" {
		return false, nil
	}
	first, ok := l.ids[e.id]
	if !ok {
		l.ids[e.id] = i
		return false, nil
	}
	f := &l.events[first]
	if f.kind == e.kind && f.time == e.time && slices.Equal(f.cells, e.cells) && slices.Equal(f.rels, e.rels) {
		return true, nil
	}
	return false, fault.Unreadable(l.s.where(e.at),
		"The event %q stands twice, with different content. Which of them is right, Assay cannot tell: export it "+
			"again.", quote.Clip(e.id))
}

// finish puts the runs together, in the order of their first events.
func (l *ocelLog) finish() error {
	defer l.clk.report(l.s)
	if l.seen[l.runType] == 0 {
		var names []string
		for n := range l.seen {
			names = append(names, quote.Clip(n))
		}
		sort.Strings(names)
		return fault.Unreadable(
			"",
			"No object is of the type %q. Say in the mapping which type stands for a run (fields: run_id: TYPE). "+
				"The types are %s.",
			quote.Clip(l.runType),
			strings.Join(names[:min(len(names), 40)], ", "),
		)
	}
	byRun := map[string][]int{}
	var order []string
	l.runsOf = make([]int, len(l.events))
	l.bad = make([]bool, len(l.events))
	for i := range l.events {
		e := &l.events[i]
		again, err := l.again(i)
		if err != nil {
			return err
		}
		if again {
			l.s.res.Totals.Repeated++
			l.runsOf[i] = -1
			continue
		}
		for _, r := range e.rels {
			if l.types[r.object] != l.runType {
				continue
			}
			l.runsOf[i]++
			if ids := byRun[r.object]; len(ids) > 0 && ids[len(ids)-1] == i {
				continue // related twice
			} else if ids == nil {
				order = append(order, r.object)
			}
			byRun[r.object] = append(byRun[r.object], i)
		}
	}
	for _, id := range order {
		if err := l.one(id, byRun[id]); err != nil {
			return err
		}
		delete(l.runs, id)
	}
	// Runs without any event are runs all the same.
	var rest []string
	for id := range l.runs {
		rest = append(rest, id)
	}
	sort.Strings(rest)
	for _, id := range rest {
		l.s.met(1)
		if err := l.one(id, nil); err != nil {
			return err
		}
	}
	if l.idle > 0 {
		l.s.noRun(Refusal{At: run.Position{Offset: -1, Part: l.s.part}, Reason: fmt.Sprintf(
			"Runs of which this file has neither an event nor a time, and which were left aside: %d. The first is %q.",
			l.idle, quote.Clip(l.firstIdle))}, l.idle)
	}
	l.balance()
	return nil
}

// balance counts what became of the events, and names the decisions that belong
// to no run of the file.
func (l *ocelLog) balance() {
	lost, none := 0, int64(0)
	var first *ocelEvent
	for i := range l.events {
		e := &l.events[i]
		switch {
		case l.runsOf[i] < 0: // repeated
		case l.runsOf[i] == 0:
			none++
			if first == nil {
				first = e
			}
			if l.decides(e) {
				if lost++; lost == 1 {
					first = e
				}
			}
		case l.bad[i]:
			l.s.res.Totals.Refused++
		default:
			l.s.res.Totals.Used++
		}
	}
	switch {
	case lost > 0:
		l.s.noRun(Refusal{At: first.at, Reason: fmt.Sprintf(
			"%d events belong to no run of this file, %d of them decisions. The first is %q.", none, lost,
			quote.Clip(cmp.Or(first.id, first.kind)))}, none)
	case none > 0:
		l.s.noRun(Refusal{At: first.at, Reason: fmt.Sprintf("%d events belong to no run of this file.", none)}, none)
	}
}

// decides tells whether an event is a decision, or a step that decides.
func (l *ocelLog) decides(e *ocelEvent) bool {
	rule, _ := l.activity(e.kind)
	return e.kind == "gate decision" || rule.Act == run.ActDecide ||
		slices.ContainsFunc(e.cells, func(c cell) bool { return c.f == fDecision })
}

func (l *ocelLog) one(id string, events []int) error {
	r := l.s.next()
	r.At.Offset, r.At.Part = -1, l.s.part
	var rw row
	rw[fRunID] = id
	for _, c := range l.runs[id] {
		if c.f != fRunID {
			rw[c.f] = c.v
		}
	}
	if len(events) > 0 {
		r.At.Line = l.events[events[0]].at.Line
	}
	l.when, l.said = time.Time{}, lastSaid{}
	why, at := l.run(r, &l.said, &rw), r.At
	if why == "" && len(events) == 0 && r.Started.IsZero() && r.Ended.IsZero() {
		// Usual where a log was cut: its objects are all there, the events of a part.
		if l.idle++; l.idle == 1 {
			l.firstIdle = id
		}
		return nil
	}
	for _, i := range events {
		if why != "" {
			break
		}
		at = l.events[i].at
		why = l.eventOf(r, &l.events[i])
	}
	n := int64(0)
	if len(events) == 0 {
		n = 1 // a run without events is a record of its own
	}
	if why != "" {
		for _, i := range events {
			l.bad[i] = true
		}
		return l.s.refuseOf(Refusal{At: at, RunID: id, Reason: why}, n)
	}
	l.close(r)
	refused := l.s.res.RefusedCount
	err := l.s.keepOf(r, n)
	if l.s.res.RefusedCount > refused {
		for _, i := range events {
			l.bad[i] = true
		}
	}
	return err
}

// eventOf adds one event to the run that it is related to.
func (l *ocelLog) eventOf(r *run.Record, e *ocelEvent) (why string) {
	rw := row{fEnded: e.time}
	if e.kind != "gate decision" {
		rw[fActivity] = e.kind
	}
	for _, c := range e.cells {
		rw[c.f] = c.v
	}
	actors := l.actorsOf(e, &rw)
	if rw[fActor] == "" && len(actors) > 0 {
		rw[fActor] = actors[0]
	}
	if k := rw[fKind]; k != "" { // Assay's own export says what each event is
		if k != kindStep {
			rw[fActivity] = ""
		}
		if rw[fTime] == "none" || k == kindStep && rw[fStarted] != "" && rw[fTime] == "started" {
			rw[fEnded] = ""
		}
		rw[fTime] = ""
	}
	rw[fRunID] = ""
	l.own = rw[fKind] != ""
	l.count(&rw)
	l.when = time.Time{}
	alone := rw
	why = l.assembler.event(r, &rw, e.at)
	if why == "" {
		why = l.run(r, &l.said, &rw)
	}
	// At a gate, everybody who did it matters.
	for _, who := range actors[min(1, len(actors)):] {
		rule, _ := l.activity(e.kind)
		if why == "" && rw[fKind] == "" && (rule.Act != run.ActNone || l.decides(e)) {
			other := alone
			other[fActor], other[fAccount] = who, ""
			why = l.assembler.event(r, &other, e.at)
		}
	}
	return why
}

// actorsOf are the accounts that an event is related to, apart from who prepared
// what was decided, which goes into rw.
func (l *ocelLog) actorsOf(e *ocelEvent, rw *row) (actors []string) {
	for _, rel := range e.rels {
		if !actorTypes[strings.ToLower(l.types[rel.object])] {
			continue
		}
		who := rel.object
		if rw[fKind] != "" {
			who = strings.TrimPrefix(who, "account:")
		}
		if strings.HasPrefix(strings.ToLower(rel.qualifier), "prepared") {
			rw[fPreparedBy] = who
		} else if !slices.Contains(actors, who) {
			actors = append(actors, who)
		}
	}
	return actors
}

func readOCELJSON(r io.Reader, o Options, s *sink) error {
	j, l := jsonx.NewStream(r, o.MaxLine), newOCEL(o, s)
	var at run.Position
	err := j.Object(func(name string) error {
		switch name {
		case "events":
			return j.List(func() error {
				at.Line++
				p, err := j.Value()
				if err != nil {
					return err
				}
				e := ocelEvent{at: at}
				p.Members("an event", func(k string) {
					switch k {
					case "id":
						e.id = p.String(k)
					case "type":
						e.kind = l.word(p.String(k))
					case "time":
						e.time = p.String(k)
					case "attributes":
						e.cells = cellsOf(l.attributes(p))
					case "relationships":
						p.Elements(k, func() {
							var rel ocelRel
							p.Members(k, func(k string) {
								switch k {
								case "objectId":
									rel.object = p.String(k)
								case "qualifier":
									rel.qualifier = l.word(p.String(k))
								default:
									p.Skip(1)
								}
							})
							e.rels = append(e.rels, rel)
						})
					default:
						p.Skip(1)
					}
				})
				if !p.End() {
					return j.Fail("%s", p.Msg)
				}
				return l.event(e)
			})
		case "objects":
			return j.List(func() error {
				p, err := j.Value()
				if err != nil {
					return err
				}
				var id, kind string
				var attrs []cell
				p.Members("an object", func(k string) {
					switch k {
					case "id":
						id = p.String(k)
					case "type":
						kind = p.String(k)
					case "attributes":
						attrs = l.latest(l.attributes(p))
					default:
						p.Skip(1)
					}
				})
				if !p.End() {
					return j.Fail("%s", p.Msg)
				}
				if err := l.object(id, kind, attrs); err != nil {
					return j.Fail("%s", err.Error())
				}
				return nil
			})
		}
		return j.Skip()
	})
	if err == nil {
		err = j.End()
	}
	if err != nil {
		return after(err, s, at)
	}
	return l.finish()
}

// attributes reads [{"name": …, "value": …}] into the fields that are known.
func (l *ocelLog) attributes(p *jsonx.Value) []stamped {
	var out []stamped
	p.Elements("attributes", func() {
		var name, value, since string
		p.Members("attributes", func(k string) {
			switch k {
			case "name":
				name = p.String(k)
			case "value":
				value = p.Scalar(k)
			case "time":
				since = p.Scalar(k)
			default:
				p.Skip(1)
			}
		})
		if f, ok := l.keys[name]; ok && value != "" {
			out = append(out, stamped{cell{f, value}, since})
		}
	})
	return out
}

func cellsOf(values []stamped) (out []cell) {
	for _, v := range values {
		out = append(out, v.cell)
	}
	return out
}
