// Package pdf reads the files in which certificates and packs are written, and
// refuses whatever two programs could read in two ways: only then does a
// signature over a file say what people see when they open it.
//
// It reads the syntax of PDF (ISO 32000-1, chapter 7), and the revisions of a
// file: a PDF that was signed is saved by appending, so the file still holds
// each of its former selves. Open reads the cross-reference of every saving, and
// File.View gives the file as one of them left it. Where other readers repair,
// this one refuses: a missing endobj, a stream that is longer than it says, an
// object that its cross-reference places elsewhere, bytes after the end.
//
// Nothing here knows what a signature or a page is; signing and pdfcheck do.
// Every length, depth and count is bounded, so that a hostile file costs no more
// memory or time than its size warrants.
package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"assay/internal/fault"
)

// Kind is the kind of an object.
type Kind uint8

// The kinds of objects. A stream is no kind of its own: see Object.
const (
	Null Kind = iota
	Bool
	Int
	Real
	Name
	String
	Array
	Dict
	Ref
)

// Value is a PDF object with the place of its text in the source it was read from.
type Value struct {
	Kind       Kind
	Num        int64   // integer, boolean (1 is true) or the object number of a reference
	gen        int64   // generation of a reference
	Str        string  // name, string, or the text of a real
	List       []Value // array, or the values of a dictionary in the order of keys
	Keys       []string
	Start, End int // its text is Object.Src[Start:End]
}

// Get is the value under key in a dictionary, null if it is not there.
func (v Value) Get(key string) Value {
	for i, k := range v.Keys {
		if k == key {
			return v.List[i]
		}
	}
	return Value{}
}

// Has tells whether a dictionary has an entry under key.
func (v Value) Has(key string) bool {
	for _, k := range v.Keys {
		if k == key {
			return true
		}
	}
	return false
}

// IsName tells whether it is this name.
func (v Value) IsName(s string) bool { return v.Kind == Name && v.Str == s }

// Equal compares content, not spelling; dictionaries regardless of order.
func (v Value) Equal(w Value) bool {
	if v.Kind != w.Kind || v.Num != w.Num || v.gen != w.gen || v.Str != w.Str || len(v.List) != len(w.List) ||
		len(v.Keys) != len(w.Keys) {
		return false
	}
	for i := range v.List {
		if v.Kind == Dict {
			if !w.Has(v.Keys[i]) || !v.List[i].Equal(w.Get(v.Keys[i])) {
				return false
			}
		} else if !v.List[i].Equal(w.List[i]) {
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
	MaxValues = 1_000_000
)

func (l *lexer) Value(depth int) (Value, error) {
	l.space()
	if depth > maxDepth {
		return Value{}, l.fail("objects are nested more than %d deep", maxDepth)
	}
	if l.values++; l.values > MaxValues {
		return Value{}, l.fail("an object holds more than %d values", MaxValues)
	}
	if l.pos >= len(l.src) {
		return Value{}, errShort
	}
	start := l.pos
	v, err := l.bare(depth)
	v.Start, v.End = start, l.pos
	return v, err
}

func (l *lexer) bare(depth int) (Value, error) {
	switch c := l.src[l.pos]; {
	case c == '/':
		return l.name()
	case c == '(':
		return l.literal()
	case c == '<':
		if l.pos+1 >= len(l.src) {
			return Value{}, errShort
		}
		if l.src[l.pos+1] == '<' {
			return l.dict(depth)
		}
		return l.hex()
	case c == '[':
		l.pos++
		v := Value{Kind: Array}
		for {
			l.space()
			if l.pos < len(l.src) && l.src[l.pos] == ']' {
				l.pos++
				return v, nil
			}
			e, err := l.Value(depth + 1)
			if err != nil {
				return Value{}, err
			}
			v.List = append(v.List, e)
		}
	case c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9':
		return l.number()
	}
	w := l.word()
	if l.pos == len(l.src) {
		return Value{}, errShort
	}
	switch w {
	case "null":
		return Value{}, nil
	case "true":
		return Value{Kind: Bool, Num: 1}, nil
	case "false":
		return Value{Kind: Bool}, nil
	}
	return Value{}, l.fail("%q is no object", fault.Plain(w))
}

// number reads an integer, a real or a reference.
func (l *lexer) number() (Value, error) {
	start := l.pos
	w := l.word()
	if l.pos == len(l.src) {
		return Value{}, errShort
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
			return Value{}, l.fail("%q is no number", fault.Plain(w))
		}
		return Value{Kind: Real, Str: w}, nil
	}
	if n < 0 || w[0] == '+' {
		return Value{Kind: Int, Num: n}, nil
	}
	// "12 0 R" is a reference; anything else leaves the integer alone.
	after := l.pos
	gen, err := l.integer()
	if err == nil {
		l.space()
		r := l.word()
		if l.pos == len(l.src) && (r == "R" || r == "") {
			return Value{}, errShort
		}
		if r == "R" {
			return Value{Kind: Ref, Num: n, gen: gen}, nil
		}
	} else if err == errShort {
		return Value{}, err
	}
	l.pos = after
	return Value{Kind: Int, Num: n}, nil
}

func (l *lexer) name() (Value, error) {
	l.pos++
	w := l.word()
	if l.pos == len(l.src) {
		return Value{}, errShort
	}
	if bytes.IndexByte([]byte(w), '#') >= 0 {
		var b []byte
		for i := 0; i < len(w); i++ {
			if w[i] != '#' {
				b = append(b, w[i])
				continue
			}
			if i+2 >= len(w) {
				return Value{}, l.fail("a name is malformed")
			}
			x, err := hex.DecodeString(w[i+1 : i+3])
			if err != nil || x[0] == 0 {
				return Value{}, l.fail("a name is malformed")
			}
			b = append(b, x[0])
			i += 2
		}
		w = string(b)
	}
	return Value{Kind: Name, Str: w}, nil
}

func (l *lexer) literal() (Value, error) {
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
				return Value{Kind: String, Str: string(b)}, nil
			}
		case '\r':
			if l.pos+1 < len(l.src) && l.src[l.pos+1] == '\n' {
				l.pos++
			}
			c = '\n'
		case '\\':
			l.pos++
			if l.pos >= len(l.src) {
				return Value{}, errShort
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
	return Value{}, errShort
}

func (l *lexer) hex() (Value, error) {
	end := bytes.IndexByte(l.src[l.pos:], '>')
	if end < 0 {
		return Value{}, errShort
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
		return Value{}, l.fail("a hexadecimal string is malformed")
	}
	l.pos += end + 1
	return Value{Kind: String, Str: string(out)}, nil
}

func (l *lexer) dict(depth int) (Value, error) {
	l.pos += 2
	v := Value{Kind: Dict}
	var seen map[string]bool
	for {
		l.space()
		if len(l.src)-l.pos < 2 {
			return Value{}, errShort
		}
		if l.src[l.pos] == '>' && l.src[l.pos+1] == '>' {
			l.pos += 2
			return v, nil
		}
		if l.src[l.pos] != '/' {
			return Value{}, l.fail("a dictionary's key is missing")
		}
		k, err := l.name()
		if err != nil {
			return Value{}, err
		}
		if len(v.Keys) == 16 { // from here on it is cheaper to look keys up
			seen = map[string]bool{}
			for _, k := range v.Keys {
				seen[k] = true
			}
		}
		if seen[k.Str] || seen == nil && v.Has(k.Str) {
			return Value{}, l.fail("a dictionary holds /%s twice", fault.Plain(k.Str))
		}
		if seen != nil {
			seen[k.Str] = true
		}
		e, err := l.Value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		v.Keys, v.List = append(v.Keys, k.Str), append(v.List, e)
	}
}
