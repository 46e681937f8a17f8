package report

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/form"
	"assay/internal/pdfkit"
)

// FormDocument draws a document that was written along a form. What was measured stands
// apart from what people wrote. It has one signature field, for who writes it out.
func FormDocument(d form.Document, a form.About, signer Person, now time.Time) ([]byte, error) {
	var marks []string
	if d.Status != form.StatusSigned {
		marks = append(marks, strings.ToUpper(d.Status.Words()))
	}
	if a.Sample {
		marks = append(marks, "SAMPLE: a fictional council")
	}
	doc := pdfkit.New(pdfkit.Options{
		Title:   d.Title(a),
		Author:  a.Organisation,
		Created: now,
		Running: func(page, pages int) pdfkit.Running {
			return pdfkit.Running{
				HeadLeft:  strings.Join(marks, ", "),
				HeadRight: a.Organisation,
				FootLeft:  fmt.Sprintf("%s, writing %d", d.Ref, d.Number),
				FootRight: fmt.Sprintf("%d of %d", page, pages),
			}
		},
	})
	var kept []pdfkit.Block // headings, until what they stand over
	for _, p := range d.Parts(a) {
		blocks := formBlocks(p)
		if p.Style <= form.Heading3 {
			kept = append(kept, blocks...)
			continue
		}
		doc.Add(append(kept, blocks...)...)
		kept = nil
	}
	doc.Add(
		append(
			kept,
			pdfkit.H(2, "Written out"),
			small(
				pdfkit.T(
					"Whoever writes a document out signs the file: that it is what the register holds. The signatures "+
						"above are those of the people who wrote and decided.",
				),
			),
			pdfkit.SignatureBlock{
				Height: 26 * mm,
				Field: pdfkit.SignatureField{
					Name: FieldAssessor, Tooltip: "Signature of " + signer.Name + ", who wrote the document out",
					Title: "Written out and signed by",
					Lines: []string{signer.Name, signer.Role, civil.Of(now).Long()},
				},
			},
		)...)
	var b bytes.Buffer
	_, err := doc.WriteTo(&b)
	return b.Bytes(), err
}

func formBlocks(p form.Part) []pdfkit.Block {
	switch p.Style {
	case form.Heading1, form.Heading2, form.Heading3:
		return []pdfkit.Block{pdfkit.H(int(p.Style)+1, p.Text)}
	case form.Small:
		return []pdfkit.Block{small(pdfkit.Quiet(p.Text))}
	case form.Measured:
		if len(p.Lines) == 0 {
			return nil
		}
		return []pdfkit.Block{small(pdfkit.B("Measured")), pdfkit.Bullets(p.Lines...)}
	case form.Table:
		t := pdfkit.Table{Caption: p.Text, Rows: pdfkit.Rows(rowsOf(p.Rows)...)}
		for _, h := range p.Head {
			t.Columns = append(t.Columns, pdfkit.Column{Title: h, Width: 1})
		}
		for i := range t.Columns { // a column of long texts is given more room
			longest := 0
			for _, r := range p.Rows {
				if i < len(r) {
					longest = max(longest, len(r[i]))
				}
			}
			t.Columns[i].Width = min(max(float64(longest), 9), 36)
		}
		return []pdfkit.Block{t}
	}
	var out []pdfkit.Block
	for line := range strings.SplitSeq(p.Text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, pdfkit.P(pdfkit.T(line)))
		}
	}
	return out
}

func rowsOf(rows [][]string) (out [][]pdfkit.Cell) {
	for _, r := range rows {
		out = append(out, pdfkit.Cells(r...))
	}
	return out
}
