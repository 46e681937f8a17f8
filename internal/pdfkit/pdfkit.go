// Package pdfkit draws documents that stay readable: every page can be read
// aloud by a screen reader, opened in fifty years and checked today.
//
// A [Document] takes blocks (headings, paragraphs, lists, tables, figures) and
// writes a PDF that is tagged throughout (PDF/UA-1), archival (PDF/A-3a) and
// deterministic: the same calls give the same bytes.
//
//	d := pdfkit.New(pdfkit.Options{Title: "Register of AI policies", Created: now})
//	d.Add(
//		pdfkit.H(1, "Policies in force"),
//		pdfkit.P(pdfkit.T("Each was approved by "), pdfkit.B("Cabinet"), pdfkit.T(".")),
//		pdfkit.Table{
//			Caption: "Policies and when they are due for review",
//			Columns: []pdfkit.Column{{Title: "Policy", Width: 3}, {Title: "Review due", Width: 1}},
//			Rows:    pdfkit.Rows(pdfkit.Cells("Use of AI", "3 March 2027")),
//		},
//	)
//	_, err := d.WriteTo(file)
//
// Blocks flow down the page and over page breaks. For a designed page,
// [Document.Frame] puts blocks into a fixed rectangle, smaller where the text is
// long, and in the last resort shortened with a stated reason; nothing ever
// overflows.
//
// All measures are points (1/72 inch) from the top left corner of the page; [MM]
// converts millimetres.
//
// Text is never trusted: what the fonts cannot show is replaced by a visible box
// and counted ([Document.Replacements]). Mistakes of the caller (a figure with no
// alternative text, a link to nowhere) come back as one error from WriteTo; the
// package does not panic.
//
// gofpdf cuts the fonts down to the characters in use. It does not draw the
// pages: it keeps every page until the end, knows no tags, and would have to be
// taken apart again afterwards. Here a finished page is compressed at once, and
// attachments are copied through to the output, so memory stays flat.
package pdfkit

import (
	"assay/internal/pdf"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/image/font/sfnt"
)

// MM is one millimetre in points.
const MM = 72 / 25.4

// The size of an A4 page in points.
const (
	PageWidth  = 210 * MM
	PageHeight = 297 * MM
)

// Color is 0xRRGGBB in sRGB.
type Color uint32

// The colours of the house: each is told apart in black and white as well, and
// text in any of them has a contrast of at least 7:1 on white.
const (
	Black Color = 0x111418
	Grey  Color = 0x4A5158
	Line  Color = 0xB4BAC0
	Shade Color = 0xF1F3F5
	White Color = 0xFFFFFF
	Ink   Color = 0x0B3A53 // headings and rules
)

// Running is what stands at the head and foot of a page, outside its content.
type Running struct {
	HeadLeft, HeadRight string
	FootLeft, FootRight string
}

// Options describe a document.
type Options struct {
	Title    string // required: shown by readers in place of the file name
	Author   string
	Subject  string
	Language string    // BCP 47; "en-GB" where empty
	Created  time.Time // written into the file; never the clock
	// Scale enlarges all text; 1 where zero.
	Scale float64
	// Margins of flowing pages; 20 mm and 22 mm at the foot where zero.
	Left, Right, Top, Bottom float64
	// Running gives head and foot of a page, once the number of pages is known.
	Running func(page, pages int) Running
	// ObjectStreams packs objects together: a quarter of the size for long
	// documents. Without it the file has a classic cross-reference table, which
	// every reader and signer understands.
	ObjectStreams bool
}

// Document is a document in the making. It is not safe for concurrent use.
type Document struct {
	o     Options
	pages []*page
	page  *page // the open one
	main  *Flow

	tree
	annots  []annot
	fields  []int32 // annots that are form fields
	anchors map[string]dest
	heads   []heading
	toc     *contents
	files   []Attachment

	used         [numFaces][lastRune]bool
	kerns        map[uint32]int16
	sfntBuf      sfnt.Buffer
	replacements []Replacement
	dry          int // measuring: nothing is drawn or recorded
	notes        int
	written      bool
	err          error
}

// New begins a document. It has no page until something is added.
func New(o Options) *Document {
	def := func(p *float64, v float64) {
		if *p == 0 {
			*p = v
		}
	}
	def(&o.Scale, 1)
	def(&o.Left, 20*MM)
	def(&o.Right, 20*MM)
	def(&o.Top, 22*MM)
	def(&o.Bottom, 22*MM)
	if o.Language == "" {
		o.Language = "en-GB"
	}
	for _, s := range []*string{&o.Title, &o.Author, &o.Subject} {
		*s = strings.Join(strings.Fields(cleanMeta(*s)), " ")
	}
	d := &Document{o: o, anchors: map[string]dest{}, kerns: map[uint32]int16{}}
	d.attrs = map[int32]*attrs{}
	root := d.node(-1, "Document")
	d.main = &Flow{
		d: d, x: o.Left, w: PageWidth - o.Left - o.Right, top: o.Top, bottom: PageHeight - o.Bottom,
		y: PageHeight, scale: o.Scale, parent: root, paged: true,
	}
	if o.Title == "" {
		d.fail("a document needs a title")
	}
	if !pdf.IsLanguage(o.Language) {
		d.fail("%q is no language", o.Language)
	}
	return d
}

// Add lets blocks flow onto the pages. A heading stays on the page where that
// which it stands over begins: add them together.
func (d *Document) Add(blocks ...Block) {
	blocks = slices.Clone(blocks)
	for i := range blocks {
		if h, ok := blocks[i].(Heading); ok {
			h.keep = min(d.opening(blocks[i+1:]), (d.main.pageBottom()-d.main.top)*0.7)
			blocks[i] = h
		}
		blocks[i].draw(d.main)
	}
}

// opening is the height that the first of some blocks takes before a page may
// break. A table's first row is asked for, and put back in front of the others.
func (d *Document) opening(blocks []Block) float64 {
	if len(blocks) == 0 {
		return 0
	}
	f := d.main
	height := func(b Block) float64 { return d.Measure(f.w, f.scale, b) + 6*f.scale }
	switch b := blocks[0].(type) {
	case Heading:
		return height(b) + 8*f.scale + d.opening(blocks[1:])
	case Figure:
		return height(b)
	case Para: // a line or two belong to what follows
		if h := height(b); h < 40*f.scale {
			return h + d.opening(blocks[1:])
		}
	case KeyValues:
		if len(b.Pairs) == 0 {
			return 0
		}
		b.Pairs = b.Pairs[:1]
		return height(b)
	case Table:
		if b.Rows == nil {
			return 0
		}
		next, stop := iter.Pull(b.Rows)
		first, ok := next()
		one := b
		if one.Rows = Rows(); ok {
			one.Rows = Rows(first)
		}
		b.Rows = func(yield func([]Cell) bool) {
			defer stop()
			for row, more := first, ok; more && yield(row); row, more = next() {
			}
		}
		blocks[0] = b
		return height(one)
	}
	return 0
}

// Pages is the number of pages so far.
func (d *Document) Pages() int { return len(d.pages) }

// fail keeps the first mistake for WriteTo.
func (d *Document) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("pdfkit: "+format, args...)
	}
}

// Err is the first mistake made so far.
func (d *Document) Err() error { return d.err }
