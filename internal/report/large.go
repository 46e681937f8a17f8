package report

import (
	"fmt"
	"strings"

	"assay/internal/pdfkit"
)

// largePrint is the edition for people who need larger letters: the same
// words, 18 points high, one column, as many pages as it takes.
func (c *Certificate) largePrint() (*pdfkit.Document, error) {
	o := c.options()
	o.Title += " (large print)"
	o.Scale = 1.8
	o.Left, o.Right, o.Top, o.Bottom = 18*mm, 18*mm, 26*mm, 26*mm
	o.Running = func(page, pages int) pdfkit.Running {
		r := pdfkit.Running{
			HeadLeft:  "AI governance certificate " + c.Number,
			FootLeft:  c.Organisation,
			FootRight: fmt.Sprintf("Page %d of %d", page, pages),
		}
		if c.Sample {
			r.HeadRight = SampleMark
		}
		if c.Ended != "" {
			r.HeadRight, _, _ = strings.Cut(c.Ended, " ")
		}
		return r
	}
	d := pdfkit.New(o)
	if c.Ended != "" {
		d.Add(pdfkit.P(pdfkit.B(c.Ended)))
	}
	d.Add(pdfkit.Heading{Level: 1, Text: c.Workflow.Name, Size: 18},
		pdfkit.P(pdfkit.B(c.Organisation)),
		pdfkit.P(pdfkit.T(c.reference())))
	if c.Sample {
		d.Add(pdfkit.P(pdfkit.B(SampleMark)))
	}
	verdict := []pdfkit.Block{}
	for _, sentence := range c.lead() {
		verdict = append(verdict, pdfkit.P(pdfkit.T(sentence)))
	}
	verdict = append(verdict, pdfkit.P(pdfkit.T("Valid until "), pdfkit.B(c.ValidUntil.Long())))
	d.Add(pdfkit.Callout{Title: c.Verdict.Words(), Blocks: verdict})
	for _, b := range c.account(budget{all, all, all, false}) {
		switch b := b.(type) {
		case pdfkit.Heading:
			d.Add(pdfkit.H(b.Level, b.Text))
		case pdfkit.Para:
			d.Add(pdfkit.P(b.Spans...))
		case pdfkit.List:
			b.Size = 0
			d.Add(b)
		}
	}
	d.Add(pdfkit.H(2, headAreas))
	for _, a := range c.Areas {
		d.Add(pdfkit.Heading{Level: 3, Text: a.Name + ": " + a.score(), Unlisted: true})
		if a.Applicable > 0 {
			d.Add(
				pdfkit.Figure{
					Alt:     a.alt(),
					Height:  10,
					Tight:   true,
					Drawing: pdfkit.Segments{Filled: a.Met, Total: a.Applicable},
				},
			)
		}
		d.Add(pdfkit.P(pdfkit.T(a.Sentence)))
	}
	figure, side, err := c.seal()
	if err != nil {
		return nil, err
	}
	figure.Height = side / o.Scale
	d.Add(pdfkit.H(2, headCheck), pdfkit.Numbered(c.checkSteps()...))
	if c.Seal != "" {
		d.Add(figure)
	}
	d.Add(pdfkit.H(2, "Signatures"),
		pdfkit.SignatureBlock{Height: 58, Field: signature(FieldAssessor, "Assessed and signed by", c.Assessor)})
	if c.Approver.Name != "" {
		d.Add(pdfkit.SignatureBlock{Height: 58, Field: signature(FieldApprover, c.approval(), c.Approver)})
	}
	d.Add(pdfkit.P(pdfkit.T(disclaimer)), pdfkit.PageBreak{})
	for _, b := range c.auditorBlocks(9, nil) {
		if t, ok := b.(pdfkit.Table); ok {
			b = stacked(t)
		}
		d.Add(b)
	}
	d.Add(pdfkit.P(pdfkit.T(c.provenance())))
	c.attach(d)
	return d, nil
}

// stacked sets a table as a list, one row an item with the columns named: in
// large letters a table's columns are too narrow to read.
func stacked(t pdfkit.Table) pdfkit.Block {
	var l pdfkit.List
	for row := range t.Rows {
		var item []pdfkit.Span
		for i, cell := range row {
			title := t.Columns[i].Title
			empty := true
			for _, s := range cell.Spans {
				empty = empty && s.Text == ""
			}
			switch {
			case empty:
				continue
			case t.Columns[i].Header:
				for _, s := range cell.Spans {
					item = append(item, pdfkit.B(s.Text))
				}
			default:
				item = append(item, pdfkit.T(title+": "))
				item = append(item, cell.Spans...)
			}
			item = append(item, pdfkit.T(". "))
		}
		l.Items = append(l.Items, item)
	}
	if len(l.Items) == 0 {
		return pdfkit.P(pdfkit.T(t.Empty))
	}
	l.Size, l.Gap = 10, 4
	return l
}
