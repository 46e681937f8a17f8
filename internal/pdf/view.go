package pdf

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf16"
)

// View is the file as it was after one of its savings.
type View struct {
	F   *File
	Rev int // index of the newest section that counts
}

// View is the file as it was after the saving that wrote section rev.
func (f *File) View(rev int) View { return View{f, rev} }

// Trailer is the trailer of the view's newest section.
func (v View) Trailer() Value { return v.F.Sections[v.Rev].Trailer }

// Entry is where object n stands in this view.
func (v View) Entry(n int64) (Entry, bool) {
	e, _, ok := v.Find(n)
	return e, ok
}

// Find is Entry with the section that says so.
func (v View) Find(n int64) (Entry, *Section, bool) {
	for i := v.Rev; i >= 0; i-- {
		if e, ok := v.F.Sections[i].Entry(n); ok {
			return e, v.F.Sections[i], e.Kind != EntryFree
		}
	}
	return Entry{}, nil, false
}

// ErrNoObject says that a reference leads nowhere, which PDF reads as null.
var ErrNoObject = errors.New("no such object")

// Load reads object n as this view has it.
func (v View) Load(n int64) (*Object, error) {
	e, sec, ok := v.Find(n)
	if !ok {
		return nil, ErrNoObject
	}
	if e.Kind == EntryPlain {
		// A section may not speak of what was saved after it: it would mean one
		// thing when it was signed and another now.
		if e.At >= sec.End {
			return nil, v.F.Damaged(e.At, "object %d stands outside its revision", n)
		}
		o, err := v.F.Object(e.At)
		if err == nil && (o.Num != n || o.gen != e.Gen) {
			err = v.F.Damaged(e.At, "another object stands where object %d should", n)
		}
		return o, err
	}
	holder, ok := v.Entry(e.At)
	if !ok || holder.Kind != EntryPlain {
		return nil, v.F.Damaged(0, "the object stream of object %d is missing", n)
	}
	stm, err := v.objStm(e.At)
	if err != nil {
		return nil, err
	}
	if e.Gen >= int64(len(stm.numbers)) || stm.numbers[e.Gen] != n {
		return nil, v.F.Damaged(holder.At, "object %d is not in its object stream", n)
	}
	start, end := stm.offsets[e.Gen], len(stm.src)
	if e.Gen+1 < int64(len(stm.offsets)) {
		end = stm.offsets[e.Gen+1]
	}
	o := &Object{Num: n, Src: append(stm.src[start:end:end], ' '), Base: -1}
	l := &lexer{src: o.Src, base: holder.At}
	if o.Val, err = l.Value(0); err != nil {
		return nil, v.F.Damaged(holder.At, "object %d in an object stream is malformed", n)
	}
	if l.space(); l.pos != len(l.src) {
		return nil, v.F.Damaged(holder.At, "object %d in an object stream is malformed", n)
	}
	return o, nil
}

func (v View) objStm(n int64) (*objStm, error) {
	o, err := v.Load(n)
	if err != nil {
		return nil, err
	}
	if s, ok := v.F.packed[o.Base]; ok {
		return s, nil
	}
	count, first := o.Val.Get("N"), o.Val.Get("First")
	if o.Data == 0 || !o.Val.Get("Type").IsName("ObjStm") || count.Kind != Int || first.Kind != Int {
		return nil, v.F.Damaged(o.Base, "an object stream is malformed")
	}
	data, err := v.F.Decoded(o)
	if err != nil {
		return nil, err
	}
	if first.Num < 0 || first.Num > int64(len(data)) || count.Num < 0 || count.Num > first.Num {
		return nil, v.F.Damaged(o.Base, "an object stream is malformed")
	}
	s := &objStm{src: data}
	l := &lexer{src: append(data[:first.Num:first.Num], ' '), base: o.Base}
	for range count.Num {
		num, err1 := l.integer()
		off, err2 := l.integer()
		off += first.Num
		if err1 != nil || err2 != nil || off > int64(len(data)) ||
			len(s.offsets) > 0 && off < int64(s.offsets[len(s.offsets)-1]) {
			return nil, v.F.Damaged(o.Base, "an object stream is malformed")
		}
		s.numbers, s.offsets = append(s.numbers, num), append(s.offsets, int(off))
	}
	v.F.keep(len(data) + 16*len(s.numbers))
	v.F.packed[o.Base] = s
	return s, nil
}

// Resolve follows references until something else is there.
func (v View) Resolve(x Value) (Value, error) {
	for range MaxRefDepth {
		if x.Kind != Ref {
			return x, nil
		}
		o, err := v.Load(x.Num)
		if err == ErrNoObject {
			return Value{}, nil
		}
		if err != nil {
			return Value{}, err
		}
		if o.Data != 0 {
			return o.Val, nil
		}
		x = o.Val
	}
	return Value{}, v.F.Damaged(0, "references run in a circle")
}

// Catalogue is the document's root dictionary and its object.
func (v View) Catalogue() (*Object, error) {
	root := v.Trailer().Get("Root")
	if root.Kind != Ref {
		return nil, v.F.Damaged(v.F.Sections[v.Rev].Start, "its catalogue is missing")
	}
	o, err := v.Load(root.Num)
	if err == nil && o.Val.Kind != Dict {
		err = ErrNoObject
	}
	if err == ErrNoObject {
		err = v.F.Damaged(v.F.Sections[v.Rev].Start, "its catalogue is missing")
	}
	return o, err
}

// Field is a signature field of the form.
type Field struct {
	Name string
	Obj  *Object
}

// SigFields lists the signature fields of the document's form.
func (v View) SigFields() ([]Field, error) {
	cat, err := v.Catalogue()
	if err != nil {
		return nil, err
	}
	form, err := v.Resolve(cat.Val.Get("AcroForm"))
	if err != nil || form.Kind == Null {
		return nil, err
	}
	var out []Field
	seen := map[int64]bool{}
	var walk func(list Value, prefix string, isSig bool, depth int) error
	walk = func(list Value, prefix string, isSig bool, depth int) error {
		list, err := v.Resolve(list)
		if err != nil {
			return err
		}
		if list.Kind != Array || depth > MaxRefDepth {
			return v.F.Damaged(0, "its form is malformed")
		}
		for _, ref := range list.List {
			if ref.Kind != Ref || seen[ref.Num] || len(seen) > 10_000 {
				return v.F.Damaged(0, "its form is malformed")
			}
			seen[ref.Num] = true
			o, err := v.Load(ref.Num)
			if err == ErrNoObject || err == nil && o.Val.Kind != Dict {
				err = v.F.Damaged(0, "a field of its form is missing")
			}
			if err != nil {
				return err
			}
			t, err := v.Resolve(o.Val.Get("T"))
			if err != nil {
				return err
			}
			ft, err := v.Resolve(o.Val.Get("FT"))
			if err != nil {
				return err
			}
			sig := isSig && ft.Kind == Null || ft.IsName("Sig")
			full := strings.Trim(prefix+"."+Text(t.Str), ".") // a widget without a name of its own is its parent's
			if o.Val.Has("Kids") && !v.onlyShown(o) {
				if err := walk(o.Val.Get("Kids"), full, sig, depth+1); err != nil {
					return err
				}
				// A parent field may hold the value that its kids show.
				if !o.Val.Has("V") {
					continue
				}
			}
			if sig {
				out = append(out, Field{full, o})
			}
		}
		return nil
	}
	if form.Kind != Dict {
		return nil, v.F.Damaged(0, "its form is malformed")
	}
	if !form.Has("Fields") {
		return nil, nil
	}
	return out, walk(form.Get("Fields"), "", false, 0)
}

// onlyShown tells whether the kids of a field are no fields but the widgets that
// show it: they have no name of their own (ISO 32000-1, 12.7.3.1).
func (v View) onlyShown(field *Object) bool {
	kids, err := v.Resolve(field.Val.Get("Kids"))
	if err != nil || kids.Kind != Array || !field.Val.Has("T") {
		return false
	}
	for _, k := range kids.List {
		if k.Kind != Ref {
			return false
		}
		o, err := v.Load(k.Num)
		if err != nil || o.Val.Kind != Dict || o.Val.Has("T") || o.Val.Has("Kids") {
			return false
		}
	}
	return true
}

// Text is a PDF text string as UTF-8: UTF-16 with a mark, UTF-8 with a mark, or Latin.
func Text(s string) string {
	if len(s) >= 2 && s[0] == 0xFE && s[1] == 0xFF {
		var us []uint16
		for i := 2; i+1 < len(s); i += 2 {
			us = append(us, uint16(s[i])<<8|uint16(s[i+1]))
		}
		return string(utf16.Decode(us))
	}
	if len(s) >= 3 && s[:3] == "\xEF\xBB\xBF" {
		return s[3:]
	}
	rs := make([]rune, len(s))
	for i := range len(s) {
		rs[i] = rune(s[i])
	}
	return string(rs)
}

// Data gives the data of a stream as Decoded does; its length may also stand in
// an object of its own. Errors: unreadable.
func (v View) Data(o *Object) ([]byte, error) {
	if o.Data == 0 {
		return nil, v.F.Damaged(o.Base, "an object that should be a stream is none")
	}
	length, err := v.Resolve(o.Val.Get("Length"))
	if err != nil || length.Kind != Int || length.Num < 0 {
		return nil, v.F.Damaged(o.Base, "a stream does not state its length")
	}
	whole := *o // a copy that states it
	whole.Val.List = slices.Clone(o.Val.List)
	for i, k := range whole.Val.Keys {
		if k == "Length" {
			whole.Val.List[i] = length
		}
	}
	whole.End = o.Data + length.Num
	return v.F.Decoded(&whole)
}

// IsLanguage tells whether s can name a natural language ("en-GB"; ISO 32000-1, 14.9.2).
func IsLanguage(s string) bool {
	first, rest, _ := strings.Cut(s, "-")
	if len(first) < 2 || len(first) > 8 {
		return false
	}
	return strings.Trim(strings.ToLower(first), "abcdefghijklmnopqrstuvwxyz") == "" &&
		strings.Trim(strings.ToLower(rest), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
