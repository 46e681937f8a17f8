// Package risk holds the risk assessments of AI workflows: what could go wrong,
// for whom, how likely and how bad it is before and after controls, who owns
// it, what is done about it, and when an assessment no longer holds.
package risk

import (
	"assay/internal/approval"
	"assay/internal/civil"
)

// Status is the state of an assessment.
type Status string

const (
	StatusDraft      Status = "draft"
	StatusInReview   Status = "in_review"
	StatusApproved   Status = "approved"
	StatusLapsed     Status = "lapsed"     // approved once; something changed since
	StatusSuperseded Status = "superseded" // a later assessment was approved
)

// Statuses lists them in order.
var Statuses = []Status{StatusDraft, StatusInReview, StatusApproved, StatusLapsed, StatusSuperseded}

// Treatment is what is done about a risk.
type Treatment string

const (
	TreatmentOpen     Treatment = "open" // not decided yet
	TreatmentMitigate Treatment = "mitigate"
	TreatmentAccept   Treatment = "accept"
	TreatmentAvoid    Treatment = "avoid"
	TreatmentTransfer Treatment = "transfer"
)

// Treatments lists them in the order in which screens show them.
var Treatments = []Treatment{TreatmentOpen, TreatmentMitigate, TreatmentAccept, TreatmentAvoid, TreatmentTransfer}

// Score is a place in the 5×5 matrix; 0 means not rated yet.
type Score struct {
	Likelihood int `json:"likelihood"` // 1 rare … 5 almost certain
	Impact     int `json:"impact"`     // 1 negligible … 5 severe
}

// Assessment is one assessment of one version of a workflow.
type Assessment struct {
	ID              string     `json:"id"`
	Ref             string     `json:"ref"` // RA-0005
	Key             string     `json:"key"` // slug in apply files
	WorkflowID      string     `json:"workflow_id"`
	WorkflowVersion string     `json:"workflow_version"` // the version that was assessed
	Method          string     `json:"method"`           // criteria and method used, in words
	Status          Status     `json:"status"`
	LapseReason     string     `json:"lapse_reason"`
	Sample          bool       `json:"sample"`
	PreparedBy      string     `json:"prepared_by"` // person's id
	PreparedOn      civil.Date `json:"prepared_on" civil:"past"`
	ReviewedBy      string     `json:"reviewed_by"`
	ReviewedOn      civil.Date `json:"reviewed_on" civil:"past"`
	ApprovedBy      string     `json:"approved_by"`
	ApprovedOn      civil.Date `json:"approved_on" civil:"past"`
	// Approval is of ApprovalContent. Assessments that were approved before
	// approvals were kept, or in an applied file, have none.
	Approval  approval.Approval `json:"approval,omitempty,omitzero"`
	ReviewDue civil.Date        `json:"review_due"`
	Linked    []Linked          `json:"linked"`
	Risks     []Risk            `json:"risks"`

	Edition   string      `json:"edition"` // of the questions that it answers; empty: none are asked
	Answers   []Answer    `json:"answers"`
	Dismissed []Dismissed `json:"dismissed"` // risks of the catalogue that do not apply
}

// LinkedKind is the kind of a further assessment that this one rests on.
type LinkedKind string

const (
	LinkedDPIA     LinkedKind = "dpia"     // UK GDPR Article 35
	LinkedImpact   LinkedKind = "impact"   // AI system impact assessment, ISO/IEC 42001 clause 6.1.4
	LinkedEquality LinkedKind = "equality" // equality impact assessment
	LinkedSecurity LinkedKind = "security" // information security
)

// LinkedKinds lists them in the order in which screens show them.
var LinkedKinds = []LinkedKind{LinkedDPIA, LinkedImpact, LinkedEquality, LinkedSecurity}

// LinkedStatus is how far the linked assessment has come.
type LinkedStatus string

const (
	LinkedMissing   LinkedStatus = "missing"
	LinkedDraft     LinkedStatus = "draft"
	LinkedApproved  LinkedStatus = "approved"
	LinkedNotNeeded LinkedStatus = "not_needed" // decided, with the reason in Note
)

// LinkedStatuses lists them in order.
var LinkedStatuses = []LinkedStatus{LinkedMissing, LinkedDraft, LinkedApproved, LinkedNotNeeded}

// Linked is a data protection, impact, equality or security assessment.
type Linked struct {
	Kind       LinkedKind   `json:"kind"`
	Reference  string       `json:"reference"` // the organisation's own reference
	Status     LinkedStatus `json:"status"`
	Date       civil.Date   `json:"date"`
	EvidenceID string       `json:"evidence_id"`
	Note       string       `json:"note"`
}

// Risk is one thing that could go wrong.
type Risk struct {
	ID               string     `json:"id"`
	Ref              string     `json:"ref"`          // RSK-0031
	Key              string     `json:"key"`          // slug in apply files, unique in its assessment
	CatalogueID      string     `json:"catalogue_id"` // R04, empty for one's own
	Title            string     `json:"title"`
	Cause            string     `json:"cause"`
	Consequence      string     `json:"consequence"`
	Affected         []string   `json:"affected"` // groups of people
	Inherent         Score      `json:"inherent"` // before any control
	Current          Score      `json:"current"`  // with the existing controls
	Residual         Score      `json:"residual"` // once the added controls are in place
	ExistingControls []string   `json:"existing_controls"`
	AddedControls    []string   `json:"added_controls"`
	OwnerID          string     `json:"owner_id"`
	Treatment        Treatment  `json:"treatment"`
	TreatmentDue     civil.Date `json:"treatment_due"`
	Acceptance       Acceptance `json:"acceptance"`
	Status           RiskStatus `json:"status"`
}

// RiskStatus is whether the risk is still there.
type RiskStatus string

const (
	RiskOpen   RiskStatus = "open"
	RiskClosed RiskStatus = "closed"
)

// RiskStatuses lists them in order.
var RiskStatuses = []RiskStatus{RiskOpen, RiskClosed}

// Acceptance is a person's decision to live with a risk until a day. The zero
// value means that nobody accepted it.
type Acceptance struct {
	By      string     `json:"by"` // person's id
	On      civil.Date `json:"on" civil:"past"`
	Reason  string     `json:"reason"`
	Expires civil.Date `json:"expires"`
	// Approval is of AcceptanceContent; none as with an assessment's.
	Approval approval.Approval `json:"approval,omitempty,omitzero"`
}

// CatalogueEntry is a risk that AI in public services commonly brings, offered
// as a suggestion to confirm.
type CatalogueEntry struct {
	ID          string   `json:"id"          yaml:"id"` // R01 … R15
	Title       string   `json:"title"       yaml:"title"`
	Areas       []string `json:"areas"       yaml:"areas"`
	Cause       string   `json:"cause"       yaml:"cause"`
	Consequence string   `json:"consequence" yaml:"consequence"`
	Affected    []string `json:"affected"    yaml:"affected"`
	Controls    []string `json:"controls"    yaml:"controls"`
	RunTest     string   `json:"run_test"    yaml:"run_test"` // what run evidence shows about it; empty: nothing
	Codes       []string `json:"codes"       yaml:"codes"`    // finding codes
}
