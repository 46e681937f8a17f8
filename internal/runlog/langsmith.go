package runlog

import (
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
		keys: map[string]field{
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
	var kind, status string
	child := false
	p.Values("", x.whole, func(path, v string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = v
		}
		switch path {
		case "run_type":
			kind = v
		case "status":
			status = v
		case "parent_run_id":
			child = true
		}
	}, nil)
	if !p.End() {
		return x.refuseRecord(p, rw[fRunID])
	}
	own := x.m.Fields["text"] != ""
	switch kind {
	case "llm":
		rw[fActorKind] = string(run.ActorAgent)
	case "tool":
		if x.m.Activities[rw[fActivity]].Act == run.ActNone {
			rw[fTool] = rw[fActivity]
		}
	case "retriever":
		rw[fSource] = rw[fActivity]
	}
	if kind != "llm" && !own {
		rw[fText] = ""
	}
	if strings.Trim(rw[fText], "{} ") == "" {
		rw[fText] = ""
	}
	if !child {
		for _, c := range []cell{{fWorkflow, rw[fActivity]}, {fOutcome, status}, {fRunStarted, rw[fStarted]}, {fRunEnded, rw[fEnded]}} {
			if rw[c.f] == "" {
				rw[c.f] = c.v
			}
		}
	}
	if rw[fActor] == "" {
		rw[fActor] = rw[fAccount]
	}
	return x.add(&rw, x.at)
}
