// Package review keeps continual improvement: when each workflow and policy is
// due for review, what reviews found, the actions that follow, and the records
// of running a governance system (incidents, nonconformities, audits,
// management reviews, training, concerns, objectives).
package review

import "assay/internal/civil"

// Kind is what a schedule or review is about.
type Kind string

const (
	KindWorkflow Kind = "workflow" // performance of one workflow
	KindPolicy   Kind = "policy"
	KindRisk     Kind = "risk" // risk assessment of one workflow
	KindRuns     Kind = "runs" // reading of imported run evidence
)

// Kinds lists them in the order in which screens show them.
var Kinds = []Kind{KindWorkflow, KindPolicy, KindRisk, KindRuns}

// Schedule says what is reviewed how often. Exactly one of WorkflowID and
// PolicyID is set.
type Schedule struct {
	ID          string     `json:"id"`
	Ref         string     `json:"ref"` // SCH-0002
	Key         string     `json:"key"` // slug in apply files
	Kind        Kind       `json:"kind"`
	WorkflowID  string     `json:"workflow_id"`
	PolicyID    string     `json:"policy_id"`
	OwnerID     string     `json:"owner_id"` // who reviews
	EveryMonths int        `json:"every_months"`
	Next        civil.Date `json:"next"`
	Active      bool       `json:"active"`
	Sample      bool       `json:"sample"`
}

// Conclusion is what the reviewer concludes.
type Conclusion string

const (
	ConclusionContinue Conclusion = "continue"
	ConclusionChange   Conclusion = "continue_with_changes"
	ConclusionPause    Conclusion = "pause"
	ConclusionRetire   Conclusion = "retire"
)

// Conclusions lists them in order.
var Conclusions = []Conclusion{ConclusionContinue, ConclusionChange, ConclusionPause, ConclusionRetire}

// Review is one review that was held.
type Review struct {
	ID          string     `json:"id"`
	Ref         string     `json:"ref"` // REV-0009
	Key         string     `json:"key"` // slug in apply files
	ScheduleID  string     `json:"schedule_id"`
	Kind        Kind       `json:"kind"`
	WorkflowID  string     `json:"workflow_id"`
	PolicyID    string     `json:"policy_id"`
	Performance string     `json:"performance"`  // against purpose
	RiskChanges string     `json:"risk_changes"` // what changed in the risks
	Standards   string     `json:"standards"`    // standards and law: what changed, what is met
	Issues      string     `json:"issues"`       // issues in operation
	Conclusion  Conclusion `json:"conclusion"`
	By          string     `json:"by"` // person's id
	On          civil.Date `json:"on" civil:"past"`
	Actions     []string   `json:"actions"`  // ids of actions it raised
	Evidence    []string   `json:"evidence"` // evidence ids
	Sample      bool       `json:"sample"`
}

// Subject is a thing in the register that something else points to.
type Subject struct {
	Kind SubjectKind `json:"kind"`
	Ref  string      `json:"ref"` // reference (WF-0003), or finding code with workflow for findings
}

// SubjectKind is the kind of thing pointed to.
type SubjectKind string

const (
	SubjectOrganisation SubjectKind = "organisation"
	SubjectWorkflow     SubjectKind = "workflow"
	SubjectPolicy       SubjectKind = "policy"
	SubjectAssessment   SubjectKind = "assessment"
	SubjectRisk         SubjectKind = "risk"
	SubjectReview       SubjectKind = "review"
	SubjectRecord       SubjectKind = "record"
	SubjectFinding      SubjectKind = "finding"
	SubjectEvidence     SubjectKind = "evidence"
	SubjectSource       SubjectKind = "source"
	SubjectGate         SubjectKind = "gate"    // gate key within the workflow also linked
	SubjectControl      SubjectKind = "control" // "A.9.3" or "6.1.2"
	SubjectPerson       SubjectKind = "person"
	SubjectCertificate  SubjectKind = "certificate" // by its number
)

// SubjectKinds lists them.
var SubjectKinds = []SubjectKind{
	SubjectOrganisation,
	SubjectWorkflow,
	SubjectPolicy,
	SubjectAssessment,
	SubjectRisk,
	SubjectReview,
	SubjectRecord,
	SubjectFinding,
	SubjectEvidence,
	SubjectSource,
	SubjectGate,
	SubjectControl,
	SubjectPerson,
	SubjectCertificate,
}

// ActionStatus is how far an action has come.
type ActionStatus string

const (
	ActionOpen    ActionStatus = "open"
	ActionDone    ActionStatus = "done"
	ActionDropped ActionStatus = "dropped"
)

// ActionStatuses lists them in order.
var ActionStatuses = []ActionStatus{ActionOpen, ActionDone, ActionDropped}

// Action is something that somebody will do by a day.
type Action struct {
	ID         string       `json:"id"`
	Ref        string       `json:"ref"` // ACT-0014
	Key        string       `json:"key"` // slug in apply files
	Title      string       `json:"title"`
	Source     Subject      `json:"source"`      // what it follows from
	WorkflowID string       `json:"workflow_id"` // empty for the organisation
	OwnerID    string       `json:"owner_id"`
	Raised     civil.Date   `json:"raised" civil:"past"`
	Due        civil.Date   `json:"due"`
	Status     ActionStatus `json:"status"`
	DoneOn     civil.Date   `json:"done_on" civil:"past"`
	Effect     string       `json:"effect"` // what it achieved, or why it was dropped
	Sample     bool         `json:"sample"`
}

// RecordKind is the kind of a governance record.
type RecordKind string

const (
	RecordIncident         RecordKind = "incident"
	RecordNonconformity    RecordKind = "nonconformity"
	RecordInternalAudit    RecordKind = "internal_audit"
	RecordManagementReview RecordKind = "management_review"
	RecordTraining         RecordKind = "training"
	RecordConcern          RecordKind = "concern" // raised by staff or public
	RecordObjective        RecordKind = "objective"
	RecordSupplier         RecordKind = "supplier"        // assurance obtained from a supplier
	RecordTest             RecordKind = "test"            // testing before use
	RecordInterest         RecordKind = "interest"        // issues and interested parties (clauses 4.1, 4.2)
	RecordAuditProgramme   RecordKind = "audit_programme" // what is audited, against what, by whom, when (9.2.2)
	RecordComplaint        RecordKind = "complaint"       // about data, from a person whom it concerns
	RecordDelegation       RecordKind = "delegation"      // the power to decide, given to a post
	RecordNarrative        RecordKind = "narrative"       // anything else worth keeping
)

// RecordKinds lists them in the order in which screens show them.
var RecordKinds = []RecordKind{
	RecordIncident,
	RecordNonconformity,
	RecordAuditProgramme,
	RecordInternalAudit,
	RecordManagementReview,
	RecordTraining,
	RecordConcern,
	RecordComplaint,
	RecordDelegation,
	RecordObjective,
	RecordSupplier,
	RecordTest,
	RecordInterest,
	RecordNarrative,
}

// RecordStatus tells whether a record still needs something.
type RecordStatus string

const (
	RecordOpen   RecordStatus = "open"
	RecordClosed RecordStatus = "closed"
)

// RecordStatuses lists them in order.
var RecordStatuses = []RecordStatus{RecordOpen, RecordClosed}

// Record is one governance record. One shape serves all kinds; which texts a
// kind asks for is in its Questions.
type Record struct {
	ID         string       `json:"id"`
	Ref        string       `json:"ref"` // REC-0003
	Key        string       `json:"key"` // slug in apply files
	Kind       RecordKind   `json:"kind"`
	Date       civil.Date   `json:"date" civil:"past"` // when it happened or was held
	Title      string       `json:"title"`
	Body       string       `json:"body"`
	Cause      string       `json:"cause"`       // incidents and nonconformities: root cause
	Correction string       `json:"correction"`  // what was done
	Result     string       `json:"result"`      // whether it worked; audit and review results; progress of an objective
	WorkflowID string       `json:"workflow_id"` // empty for the organisation
	PersonID   string       `json:"person_id"`   // owner; for training, who was trained
	Due        civil.Date   `json:"due"`         // next one due, or to be closed by; training: valid until
	Status     RecordStatus `json:"status"`
	ClosedOn   civil.Date   `json:"closed_on" civil:"past"`
	Links      []Subject    `json:"links"`
	Sample     bool         `json:"sample"`
}

// PrefixRecord is the reference prefix of governance records.
const PrefixRecord = "REC"
