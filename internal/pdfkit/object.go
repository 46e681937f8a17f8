package pdfkit

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// A reader for PDF files, for the checker. It is strict, never panics and
// bounds depth and size, since files also come from elsewhere.

type (
	pdfName   string
	pdfString []byte
	pdfRef    int32
	pdfDict   map[string]any
	pdfStream struct {
		dict pdfDict
		raw  []byte
	}
	pdfOp string // an operator of a content stream
)

type pdfFile struct {
	b       []byte
	xref    map[int32]fileEntry
	trailer pdfDict
	objects map[int32]any
	packed  map[int32][]any // contents of object streams, with their numbers
	loading map[int32]bool
	err     error // the first object that could not be read
}

type fileEntry struct {
	off int64
	in  int32 // object stream, 0 if none
	idx int32
}

const (
	maxDepth   = 64
	maxDecoded = 512 << 20
)

// openPDF reads the cross-reference of the newest revision and all before it.
func openPDF(b []byte) (*pdfFile, error) {
	f := &pdfFile{
		b:       b,
		xref:    map[int32]fileEntry{},
		objects: map[int32]any{},
		packed:  map[int32][]any{},
		loading: map[int32]bool{},
	}
	at := bytes.LastIndex(b, []byte("startxref"))
	if at < 0 {
		return nil, fmt.Errorf("there is no startxref")
	}
	l := &lexer{b: b, pos: at + len("startxref")}
	v, err := l.value(0)
	off, ok := v.(int64)
	if err != nil || !ok {
		return nil, fmt.Errorf("startxref has no offset")
	}
	seen := map[int64]bool{}
	todo := []int64{off}
	for len(todo) > 0 {
		off := todo[0]
		todo = todo[1:]
		if seen[off] {
			continue
		}
		seen[off] = true
		if off < 0 || off >= int64(len(b)) {
			return nil, fmt.Errorf("a cross-reference lies outside the file, at %d", off)
		}
		d, err := f.readXref(off)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer = d
		}
		for _, k := range []string{"XRefStm", "Prev"} {
			if v, ok := d[k].(int64); ok {
				todo = append(todo, v)
			}
		}
	}
	return f, nil
}

func (f *pdfFile) readXref(off int64) (pdfDict, error) {
	l := &lexer{b: f.b, pos: int(off)}
	l.space()
	if !bytes.HasPrefix(l.rest(), []byte("xref")) {
		return f.readXrefStream(l)
	}
	l.pos += 4
	for {
		v, err := l.value(0)
		if err != nil {
			return nil, err
		}
		if v == pdfOp("trailer") {
			break
		}
		first, ok1 := v.(int64)
		v, err = l.value(0)
		n, ok2 := v.(int64)
		if err != nil || !ok1 || !ok2 || first < 0 || n < 0 || n > int64(len(f.b))/18 {
			return nil, fmt.Errorf("the cross-reference table at %d is broken", off)
		}
		l.space()
		for i := range n {
			if len(l.rest()) < 20 {
				return nil, fmt.Errorf("the cross-reference table at %d is cut off", off)
			}
			row := l.rest()[:20]
			l.pos += 20
			at, err := strconv.ParseInt(string(row[:10]), 10, 64)
			if err != nil || row[10] != ' ' || row[16] != ' ' || row[17] != 'n' && row[17] != 'f' {
				return nil, fmt.Errorf("an entry of the cross-reference table is broken: %q", row)
			}
			num := int32(first + i)
			if _, ok := f.xref[num]; !ok {
				if row[17] == 'f' {
					at = -1
				}
				f.xref[num] = fileEntry{off: at}
			}
		}
	}
	v, err := l.value(0)
	d, ok := v.(pdfDict)
	if err != nil || !ok {
		return nil, fmt.Errorf("the trailer after %d is broken", off)
	}
	return d, nil
}

func (f *pdfFile) readXrefStream(l *lexer) (pdfDict, error) {
	at := l.pos
	v, err := f.objectAt(l, -1)
	s, ok := v.(*pdfStream)
	if err != nil || !ok || s.dict["Type"] != pdfName("XRef") {
		return nil, fmt.Errorf("there is no cross-reference at %d", at)
	}
	data, err := f.decode(s)
	if err != nil {
		return nil, err
	}
	w, _ := s.dict["W"].([]any)
	if len(w) != 3 {
		return nil, fmt.Errorf("the cross-reference stream at %d has no widths", at)
	}
	var ws [3]int
	row := 0
	for i := range ws {
		n, ok := w[i].(int64)
		if !ok || n < 0 || n > 8 {
			return nil, fmt.Errorf("the cross-reference stream at %d has wrong widths", at)
		}
		ws[i] = int(n)
		row += ws[i]
	}
	size, _ := s.dict["Size"].(int64)
	index, ok := s.dict["Index"].([]any)
	if !ok {
		index = []any{int64(0), size}
	}
	for i := 0; i+1 < len(index); i += 2 {
		first, ok1 := index[i].(int64)
		n, ok2 := index[i+1].(int64)
		if !ok1 || !ok2 || first < 0 || n < 0 || row == 0 || n > int64(len(data)/row) {
			return nil, fmt.Errorf("the cross-reference stream at %d has a wrong index", at)
		}
		for k := range n {
			fields := [3]int64{1}
			p := data
			for j, w := range ws {
				if w > 0 {
					fields[j] = 0
				}
				for _, c := range p[:w] {
					fields[j] = fields[j]<<8 | int64(c)
				}
				p = p[w:]
			}
			data = data[row:]
			num := int32(first + k)
			if _, ok := f.xref[num]; ok {
				continue
			}
			switch fields[0] {
			case 1:
				f.xref[num] = fileEntry{off: fields[1]}
			case 2:
				f.xref[num] = fileEntry{in: int32(fields[1]), idx: int32(fields[2])}
			default:
				f.xref[num] = fileEntry{off: -1}
			}
		}
	}
	return s.dict, nil
}

// get follows references to a value; nil where there is none.
func (f *pdfFile) get(v any) any {
	for range maxDepth {
		r, ok := v.(pdfRef)
		if !ok {
			return v
		}
		v = f.object(int32(r))
	}
	return nil
}

func (f *pdfFile) dict(v any) pdfDict {
	switch v := f.get(v).(type) {
	case pdfDict:
		return v
	case *pdfStream:
		return v.dict
	}
	return nil
}

func (f *pdfFile) array(v any) []any { a, _ := f.get(v).([]any); return a }
func (f *pdfFile) name(v any) string { n, _ := f.get(v).(pdfName); return string(n) }
func (f *pdfFile) text(v any) string { s, _ := f.get(v).(pdfString); return decodeText(s) }
func (f *pdfFile) int(v any) (int, bool) {
	n, ok := f.get(v).(int64)
	return int(n), ok
}

func (f *pdfFile) object(n int32) any {
	if v, ok := f.objects[n]; ok {
		return v
	}
	e, ok := f.xref[n]
	if !ok || e.in == 0 && e.off < 0 || f.loading[n] {
		return nil
	}
	f.loading[n] = true
	defer delete(f.loading, n)
	var v any
	var err error
	if e.in > 0 {
		v, err = f.packedObject(e, n)
	} else if e.off >= int64(len(f.b)) {
		err = fmt.Errorf("object %d lies outside the file", n)
	} else {
		v, err = f.objectAt(&lexer{b: f.b, pos: int(e.off)}, n)
	}
	if err != nil && f.err == nil {
		f.err = err
	}
	f.objects[n] = v
	return v
}

func (f *pdfFile) packedObject(e fileEntry, n int32) (any, error) {
	objs, ok := f.packed[e.in]
	if !ok {
		s, isStream := f.object(e.in).(*pdfStream)
		if !isStream || s.dict["Type"] != pdfName("ObjStm") {
			return nil, fmt.Errorf("object %d should be in stream %d, which holds no objects", n, e.in)
		}
		data, err := f.decode(s)
		if err != nil {
			return nil, err
		}
		count, _ := f.int(s.dict["N"])
		first, _ := f.int(s.dict["First"])
		if count < 0 || first < 0 || first > len(data) || count > len(data) {
			return nil, fmt.Errorf("object stream %d is broken", e.in)
		}
		head := &lexer{b: data[:first]}
		for range count {
			num, err1 := head.value(0)
			off, err2 := head.value(0)
			o, ok := off.(int64)
			if err1 != nil || err2 != nil || !ok || o < 0 || int(o) > len(data)-first {
				return nil, fmt.Errorf("object stream %d is broken", e.in)
			}
			v, err := (&lexer{b: data, pos: first + int(o)}).value(0)
			if err != nil {
				return nil, fmt.Errorf("object stream %d: %w", e.in, err)
			}
			objs = append(objs, num, v)
		}
		f.packed[e.in] = objs
	}
	if i := int(e.idx) * 2; i+1 < len(objs) && objs[i] == int64(n) {
		return objs[i+1], nil
	}
	return nil, fmt.Errorf("object %d is not in stream %d", n, e.in)
}

// objectAt reads "n 0 obj … endobj"; any number where want is negative.
func (f *pdfFile) objectAt(l *lexer, want int32) (any, error) {
	at := l.pos
	num, _ := l.value(0)
	_, _ = l.value(0) // the generation
	op, err := l.value(0)
	if n, ok := num.(int64); err != nil || !ok || op != pdfOp("obj") || want >= 0 && int32(n) != want {
		return nil, fmt.Errorf("object %d is not at %d", want, at)
	}
	v, err := l.value(0)
	if err != nil {
		return nil, fmt.Errorf("object at %d: %w", at, err)
	}
	d, ok := v.(pdfDict)
	if !ok {
		return v, nil
	}
	l.space()
	if !bytes.HasPrefix(l.rest(), []byte("stream")) {
		return v, nil
	}
	l.pos += len("stream")
	if bytes.HasPrefix(l.rest(), []byte("\r\n")) {
		l.pos += 2
	} else if bytes.HasPrefix(l.rest(), []byte("\n")) {
		l.pos++
	}
	n, ok := f.get(d["Length"]).(int64)
	if !ok || n < 0 || n > int64(len(l.rest())) {
		return nil, fmt.Errorf("the stream at %d has a wrong length", at)
	}
	raw := l.rest()[:n]
	l.pos += int(n)
	l.space()
	if !bytes.HasPrefix(l.rest(), []byte("endstream")) {
		return nil, fmt.Errorf("the stream at %d does not end where its length says", at)
	}
	return &pdfStream{d, raw}, nil
}

// decode undoes the filters of a stream.
func (f *pdfFile) decode(s *pdfStream) ([]byte, error) {
	filters := f.array(s.dict["Filter"])
	if n := f.name(s.dict["Filter"]); n != "" {
		filters = []any{pdfName(n)}
	}
	data := s.raw
	for _, name := range filters {
		if f.name(name) != "FlateDecode" {
			return nil, fmt.Errorf("the filter %v is not known", name)
		}
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(z, maxDecoded+1)); err != nil {
			return nil, err
		}
		if len(data) > maxDecoded {
			return nil, fmt.Errorf("a stream is larger than %d bytes", maxDecoded)
		}
	}
	parms := f.dict(s.dict["DecodeParms"])
	if a := f.array(s.dict["DecodeParms"]); len(a) > 0 {
		parms = f.dict(a[0])
	}
	if p, _ := f.int(parms["Predictor"]); p >= 10 {
		cols, _ := f.int(parms["Columns"])
		return unpredict(data, max(cols, 1))
	}
	return data, nil
}

// unpredict undoes the PNG filters "none" and "up", the only ones that
// cross-reference streams use in practice.
func unpredict(data []byte, cols int) ([]byte, error) {
	if cols > 1<<16 || len(data)%(cols+1) != 0 {
		return nil, fmt.Errorf("a stream has broken rows")
	}
	out := make([]byte, 0, len(data))
	prev := make([]byte, cols)
	for ; len(data) > 0; data = data[cols+1:] {
		row := append([]byte(nil), data[1:cols+1]...)
		switch data[0] {
		case 0:
		case 2:
			for i := range row {
				row[i] += prev[i]
			}
		default:
			return nil, fmt.Errorf("a stream has rows with the unknown filter %d", data[0])
		}
		out = append(out, row...)
		prev = row
	}
	return out, nil
}

func decodeText(s []byte) string {
	if len(s) < 2 || s[0] != 0xFE || s[1] != 0xFF {
		return string(s)
	}
	var u []uint16
	for i := 2; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(u))
}

// lexer reads values: numbers as int64 or float64, booleans, nil, names,
// strings, arrays, dictionaries, references, and operators.
type lexer struct {
	b   []byte
	pos int
}

func (l *lexer) rest() []byte { return l.b[min(l.pos, len(l.b)):] }

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
func isDelim(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) space() {
	for l.pos < len(l.b) {
		switch c := l.b[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.b) && l.b[l.pos] != '\n' && l.b[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

var errEnd = fmt.Errorf("the data end too early")

type closing byte // "]" or ">>", seen where no value can begin

func (l *lexer) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("values are nested too deep")
	}
	l.space()
	if l.pos >= len(l.b) {
		return nil, errEnd
	}
	switch c := l.b[l.pos]; c {
	case '/':
		return l.nameValue()
	case '(':
		return l.literal()
	case '<':
		if bytes.HasPrefix(l.rest(), []byte("<<")) {
			return l.dictValue(depth)
		}
		return l.hexString()
	case '>':
		if bytes.HasPrefix(l.rest(), []byte(">>")) {
			l.pos += 2
			return closing('>'), nil
		}
		return nil, fmt.Errorf("a > stands alone")
	case '[':
		l.pos++
		a := []any{}
		for {
			v, err := l.value(depth + 1)
			if err != nil {
				return nil, err
			}
			switch v := v.(type) {
			case closing:
				if v != ']' {
					return nil, fmt.Errorf("an array ends with >>")
				}
				return a, nil
			case pdfOp:
				if v == "R" && len(a) >= 2 {
					if n, ok := a[len(a)-2].(int64); ok {
						a = append(a[:len(a)-2], pdfRef(n))
						continue
					}
				}
				return nil, fmt.Errorf("an array holds the operator %s", v)
			}
			a = append(a, v)
		}
	case ']':
		l.pos++
		return closing(']'), nil
	case ')', '{', '}':
		return nil, fmt.Errorf("a %c stands alone", c)
	}
	from := l.pos
	for l.pos < len(l.b) && !isSpace(l.b[l.pos]) && !isDelim(l.b[l.pos]) {
		l.pos++
	}
	word := l.b[from:l.pos]
	if c := word[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		if n, err := strconv.ParseInt(string(word), 10, 64); err == nil {
			return n, nil
		}
		n, err := strconv.ParseFloat(string(word), 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", word)
		}
		return n, nil
	}
	switch string(word) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	return pdfOp(word), nil
}

func (l *lexer) nameValue() (any, error) {
	l.pos++
	var n []byte
	for l.pos < len(l.b) && !isSpace(l.b[l.pos]) && !isDelim(l.b[l.pos]) {
		c := l.b[l.pos]
		if c == '#' && l.pos+2 < len(l.b) {
			v, err := strconv.ParseUint(string(l.b[l.pos+1:l.pos+3]), 16, 8)
			if err != nil {
				return nil, fmt.Errorf("a name has a wrong escape")
			}
			c = byte(v)
			l.pos += 2
		}
		n = append(n, c)
		l.pos++
	}
	return pdfName(n), nil
}

func (l *lexer) dictValue(depth int) (any, error) {
	l.pos += 2
	d := pdfDict{}
	var key string
	var vals []any
	put := func() error {
		switch {
		case key == "" && len(vals) == 0:
		case key != "" && len(vals) == 1:
			d[key] = vals[0]
		default:
			return fmt.Errorf("the entry %q of a dictionary is broken", key)
		}
		return nil
	}
	for {
		l.space()
		// A name that stands where a value is due is the value.
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case closing:
			if v != '>' {
				return nil, fmt.Errorf("a dictionary ends with ]")
			}
			return d, put()
		case pdfOp:
			n, ok := int64(0), false
			if v == "R" && len(vals) == 2 {
				n, ok = vals[0].(int64)
			}
			if !ok {
				return nil, fmt.Errorf("a dictionary holds the operator %s", v)
			}
			vals = append(vals[:0], pdfRef(n))
		case pdfName:
			if key == "" || len(vals) > 0 {
				if err := put(); err != nil {
					return nil, err
				}
				key, vals = string(v), vals[:0]
				if key == "" {
					return nil, fmt.Errorf("a dictionary has an empty key")
				}
				if _, twice := d[key]; twice {
					return nil, fmt.Errorf("a dictionary has the key %s twice", key)
				}
				continue
			}
			vals = append(vals, v)
		default:
			vals = append(vals, v)
		}
	}
}

func (l *lexer) literal() (any, error) {
	l.pos++
	var s pdfString
	depth := 1
	for ; l.pos < len(l.b); l.pos++ {
		switch c := l.b[l.pos]; c {
		case '(':
			depth++
			s = append(s, c)
		case ')':
			if depth--; depth == 0 {
				l.pos++
				return s, nil
			}
			s = append(s, c)
		case '\\':
			l.pos++
			if l.pos >= len(l.b) {
				return nil, errEnd
			}
			switch e := l.b[l.pos]; e {
			case 'n':
				s = append(s, '\n')
			case 'r':
				s = append(s, '\r')
			case 't':
				s = append(s, '\t')
			case 'b':
				s = append(s, '\b')
			case 'f':
				s = append(s, '\f')
			case '\n':
			case '0', '1', '2', '3', '4', '5', '6', '7':
				n := 0
				k := 0
				for ; k < 3 && l.pos+k < len(l.b) && l.b[l.pos+k] >= '0' && l.b[l.pos+k] <= '7'; k++ {
					n = n*8 + int(l.b[l.pos+k]-'0')
				}
				l.pos += k - 1
				s = append(s, byte(n))
			default:
				s = append(s, e)
			}
		default:
			s = append(s, c)
		}
	}
	return nil, errEnd
}

func (l *lexer) hexString() (any, error) {
	l.pos++
	var digits []byte
	for ; l.pos < len(l.b); l.pos++ {
		c := l.b[l.pos]
		switch {
		case c == '>':
			l.pos++
			if len(digits)%2 == 1 {
				digits = append(digits, '0')
			}
			s := make(pdfString, len(digits)/2)
			for i := range s {
				v, err := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
				if err != nil {
					return nil, fmt.Errorf("a string has wrong digits")
				}
				s[i] = byte(v)
			}
			return s, nil
		case !isSpace(c):
			digits = append(digits, c)
		}
	}
	return nil, errEnd
}
