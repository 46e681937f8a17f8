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
	ReleasedAgainst     Code = "OVR-12"
	NoAuthority         Code = "OVR-13"
	OnePersonTwice      Code = "OVR-14"
	DecisionChanged     Code = "OVR-15"
	DecisionsContradict Code = "OVR-16"
	GateMayBeNone       Code = "OVR-17"
	BelowFloor          Code = "OVR-18"
	AnsweredLate        Code = "OVR-19"
	Unanswered          Code = "OVR-20"
	SampleShort         Code = "OVR-21"
	UnapprovedContent   Code = "OVR-22"
	BeyondLimits        Code = "OVR-23"
	ActedAlone          Code = "OVR-24"
	LimitPassed         Code = "OVR-25"
	NobodyAsked         Code = "OVR-26"
	SampleNotRandom     Code = "OVR-27"
	WeakForSignificant  Code = "OVR-28"
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
	{
		Code: ReleasedUndecided, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Released with no decision at the gate",
	},
	{
		Code: ReleasedEarly, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Released before the decision",
	},
	{
		Code: DecidedByNoOfficer, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Decided by an account that is no named officer",
	},
	{
		Code: DecidedUnauthorised, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Decided by an officer who is not authorised for this gate",
	},
	{
		Code: SameEyes, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Prepared and decided by the same person",
	},
	{
		Code: DecidedFast, Area: "OVR", Severity: SeverityMedium, Question: true, PerRun: true, Gate: true,
		Title: "Decided faster than the minimum review time",
	},
	{
		Code: RubberStamp, Area: "OVR", Severity: SeverityMedium, Question: true, Gate: true,
		Title: "Approval streak or agreement rate beyond the threshold",
	},
	{
		Code: DecisionReused, Area: "OVR", Severity: SeverityMedium, PerRun: true, Gate: true,
		Title: "One decision used for more than one release, or decided again after release",
	},
	{
		Code: NoGate, Area: "OVR", Severity: SeverityMedium, PerRun: true,
		Title: "A run that reached no gate",
	},
	{
		Code: NoReason, Area: "OVR", Severity: SeverityMedium, PerRun: true, Gate: true,
		Title: "Rejected, edited or overridden with no reason",
	},
	{
		Code: DecidedBeforehand, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Decided before what it decides on was prepared",
	},
	{
		Code: ReleasedAgainst, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Released although the decision was to reject, refer back, escalate or end",
	},
	{
		Code: NoAuthority, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Decided by an officer whose authority had ended or not begun",
	},
	{
		Code: OnePersonTwice, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "Prepared and decided by one person under two accounts",
	},
	{
		Code: DecisionChanged, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "The decision was changed after release",
	},
	{
		Code: DecisionsContradict, Area: "OVR", Severity: SeverityMedium, Question: true, PerRun: true, Gate: true,
		Title: "Two decisions at the gate contradict each other",
	},
	{
		Code: GateMayBeNone, Area: "OVR", Severity: SeverityHigh, Gate: true,
		Title: "This gate may be none",
	},
	{
		Code: BelowFloor, Area: "OVR", Severity: SeverityMedium, Gate: true,
		Title: "A threshold that is looser than the floor for this kind of work",
	},
	{
		Code: AnsweredLate, Area: "OVR", Severity: SeverityMedium, PerRun: true, Gate: true,
		Title: "A person answered later than the gate declares",
	},
	{
		Code: Unanswered, Area: "OVR", Severity: SeverityHigh, Gate: true,
		Title: "Drawn, asked for or alerted, and no person answered",
	},
	{
		Code: SampleShort, Area: "OVR", Severity: SeverityHigh, Gate: true,
		Title: "Fewer runs were read than the gate declares",
	},
	{
		Code: UnapprovedContent, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "A content was used that nobody had approved",
	},
	{
		Code: BeyondLimits, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "The agent did what its limits do not allow",
	},
	{
		Code: ActedAlone, Area: "OVR", Severity: SeverityHigh, PerRun: true, Gate: true,
		Title: "The agent did alone what needs a person",
	},
	{
		Code: LimitPassed, Area: "OVR", Severity: SeverityHigh, Gate: true,
		Title: "A limit was passed and no alert was raised",
	},
	{
		Code: NobodyAsked, Area: "OVR", Severity: SeverityMedium, Question: true, Gate: true,
		Title: "Nothing came before a person at this gate",
	},
	{
		Code: SampleNotRandom, Area: "OVR", Severity: SeverityMedium, Question: true, Gate: true,
		Title: "The runs that were read differ from the others",
	},
	{
		Code: WeakForSignificant, Area: "OVR", Severity: SeverityHigh, Question: true, Gate: true,
		Title: "Significant decisions, and not each run comes before a person",
	},
	{
		Code: NoRecord, Area: "TRN", Severity: SeverityMedium, PerRun: true,
		Title: "No reasoning or output record",
	},
	{
		Code: OutOfScope, Area: "TRN", Severity: SeverityHigh, PerRun: true,
		Title: "An activity, tool or data source outside the declared scope",
	},
	{
		Code: UnreviewedChange, Area: "IMP", Severity: SeverityMedium,
		Title: "A version changed with no recorded change or review",
	},
	{
		Code: OutcomeDrift, Area: "IMP", Severity: SeverityMedium, Question: true,
		Title: "The distribution of outcomes changed between periods",
	},
	{
		Code: SegmentGap, Area: "RSK", Severity: SeverityMedium, Question: true,
		Title: "Outcomes differ by declared segment",
	},
	{
		Code: LogGap, Area: "IMP", Severity: SeverityHigh,
		Title: "Gaps, broken chain, duplicates or missing volume in the log",
	},
	{
		Code: LogConflict, Area: "IMP", Severity: SeverityHigh, PerRun: true,
		Title: "A run that an earlier import holds with other content",
	},
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
