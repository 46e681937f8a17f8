// Package depth asks how closely officers looked at what they decided. A log that shows
// a decision on each run does not show that anybody read it; what it can show is in the
// questions below. None of them establishes a fault, and none is a measure of a person.
//
// # Which decisions
//
// A decision counts that says what was decided, by an account that it names and that the
// roster of the workflow calls no system, shared or test account. Its review is that of
// package oversight: from when it was opened, or else presented, or else prepared, where both
// times are known to the minute or better and the decision is not the earlier one.
// Unchanged means approved without an edit.
//
// # The questions
//
//   - DEP-01, unchanged: the share of decisions that are unchanged, of the gate, of each
//     officer, of each hour of the day (UTC), and by how many cases were waiting. A case waits
//     from when its review begins until its decision; thirds of the decisions by that number.
//     Asked where the groups of one kind differ: chi-square, p adjusted by Holm for the three
//     kinds below 0.01, and Cramér's V at least 0.1.
//   - DEP-02, pace: the share of decisions in which the words of the AI's output, divided by
//     the minutes of review, come to more than 400 a minute. Silent reading of English goes at
//     238 words a minute on average, and few adults pass 400 (Brysbaert, 2019, Journal of Memory and
//     Language 109). A time known to the minute is taken as 59 seconds longer. Asked where
//     the lower end of the interval is above one in ten.
//   - DEP-03, shift: an officer's decisions belong to one shift while no more than four hours
//     lie between them. Of each shift of at least six decisions, the share unchanged in its last
//     third less that in its first, averaged over shifts, with Student's interval: a shift is one
//     observation, as its decisions depend on each other. Asked where the interval leaves out 0
//     and the mean is at least 0.05.
//   - DEP-04, second reader: runs in which two people decided at the gate, the first decision of
//     each, in one of four answers (approved, edited, waits, refused). Cohen's kappa and Gwet's
//     AC1 (package agreement). Asked where the upper end of AC1 is below 0.6.
//   - DEP-05, overrides undone: a person departed from what the AI recommended, and the last
//     decision of a person at the gate follows it again. Asked where the lower end of the interval
//     is above one in ten.
//
// # Limits
//
// Groups, and questions, of fewer than 30 decisions (shifts, runs) are neither tested nor shown.
// Intervals of shares are Wilson's and take decisions as independent; where one officer makes
// most of them they are too narrow. Several questions are asked of each gate, of which some are
// raised by chance. Of 10,000 made-up logs in which nothing is amiss, or a rate is just at its threshold,
// TestFalseAlarms found them raised in
//
//	DEP-01  1.5 %   shifts differ by up to 20 points
//	DEP-02  2.5 %   one in ten
//	DEP-03  5.1 %   the interval over shifts covers the truth in 94.9 %
//	DEP-04  2.1 %   AC1 of 0.6
//	DEP-05  3.8 %   one in ten
//
// A second reader who sees what the first has decided agrees more often than one who does not, and no
// log says which it was. Where one group alone is hidden, its figures are the total less the others'.
package depth

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"assay/internal/agreement"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// The thresholds of the questions; the package comment has their reasons.
const (
	least      = 30            // decisions, shifts or runs of a group
	pauses     = 4 * time.Hour // more than that, and another shift begins
	fastest    = 400.0         // words a minute
	inAShift   = 6             // decisions that a shift needs
	groupP     = 0.01
	groupV     = 0.1
	shiftDrift = 0.05
	oneInTen   = 0.1
	agreeing   = 0.6
)

// Reader collects what the questions about a workflow's gates need, from its runs in any
// order. It keeps some tens of bytes a decision.
type Reader struct {
	gates  []workflow.Gate
	people map[string]bool   // by account: what the roster says; absent where it says nothing
	names  map[string]string // of accounts: those of a run lie in a piece of its file
	of     [][]look          // by gate
	pairs  []table
	undone []undone
}

// look is one decision of a person.
type look struct {
	account   string
	began     int64 // Unix seconds at which its review began, 0 where that is not known
	decided   int64 // the same of the decision
	words     int32 // in the AI's output
	review    int32 // seconds, at the longest; -1 where it is not known
	unchanged bool
}

// table counts runs by the answers of two readers.
type table [4][4]int64

type undone struct{ overrides, followed, byAnother int64 }

// NewReader begins for the gates of a workflow as they are declared now.
func NewReader(w *workflow.Workflow) *Reader {
	r := &Reader{gates: w.Gates, people: map[string]bool{}, names: map[string]string{}}
	for _, l := range w.Roster {
		r.people[l.Account] = l.Kind == workflow.LoginOfficer
	}
	n := len(w.Gates)
	r.of, r.pairs, r.undone = make([][]look, n), make([]table, n), make([]undone, n)
	return r
}

// Add takes in one run.
func (r *Reader) Add(rec *run.Record) {
	words := -1
	for i := range r.gates {
		t := oversight.Trail(rec, r.gates[i])
		if len(t.Decides) == 0 {
			continue
		}
		if words < 0 {
			words = wordsOf(rec)
		}
		r.add(i, &t, words)
	}
}

func (r *Reader) add(gate int, t *oversight.GateTrail, words int) {
	review, stands, timed := t.Review()
	var people []*oversight.Event // their decisions, by time
	for i := range t.Decides {
		e := &t.Decides[i]
		if e.Decision == nil || e.Account == "" || !e.Code.ByPerson() || !r.person(e.Account) {
			continue
		}
		people = append(people, e)
		l := look{account: r.name(e.Account), words: int32(min(words, math.MaxInt32)), review: -1,
			unchanged: unchanged(e)}
		if !e.Time.IsZero() && !t.Days {
			l.decided = e.Time.Unix()
		}
		if timed && e == stands && review >= 0 && review < math.MaxInt32*time.Second {
			if l.review = int32(review / time.Second); t.Minutes {
				l.review += 59
			}
			l.began = l.decided - int64(review/time.Second)
		}
		r.of[gate] = append(r.of[gate], l)
	}
	slices.SortStableFunc(people, func(a, b *oversight.Event) int { return a.Time.Compare(b.Time) })
	r.readTwice(gate, people)
	r.overridden(gate, people)
}

// name gives the reader's own copy of an account's name.
func (r *Reader) name(account string) string {
	own, ok := r.names[account]
	if !ok {
		own = strings.Clone(account)
		r.names[own] = own
	}
	return own
}

// person tells whether an account may be a person's: where there is a roster, it is an officer's.
func (r *Reader) person(account string) bool {
	officer, known := r.people[account]
	return officer || !known
}

// readTwice notes the first decisions of the first two people at a gate.
func (r *Reader) readTwice(gate int, people []*oversight.Event) {
	for _, e := range people {
		if run.FoldAccount(e.Account) != run.FoldAccount(people[0].Account) {
			r.pairs[gate][answer(people[0])][answer(e)]++
			return
		}
	}
}

func (r *Reader) overridden(gate int, people []*oversight.Event) {
	u := &r.undone[gate]
	for i, e := range people {
		if agreed, ok := oversight.Recommended(e.Decision); !ok || agreed {
			continue
		}
		u.overrides++
		end := people[len(people)-1]
		if agreed, ok := oversight.Recommended(end.Decision); i < len(people)-1 && ok && agreed {
			u.followed++
			if end.Account != e.Account {
				u.byAnother++
			}
		}
		return // the first override of a run is followed to its end
	}
}

func unchanged(e *oversight.Event) bool { return e.Code == run.Approved && !e.Decision.Edited }

// answer is the row or column of a decision in the table of two readers: approved, edited,
// waits, refused.
func answer(e *oversight.Event) int {
	switch {
	case e.Code == run.ApprovedWithEdits || e.Code == run.Approved && e.Decision.Edited:
		return 1
	case e.Code == run.Approved:
		return 0
	case e.Code == run.ReferredBack || e.Code == run.Escalated:
		return 2
	}
	return 3
}

// wordsOf counts the words of what the AI produced, of the longest output where there are
// several: they may be drafts of one text.
func wordsOf(rec *run.Record) int {
	most := 0
	for i := range rec.Outputs {
		n := 0
		for range strings.FieldsSeq(rec.Outputs[i].Text) {
			n++
		}
		most = max(most, n)
	}
	return most
}

// mean is the mean of xs with its 95 % interval by Student's t; Known is false for fewer
// than two.
func mean(xs []float64) (m Mean) {
	m.N = int64(len(xs))
	if m.N < 2 {
		return m
	}
	average, deviation := stat.MeanStdDev(xs, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: float64(m.N - 1)}.Quantile(0.975) * deviation / math.Sqrt(float64(m.N))
	m.Known, m.Mean, m.Low, m.High = true, average, average-half, average+half
	return m
}

// shifts gives for each long enough shift the share unchanged in its last third less that
// in its first.
func shifts(looks []look) (out []float64) {
	timed := slices.DeleteFunc(slices.Clone(looks), func(l look) bool { return l.decided == 0 })
	slices.SortFunc(timed, func(a, b look) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.decided, b.decided))
	})
	for from := 0; from < len(timed); {
		to := from + 1
		for to < len(timed) && timed[to].account == timed[from].account &&
			timed[to].decided-timed[to-1].decided <= int64(pauses/time.Second) {
			to++
		}
		if n := to - from; n >= inAShift {
			third := n / 3
			out = append(out, share(timed[to-third:to])-share(timed[from:from+third]))
		}
		from = to
	}
	return out
}

func share(looks []look) float64 {
	n := 0
	for _, l := range looks {
		if l.unchanged {
			n++
		}
	}
	return float64(n) / float64(len(looks))
}

// waiting gives for each decision whose review has a beginning how many other cases waited
// when it was made; -1 for the others.
func waiting(looks []look) []int {
	var began, decided []int64
	for _, l := range looks {
		if l.review >= 0 {
			began, decided = append(began, l.began), append(decided, l.decided)
		}
	}
	slices.Sort(began)
	slices.Sort(decided)
	out := make([]int, len(looks))
	for i, l := range looks {
		if out[i] = -1; l.review >= 0 {
			come, _ := slices.BinarySearch(began, l.decided+1)
			gone, _ := slices.BinarySearch(decided, l.decided+1)
			out[i] = come - gone
		}
	}
	return out
}

func (t *table) slices() [][]int64 {
	out := make([][]int64, len(t))
	for i := range t {
		out[i] = t[i][:]
	}
	return out
}

func (t *table) n() (n int64) {
	for i := range t {
		for _, x := range t[i] {
			n += x
		}
	}
	return n
}

func (t *table) agreement() (kappa, ac1 agreement.Coefficient) {
	s := t.slices()
	return agreement.Kappa(s), agreement.AC1(s)
}
