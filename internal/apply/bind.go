package apply

import (
	"math"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// Kind is a kind of record that an apply file holds.
type Kind string

const (
	KindPerson     Kind = "person"
	KindWorkflow   Kind = "workflow"
	KindPolicy     Kind = "policy"
	KindEvidence   Kind = "evidence"
	KindAssessment Kind = "assessment"
	KindRisk       Kind = "risk" // inside its assessment
	KindSchedule   Kind = "schedule"
	KindAction     Kind = "action"
	KindReview     Kind = "review"
	KindRecord     Kind = "record"
	KindControl    Kind = "control" // a row of the Statement of Applicability
)

// section is a list of the first level; they are applied in this order, so that
// what is named exists before what names it.
type section struct {
	name string
	kind Kind
	typ  reflect.Type
}

var sections = []section{
	{"people", KindPerson, reflect.TypeFor[organisation.Person]()},
	{"workflows", KindWorkflow, reflect.TypeFor[workflow.Workflow]()},
	{"policies", KindPolicy, reflect.TypeFor[policy.Policy]()},
	{"evidence", KindEvidence, reflect.TypeFor[evidence.Evidence]()},
	{"assessments", KindAssessment, reflect.TypeFor[risk.Assessment]()},
	{"schedules", KindSchedule, reflect.TypeFor[review.Schedule]()},
	{"actions", KindAction, reflect.TypeFor[review.Action]()},
	{"reviews", KindReview, reflect.TypeFor[review.Review]()},
	{"records", KindRecord, reflect.TypeFor[review.Record]()},
	{"soa", KindControl, reflect.TypeFor[standard.SoARow]()},
}

func sectionNames() []string {
	var out []string
	for _, s := range sections {
		out = append(out, s.name)
	}
	return out
}

// spec says how a field of a noun is written in an apply file. Fields without a
// spec have their JSON name and their own type.
type spec struct {
	name  string // in the file; "-" for a field that the register fills itself
	kind  Kind   // the field holds the identifier of a record of this kind
	asRef bool   // or its reference
}

var specs = map[reflect.Type]map[string]spec{
	reflect.TypeFor[organisation.Organisation](): {"id": {name: "-"}},
	reflect.TypeFor[organisation.Person]():       {"id": {name: "-"}, "ref": {name: "-"}, "sample": {name: "-"}},
	reflect.TypeFor[workflow.Workflow](): {
		"id":        {name: "-"},
		"ref":       {name: "-"},
		"sample":    {name: "-"},
		"owner_id":  {name: "owner", kind: KindPerson},
		"template":  {name: "-"},
		"flow":      {name: "-"},
		"suggested": {name: "-"},

		"declarations": {name: "-"}, // the register keeps them
	},
	reflect.TypeFor[workflow.Because](): {"approved_by": {kind: KindPerson}},
	reflect.TypeFor[policy.Policy](): {
		"id":       {name: "-"},
		"ref":      {name: "-"},
		"sample":   {name: "-"},
		"owner_id": {name: "owner", kind: KindPerson},
	},
	reflect.TypeFor[policy.Version](): {
		"submitted_by": {kind: KindPerson},
		"approved_by":  {kind: KindPerson},
		"attachments":  {kind: KindEvidence},
		"approval":     {name: "-"}, // nobody approves in a file
	},
	reflect.TypeFor[policy.Link](): {"workflow_id": {name: "workflow", kind: KindWorkflow}},
	reflect.TypeFor[evidence.Evidence](): {
		"id": {
			name: "-",
		}, "ref": {name: "-"}, "sample": {name: "-"}, "owner_id": {name: "owner", kind: KindPerson},
		"imported_at": {name: "-"},
		"file_name":   {name: "file"}, "mime": {name: "-"}, "bytes": {name: "-"}, "sha256": {name: "-"},
	},
	reflect.TypeFor[risk.Assessment](): {
		"id": {
			name: "-",
		}, "ref": {name: "-"}, "sample": {name: "-"}, "workflow_id": {name: "workflow", kind: KindWorkflow},
		"prepared_by": {kind: KindPerson}, "reviewed_by": {kind: KindPerson}, "approved_by": {kind: KindPerson},
		"approval": {name: "-"}, // nobody approves in a file
	},
	reflect.TypeFor[risk.Linked]():    {"evidence_id": {name: "evidence", kind: KindEvidence}},
	reflect.TypeFor[risk.Answer]():    {"evidence": {kind: KindEvidence}, "suggested": {name: "-"}},
	reflect.TypeFor[risk.Dismissed](): {"catalogue_id": {name: "catalogue"}},
	reflect.TypeFor[risk.Risk](): {
		"id":           {name: "-"},
		"ref":          {name: "-"},
		"catalogue_id": {name: "catalogue"},
		"owner_id":     {name: "owner", kind: KindPerson},
	},
	reflect.TypeFor[risk.Acceptance](): {"by": {kind: KindPerson}, "approval": {name: "-"}},
	reflect.TypeFor[review.Schedule](): {
		"id": {name: "-"}, "ref": {name: "-"}, "sample": {name: "-"},
		"workflow_id": {
			name: "workflow",
			kind: KindWorkflow,
		}, "policy_id": {name: "policy", kind: KindPolicy}, "owner_id": {name: "owner", kind: KindPerson},
	},
	reflect.TypeFor[review.Review](): {
		"id": {
			name: "-",
		}, "ref": {name: "-"}, "sample": {name: "-"}, "schedule_id": {name: "schedule", kind: KindSchedule},
		"workflow_id": {name: "workflow", kind: KindWorkflow},
		"policy_id": {
			name: "policy",
			kind: KindPolicy,
		}, "by": {kind: KindPerson}, "actions": {kind: KindAction}, "evidence": {kind: KindEvidence},
	},
	reflect.TypeFor[review.Action](): {
		"id":          {name: "-"},
		"ref":         {name: "-"},
		"sample":      {name: "-"},
		"workflow_id": {name: "workflow", kind: KindWorkflow},
		"owner_id":    {name: "owner", kind: KindPerson},
	},
	reflect.TypeFor[review.Record](): {
		"id":          {name: "-"},
		"ref":         {name: "-"},
		"sample":      {name: "-"},
		"workflow_id": {name: "workflow", kind: KindWorkflow},
		"person_id":   {name: "person", kind: KindPerson},
	},
	reflect.TypeFor[standard.SoARow](): {
		"control_id":      {name: "control"},
		"sample":          {name: "-"},
		"owner":           {kind: KindPerson},
		"linked_risks":    {kind: KindRisk, asRef: true},
		"linked_evidence": {kind: KindEvidence},
		"approved_by":     {kind: KindPerson},
	},
}

// required fields, by their names in the file.
var required = map[reflect.Type][]string{
	reflect.TypeFor[organisation.Organisation](): {"name"},
	reflect.TypeFor[organisation.Person]():       {"key", "name"},
	reflect.TypeFor[workflow.Workflow]():         {"key", "name", "lifecycle"},
	reflect.TypeFor[workflow.Gate]():             {"key", "title", "enforcement"},
	reflect.TypeFor[workflow.Content]():          {"id", "approved_by", "approved_on"},
	reflect.TypeFor[workflow.OutcomeLimit]():     {"outcome"},
	reflect.TypeFor[workflow.Login]():            {"account", "kind"},
	reflect.TypeFor[workflow.Change]():           {"date", "what", "to"},
	reflect.TypeFor[workflow.Because]():          {"why"},
	reflect.TypeFor[policy.Policy]():             {"key", "title", "kind"},
	reflect.TypeFor[policy.Version]():            {"number", "status"},
	reflect.TypeFor[policy.CheckAnswer]():        {"item", "covered"},
	reflect.TypeFor[policy.Communication]():      {"date", "audience", "how"},
	reflect.TypeFor[policy.Attestation]():        {"person_name", "date", "version"},
	reflect.TypeFor[policy.Link]():               {"workflow", "reason"},
	reflect.TypeFor[evidence.Evidence]():         {"key", "title", "kind", "status"},
	reflect.TypeFor[risk.Assessment]():           {"key", "workflow", "status"},
	reflect.TypeFor[risk.Linked]():               {"kind", "status"},
	reflect.TypeFor[risk.Risk]():                 {"key", "title"},
	reflect.TypeFor[risk.Score]():                {"likelihood", "impact"},
	reflect.TypeFor[risk.Acceptance]():           {"by", "on", "reason", "expires"},
	reflect.TypeFor[risk.Answer]():               {"question", "value"},
	reflect.TypeFor[risk.Dismissed]():            {"catalogue", "reason"},
	reflect.TypeFor[review.Schedule]():           {"key", "kind", "every_months", "next"},
	reflect.TypeFor[review.Action]():             {"key", "title", "owner", "due"},
	reflect.TypeFor[review.Review]():             {"key", "kind", "by", "on", "conclusion"},
	reflect.TypeFor[review.Record]():             {"key", "kind", "date", "title"},
	reflect.TypeFor[review.Subject]():            {"kind", "ref"},
	reflect.TypeFor[standard.SoARow]():           {"control", "applicable"},
}

// enums are the vocabularies, as the nouns list them.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[organisation.Kind]():       texts(organisation.Kinds),
	reflect.TypeFor[organisation.Duty]():       texts(organisation.Duties),
	reflect.TypeFor[workflow.Lifecycle]():      texts(workflow.Lifecycles),
	reflect.TypeFor[workflow.Enforcement]():    texts(workflow.Enforcements),
	reflect.TypeFor[workflow.LoginKind]():      texts(workflow.LoginKinds),
	reflect.TypeFor[workflow.Pattern]():        texts(workflow.Patterns),
	reflect.TypeFor[workflow.Quantity]():       texts(workflow.Quantities),
	reflect.TypeFor[workflow.Side]():           texts(workflow.Sides),
	reflect.TypeFor[workflow.ContentKind]():    texts(workflow.ContentKinds),
	reflect.TypeFor[policy.Kind]():             texts(policy.Kinds),
	reflect.TypeFor[policy.Status]():           texts(policy.Statuses),
	reflect.TypeFor[evidence.Kind]():           texts(evidence.Kinds),
	reflect.TypeFor[evidence.Status]():         texts(evidence.Statuses),
	reflect.TypeFor[risk.Status]():             texts(risk.Statuses),
	reflect.TypeFor[risk.Treatment]():          texts(risk.Treatments),
	reflect.TypeFor[risk.RiskStatus]():         texts(risk.RiskStatuses),
	reflect.TypeFor[risk.LinkedKind]():         texts(risk.LinkedKinds),
	reflect.TypeFor[risk.LinkedStatus]():       texts(risk.LinkedStatuses),
	reflect.TypeFor[risk.AnswerValue]():        texts(risk.AnswerValues),
	reflect.TypeFor[review.Kind]():             texts(review.Kinds),
	reflect.TypeFor[review.Conclusion]():       texts(review.Conclusions),
	reflect.TypeFor[review.ActionStatus]():     texts(review.ActionStatuses),
	reflect.TypeFor[review.RecordKind]():       texts(review.RecordKinds),
	reflect.TypeFor[review.RecordStatus]():     texts(review.RecordStatuses),
	reflect.TypeFor[review.SubjectKind]():      texts(review.SubjectKinds),
	reflect.TypeFor[standard.Implementation](): texts(standard.Implementations),

	reflect.TypeFor[standard.LawfulBasis]():      texts(standard.LawfulBases()),
	reflect.TypeFor[standard.SpecialCondition](): texts(standard.SpecialConditions()),
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

// defaults fill a new record before its fields are read.
var defaults = map[reflect.Type]func(reflect.Value){
	reflect.TypeFor[organisation.Person](): func(
		v reflect.Value,
	) {
		v.Addr().Interface().(*organisation.Person).Active = true
	},
	reflect.TypeFor[review.Schedule](): func(v reflect.Value) { v.Addr().Interface().(*review.Schedule).Active = true },
	reflect.TypeFor[review.Action](): func(
		v reflect.Value,
	) {
		v.Addr().Interface().(*review.Action).Status = review.ActionOpen
	},
	reflect.TypeFor[review.Record](): func(
		v reflect.Value,
	) {
		v.Addr().Interface().(*review.Record).Status = review.RecordOpen
	},
	reflect.TypeFor[risk.Risk](): func(v reflect.Value) {
		r := v.Addr().Interface().(*risk.Risk)
		r.Status, r.Treatment = risk.RiskOpen, risk.TreatmentOpen
	},
}

// field is a field of a struct as the file knows it.
type field struct {
	index int
	name  string
	json  string
	to    spec
}

func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		json, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		s := specs[t][json]
		if s.name == "-" {
			continue
		}
		name := json
		if s.name != "" {
			name = s.name
		}
		out = append(out, field{i, name, json, s})
	}
	return out
}

// binder reads nodes into nouns.
type binder struct {
	x     *faults
	refs  []pending
	lines map[string]*yaml.Node // by path in JSON names, as faults of nouns give it
}

// pending is a name in the file that stands for a record.
type pending struct {
	at     *yaml.Node
	kind   Kind
	name   string
	target reflect.Value // settable string
	asRef  bool          // the target holds the reference, not the identifier
}

var (
	keyPattern  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	dateType    = reflect.TypeFor[civil.Date]()
	subjectType = reflect.TypeFor[review.Subject]()
)

const maxText = 100_000

func (b *binder) value(n *yaml.Node, v reflect.Value, path string, to spec) {
	b.lines[path] = n
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		b.x.add(n, "The field has no value; leave it out or write one.")
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if path != "" { // replaced as a whole; a record itself is changed field by field
			v.SetZero()
			if d := defaults[v.Type()]; d != nil {
				d(v)
			}
		}
		b.mapping(n, v, path)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			b.x.add(n, "Here belongs a list: one item a line after a dash, or [a, b].")
			return
		}
		s := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		v.Set(s)
		for i, c := range n.Content {
			b.value(c, v.Index(i), path+"["+strconv.Itoa(i)+"]", to)
		}
	default:
		b.scalar(n, v, to)
	}
}

func (b *binder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		b.x.add(n, "Here belong fields, each with its name and a colon.")
		return
	}
	t := v.Type()
	all := fieldsOf(t)
	given := map[string]bool{}
	fields(n, b.x, func(name, value *yaml.Node) {
		i := slices.IndexFunc(all, func(f field) bool { return f.name == name.Value })
		if i < 0 {
			var possible []string
			for _, f := range all {
				possible = append(possible, f.name)
			}
			b.x.add(name, "There is no field %q here%s", name.Value, meant(name.Value, possible))
			return
		}
		f := all[i]
		given[f.name] = true
		p := f.json
		if path != "" {
			p = path + "." + f.json
		}
		b.value(value, v.Field(f.index), p, f.to)
	})
	for _, name := range required[t] {
		if !given[name] {
			b.x.add(n, "The field %q is missing.", name)
		}
	}
	if t == subjectType {
		b.subject(n, v)
	}
}

// subject is a pointer to another record by its kind: kinds that have keys are
// looked up, the others are taken as they stand.
func (b *binder) subject(n *yaml.Node, v reflect.Value) {
	s := v.Addr().Interface().(*review.Subject)
	if s.Kind == review.SubjectControl {
		_, clause := standard.Find(standard.FamilyClause, s.Ref) // as they were first, without "iso:"
		if _, item := standard.ByRef(s.Ref); !item && !clause {
			b.x.add(n, "There is no clause or control %q.", s.Ref)
		}
		return
	}
	kinds := map[review.SubjectKind]Kind{
		review.SubjectWorkflow: KindWorkflow, review.SubjectPolicy: KindPolicy,
		review.SubjectAssessment: KindAssessment, review.SubjectRisk: KindRisk,
		review.SubjectReview: KindReview, review.SubjectRecord: KindRecord, review.SubjectEvidence: KindEvidence,
		review.SubjectPerson: KindPerson,
	}
	if k, ok := kinds[s.Kind]; ok && s.Ref != "" {
		b.refs = append(b.refs, pending{n, k, s.Ref, v.FieldByName("Ref"), true})
	}
}

func (b *binder) scalar(n *yaml.Node, v reflect.Value, to spec) {
	if n.Kind != yaml.ScalarNode {
		b.x.add(n, "Here belongs a single value.")
		return
	}
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch v.Kind() {
	case reflect.String:
		b.text(n, v, to)
	case reflect.Bool:
		if quoted || n.Value != "true" && n.Value != "false" {
			b.x.add(n, "Write true or false, not %q.", short(n.Value))
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, 32)
		if err != nil || quoted {
			b.x.add(n, "Write a whole number, not %q.", short(n.Value))
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || quoted || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(n.Value, "xX_pP") {
			b.x.add(n, "Write a number such as 0.95, not %q.", short(n.Value))
			return
		}
		v.SetFloat(f)
	default:
		panic("apply: no rule for " + v.Type().String())
	}
}

func (b *binder) text(n *yaml.Node, v reflect.Value, to spec) {
	s := strings.TrimRight(n.Value, "\n") // a folded text ends with the line's end
	switch {
	case len(s) > maxText:
		b.x.add(n, "The text is longer than %d characters; attach it as a document.", maxText)
		return
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }):
		b.x.add(n, "The text holds a control character; remove it.")
		return
	}
	if v.Type() == dateType {
		if _, err := civil.Parse(s); err != nil {
			b.x.add(n, "Write the day as 2026-03-31, not %q.", short(s))
			return
		}
	}
	if words := enums[v.Type()]; words != nil && !slices.Contains(words, s) {
		b.x.add(n, "%q is none of the possible words: %s.", short(s), strings.Join(words, ", "))
		return
	}
	v.SetString(s)
	if to.kind != "" && s != "" {
		b.refs = append(b.refs, pending{n, to.kind, s, v, to.asRef})
	}
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// inside tells whether a path stays in the folder of the apply file.
func inside(p string) bool {
	return p != "" && !strings.ContainsAny(p, "\\:\x00") && !path.IsAbs(p) && path.Clean(p) == p && p != "." &&
		p != ".." &&
		!strings.HasPrefix(p, "../")
}
