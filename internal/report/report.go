// Package report draws the two documents that Assay puts into people's hands:
// the certificate that an elected member holds on paper, and the evidence pack
// that an auditor reads from a memory stick.
//
// It knows nothing of registers, keys or imports. The service fills the plain
// values below and report lays them out with pdfkit; what is not in the value is
// not in the document. Every text may come from an imported file: it is shown as
// text, shortened where a designed page has no room for it (the page then says
// "continued in the record"), and never trusted.
//
// Each document is deterministic: the same value gives the same bytes, so a
// document can be drawn again from its record and compared.
package report

import (
	"io"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
)

// SampleMark stands on every page of a document made from the sample council.
const SampleMark = "SAMPLE – fictional council"

// The names of the signature fields in every document, made before signing.
const (
	FieldAssessor = "Assessor"
	FieldApprover = "Approver"
)

// Edition is the way a certificate is set.
type Edition string

const (
	Standard   Edition = "standard"    // two A4 pages
	LargePrint Edition = "large_print" // 18 point text, as many pages as it takes
)

// Verdict is what an assessment found. The words shown to a member are the
// report's own (see [Verdict.Words]).
type Verdict string

const (
	VerdictMet               Verdict = "met"                 // every requirement that applies is met
	VerdictMetWithExceptions Verdict = "met_with_exceptions" // all stand, some but for cases that were explained
	VerdictMetWithConditions Verdict = "met_with_conditions" // the blocking ones stand, others stand as conditions
)

// Words is the verdict as the certificate prints it.
func (v Verdict) Words() string {
	switch v {
	case VerdictMet:
		return "Met"
	case VerdictMetWithExceptions:
		return "Met with exceptions"
	case VerdictMetWithConditions:
		return "Met with conditions"
	}
	return string(v)
}

// Certificate is all that a governance certificate says. Page 1 is for a member
// and page 2 for an auditor.
type Certificate struct {
	Number       string // "GC-2026-0007"
	Organisation string // as registered
	Contact      string // how the public reaches somebody there
	Sample       bool   // true for the sample council: each page is marked
	// Ended is what an edition of a certificate that no longer holds begins with; empty while it holds.
	Ended    string
	IssuedAt time.Time // UTC; also the document's creation date
	// First marks a record of the first version, which says nothing of the runs on
	// page 1: what is drawn of it has no such section.
	First bool

	Workflow Workflow
	Verdict  Verdict
	// Lead is what stands under the verdict, a sentence or two each.
	Lead []string
	// Shown is what the runs show, in the order in which page 1 says it.
	Shown []certificate.Point
	// Conditions are the requirements that are not yet met, each with who will
	// meet it and by when. Empty for VerdictMet.
	Conditions []Condition
	// Areas are the five areas in their order: POL, RSK, OVR, TRN, IMP.
	Areas []Area

	ValidFrom  civil.Date
	ValidUntil civil.Date
	Supersedes string // number of the certificate that this one replaces, or empty

	Seal string // the text of the QR code, "AY1:…" (upper-case letters, digits and $%*+-./: only)

	Assessor Person // signs first
	Approver Person // counter-signs; the zero Person where none is asked for
	// Approved is true where the approver's seal is on the page when it is drawn.
	Approved bool

	// Page 2.
	RecordDigest string // SHA-256 of the certificate's record, lower-case hex
	Keys         []Key  // whose keys sign, with their fingerprints
	Log          Checkpoint
	Sources      []Source
	Counts       Counts
	Findings     []FindingCount
	Gates        []Gate
	Requirements []Requirement
	Explained    []Explained
	Besides      []Fact
	// NotTested says which tests could not be run and why, a sentence each:
	// absent evidence is never shown as a pass.
	NotTested []string

	Attachments []Attachment // "statement.json" first

	conditionsCut bool // page 1 has no room for all conditions
	aside         bool // how to challenge it stands beside the account
}

// Workflow is one use of AI, told to somebody who has never seen it.
type Workflow struct {
	Ref     string // "WF-0003"
	Name    string
	Version string
	// Plain-language account, one to three short sentences each.
	Does           string // what this AI does
	Data           string // the data that it uses
	Informs        string // the decisions that it informs
	HowItWorks     string // how it reaches its output
	DoesNot        string // what it does not do
	Answers        string // who answers for it: "Jane Morgan, Head of Planning"
	PeopleDecide   string // what people decide, and that a person always does
	HowToChallenge string // how somebody affected can object
}

// Condition is something still to be done while the certificate stands.
type Condition struct {
	// Text is what will be done, as in "Train the officers: record when each of them
	// took the course". Where many conditions stand, only what comes before a colon
	// is printed.
	Text  string
	Owner string // "Ann Price, Data Protection Officer"
	Due   civil.Date
}

// Area is the result in one of the five areas.
type Area struct {
	Code       string // POL, RSK, OVR, TRN or IMP
	Name       string // "Human oversight"
	Met        int    // requirements met
	Applicable int    // requirements that apply
	Sentence   string // one short sentence in plain English: what was found
}

// Person signs a document.
type Person struct {
	Name string
	Role string
}

// Key is a public key that signs the document or its seal.
type Key struct {
	Use         string // "Organisation root", "Assessor", "Seal"
	Holder      string // whose it is
	Fingerprint string // SHA-256 of the certificate, lower-case hex
	Made        string // how it came to be: "made at this register by …"; may be empty
}

// Checkpoint is the signed head of the activity log when the document was made.
type Checkpoint struct {
	Size int64  // entries in the log
	Root string // root hash, base64
}

// Source is one imported file.
type Source struct {
	Name    string // file name as imported
	Format  string // "Assay run audit", "XES", …
	SHA256  string // lower-case hex
	Runs    int64  // runs accepted
	Refused int64  // records refused at import
	From    civil.Date
	Until   civil.Date
}

// Unknown stands for a count that the record does not hold: the edition says so.
const Unknown = -1

// NotHere is what an edition says in the place of what its record does not hold.
const NotHere = "not in this edition"

// NotInEdition says what of a certificate's record its editions leave out.
const NotInEdition = "Identifiers, sizes of files, and the text and counts of each rule and finding one by one are " +
	"not in this edition: the record has them."

// UseRoot is the use of the organisation's root key.
const UseRoot = "Organisation root"

// Explained is what was said of findings of one test.
type Explained struct {
	Code     string
	Findings int64 // that it is about
	Of       int64 // findings of the test
	Standing string
	Words    string // the reason, what shows it, who wrote it, who approved it
}

// Fact is a fact about the evidence that belongs to no test.
type Fact struct {
	Name string // "Left out"
	Text string
}

// Counts are the totals over the runs that the document rests on.
type Counts struct {
	Runs      int64
	Decisions int64
	Releases  int64
	Officers  int64 // different accounts that decided, or Unknown
	From      civil.Date
	Until     civil.Date
}

// FindingCount is what one test found over all runs.
type FindingCount struct {
	Code      string // "OVR-05"
	Title     string // "Prepared and decided by the same person"
	Of        int64  // cases that the test is about; 0 for a test about many runs at once
	Tested    int64  // of these, whose log shows what it looks at
	Found     int64  // that it found
	Open      int    // findings that nobody has settled
	Explained int    // settled
	Actioned  int    // with an action that is not done; they are open too
	Threshold string // the threshold in words with its unit ("60 seconds"), or empty
}

// Gate is a decision point of a workflow with what was measured there.
type Gate struct {
	Ref       string
	Name      string
	Decides   string   // what is decided there
	Role      string   // responsible role
	Officers  []string // named officers
	Named     int      // how many they are, also where the record does not hold their names
	FourEyes  bool     // somebody other than the preparer must decide
	MinReview time.Duration
	Enforced  string // how it is enforced
	// Measures are name and value pairs in words, with numerator and denominator
	// where there are any ("Runs with a decision", "1,199 of 1,199").
	Measures []Measure
}

// Measure is one figure with its name.
type Measure struct {
	Name  string
	Value string
}

// RequirementState is how one requirement stands.
type RequirementState string

const (
	RequirementMet           RequirementState = "met"
	RequirementNotMet        RequirementState = "not_met"
	RequirementNotApplicable RequirementState = "not_applicable"
	RequirementHeld          RequirementState = "held"
	RequirementHeldButFor    RequirementState = "held_but_for"
	RequirementNotHeld       RequirementState = "not_held"
	RequirementNotShown      RequirementState = "not_shown"
)

// Words is the state as it is printed.
func (s RequirementState) Words() string { return assurance.Status(s).Words() }

// Requirement is one rule of the assessment and how it stands.
type Requirement struct {
	Code     string // "OVR-R03"
	Name     string
	Area     string // POL, RSK, OVR, TRN or IMP
	State    RequirementState
	Blocking bool
	Reason   string   // why it is met, is not met or does not apply
	ToMeet   string   // what would meet it, where it is not met
	Clauses  []string // "5.2", "A.9.3"
}

// Relationship says what an attached file is to the document (ISO 32000-2, AFRelationship).
type Relationship string

const (
	RelSource      Relationship = "Source"
	RelData        Relationship = "Data"
	RelSupplement  Relationship = "Supplement"
	RelUnspecified Relationship = "Unspecified"
)

// Attachment is a file inside the document. Open is called once, while the
// document is written, and its content is copied through: it is never held.
type Attachment struct {
	Name         string // file name, without a folder
	MIME         string // "application/json"
	Relationship Relationship
	Description  string
	Modified     time.Time
	Size         int64 // bytes; what Open gives must have just that many
	Open         func() (io.ReadCloser, error)
}

// EvidencePack is all that the pack's document says: a preface, clauses 4 to 10,
// Annex A with the Statement of Applicability, then the records themselves.
type EvidencePack struct {
	Ref          string // "EP-2026-0002"
	Organisation string
	Sample       bool
	PreparedAt   time.Time // UTC
	Scope        string    // what the pack covers: the organisation, or one workflow
	Period       string    // the period of the run evidence, in words
	Assessor     Person
	Approver     Person

	Clauses    []Clause       // clauses 4.1 to 10.2 of ISO/IEC 42001, in order
	Statements []Statement    // a Statement of Applicability for each standard, that of ISO/IEC 42001 first
	Shared     []SharedClause // clauses that ISO/IEC 27001 shares; none where the pack does not compare
	System     []SystemRule   // rules about the organisation as a whole
	Objectives []Objective
	Records    []GovernanceRecord // by kind, training apart
	Trained    []GovernanceRecord // training
	Likelihood []string           // steps 1 to 5 in words; none where the method is not said
	Impact     []string
	Appetite   int
	Law        []LawDay // of the period of the runs
	Policies   []Policy
	Workflows  []PackWorkflow
	Findings   []Finding
	Reviews    []Review
	Actions    []Action
	Sources    []Source
	Evidence   []EvidenceItem
	// Gaps are what is missing, stated: also what was left out on purpose.
	Gaps []Gap
	// Runs gives the sample of runs that the pack lists, one at a time, so that
	// tens of thousands of rows are never held; nil where none are listed.
	Runs func(yield func(RunRow) bool)

	Keys        []Key
	Log         Checkpoint
	HowToCheck  []string // steps, a sentence each; the report's own where empty
	Attachments []Attachment

	known  map[string]string // anchors of the records that the document shows
	placed map[string]bool
	asked  []AuditorQuestion
}

// Policy is one entry of the policy register.
type Policy struct {
	Ref         string
	Title       string
	Version     string
	Status      string // in words
	Purpose     string
	Scope       string
	Accountable string
	ApprovedBy  string // name and role
	ApprovedOn  civil.Date
	ReviewDue   civil.Date
	Workflows   []string // references of the workflows that it applies to
	Attested    string   // "41 of 44 named staff", or empty
	SHA256      string   // of the attached text, or empty
}

// PackWorkflow is one workflow with its five areas.
type PackWorkflow struct {
	Workflow
	Status       string // lifecycle, in words
	Owner        string
	Areas        []Area
	Requirements []Requirement
	Gates        []Gate
	Risks        []Risk
	Assessment   string // "Assessed 3 March 2026 by …, next due …"
	// AssessmentRef is the reference of that assessment: "RA-0001".
	AssessmentRef string
	Basis         string // the lawful basis as recorded, with what follows from it
	Questions     []Question
	Counts        Counts
	Shown         []string // what the runs show, a sentence or two each
	Findings      []FindingCount
	Explained     []Explained
	Besides       []Fact
	NotTested     []string
	Weekly        []Point // runs per week, for the time series; empty where none
	Certificates  []string
	Written       []string // documents written along a form, each with its state, who signed it, and its file
}

// Question is one of the questions that an assessment answers.
type Question struct {
	ID       string // "Q08"
	Section  string
	Text     string
	Answer   string // in words; empty: not answered
	Note     string // what it rests on
	Evidence []string
	Serves   []string // clauses, controls and articles
}

// Point is one value of a time series.
type Point struct {
	Day   civil.Date
	Value float64
}

// Risk is one row of a risk register. Likelihood and impact are 1 to 5, 0 where
// they were not assessed.
type Risk struct {
	Ref                string
	Title              string
	Cause              string
	Consequence        string
	Affected           string
	Inherent           Rating
	Current            Rating
	Residual           Rating
	Controls           []string
	Owner              string
	Treatment          string
	Due                civil.Date
	AcceptedBy         string
	AcceptedUntil      civil.Date
	AboveAppetite      bool
	QualityCheckFailed string // a sentence, or empty
}

// Rating is one cell of the 5×5 matrix.
type Rating struct {
	Likelihood int
	Impact     int
}

// Finding is one finding with the runs that it rests on.
type Finding struct {
	Ref         string
	Code        string
	Title       string
	Workflow    string // reference
	Gate        string
	Severity    string
	State       string // "open", "explained" or "action"
	Explanation string
	By          string
	On          civil.Date
	Figures     string   // of its test over all cases: "9 of 260, 7 explained by two people, 2 open"
	Runs        int64    // how many runs it concerns
	Sample      []RunRef // some of them, with their place in the imported file
}

// RunRef is a run and its place in the imported file.
type RunRef struct {
	Run      string
	File     string
	Position string // "line 12", "row 4", "trace 3, event 7"
	Note     string
}

// RunRow is one line of the table of run evidence.
type RunRow struct {
	Workflow string
	Run      string
	Started  string
	Outcome  string
	Decided  string // who decided what, in words
	Position string
}

// Review is one review that took place or is due.
type Review struct {
	Ref      string
	Subject  string // what was reviewed
	Kind     string
	Due      civil.Date
	HeldOn   civil.Date // empty while it is still due
	Reviewer string
	Outcome  string
	Overdue  bool
}

// Action is something agreed to be done.
type Action struct {
	Ref    string
	Text   string
	Source string // the review, finding or incident that it comes from
	Owner  string
	Due    civil.Date
	DoneOn civil.Date
	Status string
}

// EvidenceItem is one entry of the index of evidence.
type EvidenceItem struct {
	Ref       string
	Title     string
	File      string // path inside the pack, or empty where it is not in the pack
	SHA256    string
	Size      int64
	Effective civil.Date
	Expires   civil.Date
	Status    string
	Serves    []string // clauses and controls
	Withheld  string   // why the content was left out; its hash is kept
}

// Gap is something that the pack does not show.
type Gap struct {
	Where  string // clause, control, workflow or file
	What   string // what is missing
	ToMeet string // what would close it, or empty
}
