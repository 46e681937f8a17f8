package jsonx

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
)

// Stream walks through a large JSON document and hands out the parts that a
// format is interested in, one at a time, for Value to parse. It keeps no
// more than one part in memory.
type Stream struct {
	r     io.Reader
	buf   []byte
	pos   int
	line  int64
	eof   bool
	limit int
	depth int
}

// NewStream reads r; no part that is handed out may be longer than limit bytes.
func NewStream(r io.Reader, limit int) *Stream {
	return &Stream{r: r, buf: make([]byte, 0, 256<<10), line: 1, limit: limit}
}

// Fail is a fault at the line that reading has come to.
func (j *Stream) Fail(format string, args ...any) error {
	return fault.Unreadable(fmt.Sprintf("line %d", j.line), format, args...)
}

func (j *Stream) cut() error {
	return j.Fail("The JSON ends in the middle; the file was cut off.")
}

// fill reads more; false at the end of the file.
func (j *Stream) fill() (bool, error) {
	if j.eof {
		return false, nil
	}
	if j.pos > 0 {
		j.buf = j.buf[:copy(j.buf, j.buf[j.pos:])]
		j.pos = 0
	}
	if len(j.buf) == cap(j.buf) {
		if len(j.buf) >= j.limit {
			return false, j.Fail("One record is longer than %d MB.", j.limit>>20)
		}
		j.buf = append(make([]byte, 0, 2*cap(j.buf)), j.buf...)
	}
	n, err := io.ReadAtLeast(j.r, j.buf[len(j.buf):cap(j.buf)], 1)
	j.buf = j.buf[:len(j.buf)+n]
	if err == io.EOF {
		j.eof = true
		return false, nil
	}
	return err == nil, err
}

// Peek skips blanks and shows the next character, 0 at the end.
func (j *Stream) Peek() (byte, error) {
	for {
		for j.pos < len(j.buf) {
			switch c := j.buf[j.pos]; c {
			case '\n':
				j.line++
				j.pos++
			case ' ', '\t', '\r':
				j.pos++
			default:
				return c, nil
			}
		}
		if more, err := j.fill(); !more {
			return 0, err
		}
	}
}

func (j *Stream) expect(c byte, what string) error {
	got, err := j.Peek()
	switch {
	case err != nil:
		return err
	case got == 0:
		return j.cut()
	case got != c:
		return j.Fail("This is not JSON: %s is expected, but %q stands there.", what, got)
	}
	j.pos++
	return nil
}

// raw gives the bytes of the next value; they are valid until the next call.
// Only their extent is looked at: brackets are counted and strings skipped.
func (j *Stream) raw() ([]byte, error) {
	c, err := j.Peek()
	if err != nil {
		return nil, err
	}
	if c == 0 {
		return nil, j.cut()
	}
	n, depth, inString := 0, 0, false
	for {
		b := j.buf[j.pos:]
		for n < len(b) {
			c := b[n]
			if inString {
				q := bytes.IndexAny(b[n:], "\"\\")
				if q < 0 {
					n = len(b)
					break
				}
				n += q
				if b[n] == '\\' {
					if n+1 == len(b) {
						break
					}
					n += 2
					continue
				}
				inString = false
				n++
				if depth == 0 {
					return j.take(n), nil
				}
				continue
			}
			switch c {
			case '"':
				if depth == 0 && n > 0 {
					return j.take(n), nil
				}
				inString = true
			case '{', '[':
				if depth == 0 && n > 0 {
					return j.take(n), nil
				}
				depth++
			case '}', ']':
				if depth == 0 {
					return j.take(n), nil
				}
				if depth--; depth == 0 {
					return j.take(n + 1), nil
				}
			case ',', ' ', '\t', '\r', '\n', ':':
				if depth == 0 {
					return j.take(n), nil
				}
			}
			n++
		}
		more, err := j.fill()
		if err != nil {
			return nil, err
		}
		if !more {
			if depth > 0 || inString {
				return nil, j.cut()
			}
			return j.take(n), nil
		}
	}
}

func (j *Stream) take(n int) []byte {
	b := j.buf[j.pos : j.pos+n]
	j.pos += n
	j.line += int64(bytes.Count(b, []byte{'\n'}))
	return b
}

// Skip passes over the next value, however long it is.
func (j *Stream) Skip() error {
	c, err := j.Peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return j.Object(func(string) error { return j.Skip() })
	case '[':
		return j.List(j.Skip)
	}
	b, err := j.raw()
	if err != nil {
		return err
	}
	p := Value{Bytes: b}
	if !p.Skip(0) || !p.End() {
		return j.Fail("%s", p.Msg)
	}
	return nil
}

func (j *Stream) deeper() error {
	if j.depth++; j.depth > MaxDepth {
		return j.Fail("Values nest deeper than %d levels.", MaxDepth)
	}
	return nil
}

// Value reads the next value for parsing; its strings may be kept.
func (j *Stream) Value() (*Value, error) {
	b, err := j.raw()
	if err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, j.Fail("This is not JSON: a value is expected, but %q stands there.", j.buf[j.pos])
	}
	return &Value{Bytes: bytes.Clone(b)}, nil
}

// Object gives each member's name to f, which reads or skips the value. A name
// that stands twice is refused.
func (j *Stream) Object(f func(name string) error) error {
	if err := j.deeper(); err != nil {
		return err
	}
	defer func() { j.depth-- }()
	if err := j.expect('{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for first := true; ; first = false {
		c, err := j.Peek()
		if err != nil {
			return err
		}
		if c == '}' {
			j.pos++
			return nil
		}
		if !first {
			if err := j.expect(',', "a comma or a closing brace"); err != nil {
				return err
			}
		}
		if c, err = j.Peek(); err != nil {
			return err
		}
		if c != '"' {
			if c == 0 {
				return j.cut()
			}
			return j.Fail("This is not JSON: a field name in quotation marks is expected, but %q stands there.", c)
		}
		b, err := j.raw()
		if err != nil {
			return err
		}
		p := Value{Bytes: b}
		name := string([]byte(p.String("a field name")))
		if !p.End() {
			return j.Fail("%s", p.Msg)
		}
		if seen[name] {
			return j.Fail("The field %q stands twice.", quote.Clip(name))
		}
		if seen[name] = true; len(seen) > 10_000 {
			return j.Fail("An object has more than 10,000 fields.")
		}
		if err := j.expect(':', "a colon"); err != nil {
			return err
		}
		if err := f(name); err != nil {
			return err
		}
	}
}

// List calls f at each element, which reads or skips it.
func (j *Stream) List(f func() error) error {
	if err := j.deeper(); err != nil {
		return err
	}
	defer func() { j.depth-- }()
	if err := j.expect('[', "a list"); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := j.Peek()
		if err != nil {
			return err
		}
		if c == ']' {
			j.pos++
			return nil
		}
		if !first {
			if err := j.expect(',', "a comma or a closing bracket"); err != nil {
				return err
			}
		}
		if err := f(); err != nil {
			return err
		}
	}
}

// End is a fault where something follows the document.
func (j *Stream) End() error {
	c, err := j.Peek()
	if err != nil {
		return err
	}
	if c != 0 {
		return j.Fail("Something follows the end of the JSON document.")
	}
	return nil
}

// FirstName shows the first name of the object that comes next, without
// reading it; empty for an empty object.
func (j *Stream) FirstName() (string, error) {
	if _, err := j.Peek(); err != nil {
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
			p := Value{Bytes: b, Pos: i}
			if k, ok := p.str(); ok {
				return strings.Clone(k), nil
			}
			if p.Pos < len(b) {
				return "", j.Fail("%s", p.Msg)
			}
		}
		if more, err := j.fill(); err != nil {
			return "", err
		} else if !more {
			return "", j.cut()
		}
	}
}
