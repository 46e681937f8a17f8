package pdfkit

import (
	"io"
	"strings"
	"time"
)

// Callout is a boxed remark that must not be missed.
type Callout struct {
	Title  string
	Blocks []Block
}

func (c Callout) draw(f *Flow) {
	d := f.d
	if f.full {
		return
	}
	f.gap(8)
	const pad = 9
	bar := 3.0 * f.scale
	inner := func(g *Flow) {
		g.y += pad * g.scale
		if c.Title != "" {
			p := Para{Spans: []Span{{Text: c.Title, Face: Bold, Color: Ink, tag: "Strong"}}, Size: 11, Gap: -1}
			p.draw(g)
		}
		for _, b := range c.Blocks {
			b.draw(g)
		}
	}
	in := Flow{d: d, x: f.x + bar + pad*f.scale, w: f.w - bar - 2*pad*f.scale, scale: f.scale, top: 0, bottom: 1e9}
	d.dry++
	inner(&in)
	d.dry--
	h := in.y + pad*f.scale
	// A callout that fits on a page is kept on one.
	if f.paged && h < f.pageBottom()-f.top {
		f.room(h)
	} else if !f.paged {
		h = min(h, f.bottom-f.y)
	}
	box := Flow{d: d, x: in.x, w: in.w, y: f.y, top: f.y, bottom: f.bottom, scale: f.scale, paged: f.paged}
	box.parent = d.node(f.parent, "Callout")
	if f.paged && h >= f.pageBottom()-f.top {
		box.top = f.top
	} else {
		d.Box(f.x, f.y, f.w, h, Shade, 0, 0)
		d.Box(f.x, f.y, bar, h, Ink, 0, 0)
	}
	inner(&box)
	f.y, f.bottom, f.full, f.cut = box.y+pad*f.scale, box.bottom, box.full, f.cut || box.cut
}

// Contents is the table of contents, on pages of its own where it stands. Its
// page numbers are right because it is drawn last.
type Contents struct {
	Title string
	Depth int // levels of headings, 2 where zero
}

type contents struct {
	Contents
	at   int   // it stands before this page
	head int   // its own heading
	node int32 // structure node that it goes into
}

func (c Contents) draw(f *Flow) {
	d := f.d
	if d.dry > 0 {
		return
	}
	if d.toc != nil || !f.paged {
		d.fail("a document has one table of contents, in the flow of its pages")
		return
	}
	if c.Depth == 0 {
		c.Depth = 2
	}
	h := d.node(f.parent, "H1")
	d.heads = append(d.heads, heading{1, d.line(c.Title, Bold), dest{}, true, h})
	d.toc = &contents{Contents: c, at: len(d.pages), head: len(d.heads) - 1, node: d.node(f.parent, "TOC")}
	f.y = PageHeight
}

// SignatureField is a place for a signature, made before signing: the signer
// adds only the signature. Its block is text of the page, in embedded fonts, and
// says what is true whether it has been signed yet or not. The field itself has
// no extent: a widget that could be seen would have to be in the structure tree,
// and signing a field to which the tree refers is, for readers that compare
// revisions, a change of the document.
type SignatureField struct {
	Name    string // field name, ASCII: "Assessor"
	Tooltip string // read aloud: "Signature of the assessor, Jane Morgan"
	Title   string // first line of the block
	Lines   []string
}

// Sign puts a signature field into a rectangle of the open page.
func (d *Document) Sign(x, y, w, h float64, s SignatureField) {
	if d.page == nil {
		d.fail("a signature field needs a page")
		return
	}
	if s.Name == "" || s.Tooltip == "" ||
		strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		d.fail("a signature field needs a plain name and a tooltip")
		return
	}
	for _, i := range d.fields {
		if d.annots[i].field.Name == s.Name {
			d.fail("two signature fields are called %q", s.Name)
		}
	}
	d.unmark()
	s.Tooltip = d.line(s.Tooltip, Regular)
	d.fields = append(d.fields, d.addAnnot(annot{page: d.page.index, node: -1, contents: s.Tooltip, field: &s}))
	d.Box(x+0.4, y+0.4, w-0.8, h-0.8, 0, Ink, 0.8)
	d.mark(d.node(d.main.parent, "P"))
	size := min(8.5*d.o.Scale, h/(float64(len(s.Lines)+1)*1.35+0.8))
	for i, text := range append([]string{s.Title}, s.Lines...) {
		fc, c := Regular, Black
		if i == 0 {
			fc, c = Bold, Ink
		}
		text = d.line(text, fc)
		sz := d.spanSize(&Span{}, size)
		for sz > size*0.8 && d.width(fc, sz, text) > w-12 {
			sz = d.spanSize(&Span{}, sz-0.25)
		}
		for rs := []rune(text); len(rs) > 1 && d.width(fc, sz, text) > w-12; text = string(rs) + "…" {
			rs = rs[:len(rs)-1]
		}
		// The space keeps the lines apart for a screen reader.
		d.text(fc, sz, c, x+6, y+float64(i+1)*size*1.35, text+" ")
	}
	d.unmark()
}

// Attachment is a file inside the document. Its content is asked for once,
// while the document is written, and copied through.
type Attachment struct {
	Name         string // file name, without a folder
	MIME         string
	Relationship string // Source, Data, Alternative, Supplement or Unspecified
	Description  string
	Modified     time.Time
	Size         int64
	Open         func() (io.ReadCloser, error)
}

var relationships = map[string]bool{
	"Source":      true,
	"Data":        true,
	"Alternative": true,
	"Supplement":  true,
	"Unspecified": true,
}

// Attach adds a file.
func (d *Document) Attach(a Attachment) {
	switch {
	case a.Name == "" || strings.ContainsAny(a.Name, "/\\\x00"):
		d.fail("%q is no file name", a.Name)
	case !relationships[a.Relationship]:
		d.fail("the attachment %q has the unknown relationship %q", a.Name, a.Relationship)
	case strings.Count(a.MIME, "/") != 1:
		d.fail("the attachment %q has no media type", a.Name)
	case a.Open == nil || a.Size < 0:
		d.fail("the attachment %q has no content", a.Name)
	}
	for _, b := range d.files {
		if b.Name == a.Name {
			d.fail("two attachments are called %q", a.Name)
		}
	}
	d.files = append(d.files, a)
}

// SignatureBlock is a signature field in the flow of the text.
type SignatureBlock struct {
	Height float64
	Field  SignatureField
}

func (s SignatureBlock) draw(f *Flow) {
	f.gap(5)
	h := s.Height * f.scale
	if !f.room(h) {
		return
	}
	if f.d.dry == 0 {
		f.d.Sign(f.x, f.y, f.w, h, s.Field)
	}
	f.y += h
}
