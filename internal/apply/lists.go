package apply

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"assay/internal/civil"
	"assay/internal/embedded"
	"assay/internal/fault"
	"assay/internal/risk"
)

// # Lists
//
// A list is a table that other programs or people keep: people, an inventory of AI
// systems, policies, a risk register. FromList makes an apply file of it, one line a row,
// so that everything an apply file is held to holds for it. Its columns are known by their
// headings (lists.yaml), and nothing is approved by it: policies come without versions,
// risks as a draft. What the register holds by the same name stays as it is.

// List is a kind of list that can be read.
type List struct {
	Kind    string      `json:"kind"   yaml:"kind"`
	Title   string      `json:"title"  yaml:"title"`
	Section string      `json:"-"      yaml:"section"`
	Name    string      `json:"-"      yaml:"name"` // the field by which a row is known
	Fields  []ListField `json:"fields" yaml:"fields"`
}

// ListField is a field of a record that a column can hold.
type ListField struct {
	Field   string            `json:"field"   yaml:"field"` // with a dot for a field within: account.purpose
	Heads   []string          `json:"heads"   yaml:"heads"`
	As      string            `json:"as"      yaml:"as"`
	Needed  bool              `json:"needed"  yaml:"needed"`
	Words   map[string]string `json:"words"   yaml:"words"`
	Default string            `json:"default" yaml:"default"`
}

//go:embed lists.yaml
var listsYAML []byte

var loadLists = sync.OnceValue(func() []List { return embedded.YAML[[]List]("lists", listsYAML) })

// Lists are the kinds of lists, in the order in which they are offered.
func Lists() []List { return slices.Clone(loadLists()) }

// ListOf is a kind of list by its name. Errors: invalid.
func ListOf(kind string) (List, error) {
	var names []string
	for _, l := range loadLists() {
		if l.Kind == kind {
			return l, nil
		}
		names = append(names, l.Kind)
	}
	return List{}, fault.Invalid("kind", "Choose one of: "+strings.Join(names, ", ")+".")
}

// ListRow is one row of a table, with its number in the file.
type ListRow struct {
	Row   int64
	Cells []string
}

// Holder knows what the register holds: the reference of a record of a kind by its name,
// address or reference, empty where there is none.
type Holder func(k Kind, name string) string

// Listed is what a table was read as.
type Listed struct {
	File    []byte            `json:"-"`       // the apply file
	Columns map[string]string `json:"columns"` // heading to field
	Left    []string          `json:"left"`    // headings that are no field
	Rows    int               `json:"rows"`    // that became a record
	Held    []string          `json:"held"`    // names that the register holds already, left as they are
	Notes   []string          `json:"notes"`   // what could not be taken over, a sentence each

	rowOf map[int]int64 // by line of the file
}

// Row is the row of the table from which a line of the file was made; 0 for none.
func (l Listed) Row(line int) int64 { return l.rowOf[line] }

// lister makes an apply file of a table.
type lister struct {
	list   List
	field  []*ListField // by column; nil: left aside
	holds  Holder
	out    Listed
	names  map[string]bool // of rows, to find one that is there twice
	keys   map[string]bool
	bad    fault.Fields
	faulty map[int64]bool // rows with something wrong
}

// FromList makes an apply file of a table. given says of columns, by heading, which field
// they are ("" for none); the others are known by their headings. Errors: invalid, naming
// the column or rows.
func FromList(list List, columns []string, rows []ListRow, given map[string]string, holds Holder) (Listed, error) {
	l := lister{list: list, holds: holds, names: map[string]bool{}, keys: map[string]bool{},
		faulty: map[int64]bool{}}
	l.out = Listed{
		Columns: map[string]string{},
		Left:    []string{},
		Held:    []string{},
		Notes:   []string{},
		rowOf:   map[int]int64{},
	}
	if err := l.match(columns, given); err != nil {
		return l.out, err
	}
	b := bytes.NewBufferString("assay: " + FormatName + "\n" + list.Section + ":\n")
	if list.Section == "assessments" {
		l.risks(b, rows)
	} else {
		l.items(b, rows)
	}
	if err := l.bad.Err(); err != nil {
		return l.out, err
	}
	if l.out.Rows == 0 { // an empty list is no list of an apply file
		b = bytes.NewBufferString("assay: " + FormatName + "\n")
	}
	l.out.File = b.Bytes()
	return l.out, nil
}

// bare is a heading without what people write differently.
func bare(heading string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(heading), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// match finds a field for each column; of several columns for one field the first that is
// named by the better heading counts, the others are left aside.
func (l *lister) match(columns []string, given map[string]string) error {
	l.field = make([]*ListField, len(columns))
	taken := map[string]bool{}
	for i, c := range columns {
		name, ok := given[c]
		if !ok || name == "" {
			continue
		}
		k := slices.IndexFunc(l.list.Fields, func(f ListField) bool { return f.Field == name })
		if k < 0 {
			return fault.Invalid("columns", fmt.Sprintf("There is no field %q in a list of %s.", name, l.list.Kind))
		}
		if taken[name] {
			return fault.Invalid("columns", fmt.Sprintf("Two columns are said to be %q.", name))
		}
		l.field[i], taken[name] = &l.list.Fields[k], true
	}
	for k := range l.list.Fields {
		f := &l.list.Fields[k]
		for _, head := range f.Heads {
			for i, c := range columns {
				if _, said := given[c]; said || taken[f.Field] || l.field[i] != nil || bare(c) != bare(head) {
					continue
				}
				l.field[i], taken[f.Field] = f, true
			}
		}
	}
	for i, c := range columns {
		if f := l.field[i]; f != nil {
			l.out.Columns[c] = f.Field
		} else if strings.TrimSpace(c) != "" {
			l.out.Left = append(l.out.Left, c)
		}
	}
	for _, f := range l.list.Fields {
		if f.Needed && !taken[f.Field] {
			return fault.Invalid(
				"columns",
				fmt.Sprintf("No column is the %s; its heading is one of: %s. Say which column "+
					"it is.", f.Field, strings.Join(f.Heads, ", ")),
			)
		}
	}
	return nil
}

// items writes a line for each row that the register does not hold yet.
func (l *lister) items(b *bytes.Buffer, rows []ListRow) {
	kind := map[string]Kind{"people": KindPerson, "workflows": KindWorkflow, "policies": KindPolicy}[l.list.Section]
	for _, r := range rows {
		x := l.record(r)
		name, _ := x[l.list.Name].(string)
		switch {
		case name == "":
			l.wrong(r, "it has no "+l.list.Name)
			continue
		case l.names[bare(name)]:
			l.wrong(r, fmt.Sprintf("%q is there twice", name))
			continue
		}
		l.names[bare(name)] = true
		if email, _ := x["email"].(string); l.holds(kind, name) != "" || email != "" && l.holds(kind, email) != "" {
			l.out.Held = append(l.out.Held, name)
			continue
		}
		x["key"] = l.key(name)
		l.line(b, "  - ", x, r.Row)
	}
}

// risks writes an assessment for each workflow that the rows name, a line a risk.
func (l *lister) risks(b *bytes.Buffer, rows []ListRow) {
	type item struct {
		row    ListRow
		fields map[string]any
	}
	by := map[string][]item{}
	var order []string
	for _, r := range rows {
		x := l.record(r)
		ref, _ := x["workflow"].(string)
		if ref == "" {
			if !l.faulty[r.Row] { // otherwise it is said what is wrong with the name
				l.wrong(r, "it names no workflow")
			}
			continue
		}
		if by[ref] == nil {
			order = append(order, ref)
		}
		by[ref] = append(by[ref], item{r, x})
	}
	for _, ref := range order {
		fmt.Fprintf(
			b,
			"  - key: listed-risks-of-%s\n    workflow: %s\n    status: draft\n    risks:\n",
			strings.ToLower(ref),
			ref,
		)
		l.keys = map[string]bool{}
		for _, it := range by[ref] {
			r, x := it.row, it.fields
			title, _ := x["title"].(string)
			if title == "" {
				l.wrong(r, "it has no title")
				continue
			}
			delete(x, "workflow")
			x["key"] = l.key(title)
			l.line(b, "      - ", x, r.Row)
		}
	}
}

// line writes a record as one line: JSON, which is YAML.
func (l *lister) line(b *bytes.Buffer, before string, x map[string]any, row int64) {
	text, err := json.Marshal(x)
	if err != nil {
		l.bad.Add(fmt.Sprintf("row %d", row), "It cannot be written down.")
		return
	}
	b.WriteString(before)
	b.Write(text)
	b.WriteByte('\n')
	l.out.Rows++
	l.out.rowOf[bytes.Count(b.Bytes(), []byte{'\n'})] = row
}

func (l *lister) wrong(r ListRow, why string) {
	l.faulty[r.Row] = true
	l.bad.Add(fmt.Sprintf("row %d", r.Row), fmt.Sprintf("Row %d: %s.", r.Row, why))
}

func (l *lister) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); len(l.out.Notes) < maxFaults && !slices.Contains(l.out.Notes, text) {
		l.out.Notes = append(l.out.Notes, text)
	}
}

// record is one row as the fields of an apply file.
func (l *lister) record(r ListRow) map[string]any {
	x := map[string]any{}
	set := func(field string, v any) {
		at := x
		outer, inner, nested := strings.Cut(field, ".")
		if nested {
			if at[outer] == nil {
				at[outer] = map[string]any{}
			}
			at, outer = at[outer].(map[string]any), inner
		}
		at[outer] = v
	}
	for _, f := range l.list.Fields {
		if f.Default != "" {
			set(f.Field, f.Default)
		}
	}
	for i, f := range l.field {
		if f == nil || i >= len(r.Cells) {
			continue
		}
		cell := strings.TrimSpace(r.Cells[i])
		if cell == "" {
			continue
		}
		v, why := l.value(*f, cell, r)
		switch {
		case why != "":
			l.wrong(r, why)
		case v != nil:
			set(f.Field, v)
		}
	}
	for _, score := range []string{"inherent", "current", "residual"} { // both or none: half a score is none
		if s, ok := x[score].(map[string]any); ok && len(s) == 1 {
			delete(x, score)
			l.note("Row %d: the %s score has only one of likelihood and impact; it is left open.", r.Row, score)
		}
	}
	return x
}

// value reads a cell; why says what is wrong with it. Nothing is guessed: a person whom the
// register does not hold is left out, and that is said.
func (l *lister) value(f ListField, cell string, r ListRow) (v any, why string) {
	if f.Words != nil {
		word, ok := f.Words[bare(cell)]
		if !ok {
			word, ok = f.Words[strings.ToLower(cell)]
		}
		if !ok {
			return nil, fmt.Sprintf("%s %q is none of ours, nor a word that stands for one", f.Field, short(cell))
		}
		return word, ""
	}
	switch f.As {
	case "list":
		var parts []string
		for _, p := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
			if p = strings.TrimSpace(p); p != "" {
				parts = append(parts, p)
			}
		}
		return parts, ""
	case "date":
		if d, ok := ListDate(cell); ok {
			return string(d), ""
		}
		return nil, fmt.Sprintf("%s %q is no date; write it as 2026-11-28 or 28/11/2026", f.Field, short(cell))
	case "yes":
		switch strings.ToLower(cell) {
		case "yes", "y", "true", "1", "x":
			return true, ""
		case "no", "n", "false", "0":
			return false, ""
		}
		return nil, fmt.Sprintf("%s %q is neither yes nor no", f.Field, short(cell))
	case "whole":
		return scaleStep(f.Field, cell)
	case "number":
		n, err := strconv.Atoi(cell)
		if err != nil || n < 0 {
			return nil, fmt.Sprintf("%s %q is no whole number", f.Field, short(cell))
		}
		return n, ""
	case "person":
		if ref := l.holds(KindPerson, cell); ref != "" {
			return ref, ""
		}
		l.note("Row %d: the register holds nobody called %q; the %s is left open.", r.Row, short(cell), f.Field)
		return nil, ""
	case "workflow":
		if ref := l.holds(KindWorkflow, cell); ref != "" {
			return ref, ""
		}
		return nil, fmt.Sprintf("the register holds no workflow called %q", short(cell))
	}
	return cell, ""
}

// scaleStep is a step of our scale of five: its number, or its word. Other people's words
// may stand for another scale, so they are refused.
func scaleStep(field, cell string) (any, string) {
	if n, err := strconv.Atoi(cell); err == nil && n >= 1 && n <= 5 {
		return n, ""
	}
	words := risk.LikelihoodWords
	if strings.HasSuffix(field, "impact") {
		words = risk.ImpactWords
	}
	for i, w := range words {
		if i > 0 && bare(w) == bare(cell) {
			return i, ""
		}
	}
	return nil, fmt.Sprintf("%s %q is no step of the scale; write 1 to 5, or one of: %s", field, short(cell),
		strings.Join(words[1:], ", "))
}

var slashed = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$`)

// ListDate reads a day of a list as programs write it (2026-11-28, also with a time after it) or as
// people here do: day, month, year.
func ListDate(cell string) (civil.Date, bool) {
	if len(cell) > 10 && (cell[10] == 'T' || cell[10] == ' ') {
		cell = cell[:10]
	}
	if d := civil.Date(cell); d.Valid() {
		return d, true
	}
	if m := slashed.FindStringSubmatch(cell); m != nil {
		day, _ := strconv.Atoi(m[1])
		month, _ := strconv.Atoi(m[2])
		d := civil.Date(fmt.Sprintf("%s-%02d-%02d", m[3], month, day))
		return d, d.Valid()
	}
	return "", false
}

// key is a name as a key, told apart from those before it.
func (l *lister) key(name string) string {
	base := strings.Trim(strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-"), "-")
	if len(base) > 60 {
		base = strings.Trim(base[:60], "-")
	}
	if base == "" {
		base = "listed"
	}
	kind := map[string]Kind{"people": KindPerson, "workflows": KindWorkflow, "policies": KindPolicy}[l.list.Section]
	key := base
	for n := 2; l.keys[key] || kind != "" && l.holds(kind, key) != ""; n++ {
		key = fmt.Sprintf("%s-%d", base, n)
	}
	l.keys[key] = true
	return key
}
