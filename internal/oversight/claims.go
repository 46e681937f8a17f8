package oversight

import (
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// claim is something that a workflow's description says of a gate and that each
// run either bears out, contradicts or cannot show. Runs are counted for it where
// the gate asks for it and they come to it (see tester.claims).
type claim struct {
	title string
	of    string // the runs that it is about, for people
	tests []Code // any finding of these means that the run does not bear it out
	none  string // why none shows it
}

// The claims that runs are counted for, in the order in which they are shown.
const (
	claimBefore = iota
	claimHeeded
	claimOfficers
	claimEyes
	claimTime
	claimReasons
	claimN
)

var claims = [claimN]claim{
	claimBefore: {
		title: "A person decides before release, and for it",
		of:    "runs released",
		tests: []Code{ReleasedUndecided, ReleasedEarly, DecidedByNoOfficer, DecisionReused, ReleasedAgainst},
		none:  "No run shows a release at this gate and when it was decided.",
	},
	claimHeeded: {
		title: "What was decided is what happens",
		of:    "runs decided and released",
		tests: []Code{ReleasedAgainst, DecisionChanged, DecisionsContradict},
		none:  "No run shows a release at this gate and what was decided.",
	},
	claimOfficers: {
		title: "Named officers decide",
		of:    "runs decided",
		tests: []Code{DecidedByNoOfficer, DecidedUnauthorised, NoAuthority},
		none:  "No run shows a decision at this gate.",
	},
	claimEyes: {
		title: "Somebody else prepares",
		of:    "runs decided",
		tests: []Code{SameEyes, OnePersonTwice},
		none:  "The log does not say who prepared.",
	},
	claimTime: {
		title: "There is time for a meaningful review",
		of:    "runs decided",
		tests: []Code{DecidedFast, DecidedBeforehand},
		none:  "The log does not hold both when a matter was ready and when it was decided.",
	},
	claimReasons: {
		title: "Departures are explained",
		of:    "runs decided",
		tests: []Code{NoReason},
		none:  "The log does not say what was decided, nor why.",
	},
}

// claimSet is a set of claims, one bit each.
type claimSet uint8

func (s claimSet) has(claim int) bool { return s&(1<<claim) != 0 }

// claimsOf are the claims that a finding of a test contradicts.
var claimsOf = func() map[Code]claimSet {
	m := map[Code]claimSet{}
	for i, c := range claims {
		for _, t := range c.tests {
			m[t] |= 1 << i
		}
	}
	return m
}()

// ClaimCount counts runs for one claim: those that it is about, of these those
// whose log can show it, and of these those that contradict it.
type ClaimCount struct {
	Of    int64 `json:"of"`
	Shown int64 `json:"shown"`
	Short int64 `json:"short"`
}

func (c *ClaimCount) add(o *ClaimCount) {
	c.Of += o.Of
	c.Shown += o.Shown
	c.Short += o.Short
}

// Held is how many runs bear the claim out.
func (c ClaimCount) Held() int64 { return c.Shown - c.Short }

// Claims counts runs for each claim.
type Claims [claimN]ClaimCount

// Before counts, of the runs released, those that a person had decided before,
// and in favour.
func (c *Claims) Before() ClaimCount { return c[claimBefore] }

// Officers counts, of the runs decided, those that named officers decided, each
// with authority for the gate on the day.
func (c *Claims) Officers() ClaimCount { return c[claimOfficers] }

// claims counts, of the run just tested, what it shows of each claim about gate
// i in c, which is empty.
func (t *tester) claims(i int, c *Claims) {
	g, tr, short := t.gates[i], &t.trails[i], t.short[i]
	released, decided := len(tr.Releases) > 0, len(tr.Decides) > 0
	count := func(claim int, shown bool) {
		if !g.claimed.has(claim) {
			return
		}
		c[claim].Of = 1
		if short.has(claim) {
			c[claim].Short, shown = 1, true
		}
		if shown {
			c[claim].Shown = 1
		}
	}
	if released {
		count(claimBefore, !decided || tr.ordered())
	}
	if !decided {
		return
	}
	coded, prepared := true, false
	for j := range tr.Decides {
		coded = coded && effectOf(&tr.Decides[j]) != effectUnknown
	}
	for j := range tr.Prepares {
		prepared = prepared || tr.Prepares[j].Account != ""
	}
	if released || tr.Followed {
		count(claimHeeded, coded)
	}
	if len(t.kinds) > 0 || len(g.officers) > 0 {
		count(claimOfficers, true)
	}
	if g.FourEyes {
		count(claimEyes, prepared)
	}
	if g.MinReviewSeconds > 0 {
		_, _, timed := tr.Review()
		count(claimTime, timed)
	}
	count(claimReasons, coded)
}

// ordered tells whether the log shows which came first at the gate, a decision or the
// release: both have a time, and where times are known to the day only, they are of
// different days.
func (t *GateTrail) ordered() bool {
	d, r := first(t.Decides), first(t.Releases)
	return d != nil && r != nil && !(t.Days && d.Time.Equal(r.Time))
}

// genuine counts, of the run just tested, what tells whether gate i is one: who
// decides there, and whether there was anything yet to decide on. The AI's output
// is there when the first step of an agent has ended.
func (t *tester) genuine(i int, rec *run.Record, c *GateCell) {
	tr := &t.trails[i]
	if len(tr.Decides) == 0 || !t.gates[i].genuine {
		return
	}
	c.Machine += t.machine[i]
	var there time.Time
	for j := range rec.Steps {
		s := &rec.Steps[j]
		if at := s.When(); s.ActorKind == run.ActorAgent && !at.IsZero() && (there.IsZero() || at.Before(there)) {
			there = at
		}
	}
	if d := last(tr.Decides); d != nil && !there.IsZero() {
		c.Produced = 1
		if d.Time.Before(there) {
			c.Early = 1
		}
	}
}

func noPerson(k workflow.LoginKind) bool {
	return k == workflow.LoginSystem || k == workflow.LoginShared || k == workflow.LoginTest
}

// actsAsMachine tells whether the log itself says, in the same run, that the
// account of a decision is a system's or an agent's.
func actsAsMachine(rec *run.Record, e *Event) bool {
	if e.Account == "" {
		return false
	}
	for i := range rec.Steps {
		s := &rec.Steps[i]
		if (s.ActorKind == run.ActorSystem || s.ActorKind == run.ActorAgent) && s.Actor == e.Account {
			return true
		}
	}
	return false
}
