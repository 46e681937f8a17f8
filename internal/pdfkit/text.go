package pdfkit

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Span is a piece of a line with one look. Its text is shown as it stands:
// there is no mark-up in it, so imported text cannot disguise itself.
type Span struct {
	Text string
	Face Face
	// Color of the text; Black where zero.
	Color Color
	// Size relative to the block, 1 where zero.
	Size float64
	// Lang marks another language, such as "cy".
	Lang string

	tag    string // structure type of its own, if any
	uri    string
	anchor string
	note   []Span
}

// T is plain text.
func T(s string) Span { return Span{Text: s} }

// B is text of strong importance.
func B(s string) Span { return Span{Text: s, Face: Bold, tag: "Strong"} }

// I is stressed text.
func I(s string) Span { return Span{Text: s, Face: Italic, tag: "Em"} }

// Code is a digest, identifier or piece of a file.
func Code(s string) Span { return Span{Text: s, Face: Mono, Size: 0.88, tag: "Code"} }

// Quiet is secondary text.
func Quiet(s string) Span { return Span{Text: s, Color: Grey} }

// Lang is text in another language than the document's, "cy" for Welsh.
func Lang(lang, s string) Span { return Span{Text: s, Lang: lang, tag: "Span"} }

// Link leads to an address outside the document.
func Link(s, uri string) Span { return Span{Text: s, uri: uri, Color: Ink, tag: "Link"} }

// To leads to an anchor of this document (see [Heading.Anchor]).
func To(s, anchor string) Span { return Span{Text: s, anchor: anchor, Color: Ink, tag: "Link"} }

// Note is a footnote: a number here, the text at the foot of the page.
func Note(text ...Span) Span { return Span{note: text, tag: "Reference"} }

// piece is a part of a line that is drawn in one go.
type piece struct {
	span int
	text string
	w    float64
}

type line struct {
	pieces []piece
	w      float64
	notes  []int // spans
}

func (d *Document) spanSize(s *Span, size float64) float64 {
	if s.Size != 0 {
		size *= s.Size
	}
	// To a hundredth, as it is written into the file.
	return float64(int(size*100+0.5)) / 100
}

// breakLines sets spans in lines of at most w points. Lines break at spaces and
// after hyphens and slashes; a word that is too long for a line is cut.
func (d *Document) breakLines(spans []Span, size, w float64) []line {
	// Most cells of a table are one short line: those need no words cut apart.
	if len(spans) == 1 && spans[0].note == nil {
		s := &spans[0]
		text := d.clean(s.Text, s.Face)
		if len(text) < 120 && !strings.Contains(text, "\n") {
			if tw := d.width(s.Face, d.spanSize(s, size), text); tw <= w {
				return []line{{pieces: []piece{{0, text, tw}}, w: tw}}
			}
		}
	}
	b := breaker{d: d, spans: spans, size: size, w: w}
	for i := range spans {
		s := &spans[i]
		sz := d.spanSize(s, size)
		if s.note != nil {
			b.note(i, sz)
			continue
		}
		text := d.clean(s.Text, s.Face)
		for text != "" {
			switch text[0] {
			case '\n':
				b.flush()
				b.newline()
				text = text[1:]
				continue
			case ' ':
				b.flush()
				b.space = true
				b.spaceSpan, b.spaceW = i, d.width(s.Face, sz, " ")
				text = text[1:]
				continue
			}
			n, breaks := wordEnd(text)
			b.word = append(b.word, piece{i, text[:n], d.width(s.Face, sz, text[:n])})
			text = text[n:]
			if breaks {
				b.flush()
			}
		}
	}
	b.flush()
	b.newline()
	return b.lines
}

// wordEnd is where the word that text begins with ends, and whether the line
// may break there: after a hyphen or slash between small letters ("run-audit",
// but not "GC-2026-0007"), and after a dash.
func wordEnd(text string) (n int, breaks bool) {
	small := func(c byte) bool { return c >= 'a' && c <= 'z' }
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ' ' || c == '\n':
			return i, false
		case (c == '-' || c == '/') && i > 0 && i+1 < len(text) && small(text[i-1]) && small(text[i+1]):
			return i + 1, true
		case c == 0xE2 && i+3 < len(text) && (text[i:i+3] == "–" || text[i:i+3] == "—"):
			return i + 3, true
		}
	}
	return len(text), false
}

type breaker struct {
	d     *Document
	spans []Span
	size  float64
	w     float64
	lines []line
	cur   line
	word  []piece
	nts   []int
	count int // notes so far

	space     bool
	spaceSpan int
	spaceW    float64
}

func (b *breaker) note(span int, size float64) {
	// The mark stays with the word before it. Its number is known already, since
	// notes are numbered as they are drawn.
	b.count++
	num := strconv.Itoa(b.d.notes + b.count)
	b.word = append(b.word, piece{span, "", b.d.width(Regular, size*noteMark, num) + 1})
	b.nts = append(b.nts, span)
}

// flush puts the word that has been gathered on the line, or on the next.
func (b *breaker) flush() {
	if len(b.word) == 0 {
		return
	}
	var ww float64
	for _, p := range b.word {
		ww += p.w
	}
	gap := 0.0
	if b.space && len(b.cur.pieces) > 0 {
		gap = b.spaceW
	}
	const slack = 0.01
	if len(b.cur.pieces) > 0 && b.cur.w+gap+ww > b.w+slack {
		if b.space { // unseen, but it keeps the words apart for a screen reader
			l := &b.cur.pieces[len(b.cur.pieces)-1]
			l.text += " "
		}
		b.newline()
		gap = 0
	}
	if gap > 0 {
		b.put(piece{b.spaceSpan, " ", gap})
	}
	for _, p := range b.word {
		for b.cur.w+p.w > b.w+slack && len(p.text) > 1 {
			head, rest := b.cut(p, b.w-b.cur.w)
			if head.text == "" {
				if len(b.cur.pieces) == 0 {
					break // narrower than one character: let it stand
				}
				b.newline()
				continue
			}
			b.put(head)
			b.newline()
			p = rest
		}
		b.put(p)
	}
	b.cur.notes = append(b.cur.notes, b.nts...)
	b.word, b.nts, b.space = b.word[:0], b.nts[:0], false
}

// cut takes as much of a piece as fits into w.
func (b *breaker) cut(p piece, w float64) (head piece, rest piece) {
	s := &b.spans[p.span]
	f, size := faces()[s.Face], b.d.spanSize(s, b.size)
	n, units := 0, 0
	for i, r := range p.text {
		a := int(f.advance[r])
		if float64(units+a)*size/1000 > w {
			break
		}
		units += a
		n = i + utf8.RuneLen(r)
	}
	head, rest = piece{p.span, p.text[:n], 0}, piece{p.span, p.text[n:], 0}
	head.w, rest.w = b.d.width(s.Face, size, head.text), b.d.width(s.Face, size, rest.text)
	return head, rest
}

func (b *breaker) put(p piece) {
	if n := len(b.cur.pieces); n > 0 && p.text != "" && b.cur.pieces[n-1].span == p.span &&
		b.cur.pieces[n-1].text != "" {
		b.cur.pieces[n-1].text += p.text
		b.cur.pieces[n-1].w += p.w
	} else {
		b.cur.pieces = append(b.cur.pieces, p)
	}
	b.cur.w += p.w
}

func (b *breaker) newline() {
	b.lines = append(b.lines, b.cur)
	b.cur, b.space = line{}, false
}

// noteMark is the size of a footnote's number relative to the text.
const noteMark = 0.7

// para is a run of spans being drawn as the content of one node.
type para struct {
	f     *Flow
	spans []Span
	size  float64
	node  int32
	kids  map[int]int32 // nodes of spans that have their own
	color Color         // for spans without one
}

// drawLine draws one line with its baseline at y.
func (p *para) drawLine(l line, x, y float64) {
	d := p.f.d
	if d.dry > 0 {
		return
	}
	for _, pc := range l.pieces {
		s := &p.spans[pc.span]
		size := d.spanSize(s, p.size)
		if s.note != nil {
			d.drawNoteMark(p, pc.span, x, y, size)
			x += pc.w
			continue
		}
		n := p.node
		if s.tag != "" || s.Lang != "" {
			n = p.spanNode(pc.span, s)
		}
		d.mark(n)
		c := s.Color
		if c == 0 {
			c = p.color
		}
		d.text(s.Face, size, c, x, y, pc.text)
		if s.uri != "" || s.anchor != "" {
			w := d.width(s.Face, size, strings.TrimRight(pc.text, " "))
			d.Rule(x, y+size*0.14, x+w, y+size*0.14, Ink, 0.5)
			d.link(n, [4]float64{x, y - size, x + w, y + size*0.3}, s)
		}
		x += pc.w
	}
}

func (p *para) spanNode(i int, s *Span) int32 {
	if n, ok := p.kids[i]; ok {
		return n
	}
	if p.kids == nil {
		p.kids = map[int]int32{}
	}
	tag := s.tag
	if tag == "" {
		tag = "Span"
	}
	n := p.f.d.node(p.node, tag)
	if s.Lang != "" {
		p.f.d.attr(n).lang = s.Lang
	}
	p.kids[i] = n
	return n
}

// link adds a link annotation over a part of a line.
func (d *Document) link(n int32, rect [4]float64, s *Span) {
	a := annot{page: d.page.index, rect: rect, node: n, uri: s.uri, anchor: s.anchor, contents: d.line(s.Text, Regular)}
	if a.uri != "" {
		a.contents += " (" + a.uri + ")"
	}
	d.addAnnot(a)
}

func (d *Document) addAnnot(a annot) int32 {
	i := int32(len(d.annots))
	d.annots = append(d.annots, a)
	d.pages[a.page].annots = append(d.pages[a.page].annots, i)
	if a.node >= 0 {
		d.kid(a.node, kid{kind: kidAnnot, a: i})
	}
	return i
}

// pendingNote is a footnote that waits for the end of its page.
type pendingNote struct {
	node   int32
	number string
	spans  []Span
	lines  []line
}

const (
	noteLead = 1.3 // leading of footnotes relative to their size
	noteGap  = 10  // between the text and the first of them
)

func (f *Flow) noteSize() float64 { return 8.5 * f.scale }

func (d *Document) drawNoteMark(p *para, span int, x, y, size float64) {
	d.notes++
	num := strconv.Itoa(d.notes)
	ref := d.node(p.node, "Reference")
	lbl := d.node(ref, "Lbl")
	d.mark(lbl)
	d.text(Regular, float64(int(size*noteMark*100))/100, Black, x, y-size*0.33, num)
	n := d.node(p.node, "Note")
	d.attr(n).id = "note-" + num
	d.page.notes = append(d.page.notes, pendingNote{n, num, p.spans[span].note,
		d.breakLines(p.spans[span].note, p.f.noteSize(), p.f.w-14*p.f.scale)})
	d.unmark()
}

// drawNotes sets the footnotes of the open page at its foot.
func (d *Document) drawNotes() {
	p := d.page
	if len(p.notes) == 0 {
		return
	}
	f := d.main
	notes := p.notes
	p.notes = nil
	size := f.noteSize()
	y := f.pageBottom() - noteGap*f.scale
	for _, n := range notes {
		y -= float64(len(n.lines)) * size * noteLead
	}
	d.Rule(f.x, y+3*f.scale, f.x+50*MM, y+3*f.scale, Line, 0.5)
	y += 5 * f.scale
	for _, n := range notes {
		y += size * noteLead
		lbl := d.node(n.node, "Lbl")
		d.mark(lbl)
		d.text(Regular, size, Black, f.x, y, n.number)
		pa := para{f: f, spans: n.spans, size: size, node: n.node, color: Black}
		for i, l := range n.lines {
			if i > 0 {
				y += size * noteLead
			}
			pa.drawLine(l, f.x+14*f.scale, y)
		}
		d.unmark()
	}
}

// notesHeight is what the notes of a line need at the foot of the page.
func (f *Flow) notesHeight(spans []Span, l line) float64 {
	var h float64
	for _, i := range l.notes {
		n := len(f.d.breakLines(spans[i].note, f.noteSize(), f.w-14*f.scale))
		h += float64(n) * f.noteSize() * noteLead
	}
	if h > 0 && !f.hasNotes() {
		h += noteGap * f.scale
	}
	return h
}

func (f *Flow) hasNotes() bool { return f.d.page != nil && len(f.d.page.notes) > 0 }
