package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
)

// keep makes room for n more bytes: it forgets everything rather than grow.
func (f *File) keep(n int) {
	if f.kept += n; f.kept > maxKept {
		clear(f.plain)
		clear(f.packed)
		f.kept = n
	}
}

// Object reads the indirect object at an offset.
func (f *File) Object(off int64) (*Object, error) {
	if o, ok := f.plain[off]; ok {
		return o, nil
	}
	o, weight := &Object{}, 0
	err := f.grow(off, func(l *lexer) error {
		defer func() { weight = 128 * l.values }() // about what a value takes
		*o = Object{Src: l.src, Base: l.base}
		if len(l.src) > 0 && (l.src[0] < '0' || l.src[0] > '9') {
			return l.fail("no object begins where its cross-reference says")
		}
		var err error
		if o.Num, err = l.integer(); err != nil {
			return err
		}
		if o.gen, err = l.integer(); err != nil {
			return err
		}
		if err = l.keyword("obj"); err != nil {
			return err
		}
		if o.Val, err = l.Value(0); err != nil {
			return err
		}
		l.space()
		if len(l.src)-l.pos < len("stream\r\n") {
			return errShort
		}
		if !bytes.HasPrefix(l.src[l.pos:], []byte("stream")) {
			err = l.keyword("endobj")
			o.End = l.base + int64(l.pos)
			return err
		}
		l.pos += len("stream")
		switch {
		case o.Val.Kind != Dict:
			return l.fail("a stream has no dictionary")
		case l.src[l.pos] == '\n':
			l.pos++
		case l.src[l.pos] == '\r' && l.src[l.pos+1] == '\n':
			l.pos += 2
		default:
			return l.fail("a stream does not begin with a line end")
		}
		o.Data = l.base + int64(l.pos)
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.keep(len(o.Src) + weight)
	if o.Data == 0 {
		f.plain[off] = o
		return o, nil
	}
	// The end of a stream is known where its length is direct, as it must be
	// wherever the end matters (cross-reference streams, signed revisions).
	if n := o.Val.Get("Length"); n.Kind == Int && n.Num >= 0 && n.Num <= f.Size-o.Data {
		tail, err := f.Window(o.Data+n.Num, 64)
		if err != nil {
			return nil, err
		}
		l := &lexer{src: append(tail, ' '), base: o.Data + n.Num}
		if err := l.keyword("endstream"); err != nil {
			return nil, f.Damaged(l.base, "a stream is not as long as it says")
		}
		if err := l.keyword("endobj"); err != nil {
			return nil, f.Damaged(l.base, "a stream is not as long as it says")
		}
		o.End = l.base + int64(l.pos)
	}
	f.plain[off] = o
	return o, nil
}

// Decoded gives the data of a stream that states its length directly, and has
// no filter or is deflated.
func (f *File) Decoded(o *Object) ([]byte, error) {
	n := o.Val.Get("Length")
	if o.End == 0 || n.Kind != Int {
		return nil, f.Damaged(o.Base, "a stream does not state its length")
	}
	var r io.Reader = io.NewSectionReader(f.R, o.Data, n.Num)
	filter := o.Val.Get("Filter")
	if filter.Kind == Array && len(filter.List) == 1 {
		filter = filter.List[0]
	}
	switch {
	case filter.Kind == Null:
	case filter.IsName("FlateDecode"):
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, f.Damaged(o.Data, "a stream cannot be decompressed")
		}
		r = z
	default:
		return nil, f.Damaged(o.Base, "a cross-reference or object stream is compressed in an unusual way")
	}
	data, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil {
		return nil, f.Damaged(o.Data, "a stream cannot be decompressed")
	}
	if len(data) > maxInflated {
		return nil, f.Damaged(o.Data, "a stream grows to more than %d MB", maxInflated>>20)
	}
	parms := o.Val.Get("DecodeParms")
	if parms.Kind == Array && len(parms.List) == 1 {
		parms = parms.List[0]
	}
	return f.unpredict(o, data, parms)
}

// unpredict undoes the PNG predictors.
func (f *File) unpredict(o *Object, data []byte, parms Value) ([]byte, error) {
	if parms.Kind == Null {
		return data, nil
	}
	p, cols := parms.Get("Predictor"), parms.Get("Columns")
	if parms.Kind != Dict {
		return nil, f.Damaged(o.Base, "a stream's parameters are malformed")
	}
	if p.Kind == Null || p.Kind == Int && p.Num == 1 {
		return data, nil
	}
	n := int(cols.Num)
	if p.Kind != Int || p.Num < 10 || p.Num > 15 || cols.Kind != Int || n < 1 || n > 64 || len(data)%(n+1) != 0 ||
		parms.Has("Colors") ||
		parms.Has("BitsPerComponent") {
		return nil, f.Damaged(o.Base, "a stream is compressed in an unusual way")
	}
	out := make([]byte, 0, len(data)/(n+1)*n)
	prev := make([]byte, n)
	for ; len(data) > 0; data = data[n+1:] {
		row := data[1 : n+1]
		for i := range row {
			var left, upleft byte
			if i > 0 {
				left, upleft = row[i-1], prev[i-1]
			}
			switch data[0] {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += prev[i]
			case 3:
				row[i] += byte((int(left) + int(prev[i])) / 2)
			case 4:
				row[i] += paeth(left, prev[i], upleft)
			default:
				return nil, f.Damaged(o.Base, "a stream is compressed in an unusual way")
			}
		}
		out = append(out, row...)
		prev = row
	}
	return out, nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	abs := func(x int) int { return max(x, -x) }
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	if pa <= pb && pa <= pc {
		return a
	}
	if pb <= pc {
		return b
	}
	return c
}
