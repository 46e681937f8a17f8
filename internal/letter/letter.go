// Package letter drafts the letter that explains one run to the person whom it
// affected, and checks what an officer made of the draft before it is sent.
//
// A letter says what is recorded and nothing else. What the record lacks stands
// in square brackets, for an officer to write or to take out; a letter that still
// holds such a mark is not ready (Edit.Check). A draft ends with a page for the
// officer: what the record shows that matters, and questions about the safeguards
// of UK GDPR, Articles 22A to 22D. It states no legal conclusion.
//
// The package holds rules only: it reads nothing, and time is passed in.
package letter

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/prose"
)

// Letter is a letter to the person affected by a run, a draft as long as it
// has questions for the officer.
type Letter struct {
	Organisation string     `json:"organisation"`
	Workflow     string     `json:"workflow"` // reference and name
	Run          string     `json:"run"`      // the platform's identifier
	Date         civil.Date `json:"date"`
	Sample       bool       `json:"sample"`
	Parts        []Part     `json:"parts"`
	Notes        []string   `json:"notes"`     // for the officer: what the record lacks or shows
	Questions    []Question `json:"questions"` // for the officer, before it is sent; none once it is edited
	Greeting     string     `json:"greeting"`
	Close        string     `json:"close"` // name and role of the officer
}

// Part is a part of the letter under its heading.
type Part struct {
	Heading string   `json:"heading"`
	Text    []string `json:"text"`  // paragraphs
	Items   []string `json:"items"` // a list below them
}

// Question is about the safeguards of UK GDPR, with what the register holds
// that bears on it.
type Question struct {
	Article  string `json:"article"`
	Question string `json:"question"`
	Recorded string `json:"recorded"`
}

// What a draft says about itself.
const (
	DraftNotice = "DRAFT. An officer reads, corrects and signs this letter before it is sent. Square brackets " +
		"mark what is to be filled in."
	OfficerNotice = "For the officer: before you send this. Take this page off."
	LegalNotice   = "These are questions for a person to answer. Assay gives no legal advice and draws no legal " +
		"conclusion."
)

// Edit is a letter as an officer has edited it, ready to be sent.
type Edit struct {
	Workflow string       `json:"workflow"`
	Run      string       `json:"run"` // the platform's identifier
	Greeting string       `json:"greeting"`
	Parts    []EditedPart `json:"parts"`
	Close    string       `json:"close"`   // name and role of the officer
	Checked  bool         `json:"checked"` // the officer went through the questions about the safeguards
}

// EditedPart is a part of an edited letter: paragraphs with an empty line
// between them, and lists whose lines begin with "- ".
type EditedPart struct {
	Heading string `json:"heading"`
	Body    string `json:"body"`
}

// marks begin what an officer has to write or to confirm in a draft.
var marks = []string{
	"[To be written:",
	"[Confirm, or take out:",
	"[name]",
	"[name and role of the officer]",
	"[time not recorded]",
	"[Somebody whom the record does not name]",
	"[Somebody whom the register does not know]",
}

const maxPart = 100_000 // characters of one part

// Check says what keeps an edited letter from being sent.
func (e Edit) Check() error {
	var bad fault.Fields
	look := func(name, text string, needed bool) {
		switch i := slices.IndexFunc(marks, func(m string) bool { return strings.Contains(text, m) }); {
		case i >= 0:
			bad.Add(name, "Write or take out what begins with “"+marks[i]+"”.")
		case needed && strings.TrimSpace(text) == "":
			bad.Add(name, "Write this part of the letter.")
		case utf8.RuneCountInString(text) > maxPart:
			bad.Add(name, "Shorten this part: it has more than 100,000 characters.")
		}
	}
	look("greeting", e.Greeting, true)
	if len(e.Parts) == 0 {
		bad.Add("parts", "Write the letter.")
	}
	for i, p := range e.Parts {
		name := fmt.Sprintf("parts[%d].body", i)
		look(name, p.Heading+" "+p.Body, strings.TrimSpace(p.Heading) == "")
	}
	look("close", e.Close, true)
	if !e.Checked {
		bad.Add("checked", "Go through the questions about the safeguards first.")
	}
	return bad.Err()
}

// Letter is the edited letter, without what a draft says to the officer. The
// names of the organisation and the workflow, the date and whether all of it is
// a sample are the register's.
func (e Edit) Letter(organisation, workflow string, date civil.Date, sample bool) Letter {
	l := Letter{
		Organisation: organisation,
		Workflow:     workflow,
		Run:          e.Run,
		Date:         date,
		Sample:       sample,
		Notes:        []string{},
		Questions:    []Question{},
		Greeting:     prose.OneLine(e.Greeting),
		Close:        strings.TrimSpace(e.Close),
	}
	for _, p := range e.Parts {
		l.Parts = append(l.Parts, p.parts()...)
	}
	return l
}

// parts reads an edited part. A paragraph after a list begins a part without a
// heading, so that the order stays.
func (p EditedPart) parts() []Part {
	out := []Part{{Heading: prose.OneLine(p.Heading), Text: []string{}, Items: []string{}}}
	var paragraph []string
	end := func() {
		if len(paragraph) == 0 {
			return
		}
		if len(out[len(out)-1].Items) > 0 {
			out = append(out, Part{Text: []string{}, Items: []string{}})
		}
		last := &out[len(out)-1]
		last.Text = append(last.Text, strings.Join(paragraph, " "))
		paragraph = nil
	}
	for line := range strings.SplitSeq(p.Body, "\n") {
		line = strings.TrimSpace(line)
		if item, ok := strings.CutPrefix(line, "- "); ok {
			end()
			last := &out[len(out)-1]
			last.Items = append(last.Items, item)
		} else if line == "" {
			end()
		} else {
			paragraph = append(paragraph, line)
		}
	}
	end()
	return out
}

// IsDraft tells whether an officer has still to edit the letter: the questions
// stand only there.
func (l Letter) IsDraft() bool { return len(l.Questions) > 0 }

// Text is the letter as plain text, in lines of at most 78 characters.
func (l Letter) Text() []byte {
	var b bytes.Buffer
	para := func(indent, text string) {
		line := ""
		for i, word := range strings.Fields(text) {
			switch {
			case i == 0:
				line = word
			case len([]rune(indent+line+" "+word)) > 78:
				b.WriteString(indent + line + "\n")
				if strings.HasPrefix(indent, "- ") {
					indent = "  "
				}
				line = word
			default:
				line += " " + word
			}
		}
		b.WriteString(indent + line + "\n")
	}
	if l.Sample {
		para("", "SAMPLE: a fictional council.")
		b.WriteByte('\n')
	}
	if l.IsDraft() {
		para("", DraftNotice)
		b.WriteByte('\n')
	}
	fmt.Fprintf(
		&b,
		"%s\n%s\n\nOur reference: %s\n\n%s\n",
		l.Organisation,
		l.Date.Long(),
		prose.OneLine(l.Run),
		l.Greeting,
	)
	for _, p := range l.Parts {
		b.WriteByte('\n')
		if p.Heading != "" {
			fmt.Fprintf(&b, "%s\n\n", strings.ToUpper(p.Heading))
		}
		for i, t := range p.Text {
			if i > 0 {
				b.WriteByte('\n')
			}
			para("", t)
		}
		if len(p.Items) > 0 && len(p.Text) > 0 {
			b.WriteByte('\n')
		}
		for _, t := range p.Items {
			para("- ", t)
		}
	}
	b.WriteString("\nYours sincerely,\n\n" + l.Close + "\n")
	if !l.IsDraft() {
		return b.Bytes()
	}
	b.WriteString("\n" + strings.Repeat("-", 78) + "\n")
	para("", OfficerNotice)
	b.WriteByte('\n')
	for _, n := range l.Notes {
		para("- ", n)
	}
	b.WriteString("\nSafeguards: UK GDPR, Articles 22A to 22D\n\n")
	for _, q := range l.Questions {
		para("- ", strings.TrimSpace("[ ] Article "+q.Article+": "+q.Question+" "+q.Recorded))
	}
	b.WriteByte('\n')
	para("", LegalNotice)
	return b.Bytes()
}
