package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/risk"
	"assay/internal/standard"
)

// Register is what a plan has to know of the register that a file is applied to.
type Register interface {
	// Organisation is the register's organisation, the zero value where it has none yet.
	Organisation(ctx context.Context) (organisation.Organisation, error)
	// Find gives a copy of a record by its key, reference or identifier: a pointer
	// to the noun, such as *policy.Policy; for KindControl, *standard.SoARow by
	// control; nil where there is none. It is never asked for KindRisk.
	Find(ctx context.Context, k Kind, name string) (any, error)
	// FindRisk gives the reference of a risk by its reference or by
	// assessment/risk keys; empty where there is none.
	FindRisk(ctx context.Context, name string) (string, error)
	// Name makes the identifier and the reference of a new record.
	Name(ctx context.Context, k Kind) (id, ref string, err error)
	// Document reads the document at a path relative to the apply file.
	Document(path string) (Document, error)
}

// Document is what a plan has to know of a document.
type Document struct {
	SHA256 string // lower-case hex
	Bytes  int64
	MIME   string
}

// State is what applying a step would do.
type State string

const (
	Added     State = "added"
	Changed   State = "changed"
	Unchanged State = "unchanged"
)

// Step is one record as it will be.
type Step struct {
	Kind  Kind
	Key   string
	ID    string // empty for KindControl
	Ref   string // the control's identifier for KindControl
	State State
	Line  int
	Noun  any    // pointer to the noun: *organisation.Person, *workflow.Workflow, …
	Was   any    // as the register holds it, nil for a new one
	File  string // evidence: the document's path relative to the apply file
}

// Plan is what a file makes of a register, in the order in which it is to be saved.
type Plan struct {
	Organisation      organisation.Organisation
	OrganisationState State
	Steps             []Step
}

// Changes counts the steps that change something, the organisation included.
func (p Plan) Changes() (added, changed, unchanged int) {
	count := func(s State) {
		switch s {
		case Added:
			added++
		case Changed:
			changed++
		default:
			unchanged++
		}
	}
	count(p.OrganisationState)
	for _, s := range p.Steps {
		count(s.State)
	}
	return added, changed, unchanged
}

// Plan works out what applying the file does to a register. Every record obeys
// the rules of its noun; a fault carries every problem with its line.
func (f *File) Plan(ctx context.Context, reg Register) (Plan, error) {
	var x faults
	p, err := f.plan(ctx, reg, &x)
	if err != nil {
		return Plan{}, err
	}
	if err := x.err(); err != nil {
		return Plan{}, err
	}
	return p, nil
}

// item is one record on its way.
type item struct {
	section section
	node    *yaml.Node
	key     string
	noun    reflect.Value // addressable struct
	was     any           // pointer to the noun in the register, nil for a new one
	bind    *binder
	file    string
}

// decode reads all records on top of what the register holds.
func (f *File) decode(
	ctx context.Context,
	reg Register,
	x *faults,
) (org organisation.Organisation, items []*item, err error) {
	if org, err = reg.Organisation(ctx); err != nil {
		return org, nil, err
	}
	if org.Name == "" {
		org = organisation.New("")
	}
	if n := f.sections["organisation"]; n != nil {
		b := &binder{x: x, lines: map[string]*yaml.Node{}}
		b.value(n, reflect.ValueOf(&org).Elem(), "", spec{})
		check(b, n, org.Validate(), x)
	}
	for _, s := range sections {
		n := f.sections[s.name]
		if n == nil {
			continue
		}
		if n.Kind != yaml.SequenceNode {
			x.add(n, "Under %q belongs a list, each item after a dash.", s.name)
			continue
		}
		lines := map[string]int{}
		for _, c := range n.Content {
			key, line := keyOf(c, s)
			switch {
			case key == "":
				x.add(c, "Each item of %q needs its %q.", s.name, s.keyName())
				continue
			case s.kind != KindControl && !keyPattern.MatchString(key):
				x.add(
					c,
					"A key is written in small letters, digits and single dashes, such as permit-check; not %q.",
					short(key),
				)
				continue
			case lines[key] > 0:
				x.add(line, "The %s %q is there twice; the first is on line %d.", s.keyName(), key, lines[key])
				continue
			}
			lines[key] = c.Line
			it := &item{section: s, node: c, key: key, noun: reflect.New(s.typ).Elem()}
			if it.was, err = reg.Find(ctx, s.kind, key); err != nil {
				return org, nil, err
			}
			if it.was != nil {
				it.noun.Set(reflect.ValueOf(it.was).Elem())
			} else if d := defaults[s.typ]; d != nil {
				d(it.noun)
			}
			it.bind = &binder{x: x, lines: map[string]*yaml.Node{}}
			it.bind.value(c, it.noun, "", spec{})
			if s.kind == KindEvidence {
				it.document(reg, x)
			}
			items = append(items, it)
		}
	}
	return org, items, nil
}

func (s section) keyName() string {
	if s.kind == KindControl {
		return "control"
	}
	return "key"
}

func keyOf(n *yaml.Node, s section) (string, *yaml.Node) {
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == s.keyName() && n.Content[i+1].Kind == yaml.ScalarNode {
			return n.Content[i+1].Value, n.Content[i+1]
		}
	}
	return "", n
}

// document puts the file's digest in place of its path.
func (it *item) document(reg Register, x *faults) {
	e := it.noun.Addr().Interface().(*evidence.Evidence)
	n := it.bind.lines["file_name"]
	if n == nil { // the file names no document: the one on record stays
		return
	}
	if !inside(e.FileName) {
		x.add(
			n,
			"The path %q does not stay inside the folder of this file; write it as documents/minutes.pdf.",
			short(e.FileName),
		)
		return
	}
	d, err := reg.Document(e.FileName)
	if err != nil {
		x.add(n, "The document %q cannot be read: %s", short(e.FileName), err)
		return
	}
	it.file = e.FileName
	e.FileName, e.SHA256, e.Bytes, e.MIME = path.Base(e.FileName), d.SHA256, d.Bytes, d.MIME
}

// keepApprovals puts back the approvals that the register has, which no file
// gives, and takes away any others.
func (it *item) keepApprovals() {
	switch x := it.noun.Addr().Interface().(type) {
	case *policy.Policy:
		was, _ := it.was.(*policy.Policy)
		if was == nil {
			was = &policy.Policy{}
		}
		*x = x.WithApprovalsOf(*was)
	case *risk.Assessment:
		was, _ := it.was.(*risk.Assessment)
		if was == nil {
			was = &risk.Assessment{}
		}
		*x = x.WithApprovalsOf(*was)
	}
}

// keeps refuses to change what somebody approved.
func (it *item) keeps() error {
	switch was := it.was.(type) {
	case *policy.Policy:
		return it.noun.Interface().(policy.Policy).Keeps(*was)
	case *risk.Assessment:
		return it.noun.Interface().(risk.Assessment).Keeps(*was)
	}
	return nil
}

type names struct{ id, ref string }

func (f *File) plan(ctx context.Context, reg Register, x *faults) (Plan, error) {
	org, items, err := f.decode(ctx, reg, x)
	if err != nil || len(x.list) > 0 {
		return Plan{}, err
	}
	known, err := nameItems(ctx, reg, items, org.Sample)
	if err != nil {
		return Plan{}, err
	}
	if err := resolve(ctx, reg, items, known, x); err != nil || len(x.list) > 0 {
		return Plan{}, err
	}
	p := Plan{Organisation: org}
	was, err := reg.Organisation(ctx)
	if err != nil {
		return Plan{}, err
	}
	p.OrganisationState = Unchanged
	if n := f.sections["organisation"]; n != nil {
		if was.Name != "" && was.Sample != org.Sample {
			kind := map[bool]string{true: "a sample organisation", false: "a real organisation"}
			x.add(
				n,
				"This file is of %s and the register of %s; apply it to a register of its own.",
				kind[org.Sample],
				kind[was.Sample],
			)
			return Plan{}, nil
		}
		p.OrganisationState = compare(&was, &org, was.Name != "")
	}
	for _, it := range items {
		p.Steps = append(p.Steps, it.step(x))
	}
	return p, nil
}

// byName is what the file names, by kind and the name that it has in the file.
type byName map[Kind]map[string]names

func (known byName) add(k Kind, name, id, ref string) {
	if known[k] == nil {
		known[k] = map[string]names{}
	}
	known[k][name] = names{id, ref}
}

// nameItems gives identifiers and references to what the register does not hold yet: all
// before any link is resolved, because items may be named before they come. Controls have
// the identifiers of their standard.
func nameItems(ctx context.Context, reg Register, items []*item, sample bool) (byName, error) {
	known := byName{}
	for _, it := range items {
		if s := it.noun.FieldByName("Sample"); s.IsValid() {
			s.SetBool(sample)
		}
		if it.section.kind == KindControl {
			continue
		}
		id, ref := it.noun.FieldByName("ID"), it.noun.FieldByName("Ref")
		if it.was == nil {
			i, r, err := reg.Name(ctx, it.section.kind)
			if err != nil {
				return nil, err
			}
			id.SetString(i)
			ref.SetString(r)
		}
		known.add(it.section.kind, it.key, id.String(), ref.String())
		if a, ok := it.noun.Addr().Interface().(*risk.Assessment); ok {
			err := nameRisks(
				ctx,
				a,
				it.was,
				reg,
				func(key, ref string) { known.add(KindRisk, it.key+"/"+key, "", ref) },
			)
			if err != nil {
				return nil, err
			}
		}
	}
	return known, nil
}

// resolve puts identifiers in the place of names, first those of the file, then those of the
// register.
func resolve(ctx context.Context, reg Register, items []*item, known byName, x *faults) error {
	for _, it := range items {
		for _, r := range it.bind.refs {
			n, ok := known[r.kind][r.name]
			if !ok {
				var err error
				if n, ok, err = lookUp(ctx, reg, r.kind, r.name); err != nil {
					return err
				}
			}
			switch {
			case !ok:
				x.add(
					r.at,
					"There is no %s %q, neither in this file nor in the register%s",
					r.kind,
					short(r.name),
					near(r.name, known[r.kind]),
				)
			case r.asRef:
				r.target.SetString(n.ref)
			default:
				r.target.SetString(n.id)
			}
		}
	}
	return nil
}

// step is what applying an item does, after its rules are asked.
func (it *item) step(x *faults) Step {
	if v, ok := it.noun.Addr().Interface().(interface{ Validate() error }); ok {
		check(it.bind, it.node, v.Validate(), x)
	}
	check(it.bind, it.node, days(it.noun.Addr().Interface()), x)
	it.keepApprovals()
	check(it.bind, it.node, it.keeps(), x)
	s := Step{
		Kind: it.section.kind,
		Key:  it.key,
		Line: it.node.Line,
		Noun: it.noun.Addr().Interface(),
		Was:  it.was,
		File: it.file,
	}
	if row, ok := s.Noun.(*standard.SoARow); ok {
		s.Ref = row.ControlID
	} else {
		s.ID, s.Ref = it.noun.FieldByName("ID").String(), it.noun.FieldByName("Ref").String()
	}
	s.State = compare(it.was, s.Noun, it.was != nil)
	return s
}

// nameRisks keeps the identity of risks that the register holds under the same
// key and names the others.
func nameRisks(
	ctx context.Context,
	a *risk.Assessment,
	was any,
	reg Register,
	know func(key, ref string),
) error {
	old := map[string]risk.Risk{}
	if w, ok := was.(*risk.Assessment); ok {
		for _, r := range w.Risks {
			old[r.Key] = r
		}
	}
	for i := range a.Risks {
		r := &a.Risks[i]
		if o, ok := old[r.Key]; ok && r.Key != "" {
			r.ID, r.Ref = o.ID, o.Ref
		}
		if r.Ref == "" {
			var err error
			if r.ID, r.Ref, err = reg.Name(ctx, KindRisk); err != nil {
				return err
			}
		}
		if r.Key != "" {
			know(r.Key, r.Ref)
		}
	}
	return nil
}

func lookUp(ctx context.Context, reg Register, k Kind, name string) (names, bool, error) {
	if k == KindRisk {
		ref, err := reg.FindRisk(ctx, name)
		return names{"", ref}, ref != "", err
	}
	noun, err := reg.Find(ctx, k, name)
	if err != nil || noun == nil {
		return names{}, false, err
	}
	v := reflect.ValueOf(noun).Elem()
	return names{v.FieldByName("ID").String(), v.FieldByName("Ref").String()}, true, nil
}

func near(name string, known map[string]names) string {
	best, distance := "", 3
	for k := range known {
		if d := edits(name, k); d < distance || d == distance && best != "" && k < best {
			best, distance = k, d
		}
	}
	if best == "" {
		return "."
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

func compare(was, is any, exists bool) State {
	if !exists {
		return Added
	}
	a, errA := json.Marshal(was)
	b, errB := json.Marshal(is)
	if errA == nil && errB == nil && bytes.Equal(a, b) {
		return Unchanged
	}
	return Changed
}

var lastPart = regexp.MustCompile(`(\.[^.\[]+|\[\d+\]|^[^.\[]+)$`)

// check turns what a noun says about its fields into faults with lines: of the
// field, or of the nearest one around it that the file names.
func check(b *binder, n *yaml.Node, err error, x *faults) {
	if err == nil {
		return
	}
	f, ok := err.(*fault.Error)
	if !ok || len(f.Fields) == 0 {
		x.add(n, "%s", err)
		return
	}
	for _, bad := range f.Fields {
		at := n
		for p := bad.Name; p != ""; p = strings.TrimSuffix(lastPart.ReplaceAllString(p, ""), ".") {
			if found := b.lines[p]; found != nil {
				at = found
				break
			}
		}
		x.add(at, "%s", bad.Message)
	}
}

// days says which days of a record are in no calendar.
func days(record any) error {
	var bad fault.Fields
	for _, w := range civil.Check(record, "") {
		bad.Add(w.Field, w.Message)
	}
	return bad.Err()
}

// Empty is a register that holds nothing: a file planned against it is checked
// on its own. Documents are taken to be there.
func Empty() Register { return &empty{} }

type empty struct{ n int }

func (*empty) Organisation(context.Context) (organisation.Organisation, error) {
	return organisation.Organisation{}, nil
}
func (*empty) Find(context.Context, Kind, string) (any, error)  { return nil, nil }
func (*empty) FindRisk(context.Context, string) (string, error) { return "", nil }
func (e *empty) Name(_ context.Context, k Kind) (id, ref string, err error) {
	e.n++
	return fmt.Sprintf("%s %d", k, e.n), fmt.Sprintf("%s-%04d", prefixes[k], e.n), nil
}
func (*empty) Document(string) (Document, error) {
	return Document{SHA256: strings.Repeat("0", 64), MIME: "application/octet-stream"}, nil
}

// FirstKeeper is the first person in a file, whole by itself, who may keep a
// register: in whose name a register can be made before the file is applied.
// Errors: invalid, if there is nobody.
func FirstKeeper(ctx context.Context, file []byte) (organisation.Person, error) {
	f, err := Read(ctx, bytes.NewReader(file))
	if err != nil {
		return organisation.Person{}, err
	}
	plan, err := f.Plan(ctx, Empty())
	if err != nil {
		return organisation.Person{}, err
	}
	for _, step := range plan.Steps {
		if p, ok := step.Noun.(*organisation.Person); ok && p.May(organisation.ActionEdit) == nil {
			return *p, nil
		}
	}
	return organisation.Person{}, fault.Invalid("people", "Give one of the people the duty of an assessor.")
}
