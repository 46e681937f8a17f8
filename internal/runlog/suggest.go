package runlog

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"assay/internal/run"
	"assay/internal/workflow"
)

// Suggestion is a mapping for a person to confirm or correct, with the reason
// for each part of it. What it leaves out, nobody could guess: it never
// suggests a time zone.
type Suggestion struct {
	Mapping *Mapping `json:"mapping"`
	Guesses []Guess  `json:"guesses"`
}

// Guess is one part of a Suggestion.
type Guess struct {
	// Part is fields, rows, header_row, time_layouts, midnight, constants, events, activities, decisions or actors.
	Part string `json:"part"`
	Name string `json:"name"` // of the field, activity, word or account
	Why  string `json:"why"`  // a reason for a person
	Sure bool   `json:"sure"` // nothing else in the file would do as well
}

// hints are words in the names of columns, by field; the first column that
// holds the earliest word of the list is suggested. A field of times takes only
// a column of times, and no other field does.
var hints = []struct {
	f     field
	words []string
}{
	{
		fRunID,
		[]string{
			"run id",
			"case id",
			"caseid",
			"case ref",
			"case reference",
			"run",
			"case",
			"flow run id",
			"trace id",
			"job no",
			"reference",
			"ref",
			"id",
			"zaak",
		},
	},
	{fActivity, []string{"activity", "event", "task", "step", "action", "stage", "concept name"}},
	{fDecided, []string{"decided", "decision date", "decision time", "approved on"}},
	{fPresented, []string{"presented", "sent for approval", "requested"}},
	{fOpened, []string{"opened"}},
	{fRunStarted, []string{"received", "created"}},
	{
		fEnded,
		[]string{
			"complete timestamp",
			"completed",
			"complete",
			"end time",
			"end",
			"finished",
			"timestamp",
			"date time",
			"time",
			"when",
			"date",
			"at",
		},
	},
	{fStarted, []string{"start timestamp", "start time", "started", "start", "begin"}},
	{fAccount, []string{"decided by", "approved by", "approver", "reviewer", "signed off by"}},
	{fPreparedBy, []string{"prepared by", "drafted by"}},
	{
		fActor,
		[]string{"resource", "user", "officer", "performed by", "done by", "actor", "owner", "account", "who", "by"},
	},
	{fDecision, []string{"decision", "verdict", "approval", "result"}},
	{fReason, []string{"reason", "comment", "comments", "remark", "note", "notes"}},
	{fOutcome, []string{"outcome", "status"}},
	{fSegment, []string{"segment", "tenure", "ward", "group"}},
	{fTriggerChannel, []string{"channel"}},
	{fWorkflowVersion, []string{"workflow version", "version"}},
	{fModelVersion, []string{"model"}},
	{fPromptVersion, []string{"prompt"}},
	{fReasoning, []string{"ai reasoning", "reasoning", "explanation", "rationale"}},
	{fRecommendation, []string{"ai recommendation", "ai proposal", "recommendation", "suggested"}},
	{fText, []string{"ai text", "ai output", "output", "draft"}},
	{fConfidence, []string{"confidence", "score"}},
	{fRole, []string{"role"}},
	{fTool, []string{"tool", "system"}},
	{fSource, []string{"data source", "source"}},
	{fTransition, []string{"transition", "lifecycle"}},
}

var timeFields = []field{fRunStarted, fRunEnded, fTime, fStarted, fEnded, fPresented, fOpened, fDecided}

// Suggest finds what the columns of a flat log may be, by their names and by
// what stands in them, and what its activities may be at the gates of the
// workflow that it belongs to; gates may be empty. The columns of the fields in
// given, by the field's name, were chosen by a person: they stand, and what else
// the columns may be is found beside them.
func Suggest(x Survey, gates []workflow.Gate, given map[string]string) Suggestion {
	s := &suggester{
		x:       x,
		m:       &Mapping{Version: 1, Rows: "event", Fields: map[string]string{}},
		taken:   map[int]bool{},
		guesses: []Guess{},
	}
	if x.Proposed {
		s.m.HeaderRow = int(x.HeaderRow)
		s.say(
			"header_row", fmt.Sprint(x.HeaderRow), false,
			"The rows above it fill fewer columns, so this one is taken for their names.",
		)
	}
	s.chosen(given)
	s.byName()
	s.outcomeOfDecision()
	s.byValue()
	s.rows(gates)
	s.layouts()
	s.gate(gates)
	if i := s.column(fActivity); i >= 0 {
		s.activities(x.Columns[i].Values, gates)
	}
	if i := s.column(fDecision); i >= 0 {
		s.decisions(x.Columns[i].Values)
	}
	for _, f := range []field{fActor, fAccount} {
		if i := s.column(f); i >= 0 {
			s.actors(x.Columns[i].Values)
		}
	}
	return Suggestion{s.m, s.guesses}
}

// SuggestActs finds what activities may be at the gates of a workflow, for a
// log that explains everything else itself.
func SuggestActs(activities []Count, gates []workflow.Gate) Suggestion {
	s := &suggester{m: &Mapping{Version: 1}, guesses: []Guess{}}
	s.activities(activities, gates)
	return Suggestion{s.m, s.guesses}
}

type suggester struct {
	x       Survey
	m       *Mapping
	taken   map[int]bool // columns
	guesses []Guess
}

func (s *suggester) say(part, name string, sure bool, why string, args ...any) {
	s.guesses = append(s.guesses, Guess{part, name, fmt.Sprintf(why, args...), sure})
}

// column is the index of the column of a field, -1 for none.
func (s *suggester) column(f field) int {
	name := s.m.Fields[fieldNames[f]]
	if name == "" {
		return -1
	}
	return slices.IndexFunc(s.x.Columns, func(c SurveyColumn) bool { return c.Name == name })
}

func (s *suggester) take(f field, i int, sure bool, why string, args ...any) {
	s.taken[i] = true
	s.m.Fields[fieldNames[f]] = s.x.Columns[i].Name
	s.say("fields", fieldNames[f], sure, why, args...)
}

// chosen takes the columns that a person chose; what is no column or no field is left out.
func (s *suggester) chosen(given map[string]string) {
	for _, name := range fieldNames[:fUnmet] {
		i := slices.IndexFunc(s.x.Columns, func(c SurveyColumn) bool { return c.Name != "" && c.Name == given[name] })
		if i >= 0 {
			s.taken[i] = true
			s.m.Fields[name] = s.x.Columns[i].Name
		}
	}
}

func (s *suggester) byName() {
	for _, h := range hints {
		if s.column(h.f) >= 0 {
			continue
		}
		best, exact := -1, false
		for _, w := range h.words {
			for i, c := range s.x.Columns {
				if best >= 0 || s.taken[i] || c.Name == "" ||
					(c.Time != "") != slices.Contains(timeFields, h.f) && (c.Filled > 0 || c.Time != "") {
					continue
				}
				if name := wordsOf(c.Name); name == w ||
					len(w) > 2 && (strings.HasPrefix(name, w+" ") || strings.HasSuffix(name, " "+w)) {
					best, exact = i, name == w
				}
			}
		}
		switch {
		case best < 0:
		case exact:
			s.take(h.f, best, true, "The column is called so.")
		default:
			s.take(h.f, best, false, "The column’s name says so.")
		}
	}
}

// outcomeOfDecision takes the column of outcomes for what was decided, where the
// table says who decided or when and has no other column for it.
func (s *suggester) outcomeOfDecision() {
	i := s.column(fOutcome)
	if i < 0 || s.column(fDecision) >= 0 || s.column(fAccount) < 0 && s.column(fDecided) < 0 {
		return
	}
	delete(s.m.Fields, fieldNames[fOutcome])
	s.guesses = slices.DeleteFunc(
		s.guesses, func(g Guess) bool { return g.Part == "fields" && g.Name == fieldNames[fOutcome] },
	)
	s.take(fDecision, i, false, "It says what was decided: another column says who decided, or when.")
}

// byValue finds by what stands in them the columns without which nothing can
// be read: the run's identifier, a time, and the activity.
func (s *suggester) byValue() {
	if s.column(fRunID) < 0 {
		best, most := -1, 1
		for i, c := range s.x.Columns {
			// An identifier is in every row, short, and of many values.
			if n := len(c.Values); !s.taken[i] && c.Time == "" && !c.longer && c.Filled == s.x.Rows && n > most &&
				(c.More || n*20 >= int(s.x.Rows)) &&
				!spaced(c.Values) {
				best, most = i, n
			}
		}
		if best >= 0 {
			s.take(fRunID, best, false, "Every row has a value, and there are many.")
		}
	}
	if s.column(fEnded) < 0 && s.column(fStarted) < 0 && s.column(fDecided) < 0 {
		for i, c := range s.x.Columns {
			if !s.taken[i] && c.Time != "" {
				s.take(fEnded, i, false, "It holds times.")
				break
			}
		}
	}
	if id := s.column(fRunID); id >= 0 && s.column(fActivity) < 0 && s.x.Columns[id].repeats() {
		for i, c := range s.x.Columns {
			// What a run does is said in a few words that come again and again.
			if !s.taken[i] && c.Time == "" && !c.More && len(c.Values) > 1 && len(c.Values) <= 60 &&
				c.Filled == s.x.Rows &&
				spaced(c.Values) {
				s.take(
					fActivity,
					i,
					false,
					"Every row has one of %d values, which read like activities.",
					len(c.Values),
				)
				break
			}
		}
	}
}

// repeats tells whether some value stands in several rows.
func (c SurveyColumn) repeats() bool { return len(c.Values) > 0 && c.Values[0].Events > 1 }

// spaced tells whether most values are several words.
func spaced(values []Count) bool {
	n := 0
	for _, v := range values {
		if strings.ContainsRune(v.Name, ' ') {
			n++
		}
	}
	return 2*n > len(values)
}

// rows finds whether a row is an event or a whole run.
func (s *suggester) rows(gates []workflow.Gate) {
	id := s.column(fRunID)
	switch {
	case s.column(fActivity) >= 0:
		s.say("rows", "event", true, "There is a column of activities.")
		return
	case id >= 0 && s.x.Columns[id].repeats():
		s.say("rows", "event", false, "A run stands in several rows.")
		return
	case id < 0:
		return
	}
	s.m.Rows = "run"
	s.say("rows", "run", true, "No run stands in more than one row.")
	// Each time that belongs to nothing else is an event of the run.
	for _, f := range []field{fEnded, fStarted} {
		if i := s.column(f); i >= 0 {
			delete(s.m.Fields, fieldNames[f])
			delete(s.taken, i)
		}
	}
	s.guesses = slices.DeleteFunc(s.guesses, func(g Guess) bool {
		return g.Part == "fields" && (g.Name == fieldNames[fEnded] || g.Name == fieldNames[fStarted])
	})
	s.decisionOfRow()
	for i, c := range s.x.Columns {
		if c.Time == "" || s.taken[i] || c.Name == "" || len(s.m.Events) == 20 {
			continue
		}
		e := EventRule{Activity: c.Name, Ended: c.Name}
		// The decision has columns of its own: its time is none of the acts.
		if act, word := actOf(c.Name); act != run.ActNone && act != run.ActDecide && len(gates) == 1 {
			e.Gate, e.Act = gates[0].Key, act
			s.say("events", c.Name, false, "Its name has the word “%s”.", word)
		}
		s.m.Events = append(s.m.Events, e)
	}
}

// decisionOfRow finds who decided and when, where a row is a whole run and says
// what was decided.
func (s *suggester) decisionOfRow() {
	if s.column(fDecision) < 0 {
		return
	}
	if i := s.column(fActor); i >= 0 && s.column(fAccount) < 0 {
		delete(s.m.Fields, fieldNames[fActor])
		s.guesses = slices.DeleteFunc(
			s.guesses, func(g Guess) bool { return g.Part == "fields" && g.Name == fieldNames[fActor] },
		)
		s.take(fAccount, i, false, "The row says what was decided, and names nobody else.")
	}
	if s.column(fDecided) >= 0 {
		return
	}
	for i, c := range s.x.Columns {
		name := " " + wordsOf(c.Name) + " "
		if c.Time == "" || s.taken[i] {
			continue
		}
		if act, _ := actOf(c.Name); act == run.ActDecide || strings.Contains(name, " checked ") ||
			strings.Contains(name, " reviewed ") {
			s.take(fDecided, i, false, "The column’s name says so.")
			return
		}
	}
}

// layouts are the forms of the times that are read.
func (s *suggester) layouts() {
	iso := false
	for _, c := range s.x.Columns {
		used := slices.ContainsFunc(s.m.Events, func(e EventRule) bool { return e.Ended == c.Name })
		for _, f := range timeFields {
			used = used || s.m.Fields[fieldNames[f]] == c.Name
		}
		iso = iso || used && c.Time == isoForm
		if used && c.midnights() {
			s.m.Midnight = "days"
			s.say("midnight", "days", false, "Every time in “%s” is midnight, as programs write days.", c.Name)
		}
		if !used || c.Time == "" || c.Time == isoForm || slices.Contains(s.m.TimeLayouts, c.Time) {
			continue
		}
		s.m.TimeLayouts = append(s.m.TimeLayouts, c.Time)
		if c.EitherWay {
			s.say(
				"time_layouts",
				c.Time,
				false,
				"Every day is 12 or less, so nothing shows whether the day or the month comes first. This is the "+
					"British order.",
			)
		} else {
			s.say("time_layouts", c.Time, true, "The times in “%s” have this form.", c.Name)
		}
	}
	if iso && len(s.m.TimeLayouts) > 0 {
		s.m.TimeLayouts = append(s.m.TimeLayouts, isoForm)
	}
}

// midnightText is a time that is exactly midnight, as programs write one.
var midnightText = regexp.MustCompile(
	`(?i)(^|[T ])(00?:00(:00([.,]0+)?)?( ?(Z|UTC|GMT|[+-]\d\d(:?\d\d)?))?|12:00(:00)? ?AM)$`,
)

// midnights tells whether all of several times of a column are midnight.
func (c SurveyColumn) midnights() bool {
	return c.Time != "" && c.Filled > 1 && len(c.Values) > 0 &&
		!slices.ContainsFunc(c.Values, func(v Count) bool { return !midnightText.MatchString(v.Name) })
}

// gate is that of all decisions, where the workflow has only one.
func (s *suggester) gate(gates []workflow.Gate) {
	if len(gates) == 1 && s.column(fDecision) >= 0 && s.column(fGate) < 0 {
		s.m.Constants = map[string]string{fieldNames[fGate]: gates[0].Key}
		s.say("constants", fieldNames[fGate], true, "The workflow has no other gate.")
	}
}

// Verbs by which activities are recognised, in the order in which they are
// tried: "Send back" releases nothing.
var actVerbs = []struct {
	act   run.Act
	words []string
}{
	{
		run.ActDecide,
		[]string{
			"decide",
			"decided",
			"decision",
			"approve",
			"approved",
			"approval",
			"sign off",
			"signed off",
			"sign-off",
			"authorise",
			"authorised",
			"authorize",
			"agree",
			"accept",
			"reject",
			"refuse",
			"confirm",
			"human review",
		},
	},
	{run.ActPrepare, []string{"draft", "prepare", "revise", "propose", "key", "recommend", "assess"}},
	{
		run.ActRelease,
		[]string{
			"issue",
			"issued",
			"send",
			"sent",
			"release",
			"publish",
			"dispatch",
			"raise order",
			"notify",
			"pay",
			"post",
		},
	},
}

func (s *suggester) activities(values []Count, gates []workflow.Gate) {
	if len(gates) == 0 {
		return
	}
	for _, v := range values {
		if gate, act := named(gates, v.Name); gate != "" {
			s.say(
				"activities",
				v.Name,
				true,
				"The description of the gate “%s” names it: it is taken to %s.",
				gate,
				act,
			)
			continue
		}
		act, word := actOf(v.Name)
		if act == run.ActNone {
			continue
		}
		// Which of several gates it is at, its name does not tell.
		if len(gates) == 1 {
			if s.m.Activities == nil {
				s.m.Activities = map[string]ActivityRule{}
			}
			s.m.Activities[v.Name] = ActivityRule{Gate: gates[0].Key, Act: act}
		}
		s.say("activities", v.Name, false, "Its name has the word “%s”.", word)
	}
}

// actOf is what the name of an activity says it does at a gate, and the word that says it.
func actOf(activity string) (run.Act, string) {
	name := " " + wordsOf(activity) + " "
	if strings.Contains(name, " back ") {
		return run.ActNone, ""
	}
	for _, verb := range actVerbs {
		for _, w := range verb.words {
			if strings.Contains(name, " "+w+" ") {
				return verb.act, w
			}
		}
	}
	return run.ActNone, ""
}

// named is the title of the gate whose description names the activity, and as what.
func named(gates []workflow.Gate, activity string) (string, run.Act) {
	for _, g := range gates {
		for _, l := range []struct {
			names []string
			act   run.Act
		}{{g.Release, run.ActRelease}, {g.Decide, run.ActDecide}, {g.Prepare, run.ActPrepare}} {
			if slices.Contains(l.names, activity) {
				return cmp.Or(g.Title, g.Key), l.act
			}
		}
	}
	return "", run.ActNone
}

// decisionWords are the beginnings of platforms' words for decisions, in the
// order in which they are tried.
var decisionWords = []struct {
	code  run.DecisionCode
	words []string
}{
	{
		run.ApprovedWithEdits,
		[]string{"approved with", "agreed with", "accepted with", "amended", "edited", "changed", "modified"},
	},
	{run.ReferredBack, []string{"sent back", "send back", "returned", "referred back", "refer back", "back to"}},
	{run.Escalated, []string{"escalate", "passed on", "referred to"}},
	{run.AutoDecided, []string{"auto"}},
	{run.TimedOut, []string{"timed out", "timeout", "time out", "expired", "lapsed"}},
	{run.Terminated, []string{"terminated", "cancelled", "canceled", "withdrawn"}},
	{
		run.Rejected,
		[]string{
			"reject",
			"decline",
			"refuse",
			"denied",
			"deny",
			"overrule",
			"overruled",
			"not approved",
			"not agreed",
			"disagree",
			"no",
		},
	},
	{run.Approved, []string{"approve", "agree", "accept", "ok", "yes", "granted", "signed", "confirm"}},
}

func (s *suggester) decisions(values []Count) {
	for _, v := range values {
		w := fold(v.Name)
		if run.DecisionCode(w).Known() {
			continue
		}
		for _, d := range decisionWords {
			i := slices.IndexFunc(
				d.words,
				func(p string) bool { return w == p || len(p) > 2 && strings.HasPrefix(w, p) },
			)
			if i < 0 {
				continue
			}
			if s.m.Decisions == nil {
				s.m.Decisions = map[run.DecisionCode][]string{}
			}
			s.m.Decisions[d.code] = append(s.m.Decisions[d.code], v.Name)
			s.say("decisions", v.Name, false, "It begins with “%s”.", d.words[i])
			break
		}
	}
}

// actors finds accounts that are systems: people are on the roster.
func (s *suggester) actors(values []Count) {
	for _, v := range values {
		w := fold(v.Name)
		for _, p := range []string{"svc", "system", "service", "bot", "robot", "automation", "flow", "app."} {
			if w != p && !strings.HasPrefix(w, p+"-") && !strings.HasPrefix(w, p+"_") && !strings.HasPrefix(w, p+".") &&
				!strings.HasPrefix(w, p+" ") {
				continue
			}
			if slices.Contains(s.m.Actors[run.ActorSystem], v.Name) {
				break
			}
			if s.m.Actors == nil {
				s.m.Actors = map[run.ActorKind][]string{}
			}
			s.m.Actors[run.ActorSystem] = append(s.m.Actors[run.ActorSystem], v.Name)
			s.say("actors", v.Name, false, "Its name begins with “%s”.", p)
			break
		}
	}
}

// Fits tells whether every column that m names stands in the file.
func (m *Mapping) Fits(columns []string) bool {
	for n := range m.Joins {
		columns = append(columns[:len(columns):len(columns)], n)
	}
	for _, c := range m.Fields {
		if !slices.Contains(columns, c) {
			return false
		}
	}
	for _, e := range m.Events {
		for _, c := range e.columns() {
			if !slices.Contains(columns, c.v) {
				return false
			}
		}
	}
	return len(m.Fields) > 0
}

// Alike groups accounts that may be one person's under several spellings
// ("J.Smith", "j smith", "smith, j"): the same letters and digits, whatever
// their order by word, case and marks. It is a suggestion for a person to
// look at; nothing is ever merged by it.
func Alike(accounts []Count) [][]Count {
	by := map[string][]Count{}
	for _, a := range accounts {
		name, _, _ := strings.Cut(a.Name, "@")
		parts := strings.FieldsFunc(
			strings.ToLower(name),
			func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) },
		)
		sort.Strings(parts)
		if k := strings.Join(parts, " "); k != "" {
			by[k] = append(by[k], a)
		}
	}
	out := [][]Count{}
	for _, k := range sortedKeys(by) {
		if len(by[k]) > 1 {
			out = append(out, by[k])
		}
	}
	return out
}
