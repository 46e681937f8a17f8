// Package assurance measures how well one AI workflow is governed: a list of
// requirements, each a plain question about what is recorded, with what would
// meet it; the score of each of the five areas; and what to do next.
//
// A requirement is met, not met or not applicable. The score of an area is the
// number met over the number applicable; of a workflow, the mean of its five
// areas; of the organisation, the mean over its live workflows, always shown
// with the lowest. A score is never shown without its numerator and denominator.
//
// Requirements speak about what is recorded and what imported runs show. They
// state no legal conclusion and certify nobody.
package assurance

import (
	"time"

	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/policy"
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
	Sources      []Source       // imports that hold runs of this workflow
	Runs         RunFacts       // over all of those
	Gates        []GateMeasure  // one for each gate that was tested
	Findings     []FindingCount // one for each code that was tested, also with no finding
	SoA          []standard.SoARow
	Declarations []DeclarationChange // what the tests lean on, in the order in which it was declared
	Twins        []Twin              // other workflows that may be this one
}

// Source is one imported file.
type Source struct {
	Ref      string    `json:"ref"` // IMP-0003
	FileName string    `json:"file_name"`
	Format   string    `json:"format"`
	SHA256   string    `json:"sha256"`
	Bytes    int64     `json:"bytes"`
	Runs     int       `json:"runs"`    // kept from this file
	Refused  int       `json:"refused"` // records refused
	From     time.Time `json:"from"`    // first and last time that occurs in its runs
	To       time.Time `json:"to"`
	Imported time.Time `json:"imported"`
	Purged   string    `json:"purged"` // when and by whom its personal data was purged, empty while it is there
}

// RunFacts counts the workflow's runs.
type RunFacts struct {
	Total         int       `json:"total"`
	WithReasoning int       `json:"with_reasoning"` // holding a reasoning record
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
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
	Timed         int     `json:"timed"`          // decisions whose review time is known
	MedianSeconds float64 `json:"median_seconds"` // of those
	UnderMinimum  int     `json:"under_minimum"`  // of those, faster than the gate's minimum
	Agreed        int     `json:"agreed"`         // decisions that follow the AI's recommendation
	Comparable    int     `json:"comparable"`     // decisions with a recommendation to compare
	Edited        int     `json:"edited"`
}

// FindingCount sums the findings of one code.
type FindingCount struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Open      int    `json:"open"`
	Explained int    `json:"explained"`
	Actioned  int    `json:"actioned"` // turned into an action
	Accepted  int    `json:"accepted"`
	Runs      int    `json:"runs"`     // runs concerned by the open ones
	Untested  string `json:"untested"` // why the test could not be run; empty: it ran
}

// Status of a requirement.
type Status string

const (
	StatusMet           Status = "met"
	StatusNotMet        Status = "not_met"
	StatusNotApplicable Status = "not_applicable"
)

// Result is the answer to one requirement.
type Result struct {
	Code     string        `json:"code"` // POL-R1 …
	Title    string        `json:"title"`
	Area     standard.Area `json:"area"`
	Clauses  []string      `json:"clauses"` // identifiers in package standard: "5.2", "A.2.2", "P4", "22A"
	Blocking bool          `json:"blocking"`
	Status   Status        `json:"status"`
	Reason   string        `json:"reason"`      // why it is met, not met or not applicable
	Remedy   string        `json:"remedy"`      // what would meet it; empty where it is met
	Task     string        `json:"task"`        // what it asks for, in a few words: "Train the officers"
	Good     string        `json:"good"`        // what good looks like
	Subjects []string      `json:"subjects"`    // references of the records that the answer rests on
	Where    string        `json:"remedy_area"` // place in the window: "policies", "workflow", "organisation", "account", "ksb", "gates", "risks", "runs", "findings", "reviews", "records", "evidence", "standards"
}

// AreaScore is the score of one area.
type AreaScore struct {
	Area       standard.Area `json:"area"`
	Title      string        `json:"title"`
	Met        int           `json:"met"`
	Applicable int           `json:"applicable"`
	Results    []Result      `json:"results"`
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
	Blocking []Result `json:"blocking"` // blocking requirements that are not met
	Next     []Step   `json:"next"`     // blocking first, then in the order of the areas
}

// OrganisationScore is the mean over live workflows, with the lowest.
type OrganisationScore struct {
	Workflows int    `json:"workflows"` // live ones
	Percent   int    `json:"percent"`   // mean of their Percent, rounded down
	Lowest    int    `json:"lowest"`
	LowestRef string `json:"lowest_ref"`
}
