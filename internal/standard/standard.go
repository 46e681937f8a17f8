// Package standard holds, as data, what the five areas are measured against:
// clauses and controls of ISO/IEC 42001 and of ISO/IEC 27001 beside it, headings
// of 42005, UK law with the days on which it came into force, the AI Playbook,
// the OECD principles, the NIST framework and the Algorithmic Transparency
// Recording Standard.
//
// It quotes no standard: identifiers, with short titles of our own. It helps to
// find the place; it does not replace the text, and states no legal conclusion.
//
// # Format
//
// A standard is one YAML file in this folder. Each item names the source where
// it was read; the source has the day of reading and says how well the fact was
// checked (v): A in a primary source, B in a secondary one, K not at all, which
// is shown as "to be checked by a person". An item in full:
//
//	order: 30                       # place among the standards
//	standard: "UK GDPR"             # the document, with its year
//	sources:
//	  S-SI82: {what: "SI 2026/82 regulation 2", day: 2026-11-28, v: A}
//	families:
//	  - family: uk_gdpr
//	    title: "UK GDPR"
//	    short: "UK GDPR"
//	    cite: "UK GDPR Article %s"
//	    prefix: "gdpr:"
//	    kind: articles
//	    items:
//	      - {id: "12A", title: "Time limits", areas: [TRN], v: A, src: S-SI82, from: 2026-02-05}
//
// Which rule serves which item, and how far, is in serves.yaml; what ISO/IEC
// 27001 covers of 42001 in beside.yaml.
package standard

import "assay/internal/civil"

// Family is a body of rules: the name by which its file calls it.
type Family string

// Families that code speaks of by name; every other one is only in its file.
const (
	FamilyClause      Family = "iso_clause"      // ISO/IEC 42001:2023 clauses 4–10
	FamilyAnnexA      Family = "annex_a"         // ISO/IEC 42001:2023 Annex A
	Family27001Clause Family = "iso27001_clause" // ISO/IEC 27001:2022 clauses 4–10
	Family27001Annex  Family = "iso27001_annex"  // ISO/IEC 27001:2022 Annex A
	FamilyPlaybook    Family = "playbook"        // UK Government AI Playbook, ten principles
	FamilyOECD        Family = "oecd"            // OECD AI Principles
	FamilyUKGDPR      Family = "uk_gdpr"         // UK GDPR articles
	FamilyUKLaw       Family = "uk_law"          // other duties
)

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

	// From and Until are the first and last day on which it is in force; empty where
	// none is given: a standard is chosen, or the day lies before any run.
	From  civil.Date `json:"from"   yaml:"from"`
	Until civil.Date `json:"until"  yaml:"until"`
	// Shared is the item of another standard that asks for the same, and Own what
	// this one asks for besides.
	Shared string `json:"shared" yaml:"shared"`
	Own    string `json:"own"    yaml:"own"`

	Read        civil.Date `json:"read"         yaml:"-"` // the day on which the source was read
	SourceWords string     `json:"source_words" yaml:"-"` // the source in words
	prefix      string
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
	ControlID      string         `json:"control_id"` // Item.Ref: A.9.3, 27001:A.5.1; unique in a register
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
