package oversight

// Code names a test, as findings and documents print it.
type Code string

// The tests.
const (
	ReleasedUndecided   Code = "OVR-01"
	ReleasedEarly       Code = "OVR-02"
	DecidedByNoOfficer  Code = "OVR-03"
	DecidedUnauthorised Code = "OVR-04"
	SameEyes            Code = "OVR-05"
	DecidedFast         Code = "OVR-06"
	RubberStamp         Code = "OVR-07"
	DecisionReused      Code = "OVR-08"
	NoGate              Code = "OVR-09"
	NoReason            Code = "OVR-10"
	DecidedBeforehand   Code = "OVR-11"
	NoRecord            Code = "TRN-01"
	OutOfScope          Code = "TRN-02"
	UnreviewedChange    Code = "IMP-01"
	OutcomeDrift        Code = "IMP-02"
	SegmentGap          Code = "RSK-01"
	LogGap              Code = "LOG-01"
	LogConflict         Code = "LOG-02"
)

// Severity is how much a finding weighs until a person has looked at it.
type Severity string

const (
	SeverityHigh   Severity = "high"
	SeverityMedium Severity = "medium"
	SeverityLow    Severity = "low"
)

// Test describes one test for people.
type Test struct {
	Code     Code     `json:"code"`
	Area     string   `json:"area"` // POL, RSK, OVR, TRN or IMP
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	// Question marks a test that asks the data protection officer something
	// and establishes no fault by itself.
	Question bool `json:"question"`
	// PerRun tells the tests that look at one run from those that look at all.
	PerRun bool `json:"per_run"`
	// Gate marks the tests that are made at each gate.
	Gate bool `json:"gate"`
}

// Tests lists every test in the order of their codes.
var Tests = []Test{
	{ReleasedUndecided, "OVR", "Released with no decision at the gate", SeverityHigh, false, true, true},
	{ReleasedEarly, "OVR", "Released before the decision", SeverityHigh, false, true, true},
	{DecidedByNoOfficer, "OVR", "Decided by an account that is no named officer", SeverityHigh, false, true, true},
	{
		DecidedUnauthorised,
		"OVR",
		"Decided by an officer who is not authorised for this gate",
		SeverityHigh,
		false,
		true,
		true,
	},
	{SameEyes, "OVR", "Prepared and decided by the same person", SeverityHigh, false, true, true},
	{DecidedFast, "OVR", "Decided faster than the minimum review time", SeverityMedium, true, true, true},
	{RubberStamp, "OVR", "Approval streak or agreement rate beyond the threshold", SeverityMedium, true, false, true},
	{
		DecisionReused,
		"OVR",
		"One decision used for more than one release, or decided again after release",
		SeverityMedium,
		false,
		true,
		true,
	},
	{NoGate, "OVR", "A run that reached no gate", SeverityMedium, false, true, false},
	{NoReason, "OVR", "Rejected, edited or overridden with no reason", SeverityMedium, false, true, true},
	{DecidedBeforehand, "OVR", "Decided before what it decides on was prepared", SeverityHigh, false, true, true},
	{NoRecord, "TRN", "No reasoning or output record", SeverityMedium, false, true, false},
	{
		OutOfScope,
		"TRN",
		"An activity, tool or data source outside the declared scope",
		SeverityHigh,
		false,
		true,
		false,
	},
	{
		UnreviewedChange,
		"IMP",
		"A version changed with no recorded change or review",
		SeverityMedium,
		false,
		false,
		false,
	},
	{OutcomeDrift, "IMP", "The distribution of outcomes changed between periods", SeverityMedium, true, false, false},
	{SegmentGap, "RSK", "Outcomes differ by declared segment", SeverityMedium, true, false, false},
	{LogGap, "IMP", "Gaps, broken chain, duplicates or missing volume in the log", SeverityHigh, false, false, false},
	{LogConflict, "IMP", "A run that an earlier import holds with other content", SeverityHigh, false, true, false},
}

// TestOf finds the description of a test; the zero Test for an unknown code.
func TestOf(c Code) Test {
	for _, t := range Tests {
		if t.Code == c {
			return t
		}
	}
	return Test{}
}
