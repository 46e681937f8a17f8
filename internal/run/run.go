// Package run is the record of one execution of an AI workflow: what it did,
// step by step, what it produced, who decided about that, and where in the
// imported file each of these facts stands.
//
// Every import format is turned into Records. A Record holds what the platform
// said and nothing that Assay concluded from it; package oversight draws the
// conclusions.
package run

import "time"

// Record is one run. Times are UTC; a zero time means that the platform
// recorded none.
type Record struct {
	RunID           string    `json:"run_id"`                     // the platform's own identifier
	Workflow        string    `json:"workflow,omitempty"`         // as the platform names it
	WorkflowVersion string    `json:"workflow_version,omitempty"` //
	ModelVersion    string    `json:"model_version,omitempty"`    //
	PromptVersion   string    `json:"prompt_version,omitempty"`   //
	TriggerChannel  string    `json:"trigger_channel,omitempty"`  // "web form", "email", …
	TriggerRef      string    `json:"trigger_ref,omitempty"`      // the case or application it concerns
	Started         time.Time `json:"started,omitzero"`
	Ended           time.Time `json:"ended,omitzero"`
	Outcome         string    `json:"outcome,omitempty"`   // as the platform names it
	Segment         string    `json:"segment,omitempty"`   // declared group, for RSK-01
	Sequence        int64     `json:"sequence,omitempty"`  // platform's running number, 0 = none given
	Precision       Precision `json:"precision,omitempty"` // of started and ended

	Steps     []Step       `json:"steps,omitempty"`
	Accesses  []DataAccess `json:"accesses,omitempty"`
	Outputs   []Output     `json:"outputs,omitempty"`
	Decisions []Decision   `json:"decisions,omitempty"`

	// Where it stands in the source.
	At Position `json:"at"`
}

// Position is a place in a source file. Line counts from 1 and is the line
// (JSON Lines), row (CSV, header included) or element number (XES: trace) at
// which the fact stands; Item the event inside it, from 1, 0 for the whole.
// Offset is the byte offset of the line's start, -1 where it is not known
// (compressed or rearranged input). Part is the number of the file inside a
// zip, from 1, 0 where the source is the file itself.
type Position struct {
	Part   int   `json:"part,omitempty"`
	Line   int64 `json:"line"`
	Item   int64 `json:"item,omitempty"`
	Offset int64 `json:"offset"`
}

// Precision is how exactly the source gives the times of an event, the coarsest
// of them where they differ. A time that is known to the day is midnight UTC of
// the day that was written, in whatever zone that day was, and never moves into
// another day.
type Precision string

const (
	ToSecond Precision = ""       // to the second or finer
	ToMinute Precision = "minute" // its seconds are not known
	ToDay    Precision = "day"    // its time of day is not known
)

// Coarser is the coarser of p and q.
func (p Precision) Coarser(q Precision) Precision {
	if p == ToDay || q == ToDay {
		return ToDay
	}
	if p == ToMinute || q == ToMinute {
		return ToMinute
	}
	return ToSecond
}

// Known tells whether p is one of the three.
func (p Precision) Known() bool { return p == ToSecond || p == ToMinute || p == ToDay }

// OutcomeUnsaid is the name of a deciding step that Assay makes of a record which
// says that a decision was made, and neither what it was nor what was done.
const OutcomeUnsaid = "Decision, its outcome not said"

// Act is what a step is at a gate, found by the workflow's mapping.
type Act string

const (
	ActNone    Act = ""
	ActPrepare Act = "prepare" // makes what will be decided on
	ActDecide  Act = "decide"  // the person's decision at the gate
	ActRelease Act = "release" // the effect leaves the workflow
)

// ActorKind tells people from programs where the platform does.
type ActorKind string

const (
	ActorUnknown ActorKind = ""
	ActorPerson  ActorKind = "person"
	ActorSystem  ActorKind = "system"
	ActorAgent   ActorKind = "agent"
)

// Step is one event of a run.
type Step struct {
	Seq       int       `json:"seq"` // from 1 in the order of the source
	Name      string    `json:"name"`
	ActorKind ActorKind `json:"actor_kind,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	Gate      string    `json:"gate,omitempty"` // gate key, where the source or mapping names one
	Act       Act       `json:"act,omitempty"`
	Tool      string    `json:"tool,omitempty"`
	Precision Precision `json:"precision,omitempty"`
	At        Position  `json:"at"`
}

// When is the time at which the step took effect: its end, or its start where
// no end is recorded.
func (s Step) When() time.Time {
	if s.Ended.IsZero() {
		return s.Started
	}
	return s.Ended
}

// DataAccess is a source that the run read.
type DataAccess struct {
	Source    string    `json:"source"`
	Fields    []string  `json:"fields,omitempty"`
	Time      time.Time `json:"time,omitzero"`
	Precision Precision `json:"precision,omitempty"`
	At        Position  `json:"at"`
}

// Output is something the AI produced.
type Output struct {
	Text           string   `json:"text,omitempty"`   // may be empty where only a digest was exported
	SHA256         string   `json:"sha256,omitempty"` // lower-case hex, where given
	Recommendation string   `json:"recommendation,omitempty"`
	Confidence     float64  `json:"confidence,omitempty"` // 0 to 1, 0 = none given
	Reasoning      string   `json:"reasoning,omitempty"`
	At             Position `json:"at"`
}

// DecisionCode is what was decided; the vocabulary is the union of what real
// systems record.
type DecisionCode string

const (
	Approved          DecisionCode = "approved"
	ApprovedWithEdits DecisionCode = "approved_with_edits"
	Rejected          DecisionCode = "rejected"
	ReferredBack      DecisionCode = "referred_back"
	Escalated         DecisionCode = "escalated"
	Terminated        DecisionCode = "terminated"
	TimedOut          DecisionCode = "timed_out"
	AskFailed         DecisionCode = "ask_failed"
	AutoDecided       DecisionCode = "auto_decided"
	NoGateReached     DecisionCode = "no_gate_reached"
)

// DecisionCodes lists them in the order in which screens show them.
var DecisionCodes = []DecisionCode{
	Approved,
	ApprovedWithEdits,
	Rejected,
	ReferredBack,
	Escalated,
	Terminated,
	TimedOut,
	AskFailed,
	AutoDecided,
	NoGateReached,
}

// Decision is one decision at a gate.
type Decision struct {
	Gate        string       `json:"gate"`                   // gate key
	PreparedBy  string       `json:"prepared_by,omitempty"`  // account that prepared what is decided on
	Presented   time.Time    `json:"presented,omitzero"`     // ready for the officer (= prepared)
	Opened      time.Time    `json:"opened,omitzero"`        // the officer opened it
	Decided     time.Time    `json:"decided,omitzero"`       //
	Account     string       `json:"account"`                // the deciding account, as recorded
	OfficerName string       `json:"officer_name,omitempty"` //
	Role        string       `json:"role,omitempty"`         //
	Code        DecisionCode `json:"code"`                   //
	Edited      bool         `json:"edited,omitempty"`       //
	Reason      string       `json:"reason,omitempty"`       //
	// ReasonStands is set by a register that holds the decision, and knows that it has a
	// reason without having its text at hand, or has taken it for one before.
	ReasonStands     bool         `json:"-"`
	AIRecommendation string       `json:"ai_recommendation,omitempty"`
	AICode           DecisionCode `json:"ai_code,omitempty"`     // what that recommends, where a mapping explains its word
	ArgsDigest       string       `json:"args_digest,omitempty"` // digest of what was decided on
	PolicyVersion    string       `json:"policy_version,omitempty"`
	Precision        Precision    `json:"precision,omitempty"`
	At               Position     `json:"at"`
}
