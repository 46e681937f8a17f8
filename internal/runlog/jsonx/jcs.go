package jsonx

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf16"

	"assay/internal/runlog/quote"
)

// Canonical appends the value that stands at p in the canonical form of RFC
// 8785: no blanks, names in the order of their UTF-16 code units, numbers as
// ECMAScript writes them. Without is a name that is left out of the outermost
// object.
func (p *Value) Canonical(b []byte, without string, depth int) []byte {
	p.Ws()
	if depth > MaxDepth {
		p.Fail("Values nest deeper than %d levels.", MaxDepth)
		return b
	}
	if p.Pos >= len(p.Bytes) {
		p.syntax("a value")
		return b
	}
	switch c := p.Bytes[p.Pos]; {
	case c == '{':
		p.Pos++
		type member struct {
			name  string
			units []uint16
			value []byte
		}
		var ms []member
		for first := true; ; first = false {
			k, ok := p.Name(first)
			if !ok {
				break
			}
			m := member{name: k, units: utf16.Encode([]rune(k))}
			m.value = p.Canonical(nil, "", depth+1)
			if p.Msg != "" {
				return b
			}
			if depth > 0 || k != without || without == "" {
				ms = append(ms, m)
			}
		}
		slices.SortFunc(ms, func(x, y member) int { return slices.Compare(x.units, y.units) })
		b = append(b, '{')
		for i, m := range ms {
			if i > 0 {
				if ms[i-1].name == m.name {
					p.Fail("The field %q stands twice.", quote.Clip(m.name))
				}
				b = append(b, ',')
			}
			b = AppendString(b, m.name)
			b = append(b, ':')
			b = append(b, m.value...)
		}
		return append(b, '}')
	case c == '[':
		p.Pos++
		b = append(b, '[')
		for first := true; p.Item(first); first = false {
			if !first {
				b = append(b, ',')
			}
			b = p.Canonical(b, "", depth+1)
		}
		return append(b, ']')
	case c == '"':
		s, _ := p.str()
		return AppendString(b, s)
	case c == 't':
		p.lit("true")
		return append(b, "true"...)
	case c == 'f':
		p.lit("false")
		return append(b, "false"...)
	case c == 'n':
		p.lit("null")
		return append(b, "null"...)
	}
	f := p.Float("a value")
	return AppendNumber(b, f)
}

// AppendString appends a string as RFC 8785 (3.2.2.2) writes it: short escapes
// where JSON has them, \u00xx for other control characters, nothing else.
func AppendString(b []byte, s string) []byte {
	const short, hex = "btn fr", "0123456789abcdef" // for 8 to 13; there is none for 11
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 8 && c <= 13 && c != 11:
			b = append(b, '\\', short[c-8])
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// AppendNumber appends a number as ECMAScript's Number.prototype.toString does.
func AppendNumber(b []byte, f float64) []byte {
	if f == 0 {
		return append(b, '0')
	}
	if abs := math.Abs(f); abs >= 1e21 || abs < 1e-6 {
		from := len(b)
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		// Go writes at least two digits of the exponent: 1e-07 is 1e-7.
		if n := len(b); n-from > 4 && b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') {
			b = append(b[:n-2], b[n-1])
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}
