package runlog

import (
	"io"
	"time"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # MLflow traces
//
// Traces as MLflow 3 writes them (trace.to_json(), one a line, or a list of
// them): info and data.spans. A complete example, which a test reads with the
// mapping below it:
//
//	{"info": {"trace_id": "tr-1", "request_time": "2026-06-01T09:00:00Z", "state": "OK", "tags": {"mlflow.traceName": "handle case"}, "assessments": [
//	   {"assessment_id": "a-1", "assessment_name": "officer approval", "source": {"source_type": "HUMAN", "source_id": "e.haldane"}, "create_time": "2026-06-01T09:20:00Z", "feedback": {"value": "approve"}, "rationale": "Checked", "valid": true}]},
//	 "data": {"spans": [{"trace_id": "x", "span_id": "y", "name": "draft decision", "start_time_unix_nano": 1780304400000000000, "end_time_unix_nano": 1780304401000000000, "attributes": {}}]}}
//
// A trace is a run (info.trace_id), its name the workflow, request_time its
// start and state its outcome; a span is a step. An assessment becomes a decision
// where the mapping says that its name decides and its source is a person
// (HUMAN): source_id is the account, feedback.value the word, rationale the
// reason, create_time the time. One that was withdrawn (valid: false) stays as
// what happened, a decision like any other, because what replaced it came later.
// Assessments by code and by models are measurements and left aside, and so are
// expectations. One that was changed later is said to be: the file has its last form
// only. A span without an end, and one that failed, releases nothing (undone.go).
//
//	assay_mapping: 1
//	activities: {officer approval: {gate: officer-decision, act: decide}}
//	decisions: {approved: [approve], rejected: [reject]}
//
// Traces of one case are joined by what names it: a mapping may say, for example,
// fields: {run_id: info.trace_metadata.mlflow.traceInputs.ref}.

var mlflowFormat = &Format{
	Name:  MLflow,
	Title: "MLflow traces",
	Unit:  "record",
	Item:  "span",
	Sniff: func(h *Head) Certainty { return sureIf(h.JSON && h.has("info", "trace_id", "request_time")) },
	Read:  readMLflow,
}

func readMLflow(r io.Reader, o Options, s *sink) error {
	return readRecords(r, o, s, shape{
		lists: map[string]bool{"traces": true},
		keys: paths{
			"info.trace_id":              fRunID,
			"info.request_time":          fRunStarted,
			"info.state":                 fOutcome,
			"info.tags.mlflow.traceName": fWorkflow,
		},
		record: (*recordReader).mlflow,
	})
}

func (x *recordReader) mlflow(p *jsonx.Value) error {
	var rw row
	v := map[string]string{}
	var events []heldRow
	p.Values("", x.keys, func(path, value string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = value
		}
		v[path] = value
	}, func(path string) bool {
		switch path {
		case "info.assessments":
			p.Elements(path, func() {
				if e, ok := x.assessment(p); ok {
					events = append(events, e)
				}
			})
		case "data.spans":
			p.Elements(path, func() { events = append(events, x.mlflowSpan(p)) })
		default:
			return false
		}
		return true
	})
	if !p.End() {
		return x.refuseRecord(p, rw[fRunID])
	}
	if err := x.addOnce(&rw, x.at, v["info.trace_id"]); err != nil {
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

// assessment reads what somebody said of a trace; false for what decides nothing.
func (x *recordReader) assessment(p *jsonx.Value) (heldRow, bool) {
	a := map[string]string{}
	p.Values("", nil, func(path, value string) { a[path] = value }, nil)
	name := a["assessment_name"]
	if a["source.source_type"] != "HUMAN" || a["feedback.value"] == "" {
		return heldRow{}, false // an expectation is what an answer ought to be
	}
	if rule, _ := x.activity(name); rule.Act != run.ActDecide {
		x.say(x.at, "People assessed %q, and nothing says whether that decides at a gate. If it does, say "+
			"so in the mapping (activities: {%q: {gate: …, act: decide}}).", quote.Clip(name), name)
		return heldRow{}, false
	}
	if made, changed := a["create_time"], a["last_update_time"]; a["valid"] != "false" && later(changed, made) {
		x.say(x.at, "%q was changed at %s, after it was made at %s, and MLflow keeps the last form only: what it said "+
			"in between, the file does not show. It was read as said when it was made.",
			name, quote.Clip(changed), quote.Clip(made))
	}
	return heldRow{rw: row{fActivity: name, fActor: a["source.source_id"], fActorKind: string(run.ActorPerson),
		fEnded: a["create_time"], fDecision: a["feedback.value"], fReason: a["rationale"]},
		id: a["assessment_id"]}, true
}

// later tells whether one time as MLflow writes it comes after another, by more than
// what writing it down takes.
func later(a, b string) bool {
	x, err := time.Parse(time.RFC3339Nano, a)
	if err != nil {
		return false
	}
	y, err := time.Parse(time.RFC3339Nano, b)
	return err == nil && x.Sub(y) > time.Second
}

// mlflowSpan reads a span, which has the form that MLflow 3 gives it, or the older one.
func (x *recordReader) mlflowSpan(p *jsonx.Value) heldRow {
	var e heldRow
	o := &otlpReader{gatherer: x.gatherer}
	state := ""
	p.Members("a span", func(k string) {
		switch k {
		case "name":
			e.rw[fActivity] = p.String(k)
		case "span_id":
			e.id = hexID(p.String(k), 8)
		case "start_time_unix_nano", "start_time":
			e.rw[fStarted] = o.nano(p, k)
		case "end_time_unix_nano", "end_time":
			e.rw[fEnded] = o.nano(p, k)
		case "status_code":
			state = p.Scalar(k)
		case "status":
			p.Values(k, nil, func(path, value string) {
				if path == "status.code" {
					state = value
				}
			}, nil)
		default:
			p.Skip(1)
		}
	})
	x.undone(&e.rw, e.rw[fEnded] != "", failed(state))
	return e
}
