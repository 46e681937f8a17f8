package runlog

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
)

// # Temporal
//
// Histories of workflows as Temporal's command line and SDKs write them in JSON (temporal
// workflow show --output json, WorkflowHistory.to_json): one document, a list of them, or
// one a line. A complete example, which a test reads with the mapping below it:
//
//	{"events": [
//	  {"eventId": "1", "eventTime": "2026-06-01T09:00:00Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "workflowExecutionStartedEventAttributes": {"workflowType": {"name": "Circs"}, "workflowId": "CT/26/00017"}},
//	  {"eventId": "5", "eventTime": "2026-06-01T09:00:01Z", "eventType": "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED", "activityTaskScheduledEventAttributes": {"activityType": {"name": "ask_officer"}}},
//	  {"eventId": "7", "eventTime": "2026-06-01T09:00:02Z", "eventType": "EVENT_TYPE_ACTIVITY_TASK_COMPLETED", "activityTaskCompletedEventAttributes": {"scheduledEventId": "5"}},
//	  {"eventId": "9", "eventTime": "2026-06-01T09:20:00Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED", "workflowExecutionSignaledEventAttributes": {"signalName": "officer_decision", "input": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "eyJ3aG8iOiJlLmhhbGRhbmUiLCJzYWlkIjoiYXBwcm92ZSJ9"}]}, "identity": "23529@vm"}}]}
//
// A workflow is a run, named by its workflowId; its type is the workflow, and how it ended
// the outcome. An activity is a step from when it was started until it was completed; one
// that failed, timed out or never ended decides and releases nothing (undone.go). A signal
// and an accepted update are steps of one moment. What they were given is decoded, where
// it is JSON, and read by its path: input.who of an object, input of a single value,
// input2 of a second argument; result.said is of what an activity gave back. Who answered
// is only in there: identity names the program that sent the signal, never a person.
//
//	assay_mapping: 1
//	fields: {account: input.who, decision: input.said}
//	activities:
//	  ask_officer: {gate: officer-decision, act: ask}
//	  officer_decision: {gate: officer-decision, act: decide}
//	decisions: {approved: [approve]}
//
// Payloads that are encrypted or of another encoding stay unread; a mapping that looks
// into them is refused, because nothing stands where it looks.

var temporalFormat = &Format{
	Name:  Temporal,
	Title: "Temporal workflow histories",
	Unit:  "record",
	Item:  "event",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && h.has("eventId", "eventType") &&
			(h.has("workflowExecutionStartedEventAttributes") || h.has("activityTaskScheduledEventAttributes")))
	},
	Read: readTemporal,
}

func readTemporal(r io.Reader, o Options, s *sink) error {
	return readRecords(r, o, s, shape{
		lists: map[string]bool{"histories": true}, keys: paths{}, record: (*recordReader).temporal,
	})
}

// temporalRun is a history that is being read.
type temporalRun struct {
	x      *recordReader
	run    row
	id     string // of the execution: a workflow may be run again under its identifier
	events []heldRow
	open   map[string]int // activities that were scheduled, by the event that did so: their place in events
}

func (x *recordReader) temporal(p *jsonx.Value) error {
	h := temporalRun{x: x, open: map[string]int{}}
	v := map[string]string{}
	n := int64(0)
	p.Values("", nil, func(path, value string) { v[path] = value }, func(path string) bool {
		if path != "events" {
			return false
		}
		p.Elements(path, func() {
			n++
			at := x.at
			at.Item = n
			h.event(eventOfHistory(p), at)
		})
		return true
	})
	if h.run[fRunID] == "" {
		h.run[fRunID] = v["workflowId"]
	}
	if !p.End() {
		return x.refuseRecord(p, h.run[fRunID])
	}
	for _, i := range h.open { // scheduled, and never ended
		x.undone(&h.events[i].rw, false, false)
	}
	if err := x.addOnce(&h.run, x.at, ""); err != nil {
		return err
	}
	for i := range h.events {
		e := &h.events[i]
		e.rw[fRunID] = h.run[fRunID]
		x.at.Item = e.at.Item
		if err := x.addOnce(&e.rw, e.at, h.id+"/"+e.id); err != nil {
			return err
		}
	}
	return nil
}

// eventOfHistory reads an event: its attributes without the words that all of one type
// begin with, and what its payloads hold.
func eventOfHistory(p *jsonx.Value) map[string]string {
	e := map[string]string{}
	short := func(path string) string {
		if i := strings.Index(path, "EventAttributes."); i >= 0 {
			path = path[i+len("EventAttributes."):]
		}
		return strings.TrimPrefix(path, "acceptedRequest.")
	}
	p.Values("", nil, func(path, value string) { e[short(path)] = value }, func(path string) bool {
		of, ok := strings.CutSuffix(short(path), ".payloads")
		if !ok {
			return false
		}
		of = strings.TrimSuffix(of, ".args")
		n := 0
		p.Elements(path, func() {
			n++
			payload := map[string]string{}
			p.Values("", nil, func(path, value string) { payload[path] = value }, nil)
			at := of
			if n > 1 {
				at += strconv.Itoa(n)
			}
			unpack(payload["data"], at, e)
		})
		return true
	})
	return e
}

// unpack reads a payload, which is JSON in base64, into e.
func unpack(data, at string, e map[string]string) {
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(b) == 0 {
		return
	}
	in := jsonx.Value{Bytes: b}
	if in.Ws(); in.Pos < len(b) && b[in.Pos] == '{' {
		inside := map[string]string{}
		in.Values(at, nil, func(path, value string) { inside[path] = value }, nil)
		if in.End() {
			for k, v := range inside {
				e[k] = v
			}
		}
		return
	}
	if in.Pos < len(b) && b[in.Pos] != '[' {
		if v := in.Scalar(at); in.End() {
			e[at] = v
		}
	}
}

// event takes what one event of a history says.
func (h *temporalRun) event(e map[string]string, at run.Position) {
	kind := strings.ReplaceAll(strings.TrimPrefix(strings.ToUpper(e["eventType"]), "EVENT_TYPE_"), "_", "")
	when := e["eventTime"]
	switch kind {
	case "WORKFLOWEXECUTIONSTARTED":
		h.fill(&h.run, e)
		if h.run[fRunID] == "" {
			h.run[fRunID] = e["workflowId"]
		}
		h.run[fWorkflow], h.run[fRunStarted], h.id = e["workflowType.name"], when, e["originalExecutionRunId"]
	case "WORKFLOWEXECUTIONCOMPLETED", "WORKFLOWEXECUTIONFAILED", "WORKFLOWEXECUTIONTIMEDOUT",
		"WORKFLOWEXECUTIONCANCELED", "WORKFLOWEXECUTIONTERMINATED", "WORKFLOWEXECUTIONCONTINUEDASNEW":
		h.run[fOutcome] = strings.ToLower(strings.TrimPrefix(kind, "WORKFLOWEXECUTION"))
		h.run[fRunEnded] = when
	case "WORKFLOWEXECUTIONSIGNALED":
		h.moment(e["signalName"], e, at)
	case "WORKFLOWEXECUTIONUPDATEACCEPTED":
		h.moment(e["input.name"], e, at)
	case "ACTIVITYTASKSCHEDULED":
		rw := row{fActivity: e["activityType.name"], fTool: e["activityType.name"], fStarted: when}
		h.fill(&rw, e)
		h.open[e["eventId"]] = len(h.events)
		h.events = append(h.events, heldRow{rw: rw, at: at, id: e["eventId"]})
	case "ACTIVITYTASKSTARTED":
		if i, ok := h.open[e["scheduledEventId"]]; ok {
			h.events[i].rw[fStarted] = when
		}
	case "ACTIVITYTASKCOMPLETED", "ACTIVITYTASKFAILED", "ACTIVITYTASKTIMEDOUT", "ACTIVITYTASKCANCELED":
		i, ok := h.open[e["scheduledEventId"]]
		if !ok {
			return
		}
		delete(h.open, e["scheduledEventId"])
		rw := &h.events[i].rw
		rw[fEnded] = when
		h.fill(rw, e)
		h.x.meet(rw, func(path string) string { return e[path] })
		h.x.undone(rw, true, kind != "ACTIVITYTASKCOMPLETED")
	}
}

// moment adds a signal or an update, which has one time.
func (h *temporalRun) moment(name string, e map[string]string, at run.Position) {
	rw := row{fActivity: name, fEnded: e["eventTime"]}
	h.fill(&rw, e)
	if rw[fDecision] != "" {
		rw[fActorKind] = string(run.ActorPerson)
	}
	h.x.meet(&rw, func(path string) string { return e[path] })
	h.events = append(h.events, heldRow{rw: rw, at: at, id: fmt.Sprintf("%s/%s", e["eventId"], name)})
}

// fill takes the fields of rw from what the mapping names.
func (h *temporalRun) fill(rw *row, e map[string]string) {
	for path, f := range h.x.keys {
		if v := e[path]; v != "" {
			rw[f] = v
		}
	}
}
