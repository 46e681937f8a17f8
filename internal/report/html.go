package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"assay/internal/civil"
	"assay/internal/pdfkit"
)

//go:embed certificate.html
var certificateHTML string

var certificatePage = template.Must(template.New("certificate").Funcs(template.FuncMap{
	"long": func(d civil.Date) string { return long(d) }, "thousands": thousands, "period": period, "person": person,
	"lower": strings.ToLower,
	"sentence": func(s string) string {
		s = strings.TrimSpace(s)
		if s != "" && !strings.ContainsAny(s[len(s)-1:], ".!?") {
			s += "."
		}
		return s
	},
}).Parse(certificateHTML))

// CertificateHTML writes the edition for screen readers: one page of plain HTML
// that loads nothing and runs nothing, with the words, the digest and the seal
// of the certificate. It is not signed itself: it shows the digest, under which
// the signed file can be found and compared.
func CertificateHTML(w io.Writer, c Certificate) error {
	if err := c.check(); err != nil {
		return err
	}
	type group struct {
		Area
		Requirements []Requirement
	}
	groups := make([]group, len(c.Areas))
	for i, a := range c.Areas {
		groups[i].Area = a
		for _, r := range c.Requirements {
			if r.Area == a.Code {
				groups[i].Requirements = append(groups[i].Requirements, r)
			}
		}
	}
	square, err := c.square()
	if err != nil {
		return err
	}
	err = certificatePage.Execute(w, map[string]any{
		"C": c, "Square": square, "Groups": groups, "Title": c.title(), "Verdict": c.Verdict.Words(), "Lead": c.lead(),
		"Reference": c.reference(),
		"Steps":     c.checkSteps(), "Disclaimer": disclaimer, "NoConditions": c.nothingToDo(),
		"SampleMark": SampleMark, "Provenance": c.provenance(),
		"Head": map[string]string{
			"does": headDoes, "doesNot": headDoesNot, "answers": headAnswers, "decide": headDecide, "shown": headShown,
			"challenge":  headChallenge,
			"conditions": headConditions, "areas": headAreas, "check": headCheck,
		},
	})
	if err != nil {
		return fmt.Errorf("write certificate %s as HTML: %w", c.Number, err)
	}
	return nil
}

// square is the seal's QR code as a drawing for the page; empty where there is none.
func (c *Certificate) square() (template.HTML, error) {
	if c.Seal == "" {
		return "", nil
	}
	figure, _, err := c.seal()
	if err != nil {
		return "", err
	}
	code, ok := figure.Drawing.(pdfkit.QR)
	if !ok {
		return "", nil
	}
	var path strings.Builder
	for y, row := range code.Modules {
		for x := 0; x < len(row); x++ {
			n := 0
			for x+n < len(row) && row[x+n] {
				n++
			}
			if n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+4, y+4, n, n)
				x += n
			}
		}
	}
	side := len(code.Modules) + 8
	return template.HTML(fmt.Sprintf( // numbers, and a text that is escaped
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="200" height="200" role="img" `+
			`aria-label="%s"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, template.HTMLEscapeString(figure.Alt), side, side, path.String(),
	)), nil
}

// Score is the area's result in figures, for the HTML edition.
func (a Area) Score() string { return a.score() }

// Rule is the gate's declaration in words.
func (g Gate) Rule() string { return g.rule() }

// Measured is what was measured at the gate, in words.
func (g Gate) Measured() string { return g.measured() }

// Sentence is how many findings were explained, and how.
func (e Explained) Sentence() string { return e.sentence(all) }

// CasesOf and CasesTested are counts of cases, or how else the test looks.
func (f FindingCount) CasesOf() string     { return f.cases(f.Of) }
func (f FindingCount) CasesTested() string { return f.cases(f.Tested) }

// Words are the counts in one line.
func (n Counts) Words() string { return n.words() }
