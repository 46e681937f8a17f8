// Package certificate holds governance certificates: what was assessed, by
// whom, on what evidence, what was found, under which conditions, and until when
// it holds.
//
// A certificate records an assessment. It says nothing about certification to
// any standard.
//
// # The statement
//
// What a certificate states is one JSON object, its statement. The digest of a
// certificate is the SHA-256 of the statement's bytes, so there is exactly one
// way to write a statement down:
//
//   - UTF-8 without byte order mark, each object's members in the order in
//     which the types of this package declare them, every member present;
//   - two spaces of indentation a level, one member or element a line, ": "
//     between name and value, an empty array as [], a line feed at the very end;
//   - strings escape only the quotation mark, the reverse solidus, control
//     characters and U+2028 and U+2029, in the way of Go's encoding/json without
//     HTML escaping;
//   - numbers are integers; shares are given as numerator and denominator;
//   - times are UTC to the second, 2026-11-23T09:30:00Z; days are 2026-11-23; an
//     unknown time is 0001-01-01T00:00:00Z and no day is "";
//   - a member that is not in this version of the format is refused.
//
// [Format] writes it and [Parse] accepts nothing else: Parse(b) succeeds only
// where Format of its result is b again, byte for byte, and where [Statement.Validate]
// finds nothing wrong. A complete statement is in testdata/statement.json,
// which the tests read back and write again. It begins:
//
//	{
//	  "format": "assay-certificate/1",
//	  "number": "GC-2026-0007",
//	  "sample": true,
//	  "organisation": {
//	    "id": "0192f3b4-0000-7000-8000-000000000001",
//	    "name": "Exampleton Borough Council",
//	    "short_name": "Exampleton"
//	  },
//
// # What issuing asks for
//
// [Issue] refuses, and says why, while a blocking requirement is not met, while a
// requirement that is not met has no condition with an owner and a day, where
// the assessor and the approver are the same person, or where the workflow is
// not running. A certificate holds for at most twelve months.
//
// # How a certificate ends
//
// It ends after its last day, or earlier when another one supersedes it or when
// it is revoked. A revoked certificate stays revoked. The paper cannot show
// this; a check against the register, or against the organisation's signed
// list of certificates that ended (see package signing), does. Its life is a row
// of events after the issue; [Certificate.After] applies them.
package certificate

import (
	"time"

	"assay/internal/civil"
)

// StatementFile is the name of the record inside a certificate's PDF.
const StatementFile = "statement.json"

// FormatName is the value of a statement's "format".
const FormatName = "assay-certificate/1"

// Verdict is the conclusion of the assessment.
type Verdict string

const (
	VerdictMet        Verdict = "met"
	VerdictConditions Verdict = "met_with_conditions"
)

// Statement is the record that a certificate states and signs.
type Statement struct {
	Format       string        `json:"format"`
	Number       string        `json:"number"` // GC-2026-0007
	Sample       bool          `json:"sample"` // issued for a fictional organisation
	Organisation Organisation  `json:"organisation"`
	Workflow     Workflow      `json:"workflow"`
	Verdict      Verdict       `json:"verdict"`
	Conditions   []Condition   `json:"conditions"`
	Percent      int           `json:"percent"` // 0–100, mean of the areas, rounded down
	Areas        []Area        `json:"areas"`   // five
	Requirements []Requirement `json:"requirements"`
	Policies     []Policy      `json:"policies"`
	Assessment   Assessment    `json:"risk_assessment"`
	Gates        []Gate        `json:"gates"`
	Sources      []Source      `json:"sources"`
	Findings     []Finding     `json:"findings"`
	Documents    []Document    `json:"documents"`
	Runs         int           `json:"runs"` // runs in the register for this workflow
	Issued       time.Time     `json:"issued"`
	ValidUntil   civil.Date    `json:"valid_until"` // last day on which it holds
	Assessor     Signatory     `json:"assessor"`
	Approver     Signatory     `json:"approver"`
	Supersedes   string        `json:"supersedes"` // number of the certificate it replaces
	Log          Head          `json:"log"`
}

// Organisation is whose workflow it is.
type Organisation struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
}

// Workflow is what was assessed, with the account given to residents.
type Workflow struct {
	ID            string `json:"id"`
	Ref           string `json:"ref"`
	Name          string `json:"name"`
	Service       string `json:"service"`
	Version       string `json:"version"`
	Supplier      string `json:"supplier"`
	Platform      string `json:"platform"`
	Lifecycle     string `json:"lifecycle"`
	Owner         string `json:"owner"` // name of the accountable person
	OwnerRole     string `json:"owner_role"`
	Purpose       string `json:"purpose"`
	Decisions     string `json:"decisions"`
	HowItWorks    string `json:"how_it_works"`
	Limits        string `json:"limits"`
	ChallengeTool string `json:"challenge_tool"`
	Challenge     string `json:"challenge"`
	DataUsed      string `json:"data_used"` // joined by "; "
	Significant   bool   `json:"significant"`
}

// Condition is a requirement that is not met and stands with an owner and a day.
type Condition struct {
	Requirement string     `json:"requirement"` // code
	Text        string     `json:"text"`
	OwnerID     string     `json:"owner_id"`
	Owner       string     `json:"owner"` // name
	Due         civil.Date `json:"due"`
}

// Area is the result in one area.
type Area struct {
	Area       string `json:"area"`
	Title      string `json:"title"`
	Met        int    `json:"met"`
	Applicable int    `json:"applicable"`
}

// Requirement is the answer to one requirement.
type Requirement struct {
	Code     string   `json:"code"`
	Area     string   `json:"area"`
	Title    string   `json:"title"`
	Blocking bool     `json:"blocking"`
	Status   string   `json:"status"`
	Reason   string   `json:"reason"`
	Subjects []string `json:"subjects"`
}

// Policy is a policy in force that applies to the workflow.
type Policy struct {
	Ref        string     `json:"ref"`
	Title      string     `json:"title"`
	Version    string     `json:"version"`
	ApprovedOn civil.Date `json:"approved_on"`
	ApprovedBy string     `json:"approved_by"` // name and role
}

// Assessment is the risk assessment relied on. Counts are of open risks by
// residual score.
type Assessment struct {
	Ref           string     `json:"ref"`
	ApprovedOn    civil.Date `json:"approved_on"`
	ApprovedBy    string     `json:"approved_by"`
	Risks         int        `json:"risks"`
	HighestScore  int        `json:"highest_score"` // residual, 0–25
	AboveAppetite int        `json:"above_appetite"`
	Appetite      int        `json:"appetite"`
}

// Gate is a decision point with its thresholds and what runs show about it.
type Gate struct {
	Key              string `json:"key"`
	Title            string `json:"title"`
	Decides          string `json:"decides"`
	Role             string `json:"role"`
	Officers         int    `json:"officers"` // how many are named
	FourEyes         bool   `json:"four_eyes"`
	Enforcement      string `json:"enforcement"`
	MinReviewSeconds int    `json:"min_review_seconds"`
	MaxStreak        int    `json:"max_streak"`
	MaxAgreementPct  int    `json:"max_agreement_percent"`
	Released         int    `json:"released"`
	Decided          int    `json:"decided"`
	ByOfficer        int    `json:"by_officer"`
	Timed            int    `json:"timed"`
	MedianSeconds    int    `json:"median_seconds"` // rounded down
	UnderMinimum     int    `json:"under_minimum"`
	Agreed           int    `json:"agreed"` // decisions that follow the AI's recommendation
	Comparable       int    `json:"comparable"`
	Edited           int    `json:"edited"`
}

// Source is one imported file of run evidence.
type Source struct {
	Ref      string    `json:"ref"`
	FileName string    `json:"file_name"`
	Format   string    `json:"format"`
	SHA256   string    `json:"sha256"`
	Bytes    int64     `json:"bytes"`
	Runs     int       `json:"runs"`
	Refused  int       `json:"refused"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
}

// Finding counts the findings of one code.
type Finding struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Open      int    `json:"open"`
	Explained int    `json:"explained"`
	Actioned  int    `json:"actioned"`
	Accepted  int    `json:"accepted"`
	Untested  string `json:"untested"`
}

// Document is a piece of evidence relied on.
type Document struct {
	Ref      string `json:"ref"`
	Title    string `json:"title"`
	FileName string `json:"file_name"`
	SHA256   string `json:"sha256"`
}

// Signatory is a person who signs, and the key they sign with.
type Signatory struct {
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	// Key is the SHA-256 of the public key (SubjectPublicKeyInfo, DER) in
	// lower-case hex; empty for somebody who approves without a key of their own.
	Key string `json:"key"`
}

// Head is the activity log at the moment of issue.
type Head struct {
	Size int64  `json:"size"`
	Root string `json:"root"` // lower-case hex
}
