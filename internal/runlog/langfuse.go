package runlog

import (
	"io"
	"slices"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # Langfuse
//
// Traces or observations as Langfuse exports them in JSON: an array, an object
// with "data", or one a line. A trace is a run, an observation a step; a
// complete example, which a test reads:
//
//	[{"id":"t-1","name":"repairs triage","timestamp":"2026-06-01T09:11:50.000Z","release":"3.1.0","userId":null,"metadata":{"ref":"HR/26/00012"},
//	  "observations":[{"id":"o-1","type":"GENERATION","name":"Propose repair priority","startTime":"2026-06-01T09:11:52.000Z","endTime":"2026-06-01T09:11:58.000Z","model":"local-llm-8b","output":"urgent"}],
//	  "scores":[{"id":"s-1","name":"officer approval","source":"ANNOTATION","stringValue":"Agreed","comment":"","authorUserId":"c.ibbotson","timestamp":"2026-06-01T09:20:00.000Z"}]}]
//
// Read are of a trace id, name (workflow), timestamp (start), release or
// version (workflow_version) and sessionId (trigger_ref); of an observation
// traceId, name, type, startTime, endTime, model (model_version), promptVersion
// and, of a generation, output. A score becomes a decision where the mapping
// says that its name decides: its stringValue, or else its value, is the word,
// authorUserId the account, comment the reason, timestamp the time. Other
// scores are measurements and left aside, and so are those that a model gave (source
// EVAL); of one that came through the API the mapping says, by a condition on source,
// that a person gave it. An observation without an end, and one of level ERROR,
// decides and releases nothing (undone.go).
//
//	assay_mapping: 1
//	activities: {officer approval: {gate: officer-decision, act: decide}}
//	decisions: {approved: [Agreed]}
//
// A path may lead into output and metadata, although output is kept as text
// (output.verdict). Traces of one case are joined by what names it: fields:
// {run_id: sessionId}. A record that stands twice counts once.
//
// The export of annotation queues leaves the results out; export the traces.
// A mapping may name other paths, such as metadata.ref. Where a file holds
// observations alone, each names its trace.

var langfuseFormat = &Format{
	Name:  Langfuse,
	Title: "Langfuse export",
	Unit:  "record",
	Item:  "observation",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && (h.has("observations") || h.has("traceId", "startTime", "type")))
	},
	Read: readLangfuse,
}

func readLangfuse(r io.Reader, o Options, s *sink) error {
	return readRecords(r, o, s, shape{
		lists: map[string]bool{"data": true, "traces": true, "observations": true},
		keys: paths{
			"sessionId":     fTriggerRef,
			"release":       fWorkflowVersion,
			"version":       fWorkflowVersion,
			"promptVersion": fPromptVersion,
			"model":         fModelVersion,
		},
		record: (*recordReader).langfuse,
	})
}

func (x *recordReader) langfuse(p *jsonx.Value) error {
	var rw row
	var events []heldRow
	v := map[string]string{}
	p.Values("", x.keys, func(path, s string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = s
		}
		v[path] = s
	}, func(path string) bool {
		switch path {
		case "observations":
			p.Elements(path, func() {
				if p.Pos < len(p.Bytes) && p.Bytes[p.Pos] != '{' {
					p.Skip(1) // the identifiers alone
					return
				}
				e, id := x.observation(p)
				events = append(events, heldRow{rw: e, id: id})
			})
		case "scores":
			p.Elements(path, func() {
				if p.Pos < len(p.Bytes) && p.Bytes[p.Pos] != '{' {
					p.Skip(1)
					return
				}
				if e, id, ok := x.score(p); ok {
					events = append(events, heldRow{rw: e, id: id})
				}
			})
		default:
			return false
		}
		return true
	})
	if !p.End() {
		return x.refuseRecord(p, v["id"])
	}
	if v["traceId"] != "" || v["startTime"] != "" {
		// An observation that stands by itself.
		if x.m.Fields["run_id"] == "" {
			rw[fRunID] = v["traceId"]
		}
		x.inThread("sessionId", v["sessionId"], v["traceId"])
		observed(&rw, v)
		x.meet(&rw, func(path string) string { return v[path] })
		x.unlessDone(&rw, v)
		return x.addOf(&rw, x.at, v["traceId"], v["id"])
	}
	if rw[fRunID] == "" {
		rw[fRunID] = v["id"]
	}
	x.inThread("sessionId", v["sessionId"], v["id"])
	if rw[fWorkflow] == "" {
		rw[fWorkflow] = v["name"]
	}
	rw[fRunStarted] = v["timestamp"]
	if err := x.addOnce(&rw, x.at, v["id"]); err != nil {
		return err
	}
	for i := range events {
		x.at.Item = int64(i + 1)
		events[i].rw[fRunID] = rw[fRunID]
		if err := x.addOnce(&events[i].rw, x.at, events[i].id); err != nil {
			return err
		}
	}
	return nil
}

func (x *recordReader) observation(p *jsonx.Value) (row, string) {
	var rw row
	v := map[string]string{}
	known := paths{"output": fText}
	for k, f := range x.keys {
		known[k] = f
	}
	p.Values("", known, func(path, s string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = s
		}
		v[path] = s
	}, nil)
	observed(&rw, v)
	x.meet(&rw, func(path string) string { return v[path] })
	x.unlessDone(&rw, v)
	return rw, v["id"]
}

// unlessDone looks whether an observation ended, and how. An event has one time only.
func (x *recordReader) unlessDone(rw *row, v map[string]string) {
	x.undone(rw, v["endTime"] != "" || v["type"] == "EVENT", failed(v["level"]))
}

// observed makes a step of an observation's values.
func observed(rw *row, v map[string]string) {
	rw[fActivity], rw[fStarted], rw[fEnded] = v["name"], v["startTime"], v["endTime"]
	if rw[fActivity] == "" {
		rw[fActivity] = v["type"]
	}
	switch v["type"] {
	case "GENERATION":
		rw[fActorKind] = string(run.ActorAgent)
		if rw[fText] == "" {
			rw[fText] = v["output"]
		}
	case "AGENT":
		rw[fActorKind] = string(run.ActorAgent)
	case "TOOL":
		rw[fTool] = rw[fActivity]
	case "RETRIEVER":
		rw[fSource] = rw[fActivity]
	}
}

// score reads a score; false for one that decides nothing.
func (x *recordReader) score(p *jsonx.Value) (row, string, bool) {
	var rw row
	v := map[string]string{}
	p.Values("", nil, func(path, s string) { v[path] = s }, nil)
	rule, _ := x.activity(v["name"])
	if rule.Act != run.ActDecide || v["source"] == "EVAL" { // which a model gave
		return rw, "", false
	}
	if v["source"] == "API" && !slices.ContainsFunc(rule.When, func(c Condition) bool { return c.Column == "source" }) {
		p.Fail("The score %q came through the API: did a person give it, or a program? Say so in the mapping "+
			"(activities: {%s: {gate: …, act: decide, when: [{column: source, is: [API]}]}}), or give it another name.",
			quote.Clip(v["name"]), quote.Clip(v["name"]))
	}
	rw[fActivity], rw[fDecision], rw[fReason], rw[fEnded] = v["name"], v["stringValue"], v["comment"], v["timestamp"]
	rw[fActor] = v["authorUserId"]
	if rw[fActor] != "" {
		rw[fActorKind] = string(run.ActorPerson)
	}
	if rw[fDecision] == "" {
		rw[fDecision] = v["value"]
	}
	x.meet(&rw, func(path string) string { return v[path] })
	return rw, v["id"], rw[fUnmet] == ""
}
