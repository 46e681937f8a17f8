// Package imported is what screens, commands and papers are shown of imported
// runs: the runs and the files that they came from, what the tests found, what
// people said of it, and where words were found. The register keeps these
// (package store/runs) and hands them on; nobody above it needs to know its
// tables.
package imported

import (
	"time"

	"assay/internal/civil"
	"assay/internal/oversight"
	"assay/internal/run"
)

// Period is a span of days, both included; empty ends are open. The zero
// Period is all time, with the runs that have no time.
type Period struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
}

// LastDay is the last day, or one after all others where the period has none.
func (p Period) LastDay() string {
	if p.To == "" {
		return "9999-12-31"
	}
	return string(p.To)
}

// Months are those that the period touches.
func (p Period) Months() (from, to string) {
	if p.From != "" {
		from = string(p.From[:7])
	}
	return from, p.LastDay()[:7]
}

// Has tells whether a run belongs to the period.
func (p Period) Has(rec *run.Record) bool {
	if p == (Period{}) {
		return true
	}
	at := oversight.When(rec)
	if at.IsZero() {
		return false
	}
	day := at.Format("2006-01-02")
	return day >= string(p.From) && day <= p.LastDay()
}

// Page is a page of a list, and where the next one begins; Next is empty on
// the last page.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Run is a run as lists show it.
type Run struct {
	RowID    int64            `json:"n"` // its number in this register
	RunID    string           `json:"run_id"`
	At       time.Time        `json:"at"` // the time it is filed under, see oversight.When
	Ended    time.Time        `json:"ended"`
	Outcome  string           `json:"outcome"`
	Segment  string           `json:"segment"`
	Source   string           `json:"source"` // reference of the import
	Line     int64            `json:"line"`
	Findings []oversight.Code `json:"findings"` // codes of the findings about it, each once
}

// Whole is one run with everything that is kept of it.
type Whole struct {
	RowID    int64       `json:"n"`
	Record   *run.Record `json:"record"`
	Digest   string      `json:"digest"` // hex, of its canonical form
	Source   Source      `json:"source"`
	Findings []Finding   `json:"findings"`
}

// SourceState is whether a source's content is there.
type SourceState string

const (
	SourceComplete  SourceState = "complete"
	SourcePurged    SourceState = "purged"    // its content was deleted, its digests and counts kept
	SourceWithdrawn SourceState = "withdrawn" // a person declared it void
)

// Source is one import of one file into one workflow.
type Source struct {
	ID         string      `json:"id"`
	Ref        string      `json:"ref"` // IMP-0001
	WorkflowID string      `json:"workflow_id"`
	FileName   string      `json:"file_name"`
	SHA256     string      `json:"sha256"` // of the file, lower-case hex
	Bytes      int64       `json:"bytes"`
	Format     string      `json:"format"`
	Mapping    string      `json:"mapping"` // JSON, "{}" where the format needs none
	State      SourceState `json:"state"`
	Records    int64       `json:"records"` // read, refused ones included
	New        int64       `json:"runs_new"`
	Same       int64       `json:"runs_same"`   // already held with the same content
	Differ     int64       `json:"runs_differ"` // already held with other content
	Refused    int64       `json:"refused"`
	Events     int64       `json:"events"`    // steps of the new runs
	Decisions  int64       `json:"decisions"` // decisions of the new runs
	Outputs    int64       `json:"outputs"`   // outputs of the new runs
	First      time.Time   `json:"first"`     // the new runs' period; zero where they have no times
	Last       time.Time   `json:"last"`
	Stated     *int64      `json:"stated,omitempty"` // runs by the platform's own count
	Root       string      `json:"root"`             // hex, over the digests of the new runs
	ImportedAt time.Time   `json:"imported_at"`
	ImportedBy string      `json:"imported_by"`
}

// Refused is a record that could not be read.
type Refused struct {
	Place  string `json:"place"` // "line 12"
	Reason string `json:"reason"`
	Record string `json:"record"` // its beginning, as it stands in the file
}

// Treatment is what an import's privacy rules did to one field.
type Treatment struct {
	Field  string `json:"field"`
	What   string `json:"what"` // drop, hash, shorten
	Values int64  `json:"values"`
}

// Purge says when, by whom and why an import's personal data was purged.
type Purge struct {
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Reason    string    `json:"reason"`
	Runs      int64     `json:"runs"`      // whose content went
	Decisions int64     `json:"decisions"` // of these runs
}

// Volume is how many runs of a day had an outcome.
type Volume struct {
	WorkflowID string     `json:"workflow_id"`
	Day        civil.Date `json:"day"` // empty for runs without a time
	Outcome    string     `json:"outcome"`
	Runs       int64      `json:"runs"`
}

// GatePoint is what happened at a gate in one day or month.
type GatePoint struct {
	When      string              `json:"when"` // 2026-03-31 or 2026-03; empty for runs without a time
	Runs      int64               `json:"runs"`
	Reached   int64               `json:"reached"`
	Decided   int64               `json:"decided"`
	Released  int64               `json:"released"`
	Missing   int64               `json:"missing"` // released with no decision
	Short     int64               `json:"short"`   // released without a person's decision for it before
	Agreement oversight.Rate      `json:"agreement"`
	Edits     oversight.Rate      `json:"edits"`
	Review    oversight.Quantiles `json:"review"` // seconds
}

// FindingPoint is how many runs of a day a test found something in.
type FindingPoint struct {
	Day      civil.Date     `json:"day"`
	Code     oversight.Code `json:"code"`
	Gate     string         `json:"gate"`
	Findings int64          `json:"findings"`
}

// Choices are what a workflow's runs can be filtered by.
type Choices struct {
	First    civil.Date `json:"first"` // days of the first and last run
	Last     civil.Date `json:"last"`
	Outcomes []string   `json:"outcomes"`
	Segments []string   `json:"segments"`
}
