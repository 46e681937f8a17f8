// Package workflow is the register of AI workflows: what each one is for, who
// answers for it, what it may know and do (its KSB profile), and the gates at
// which a person decides.
package workflow

import (
	"assay/internal/civil"
	"assay/internal/standard"
)

// Lifecycle is where a workflow stands between idea and retirement.
type Lifecycle string

const (
	LifecycleProposed Lifecycle = "proposed"
	LifecycleTrial    Lifecycle = "trial"
	LifecycleLive     Lifecycle = "live"
	LifecyclePaused   Lifecycle = "paused"
	LifecycleRetired  Lifecycle = "retired"
)

// Lifecycles lists them in order.
var Lifecycles = []Lifecycle{LifecycleProposed, LifecycleTrial, LifecycleLive, LifecyclePaused, LifecycleRetired}

// Workflow is one AI workflow as the organisation describes it. Every text is
// plain text.
type Workflow struct {
	ID         string     `json:"id"`
	Ref        string     `json:"ref"` // WF-0003
	Key        string     `json:"key"` // slug in apply files
	Name       string     `json:"name"`
	Service    string     `json:"service"` // the council service it belongs to
	Platform   string     `json:"platform"`
	PlatformID string     `json:"platform_id"` // how run exports name it
	Supplier   string     `json:"supplier"`
	Version    string     `json:"version"` // the version in use
	Lifecycle  Lifecycle  `json:"lifecycle"`
	LiveSince  civil.Date `json:"live_since"`
	OwnerID    string     `json:"owner_id"` // accountable person
	Sample     bool       `json:"sample"`
	// RetentionMonths is for how long the personal data of its runs is kept, in
	// months after the last run of an import; 0 where no period is set.
	RetentionMonths int `json:"retention_months,omitempty"`

	Account Account  `json:"account"`
	KSB     KSB      `json:"ksb"`
	Gates   []Gate   `json:"gates"`
	Roster  []Login  `json:"roster"` // every account that is known to act in it
	Changes []Change `json:"changes"`

	// Declarations are what was declared over time, in the order in which it was
	// made; the last is what the workflow declares now. Because is why, and who
	// approved it, as given for the last of them.
	Declarations []Declaration `json:"declarations,omitempty"`
	Because      Because       `json:"declaration,omitempty,omitzero"`

	Template string `json:"template"`       // that it was begun from; empty: none
	Flow     string `json:"flow,omitempty"` // the supported flow that it was begun from; empty: none
	// Suggested names what a template wrote and nobody has confirmed yet, by JSON
	// name: "account.limits", "ksb.skills", "gates.officer-decision". It counts as
	// not written (see Confirmed).
	Suggested []string `json:"suggested"`
}

// Account is the plain-language account of transparency: each answer is written
// for a resident.
type Account struct {
	Purpose       string   `json:"purpose"`        // what it does, and for whom
	DataUsed      []string `json:"data_used"`      // in words: "the application form"
	DataSources   []string `json:"data_sources"`   // as run logs name them, for TRN-02
	Decisions     string   `json:"decisions"`      // the decisions it informs
	HowItWorks    string   `json:"how_it_works"`   // how it reaches its output
	Limits        string   `json:"limits"`         // what it does not do
	ChallengeTool string   `json:"challenge_tool"` // how to challenge the tool's output
	Challenge     string   `json:"challenge"`      // how to challenge the wider process
	Significant   bool     `json:"significant"`    // informs decisions with legal or similarly significant effect
	SpecialData   bool     `json:"special_data"`   // reads special category data
	AffectedBasis string   `json:"lawful_basis"`   // as the DPO recorded it, in words

	// Basis and Condition are from the closed lists, empty where nobody chose; Law is
	// the enactment or rule of law that the basis rests on.
	Basis     standard.LawfulBasis      `json:"basis,omitempty"`
	Law       string                    `json:"basis_law,omitempty"`
	Condition standard.SpecialCondition `json:"special_condition,omitempty"`

	ATRSURL string `json:"atrs_url"` // published transparency record
}

// KSB is the declared scope: what the workflow has to know, may do, and how it
// has to behave. Activities and Tools are named as run logs name them.
type KSB struct {
	Knowledge  []string `json:"knowledge"`
	Skills     []string `json:"skills"`
	Behaviours []string `json:"behaviours"`
	Activities []string `json:"activities"`
	Tools      []string `json:"tools"`
}

// Enforcement is how a gate is held.
type Enforcement string

const (
	EnforcedTechnically  Enforcement = "technical"  // the platform cannot release without it
	EnforcedProcedurally Enforcement = "procedural" // a procedure asks for it
	NotEnforced          Enforcement = "none"
)

// Gate is a point at which a person decides.
type Gate struct {
	Key         string      `json:"key"`   // short and stable: "officer-decision"
	Title       string      `json:"title"` // for people
	Decides     string      `json:"decides"`
	Role        string      `json:"role"`     // the responsible role
	Officers    []string    `json:"officers"` // accounts authorised for this gate
	FourEyes    bool        `json:"four_eyes"`
	Enforcement Enforcement `json:"enforcement"`
	Evidence    string      `json:"evidence"` // what shows the enforcement

	// Thresholds, printed with each result.
	MinReviewSeconds int     `json:"min_review_seconds"` // 0 = none set
	MaxStreak        int     `json:"max_streak"`         // approvals in a row, 0 = none set
	MaxAgreement     float64 `json:"max_agreement"`      // share of decisions that follow the AI, 0 = none set

	// Activities, as logs name them, that count as preparing, deciding and
	// releasing at this gate.
	Prepare []string `json:"prepare"`
	Decide  []string `json:"decide"`
	Release []string `json:"release"`

	// How people oversee the gate; empty is EachRun. At another pattern, preparing is
	// drawing a run for reading, asking for a person, or raising an alert, and deciding
	// is the reading or the answer.
	Pattern Pattern `json:"pattern,omitempty"`
	Terms   Terms   `json:"terms,omitzero"`
}

// LoginKind is what an account stands for.
type LoginKind string

const (
	LoginOfficer LoginKind = "officer"
	LoginSystem  LoginKind = "system"
	LoginShared  LoginKind = "shared"
	LoginTest    LoginKind = "test"
)

// Login is an account that acts in the workflow. Only officers may decide.
type Login struct {
	Account string    `json:"account"` // exactly as logs name it
	Name    string    `json:"name"`
	Kind    LoginKind `json:"kind"`
	Role    string    `json:"role"`

	// From and Until are the first and the last day on which the person has the
	// authority to decide; empty where no such day is set.
	From  civil.Date `json:"from,omitempty"`
	Until civil.Date `json:"until,omitempty"`
}

// Change is a recorded change of the workflow, its model or its prompt, for IMP-01.
type Change struct {
	Date       civil.Date `json:"date"`
	What       string     `json:"what"` // workflow, model, prompt
	From       string     `json:"from"`
	To         string     `json:"to"`
	ReviewedBy string     `json:"reviewed_by"`
	Note       string     `json:"note"`
}
