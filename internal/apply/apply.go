// Package apply reads a register from a text file that people write and keep
// under version control: the organisation, its people, AI workflows with their
// gates, policies, risk assessments, reviews, records, evidence and Statement of
// Applicability.
//
// # The file
//
// An apply file is one YAML document. `assay schema apply` prints its JSON
// Schema; package apply's testdata holds complete examples. Its first level:
//
//	assay: apply/1            # the format, always
//	organisation: {…}
//	people: […]
//	workflows: […]
//	policies: […]
//	evidence: […]
//	assessments: […]
//	schedules: […]
//	actions: […]
//	reviews: […]
//	records: […]
//	soa: […]                  # Statement of Applicability, by control
//
// A small one, which the tests read:
//
//	assay: apply/1
//	organisation:
//	  name: Exampleton Borough Council
//	people:
//	  - key: ada
//	    name: Ada Example
//	    job_title: Head of Planning
//	    duties: [approver]
//	    senior: true
//	workflows:
//	  - key: permit-check
//	    name: Permit check
//	    lifecycle: live
//	    live_since: 2026-01-15
//	    owner: ada
//	    gates:
//	      - key: officer-decision
//	        title: Officer's decision
//	        enforcement: technical
//	        officers: [a.example]
//	policies:
//	  - key: ai-policy
//	    title: AI policy
//	    kind: ai
//	    owner: ada
//	    links:
//	      - {workflow: permit-check, reason: The policy covers every AI workflow}
//
// # Keys
//
// Each record has a key, a slug such as permit-check, that is unique among its
// kind and stays in the register. Other records name it by its key, or by the
// reference that the register gave it (WF-0003). Applying a file adds the records
// whose keys the register does not hold and changes those that it holds: a field
// that the file names is replaced as a whole, a field that it leaves out stays as
// it is, and nothing is removed. Applying the same file twice changes nothing.
//
// What somebody approved stays as they approved it: a file that says something
// else of an approved policy version or risk assessment is refused, and a new
// version or assessment has to be added.
//
// # What is in no file
//
// What people say of findings is not applied: explanations and acceptances are about
// findings that this register made from its own runs, by identifiers of its own, and
// applying a file again would say again of new findings what was meant for others.
// They are said with assay finding explain, accept and action, or in the window. So
// are approvals given: a file says who approved a policy or an assessment, and the
// register that it was only recorded.
//
// # Strictness
//
// Unknown and repeated fields, wrong types, unknown words, keys that are not
// there, anchors, aliases, tags and further documents are refused, each with its
// line. A text is taken as it is written, so 1.10 stays 1.10. Documents of
// evidence are named by a path relative to the file that stays inside its folder.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"assay/internal/fault"
)

// FormatName is the value of the field "assay".
const FormatName = "apply/1"

// MaxBytes is the largest file that is read.
const MaxBytes = 16 << 20

// maxFaults is how many faults are reported at once, maxKept how many are looked for.
const (
	maxFaults = 50
	maxKept   = 500
)

// File is an apply file that was read and is sound in itself.
type File struct {
	root     *yaml.Node
	sections map[string]*yaml.Node
}

// Read reads an apply file and checks all that can be checked without a
// register. A fault carries every problem that was found, each with its line.
func Read(ctx context.Context, r io.Reader) (*File, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fault.Unreadable("", "The file cannot be read.").Because(err)
	}
	switch {
	case len(b) > MaxBytes:
		return nil, fault.Unreadable("", "The file is larger than %d MB; split it.", MaxBytes>>20)
	case len(strings.TrimSpace(string(b))) == 0:
		return nil, fault.Unreadable("", "The file is empty; see assay schema apply for what belongs in it.")
	case !utf8.Valid(b):
		return nil, fault.Unreadable(
			fmt.Sprintf("line %d", invalidLine(b)),
			"The file is not UTF-8 text; save it as UTF-8.",
		)
	}
	root, err := parse(b)
	if err != nil {
		return nil, err
	}
	f := &File{root: root, sections: map[string]*yaml.Node{}}
	var x faults
	f.split(&x)
	if len(x.list) == 0 {
		f.decode(ctx, Empty(), &x)
	}
	if err := x.err(); err != nil {
		return nil, err
	}
	return f, nil
}

func invalidLine(b []byte) int {
	line := 1
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		b = b[n:]
	}
	return line
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

// parse gives the one mapping of the file, without anything that YAML can do
// and this format does not need.
func parse(b []byte) (root *yaml.Node, err error) {
	defer func() { // the parser is third-party code and the file may be hostile
		if p := recover(); p != nil {
			root, err = nil, fault.Unreadable("", "The file cannot be read as YAML.").Because(fmt.Errorf("yaml: %v", p))
		}
	}()
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil {
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			return nil, fault.Unreadable("line "+m[1], "This is not YAML: %s.", m[2]).Because(err)
		}
		return nil, fault.Unreadable("", "This is not YAML: %s.", strings.TrimPrefix(err.Error(), "yaml: ")).
			Because(err)
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fault.Unreadable(at(&more), "There is a second document; keep one to a file.")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fault.Unreadable(at(&doc), "The file does not begin with fields such as \"assay: %s\".", FormatName)
	}
	var x faults
	plain(doc.Content[0], 0, &x)
	return doc.Content[0], x.err()
}

// plain refuses anchors, aliases, tags of one's own and deep nesting.
func plain(n *yaml.Node, depth int, x *faults) {
	switch {
	case depth > 20:
		x.add(n, "The file is nested too deeply.")
		return
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		x.add(n, "Anchors and aliases are not taken; write the value out.")
		return
	case n.Style&yaml.TaggedStyle != 0:
		x.add(n, "Tags such as %s are not taken; write the value without it.", n.Tag)
		return
	}
	for _, c := range n.Content {
		plain(c, depth+1, x)
	}
}

func at(n *yaml.Node) string {
	if n == nil || n.Line == 0 {
		return ""
	}
	return "line " + strconv.Itoa(n.Line)
}

// faults collects what is wrong, in the order of lines.
type faults struct{ list []lineFault }

type lineFault struct {
	line    int
	message string
}

func (x *faults) add(n *yaml.Node, format string, args ...any) {
	line := 0
	if n != nil {
		line = n.Line
	}
	f := lineFault{line, fmt.Sprintf(format, args...)}
	if len(x.list) < maxKept && !slices.Contains(x.list, f) {
		x.list = append(x.list, f)
	}
}

// err is one fault of code unreadable: the first problem with its line, and all
// of them as fields named by their lines.
func (x *faults) err() error {
	if len(x.list) == 0 {
		return nil
	}
	slices.SortStableFunc(x.list, func(a, b lineFault) int { return a.line - b.line })
	first := x.list[0]
	f := fault.Unreadable("line "+strconv.Itoa(first.line), "%s", first.message)
	if n := len(x.list); n > 1 {
		f.Message += fmt.Sprintf(" (and %d more)", n-1)
	}
	for i, l := range x.list {
		if i == maxFaults {
			f.Fields = append(
				f.Fields,
				fault.Field{Name: "…", Message: fmt.Sprintf("and %d more", len(x.list)-maxFaults)},
			)
			break
		}
		f.Fields = append(f.Fields, fault.Field{Name: "line " + strconv.Itoa(l.line), Message: l.message})
	}
	return f
}

// split finds the sections.
func (f *File) split(x *faults) {
	format := ""
	fields(f.root, x, func(name, value *yaml.Node) {
		switch {
		case name.Value == "assay":
			if format = value.Value; format != FormatName {
				x.add(value, "The format is %q; this program reads %q.", format, FormatName)
			}
		case slices.ContainsFunc(sections, func(s section) bool { return s.name == name.Value }) ||
			name.Value == "organisation":
			f.sections[name.Value] = value
		default:
			x.add(
				name,
				"There is no field %q here%s",
				name.Value,
				meant(name.Value, append(sectionNames(), "assay", "organisation")),
			)
		}
	})
	if format == "" {
		x.add(f.root, "The file has to say what it is: begin with \"assay: %s\".", FormatName)
	}
}

// fields calls do for each field of a mapping and refuses repeated ones.
func fields(n *yaml.Node, x *faults, do func(name, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			x.add(name, "A field's name is a word.")
			continue
		}
		if line, twice := seen[name.Value]; twice {
			x.add(name, "The field %q is there twice; the first is on line %d.", name.Value, line)
			continue
		}
		seen[name.Value] = name.Line
		do(name, value)
	}
}

// meant ends a sentence with the nearest of the words that are possible.
func meant(word string, possible []string) string {
	best, distance := "", 3
	for _, p := range possible {
		if d := edits(word, p); d < distance {
			best, distance = p, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(possible) <= 12 {
		return "; possible are " + strings.Join(possible, ", ") + "."
	}
	return "."
}

// edits is the number of letters to insert, delete or change between two words.
func edits(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 99
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
