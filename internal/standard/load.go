package standard

import (
	"bytes"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"assay/internal/fault"
)

//go:embed standard.yaml
var source []byte

//go:embed serves.yaml
var servesSource []byte

// ATRSField is one field of the Algorithmic Transparency Recording Standard.
// Names and numbers moved between its versions, so a field is known by Key, and
// Number is for display only (empty where it was not checked).
type ATRSField struct {
	Key     string  `json:"key"     yaml:"key"`
	Number  string  `json:"number"  yaml:"n"`
	Name    string  `json:"name"    yaml:"name"`
	Tier    int     `json:"tier"    yaml:"tier"` // 0 header, 1 for everybody, 2 in detail
	Checked Checked `json:"checked" yaml:"v"`
	App     string  `json:"app"     yaml:"app"` // what in the register fills it
}

// Source is where a fact was read.
type Source struct {
	What    string  `json:"what"    yaml:"what"`
	Checked Checked `json:"checked" yaml:"v"`
}

type data struct {
	Areas    []AreaInfo        `yaml:"areas"`
	Families map[Family][]Item `yaml:"families"`
	ATRS     struct {
		Version      string              `yaml:"version"`
		Checked      Checked             `yaml:"v"`
		Fields       []ATRSField         `yaml:"fields"`
		Vocabularies map[string][]string `yaml:"vocabularies"`
	} `yaml:"atrs"`
	Sources map[string]Source `yaml:"sources"`
}

var load = sync.OnceValue(func() data {
	var d data
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		panic("standard.yaml: " + err.Error()) // embedded data; a test reads it
	}
	for f, items := range d.Families {
		for i := range items {
			items[i].Family = f
		}
	}
	return d
})

// Infos gives the five areas in words, in their order.
func Infos() []AreaInfo { return slices.Clone(load().Areas) }

// Title is the area's name in words.
func (a Area) Title() string {
	for _, i := range load().Areas {
		if i.ID == a {
			return i.Title
		}
	}
	return string(a)
}

// Items gives the items of one family in the order of their source.
func Items(f Family) []Item { return slices.Clone(load().Families[f]) }

// All gives every item, family by family.
func All() []Item {
	var out []Item
	for _, f := range Families {
		out = append(out, load().Families[f]...)
	}
	return out
}

// Find gives an item by its family and identifier.
func Find(f Family, id string) (Item, bool) {
	for _, i := range load().Families[f] {
		if i.ID == id {
			return i, true
		}
	}
	return Item{}, false
}

// Control gives an Annex A control by its identifier.
func Control(id string) (Item, bool) { return Find(FamilyAnnexA, id) }

// Title is the family's name in words.
func (f Family) Title() string {
	switch f {
	case FamilyClause:
		return "ISO/IEC 42001 clauses"
	case FamilyAnnexA:
		return "ISO/IEC 42001 Annex A controls"
	case FamilyPlaybook:
		return "UK Government AI Playbook"
	case FamilyOECD:
		return "OECD AI Principles"
	case FamilyUKGDPR:
		return "UK GDPR"
	case FamilyUKLaw:
		return "Other UK duties"
	}
	return string(f)
}

// Cite is the item's name where it stands among items of other families:
// "ISO/IEC 42001 clause 5.2", "AI Playbook principle 4".
func (i Item) Cite() string {
	switch i.Family {
	case FamilyClause:
		return "ISO/IEC 42001 clause " + i.ID
	case FamilyAnnexA:
		return "ISO/IEC 42001 control " + i.ID
	case FamilyPlaybook:
		return "AI Playbook principle " + strings.TrimPrefix(i.ID, "P")
	case FamilyOECD:
		return "OECD principle " + i.ID
	case FamilyUKGDPR:
		return "UK GDPR Article " + i.ID
	}
	return i.Title
}

// Ref is a short name that is unique over all families: "iso:6.1.2", "A.9.3",
// "P4", "oecd:1.3", "gdpr:22A", "law:FOI".
func (i Item) Ref() string {
	switch i.Family {
	case FamilyClause:
		return "iso:" + i.ID
	case FamilyOECD:
		return "oecd:" + i.ID
	case FamilyUKGDPR:
		return "gdpr:" + i.ID
	case FamilyUKLaw:
		return "law:" + i.ID
	}
	return i.ID
}

// ByRef gives an item by its short name.
func ByRef(ref string) (Item, bool) {
	for _, f := range Families {
		for _, i := range load().Families[f] {
			if i.Ref() == ref {
				return i, true
			}
		}
	}
	return Item{}, false
}

var loadServes = sync.OnceValue(func() map[string][]string {
	var d map[string][]string
	if err := yaml.Unmarshal(servesSource, &d); err != nil {
		panic("serves.yaml: " + err.Error()) // embedded data; a test reads it
	}
	return d
})

// Serves gives the items that a rule of the assessment serves, by their
// references; none for a rule that there is not.
func Serves(rule string) []string { return slices.Clone(loadServes()[rule]) }

// Rules are the codes of the rules that serve something, sorted.
func Rules() []string { return slices.Sorted(maps.Keys(loadServes())) }

// ATRS gives the fields of the transparency record and the template's version.
func ATRS() (version string, fields []ATRSField) {
	return load().ATRS.Version, slices.Clone(load().ATRS.Fields)
}

// Validate says what is wrong with a row of the Statement of Applicability.
func (r SoARow) Validate() error {
	var bad fault.Fields
	add := bad.Add
	if _, ok := Control(r.ControlID); !ok {
		add("control_id", "There is no Annex A control "+r.ControlID+"; its 38 controls run from A.2.2 to A.10.4.")
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
