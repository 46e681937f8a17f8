package runlog

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"assay/internal/fault"

	"go.yaml.in/yaml/v3"
)

// # Mappings for products
//
// What a product's export looks like is the same everywhere; which of its steps decide,
// and what the words for an outcome are, is mostly the council's own. A mapping therefore
// begins with the one that is brought here for the product, and says the rest:
//
//	assay_mapping: 1
//	use: agno
//	gate: officer-decision
//	activities: {send_letter: {gate: officer-decision, act: release}}
//
// Each is a file in the folder mappings: a mapping whose gates are called GATE, and
// before it comments with its title, on what it was tried, and what to know:
//
//	# title: Agno runs with tools that need confirmation
//	# tried: agno 3.1.10, its JSON store
//	# note: Who confirmed stands nowhere.
//
// "schema:" instead of "tried:" says that only a published schema was at hand.

//go:embed mappings/*.yaml
var mappingFiles embed.FS

// gateOfUse stands in a shipped mapping for the gate that the user names.
const gateOfUse = "GATE"

// Shipped is what a mapping file says of the shipped one that it begins with.
type Shipped struct {
	Use  string `yaml:"use,omitempty"`
	Gate string `yaml:"gate,omitempty"`
}

// ShippedMapping is a mapping that Assay brings for a product.
type ShippedMapping struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Tried string `json:"tried"` // on what real output; empty: on a schema only
	Note  string `json:"note"`
	Text  string `json:"text"`
}

// ShippedMappings lists them by name.
func ShippedMappings() []ShippedMapping {
	files, err := mappingFiles.ReadDir("mappings")
	if err != nil {
		panic(err) // they are part of the program
	}
	var out []ShippedMapping
	for _, f := range files {
		text, err := mappingFiles.ReadFile("mappings/" + f.Name())
		if err != nil {
			panic(err)
		}
		s := ShippedMapping{Name: strings.TrimSuffix(f.Name(), ".yaml"), Text: string(text)}
		for line := range strings.Lines(s.Text) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "# title":
				s.Title = value
			case "# tried":
				s.Tried = value
			case "# note":
				s.Note = strings.TrimSpace(s.Note + " " + value)
			}
		}
		out = append(out, s)
	}
	return out
}

// ShippedNames are the names of the mappings that Assay brings.
func ShippedNames() (names []string) {
	for _, s := range ShippedMappings() {
		names = append(names, s.Name)
	}
	return names
}

// UseShipped is a mapping file that is the shipped one of that name and no more.
func UseShipped(name, gate string) []byte {
	return fmt.Appendf(nil, "assay_mapping: 1\nuse: %q\ngate: %q\n", name, gate)
}

// base fills m with the shipped mapping that the file b begins with, if any.
func (m *Mapping) base(b []byte) (head Shipped, err error) {
	if yaml.Unmarshal(b, &head) != nil || head.Use == "" {
		return head, nil // what is wrong with the file, reading it says
	}
	all := ShippedMappings()
	i := slices.IndexFunc(all, func(s ShippedMapping) bool { return s.Name == head.Use })
	if i < 0 {
		return head, fault.Unreadable("mapping", "Assay brings no mapping %q; there are %s.", head.Use,
			strings.Join(ShippedNames(), ", "))
	}
	if err := yaml.Unmarshal([]byte(all[i].Text), m); err != nil {
		return head, fault.Internal(fmt.Errorf("runlog: the mapping %s: %w", head.Use, err))
	}
	return head, nil
}

// at puts the user's gate in the place that a shipped mapping leaves for it.
func (m *Mapping) at(head Shipped) error {
	if head.Use == "" {
		if head.Gate != "" {
			return fault.Unreadable("mapping", "\"gate:\" stands beside \"use:\" only; other activities name theirs.")
		}
		return nil
	}
	left := false
	for name, r := range m.Activities {
		if r.Gate == gateOfUse {
			left, r.Gate = true, head.Gate
			m.Activities[name] = r
		}
	}
	if m.Constants["gate"] == gateOfUse {
		left, m.Constants["gate"] = true, head.Gate
	}
	if left && head.Gate == "" {
		return fault.Unreadable("mapping",
			"Say at which gate of the workflow what the mapping %q explains is: \"gate: officer-decision\", or --gate.",
			head.Use)
	}
	return nil
}
