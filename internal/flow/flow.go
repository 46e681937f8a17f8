// Package flow holds supported flows: what a kind of AI workflow that many councils
// run usually looks like, from its scope and gates to likely harms and what has to
// be measured. A flow is a beginning that a person works through; it names no
// officer, and claims of nothing that it is enforced or in place.
//
// # The file
//
// A flow is one YAML document of at most 256 KiB:
//
//	assay: flow/1
//	id: parking-appeals          # a slug
//	edition: "1"                 # raised by whoever changes it
//	name: Parking appeals
//	service: Parking
//	kind: entitlement            # one of the kinds that floors of thresholds are known for
//	for: People challenge a penalty charge, and the tool drafts an answer.
//	account: {…}                 # the plain account: purpose, data_used, decisions, how_it_works, limits, …
//	scope: {…}                   # knowledge, skills, behaviours; activities and tools as examples of a log's words
//	gates: [{key, title, decides, role, pattern, four_eyes, min_review_seconds, max_streak, max_agreement,
//	         prepare, decide, release, terms: {of, side, limit, per_week, share, within_hours}}]
//	harms: [{risk: R04, harm: …, who: […], studies: […]}]
//	dpia: […]                    # questions that a data protection impact assessment starts with
//	equality: […]                # and an equality analysis
//	basis: public_task           # suggested, of the closed list; condition likewise, or empty
//	condition: ""
//	law: [{cite: …, why: …}]
//	notice: …                    # what people are told
//	atrs: {scope: …, human: …}   # wording for a transparency record
//	reviews: [{kind: runs, every_months: 3}]
//	training: […]
//	benefit: {measure: …, compare: …}
//	seeded: [{kind: …, plant: …}] # kinds of known error to plant
//	exports: [{product: …, mapping: …}]
//	sources: [{id, cite, doi, found}] # published work, beside what Assay knows
//
// Unknown fields are refused, so a file from somebody else cannot bring officers,
// accounts or an enforcement with it. Activities, prepare, decide and release are
// words that logs of such workflows might use: a register takes the words of its
// own log instead.
//
// Laws and studies are pointers for a person. Nothing here says what the law is,
// and each is to be checked before anybody rests on it.
package flow

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"assay/internal/embedded"
	"assay/internal/fault"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// FormatName is the value of the field "assay".
const FormatName = "flow/1"

// MaxBytes is the largest flow that is read.
const MaxBytes = 256 << 10

// maxText is the longest text of a flow, in characters; maxList the longest list.
const (
	maxText = 600
	maxList = 60
)

// Flow is one supported flow.
type Flow struct {
	Assay   string `json:"assay"   yaml:"assay"`
	ID      string `json:"id"      yaml:"id"`
	Edition string `json:"edition" yaml:"edition"`
	Name    string `json:"name"    yaml:"name"`
	Service string `json:"service" yaml:"service"`
	Kind    string `json:"kind"    yaml:"kind"` // a workflow.Template's id
	For     string `json:"for"     yaml:"for"`

	Account workflow.TemplateAccount `json:"account" yaml:"account"`
	Scope   Scope                    `json:"scope"   yaml:"scope"`
	Gates   []Gate                   `json:"gates"   yaml:"gates"`
	Harms   []Harm                   `json:"harms"   yaml:"harms"`

	DPIA      []string                  `json:"dpia"      yaml:"dpia"`
	Equality  []string                  `json:"equality"  yaml:"equality"`
	Basis     standard.LawfulBasis      `json:"basis"     yaml:"basis"`
	Condition standard.SpecialCondition `json:"condition" yaml:"condition"`
	Law       []Law                     `json:"law"       yaml:"law"`
	Notice    string                    `json:"notice"    yaml:"notice"`
	ATRS      ATRS                      `json:"atrs"      yaml:"atrs"`

	Reviews  []Review `json:"reviews"           yaml:"reviews"`
	Training []string `json:"training"          yaml:"training"`
	Benefit  Benefit  `json:"benefit"           yaml:"benefit"`
	Seeded   []Seeded `json:"seeded"            yaml:"seeded"`
	Exports  []Export `json:"exports"           yaml:"exports"`
	Sources  []Study  `json:"sources,omitempty" yaml:"sources,omitempty"`
}

// Scope is what such a workflow has to know, may do and how it behaves.
// Activities and Tools are examples of a log's words.
type Scope struct {
	workflow.TemplateKSB `         yaml:",inline"`
	Activities           []string `yaml:"activities"      json:"activities"`
	Tools                []string `yaml:"tools,omitempty" json:"tools,omitempty"`
}

// Gate is a point at which people decide, with the pattern by which they do.
// Prepare, Decide and Release are examples of a log's words.
type Gate struct {
	workflow.TemplateGate `yaml:",inline"`

	Pattern workflow.Pattern `json:"pattern"        yaml:"pattern"`
	Terms   Terms            `json:"terms,omitzero" yaml:"terms,omitempty"`
	Prepare []string         `json:"prepare"        yaml:"prepare"`
	Decide  []string         `json:"decide"         yaml:"decide"`
	Release []string         `json:"release"        yaml:"release"`
}

// Terms are those of a pattern's terms that name nobody and no word of a log: what
// an agent may do, and which contents somebody approved, a register says itself.
type Terms struct {
	Of          workflow.Quantity `json:"of,omitempty"           yaml:"of,omitempty"`
	Side        workflow.Side     `json:"side,omitempty"         yaml:"side,omitempty"`
	Limit       float64           `json:"limit,omitempty"        yaml:"limit,omitempty"`
	PerWeek     int               `json:"per_week,omitempty"     yaml:"per_week,omitempty"`
	Share       float64           `json:"share,omitempty"        yaml:"share,omitempty"`
	WithinHours int               `json:"within_hours,omitempty" yaml:"within_hours,omitempty"`
}

func (t Terms) of() workflow.Terms {
	return workflow.Terms{
		Of: t.Of, Side: t.Side, Limit: t.Limit, PerWeek: t.PerWeek, Share: t.Share, WithinHours: t.WithinHours,
	}
}

// Harm is what may come of it for people, under a risk of the catalogue.
type Harm struct {
	Risk    string   `json:"risk"    yaml:"risk"` // R04
	Harm    string   `json:"harm"    yaml:"harm"`
	Who     []string `json:"who"     yaml:"who"`
	Studies []string `json:"studies" yaml:"studies"` // of Studies or of the flow's own Sources
}

// Law is an enactment to look at, and why.
type Law struct {
	Cite string `json:"cite" yaml:"cite"`
	Why  string `json:"why"  yaml:"why"`
}

// ATRS is wording for a transparency record: what the tool is for, and what people do.
type ATRS struct {
	Scope string `json:"scope" yaml:"scope"`
	Human string `json:"human" yaml:"human"`
}

// Review is how often something is looked at.
type Review struct {
	Kind        review.Kind `json:"kind"         yaml:"kind"`
	EveryMonths int         `json:"every_months" yaml:"every_months"`
}

// Benefit is how one would see that it does any good, and against what.
type Benefit struct {
	Measure string `json:"measure" yaml:"measure"`
	Compare string `json:"compare" yaml:"compare"`
}

// Seeded is a kind of known error, with a case that holds one.
type Seeded struct {
	Kind  string `json:"kind"  yaml:"kind"`
	Plant string `json:"plant" yaml:"plant"`
}

// Export is a product whose log is known, with the mapping that reads it.
type Export struct {
	Product string `json:"product" yaml:"product"`
	Mapping string `json:"mapping" yaml:"mapping"`
}

// Study is published work behind a harm. DOI is empty where there is none.
type Study struct {
	ID    string `json:"id"    yaml:"id"`
	Cite  string `json:"cite"  yaml:"cite"`
	DOI   string `json:"doi"   yaml:"doi"`
	Found string `json:"found" yaml:"found"`
}

//go:embed flows/*.yaml
var files embed.FS

//go:embed studies.yaml
var studiesYAML []byte

var studies = sync.OnceValue(func() []Study { return embedded.YAML[[]Study]("studies of flows", studiesYAML) })

var flows = sync.OnceValue(func() []Flow {
	names, err := fs.Glob(files, "flows/*.yaml")
	if err != nil {
		panic("flows: " + err.Error())
	}
	var out []Flow
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			panic("flows: " + err.Error())
		}
		f, err := Read(bytes.NewReader(data))
		if err != nil || f.ID+".yaml" != path.Base(name) {
			panic(fmt.Sprintf("flow %s: %v", name, err)) // embedded data; a test reads it
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Flow) int { return strings.Compare(a.Name, b.Name) })
	return out
})

// All lists the flows that Assay brings, by name.
func All() []Flow { return slices.Clone(flows()) }

// Of gives one of them by its identifier.
func Of(id string) (Flow, bool) {
	i := slices.IndexFunc(flows(), func(f Flow) bool { return f.ID == id })
	if i < 0 {
		return Flow{}, false
	}
	return flows()[i], true
}

// Study gives a study that the flow names, its own or one that Assay knows.
func (f Flow) Study(id string) (Study, bool) {
	for _, s := range slices.Concat(f.Sources, studies()) {
		if s.ID == id {
			return s, true
		}
	}
	return Study{}, false
}

var (
	slug     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	yamlLine = regexp.MustCompile(`(?s)line (\d+): (.*)$`)
)

// Read reads a flow and refuses whatever it does not understand, with the line
// where there is one.
func Read(r io.Reader) (Flow, error) {
	var f Flow
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return f, fault.Unreadable("", "The flow cannot be read.").Because(err)
	case len(data) > MaxBytes:
		return f, fault.Unreadable("", "The flow is larger than %d KiB.", MaxBytes>>10)
	case !utf8.Valid(data):
		return f, fault.Unreadable("", "The flow is not UTF-8 text; save it as UTF-8.")
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := decode(d, &f); err != nil {
		return Flow{}, err
	}
	var more yaml.Node
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return Flow{}, fault.Unreadable("", "There is a second document in the flow; keep one to a file.")
	}
	return f, f.check()
}

// decode is Decode with the parser's fault in words. The parser is third-party
// code and the file may be hostile, so it may also panic.
func decode(d *yaml.Decoder, f *Flow) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Unreadable("", "The flow cannot be read as YAML.").Because(fmt.Errorf("yaml: %v", p))
		}
	}()
	if err := d.Decode(f); err != nil {
		text := strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			text, _, _ = strings.Cut(strings.ReplaceAll(m[2], " in type flow.", " in a flow's "), "\n")
			return fault.Unreadable("line "+m[1], "This is no flow: %s.", text).Because(err)
		}
		return fault.Unreadable("", "This is no flow: %s.", text).Because(err)
	}
	return nil
}

// Write is the flow as a file.
func (f Flow) Write() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("write flow: %w", err)
	}
	return b.Bytes(), nil
}

// check finds what no parser sees: names that nothing has, and texts that no page
// could hold.
func (f Flow) check() error {
	var bad []fault.Field
	wrong := func(field, format string, args ...any) {
		bad = append(bad, fault.Field{Name: field, Message: fmt.Sprintf(format, args...)})
	}
	if f.Assay != FormatName {
		wrong("assay", "The format is %q; this program reads %q.", f.Assay, FormatName)
	}
	if !slug.MatchString(f.ID) || len(f.ID) > 60 {
		wrong("id", "An identifier is of small letters, digits and hyphens, at most 60.")
	}
	if _, ok := workflow.TemplateOf(f.Kind); !ok {
		wrong("kind", "There is no kind of workflow %q.", f.Kind)
	}
	if f.Basis != "" && !slices.Contains(standard.LawfulBases(), f.Basis) {
		wrong("basis", "There is no lawful basis %q.", f.Basis)
	}
	if f.Condition != "" && !slices.Contains(standard.SpecialConditions(), f.Condition) {
		wrong("condition", "There is no condition %q for special category data.", f.Condition)
	}
	f.checkGates(wrong)
	f.checkHarms(wrong)
	for i, r := range f.Reviews {
		if !slices.Contains(review.Kinds, r.Kind) || r.Kind == review.KindPolicy || r.EveryMonths < 1 ||
			r.EveryMonths > 60 {
			wrong(fmt.Sprintf("reviews[%d]", i), "A review is of runs, workflow or risk, every 1 to 60 months.")
		}
	}
	f.checkTexts(wrong)
	if len(bad) == 0 {
		return nil
	}
	x := fault.Unreadable(bad[0].Name, "%s", bad[0].Message)
	if len(bad) > 1 {
		x.Message += fmt.Sprintf(" (and %d more)", len(bad)-1)
	}
	x.Fields = bad
	return x
}

func (f Flow) checkGates(wrong func(field, format string, args ...any)) {
	seen := map[string]bool{}
	if len(f.Gates) == 0 {
		wrong("gates", "A flow has at least one gate.")
	}
	for i, g := range f.Gates {
		at := fmt.Sprintf("gates[%d]", i)
		switch {
		case !slug.MatchString(g.Key):
			wrong(at+".key", "A gate's key is of small letters, digits and hyphens.")
		case seen[g.Key]:
			wrong(at+".key", "The key %q is there twice.", g.Key)
		case !slices.Contains(workflow.Patterns, g.Pattern):
			wrong(at+".pattern", "There is no pattern %q; possible are %v.", g.Pattern, workflow.Patterns)
		case g.MinReviewSeconds < 0 || g.MaxStreak < 0 || g.MaxAgreement < 0 || g.MaxAgreement > 1:
			wrong(at, "Times and streaks are not below 0, and agreement is from 0 to 1.")
		}
		seen[g.Key] = true
	}
}

func (f Flow) checkHarms(wrong func(field, format string, args ...any)) {
	for i, h := range f.Harms {
		at := fmt.Sprintf("harms[%d]", i)
		if !slices.ContainsFunc(risk.Catalogue(), func(e risk.CatalogueEntry) bool { return e.ID == h.Risk }) {
			wrong(at+".risk", "The catalogue has no risk %q.", h.Risk)
		}
		for _, id := range h.Studies {
			if _, ok := f.Study(id); !ok {
				wrong(at+".studies", "There is no study %q; put it into sources.", id)
			}
		}
	}
}

// checkTexts walks over every text by way of the file's own form.
func (f Flow) checkTexts(wrong func(field, format string, args ...any)) {
	var n yaml.Node
	if err := n.Encode(f); err != nil {
		wrong("", "The flow cannot be written.")
		return
	}
	var walk func(at string, n *yaml.Node)
	walk = func(at string, n *yaml.Node) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(strings.TrimPrefix(at+"."+n.Content[i].Value, "."), n.Content[i+1])
			}
		case yaml.SequenceNode:
			if len(n.Content) > maxList {
				wrong(at, "The list is longer than %d.", maxList)
				return
			}
			for i, c := range n.Content {
				walk(fmt.Sprintf("%s[%d]", at, i), c)
			}
		default:
			if utf8.RuneCountInString(n.Value) > maxText {
				wrong(at, "The text is longer than %d characters.", maxText)
			}
			if strings.ContainsFunc(
				n.Value,
				func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) },
			) {
				wrong(at, "The text holds characters that no page can show.")
			}
		}
	}
	walk("", &n)
	needed := map[string]string{"name": f.Name, "service": f.Service, "for": f.For, "edition": f.Edition}
	for name, text := range needed {
		if strings.TrimSpace(text) == "" {
			wrong(name, "It is empty.")
		}
	}
}

// Template is the flow as a kind of workflow to begin from.
func (f Flow) Template() workflow.Template {
	t := workflow.Template{
		ID: f.ID, Name: f.Name, For: f.For, Account: f.Account, KSB: f.Scope.TemplateKSB,
	}
	for _, h := range f.Harms {
		if !slices.Contains(t.Risks, h.Risk) {
			t.Risks = append(t.Risks, h.Risk)
		}
	}
	for _, g := range f.Gates {
		t.Gates = append(t.Gates, g.TemplateGate)
	}
	return t
}

// Begin gives a new workflow with what the flow suggests, each part named in
// Suggested. The words that logs use are not among it: those of the own log are
// chosen when it is read.
func (f Flow) Begin() workflow.Workflow {
	w := f.Template().Begin()
	w.Template, w.Flow, w.Service = f.Kind, f.ID, f.Service
	for i, g := range f.Gates {
		if g.Pattern.Weaker() { // a gate without a pattern is one for each run
			w.Gates[i].Pattern, w.Gates[i].Terms = g.Pattern, g.Terms.of()
		}
	}
	return w
}

// Risks are the catalogue's risks that the flow names, unrated, with its harms in
// place of the catalogue's consequences, and then the rest of the catalogue.
func (f Flow) Risks() []risk.Risk {
	var out []risk.Risk
	named := map[string]bool{}
	for _, e := range risk.Catalogue() {
		for _, h := range f.Harms {
			if h.Risk == e.ID {
				r := risk.Suggest(e)
				r.Consequence, r.Affected = h.Harm, slices.Clone(h.Who)
				out = append(out, r)
				named[e.ID] = true
			}
		}
	}
	for _, e := range risk.Catalogue() {
		if !named[e.ID] {
			out = append(out, risk.Suggest(e))
		}
	}
	return out
}

// FromWorkflow is a workflow of a register as a flow that may be given away: no
// person, account, platform or enforcement goes with it. from is the flow that the
// workflow was begun from, or an empty one.
func FromWorkflow(w workflow.Workflow, id string, from Flow) Flow {
	f := from
	f.Assay, f.ID, f.Name, f.Service = FormatName, id, w.Name, w.Service
	if f.Edition == "" {
		f.Edition = "1"
	}
	if f.For == "" {
		f.For = w.Account.Purpose
	}
	f.Kind = w.Template
	if f.Kind == "" {
		f.Kind = "drafting"
	}
	a := w.Account
	f.Account = workflow.TemplateAccount{
		Purpose: a.Purpose, DataUsed: a.DataUsed, Decisions: a.Decisions, HowItWorks: a.HowItWorks, Limits: a.Limits,
		ChallengeTool: a.ChallengeTool, Challenge: a.Challenge, Significant: a.Significant, SpecialData: a.SpecialData,
	}
	f.Basis, f.Condition = a.Basis, a.Condition
	f.Scope.TemplateKSB = workflow.TemplateKSB{
		Knowledge: w.KSB.Knowledge, Skills: w.KSB.Skills, Behaviours: w.KSB.Behaviours,
	}
	f.Scope.Activities, f.Scope.Tools = w.KSB.Activities, w.KSB.Tools
	f.Gates = nil
	for _, g := range w.Gates {
		f.Gates = append(f.Gates, Gate{
			TemplateGate: workflow.TemplateGate{
				Key: g.Key, Title: g.Title, Decides: g.Decides, Role: g.Role, FourEyes: g.FourEyes,
				MinReviewSeconds: g.MinReviewSeconds, MaxStreak: g.MaxStreak, MaxAgreement: g.MaxAgreement,
			},
			Pattern: g.HowOverseen(), Prepare: g.Prepare, Decide: g.Decide, Release: g.Release,
			Terms: Terms{
				Of: g.Terms.Of, Side: g.Terms.Side, Limit: g.Terms.Limit, PerWeek: g.Terms.PerWeek,
				Share: g.Terms.Share, WithinHours: g.Terms.WithinHours,
			},
		})
	}
	return f
}
