package importer

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"assay/internal/fault"
)

// xmlReader reads XML element by element out of a stream. It takes what event
// logs are written in and refuses the rest: no document type declaration, no
// entities of one's own (neither has a use in a log, and both are ways to
// attack a reader), no encodings but UTF-8 (others are decoded before).
//
// Names, values and text are valid until the next call of next.
type xmlReader struct {
	r     io.Reader
	buf   []byte
	pos   int // of the next token
	line  int64
	eof   bool
	limit int

	names []byte // names of the open elements, one after the other
	ends  []int  // where each of them ends

	name  []byte
	attrs []xmlAttr
	text  []byte
	empty bool // the element that just began has ended too
	root  bool // the root element was there
	words map[string]string
	tmp   []byte
}

type xmlAttr struct {
	name, value []byte
}

type xmlToken int

const (
	xmlStart xmlToken = iota + 1
	xmlEnd
	xmlText
	xmlEOF
)

// maxXMLDepth is how deep elements may nest.
const maxXMLDepth = 64

func newXML(r io.Reader, limit int) *xmlReader {
	return &xmlReader{r: r, buf: make([]byte, 0, 256<<10), line: 1, limit: limit, words: map[string]string{}}
}

func (x *xmlReader) fail(format string, args ...any) error {
	return fault.Unreadable(fmt.Sprintf("line %d", x.line), format, args...)
}

// fill reads more behind the token that begins at pos.
func (x *xmlReader) fill() error {
	if x.eof {
		return x.fail("The XML ends in the middle; the file was cut off.")
	}
	if x.pos > 0 {
		x.buf = x.buf[:copy(x.buf, x.buf[x.pos:])]
		x.pos = 0
	}
	if len(x.buf) == cap(x.buf) {
		if len(x.buf) >= x.limit {
			return x.fail("One element is longer than %d MB.", x.limit>>20)
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

// depth is the number of open elements.
func (x *xmlReader) depth() int { return len(x.ends) }

// next reads the next token. An empty element gives a start and an end.
func (x *xmlReader) next() (xmlToken, error) {
	if x.empty {
		x.empty = false
		return xmlEnd, x.closeElement(nil)
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

func (x *xmlReader) atEnd() (xmlToken, error) {
	if len(x.ends) > 0 || !x.root {
		return 0, x.fail("The XML ends in the middle; the file was cut off.")
	}
	return xmlEOF, nil
}

// token reads one token from the beginning of b: its kind (0 for what has no
// meaning here) and length, which is 0 if b ends before the token does.
func (x *xmlReader) token(b []byte) (xmlToken, int, error) {
	if b[0] != '<' {
		n := bytes.IndexByte(b, '<')
		if n < 0 {
			return 0, 0, nil
		}
		if x.depth() == 0 {
			if len(bytes.TrimSpace(b[:n])) > 0 {
				return 0, 0, x.fail("This is not XML: text stands outside the root element.")
			}
			return 0, n, nil
		}
		x.tmp = x.tmp[:0]
		t, err := x.unescape(b[:n])
		x.text = t
		return xmlText, n, err
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
		return xmlEnd, n + 1, x.closeElement(bytes.TrimRight(b[2:n], " \t\r\n"))
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
			x.text = b[9:n]
			return xmlText, n + 3, x.checkText(x.text)
		case len(b) < 9 && !x.eof:
			return 0, 0, nil
		}
		return 0, 0, x.fail(
			"The file declares a document type (DTD) or entities, which no event log needs; Assay does not read such files.",
		)
	}
	return x.start(b)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

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
func (x *xmlReader) start(b []byte) (xmlToken, int, error) {
	i := nameEnd(b, 1)
	if i == len(b) {
		return 0, 0, nil
	}
	if i == 1 {
		return 0, 0, x.fail("This is not XML: an element's name is expected after \"<\".")
	}
	name := b[1:i]
	attrs := x.attrs[:0]
	x.tmp = x.tmp[:0]
	for {
		blank := i
		for i < len(b) && isSpace(b[i]) {
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
			if x.depth() == 0 && x.root {
				return 0, 0, x.fail("This is not XML: a second root element begins.")
			}
			if x.depth() >= maxXMLDepth {
				return 0, 0, x.fail("Elements nest deeper than %d levels.", maxXMLDepth)
			}
			x.root, x.name, x.attrs, x.empty = true, name, attrs, empty
			x.names = append(x.names, name...)
			x.ends = append(x.ends, len(x.names))
			return xmlStart, i + 1, nil
		}
		from := i
		i = nameEnd(b, i)
		if i == len(b) {
			return 0, 0, nil
		}
		if empty || i == from || blank == from {
			return 0, 0, x.fail("This is not XML: the start tag of %q is malformed.", clip(string(name)))
		}
		a := xmlAttr{name: b[from:i]}
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i < len(b) && b[i] == '=' {
			i++
		} else if i < len(b) {
			return 0, 0, x.fail("This is not XML: attribute %q has no value.", clip(string(a.name)))
		}
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return 0, 0, nil
		}
		q := b[i]
		if q != '"' && q != '\'' {
			return 0, 0, x.fail(
				"This is not XML: the value of attribute %q is not in quotation marks.",
				clip(string(a.name)),
			)
		}
		n := bytes.IndexByte(b[i+1:], q)
		if n < 0 {
			return 0, 0, nil
		}
		a.value = b[i+1 : i+1+n]
		i += n + 2
		var err error
		if a.value, err = x.unescape(a.value); err != nil {
			return 0, 0, err
		}
		for _, o := range attrs {
			if bytes.Equal(o.name, a.name) {
				return 0, 0, x.fail("The attribute %q stands twice in one element.", clip(string(a.name)))
			}
		}
		if len(attrs) >= 64 {
			return 0, 0, x.fail("An element has more than 64 attributes.")
		}
		attrs = append(attrs, a)
	}
}

// closeElement closes the innermost element; name is nil for an empty one.
func (x *xmlReader) closeElement(name []byte) error {
	n := len(x.ends)
	if n == 0 {
		return x.fail("This is not XML: \"</%s>\" closes nothing.", clip(string(name)))
	}
	from := 0
	if n > 1 {
		from = x.ends[n-2]
	}
	if open := x.names[from:]; name != nil && !bytes.Equal(open, name) {
		return x.fail(
			"This is not XML: \"</%s>\" stands where \"</%s>\" is expected.",
			clip(string(name)),
			clip(string(open)),
		)
	}
	x.name = x.names[from:] // stays as it is until an element begins
	x.names, x.ends = x.names[:from], x.ends[:n-1]
	return nil
}

func (x *xmlReader) checkText(b []byte) error {
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && !isSpace(c) {
				return x.fail("This is not XML: a control character (%#x) stands in it.", c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return x.fail("The text is not valid UTF-8.")
		}
		i += n
	}
	return nil
}

// unescape resolves references. Without any, it gives b itself.
func (x *xmlReader) unescape(b []byte) ([]byte, error) {
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
			return nil, x.fail("This is not XML: \"&\" begins no reference.")
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
			if err != nil || c > utf8.MaxRune || !utf8.ValidRune(rune(c)) || c < 0x20 && !isSpace(byte(c)) {
				return nil, x.fail(
					"The entity \"&%s;\" is not one of XML's own five; Assay does not read others.",
					clip(ref),
				)
			}
			x.tmp = utf8.AppendRune(x.tmp, rune(c))
		}
		amp = bytes.IndexByte(b, '&')
	}
	x.tmp = append(x.tmp, b...)
	return x.tmp[at:len(x.tmp):len(x.tmp)], nil
}

// word is b as a string that may be kept. Words that come again and again
// (activities, officers) are kept once.
func (x *xmlReader) word(b []byte) string {
	if s, ok := x.words[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= 128 && len(x.words) < 1<<16 {
		x.words[s] = s
	}
	return s
}

// attr is the value of the attribute called name, nil if there is none.
func (x *xmlReader) attr(name string) []byte {
	for i := range x.attrs {
		if string(x.attrs[i].name) == name {
			return x.attrs[i].value
		}
	}
	return nil
}

// skip reads to the end of the element that just began.
func (x *xmlReader) skip() error {
	for depth := x.depth() - 1; ; {
		tok, err := x.next()
		if err != nil {
			return err
		}
		if tok == xmlEnd && x.depth() == depth {
			return nil
		}
	}
}
