package sample

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// RunOptions shape a generated export. The same options always give the same
// bytes.
type RunOptions struct {
	Seed  uint64
	Runs  int       // how many runs; 0 is the workflow's usual number
	Until time.Time // end of the last day of the period; nothing is later
	Days  int       // length of the period in days; 0 is 150
	// Plant says how many runs of each fault to plant; nil is what the sample
	// council shows, an empty map is a sound log.
	Plant map[string]int
}

// Planted is one kind of fault that was put into an export on purpose.
type Planted struct {
	Code   string   // "OVR-05"
	RunIDs []string // runs in which it must be found, ascending
	Note   string
}

// Export is one generated export of one workflow's runs.
type Export struct {
	Cast    Cast
	Stated  run.Stated
	Records []run.Record // in the order of the file; LOG-01 may have one twice
	Planted []Planted    // in the order of their codes
}

// Of gives what was planted of a code.
func (e Export) Of(code string) Planted {
	for _, p := range e.Planted {
		if p.Code == code {
			return p
		}
	}
	return Planted{Code: code}
}

// usual is what the sample council's workflows show: two are nearly sound, the
// others have each their own trouble.
var usual = map[string]struct {
	runs  int
	plant map[string]int
}{
	"planning-validation": {420, map[string]int{"OVR-06": 3}},
	"asc-summaries":       {260, map[string]int{"OVR-05": 9, "OVR-06": 14, "OVR-11": 3, "TRN-01": 5}},
	"housing-repairs": {
		640, map[string]int{"OVR-01": 6, "OVR-02": 4, "OVR-03": 11, "OVR-09": 5, "OVR-12": 3, "IMP-02": 1},
	},
	"council-tax-changes": {520, map[string]int{"OVR-03": 3, "OVR-04": 4, "OVR-05": 7, "OVR-10": 6, "RSK-01": 1}},
	"foi-drafting":        {180, map[string]int{"OVR-08": 2, "LOG-01": 4, "TRN-02": 3}},
	"complaints-triage":   {360, map[string]int{"OVR-04": 2, "OVR-07": 1, "IMP-01": 1}},
}

// Plantable lists the faults that Runs can plant. LOG-02 is planted by Amended.
var Plantable = []string{
	"OVR-01",
	"OVR-02",
	"OVR-03",
	"OVR-04",
	"OVR-05",
	"OVR-06",
	"OVR-07",
	"OVR-08",
	"OVR-09",
	"OVR-10",
	"OVR-11",
	"TRN-01",
	"TRN-02",
	"OVR-12",
	"IMP-01",
	"IMP-02",
	"RSK-01",
	"LOG-01",
}

// Runs generates the export of one workflow.
func Runs(key string, o RunOptions) (Export, error) {
	cast, ok := CastOf(key)
	other, weaker := overseenOf(key)
	if !ok {
		return Export{}, fmt.Errorf("there is no sample workflow %q", key)
	}
	if o.Until.IsZero() {
		return Export{}, fmt.Errorf("the end of the period is missing")
	}
	if o.Runs == 0 {
		o.Runs = usual[key].runs
	}
	if o.Days == 0 {
		o.Days = 150
	}
	if o.Plant == nil {
		o.Plant = usual[key].plant
	}
	if weaker && o.Runs == 0 {
		o.Runs = other.script.runs
	}
	if weaker && o.Plant == nil {
		o.Plant = other.script.plant
	}
	h := fnv.New64a()
	io.WriteString(h, key)
	g := &generator{
		Cast:    cast,
		o:       o,
		r:       rand.New(rand.NewPCG(o.Seed, h.Sum64())),
		s:       scripts[key],
		planted: map[string][]string{},
	}
	return g.export()
}

type generator struct {
	Cast
	o       RunOptions
	r       *rand.Rand
	s       script
	planted map[string][]string
}

// faults says which run gets which of the faults that are planted in one run each.
func (g *generator) faults(plantable []string) ([]string, error) {
	for c := range g.o.Plant {
		if !slices.Contains(plantable, c) {
			return nil, fmt.Errorf("no fault %q can be planted", c)
		}
	}
	out := make([]string, g.o.Runs)
	free := g.r.Perm(g.o.Runs)
	for _, c := range plantable {
		if slices.Contains(ofMany, c) {
			continue
		}
		for range g.o.Plant[c] {
			if len(free) == 0 {
				return nil, fmt.Errorf("there are more faults to plant than runs")
			}
			out[free[0]] = c
			free = free[1:]
		}
	}
	return out, nil
}

// ofMany are the faults that lie in many runs at once.
var ofMany = []string{"OVR-07", "OVR-21", "IMP-01", "IMP-02", "RSK-01", "LOG-01"}

func (g *generator) export() (Export, error) {
	n := g.o.Runs
	other, weaker := overseenOf(g.Key)
	plantable := Plantable
	if weaker {
		plantable = PatternPlantable
	}
	fault, err := g.faults(plantable)
	if err != nil {
		return Export{}, err
	}
	starts := g.starts(n)
	e := Export{Cast: g.Cast}
	if weaker {
		e.Records = g.patternRecords(other, starts, fault)
	}
	for i := range n {
		if !weaker {
			e.Records = append(e.Records, g.run(i, starts[i], fault[i]))
		}
		if fault[i] != "" {
			g.planted[fault[i]] = append(g.planted[fault[i]], e.Records[i].RunID)
		}
	}
	decisions := 0
	for i := range e.Records {
		decisions += len(e.Records[i].Decisions)
	}
	day := g.o.Until.UTC().Truncate(24 * time.Hour)
	e.Stated = run.Stated{
		Platform:  g.Platform,
		Workflow:  g.PlatformID,
		From:      day.AddDate(0, 0, -g.o.Days),
		To:        g.o.Until.UTC(),
		Exported:  g.o.Until.UTC(),
		Runs:      int64(n),
		Decisions: int64(decisions),
	}
	if k := g.o.Plant["LOG-01"]; k > 0 {
		e.Records = g.lose(e.Records, k, fault)
	}
	notes := map[string]string{
		"OVR-07": "One officer approves everything, unedited.",
		"IMP-01": "The prompt changes and nobody recorded it; the first run under the new one is named.",
		"IMP-02": "In the last third of the period the mix of outcomes is another.",
		"RSK-01": "The last segment meets the adverse outcome far more often.",
		"OVR-21": "In one week nine notes are read, and ten should have been.",
		"LOG-01": "These runs are left out, so that numbers are missing and the platform's total is not met.",
	}
	for c, ids := range g.planted {
		sort.Strings(ids)
		e.Planted = append(e.Planted, Planted{c, ids, notes[c]})
	}
	sort.Slice(e.Planted, func(i, j int) bool { return e.Planted[i].Code < e.Planted[j].Code })
	return e, nil
}

// lose leaves out k runs, which no other fault was planted in.
func (g *generator) lose(recs []run.Record, k int, fault []string) []run.Record {
	lost := map[int]bool{}
	for len(lost) < k && len(lost) < len(recs)/4 {
		if i := g.r.IntN(len(recs)-2) + 1; fault[i] == "" && !lost[i] {
			lost[i] = true
			g.planted["LOG-01"] = append(g.planted["LOG-01"], recs[i].RunID)
		}
	}
	var out []run.Record
	for i := range recs {
		if !lost[i] {
			out = append(out, recs[i])
		}
	}
	return out
}

// starts spreads n runs over the working days of the period, ascending, at
// hours from which a run ends on the same day.
func (g *generator) starts(n int) []time.Time {
	end := g.o.Until.UTC().Truncate(24 * time.Hour)
	var days []time.Time
	for d := end.AddDate(0, 0, -g.o.Days); d.Before(end); d = d.AddDate(0, 0, 1) {
		if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			days = append(days, d)
		}
	}
	out := make([]time.Time, n)
	for i := range out {
		out[i] = days[g.r.IntN(len(days))].Add(
			8*time.Hour + 30*time.Minute + time.Duration(g.r.IntN(5*3600))*time.Second,
		)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Before(out[j]) })
	return out
}

// seconds is a duration between a and b seconds.
func (g *generator) seconds(a, b int) time.Duration {
	return time.Duration(a+g.r.IntN(b-a+1)) * time.Second
}

func pick[T any](g *generator, of []T) T { return of[g.r.IntN(len(of))] }

// preparers are the officers who prepare for a gate with four eyes: those who
// do not decide at any gate, or, where all do, those of the first.
func (g *generator) preparers() []string {
	var out []string
	for _, l := range g.Officers() {
		if !slices.ContainsFunc(
			g.Gates,
			func(gt workflow.Gate) bool { return slices.Contains(gt.Officers, l.Account) },
		) {
			out = append(out, l.Account)
		}
	}
	if len(out) == 0 {
		out = g.Gates[0].Officers
	}
	return out
}

func (g *generator) outcome(i int, segment string) string {
	adverse := 0.08
	middle := 0.20
	if g.o.Plant["IMP-02"] > 0 && i >= 2*g.o.Runs/3 {
		adverse, middle = 0.28, 0.50 // strong enough for months of about a hundred runs
	}
	if g.o.Plant["RSK-01"] > 0 && segment == g.Segments[len(g.Segments)-1] {
		adverse = 0.45
	}
	if len(g.Outcomes) == 2 {
		middle, adverse = 0, max(0.24, adverse)
	}
	switch x := g.r.Float64(); {
	case x < adverse:
		return g.Outcomes[len(g.Outcomes)-1]
	case x < adverse+middle:
		return g.Outcomes[1]
	}
	return g.Outcomes[0]
}

// making is a run that is being made: what it holds, and the time that has come.
type making struct {
	*generator
	rec    *run.Record
	t      time.Time
	fault  string
	system string // the account that the platform acts by
}

// step adds an event that takes some time.
func (m *making) step(name, tool, actor string, kind run.ActorKind, took time.Duration) {
	m.rec.Steps = append(m.rec.Steps, run.Step{
		Seq:       len(m.rec.Steps) + 1,
		Name:      name,
		Actor:     actor,
		ActorKind: kind,
		Tool:      tool,
		Started:   m.t,
		Ended:     m.t.Add(took),
	})
	m.t = m.t.Add(took)
}

// run makes the i-th run, with one fault planted in it, or none. What is drawn by
// chance is drawn in the order of the events, so that a seed gives the same run.
func (g *generator) run(i int, start time.Time, fault string) run.Record {
	r := g.blank(i, start, fault)
	m := &making{generator: g, rec: &r, t: start, fault: fault}
	for _, l := range g.Roster {
		if l.Kind == workflow.LoginSystem {
			m.system = l.Account
		}
	}
	m.propose(i)
	if fault == "OVR-09" {
		r.Ended = m.t
		return r
	}
	m.oversee()
	for i := range r.Steps {
		if r.Steps[i].Ended.After(r.Ended) {
			r.Ended = r.Steps[i].Ended
		}
	}
	for i := range r.Decisions {
		if r.Decisions[i].Decided.After(r.Ended) {
			r.Ended = r.Decisions[i].Decided
		}
	}
	if g.s.after.name != "" {
		m.t = r.Ended.Add(g.seconds(5, 60))
		m.step(g.s.after.name, g.s.after.tool, m.system, run.ActorSystem, g.seconds(1, 5))
		r.Ended = m.t
	}
	return r
}

// blank is a run without events: what it is about, by which versions, and how it
// will end.
func (g *generator) blank(i int, start time.Time, fault string) run.Record {
	r := run.Record{
		RunID: fmt.Sprintf("%s-%d-%05d", g.s.prefix, start.Year(), i+1), Sequence: int64(i + 1),
		Workflow: g.PlatformID, WorkflowVersion: g.Version, ModelVersion: g.Model, PromptVersion: g.Prompt,
		TriggerChannel: pick(
			g,
			g.Channels,
		), TriggerRef: fmt.Sprintf("%s/%02d/%05d", g.s.prefix, start.Year()%100, 20000+7*i+g.r.IntN(7)),
		Started: start, Segment: pick(g, g.Segments),
	}
	if g.o.Plant["IMP-01"] > 0 && i >= 2*g.o.Runs/3 {
		r.PromptVersion = g.Prompt + "b"
		if g.planted["IMP-01"] == nil {
			g.planted["IMP-01"] = []string{r.RunID}
		}
	}
	r.Outcome = g.outcome(i, r.Segment)
	second := len(g.Gates) > 1
	switch {
	case second && fault == "OVR-05":
		r.Outcome = g.Outcomes[1] // only these reach the gate that asks for four eyes
	case second && fault != "":
		r.Outcome = g.Outcomes[0]
	}
	if g.o.Plant["RSK-01"] > 0 && r.Segment == g.Segments[len(g.Segments)-1] {
		g.planted["RSK-01"] = append(g.planted["RSK-01"], r.RunID)
	}
	if g.o.Plant["IMP-02"] > 0 && i >= 2*g.o.Runs/3 {
		g.planted["IMP-02"] = append(g.planted["IMP-02"], r.RunID)
	}
	return r
}

// propose takes the matter in and has the AI write its proposal.
func (m *making) propose(i int) {
	g, r := m.generator, m.rec
	for _, a := range g.s.intake {
		m.step(a.name, a.tool, m.system, run.ActorSystem, g.seconds(1, 20))
		if a.source != "" {
			r.Accesses = append(r.Accesses, run.DataAccess{Source: a.source, Fields: a.fields, Time: m.t})
		}
		m.t = m.t.Add(g.seconds(0, 5))
	}
	c := pick(g, g.s.cases)
	conf := 0.70 + float64(g.r.IntN(2900))/10000
	out := run.Output{
		Text:           g.fill(c.text, i),
		Recommendation: r.Outcome,
		Confidence:     conf,
		Reasoning:      g.fill(c.reasoning, i),
	}
	if m.fault != "TRN-01" {
		r.Outputs = append(r.Outputs, out)
	}
	tool := g.s.ai.tool
	if m.fault == "TRN-02" {
		tool = "open-web-search"
	}
	if !(m.fault == "OVR-09" && slices.Contains(g.Gates[0].Prepare, g.s.ai.name)) {
		m.step(g.s.ai.name, tool, m.system, run.ActorAgent, g.seconds(4, 40))
	}
}

// oversee takes the run through its gates, and what was decided for out of them.
func (m *making) oversee() {
	g, r := m.generator, m.rec
	gate, preparer := g.Gates[0], m.system
	if g.s.human != "" {
		preparer = pick(g, g.preparers())
		if m.fault == "OVR-05" {
			preparer = pick(g, gate.Officers)
		}
		m.t = m.t.Add(g.seconds(120, 1500))
		m.step(g.s.human, "", preparer, run.ActorPerson, g.seconds(90, 900))
	}
	at, second := 0, len(g.Gates) > 1
	if second {
		at = -1
	}
	m.t = g.decide(r, gate, m.t, preparer, m.fault, at)
	if !second || r.Outcome == g.Outcomes[0] {
		g.release(r, gate, m.t, m.fault, m.system)
		return
	}
	notice := g.Gates[1]
	m.t = m.t.Add(g.seconds(60, 600))
	who := pick(g, gate.Officers)
	later := ""
	if m.fault == "OVR-05" {
		who, later = pick(g, notice.Officers), m.fault
	}
	m.step(notice.Prepare[0], "", who, run.ActorPerson, g.seconds(60, 400))
	m.t = g.decide(r, notice, m.t, who, later, 1)
	g.release(r, notice, m.t, later, m.system)
}

// decide adds the decision at a gate and tells when it was made. at is 0 for
// the only gate, -1 for the first of two and 1 for the second.
func (g *generator) decide(r *run.Record, gate workflow.Gate, t time.Time, preparer, fault string, at int) time.Time {
	who := pick(g, gate.Officers)
	for who == preparer && fault != "OVR-05" {
		who = pick(g, gate.Officers)
	}
	least := max(gate.MinReviewSeconds, 20)
	review := time.Duration(float64(least)*(1.2+min(6, 1.4*g.r.ExpFloat64()))) * time.Second
	d := run.Decision{
		Gate:             gate.Key,
		PreparedBy:       preparer,
		Presented:        t,
		AIRecommendation: "propose " + r.Outcome,
		PolicyVersion:    "1.2",
	}
	switch at {
	case -1:
		d.AIRecommendation = r.Outcome
	case 1:
		d.AIRecommendation = "send the notice"
	}
	switch x := g.r.Float64(); {
	case at == -1 && r.Outcome != g.Outcomes[0]:
		d.Code, d.Reason = run.Rejected, g.fill(pick(g, g.s.refusals), int(r.Sequence))
	case x < 0.70 || at == 1:
		d.Code = run.Approved
	case x < 0.88 || at == -1:
		d.Code, d.Edited, d.Reason = run.ApprovedWithEdits, true, g.fill(pick(g, g.s.edits), int(r.Sequence))
	case x < 0.94:
		d.Code, d.Reason = run.Rejected, g.fill(pick(g, g.s.refusals), int(r.Sequence))
	default:
		t = g.sendBack(r, gate, &d, t, who, fault, review)
		d.Code, d.Reason = run.Approved, ""
	}
	d.Opened = t.Add(g.seconds(60, 1800))
	if g.o.Plant["OVR-07"] > 0 && fault == "" && who == gate.Officers[0] &&
		(at == 0 || at == -1 && r.Outcome == g.Outcomes[0]) {
		d.Code, d.Edited, d.Reason = run.Approved, false, ""
		g.planted["OVR-07"] = append(g.planted["OVR-07"], r.RunID)
	}
	if fault == "OVR-01" {
		return t.Add(g.seconds(60, 600))
	}
	who, review = g.spoil(r, gate, &d, preparer, who, fault, review)
	d.Account = who
	d.Decided = d.Opened.Add(review)
	if fault == "OVR-11" {
		return g.decideEarly(r, gate, d, preparer)
	}
	g.named(&d)
	r.Decisions = append(r.Decisions, d)
	return d.Decided
}

// sendBack adds a first decision that sends the matter back, and its correction by
// whoever prepared it; d is the one that follows.
func (g *generator) sendBack(
	r *run.Record, gate workflow.Gate, d *run.Decision, t time.Time, who, fault string, review time.Duration,
) time.Time {
	back := *d
	back.Account, back.Code, back.Reason = who, run.ReferredBack, g.fill(pick(g, g.s.refusals), int(r.Sequence))
	back.Opened = t.Add(g.seconds(60, 1200))
	back.Decided = back.Opened.Add(review)
	if fault != "" {
		return t
	}
	g.named(&back)
	r.Decisions = append(r.Decisions, back)
	t = back.Decided.Add(g.seconds(200, 900))
	r.Steps = append(r.Steps, run.Step{
		Seq:       len(r.Steps) + 1,
		Name:      gate.Prepare[0],
		Actor:     d.PreparedBy,
		ActorKind: g.preparerKind(),
		Started:   t.Add(-60 * time.Second),
		Ended:     t,
	})
	d.Presented = t
	return t
}

// spoil plants a fault in a decision, and tells who makes it and how fast.
func (g *generator) spoil(
	r *run.Record, gate workflow.Gate, d *run.Decision, preparer, who, fault string, review time.Duration,
) (string, time.Duration) {
	switch fault {
	case "OVR-03":
		var others []string
		for _, l := range g.Roster {
			if l.Kind != workflow.LoginOfficer && l.Account != preparer {
				others = append(others, l.Account)
			}
		}
		who = pick(g, append(others, "temp.agency"))
	case "OVR-04":
		var others []string
		for _, l := range g.Officers() {
			if !slices.Contains(gate.Officers, l.Account) && l.Account != preparer {
				others = append(others, l.Account)
			}
		}
		who = pick(g, others)
	case "OVR-05":
		if gate.FourEyes {
			who = preparer
		}
	case "OVR-06":
		review = time.Duration(2+g.r.IntN(max(1, max(gate.MinReviewSeconds, 20)/4))) * time.Second
	case "OVR-10":
		d.Code, d.Edited, d.Reason = run.ApprovedWithEdits, true, ""
	case "OVR-12":
		d.Code, d.Edited, d.Reason = run.Rejected, false, g.fill(g.s.refusals[0], int(r.Sequence))
	}
	if (fault == "OVR-02" || fault == "OVR-08") && d.Code == run.Rejected {
		d.Code, d.Reason = run.Approved, "" // these show at a release, and what is rejected has none
	}
	return who, review
}

// decideEarly adds a decision on an earlier draft; the last one came after it.
func (g *generator) decideEarly(r *run.Record, gate workflow.Gate, d run.Decision, preparer string) time.Time {
	late := d.Decided.Add(g.seconds(120, 900))
	d.Presented = late
	r.Steps = append(
		r.Steps,
		run.Step{
			Seq:       len(r.Steps) + 1,
			Name:      gate.Prepare[0],
			Actor:     preparer,
			ActorKind: g.preparerKind(),
			Started:   late.Add(-90 * time.Second),
			Ended:     late,
		},
	)
	g.named(&d)
	r.Decisions = append(r.Decisions, d)
	return late
}

// preparerKind is who prepares in this workflow.
func (g *generator) preparerKind() run.ActorKind {
	if g.s.human == "" {
		return run.ActorAgent
	}
	return run.ActorPerson
}

// named adds to a decision what the platform knows of its account.
func (g *generator) named(d *run.Decision) {
	for _, l := range g.Roster {
		if l.Account == d.Account {
			d.OfficerName, d.Role = l.Name, l.Role
		}
	}
}

func (g *generator) release(r *run.Record, gate workflow.Gate, t time.Time, fault, system string) {
	add := func(at time.Time) {
		r.Steps = append(
			r.Steps,
			run.Step{
				Seq:       len(r.Steps) + 1,
				Name:      gate.Release[0],
				Actor:     system,
				ActorKind: run.ActorSystem,
				Started:   at,
				Ended:     at.Add(2 * time.Second),
				Tool:      g.s.releaseTool,
			},
		)
	}
	at := t.Add(g.seconds(20, 900))
	if n := len(r.Decisions); n > 0 && r.Decisions[n-1].Code == run.Rejected && fault != "OVR-12" {
		return // the officer goes on by hand; nothing of the AI's leaves
	}
	switch fault {
	case "OVR-02":
		at = r.Decisions[len(r.Decisions)-1].Decided.Add(-g.seconds(30, 59))
	case "OVR-08":
		add(at)
		at = at.Add(g.seconds(600, 3600))
	}
	add(at)
}

// Amended is a second export of the same runs, some weeks later, in which k
// of them say something else than before: the fault LOG-02.
func (e Export) Amended(k int) Export {
	a := e
	a.Records = nil
	p := Planted{Code: "LOG-02", Note: "These runs stand in the first export with other content."}
	every := max(1, len(e.Records)/max(1, k))
	for i, r := range e.Records {
		c := r.Clone()
		if i%every == every/2 && len(p.RunIDs) < k && len(c.Decisions) > 0 {
			d := &c.Decisions[len(c.Decisions)-1]
			d.Reason = "Recorded afterwards at the request of audit."
			d.Code = run.ApprovedWithEdits
			p.RunIDs = append(p.RunIDs, c.RunID)
		}
		a.Records = append(a.Records, c)
	}
	sort.Strings(p.RunIDs)
	a.Planted = []Planted{p}
	return a
}

// WriteRunAudit writes the export as an Assay run audit, JSON Lines.
func (e Export) WriteRunAudit(w io.Writer) error {
	bw := bufio.NewWriter(w)
	b := append(run.AppendAuditHeader(nil, e.Stated), '\n')
	bw.Write(b)
	for i := range e.Records {
		b = append(run.AppendAudit(b[:0], &e.Records[i]), '\n')
		bw.Write(b)
	}
	return bw.Flush()
}

// outputStep is the index of the step that a flat log writes the output with:
// the AI's own, or else the last; -1 where there is no output.
func (e Export) outputStep(r *run.Record) int {
	if len(r.Outputs) == 0 {
		return -1
	}
	i := slices.IndexFunc(r.Steps, func(s run.Step) bool { return s.Name == scripts[e.Cast.Key].ai.name })
	if i < 0 {
		i = len(r.Steps) - 1
	}
	return i
}

// words are what the sample's flat logs write for decisions.
var words = map[run.DecisionCode]string{
	run.Approved: "Agreed", run.ApprovedWithEdits: "Agreed with change", run.Rejected: "Overruled",
	run.ReferredBack: "Sent back",
}

const ukTime = "02/01/2006 15:04:05"

// WriteCSV writes the export as a case system's event list: one row an event,
// times on the wall clock, so that it needs the mapping of Mapping.
func (e Export) WriteCSV(w io.Writer) error {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	clock := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(london).Format(ukTime)
	}
	c.Write(
		[]string{
			"Ref",
			"No",
			"Event",
			"Started",
			"Completed",
			"User",
			"System",
			"Data source",
			"Opened",
			"Decision",
			"Comment",
			"AI proposal",
			"AI text",
			"AI reasoning",
			"Confidence",
			"Channel",
			"Tenure",
			"Outcome",
			"Version",
			"Model",
			"Prompt",
		},
	)
	for i := range e.Records {
		r := &e.Records[i]
		type line struct {
			at  time.Time
			row []string
		}
		var lines []line
		add := func(at time.Time, cells map[int]string) {
			row := make([]string, 21)
			for k, v := range cells {
				row[k] = v
			}
			row[0], row[1], row[15], row[16], row[17], row[18], row[19], row[20] = r.RunID, strconv.FormatInt(
				r.Sequence,
				10,
			), r.TriggerChannel, r.Segment, r.Outcome, r.WorkflowVersion, r.ModelVersion, r.PromptVersion
			lines = append(lines, line{at, row})
		}
		made := e.outputStep(r)
		for i, s := range r.Steps {
			cells := map[int]string{2: s.Name, 3: clock(s.Started), 4: clock(s.Ended), 5: s.Actor, 6: s.Tool}
			if i == made {
				o := r.Outputs[0]
				cells[11], cells[12], cells[13], cells[14] = o.Recommendation, o.Text, o.Reasoning, strconv.FormatFloat(
					o.Confidence,
					'g',
					-1,
					64,
				)
			}
			for _, a := range r.Accesses {
				if a.Time.Equal(s.Ended) && s.ActorKind == run.ActorSystem {
					cells[7] = a.Source
				}
			}
			add(s.When(), cells)
		}
		for _, d := range r.Decisions {
			g := slices.IndexFunc(e.Cast.Gates, func(g workflow.Gate) bool { return g.Key == d.Gate })
			add(
				d.Decided,
				map[int]string{
					2:  e.Cast.Gates[g].Decide[0],
					4:  clock(d.Decided),
					5:  d.Account,
					8:  clock(d.Opened),
					9:  words[d.Code],
					10: d.Reason,
				},
			)
		}
		sort.SliceStable(lines, func(i, j int) bool { return lines[i].at.Before(lines[j].at) })
		for _, l := range lines {
			c.Write(l.row)
		}
	}
	c.Flush()
	return c.Error()
}

// Mapping is the mapping file for what WriteCSV and WriteXES write.
func (e Export) Mapping() []byte {
	b := []byte(
		"assay_mapping: 1\nrows: event\ngrouped: true\nzone: Europe/London\ntime_layouts: [\"DD/MM/YYYY hh:mm:ss\"]\n" +
			"fields:\n  run_id: Ref\n  sequence: \"No\"\n  activity: Event\n  started: Started\n  ended: " +
			"Completed\n  actor: User\n  tool: System\n  source: Data source\n" +
			"  opened: Opened\n  decision: Decision\n  reason: Comment\n  recommendation: AI proposal\n  text: AI " +
			"text\n  reasoning: AI reasoning\n  confidence: Confidence\n" +
			"  trigger_channel: Channel\n  segment: Tenure\n  outcome: Outcome\n  workflow_version: Version\n  " +
			"model_version: Model\n  prompt_version: Prompt\n",
	)
	b = fmt.Appendf(b, "constants:\n  workflow: %s\n", e.Cast.PlatformID)
	return e.rules(b)
}

// rules are the part of the mapping that all flat logs share.
func (e Export) rules(b []byte) []byte {
	b = append(b, "activities:\n"...)
	for _, g := range e.Cast.Gates {
		for _, a := range []struct {
			act   run.Act
			names []string
		}{{run.ActPrepare, g.Prepare}, {run.ActDecide, g.Decide}, {run.ActRelease, g.Release}} {
			for _, n := range a.names {
				b = fmt.Appendf(b, "  %q: {gate: %s, act: %s}\n", n, g.Key, a.act)
			}
		}
	}
	b = append(b, "decisions:\n"...)
	for _, c := range run.DecisionCodes {
		if w := words[c]; w != "" {
			b = fmt.Appendf(b, "  %s: [%q]\n", c, w)
		}
	}
	b = append(b, "actors:\n  system:\n"...)
	for _, l := range e.Cast.Roster {
		if l.Kind == workflow.LoginSystem {
			b = fmt.Appendf(b, "    - %s\n", l.Account)
		}
	}
	b = append(b, "  person:\n"...)
	for _, l := range e.Cast.Officers() {
		b = fmt.Appendf(b, "    - %s\n", l.Account)
	}
	return b
}

// XESMapping is the mapping file for what WriteXES writes.
func (e Export) XESMapping() []byte {
	b := []byte(
		"assay_mapping: 1\nfields:\n  sequence: case:number\n  outcome: case:outcome\n  segment: case:segment\n  " +
			"workflow_version: case:version\n  model_version: case:model\n  prompt_version: case:prompt\n" +
			"  tool: system\n  source: source\n  opened: opened\n  decision: decision\n  reason: comment\n  " +
			"ai_recommendation: proposal\n  text: output\n  reasoning: reasoning\n  recommendation: " +
			"recommendation\n  confidence: confidence\n",
	)
	b = fmt.Appendf(b, "constants:\n  workflow: %s\n", e.Cast.PlatformID)
	return e.rules(b)
}

// WriteXES writes the export as a gzipped XES log, to be read with XESMapping.
func (e Export) WriteXES(w io.Writer) error {
	z := gzip.NewWriter(w)
	bw := bufio.NewWriter(z)
	attr := func(indent, kind, k, v string) {
		if v == "" {
			return
		}
		bw.WriteString(indent + "<" + kind + " key=\"" + k + "\" value=\"")
		xml.EscapeText(bw, []byte(v))
		bw.WriteString("\"/>\n")
	}
	date := func(k string, t time.Time) {
		if !t.IsZero() {
			attr("\t\t\t", "date", k, t.Format(time.RFC3339))
		}
	}
	const in = "\t\t\t"
	bw.WriteString(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1.0\" xes.features=\"\" " +
			"xmlns=\"http://www.xes-standard.org/\">\n",
	)
	for i := range e.Records {
		r := &e.Records[i]
		bw.WriteString("\t<trace>\n")
		for _, a := range [...][2]string{{"concept:name", r.RunID}, {"case:number", strconv.FormatInt(r.Sequence, 10)},
			{"channel", r.TriggerChannel}, {"case:outcome", r.Outcome}, {"case:segment", r.Segment},
			{"case:version", r.WorkflowVersion}, {"case:model", r.ModelVersion}, {"case:prompt", r.PromptVersion}} {
			attr("\t\t", "string", a[0], a[1])
		}
		made := e.outputStep(r)
		for i, s := range r.Steps {
			bw.WriteString("\t\t<event>\n")
			attr(in, "string", "concept:name", s.Name)
			attr(in, "string", "org:resource", s.Actor)
			attr(in, "string", "lifecycle:transition", "complete")
			attr(in, "string", "system", s.Tool)
			date("time:timestamp", s.When())
			for _, a := range r.Accesses {
				if a.Time.Equal(s.Ended) && s.ActorKind == run.ActorSystem {
					attr(in, "string", "source", a.Source)
				}
			}
			if i == made {
				o := r.Outputs[0]
				attr(in, "string", "output", o.Text)
				attr(in, "string", "reasoning", o.Reasoning)
				attr(in, "string", "recommendation", o.Recommendation)
				attr(in, "float", "confidence", strconv.FormatFloat(o.Confidence, 'g', -1, 64))
			}
			bw.WriteString("\t\t</event>\n")
		}
		for _, d := range r.Decisions {
			g := slices.IndexFunc(e.Cast.Gates, func(g workflow.Gate) bool { return g.Key == d.Gate })
			bw.WriteString("\t\t<event>\n")
			attr(in, "string", "concept:name", e.Cast.Gates[g].Decide[0])
			attr(in, "string", "org:resource", d.Account)
			attr(in, "string", "org:role", d.Role)
			attr(in, "string", "lifecycle:transition", "complete")
			date("time:timestamp", d.Decided)
			date("opened", d.Opened)
			attr(in, "string", "decision", words[d.Code])
			attr(in, "string", "comment", d.Reason)
			attr(in, "string", "proposal", d.AIRecommendation)
			bw.WriteString("\t\t</event>\n")
		}
		bw.WriteString("\t</trace>\n")
	}
	bw.WriteString("</log>\n")
	if err := bw.Flush(); err != nil {
		return err
	}
	return z.Close()
}
