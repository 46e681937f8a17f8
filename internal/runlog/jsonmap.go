package runlog

import (
	"fmt"
	"io"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # JSON records, by mapping
//
// Any JSON that is a list of records, a document with such a list in it, or a
// record a line, explained by a mapping like a table: where a table has columns,
// this has paths. It is for the platforms that have no reader of their own. A
// complete example, which a test reads with the mapping below it:
//
//	{"page": 1, "tasks": [
//	  {"case": {"ref": "CT/26/00017"}, "asked": "2026-06-01T09:00:00Z", "answers": [
//	    {"id": "a1", "by": {"login": "e.haldane"}, "said": "yes", "at": "2026-06-01T09:20:00Z", "void": false},
//	    {"id": "a2", "by": {"login": "c.ibbotson"}, "said": "no", "at": "2026-06-01T09:40:00Z", "void": true}]}]}
//
//	assay_mapping: 1
//	records: {at: tasks, each: answers}
//	fields: {run_id: case.ref, presented: asked, account: answers.by.login, decision: answers.said, decided: answers.at}
//	constants: {gate: officer-decision}
//	decisions: {approved: ["yes"], rejected: ["no"]}
//	leave_out: [{name: withdrawn, when: [{column: answers.void, is: ["true"]}]}]
//
// records.at is the path to the list, empty where the document is the list or has one record a line;
// records.each a list inside each record, of which every element is an event that says what its record
// says too. A record without such elements is an event of its own. The path may lead through other
// lists (each: events.parts): what their elements say is said of every event in them. A * is every
// member of an object, for those who keep records, or events, under their identifiers instead of in a
// list (each: tasks.*, fields: {ended: tasks.*.finished}). A list of single values is those values
// joined by commas. Everything else of a mapping is as for tables: rows: run with events, joins,
// leave_out, conditions.

var jsonMapFormat = &Format{
	Name:  JSONMap,
	Title: "JSON records, by mapping",
	Unit:  "record",
	Item:  "element",
	Read:  readJSONMap,
}

// Records says where a JSON document has its records.
type Records struct {
	At   string `yaml:"at,omitempty"   json:"at,omitempty"`   // path to the list; empty: the document itself
	Each string `yaml:"each,omitempty" json:"each,omitempty"` // path to a list inside each record
}

type jsonMapReader struct {
	*gatherer
	keys paths
	at   run.Position
	each string
	// Paths that lead to a list of several values in the record that is being read.
	several map[string]bool
}

func readJSONMap(r io.Reader, o Options, s *sink) error {
	x := &jsonMapReader{gatherer: newGatherer(o, s), at: run.Position{Offset: -1, Part: s.part}, keys: paths{},
		several: map[string]bool{}}
	var path []string
	if rec := x.m.Records; rec != nil {
		x.each = rec.Each
		if rec.At != "" {
			path = strings.Split(rec.At, ".")
		}
	}
	// Every path that the mapping names leads somewhere; what it is for is seen to later.
	for _, c := range x.m.Fields {
		x.keys[c] = fUnmet
	}
	for _, e := range x.m.Events {
		for _, c := range e.columns() {
			x.keys[c.v] = fUnmet
		}
	}
	if strings.HasSuffix(x.each, ".*") {
		x.keys[x.each] = fUnmet
	}
	j := jsonx.NewStream(r, o.MaxLine)
	for {
		c, err := j.Peek()
		if err == nil && c == 0 {
			return x.finish()
		}
		if err == nil {
			err = x.find(j, path)
		}
		if err != nil {
			return after(err, s, x.at)
		}
	}
}

// find walks to the records at path.
func (x *jsonMapReader) find(j *jsonx.Stream, path []string) error {
	c, err := j.Peek()
	switch {
	case err != nil:
		return err
	case c == '[':
		return j.List(func() error { return x.find(j, path) })
	case len(path) == 0:
		return x.record(j)
	case c != '{':
		return j.Skip()
	}
	var pg page
	before := x.at.Line
	err = j.Object(func(name string) error {
		if name == path[0] || path[0] == "*" {
			return x.find(j, path[1:])
		}
		c, err := j.Peek()
		if err != nil {
			return err
		}
		return pg.member(j, name, c)
	})
	if err == nil {
		pg.say(x.s, x.at.Line-before)
	}
	return err
}

func (x *jsonMapReader) record(j *jsonx.Stream) error {
	x.at.Line++
	x.at.Item = 0
	p, err := j.Value()
	if err != nil {
		return err
	}
	v := map[string]string{}
	var elements []map[string]string
	clear(x.several)
	x.values(p, "", v, &elements)
	if !p.End() {
		return x.spoil(
			v[x.m.Fields["run_id"]], x.at, Refusal{Reason: p.Msg, Excerpt: quote.Excerpt(p.Bytes), Torn: p.Torn},
		)
	}
	if len(elements) == 0 {
		return x.one(func(path string) string { return v[path] })
	}
	for i, e := range elements {
		x.at.Item = int64(i + 1)
		err := x.one(func(path string) string {
			if own, ok := e[path]; ok {
				return own
			}
			return v[path]
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// values reads the values below a path into v, and the elements of the inner list.
func (x *jsonMapReader) values(p *jsonx.Value, path string, v map[string]string, elements *[]map[string]string) {
	p.Values(path, x.keys, func(path, value string) { v[path] = value }, func(at string) bool {
		inner := elements != nil && at == x.each
		// A list on the way to that of the events: each of its elements has some.
		outer := elements != nil && len(at) < len(x.each) && x.each[len(at)] == '.' && x.each[:len(at)] == at
		_, read := x.keys[at]
		if !inner && !outer && !read {
			return false
		}
		var list []string
		from := p.Pos
		each := p.Elements
		if inner && strings.HasSuffix(at, ".*") {
			each = func(at string, f func()) { p.Members(at, func(string) { f() }) }
		}
		each(at, func() {
			switch {
			case p.Pos < len(p.Bytes) && p.Bytes[p.Pos] == '{' && inner:
				e := map[string]string{}
				x.values(p, at, e, nil)
				*elements = append(*elements, e)
			case p.Pos < len(p.Bytes) && p.Bytes[p.Pos] == '{' && outer:
				x.nested(p, at, elements)
			case p.Pos < len(p.Bytes) && (p.Bytes[p.Pos] == '{' || p.Bytes[p.Pos] == '['):
				p.Skip(1)
			default:
				if s := p.Scalar(at); s != "" {
					list = append(list, s)
				}
			}
		})
		switch {
		case len(list) > 0:
			v[at] = strings.Join(list, ",")
			// A comma inside the one account of a list is not between two accounts.
			if x.ofAccounts(at) {
				v[at], _ = listOf(list)
			}
		case read && !inner && p.Msg == "": // of objects
			v[at] = jsonx.Text(p.Bytes[from:p.Pos])
		}
		if len(list) > 1 {
			x.several[at] = true
		}
		return true
	})
}

// ofAccounts tells whether a path leads to those who acted.
func (x *jsonMapReader) ofAccounts(path string) bool {
	return path == x.m.Fields[fieldNames[fAccount]] || path == x.m.Fields[fieldNames[fActor]]
}

// nested reads an element of a list that has the list of events inside. Each of these says
// what the element says too; an element without any is an event of its own.
func (x *jsonMapReader) nested(p *jsonx.Value, at string, elements *[]map[string]string) {
	around := map[string]string{}
	var within []map[string]string
	x.values(p, at, around, &within)
	if len(within) == 0 {
		within = append(within, map[string]string{})
	}
	for _, e := range within {
		for path, v := range around {
			if _, own := e[path]; !own {
				e[path] = v
			}
		}
	}
	*elements = append(*elements, within...)
}

// one adds a record, or an element of one.
func (x *jsonMapReader) one(plain func(path string) string) error {
	value := func(path string) string {
		j, ok := x.m.Joins[path]
		if !ok {
			return strings.TrimSpace(plain(path))
		}
		with := " "
		if j.With != nil {
			with = *j.With
		}
		var parts []string
		for _, c := range j.Columns {
			if v := strings.TrimSpace(plain(c)); v != "" {
				parts = append(parts, v)
			}
		}
		return strings.Join(parts, with)
	}
	for _, rule := range x.m.LeaveOut {
		if rule.holds(value) {
			id := ""
			if !x.m.leavesNoRun(&rule) {
				id = value(x.m.Fields["run_id"])
			}
			x.s.leave(rule.Name, id)
			return nil
		}
	}
	var rw row
	for n, path := range x.m.Fields {
		f, _ := fieldOf(n)
		rw[f] = value(path)
	}
	x.meet(&rw, value)
	if why := x.people(&rw); why != "" {
		return x.spoil(rw[fRunID], x.at, Refusal{Reason: why})
	}
	if x.m.Rows != "run" {
		return x.add(&rw, x.at)
	}
	if err := x.add(&rw, x.at); err != nil {
		return err
	}
	h := x.byID[rw[fRunID]]
	for i := range x.m.Events {
		e := &x.m.Events[i]
		ev := row{fActivity: e.Activity, fGate: e.Gate, fAct: string(e.Act)}
		for _, c := range e.columns() {
			ev[c.f] = value(c.v)
		}
		if h == nil || h.bad != "" || ev[fStarted] == "" && ev[fEnded] == "" && ev[fDecision] == "" {
			continue
		}
		if why := x.event(&h.Record, &ev, x.at); why != "" {
			h.spoil(Refusal{At: x.at, Reason: why})
		}
	}
	return nil
}

// people asks who of several accounts decided, where the mapping does not say that
// each of them did.
func (x *jsonMapReader) people(rw *row) (why string) {
	if rw[fDecision] == "" || len(x.m.Lists) > 0 {
		return ""
	}
	for _, f := range [...]field{fAccount, fActor} {
		if path := x.m.Fields[fieldNames[f]]; x.several[path] {
			return fmt.Sprintf(
				"The list %s names several accounts (%s). If each of them decided, say so in the mapping "+
					"(lists: {%s: \",\"}).",
				path,
				quote.Clip(rw[f]),
				fieldNames[f],
			)
		}
	}
	return ""
}

// holds tells whether a rule leaves a record out.
func (l *LeaveOut) holds(value func(path string) string) bool {
	for i := range l.When {
		if !l.When[i].holds(value(l.When[i].Column)) {
			return false
		}
	}
	return true
}
