package pdfkit

import (
	"fmt"
	"strings"
)

// Block is something that takes its place in a flow: a heading, paragraph,
// list, table, figure and so on.
type Block interface{ draw(f *Flow) }

// Flow is a column that blocks run down: the pages' text area, or a frame.
type Flow struct {
	d           *Document
	x, w        float64
	y           float64 // where the next block begins
	top, bottom float64
	scale       float64
	parent      int32 // node that blocks belong to
	paged       bool  // runs on to the next page
	full        bool  // a frame that has no room left
	cut         bool  // something was left out
	color       Color // of text without a colour of its own
}

func (f *Flow) pageBottom() float64 { return PageHeight - f.d.o.Bottom }

// room makes sure that h points are left, on a new page if need be. It says no
// when a frame is full, or while a frame is only measured and overflows.
func (f *Flow) room(h float64) bool {
	if f.full {
		return false
	}
	const slack = 0.05
	if f.y+h <= f.bottom+slack || f.d.dry > 0 {
		return true
	}
	if !f.paged {
		f.full, f.cut = true, true
		return false
	}
	f.breakPage()
	return true
}

func (f *Flow) breakPage() {
	if f.d.dry > 0 {
		return
	}
	f.d.newPage(false)
	f.y, f.bottom = f.top, f.pageBottom()
}

// atTop tells whether nothing stands above on this page.
func (f *Flow) atTop() bool { return f.y <= f.top+0.01 }

// gap is space between blocks; there is none at the top of a page.
func (f *Flow) gap(h float64) {
	if !f.atTop() {
		f.y += h * f.scale
	}
}

// Frame puts blocks into a rectangle of the open page. Where they do not fit
// they are set smaller, down to smallest (0.8 is a sensible limit, 1 for no
// shrinking); what does not fit even then is cut with "continued in the record".
// It tells whether anything was cut, and how high the content became.
func (d *Document) Frame(x, y, w, h, smallest float64, blocks ...Block) (height float64, cut bool) {
	if d.page == nil {
		d.fail("a frame needs a page")
		return 0, false
	}
	var scale float64
	for s := 1.0; ; s -= 0.025 {
		scale = d.o.Scale * s
		if s-0.025 < smallest-0.001 || d.Measure(w, scale, blocks...) <= h+0.05 {
			break
		}
	}
	f := &Flow{d: d, x: x, w: w, y: y, top: y, bottom: y + h, scale: scale, parent: d.main.parent}
	small := Small(I(continued))
	_, lead, _ := small.measures(f)
	if d.Measure(w, scale, blocks...) > h+0.05 {
		f.bottom -= lead
	}
	for _, b := range blocks {
		b.draw(f)
	}
	if f.cut {
		f.full, f.bottom = false, y+h
		f.y = min(f.y, f.bottom-lead)
		small.Gap = -1
		small.draw(f)
	}
	d.unmark()
	return f.y - y, f.cut
}

// Measure is the height of blocks in a column of w points at a scale.
func (d *Document) Measure(w, scale float64, blocks ...Block) float64 {
	d.dry++
	defer func() { d.dry-- }()
	f := &Flow{d: d, w: w, bottom: 1e9, scale: scale}
	for _, b := range blocks {
		b.draw(f)
	}
	return f.y
}

// continued ends a frame that had no room for all of its text.
const continued = "Continued in the record."

// fit takes as many lines as a frame has room for; the last of them then ends
// in an ellipsis. Pages go on, so there all lines fit.
func (f *Flow) fit(p *para, ls []line, lead float64) []line {
	if f.full {
		return nil
	}
	if f.paged || f.d.dry > 0 {
		return ls
	}
	n := int((f.bottom - f.y + 0.05) / lead)
	if n >= len(ls) {
		return ls
	}
	f.full, f.cut = true, true
	if n <= 0 {
		return nil
	}
	ls = ls[:n]
	l := &ls[n-1]
	l.notes = nil
	for len(l.pieces) > 0 {
		last := &l.pieces[len(l.pieces)-1]
		s := &p.spans[last.span]
		size := f.d.spanSize(s, p.size)
		if text := strings.TrimRight(last.text, " ,;:"); l.w-last.w+f.d.width(s.Face, size, text+"…") <= f.w {
			last.text = text + "…"
			break
		}
		rs := []rune(last.text)
		if len(rs) == 0 {
			l.w -= last.w
			l.pieces = l.pieces[:len(l.pieces)-1]
			continue
		}
		last.text = string(rs[:len(rs)-1])
		w := f.d.width(s.Face, size, last.text)
		l.w += w - last.w
		last.w = w
	}
	return ls
}

// lines draws a paragraph's lines under a node, over page breaks; never one
// line alone at the foot of a page.
func (f *Flow) lines(p *para, ls []line, lead float64, align Align) {
	for i, l := range ls {
		notes := f.notesHeight(p.spans, l)
		need := lead + notes
		if i == 0 && len(ls) > 1 {
			need += lead
		}
		if f.paged {
			f.room(need)
		}
		x := f.x
		switch align {
		case Right:
			x += f.w - l.w
		case Centre:
			x += (f.w - l.w) / 2
		}
		f.y += lead
		f.bottom -= notes
		p.drawLine(l, x, f.y-lead*0.27)
	}
}

// Align is where text stands in its column.
type Align uint8

const (
	Left Align = iota
	Right
	Centre
)

// Heading opens a part of the document.
type Heading struct {
	Level    int // 1 to 4; a level may not be skipped
	Text     string
	Anchor   string // name for [To]
	Size     float64
	Color    Color
	Tight    bool // little space around it
	Unlisted bool // left out of contents and bookmarks

	keep float64 // height of what has to stand on the same page
}

// H is a heading.
func H(level int, text string) Heading { return Heading{Level: level, Text: text} }

type heading struct {
	level int
	text  string
	to    dest
	list  bool
	node  int32
}

func (h Heading) draw(f *Flow) {
	d := f.d
	if h.Level < 1 || h.Level > 4 {
		d.fail("heading %q has level %d", h.Text, h.Level)
		return
	}
	size := h.Size
	if size == 0 {
		size = [...]float64{20, 14, 11.5, 10}[h.Level-1]
	}
	size *= f.scale
	color := h.Color
	if color == 0 {
		color = Ink
	}
	above, below := [...]float64{18, 15, 11, 9}[h.Level-1], [...]float64{5, 4, 2, 1}[h.Level-1]
	if h.Tight {
		above, below = above*0.5, below*0.5
	}
	f.gap(above)
	spans := []Span{{Text: h.Text, Face: Bold, Color: color}}
	ls := d.breakLines(spans, size, f.w)
	lead := size * 1.2
	if f.paged { // no heading at the foot of a page without lines under it
		f.room(float64(len(ls))*lead + max(h.keep, 42*f.scale))
	}
	p := &para{f: f, spans: spans, size: size, color: Black}
	if ls = f.fit(p, ls, lead); ls == nil {
		return
	}
	n := d.node(f.parent, fmt.Sprintf("H%d", h.Level))
	p.node = n
	if d.dry == 0 {
		// ISO 14289-1, 7.4.2: levels go down one by one. The document is ours, so a skip
		// is a mistake of the program and fails.
		if last := len(d.heads) - 1; h.Level > 1 && (last < 0 || h.Level > d.heads[last].level+1) {
			d.fail("heading %q skips a level", h.Text)
		}
		to := dest{d.page.index, f.y}
		d.heads = append(d.heads, heading{h.Level, d.line(h.Text, Bold), to, !h.Unlisted, n})
		if h.Anchor != "" {
			d.anchor(h.Anchor, to)
		}
	}
	f.lines(p, ls, lead, Left)
	d.unmark()
	f.y += below * f.scale
}

func (d *Document) anchor(name string, to dest) {
	if _, ok := d.anchors[name]; ok {
		d.fail("two places are called %q", name)
	}
	d.anchors[name] = to
}

// Anchor names the place where it stands, for [To].
type Anchor string

func (a Anchor) draw(f *Flow) {
	if f.d.dry == 0 && f.room(1) {
		f.d.anchor(string(a), dest{f.d.page.index, f.y})
	}
}

// Para is a paragraph.
type Para struct {
	Spans []Span
	Size  float64 // 10 where zero
	Lead  float64 // line height relative to the size, 1.4 where zero
	Align Align
	Gap   float64 // space above, 5 where zero, none where negative
}

// P is a paragraph of text.
func P(spans ...Span) Para { return Para{Spans: spans} }

// Small is a paragraph of secondary text.
func Small(spans ...Span) Para { return Para{Spans: spans, Size: 8.5, Gap: 3} }

// Lead is an opening paragraph.
func Lead(spans ...Span) Para { return Para{Spans: spans, Size: 12} }

func (p Para) measures(f *Flow) (size, lead, gap float64) {
	size, lead, gap = p.Size, p.Lead, p.Gap
	if size == 0 {
		size = 10
	}
	if lead == 0 {
		lead = 1.4
	}
	switch {
	case gap == 0:
		gap = 5
	case gap < 0:
		gap = 0
	}
	return size * f.scale, size * f.scale * lead, gap
}

func (p Para) draw(f *Flow) {
	p.drawAs(f, "P")
}

func (p Para) drawAs(f *Flow, tag string) {
	size, lead, gap := p.measures(f)
	f.gap(gap)
	pa := &para{f: f, spans: p.Spans, size: size, color: f.textColor()}
	ls := f.fit(pa, f.d.breakLines(p.Spans, size, f.w), lead)
	if ls == nil {
		return
	}
	if f.paged {
		f.room(min(float64(len(ls)), 2) * lead)
	}
	pa.node = f.d.node(f.parent, tag)
	f.lines(pa, ls, lead, p.Align)
	f.d.unmark()
}

func (f *Flow) textColor() Color {
	if f.color == 0 {
		return Black
	}
	return f.color
}

// Space leaves points free.
type Space float64

func (s Space) draw(f *Flow) { f.gap(float64(s)) }

// PageBreak lets what comes next begin a new page.
type PageBreak struct{}

func (PageBreak) draw(f *Flow) {
	if f.paged && !f.atTop() {
		f.y = PageHeight
	}
}

// List is a list, numbered or not.
type List struct {
	Items   [][]Span
	Ordered bool
	Size    float64
	Gap     float64 // between items, 2 where zero
}

// Bullets is a list of plain texts.
func Bullets(items ...string) List {
	var l List
	for _, s := range items {
		l.Items = append(l.Items, []Span{T(s)})
	}
	return l
}

// Numbered is a numbered list of plain texts.
func Numbered(items ...string) List {
	l := Bullets(items...)
	l.Ordered = true
	return l
}

func (l List) draw(f *Flow) {
	if len(l.Items) == 0 {
		return
	}
	d := f.d
	size, lead, _ := Para{Size: l.Size}.measures(f)
	gap := l.Gap
	if gap == 0 {
		gap = 2
	}
	f.gap(4)
	list := int32(-1)
	indent := 1.3 * size
	if l.Ordered {
		indent += d.width(Regular, size, "00") / 2
	}
	in := *f
	in.x, in.w = f.x+indent, f.w-indent
	for i, item := range l.Items {
		if i > 0 {
			in.gap(gap)
		}
		pa := &para{f: &in, spans: item, size: size, color: in.textColor()}
		ls := in.fit(pa, d.breakLines(item, size, in.w), lead)
		if ls == nil {
			break
		}
		if in.paged { // two lines of an item stay together
			in.room(min(float64(len(ls)), 2) * lead)
		}
		if list < 0 { // with the first item that has room: an empty list is not allowed
			list = d.node(f.parent, "L")
			kind := "Disc"
			if l.Ordered {
				kind = "Decimal"
			}
			d.attr(list).dict = "<</O/List/ListNumbering/" + kind + ">>"
		}
		li := d.node(list, "LI")
		lbl := d.node(li, "Lbl")
		pa.node = d.node(li, "LBody")
		if d.dry == 0 {
			d.mark(lbl)
			mark := "•"
			if l.Ordered {
				mark = fmt.Sprintf("%d.", i+1)
			}
			d.text(Regular, d.spanSize(&Span{}, size), in.textColor(), f.x+2*f.scale, in.y+lead*0.73, mark)
		}
		in.lines(pa, ls, lead, Left)
		d.unmark()
	}
	f.y, f.bottom, f.full, f.cut = in.y, in.bottom, in.full, in.cut
}
