package form

import (
	"fmt"
	"strings"

	"assay/internal/standard"
)

// Style is how a part of a printed document looks.
type Style int

const (
	Heading1 Style = iota
	Heading2
	Heading3
	Text     // what a person wrote
	Small    // help, sources and other words of the program
	Measured // what the register and the runs say, a sentence each
	Table
)

// Part is one part of a document as it is printed, whatever the file's format.
type Part struct {
	Style Style
	Text  string
	Lines []string // of Measured
	Head  []string // of Table
	Rows  [][]string
}

// About is what a printed document says of its subject.
type About struct {
	Organisation string
	Workflow     string // "WF-0003 Planning validation"
	Sample       bool
}

// Title is a document's title with what it is about.
func (d Document) Title(a About) string { return d.Form().Title + ": " + a.Workflow }

// Parts lays a document out: answers as they were written, and apart from them what was
// measured. Where nothing was answered or measured, it says so.
func (d Document) Parts(a About) []Part {
	f := d.Form()
	out := []Part{
		{Style: Heading1, Text: f.Title},
		{Style: Small, Text: f.Lead},
		{Style: Table, Text: "What this document is about", Head: []string{"What", "Says"}, Rows: d.particulars(a)},
		{
			Style: Small,
			Text: "Lines under “Measured” were taken from the register and from imported runs by the program; " +
				"everything else was written by the people who signed. " + f.Note,
		},
	}
	shown := map[string]string{} // measure to the question that it stands under
	for _, s := range f.Sections {
		out = append(out, Part{Style: Heading2, Text: s.Title})
		if s.Lead != "" {
			out = append(out, Part{Style: Small, Text: s.Lead})
		}
		for _, q := range s.Questions {
			out = append(out, d.question(q, shown)...)
		}
	}
	out = append(out, d.signed()...)
	return append(out, d.sources()...)
}

func (d Document) particulars(a About) [][]string {
	measured := "not yet"
	if !d.MeasuredOn.IsZero() {
		measured = d.MeasuredOn.Long() + ". " + d.Period
	}
	version := d.Version
	if version == "" {
		version = "none is recorded"
	}
	return [][]string{
		{"Organisation", a.Organisation},
		{"Workflow", a.Workflow},
		{"Version of the workflow", version},
		{"Reference", fmt.Sprintf("%s, writing %d", d.Ref, d.Number)},
		{"State", d.Status.Words()},
		{"Figures taken on", measured},
		{"Edition of the questions", d.Edition},
	}
}

// question lays out one question. A figure that stands under an earlier question already
// is referred to and not printed again.
func (d Document) question(q Question, shown map[string]string) []Part {
	out := []Part{{Style: Heading3, Text: q.ID + " " + q.Text}}
	switch x := d.Answer(q.ID); {
	case x.Text == "" && q.Optional:
		out = append(out, Part{Style: Small, Text: "Not answered; the form leaves it open."})
	case x.Text == "":
		out = append(out, Part{Style: Small, Text: "Not answered."})
	case x.Suggested:
		out = append(
			out,
			Part{Style: Small, Text: "Taken over from an earlier document, and confirmed by nobody: " + x.Text},
		)
	default:
		out = append(out, Part{Style: Text, Text: x.Text})
	}
	var again []string
	for _, name := range q.Figures {
		if at, ok := shown[name]; ok {
			again = append(again, fmt.Sprintf("%s (under %s)", Measures[name], at))
			continue
		}
		shown[name] = q.ID
		x, ok := d.Figure(name)
		if !ok {
			x.Lines = []string{"Not taken: " + Measures[name] + "."}
		}
		out = append(out, Part{Style: Measured, Lines: x.Lines})
		if len(x.Rows) > 0 {
			out = append(out, Part{Style: Table, Text: "Measured: " + Measures[name], Head: x.Head, Rows: x.Rows})
		}
	}
	if len(again) > 0 {
		out = append(out, Part{Style: Small, Text: "See also: " + strings.Join(again, "; ") + "."})
	}
	return out
}

// signed is who signed, in which words, and how far the record bears it out.
func (d Document) signed() []Part {
	out := []Part{{Style: Heading2, Text: "Signatures"}}
	for i, role := range d.Form().Signatures {
		if i >= len(d.Signatures) {
			out = append(out, Part{Style: Heading3, Text: role.Title}, Part{Style: Small, Text: "Not signed."})
			continue
		}
		s := d.Signatures[i]
		who := s.Approval.Approver.Name
		if s.JobTitle != "" {
			who += ", " + s.JobTitle
		}
		out = append(out, Part{Style: Heading3, Text: role.Title + ": " + who})
		if s.Words != "" {
			out = append(out, Part{Style: Text, Text: s.Words})
		}
		how := s.Approval.Words()
		how = strings.ToUpper(how[:1]) + how[1:] + "."
		if s.Approval.Signed() {
			how += " Key " + s.Approval.Key + ", over the SHA-256 " + s.Approval.Digest + "."
		}
		out = append(out, Part{Style: Small, Text: how})
	}
	return out
}

// sources are where the questions come from, and how well that was checked.
func (d Document) sources() []Part {
	out := []Part{{Style: Heading2, Text: "Where the questions come from"}}
	f := d.Form()
	said := map[string]bool{}
	for _, q := range f.Questions() {
		s := f.Sources[q.Source]
		if said[q.Source] {
			continue
		}
		said[q.Source] = true
		text := s.What + " (read on " + s.Day.Long() + ")"
		if s.Checked == standard.CheckPerson {
			text = s.What + " (not opened: to be checked by a person)"
		}
		out = append(out, Part{Style: Small, Text: text + "."})
	}
	return out
}
