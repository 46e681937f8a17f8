package pdfkit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"sort"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// WriteTo finishes the document and writes it in one pass. It may be called
// once. What it has written when it fails is no document: write into a
// temporary place.
func (d *Document) WriteTo(w io.Writer) (int64, error) {
	switch {
	case d.written:
		d.fail("the document was written before")
	case len(d.pages) == 0:
		d.fail("the document is empty")
	}
	d.written = true
	if d.err != nil {
		return 0, d.err
	}
	order := d.finish()
	if d.err != nil {
		return 0, d.err
	}
	out := &writer{w: bufio.NewWriterSize(w, 1<<16), hash: sha256.New(), compact: d.o.ObjectStreams}
	d.write(out, order)
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.off, out.err
}

// finish draws what is only known at the end (contents, heads and feet, page
// numbers) and gives the pages in their final order.
func (d *Document) finish() []*page {
	d.closePage()
	order := d.pages
	if t := d.toc; t != nil {
		first := len(d.pages)
		d.drawContents(first)
		at := t.at
		order = slices.Concat(d.pages[:at], d.pages[first:], d.pages[at:first])
	}
	if d.o.Running != nil {
		for i, p := range order {
			if !p.plain {
				d.drawRunning(p, d.o.Running(i+1, len(order)))
			}
		}
	}
	for _, a := range d.annots {
		if _, ok := d.anchors[a.anchor]; a.anchor != "" && !ok {
			d.fail("a link leads to %q, which is nowhere", a.anchor)
		}
	}
	return order
}

// drawContents draws the table of contents on pages at the end, to be moved to
// their place. Their number is worked out first, so that the page numbers of
// what comes after them are right.
func (d *Document) drawContents(first int) {
	t := d.toc
	f := &Flow{
		d:      d,
		x:      d.o.Left,
		w:      PageWidth - d.o.Left - d.o.Right,
		top:    d.o.Top,
		scale:  d.o.Scale,
		parent: t.node,
		paged:  true,
	}
	size, lead := 10*f.scale, 17*f.scale
	listed := d.listed()
	titleH := 40 * f.scale
	pages := d.contentsPages(len(listed))
	number := func(p int32) int {
		if int(p) >= t.at {
			return int(p) + pages + 1
		}
		return int(p) + 1
	}
	f.breakPage()
	d.heads[t.head].to = dest{d.page.index, f.top}
	d.mark(d.heads[t.head].node)
	d.text(Bold, 20*f.scale, Ink, f.x, f.y+20*f.scale, d.heads[t.head].text)
	d.unmark()
	f.y += titleH
	for _, h := range listed {
		if f.y+lead > f.pageBottom()+0.05 {
			f.breakPage()
		}
		indent := float64(h.level-1) * 14 * f.scale
		fc := Regular
		if h.level == 1 {
			fc = Bold
		}
		num := strconv.Itoa(number(h.to.page))
		item := d.node(t.node, "TOCI")
		link := d.node(d.node(item, "Reference"), "Link")
		base := f.y + lead*0.7
		room := f.w - indent - d.width(fc, size, num) - 20*f.scale
		text := h.text
		for d.width(fc, size, text) > room && len(text) > 1 {
			rs := []rune(text)
			text = string(rs[:len(rs)-2]) + "…"
		}
		d.mark(link)
		d.text(fc, size, Black, f.x+indent, base, text+" ")
		d.text(fc, size, Black, f.x+f.w-d.width(fc, size, num), base, num)
		d.addAnnot(annot{page: d.page.index, rect: [4]float64{f.x + indent, base - size, f.x + f.w, base + size*0.3},
			node: link, anchor: d.anchorOf(h), contents: h.text + ", page " + num})
		from := f.x + indent + d.width(fc, size, text) + 6*f.scale
		to := f.x + f.w - d.width(fc, size, num) - 6*f.scale
		if to > from {
			d.page.under = append(appendNums(appendColor(d.page.under, Line, "RG"), 0.5), "w [0.5 3] 0 d "...)
			d.page.under = append(appendNums(d.page.under, from, PageHeight-base), "m "...)
			d.page.under = append(appendNums(d.page.under, to, PageHeight-base), "l S [] 0 d\n"...)
		}
		d.unmark()
		f.y += lead
	}
	d.closePage()
	if got := len(d.pages) - first; got != pages {
		d.fail("the contents take %d pages, not %d", got, pages)
	}
}

// listed are the headings that the contents list.
func (d *Document) listed() []heading {
	var out []heading
	for i, h := range d.heads {
		if i != d.toc.head && h.list && h.level <= d.toc.Depth {
			out = append(out, h)
		}
	}
	return out
}

// contentsPages is how many pages the contents take for a number of headings.
func (d *Document) contentsPages(headings int) int {
	f := &Flow{d: d, top: d.o.Top, scale: d.o.Scale}
	lead, titleH := 17*f.scale, 40*f.scale
	perPage := int((f.pageBottom() - f.top) / lead)
	firstPage := int((f.pageBottom() - f.top - titleH) / lead)
	pages := 1
	if rest := headings - firstPage; rest > 0 {
		pages += (rest + perPage - 1) / perPage
	}
	return pages
}

// PageOf is the number, from 1, of the page on which an anchor stands, as the
// finished document numbers it provided that no heading follows that its contents
// list; 0 for an anchor that there is not (yet).
func (d *Document) PageOf(anchor string) int {
	to, ok := d.anchors[anchor]
	if !ok {
		return 0
	}
	n := int(to.page) + 1
	if d.toc != nil && int(to.page) >= d.toc.at {
		n += d.contentsPages(len(d.listed()))
	}
	return n
}

// anchorOf makes an anchor of a heading for the contents.
func (d *Document) anchorOf(h heading) string {
	name := "\x00" + strconv.Itoa(int(h.node))
	d.anchors[name] = h.to
	return name
}

// drawRunning draws the head and foot of a page that is closed, as a content
// stream of its own.
func (d *Document) drawRunning(p *page, r Running) {
	p.body, p.size, p.color = nil, -1, unset
	size := 8 * min(d.o.Scale, 1.5)
	left, right := d.o.Left, PageWidth-d.o.Right
	d.page = p
	set := func(kind string, y, rule float64, l, r string) {
		if l == "" && r == "" {
			return
		}
		p.body = append(p.body, "/Artifact<</Type/Pagination/Subtype/"+kind+">>BDC\n"...)
		p.body = append(appendNum(appendColor(p.body, Line, "RG"), 0.5), " w "...)
		p.body = append(appendNums(p.body, left, PageHeight-rule), "m "...)
		p.body = append(appendNums(p.body, right, PageHeight-rule), "l S\n"...)
		r = d.line(r, Regular)
		rw := d.width(Regular, size, r)
		l = d.line(l, Regular)
		for d.width(Regular, size, l) > right-left-rw-10 && len(l) > 3 {
			rs := []rune(l)
			l = string(rs[:len(rs)-2]) + "…"
		}
		d.text(Regular, size, Grey, left, y, l)
		d.text(Regular, size, Grey, right-rw, y, r)
		p.body = append(p.body, "EMC\n"...)
	}
	set("Header", d.o.Top-14, d.o.Top-9, r.HeadLeft, r.HeadRight)
	foot := PageHeight - d.o.Bottom
	set("Footer", foot+22, foot+11, r.FootLeft, r.FootRight)
	d.page = nil
	p.under, p.body = pack(p.body), nil
}

// writer writes objects one after another and remembers where they are.
type writer struct {
	w       *bufio.Writer
	hash    hash.Hash
	off     int64
	err     error
	compact bool
	pos     []xrefEntry // by object number
	stream  []byte      // content of the object stream being filled
	inside  []int32     // its objects
	offsets []int
}

type xrefEntry struct {
	off  int64 // offset in the file, or index in the object stream
	in   int32 // object stream, 0 if none
	used bool
}

// perStream is how many objects go into one object stream.
const perStream = 200

func (w *writer) raw(b []byte) {
	if w.err != nil {
		return
	}
	w.hash.Write(b)
	n, err := w.w.Write(b)
	w.off += int64(n)
	w.err = err
}

// alloc reserves n object numbers and gives the first.
func (w *writer) alloc(n int) int32 {
	if len(w.pos) == 0 {
		w.pos = append(w.pos, xrefEntry{})
	}
	first := len(w.pos)
	w.pos = append(w.pos, make([]xrefEntry, n)...)
	return int32(first)
}

// plain writes an object as it stands, also where others are packed together.
func (w *writer) plain(n int32, body []byte) {
	w.pos[n] = xrefEntry{off: w.off, used: true}
	w.raw(fmt.Appendf(nil, "%d 0 obj\n", n))
	w.raw(body)
	w.raw([]byte("\nendobj\n"))
}

// object writes an object, in an object stream if the file has them.
func (w *writer) object(n int32, body []byte) {
	if !w.compact {
		w.plain(n, body)
		return
	}
	w.pos[n] = xrefEntry{off: int64(len(w.inside)), used: true, in: -1}
	w.inside, w.offsets = append(w.inside, n), append(w.offsets, len(w.stream))
	w.stream = append(append(w.stream, body...), '\n')
	if len(w.inside) == perStream {
		w.flushObjects()
	}
}

func (w *writer) flushObjects() {
	if len(w.inside) == 0 {
		return
	}
	n := w.alloc(1)
	var head []byte
	for i, o := range w.inside {
		head = fmt.Appendf(head, "%d %d ", o, w.offsets[i])
		w.pos[o].in = n
	}
	w.streamObject(
		n,
		fmt.Sprintf("/Type/ObjStm/N %d/First %d", len(w.inside), len(head)),
		append(head, w.stream...),
		true,
	)
	w.stream, w.inside, w.offsets = w.stream[:0], w.inside[:0], w.offsets[:0]
}

// streamObject writes a stream; compress it unless it is compressed already.
func (w *writer) streamObject(n int32, dict string, data []byte, compress bool) {
	if compress {
		data = pack(data)
		dict += "/Filter/FlateDecode"
	}
	w.pos[n] = xrefEntry{off: w.off, used: true}
	w.raw(fmt.Appendf(nil, "%d 0 obj\n<<%s/Length %d>>\nstream\n", n, dict, len(data)))
	w.raw(data)
	w.raw([]byte("\nendstream\nendobj\n"))
}

// attachment copies a file through to the output. Its length is written after
// it. It tells the attachment's checksum, for the document's identifier.
func (w *writer) attachment(n int32, dict string, a Attachment) error {
	if w.err != nil {
		return w.err
	}
	r, err := a.Open()
	if err != nil {
		return fmt.Errorf("attach %s: %w", a.Name, err)
	}
	defer r.Close()
	length := w.alloc(1)
	compress := a.Size < 16<<20 && (a.MIME == "application/json" || len(a.MIME) > 5 && a.MIME[:5] == "text/")
	if compress {
		dict += "/Filter/FlateDecode"
	}
	w.pos[n] = xrefEntry{off: w.off, used: true}
	w.raw(fmt.Appendf(nil, "%d 0 obj\n<<%s/Length %d 0 R>>\nstream\n", n, dict, length))
	begin := w.off
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	to := io.Writer(writerFunc(func(b []byte) (int, error) {
		k, err := w.w.Write(b)
		w.off += int64(k)
		return k, err
	}))
	var z *zlib.Writer
	if compress {
		z, _ = zlib.NewWriterLevel(to, 6)
		to = z
	}
	got, err := io.CopyBuffer(
		io.MultiWriter(to, sum),
		struct{ io.Reader }{io.LimitReader(r, a.Size+1)},
		make([]byte, 1<<17),
	)
	if err == nil && z != nil {
		err = z.Close()
	}
	if err == nil && got != a.Size {
		err = fmt.Errorf("its size is not the %d bytes it should be", a.Size)
	}
	if err != nil {
		return fmt.Errorf("attach %s: %w", a.Name, err)
	}
	size := w.off - begin
	w.hash.Write(sum.Sum(nil))
	w.raw([]byte("\nendstream\nendobj\n"))
	w.plain(length, strconv.AppendInt(nil, size, 10))
	return w.err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// end writes the cross-reference and trailer.
func (w *writer) end(root, info int32) {
	w.flushObjects()
	var id []byte
	if !w.compact {
		id = w.hash.Sum(nil)[:16]
		at := w.off
		b := fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(w.pos))
		for _, e := range w.pos[1:] {
			if e.used {
				b = fmt.Appendf(b, "%010d 00000 n \n", e.off)
			} else {
				b = append(b, "0000000000 65535 f \n"...)
			}
		}
		// A line of the table has ten digits for an offset.
		if w.off > 9_999_999_999 && w.err == nil {
			w.err = fmt.Errorf("pdfkit: the document is too large for a cross-reference table; use object streams")
		}
		b = fmt.Appendf(
			b,
			"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n",
			len(w.pos),
			root,
			info,
			id,
			id,
			at,
		)
		w.raw(b)
		return
	}
	n := w.alloc(1)
	at := w.off
	id = w.hash.Sum(nil)[:16]
	w.pos[n] = xrefEntry{off: at, used: true}
	// Rows of type, offset (5 bytes) and index (2 bytes), each written as its
	// difference from the one above it, which is nearly always the same.
	const row = 8
	rows := make([]byte, 0, len(w.pos)*(row+1))
	var last, this [row]byte
	for i, e := range w.pos {
		this = [row]byte{}
		switch {
		case i == 0 || !e.used:
			binary.BigEndian.PutUint16(this[6:], 65535)
		case e.in > 0:
			this[0] = 2
			putUint40(this[1:], int64(e.in))
			binary.BigEndian.PutUint16(this[6:], uint16(e.off))
		default:
			this[0] = 1
			putUint40(this[1:], e.off)
		}
		rows = append(rows, 2)
		for k := range this {
			rows = append(rows, this[k]-last[k])
		}
		last = this
	}
	w.streamObject(
		n,
		fmt.Sprintf(
			"/Type/XRef/Size %d/W[1 5 2]/DecodeParms<</Predictor 12/Columns %d>>/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]",
			len(w.pos),
			row,
			root,
			info,
			id,
			id,
		),
		rows,
		true,
	)
	w.raw(fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", at))
}

func putUint40(b []byte, v int64) {
	b[0] = byte(v >> 32)
	binary.BigEndian.PutUint32(b[1:], uint32(v))
}

// write is the archival pass: every object in its order.
func (d *Document) write(w *writer, order []*page) {
	w.raw([]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"))
	root, info, pages := w.alloc(1), w.alloc(1), w.alloc(1)
	res := w.alloc(1)
	page0 := w.alloc(len(d.pages))
	annot0 := w.alloc(len(d.annots))
	structRoot, parents := w.alloc(1), w.alloc(1)
	node0 := w.alloc(len(d.nodes))
	pageRef := func(i int32) int32 { return page0 + i }
	nodeRef := func(i int32) int32 { return node0 + i }

	b := []byte("<</Type/Pages/Kids[")
	for _, p := range order {
		b = append(strconv.AppendInt(b, int64(pageRef(p.index)), 10), " 0 R "...)
	}
	w.object(pages, fmt.Appendf(b, "]/Count %d/MediaBox[0 0 %s %s]>>", len(order), num(PageWidth), num(PageHeight)))
	d.writePages(w, pages, res, annot0, pageRef)
	fields := d.writeAnnots(w, annot0, pageRef)
	d.writeTree(w, structRoot, parents, nodeRef, pageRef, annot0)
	d.writeFonts(w, res)
	outlines := d.writeOutlines(w, pageRef)
	files, err := d.writeFiles(w)
	if err != nil && w.err == nil {
		w.err = err
	}
	meta, icc := d.writeInfo(w, info)
	d.writeCatalogue(w, root, catalogue{
		pages: pages, structRoot: structRoot, outlines: outlines, meta: meta, icc: icc, fields: fields, files: files,
	})
	w.end(root, info)
}

// writePages writes each page with what is drawn on it.
func (d *Document) writePages(w *writer, pages, res, annot0 int32, pageRef func(int32) int32) {
	var b []byte
	for _, p := range d.pages {
		streams := [][]byte{p.packed}
		if p.under != nil {
			streams = append(streams, p.under)
		}
		first := w.alloc(len(streams))
		var refs []byte
		for i, s := range streams {
			w.streamObject(first+int32(i), "/Filter/FlateDecode", s, false)
			refs = fmt.Appendf(refs, "%d 0 R ", first+int32(i))
		}
		b = fmt.Appendf(
			b[:0],
			"<</Type/Page/Parent %d 0 R/Resources %d 0 R/Contents[%s]/StructParents %d/Tabs/S",
			pages,
			res,
			refs,
			p.index,
		)
		if len(p.annots) > 0 {
			b = append(b, "/Annots["...)
			for _, a := range p.annots {
				b = fmt.Appendf(b, "%d 0 R ", annot0+a)
			}
			b = append(b, ']')
		}
		w.object(pageRef(p.index), append(b, ">>"...))
	}
}

// writeAnnots writes links and signature fields, and gives references to the
// fields. The signer writes the fields and the catalogue anew, so they are never
// packed into an object stream.
func (d *Document) writeAnnots(w *writer, annot0 int32, pageRef func(int32) int32) (fields []byte) {
	var b []byte
	for i, a := range d.annots {
		me := annot0 + int32(i)
		if a.field != nil {
			fields = fmt.Appendf(fields, "%d 0 R ", me)
			b = fmt.Appendf(
				b[:0],
				"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F 4/P %d 0 R/Rect[0 0 0 0]/TU ",
				a.field.Name,
				pageRef(a.page),
			)
			w.plain(me, append(appendString(b, a.contents), ">>"...))
			continue
		}
		w.object(me, d.appendLink(b[:0], &a, len(d.pages)+i, pageRef))
	}
	return fields
}

// writeInfo writes the document's title and dates twice: as XMP, which ISO 19005
// (PDF/A) asks for and which is never packed, so that a program that knows nothing of
// PDF finds it, and in the form from before. Both have to say the same, so both are
// made of the same options. With them goes what RGB values mean (icc).
func (d *Document) writeInfo(w *writer, info int32) (meta, icc int32) {
	meta = w.alloc(1)
	w.streamObject(meta, "/Type/Metadata/Subtype/XML", d.xmp(), false)
	icc = w.alloc(1)
	w.streamObject(icc, "/N 3", srgbProfile(), true)
	created := appendString(nil, pdfDate(d.o.Created))
	b := append([]byte("<</Title "), appendString(nil, d.o.Title)...)
	if d.o.Author != "" {
		b = append(append(b, "/Author "...), appendString(nil, d.o.Author)...)
	}
	if d.o.Subject != "" {
		b = append(append(b, "/Subject "...), appendString(nil, d.o.Subject)...)
	}
	b = fmt.Appendf(b, "/Creator(%s)/Producer(%s)/CreationDate%s/ModDate%s>>", creator, creator, created, created)
	w.object(info, b)
	return meta, icc
}

// catalogue are the objects that the catalogue names; outlines is 0 where there
// are none.
type catalogue struct {
	pages, structRoot, outlines, meta, icc int32
	fields, files                          []byte
}

// writeCatalogue writes what a reader begins with. ISO 19005-3 (PDF/A) asks for the
// metadata and the output intent, ISO 14289-1 (PDF/UA) for the language, the
// structure, and that a window shows the document's title and not its file's name.
func (d *Document) writeCatalogue(w *writer, root int32, c catalogue) {
	b := fmt.Appendf(nil, "<</Type/Catalog/Pages %d 0 R/Lang(%s)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R"+
		"/ViewerPreferences<</DisplayDocTitle true>>/Metadata %d 0 R"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB "+
		"IEC61966-2.1)/DestOutputProfile %d 0 R>>]",
		c.pages, d.o.Language, c.structRoot, c.meta, c.icc)
	if c.outlines > 0 {
		b = fmt.Appendf(b, "/Outlines %d 0 R/PageMode/UseOutlines", c.outlines)
	}
	b = append(b, c.files...)
	if len(d.fields) > 0 {
		// SigFlags 3: there are signatures, and whoever saves may only append.
		b = append(append(append(b, "/AcroForm<</SigFlags 3/Fields["...), c.fields...), "]>>"...)
	}
	// Signatures of the European standards are an extension of PDF 1.7.
	b = append(b, "/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>>>"...)
	w.plain(root, b)
}

func num(v float64) string { return string(appendNum(nil, v)) }

// appendLink writes a link; key is its place in the structure's parent tree.
func (d *Document) appendLink(b []byte, a *annot, key int, pageRef func(int32) int32) []byte {
	rect := appendNums(nil, a.rect[0], PageHeight-a.rect[3], a.rect[2], PageHeight-a.rect[1])
	b = fmt.Appendf(b, "<</Type/Annot/F 4/P %d 0 R/StructParent %d/Rect[%s]", pageRef(a.page), key, rect)
	b = append(b, "/Subtype/Link/Border[0 0 0]/Contents "...)
	b = appendString(b, a.contents)
	if a.uri != "" {
		b = append(b, "/A<</S/URI/URI "...)
		return append(appendString(b, asciiURI(a.uri)), ">>>>"...)
	}
	to := d.anchors[a.anchor]
	return fmt.Appendf(b, "/Dest[%d 0 R/XYZ 0 %s null]>>", pageRef(to.page), num(PageHeight-to.y+6))
}

// asciiURI escapes what may not stand in an address.
func asciiURI(s string) string {
	var b []byte
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7F || c == '(' || c == ')' || c == '\\' || c == '<' || c == '>' {
			b = fmt.Appendf(b, "%%%02X", c)
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// writeTree writes the structure, which is what a screen reader reads, and the tree
// that leads from content back to it.
//
// Each cell of a table is several nodes, so a node is written as short as it can be:
// /Pg names the page of its first mark, and marks on that page, which are nearly all,
// are bare numbers.
func (d *Document) writeTree(w *writer, structRoot, parents int32, nodeRef, pageRef func(int32) int32, annot0 int32) {
	var b []byte
	var ids [][2]string
	for i := range d.nodes {
		n := &d.nodes[i]
		b = append(append(b[:0], "<</Type/StructElem/S/"...), tagNames[n.tag]...)
		b = append(b, "/P "...)
		if n.parent < 0 {
			b = strconv.AppendInt(b, int64(structRoot), 10)
		} else {
			b = strconv.AppendInt(b, int64(nodeRef(n.parent)), 10)
		}
		b = append(b, " 0 R"...)
		if a := d.attrs[int32(i)]; a != nil {
			for _, t := range [][2]string{{"/Alt", a.alt}, {"/Lang", a.lang}, {"/ID", a.id}} {
				if t[1] != "" {
					b = appendString(append(b, t[0]...), t[1])
				}
			}
			if a.dict != "" {
				b = append(append(b, "/A"...), a.dict...)
			}
			if a.id != "" {
				ids = append(ids, [2]string{a.id, strconv.Itoa(int(nodeRef(int32(i))))})
			}
		}
		pg := int32(-1) // the page of most marks
		for k := n.first; k >= 0; k = d.kids[k].next {
			if d.kids[k].kind == kidMark {
				pg = d.kids[k].a
				b = fmt.Appendf(b, "/Pg %d 0 R", pageRef(pg))
				break
			}
		}
		b = append(b, "/K["...)
		for k := n.first; k >= 0; k = d.kids[k].next {
			switch kd := d.kids[k]; kd.kind {
			case kidNode:
				b = append(strconv.AppendInt(b, int64(nodeRef(kd.a)), 10), " 0 R "...)
			case kidMark:
				if kd.a == pg {
					b = append(strconv.AppendInt(b, int64(kd.b), 10), ' ')
				} else {
					b = fmt.Appendf(b, "<</Type/MCR/Pg %d 0 R/MCID %d>>", pageRef(kd.a), kd.b)
				}
			case kidAnnot:
				b = fmt.Appendf(b, "<</Type/OBJR/Obj %d 0 R/Pg %d 0 R>>", annot0+kd.a, pageRef(d.annots[kd.a].page))
			}
		}
		w.object(nodeRef(int32(i)), append(b, "]>>"...))
	}
	d.writeTreeRoot(w, structRoot, parents, nodeRef, ids)
	d.writeParents(w, parents, nodeRef)
}

// writeTreeRoot writes the root of the structure. ids are the names that table
// cells call their headings by, with the objects that bear them.
func (d *Document) writeTreeRoot(
	w *writer, structRoot, parents int32, nodeRef func(int32) int32, ids [][2]string,
) {
	b := fmt.Appendf(
		nil,
		"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey %d/RoleMap<<",
		nodeRef(0),
		parents,
		len(d.pages)+len(d.annots),
	)
	for _, r := range roleMap {
		b = append(b, "/"+r[0]+"/"+r[1]...)
	}
	b = append(b, ">>"...)
	if len(ids) > 0 { // a name tree: in order, so that a reader can search it by halves
		sort.Slice(ids, func(i, j int) bool { return ids[i][0] < ids[j][0] })
		b = append(b, "/IDTree<</Names["...)
		for _, id := range ids {
			b = append(appendString(b, id[0]), ' ')
			b = append(b, id[1]+" 0 R "...)
		}
		b = append(b, "]>>"...)
	}
	w.object(structRoot, append(b, ">>"...))
}

// writeParents writes the tree from content to structure. Keys 0 to pages-1 are
// pages, then come the annotations: the numbers that StructParents and StructParent
// name. Leaves hold some hundreds of keys, since a reader reads a leaf whole to find one.
func (d *Document) writeParents(w *writer, parents int32, nodeRef func(int32) int32) {
	var b []byte
	var leaves []int32
	leaf := []byte(nil)
	from := 0
	flush := func(upto int) {
		if len(leaf) == 0 {
			return
		}
		n := w.alloc(1)
		w.object(n, fmt.Appendf(nil, "<</Limits[%d %d]/Nums[%s]>>", from, upto, leaf))
		leaves = append(leaves, n)
		leaf, from = leaf[:0], upto+1
	}
	for i, p := range d.pages {
		arr := w.alloc(1)
		b = append(b[:0], '[')
		for _, n := range p.marks {
			b = append(strconv.AppendInt(b, int64(nodeRef(n)), 10), " 0 R "...)
		}
		w.object(arr, append(b, ']'))
		leaf = fmt.Appendf(leaf, "%d %d 0 R ", i, arr)
		if (i+1)%256 == 0 {
			flush(i)
		}
	}
	for i, a := range d.annots {
		key := len(d.pages) + i
		if a.node >= 0 {
			leaf = fmt.Appendf(leaf, "%d %d 0 R ", key, nodeRef(a.node))
		}
		if (key+1)%256 == 0 {
			flush(key)
		}
	}
	flush(len(d.pages) + len(d.annots) - 1)
	b = append(b[:0], "<</Kids["...)
	for _, l := range leaves {
		b = fmt.Appendf(b, "%d 0 R ", l)
	}
	w.object(parents, append(b, "]>>"...))
}

// writeFonts writes the faces that were used, and the resources of all pages.
func (d *Document) writeFonts(w *writer, res int32) {
	r := []byte("<</Font<<")
	for i, f := range faces() {
		var used []rune
		for c, u := range d.used[i] {
			if u {
				used = append(used, rune(c))
			}
		}
		if len(used) == 0 {
			continue
		}
		p, err := f.cut(used)
		if err != nil {
			if w.err == nil {
				w.err = err
			}
			return
		}
		n := w.alloc(6)
		// A subset's name begins with six letters of its own (ISO 32000-1, 9.6.4). They are
		// made of the characters in it, so that the same document has the same bytes.
		sum := sha256.Sum256([]byte(string(used)))
		name := make([]byte, 6, 40)
		for k := range name {
			name[k] = 'A' + sum[k]%26
		}
		name = append(append(name, '+'), f.name...)
		w.object(
			n,
			fmt.Appendf(
				nil,
				"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
				name,
				n+1,
				n+2,
			),
		)
		b := fmt.Appendf(
			nil,
			"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s"+
				"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
				"/FontDescriptor %d 0 R/CIDToGIDMap %d 0 R/DW 500/W",
			name,
			n+3,
			n+4,
		)
		w.object(n+1, append(f.appendWidths(b, used), ">>"...))
		w.streamObject(n+2, "", toUnicode(used), true)
		w.object(
			n+3,
			fmt.Appendf(
				nil,
				"<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle %d/Ascent "+
					"%d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>",
				name,
				f.flags,
				f.bounds[0],
				f.bounds[1],
				f.bounds[2],
				f.bounds[3],
				f.italicAngle,
				f.ascent,
				f.descent,
				f.capHeight,
				f.stemV,
				n+5,
			),
		)
		// Pages are compressed long before it is known which characters the document
		// uses, so text is written as characters (Identity-H), and this comes last: which
		// glyph of the subset each of them is.
		w.streamObject(n+4, "", p.cidToGID(used), true)
		w.streamObject(n+5, fmt.Sprintf("/Length1 %d", len(p.ttf)), p.ttf, true)
		r = fmt.Appendf(r, "/F%d %d 0 R", i+1, n)
	}
	w.object(res, append(r, ">>>>"...))
}

// writeOutlines writes the bookmarks, 0 if there are none.
func (d *Document) writeOutlines(w *writer, pageRef func(int32) int32) int32 {
	var hs []heading
	for _, h := range d.heads {
		if h.list && h.level <= 3 {
			hs = append(hs, h)
		}
	}
	if len(hs) == 0 {
		return 0
	}
	// Headings stand in reading order, except the contents' own, which is placed
	// where it was asked for; so parents come before their children.
	root := w.alloc(1)
	first := w.alloc(len(hs))
	type links struct{ parent, prev, next, first, last, count int }
	ls := make([]links, len(hs)+1) // 0 is the root, i+1 is hs[i]
	var path []int
	for i, h := range hs {
		for len(path) > 0 && hs[path[len(path)-1]-1].level >= h.level {
			path = path[:len(path)-1]
		}
		parent := 0
		if len(path) > 0 {
			parent = path[len(path)-1]
		}
		l, p := &ls[i+1], &ls[parent]
		l.parent, l.prev = parent, p.last
		if p.last > 0 {
			ls[p.last].next = i + 1
		} else {
			p.first = i + 1
		}
		p.last = i + 1
		p.count++
		path = append(path, i+1)
	}
	ref := func(i int) int32 {
		if i == 0 {
			return root
		}
		return first + int32(i-1)
	}
	for i, h := range hs {
		l := ls[i+1]
		b := appendString([]byte("<</Title "), h.text)
		b = fmt.Appendf(
			b,
			"/Parent %d 0 R/Dest[%d 0 R/XYZ 0 %s null]",
			ref(l.parent),
			pageRef(h.to.page),
			num(PageHeight-h.to.y+6),
		)
		for _, k := range []struct {
			name string
			to   int
		}{{"Prev", l.prev}, {"Next", l.next}, {"First", l.first}, {"Last", l.last}} {
			if k.to > 0 {
				b = fmt.Appendf(b, "/%s %d 0 R", k.name, ref(k.to))
			}
		}
		if l.count > 0 {
			b = fmt.Appendf(b, "/Count %d", -l.count) // closed
		}
		w.object(ref(i+1), append(b, ">>"...))
	}
	w.object(
		root,
		fmt.Appendf(
			nil,
			"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>",
			ref(ls[0].first),
			ref(ls[0].last),
			ls[0].count,
		),
	)
	return root
}

// writeFiles writes the attachments, and gives the catalogue's entries for them.
func (d *Document) writeFiles(w *writer) ([]byte, error) {
	if len(d.files) == 0 {
		return nil, nil
	}
	type named struct {
		name []byte
		ref  int32
	}
	var names []named
	af := []byte("/AF[")
	for _, a := range d.files {
		n := w.alloc(2)
		dict := append([]byte("/Type/EmbeddedFile/Subtype"), appendName(nil, a.MIME)...)
		dict = fmt.Appendf(dict, "/Params<</Size %d/ModDate", a.Size)
		dict = append(appendString(dict, pdfDate(a.Modified)), ">>"...)
		if err := w.attachment(n, string(dict), a); err != nil {
			return nil, err
		}
		name := appendString(nil, cleanMeta(a.Name))
		b := append(append([]byte("<</Type/Filespec/F "), name...), "/UF "...)
		b = append(append(b, name...), "/Desc "...)
		b = appendString(b, cleanMeta(a.Description))
		w.object(n+1, fmt.Appendf(b, "/AFRelationship/%s/EF<</F %d 0 R/UF %d 0 R>>>>", a.Relationship, n, n))
		names = append(names, named{rawString(cleanMeta(a.Name)), n + 1})
		af = fmt.Appendf(af, "%d 0 R ", n+1)
	}
	sort.Slice(names, func(i, j int) bool { return bytes.Compare(names[i].name, names[j].name) < 0 })
	b := append(af, "]/Names<</EmbeddedFiles<</Names["...)
	for _, n := range names {
		b = fmt.Appendf(b, "<%X>%d 0 R ", n.name, n.ref)
	}
	return append(b, "]>>>>"...), nil
}

// appendName writes a PDF name.
func appendName(b []byte, s string) []byte {
	b = append(b, '/')
	for _, c := range []byte(s) {
		if c > ' ' && c < 0x7F && !bytes.ContainsRune([]byte("()<>[]{}/%#"), rune(c)) {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "#%02X", c)
		}
	}
	return b
}

// rawString is a text string's bytes: ASCII as it is, else UTF-16.
func rawString(s string) []byte {
	ascii := true
	for i := 0; i < len(s); i++ {
		ascii = ascii && s[i] >= ' ' && s[i] < 0x7F
	}
	if ascii {
		return []byte(s)
	}
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return b
}

// appendString writes a text string.
func appendString(b []byte, s string) []byte {
	r := rawString(s)
	if len(r) > 1 && r[0] == 0xFE {
		b = append(b, '<')
		b = hex.AppendEncode(b, r)
		return append(b, '>')
	}
	b = append(b, '(')
	for _, c := range r {
		if c == '(' || c == ')' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, ')')
}

func pdfDate(t time.Time) string { return t.UTC().Format("D:20060102150405Z") }
