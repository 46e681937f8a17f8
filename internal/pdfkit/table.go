package pdfkit

import (
	"fmt"
	"iter"
	"strings"
)

// Table is a table with its head repeated on each page. Rows that do not fit
// move to the next page; a row that is taller than a page runs on.
type Table struct {
	Caption string // says what the table shows; also read aloud
	Columns []Column
	// Rows are asked for one at a time, so a table may be longer than memory.
	Rows iter.Seq[[]Cell]
	Size float64 // 9 where zero
	// Tight leaves little space in the cells.
	Tight bool
	// Plain leaves out the head and the lines between rows.
	Plain bool
	// Limit is the number of rows after which the rest is counted instead of
	// drawn ("and 12 more, in the record"); 0 for none.
	Limit int
	// Empty is said where there are no rows.
	Empty string
}

// Column is a column of a table.
type Column struct {
	Title  string
	Width  float64 // share of the width, relative to the other columns
	Align  Align
	Header bool // its cells name their rows
}

// Cell is one cell of a row.
type Cell struct {
	Spans []Span
	Cols  int // columns that it spans, 1 where zero
	Fill  Color
	// Anchor names its row, for [To].
	Anchor string
}

// C is a cell of plain text.
func C(text string) Cell { return Cell{Spans: []Span{{Text: text}}} }

// CS is a cell of spans.
func CS(spans ...Span) Cell { return Cell{Spans: spans} }

// Cells is a row of plain texts.
func Cells(texts ...string) []Cell {
	row := make([]Cell, len(texts))
	spans := make([]Span, len(texts))
	for i, t := range texts {
		spans[i].Text = t
		row[i].Spans = spans[i : i+1 : i+1]
	}
	return row
}

// Rows makes a sequence of rows that are already there.
func Rows(rows ...[]Cell) iter.Seq[[]Cell] {
	return func(yield func([]Cell) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	}
}

const cellPad = 3.5 // left and right of a cell's text

// tableDraw is a table being drawn.
type tableDraw struct {
	Table
	f                *Flow
	xs, ws           []float64
	size, lead       float64
	padY             float64
	table, body      int32
	head             [][]line
	headSpans        [][]Span
	headH            float64
	lines            [][]line
	cellNodes        []int32
	headDrawn, began bool
}

func (t Table) draw(f *Flow) {
	d := f.d
	if len(t.Columns) == 0 || t.Rows == nil {
		d.fail("the table %q has no columns or rows", t.Caption)
		return
	}
	if f.full {
		return
	}
	td := &tableDraw{Table: t, f: f}
	td.size = t.Size
	if td.size == 0 {
		td.size = 9
	}
	td.size *= f.scale
	td.lead, td.padY = td.size*1.32, 2.6*f.scale
	if t.Tight {
		td.lead, td.padY = td.size*1.24, 1.1*f.scale
	}
	var total float64
	for i, c := range t.Columns {
		if c.Width <= 0 {
			td.Columns = append([]Column{}, td.Columns...)
			td.Columns[i].Width = 1
		}
		total += td.Columns[i].Width
	}
	x := f.x
	for _, c := range td.Columns {
		td.ws = append(td.ws, f.w*c.Width/total)
	}
	td.widen()
	for _, w := range td.ws {
		td.xs = append(td.xs, x)
		x += w
	}
	if t.Tight && t.Caption == "" {
		f.gap(2)
	} else {
		f.gap(6)
	}
	// A row is drawn when it is known whether it is the last: the others leave
	// room to say how many there are that a frame does not hold.
	n, more := 0, 0
	var held []Cell
	put := func(last bool) {
		switch {
		case held == nil:
		case f.full || t.Limit > 0 && n >= t.Limit || !td.row(held, last):
			more++
		default:
			n++
		}
	}
	for row := range t.Rows {
		put(false)
		held = row
	}
	put(more == 0)
	switch {
	case more > 0:
		f.cut = f.cut || f.full
		td.note(fmt.Sprintf("and %s more, in the record", thousands(more)))
	case n == 0:
		if t.Empty == "" {
			t.Empty = "None."
		}
		td.note(t.Empty)
	}
	f.gap(map[bool]float64{false: 4, true: 1}[t.Tight])
}

// widen gives each column the width of the longest word in its title, at the
// cost of those that have more than they need.
func (t *tableDraw) widen() {
	if t.Plain {
		return
	}
	least := make([]float64, len(t.ws))
	var lack, spare float64
	for i, c := range t.Columns {
		for _, word := range strings.Fields(c.Title) {
			least[i] = max(least[i], t.f.d.width(Bold, t.size, t.f.d.clean(word, Bold)))
		}
		least[i] += 2*cellPad*t.f.scale + 0.1
		lack += max(0, least[i]-t.ws[i])
		spare += max(0, t.ws[i]-least[i])
	}
	if lack == 0 || spare < lack {
		return
	}
	for i := range t.ws {
		if t.ws[i] < least[i] {
			t.ws[i] = least[i]
		} else {
			t.ws[i] -= (t.ws[i] - least[i]) * lack / spare
		}
	}
}

// start makes the table's nodes, caption and head, on the page that the first
// row is on too.
func (t *tableDraw) start(row float64) bool {
	d, f := t.f.d, t.f
	t.began = true
	if !t.Plain {
		for i, c := range t.Columns {
			spans := []Span{{Text: c.Title, Face: Bold}}
			ls := d.breakLines(spans, t.size, t.ws[i]-2*cellPad*f.scale)
			t.head, t.headSpans = append(t.head, ls), append(t.headSpans, spans)
			t.headH = max(t.headH, float64(len(ls))*t.lead+2*t.padY)
		}
	}
	t.table = d.node(f.parent, "Table")
	caption := []Span{{Text: t.Caption, Face: Bold, Color: Ink}}
	var ls []line
	if t.Caption != "" {
		ls = d.breakLines(caption, t.size, f.w)
	}
	capH := float64(len(ls)) * t.lead
	if f.paged {
		first := capH + 2*f.scale + t.headH
		f.room(first + min(row, f.pageBottom()-f.top-first))
	} else if !f.room(capH + t.headH + t.lead) {
		return false
	}
	if len(ls) > 0 {
		n := d.node(t.table, "Caption")
		f.lines(&para{f: f, spans: caption, size: t.size, node: n, color: Ink}, ls, t.lead, Left)
		d.unmark()
		f.y += 2 * f.scale
	}
	t.drawHead()
	t.body = d.node(t.table, "TBody")
	return true
}

// drawHead draws the head: as content the first time, and on later pages as an
// ornament, so that a screen reader does not read it again and again.
func (t *tableDraw) drawHead() {
	f, d := t.f, t.f.d
	if t.Plain {
		return
	}
	again := t.headDrawn
	t.headDrawn = true
	y := f.y
	if d.dry == 0 {
		d.Box(f.x, y, f.w, t.headH, Shade, 0, 0)
		d.Rule(f.x, y+t.headH, f.x+f.w, y+t.headH, Ink, 0.9)
		var tr int32
		if again {
			d.unmark()
			d.page.body = append(d.page.body, "/Artifact<</Type/Pagination>>BDC\n"...)
		} else {
			tr = d.node(d.node(t.table, "THead"), "TR")
		}
		for i, ls := range t.head {
			if !again {
				n := d.node(tr, "TH")
				d.attr(n).dict = "<</O/Table/Scope/Column>>"
				d.mark(n)
			}
			for j, l := range ls {
				for _, pc := range l.pieces {
					d.text(
						Bold,
						d.spanSize(&t.headSpans[i][0], t.size),
						Black,
						t.cellX(i, l.w),
						y+t.padY+float64(j+1)*t.lead-t.lead*0.27,
						pc.text,
					)
				}
			}
			d.unmark()
		}
		if again {
			d.page.body = append(d.page.body, "EMC\n"...)
		}
	}
	f.y += t.headH
}

func (t *tableDraw) cellX(i int, w float64) float64 { return t.spanX(i, 1, w) }

// spanX is where a line of width w begins in a cell that spans columns.
func (t *tableDraw) spanX(i, cols int, w float64) float64 {
	pad := cellPad * t.f.scale
	left, right := t.xs[i]+pad, t.xs[i+cols-1]+t.ws[i+cols-1]-pad
	switch t.Columns[i].Align {
	case Right:
		return right - w
	case Centre:
		return (left + right - w) / 2
	}
	return left
}

// row draws a row; it says no where a frame has no room for it.
func (t *tableDraw) row(cells []Cell, always bool) bool {
	most, ok := t.breakRow(cells)
	if !ok {
		return false
	}
	h := float64(most)*t.lead + 2*t.padY
	if !t.began && !t.start(h) || !t.room(h, always) {
		return false
	}
	if t.f.d.dry > 0 { // only measured: nothing may be left in the structure
		t.f.y += h
		return true
	}
	t.drawRow(cells, most)
	return true
}

// breakRow breaks the cells of a row into lines, and gives how many the longest has.
func (t *tableDraw) breakRow(cells []Cell) (most int, ok bool) {
	d := t.f.d
	pad := cellPad * t.f.scale
	t.lines = t.lines[:0]
	most = 1
	col := 0
	for _, c := range cells {
		cols := max(c.Cols, 1)
		if col+cols > len(t.Columns) {
			d.fail("a row of the table %q has more cells than columns", t.Caption)
			return 0, false
		}
		w := t.xs[col+cols-1] + t.ws[col+cols-1] - t.xs[col] - 2*pad
		ls := d.breakLines(c.Spans, t.size, w)
		t.lines = append(t.lines, ls)
		most = max(most, len(ls))
		col += cols
	}
	if col != len(t.Columns) {
		d.fail("a row of the table %q has %d of %d cells", t.Caption, col, len(t.Columns))
		return 0, false
	}
	return most, true
}

// room makes room for a row of height h, on the next page where it has to; it says no
// where a frame has none.
func (t *tableDraw) room(h float64, always bool) bool {
	f, d := t.f, t.f.d
	if !f.paged {
		// A frame has one size. Its last line is kept free until the last row, which
		// needs no line that counts the rows after it.
		reserve := 0.0
		if !always { // room to say how many more there are
			reserve = t.lead + 2*t.padY
		}
		if f.y+h+reserve > f.bottom+0.05 && d.dry == 0 {
			f.full = true
			return false
		}
		return true
	}
	if d.dry == 0 && f.y+h > f.bottom {
		// A row goes to the next page whole if it fits there. One that is longer than a
		// page is cut wherever it stands, so it begins here if a few lines have room.
		whole := f.pageBottom() - f.top - t.headH
		if h <= whole || f.bottom-f.y < 3*t.lead+2*t.padY {
			f.breakPage()
			t.drawHead()
		}
	}
	return true
}

// drawRow draws a row of most lines, over several pages where it is longer than one.
func (t *tableDraw) drawRow(cells []Cell, most int) {
	f, d := t.f, t.f.d
	// One TR and one node a cell, also for a row that goes over several pages: a
	// screen reader reads it once, from marks on each of them.
	tr := d.node(t.body, "TR")
	t.cellNodes = t.cellNodes[:0]
	col := 0
	for _, c := range cells {
		name := "TD"
		if t.Columns[col].Header {
			name = "TH"
		}
		n := d.node(tr, name)
		cols := max(c.Cols, 1)
		if dict := cellDict(name, cols); dict != "" {
			d.attr(n).dict = dict
		}
		t.cellNodes = append(t.cellNodes, n)
		if c.Anchor != "" {
			d.anchor(c.Anchor, dest{d.page.index, f.y})
		}
		col += cols
	}
	for from := 0; ; {
		n := most - from
		if f.paged {
			n = min(n, max(1, int((f.bottom-f.y-2*t.padY+0.05)/t.lead)))
		}
		h := float64(n)*t.lead + 2*t.padY
		col := 0
		for i, c := range cells {
			cols := max(c.Cols, 1)
			if c.Fill != 0 {
				d.Box(t.xs[col], f.y, t.xs[col+cols-1]+t.ws[col+cols-1]-t.xs[col], h, c.Fill, 0, 0)
			}
			p := para{f: f, spans: c.Spans, size: t.size, node: t.cellNodes[i], color: Black}
			if t.Columns[col].Header && len(c.Spans) == 1 && c.Spans[0].Face == Regular {
				p.color = Ink
			}
			for j := from; j < min(from+n, len(t.lines[i])); j++ {
				l := t.lines[i][j]
				// The baseline lies at 0.73 of the line, as in paragraphs.
				p.drawLine(l, t.spanX(col, cols, l.w), f.y+t.padY+float64(j-from+1)*t.lead-t.lead*0.27)
			}
			d.unmark()
			col += cols
		}
		f.y += h
		if !t.Plain {
			d.Rule(f.x, f.y, f.x+f.w, f.y, Line, 0.4)
		}
		if from += n; from >= most {
			return
		}
		f.breakPage()
		t.drawHead()
	}
}

func cellDict(name string, cols int) string {
	switch {
	case name == "TH" && cols > 1:
		return fmt.Sprintf("<</O/Table/Scope/Row/ColSpan %d>>", cols)
	case name == "TH":
		return "<</O/Table/Scope/Row>>"
	case cols > 1:
		return fmt.Sprintf("<</O/Table/ColSpan %d>>", cols)
	}
	return ""
}

// note is a row across the table.
func (t *tableDraw) note(text string) {
	f := t.f
	full := f.full
	f.full = false
	cols := t.Columns
	t.Columns = append([]Column{}, cols...)
	t.Columns[0].Header, t.Columns[0].Align = false, Left
	t.row([]Cell{{Spans: []Span{{Text: text, Face: Italic, Color: Grey}}, Cols: len(cols)}}, true)
	t.Columns = cols
	f.full = f.full || full
}

// KeyValues are names with their values, one a line.
type KeyValues struct {
	Caption string
	Pairs   []KeyValue
	Name    float64 // share of the width for the names, 0.3 where zero
	Size    float64
	Tight   bool
}

// KeyValue is one of them.
type KeyValue struct {
	Key   string
	Value []Span
}

// KV is a name with a plain value.
func KV(key, value string) KeyValue { return KeyValue{key, []Span{{Text: value}}} }

func (k KeyValues) draw(f *Flow) {
	if len(k.Pairs) > 0 {
		k.table(f).draw(f)
	}
}

// table is the table that they are drawn as.
func (k KeyValues) table(f *Flow) Table {
	share := k.Name
	if share == 0 {
		share = 0.3
	}
	size := k.Size
	if size == 0 {
		size = 9
	}
	for _, p := range k.Pairs { // no name is cut in the middle of a word
		for _, word := range strings.Fields(p.Key) {
			w := f.d.width(Bold, size*f.scale, f.d.clean(word, Bold)) + 2*cellPad*f.scale + 1
			share = min(max(share, w/f.w), 0.5)
		}
	}
	return Table{
		Caption: k.Caption, Plain: true, Size: k.Size, Tight: k.Tight,
		Columns: []Column{{Width: share, Header: true}, {Width: 1 - share}},
		Rows: func(yield func([]Cell) bool) {
			for _, p := range k.Pairs {
				if !yield([]Cell{CS(Span{Text: p.Key, Face: Bold}), CS(p.Value...)}) {
					return
				}
			}
		},
	}
}

// thousands writes a count with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
