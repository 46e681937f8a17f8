package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
	_ "time/tzdata" // zones must be known on machines that have none installed
	"unicode"

	"assay/internal/fault"
	"assay/internal/run"

	"go.yaml.in/yaml/v3"
)

// Mapping explains a log to Assay: which column or attribute holds what, which
// clock its times were taken from, which activity prepares, decides or releases
// at which gate, what the platform's words for decisions mean, and what must
// not be stored. As a file it is YAML; a complete example, which a test reads:
//
//	assay_mapping: 1
//	rows: event                    # event: a row is one event of a run; run: a row is a whole run
//	delimiter: ";"                 # found by content where it is left out
//	zone: Europe/London            # of times that carry no zone; never guessed
//	overlap: first                 # of the hour that comes twice in autumn; asked for where needed
//	time_layouts: ["DD/MM/YYYY hh:mm:ss"]
//	fields:                        # field of Assay: column, or attribute, of the log
//	  run_id: Case
//	  activity: Activity
//	  ended: Completed
//	  actor: User
//	  decision: Result
//	  reason: Comment
//	constants:                     # fields that are the same in the whole log
//	  workflow: wf-council-tax-changes
//	activities:                    # what activities are at a gate
//	  "Key change of circumstances": {gate: officer-decision, act: prepare}
//	  "Decide entitlement": {gate: officer-decision, act: decide}
//	  "Issue adjusted bill": {gate: officer-decision, act: release}
//	  "Notify officer": {gate: officer-decision, act: ask}   # puts the matter before an officer
//	decisions:                     # the platform's words for each outcome
//	  approved: [OK, Agreed]
//	  rejected: [Declined]
//	actors:                        # kinds of accounts; a * at the end stands for any ending
//	  system: ["svc-*"]
//	  person: ["e.haldane"]
//	privacy:
//	  drop: [reasoning]
//	  hash: [trigger_ref]
//	  shorten: {reason: 200}
//
// The fields are named in Fields. Where a row is a whole run, events lists the
// events that its columns hold; one without a time in its column is not made:
//
//	rows: run
//	fields: {run_id: Ref, run_started: Received}
//	events:
//	  - {activity: Raise repair order, ended: Ordered on, actor: Ordered by, gate: officer-decision, act: release}
//
// What real tables need beside, each only where it is needed:
//
//	joins: {Decided at: {columns: [Day, Time]}, Case: {columns: [Year, No], with: /}}  # columns that fields may name
//	leave_out:                     # rows that are no records, counted by name
//	  - {name: totals, when: [{column: Ref, is: [Total]}]}
//	nothing: ["None", "-"]         # values that stand for none; Placeholders where it is left out
//	transitions: {complete: [Completed]}
//	lists: {account: ";"}          # several officers in a cell
//	splits: {account: '^(?P<account>.+) \((?P<role>.+)\)$'}
//	optional: [decision]           # a path that a file may lack altogether
//	day_order: day                 # somebody has looked: days come before months
//	midnight: days                 # likewise: times that are all 00:00:00 are days
//	taken_in: minutes              # of a time_taken that is a bare number
//	activities: {send: {gate: g, act: release, when: [{column: output.value, present: true}]}}
//	records: {at: tasks, each: answers}   # of any JSON, see jsonmap.go
//	table: approvals                      # of a database, or a query over several: see sqlite.go
//
// An event of a row may have an outcome, a reason, a recommendation and a time
// when it was presented (decision, reason, ai_recommendation, presented). What the
// AI recommended is explained by the same words as decisions are. Every entry that
// nothing in the file is like is named, and one for the run, the account or the
// decision of a log that is no table refuses the import.
//
// A mapping may begin with one that Assay brings for a product and say the rest
// (shipped.go):
//
//	use: temporal
//	gate: officer-decision         # that what it explains is at
//
// A mapping explains what a log says and adds nothing to it. Constants are of the
// whole log: never who acted, what was decided or when. The name of an outcome means
// that outcome. Rules of leave_out go by no column that is read as the run's
// identifier, an account, an outcome or a time, apart from rows that name no run and
// totals in its place. Of a run audit, only privacy and the times need explaining,
// and anything else is refused.
//
// What a log says of how long a decision took (time_taken: 00:05:00, PT5M, 5 min) is
// counted back from when it was made, to when it was opened. An outcome that stands in
// rows of activities that prepare or release is carried along, where others decide. A
// row that says when it was decided and not what is kept as that, and one that says
// only since when it waits as asked. Activities that differ from the mapping's in
// spelling alone are those, and named.
//
// A row with a decision makes a decision, one with an activity a step (both,
// where it has both). A word for a decision that is neither a code of Assay's
// nor explained is refused. In time_layouts, YYYY, YY, MM, MMM, DD, hh, mm, ss,
// fff (fraction), AM and Z (offset) stand for the parts of a time; a layout
// without hh is of days. SERIAL stands for a spreadsheet's number of a date that
// lost its format (46119.5), and UNIX, UNIX_MS, UNIX_US and UNIX_NS for seconds,
// and thousandths, millionths and billionths of one, since 1 January 1970, UTC. ISO stands for the
// year first (2026-06-01T09:12:04), which is taken without being named where no
// other layout is. A column has one order of day and month. One whose times are mostly midnight is
// asked about: programs write days so. A run has one outcome, one version and so on: of two that are
// said at two times the later stands, and is noted; of two at one time nobody knows.
type Mapping struct {
	Version     int      `yaml:"assay_mapping"          json:"assay_mapping"`
	Rows        string   `yaml:"rows,omitempty"         json:"rows,omitempty"`
	Grouped     bool     `yaml:"grouped,omitempty"      json:"grouped,omitempty"` // rows of one run stand together
	Delimiter   string   `yaml:"delimiter,omitempty"    json:"delimiter,omitempty"`
	Encoding    string   `yaml:"encoding,omitempty"     json:"encoding,omitempty"`
	Sheet       string   `yaml:"sheet,omitempty"        json:"sheet,omitempty"`
	HeaderRow   int      `yaml:"header_row,omitempty"   json:"header_row,omitempty"` // from 1
	Zone        string   `yaml:"zone,omitempty"         json:"zone,omitempty"`
	Overlap     string   `yaml:"overlap,omitempty"      json:"overlap,omitempty"`
	TimeLayouts []string `yaml:"time_layouts,omitempty" json:"time_layouts,omitempty"`
	// DayOrder says, by somebody who has looked, what comes first where no value
	// shows it: "day" or "month".
	DayOrder string `yaml:"day_order,omitempty"    json:"day_order,omitempty"`
	// Midnight says, by somebody who has looked, whether times that are exactly midnight
	// are "days" that a program wrote as times, or "times".
	Midnight string `yaml:"midnight,omitempty"     json:"midnight,omitempty"`
	// TakenIn is the unit of a time_taken that is written as a bare number: seconds,
	// minutes or hours.
	TakenIn    string                        `yaml:"taken_in,omitempty"     json:"taken_in,omitempty"`
	Fields     map[string]string             `yaml:"fields,omitempty"       json:"fields,omitempty"`
	Constants  map[string]string             `yaml:"constants,omitempty"    json:"constants,omitempty"`
	Events     []EventRule                   `yaml:"events,omitempty"       json:"events,omitempty"`
	Activities map[string]ActivityRule       `yaml:"activities,omitempty"   json:"activities,omitempty"`
	Decisions  map[run.DecisionCode][]string `yaml:"decisions,omitempty"    json:"decisions,omitempty"`
	Actors     map[run.ActorKind][]string    `yaml:"actors,omitempty"       json:"actors,omitempty"`
	Privacy    Privacy                       `yaml:"privacy,omitempty"      json:"privacy,omitzero"`
	// Table names the table of a database (sqlite.go), and Query puts several together.
	Table string `yaml:"table,omitempty"        json:"table,omitempty"`
	Query string `yaml:"query,omitempty"        json:"query,omitempty"`
	// Records says where a JSON document has its records (jsonmap.go); nil for
	// every other kind of file.
	Records *Records `yaml:"records,omitempty"      json:"records,omitempty"`
	// Transitions are the platform's words for the lifecycle transitions start,
	// complete and so on, by the transition.
	Transitions map[string][]string `yaml:"transitions,omitempty"  json:"transitions,omitempty"`
	// Nothing are values that stand for none; nil is Placeholders, and an empty
	// list means that every value is one.
	Nothing []string `yaml:"nothing,omitempty"      json:"nothing"`
	// Joins are columns put together: a day and its time, two parts of a case's number.
	Joins map[string]Join `yaml:"joins,omitempty"        json:"joins,omitempty"`
	// LeaveOut are rows or records that are no part of the log, such as totals.
	LeaveOut []LeaveOut `yaml:"leave_out,omitempty"    json:"leave_out,omitempty"`
	// Lists are fields of a decision that name several officers, and what stands
	// between them: each of them decided.
	Lists map[string]string `yaml:"lists,omitempty"        json:"lists,omitempty"`
	// Splits are fields whose value holds several, as a regular expression whose
	// groups are named like the fields: '^(?P<officer_name>.+) \((?P<role>.+)\)$'.
	Splits map[string]string `yaml:"splits,omitempty"       json:"splits,omitempty"`
	// Optional are fields that the whole file may lack although they are mapped.
	Optional []string `yaml:"optional,omitempty"     json:"optional,omitempty"`
}

// Join is a column that is made of others, which a field names like any column.
type Join struct {
	Columns []string `yaml:"columns"        json:"columns"`
	With    *string  `yaml:"with,omitempty" json:"with,omitempty"` // between them; nil is a blank
}

// LeaveOut is a rule for rows or records that are left aside, and counted under
// its name. All of its conditions hold for such a row.
type LeaveOut struct {
	Name string      `yaml:"name" json:"name"`
	When []Condition `yaml:"when" json:"when"`
}

// Condition is what a column, or path, holds: one of Is, a value that begins
// with Begins, any value (Present true) or none (Present false). Values are
// compared without case and outer blanks.
type Condition struct {
	Column  string   `yaml:"column"            json:"column"`
	Is      []string `yaml:"is,omitempty"      json:"is,omitempty"`
	Begins  string   `yaml:"begins,omitempty"  json:"begins,omitempty"`
	Present *bool    `yaml:"present,omitempty" json:"present,omitempty"`
}

// holds tells whether c is true of a value.
func (c *Condition) holds(value string) bool {
	v := fold(value)
	switch {
	case len(c.Is) > 0:
		return slices.ContainsFunc(c.Is, func(w string) bool { return fold(w) == v })
	case c.Begins != "":
		return strings.HasPrefix(v, fold(c.Begins))
	}
	return (v != "") == *c.Present
}

// Placeholders are what programs write where a value is missing. They stand for
// none, and are counted, unless a mapping says otherwise.
var Placeholders = []string{
	"None", "null", "<null>", "nil", "nan", "n/a", "undefined", "-", "--", "—", "__INVALID__", "(blank)", "(none)",
	"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!",
}

// ActAsk is the act of an activity that puts the matter before an officer. Only a
// mapping has it: what it makes is a step that asks (run.AskedSuffix).
const ActAsk run.Act = "ask"

var acts = []run.Act{run.ActPrepare, ActAsk, run.ActDecide, run.ActRelease}

// ActivityRule says what an activity is at a gate. Code is the outcome of a
// decide activity that records none of its own, because it only ever means one
// ("Approve request").
type ActivityRule struct {
	Gate string           `yaml:"gate"           json:"gate"`
	Act  run.Act          `yaml:"act"            json:"act"`
	Code run.DecisionCode `yaml:"code,omitempty" json:"code,omitempty"`
	// When are the conditions under which it is that; nil is always. A step that
	// does not meet them is a step like any other.
	When []Condition `yaml:"when,omitempty" json:"when,omitempty"`
}

// EventRule is an event that a whole-run row holds. Activity, Gate and Act are
// written as they are; the others name columns: of its times and account and,
// where it decides, of the outcome, the reason, what the AI recommended and when
// it was put before the officer.
type EventRule struct {
	Activity         string  `yaml:"activity"                    json:"activity"`
	Started          string  `yaml:"started,omitempty"           json:"started,omitempty"`
	Ended            string  `yaml:"ended,omitempty"             json:"ended,omitempty"`
	Actor            string  `yaml:"actor,omitempty"             json:"actor,omitempty"`
	Decision         string  `yaml:"decision,omitempty"          json:"decision,omitempty"`
	Reason           string  `yaml:"reason,omitempty"            json:"reason,omitempty"`
	AIRecommendation string  `yaml:"ai_recommendation,omitempty" json:"ai_recommendation,omitempty"`
	Presented        string  `yaml:"presented,omitempty"         json:"presented,omitempty"`
	Gate             string  `yaml:"gate,omitempty"              json:"gate,omitempty"`
	Act              run.Act `yaml:"act,omitempty"               json:"act,omitempty"`
}

// columns are those that e names, by the fields that they hold.
func (e *EventRule) columns() (out []cell) {
	for _, c := range []cell{
		{fStarted, e.Started}, {fEnded, e.Ended}, {fActor, e.Actor}, {fDecision, e.Decision}, {fReason, e.Reason},
		{fAIRecommendation, e.AIRecommendation}, {fPresented, e.Presented},
	} {
		if c.v != "" {
			out = append(out, c)
		}
	}
	return out
}

// Privacy says what is not to be stored as it stands. Drop empties a field
// (of a reason, text or reasoning it leaves the word Withheld);
// Hash replaces its value by a keyed digest, so that equal values stay equal
// (HMAC-SHA-256 under a key of the register, "h:" and 32 hexadecimal digits);
// Shorten keeps that many characters. Fields are named as in PrivacyFields.
// Drop comes before Hash, and Hash before Shorten. Where accounts are hashed,
// the tests compare officers by their digests too (run.Digest).
type Privacy struct {
	Drop    []string       `yaml:"drop,omitempty"    json:"drop,omitempty"`
	Hash    []string       `yaml:"hash,omitempty"    json:"hash,omitempty"`
	Shorten map[string]int `yaml:"shorten,omitempty" json:"shorten,omitempty"`
}

// field is what a value of a flat log means.
type field int

const (
	fRunID field = iota
	fWorkflow
	fWorkflowVersion
	fModelVersion
	fPromptVersion
	fTriggerChannel
	fTriggerRef
	fRunStarted
	fRunEnded
	fOutcome
	fSegment
	fSequence
	fKind
	fActivity
	fTime
	fStarted
	fEnded
	fActor
	fActorKind
	fGate
	fAct
	fTool
	fDecision
	fAccount
	fOfficer
	fRole
	fPreparedBy
	fPresented
	fOpened
	fDecided
	fEdited
	fReason
	fAIRecommendation
	fAICode
	fArgsDigest
	fPolicyVersion
	fPrecision
	fText
	fSHA256
	fRecommendation
	fConfidence
	fReasoning
	fSource
	fSourceFields
	fTransition
	fInstance
	fTimeTaken
	fUnmet // not of a log: the conditions of the activity do not hold
	fNoEnd // likewise: the event has an answer and no end
	nFields
)

// nExported are the fields that an export writes: what the last three say, the
// beginnings and ends say.
const nExported = fTransition

var fieldNames = [nFields]string{
	"run_id", "workflow", "workflow_version", "model_version", "prompt_version", "trigger_channel", "trigger_ref",
	"run_started", "run_ended", "outcome", "segment", "sequence",
	"kind", "activity", "time", "started", "ended", "actor", "actor_kind", "gate", "act", "tool",
	"decision", "account", "officer_name", "role", "prepared_by", "presented", "opened", "decided", "edited", "reason",
	"ai_recommendation", "ai_code", "args_digest", "policy_version", "precision",
	"text", "sha256", "recommendation", "confidence", "reasoning",
	"source", "source_fields",
	"transition", "instance", "time_taken", "", "",
}

func fieldOf(name string) (field, bool) {
	i := slices.Index(fieldNames[:fUnmet], name)
	return field(i), i >= 0
}

// ParseMapping reads a mapping file. Names that a mapping does not have are
// refused.
func ParseMapping(b []byte) (*Mapping, error) {
	var m Mapping
	head, err := m.base(b)
	if err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	err = d.Decode(&struct {
		Shipped  `yaml:",inline"`
		*Mapping `yaml:",inline"`
	}{Mapping: &m})
	if err == nil && d.Decode(&struct{}{}) != io.EOF {
		err = errors.New("a second document follows the first")
	}
	if err != nil {
		why := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")
		return nil, fault.Unreadable("mapping", "The mapping cannot be read: %s.", why).Because(err)
	}
	if err := m.at(head); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return &m, nil
}

// FormatMapping writes m as a mapping file.
func FormatMapping(m *Mapping) []byte {
	b, err := yaml.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and maps of them always marshal
	}
	return b
}

// check says what is wrong with m.
func (m *Mapping) check() error {
	for _, part := range []func() error{
		m.checkForm, m.checkTimes, m.checkNames, m.checkActivities, m.checkWords, m.checkRules, m.checkLists,
		m.checkPrivacy,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func badMapping(format string, args ...any) error {
	return fault.Unreadable("mapping", format, args...)
}

// checkForm says what is wrong with how the file and its rows are to be read.
func (m *Mapping) checkForm() error {
	if m.Version != 1 {
		return badMapping("A mapping begins with \"assay_mapping: 1\"; this one says %d.", m.Version)
	}
	if m.Rows != "" && m.Rows != "event" && m.Rows != "run" {
		return badMapping("rows is %q; it must be event or run.", m.Rows)
	}
	if len(m.Events) > 0 && m.Rows != "run" {
		return badMapping("events can only be given with \"rows: run\".")
	}
	if len(m.Delimiter) > 1 || m.Delimiter == "\"" {
		return badMapping("delimiter is %q; it must be one character, and no quotation mark.", m.Delimiter)
	}
	if m.Records != nil && m.Fields["run_id"] == "" {
		return badMapping("records needs the path of the run's identifier (fields: run_id).")
	}
	if m.Table != "" && m.Query != "" {
		return badMapping("A mapping names a table or gives a query, not both.")
	}
	if m.Query != "" {
		if _, why := m.query(); why != "" {
			return badMapping("%s", why)
		}
	}
	if m.Overlap != "" && m.Overlap != "first" && m.Overlap != "second" {
		return badMapping("overlap is %q; it must be first or second.", m.Overlap)
	}
	if m.HeaderRow < 0 {
		return badMapping("header_row is %d; rows count from 1.", m.HeaderRow)
	}
	switch m.Encoding {
	case "", UTF8, Windows1252, UTF16LE, UTF16BE:
	default:
		return badMapping("encoding is %q; it must be utf-8, utf-16le, utf-16be or windows-1252.", m.Encoding)
	}
	return nil
}

// checkTimes says what is wrong with how times are to be read.
func (m *Mapping) checkTimes() error {
	if m.Zone != "" {
		if _, err := time.LoadLocation(m.Zone); err != nil || m.Zone == "Local" {
			return badMapping("There is no time zone %q; write it as Europe/London or UTC.", m.Zone)
		}
	}
	for _, l := range m.TimeLayouts {
		if _, err := layoutOf(l); err != nil {
			return badMapping("time_layouts: %v", err)
		}
	}
	for _, l := range m.TimeLayouts {
		g, _ := layoutOf(l)
		if g.dayFirst && m.DayOrder == "month" || g.monthFirst && m.DayOrder == "day" {
			return badMapping("day_order is %s, and the layout %q has it the other way round.", m.DayOrder, l)
		}
	}
	if m.DayOrder != "" && m.DayOrder != "day" && m.DayOrder != "month" {
		return badMapping("day_order is %q; it must be day or month, whichever comes first.", m.DayOrder)
	}
	if m.TakenIn != "" && units[m.TakenIn] == 0 {
		return badMapping("taken_in is %q; it must be seconds, minutes or hours.", m.TakenIn)
	}
	if m.Midnight != "" && m.Midnight != "days" && m.Midnight != "times" {
		return badMapping("midnight is %q; it must be days or times.", m.Midnight)
	}
	return nil
}

// checkNames says which field there is not, or which may not be the same in a whole log.
func (m *Mapping) checkNames() error {
	for _, names := range []map[string]string{m.Fields, m.Constants} {
		for _, f := range sortedKeys(names) {
			if _, ok := fieldOf(f); !ok {
				return badMapping(
					"There is no field %q; the fields are %s.",
					f,
					strings.Join(fieldNames[:fUnmet], ", "),
				)
			}
		}
	}
	for _, f := range sortedKeys(m.Constants) {
		if !slices.Contains(constantFields, f) {
			return badMapping(
				"constants has %q: who acted, what was decided or written, and when, only the log can say. Constants "+
					"may be %s.", f, strings.Join(constantFields, ", "),
			)
		}
	}
	return nil
}

// checkActivities says what is wrong with what activities and events are at gates.
func (m *Mapping) checkActivities() error {
	for _, a := range sortedKeys(m.Activities) {
		r := m.Activities[a]
		if r.Gate == "" || !slices.Contains(acts, r.Act) {
			return badMapping("The activity %q needs a gate, and an act of prepare, ask, decide or release.", a)
		}
		if r.Code != "" && (!r.Code.Known() || r.Act != run.ActDecide) {
			return badMapping(
				"The activity %q has the code %q; only a decide activity has one, out of %s.",
				a,
				r.Code,
				codes(),
			)
		}
	}
	for _, a := range sortedKeys(m.Activities) {
		for _, c := range m.Activities[a].When {
			if err := c.check(); err != "" {
				return badMapping("activities, %q: %s", a, err)
			}
		}
	}
	for i, e := range m.Events {
		if e.Activity == "" || e.Started == "" && e.Ended == "" {
			return badMapping("Event %d needs an activity, and the column of its time as started or ended.", i+1)
		}
		if e.Decision != "" && e.Gate == "" {
			return badMapping(
				"Event %d has an outcome (%s), so it needs the gate at which it decides.",
				i+1,
				e.Decision,
			)
		}
	}
	return nil
}

// checkWords says what is wrong with what words of the platform mean.
func (m *Mapping) checkWords() error {
	words := map[string]run.DecisionCode{}
	for c, ws := range m.Decisions {
		if !c.Known() {
			return badMapping("decisions has %q, which is no outcome; the outcomes are %s.", c, codes())
		}
		for _, w := range ws {
			if name := outcomeNamed(w); name != "" && name != c {
				return badMapping(
					"decisions reads %q as %s, but %s is an outcome of its own, and the log means it. Take the word "+
						"out, or put it under %s.", w, c, name, name,
				)
			}
			if other, ok := words[fold(w)]; ok && other != c {
				return badMapping("decisions explains %q twice, as %s and as %s.", w, min(c, other), max(c, other))
			}
			words[fold(w)] = c
		}
	}
	for k := range m.Actors {
		if k != run.ActorPerson && k != run.ActorSystem && k != run.ActorAgent {
			return badMapping("actors has %q; the kinds are person, system and agent.", k)
		}
	}
	for t := range m.Transitions {
		if !transitions[t] {
			return badMapping(
				"transitions has %q; the transitions are %s.",
				t,
				strings.Join(sortedKeys(transitions), ", "),
			)
		}
	}
	return nil
}

// checkRules says what is wrong with joined columns and with what is left out.
func (m *Mapping) checkRules() error {
	for _, n := range sortedKeys(m.Joins) {
		if len(m.Joins[n].Columns) < 2 {
			return badMapping("The join %q needs the names of two columns or more.", n)
		}
	}
	for i, l := range m.LeaveOut {
		if l.Name == "" || len(l.When) == 0 {
			return badMapping(
				"Rule %d of leave_out needs a name, under which it counts what it leaves out, and a condition (when).",
				i+1,
			)
		}
		for _, c := range l.When {
			if err := c.check(); err != "" {
				return badMapping("leave_out, %q: %s", l.Name, err)
			}
		}
		if err := m.mayLeaveOut(&l); err != "" {
			return badMapping("leave_out, %q: %s", l.Name, err)
		}
	}
	return nil
}

// checkLists says what is wrong with fields that hold several values, or may have none.
func (m *Mapping) checkLists() error {
	for _, f := range sortedKeys(m.Lists) {
		if f != "account" && f != "actor" || m.Lists[f] == "" {
			return badMapping(
				"lists has %q; only account and actor may be lists, with what stands between their parts.",
				f,
			)
		}
	}
	for _, f := range sortedKeys(m.Splits) {
		if _, ok := fieldOf(f); !ok || f == "run_id" {
			return badMapping("splits has %q, which is no field that can be split.", f)
		}
		re, err := regexp.Compile(m.Splits[f])
		if err != nil {
			return badMapping("splits, %s: this is no regular expression: %v.", f, err)
		}
		for _, g := range re.SubexpNames()[1:] {
			if _, ok := fieldOf(g); !ok {
				return badMapping("splits, %s: the group %q is named like no field.", f, g)
			}
		}
	}
	for _, f := range m.Optional {
		if m.Fields[f] == "" {
			return badMapping("optional names %q, which fields does not map.", f)
		}
	}
	return nil
}

// checkPrivacy says what is wrong with what is not to be kept as it stands.
func (m *Mapping) checkPrivacy() error {
	for _, fs := range [][]string{m.Privacy.Drop, m.Privacy.Hash, sortedKeys(m.Privacy.Shorten)} {
		for _, f := range fs {
			if !slices.Contains(privacyFields, f) {
				return badMapping("privacy names %q; the fields are %s.", f, strings.Join(privacyFields, ", "))
			}
		}
	}
	if _, short := m.Privacy.Shorten["run_id"]; short || slices.Contains(m.Privacy.Drop, "run_id") {
		return badMapping("privacy may only hash run_id: without it, a run could not be told from another.")
	}
	for f, n := range m.Privacy.Shorten {
		if n < 1 {
			return badMapping("privacy shortens %q to %d characters; to leave it out, use drop.", f, n)
		}
	}
	return nil
}

// constantFields are those that may be the same in a whole log without its saying
// so at each record. Who acted, what was decided or written, and when, is no
// explanation of a log: a constant of it would be evidence that nothing recorded.
var constantFields = []string{
	"workflow", "workflow_version", "model_version", "prompt_version", "trigger_channel", "trigger_ref", "segment",
	"kind", "activity", "gate", "tool", "role", "policy_version", "precision", "source", "source_fields",
}

// outcomeNamed is the outcome whose own name a platform's word is, however its
// parts are set apart; empty for other words.
func outcomeNamed(word string) run.DecisionCode {
	parts := strings.FieldsFunc(fold(word), func(r rune) bool { return !unicode.IsLetter(r) })
	if c := run.DecisionCode(strings.Join(parts, "_")); slices.Contains(run.DecisionCodes, c) {
		return c
	}
	return ""
}

// namesTotal is what stands in the place of an identifier in a row that adds up others.
var namesTotal = regexp.MustCompile(`(?i)^\s*((grand |sub-?)?totals?\b[^0-9]*|sum|count)\s*$`)

// mayLeaveOut says why a rule may not leave records out: one that goes by which
// run it is, who decided, what or when would take runs away by what they show. Rows
// that name no run, and totals in the place of its identifier, are none.
func (m *Mapping) mayLeaveOut(l *LeaveOut) string {
	id := m.Fields["run_id"]
	noTotal := func(w string) bool { return !namesTotal.MatchString(w) }
	for _, c := range l.When {
		if id != "" && c.Column == id && c.Present != nil && !*c.Present {
			return ""
		}
	}
	telling := m.telling()
	for _, c := range l.When {
		f, ok := telling[c.Column]
		if !ok || c.Column == id && len(c.Is) > 0 && !slices.ContainsFunc(c.Is, noTotal) {
			continue
		}
		return fmt.Sprintf(
			"A rule cannot go by %q, which the mapping reads as %s: it would take runs away by what they show. Rows "+
				"without an identifier (present: false) and totals can be left out, and records by other columns.",
			c.Column, fieldNames[f],
		)
	}
	return ""
}

// leavesNoRun tells whether what a rule leaves out names no run: it goes by the
// run's identifier, for which it can only ask for none or for a total.
func (m *Mapping) leavesNoRun(l *LeaveOut) bool {
	return slices.ContainsFunc(l.When, func(c Condition) bool { return c.Column == m.Fields["run_id"] })
}

// telling are the columns that say which run a record is of, who decided, what and
// when, with the field that each of them is read as.
func (m *Mapping) telling() map[string]field {
	out := map[string]field{}
	add := func(column string, f field) {
		switch f {
		case fRunID, fSequence, fTriggerRef, fActor, fAccount, fOfficer, fPreparedBy, fDecision, fOutcome, fEdited,
			fTime, fStarted, fEnded, fRunStarted, fRunEnded, fPresented, fOpened, fDecided, fTimeTaken:
			out[column] = f
			for _, part := range m.Joins[column].Columns {
				out[part] = f
			}
		}
	}
	for _, n := range sortedKeys(m.Fields) {
		f, _ := fieldOf(n)
		add(m.Fields[n], f)
		if re, err := regexp.Compile(m.Splits[n]); err == nil {
			for _, g := range re.SubexpNames() {
				if f, ok := fieldOf(g); ok {
					add(m.Fields[n], f)
				}
			}
		}
	}
	for i := range m.Events {
		for _, c := range m.Events[i].columns() {
			add(c.v, c.f)
		}
	}
	for _, n := range sortedKeys(m.Joins) { // a join of such a column says the same
		for _, part := range m.Joins[n].Columns {
			if f, ok := out[part]; ok {
				if _, known := out[n]; !known {
					out[n] = f
				}
			}
		}
	}
	return out
}

// noMapping is what is kept with an import that needed none.
const noMapping = "{}"

// Kept is the form in which a mapping is kept with the import that it read, and
// whose digest certificates name: JSON. m may be nil.
func (m *Mapping) Kept() (string, error) {
	if m == nil {
		return noMapping, nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("keep a mapping: %w", err)
	}
	return string(b), nil
}

// KeptMapping reads what Kept wrote; nil is none. It fails on one that an Assay
// before this wrote otherwise.
func KeptMapping(text string) (*Mapping, error) {
	if text == "" || text == noMapping {
		return nil, nil
	}
	m := &Mapping{}
	if err := json.Unmarshal([]byte(text), m); err != nil {
		return nil, fmt.Errorf("read a mapping: %w", err)
	}
	return m, nil
}

// Check says why m cannot explain a file of the format f; nil where it can.
func (m *Mapping) Check(f Name) error {
	if err := m.check(); err != nil {
		return err
	}
	if f == RunAudit {
		return m.checkRunAudit()
	}
	return nil
}

// checkRunAudit refuses what a run audit has no use for. A rule that is passed over
// in silence would let somebody think that it was followed.
func (m *Mapping) checkRunAudit() error {
	var given map[string]any
	if err := yaml.Unmarshal(FormatMapping(m), &given); err != nil {
		return fault.Internal(fmt.Errorf("read a mapping again: %w", err))
	}
	for _, read := range []string{"assay_mapping", "privacy", "zone", "overlap", "time_layouts", "day_order"} {
		delete(given, read)
	}
	if len(given) == 0 {
		return nil
	}
	return fault.Unreadable("mapping",
		"A run audit says itself what it holds: of a mapping it takes privacy and how times are written (zone, "+
			"overlap, time_layouts, day_order), not %s.", strings.Join(sortedKeys(given), ", "))
}

// check says what is wrong with c.
func (c *Condition) check() string {
	n := 0
	for _, given := range []bool{len(c.Is) > 0, c.Begins != "", c.Present != nil} {
		if given {
			n++
		}
	}
	switch {
	case c.Column == "":
		return "A condition names a column."
	case n != 1:
		return fmt.Sprintf("The condition on %q needs one of is, begins and present.", c.Column)
	}
	return ""
}

// transitions are those of the standard's lifecycle (IEEE 1849, extension
// Lifecycle). Only start begins an activity and only complete ends one.
var transitions = map[string]bool{
	"schedule": true, "assign": true, "withdraw": true, "reassign": true, "start": true, "suspend": true,
	"resume":   true,
	"pi_abort": true, "ate_abort": true, "complete": true, "autoskip": true, "manualskip": true, "unknown": true,
}

func codes() string {
	var out []string
	for _, c := range run.DecisionCodes {
		out = append(out, string(c))
	}
	return strings.Join(out, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// fold is how words are compared: without case and outer blanks.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// clock is the one that o describes.
func (o Options) clock() *clock {
	c := &clock{days: true}
	if m := o.Mapping; m != nil {
		c.overlap, c.asDays = m.Overlap, m.Midnight == "days"
		if m.Zone != "" {
			c.loc, _ = time.LoadLocation(m.Zone) // checked
		}
		for _, l := range m.TimeLayouts {
			if l == isoForm {
				c.alsoISO = true
				continue
			}
			g, _ := layoutOf(l) // checked
			c.layouts = append(c.layouts, g)
		}
	}
	return c
}
