// Package assurance measures how well one AI workflow is governed: a list of
// requirements, each a plain question about what is recorded, with what would
// meet it; the score of each of the five areas; and what to do next.
//
// A requirement that rests on records is met, not met or not applicable. One that
// rests on runs is held, held but for cases that were explained by two people (or
// answered, where the test asks a question), not held, or not shown. To explain
// or accept a finding never makes a rule held and raises no score: what was found
// stays counted.
//
// In the score of an area a rule that is met counts 1, and a rule that rests on
// runs the share of its cases in which it was held: 1 less findings over cases,
// less the share that the log does not show. The score of an area is the sum over
// the number applicable; of a workflow, the mean of its five areas; of the
// organisation, the mean over its live workflows, always shown with the lowest. A
// score is never shown without its numerator and denominator.
//
// Requirements speak about what is recorded and what imported runs show. They
// state no legal conclusion and certify nobody.
package assurance

import (
	"math/big"
	"strings"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/form"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// Facts is everything that the requirements of one workflow look at. It holds
// values only; the caller gathers them under one instant.
type Facts struct {
	Now          time.Time // UTC
	Organisation organisation.Organisation
	People       []organisation.Person
	Workflow     workflow.Workflow
	Policies     []policy.Policy   // those that are linked to the workflow
	Assessments  []risk.Assessment // those of this workflow, any order
	Schedules    []review.Schedule // of this workflow and of its policies
	Reviews      []review.Review   // likewise
	Actions      []review.Action   // of this workflow
	Records      []review.Record   // of this workflow and of the organisation
	Evidence     []evidence.Evidence
	Forms        []form.Document // of this workflow
	Sources      []Source        // imports that hold runs of this workflow
	Runs         RunFacts        // over all of those
	Gates        []GateMeasure   // one for each gate that was tested
	Findings     []FindingCount  // one for each code that was tested, also with no finding
	SoA          []standard.SoARow
	Declarations []DeclarationChange // what the tests lean on, in the order in which it was declared
	Twins        []Twin              // other workflows that may be this one
	Breaks       []Break             // where the register does not go back to its beginning
	Keys         approval.Keys       // what is known of the keys with which anything was approved
}

// Break is an older copy of the register that was put back, or a hand-over that it began with.
type Break struct {
	Kind  string     `json:"kind"` // older_copy, handover
	On    civil.Date `json:"on"`
	By    string     `json:"by"`
	Why   string     `json:"why"`
	Lost  int        `json:"lost"` // entries of the log that are gone
	Words string     `json:"words"`
}

// Source is one imported file.
type Source struct {
	Ref      string `json:"ref"` // IMP-0003
	FileName string `json:"file_name"`
	Format   string `json:"format"`
	SHA256   string `json:"sha256"`
	Bytes    int64  `json:"bytes"`
	Runs     int    `json:"runs"`     // kept from this file
	Refused  int    `json:"refused"`  // records refused
	Repeated int    `json:"repeated"` // runs that were held already
	Replaced int    `json:"replaced"` // runs that are held with another content
	Filtered int    `json:"filtered"` // records that a filter of the import passed over
	// FilteredRuns are the runs of which the filter left nothing, and Filters what its rules are called.
	FilteredRuns int      `json:"-"`
	Filters      []string `json:"-"`
	// MappingSHA256 is the digest of the mapping as the register holds it (JSON), ReadAs
	// how it had the file read, the weightiest first, and Contrary which of these the
	// words do not bear out, such as a "Refused" that is read as a yes; empty where there is none.
	MappingSHA256 string   `json:"-"`
	ReadAs        []string `json:"-"`
	Contrary      []string `json:"-"`
	// Unmatched are records that belong to no run.
	Unmatched int       `json:"unmatched"`
	Records   int       `json:"records"` // read
	Stated    int       `json:"stated"`  // runs by the platform's own count; -1: it does not say
	From      time.Time `json:"from"`    // first and last time that occurs in its runs
	To        time.Time `json:"to"`
	Imported  time.Time `json:"imported"`
	Purged    string    `json:"purged"` // when and by whom its personal data was purged, empty while it is there
	// Dropped are the fields that the mapping had taken out of each run, where there were any.
	Dropped []string `json:"-"`
	// Unread are the columns of its tables that the mapping names nowhere, of Columns.
	Columns int      `json:"-"`
	Unread  []string `json:"-"`
	// Gone are the findings that it took away by adding to runs that were held.
	Gone []workflow.Effect `json:"-"`
}

// RunFacts counts the workflow's runs.
type RunFacts struct {
	Total         int       `json:"total"`
	WithReasoning int       `json:"with_reasoning"` // holding a reasoning record
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	Months        []Month   `json:"months"`    // of the period, those without runs too
	Days          int       `json:"days"`      // in the period
	DaysIdle      int       `json:"days_idle"` // of these, without a run
	Accounts      int       `json:"accounts"`  // different accounts that decided
	// Names are what the imported files call the workflow that ran.
	Names []string `json:"-"`
	// Versions of the workflow that ran, in the order of their first runs.
	Versions []oversight.Version `json:"-"`
}

// Month is how many runs there are of one month.
type Month struct {
	Month string `json:"month"` // 2026-05
	Runs  int    `json:"runs"`
}

// GateMeasure is what the runs show about one gate.
type GateMeasure struct {
	Key           string  `json:"key"`
	Title         string  `json:"title"`
	Released      int     `json:"released"`       // runs that were released at or after this gate
	Decided       int     `json:"decided"`        // runs with at least one decision at it
	ByOfficer     int     `json:"by_officer"`     // of these, decided by a named officer of the gate, with authority on the day
	HeldBefore    int     `json:"held_before"`    // of the released, those that a person decided before, and for it
	Against       int     `json:"against"`        // released although the decision was to reject, refer back, escalate or end
	DecidedFirst  int     `json:"decided_first"`  // of the released, decided by a named officer before; never too many
	Timed         int     `json:"timed"`          // decisions whose review time is known
	MedianSeconds float64 `json:"median_seconds"` // of those
	UnderMinimum  int     `json:"under_minimum"`  // of those, faster than the gate's minimum
	Agreed        int     `json:"agreed"`         // decisions that follow the AI's recommendation
	Comparable    int     `json:"comparable"`     // decisions with a recommendation to compare
	Edited        int     `json:"edited"`
	// Of the released, those decided only in a file that came later than the one with
	// the release, and those decided only in one that came before it.
	Later     int `json:"-"`
	Elsewhere int `json:"-"`
	// Unordered are the released of which the log does not show whether the decision or
	// the release came first. Of those that Reached the gate, Open are without either.
	Unordered int `json:"-"`
	Reached   int `json:"-"`
	Open      int `json:"-"`
	// Pattern is what they show of a weaker pattern of oversight than a decision on each
	// run; its Pattern is empty where the gate has, and had, none.
	Pattern PatternMeasure `json:"pattern"`
}

// PatternMeasure counts the runs of a gate by what its pattern asks about them; see
// oversight.PatternCounts.
type PatternMeasure struct {
	Pattern workflow.Pattern `json:"pattern"`
	Terms   string           `json:"terms"` // in words
	Runs    int              `json:"runs"`  // held to it
	Due     int              `json:"due"`
	Unknown int              `json:"unknown"`
	Looked  int              `json:"looked"`
	Late    int              `json:"late"`
	Open    int              `json:"open"`    // unanswered for good
	Waiting int              `json:"waiting"` // that may be answered yet
	Changed int              `json:"changed"`
}

// FindingCount sums the findings of one code. A case is one run at one gate, or
// one run where the test looks at it whole; a test about many runs at once has
// no cases (Of is 0), only findings.
type FindingCount struct {
	Code     string `json:"code"`
	Title    string `json:"title"`
	Question bool   `json:"question"` // it asks something of an officer; otherwise it states a fact
	Of       int    `json:"of"`       // cases that the test is about
	Tested   int    `json:"tested"`   // of these, whose log shows what the test looks at
	// The findings, each in one of these. Explained, Accepted and Done are settled,
	// as runs.Standing says; the others are not.
	Open      int `json:"open"`
	Alone     int `json:"alone"`    // explained or accepted by one person only
	Actioned  int `json:"actioned"` // with an action that is not done
	Explained int `json:"explained"`
	Accepted  int `json:"accepted"`
	Done      int `json:"done"` // with an action that was approved and is done
	// Said is what was said of them, the most findings first.
	Said     []Explanation `json:"said"`
	Untested string        `json:"untested"` // why the test could not be run; empty: it ran
}

// Short is how many findings there are, whatever was said of them.
func (c FindingCount) Short() int { return c.Unsettled() + c.Settled() }

// Unsettled is how many findings nobody has settled.
func (c FindingCount) Unsettled() int { return c.Open + c.Alone + c.Actioned }

// Settled is how many findings were settled.
func (c FindingCount) Settled() int { return c.Explained + c.Accepted + c.Done }

// Explanation is what somebody said of findings, as documents print it.
type Explanation struct {
	Findings int        `json:"findings"` // of this test, that bear it
	Standing string     `json:"standing"` // runs.Standing
	Class    string     `json:"class"`    // in words; empty for the answer to a question
	Why      string     `json:"why"`
	Link     string     `json:"link"`    // reference of what shows it
	Officer  string     `json:"officer"` // whose answer it is
	By       string     `json:"by"`      // who wrote it
	On       civil.Date `json:"on"`
	Until    civil.Date `json:"until"`    // of an acceptance
	Approved string     `json:"approved"` // approval.Approval.Words; empty: by nobody else
	// Signed is with the approver's own key: one that they made and nobody has revoked.
	Signed bool `json:"signed"`
}

// Answered tells whether it is an officer's answer that they signed with their own
// key. Any other is what somebody wrote down as the officer's.
func (e Explanation) Answered() bool {
	return e.Officer != "" && e.Signed && strings.HasPrefix(e.Approved, "approved by "+prose.Called(e.Officer)+" with ")
}

// Status of a requirement. A rule that rests on records is met or not; one that
// rests on runs has one of four answers. Either may not be applicable.
type Status string

const (
	StatusMet           Status = "met"
	StatusNotMet        Status = "not_met"
	StatusNotApplicable Status = "not_applicable"

	StatusHeld       Status = "held"         // in every case that was tested
	StatusHeldButFor Status = "held_but_for" // but for cases that are all settled
	StatusNotHeld    Status = "not_held"     // some case is not settled
	StatusNotShown   Status = "not_shown"    // the runs do not show it
)

// Stands tells whether the answer asks for nothing more.
func (s Status) Stands() bool {
	return s == StatusMet || s == StatusHeld || s == StatusHeldButFor || s == StatusNotApplicable
}

// Whole tells whether the answer is yes without a but.
func (s Status) Whole() bool { return s == StatusMet || s == StatusHeld }

// Words is the status as documents print it.
func (s Status) Words() string {
	switch s {
	case StatusMet:
		return "Met"
	case StatusNotMet:
		return "Not met"
	case StatusNotApplicable:
		return "Does not apply"
	case StatusHeld:
		return "Held"
	case StatusHeldButFor:
		return "Held but for some"
	case StatusNotHeld:
		return "Not held"
	case StatusNotShown:
		return "Not shown"
	}
	return string(s)
}

// Result is the answer to one requirement.
type Result struct {
	Code     string        `json:"code"` // POL-R1 …
	Title    string        `json:"title"`
	Area     standard.Area `json:"area"`
	Clauses  []string      `json:"clauses"` // identifiers in package standard: "5.2", "A.2.2", "P4", "22A"
	Blocking bool          `json:"blocking"`
	Status   Status        `json:"status"`
	Counts   Counts        `json:"counts"`   // of a rule that rests on runs
	Reason   string        `json:"reason"`   // why it is met, not met or not applicable
	Remedy   string        `json:"remedy"`   // what would meet it; empty where it is met
	Task     string        `json:"task"`     // what it asks for, in a few words: "Train the officers"
	Good     string        `json:"good"`     // what good looks like
	Subjects []string      `json:"subjects"` // references of the records that the answer rests on
	// place in the window: "policies", "workflow", "organisation", "account", "ksb", "gates", "risks", "runs",
	// "findings", "reviews", "records", "evidence", "standards"
	Where string `json:"remedy_area"`
}

// Counts are the cases of a rule that rests on runs, over all of its tests.
type Counts struct {
	Of      int `json:"of"`      // cases that it is about; 0: it is about many runs at once
	Tested  int `json:"tested"`  // of these, that the log shows
	Short   int `json:"short"`   // findings, whatever was said of them
	Settled int `json:"settled"` // of these, explained, accepted or dealt with by two people, or answered
}

// AreaScore is the score of one area.
type AreaScore struct {
	Area  standard.Area `json:"area"`
	Title string        `json:"title"`
	// Met counts the rules that are met, or held in every case that was tested.
	Met        int `json:"met"`
	Applicable int `json:"applicable"`
	// Percent is the share that was met or held, rounded down: a rule that rests
	// on runs counts by the share of its cases in which it was held.
	Percent int      `json:"percent"`
	held    big.Rat  // the sum of the shares
	Results []Result `json:"results"`
}

// Step is a next thing to do.
type Step struct {
	Code     string        `json:"code"` // requirement that it meets
	Area     standard.Area `json:"area"`
	Blocking bool          `json:"blocking"`
	Task     string        `json:"task"` // in a few words
	Text     string        `json:"text"`
	Where    string        `json:"where"`
}

// Report is the readiness of one workflow for a certificate.
type Report struct {
	WorkflowID string      `json:"workflow_id"`
	Ref        string      `json:"ref"`
	Name       string      `json:"name"`
	At         time.Time   `json:"at"`
	Areas      []AreaScore `json:"areas"` // five, in the order of standard.Areas
	Met        int         `json:"met"`
	Applicable int         `json:"applicable"`
	// Percent is the mean of the five areas' shares, rounded down to a whole
	// number; an area in which nothing is applicable is left out of the mean.
	Percent  int      `json:"percent"`
	Blocking []Result `json:"blocking"` // blocking requirements that are not met, held or held but for settled cases
	Next     []Step   `json:"next"`     // blocking first, then in the order of the areas
}

// OrganisationScore is the mean over live workflows, with the lowest.
type OrganisationScore struct {
	Workflows int    `json:"workflows"` // live ones
	Percent   int    `json:"percent"`   // mean of their Percent, rounded down
	Lowest    int    `json:"lowest"`
	LowestRef string `json:"lowest_ref"`
}
