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
//     which the types of this package declare them, every member present but those
//     that the type calls omitempty, which are there only where they are not empty;
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
// finds nothing wrong. A complete statement is in testdata/statement-2.json,
// which the tests read back and write again. It begins:
//
//	{
//	  "format": "assay-certificate/2",
//	  "number": "GC-2026-0007",
//	  "sample": true,
//	  "organisation": {
//	    "id": "0192f3b4-0000-7000-8000-000000000001",
//	    "name": "Exampleton Borough Council",
//	    "short_name": "Exampleton",
//	    "contact": "ai@exampleton.example"
//	  },
//
// Every edition of a certificate (paper, large print, HTML, the table of a pack,
// the command line) is drawn from this one value, so that no two of them can say
// different things.
//
// # What it says about runs
//
// A requirement that rests on records is met or not_met. One that rests on runs is
// held, held_but_for (cases that were found, and that two people explained or for
// which an officer's answer was written down), not_held or not_shown; package assurance says how. Its counts
// say of how many cases, in how many the log shows it, and how many findings there
// are, settled or not. No explanation takes a finding out of them. Where a
// requirement is held_but_for and none stands as a condition, the verdict is
// met_with_exceptions: "met" is left to a statement with nothing but yes in it.
//
// "evidence" counts the runs by month and, at each gate, those that a named
// officer decided before anything left; "left_out" what of the imported files is
// not among them; "attempts" when a certificate was asked for and refused;
// "declarations" the changes of what the runs are held to; "breaks" that an older
// copy of the register was put back, or that it began with a hand-over.
//
// # The signatures it needs
//
// "signatures" names who has to sign, in their order: the assessor, whose key also
// makes the seal's claims, and the approver. A document that lacks one of them is
// not approved yet, whatever else is right about it.
//
// # Version 1
//
// Certificates that were issued before have "assay-certificate/1". It has no
// evidence, left_out, attempts or declarations, "assessor" and "approver" in the
// place of "signatures", and calls a requirement met or not_met only. Parse reads
// it into the same type, Format writes it again byte for byte, and what is drawn
// of it says what it said: see testdata/statement.json.
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
	"fmt"
	"time"

	"assay/internal/civil"
	"assay/internal/prose"
)

// StatementFile is the name of the record inside a certificate's PDF.
const StatementFile = "statement.json"

// SealFile is the name of the seal's text inside it, where the approver made one.
const SealFile = "seal.txt"

// The values of a statement's "format".
const (
	FormatName  = "assay-certificate/2" // what is issued
	FormatFirst = "assay-certificate/1" // what was issued before
)

// Verdict is the conclusion of the assessment.
type Verdict string

const (
	VerdictMet        Verdict = "met"
	VerdictExceptions Verdict = "met_with_exceptions" // but for cases that were explained
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
	Evidence     Evidence      `json:"evidence"`
	Gates        []Gate        `json:"gates"`
	Patterns     []Pattern     `json:"patterns,omitempty"` // of gates at which not each run is decided on; absent where there are none
	Sources      []Source      `json:"sources"`
	LeftOut      LeftOut       `json:"left_out"`
	Findings     []Finding     `json:"findings"`
	Declarations []Declaration `json:"declarations"`      // what the runs are held to, the oldest first
	Twins        []Twin        `json:"twins"`             // other workflows that may be this one
	Breaks       []Break       `json:"breaks,omitempty"`  // where the register does not go back to its beginning
	Remarks      []Remark      `json:"remarks,omitempty"` // what else bears on how far the runs can be believed
	Documents    []Document    `json:"documents"`
	Runs         int           `json:"runs"`     // runs in the register for this workflow
	Attempts     []Attempt     `json:"attempts"` // refused, since the last certificate
	Issued       time.Time     `json:"issued"`
	ValidUntil   civil.Date    `json:"valid_until"`         // last day on which it holds
	Signatures   []Signature   `json:"signatures"`          // that it needs: assessor, then approver
	Root         string        `json:"root"`                // SHA-256 of the root key they are held to, lower-case hex
	RootName     string        `json:"root_name,omitempty"` // whom its certificate names, where that is not the organisation
	Supersedes   string        `json:"supersedes"`          // number of the certificate it replaces
	Superseded   []string      `json:"superseded"`          // numbers of the workflow's certificates before it, the newest first
	Withdrawn    []Earlier     `json:"withdrawn,omitempty"` // those of them that were revoked
	Log          Head          `json:"log"`
}

// Assessor is who signs first.
func (s Statement) Assessor() Signature { return s.signature(RoleAssessor) }

// Approver is who signs after them.
func (s Statement) Approver() Signature { return s.signature(RoleApprover) }

func (s Statement) signature(role string) Signature {
	for _, x := range s.Signatures {
		if x.Role == role {
			return x
		}
	}
	return Signature{}
}

// Organisation is whose workflow it is.
type Organisation struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
	Contact   string `json:"contact"` // how the public reaches somebody
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
	Met        int    `json:"met"` // met, or held in every case
	Applicable int    `json:"applicable"`
	Percent    int    `json:"percent"` // of the area, a rule held in part counted by its share
}

// Requirement is the answer to one requirement.
type Requirement struct {
	Code     string   `json:"code"`
	Area     string   `json:"area"`
	Title    string   `json:"title"`
	Blocking bool     `json:"blocking"`
	Status   string   `json:"status"` // assurance.Status
	Counts   Counts   `json:"counts"` // all 0 for one that rests on records
	Reason   string   `json:"reason"`
	Task     string   `json:"task"` // what it asks for, in a few words
	Subjects []string `json:"subjects"`
}

// Counts are the cases of a requirement that rests on runs.
type Counts struct {
	Of      int `json:"of"`      // cases that it is about; 0: it is about many runs at once
	Tested  int `json:"tested"`  // of these, that the log shows
	Short   int `json:"short"`   // findings
	Settled int `json:"settled"` // of these, explained or accepted by two people, dealt with, or answered
}

// Evidence is what the runs show in a few counts.
type Evidence struct {
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	Months   []Month    `json:"months"`    // each month of the period, those without runs too
	Days     int        `json:"days"`      // in the period
	DaysIdle int        `json:"days_idle"` // of these, without a run
	Released int        `json:"released"`  // cases in which something left a gate
	// DecidedFirst is in how many of these a named officer decided before it left.
	DecidedFirst int `json:"decided_first"`
	Accounts     int `json:"accounts"` // different accounts that decided
}

// Month is one month of the period.
type Month struct {
	Month string `json:"month"` // 2026-05
	Runs  int    `json:"runs"`
}

// LeftOut is what imported files held, or should have held, and the runs do not.
type LeftOut struct {
	Refused  int `json:"refused"`  // records that could not be read
	Filtered int `json:"filtered"` // records that a filter of the import passed over
	// FilteredRuns are the runs of which the filters left nothing, and Filters what their rules are called.
	FilteredRuns int      `json:"filtered_runs"`
	Filters      []string `json:"filters"`
	Unmatched    int      `json:"unmatched"` // records that belong to no run
	Repeated     int      `json:"repeated"`  // runs that were held already
	Replaced     int      `json:"replaced"`  // runs that another file tells otherwise
	Purged       int      `json:"purged"`    // runs whose personal data was deleted
	// Stated is how many runs the platform says the files hold, and Read how many
	// records were found in the files for which it says so; 0 where it says nothing.
	Stated int `json:"stated"`
	Read   int `json:"read"`
	// Missing counts, file by file, the runs that the platform says it holds and that are
	// not in it: what another file has too many makes up for none of them.
	Missing int `json:"missing,omitempty"`
}

// Declaration is something that runs are held to from a day on: gates,
// thresholds, officers, scope. The first covers the runs before it too.
type Declaration struct {
	From     civil.Date `json:"from"` // the first day that it holds for; empty: every run before the next one
	Made     civil.Date `json:"made"` // empty where the register does not know
	By       string     `json:"by"`
	Approved string     `json:"approved"` // approval.Approval.Words; empty: by nobody else
	Why      string     `json:"why"`
	Changed  []string   `json:"changed"`
	Runs     int        `json:"runs"`       // that are held to it
	After    int        `json:"after_runs"` // of these, that ran before the day on which it was made
	Tried    int        `json:"tried"`      // runs that the change was tried on before it was made
	Gone     int        `json:"gone"`       // findings that went, on those
	Added    int        `json:"added"`      // findings that came
	Words    string     `json:"words"`      // all of it in sentences
}

// The kinds of a break.
const (
	BreakOlderCopy = "older_copy" // an older copy of the register was put back, and somebody said why
	BreakHandover  = "handover"   // the register began with what another one handed over
)

// Break is where the register's own history does not go back to its beginning.
type Break struct {
	Kind  string     `json:"kind"`
	On    civil.Date `json:"on"`
	By    string     `json:"by"`    // who was at the keyboard
	Why   string     `json:"why"`   // their reason; empty for a hand-over
	Lost  int        `json:"lost"`  // entries of the log that are gone; 0 where nobody can count them
	Words string     `json:"words"` // all of it in sentences
}

// Twin is another workflow of the register that may be the same one.
type Twin struct {
	Ref   string `json:"ref"`
	Runs  int    `json:"runs"`
	Open  int    `json:"open"`
	Words string `json:"words"`
}

// Attempt is a time when a certificate was asked for and refused.
type Attempt struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Dry     bool      `json:"dry"` // it was only asked what would be in the way
	Reasons []string  `json:"reasons"`
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
	Named            int    `json:"named"` // how many officers are named
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
	// Officers are the named ones, and DecidedFirst how many of the cases released
	// one of them decided before.
	Officers     []Officer `json:"officers"`
	DecidedFirst int       `json:"decided_first"`
}

// Pattern is how people oversee a gate at which not each run comes before one of
// them, and what the runs show of it; see assurance.PatternMeasure.
type Pattern struct {
	Gate    string `json:"gate"` // key
	Title   string `json:"title"`
	Pattern string `json:"pattern"` // workflow.Pattern
	Terms   string `json:"terms"`   // in words
	Runs    int    `json:"runs"`
	Due     int    `json:"due"`
	Unknown int    `json:"unknown"`
	Looked  int    `json:"looked"`
	Late    int    `json:"late"`
	Open    int    `json:"open"`
	Waiting int    `json:"waiting"`
	Changed int    `json:"changed"`
}

// Officer is an account that may decide at a gate.
type Officer struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Kind    string `json:"kind"` // workflow.LoginKind; empty: the roster does not say
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
	Purged   string    `json:"purged"` // when, by whom and why its personal data was deleted
	// How the import's mapping had the file read; see assurance.Source.
	MappingSHA256 string   `json:"mapping_sha256"`
	ReadAs        []string `json:"read_as"`
	Contrary      []string `json:"contrary"`
}

// Remark is something that no test finds and that bears on how far the runs can be
// believed; see assurance.Remark.
type Remark struct {
	Name string `json:"name"`
	Lead string `json:"lead"` // on page 1; empty: on page 2 only
	Text string `json:"text"` // on page 2
}

// Finding counts the findings of one test; see assurance.FindingCount.
type Finding struct {
	Code      string        `json:"code"`
	Title     string        `json:"title"`
	Question  bool          `json:"question"`
	Of        int           `json:"of"`
	Tested    int           `json:"tested"`
	Open      int           `json:"open"`
	Alone     int           `json:"alone"`
	Actioned  int           `json:"actioned"`
	Explained int           `json:"explained"`
	Accepted  int           `json:"accepted"`
	Done      int           `json:"done"`
	Said      []Explanation `json:"said"`
	Untested  string        `json:"untested"`
}

// Found is how many findings there are, whatever was said of them.
func (f Finding) Found() int { return f.Open + f.Alone + f.Actioned + f.Settled() }

// Settled is how many of them were settled.
func (f Finding) Settled() int { return f.Explained + f.Accepted + f.Done }

// Explanation is what was said of findings, by whom, and who approved it.
type Explanation struct {
	Findings int        `json:"findings"`
	Standing string     `json:"standing"` // explained, accepted, done, alone, actioned, open
	Class    string     `json:"class"`
	Why      string     `json:"why"`
	Link     string     `json:"link"`
	Officer  string     `json:"officer"`
	By       string     `json:"by"`
	On       civil.Date `json:"on"`
	Until    civil.Date `json:"until"`
	Approved string     `json:"approved"` // approval.Approval.Words; empty: by nobody else
	// Signed is with the approver's own key: one that they made, or of which no register
	// says otherwise, and that nobody had revoked when this was stated.
	Signed bool `json:"signed"`
}

// Document is a piece of evidence relied on.
type Document struct {
	Ref      string `json:"ref"`
	Title    string `json:"title"`
	FileName string `json:"file_name"`
	SHA256   string `json:"sha256"`
}

// The roles of signatures.
const (
	RoleAssessor = "assessor"
	RoleApprover = "approver"
)

// The values of a signature's "key_made_by".
const (
	KeyByHolder   = "holder"
	KeyByAssessor = "assessor"
	KeyByAnother  = "another"
)

// Signature is a signature that a certificate needs: whose, and with which key.
type Signature struct {
	Role     string `json:"role"`
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
	JobTitle string `json:"job_title"`
	// Key is the SHA-256 of the public key (SubjectPublicKeyInfo, DER) in
	// lower-case hex; empty for somebody who approves without a key of their own.
	Key string `json:"key"`
	// KeyMade says how the key came to be, as the register's log shows it: "made at
	// this register by Dee Example, the assessor, on 2 March 2026"; empty where the
	// log does not say.
	KeyMade string `json:"key_made"`
	// KeyMadeBy is who was at the keyboard then: holder, assessor, another; empty likewise.
	KeyMadeBy string `json:"key_made_by,omitempty"`
	// KeyName is whom the key's certificate names, where that is somebody else than Name.
	KeyName string `json:"key_name,omitempty"`
}

// Earlier is a certificate of the workflow that was revoked before this one was issued.
type Earlier struct {
	Number  string     `json:"number"`
	Revoked civil.Date `json:"revoked"`
	By      string     `json:"by"` // who revoked it
	Why     string     `json:"why"`
}

// Words say which it is, and who revoked it and why.
func (e Earlier) Words() string {
	return fmt.Sprintf("%s (revoked on %s by %s, who wrote: %s)", e.Number, e.Revoked.Long(), prose.Called(e.By),
		prose.Quote(e.Why))
}

// Head is the activity log at the moment of issue.
type Head struct {
	Size int64  `json:"size"`
	Root string `json:"root"` // lower-case hex
}
