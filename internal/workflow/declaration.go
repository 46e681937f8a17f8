package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
)

// Declared is what the tests on runs lean on: the gates with their activities,
// officers and thresholds, the roster, and the scope.
type Declared struct {
	Gates       []Gate   `json:"gates"`
	Roster      []Login  `json:"roster"`
	Activities  []string `json:"activities"`
	Tools       []string `json:"tools"`
	DataSources []string `json:"data_sources"`
}

// Declaration is what was declared from a day on. A run is held to the
// declaration that was in force on the day when it ran, so that a later change
// makes no finding on earlier runs go away.
//
// A workflow's declarations stand in the order in which they were made. A run is
// held to the last of them whose From is not later than its day (UTC); the first
// declaration has no From and covers every run before the second.
type Declaration struct {
	From   civil.Date `json:"from,omitempty"`   // the first day of the runs that are held to it; empty: all before the next one
	MadeAt time.Time  `json:"made_at,omitzero"` // zero: before this register kept declarations
	By     string     `json:"by,omitempty"`     // who was at the keyboard
	Why    string     `json:"why,omitempty"`
	// Changed is what differs from the declaration before it, in words; empty for the first.
	Changed []string `json:"changed,omitempty"`
	// Tried is how many runs the change was tried on before it was made, and Effect
	// what it would have done to the findings on them.
	Tried  int64    `json:"tried,omitempty"`
	Effect []Effect `json:"effect,omitempty"`
	// Approval is by the second person that a change needs which makes findings go away.
	Approval approval.Approval `json:"approval,omitzero"`
	Declared
}

// ApprovalContent is what the approval of a declaration is about: all of it but the
// approval itself, as far as tests look at it. A gate's title and what else no test
// reads may be written anew under it.
func (d Declaration) ApprovalContent() ([]byte, error) {
	d.Approval, d.Declared = approval.Approval{}, clone(d.Declared)
	for i, g := range d.Gates {
		d.Gates[i] = Gate{
			Key: g.Key, Officers: g.Officers, FourEyes: g.FourEyes,
			MinReviewSeconds: g.MinReviewSeconds, MaxStreak: g.MaxStreak, MaxAgreement: g.MaxAgreement,
			Prepare: g.Prepare, Decide: g.Decide, Release: g.Release, Pattern: g.Pattern, Terms: g.Terms,
		}
	}
	for i := range d.Roster {
		d.Roster[i].Role = ""
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write what is approved: %w", err)
	}
	return b, nil
}

// Effect is what a change of a declaration does to the findings of one test.
type Effect struct {
	Code string `json:"code"` // of the test
	Gone int64  `json:"gone"` // findings that are no longer found
	New  int64  `json:"new"`  // findings that were not found before
}

// Because is why a declaration is changed, and who approved it: what an apply
// file says beside the change itself.
type Because struct {
	Why        string `json:"why"`
	ApprovedBy string `json:"approved_by"` // a person's identifier
}

// Declared is what the workflow declares now.
func (w *Workflow) Declared() Declared {
	return Declared{
		Gates:       w.Gates,
		Roster:      w.Roster,
		Activities:  w.KSB.Activities,
		Tools:       w.KSB.Tools,
		DataSources: w.Account.DataSources,
	}
}

// with is the workflow as if it declared d.
func (w *Workflow) with(d Declared) *Workflow {
	x := *w
	x.Gates, x.Roster = d.Gates, d.Roster
	x.KSB.Activities, x.KSB.Tools, x.Account.DataSources = d.Activities, d.Tools, d.DataSources
	return &x
}

// InForce are the declarations that runs are held to, by their days: the first
// has no From, and each covers the days from its From to that of the next. The
// workflow of a register that kept no declarations yet has one.
func (w *Workflow) InForce() []Declaration {
	if len(w.Declarations) == 0 {
		return []Declaration{{Declared: w.Declared()}}
	}
	var out []Declaration
	for _, d := range History(w.Declarations) {
		// What was made later holds from its day on, whatever was to hold then.
		for len(out) > 0 && out[len(out)-1].From >= d.From {
			out = out[:len(out)-1]
		}
		out = append(out, d)
	}
	return out
}

// History is a list of declarations as Declare makes it: the first has no From.
// Registers were written in which it has the day on which it was made, and there a
// later declaration of that day would take every run before it from the first.
func History(list []Declaration) []Declaration {
	list = slices.Clone(list)
	if len(list) > 0 {
		list[0].From = ""
	}
	return list
}

// On is the workflow as it was declared on a day.
func (w *Workflow) On(day civil.Date) *Workflow {
	held := w.InForce()
	at := held[0]
	for _, d := range held[1:] {
		if d.From <= day {
			at = d
		}
	}
	return w.with(at.Declared)
}

// Held is the workflow as each declaration in force describes it, in the order
// of their days, and the day from which each holds; the first has none.
func (w *Workflow) Held() (held []*Workflow, from []civil.Date) {
	for _, d := range w.InForce() {
		held, from = append(held, w.with(d.Declared)), append(from, d.From)
	}
	return held, from
}

// EveryGate is each gate that runs are held to: those of today, and then those
// that earlier runs had to pass and that are no longer declared, as they were last.
func (w *Workflow) EveryGate() []Gate {
	out := slices.Clone(w.Gates)
	held := w.InForce()
	for i := len(held) - 1; i >= 0; i-- {
		for _, g := range held[i].Gates {
			if !slices.ContainsFunc(out, func(x Gate) bool { return x.Key == g.Key }) {
				out = append(out, g)
			}
		}
	}
	return out
}

// Changes says in words what differs between d and a later declaration, as far
// as tests look at it; it is empty where nothing does.
func (d Declared) Changes(to Declared) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	lists := func(what string, was, is []string) {
		if gone := without(was, is); len(gone) > 0 {
			say("%s: %s removed", what, quoted(gone))
		}
		if added := without(is, was); len(added) > 0 {
			say("%s: %s added", what, quoted(added))
		}
	}
	number := func(what string, was, is float64, unit string) {
		text := func(n float64) string {
			if n == 0 {
				return "none"
			}
			return strconv.FormatFloat(n, 'g', -1, 64) + unit
		}
		if was != is {
			say("%s: %s → %s", what, text(was), text(is))
		}
	}
	for _, g := range d.Gates {
		i := slices.IndexFunc(to.Gates, func(x Gate) bool { return x.Key == g.Key })
		if i < 0 {
			say("Gate %s removed", g.Key)
			continue
		}
		x, at := to.Gates[i], "Gate "+g.Key+", "
		number(at+"minimum review time", float64(g.MinReviewSeconds), float64(x.MinReviewSeconds), " s")
		number(at+"approvals in a row", float64(g.MaxStreak), float64(x.MaxStreak), "")
		number(at+"highest agreement", 100*g.MaxAgreement, 100*x.MaxAgreement, " %")
		if g.FourEyes != x.FourEyes {
			say("%sfour eyes: %s", at, map[bool]string{true: "now asked for", false: "no longer asked for"}[x.FourEyes])
		}
		lists(at+"officers", g.Officers, x.Officers)
		lists(at+"preparing activities", g.Prepare, x.Prepare)
		lists(at+"deciding activities", g.Decide, x.Decide)
		lists(at+"releasing activities", g.Release, x.Release)
		g.patternChanges(x, say)
	}
	for _, g := range to.Gates {
		if !slices.ContainsFunc(d.Gates, func(x Gate) bool { return x.Key == g.Key }) {
			say("Gate %s added", g.Key)
		}
	}
	for _, l := range d.Roster {
		i := slices.IndexFunc(to.Roster, func(x Login) bool { return x.Account == l.Account })
		if i < 0 {
			say("Roster, %q (%s) removed", l.Account, l.Kind)
			continue
		}
		x := to.Roster[i]
		if l.Kind != x.Kind {
			say("Roster, %q: %s account → %s account", l.Account, l.Kind, x.Kind)
		}
		if l.Name != x.Name {
			say("Roster, %q: name %q → %q", l.Account, l.Name, x.Name)
		}
		if l.From != x.From || l.Until != x.Until {
			say("Roster, %q: authority %s → %s", l.Account, l.authority(), x.authority())
		}
	}
	for _, l := range to.Roster {
		if !slices.ContainsFunc(d.Roster, func(x Login) bool { return x.Account == l.Account }) {
			say("Roster, %q (%s) added", l.Account, l.Kind)
		}
	}
	lists("Declared activities", d.Activities, to.Activities)
	lists("Declared tools", d.Tools, to.Tools)
	lists("Declared data sources", d.DataSources, to.DataSources)
	return out
}

// authority is when somebody may decide, in words.
func (l Login) authority() string {
	switch {
	case l.From.IsZero() && l.Until.IsZero():
		return "without a day"
	case l.Until.IsZero():
		return "from " + l.From.Long()
	case l.From.IsZero():
		return "until " + l.Until.Long()
	}
	return "from " + l.From.Long() + " to " + l.Until.Long()
}

func without(list, other []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

func quoted(names []string) string {
	const most = 5
	var out []string
	for i, n := range names {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(names)-most))
			break
		}
		out = append(out, strconv.Quote(n))
	}
	return strings.Join(out, ", ")
}

// OnlyAdds tells whether to declares only what d leaves open, and nothing that
// could make a finding go away: first gates, a further gate, a first threshold, a
// first mapping of activities, the first accounts, a first scope, the names and
// days of accounts. Such a declaration is the first of its kind and covers the
// runs before it as well.
func (d Declared) OnlyAdds(to Declared) bool {
	first := func(was, is []string) bool { return len(was) == 0 || sameNames(was, is) }
	scope := first(d.Activities, to.Activities) && first(d.Tools, to.Tools) && first(d.DataSources, to.DataSources)
	if len(d.Gates) == 0 || !scope {
		return scope
	}
	accounts := len(d.Roster) == 0 && !slices.ContainsFunc(d.Gates, func(g Gate) bool { return len(g.Officers) > 0 })
	if !accounts && len(d.Roster) != len(to.Roster) {
		return false
	}
	for _, l := range d.Roster {
		i := slices.IndexFunc(to.Roster, func(x Login) bool { return x.Account == l.Account })
		if i < 0 {
			return false
		}
		x := to.Roster[i]
		if x.Kind != l.Kind || l.Name != "" && x.Name != l.Name ||
			!l.From.IsZero() && x.From != l.From || !l.Until.IsZero() && x.Until != l.Until {
			return false
		}
	}
	for _, g := range d.Gates {
		i := slices.IndexFunc(to.Gates, func(x Gate) bool { return x.Key == g.Key })
		if i < 0 {
			return false
		}
		x := to.Gates[i]
		mapped := len(g.Prepare)+len(g.Decide)+len(g.Release) > 0
		switch {
		case g.MinReviewSeconds != 0 && x.MinReviewSeconds != g.MinReviewSeconds,
			g.MaxStreak != 0 && x.MaxStreak != g.MaxStreak,
			g.MaxAgreement != 0 && x.MaxAgreement != g.MaxAgreement,
			g.FourEyes && !x.FourEyes,
			g.HowOverseen() != x.HowOverseen(),
			!g.Terms.IsZero() && !g.Terms.Same(x.Terms),
			!accounts && !sameNames(g.Officers, x.Officers),
			mapped &&
				!(sameNames(g.Prepare, x.Prepare) && sameNames(g.Decide, x.Decide) && sameNames(g.Release, x.Release)):
			return false
		}
	}
	return true
}

func sameNames(a, b []string) bool { return len(without(a, b)) == 0 && len(without(b, a)) == 0 }

// Lessens tells whether a change with these effects makes findings go away, so
// that it needs a reason and a second person.
func Lessens(effect []Effect) bool {
	return slices.ContainsFunc(effect, func(e Effect) bool { return e.Gone > 0 })
}

// leastReason is how long the reason for a change has to be that makes findings
// go away, in characters, so that it says something.
const leastReason = 20

// CheckReason tells whether the reason for a change that makes findings go away
// says something. Errors: invalid.
func CheckReason(why string) error {
	letters, words := 0, map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(why), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	}) {
		letters += utf8.RuneCountInString(w) + 1
		words[w] = utf8.RuneCountInString(w) > 1
	}
	maps.DeleteFunc(words, func(_ string, long bool) bool { return !long })
	if letters-1 < leastReason || len(words) < 4 {
		return fault.Invalid("why", "Say why this is declared otherwise from today on, in a sentence of some words.")
	}
	return nil
}

// Before there are runs, a declaration takes the place of the one before it without
// a reason or a second person, also where it asks for less: nothing was found that
// could go away, a workflow is described in many small steps, and a reason asked for
// each of them would be typed without thought. What is declared so is judged by itself
// (OVR-17, OVR-18), and a first declaration that was made after runs which it covers
// says on the certificate that it was.
//
// Declare records what w declares now as a declaration, made at and by whom d
// says. Was is the workflow as it stood, nil for a new one, and runs tells whether
// it has any. Where nothing changes that a test looks at, no declaration is made,
// and ok is false.
//
// The first declaration covers every run before the next one; until there are
// runs, each takes the place of the one before. One that only adds (see OnlyAdds),
// and makes no finding go away, holds from the day of the one that it adds to. Every
// other holds from its own day on: that on which it is made, or a later one that d
// gives as From. The first has none, whatever d gives.
func (w *Workflow) Declare(was *Workflow, d Declaration, runs bool) (ok bool) {
	d.Declared = clone(w.Declared())
	if was == nil || !runs && len(was.Declared().Changes(d.Declared)) > 0 {
		d.From = ""
		w.Declarations = []Declaration{d}
		return true
	}
	w.Declarations = History(was.Declarations)
	if len(w.Declarations) == 0 {
		w.Declarations = []Declaration{{Declared: clone(was.Declared())}}
	}
	last := &w.Declarations[len(w.Declarations)-1]
	d.Changed = last.Declared.Changes(d.Declared)
	if len(d.Changed) == 0 {
		last.Declared = d.Declared // texts that no test looks at
		return false
	}
	d.From = max(d.From, civil.Of(d.MadeAt))
	if last.OnlyAdds(d.Declared) && !Lessens(d.Effect) {
		d.From = last.From
	}
	w.Declarations = append(w.Declarations, d)
	return true
}

// Copy is a copy of the workflow that shares none of the lists which are declared:
// they can be changed in it. Of its history it shares what nobody changes.
func (w *Workflow) Copy() Workflow { return *w.with(clone(w.Declared())) }

// clone is a copy that shares no list with d.
func clone(d Declared) Declared {
	d.Gates, d.Roster = slices.Clone(d.Gates), slices.Clone(d.Roster)
	d.Activities, d.Tools, d.DataSources = slices.Clone(
		d.Activities,
	), slices.Clone(
		d.Tools,
	), slices.Clone(
		d.DataSources,
	)
	return d
}
