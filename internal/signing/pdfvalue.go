package signing

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"assay/internal/fault"
)

// A small, strict reader of PDF (ISO 32000-1) syntax, for checking and adding
// signatures and for nothing else. Where other readers repair, it refuses: a
// file that two readers understand differently must not be called genuine.

type kind uint8

const (
	kNull kind = iota
	kBool
	kInt
	kReal
	kName
	kString
	kArray
	kDict
	kRef
)

// value is a PDF object with the place of its text in the source it was read from.
type value struct {
	kind       kind
	num        int64   // integer, boolean (1 is true) or the object number of a reference
	gen        int64   // generation of a reference
	str        string  // name, string, or the text of a real
	list       []value // array, or the values of a dictionary in the order of keys
	keys       []string
	start, end int // the text is src[start:end]
}

// get is the value under key in a dictionary, null if it is not there.
func (v value) get(key string) value {
	for i, k := range v.keys {
		if k == key {
			return v.list[i]
		}
	}
	return value{}
}

func (v value) has(key string) bool {
	for _, k := range v.keys {
		if k == key {
			return true
		}
	}
	return false
}

func (v value) isName(s string) bool { return v.kind == kName && v.str == s }

// equal compares content, not spelling; dictionaries regardless of order.
func (v value) equal(w value) bool {
	if v.kind != w.kind || v.num != w.num || v.gen != w.gen || v.str != w.str || len(v.list) != len(w.list) ||
		len(v.keys) != len(w.keys) {
		return false
	}
	for i := range v.list {
		if v.kind == kDict {
			if !w.has(v.keys[i]) || !v.list[i].equal(w.get(v.keys[i])) {
				return false
			}
		} else if !v.list[i].equal(w.list[i]) {
			return false
		}
	}
	return true
}

// errShort says that the source ended within an object: more of it may be needed.
var errShort = errors.New("ends within an object")

// lexer reads PDF syntax from src; base is where src begins in the file, for messages.
type lexer struct {
	src    []byte
	pos    int
	base   int64
	values int // read so far
}

func (l *lexer) fail(format string, args ...any) error {
	return fault.Unreadable(fmt.Sprintf("byte %d", l.base+int64(l.pos)), "This PDF is damaged: "+format+".", args...)
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func isRegular(c byte) bool { return !isSpace(c) && !isDelimiter(c) }

func (l *lexer) space() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.src) && l.src[l.pos] != '\n' && l.src[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

// word reads regular characters.
func (l *lexer) word() string {
	start := l.pos
	for l.pos < len(l.src) && isRegular(l.src[l.pos]) {
		l.pos++
	}
	return string(l.src[start:l.pos])
}

// keyword reads exactly w, after space.
func (l *lexer) keyword(w string) error {
	l.space()
	if len(l.src)-l.pos < len(w) {
		return errShort
	}
	if string(l.src[l.pos:l.pos+len(w)]) != w {
		return l.fail("%q is missing", w)
	}
	l.pos += len(w)
	return nil
}

// integer reads an unsigned integer, after space.
func (l *lexer) integer() (int64, error) {
	l.space()
	w := l.word()
	if l.pos == len(l.src) {
		return 0, errShort
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil || n < 0 || w[0] == '+' {
		return 0, l.fail("a number is missing")
	}
	return n, nil
}

// Bounds of one object: how deep it is nested, and how many values it holds.
const (
	maxDepth  = 64
	maxValues = 1_000_000
)

func (l *lexer) value(depth int) (value, error) {
	l.space()
	if depth > maxDepth {
		return value{}, l.fail("objects are nested more than %d deep", maxDepth)
	}
	if l.values++; l.values > maxValues {
		return value{}, l.fail("an object holds more than %d values", maxValues)
	}
	if l.pos >= len(l.src) {
		return value{}, errShort
	}
	start := l.pos
	v, err := l.bare(depth)
	v.start, v.end = start, l.pos
	return v, err
}

func (l *lexer) bare(depth int) (value, error) {
	switch c := l.src[l.pos]; {
	case c == '/':
		return l.name()
	case c == '(':
		return l.literal()
	case c == '<':
		if l.pos+1 >= len(l.src) {
			return value{}, errShort
		}
		if l.src[l.pos+1] == '<' {
			return l.dict(depth)
		}
		return l.hex()
	case c == '[':
		l.pos++
		v := value{kind: kArray}
		for {
			l.space()
			if l.pos < len(l.src) && l.src[l.pos] == ']' {
				l.pos++
				return v, nil
			}
			e, err := l.value(depth + 1)
			if err != nil {
				return value{}, err
			}
			v.list = append(v.list, e)
		}
	case c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9':
		return l.number()
	}
	w := l.word()
	if l.pos == len(l.src) {
		return value{}, errShort
	}
	switch w {
	case "null":
		return value{}, nil
	case "true":
		return value{kind: kBool, num: 1}, nil
	case "false":
		return value{kind: kBool}, nil
	}
	return value{}, l.fail("%q is no object", clean(w))
}

// number reads an integer, a real or a reference.
func (l *lexer) number() (value, error) {
	start := l.pos
	w := l.word()
	if l.pos == len(l.src) {
		return value{}, errShort
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		dots, digits := 0, 0
		for i, c := range []byte(w) {
			switch {
			case c == '.':
				dots++
			case c >= '0' && c <= '9':
				digits++
			case i > 0 || c != '+' && c != '-':
				dots = 2
			}
		}
		if dots != 1 || digits == 0 || len(w) > 64 {
			l.pos = start
			return value{}, l.fail("%q is no number", clean(w))
		}
		return value{kind: kReal, str: w}, nil
	}
	if n < 0 || w[0] == '+' {
		return value{kind: kInt, num: n}, nil
	}
	// "12 0 R" is a reference; anything else leaves the integer alone.
	after := l.pos
	gen, err := l.integer()
	if err == nil {
		l.space()
		r := l.word()
		if l.pos == len(l.src) && (r == "R" || r == "") {
			return value{}, errShort
		}
		if r == "R" {
			return value{kind: kRef, num: n, gen: gen}, nil
		}
	} else if err == errShort {
		return value{}, err
	}
	l.pos = after
	return value{kind: kInt, num: n}, nil
}

func (l *lexer) name() (value, error) {
	l.pos++
	w := l.word()
	if l.pos == len(l.src) {
		return value{}, errShort
	}
	if bytes.IndexByte([]byte(w), '#') >= 0 {
		var b []byte
		for i := 0; i < len(w); i++ {
			if w[i] != '#' {
				b = append(b, w[i])
				continue
			}
			if i+2 >= len(w) {
				return value{}, l.fail("a name is malformed")
			}
			x, err := hex.DecodeString(w[i+1 : i+3])
			if err != nil || x[0] == 0 {
				return value{}, l.fail("a name is malformed")
			}
			b = append(b, x[0])
			i += 2
		}
		w = string(b)
	}
	return value{kind: kName, str: w}, nil
}

func (l *lexer) literal() (value, error) {
	l.pos++
	var b []byte
	for open := 1; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.pos++
				return value{kind: kString, str: string(b)}, nil
			}
		case '\r':
			if l.pos+1 < len(l.src) && l.src[l.pos+1] == '\n' {
				l.pos++
			}
			c = '\n'
		case '\\':
			l.pos++
			if l.pos >= len(l.src) {
				return value{}, errShort
			}
			switch e := l.src[l.pos]; {
			case e >= '0' && e <= '7':
				n := 0
				for k := 0; k < 3 && l.pos < len(l.src) && l.src[l.pos] >= '0' && l.src[l.pos] <= '7'; k++ {
					n = n*8 + int(l.src[l.pos]-'0')
					l.pos++
				}
				l.pos--
				c = byte(n)
			case e == '\r':
				if l.pos+1 < len(l.src) && l.src[l.pos+1] == '\n' {
					l.pos++
				}
				continue
			case e == '\n':
				continue
			default:
				c = e
				if i := bytes.IndexByte([]byte("nrtbf"), e); i >= 0 {
					c = "\n\r\t\b\f"[i]
				}
			}
		}
		b = append(b, c)
	}
	return value{}, errShort
}

func (l *lexer) hex() (value, error) {
	end := bytes.IndexByte(l.src[l.pos:], '>')
	if end < 0 {
		return value{}, errShort
	}
	raw := l.src[l.pos+1 : l.pos+end]
	digits := make([]byte, 0, len(raw)+1)
	for _, c := range raw {
		if !isSpace(c) {
			digits = append(digits, c)
		}
	}
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out := make([]byte, len(digits)/2)
	if _, err := hex.Decode(out, digits); err != nil {
		return value{}, l.fail("a hexadecimal string is malformed")
	}
	l.pos += end + 1
	return value{kind: kString, str: string(out)}, nil
}

func (l *lexer) dict(depth int) (value, error) {
	l.pos += 2
	v := value{kind: kDict}
	var seen map[string]bool
	for {
		l.space()
		if len(l.src)-l.pos < 2 {
			return value{}, errShort
		}
		if l.src[l.pos] == '>' && l.src[l.pos+1] == '>' {
			l.pos += 2
			return v, nil
		}
		if l.src[l.pos] != '/' {
			return value{}, l.fail("a dictionary's key is missing")
		}
		k, err := l.name()
		if err != nil {
			return value{}, err
		}
		if len(v.keys) == 16 { // from here on it is cheaper to look keys up
			seen = map[string]bool{}
			for _, k := range v.keys {
				seen[k] = true
			}
		}
		if seen[k.str] || seen == nil && v.has(k.str) {
			return value{}, l.fail("a dictionary holds /%s twice", clean(k.str))
		}
		if seen != nil {
			seen[k.str] = true
		}
		e, err := l.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		v.keys, v.list = append(v.keys, k.str), append(v.list, e)
	}
}
