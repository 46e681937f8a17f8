package run

import (
	"strings"
	"time"
)

// The same event may be told twice, by two exports of one log: the later one knows
// its seconds or its end, somebody has entered a reason since, an account is spelled
// otherwise. Two tellings of one event say nothing that the other denies; what they
// say together is the event. Within one export two tellings are two events: it had
// the chance to say that they are one.

// StartSuffix stands after the name of an activity that was started and, as far as
// the log shows, never completed.
const StartSuffix = " [start]"

// retold is what two tellings say together while that is found out.
type retold struct {
	ok     bool
	a, b   Precision // of the times of each
	coarse bool      // a time was taken from the coarser one
}

// text is what both say; empty where they say two things.
func (r *retold) text(a, b string, alike func(string) string) string {
	switch {
	case a == b || b == "":
		return a
	case a == "":
		return b
	case alike == nil || alike(a) != alike(b):
		r.ok = false
		return ""
	case len(a) != len(b): // a rule that does not ask which came first
		if len(a) < len(b) {
			return a
		}
		return b
	}
	return max(a, b)
}

// blanks makes one of blanks that stand together, as copying a text does.
func blanks(s string) string { return strings.Join(strings.Fields(s), " ") }

// time is the finer of two times of one moment.
func (r *retold) time(a, b time.Time) time.Time {
	finer := a
	coarser := r.a.Coarser(r.b)
	if coarser == r.a && r.a != r.b {
		finer = b
	}
	switch {
	case a.IsZero():
		r.coarse = r.coarse || !b.IsZero() && coarser == r.b
		return b
	case b.IsZero():
		r.coarse = r.coarse || coarser == r.a
		return a
	case !oneMoment(a, b, r.a, r.b):
		r.ok = false
	}
	return finer
}

// precision is that of the times that both say together.
func (r *retold) precision() Precision {
	coarser := r.a.Coarser(r.b)
	if r.coarse || coarser == r.b && r.a == r.b {
		return coarser
	}
	if coarser == r.a {
		return r.b
	}
	return r.a
}

// oneMoment tells whether two times can be of one moment, as exactly as they are
// known. A day that was written is of the zone of the log, which stood at most an
// hour ahead of UTC where councils keep their clocks.
func oneMoment(a, b time.Time, pa, pb Precision) bool {
	if pa == pb {
		return a.Equal(b)
	}
	if pa.Coarser(pb) == pb {
		a, b, pa = b, a, pb // a is the coarser
	}
	if pa == ToMinute {
		return a.Truncate(time.Minute).Equal(b.Truncate(time.Minute))
	}
	return !b.Before(a.Add(-time.Hour)) && b.Before(a.Add(24*time.Hour))
}

// bothSay tells whether some time is said by both.
func bothSay(pairs ...[2]time.Time) bool {
	for _, p := range pairs {
		if !p[0].IsZero() && !p[1].IsZero() {
			return true
		}
	}
	return false
}

// unfinished is the name of the activity of which s tells only that it began, or was
// put before somebody, and when.
func (s *Step) unfinished() (of string, is bool) {
	if !s.Ended.IsZero() {
		return s.Name, false
	}
	if name, ok := strings.CutSuffix(s.Name, StartSuffix); ok {
		return name, true
	}
	return strings.CutSuffix(s.Name, AskedSuffix)
}

// retoldStep is the step that a and b tell of, where it is one.
func retoldStep(a, b *Step) (s Step, ok bool) {
	nameA, beganA := a.unfinished()
	nameB, beganB := b.unfinished()
	if nameA != nameB || beganA && beganB && a.Name != b.Name {
		return s, false
	}
	r := retold{ok: true, a: a.Precision, b: b.Precision}
	s = Step{
		Name: nameA, Seq: a.Seq, At: a.At,
		Actor:     r.text(a.Actor, b.Actor, FoldAccount),
		ActorKind: ActorKind(r.text(string(a.ActorKind), string(b.ActorKind), nil)),
		Gate:      r.text(a.Gate, b.Gate, nil),
		Tool:      r.text(a.Tool, b.Tool, nil),
		Started:   r.time(a.Started, b.Started),
		Ended:     r.time(a.Ended, b.Ended),
	}
	if beganA != beganB { // what it is at the gate, it is when it is done
		began, done := a, b
		if beganB {
			began, done = b, a
		}
		s.Act, s.Gate = done.Act, done.Gate
		s.Precision = r.precision()
		// A start and a completion that no file has together.
		paired := done.Started.IsZero() && !done.Ended.Before(began.Started) &&
			strings.HasSuffix(began.Name, StartSuffix)
		return s, r.ok && (paired || bothSay([2]time.Time{a.Started, b.Started}))
	}
	s.Name = a.Name
	s.Act = Act(r.text(string(a.Act), string(b.Act), nil))
	s.Precision = r.precision()
	return s, r.ok && bothSay([2]time.Time{a.Started, b.Started}, [2]time.Time{a.Ended, b.Ended})
}

// retoldDecision is the decision that a and b tell of, where it is one.
func retoldDecision(a, b *Decision) (d Decision, ok bool) {
	if a.Gate != b.Gate || a.Code != b.Code || a.Edited != b.Edited {
		return d, false
	}
	r := retold{ok: true, a: a.Precision, b: b.Precision}
	d = Decision{
		Gate: a.Gate, Code: a.Code, Edited: a.Edited, At: a.At,
		Account:          r.text(a.Account, b.Account, FoldAccount),
		PreparedBy:       r.text(a.PreparedBy, b.PreparedBy, FoldAccount),
		OfficerName:      r.text(a.OfficerName, b.OfficerName, FoldAccount),
		Role:             r.text(a.Role, b.Role, blanks),
		Reason:           r.text(a.Reason, b.Reason, blanks),
		AIRecommendation: r.text(a.AIRecommendation, b.AIRecommendation, blanks),
		AICode:           DecisionCode(r.text(string(a.AICode), string(b.AICode), nil)),
		ArgsDigest:       r.text(a.ArgsDigest, b.ArgsDigest, nil),
		PolicyVersion:    r.text(a.PolicyVersion, b.PolicyVersion, nil),
		Presented:        r.time(a.Presented, b.Presented),
		Opened:           r.time(a.Opened, b.Opened),
		Decided:          r.time(a.Decided, b.Decided),
	}
	d.Precision = r.precision()
	// Of an answer in a record that was not finished, only the asking has a time.
	asked := (a.Decided.IsZero() || b.Decided.IsZero()) && bothSay([2]time.Time{a.Presented, b.Presented})
	return d, r.ok && (asked || bothSay([2]time.Time{a.Decided, b.Decided}))
}
