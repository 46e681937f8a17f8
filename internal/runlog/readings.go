package runlog

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"assay/internal/run"
)

// This file says how a mapping had a log read. Whoever writes the mapping decides
// what the platform's words mean, so a reader of the certificate has to see it: a
// mapping that calls "Refused" a yes makes any log clean.

// The words with which an outcome, a step or an account says what it is. They are
// the beginnings of words, and whole words where they are short.
var (
	yesWords = words("accept agree allow approv assent authoris authoriz confirm consent endors grant ok okay pass " +
		"ratif sign signed yes cytun cymeradwy derbyn")
	// Whatever else is said, these make a yes none: "not approved", "auto-approved".
	noWords = words("abandon abort auto automatic await cancel contest declin defer denied deny disagree disallow " +
		"dismiss disapprov escalat expir fail invalid lapse never no non none not overrid overrul pending refus " +
		"reject revok suspend terminat timeout unable unapprov undecid unsign unsuccess unsupport veto void wait " +
		"withdr withheld withhold gwrthod")
	// And these where nothing says yes beside them: "closed", "returned", but not "agreed and closed".
	openWords = words("absent against blank block clos delay dispute drop error hold ignor incomplete inconclusive " +
		"miss nobody null object open overdu pause queue quer refer remov reopen request retur revert send sent " +
		"skip stop timed unanswer unassign unavail unclear unknown unread unresolv untouch")
	// A step that puts a matter before somebody says so with one of these.
	askWords = words("approv ask assign await confirm human input interrupt notif officer pause pending present " +
		"prompt request requir review submit suspend user wait")
	// Accounts are no people where one of these stands in their name as a word of its own.
	machineWords = words(
		"agent ai api app auto automation batch bot daemon gpt job llm machine model robot root rpa " +
			"script server service services svc sys system task workflow",
	)

	// harmless are the ways of saying yes with a no.
	harmless = regexp.MustCompile(`(?i)\b(no|without|nothing)( further| more| other)? ` +
		`(objections?|issues?|concerns?|comments?|changes?|amendments?|faults?|errors?|defects?|reservations?)\b`)
)

func words(s string) []string { return strings.Fields(s) }

// parts are the words in a name: svc-planning, AutoApproved and NOT_OK have two each.
func parts(name string) []string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		if !unicode.IsLetter(r) {
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// says tells whether a name has a word that begins like one of the list, or is
// it where that one is short.
func says(name string, list []string) bool {
	return slices.ContainsFunc(parts(name), func(p string) bool {
		return slices.ContainsFunc(list, func(w string) bool {
			return p == w || len(w) > 3 && strings.HasPrefix(p, w)
		})
	})
}

// saysYes and saysNo tell whether a word for an outcome, or the name of a step, plainly means it.
// Most words do neither.
func saysYes(name string) bool {
	return !saysNo(name) && (says(name, yesWords) || harmless.MatchString(name))
}

func saysNo(name string) bool {
	rest := harmless.ReplaceAllString(name, "ok")
	return says(rest, noWords) || says(rest, openWords) && !says(rest, yesWords)
}

// machine tells whether accounts of this name, or pattern, are of programs, or of anybody.
func machine(name string) bool {
	return strings.Trim(name, "*") == "" ||
		slices.ContainsFunc(parts(name), func(p string) bool { return slices.Contains(machineWords, p) })
}

// yes tells whether an outcome lets a run go on as the officer approved it.
func yes(c run.DecisionCode) bool { return c == run.Approved || c == run.ApprovedWithEdits }

// Contrary are the readings that a word does not bear out by itself: an outcome or
// a step that is read as a yes and says something else, an account of a machine
// that is read as a person, and answers or accounts that are passed over. Each is a
// phrase for a sentence such as "the assessor had … read".
func (m *Mapping) Contrary() []string {
	var out []string
	for _, c := range run.DecisionCodes {
		for _, w := range m.Decisions[c] {
			if yes(c) && saysNo(w) {
				out = append(out, fmt.Sprintf("the word “%s” as a yes", w))
			}
		}
	}
	for _, a := range sortedKeys(m.Activities) {
		switch r := m.Activities[a]; {
		case yes(r.Code) && !saysYes(a):
			out = append(out, fmt.Sprintf("the step “%s” as a yes", a))
		case r.Act == ActAsk && !says(a, askWords): // it makes the time for a decision longer
			out = append(out, fmt.Sprintf("the step “%s” as asking an officer", a))
		}
	}
	for _, w := range m.Actors[run.ActorPerson] {
		if machine(w) {
			out = append(out, fmt.Sprintf("the account “%s” as a person", w))
		}
	}
	for _, w := range m.Nothing {
		known := slices.ContainsFunc(Placeholders, func(p string) bool { return fold(p) == fold(w) })
		if !known && (outcomeNamed(w) != "" || saysNo(w)) {
			out = append(out, fmt.Sprintf("the word “%s” as nothing", w))
		}
	}
	for _, f := range m.Privacy.Drop {
		if f == "actor" || f == "account" {
			out = append(out, fmt.Sprintf("the field “%s” as nothing", f))
		}
	}
	return append(append(out, m.added()...), m.altered()...)
}

// added are the readings that put into a record what the log does not say of it: a
// decision at the moment of a release, or without an outcome where another rule has
// one, and one version of the AI for every run, which hides that it changed.
func (m *Mapping) added() []string {
	var out []string
	outcome, released := false, map[string]bool{}
	for i := range m.Events {
		e := &m.Events[i]
		outcome = outcome || e.Act == run.ActDecide && e.Decision != ""
		if e.Act == run.ActRelease {
			released[cmp.Or(e.Ended, e.Started)] = true
		}
	}
	for i := range m.Events {
		e := &m.Events[i]
		if when := cmp.Or(e.Ended, e.Started); e.Act == run.ActDecide &&
			(when != "" && released[when] || outcome && e.Decision == "") {
			out = append(out, fmt.Sprintf("the time in “%s” as that of a decision", when))
		}
	}
	for _, f := range sortedKeys(m.Constants) {
		if what := given[f]; what != "" {
			out = append(out, fmt.Sprintf("the %s as “%s” in each run", what, m.Constants[f]))
		}
	}
	return out
}

// given are the fields that no reader would take to be the assessor's own word.
var given = map[string]string{
	"workflow_version": "version", "model_version": "model", "prompt_version": "prompt", "segment": "group of people",
	"decision": "outcome", "account": "account", "actor": "account", "prepared_by": "account of who prepared",
}

// altered are the readings that change what a record says before any word of it is
// explained: a part of an outcome ("Not granted" without its "Not") or of an account
// ("svc-jones" without its "svc-"), two columns put together as one of these, times
// that are made coarser, and a length of time whose column names another unit.
func (m *Mapping) altered() []string {
	var out []string
	for _, f := range sortedKeys(m.Splits) {
		if what := bearing[f]; what != "" {
			out = append(out, fmt.Sprintf("the %s from a part of “%s”", what, cmp.Or(m.Fields[f], f)))
		}
	}
	for _, f := range sortedKeys(bearing) {
		if j, ok := m.Joins[m.Fields[f]]; ok {
			out = append(out, fmt.Sprintf("the %s from “%s” together", bearing[f], strings.Join(j.Columns, "” and “")))
		}
	}
	switch p := run.Precision(m.Constants["precision"]); p {
	case run.ToDay, run.ToMinute:
		out = append(out, fmt.Sprintf("the times as known to the “%s” only", p))
	}
	if column := m.Fields["time_taken"]; m.TakenIn != "" {
		for unit := range units {
			if unit != m.TakenIn && slices.ContainsFunc(parts(column), func(w string) bool {
				return unitNames[w] == units[unit] && len(w) > 2
			}) {
				out = append(out, fmt.Sprintf("the times in “%s” as %s", column, m.TakenIn))
			}
		}
	}
	return out
}

// bearing are the fields that say who decided what, in words.
var bearing = map[string]string{
	"decision": "outcome", "account": "account", "actor": "account", "prepared_by": "account of who prepared",
	"officer_name": "officer",
}

// Readings say how m had a log read, a kind of reading each and those first that
// bear most on what the log then shows: what was read as an outcome, which steps
// decide and release, who is a person, what was added, which rows were left out,
// and which columns hold what. counted says how much each rule of leave_out left
// out; one that it does not have left out nothing.
func (m *Mapping) Readings(counted map[string]string) []string {
	var out readings
	acts := m.actReadings()
	out.add("outcomes", m.outcomeReadings())
	out.add("deciding activities", acts[run.ActDecide])
	out.add("releasing activities", acts[run.ActRelease])
	out.add("asking activities", acts[ActAsk])
	var accounts []string
	for _, k := range []run.ActorKind{run.ActorPerson, run.ActorSystem, run.ActorAgent} {
		for _, w := range m.Actors[k] {
			accounts = append(accounts, fmt.Sprintf("%q as %s", w, k))
		}
	}
	out.add("accounts", accounts)
	out.add("taken apart", m.splitReadings())
	if m.Nothing != nil {
		out.add("read as nothing", []string{quoted(m.Nothing)})
	}
	for _, name := range sortedKeys(counted) {
		rule := ""
		for i := range m.LeaveOut {
			if x := &m.LeaveOut[i]; x.Name == name {
				rule += ", " + strings.TrimSpace(conditions(x.When))
			}
		}
		out.add(fmt.Sprintf("left out as %q", name), []string{counted[name] + rule})
	}
	var constants []string
	for _, f := range sortedKeys(m.Constants) {
		constants = append(constants, f+" = "+m.Constants[f])
	}
	out.add("constants", constants)
	out.add("other steps", acts[run.ActPrepare])
	if m.Zone != "" {
		out.add("times in", []string{strings.TrimSpace(m.Zone + " " + m.Overlap)})
	}
	if m.Midnight != "" {
		out.add("times at midnight", []string{"as " + m.Midnight})
	}
	out.add("columns", m.columnReadings())
	if m.Table != "" {
		out.add("table", []string{fmt.Sprintf("%q", m.Table)})
	}
	if m.Query != "" {
		out.add("query", []string{strings.Join(strings.Fields(m.Query), " ")})
	}
	out.add("dropped", m.Privacy.Drop)
	return out
}

// readings are kinds of readings, each with what it says.
type readings []string

func (r *readings) add(what string, of []string) {
	if len(of) > 0 {
		*r = append(*r, what+": "+strings.Join(of, ", "))
	}
}

// outcomeReadings say which words were read as which outcomes: those first that a
// reader would not expect.
func (m *Mapping) outcomeReadings() []string {
	var contrary, outcomes, plain []string
	for _, c := range run.DecisionCodes {
		for _, w := range m.Decisions[c] {
			said := fmt.Sprintf("%q as %s", w, c)
			switch {
			case yes(c) && saysNo(w):
				contrary = append(contrary, said)
			case yes(c) && !saysYes(w):
				outcomes = append(outcomes, said)
			default:
				plain = append(plain, said)
			}
		}
	}
	return slices.Concat(contrary, outcomes, plain)
}

// actReadings say what activities, and events of a row, are at gates; those that neither
// decide nor release are under prepare.
func (m *Mapping) actReadings() map[run.Act][]string {
	out := map[run.Act][]string{}
	for _, a := range sortedKeys(m.Activities) {
		r := m.Activities[a]
		said := fmt.Sprintf("%q", a) + conditions(r.When)
		switch {
		case r.Code != "":
			out[run.ActDecide] = append(
				out[run.ActDecide], said+", as "+string(r.Code)+" where the log says no outcome",
			)
		case r.Act == run.ActDecide || r.Act == run.ActRelease || r.Act == ActAsk:
			out[r.Act] = append(out[r.Act], said)
		case r.Act != "":
			out[run.ActPrepare] = append(out[run.ActPrepare], said+" as "+string(r.Act))
		}
	}
	for i := range m.Events {
		e := &m.Events[i]
		said := fmt.Sprintf("%q", e.Activity)
		for _, c := range e.columns() {
			said += fmt.Sprintf(" %s from %q", fieldNames[c.f], c.v)
		}
		act := e.Act
		if act != run.ActDecide && act != run.ActRelease {
			act = run.ActPrepare
		}
		out[act] = append(out[act], said)
	}
	return out
}

// columnReadings say which columns hold what.
func (m *Mapping) columnReadings() (out []string) {
	for _, f := range sortedKeys(m.Fields) {
		out = append(out, fmt.Sprintf("%s from %q", f, m.Fields[f]))
	}
	for _, f := range sortedKeys(m.Joins) {
		out = append(out, fmt.Sprintf("%q from %s", f, quoted(m.Joins[f].Columns)))
	}
	for _, f := range sortedKeys(m.Lists) {
		out = append(out, f+" as a list")
	}
	return out
}

// splitReadings say which values were taken apart, and what bare numbers count.
func (m *Mapping) splitReadings() (out []string) {
	for _, f := range sortedKeys(m.Splits) {
		out = append(out, f+" by "+m.Splits[f])
	}
	if m.TakenIn != "" {
		out = append(out, fmt.Sprintf("%q in %s", m.Fields["time_taken"], m.TakenIn))
	}
	return out
}

// quoted are words in quotation marks.
func quoted(of []string) string {
	out := make([]string, len(of))
	for i, w := range of {
		out[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(out, " ")
}

// conditions say when a rule holds; empty where it always does.
func conditions(when []Condition) string {
	out := ""
	for i, c := range when {
		word := " where "
		if i > 0 {
			word = " and "
		}
		out += word + fmt.Sprintf("%q ", c.Column)
		switch {
		case len(c.Is) > 0:
			out += "is " + quoted(c.Is)
		case c.Begins != "":
			out += fmt.Sprintf("begins with %q", c.Begins)
		case c.Present != nil && *c.Present:
			out += "holds anything"
		default:
			out += "is empty"
		}
	}
	return out
}
