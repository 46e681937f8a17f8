package form

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/standard"
)

// TestForms holds every form to its format: sources with day, questions with a name of
// their own, figures that exist, duties that somebody can have.
func TestForms(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Forms() {
		if f.Kind == "" || f.Edition == "" || f.Title == "" || f.Lead == "" || f.Note == "" || len(f.Signatures) < 2 {
			t.Errorf("%s lacks a particular", f.Kind)
		}
		for _, r := range f.Signatures {
			if !slices.ContainsFunc(organisation.Table, func(x organisation.Rule) bool { return x.Action == r.May }) {
				t.Errorf("%s: %s needs a duty that there is not: %s", f.Kind, r.ID, r.May)
			}
		}
		for _, q := range f.Questions() {
			if seen[q.ID] || q.ID == "" || q.Text == "" || q.Help == "" {
				t.Errorf("%s: %q has no name of its own, no text or no help", f.Kind, q.ID)
			}
			seen[q.ID] = true
			s, ok := f.Sources[q.Source]
			if !ok || s.What == "" || s.Day.IsZero() || s.Checked == "" {
				t.Errorf("%s: %s has no source with a day: %q", f.Kind, q.ID, q.Source)
			}
			for _, ref := range q.Serves {
				if _, ok := standard.ByRef(ref); !ok {
					t.Errorf("%s serves %s, which there is not", q.ID, ref)
				}
			}
			for _, m := range q.Figures {
				if Measures[m] == "" {
					t.Errorf("%s has beside it %q, which nobody measures", q.ID, m)
				}
			}
		}
	}
	for _, k := range []Kind{KindInvolvement, KindDPIA, KindImpact, KindEquality} {
		if _, ok := Of(k); !ok {
			t.Errorf("there is no form %s", k)
		}
	}
}

// answered is a document of a kind with every question answered and figures taken.
func answered(t *testing.T, k Kind) Document {
	t.Helper()
	d, err := New(k, "wf", "1.0", nil)
	if err != nil {
		t.Fatal(err)
	}
	d.ID, d.Ref, d.MeasuredOn, d.Period = "id", "DOC-0001", "2026-11-29", "No runs."
	var all []Answer
	for _, q := range d.Form().Questions() {
		all = append(all, Answer{Question: q.ID, Text: "Answer to " + q.ID})
	}
	if d, err = d.Write(all); err != nil {
		t.Fatal(err)
	}
	return d
}

func signature(t *testing.T, d Document, person string) Signature {
	t.Helper()
	words := "In my own words: " + person
	content, err := d.SignedContent(len(d.Signatures), words)
	if err != nil {
		t.Fatal(err)
	}
	who := approval.Who{ID: person, Name: "Name of " + person}
	a, err := approval.New(
		"document",
		approval.DigestOf(content),
		who,
		who,
		time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC),
	)
	if err != nil {
		t.Fatal(err)
	}
	return Signature{PersonID: person, JobTitle: "Officer", Words: words, Approval: a}
}

// TestSign walks each form through its signatures, and holds every one to what it covers.
func TestSign(t *testing.T) {
	for _, f := range Forms() {
		d := answered(t, f.Kind)
		for i := range f.Signatures {
			var err error
			if d, err = d.Sign(signature(t, d, string(rune('a'+i)))); err != nil {
				t.Fatalf("%s, signature %d: %v", f.Kind, i, err)
			}
		}
		if d.Status != StatusSigned || d.SignedOn() != "2026-11-29" {
			t.Errorf("%s: %s, %s", f.Kind, d.Status, d.SignedOn())
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", f.Kind, err)
		}
		for i, s := range d.Signatures {
			content, err := d.SignedContent(i, s.Words)
			if err != nil || s.Approval.Covers(content) != nil {
				t.Errorf("%s: signature %d does not cover what it was made of: %v", f.Kind, i, err)
			}
			other := d
			other.Answers = slices.Clone(d.Answers)
			other.Answers[0].Text += "."
			if content, _ := other.SignedContent(i, s.Words); s.Approval.Covers(content) == nil {
				t.Errorf("%s: signature %d covers another answer as well", f.Kind, i)
			}
			if content, _ := d.SignedContent(i, s.Words+"."); s.Approval.Covers(content) == nil {
				t.Errorf("%s: signature %d covers other words as well", f.Kind, i)
			}
		}
		if _, err := d.Sign(signature(t, d, "z")); fault.CodeOf(err) != fault.CodeConflict {
			t.Errorf("%s: a further signature: %v", f.Kind, err)
		}
		if _, err := d.Write(d.Answers); fault.CodeOf(err) != fault.CodeConflict {
			t.Errorf("%s: an answer after the signatures: %v", f.Kind, err)
		}
		again, err := d.Reopen()
		if err != nil || again.Status != StatusDraft || again.Number != 2 || len(again.Signatures) != 0 {
			t.Errorf("%s: opened again: %+v, %v", f.Kind, again.Status, err)
		}
	}
}

// TestSign_refused signs what cannot be signed.
func TestSign_refused(t *testing.T) {
	whole := answered(t, KindDPIA)
	for name, change := range map[string]func(*Document, *Signature){
		"a question without an answer": func(d *Document, _ *Signature) { d.Answers = d.Answers[1:] },
		"an answer nobody confirmed": func(d *Document, _ *Signature) {
			d.Answers = slices.Clone(d.Answers)
			d.Answers[0].Suggested = true
		},
		"no figures": func(d *Document, _ *Signature) { d.MeasuredOn = "" },
	} {
		d, s := whole, signature(t, whole, "a")
		change(&d, &s)
		if _, err := d.Sign(s); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := whole.Sign(signature(t, whole, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Sign(signature(t, d, "a")); fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("one person signs twice: %v", err)
	}
	silent := signature(t, d, "b")
	silent.Words = " "
	if _, err := d.Sign(silent); fault.CodeOf(err) != fault.CodeInvalid || !strings.Contains(err.Error(), "own words") {
		t.Errorf("advice without words: %v", err)
	}
}

// TestNew_before takes answers over as suggestions only.
func TestNew_before(t *testing.T) {
	before := answered(t, KindEquality)
	d, err := New(KindEquality, "wf", "2.0", &before)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Answers) != len(before.Answers) || len(d.Missing()) == 0 || d.Figures == nil {
		t.Errorf("%d answers taken over, %d missing", len(d.Answers), len(d.Missing()))
	}
	if _, err := New("nonsense", "wf", "", nil); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("an unknown kind: %v", err)
	}
	if _, err := d.Write([]Answer{{Question: "MI99", Text: "x"}}); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("an unknown question: %v", err)
	}
}

// TestParts prints answers, what was measured, and what is not there, each as what it is.
func TestParts(t *testing.T) {
	d := answered(t, KindInvolvement)
	d.Figures = []Figure{{Measure: "before", Lines: []string{"At gate x: held in 5 of 6."}},
		{Measure: "holders", Head: []string{"Gate"}, Rows: [][]string{{"x"}}}}
	if d, _ = d.Sign(signature(t, d, "a")); d.Status != StatusSigning {
		t.Fatal(d.Status)
	}
	var text []string
	tables := 0
	for _, p := range d.Parts(About{Organisation: "Exampleton", Workflow: "WF-0001 Sorting"}) {
		text = append(append(text, p.Text), p.Lines...)
		if p.Style == Table {
			tables++
		}
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"Answer to MI04", "At gate x: held in 5 of 6.", "Prepared by: Name of a, Officer",
		"Recorded by Name of a as approved by Name of a on 29 November 2026.", "Not signed.",
		"Not taken: time between the matter and the decision.", "(read on 28 November 2026)"} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if tables != 2 {
		t.Errorf("%d tables", tables)
	}
	if civil.Date(d.SignedOn()).IsZero() {
		t.Error("signed on no day")
	}
}

// TestAnswers writes answers out and reads them back, whatever stands in them.
func TestAnswers(t *testing.T) {
	d := answered(t, KindInvolvement)
	for i, text := range []string{"two\nlines: with a colon", "# no comment", "'quotes' \"and\" more", "no", "42",
		"- a list", "ü €",
		"trailing space ", "@at", "|-"} {
		d.Answers[i].Text = strings.TrimSpace(text)
	}
	b, err := FormatAnswers(d)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseAnswers("answers.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Write(read)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.Answers, d.Answers) {
		t.Errorf("written %+v\nread %+v", d.Answers, again.Answers)
	}
	for name, text := range map[string]string{"a list": "- a", "nothing": "", "an answer twice": "MI01: a\nMI01: b",
		"a mapping": "MI01: {a: b}", "no YAML": "MI01: [", "a binary": "\x00\x01"} {
		if _, err := ParseAnswers("answers.yaml", []byte(text)); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
}
