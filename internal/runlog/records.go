package runlog

import (
	"io"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// The exports of Langfuse, LangSmith and Power Automate are JSON documents of
// records. This file has what they share: finding the records, and reading
// single values out of a record by their path ("properties.status").

// shape describes a format whose file is a list of records: an array, an object
// that holds arrays under some names, or one record a line.
type shape struct {
	lists map[string]bool // names of members that hold records
	keys  paths
	// record makes events of one record.
	record func(x *recordReader, p *jsonx.Value) error
}

type recordReader struct {
	*gatherer
	shape
	at   run.Position
	list string            // name of the member that the record stands in
	dags map[string]string // of Airflow: those of runs that the mapping names
}

func readRecords(r io.Reader, o Options, s *sink, f shape) error {
	x := &recordReader{gatherer: newGatherer(o, s), shape: f, at: run.Position{Offset: -1, Part: s.part},
		dags: map[string]string{}}
	x.keys = keysOf(f.keys, o.Mapping)
	x.carried = true
	j := jsonx.NewStream(r, o.MaxLine)
	one := func() error {
		x.at.Line++
		x.at.Item = 0
		p, err := j.Value()
		if err != nil {
			return err
		}
		return f.record(x, p)
	}
	for {
		c, err := j.Peek()
		switch {
		case err != nil:
		case c == 0:
			return x.finish()
		case c == '[':
			err = j.List(one)
		default:
			err = x.document(j, one)
		}
		if err != nil {
			return after(err, s, x.at)
		}
	}
}

// document reads an object: one that holds lists of records, or a record.
func (x *recordReader) document(j *jsonx.Stream, one func() error) error {
	// A record is read whole; a document that holds lists is walked through.
	// Which of the two it is, its first name tells.
	name, err := j.FirstName()
	if err != nil {
		return err
	}
	if !x.lists[name] && !heads(name) {
		return one()
	}
	var pg page
	before, found := x.at.Line, false
	err = j.Object(func(name string) error {
		c, err := j.Peek()
		if err != nil {
			return err
		}
		if !x.lists[name] || c != '[' {
			return pg.member(j, name, c)
		}
		x.list, found = name, true
		return j.List(one)
	})
	if err == nil && !found {
		err = j.Fail("A document that begins with %q holds no list of records.", quote.Clip(name))
	}
	if err == nil {
		pg.say(x.s, x.at.Line-before)
	}
	return err
}

// heads tells whether a document that begins with that name is a page of an API, and no
// record.
func heads(name string) bool {
	return counts[name] || links[name] || paging[name] || name == "@odata.context" ||
		strings.HasPrefix(name, "total") ||
		name == "previous" || name == "prev" || name == "limit" ||
		name == "offset"
}

// paths are the attributes or values of a record that are read, by their names.
type paths map[string]field

// Whole tells whether the value at path is taken as its JSON text.
func (k paths) Whole(path string) bool { _, ok := k[path]; return ok }

// Within tells whether something inside the value at path is read.
func (k paths) Within(path string) bool {
	for other := range k {
		if len(other) > len(path) && other[len(path)] == '.' && other[:len(path)] == path {
			return true
		}
	}
	return false
}

// refuseRecord refuses the record that p read.
func (x *recordReader) refuseRecord(p *jsonx.Value, id string) error {
	return x.spoil(id, x.at, Refusal{Reason: p.Msg, Excerpt: quote.Excerpt(p.Bytes), Torn: p.Torn})
}
