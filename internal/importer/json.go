package importer

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// jsonLine reads one JSON value out of memory, strictly (RFC 8259, UTF-8, no
// duplicate names where the reader asks) and without copying: a string without
// escapes shares its memory with b, which must therefore never be written again.
//
// The first thing that is wrong ends the reading; msg says what, and i where.
type jsonLine struct {
	b   []byte
	i   int
	msg string
	clk *clock
}

// maxDepth is how deep values may nest.
const maxDepth = 32

func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (p *jsonLine) fail(format string, args ...any) bool {
	if p.msg == "" {
		p.msg = fmt.Sprintf(format, args...)
	}
	return false
}

// syntax is the fault of a character that cannot stand where it does.
func (p *jsonLine) syntax(want string) bool {
	if p.i >= len(p.b) {
		return p.fail("The record ends in the middle of its JSON; the file was cut off.")
	}
	r, _ := utf8.DecodeRune(p.b[p.i:])
	return p.fail("This is not JSON: %s is expected at character %d, but %q stands there.", want, p.i+1, r)
}

func (p *jsonLine) ws() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '\r', '\n':
			p.i++
		default:
			return
		}
	}
}

// is skips blanks and then c, if that is next.
func (p *jsonLine) is(c byte) bool {
	p.ws()
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

// open reads the bracket that begins an object or array.
func (p *jsonLine) open(c byte, field string) bool {
	if p.is(c) {
		return true
	}
	if p.i >= len(p.b) {
		return p.syntax("a value")
	}
	if c == '{' {
		return p.fail("%q must be an object.", field)
	}
	return p.fail("%q must be a list.", field)
}

// name reads the next member's name and its colon; false at the object's end
// and after a failure.
func (p *jsonLine) name(first bool) (string, bool) {
	if p.msg != "" || p.is('}') {
		return "", false
	}
	if !first && !p.is(',') {
		return "", p.syntax("a comma or a closing brace")
	}
	p.ws()
	if p.i >= len(p.b) || p.b[p.i] != '"' {
		return "", p.syntax("a field name in quotation marks")
	}
	k, ok := p.str()
	if !ok {
		return "", false
	}
	if !p.is(':') {
		return "", p.syntax("a colon")
	}
	p.ws()
	return k, true
}

// item goes to the next element of a list; false at its end and after a failure.
func (p *jsonLine) item(first bool) bool {
	if p.msg != "" || p.is(']') {
		return false
	}
	if !first && !p.is(',') {
		return p.syntax("a comma or a closing bracket")
	}
	p.ws()
	return true
}

// once notes that a field was seen; a second time is a failure.
func (p *jsonLine) once(seen *uint32, bit uint, field string) {
	if *seen&(1<<bit) != 0 {
		p.fail("The field %q stands twice.", field)
	}
	*seen |= 1 << bit
}

func (p *jsonLine) lit(s string) bool {
	if len(p.b)-p.i >= len(s) && text(p.b[p.i:p.i+len(s)]) == s {
		p.i += len(s)
		return true
	}
	return p.syntax(strconv.Quote(s))
}

func (p *jsonLine) null() bool {
	return p.i < len(p.b) && p.b[p.i] == 'n' && p.lit("null")
}

// String reads text; null is "".
func (p *jsonLine) String(field string) string {
	if p.i < len(p.b) && p.b[p.i] == '"' {
		s, _ := p.str()
		return s
	}
	if p.i >= len(p.b) {
		p.syntax("a value")
	} else if !p.null() {
		p.fail("%q must be text.", field)
	}
	return ""
}

// Time reads a time; null and "" are none.
func (p *jsonLine) Time(field string) time.Time {
	s := p.String(field)
	if s == "" {
		return time.Time{}
	}
	t, why := p.clk.parse(s)
	if why != "" {
		p.fail("%q: %s", field, why)
	}
	return t
}

// Bool reads true or false; null is false.
func (p *jsonLine) Bool(field string) bool {
	switch {
	case p.i >= len(p.b):
		p.syntax("a value")
	case p.b[p.i] == 't':
		return p.lit("true")
	case p.b[p.i] == 'f':
		p.lit("false")
	case !p.null():
		p.fail("%q must be true or false.", field)
	}
	return false
}

// Float reads a number; null is 0.
func (p *jsonLine) Float(field string) float64 {
	if p.null() {
		return 0
	}
	s, ok := p.num(field)
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		p.fail("%q is the number %s, which is too large.", field, clip(s))
	}
	return f
}

// Int reads a whole number; null is 0.
func (p *jsonLine) Int(field string) int64 {
	if p.null() {
		return 0
	}
	s, ok := p.num(field)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.fail("%q is %s, which is no whole number that fits.", field, clip(s))
	}
	return n
}

// Scalar reads text, a number, true or false as text; null is "".
func (p *jsonLine) Scalar(field string) string {
	if p.i >= len(p.b) {
		p.syntax("a value")
		return ""
	}
	switch c := p.b[p.i]; {
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
	p.fail("%q must be a single value.", field)
	return ""
}

// num reads a number as RFC 8259 writes it.
func (p *jsonLine) num(field string) (string, bool) {
	s, i, b := p.i, p.i, p.b
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
			p.i = from
			return "", p.syntax("a number")
		}
		return "", p.fail("%q must be a number.", field)
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			p.i = i
			return "", p.syntax("a digit")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			p.i = i
			return "", p.syntax("a digit")
		}
	}
	p.i = i
	return text(b[s:i]), true
}

// str reads the string that begins at i.
func (p *jsonLine) str() (string, bool) {
	b := p.b
	s := p.i + 1
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
		p.i = i
		return "", p.syntax("a quotation mark")
	}
found:
	if b[i] == '"' {
		r := b[s:i]
		if high&hi != 0 && !utf8.Valid(r) {
			return "", p.notUTF8(s, r)
		}
		p.i = i + 1
		return text(r), true
	}
	return p.escaped(s, i)
}

func (p *jsonLine) notUTF8(at int, r []byte) bool {
	for n := 0; n < len(r); {
		c, size := utf8.DecodeRune(r[n:])
		if c == utf8.RuneError && size == 1 {
			at += n
			break
		}
		n += size
	}
	return p.fail("The text is not valid UTF-8 at byte %d.", at+1)
}

// escaped goes on with a string that began at s and needs a copy from i on.
func (p *jsonLine) escaped(s, i int) (string, bool) {
	b := p.b
	o := append(make([]byte, 0, 2*(i-s)+64), b[s:i]...)
	for i < len(b) {
		c := b[i]
		switch {
		case c == '"':
			if !utf8.Valid(b[s:i]) {
				return "", p.notUTF8(s, b[s:i])
			}
			p.i = i + 1
			return text(o), true
		case c == '\\':
			p.i = i
			if i+1 >= len(b) {
				p.i = len(b)
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
						return "", p.fail("Half a character is written at character %d (a lone surrogate).", p.i+1)
					}
					i += 6
				}
				o = utf8.AppendRune(o, r)
			default:
				return "", p.fail("This is not JSON: unknown escape at character %d.", p.i+1)
			}
		case c < 0x20:
			p.i = i
			return "", p.fail("This is not JSON: a control character stands in a text at character %d.", i+1)
		default:
			j := i + 1
			for j < len(b) && b[j] != '"' && b[j] != '\\' && b[j] >= 0x20 {
				j++
			}
			o = append(o, b[i:j]...)
			i = j
		}
	}
	p.i = i
	return "", p.syntax("a quotation mark")
}

func (p *jsonLine) hex4(i int) (rune, bool) {
	if i+4 > len(p.b) {
		p.i = len(p.b)
		return 0, p.syntax("four hexadecimal digits")
	}
	v, err := strconv.ParseUint(text(p.b[i:i+4]), 16, 16)
	if err != nil || p.b[i] == '+' {
		return 0, p.fail("This is not JSON: four hexadecimal digits are expected at character %d.", i+1)
	}
	return rune(v), true
}

// skip reads any value and leaves it aside; names may not stand twice in it.
func (p *jsonLine) skip(depth int) bool {
	p.ws()
	if depth > maxDepth {
		return p.fail("Values nest deeper than %d levels.", maxDepth)
	}
	if p.i >= len(p.b) {
		return p.syntax("a value")
	}
	switch p.b[p.i] {
	case '"':
		_, ok := p.str()
		return ok
	case '{':
		p.i++
		seen := map[string]bool{}
		for first := true; ; first = false {
			k, ok := p.name(first)
			if !ok {
				return p.msg == ""
			}
			if seen[k] {
				return p.fail("The field %q stands twice.", clip(k))
			}
			seen[k] = true
			if !p.skip(depth + 1) {
				return false
			}
		}
	case '[':
		p.i++
		for first := true; p.item(first); first = false {
			if !p.skip(depth + 1) {
				return false
			}
		}
		return p.msg == ""
	case 't':
		return p.lit("true")
	case 'f':
		return p.lit("false")
	case 'n':
		return p.lit("null")
	}
	if c := p.b[p.i]; c != '-' && c-'0' > 9 {
		return p.syntax("a value")
	}
	_, ok := p.num("a value")
	return ok
}

// end is whether nothing but blanks is left.
func (p *jsonLine) end() bool {
	p.ws()
	if p.i < len(p.b) && p.msg == "" {
		return p.fail("Something follows the record at character %d; each line holds one record.", p.i+1)
	}
	return p.msg == ""
}

// members gives each name of the object that stands here to f, which reads or
// skips the value. A name that stands twice is a failure; null has no members.
func (p *jsonLine) members(field string, f func(name string)) {
	if p.null() || !p.open('{', field) {
		return
	}
	var few [16]string
	seen := few[:0]
	for first := true; ; first = false {
		k, ok := p.name(first)
		if !ok {
			return
		}
		for _, s := range seen {
			if s == k {
				p.fail("The field %q stands twice.", clip(k))
				return
			}
		}
		if len(seen) >= 1000 {
			p.fail("%q has more than 1,000 fields.", field)
			return
		}
		seen = append(seen, k)
		f(k)
	}
}

// elements calls f at each element of the list that stands here, which reads
// or skips it; null has none.
func (p *jsonLine) elements(field string, f func()) {
	if p.null() || !p.open('[', field) {
		return
	}
	for first := true; p.item(first); first = false {
		f()
	}
}
