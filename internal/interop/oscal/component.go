package oscal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/standard"

	"github.com/google/uuid"
)

// # Component definition
//
// What an organisation declares in its Statements of Applicability goes out as a component
// definition: one component, its management of AI, with one control implementation for each
// standard. It is what is declared, not what was found: that is in the assessment results.
// Each control that somebody decided about is an implemented requirement. What is declared
// of it is the property "declared" in [Namespace] (implemented, partly, planned, not-started
// or not-applicable), and OSCAL's own "implementation-status" beside it where one of its
// words says the same. A source names its standard in the back matter: no catalogue of a
// standard is reproduced.

// Declared is what an organisation declares of its controls.
type Declared struct {
	Register     string // identifier: a UUID
	Organisation string
	At           time.Time
	Rows         []DeclaredControl
}

// DeclaredControl is what is declared of one control.
type DeclaredControl struct {
	Ref        string // as package standard writes it: A.9.3, 27001:A.5.1
	Applicable bool
	State      standard.Implementation // of one that applies
	Why        string                  // why it is included or left out
	Gap        string                  // what remains
	Approved   bool                    // somebody approved the row
}

type (
	definitionDocument struct {
		Definition definition `json:"component-definition"`
	}
	definition struct {
		UUID       string      `json:"uuid"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
		BackMatter back        `json:"back-matter"`
	}
	component struct {
		UUID            string           `json:"uuid"`
		Type            string           `json:"type"`
		Title           string           `json:"title"`
		Description     string           `json:"description"`
		Implementations []implementation `json:"control-implementations"`
	}
	implementation struct {
		UUID         string        `json:"uuid"`
		Source       string        `json:"source"`
		Description  string        `json:"description"`
		Requirements []requirement `json:"implemented-requirements"`
	}
	requirement struct {
		UUID        string        `json:"uuid"`
		ID          string        `json:"control-id"`
		Description string        `json:"description"`
		Props       []anyProperty `json:"props"`
	}
	// anyProperty is a property of ours, or of OSCAL's own where it has no namespace.
	anyProperty struct {
		Name      string `json:"name"`
		Namespace string `json:"ns,omitempty"`
		Value     string `json:"value"`
	}
)

// inOSCAL is what is declared in the words of OSCAL, where it has them.
var inOSCAL = map[standard.Implementation]string{
	standard.Implemented: "implemented", standard.Partly: "partial", standard.Planned: "planned",
}

// FormatComponent writes what is declared. Errors: conflict where nothing is, internal (a
// register without UUID).
func FormatComponent(d Declared) ([]byte, error) {
	space, err := uuid.Parse(d.Register)
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("OSCAL needs the register's UUID: %w", err))
	}
	name := func(parts ...string) string {
		return uuid.NewSHA1(space, []byte(strings.Join(append([]string{"oscal", "component"}, parts...), "/"))).String()
	}
	c := component{
		UUID:  name("management"),
		Type:  "process-procedure",
		Title: line("Management of AI at %s", d.Organisation),
		Description: line(
			"What %s declares in its Statements of Applicability, as of %s. It is no finding, and certifies "+
				"nobody to a standard.",
			d.Organisation,
			d.At.UTC().Format("2 January 2006"),
		),
	}
	out := definition{
		UUID: name(),
		Metadata: metadata{
			Title: c.Title, LastModified: d.At.UTC().Format(time.RFC3339), Version: d.At.UTC().Format(time.DateOnly),
			OSCAL: Version,
		},
	}
	for _, family := range standard.Controls {
		info, requirements := family.Info(), []requirement{}
		for _, row := range d.Rows {
			if item, ok := standard.Control(row.Ref); ok && item.Family == family {
				requirements = append(requirements, row.requirement(name("control", row.Ref), item))
			}
		}
		if len(requirements) == 0 {
			continue
		}
		source := name("standard", string(family))
		c.Implementations = append(c.Implementations, implementation{
			UUID: name("implementation", string(family)), Source: "#" + source,
			Description: line("The Statement of Applicability for %s.", info.Standard), Requirements: requirements,
		})
		out.BackMatter.Resources = append(out.BackMatter.Resources, resource{
			UUID: source, Title: line("%s, Annex A", info.Standard),
			Description: line("The standard is not reproduced: control identifiers are its own, titles are ours."),
		})
	}
	if len(c.Implementations) == 0 {
		return nil, fault.Conflict("There is nothing to export: no control is decided about.")
	}
	out.Components = []component{c}
	b, err := json.MarshalIndent(definitionDocument{Definition: out}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write OSCAL: %w", err)
	}
	return append(b, '\n'), nil
}

func (r DeclaredControl) requirement(id string, item standard.Item) requirement {
	text := []string{item.Title + "."}
	if r.Why != "" {
		text = append(text, r.Why)
	}
	if r.Gap != "" {
		text = append(text, "Gap that remains: "+r.Gap)
	}
	declared, own := "not-applicable", "not-applicable"
	if r.Applicable {
		declared, own = strings.ReplaceAll(string(r.State), "_", "-"), inOSCAL[r.State]
	}
	approved := "no"
	if r.Approved {
		approved = "yes"
	}
	out := requirement{
		UUID: id, ID: Identifier(r.Ref), Description: line("%s", strings.Join(text, " ")),
		Props: []anyProperty{{Name: "declared", Namespace: Namespace, Value: line("%s", declared)},
			{Name: "approved", Namespace: Namespace, Value: approved}},
	}
	if own != "" {
		out.Props = append(out.Props, anyProperty{Name: "implementation-status", Value: own})
	}
	return out
}
