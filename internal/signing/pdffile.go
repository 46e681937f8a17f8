package signing

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"assay/internal/fault"
)

// Bounds of the reader. A certificate has a few hundred objects, a large pack
// some hundred thousand.
const (
	maxObjects   = 4_000_000
	maxSections  = 256
	maxObject    = 16 << 20 // bytes of one object's text without its stream
	maxInflated  = 64 << 20 // of one cross-reference or object stream
	maxRefDepth  = 32
	maxKept      = 64 << 20 // bytes of objects and object streams kept for use again
	pdfTrailZone = 64       // where the end of the file's last line must be
)

type entryKind uint8

const (
	entryFree entryKind = iota
	entryPlain
	entryPacked // within an object stream
)

type entry struct {
	kind entryKind
	at   int64 // offset, or the object stream's number
	gen  int64 // generation, or the index within the object stream
}

type subsection struct {
	first   int64
	entries []entry
}

// section is one cross-reference section: the file as it was after one saving.
type section struct {
	start   int64 // offset of the section's table or stream
	end     int64 // where this saving ends: after its %%EOF and line end
	subs    []subsection
	trailer value
	base    int64 // where the source of trailer begins in the file
	stream  bool  // a cross-reference stream
	number  int64 // its object number
}

func (s *section) entry(n int64) (entry, bool) {
	for _, sub := range s.subs {
		if n >= sub.first && n < sub.first+int64(len(sub.entries)) {
			return sub.entries[n-sub.first], true
		}
	}
	return entry{}, false
}

// pdfFile is a PDF whose cross-reference sections, oldest first, have been read.
type pdfFile struct {
	r        io.ReaderAt
	size     int64
	sections []*section
	packed   map[int64]*objStm // decoded object streams by offset
	plain    map[int64]*object // parsed objects by offset
	kept     int               // bytes in both
}

// object is an indirect object.
type object struct {
	num, gen int64
	val      value
	src      []byte // the text that val's places refer to
	base     int64  // where src begins in the file; -1 within an object stream
	data     int64  // where stream data begin; 0 if it is no stream
	end      int64  // after endobj; unknown (0) within an object stream
}

func (o *object) text(v value) []byte { return o.src[v.start:v.end] }

type objStm struct {
	src     []byte
	numbers []int64
	offsets []int
}

// openPDF reads the cross-reference sections. Errors: unreadable.
func openPDF(r io.ReaderAt, size int64) (*pdfFile, error) {
	f := &pdfFile{r: r, size: size, packed: map[int64]*objStm{}, plain: map[int64]*object{}}
	if size == 0 {
		return nil, fault.Unreadable("", "This file is empty.")
	}
	head, err := f.window(0, 16)
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
	var objects int64
	for end := size; ; {
		s, err := f.readSection(start)
		if err != nil {
			return nil, err
		}
		if s.trailer.has("Encrypt") {
			return nil, fault.Unreadable("", "This PDF is encrypted: save it without a password first.")
		}
		if s.end > end {
			return nil, f.damaged(start, "its cross-reference sections overlap")
		}
		for _, sub := range s.subs {
			objects += int64(len(sub.entries))
		}
		if objects > maxObjects || len(f.sections) >= maxSections {
			return nil, fault.Unreadable(
				"",
				"This PDF is too large to be checked: it has more than %d objects or %d revisions.",
				maxObjects,
				maxSections,
			)
		}
		f.sections = append([]*section{s}, f.sections...)
		prev := s.trailer.get("Prev")
		if !s.trailer.has("Prev") {
			break
		}
		// Each section must lie before the one that follows it: no loops.
		if prev.kind != kInt || prev.num <= 0 || prev.num >= start {
			return nil, f.damaged(start, "its cross-reference sections do not form a line")
		}
		start, end = prev.num, s.start
	}
	if f.last().end != size {
		return nil, f.damaged(f.last().end, "something follows its end")
	}
	return f, nil
}

func (f *pdfFile) last() *section { return f.sections[len(f.sections)-1] }

func (f *pdfFile) damaged(at int64, format string, args ...any) error {
	return fault.Unreadable(fmt.Sprintf("byte %d", at), "This PDF is damaged: "+format+".", args...)
}

// window reads n bytes at off, fewer at the end of the file.
func (f *pdfFile) window(off int64, n int64) ([]byte, error) {
	if off < 0 || off >= f.size {
		return nil, f.damaged(off, "it points outside itself")
	}
	b := make([]byte, min(n, f.size-off))
	if k, err := f.r.ReadAt(b, off); k < len(b) {
		return nil, fault.Unreadable(fmt.Sprintf("byte %d", off+int64(k)), "The file could not be read: check the disk and try again.").
			Because(err)
	}
	return b, nil
}

// lastStart reads the offset at the very end: startxref N %%EOF.
func (f *pdfFile) lastStart() (int64, error) {
	off := max(0, f.size-pdfTrailZone)
	tail, err := f.window(off, pdfTrailZone)
	if err != nil {
		return 0, err
	}
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, f.damaged(f.size, "its end is missing")
	}
	l := &lexer{src: tail, pos: i + len("startxref"), base: off}
	n, err := l.integer()
	if err != nil {
		return 0, f.damaged(f.size, "its end is malformed")
	}
	return n, nil
}

// grow calls parse with larger and larger windows at off until it is content.
func (f *pdfFile) grow(off int64, parse func(l *lexer) error) error {
	for n := int64(4 << 10); ; n *= 8 {
		src, err := f.window(off, n)
		if err != nil {
			return err
		}
		err = parse(&lexer{src: src, base: off})
		if err != errShort {
			return err
		}
		if off+n >= f.size {
			return f.damaged(off, "an object has no end")
		}
		if n >= maxObject {
			return f.damaged(off, "an object is larger than %d MB", maxObject>>20)
		}
	}
}

func (f *pdfFile) readSection(start int64) (*section, error) {
	head, err := f.window(start, 4)
	if err != nil {
		return nil, err
	}
	s := &section{start: start}
	var after int64
	if string(head) == "xref" {
		after, err = f.readTable(s)
	} else {
		after, err = f.readXrefStream(s)
	}
	if err != nil {
		return nil, err
	}
	if s.trailer.has("XRefStm") {
		return nil, fault.Unreadable("", "This PDF has two cross-references that may differ (hybrid): save it anew.")
	}
	// startxref, the section's own offset, %%EOF and at most one line end.
	tail, err := f.window(after, 64)
	if err != nil {
		return nil, err
	}
	l := &lexer{src: append(tail, ' '), base: after}
	if err := l.keyword("startxref"); err != nil {
		return nil, f.damaged(after, "startxref is missing")
	}
	n, err := l.integer()
	if err != nil || n != start {
		return nil, f.damaged(
			after,
			"its cross-reference does not stand where it says (linearised files cannot be checked: save it anew)",
		)
	}
	for l.pos < len(tail) && isSpace(l.src[l.pos]) {
		l.pos++
	}
	if !bytes.HasPrefix(l.src[l.pos:], []byte("%%EOF")) {
		return nil, f.damaged(after, "%%%%EOF is missing")
	}
	l.pos += 5
	if rest := tail[l.pos:]; bytes.HasPrefix(rest, []byte("\r\n")) {
		l.pos += 2
	} else if len(rest) > 0 && (rest[0] == '\n' || rest[0] == '\r') {
		l.pos++
	}
	s.end = after + int64(l.pos)
	return s, nil
}

// readTable reads a classic cross-reference table and its trailer, and gives
// the offset after it.
func (f *pdfFile) readTable(s *section) (int64, error) {
	off := s.start + 4
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
		if count > maxObjects || first > maxObjects || count*20 > f.size {
			return 0, f.damaged(off, "its cross-reference table is too large")
		}
		rows, err := f.window(off, count*20)
		if err != nil {
			return 0, err
		}
		if int64(len(rows)) < count*20 {
			return 0, f.damaged(off, "its cross-reference table is cut off")
		}
		sub := subsection{first, make([]entry, count)}
		for i := range sub.entries {
			row := rows[i*20 : i*20+20]
			at, err1 := strconv.ParseUint(string(row[:10]), 10, 63)
			gen, err2 := strconv.ParseUint(string(row[11:16]), 10, 16)
			end := string(row[18:])
			if err1 != nil || err2 != nil || row[10] != ' ' || row[16] != ' ' ||
				end != " \n" && end != " \r" && end != "\r\n" {
				return 0, f.damaged(off+int64(i)*20, "its cross-reference table is malformed")
			}
			switch row[17] {
			case 'n':
				sub.entries[i] = entry{entryPlain, int64(at), int64(gen)}
			case 'f':
			default:
				return 0, f.damaged(off+int64(i)*20, "its cross-reference table is malformed")
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
		if s.trailer, err = l.value(0); err != nil {
			return err
		}
		if s.trailer.kind != kDict {
			return l.fail("its trailer is missing")
		}
		s.base, after = l.base, l.base+int64(l.pos)
		return nil
	})
	return after, err
}

// add appends a subsection that overlaps no other.
func (s *section) add(f *pdfFile, sub subsection) error {
	for _, o := range s.subs {
		if sub.first < o.first+int64(len(o.entries)) && o.first < sub.first+int64(len(sub.entries)) {
			return f.damaged(s.start, "its cross-reference names an object twice")
		}
	}
	if len(s.subs) > 100_000 {
		return f.damaged(s.start, "its cross-reference is too large")
	}
	s.subs = append(s.subs, sub)
	return nil
}

func (f *pdfFile) readXrefStream(s *section) (int64, error) {
	o, err := f.object(s.start)
	if err != nil {
		return 0, err
	}
	if o.data == 0 || !o.val.get("Type").isName("XRef") {
		return 0, f.damaged(s.start, "its cross-reference is missing")
	}
	data, err := f.decoded(o)
	if err != nil {
		return 0, err
	}
	s.trailer, s.base, s.stream, s.number = o.val, o.base, true, o.num
	w := o.val.get("W")
	if w.kind != kArray || len(w.list) != 3 {
		return 0, f.damaged(s.start, "its cross-reference stream is malformed")
	}
	var width [3]int
	for i, e := range w.list {
		if e.kind != kInt || e.num < 0 || e.num > 8 {
			return 0, f.damaged(s.start, "its cross-reference stream is malformed")
		}
		width[i] = int(e.num)
	}
	row := width[0] + width[1] + width[2]
	index := o.val.get("Index")
	if index.kind == kNull {
		index = value{kind: kArray, list: []value{{kind: kInt}, o.val.get("Size")}}
	}
	if row == 0 || width[1] == 0 || index.kind != kArray || len(index.list)%2 != 0 {
		return 0, f.damaged(s.start, "its cross-reference stream is malformed")
	}
	for i := 0; i < len(index.list); i += 2 {
		first, count := index.list[i], index.list[i+1]
		if first.kind != kInt || count.kind != kInt || first.num < 0 || count.num < 0 || first.num > maxObjects ||
			count.num > int64(len(data)/row) {
			return 0, f.damaged(s.start, "its cross-reference stream is malformed")
		}
		sub := subsection{first.num, make([]entry, count.num)}
		for k := range sub.entries {
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
				return 0, f.damaged(s.start, "its cross-reference stream is malformed")
			}
			switch v[0] {
			case 0:
			case 1:
				sub.entries[k] = entry{entryPlain, v[1], v[2]}
			case 2:
				sub.entries[k] = entry{entryPacked, v[1], v[2]}
			default:
				return 0, f.damaged(s.start, "its cross-reference stream has an entry of unknown type")
			}
		}
		if err := s.add(f, sub); err != nil {
			return 0, err
		}
	}
	if len(data) != 0 {
		return 0, f.damaged(s.start, "its cross-reference stream is longer than it says")
	}
	return o.end, nil
}

// keep makes room for n more bytes: it forgets everything rather than grow.
func (f *pdfFile) keep(n int) {
	if f.kept += n; f.kept > maxKept {
		clear(f.plain)
		clear(f.packed)
		f.kept = n
	}
}

// object reads the indirect object at an offset.
func (f *pdfFile) object(off int64) (*object, error) {
	if o, ok := f.plain[off]; ok {
		return o, nil
	}
	o, weight := &object{}, 0
	err := f.grow(off, func(l *lexer) error {
		defer func() { weight = 128 * l.values }() // about what a value takes
		*o = object{src: l.src, base: l.base}
		if len(l.src) > 0 && (l.src[0] < '0' || l.src[0] > '9') {
			return l.fail("no object begins where its cross-reference says")
		}
		var err error
		if o.num, err = l.integer(); err != nil {
			return err
		}
		if o.gen, err = l.integer(); err != nil {
			return err
		}
		if err = l.keyword("obj"); err != nil {
			return err
		}
		if o.val, err = l.value(0); err != nil {
			return err
		}
		l.space()
		if len(l.src)-l.pos < len("stream\r\n") {
			return errShort
		}
		if !bytes.HasPrefix(l.src[l.pos:], []byte("stream")) {
			err = l.keyword("endobj")
			o.end = l.base + int64(l.pos)
			return err
		}
		l.pos += len("stream")
		switch {
		case o.val.kind != kDict:
			return l.fail("a stream has no dictionary")
		case l.src[l.pos] == '\n':
			l.pos++
		case l.src[l.pos] == '\r' && l.src[l.pos+1] == '\n':
			l.pos += 2
		default:
			return l.fail("a stream does not begin with a line end")
		}
		o.data = l.base + int64(l.pos)
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.keep(len(o.src) + weight)
	if o.data == 0 {
		f.plain[off] = o
		return o, nil
	}
	// The end of a stream is known where its length is direct, as it must be
	// wherever the end matters (cross-reference streams, signed revisions).
	if n := o.val.get("Length"); n.kind == kInt && n.num >= 0 && n.num <= f.size-o.data {
		tail, err := f.window(o.data+n.num, 64)
		if err != nil {
			return nil, err
		}
		l := &lexer{src: append(tail, ' '), base: o.data + n.num}
		if err := l.keyword("endstream"); err != nil {
			return nil, f.damaged(l.base, "a stream is not as long as it says")
		}
		if err := l.keyword("endobj"); err != nil {
			return nil, f.damaged(l.base, "a stream is not as long as it says")
		}
		o.end = l.base + int64(l.pos)
	}
	f.plain[off] = o
	return o, nil
}

// decoded gives the data of a stream that has no filter or is deflated.
func (f *pdfFile) decoded(o *object) ([]byte, error) {
	n := o.val.get("Length")
	if o.end == 0 || n.kind != kInt {
		return nil, f.damaged(o.base, "a stream does not state its length")
	}
	var r io.Reader = io.NewSectionReader(f.r, o.data, n.num)
	filter := o.val.get("Filter")
	if filter.kind == kArray && len(filter.list) == 1 {
		filter = filter.list[0]
	}
	switch {
	case filter.kind == kNull:
	case filter.isName("FlateDecode"):
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, f.damaged(o.data, "a stream cannot be decompressed")
		}
		r = z
	default:
		return nil, f.damaged(o.base, "a cross-reference or object stream is compressed in an unusual way")
	}
	data, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil {
		return nil, f.damaged(o.data, "a stream cannot be decompressed")
	}
	if len(data) > maxInflated {
		return nil, f.damaged(o.data, "a stream grows to more than %d MB", maxInflated>>20)
	}
	parms := o.val.get("DecodeParms")
	if parms.kind == kArray && len(parms.list) == 1 {
		parms = parms.list[0]
	}
	return f.unpredict(o, data, parms)
}

// unpredict undoes the PNG predictors.
func (f *pdfFile) unpredict(o *object, data []byte, parms value) ([]byte, error) {
	if parms.kind == kNull {
		return data, nil
	}
	p, cols := parms.get("Predictor"), parms.get("Columns")
	if parms.kind != kDict {
		return nil, f.damaged(o.base, "a stream's parameters are malformed")
	}
	if p.kind == kNull || p.kind == kInt && p.num == 1 {
		return data, nil
	}
	n := int(cols.num)
	if p.kind != kInt || p.num < 10 || p.num > 15 || cols.kind != kInt || n < 1 || n > 64 || len(data)%(n+1) != 0 ||
		parms.has("Colors") ||
		parms.has("BitsPerComponent") {
		return nil, f.damaged(o.base, "a stream is compressed in an unusual way")
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
				return nil, f.damaged(o.base, "a stream is compressed in an unusual way")
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

// view is the file as it was after one of its savings.
type view struct {
	f   *pdfFile
	rev int // index of the newest section that counts
}

func (f *pdfFile) view(rev int) view { return view{f, rev} }

func (v view) trailer() value { return v.f.sections[v.rev].trailer }

// entry is where object n stands in this view.
func (v view) entry(n int64) (entry, bool) {
	e, _, ok := v.find(n)
	return e, ok
}

// find is entry with the section that says so.
func (v view) find(n int64) (entry, *section, bool) {
	for i := v.rev; i >= 0; i-- {
		if e, ok := v.f.sections[i].entry(n); ok {
			return e, v.f.sections[i], e.kind != entryFree
		}
	}
	return entry{}, nil, false
}

// errNoObject says that a reference leads nowhere, which PDF reads as null.
var errNoObject = errors.New("no such object")

// load reads object n as this view has it.
func (v view) load(n int64) (*object, error) {
	e, sec, ok := v.find(n)
	if !ok {
		return nil, errNoObject
	}
	if e.kind == entryPlain {
		// A section may not speak of what was saved after it: it would mean one
		// thing when it was signed and another now.
		if e.at >= sec.end {
			return nil, v.f.damaged(e.at, "object %d stands outside its revision", n)
		}
		o, err := v.f.object(e.at)
		if err == nil && (o.num != n || o.gen != e.gen) {
			err = v.f.damaged(e.at, "another object stands where object %d should", n)
		}
		return o, err
	}
	holder, ok := v.entry(e.at)
	if !ok || holder.kind != entryPlain {
		return nil, v.f.damaged(0, "the object stream of object %d is missing", n)
	}
	stm, err := v.objStm(e.at)
	if err != nil {
		return nil, err
	}
	if e.gen >= int64(len(stm.numbers)) || stm.numbers[e.gen] != n {
		return nil, v.f.damaged(holder.at, "object %d is not in its object stream", n)
	}
	start, end := stm.offsets[e.gen], len(stm.src)
	if e.gen+1 < int64(len(stm.offsets)) {
		end = stm.offsets[e.gen+1]
	}
	o := &object{num: n, src: append(stm.src[start:end:end], ' '), base: -1}
	l := &lexer{src: o.src, base: holder.at}
	if o.val, err = l.value(0); err != nil {
		return nil, v.f.damaged(holder.at, "object %d in an object stream is malformed", n)
	}
	if l.space(); l.pos != len(l.src) {
		return nil, v.f.damaged(holder.at, "object %d in an object stream is malformed", n)
	}
	return o, nil
}

func (v view) objStm(n int64) (*objStm, error) {
	o, err := v.load(n)
	if err != nil {
		return nil, err
	}
	if s, ok := v.f.packed[o.base]; ok {
		return s, nil
	}
	count, first := o.val.get("N"), o.val.get("First")
	if o.data == 0 || !o.val.get("Type").isName("ObjStm") || count.kind != kInt || first.kind != kInt {
		return nil, v.f.damaged(o.base, "an object stream is malformed")
	}
	data, err := v.f.decoded(o)
	if err != nil {
		return nil, err
	}
	if first.num < 0 || first.num > int64(len(data)) || count.num < 0 || count.num > first.num {
		return nil, v.f.damaged(o.base, "an object stream is malformed")
	}
	s := &objStm{src: data}
	l := &lexer{src: append(data[:first.num:first.num], ' '), base: o.base}
	for range count.num {
		num, err1 := l.integer()
		off, err2 := l.integer()
		off += first.num
		if err1 != nil || err2 != nil || off > int64(len(data)) ||
			len(s.offsets) > 0 && off < int64(s.offsets[len(s.offsets)-1]) {
			return nil, v.f.damaged(o.base, "an object stream is malformed")
		}
		s.numbers, s.offsets = append(s.numbers, num), append(s.offsets, int(off))
	}
	v.f.keep(len(data) + 16*len(s.numbers))
	v.f.packed[o.base] = s
	return s, nil
}

// resolve follows references until something else is there.
func (v view) resolve(x value) (value, error) {
	for range maxRefDepth {
		if x.kind != kRef {
			return x, nil
		}
		o, err := v.load(x.num)
		if err == errNoObject {
			return value{}, nil
		}
		if err != nil {
			return value{}, err
		}
		if o.data != 0 {
			return o.val, nil
		}
		x = o.val
	}
	return value{}, v.f.damaged(0, "references run in a circle")
}

// catalogue is the document's root dictionary and its object.
func (v view) catalogue() (*object, error) {
	root := v.trailer().get("Root")
	if root.kind != kRef {
		return nil, v.f.damaged(v.f.sections[v.rev].start, "its catalogue is missing")
	}
	o, err := v.load(root.num)
	if err == nil && o.val.kind != kDict {
		err = errNoObject
	}
	if err == errNoObject {
		err = v.f.damaged(v.f.sections[v.rev].start, "its catalogue is missing")
	}
	return o, err
}

// sigField is a signature field of the form.
type sigField struct {
	name string
	obj  *object
}

// sigFields lists the signature fields of the document's form.
func (v view) sigFields() ([]sigField, error) {
	cat, err := v.catalogue()
	if err != nil {
		return nil, err
	}
	form, err := v.resolve(cat.val.get("AcroForm"))
	if err != nil || form.kind == kNull {
		return nil, err
	}
	var out []sigField
	seen := map[int64]bool{}
	var walk func(list value, prefix string, isSig bool, depth int) error
	walk = func(list value, prefix string, isSig bool, depth int) error {
		list, err := v.resolve(list)
		if err != nil {
			return err
		}
		if list.kind != kArray || depth > maxRefDepth {
			return v.f.damaged(0, "its form is malformed")
		}
		for _, ref := range list.list {
			if ref.kind != kRef || seen[ref.num] || len(seen) > 10_000 {
				return v.f.damaged(0, "its form is malformed")
			}
			seen[ref.num] = true
			o, err := v.load(ref.num)
			if err == errNoObject || err == nil && o.val.kind != kDict {
				err = v.f.damaged(0, "a field of its form is missing")
			}
			if err != nil {
				return err
			}
			t, err := v.resolve(o.val.get("T"))
			if err != nil {
				return err
			}
			ft, err := v.resolve(o.val.get("FT"))
			if err != nil {
				return err
			}
			sig := isSig && ft.kind == kNull || ft.isName("Sig")
			full := strings.Trim(prefix+"."+text(t.str), ".") // a widget without a name of its own is its parent's
			if o.val.has("Kids") && !v.onlyShown(o) {
				if err := walk(o.val.get("Kids"), full, sig, depth+1); err != nil {
					return err
				}
				// A parent field may hold the value that its kids show.
				if !o.val.has("V") {
					continue
				}
			}
			if sig {
				out = append(out, sigField{full, o})
			}
		}
		return nil
	}
	if form.kind != kDict {
		return nil, v.f.damaged(0, "its form is malformed")
	}
	if !form.has("Fields") {
		return nil, nil
	}
	return out, walk(form.get("Fields"), "", false, 0)
}

// onlyShown tells whether the kids of a field are no fields but the widgets that
// show it: they have no name of their own (ISO 32000-1, 12.7.3.1).
func (v view) onlyShown(field *object) bool {
	kids, err := v.resolve(field.val.get("Kids"))
	if err != nil || kids.kind != kArray || !field.val.has("T") {
		return false
	}
	for _, k := range kids.list {
		if k.kind != kRef {
			return false
		}
		o, err := v.load(k.num)
		if err != nil || o.val.kind != kDict || o.val.has("T") || o.val.has("Kids") {
			return false
		}
	}
	return true
}

// text is a PDF text string as UTF-8: UTF-16 with a mark, UTF-8 with a mark, or Latin.
func text(s string) string {
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
