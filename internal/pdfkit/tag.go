package pdfkit

import "fmt"

// tree is the structure of the document: what a screen reader follows. Nodes
// and kids are kept in two flat lists, since a long table has hundreds of
// thousands of them.
type tree struct {
	nodes []node
	kids  []kid
	attrs map[int32]*attrs
}

type node struct {
	tag         tag
	parent      int32
	first, last int32 // kids, -1 if none
}

type kidKind uint8

const (
	kidNode  kidKind = iota // a: node
	kidMark                 // a: page, b: marked-content number
	kidAnnot                // a: annotation
)

type kid struct {
	kind kidKind
	a, b int32
	next int32
}

// attrs are what few nodes have.
type attrs struct {
	alt, lang, id string
	dict          string // attribute dictionary, as PDF
}

// tag is a structure type; tagNames has its name in the file.
type tag uint8

var tagNames = []string{
	"Document", "Sect", "Div", "P", "H1", "H2", "H3", "H4", "L", "LI", "Lbl", "LBody",
	"Table", "THead", "TBody", "TR", "TH", "TD", "Caption", "Figure", "Link", "Reference",
	"Note", "Form", "TOC", "TOCI", "Span", "Code", "BlockQuote",
	"Callout", "Strong", "Em",
}

// roleMap says what the types that PDF 1.7 does not know stand for.
var roleMap = [][2]string{{"Callout", "Div"}, {"Em", "Span"}, {"Strong", "Span"}}

var tagByName = func() map[string]tag {
	m := map[string]tag{}
	for i, n := range tagNames {
		m[n] = tag(i)
	}
	return m
}()

// node adds a structure element below parent and gives its number.
func (d *Document) node(parent int32, name string) int32 {
	if d.dry > 0 {
		return 0
	}
	t, ok := tagByName[name]
	if !ok {
		d.fail("unknown structure type %q", name)
	}
	n := int32(len(d.nodes))
	d.nodes = append(d.nodes, node{tag: t, parent: parent, first: -1, last: -1})
	if parent >= 0 {
		d.kid(parent, kid{kind: kidNode, a: n})
	}
	return n
}

func (d *Document) kid(n int32, k kid) {
	k.next = -1
	i := int32(len(d.kids))
	d.kids = append(d.kids, k)
	if d.nodes[n].last >= 0 {
		d.kids[d.nodes[n].last].next = i
	} else {
		d.nodes[n].first = i
	}
	d.nodes[n].last = i
}

func (d *Document) attr(n int32) *attrs {
	if d.dry > 0 {
		return &attrs{}
	}
	a := d.attrs[n]
	if a == nil {
		a = &attrs{}
		d.attrs[n] = a
	}
	return a
}

// mark makes what is drawn next on the open page the content of a node.
func (d *Document) mark(n int32) {
	if d.dry > 0 || d.page.open == n {
		return
	}
	d.unmark()
	p := d.page
	p.open = n
	id := int32(len(p.marks))
	p.marks = append(p.marks, n)
	d.kid(n, kid{kind: kidMark, a: p.index, b: id})
	p.body = fmt.Appendf(p.body, "/%s<</MCID %d>>BDC\n", tagNames[d.nodes[n].tag], id)
}

// unmark ends the content of the node that is open, if any.
func (d *Document) unmark() {
	if d.dry > 0 || d.page == nil || d.page.open < 0 {
		return
	}
	d.page.open = -1
	d.page.body = append(d.page.body, "EMC\n"...)
}
