package standard

import (
	"cmp"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"assay/internal/civil"
	"assay/internal/embedded"
	"assay/internal/fault"
)

// A standard is a file: one that is added here, or changed, needs no code.
//
//go:embed *.yaml
var files embed.FS

// Files that hold no families of items.
const (
	areasFile  = "areas.yaml"
	atrsFile   = "atrs.yaml"
	servesFile = "serves.yaml"
	besideFile = "beside.yaml"
	basesFile  = "bases.yaml"

	regulatorsFile = "regulators.yaml"
)

var otherFiles = []string{areasFile, atrsFile, servesFile, besideFile, basesFile, regulatorsFile}

// ATRSField is one field of the Algorithmic Transparency Recording Standard.
// Names and numbers moved between its versions, so a field is known by Key, and
// Number is for display only (empty where it was not checked).
type ATRSField struct {
	Key     string  `json:"key"     yaml:"key"`
	Number  string  `json:"number"  yaml:"n"`
	Name    string  `json:"name"    yaml:"name"`
	Section string  `json:"section" yaml:"section"`
	Tier    int     `json:"tier"    yaml:"tier"` // 0 header, 1 for everybody, 2 in detail
	Checked Checked `json:"checked" yaml:"v"`
	App     string  `json:"app"     yaml:"app"` // what in the register fills it
	Note    string  `json:"note"    yaml:"note"`
	// Shelf: left blank for a model off the shelf that the organisation did not
	// train, test or refine.
	Shelf bool `json:"shelf" yaml:"shelf"`
}

// Source is where facts were read, and on which day.
type Source struct {
	What    string     `json:"what"    yaml:"what"`
	Day     civil.Date `json:"day"     yaml:"day"`
	Checked Checked    `json:"checked" yaml:"v"`
}

// FamilyInfo is a body of rules in words.
type FamilyInfo struct {
	Family   Family `json:"family"   yaml:"family"`
	Standard string `json:"standard" yaml:"-"` // the document that it is of, with its year: "ISO/IEC 42001:2023"
	Title    string `json:"title"    yaml:"title"`
	Short    string `json:"short"    yaml:"short"` // for a tab or a column
	Kind     string `json:"kind"     yaml:"kind"`  // what its items are: clauses, controls, articles and so on
	Cite     string `json:"-"        yaml:"cite"`  // with %s for the item's identifier
	Prefix   string `json:"-"        yaml:"prefix"`
	Items    []Item `json:"-"        yaml:"items"`
}

// file is one standard as it is written down.
type file struct {
	Order    int               `yaml:"order"`
	Standard string            `yaml:"standard"`
	Sources  map[string]Source `yaml:"sources"`
	Families []FamilyInfo      `yaml:"families"`
}

type data struct {
	areas    []AreaInfo
	families []FamilyInfo
	byRef    map[string]Item
}

// read decodes one of the files. They are embedded, and tests read them all: a
// mistake in them is one of ours.
func read(name string, into any) {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(name + ": " + err.Error())
	}
	embedded.Decode(name, b, into)
}

// standardFiles are the names of the files that hold families.
func standardFiles() []string {
	var out []string
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if !slices.Contains(otherFiles, e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out
}

var load = sync.OnceValue(func() data {
	d := data{byRef: map[string]Item{}}
	var areas struct {
		Areas []AreaInfo `yaml:"areas"`
	}
	read(areasFile, &areas)
	d.areas = areas.Areas
	var all []file
	for _, name := range standardFiles() {
		var f file
		read(name, &f)
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b file) int { return cmp.Compare(a.Order, b.Order) })
	for _, f := range all {
		for _, fam := range f.Families {
			fam.Standard = f.Standard
			for i := range fam.Items {
				item := &fam.Items[i]
				item.Family, item.prefix = fam.Family, fam.Prefix
				item.Read = f.Sources[item.Source].Day
				item.SourceWords = f.Sources[item.Source].What
				d.byRef[item.Ref()] = *item
			}
			d.families = append(d.families, fam)
		}
	}
	return d
})

// Infos gives the five areas in words, in their order.
func Infos() []AreaInfo { return slices.Clone(load().areas) }

// Title is the area's name in words.
func (a Area) Title() string {
	for _, i := range load().areas {
		if i.ID == a {
			return i.Title
		}
	}
	return string(a)
}

// Families lists the bodies of rules in the order in which screens show them.
func Families() []Family {
	var out []Family
	for _, f := range load().families {
		out = append(out, f.Family)
	}
	return out
}

// Info gives a family in words; the zero value where there is none.
func (f Family) Info() FamilyInfo {
	for _, i := range load().families {
		if i.Family == f {
			return i
		}
	}
	return FamilyInfo{}
}

// Items gives the items of one family in the order of their source.
func Items(f Family) []Item { return slices.Clone(f.Info().Items) }

// All gives every item, family by family.
func All() []Item {
	var out []Item
	for _, f := range load().families {
		out = append(out, f.Items...)
	}
	return out
}

// Find gives an item by its family and identifier.
func Find(f Family, id string) (Item, bool) {
	for _, i := range f.Info().Items {
		if i.ID == id {
			return i, true
		}
	}
	return Item{}, false
}

// Controls are the families over whose controls there is a Statement of
// Applicability, one for each.
var Controls = []Family{FamilyAnnexA, Family27001Annex}

// Control gives an Annex A control by its reference: "A.9.3" of ISO/IEC 42001,
// "27001:A.5.1" of ISO/IEC 27001.
func Control(ref string) (Item, bool) {
	i, ok := ByRef(ref)
	return i, ok && slices.Contains(Controls, i.Family)
}

// Title is the family's name in words.
func (f Family) Title() string { return cmp.Or(f.Info().Title, string(f)) }

// Cite is the item's name where it stands among items of other families:
// "ISO/IEC 42001 clause 5.2", "AI Playbook principle 4".
func (i Item) Cite() string {
	how := i.Family.Info().Cite
	switch {
	case how == "" || i.Family == FamilyUKLaw:
		return i.Title
	case i.Family == FamilyPlaybook:
		return fmt.Sprintf(how, strings.TrimPrefix(i.ID, "P"))
	}
	return fmt.Sprintf(how, i.ID)
}

// Ref is a short name that is unique over all families: "iso:6.1.2", "A.9.3",
// "27001:A.5.1", "P4", "oecd:1.3", "gdpr:22A", "law:FOI".
func (i Item) Ref() string { return i.prefix + i.ID }

// Named tells whether a link of a record or document names the item: by its
// reference, or a clause of ISO/IEC 42001 by its number alone, as they were first.
func (i Item) Named(ref string) bool {
	return ref == i.Ref() || i.Family == FamilyClause && ref == i.ID
}

// InForce tells whether the item is in force on a day, as far as days are given.
func (i Item) InForce(day civil.Date) bool {
	return (i.From.IsZero() || !day.Before(i.From)) && (i.Until.IsZero() || !i.Until.Before(day))
}

// ByRef gives an item by its short name.
func ByRef(ref string) (Item, bool) {
	i, ok := load().byRef[ref]
	return i, ok
}

// Extent is how far a rule serves an item.
type Extent string

const (
	Shows      Extent = "shows"  // what the rule asks for is what the item asks for
	PartlyDoes Extent = "partly" // it is a part of it
	RecordOnly Extent = "record" // only that a record exists
)

// Extents lists them, the most first.
var Extents = []Extent{Shows, PartlyDoes, RecordOnly}

// Words is the extent as documents print it.
func (e Extent) Words() string {
	switch e {
	case Shows:
		return "shows it"
	case PartlyDoes:
		return "partly shows it"
	case RecordOnly:
		return "shows only that a record exists"
	}
	return string(e)
}

// Service is an item that a rule serves, and how far.
type Service struct {
	Ref    string `json:"ref"`
	Extent Extent `json:"extent"`
}

var loadServes = sync.OnceValue(func() map[string][]Service {
	var d map[string]map[Extent][]string
	read(servesFile, &d)
	out := map[string][]Service{}
	for rule, by := range d {
		for _, e := range Extents {
			for _, ref := range by[e] {
				out[rule] = append(out[rule], Service{Ref: ref, Extent: e})
			}
		}
	}
	return out
})

// Serves gives the items that a rule serves, by their references.
func Serves(rule string) []string {
	var out []string
	for _, s := range loadServes()[rule] {
		out = append(out, s.Ref)
	}
	return out
}

// ServedBy gives the rules that serve an item, and how far, by their codes. A
// clause that another standard shares is served by what serves that one, and
// never more than partly where it asks for something of its own besides.
func ServedBy(item Item) map[string]Extent {
	out := map[string]Extent{}
	weigh := func(rule string, e Extent) {
		if old, ok := out[rule]; !ok || slices.Index(Extents, e) < slices.Index(Extents, old) {
			out[rule] = e
		}
	}
	for rule, list := range loadServes() {
		for _, s := range list {
			switch {
			case s.Ref == item.Ref():
				weigh(rule, s.Extent)
			case item.Shared != "" && s.Ref == item.Shared && item.Own != "":
				weigh(rule, RecordOnly)
			case item.Shared != "" && s.Ref == item.Shared:
				weigh(rule, s.Extent)
			}
		}
	}
	return out
}

// Rules are the codes of the rules that serve something, sorted.
func Rules() []string { return slices.Sorted(maps.Keys(loadServes())) }

// Beside is what ISO/IEC 27001 covers of a control of ISO/IEC 42001.
type Beside struct {
	Extent string   `json:"extent" yaml:"extent"` // covers, partly or only (only 42001 asks for it)
	By     []string `json:"by"     yaml:"by"`     // controls of 27001, by their references
	Left   string   `json:"left"   yaml:"left"`   // what is left to do
}

var loadBeside = sync.OnceValue(func() (d struct {
	Source   Source            `yaml:"source"`
	Controls map[string]Beside `yaml:"controls"`
}) {
	read(besideFile, &d)
	return d
})

// BesideOf is what ISO/IEC 27001 covers of a control of ISO/IEC 42001 Annex A, in
// our reading.
func BesideOf(control string) Beside { return loadBeside().Controls[control] }

// ATRS gives the fields of the transparency record and the template's version.
func ATRS() (version string, fields []ATRSField) {
	d := loadATRS()
	return d.ATRS.Version, slices.Clone(d.ATRS.Fields)
}

// ATRSWords are the words of the template's list for a field: phase, region.
func ATRSWords(list string) []string { return slices.Clone(loadATRS().ATRS.Vocabularies[list]) }

// ATRSClearance is who clears a record at the least before it is published.
func ATRSClearance() []string { return slices.Clone(loadATRS().ATRS.Clearance) }

type atrsData struct {
	Source Source `yaml:"source"`
	ATRS   struct {
		Version      string              `yaml:"version"`
		Checked      Checked             `yaml:"v"`
		Fields       []ATRSField         `yaml:"fields"`
		Vocabularies map[string][]string `yaml:"vocabularies"`
		Clearance    []string            `yaml:"clearance"`
	} `yaml:"atrs"`
}

var loadATRS = sync.OnceValue(func() (d atrsData) {
	read(atrsFile, &d)
	return d
})

// Validate says what is wrong with a row of the Statement of Applicability.
func (r SoARow) Validate() error {
	var bad fault.Fields
	add := bad.Add
	if _, ok := Control(r.ControlID); !ok {
		add("control_id", "There is no Annex A control "+r.ControlID+"; those of ISO/IEC 42001 run from A.2.2 to "+
			"A.10.4, those of ISO/IEC 27001 from 27001:A.5.1 to 27001:A.8.34.")
	}
	if r.Applicable && strings.TrimSpace(r.ReasonIncluded) == "" {
		add("reason_included", "Say why the control "+r.ControlID+" applies.")
	}
	if !r.Applicable && strings.TrimSpace(r.ReasonExcluded) == "" {
		add("reason_excluded", "Say why the control "+r.ControlID+" does not apply.")
	}
	if r.Applicable && !slices.Contains(Implementations, r.Implementation) {
		add("implementation_status", "Choose how far the control "+r.ControlID+" is in place.")
	}
	if (r.ApprovedBy == "") != r.ApprovedOn.IsZero() {
		add("approved_by", "Enter both who approved the row for "+r.ControlID+" and when.")
	}
	return bad.Err()
}
