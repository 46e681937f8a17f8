package certificate

import (
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
)

// Status of a certificate as a register knows it.
type Status string

const (
	StatusIssued     Status = "issued"
	StatusSuperseded Status = "superseded"
	StatusRevoked    Status = "revoked"
	StatusExpired    Status = "expired" // never stored; a day after ValidUntil
	// StatusNotApproved is that of a certificate which the approver has not signed
	// yet: it is in nobody's hands, and takes the place of none.
	StatusNotApproved Status = "not_yet_approved" // never stored
)

// Statuses lists them.
var Statuses = []Status{StatusNotApproved, StatusIssued, StatusSuperseded, StatusRevoked, StatusExpired}

// Certificate is what a register knows of an issued certificate: what does not
// change of it, and what became of it.
type Certificate struct {
	Number       string     `json:"number"` // also its reference
	WorkflowID   string     `json:"workflow_id"`
	Status       Status     `json:"status"` // as of its last event; see StatusAt
	Digest       string     `json:"digest"` // of the statement, lower-case hex SHA-256
	Issued       time.Time  `json:"issued"`
	ValidUntil   civil.Date `json:"valid_until"`
	Approved     bool       `json:"approved"`      // the approver has signed
	Timestamped  bool       `json:"timestamped"`   // by an authority, outside
	Completed    bool       `json:"completed"`     // with validation data
	Document     string     `json:"document"`      // digest of its PDF as it now is
	SupersededBy string     `json:"superseded_by"` // number
	SupersededOn civil.Date `json:"superseded_on"`
	RevokedOn    civil.Date `json:"revoked_on"`
	RevokedBy    string     `json:"revoked_by"` // a person's name
	RevokeReason string     `json:"revoke_reason"`
}

// EventKind is what befell a certificate after it was issued.
type EventKind string

const (
	EventCountersigned EventKind = "countersigned" // detail: digest of the new PDF
	EventTimestamped   EventKind = "timestamped"   // likewise
	EventCompleted     EventKind = "completed"     // likewise
	EventSuperseded    EventKind = "superseded"    // detail: number of the successor
	EventRevoked       EventKind = "revoked"       // detail: why
)

// Event is one entry of a certificate's life.
type Event struct {
	Kind   EventKind
	At     time.Time
	By     string // a person's name
	Detail string
}

// After is the certificate once the event has happened. Events are facts that
// were recorded, so none is refused: what can no longer change anything, as the
// superseding of a revoked certificate, changes nothing but its own field.
func (c Certificate) After(e Event) Certificate {
	switch e.Kind {
	case EventCountersigned:
		c.Approved, c.Document = true, e.Detail
	case EventTimestamped:
		c.Timestamped, c.Document = true, e.Detail
	case EventCompleted:
		c.Completed, c.Document = true, e.Detail
	case EventSuperseded:
		if c.Status == StatusIssued {
			c.Status = StatusSuperseded
		}
		c.SupersededBy, c.SupersededOn = e.Detail, civil.Of(e.At)
	case EventRevoked:
		c.Status = StatusRevoked
		c.RevokedOn, c.RevokedBy, c.RevokeReason = civil.Of(e.At), e.By, e.Detail
	}
	return c
}

// StatusAt is the certificate's status at a time: it expires by itself at the
// end of its last day (UTC).
func (c Certificate) StatusAt(now time.Time) Status {
	if c.Status == StatusIssued && !c.Approved {
		return StatusNotApproved
	}
	if c.Status == StatusIssued && c.ValidUntil.Before(civil.Of(now)) {
		return StatusExpired
	}
	return c.Status
}

// Ended says of a certificate that no longer holds what it became, in the words with
// which every edition of it has to begin; empty while it holds or waits for approval.
func (c Certificate) Ended(now time.Time) string {
	out := ""
	switch c.StatusAt(now) {
	case StatusRevoked:
		out = "REVOKED on " + c.RevokedOn.Long()
		if reason := strings.Join(strings.Fields(c.RevokeReason), " "); reason != "" {
			out += " (“" + reason + "”)"
		}
	case StatusSuperseded:
		out = "SUPERSEDED on " + c.SupersededOn.Long() + " by " + c.SupersededBy
	case StatusExpired:
		out = "EXPIRED on " + c.ValidUntil.Long()
	default:
		return ""
	}
	return out + ": do not rely on this page."
}

// Supersede is the event that ends the certificate because another one replaces it.
func (c Certificate) Supersede(successor, by string, now time.Time) (Event, error) {
	if c.Status != StatusIssued {
		return Event{}, fault.Conflict("%s is already %s; it cannot be superseded.", c.Number, c.Status)
	}
	if !numberPattern.MatchString(successor) || successor == c.Number {
		return Event{}, fault.Invalid("supersedes", "Enter the number of the certificate that replaces "+c.Number+".")
	}
	return Event{Kind: EventSuperseded, At: now, By: by, Detail: successor}, nil
}

// Revoke is the event that ends the certificate because it should no longer be
// relied on. A superseded one can still be revoked: somebody may hold it.
func (c Certificate) Revoke(by, reason string, now time.Time) (Event, error) {
	switch {
	case c.Status == StatusRevoked:
		return Event{}, fault.Conflict("%s was already revoked on %s.", c.Number, c.RevokedOn.Long())
	case by == "":
		return Event{}, fault.Invalid("revoked_by", "Name the person who revokes the certificate.")
	case len(strings.Fields(reason)) < 2:
		return Event{}, fault.Invalid("reason", "Enter why the certificate is revoked, in a sentence.")
	}
	return Event{Kind: EventRevoked, At: now, By: by, Detail: reason}, nil
}

// Replaced are, of one workflow's certificates, those that end when next is
// approved: every one that was issued before and is neither superseded nor
// revoked, approved or not, so that none can be approved after it. Errors:
// conflict (a newer one was approved already).
func Replaced(all []Certificate, next Certificate) ([]Certificate, error) {
	var out []Certificate
	for _, c := range all {
		switch {
		case c.Number == next.Number || c.WorkflowID != next.WorkflowID || c.Status != StatusIssued:
		case c.Issued.Before(next.Issued):
			out = append(out, c)
		case c.Approved:
			return nil, fault.Conflict("%s is newer and was approved; %s cannot take its place.", c.Number, next.Number)
		}
	}
	return out, nil
}

// Current picks, of one workflow's certificates, the newest that was approved and
// neither superseded nor revoked: the one that holds, or the last that did
// (StatusAt tells which), and that a new one replaces.
func Current(all []Certificate) (Certificate, bool) {
	var best Certificate
	for _, c := range all {
		if c.Status == StatusIssued && c.Approved && c.Issued.After(best.Issued) {
			best = c
		}
	}
	return best, best.Number != ""
}
