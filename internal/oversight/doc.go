// Package oversight tells what the runs of an AI workflow show about the
// people who were meant to be in charge of it: whether each decision was made,
// by whom, on what, in what order, and how long it took.
//
// It is pure: it reads run.Records and the workflow's description and returns
// findings. It states what the log shows and what it does not show, and no
// legal conclusion.
//
// # Events at a gate
//
// Every test rests on the trail of one run at one gate (type GateTrail):
//
//   - An explicit decision (run.Decision with the gate's key) is a decide event
//     at its decision time. Where it records when the matter was presented or
//     who prepared it, that is also a prepare event. The codes timed_out,
//     ask_failed and no_gate_reached say that nobody decided: they are no
//     decide event, though the first two show that the gate was reached.
//   - A step is an event where the source marks it with the gate and an act,
//     or else where its name is listed in the gate's Prepare, Decide or
//     Release. Where a run has explicit decisions at the gate, decide steps of
//     the same gate are the log's second mention of them and are left out.
//   - Names and accounts are compared exactly as the log writes them.
//   - First and last are by time, ties by the order of the source. Events
//     without a time count for existence and never for order.
//
// # Tests on one run
//
//   - OVR-01: there is a release and no decision.
//   - OVR-02: the first release is earlier than the first decision.
//   - OVR-03: a decision was made automatically, or by an account that the log
//     does not name, that the roster calls a system, shared or test account,
//     or that neither the roster nor the gate names.
//   - OVR-04: a decision was made by an officer of the roster whom the gate,
//     which names its officers, does not name.
//   - OVR-05, where the gate asks for four eyes: some account appears both in
//     any prepare event and in any decide event of the run.
//   - OVR-06, where the gate sets a minimum: the review time of the decision
//     that stands is at least zero and less than the minimum. The decision
//     that stands is the last; its review starts when it was opened, or else
//     when it was presented, or else at the last preparation.
//   - OVR-08: a decision is later than the first release, though one was made
//     before it; or there are more releases than decisions.
//   - OVR-09: the run has no event at any gate.
//   - OVR-10: an explicit decision rejects, edits or departs from the
//     recommendation (function Recommended), and its reason is empty.
//   - OVR-11: an explicit decision is earlier than its own presentation, or
//     the last decision is earlier than the last preparation.
//   - TRN-01: the run has no output, or no reasoning. Where a whole source
//     holds not one output, its format does not carry them, and the test is
//     reported as not run.
//   - TRN-02: a step's name, a tool or a data source is not among those that
//     the workflow declares. What is not declared at all is not tested.
package oversight
