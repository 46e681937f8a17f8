package form

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"assay/internal/civil"
	"assay/internal/embedded"
	"assay/internal/fault"
)

//go:embed *.yaml
var files embed.FS

// load reads the forms. They are embedded, and a test reads them all: a mistake in them
// is one of ours.
var load = sync.OnceValue(func() []Form {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	var out []Form
	for _, e := range entries {
		b, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		out = append(out, embedded.YAML[Form](e.Name(), b))
	}
	slices.SortFunc(out, func(a, b Form) int { return cmp.Compare(a.Order, b.Order) })
	return out
})

// Forms are the forms, in the order in which they are offered.
func Forms() []Form { return slices.Clone(load()) }

// Of is the form of a kind; false where there is none.
func Of(k Kind) (Form, bool) {
	for _, f := range load() {
		if f.Kind == k {
			return f, true
		}
	}
	return Form{}, false
}

// Names are the names of the kinds, for a sentence.
func Names() string {
	var out []string
	for _, f := range load() {
		out = append(out, string(f.Kind))
	}
	return strings.Join(out, ", ")
}

// Questions are the questions of a form, in their order.
func (f Form) Questions() (out []Question) {
	for _, s := range f.Sections {
		out = append(out, s.Questions...)
	}
	return out
}

// Serves tells whether a question of the form is asked for an item of a standard.
func (f Form) Serves(ref string) bool {
	return slices.ContainsFunc(f.Questions(), func(q Question) bool { return slices.Contains(q.Serves, ref) })
}

// Form is the form that a document follows.
func (d Document) Form() Form {
	f, _ := Of(d.Kind)
	return f
}

// New begins a document for a workflow in a version. Answers to the same questions in an
// earlier document are taken over, for somebody to confirm. Errors: invalid.
func New(kind Kind, workflowID, version string, before *Document) (Document, error) {
	f, ok := Of(kind)
	if !ok {
		return Document{}, fault.Invalid("kind", "Choose one of: "+Names()+".")
	}
	d := Document{
		Kind:       kind,
		Edition:    f.Edition,
		WorkflowID: workflowID,
		Version:    version,
		Number:     1,
		Status:     StatusDraft,
		Answers:    []Answer{},
		Figures:    []Figure{},
		Signatures: []Signature{},
	}
	if before != nil {
		for _, q := range f.Questions() {
			if text := before.Answer(q.ID).Text; text != "" {
				d.Answers = append(d.Answers, Answer{Question: q.ID, Text: text, Suggested: true})
			}
		}
	}
	return d, nil
}

// Answer is the answer to a question; the zero value where there is none.
func (d Document) Answer(question string) Answer {
	for _, a := range d.Answers {
		if a.Question == question {
			return a
		}
	}
	return Answer{Question: question}
}

// Figure is what was measured under a name; false where that was not taken.
func (d Document) Figure(measure string) (Figure, bool) {
	for _, f := range d.Figures {
		if f.Measure == measure {
			return f, true
		}
	}
	return Figure{}, false
}

// Write puts answers into a draft; an empty one takes the answer away. Errors: conflict
// where it is signed, invalid where a question is not one of the form's.
func (d Document) Write(answers []Answer) (Document, error) {
	if d.Status != StatusDraft {
		return d, fault.Conflict("%s is signed; open it again to change it.", d.Ref)
	}
	d.Answers = slices.Clone(d.Answers)
	questions := d.Form().Questions()
	for _, a := range answers {
		a.Text = strings.TrimSpace(a.Text)
		if !slices.ContainsFunc(questions, func(q Question) bool { return q.ID == a.Question }) {
			return d, fault.Invalid("answers", fmt.Sprintf("There is no question %q in the %s; they run from %s to %s.",
				a.Question, strings.ToLower(d.Form().Title), questions[0].ID, questions[len(questions)-1].ID))
		}
		d.Answers = slices.DeleteFunc(d.Answers, func(x Answer) bool { return x.Question == a.Question })
		if a.Text != "" {
			d.Answers = append(d.Answers, a)
		}
	}
	order := map[string]int{}
	for i, q := range questions {
		order[q.ID] = i
	}
	slices.SortFunc(d.Answers, func(a, b Answer) int { return cmp.Compare(order[a.Question], order[b.Question]) })
	return d, nil
}

// Missing are the questions that need an answer and have none that a person confirmed.
func (d Document) Missing() []string {
	out := []string{}
	for _, q := range d.Form().Questions() {
		if a := d.Answer(q.ID); !q.Optional && (a.Text == "" || a.Suggested) {
			out = append(out, q.ID)
		}
	}
	return out
}

// Next is who signs next; false where all have.
func (d Document) Next() (Role, bool) {
	roles := d.Form().Signatures
	if len(d.Signatures) >= len(roles) {
		return Role{}, false
	}
	return roles[len(d.Signatures)], true
}

// Signers are those who have signed, by identifier: none of them signs again.
func (d Document) Signers() []string {
	out := []string{}
	for _, s := range d.Signatures {
		out = append(out, s.PersonID)
	}
	return out
}

// Sign adds the next signature; the last one makes the document signed. Errors: conflict,
// invalid.
func (d Document) Sign(s Signature) (Document, error) {
	role, ok := d.Next()
	switch missing := d.Missing(); {
	case !ok || d.Status == StatusSigned || d.Status == StatusSuperseded:
		return d, fault.Conflict("%s is signed by everybody who signs it.", d.Ref)
	case len(missing) > 0:
		return d, fault.Invalid("answers", "Answer these questions first: "+strings.Join(missing, ", ")+".")
	case d.MeasuredOn.IsZero():
		return d, fault.Invalid("figures", "Take the figures first.")
	case role.Words != "" && strings.TrimSpace(s.Words) == "":
		return d, fault.Invalid("words", "Write in your own words: "+role.Words)
	case slices.Contains(d.Signers(), s.PersonID):
		return d, fault.Forbidden("Each signature of %s is of another person.", d.Ref)
	}
	s.Role, s.Words = role.ID, strings.TrimSpace(s.Words)
	d.Signatures = append(slices.Clone(d.Signatures), s)
	d.Status = StatusSigning
	if _, more := d.Next(); !more {
		d.Status = StatusSigned
	}
	return d, nil
}

// Reopen makes a draft of it again, without signatures: what was signed stays in the log.
// Errors: conflict.
func (d Document) Reopen() (Document, error) {
	if d.Status == StatusDraft {
		return d, fault.Conflict("%s is a draft already.", d.Ref)
	}
	if d.Status == StatusSuperseded {
		return d, fault.Conflict("%s is superseded; begin a new one.", d.Ref)
	}
	d.Status, d.Number, d.Signatures = StatusDraft, d.Number+1, []Signature{}
	return d, nil
}

// SignedContent is what signature i covers: all of the document, the signatures before it
// with what was written there, and its own words.
func (d Document) SignedContent(i int, words string) ([]byte, error) {
	d.Key, d.Status = "", ""
	d.Signatures = d.Signatures[:i]
	b, err := json.Marshal(struct {
		Document
		Words string `json:"words"`
	}{d, strings.TrimSpace(words)})
	if err != nil {
		return nil, fmt.Errorf("write down what is signed: %w", err)
	}
	return bytes.ReplaceAll(b, []byte(":null"), []byte(":[]")), nil // absent and empty lists are the same
}

// SignedOn is the day of the last signature; none where nobody has signed.
func (d Document) SignedOn() civil.Date {
	if len(d.Signatures) == 0 {
		return ""
	}
	return civil.Of(d.Signatures[len(d.Signatures)-1].Approval.At)
}

// SignedWith tells how many signatures were made with the signer's own key.
func (d Document) SignedWith() (own int) {
	for _, s := range d.Signatures {
		if s.Approval.Signed() {
			own++
		}
	}
	return own
}

// Validate says what is wrong with a document that came from elsewhere.
func (d Document) Validate() error {
	var bad fault.Fields
	check := func(ok bool, field, message string) {
		if !ok {
			bad.Add(field, message)
		}
	}
	f, known := Of(d.Kind)
	check(known, "kind", "There is no form of the kind "+string(d.Kind)+"; there are: "+Names()+".")
	check(d.WorkflowID != "", "workflow_id", "Name the workflow that it is about.")
	check(slices.Contains(Statuses, d.Status), "status", "A document is a draft, waits for a signature, is signed or "+
		"superseded.")
	check(d.Number > 0, "number", "The writings of a document are counted from 1.")
	check(len(d.Signatures) <= len(f.Signatures), "signatures", "It bears more signatures than the form has.")
	check((d.Status == StatusDraft) == (len(d.Signatures) == 0) || d.Status == StatusSuperseded, "status",
		"A draft bears no signature, and everything else does.")
	for i, s := range d.Signatures {
		if i < len(f.Signatures) {
			check(s.Role == f.Signatures[i].ID, "signatures", "The signatures are not in the order of the form.")
		}
		check(!s.Approval.IsZero(), "signatures", "A signature says who made it.")
	}
	return bad.Err()
}
