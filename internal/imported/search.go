package imported

import "time"

// SearchState is how far the search has come: what was imported a moment ago
// may not be found yet.
type SearchState struct {
	Indexed int64 `json:"indexed"` // runs, in the order of import
	Runs    int64 `json:"runs"`
}

// Done tells whether everything is found.
func (s SearchState) Done() bool { return s.Indexed >= s.Runs }

// Place is where in a run a text stands.
type Place string

const (
	PlaceOutput    Place = "output"    // what the AI wrote
	PlaceReasoning Place = "reasoning" // why it says it did
	PlaceReason    Place = "reason"    // why a person decided as they did
)

// Fragment is a stretch of a snippet. Text is as imported, line breaks and
// control characters turned into spaces: it is data and never markup.
type Fragment struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"` // it is what was looked for
}

// Passage is a text of a run in which something was found.
type Passage struct {
	Place   Place      `json:"place"`
	Item    int        `json:"item"` // index of the output or the decision in the run
	Gate    string     `json:"gate"` // of the decision, for a reason
	Hits    int        `json:"hits"` // in this text
	Snippet []Fragment `json:"snippet"`
}

// Hit is a run in which something was found.
type Hit struct {
	RowID      int64     `json:"n"`
	RunID      string    `json:"run_id"`
	WorkflowID string    `json:"workflow_id"`
	At         time.Time `json:"at"` // the time it is filed under, zero for none
	Outcome    string    `json:"outcome"`
	Source     string    `json:"source"` // reference of the import
	Line       int64     `json:"line"`
	Passages   []Passage `json:"passages"` // one a place at most, the one with the most hits first
}

// Order is how what was found is ordered.
type Order string

const (
	Newest    Order = "newest"    // the last hour first; of an hour, what was imported last
	Relevance Order = "relevance" // by BM25
)
