// Package organisation holds the organisation that keeps the register, the
// people in it, and what each of them may do: who prepares an assessment, who
// reviews it, who approves it and who may only read.
package organisation

// Kind is the kind of public body, in the words that the GOV.UK list of
// algorithmic transparency records uses.
type Kind string

const (
	KindLocalAuthority Kind = "local-authority"
	KindAgency         Kind = "agency-or-public-body"
	KindDepartment     Kind = "ministerial-department"
	KindNonMinisterial Kind = "non-ministerial-department"
	KindDevolved       Kind = "devolved-administration"
	KindCorporation    Kind = "public-corporation"
	KindOther          Kind = "other"
)

// Kinds lists them in the order in which screens show them.
var Kinds = []Kind{
	KindLocalAuthority,
	KindAgency,
	KindDepartment,
	KindNonMinisterial,
	KindDevolved,
	KindCorporation,
	KindOther,
}

// Organisation is whose register this is; a register holds exactly one.
type Organisation struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"` // for running heads; may be empty
	Kind      Kind   `json:"kind"`
	Region    string `json:"region"`  // as in transparency records: "yorkshire-and-the-humber"
	Contact   string `json:"contact"` // public contact, an email address or a URL
	Website   string `json:"website"`
	Sample    bool   `json:"sample"` // fictional, for trying Assay out

	// Scope says which AI workflows, services and places the governance system
	// covers (ISO/IEC 42001 clause 4.3), in the organisation's words.
	Scope string `json:"scope"`
	// AppetiteThreshold is the residual risk score (likelihood × impact, 1–25)
	// above which a risk is beyond the organisation's appetite.
	AppetiteThreshold int `json:"appetite_threshold"`
	// EvidenceMonths is for how many months imported run evidence counts as recent.
	EvidenceMonths int `json:"evidence_months"`
	// CertificateMonths is for how long a certificate is valid, 1 to 12.
	CertificateMonths int `json:"certificate_months"`
	// TimestampAuthority is the address of the authority (RFC 3161) that the
	// organisation chose to attest when certificates were signed; empty: none.
	// It is asked only when a person says so.
	TimestampAuthority string `json:"timestamp_authority"`
	// GateDefaults are the thresholds that a new gate begins with.
	GateDefaults GateDefaults `json:"gate_defaults"`
}

// GateDefaults are thresholds of a gate; 0 sets none.
type GateDefaults struct {
	MinReviewSeconds int     `json:"min_review_seconds"` // the least time for a meaningful review
	MaxStreak        int     `json:"max_streak"`         // approvals in a row
	MaxAgreement     float64 `json:"max_agreement"`      // share of decisions that follow the AI, 0 to 1
}

// The values that a new register starts with.
const (
	DefaultAppetite          = 9
	DefaultEvidenceMonths    = 6
	DefaultCertificateMonths = 12
)

// Duty is what a person may be asked to do in the register.
type Duty string

const (
	DutyAssessor Duty = "assessor" // keeps the register, prepares assessments, signs certificates
	DutyReviewer Duty = "reviewer" // checks what an assessor prepared
	DutyApprover Duty = "approver" // approves policies, assessments, risks and certificates
	DutyReader   Duty = "reader"   // reads
	DutyOfficer  Duty = "officer"  // decides at gates; reads
)

// Duties lists them in the order in which screens show them.
var Duties = []Duty{DutyAssessor, DutyReviewer, DutyApprover, DutyOfficer, DutyReader}

// Person is somebody whom the register names.
type Person struct {
	ID       string `json:"id"`
	Ref      string `json:"ref"` // PER-0004
	Key      string `json:"key"` // slug in apply files; empty where entered by hand
	Name     string `json:"name"`
	Email    string `json:"email"`
	JobTitle string `json:"job_title"`
	Duties   []Duty `json:"duties"`
	// Senior: holds authority to approve for the organisation (chief officer,
	// committee, senior responsible owner).
	Senior   bool     `json:"senior"`
	Accounts []string `json:"accounts"` // accounts by which run logs name this person
	Active   bool     `json:"active"`
	Sample   bool     `json:"sample"`
}
