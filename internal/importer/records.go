package importer

import (
	"io"
	"strings"

	"assay/internal/run"
)

// The exports of Langfuse, LangSmith and Power Automate are JSON documents of
// records. This file has what they share: finding the records, and reading
// single values out of a record by their path ("properties.status").

// shape describes a format whose file is a list of records: an array, an object
// that holds arrays under some names, or one record a line.
type shape struct {
	lists map[string]bool // names of members that hold records
	keys  map[string]field
	// record makes events of one record.
	record func(x *recordReader, p *jsonLine) error
}

type recordReader struct {
	*gatherer
	shape
	at   run.Position
	list string // name of the member that the record stands in
}

func readRecords(r io.Reader, o Options, s *sink, f shape) error {
	x := &recordReader{gatherer: newGatherer(o, s), shape: f, at: run.Position{Offset: -1, Part: s.part}}
	x.keys = keysOf(f.keys, o.Mapping)
	j := newJSONStream(r, o.MaxLine)
	one := func() error {
		x.at.Line++
		x.at.Item = 0
		p, err := j.value(x.clk)
		if err != nil {
			return err
		}
		return f.record(x, p)
	}
	for {
		c, err := j.peek()
		switch {
		case err != nil:
		case c == 0:
			return x.finish()
		case c == '[':
			err = j.list(one)
		default:
			err = x.document(j, one)
		}
		if err != nil {
			return after(err, s, x.at)
		}
	}
}

// document reads an object: one that holds lists of records, or a record.
func (x *recordReader) document(j *jsonStream, one func() error) error {
	// A record is read whole; a document that holds lists is walked through.
	// Which of the two it is, its first name tells.
	name, err := j.firstName()
	if err != nil {
		return err
	}
	if !x.lists[name] && !envelope[name] {
		return one()
	}
	return j.object(func(name string) error {
		c, err := j.peek()
		if err != nil {
			return err
		}
		if !x.lists[name] || c != '[' {
			return j.skip()
		}
		x.list = name
		return j.list(one)
	})
}

// envelope are names that stand before the records of a page of an API.
var envelope = map[string]bool{
	"@odata.context":  true,
	"meta":            true,
	"nextLink":        true,
	"@odata.nextLink": true,
	"cursors":         true,
}

// firstName shows the first name of the object that comes next, without
// reading it; empty for an empty object.
func (j *jsonStream) firstName() (string, error) {
	if _, err := j.peek(); err != nil {
		return "", err
	}
	for {
		b := j.buf[j.pos:]
		i := 1
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i < len(b) && b[i] != '"' {
			return "", nil
		}
		if i < len(b) {
			p := jsonLine{b: b, i: i}
			if k, ok := p.str(); ok {
				return strings.Clone(k), nil
			}
			if p.i < len(b) {
				return "", j.fail("%s", p.msg)
			}
		}
		if more, err := j.fill(); err != nil {
			return "", err
		} else if !more {
			return "", j.cut()
		}
	}
}

// values reads the record that stands here and gives every value with a path
// that ends in no object, and each object and list whose path is known, as its
// JSON text. Lists are given to list, which reads or skips them; nil skips.
func (p *jsonLine) values(
	path string,
	known map[string]field,
	give func(path, value string),
	list func(path string) bool,
) {
	p.members(path, func(k string) {
		at := k
		if path != "" {
			at = path + "." + k
		}
		if p.i >= len(p.b) {
			p.syntax("a value")
			return
		}
		switch p.b[p.i] {
		case '{', '[':
			from := p.i
			_, whole := known[at]
			switch {
			case whole:
				if p.skip(1) {
					give(at, text(p.b[from:p.i]))
				}
			case p.b[p.i] == '[':
				if list == nil || !list(at) {
					p.skip(1)
				}
			case strings.Count(at, ".") < maxDepth:
				p.values(at, known, give, list)
			default:
				p.skip(1)
			}
		default:
			if v := p.Scalar(k); v != "" {
				give(at, v)
			}
		}
	})
}

// refuseRecord refuses the record that p read.
func (x *recordReader) refuseRecord(p *jsonLine, id string) error {
	return x.spoil(id, x.at, p.msg, excerpt(p.b))
}
