// Package policy is the register of policies that govern the organisation's
// AI: each one's versions, who approved which, to whom it was communicated, and
// which AI workflows it applies to and why.
package policy

import (
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
)

// Kind is what the policy is about.
type Kind string

const (
	KindAI          Kind = "ai"                     // the AI policy of ISO/IEC 42001 clause 5.2
	KindInformation Kind = "information_governance" // data protection, records, information security
	KindProcurement Kind = "procurement"
	KindPeople      Kind = "people" // HR, training, conduct
	KindEquality    Kind = "equality"
	KindService     Kind = "service" // operating procedure of one service
	KindOther       Kind = "other"
)

// Kinds lists them in the order in which screens show them.
var Kinds = []Kind{KindAI, KindInformation, KindProcurement, KindPeople, KindEquality, KindService, KindOther}

// Status is the state of one version.
type Status string

const (
	StatusDraft      Status = "draft"
	StatusInReview   Status = "in_review"
	StatusApproved   Status = "approved"
	StatusInForce    Status = "in_force"
	StatusSuperseded Status = "superseded"
	StatusWithdrawn  Status = "withdrawn"
)

// Statuses lists them in order.
var Statuses = []Status{StatusDraft, StatusInReview, StatusApproved, StatusInForce, StatusSuperseded, StatusWithdrawn}

// Policy is one policy with all its versions, oldest first. At most one
// version is in force at a time.
type Policy struct {
	ID                string          `json:"id"`
	Ref               string          `json:"ref"` // POL-0012
	Key               string          `json:"key"` // slug in apply files
	Title             string          `json:"title"`
	Kind              Kind            `json:"kind"`
	OwnerID           string          `json:"owner_id"`       // accountable person
	ApprovalRoute     string          `json:"approval_route"` // "Information Governance Board, then Cabinet"
	ReviewEveryMonths int             `json:"review_every_months"`
	NextReview        civil.Date      `json:"next_review"`
	Sample            bool            `json:"sample"`
	Versions          []Version       `json:"versions"`
	Communications    []Communication `json:"communications"`
	Attestations      []Attestation   `json:"attestations"`
	StaffInScope      int             `json:"staff_in_scope"` // how many people should attest, 0 = not stated
	Links             []Link          `json:"links"`
}

// Version is one version of a policy. Texts are plain text; each says in short
// what the document says, and the document itself is attached.
type Version struct {
	Number       string   `json:"number"` // "1.2"
	Status       Status   `json:"status"`
	Purpose      string   `json:"purpose"`
	Scope        string   `json:"scope"`
	Principles   []string `json:"principles"`
	AllowedUses  []string `json:"allowed_uses"`
	ForbidUses   []string `json:"forbidden_uses"`
	RiskApproach string   `json:"risk_approach"`
	Oversight    string   `json:"oversight"`
	Transparency string   `json:"transparency"`
	Review       string   `json:"review"`

	// Checklist answers package policy's ChecklistItems, by code.
	Checklist []CheckAnswer `json:"checklist"`

	SubmittedBy  string     `json:"submitted_by"` // person's id
	SubmittedOn  civil.Date `json:"submitted_on" civil:"past"`
	ApprovedBy   string     `json:"approved_by"`   // person's id
	ApprovedRole string     `json:"approved_role"` // as it stood on the day
	ApprovedOn   civil.Date `json:"approved_on" civil:"past"`
	// Approval is of ApprovalContent. Versions that were approved before approvals
	// were kept, or in an applied file, have none.
	Approval      approval.Approval `json:"approval,omitempty,omitzero"`
	Minute        string            `json:"minute"` // minute or decision record that shows the approval
	InForceFrom   civil.Date        `json:"in_force_from"`
	EndedOn       civil.Date        `json:"ended_on" civil:"past"`
	EndedReason   string            `json:"ended_reason"`
	Supersedes    string            `json:"supersedes"`  // version number
	Attachments   []string          `json:"attachments"` // evidence ids
	ChangeSummary string            `json:"change_summary"`
}

// CheckAnswer says whether a version covers one item of the content check-list.
type CheckAnswer struct {
	Item    string `json:"item"` // ChecklistItem.Code
	Covered bool   `json:"covered"`
	Where   string `json:"where"` // section or page
}

// ChecklistItem is one thing that a policy of a kind should say.
type ChecklistItem struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Help  string `json:"help"` // what "good" looks like
}

// Communication is one occasion on which the policy was made known.
type Communication struct {
	Date     civil.Date `json:"date" civil:"past"`
	Audience string     `json:"audience"`
	How      string     `json:"how"`
}

// Attestation is one person's statement that they have read a version.
type Attestation struct {
	PersonName string     `json:"person_name"`
	Role       string     `json:"role"`
	Date       civil.Date `json:"date" civil:"past"`
	Version    string     `json:"version"`
}

// Link says that the policy applies to a workflow.
type Link struct {
	WorkflowID string     `json:"workflow_id"`
	Reason     string     `json:"reason"`
	LinkedOn   civil.Date `json:"linked_on" civil:"past"`
}

// Approval is who approves a version, on what authority.
type Approval struct {
	PersonID string
	Role     string
	Senior   bool
	Minute   string
	On       time.Time
	Record   approval.Approval // of ApprovalContent
}
