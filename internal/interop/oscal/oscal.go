// Package oscal writes what an assessment found, control by control, so that the tools of
// auditors can read it: assessment results of NIST's OSCAL, version 1.2.1, as JSON.
//
// # What stands where
//
// There is one result. Each rule that was looked at is an observation: its answer, its
// reason, and, where it rests on runs, how many cases were tested, fell short and were
// settled, as properties in the namespace [Namespace]. Each control that a rule serves is a finding
// that leads to the observations of its rules. Its state is that of the worst of them:
//
//	held, met       satisfied      reason "pass"
//	held_but_for    not-satisfied  reason "held-but-for"
//	not_shown       not-satisfied  reason "not-shown"
//	not_held, not_met  not-satisfied  reason "fail"
//
// What is not shown is never satisfied. A control none of whose rules applies has no
// finding. A rule that does not apply is an observation that says so.
//
// # Identifiers
//
// UUIDs are of version 5, from the register's identifier and the name of what they
// are for, so that the same export bears the same ones. OSCAL wants identifiers that do
// not begin with a digit: a clause 6.1.2 of ISO/IEC 42001 is "iso42001-6.1.2".
// No text of a standard is reproduced.
package oscal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/standard"

	"github.com/google/uuid"
)

// Version of OSCAL that is written.
const Version = "1.2.1"

// Namespace of properties that are ours.
const Namespace = "https://assay.example/ns/oscal"

// Assessment is what was found.
type Assessment struct {
	Register     string // identifier: a UUID
	Reference    string // of the workflow: "WF-0003"
	Workflow     string // its name
	Organisation string
	Rules        string // version of the rules, such as a date
	At           time.Time
	Answers      []Answer
}

// Answer is the answer of one rule.
type Answer struct {
	Code     string // POL-R1 …
	Title    string
	Status   string   // met, not_met, not_applicable, held, held_but_for, not_held, not_shown
	Reason   string   // a sentence
	Controls []string // identifiers in package standard that the rule serves: "iso:6.1.2", "A.9.3"
	Counts   *Counts  // of a rule that rests on runs
}

// Counts are the cases of a rule that rests on runs.
type Counts struct {
	Of, Tested, Short, Settled int64
}

// The parts of an OSCAL document that are written, with their names there.
type (
	document struct {
		Results results `json:"assessment-results"`
	}
	results struct {
		UUID       string   `json:"uuid"`
		Metadata   metadata `json:"metadata"`
		ImportPlan href     `json:"import-ap"`
		Results    []result `json:"results"`
		BackMatter back     `json:"back-matter"`
	}
	metadata struct {
		Title        string `json:"title"`
		LastModified string `json:"last-modified"`
		Version      string `json:"version"`
		OSCAL        string `json:"oscal-version"`
	}
	href struct {
		Href string `json:"href"`
	}
	result struct {
		UUID         string        `json:"uuid"`
		Title        string        `json:"title"`
		Description  string        `json:"description"`
		Start        string        `json:"start"`
		Reviewed     reviewed      `json:"reviewed-controls"`
		Observations []observation `json:"observations,omitempty"`
		Findings     []finding     `json:"findings,omitempty"`
	}
	reviewed struct {
		Selections []selection `json:"control-selections"`
	}
	selection struct {
		Include []control `json:"include-controls"`
	}
	control struct {
		ID string `json:"control-id"`
	}
	observation struct {
		UUID        string     `json:"uuid"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Props       []property `json:"props"`
		Methods     []string   `json:"methods"`
		Collected   string     `json:"collected"`
	}
	property struct {
		Name      string `json:"name"`
		Namespace string `json:"ns"`
		Value     string `json:"value"`
	}
	finding struct {
		UUID        string     `json:"uuid"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Props       []property `json:"props,omitempty"`
		Target      target     `json:"target"`
		Related     []related  `json:"related-observations"`
	}
	target struct {
		Type   string `json:"type"`
		ID     string `json:"target-id"`
		Status status `json:"status"`
	}
	status struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	related struct {
		Observation string `json:"observation-uuid"`
	}
	back struct {
		Resources []resource `json:"resources"`
	}
	resource struct {
		UUID        string `json:"uuid"`
		Title       string `json:"title"`
		Description string `json:"description"`
	}
)

// outcome is an answer's place in OSCAL; worse answers have a higher rank.
type outcome struct {
	rank          int
	state, reason string
}

var outcomes = map[string]outcome{
	"not_applicable": {rank: 0},
	"met":            {rank: 1, state: "satisfied", reason: "pass"},
	"held":           {rank: 1, state: "satisfied", reason: "pass"},
	"held_but_for":   {rank: 2, state: "not-satisfied", reason: "held-but-for"},
	"not_shown":      {rank: 3, state: "not-satisfied", reason: "not-shown"},
	"not_met":        {rank: 4, state: "not-satisfied", reason: "fail"},
	"not_held":       {rank: 4, state: "not-satisfied", reason: "fail"},
}

// Format writes the assessment. Errors: internal (an answer that is none of those
// above, a register without UUID).
func Format(a Assessment) ([]byte, error) {
	space, err := uuid.Parse(a.Register)
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("OSCAL needs the register's UUID: %w", err))
	}
	name := func(parts ...string) string {
		return uuid.NewSHA1(space, []byte(strings.Join(append([]string{"oscal", a.Reference}, parts...), "/"))).String()
	}
	at := a.At.UTC().Format(time.RFC3339)
	plan := name("plan")
	r := result{
		UUID:  name("result"),
		Title: line("Governance of %s %s", a.Reference, a.Workflow),
		Description: line("What Assay found for %s %s of %s on %s. It certifies nobody to a standard.",
			a.Reference, a.Workflow, a.Organisation, a.At.UTC().Format("2 January 2006")),
		Start: at,
	}
	worst, because, cite := map[string]outcome{}, map[string][]Answer{}, map[string]string{}
	for _, x := range a.Answers {
		o, ok := outcomes[x.Status]
		if !ok {
			return nil, fault.Internal(fmt.Errorf("rule %s has the answer %q", x.Code, x.Status))
		}
		r.Observations = append(r.Observations, observation{
			UUID:        name("rule", x.Code),
			Title:       line("%s %s", x.Code, x.Title),
			Description: line("%s", x.Reason),
			Props:       x.properties(),
			Methods:     []string{method(x)},
			Collected:   at,
		})
		for _, c := range x.Controls {
			id := Identifier(c)
			because[id] = append(because[id], x)
			cite[id] = id
			if item, ok := standard.ByRef(c); ok {
				cite[id] = item.Cite()
			}
			if had, ok := worst[id]; !ok || o.rank > had.rank {
				worst[id] = o
			}
		}
	}
	ids := make([]string, 0, len(worst))
	for id := range worst {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var included []control
	for _, id := range ids {
		included = append(included, control{ID: id})
		if worst[id].rank == 0 {
			continue // none of its rules applies
		}
		f := finding{
			UUID:  name("control", id),
			Title: line("%s", cite[id]),
			Target: target{
				Type:   "objective-id",
				ID:     id,
				Status: status{State: worst[id].state, Reason: worst[id].reason},
			},
		}
		var said []string
		for _, x := range because[id] {
			said = append(said, x.Code+": "+strings.ReplaceAll(x.Status, "_", " "))
			f.Related = append(f.Related, related{Observation: name("rule", x.Code)})
			if x.Counts != nil {
				f.Props = append(f.Props, x.counts()...)
			}
		}
		f.Description = line("%s.", strings.Join(said, "; "))
		r.Findings = append(r.Findings, f)
	}
	if len(included) == 0 {
		return nil, fault.Conflict("There is nothing to export: no rule serves a control.")
	}
	r.Reviewed = reviewed{Selections: []selection{{Include: included}}}
	out := document{Results: results{
		UUID: name("results"),
		Metadata: metadata{
			Title: r.Title, LastModified: at, Version: a.At.UTC().Format("2006-01-02"), OSCAL: Version,
		},
		ImportPlan: href{Href: "#" + plan},
		Results:    []result{r},
		BackMatter: back{Resources: []resource{{
			UUID: plan, Title: "No assessment plan",
			Description: line("The rules are those of Assay as of %s; there is no assessment plan in OSCAL.", a.Rules),
		}}},
	}}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write OSCAL: %w", err)
	}
	return append(b, '\n'), nil
}

func method(x Answer) string {
	if x.Counts != nil {
		return "TEST" // runs were tested
	}
	return "EXAMINE"
}

func (a Answer) properties() []property {
	return append(
		[]property{{Name: "answer", Namespace: Namespace, Value: strings.ReplaceAll(a.Status, "_", "-")}},
		a.counts()...,
	)
}

// counts are properties, as text: exact in every reader.
func (a Answer) counts() (out []property) {
	if a.Counts == nil {
		return nil
	}
	for _, x := range []struct {
		name string
		n    int64
	}{{"cases", a.Counts.Of}, {"tested", a.Counts.Tested}, {"short", a.Counts.Short}, {"settled", a.Counts.Settled}} {
		out = append(out, property{
			Name: strings.ToLower(a.Code) + "-" + x.name, Namespace: Namespace, Value: strconv.FormatInt(x.n, 10),
		})
	}
	return out
}

// Identifier is a standard's item as OSCAL names controls: a token that does not
// begin with a digit.
func Identifier(ref string) string {
	id, clause := strings.CutPrefix(ref, "iso:")
	if clause || strings.HasPrefix(ref, "A.") {
		return "iso42001-" + id
	}
	id = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, ref)
	if id == "" || id[0] >= '0' && id[0] <= '9' || id[0] == '.' || id[0] == '-' {
		id = "item-" + id
	}
	return id
}

// line is one line of text without blanks at its ends, which OSCAL asks for.
func line(format string, args ...any) string {
	s := strings.Join(strings.Fields(strings.ToValidUTF8(fmt.Sprintf(format, args...), "?")), " ")
	if s == "" {
		return "-"
	}
	return s
}
