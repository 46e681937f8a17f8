package pdfkit

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"

	"assay/internal/pdf"
	"assay/internal/pdfcheck"
	"assay/internal/testkit"
)

var when = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// modules is a real QR code.
func modules(t testing.TB, text string) [][]bool {
	t.Helper()
	c, err := qr.Encode(text, qr.M, qr.AlphaNumeric)
	if err != nil {
		t.Fatal(err)
	}
	n := c.Bounds().Dx()
	m := make([][]bool, n)
	for j := range m {
		m[j] = make([]bool, n)
		for i := range m[j] {
			r, _, _, _ := c.At(i, j).RGBA()
			m[j][i] = r == 0
		}
	}
	return m
}

func attachment(name, mime, content string) Attachment {
	return Attachment{
		Name:         name,
		MIME:         mime,
		Relationship: "Source",
		Description:  "The record of " + name,
		Modified:     when,
		Size:         int64(len(content)),
		Open:         func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

const sealText = "AY1:6BFOXN*TS0BI$ZD.P9UOL97O4-2HH77HRM3DSPTRRWJ UK0QI%50 5AHFP0 P+-FUW7MH0NOTFVP9RT7KI0KPBQDZD"

// everything is a document with each kind of block.
func everything(t testing.TB, compact bool) *Document {
	d := New(Options{
		Title: "All blocks – pob bloc (Ŵŵ)", Author: "Cyngor Sir Gâr", Subject: "A document with each kind of block",
		Created: when, ObjectStreams: compact,
		Running: func(p, n int) Running {
			return Running{
				HeadLeft:  "Cyngor Sir Gâr",
				HeadRight: "Sample",
				FootLeft:  "EP-2026-0001",
				FootRight: fmt.Sprintf("Page %d of %d", p, n),
			}
		},
	})
	d.NewPage()
	d.Box(20*MM, 20*MM, 170*MM, 60*MM, Shade, Ink, 1)
	d.Frame(
		25*MM,
		25*MM,
		160*MM,
		50*MM,
		0.8,
		H(1, "A designed page"),
		P(T(strings.Repeat("A text that is long. ", 20))),
	)
	d.Draw(25*MM, 100*MM, 40*MM, 40*MM, Figure{Alt: "QR code with the seal", Drawing: QR{modules(t, sealText)}})
	d.Sign(
		25*MM,
		200*MM,
		75*MM,
		22*MM,
		SignatureField{
			Name:    "Assessor",
			Tooltip: "Signature of the assessor",
			Title:   "Assessor",
			Lines: []string{
				"Jane Morgan",
				"Data Protection Officer",
				"Signed electronically: open in a PDF reader to check.",
			},
		},
	)
	d.Sign(
		110*MM,
		200*MM,
		75*MM,
		22*MM,
		SignatureField{
			Name:    "Approver",
			Tooltip: "Signature of the approver",
			Title:   "Approver",
			Lines:   []string{"Alun Rees", "Chief Executive"},
		},
	)
	d.Add(Contents{Title: "Contents"})
	d.Add(
		Heading{Level: 1, Text: "Policy", Anchor: "policy"},
		Lead(T("What the council has decided about its use of AI, in "), B("one"), T(" place.")),
		P(
			T("A paragraph with "),
			B("strong"),
			T(", "),
			I("stressed"),
			T(" and "),
			Code("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
			T(
				" text, a ",
			),
			Link("link to guidance", "https://example.org/guide?x=(1)"),
			T(", one "),
			To("to risk", "risk"),
			T(", some Welsh: "),
			Lang("cy", "Tŷ’r Cyngor, Ŵyth Ŷd"),
			T(
				" and a note.",
			),
			Note(
				T(
					"The note says more, and even more than that, so that it takes a second line of the narrow "+
						"column at the foot of the page, as notes do.",
				),
			),
			T(" After it."),
		),
		H(2, "Lists"),
		Bullets("First point", strings.Repeat("A second point that is long enough for two lines. ", 4), "Third"),
		Numbered("Do this", "Then that"),
		Callout{
			Title:  "For members",
			Blocks: []Block{P(T("Ask whether a person decided. ")), Bullets("Who?", "When?")},
		},
		KeyValues{
			Caption: "Key facts",
			Pairs:   []KeyValue{KV("Number", "GC-2026-0007"), {"Digest", []Span{Code(strings.Repeat("9f86d081", 8))}}},
		},
	)
	d.Add(
		Heading{Level: 1, Text: "Risk", Anchor: "risk"},
		Figure{
			Alt:     "Heat map: two risks at likelihood 4, impact 5; one at 2, 2.",
			Caption: "Figure 1. Risks by likelihood and impact.",
			Height:  80 * MM,
			Drawing: HeatMap{Count: [5][5]int{{}, {0, 1}, {}, {0, 0, 0, 0, 2}, {}}, Appetite: 9},
		},
		Figure{
			Alt:     "Bars: policy 11 of 12, risk 3 of 9.",
			Height:  20 * MM,
			Drawing: Bars{[]Bar{{"AI policy", "11 of 12", 11. / 12}, {"Risk assessment", "3 of 9", 1. / 3}}},
		},
		Figure{
			Alt:    "Runs a week from 5 to 40.",
			Height: 35 * MM,
			Drawing: Series{
				Values: []float64{5, 10, 22, 18, 40, 33},
				First:  "5 January 2026",
				Last:   "9 February 2026",
				Unit:   "Runs a week",
				Limit:  30,
			},
		},
	)
	d.Add(H(2, "A long table"), Table{
		Caption: "Runs and who decided",
		Columns: []Column{
			{Title: "Run", Width: 1, Header: true},
			{Title: "Who decided", Width: 2},
			{Title: "Minutes", Width: 1, Align: Right},
		},
		Rows: func(yield func([]Cell) bool) {
			for i := range 40 {
				text := "Officer " + fmt.Sprint(i)
				if i == 20 {
					text = strings.Repeat("a very long account of what was decided and why. ", 90)
				}
				if !yield(Cells(fmt.Sprintf("R-%04d", i), text, fmt.Sprint(i*7%31))) {
					return
				}
			}
		},
	}, Table{Caption: "An empty table", Columns: []Column{{Title: "A"}, {Title: "B"}}, Rows: Rows()})
	d.Add(P(T("emoji 😀, Hebrew שלום, control \x07, direction \u202Eevil\u202C end")))
	d.Attach(attachment("statement.json", "application/json", `{"number":"GC-2026-0007"}`))
	d.Attach(attachment("Ŵ.csv", "text/csv", "a,b\n1,2\n"))
	return d
}

func render(t testing.TB, d *Document) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := d.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) {
		t.Fatalf("WriteTo says %d bytes, wrote %d", n, b.Len())
	}
	testkit.Document(t, "pdfkit-"+strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()), b.Bytes())
	return b.Bytes()
}

func TestDocument(t *testing.T) {
	t.Run("same calls give the same bytes", func(t *testing.T) {
		for _, compact := range []bool{false, true} {
			first := render(t, everything(t, compact))
			for range 10 {
				if !bytes.Equal(first, render(t, everything(t, compact))) {
					t.Fatal("they differ")
				}
			}
		}
	})
	t.Run("documents drawn at the same time are the same too", func(t *testing.T) {
		want := render(t, small(false))
		got := make(chan []byte)
		for range 8 {
			go func() {
				var b bytes.Buffer
				if _, err := small(false).WriteTo(&b); err != nil {
					t.Error(err)
				}
				got <- b.Bytes()
			}()
		}
		for range 8 {
			if !bytes.Equal(want, <-got) {
				t.Error("they differ")
			}
		}
	})
	t.Run("another text gives another identifier", func(t *testing.T) {
		id := func(text string) string {
			d := New(Options{Title: "T", Created: when})
			d.Add(P(T(text)))
			b := render(t, d)
			i := bytes.LastIndex(b, []byte("/ID["))
			return string(b[i : i+40])
		}
		if id("a") == id("b") {
			t.Error("they are the same")
		}
	})
	t.Run("what fonts cannot show is boxed and counted", func(t *testing.T) {
		d := everything(t, false)
		render(t, d)
		got := map[rune]int{}
		for _, r := range d.Replacements() {
			got[r.Rune] = r.Count
		}
		for r, n := range map[rune]int{'😀': 1, 'ש': 1, 'ל': 1, '\x07': 1, '\u202E': 1, '\u202C': 1} {
			if got[r] != n {
				t.Errorf("%U was replaced %d times, not %d", r, got[r], n)
			}
		}
		if d.clean("a😀\u202Eb\tŵ\u0302", Regular) != "a□b ŵ̂" {
			t.Errorf("cleaned to %q", d.clean("a😀\u202Eb\tŵ\u0302", Regular))
		}
	})
	t.Run("letters and accents that come apart are put together", func(t *testing.T) {
		d := New(Options{Title: "T"})
		if got := d.clean("w\u0302y\u0302", Regular); got != "ŵŷ" {
			t.Errorf("%q", got)
		}
	})
	for name, c := range map[string]struct {
		make func(*Document)
		want string
	}{
		"no title": {func(d *Document) { *d = *New(Options{Title: "\x00"}) }, "title"},
		"a language that is none": {
			func(d *Document) { *d = *New(Options{Title: "T", Language: "english)"}) }, "no language",
		},
		"writing twice": {func(d *Document) {
			d.Add(P(T("a")))
			d.WriteTo(io.Discard)
		}, "written before"},
		"nothing added":                {func(d *Document) {}, "empty"},
		"a figure without words":       {func(d *Document) { d.Add(Figure{Height: 10, Drawing: Bars{}}) }, "words"},
		"a skipped level":              {func(d *Document) { d.Add(H(1, "a"), H(3, "b")) }, "skips"},
		"a first heading of level two": {func(d *Document) { d.Add(H(2, "a")) }, "skips"},
		"a link to nowhere":            {func(d *Document) { d.Add(P(To("a", "b"))) }, "nowhere"},
		"two places of one name": {
			func(d *Document) { d.Add(Heading{Level: 1, Text: "a", Anchor: "x"}, Anchor("x")) }, "two places",
		},
		"a row with a cell too few": {func(d *Document) {
			d.Add(Table{Caption: "c", Columns: []Column{{}, {}}, Rows: Rows(Cells("a"))})
		}, "1 of 2 cells"},
		"a row with a cell too many": {func(d *Document) {
			d.Add(Table{Caption: "c", Columns: []Column{{}, {}}, Rows: Rows(Cells("a", "b", "c"))})
		}, "more cells"},
		"two fields of one name": {func(d *Document) {
			d.NewPage()
			for range 2 {
				d.Sign(0, 0, 9, 9, SignatureField{Name: "A", Tooltip: "t"})
			}
		}, "two signature fields"},
		"an attachment with a path": {
			func(d *Document) { d.Add(P(T("a"))); d.Attach(attachment("a/b", "text/csv", "")) }, "no file name",
		},
		"an attachment of another size": {func(d *Document) {
			d.Add(P(T("a")))
			a := attachment("a", "text/csv", "abc")
			a.Size = 2
			d.Attach(a)
		}, "not the 2 bytes"},
		"an attachment that cannot be opened": {func(d *Document) {
			d.Add(P(T("a")))
			a := attachment("a", "text/csv", "abc")
			a.Open = func() (io.ReadCloser, error) { return nil, io.ErrClosedPipe }
			d.Attach(a)
		}, "closed pipe"},
	} {
		t.Run(name+" is an error", func(t *testing.T) {
			d := New(Options{Title: "T", Created: when})
			c.make(d)
			if _, err := d.WriteTo(io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, not %q", err, c.want)
			}
		})
	}
	t.Run("contents name the pages that headings are on", func(t *testing.T) {
		d := New(Options{Title: "T", Created: when})
		d.NewPage()
		d.Add(Contents{Title: "Contents", Depth: 1})
		for i := range 90 { // three pages of contents
			d.Add(H(1, fmt.Sprintf("Part %d", i)), PageBreak{})
		}
		document := render(t, d)
		for _, p := range pdfcheck.Check(document) {
			t.Error(p)
		}
		f, err := pdf.Open(bytes.NewReader(document), int64(len(document)))
		if err != nil {
			t.Fatal(err)
		}
		v := f.View(0)
		pages := pagesOf(t, v)
		if len(pages) != 1+3+90 {
			t.Fatalf("%d pages", len(pages))
		}
		number := func(ref pdf.Value) int {
			return 1 + slices.IndexFunc(pages, func(o *pdf.Object) bool { return o.Num == ref.Num })
		}
		links := 0
		for i := 1; i <= 3; i++ {
			for _, a := range resolve(t, v, pages[i].Val.Get("Annots")).List {
				d := resolve(t, v, a)
				says, page := pdf.Text(resolve(t, v, d.Get("Contents")).Str),
					number(resolve(t, v, d.Get("Dest")).List[0])
				if want := fmt.Sprintf("Part %d, page %d", links, links+5); says != want || page != links+5 {
					t.Fatalf("the link says %q and leads to page %d, want %q", says, page, want)
				}
				links++
			}
		}
		if links != 90 {
			t.Errorf("%d links", links)
		}
	})
	t.Run("a heading stays with the first row of its table, and no row is lost", func(t *testing.T) {
		for lines := 30; lines < 50; lines++ {
			d := New(Options{Title: "T", Created: when})
			for range lines {
				d.Add(P(T("A line.")))
			}
			asked := 0
			d.Add(
				H(1, "Heading"),
				Table{Caption: "Caption", Columns: []Column{{Title: "Column"}}, Rows: func(yield func([]Cell) bool) {
					asked++
					for i := range 5 {
						if !yield(Cells(fmt.Sprintf("First and second line of row %d\nas it goes on", i))) {
							return
						}
					}
				}},
			)
			heading, rows := int32(-1), int32(-1)
			for i, n := range d.nodes {
				if k := n.first; k >= 0 && d.kids[k].kind == kidMark {
					switch tagNames[n.tag] {
					case "H1":
						heading = d.kids[k].a
					case "TD":
						if rows < 0 {
							rows = d.kids[d.nodes[i].first].a
						}
					}
				}
			}
			if heading != rows || heading < 0 || asked != 1 {
				t.Errorf(
					"after %d lines the heading is on page %d, the first row on %d; rows were asked for %d times",
					lines,
					heading,
					rows,
					asked,
				)
			}
			n := 0
			for _, node := range d.nodes {
				if tagNames[node.tag] == "TD" {
					n++
				}
			}
			if n != 5 {
				t.Errorf("%d rows, not 5", n)
			}
		}
	})
	t.Run("levels of a heat map are told apart in grey", func(t *testing.T) {
		last := 256.0
		for i, c := range levelFill {
			grey := 0.2126*float64(c>>16&255) + 0.7152*float64(c>>8&255) + 0.0722*float64(c&255)
			if last-grey < 10 {
				t.Errorf("level %d is %.0f after %.0f", i, grey, last)
			}
			last = grey
		}
	})
	t.Run("large letters are kerned", func(t *testing.T) {
		d := New(Options{Title: "T"})
		if d.width(Regular, 20, "AVAVAV") >= faces()[Regular].width("AVAVAV", 20) {
			t.Error("A and V stand apart")
		}
	})
	t.Run("a frame shrinks text, then cuts it and says so", func(t *testing.T) {
		for _, c := range []struct {
			words int
			cut   bool
		}{{20, false}, {60, false}, {500, true}} {
			d := New(Options{Title: "T", Created: when})
			d.NewPage()
			h, cut := d.Frame(50, 50, 200, 100, 0.7, P(T(strings.Repeat("word ", c.words))), Bullets("a", "b"))
			if cut != c.cut || h > 100.1 {
				t.Errorf("%d words: cut %v, %.1f points high", c.words, cut, h)
			}
			for _, p := range pdfcheck.Check(render(t, d)) {
				t.Error(p)
			}
		}
	})
	t.Run("no line is wider than its column", func(t *testing.T) {
		d := New(Options{Title: "T", Created: when})
		for _, text := range []string{
			strings.Repeat("x", 500), strings.Repeat("long-hyphenated-", 40), "a\n\nb", "", " ",
			"one " + strings.Repeat("W", 80) + " two", strings.Repeat("W", 40) + strings.Repeat("i", 200),
		} {
			for _, w := range []float64{20, 55, 200} {
				got := ""
				for _, l := range d.breakLines([]Span{T(text[:len(text)/2]), B(text[len(text)/2:])}, 10, w) {
					var lw float64
					for _, p := range l.pieces {
						got += p.text
						lw += d.width([]Face{Regular, Bold}[p.span], 10, strings.TrimRight(p.text, " "))
					}
					if l.w > w+0.1 || lw > w+0.5 {
						t.Errorf("%.20q in %v: a line of %.1f, said to be %.1f", text, w, lw, l.w)
					}
				}
				if strip(got) != strip(text) {
					t.Errorf("%.20q in %v: text was lost: %.60q", text, w, got)
				}
			}
		}
	})
}

func strip(s string) string { return strings.Join(strings.Fields(s), "") }

func resolve(t *testing.T, v pdf.View, x pdf.Value) pdf.Value {
	t.Helper()
	x, err := v.Resolve(x)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// pagesOf lists the pages of a document in their order.
func pagesOf(t *testing.T, v pdf.View) (pages []*pdf.Object) {
	t.Helper()
	cat, err := v.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var walk func(ref pdf.Value)
	walk = func(ref pdf.Value) {
		o, err := v.Load(ref.Num)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Val.Get("Type").IsName("Pages") {
			pages = append(pages, o)
			return
		}
		for _, k := range resolve(t, v, o.Val.Get("Kids")).List {
			walk(k)
		}
	}
	walk(cat.Val.Get("Pages"))
	return pages
}
