// Package xmlx reads the XML of event logs and workbooks element by element,
// and refuses what no log needs and attackers use: document types and entities.
//
// It is written by hand because XES is the longest way to write a log down: the
// same runs read at 92 MB/s (with making and counting the runs) beside 11 MB/s
// of encoding/xml's RawToken alone, with one allocation for seventy of its.
package xmlx

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
)

// Reader reads XML element by element out of a stream. It takes what event
// logs are written in and refuses the rest: no document type declaration, no
// entities of one's own (neither has a use in a log, and both are ways to
// attack a reader), no encodings but UTF-8 (others are decoded before).
//
// Names, values and text are valid until the next call of next.
type Reader struct {
	r     io.Reader
	buf   []byte
	pos   int // of the next token
	line  int64
	eof   bool
	limit int

	names []byte // names of the open elements, one after the other
	ends  []int  // where each of them ends

	Name  []byte
	Attrs []Attr
	Text  []byte
	empty bool // the element that just began has ended too
	root  bool // the root element was there
	words map[string]string
	tmp   []byte
}

type Attr struct {
	Name, Value []byte
}

type Token int

const (
	Start Token = iota + 1
	End
	CharData
	EOF
)

// MaxDepth is how deep elements may nest.
const MaxDepth = 64

func NewReader(r io.Reader, limit int) *Reader {
	return &Reader{r: r, buf: make([]byte, 0, 256<<10), line: 1, limit: limit, words: map[string]string{}}
}

func (x *Reader) Fail(format string, args ...any) error {
	return fault.Unreadable(fmt.Sprintf("line %d", x.line), format, args...)
}

// fill reads more behind the token that begins at pos.
func (x *Reader) fill() error {
	if x.eof {
		return x.Fail("The XML ends in the middle; the file was cut off.")
	}
	if x.pos > 0 {
		x.buf = x.buf[:copy(x.buf, x.buf[x.pos:])]
		x.pos = 0
	}
	if len(x.buf) == cap(x.buf) {
		if len(x.buf) >= x.limit {
			return x.Fail("One element is longer than %d MB.", x.limit>>20)
		}
		x.buf = append(make([]byte, 0, 2*cap(x.buf)), x.buf...)
	}
	n, err := io.ReadAtLeast(x.r, x.buf[len(x.buf):cap(x.buf)], 1)
	x.buf = x.buf[:len(x.buf)+n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		x.eof = true
		return nil
	}
	return err
}

// Depth is the number of open elements.
func (x *Reader) Depth() int { return len(x.ends) }

// Next reads the next token. An empty element gives a start and an end.
func (x *Reader) Next() (Token, error) {
	if x.empty {
		x.empty = false
		return End, x.closeElement(nil)
	}
	for {
		if x.pos == len(x.buf) {
			if x.eof {
				return x.atEnd()
			}
			if err := x.fill(); err != nil {
				return 0, err
			}
			continue
		}
		tok, n, err := x.token(x.buf[x.pos:])
		if err != nil {
			return 0, err
		}
		if n == 0 {
			if x.eof && x.buf[x.pos] != '<' {
				// Text at the end of the file needs nothing behind it.
				if len(bytes.TrimSpace(x.buf[x.pos:])) == 0 {
					x.pos = len(x.buf)
					continue
				}
			}
			if err := x.fill(); err != nil {
				return 0, err
			}
			continue
		}
		b := x.buf[x.pos : x.pos+n]
		x.pos += n
		x.line += int64(bytes.Count(b, []byte{'\n'}))
		if tok != 0 {
			return tok, nil
		}
	}
}

func (x *Reader) atEnd() (Token, error) {
	if len(x.ends) > 0 || !x.root {
		return 0, x.Fail("The XML ends in the middle; the file was cut off.")
	}
	return EOF, nil
}

// token reads one token from the beginning of b: its kind (0 for what has no
// meaning here) and length, which is 0 if b ends before the token does.
func (x *Reader) token(b []byte) (Token, int, error) {
	if b[0] != '<' {
		n := bytes.IndexByte(b, '<')
		if n < 0 {
			return 0, 0, nil
		}
		if x.Depth() == 0 {
			if len(bytes.TrimSpace(b[:n])) > 0 {
				return 0, 0, x.Fail("This is not XML: text stands outside the root element.")
			}
			return 0, n, nil
		}
		x.tmp = x.tmp[:0]
		t, err := x.unescape(b[:n])
		x.Text = t
		return CharData, n, err
	}
	if len(b) < 2 {
		return 0, 0, nil
	}
	switch b[1] {
	case '/':
		n := bytes.IndexByte(b, '>')
		if n < 0 {
			return 0, 0, nil
		}
		return End, n + 1, x.closeElement(bytes.TrimRight(b[2:n], " \t\r\n"))
	case '?':
		n := bytes.Index(b, []byte("?>"))
		if n < 0 {
			return 0, 0, nil
		}
		return 0, n + 2, nil
	case '!':
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			n := bytes.Index(b[4:], []byte("-->"))
			if n < 0 {
				return 0, 0, nil
			}
			return 0, n + 7, nil
		case bytes.HasPrefix(b, []byte("<![CDATA[")):
			n := bytes.Index(b, []byte("]]>"))
			if n < 0 {
				return 0, 0, nil
			}
			x.Text = b[9:n]
			return CharData, n + 3, x.checkText(x.Text)
		case len(b) < 9 && !x.eof:
			return 0, 0, nil
		}
		return 0, 0, x.Fail(
			"The file declares a document type (DTD) or entities, which no event log needs; Assay does not read " +
				"such files.",
		)
	}
	return x.start(b)
}

func IsSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// nameEnd is the end of the name that begins at i, len(b) if it goes on.
func nameEnd(b []byte, i int) int {
	for i < len(b) {
		switch c := b[i]; {
		case c >= 'a' && c <= 'z',
			c >= 'A' && c <= 'Z',
			c >= '0' && c <= '9',
			c == ':',
			c == '_',
			c == '-',
			c == '.',
			c >= 0x80:
			i++
		default:
			return i
		}
	}
	return i
}

// start reads a start tag. A document may hold many millions of them.
func (x *Reader) start(b []byte) (Token, int, error) {
	i := nameEnd(b, 1)
	if i == len(b) {
		return 0, 0, nil
	}
	if i == 1 {
		return 0, 0, x.Fail("This is not XML: an element's name is expected after \"<\".")
	}
	name := b[1:i]
	Attrs := x.Attrs[:0]
	x.tmp = x.tmp[:0]
	for {
		blank := i
		for i < len(b) && IsSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return 0, 0, nil
		}
		empty := b[i] == '/'
		if empty {
			if i++; i >= len(b) {
				return 0, 0, nil
			}
		}
		if b[i] == '>' {
			if x.Depth() == 0 && x.root {
				return 0, 0, x.Fail("This is not XML: a second root element begins.")
			}
			if x.Depth() >= MaxDepth {
				return 0, 0, x.Fail("Elements nest deeper than %d levels.", MaxDepth)
			}
			x.root, x.Name, x.Attrs, x.empty = true, name, Attrs, empty
			x.names = append(x.names, name...)
			x.ends = append(x.ends, len(x.names))
			return Start, i + 1, nil
		}
		from := i
		i = nameEnd(b, i)
		if i == len(b) {
			return 0, 0, nil
		}
		if empty || i == from || blank == from {
			return 0, 0, x.Fail("This is not XML: the start tag of %q is malformed.", quote.Clip(string(name)))
		}
		a := Attr{Name: b[from:i]}
		for i < len(b) && IsSpace(b[i]) {
			i++
		}
		if i < len(b) && b[i] == '=' {
			i++
		} else if i < len(b) {
			return 0, 0, x.Fail("This is not XML: attribute %q has no value.", quote.Clip(string(a.Name)))
		}
		for i < len(b) && IsSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return 0, 0, nil
		}
		q := b[i]
		if q != '"' && q != '\'' {
			return 0, 0, x.Fail(
				"This is not XML: the value of attribute %q is not in quotation marks.",
				quote.Clip(string(a.Name)),
			)
		}
		n := bytes.IndexByte(b[i+1:], q)
		if n < 0 {
			return 0, 0, nil
		}
		a.Value = b[i+1 : i+1+n]
		i += n + 2
		var err error
		if a.Value, err = x.unescape(a.Value); err != nil {
			return 0, 0, err
		}
		for _, o := range Attrs {
			if bytes.Equal(o.Name, a.Name) {
				return 0, 0, x.Fail("The attribute %q stands twice in one element.", quote.Clip(string(a.Name)))
			}
		}
		if len(Attrs) >= 64 {
			return 0, 0, x.Fail("An element has more than 64 attributes.")
		}
		Attrs = append(Attrs, a)
	}
}

// closeElement closes the innermost element; name is nil for an empty one.
func (x *Reader) closeElement(name []byte) error {
	n := len(x.ends)
	if n == 0 {
		return x.Fail("This is not XML: \"</%s>\" closes nothing.", quote.Clip(string(name)))
	}
	from := 0
	if n > 1 {
		from = x.ends[n-2]
	}
	if open := x.names[from:]; name != nil && !bytes.Equal(open, name) {
		return x.Fail(
			"This is not XML: \"</%s>\" stands where \"</%s>\" is expected.",
			quote.Clip(string(name)),
			quote.Clip(string(open)),
		)
	}
	x.Name = x.names[from:] // stays as it is until an element begins
	x.names, x.ends = x.names[:from], x.ends[:n-1]
	return nil
}

func (x *Reader) checkText(b []byte) error {
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && !IsSpace(c) {
				return x.Fail("This is not XML: a control character (%#x) stands in it.", c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return x.Fail("The text is not valid UTF-8.")
		}
		i += n
	}
	return nil
}

// unescape resolves references. Without any, it gives b itself.
func (x *Reader) unescape(b []byte) ([]byte, error) {
	if err := x.checkText(b); err != nil {
		return nil, err
	}
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b, nil
	}
	at := len(x.tmp)
	for amp >= 0 {
		x.tmp = append(x.tmp, b[:amp]...)
		end := bytes.IndexByte(b[amp:], ';')
		if end < 0 || end > 12 {
			return nil, x.Fail("This is not XML: \"&\" begins no reference.")
		}
		ref := string(b[amp+1 : amp+end])
		b = b[amp+end+1:]
		switch ref {
		case "lt":
			x.tmp = append(x.tmp, '<')
		case "gt":
			x.tmp = append(x.tmp, '>')
		case "amp":
			x.tmp = append(x.tmp, '&')
		case "quot":
			x.tmp = append(x.tmp, '"')
		case "apos":
			x.tmp = append(x.tmp, '\'')
		default:
			num, base := "", 10
			if len(ref) > 1 && ref[0] == '#' {
				if num = ref[1:]; num[0] == 'x' {
					num, base = num[1:], 16
				}
			}
			c, err := strconv.ParseUint(num, base, 32)
			if err != nil || c > utf8.MaxRune || !utf8.ValidRune(rune(c)) || c < 0x20 && !IsSpace(byte(c)) {
				return nil, x.Fail(
					"The entity \"&%s;\" is not one of XML's own five; Assay does not read others.",
					quote.Clip(ref),
				)
			}
			x.tmp = utf8.AppendRune(x.tmp, rune(c))
		}
		amp = bytes.IndexByte(b, '&')
	}
	x.tmp = append(x.tmp, b...)
	return x.tmp[at:len(x.tmp):len(x.tmp)], nil
}

// Word is b as a string that may be kept. Words that come again and again
// (activities, officers) are kept once.
func (x *Reader) Word(b []byte) string {
	if s, ok := x.words[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= 128 && len(x.words) < 1<<16 {
		x.words[s] = s
	}
	return s
}

// Attr is the value of the attribute called name, nil if there is none.
func (x *Reader) Attr(name string) []byte {
	for i := range x.Attrs {
		if string(x.Attrs[i].Name) == name {
			return x.Attrs[i].Value
		}
	}
	return nil
}

// Skip reads to the end of the element that just began.
func (x *Reader) Skip() error {
	for depth := x.Depth() - 1; ; {
		tok, err := x.Next()
		if err != nil {
			return err
		}
		if tok == End && x.Depth() == depth {
			return nil
		}
	}
}

// Local is an element's name without its namespace prefix.
func Local(name []byte) string {
	if i := bytes.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return string(name)
}
