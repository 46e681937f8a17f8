package report

import (
	"bytes"
	"fmt"
	"strings"

	"assay/internal/letter"
	"assay/internal/pdfkit"
	"assay/internal/prose"
)

// Letter draws a letter as a tagged document; a draft is marked as such on each page.
func Letter(l letter.Letter) ([]byte, error) {
	title, marks := "Letter about ", []string{}
	if l.IsDraft() {
		title, marks = "Draft letter about ", append(marks, "DRAFT")
	}
	if l.Sample {
		marks = append(marks, "SAMPLE: a fictional council")
	}
	mark := strings.Join(marks, ", ")
	d := pdfkit.New(
		pdfkit.Options{
			Title:   title + prose.OneLine(prose.Shorten(l.Run, 80)),
			Author:  l.Organisation,
			Created: l.Date.Time(),
			Running: func(page, pages int) pdfkit.Running {
				return pdfkit.Running{
					HeadLeft:  mark,
					HeadRight: l.Organisation,
					FootRight: fmt.Sprintf("%d of %d", page, pages),
				}
			},
		},
	)
	if l.IsDraft() {
		d.Add(pdfkit.Callout{Title: "Draft", Blocks: []pdfkit.Block{pdfkit.P(pdfkit.T(letter.DraftNotice))}})
	}
	d.Add(
		pdfkit.H(1, "About your case"),
		pdfkit.P(pdfkit.T(l.Date.Long()+". Our reference: "+prose.OneLine(l.Run))),
		pdfkit.P(pdfkit.T(l.Greeting)),
	)
	for _, p := range l.Parts {
		blocks := []pdfkit.Block{}
		if p.Heading != "" {
			blocks = append(blocks, pdfkit.H(2, p.Heading))
		}
		for _, t := range p.Text {
			blocks = append(blocks, pdfkit.P(pdfkit.T(t)))
		}
		if len(p.Items) > 0 {
			blocks = append(blocks, pdfkit.Bullets(p.Items...))
		}
		d.Add(blocks...)
	}
	d.Add(pdfkit.P(pdfkit.T("Yours sincerely,")))
	for line := range strings.SplitSeq(l.Close, "\n") {
		d.Add(pdfkit.P(pdfkit.T(line)))
	}
	if l.IsDraft() {
		d.Add(
			pdfkit.PageBreak{},
			pdfkit.H(1, "For the officer"),
			pdfkit.P(pdfkit.T(letter.OfficerNotice)),
			pdfkit.Bullets(l.Notes...),
		)
		var questions []string
		for _, q := range l.Questions {
			questions = append(questions, strings.TrimSpace("Article "+q.Article+": "+q.Question+" "+q.Recorded))
		}
		d.Add(
			pdfkit.H(2, "Safeguards: UK GDPR, Articles 22A to 22D"),
			pdfkit.Bullets(questions...),
			pdfkit.P(pdfkit.T(letter.LegalNotice)),
		)
	}
	var b bytes.Buffer
	_, err := d.WriteTo(&b)
	return b.Bytes(), err
}
