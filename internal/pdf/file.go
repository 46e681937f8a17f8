package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"assay/internal/fault"
)

// Bounds of the reader. A certificate has a few hundred objects, a large pack
// some hundred thousand.
const (
	MaxObjects   = 4_000_000
	maxSections  = 256
	MaxObject    = 16 << 20 // bytes of one object's text without its stream
	maxInflated  = 64 << 20 // of one cross-reference or object stream
	MaxRefDepth  = 32
	maxKept      = 64 << 20 // bytes of objects and object streams kept for use again
	pdfTrailZone = 64       // where the end of the file's last line must be
)

// EntryKind says where an object stands.
type EntryKind uint8

// The kinds of entries of a cross-reference.
const (
	EntryFree   EntryKind = iota // there is no such object
	EntryPlain                   // at an offset in the file
	EntryPacked                  // within an object stream
)

// Entry is where a cross-reference says that an object stands.
type Entry struct {
	Kind EntryKind
	At   int64 // offset, or the object stream's number
	Gen  int64 // generation, or the index within the object stream
}

// Subsection is a run of entries for objects with consecutive numbers.
type Subsection struct {
	First   int64
	Entries []Entry
}

// Section is one cross-reference section: the file as it was after one saving.
type Section struct {
	Start   int64 // offset of the section's table or stream
	End     int64 // where this saving ends: after its %%EOF and line end
	Subs    []Subsection
	Trailer Value
	Base    int64 // where the source of trailer begins in the file
	Stream  bool  // a cross-reference stream
	Number  int64 // its object number
}

// Entry is what this section alone says of object n; false where it says nothing.
func (s *Section) Entry(n int64) (Entry, bool) {
	for _, sub := range s.Subs {
		if n >= sub.First && n < sub.First+int64(len(sub.Entries)) {
			return sub.Entries[n-sub.First], true
		}
	}
	return Entry{}, false
}

// File is a PDF whose cross-reference sections, oldest first, have been read.
type File struct {
	R        io.ReaderAt
	Size     int64
	Sections []*Section
	packed   map[int64]*objStm // decoded object streams by offset
	plain    map[int64]*Object // parsed objects by offset
	kept     int               // bytes in both
}

// Object is an indirect object: a value with a number and, for a stream, data.
type Object struct {
	Num, gen int64
	Val      Value
	Src      []byte // the text that Val's places refer to
	Base     int64  // where Src begins in the file; -1 within an object stream
	Data     int64  // where stream data begin; 0 if it is no stream
	End      int64  // after endobj; unknown (0) within an object stream
}

// Text is how a value of this object is spelt.
func (o *Object) Text(v Value) []byte { return o.Src[v.Start:v.End] }

type objStm struct {
	src     []byte
	numbers []int64
	offsets []int
}

// ErrEncrypted is the cause where Open refuses an encrypted file.
var ErrEncrypted = errors.New("encrypted")

// Open reads the cross-reference sections of a file. Errors: unreadable.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{R: r, Size: size, packed: map[int64]*objStm{}, plain: map[int64]*Object{}}
	if size == 0 {
		return nil, fault.Unreadable("", "This file is empty.")
	}
	head, err := f.Window(0, 16)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte("%PDF-1.")) && !bytes.HasPrefix(head, []byte("%PDF-2.")) {
		return nil, fault.Unreadable("byte 0", "This file is not a PDF.")
	}
	start, err := f.lastStart()
	if err != nil {
		return nil, err
	}
	linear := f.linearised(head)
	var objects int64
	for end := size; ; {
		s, err := f.readSection(start, linear)
		if err != nil {
			return nil, err
		}
		if s.Trailer.Has("Encrypt") {
			return nil, fault.Unreadable("", "This PDF is encrypted: save it without a password first.").
				Because(ErrEncrypted)
		}
		if s.End > end {
			return nil, f.Damaged(start, "its cross-reference sections overlap")
		}
		for _, sub := range s.Subs {
			objects += int64(len(sub.Entries))
		}
		if objects > MaxObjects || len(f.Sections) >= maxSections {
			return nil, fault.Unreadable(
				"",
				"This PDF is too large to be checked: it has more than %d objects or %d revisions.",
				MaxObjects,
				maxSections,
			)
		}
		f.Sections = append([]*Section{s}, f.Sections...)
		prev := s.Trailer.Get("Prev")
		if !s.Trailer.Has("Prev") {
			break
		}
		// Each section must lie before the one that follows it: no loops.
		if prev.Kind == Int && linear && prev.Num > start && prev.Num < end {
			if err := f.joinLinearised(s, prev.Num, end); err != nil {
				return nil, err
			}
			break
		}
		if prev.Kind != Int || prev.Num <= 0 || prev.Num >= start {
			return nil, f.Damaged(start, "its cross-reference sections do not form a line")
		}
		start, end = prev.Num, s.Start
	}
	if f.Last().End != size {
		return nil, f.Damaged(f.Last().End, "something follows its end")
	}
	return f, nil
}

// Last is the newest section.
func (f *File) Last() *Section { return f.Sections[len(f.Sections)-1] }

// Damaged is the fault of a file that cannot be read, with the offset.
func (f *File) Damaged(at int64, format string, args ...any) error {
	return fault.Unreadable(fmt.Sprintf("byte %d", at), "This PDF is damaged: "+format+".", args...)
}

// Window reads n bytes at off, fewer at the end of the file.
func (f *File) Window(off int64, n int64) ([]byte, error) {
	if off < 0 || off >= f.Size {
		return nil, f.Damaged(off, "it points outside itself")
	}
	b := make([]byte, min(n, f.Size-off))
	if k, err := f.R.ReadAt(b, off); k < len(b) {
		return nil, fault.Unreadable(
			fmt.Sprintf("byte %d", off+int64(k)), "The file could not be read: check the disk and try again.",
		).
			Because(err)
	}
	return b, nil
}

// lastStart reads the offset at the very end: startxref N %%EOF.
func (f *File) lastStart() (int64, error) {
	off := max(0, f.Size-pdfTrailZone)
	tail, err := f.Window(off, pdfTrailZone)
	if err != nil {
		return 0, err
	}
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, f.Damaged(f.Size, "its end is missing")
	}
	l := &lexer{src: tail, pos: i + len("startxref"), base: off}
	n, err := l.integer()
	if err != nil {
		return 0, f.Damaged(f.Size, "its end is malformed")
	}
	return n, nil
}

// grow calls parse with larger and larger windows at off until it is content.
func (f *File) grow(off int64, parse func(l *lexer) error) error {
	for n := int64(4 << 10); ; n *= 8 {
		src, err := f.Window(off, n)
		if err != nil {
			return err
		}
		err = parse(&lexer{src: src, base: off})
		if err != errShort {
			return err
		}
		if off+n >= f.Size {
			return f.Damaged(off, "an object has no end")
		}
		if n >= MaxObject {
			return f.Damaged(off, "an object is larger than %d MB", MaxObject>>20)
		}
	}
}

// linearised tells whether the file begins with the dictionary of one that is
// arranged for the web (ISO 32000-1, annex F).
func (f *File) linearised(head []byte) bool {
	src, err := f.Window(0, 1024)
	return err == nil && len(head) > 0 && bytes.Contains(src, []byte("/Linearized"))
}

// joinLinearised makes one section of the two that a linearised file has when it
// is saved for the first time: the one for the first page stands at the
// beginning, and leads to the one for all others at the end. Both are of one
// revision, which ends where the second does.
func (f *File) joinLinearised(first *Section, main, end int64) error {
	s, err := f.readSection(main, true)
	if err != nil {
		return err
	}
	if s.Trailer.Has("Prev") || s.Trailer.Has("Encrypt") || s.End > end {
		return f.Damaged(main, "its cross-reference sections do not form a line")
	}
	for _, sub := range s.Subs {
		if err := first.add(f, sub); err != nil {
			return err
		}
	}
	first.End = s.End
	return nil
}

// readSection reads the cross-reference at an offset. In a linearised file the
// line after it names another offset, or none (0).
func (f *File) readSection(start int64, linear bool) (*Section, error) {
	head, err := f.Window(start, 4)
	if err != nil {
		return nil, err
	}
	s := &Section{Start: start}
	var after int64
	if string(head) == "xref" {
		after, err = f.readTable(s)
	} else {
		after, err = f.readXrefStream(s)
	}
	if err != nil {
		return nil, err
	}
	if s.Trailer.Has("XRefStm") {
		return nil, fault.Unreadable("", "This PDF has two cross-references that may differ (hybrid): save it anew.")
	}
	prev := s.Trailer.Get("Prev")
	if linear && prev.Kind == Int && prev.Num > start {
		s.End = after // the first of two: the end of the saving stands after the second
		return s, nil
	}
	// startxref, the section's own offset, %%EOF and at most one line end.
	room := int64(64)
	if linear {
		room = 8 << 10 // it is filled up with blanks, for its length is fixed before it is written
	}
	tail, err := f.Window(after, room)
	if err != nil {
		return nil, err
	}
	l := &lexer{src: append(tail, ' '), base: after}
	if err := l.keyword("startxref"); err != nil {
		return nil, f.Damaged(after, "startxref is missing")
	}
	n, err := l.integer()
	elsewhere := linear && prev.Kind == Null // the second of two, where the line names the first
	if err != nil || n != start && !elsewhere {
		return nil, f.Damaged(after, "its cross-reference does not stand where it says")
	}
	for l.pos < len(tail) && isSpace(l.src[l.pos]) {
		l.pos++
	}
	if !bytes.HasPrefix(l.src[l.pos:], []byte("%%EOF")) {
		return nil, f.Damaged(after, "%%%%EOF is missing")
	}
	l.pos += 5
	if rest := tail[l.pos:]; bytes.HasPrefix(rest, []byte("\r\n")) {
		l.pos += 2
	} else if len(rest) > 0 && (rest[0] == '\n' || rest[0] == '\r') {
		l.pos++
	}
	s.End = after + int64(l.pos)
	return s, nil
}

// readTable reads a classic cross-reference table and its trailer, and gives
// the offset after it.
func (f *File) readTable(s *Section) (int64, error) {
	off := s.Start + 4
	for {
		var first, count int64
		more := false
		err := f.grow(off, func(l *lexer) error {
			l.space()
			if l.pos >= len(l.src) {
				return errShort
			}
			if more = l.src[l.pos] != 't'; !more {
				off = l.base + int64(l.pos)
				return nil
			}
			var err error
			if first, err = l.integer(); err != nil {
				return err
			}
			if count, err = l.integer(); err != nil {
				return err
			}
			for l.pos < len(l.src) && isSpace(l.src[l.pos]) {
				l.pos++
			}
			off = l.base + int64(l.pos)
			return nil
		})
		if err != nil {
			return 0, err
		}
		if !more {
			break
		}
		if count > MaxObjects || first > MaxObjects || count*20 > f.Size {
			return 0, f.Damaged(off, "its cross-reference table is too large")
		}
		rows, err := f.Window(off, count*20)
		if err != nil {
			return 0, err
		}
		if int64(len(rows)) < count*20 {
			return 0, f.Damaged(off, "its cross-reference table is cut off")
		}
		sub := Subsection{first, make([]Entry, count)}
		for i := range sub.Entries {
			row := rows[i*20 : i*20+20]
			at, err1 := strconv.ParseUint(string(row[:10]), 10, 63)
			gen, err2 := strconv.ParseUint(string(row[11:16]), 10, 16)
			end := string(row[18:])
			if err1 != nil || err2 != nil || row[10] != ' ' || row[16] != ' ' ||
				end != " \n" && end != " \r" && end != "\r\n" {
				return 0, f.Damaged(off+int64(i)*20, "its cross-reference table is malformed")
			}
			switch row[17] {
			case 'n':
				sub.Entries[i] = Entry{EntryPlain, int64(at), int64(gen)}
			case 'f':
			default:
				return 0, f.Damaged(off+int64(i)*20, "its cross-reference table is malformed")
			}
		}
		off += count * 20
		if err := s.add(f, sub); err != nil {
			return 0, err
		}
	}
	var after int64
	err := f.grow(off, func(l *lexer) error {
		if err := l.keyword("trailer"); err != nil {
			return err
		}
		var err error
		if s.Trailer, err = l.Value(0); err != nil {
			return err
		}
		if s.Trailer.Kind != Dict {
			return l.fail("its trailer is missing")
		}
		s.Base, after = l.base, l.base+int64(l.pos)
		return nil
	})
	return after, err
}

// add appends a subsection that overlaps no other.
func (s *Section) add(f *File, sub Subsection) error {
	for _, o := range s.Subs {
		if sub.First < o.First+int64(len(o.Entries)) && o.First < sub.First+int64(len(sub.Entries)) {
			return f.Damaged(s.Start, "its cross-reference names an object twice")
		}
	}
	if len(s.Subs) > 100_000 {
		return f.Damaged(s.Start, "its cross-reference is too large")
	}
	s.Subs = append(s.Subs, sub)
	return nil
}

func (f *File) readXrefStream(s *Section) (int64, error) {
	o, err := f.Object(s.Start)
	if err != nil {
		return 0, err
	}
	if o.Data == 0 || !o.Val.Get("Type").IsName("XRef") {
		return 0, f.Damaged(s.Start, "its cross-reference is missing")
	}
	data, err := f.Decoded(o)
	if err != nil {
		return 0, err
	}
	s.Trailer, s.Base, s.Stream, s.Number = o.Val, o.Base, true, o.Num
	w := o.Val.Get("W")
	if w.Kind != Array || len(w.List) != 3 {
		return 0, f.Damaged(s.Start, "its cross-reference stream is malformed")
	}
	var width [3]int
	for i, e := range w.List {
		if e.Kind != Int || e.Num < 0 || e.Num > 8 {
			return 0, f.Damaged(s.Start, "its cross-reference stream is malformed")
		}
		width[i] = int(e.Num)
	}
	row := width[0] + width[1] + width[2]
	index := o.Val.Get("Index")
	if index.Kind == Null {
		index = Value{Kind: Array, List: []Value{{Kind: Int}, o.Val.Get("Size")}}
	}
	if row == 0 || width[1] == 0 || index.Kind != Array || len(index.List)%2 != 0 {
		return 0, f.Damaged(s.Start, "its cross-reference stream is malformed")
	}
	for i := 0; i < len(index.List); i += 2 {
		first, count := index.List[i], index.List[i+1]
		if first.Kind != Int || count.Kind != Int || first.Num < 0 || count.Num < 0 || first.Num > MaxObjects ||
			count.Num > int64(len(data)/row) {
			return 0, f.Damaged(s.Start, "its cross-reference stream is malformed")
		}
		sub := Subsection{first.Num, make([]Entry, count.Num)}
		for k := range sub.Entries {
			var v [3]int64
			v[0] = 1 // the default type
			p := data
			for j, n := range width {
				if n > 0 {
					v[j] = 0
				}
				for _, b := range p[:n] {
					v[j] = v[j]<<8 | int64(b)
				}
				p = p[n:]
			}
			data = p
			if v[1] < 0 || v[2] < 0 {
				return 0, f.Damaged(s.Start, "its cross-reference stream is malformed")
			}
			switch v[0] {
			case 0:
			case 1:
				sub.Entries[k] = Entry{EntryPlain, v[1], v[2]}
			case 2:
				sub.Entries[k] = Entry{EntryPacked, v[1], v[2]}
			default:
				return 0, f.Damaged(s.Start, "its cross-reference stream has an entry of unknown type")
			}
		}
		if err := s.add(f, sub); err != nil {
			return 0, err
		}
	}
	if len(data) != 0 {
		return 0, f.Damaged(s.Start, "its cross-reference stream is longer than it says")
	}
	return o.End, nil
}
