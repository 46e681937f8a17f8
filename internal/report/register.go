package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"assay/internal/civil"
	"assay/internal/fault"
)

//go:embed register.html
var registerHTML string

var registerPage = template.Must(template.New("register").Funcs(template.FuncMap{
	"long": func(d civil.Date) string { return long(d) },
}).Parse(registerHTML))

// PublicRegister is what an organisation publishes about its AI workflows. It names
// no officer.
type PublicRegister struct {
	Organisation string
	Sample       bool
	Made         civil.Date
	Contact      string
	Entries      []PublicEntry
}

// PublicEntry is one workflow, each text for a resident.
type PublicEntry struct {
	Ref         string
	Name        string
	Service     string
	Stage       string
	Since       civil.Date
	Does        string
	Informs     string
	People      string // the roles that decide, and what
	Data        string
	Special     bool
	Works       string
	Not         string
	Challenge   string
	Supplier    string
	Assessments []string
	Record      string   // address of the transparency record; empty: none
	Standing    string   // of its certificate, in a sentence
	Shown       []string // what the log shows
}

// WriteRegister writes the public page: one file that loads nothing and runs nothing.
// Texts of the register may be hostile; the template escapes each.
func WriteRegister(w io.Writer, r PublicRegister) error {
	if r.Organisation == "" {
		return fault.Invalid("organisation", "The page needs the organisation's name.")
	}
	err := registerPage.Execute(w, map[string]any{
		"Organisation": r.Organisation, "Sample": r.Sample, "SampleMark": SampleMark, "Made": r.Made,
		"Contact": r.Contact, "Entries": r.Entries,
	})
	if err != nil {
		return fmt.Errorf("write the public register: %w", err)
	}
	return nil
}
