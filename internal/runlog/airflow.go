package runlog

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # Airflow human-in-the-loop details
//
// What Apache Airflow answers about tasks that wait for a person (its API's
// hitlDetails, from version 3.1): a page with "hitl_details", a list, or one a
// line. A complete example, which a test reads with the mapping below it:
//
//	{"hitl_details": [{"task_instance": {"id": "t-1", "task_id": "officer_approval", "dag_id": "circs", "dag_run_id": "manual__1"},
//	  "subject": "Send?", "options": ["Approve", "Reject"], "created_at": "2026-06-01T09:00:00Z", "responded_at": "2026-06-01T09:20:00Z",
//	  "responded_by_user": {"id": "2", "name": "e.haldane"}, "chosen_options": ["Approve"], "response_received": true}], "total_entries": 1}
//
// A DAG run is a run (dag_id and task_instance.dag_run_id, "circs:manual__1"), dag_id its workflow, task_id the
// activity; the matter was presented at created_at and decided at responded_at by
// responded_by_user (its name, or else its id). "Approve" and "Reject" are known.
// An answer without a user is the default that stood for nobody's answer in time:
// timed_out, by nobody. Without an answer, the task was asked and decides nothing.
// At which gate, the mapping says:
//
//	assay_mapping: 1
//	activities: {officer_approval: {gate: officer-decision, act: decide}}
//
// Airflow forgets the first answer where a task is cleared and asked again.

var airflowFormat = &Format{
	Name:  Airflow,
	Title: "Airflow human-in-the-loop details",
	Unit:  "record",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && (h.has("hitl_details") || h.has("responded_by_user") && h.has("chosen_options") ||
			h.has("task_instance", "dag_run_id", "chosen_options")))
	},
	Read: readAirflow,
}

func readAirflow(r io.Reader, o Options, s *sink) error {
	return readRecords(r, o, s, shape{
		lists: map[string]bool{"hitl_details": true},
		keys: paths{
			"task_instance.dag_run_id": fRunID,
			"task_instance.dag_id":     fWorkflow,
			"task_instance.task_id":    fActivity,
			"created_at":               fPresented,
			"responded_at":             fEnded,
			"body":                     fText,
		},
		record: (*recordReader).airflow,
	})
}

func (x *recordReader) airflow(p *jsonx.Value) error {
	for w, c := range map[string]run.DecisionCode{"approve": run.Approved, "reject": run.Rejected} {
		if _, ok := x.words[w]; !ok {
			x.words[w] = c
		}
	}
	var rw row
	v := map[string]string{}
	p.Values("", x.keys, func(path, value string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = value
		}
		v[path] = value
	}, func(path string) bool {
		if path != "chosen_options" {
			return false
		}
		var chosen []string
		p.Elements(path, func() { chosen = append(chosen, p.Scalar(path)) })
		v[path] = strings.Join(chosen, ",")
		return true
	})
	if !p.End() {
		return x.refuseRecord(p, rw[fRunID])
	}
	if dag := v["task_instance.dag_id"]; x.m.Fields["run_id"] == "" && dag != "" {
		rw[fRunID] = dag + ":" + rw[fRunID] // a schedule gives all its DAGs' runs one name
	} else if first, ok := x.dags[rw[fRunID]]; ok && first != dag {
		return x.spoil(rw[fRunID], x.at, Refusal{Reason: fmt.Sprintf(
			"The runs of two DAGs (%s and %s) are called %q, and the mapping reads them as one. Leave run_id out of "+
				"it: a run is then named after its DAG too.",
			quote.Clip(first), quote.Clip(dag), quote.Clip(rw[fRunID]))})
	} else if !ok {
		x.dags[strings.Clone(rw[fRunID])] = strings.Clone(dag)
	}
	rw[fText] = "" // what was put before the officer is not what an AI wrote, as far as this says
	x.meet(&rw, func(path string) string { return v[path] })
	who := cmp.Or(v["responded_by_user.name"], v["responded_by_user.id"])
	switch {
	case v["responded_at"] == "":
		rule, _ := x.activity(rw[fActivity])
		rw[fGate] = cmp.Or(rw[fGate], rule.Gate)
		rw[fEnded] = rw[fPresented]
		rw[fActivity] += run.AskedSuffix
	case who == "":
		rw[fDecision] = string(run.TimedOut)
		rw[fDecided] = rw[fEnded]
	default:
		rw[fDecision] = cmp.Or(rw[fDecision], v["chosen_options"])
		rw[fActor] = cmp.Or(rw[fActor], who)
		rw[fActorKind] = string(run.ActorPerson)
	}
	return x.addOnce(&rw, x.at, cmp.Or(v["task_instance.id"], v["ti_id"]))
}
