package form

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/fault"
)

// FormatAnswers writes the questions of a document with its answers as a YAML file for a
// person to fill in: each question's help and what was measured as comments, then its
// identifier with the answer. ParseAnswers reads it.
//
//	# MI01 What is decided about a person, and what does the AI contribute?
//	# Follow one case from the application to the letter.
//	MI01: |-
//	  The officer decides whether the application is valid.
func FormatAnswers(d Document) ([]byte, error) {
	var b bytes.Buffer
	comment := func(format string, args ...any) {
		for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
			b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
		}
	}
	comment("%s, %s, for version %s", d.Ref, d.Form().Title, d.Version)
	for _, q := range d.Form().Questions() {
		b.WriteByte('\n')
		comment("%s %s", q.ID, q.Text)
		comment("%s", q.Help)
		for _, name := range q.Figures {
			if f, ok := d.Figure(name); ok {
				for _, line := range f.Lines {
					comment("measured: %s", line)
				}
			}
		}
		a := d.Answer(q.ID)
		if a.Suggested {
			comment("taken over from an earlier document: writing it back confirms it")
		}
		line, err := yaml.Marshal(map[string]string{q.ID: a.Text})
		if err != nil {
			return nil, fault.Internal(err)
		}
		b.Write(line)
	}
	return b.Bytes(), nil
}

// ParseAnswers reads what FormatAnswers writes: a mapping of questions to texts. Errors:
// unreadable, with the line.
func ParseAnswers(name string, b []byte) ([]Answer, error) {
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&doc); err != nil {
		return nil,
			fault.Unreadable(name, "This is no file of answers: %s.", strings.TrimPrefix(err.Error(), "yaml: ")).
				Because(err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fault.Unreadable(name, "This is no file of answers: write a question and its text, such as MI01: "+
			"The officer decides.")
	}
	out := []Answer{}
	seen := map[string]bool{}
	for i := 0; i+1 < len(doc.Content[0].Content); i += 2 {
		k, v := doc.Content[0].Content[i], doc.Content[0].Content[i+1]
		switch {
		case v.Kind != yaml.ScalarNode:
			return nil, fault.Unreadable(name, "Line %d: the answer to %s is not a text.", v.Line, k.Value)
		case seen[k.Value]:
			return nil, fault.Unreadable(name, "Line %d: %s is answered twice.", k.Line, k.Value)
		}
		seen[k.Value] = true
		text := v.Value
		if v.Tag == "!!null" {
			text = ""
		}
		out = append(out, Answer{Question: k.Value, Text: text})
	}
	return out, nil
}
