// Package standard holds, as data, what the five areas are measured against:
// the clauses and Annex A controls of ISO/IEC 42001 (identifiers, with short
// titles of our own), the UK Government AI Playbook, the OECD AI Principles, UK
// data protection law and the Algorithmic Transparency Recording Standard, and
// how they map onto each other through the areas.
//
// It quotes no standard. It helps to find the place; it does not replace the
// text.
package standard

import "assay/internal/civil"

// Family is a body of rules.
type Family string

const (
	FamilyClause   Family = "iso_clause" // ISO/IEC 42001:2023 clauses 4–10
	FamilyAnnexA   Family = "annex_a"    // ISO/IEC 42001:2023 Annex A
	FamilyPlaybook Family = "playbook"   // UK Government AI Playbook, ten principles
	FamilyOECD     Family = "oecd"       // OECD AI Principles
	FamilyUKGDPR   Family = "uk_gdpr"    // UK GDPR articles
	FamilyUKLaw    Family = "uk_law"     // other duties
)

// Families lists them in the order in which screens show them.
var Families = []Family{FamilyClause, FamilyAnnexA, FamilyPlaybook, FamilyOECD, FamilyUKGDPR, FamilyUKLaw}

// Checked says how well a fact was checked.
type Checked string

const (
	CheckedPrimary   Checked = "A" // in a primary or structured source
	CheckedSecondary Checked = "B" // in a secondary source
	CheckPerson      Checked = "K" // not checked: for a person to check before relying on it
)

// Item is one clause, control, principle or article.
type Item struct {
	Family   Family  `json:"family"   yaml:"-"`
	ID       string  `json:"id"       yaml:"id"` // "6.1.2", "A.9.3", "P4", "1.3", "22A"
	Title    string  `json:"title"    yaml:"title"`
	Areas    []Area  `json:"areas"    yaml:"areas"`
	Document string  `json:"document" yaml:"doc"`  // documented information that the clause asks for; empty: none named
	DocKind  string  `json:"doc_kind" yaml:"kind"` // "document" (kept current) or "record" (retained)
	App      string  `json:"app"      yaml:"app"`  // what in the register is natural evidence
	Note     string  `json:"note"     yaml:"note"`
	Checked  Checked `json:"checked"  yaml:"v"`
	Source   string  `json:"source"   yaml:"src"`
}

// Area is one of the five areas.
type Area string

const (
	POL Area = "POL" // policy
	RSK Area = "RSK" // risk
	OVR Area = "OVR" // oversight
	TRN Area = "TRN" // transparency
	IMP Area = "IMP" // improvement
)

// Areas lists them in their order everywhere.
var Areas = []Area{POL, RSK, OVR, TRN, IMP}

// AreaInfo is an area in words.
type AreaInfo struct {
	ID    Area   `json:"id"    yaml:"id"`
	Title string `json:"title" yaml:"title"`
	Duty  string `json:"duty"  yaml:"duty"` // what the organisation is to do
}

// Implementation is how far a control is in place.
type Implementation string

const (
	NotStarted  Implementation = "not_started"
	Planned     Implementation = "planned"
	Partly      Implementation = "partly"
	Implemented Implementation = "implemented"
)

// Implementations lists them in order.
var Implementations = []Implementation{NotStarted, Planned, Partly, Implemented}

// SoARow is one row of the Statement of Applicability: whether a control
// applies, why or why not, and how far it is in place.
type SoARow struct {
	ControlID      string         `json:"control_id"` // A.9.3; unique in a register
	Applicable     bool           `json:"applicable"`
	ReasonIncluded string         `json:"reason_included"`
	ReasonExcluded string         `json:"reason_excluded"`
	Implementation Implementation `json:"implementation_status"`
	OwnerID        string         `json:"owner"` // person's id
	LinkedRisks    []string       `json:"linked_risks"`
	LinkedEvidence []string       `json:"linked_evidence"` // evidence ids
	EffectiveDate  civil.Date     `json:"evidence_effective_date"`
	ResidualGap    string         `json:"residual_gap"`
	ApprovedBy     string         `json:"approved_by"` // person's id
	ApprovedOn     civil.Date     `json:"approved_on"`
	ReviewDue      civil.Date     `json:"review_due"`
	Sample         bool           `json:"sample"`
}
