package runlog

import (
	"cmp"
	"io"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
)

// # LangSmith
//
// Runs as LangSmith's API and bulk export write them in JSON: an array, an
// object with "runs", or one a line. What LangSmith calls a trace is a run
// here, and each of its runs a step; a complete example, which a test reads:
//
//	{"id":"r-1","trace_id":"t-1","name":"change of circumstances","run_type":"chain","start_time":"2026-06-01T09:11:50Z","end_time":"2026-06-01T09:20:01Z","status":"success","tags":["v3"],"dotted_order":"20260601T091150000000Zr-1"}
//	{"id":"r-2","trace_id":"t-1","parent_run_id":"r-1","name":"draft decision","run_type":"llm","start_time":"2026-06-01T09:11:52Z","end_time":"2026-06-01T09:11:58Z","status":"success","extra":{"metadata":{"ls_model_name":"local-llm-8b"}},"outputs":{"text":"Change proposed."}}
//	{"id":"r-3","trace_id":"t-1","parent_run_id":"r-1","name":"officer review","run_type":"tool","start_time":"2026-06-01T09:12:00Z","end_time":"2026-06-01T09:20:00Z","status":"success","extra":{"metadata":{"approver":"e.haldane","verdict":"OK"}}}
//
// Read are trace_id, name, run_type, start_time, end_time; of the root run its
// name (workflow) and status (outcome); the outputs of llm runs as outputs;
// extra.metadata.ls_model_name (model_version); a tool run's name as tool and a
// retriever run's as data source. LangSmith has no field for who approved: a
// mapping names the path that the workflow writes it to, and what it means:
//
//	assay_mapping: 1
//	fields: {account: extra.metadata.approver, decision: extra.metadata.verdict}
//	activities: {officer review: {gate: officer-decision, act: decide}}
//	decisions: {approved: [OK]}
//
// A path may lead into outputs, although they are kept as text (outputs.verdict).
// Runs that belong to one case and stand in several traces are joined by what
// names it: fields: {run_id: extra.metadata.thread_id}. A node of LangGraph that
// stops to ask (its error is a GraphInterrupt) puts the matter before the officer
// and decides nothing; the next decision at its gate was presented then. A record
// that stands twice counts once. A run without an end, and one that failed, decides
// and releases nothing (undone.go).
//
// Times without a zone (the API writes UTC so) need "zone: UTC" in the mapping.

var langSmithFormat = &Format{
	Name:  LangSmith,
	Title: "LangSmith export",
	Unit:  "record",
	Item:  "observation",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && (h.has("run_type", "trace_id") || h.has("dotted_order")))
	},
	Read: readLangSmith,
}

func readLangSmith(r io.Reader, o Options, s *sink) error {
	return readRecords(r, o, s, shape{
		lists: map[string]bool{"runs": true, "data": true},
		keys: paths{
			"trace_id":                     fRunID,
			"name":                         fActivity,
			"start_time":                   fStarted,
			"end_time":                     fEnded,
			"outputs":                      fText,
			"extra.metadata.ls_model_name": fModelVersion,
			"extra.metadata.revision_id":   fWorkflowVersion,
		},
		record: (*recordReader).langSmith,
	})
}

func (x *recordReader) langSmith(p *jsonx.Value) error {
	var rw row
	v := map[string]string{}
	p.Values("", x.keys, func(path, value string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = value
		}
		v[path] = value
	}, nil)
	trace, child := v["trace_id"], v["parent_run_id"] != ""
	if !p.End() {
		return x.refuseRecord(p, cmp.Or(rw[fRunID], trace))
	}
	if x.m.Fields["run_id"] == "" {
		rw[fRunID] = trace
	}
	for _, path := range []string{
		"extra.metadata.thread_id", "extra.metadata.session_id", "extra.metadata.conversation_id",
	} {
		x.inThread(path, v[path], trace)
	}
	own := x.m.Fields["text"] != ""
	switch v["run_type"] {
	case "llm":
		rw[fActorKind] = string(run.ActorAgent)
	case "tool":
		if rule, _ := x.activity(rw[fActivity]); rule.Act == run.ActNone {
			rw[fTool] = rw[fActivity]
		}
	case "retriever":
		rw[fSource] = rw[fActivity]
	}
	if v["run_type"] != "llm" && !own {
		rw[fText] = ""
	}
	if strings.Trim(rw[fText], "{} ") == "" {
		rw[fText] = ""
	}
	if !child {
		for _, c := range []cell{
			{fWorkflow, rw[fActivity]}, {fOutcome, v["status"]}, {fRunStarted, rw[fStarted]},
			{fRunEnded, rw[fEnded]},
		} {
			if rw[c.f] == "" {
				rw[c.f] = c.v
			}
		}
	}
	if rw[fActor] == "" {
		rw[fActor] = rw[fAccount]
	}
	interrupted := strings.HasPrefix(v["error"], "GraphInterrupt") || v["status"] == "interrupted"
	if interrupted {
		rule, _ := x.activity(rw[fActivity])
		rw[fGate], rw[fDecision], rw[fAccount], rw[fActor] = cmp.Or(rw[fGate], rule.Gate), "", "", ""
		rw[fActivity] += run.AskedSuffix
	}
	x.meet(&rw, func(path string) string { return v[path] })
	if !interrupted {
		x.undone(&rw, v["end_time"] != "", failed(v["status"]) || v["error"] != "")
	}
	return x.addOf(&rw, x.at, trace, v["id"])
}
