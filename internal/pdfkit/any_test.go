package pdfkit

import (
	"assay/internal/pdfcheck"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyDocument puts blocks together in any order, with any text: the result
// keeps every rule, twice the same.
func TestAnyDocument(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scale := rapid.SampledFrom([]float64{0, 1.8}).Draw(r, "scale")
		compact := rapid.Bool().Draw(r, "object streams")
		g := &generator{r: r}
		var blocks []Block
		for range rapid.IntRange(1, 12).Draw(r, "blocks") {
			blocks = append(blocks, g.block())
		}
		draw := func() []byte {
			d := New(
				Options{
					Title:         "Any",
					Created:       when,
					Scale:         scale,
					ObjectStreams: compact,
					Running: func(p, n int) Running {
						return Running{HeadLeft: g.head, FootRight: fmt.Sprintf("%d of %d", p, n)}
					},
				},
			)
			d.Add(blocks...)
			d.NewPage()
			d.Frame(40, 40, 300, 120, 0.7, P(T(g.head)), Bullets("a", "b"))
			var b bytes.Buffer
			if _, err := d.WriteTo(&b); err != nil {
				r.Fatal(err)
			}
			return b.Bytes()
		}
		pdf := draw()
		for _, p := range pdfcheck.Check(pdf) {
			r.Error(p)
		}
		if !bytes.Equal(pdf, draw()) {
			r.Error("drawn again, it differs")
		}
	})
}

type generator struct {
	r      *rapid.T
	level  int
	toc    bool
	anchor int
	head   string
}

func (g *generator) text() string {
	s := rapid.OneOf(
		rapid.SampledFrom(
			[]string{
				"word",
				"Ŵyth",
				"GC-2026-0007",
				"",
				" ",
				"a\nb",
				strings.Repeat("long ", 300),
				strings.Repeat("x", 300),
			},
		),
		rapid.StringN(0, 60, -1),
	).Draw(g.r, "text")
	g.head = s
	return s
}

func (g *generator) spans(notes bool) []Span {
	var out []Span
	for range rapid.IntRange(1, 4).Draw(g.r, "spans") {
		kind := rapid.IntRange(0, 8).Draw(g.r, "span")
		switch {
		case kind == 1:
			out = append(out, B(g.text()))
		case kind == 2:
			out = append(out, I(g.text()))
		case kind == 3:
			out = append(out, Code(g.text()))
		case kind == 4:
			out = append(out, Lang("cy", g.text()))
		case kind == 5:
			out = append(out, Link("link "+g.text(), "https://example.org/"+g.text()))
		case kind == 6 && g.anchor > 0:
			out = append(out, To("to "+g.text(), fmt.Sprint("a", rapid.IntRange(1, g.anchor).Draw(g.r, "anchor"))))
		case kind == 7 && notes:
			out = append(out, T("noted"), Note(T("Note: "+g.text())))
		default:
			out = append(out, T(g.text()))
		}
	}
	return out
}

func (g *generator) block() Block {
	words := "Words: " + strings.ToValidUTF8(g.text(), "")
	switch kind := rapid.IntRange(0, 12).Draw(g.r, "block"); kind {
	case 0:
		g.level = rapid.IntRange(1, min(g.level+1, 4)).Draw(g.r, "level")
		g.anchor++
		return Heading{Level: g.level, Text: "Heading " + g.text(), Anchor: fmt.Sprint("a", g.anchor)}
	case 1:
		l := List{Ordered: rapid.Bool().Draw(g.r, "ordered")}
		for range rapid.IntRange(0, 40).Draw(g.r, "items") {
			l.Items = append(l.Items, g.spans(true)[:1])
		}
		return l
	case 2, 3:
		cols := rapid.IntRange(1, 6).Draw(g.r, "columns")
		t := Table{
			Caption: g.text(),
			Plain:   rapid.Bool().Draw(g.r, "plain"),
			Tight:   rapid.Bool().Draw(g.r, "tight"),
			Limit:   rapid.IntRange(0, 20).Draw(g.r, "limit"),
		}
		for i := range cols {
			t.Columns = append(
				t.Columns,
				Column{Title: g.text(), Width: float64(i), Header: i == 0, Align: Align(i % 3)},
			)
		}
		var rows [][]Cell
		for range rapid.IntRange(0, 30).Draw(g.r, "rows") {
			if rapid.IntRange(0, 9).Draw(g.r, "span all") == 0 {
				rows = append(rows, []Cell{{Spans: g.spans(true), Cols: cols, Fill: Shade}})
				continue
			}
			var row []Cell
			for range cols {
				row = append(row, CS(g.spans(false)[0]))
			}
			rows = append(rows, row)
		}
		t.Rows = Rows(rows...)
		return t
	case 4:
		k := KeyValues{Caption: g.text()}
		for range rapid.IntRange(0, 5).Draw(g.r, "pairs") {
			k.Pairs = append(k.Pairs, KeyValue{g.text(), g.spans(false)})
		}
		return k
	case 5:
		return Callout{Title: g.text(), Blocks: []Block{P(g.spans(true)...), Bullets(g.text(), g.text())}}
	case 6:
		return Figure{
			Alt:     words,
			Caption: g.text(),
			Height:  100,
			Drawing: HeatMap{Appetite: 9, Count: [5][5]int{{1, 2}, {}, {0, 0, 33}}},
		}
	case 7:
		return Figure{
			Alt:     words,
			Height:  60,
			Drawing: Bars{[]Bar{{g.text(), g.text(), rapid.Float64().Draw(g.r, "share")}}},
		}
	case 8:
		return Figure{
			Alt:    words,
			Height: 80,
			Drawing: Series{
				Values: rapid.SliceOfN(rapid.Float64(), 0, 30).Draw(g.r, "values"),
				Unit:   g.text(),
				Limit:  3,
			},
		}
	case 9:
		if !g.toc {
			g.toc, g.level = true, 1
			return Contents{Title: "Contents"}
		}
		return PageBreak{}
	case 10:
		return Figure{
			Alt:     words,
			Height:  12,
			Tight:   true,
			Drawing: Segments{rapid.IntRange(0, 9).Draw(g.r, "filled"), rapid.IntRange(0, 9).Draw(g.r, "total")},
		}
	default:
		return P(g.spans(true)...)
	}
}

// FuzzText puts any text into a paragraph and a frame.
func FuzzText(f *testing.F) {
	f.Add("plain")
	f.Add("Ŵ\u0302\u202E\x00\xff\ufffe 😀")
	f.Fuzz(func(t *testing.T, s string) {
		d := New(Options{Title: "T" + s, Created: when})
		d.Add(P(T(s), B(s)))
		d.NewPage()
		d.Frame(0, 0, 50, 50, 0.5, P(T(s)))
		if _, err := d.WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
