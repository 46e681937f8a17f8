package sample

import (
	"fmt"
	"slices"
	"time"

	"assay/internal/run"
)

// patternGenerator makes the run of a workflow of a weaker pattern. It has the run
// that is made, the fault to plant in it, and the time that has come.
type patternGenerator struct {
	*generator
	script patternScript
	rec    *run.Record
	fault  string
	t      time.Time
	drawn  map[int]bool // the runs that are read, by their number
	i      int

	decisions int // made so far: every sixth is with edits
}

// PatternPlantable lists the faults that can be planted in runs of weaker patterns.
var PatternPlantable = []string{
	"OVR-01", "OVR-06", "OVR-10", "OVR-19", "OVR-21", "OVR-22", "OVR-23", "OVR-24", "LOG-01",
}

// patternRecords makes the runs of a workflow of a weaker pattern.
func (g *generator) patternRecords(x Overseen, starts []time.Time, fault []string) []run.Record {
	p := &patternGenerator{generator: g, script: x.script, drawn: g.draw(x, starts)}
	var out []run.Record
	for i, start := range starts {
		r := run.Record{
			RunID: fmt.Sprintf("%s-%d-%05d", x.script.prefix, start.Year(), i+1), Sequence: int64(i + 1),
			Workflow: g.PlatformID, WorkflowVersion: g.Version, ModelVersion: g.Model, PromptVersion: g.Prompt,
			TriggerChannel: pick(g, g.Channels), TriggerRef: fmt.Sprintf("%s/%05d", x.script.prefix, 20000+7*i),
			Started: start, Segment: g.Segments[i%len(g.Segments)], Outcome: g.Outcomes[0],
		}
		if i/len(g.Segments)%10 == 3 { // each segment fares alike: RSK-01 is not what is shown here
			r.Outcome = g.Outcomes[1]
		}
		p.rec, p.fault, p.t, p.i = &r, fault[i], start, i
		p.step(x.script.intake, p.system(), run.ActorSystem, g.seconds(1, 9))
		p.step(x.script.ai, p.system(), run.ActorAgent, g.seconds(2, 20))
		r.Outputs = []run.Output{{Text: x.script.text, Recommendation: r.Outcome,
			Confidence: 0.72 + float64(g.r.IntN(2700))/10000,
			Reasoning:  "Compared with earlier ones; the closest decided."}}
		x.script.generate(p)
		r.Ended = p.t
		for _, d := range r.Decisions {
			if d.Decided.After(r.Ended) {
				r.Ended = d.Decided
			}
		}
		out = append(out, r)
	}
	return out
}

// draw chooses the runs that are read: of each week eleven at random, one more than
// the sample's gate asks for. In the week of a planted OVR-21 it is nine.
func (g *generator) draw(x Overseen, starts []time.Time) map[int]bool {
	out := map[int]bool{}
	if x.Gates[0].Terms.PerWeek == 0 {
		return out
	}
	weeks := map[time.Time][]int{}
	for i, at := range starts {
		day := at.Truncate(24 * time.Hour)
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		weeks[monday] = append(weeks[monday], i)
	}
	mondays := make([]time.Time, 0, len(weeks))
	for m := range weeks {
		mondays = append(mondays, m)
	}
	slices.SortFunc(mondays, time.Time.Compare)
	for n, m := range mondays {
		most := x.Gates[0].Terms.PerWeek + 1
		if g.o.Plant["OVR-21"] > 0 && n == len(mondays)/2 {
			most -= 2
			g.planted["OVR-21"] = []string{}
		}
		for j, k := range g.r.Perm(len(weeks[m])) {
			if j < most {
				out[weeks[m][k]] = true
			}
		}
	}
	return out
}

func (p *patternGenerator) system() string { return p.Roster[len(p.Roster)-1].Account }

func (p *patternGenerator) step(a action, actor string, kind run.ActorKind, took time.Duration) {
	if a.source != "" {
		p.rec.Accesses = append(p.rec.Accesses, run.DataAccess{Source: a.source, Fields: a.fields, Time: p.t})
	}
	p.rec.Steps = append(p.rec.Steps, run.Step{Seq: len(p.rec.Steps) + 1, Name: a.name, Tool: a.tool, Actor: actor,
		ActorKind: kind, Started: p.t, Ended: p.t.Add(took)})
	p.t = p.t.Add(took)
}

// decided adds an officer's decision, made after a time of reading.
func (p *patternGenerator) decided(after time.Duration) *run.Decision {
	gate := p.Gates[0]
	took := time.Duration(gate.MinReviewSeconds)*time.Second + p.seconds(10, 200)
	if p.fault == "OVR-06" {
		took = 4 * time.Second
	}
	d := run.Decision{Gate: gate.Key, PreparedBy: p.system(), Presented: p.t, Opened: p.t.Add(after),
		Account: pick(p.generator, gate.Officers), Code: run.Approved, AIRecommendation: "propose " + p.rec.Outcome,
		PolicyVersion: "1.2"}
	d.Decided = d.Opened.Add(took)
	if p.decisions++; p.decisions%6 == 0 && p.fault == "" || p.fault == "OVR-10" {
		d.Code, d.Edited, d.Reason = run.ApprovedWithEdits, true, "Put in what was said, and took out what was not."
	}
	if p.fault == "OVR-10" {
		d.Reason = ""
	}
	p.named(&d)
	p.rec.Decisions = append(p.rec.Decisions, d)
	p.t = d.Decided.Add(p.seconds(5, 60))
	return &p.rec.Decisions[len(p.rec.Decisions)-1]
}

func (p *patternGenerator) threshold() {
	unsure := p.fault != "" || p.r.IntN(5) == 0
	if unsure {
		p.rec.Outputs[0].Confidence = 0.45 + float64(p.r.IntN(2400))/10000
		if p.fault != "OVR-01" {
			p.decided(p.seconds(30, 1800))
		}
	}
	p.step(action{name: "Send to crew", tool: "crew-list"}, p.system(), run.ActorSystem, p.seconds(1, 5))
}

// sampled: the note is filed at once; the sample is drawn later on the day, and read.
func (p *patternGenerator) sampled() {
	p.step(action{name: "File note", tool: "case-system"}, p.system(), run.ActorSystem, p.seconds(1, 5))
	if !p.drawn[p.i] && p.fault == "" {
		return
	}
	p.t = p.t.Add(p.seconds(600, 3600))
	p.step(action{name: "Draw note for reading"}, p.system(), run.ActorSystem, p.seconds(1, 2))
	after := p.seconds(60, 5400)
	if p.fault == "OVR-19" {
		after += 80 * time.Hour
	}
	p.decided(after)
}

func (p *patternGenerator) content() {
	id := pick(p.generator, p.Gates[0].Terms.Contents).ID
	if p.fault == "OVR-22" {
		id = "answers/bins-v9"
	}
	p.rec.Accesses = append(p.rec.Accesses, run.DataAccess{Source: id, Time: p.t})
	p.step(action{name: "Show answer"}, p.system(), run.ActorSystem, p.seconds(1, 2))
}

func (p *patternGenerator) requests() {
	if p.fault == "" && p.r.IntN(6) > 0 {
		return
	}
	p.rec.Outcome = p.Outcomes[1]
	p.step(action{name: "Ask for a person"}, p.system(), run.ActorSystem, p.seconds(1, 2))
	p.t = p.t.Add(p.seconds(120, 9000))
	if p.fault == "OVR-19" {
		p.t = p.t.Add(4 * time.Hour)
	}
	p.step(action{name: "Adviser answers", tool: "chat"}, pick(p.generator, p.Gates[0].Officers), run.ActorPerson,
		p.seconds(60, 900))
}

func (p *patternGenerator) alerts() {
	if p.i%150 != 75 {
		return
	}
	p.step(action{name: "Raise routing alert", tool: "router"}, p.system(), run.ActorSystem, p.seconds(1, 2))
	p.t = p.t.Add(p.seconds(600, 7200))
	p.step(
		action{name: "Answer routing alert"}, pick(p.generator, p.Gates[0].Officers), run.ActorPerson,
		p.seconds(60, 900),
	)
}

func (p *patternGenerator) agent() {
	p.step(action{name: "Book collection", tool: "booking"}, p.system(), run.ActorAgent, p.seconds(1, 6))
	if p.fault == "OVR-23" {
		p.step(action{name: "Send payment", tool: "payments"}, p.system(), run.ActorAgent, p.seconds(1, 3))
		p.planted["TRN-02"] = append(p.planted["TRN-02"], p.rec.RunID) // nor is it in the declared scope
	}
	if p.fault == "" && p.r.IntN(5) > 0 {
		return
	}
	if p.fault == "OVR-23" {
		return
	}
	p.rec.Outcome = p.Outcomes[1]
	p.step(action{name: "Propose waiver"}, p.system(), run.ActorAgent, p.seconds(1, 3))
	if p.fault != "OVR-24" {
		p.decided(p.seconds(60, 3600))
	}
	p.step(action{name: "Waive charge", tool: "payments"}, p.system(), run.ActorAgent, p.seconds(1, 3))
}
