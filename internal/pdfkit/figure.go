package pdfkit

import (
	"fmt"
	"math"
)

// Figure is a drawing with the words that stand for it where it cannot be seen.
type Figure struct {
	Alt     string // required: what the drawing shows
	Caption string
	Height  float64
	Tight   bool // little space around it
	Drawing Drawing
}

// Drawing is what a figure shows: [HeatMap], [Bars], [Series], [QR].
type Drawing interface {
	// drawOn draws into a rectangle of the page, through the pen.
	drawOn(p *pen, x, y, w, h float64)
}

func (g Figure) draw(f *Flow) {
	if g.Alt == "" || g.Drawing == nil || g.Height <= 0 {
		f.d.fail("the figure %q needs a drawing, a height and words that stand for it", g.Caption)
		return
	}
	h := g.Height * f.scale
	above, below := 8.0, 4.0
	if g.Tight {
		above, below = 0, 1.5
	}
	f.gap(above)
	cap := Small(T(g.Caption))
	cap.Gap = 3
	capH := 0.0
	if g.Caption != "" {
		capH = f.d.Measure(f.w, f.scale, cap) + 3*f.scale
	}
	if !f.room(h + capH) {
		return
	}
	f.d.figure(f.parent, f.x, f.y, f.w, h, f.scale, g)
	f.y += h
	if g.Caption != "" {
		cap.draw(f)
	}
	f.gap(below)
}

// Draw puts a figure into a rectangle of the open page.
func (d *Document) Draw(x, y, w, h float64, g Figure) {
	if d.page == nil || g.Alt == "" || g.Drawing == nil {
		d.fail("the figure %q needs a page, a drawing and words that stand for it", g.Caption)
		return
	}
	d.figure(d.main.parent, x, y, w, h, d.o.Scale, g)
}

func (d *Document) figure(parent int32, x, y, w, h, scale float64, g Figure) {
	if d.dry > 0 {
		return
	}
	n := d.node(parent, "Figure")
	a := d.attr(n)
	a.alt = d.line(g.Alt, Regular)
	a.dict = string(
		append(appendNums([]byte("<</O/Layout/Placement/Block/BBox["), x, PageHeight-y-h, x+w, PageHeight-y), "]>>"...),
	)
	d.mark(n)
	p := &pen{d: d, scale: scale}
	g.Drawing.drawOn(p, x, y, w, h)
	d.unmark()
}

// pen draws vectors as content of the open page.
type pen struct {
	d     *Document
	scale float64
}

func (p *pen) out(b []byte) { p.d.page.body = append(p.d.page.body, b...) }

func (p *pen) rect(x, y, w, h float64, fill, stroke Color, width float64) {
	b := []byte("q ")
	op := "S Q\n"
	if fill != 0 {
		b, op = appendColor(b, fill, "rg"), "f Q\n"
	}
	if stroke != 0 {
		b = append(appendNum(appendColor(b, stroke, "RG"), width), " w "...)
		if fill != 0 {
			op = "B Q\n"
		}
	}
	b = append(appendNums(b, x, PageHeight-y-h, w, h), "re "...)
	p.out(append(b, op...))
}

func (p *pen) line(c Color, width float64, xy ...float64) {
	b := append(appendNum(appendColor([]byte("q 1 j 1 J "), c, "RG"), width), " w "...)
	for i := 0; i+1 < len(xy); i += 2 {
		op := "l "
		if i == 0 {
			op = "m "
		}
		b = append(appendNums(b, xy[i], PageHeight-xy[i+1]), op...)
	}
	p.out(append(b, "S Q\n"...))
}

// circle is drawn with four curves.
func (p *pen) circle(x, y, r float64, fill, stroke Color, width float64) {
	const k = 0.5522847498
	cy := PageHeight - y
	b := []byte("q ")
	op := "S Q\n"
	if fill != 0 {
		b, op = appendColor(b, fill, "rg"), "f Q\n"
	}
	if stroke != 0 {
		b = append(appendNum(appendColor(b, stroke, "RG"), width), " w "...)
		if fill != 0 {
			op = "B Q\n"
		}
	}
	b = append(appendNums(b, x+r, cy), "m "...)
	b = append(appendNums(b, x+r, cy+k*r, x+k*r, cy+r, x, cy+r), "c "...)
	b = append(appendNums(b, x-k*r, cy+r, x-r, cy+k*r, x-r, cy), "c "...)
	b = append(appendNums(b, x-r, cy-k*r, x-k*r, cy-r, x, cy-r), "c "...)
	b = append(appendNums(b, x+k*r, cy-r, x+r, cy-k*r, x+r, cy), "c h "...)
	p.out(append(b, op...))
}

// label writes text at a baseline, moved left by a share of its width
// (0 left, 0.5 centred, 1 right), smaller where it is wider than most.
func (p *pen) label(fc Face, size float64, c Color, x, y, shift, most float64, text string) {
	d := p.d
	text = d.line(text, fc)
	size = d.spanSize(&Span{}, size)
	for size > 4 && most > 0 && d.width(fc, size, text) > most {
		size = d.spanSize(&Span{}, size-0.25)
	}
	d.text(fc, size, c, x-shift*d.width(fc, size, text), y, text)
}

// HeatMap is the 5×5 matrix of likelihood and impact. Each cell says its level
// in words and how many risks are in it, so that no colour speaks alone.
type HeatMap struct {
	// Count[likelihood-1][impact-1] is the number of risks.
	Count [5][5]int
	// Appetite is the highest product of likelihood and impact that is accepted
	// without further treatment; cells above it are framed. 0 for none.
	Appetite int
	Words    HeatMapWords
}

// HeatMapWords are the words on it, in the document's language.
type HeatMapWords struct {
	Likelihood, Impact string
	Level              [4]string // low, medium, high, very high
}

// English words for a heat map.
var English = HeatMapWords{"Likelihood", "Impact", [4]string{"Low", "Medium", "High", "Very high"}}

// RiskLevel is 0 (low) to 3 (very high) for a product of likelihood and impact:
// up to 4, 9, 15, 25.
func RiskLevel(product int) int {
	switch {
	case product <= 4:
		return 0
	case product <= 9:
		return 1
	case product <= 15:
		return 2
	}
	return 3
}

// The fills get darker with the level: they stay apart in grey.
var levelFill = [4]Color{0xF2F5F2, 0xE3E7C9, 0xF0C48A, 0xC8553D}
var levelText = [4]Color{Black, Black, Black, White}

func (m HeatMap) drawOn(p *pen, x, y, w, h float64) {
	words := m.Words
	if words.Likelihood == "" {
		words = English
	}
	s := p.scale
	left, head, foot := 16*s, 14*s, 24*s
	p.label(Bold, 9*s, Black, x, y+8*s, 0, w/2, "↑ "+words.Likelihood)
	y, h = y+head, h-head
	cw, ch := (w-left)/5, (h-foot)/5
	for l := 5; l >= 1; l-- {
		cy := y + float64(5-l)*ch
		p.label(Regular, 9*s, Black, x+left-6*s, cy+ch/2+3*s, 1, 0, fmt.Sprint(l))
		for i := 1; i <= 5; i++ {
			cx := x + left + float64(i-1)*cw
			lv := RiskLevel(l * i)
			p.rect(cx, cy, cw, ch, levelFill[lv], White, 1)
			p.label(
				Regular,
				7*s,
				levelText[lv],
				cx+4*s,
				cy+ch-4*s,
				0,
				cw-8*s,
				fmt.Sprintf("%s (%d)", words.Level[lv], l*i),
			)
			if n := m.Count[l-1][i-1]; n > 0 {
				p.label(Bold, min(15*s, ch*0.5), levelText[lv], cx+cw/2, cy+ch*0.56, 0.5, cw-6*s, fmt.Sprint(n))
			}
			if m.Appetite > 0 && l*i > m.Appetite {
				p.rect(cx+1.5, cy+1.5, cw-3, ch-3, 0, Black, 0.9)
			}
		}
	}
	for i := 1; i <= 5; i++ {
		p.label(Regular, 9*s, Black, x+left+(float64(i)-0.5)*cw, y+h-foot+11*s, 0.5, 0, fmt.Sprint(i))
	}
	p.label(Bold, 9*s, Black, x+w, y+h-1*s, 1, 0, words.Impact+" →")
}

// Bars are shares of a whole, one a line, each with its words and figures.
type Bars struct {
	Bars []Bar
}

// Bar is one of them.
type Bar struct {
	Label string
	Of    string  // figures in words: "11 of 12"
	Share float64 // 0 to 1
}

func (b Bars) drawOn(p *pen, x, y, w, h float64) {
	if len(b.Bars) == 0 {
		return
	}
	s := p.scale
	row := h / float64(len(b.Bars))
	for i, bar := range b.Bars {
		by := y + float64(i)*row
		lw, fw := w*0.34, w*0.16
		p.label(Regular, min(10*s, row*0.6), Black, x, by+row*0.62, 0, lw-6*s, bar.Label)
		bx, bw, bh := x+lw, w-lw-fw, min(row*0.46, 11*s)
		p.rect(bx, by+(row-bh)/2, bw, bh, White, Grey, 0.6)
		if v := math.Max(0, math.Min(1, bar.Share)); v > 0 {
			p.rect(bx, by+(row-bh)/2, bw*v, bh, Ink, 0, 0)
		}
		p.label(Bold, min(10*s, row*0.6), Black, x+w, by+row*0.62, 1, fw-6*s, bar.Of)
	}
}

// Series is a time series: one value after another, with the first and last
// time, the highest value and a line for what is expected.
type Series struct {
	Values      []float64
	First, Last string  // the times at both ends
	Unit        string  // "runs a week"
	Limit       float64 // a dashed line, none where 0
}

func (t Series) drawOn(p *pen, x, y, w, h float64) {
	s := p.scale
	var top float64
	for _, v := range t.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			top = math.Max(top, v)
		}
	}
	top = niceTop(math.Max(top, t.Limit))
	left, foot := 34*s, 14*s
	px, py, pw, ph := x+left, y+10*s, w-left-4*s, h-foot-10*s
	at := func(v float64) float64 { return py + ph*(1-math.Max(0, math.Min(1, v/top))) }
	for _, g := range []float64{0, 0.5, 1} {
		p.line(Line, 0.4, px, at(g*top), px+pw, at(g*top))
		p.label(Regular, 8*s, Grey, px-5*s, at(g*top)+2.6*s, 1, left-6*s, trimFloat(g*top))
	}
	p.label(Regular, 8*s, Grey, x, y+5*s, 0, w, t.Unit)
	if t.Limit > 0 {
		for dx := 0.0; dx < pw; dx += 6 {
			p.line(Black, 0.8, px+dx, at(t.Limit), px+math.Min(dx+3, pw), at(t.Limit))
		}
	}
	var xy []float64
	step := pw
	if len(t.Values) > 1 {
		step = pw / float64(len(t.Values)-1)
	}
	for i, v := range t.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		xy = append(xy, px+float64(i)*step, at(v))
	}
	switch {
	case len(xy) > 2:
		p.line(Ink, 1.4*s, xy...)
	case len(xy) == 2:
		p.circle(xy[0], xy[1], 2*s, Ink, 0, 0)
	}
	p.label(Regular, 8*s, Grey, px, y+h-2*s, 0, pw/2, t.First)
	p.label(Regular, 8*s, Grey, px+pw, y+h-2*s, 1, pw/2, t.Last)
}

// niceTop is the next round number: 1, 2 or 5 times a power of ten.
func niceTop(v float64) float64 {
	if v <= 0 {
		return 1
	}
	v = min(v, 1e300)
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if v <= m*p*1.0000001 {
			return m * p
		}
	}
	return 10 * p
}

func trimFloat(v float64) string {
	if v >= 1000 && v == math.Trunc(v) {
		return thousands(int(v))
	}
	return fmt.Sprintf("%.4g", v)
}

// QR is a QR code's modules, drawn as one path and one fill: separate squares
// leave seams that scanners stumble over. The quiet zone of four modules around
// it is part of the rectangle.
type QR struct {
	Modules [][]bool // rows of columns, true for dark
}

func (q QR) drawOn(p *pen, x, y, w, h float64) {
	n := len(q.Modules)
	if n == 0 {
		p.d.fail("the QR code is empty")
		return
	}
	side := math.Min(w, h)
	m := side / float64(n+8)
	b := []byte("q 1 g ")
	b = append(appendNums(b, x, PageHeight-y-side, side, side), "re f 0 g "...)
	b = fmt.Appendf(b, "%.5f 0 0 %.5f %.3f %.3f cm\n", m, -m, x+4*m, PageHeight-y-4*m)
	for j, row := range q.Modules {
		for i := 0; i < len(row); {
			k := i
			for k < len(row) && row[k] {
				k++
			}
			if k > i {
				b = fmt.Appendf(b, "%d %d %d 1 re\n", i, j, k-i)
			}
			i = k + 1
		}
	}
	p.out(append(b, "f Q\n"...))
}

// Segments are squares in a row, one for each thing that counts, the first of
// them filled: "9 of 11" as a picture that works in black and white.
type Segments struct {
	Filled, Total int
}

func (g Segments) drawOn(p *pen, x, y, w, h float64) {
	n := max(g.Total, 1)
	gap := min(2.0, w/float64(n)*0.2)
	cw := min((w-gap*float64(n-1))/float64(n), 2.2*h)
	for i := range n {
		fill := White
		if i < g.Filled {
			fill = Ink
		}
		p.rect(x+float64(i)*(cw+gap)+0.4, y+0.4, cw-0.8, h-0.8, fill, Ink, 0.8)
	}
}
