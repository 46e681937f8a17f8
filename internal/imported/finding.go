package imported

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/review"
)

// Status is what a person has said of a finding.
type Status string

const (
	StatusOpen      Status = "open"
	StatusExplained Status = "explained"
	StatusAccepted  Status = "accepted" // until it expires
	StatusActioned  Status = "actioned" // an action was raised
)

// Statuses lists them in the order in which screens show them.
var Statuses = []Status{StatusOpen, StatusActioned, StatusAccepted, StatusExplained}

// Disposition is what a person decided about one or more findings.
type Disposition struct {
	ID         string     `json:"id"`
	WorkflowID string     `json:"workflow_id"`
	Status     Status     `json:"status"`
	Why        string     `json:"why"`
	By         string     `json:"by"`
	At         time.Time  `json:"at"`
	Expires    civil.Date `json:"expires,omitempty"`   // the last day of an acceptance
	ActionID   string     `json:"action_id,omitempty"` // of an action raised
	// Basis is what it rests on beside Why; the zero Basis for what was decided
	// before explanations had one.
	Basis    review.Basis `json:"basis,omitzero"`
	Findings int64        `json:"findings"` // how many
	Digest   string       `json:"digest"`   // SHA-256 over their identifiers, one a line, by code, gate, run and subject
}

// Content is what an approval of the disposition is about: all of it but the
// approval itself, with the digest of the findings' identifiers.
func (d Disposition) Content() ([]byte, error) {
	d.Basis.Approval = approval.Approval{}
	if o := d.Basis.Origin; o != (review.Origin{}) {
		d.Findings, d.Digest, d.Basis.Origin = o.Findings, o.Digest, review.Origin{}
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write what is approved: %w", err)
	}
	return b, nil
}

// Standing is how far what was said of a finding settles it. Nothing makes the
// finding go away: what is settled is counted apart from what is not.
type Standing string

const (
	StandsOpen      Standing = "open"      // nothing was said, it was opened again, or an acceptance has run out
	StandsAlone     Standing = "alone"     // explained or accepted by one person, of a fact, or with nobody's answer
	StandsActioned  Standing = "actioned"  // an action was raised and is not done
	StandsExplained Standing = "explained" // a fact by two people, a question by the officer's answer
	StandsAccepted  Standing = "accepted"  // by two people, until a day
	StandsDone      Standing = "done"      // an action was raised, approved, and done
)

// Stands tells how far the disposition settles a finding on a day: of a fact, or
// of a question; action is the state of the action that was raised.
func (d Disposition) Stands(question bool, action review.ActionStatus, today civil.Date) Standing {
	two := d.Basis.TwoPeople()
	switch {
	case d.Expires != "" && d.Expires.Before(today):
		return StandsOpen
	case d.Status == StatusExplained && (two || question && d.Basis.Officer != ""):
		return StandsExplained
	case d.Status == StatusAccepted && two:
		return StandsAccepted
	case d.Status == StatusActioned && action == review.ActionOpen:
		return StandsActioned
	case d.Status == StatusActioned && action == review.ActionDone && two:
		return StandsDone
	case d.Status == StatusOpen, d.Status == StatusActioned && action != review.ActionDone:
		return StandsOpen
	}
	return StandsAlone
}

// Check tells what is missing of a disposition, field by field.
func (d Disposition) Check() error {
	var fields []fault.Field
	need := func(ok bool, name, message string) {
		if !ok {
			fields = append(fields, fault.Field{Name: name, Message: message})
		}
	}
	need(
		slices.Contains(Statuses, d.Status),
		"status",
		"Choose whether the finding is explained, accepted, or turned into an action.",
	)
	need(strings.TrimSpace(d.Why) != "", "why", "Say why.")
	need(strings.TrimSpace(d.By) != "", "by", "Say who decides this.")
	need(!d.At.IsZero(), "at", "Say when this was decided.")
	need(
		d.Status != StatusAccepted || !d.Expires.Before(civil.Of(d.At)) && d.Expires != "",
		"expires",
		"Say until when it is accepted.",
	)
	need(d.Status == StatusAccepted || d.Expires == "", "expires", "Only an acceptance has a last day.")
	need(d.Expires.Valid(), "expires", "There is no such day; enter one of the form 2026-03-31.")
	need((d.Status == StatusActioned) == (d.ActionID != ""), "action_id", "Name the action that was raised.")
	return fault.Join(fields)
}

// Finding is a finding as it is kept.
type Finding struct {
	ID string `json:"id"` // stable: the same finding has the same identifier whenever it is found
	oversight.Finding
	Day         civil.Date   `json:"day"` // of the run; empty for findings about many
	SourceRef   string       `json:"source_ref"`
	Status      Status       `json:"status"`
	Disposition *Disposition `json:"disposition,omitempty"` // the latest, also where it has expired

	// DeclaredFrom is since when what the run is held to was in force, empty for the
	// first declaration; Replaced tells that something else is declared by now.
	DeclaredFrom civil.Date `json:"declared_from,omitempty"`
	Replaced     bool       `json:"replaced,omitempty"`
}
