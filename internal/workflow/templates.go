package workflow

import (
	_ "embed"
	"slices"
	"sync"

	"assay/internal/embedded"
)

// Template is a kind of workflow that many councils have, with words to begin
// from. What it writes is a suggestion until somebody confirms it.
type Template struct {
	ID      string          `json:"id"      yaml:"id"` // "triage"
	Name    string          `json:"name"    yaml:"name"`
	For     string          `json:"for"     yaml:"for"`   // when to choose it
	Risks   []string        `json:"risks"   yaml:"risks"` // of the catalogue, those that usually matter first
	Account TemplateAccount `json:"account" yaml:"account"`
	KSB     TemplateKSB     `json:"ksb"     yaml:"ksb"`
	Gates   []TemplateGate  `json:"gates"   yaml:"gates"`
}

// TemplateAccount is what a template says in an Account.
type TemplateAccount struct {
	Purpose       string   `json:"purpose"        yaml:"purpose"`
	DataUsed      []string `json:"data_used"      yaml:"data_used"`
	Decisions     string   `json:"decisions"      yaml:"decisions"`
	HowItWorks    string   `json:"how_it_works"   yaml:"how_it_works"`
	Limits        string   `json:"limits"         yaml:"limits"`
	ChallengeTool string   `json:"challenge_tool" yaml:"challenge_tool"`
	Challenge     string   `json:"challenge"      yaml:"challenge"`
	Significant   bool     `json:"significant"    yaml:"significant"`
	SpecialData   bool     `json:"special_data"   yaml:"special_data"`
}

// TemplateKSB is what a template says in a KSB.
type TemplateKSB struct {
	Knowledge  []string `json:"knowledge"  yaml:"knowledge"`
	Skills     []string `json:"skills"     yaml:"skills"`
	Behaviours []string `json:"behaviours" yaml:"behaviours"`
}

// TemplateGate is what a template says in a Gate: never who decides, nor that
// anything is enforced.
type TemplateGate struct {
	Key              string  `json:"key"                yaml:"key"`
	Title            string  `json:"title"              yaml:"title"`
	Decides          string  `json:"decides"            yaml:"decides"`
	Role             string  `json:"role"               yaml:"role"`
	FourEyes         bool    `json:"four_eyes"          yaml:"four_eyes"`
	MinReviewSeconds int     `json:"min_review_seconds" yaml:"min_review_seconds"`
	MaxStreak        int     `json:"max_streak"         yaml:"max_streak"`
	MaxAgreement     float64 `json:"max_agreement"      yaml:"max_agreement"`
}

//go:embed templates.yaml
var templatesYAML []byte

var templates = sync.OnceValue(
	func() []Template { return embedded.YAML[[]Template]("workflow templates", templatesYAML) },
)

// Templates lists them in the order in which screens show them.
func Templates() []Template { return slices.Clone(templates()) }

// TemplateOf gives one template by its identifier.
func TemplateOf(id string) (Template, bool) {
	for _, t := range templates() {
		if t.ID == id {
			return t, true
		}
	}
	return Template{}, false
}

// Begin gives a new workflow with what the template suggests, each part named
// in Suggested. No officer is named and nothing is said to be enforced: that is
// known only where the work is done.
func (t Template) Begin() Workflow {
	w := Workflow{Version: "1.0", Lifecycle: LifecycleProposed, Template: t.ID}
	w.Account = Account{
		Purpose:       t.Account.Purpose,
		DataUsed:      slices.Clone(t.Account.DataUsed),
		Decisions:     t.Account.Decisions,
		HowItWorks:    t.Account.HowItWorks,
		Limits:        t.Account.Limits,
		ChallengeTool: t.Account.ChallengeTool,
		Challenge:     t.Account.Challenge,
		Significant:   t.Account.Significant,
		SpecialData:   t.Account.SpecialData,
	}
	w.KSB = KSB{
		Knowledge:  slices.Clone(t.KSB.Knowledge),
		Skills:     slices.Clone(t.KSB.Skills),
		Behaviours: slices.Clone(t.KSB.Behaviours),
	}
	for _, name := range []string{
		"account.purpose", "account.data_used", "account.decisions", "account.how_it_works", "account.limits",
		"account.challenge_tool", "account.challenge", "ksb.knowledge", "ksb.skills", "ksb.behaviours",
	} {
		if text, list := w.text(name), w.list(name); text != nil && *text != "" || list != nil && len(*list) > 0 {
			w.Suggested = append(w.Suggested, name)
		}
	}
	for _, g := range t.Gates {
		w.Gates = append(
			w.Gates,
			Gate{
				Key:              g.Key,
				Title:            g.Title,
				Decides:          g.Decides,
				Role:             g.Role,
				FourEyes:         g.FourEyes,
				Enforcement:      NotEnforced,
				MinReviewSeconds: g.MinReviewSeconds,
				MaxStreak:        g.MaxStreak,
				MaxAgreement:     g.MaxAgreement,
			},
		)
		w.Suggested = append(w.Suggested, "gates."+g.Key)
	}
	return w
}
