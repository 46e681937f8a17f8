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
//   - Names and accounts are compared exactly as the log writes them. Where two
//     accounts differ in their spelling alone (run.FoldAccount: case, width,
//     blanks), what that changes is asked: OVR-14, and in the words of OVR-03.
//   - First and last are by time, ties by the order of the source. Events
//     without a time count for existence and never for order.
//   - Where a time at a gate is known to the day only, order is that of days,
//     and no review time is known. Where one is known to the minute, a review is
//     held to the longest that it may have been: 59 seconds more than the two times say.
//
// # Tests on one run
//
//   - OVR-01: there is a release and no decision.
//   - OVR-02: the first release is earlier than the first decision.
//   - OVR-03: a decision was made automatically, or by an account that the log
//     does not name, that the roster calls a system, shared or test account,
//     that neither the roster nor the gate names, or to which a step of the same
//     run gives the kind of a system or an agent.
//   - OVR-04: a decision was made by an officer of the roster whom the gate,
//     which names its officers, does not name.
//   - OVR-05, where the gate asks for four eyes: some account appears both in
//     any prepare event and in any decide event of the run.
//   - OVR-06, where the gate sets a minimum: the review time of the decision
//     that stands is at least zero and less than the minimum. The decision
//     that stands is the last; its review starts at the latest of when it was opened,
//     when it was presented, and the last preparation not later than it; where it was
//     neither opened nor presented by the log, at the last preparation.
//   - OVR-08: a decision is later than the first release, though one was made
//     before it; or there are more releases than decisions.
//   - OVR-09: the run has no event at any gate.
//   - OVR-10: an explicit decision rejects, edits or departs from the
//     recommendation (function Recommended), and its reason says nothing (function
//     run.SaysNothing).
//   - OVR-11: a decision is earlier than the start of the run, or an explicit one than
//     its own presentation, or the last decision is earlier than the last preparation.
//   - OVR-12: there is a release, and the decision that stood at it was rejected,
//     referred_back, escalated or terminated. It is the last decision not later
//     than the release; where none is earlier or the release has no time, the last
//     of all, by time or, where no decision has one, in the order of the source.
//   - OVR-13, where the roster sets a first or a last day of authority for the
//     deciding account: the decision's day (UTC) is before the first or after the
//     last. A decision without a time is not tested, nor is one of OVR-03.
//   - OVR-14, where the gate asks for four eyes: the account of a prepare event
//     and that of a decide event differ, and the roster gives both the same name
//     (without regard to case), or they are two spellings of one account. Where OVR-05 is found, it is not looked for.
//     Two people of one name are told apart in the roster by what is added to it.
//   - OVR-15: the last decision is later than the first release and of another
//     effect than the one that stood at it: approval, approval with edits, waiting
//     (referred_back, escalated), or refusal (rejected, terminated).
//   - OVR-16: an approval and a rejection or termination at the gate are at the
//     same instant, or one of them has no time, or the one follows the other with
//     nothing prepared, presented or decided between them. Where a release lies
//     between them it is OVR-15 and not this. Or a deciding step is by another account
//     than every explicit decision, and more than a minute from each. It is a question:
//     a second officer may overrule the first.
//   - TRN-01: the run has no output, or no reasoning. Where a whole source
//     holds not one output, its format does not carry them, and the test is
//     reported as not run.
//   - TRN-02: a step's name, a tool or a data source is not among those that
//     the workflow declares. What is not declared at all is not tested.
//
// # Which declaration
//
// Each run is held to what was declared on the day (UTC) of its start (function
// When), and each claim counts the runs whose declaration asks for it. OVR-07
// counts decisions by month: a month belongs to the declaration of its first day,
// and where a threshold was changed, decisions before and after are counted apart.
//
// # Tests on the runs of a gate together
//
//   - OVR-07, where the gate sets a longest streak or a highest agreement rate: an
//     officer approved more often in a row without an edit, or an officer or the
//     gate followed the AI in a larger share of at least Limits.MinGroup decisions.
//   - OVR-17: at least half of the decisions at the gate are by no person
//     (automatic, by an account that the roster calls a system, shared or test
//     account, or that the run itself calls a system or an agent); or in at least
//     half of the runs that show both, the last decision is earlier than the end of
//     the first step of an agent; or no decision says what was decided.
//   - OVR-18: a threshold that is set is looser than the floor for the kind of work
//     (workflow.Floor), in what is declared now or in what runs are held to. A
//     threshold that is not set is asked for elsewhere (readiness).
//
// # What no run shows
//
//   - An edit that undoes what was decided shows only as an event: prepared again
//     after the last decision is OVR-11, decided again after the release OVR-08 and
//     OVR-15. An edit that the platform does not record is not shown. Nor is
//     whether what left is, byte for byte, what was decided on: a decision's digest
//     of its matter has nothing in a run to be compared with.
//   - That an account which the roster calls an officer's is a program's, where the
//     log gives no kinds of actors.
//   - That a decision stands before the AI had produced anything, in one run: it
//     is found of a gate (OVR-17), where at least half of the runs show it, and of one
//     run where the decision comes before its own presentation or preparation (OVR-11).
//   - That an authority ended which the roster gives no last day of, and at what hour of
//     its last day it ended (OVR-13 compares days).
//   - Who sat at the keyboard. Two accounts of one person are one only where the
//     roster names that person for both, or where they are two spellings of one.
//   - What a decision was where a log of activities says only that somebody
//     decided: such runs are in neither OVR-12, OVR-15 nor OVR-16.
package oversight
