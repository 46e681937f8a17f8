// Package evidence is the index of documents that show what the register
// claims: minutes, policies, test reports, certificates of training. Each one is
// kept with its SHA-256, so that a changed document is found out.
package evidence

import (
	"time"

	"assay/internal/civil"
	"assay/internal/review"
)

// Kind is what sort of document it is.
type Kind string

const (
	KindPolicy     Kind = "policy_document"
	KindMinutes    Kind = "minutes"
	KindDPIA       Kind = "dpia"
	KindImpact     Kind = "impact_assessment"
	KindEquality   Kind = "equality_assessment"
	KindSecurity   Kind = "security_assessment"
	KindTest       Kind = "test_report"
	KindTraining   Kind = "training_record"
	KindProcedure  Kind = "procedure"
	KindContract   Kind = "contract"
	KindSupplier   Kind = "supplier_assurance"
	KindNotice     Kind = "notice"     // privacy notice, resident information
	KindTechnical  Kind = "technical"  // design, configuration
	KindScreenshot Kind = "screenshot" // of a platform's settings
	KindOther      Kind = "other"
)

// Kinds lists them in the order in which screens show them.
var Kinds = []Kind{
	KindPolicy,
	KindMinutes,
	KindDPIA,
	KindImpact,
	KindEquality,
	KindSecurity,
	KindTest,
	KindTraining,
	KindProcedure,
	KindContract,
	KindSupplier,
	KindNotice,
	KindTechnical,
	KindScreenshot,
	KindOther,
}

// Status is how far the evidence is to be relied on.
type Status string

const (
	StatusDraft    Status = "draft"
	StatusMissing  Status = "missing" // named but not there yet; has no file
	StatusInReview Status = "in_review"
	StatusApproved Status = "approved"
	StatusRejected Status = "rejected"
	StatusExpired  Status = "expired"
)

// Statuses lists them in order.
var Statuses = []Status{StatusDraft, StatusMissing, StatusInReview, StatusApproved, StatusRejected, StatusExpired}

// Evidence is one document. The day it speaks about (EffectiveFrom) is not the
// day it was collected or put into the register.
type Evidence struct {
	ID            string           `json:"id"`
	Ref           string           `json:"ref"` // EV-0021
	Key           string           `json:"key"` // slug in apply files
	Title         string           `json:"title"`
	Kind          Kind             `json:"kind"`
	FileName      string           `json:"file_name"`
	MIME          string           `json:"mime"`
	Bytes         int64            `json:"bytes"`
	SHA256        string           `json:"sha256"` // lower-case hex of the content
	EffectiveFrom civil.Date       `json:"effective_from"`
	EffectiveTo   civil.Date       `json:"effective_to"`
	CollectedAt   civil.Date       `json:"collected_at" civil:"past"`
	ImportedAt    time.Time        `json:"imported_at"`
	ExpiresAt     civil.Date       `json:"expires_at"`
	Status        Status           `json:"status"`
	OwnerID       string           `json:"owner_id"`
	Links         []review.Subject `json:"links"`    // what it is evidence for
	Redacted      bool             `json:"redacted"` // leave the content out of packs, keep its hash
	RedactReason  string           `json:"redact_reason"`
	Note          string           `json:"note"`
	Sample        bool             `json:"sample"`
}
