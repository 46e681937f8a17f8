// Package jsonx reads the JSON of run logs: Value one record that is in memory,
// Stream a document that is larger than memory, record by record. It says in a
// sentence what is wrong and where, refuses names that stand twice, and gives
// the canonical form (RFC 8785) that hash chains are made of.
//
// It is written by hand because a log of a million runs is several gigabytes:
// 7 MB of run audit read at 151 MB/s (with checking and counting every run)
// beside 44 MB/s of encoding/json's decoding alone, with a seventh of its
// allocations, and encoding/json takes a name that stands twice without a word:
// a second "decisions" would replace the first.
package jsonx

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"assay/internal/runlog/quote"
)

// Value reads one JSON value out of memory, strictly (RFC 8259, UTF-8, no
// duplicate names where the reader asks) and without copying: a string without
// escapes shares its memory with Bytes, which must therefore never be written again.
//
// The first thing that is wrong ends the reading; Msg says what, and Pos where.
type Value struct {
	Bytes []byte
	Pos   int    // of the next byte
	Msg   string // what is wrong; empty: nothing yet
	Torn  bool   // what is wrong is the JSON itself, and not what it says
}

// MaxDepth is how deep values may nest.
const MaxDepth = 32

// Text is b as a string, without copying: b must not be written to again.
func Text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Fail says what is wrong, unless something was before; it is false.
func (p *Value) Fail(format string, args ...any) bool {
	if p.Msg == "" {
		p.Msg = fmt.Sprintf(format, args...)
	}
	return false
}

// tear says what is wrong with the JSON itself.
func (p *Value) tear(format string, args ...any) bool {
	if p.Msg == "" {
		p.Torn = true
	}
	return p.Fail(format, args...)
}

// syntax is the fault of a character that cannot stand where it does.
func (p *Value) syntax(want string) bool {
	if p.Pos >= len(p.Bytes) {
		return p.tear("The record ends in the middle of its JSON; the file was cut off.")
	}
	r, _ := utf8.DecodeRune(p.Bytes[p.Pos:])
	return p.tear("This is not JSON: %s is expected at character %d, but %q stands there.", want, p.Pos+1, r)
}

// Ws skips blanks.
func (p *Value) Ws() {
	for p.Pos < len(p.Bytes) {
		switch p.Bytes[p.Pos] {
		case ' ', '\t', '\r', '\n':
			p.Pos++
		default:
			return
		}
	}
}

// is skips blanks and then c, if that is next.
func (p *Value) is(c byte) bool {
	p.Ws()
	if p.Pos < len(p.Bytes) && p.Bytes[p.Pos] == c {
		p.Pos++
		return true
	}
	return false
}

// Open reads the bracket that begins an object or array.
func (p *Value) Open(c byte, field string) bool {
	if p.is(c) {
		return true
	}
	if p.Pos >= len(p.Bytes) {
		return p.syntax("a value")
	}
	if c == '{' {
		return p.Fail("%q must be an object.", field)
	}
	return p.Fail("%q must be a list.", field)
}

// Name reads the next member's name and its colon; false at the object's end
// and after a failure.
func (p *Value) Name(first bool) (string, bool) {
	if p.Msg != "" || p.is('}') {
		return "", false
	}
	if !first && !p.is(',') {
		return "", p.syntax("a comma or a closing brace")
	}
	p.Ws()
	if p.Pos >= len(p.Bytes) || p.Bytes[p.Pos] != '"' {
		return "", p.syntax("a field name in quotation marks")
	}
	k, ok := p.str()
	if !ok {
		return "", false
	}
	if !p.is(':') {
		return "", p.syntax("a colon")
	}
	p.Ws()
	return k, true
}

// Item goes to the next element of a list; false at its end and after a failure.
func (p *Value) Item(first bool) bool {
	if p.Msg != "" || p.is(']') {
		return false
	}
	if !first && !p.is(',') {
		return p.syntax("a comma or a closing bracket")
	}
	p.Ws()
	return true
}

// Once notes that a field was seen; a second time is a failure.
func (p *Value) Once(seen *uint32, bit uint, field string) {
	if *seen&(1<<bit) != 0 {
		p.Fail("The field %q stands twice.", field)
	}
	*seen |= 1 << bit
}

func (p *Value) lit(s string) bool {
	if len(p.Bytes)-p.Pos >= len(s) && Text(p.Bytes[p.Pos:p.Pos+len(s)]) == s {
		p.Pos += len(s)
		return true
	}
	return p.syntax(strconv.Quote(s))
}

// Null reads null, if that is next.
func (p *Value) Null() bool {
	return p.Pos < len(p.Bytes) && p.Bytes[p.Pos] == 'n' && p.lit("null")
}

// String reads text; null is "".
func (p *Value) String(field string) string {
	if p.Pos < len(p.Bytes) && p.Bytes[p.Pos] == '"' {
		s, _ := p.str()
		return s
	}
	if p.Pos >= len(p.Bytes) {
		p.syntax("a value")
	} else if !p.Null() {
		p.Fail("%q must be text.", field)
	}
	return ""
}

// Bool reads true or false; null is false.
func (p *Value) Bool(field string) bool {
	switch {
	case p.Pos >= len(p.Bytes):
		p.syntax("a value")
	case p.Bytes[p.Pos] == 't':
		return p.lit("true")
	case p.Bytes[p.Pos] == 'f':
		p.lit("false")
	case !p.Null():
		p.Fail("%q must be true or false.", field)
	}
	return false
}

// Float reads a number; null is 0.
func (p *Value) Float(field string) float64 {
	if p.Null() {
		return 0
	}
	s, ok := p.num(field)
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		p.Fail("%q is the number %s, which is too large.", field, quote.Clip(s))
	}
	return f
}

// Int reads a whole number; null is 0.
func (p *Value) Int(field string) int64 {
	if p.Null() {
		return 0
	}
	s, ok := p.num(field)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.Fail("%q is %s, which is no whole number that fits.", field, quote.Clip(s))
	}
	return n
}

// Scalar reads text, a number, true or false as text; null is "".
func (p *Value) Scalar(field string) string {
	if p.Pos >= len(p.Bytes) {
		p.syntax("a value")
		return ""
	}
	switch c := p.Bytes[p.Pos]; {
	case c == '"' || c == 'n':
		return p.String(field)
	case c == 't' || c == 'f':
		if p.Bool(field) {
			return "true"
		}
		return "false"
	case c == '-' || c-'0' <= 9:
		s, _ := p.num(field)
		return s
	}
	p.Fail("%q must be a single value.", field)
	return ""
}

// num reads a number as RFC 8259 writes it.
func (p *Value) num(field string) (string, bool) {
	s, i, b := p.Pos, p.Pos, p.Bytes
	digits := func() bool {
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	zero := i < len(b) && b[i] == '0'
	if from := i; !digits() || zero && i > from+1 {
		if from >= len(b) {
			p.Pos = from
			return "", p.syntax("a number")
		}
		return "", p.Fail("%q must be a number.", field)
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			p.Pos = i
			return "", p.syntax("a digit")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			p.Pos = i
			return "", p.syntax("a digit")
		}
	}
	p.Pos = i
	return Text(b[s:i]), true
}

// str reads the string that begins at i.
func (p *Value) str() (string, bool) {
	b := p.Bytes
	s := p.Pos + 1
	i := s
	// Eight bytes at a time: is there a quotation mark, a backslash or a control
	// character among them, and has any its high bit set?
	const lo, hi = 0x0101010101010101, 0x8080808080808080
	var high uint64
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		q, e := w^(lo*'"'), w^(lo*'\\')
		m := (((q - lo) & ^q) | ((e - lo) & ^e) | ((w - lo*0x20) & ^w)) & hi
		if m != 0 {
			n := bits.TrailingZeros64(m)
			high |= w & (1<<n - 1)
			i += n / 8
			goto found
		}
		high |= w
		i += 8
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20 {
		high |= uint64(b[i])
		i++
	}
	if i >= len(b) {
		p.Pos = i
		return "", p.syntax("a quotation mark")
	}
found:
	if b[i] == '"' {
		r := b[s:i]
		if high&hi != 0 && !utf8.Valid(r) {
			return "", p.notUTF8(s, r)
		}
		p.Pos = i + 1
		return Text(r), true
	}
	return p.escaped(s, i)
}

func (p *Value) notUTF8(at int, r []byte) bool {
	for n := 0; n < len(r); {
		c, size := utf8.DecodeRune(r[n:])
		if c == utf8.RuneError && size == 1 {
			at += n
			break
		}
		n += size
	}
	return p.tear("The text is not valid UTF-8 at byte %d.", at+1)
}

// escaped goes on with a string that began at s and needs a copy from i on.
func (p *Value) escaped(s, i int) (string, bool) {
	b := p.Bytes
	o := append(make([]byte, 0, 2*(i-s)+64), b[s:i]...)
	for i < len(b) {
		c := b[i]
		switch {
		case c == '"':
			if !utf8.Valid(b[s:i]) {
				return "", p.notUTF8(s, b[s:i])
			}
			p.Pos = i + 1
			return Text(o), true
		case c == '\\':
			p.Pos = i
			if i+1 >= len(b) {
				p.Pos = len(b)
				return "", p.syntax("a quotation mark")
			}
			i += 2
			switch b[i-1] {
			case '"', '\\', '/':
				o = append(o, b[i-1])
			case 'n':
				o = append(o, '\n')
			case 't':
				o = append(o, '\t')
			case 'r':
				o = append(o, '\r')
			case 'b':
				o = append(o, '\b')
			case 'f':
				o = append(o, '\f')
			case 'u':
				r, ok := p.hex4(i)
				if !ok {
					return "", false
				}
				i += 4
				if utf16.IsSurrogate(r) {
					var low rune
					if i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' {
						if low, ok = p.hex4(i + 2); !ok {
							return "", false
						}
					}
					if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
						return "", p.tear("Half a character is written at character %d (a lone surrogate).", p.Pos+1)
					}
					i += 6
				}
				o = utf8.AppendRune(o, r)
			default:
				return "", p.tear("This is not JSON: unknown escape at character %d.", p.Pos+1)
			}
		case c < 0x20:
			p.Pos = i
			return "", p.tear("This is not JSON: a control character stands in a text at character %d.", i+1)
		default:
			j := i + 1
			for j < len(b) && b[j] != '"' && b[j] != '\\' && b[j] >= 0x20 {
				j++
			}
			o = append(o, b[i:j]...)
			i = j
		}
	}
	p.Pos = i
	return "", p.syntax("a quotation mark")
}

func (p *Value) hex4(i int) (rune, bool) {
	if i+4 > len(p.Bytes) {
		p.Pos = len(p.Bytes)
		return 0, p.syntax("four hexadecimal digits")
	}
	v, err := strconv.ParseUint(Text(p.Bytes[i:i+4]), 16, 16)
	if err != nil || p.Bytes[i] == '+' {
		return 0, p.tear("This is not JSON: four hexadecimal digits are expected at character %d.", i+1)
	}
	return rune(v), true
}

// Skip reads any value and leaves it aside; names may not stand twice in it.
func (p *Value) Skip(depth int) bool {
	p.Ws()
	if depth > MaxDepth {
		return p.Fail("Values nest deeper than %d levels.", MaxDepth)
	}
	if p.Pos >= len(p.Bytes) {
		return p.syntax("a value")
	}
	switch p.Bytes[p.Pos] {
	case '"':
		_, ok := p.str()
		return ok
	case '{':
		p.Pos++
		seen := map[string]bool{}
		for first := true; ; first = false {
			k, ok := p.Name(first)
			if !ok {
				return p.Msg == ""
			}
			if seen[k] {
				return p.Fail("The field %q stands twice.", quote.Clip(k))
			}
			seen[k] = true
			if !p.Skip(depth + 1) {
				return false
			}
		}
	case '[':
		p.Pos++
		for first := true; p.Item(first); first = false {
			if !p.Skip(depth + 1) {
				return false
			}
		}
		return p.Msg == ""
	case 't':
		return p.lit("true")
	case 'f':
		return p.lit("false")
	case 'n':
		return p.lit("null")
	}
	if c := p.Bytes[p.Pos]; c != '-' && c-'0' > 9 {
		return p.syntax("a value")
	}
	_, ok := p.num("a value")
	return ok
}

// End is whether nothing but blanks is left.
func (p *Value) End() bool {
	p.Ws()
	if p.Pos < len(p.Bytes) && p.Msg == "" {
		return p.tear("Something follows the record at character %d; each line holds one record.", p.Pos+1)
	}
	return p.Msg == ""
}

// Members gives each name of the object that stands here to f, which reads or
// skips the value. A name that stands twice is a failure; null has no members.
func (p *Value) Members(field string, f func(name string)) {
	if p.Null() || !p.Open('{', field) {
		return
	}
	var few [16]string
	seen := few[:0]
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			return
		}
		for _, s := range seen {
			if s == k {
				p.Fail("The field %q stands twice.", quote.Clip(k))
				return
			}
		}
		if len(seen) >= 1000 {
			p.Fail("%q has more than 1,000 fields.", field)
			return
		}
		seen = append(seen, k)
		f(k)
	}
}

// Elements calls f at each element of the list that stands here, which reads
// or skips it; null has none.
func (p *Value) Elements(field string, f func()) {
	if p.Null() || !p.Open('[', field) {
		return
	}
	for first := true; p.Item(first); first = false {
		f()
	}
}

// Paths says which values of a record Values is to give.
type Paths interface {
	Whole(path string) bool  // an object, or list, as its JSON text
	Within(path string) bool // what stands inside it, though it is a text that is JSON, or taken whole
}

// Values reads the record that stands here and gives every value with its path
// ("properties.status") that is neither object nor list, and each object and
// list that is to be taken whole, as its JSON text. Lists are given to list,
// which reads or skips them; nil skips. Text that is itself JSON is read where
// something inside it is asked for. An object whose members are elements, each under a
// name of its own, is given to list like a list where its path with ".*" is one that of
// takes whole.
func (p *Value) Values(path string, of Paths, give func(path, value string), list func(path string) bool) {
	p.Members(path, func(k string) {
		at := k
		if path != "" {
			at = path + "." + k
		}
		if p.Pos >= len(p.Bytes) {
			p.syntax("a value")
			return
		}
		object := p.Bytes[p.Pos] == '{'
		switch {
		case object || p.Bytes[p.Pos] == '[':
			from := p.Pos
			whole := of != nil && of.Whole(at)
			if object && of != nil && list != nil && of.Whole(at+".*") && list(at+".*") {
				return
			}
			within := object && (!whole || of.Within(at)) && strings.Count(at, ".") < MaxDepth
			switch {
			case within:
				p.Values(at, of, give, list)
			case !object && list != nil && list(at):
				whole = false // list gave it
			default:
				p.Skip(1)
			}
			if whole && p.Msg == "" {
				give(at, Text(p.Bytes[from:p.Pos]))
			}
		default:
			v := p.Scalar(k)
			if v == "" {
				return
			}
			give(at, v)
			if of != nil && v[0] == '{' && of.Within(at) {
				inner := Value{Bytes: []byte(v)}
				inner.Values(at, of, give, nil) // what is no JSON after all holds nothing
			}
		}
	})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
