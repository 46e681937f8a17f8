package pdfkit

import (
	"bytes"
	"math"
	"strconv"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// page is one page. While it is open its content is kept as it was drawn: what
// lies under the text (shades and rules, which are no content) and the content
// itself. When the next page begins it is compressed.
type page struct {
	index  int32
	under  []byte
	body   []byte
	packed []byte
	marks  []int32 // node of each marked-content number
	annots []int32
	open   int32 // node being drawn, -1 if none
	plain  bool  // without running head and foot

	face  Face // text state in body
	size  float64
	color Color

	notes []pendingNote
}

// unset is a colour that no text has: the first text of a page sets its own.
const unset Color = 1 << 24

type dest struct {
	page int32
	y    float64
}

// annot is a link or a signature field.
type annot struct {
	page int32
	rect [4]float64 // left, top, right, bottom
	node int32

	uri, anchor string
	contents    string

	field *SignatureField
}

// newPage begins a page. A plain page has no running head and foot.
func (d *Document) newPage(plain bool) *page {
	d.closePage()
	p := &page{index: int32(len(d.pages)), open: -1, plain: plain, color: unset, size: -1}
	d.pages = append(d.pages, p)
	d.page = p
	return p
}

// NewPage begins a designed page, with neither running head nor foot, for
// [Document.Frame] and the drawing methods.
func (d *Document) NewPage() {
	d.newPage(true)
	d.main.y = PageHeight // blocks that flow begin a page of their own
}

func (d *Document) closePage() {
	if d.page == nil {
		return
	}
	d.drawNotes()
	d.unmark()
	p := d.page
	var buf []byte
	if len(p.under) > 0 {
		buf = append(buf, "/Artifact<</Type/Layout>>BDC\nq\n"...)
		buf = append(buf, p.under...)
		buf = append(buf, "Q\nEMC\n"...)
	}
	buf = append(buf, p.body...)
	p.packed = pack(buf)
	p.under, p.body = nil, nil
	d.page = nil
}

// packers are kept, since each is several hundred kilobytes.
var packers = sync.Pool{New: func() any {
	w, _ := zlib.NewWriterLevel(nil, 6) // only an invalid level fails
	return w
}}

// pack compresses; one level for all, so that the bytes are the same everywhere.
func pack(b []byte) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(b)/4+64))
	w := packers.Get().(*zlib.Writer)
	w.Reset(out)
	w.Write(b) // a buffer does not fail
	w.Close()
	packers.Put(w)
	return out.Bytes()
}

// appendNum writes a measure with at most two decimals. No page is larger than
// 14,400 points; what lies far beyond, or is no number, is brought back, so that
// a file is never broken by a figure.
func appendNum(b []byte, v float64) []byte {
	if math.IsNaN(v) {
		v = 0
	}
	v = max(-1e6, min(v, 1e6))
	n := int64(math.Round(v * 100))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	if n %= 100; n > 0 {
		b = append(b, '.', byte('0'+n/10))
		if n%10 > 0 {
			b = append(b, byte('0'+n%10))
		}
	}
	return b
}

func appendNums(b []byte, vs ...float64) []byte {
	for _, v := range vs {
		b = append(appendNum(b, v), ' ')
	}
	return b
}

// appendColor sets the fill colour ("rg") or stroke colour ("RG").
func appendColor(b []byte, c Color, op string) []byte {
	for _, v := range [3]Color{c >> 16 & 255, c >> 8 & 255, c & 255} {
		b = append(strconv.AppendFloat(b, math.Round(float64(v)/255*1000)/1000, 'f', -1, 64), ' ')
	}
	return append(append(b, op...), '\n')
}

// text draws cleaned text with its baseline at y.
func (d *Document) text(fc Face, size float64, c Color, x, y float64, s string) {
	if d.dry > 0 || s == "" {
		return
	}
	p := d.page
	b := p.body
	if p.color != c {
		b = appendColor(b, c, "rg")
		p.color = c
	}
	b = append(b, "BT "...)
	if p.face != fc || p.size != size {
		b = append(b, "/F"...)
		b = strconv.AppendInt(b, int64(fc)+1, 10)
		b = append(appendNum(append(b, ' '), size), " Tf "...)
		p.face, p.size = fc, size
	}
	p.body = append(d.appendShow(appendNums(b, x, PageHeight-y), fc, size, s, "Td "), " ET\n"...)
}

// appendShow shows text after an operator, kerned where it is large enough to
// be seen, and notes which characters were used.
func (d *Document) appendShow(b []byte, fc Face, size float64, s, op string) []byte {
	b = append(b, op...)
	used := &d.used[fc]
	for _, r := range s {
		used[r] = true
	}
	if size < kernFrom {
		return append(appendText(b, s), " Tj"...)
	}
	b = append(b, '[')
	from, prev := 0, rune(-1)
	for i, r := range s {
		if prev >= 0 {
			if k := d.kern(fc, prev, r); k != 0 {
				b = appendText(b, s[from:i])
				b = strconv.AppendInt(b, int64(-k), 10)
				from = i
			}
		}
		prev = r
	}
	return append(appendText(b, s[from:]), "]TJ"...)
}

// kernFrom is the size from which text is kerned.
const kernFrom = 10.5

// width of cleaned text as text draws it.
func (d *Document) width(fc Face, size float64, s string) float64 {
	w := faces()[fc].width(s, size)
	if size < kernFrom {
		return w
	}
	k, prev := 0, rune(-1)
	for _, r := range s {
		if prev >= 0 {
			k += d.kern(fc, prev, r)
		}
		prev = r
	}
	return w + float64(k)*size/1000
}

// Box draws a rectangle that is no content (a shade or a frame) below the text
// of the open page. A colour of none (0) leaves fill or stroke out.
func (d *Document) Box(x, y, w, h float64, fill Color, stroke Color, width float64) {
	if d.dry > 0 || d.page == nil {
		return
	}
	b := d.page.under
	op := "n\n"
	if fill != 0 {
		b, op = appendColor(b, fill, "rg"), "f\n"
	}
	if stroke != 0 {
		b = append(appendNum(appendColor(b, stroke, "RG"), width), " w "...)
		op = map[bool]string{true: "B\n", false: "S\n"}[fill != 0]
	}
	b = append(appendNums(b, x, PageHeight-y-h, w, h), "re "...)
	d.page.under = append(b, op...)
}

// Rule draws a line that is no content below the text of the open page.
func (d *Document) Rule(x1, y1, x2, y2 float64, c Color, width float64) {
	if d.dry > 0 || d.page == nil {
		return
	}
	b := append(appendNum(appendColor(d.page.under, c, "RG"), width), " w "...)
	b = append(appendNums(b, x1, PageHeight-y1), "m "...)
	d.page.under = append(appendNums(b, x2, PageHeight-y2), "l S\n"...)
}
