package pdfcheck

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"assay/internal/pdf"
)

// The rules of PDF/A and PDF/UA look at many small values. Here they are plain
// Go values, so that a rule reads as one line: int64 and float64, bool, nil, and
// the types below. What the file says is read by package pdf, which is strict.
type (
	name      string
	str       []byte
	reference int32
	dict      map[string]any
	stream    struct {
		dict dict
		obj  *pdf.Object
	}
)

// maxDepth bounds how deep trees in a document are walked.
const maxDepth = 64

// file is a document as its newest revision has it.
type file struct {
	view    pdf.View
	trailer dict
	numbers []int32 // of all objects
	objects map[int32]any
	err     error // the first object that could not be read
}

func open(b []byte) (*file, error) {
	f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	x := &file{view: f.View(len(f.Sections) - 1), objects: map[int32]any{}}
	x.trailer, _ = plain(x.view.Trailer()).(dict)
	seen := map[int32]bool{}
	for _, s := range f.Sections {
		for _, sub := range s.Subs {
			for i := range sub.Entries {
				if n := int32(sub.First) + int32(i); !seen[n] {
					seen[n] = true
					x.numbers = append(x.numbers, n)
				}
			}
		}
	}
	return x, nil
}

// plain gives a value of package pdf as a Go value.
func plain(v pdf.Value) any {
	switch v.Kind {
	case pdf.Bool:
		return v.Num == 1
	case pdf.Int:
		return v.Num
	case pdf.Real:
		n, _ := strconv.ParseFloat(v.Str, 64) // its digits were read already
		return n
	case pdf.Name:
		return name(v.Str)
	case pdf.String:
		return str(v.Str)
	case pdf.Ref:
		return reference(v.Num)
	case pdf.Array:
		a := make([]any, len(v.List))
		for i, e := range v.List {
			a[i] = plain(e)
		}
		return a
	case pdf.Dict:
		d := make(dict, len(v.Keys))
		for i, k := range v.Keys {
			d[k] = plain(v.List[i])
		}
		return d
	}
	return nil
}

// object gives object n, nil where there is none; that it cannot be read is kept in err.
func (f *file) object(n int32) any {
	if v, ok := f.objects[n]; ok {
		return v
	}
	o, err := f.view.Load(int64(n))
	if err != nil {
		if !errors.Is(err, pdf.ErrNoObject) && f.err == nil {
			f.err = err
		}
		f.objects[n] = nil
		return nil
	}
	v := plain(o.Val)
	if d, ok := v.(dict); ok && o.Data != 0 {
		v = &stream{dict: d, obj: o}
	}
	f.objects[n] = v
	return v
}

// get follows references to a value; nil where there is none.
func (f *file) get(v any) any {
	for range maxDepth {
		r, ok := v.(reference)
		if !ok {
			return v
		}
		v = f.object(int32(r))
	}
	return nil
}

func (f *file) dict(v any) dict {
	switch v := f.get(v).(type) {
	case dict:
		return v
	case *stream:
		return v.dict
	}
	return nil
}

func (f *file) array(v any) []any { a, _ := f.get(v).([]any); return a }
func (f *file) name(v any) string { n, _ := f.get(v).(name); return string(n) }
func (f *file) text(v any) string { s, _ := f.get(v).(str); return pdf.Text(string(s)) }
func (f *file) int(v any) (int, bool) {
	n, ok := f.get(v).(int64)
	return int(n), ok
}

// decode gives the data of a stream.
func (f *file) decode(s *stream) ([]byte, error) {
	data, err := f.view.Data(s.obj)
	if err != nil {
		return nil, fmt.Errorf("object %d: %w", s.obj.Num, err)
	}
	return data, nil
}
