package oversight

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/run"
)

// GateKey is one gate on one day (of the run's start).
type GateKey struct {
	Gate string
	Day  civil.Date // empty for runs without a time
}

// GateCell counts the runs of a day by what they left at a gate.
type GateCell struct {
	Runs      int64 // all runs of the day, whether they reached the gate or not
	Reached   int64
	Prepared  int64 // with a prepare event
	Decided   int64 // with a decide event
	Released  int64 // with a release event
	Missing   int64 // released with no decision
	Decisions int64 // decide events
	Coded     int64 // decide events that say what was decided
	Named     int64 // decide events that name an account
	Compared  int64 // decisions that can be compared with the AI's recommendation
	Agreed    int64 // of these, that followed it
	Approved  int64 // approved without edits
	Edited    int64
	Rejected  int64
	Accounted int64         // prepare events that name an account
	Machine   int64         // decide events by no person, as the roster or the log itself says
	Produced  int64         // decided runs that say when the decision was made and when the AI's output was there
	Early     int64         // of these, decided before it was there
	Claims    Claims        // what the runs show of what the workflow says of the gate
	Pattern   PatternCounts // of the runs that a weaker pattern than each_run holds
	Review    Sketch        // of the decisions that stand
	Later     int64         // released in one file, decided only in one that came later
	Elsewhere int64         // released in one file, decided only in one that came before it
}

func (c *GateCell) merge(o *GateCell) {
	c.Count(o)
	c.Review.Merge(&o.Review)
}

// Count adds what o counts, its review times apart.
func (c *GateCell) Count(o *GateCell) {
	c.Runs += o.Runs
	c.Reached += o.Reached
	c.Prepared += o.Prepared
	c.Decided += o.Decided
	c.Released += o.Released
	c.Missing += o.Missing
	c.Decisions += o.Decisions
	c.Coded += o.Coded
	c.Named += o.Named
	c.Compared += o.Compared
	c.Agreed += o.Agreed
	c.Approved += o.Approved
	c.Edited += o.Edited
	c.Rejected += o.Rejected
	c.Accounted += o.Accounted
	c.Machine += o.Machine
	c.Produced += o.Produced
	c.Early += o.Early
	c.Later += o.Later
	c.Elsewhere += o.Elsewhere
	for i := range o.Claims {
		if x := &o.Claims[i]; x.Of != 0 { // of a single run most are about nothing
			c.Claims[i].add(x)
		}
	}
	if o.Pattern != (PatternCounts{}) {
		c.Pattern.add(&o.Pattern)
	}
}

// OfficerKey is one account at one gate in one month (of its decisions).
type OfficerKey struct {
	Gate, Account string
	Month         string // 2026-03, empty for decisions without a time
}

// OfficerCell counts an account's decisions.
type OfficerCell struct {
	Decisions, Coded, Approved, Edited, Rejected int64
	Compared, Agreed                             int64
	Outcomes                                     Outcomes // of the runs decided in the month, each once
	Review                                       Sketch
	Streak                                       Streak
}

// Outcomes counts runs by outcome: few enough to look through.
type Outcomes []OutcomeCount

// OutcomeCount is how many runs had an outcome.
type OutcomeCount struct {
	Outcome string
	Runs    int64
}

// Add counts n runs with an outcome.
func (o *Outcomes) Add(outcome string, n int64) {
	for i := range *o {
		if (*o)[i].Outcome == outcome {
			(*o)[i].Runs += n
			return
		}
	}
	*o = append(*o, OutcomeCount{outcome, n})
}

// Merge adds o, which holds other decisions.
func (c *OfficerCell) Merge(o *OfficerCell) {
	c.Decisions += o.Decisions
	c.Coded += o.Coded
	c.Approved += o.Approved
	c.Edited += o.Edited
	c.Rejected += o.Rejected
	c.Compared += o.Compared
	c.Agreed += o.Agreed
	for _, x := range o.Outcomes {
		c.Outcomes.Add(x.Outcome, x.Runs)
	}
	c.Review.Merge(&o.Review)
	c.Streak.Merge(&o.Streak)
}

// OfficerTotals sums the months of each account at each gate, under keys
// without a month. Streaks run on from month to month, decisions without a time
// coming first; their decisions are not copied.
func (s *Stream) OfficerTotals() map[OfficerKey]*OfficerCell {
	s.Fold()
	keys := slices.SortedFunc(maps.Keys(s.Officers), func(a, b OfficerKey) int { return cmp.Compare(a.Month, b.Month) })
	out := make(map[OfficerKey]*OfficerCell, len(keys))
	for _, k := range keys {
		c := s.Officers[k]
		k.Month = ""
		sum := out[k]
		if sum == nil {
			sum = &OfficerCell{}
			out[k] = sum
		}
		month := *c
		month.Streak = Streak{}
		row := sum.Streak.Then(c.Streak.Row)
		sum.Merge(&month)
		sum.Streak.Row = row
	}
	return out
}

// Streak follows approvals without edits in a row, over decisions in the order
// of time; of decisions at the same instant, approvals come last.
type Streak struct {
	Row
	values []int64 // unix nanoseconds shifted left, lowest bit 1 for an approval
}

// Row is what a stretch of time comes to: how many decisions, how many
// approvals it begins and ends with, and the longest row in it.
type Row struct {
	N       int64 `json:"n"`
	Prefix  int64 `json:"prefix"`
	Suffix  int64 `json:"suffix"`
	Longest int64 `json:"longest"`
}

// Then is the Row of s followed by a later stretch.
func (s Row) Then(o Row) Row {
	r := Row{N: s.N + o.N, Prefix: s.Prefix, Suffix: o.Suffix, Longest: max(s.Longest, o.Longest, s.Suffix+o.Prefix)}
	if s.Prefix == s.N {
		r.Prefix += o.Prefix
	}
	if o.Suffix == o.N {
		r.Suffix += s.Suffix
	}
	return r
}

// Add notes one decision.
func (s *Streak) Add(t time.Time, c run.DecisionCode, edited bool) {
	v := t.UnixNano() << 1
	if c == run.Approved && !edited {
		v |= 1
	}
	s.values = append(s.values, v)
}

// Merge adds the decisions of o.
func (s *Streak) Merge(o *Streak) { s.values = append(s.values, o.values...) }

// Fold computes the Row of the decisions noted. A Streak that holds none (it
// was read without them) keeps the Row it has.
func (s *Streak) Fold() {
	if len(s.values) == 0 {
		return
	}
	slices.Sort(s.values)
	r := Row{N: int64(len(s.values))}
	row, unbroken := int64(0), true
	for _, v := range s.values {
		if v&1 == 1 {
			row++
			r.Longest = max(r.Longest, row)
			continue
		}
		if unbroken {
			r.Prefix, unbroken = row, false
		}
		row = 0
	}
	if unbroken {
		r.Prefix = row
	}
	r.Suffix = row
	s.Row = r
}

// streakUnits are those in which times may be written, in nanoseconds, by their number in
// the form. A platform's times are mostly whole milliseconds: counted in these, a month of
// decisions takes half as many bytes.
var streakUnits = [...]int64{1, 1_000, 1_000_000, 1_000_000_000}

// streakForm begins the form that has a unit. It is a nought of two bytes as no varint is
// written, so that the form before it, the differences in nanoseconds alone, is told apart.
const streakForm = "\x80\x00"

// MarshalBinary writes the decisions noted, in order: nothing where there are none, otherwise
// streakForm, a byte for the coarsest unit that all times are whole multiples of, and the
// varint differences of the times in it shifted left, lowest bit 1 for an approval.
func (s *Streak) MarshalBinary() ([]byte, error) {
	if len(s.values) == 0 {
		return []byte{}, nil
	}
	slices.Sort(s.values)
	unit := len(streakUnits) - 1
	for _, v := range s.values {
		for (v>>1)%streakUnits[unit] != 0 {
			unit--
		}
	}
	b := append(make([]byte, 0, 3+4*len(s.values)), streakForm...)
	b = append(b, byte(unit))
	prev := int64(0)
	for _, v := range s.values {
		v = (v>>1)/streakUnits[unit]<<1 | v&1
		b = binary.AppendVarint(b, v-prev)
		prev = v
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and what it wrote before there were units.
func (s *Streak) UnmarshalBinary(b []byte) error {
	s.values = nil
	unit := int64(1)
	if rest, ok := bytes.CutPrefix(b, []byte(streakForm)); ok {
		if len(rest) == 0 || int(rest[0]) >= len(streakUnits) {
			return errors.New("not a streak")
		}
		unit, b = streakUnits[rest[0]], rest[1:]
	}
	prev := int64(0)
	for len(b) > 0 {
		d, k := binary.Varint(b)
		if k <= 0 {
			return errors.New("not a streak")
		}
		b = b[k:]
		prev += d
		s.values = append(s.values, prev>>1*unit<<1|prev&1)
	}
	s.Fold()
	return nil
}

// DayKey is one outcome on one day.
type DayKey struct {
	Day     civil.Date
	Outcome string
}

// SegmentKey is one outcome of one declared segment in one month.
type SegmentKey struct{ Month, Segment, Outcome string }

// SegmentGateKey is one gate in one month (of the run's start), for the runs of
// one declared segment.
type SegmentGateKey struct{ Month, Segment, Gate string }

// VersionKey is one version of the workflow, its model or its prompt.
type VersionKey struct{ What, Version string }

// VersionCell is when a version was in use.
type VersionCell struct {
	Runs        int64
	First, Last time.Time
	FirstRun    RunRef // the run that first shows it
}

func (c *VersionCell) merge(o *VersionCell) {
	c.Runs += o.Runs
	if c.First.IsZero() ||
		!o.First.IsZero() &&
			(o.First.Before(c.First) || o.First.Equal(c.First) && o.FirstRun.RunID < c.FirstRun.RunID) {
		c.First, c.FirstRun = o.First, o.FirstRun
	}
	if o.Last.After(c.Last) {
		c.Last = o.Last
	}
}

// Totals counts what runs hold.
type Totals struct {
	Runs, Steps, Decisions, Outputs, Accesses int64
	WithOutput, WithReasoning                 int64
	Untimed                                   int64 // runs without any time
	Numbered                                  int64 // runs with a running number
}

func (t *Totals) merge(o *Totals) {
	t.Runs += o.Runs
	t.Steps += o.Steps
	t.Decisions += o.Decisions
	t.Outputs += o.Outputs
	t.Accesses += o.Accesses
	t.WithOutput += o.WithOutput
	t.WithReasoning += o.WithReasoning
	t.Untimed += o.Untimed
	t.Numbered += o.Numbered
}

// Stream accumulates, over any number of runs, what the tests need that look
// at more than one. Its parts are tables that can be stored and merged: runs
// added to two Streams and merged give what one Stream over all of them gives.
// Memory grows with days, officers, outcomes and segments, and by eight bytes a
// decision.
type Stream struct {
	Totals   Totals
	Gates    map[GateKey]*GateCell
	Officers map[OfficerKey]*OfficerCell
	Days     map[DayKey]int64
	Segments map[SegmentKey]int64
	Versions map[VersionKey]*VersionCell
	Accounts map[string]int64 // events and decisions by account
	Sequence Sequence

	SegmentGates map[SegmentGateKey]*GateCell

	// The cells of the day of the last run: the next one mostly shares it.
	cells   []*GateCell
	segment map[string][]*GateCell // of its month
	dayUnix int64                  // days since 1970
	day     civil.Date
	month   string

	// Strings of runs may lie in a piece of the file as large as a megabyte; keys
	// are copies of their own. The cells of accounts are found by those of late.
	kept   map[string]string
	late   [64]string // of kept, those asked for of late
	recent [64]officerMemo
	// The versions of the run before, mostly those of the next.
	lastVersions [3]versionMemo
}

type versionMemo struct {
	key  VersionKey
	cell *VersionCell
}

type officerMemo struct {
	key  OfficerKey
	cell *OfficerCell
}

// own gives the Stream's own copy of s.
func (s *Stream) own(text string) string {
	if text == "" {
		return ""
	}
	memo := &s.late[slot(text)]
	if *memo == text {
		return *memo
	}
	k, ok := s.kept[text]
	if !ok {
		k = strings.Clone(text)
		if s.kept == nil {
			s.kept = map[string]string{}
		}
		s.kept[k] = k
	}
	*memo = k
	return k
}

// slot is where a text that is not empty has its place among those of late.
func slot(text string) byte {
	n := len(text)
	return (text[0] ^ text[n/2]<<2 ^ text[n-1]<<4) % 64
}

// NewStream makes an empty Stream.
func NewStream() *Stream {
	return &Stream{Gates: map[GateKey]*GateCell{}, Officers: map[OfficerKey]*OfficerCell{}, Days: map[DayKey]int64{},
		Segments: map[SegmentKey]int64{}, Versions: map[VersionKey]*VersionCell{}, Accounts: map[string]int64{},
		SegmentGates: map[SegmentGateKey]*GateCell{}}
}

// When is the time that a run is filed under: its start, or else its end, or
// else the earliest time of a step or decision; zero where it has none.
func When(rec *run.Record) time.Time {
	if !rec.Started.IsZero() {
		return rec.Started
	}
	if !rec.Ended.IsZero() {
		return rec.Ended
	}
	var t time.Time
	note := func(u time.Time) {
		if !u.IsZero() && (t.IsZero() || u.Before(t)) {
			t = u
		}
	}
	for i := range rec.Steps {
		note(rec.Steps[i].Started)
		note(rec.Steps[i].Ended)
	}
	for i := range rec.Decisions {
		note(rec.Decisions[i].Presented)
		note(rec.Decisions[i].Decided)
	}
	return t
}

func (t *tester) add(source string, rec *run.Record, at time.Time, s *Stream) {
	s.setDay(at, t.gates)
	s.Totals.Runs++
	s.Totals.Steps += int64(len(rec.Steps))
	s.Totals.Decisions += int64(len(rec.Decisions))
	s.Totals.Outputs += int64(len(rec.Outputs))
	s.Totals.Accesses += int64(len(rec.Accesses))
	output, reasoning := records(rec)
	if output {
		s.Totals.WithOutput++
	}
	if reasoning {
		s.Totals.WithReasoning++
	}
	if at.IsZero() {
		s.Totals.Untimed++
	}
	if rec.Sequence != 0 {
		s.Totals.Numbered++
		s.Sequence.Add(rec.Sequence)
	}
	outcome := s.own(rec.Outcome)
	s.Days[DayKey{s.day, outcome}]++
	var segment []*GateCell
	if rec.Segment != "" {
		s.Segments[SegmentKey{s.month, s.own(rec.Segment), outcome}]++
		segment = s.segmentCells(rec.Segment, t.gates)
	}
	ref := RunRef{source, rec.RunID, rec.At}
	s.version(&s.lastVersions[0], "workflow", rec.WorkflowVersion, at, ref)
	s.version(&s.lastVersions[1], "model", rec.ModelVersion, at, ref)
	s.version(&s.lastVersions[2], "prompt", rec.PromptVersion, at, ref)
	for i := range rec.Steps {
		if a := rec.Steps[i].Actor; a != "" {
			s.Accounts[s.own(a)]++
		}
	}
	for i := range rec.Decisions {
		if a := rec.Decisions[i].Account; a != "" {
			s.Accounts[s.own(a)]++
		}
	}
	for i := range t.trails {
		of := [2]*GateCell{s.cells[i]}
		if segment != nil {
			of[1] = segment[i]
		}
		t.cell = GateCell{}
		t.claims(i, &t.cell.Claims)
		t.genuine(i, rec, &t.cell)
		t.cell.Pattern = t.pattern[i]
		t.files(i, &t.cell)
		s.gate(&t.trails[i], of, outcome, &t.cell)
	}
}

// segmentCells finds the cells of a segment in the month of the run.
func (s *Stream) segmentCells(segment string, gates []*compiledGate) []*GateCell {
	if cells, ok := s.segment[segment]; ok {
		return cells
	}
	cells := make([]*GateCell, 0, len(gates))
	for _, g := range gates {
		k := SegmentGateKey{s.month, s.own(segment), g.Key}
		if s.SegmentGates[k] == nil {
			s.SegmentGates[k] = &GateCell{}
		}
		cells = append(cells, s.SegmentGates[k])
	}
	if s.segment == nil {
		s.segment = map[string][]*GateCell{}
	}
	s.segment[s.own(segment)] = cells
	return cells
}

// setDay finds the cells of the run's day.
func (s *Stream) setDay(at time.Time, gates []*compiledGate) {
	unix := int64(math.MinInt64) // no time
	if !at.IsZero() {
		unix = at.Unix()
		if unix < 0 {
			unix -= 86399
		}
		unix /= 86400
	}
	if unix == s.dayUnix && s.cells != nil && len(s.cells) == len(gates) {
		return
	}
	s.dayUnix, s.day, s.month, s.cells = unix, "", "", make([]*GateCell, 0, len(gates))
	clear(s.segment)
	if !at.IsZero() {
		s.day = civil.Of(at)
		s.month = monthOf(at)
	}
	for _, g := range gates {
		k := GateKey{g.Key, s.day}
		c := s.Gates[k]
		if c == nil {
			c = &GateCell{}
			s.Gates[k] = c
		}
		s.cells = append(s.cells, c)
	}
}

func (s *Stream) version(last *versionMemo, what, v string, at time.Time, ref RunRef) {
	if v == "" {
		return
	}
	if last.cell == nil || last.key.Version != v {
		k := VersionKey{what, s.own(v)}
		c := s.Versions[k]
		if c == nil {
			ref.RunID = strings.Clone(ref.RunID)
			c = &VersionCell{First: at, Last: at, FirstRun: ref}
			s.Versions[k] = c
		}
		*last = versionMemo{k, c}
	}
	c := last.cell
	c.Runs++
	if !at.IsZero() && (c.First.IsZero() || at.Before(c.First) || at.Equal(c.First) && ref.RunID < c.FirstRun.RunID) {
		ref.RunID = strings.Clone(ref.RunID)
		c.First, c.FirstRun = at, ref
	}
	if at.After(c.Last) {
		c.Last = at
	}
}

// gate counts what a run left at a gate in the cells of its day and of its
// segment, if it has one; c has what was counted for the run so far.
func (s *Stream) gate(tr *GateTrail, of [2]*GateCell, outcome string, c *GateCell) {
	c.Runs++
	if tr.Reached {
		c.Reached++
	}
	if len(tr.Prepares) > 0 {
		c.Prepared++
	}
	if len(tr.Decides) > 0 {
		c.Decided++
	}
	if len(tr.Releases) > 0 {
		c.Released++
		if len(tr.Decides) == 0 {
			c.Missing++
		}
	}
	for i := range tr.Prepares {
		if tr.Prepares[i].Account != "" {
			c.Accounted++
		}
	}
	review, stands, ok := tr.Review()
	took := measured(review.Microseconds())
	seen := make([]*OfficerCell, 0, 8)
	for i := range tr.Decides {
		e := &tr.Decides[i]
		o := s.officer(tr.Gate, e)
		c.Decisions++
		o.Decisions++
		if !slices.Contains(seen, o) {
			seen = append(seen, o)
			o.Outcomes.Add(outcome, 1)
		}
		if e.Account != "" {
			c.Named++
		}
		if ok && e == stands {
			o.Review.add(&took)
		}
		if e.Decision == nil {
			continue
		}
		edited := e.Code == run.ApprovedWithEdits || e.Decision.Edited
		c.Coded++
		o.Coded++
		switch {
		case edited:
			c.Edited++
			o.Edited++
		case e.Code == run.Approved:
			c.Approved++
			o.Approved++
		case e.Code == run.Rejected, e.Code == run.Terminated:
			c.Rejected++
			o.Rejected++
		}
		if agreed, ok := Recommended(e.Decision); ok {
			c.Compared++
			o.Compared++
			if agreed {
				c.Agreed++
				o.Agreed++
			}
		}
		if !e.Time.IsZero() {
			o.Streak.Add(e.Time, e.Code, edited)
		}
	}
	for _, cell := range of {
		if cell == nil {
			continue
		}
		cell.Count(c)
		if ok {
			cell.Review.add(&took)
		}
	}
}

func (s *Stream) officer(gate string, e *Event) *OfficerCell {
	k := OfficerKey{Gate: gate, Account: e.Account}
	if !e.Time.IsZero() {
		k.Month = monthOf(e.Time)
	}
	memo := &s.recent[0]
	if e.Account != "" {
		memo = &s.recent[slot(e.Account)]
	}
	if memo.cell != nil && memo.key == k {
		return memo.cell
	}
	o := s.Officers[k]
	if o == nil {
		o = &OfficerCell{}
		k.Account, k.Gate = s.own(k.Account), s.own(k.Gate)
		s.Officers[k] = o
	}
	k.Account = s.own(k.Account)
	*memo = officerMemo{k, o}
	return o
}

// months are written once: a decision would otherwise cost a formatted string.
var monthNames = func() (m [400][12]string) {
	for y := range m {
		for i := range m[y] {
			m[y][i] = time.Date(1900+y, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
		}
	}
	return m
}()

func monthOf(t time.Time) string {
	y, m, _ := t.UTC().Date()
	if y < 1900 || y >= 2300 {
		return t.UTC().Format("2006-01")
	}
	return monthNames[y-1900][m-1]
}

func records(rec *run.Record) (output, reasoning bool) {
	for i := range rec.Outputs {
		o := &rec.Outputs[i]
		output = output || o.Text != "" || o.SHA256 != "" || o.Recommendation != ""
		reasoning = reasoning || strings.TrimSpace(o.Reasoning) != ""
	}
	return output, reasoning
}

// How many review times a cell keeps exactly when it is stored: sums over cells
// are exact while cells are small, and large cells stay small to read.
const (
	exactADay   = 256 // at a gate
	exactAMonth = 32  // of an officer
)

// Compact bounds the size of the cells before they are stored.
func (s *Stream) Compact() {
	for _, c := range s.Gates {
		c.Review.Compact(exactADay)
	}
	for _, c := range s.SegmentGates {
		c.Review.Compact(exactADay)
	}
	for _, c := range s.Officers {
		c.Review.Compact(exactAMonth)
	}
}

// CompactTotal bounds the size of an officer's total before it is stored.
func (c *OfficerCell) CompactTotal() { c.Review.Compact(exactADay) }

// Fold computes the streaks of the decisions noted so far.
func (s *Stream) Fold() {
	for _, o := range s.Officers {
		o.Streak.Fold()
	}
}

// Merge adds the runs of o, which must be other runs of the same workflow.
func (s *Stream) Merge(o *Stream) {
	s.Totals.merge(&o.Totals)
	for k, c := range o.Gates {
		if s.Gates[k] == nil {
			s.Gates[k] = &GateCell{}
		}
		s.Gates[k].merge(c)
	}
	for k, c := range o.SegmentGates {
		if s.SegmentGates[k] == nil {
			s.SegmentGates[k] = &GateCell{}
		}
		s.SegmentGates[k].merge(c)
	}
	for k, c := range o.Officers {
		if s.Officers[k] == nil {
			s.Officers[k] = &OfficerCell{}
		}
		s.Officers[k].Merge(c)
	}
	for k, n := range o.Days {
		s.Days[k] += n
	}
	for k, n := range o.Segments {
		s.Segments[k] += n
	}
	for k, c := range o.Versions {
		if s.Versions[k] == nil {
			v := *c
			s.Versions[k] = &v
			continue
		}
		s.Versions[k].merge(c)
	}
	for a, n := range o.Accounts {
		s.Accounts[a] += n
	}
	s.Sequence.Merge(&o.Sequence)
	s.cells = nil
	clear(s.segment)
}

// Deciders are the accounts that decided at a gate of a run, each once.
func (t *Tester) Deciders(rec *run.Record) (accounts []string) {
	for _, tr := range t.of(When(rec)).trailsOf(rec) {
		for i := range tr.Decides {
			if a := tr.Decides[i].Account; a != "" && !slices.Contains(accounts, a) {
				accounts = append(accounts, a)
			}
		}
	}
	return accounts
}
