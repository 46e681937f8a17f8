package runlog

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # Power Automate
//
// Flow runs and approvals in JSON, as the management API, the flow's own
// actions or a script write them: an array, an object with "value" (a page of
// the API), "runs" or "approvals", or one record a line. A complete example,
// which a test reads with the mapping below it:
//
//	{"runs":[{"name":"08585120301","type":"Microsoft.ProcessSimple/environments/flows/runs","properties":{"startTime":"2026-06-01T09:00:00.1234567Z","endTime":"2026-06-01T09:31:00Z","status":"Succeeded","trigger":{"name":"When_a_new_response_is_submitted","startTime":"2026-06-01T09:00:00Z"}}}],
//	 "approvals":[{"name":"c0ffee","runId":"08585120301","title":"Change of circumstances CT/26/00017","requestDate":"2026-06-01T09:01:00Z","completionDate":"2026-06-01T09:30:00Z","outcome":"Approve",
//	   "responses":[{"responder":{"displayName":"Esther Haldane","userPrincipalName":"e.haldane@example.gov.uk"},"requestDate":"2026-06-01T09:01:00Z","responseDate":"2026-06-01T09:30:00Z","approverResponse":"Approve","comments":""}]}]}
//
// A record of a flow run is a run: name (run_id), properties.startTime,
// properties.endTime, properties.status (outcome), properties.trigger.name
// (trigger_channel) and properties.workflow.name or
// properties.flowDisplayName (workflow). Each response to an approval is a
// decision, made when the approver responded and presented when the approval
// was requested; "Approve" and "Reject" are known, other answers the mapping
// explains. An approval belongs to the run that runId, workflowRunId or the
// path that the mapping names as run_id says; without any, it is a run of its
// own. At which gate it decides, the mapping says by the activity "approval":
//
//	assay_mapping: 1
//	activities: {approval: {gate: officer-decision, act: decide}}
//
// An approval without a response was put before somebody and waits; it is timed_out
// only where its outcome or status says so, and one that was canceled decides nothing.
// Where it has an outcome all the same, the export leaves out who gave it. An outcome
// that no response gave is asked about. Runs and
// approvals that were exported to two
// files have to be put into one, as in the example. The run history that the
// portal downloads as CSV is read as CSV, with a mapping.

var powerAutomateFormat = &Format{
	Name:  PowerAutomate,
	Title: "Power Automate run history",
	Unit:  "record",
	Item:  "response",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && (h.has("triggerOutputs") || h.has("workflowRunId") ||
			h.has("Microsoft.ProcessSimple/environments/flows/runs") ||
			h.has("properties", "startTime", "trigger") || h.has("msdyn_flow_approvalid") ||
			h.has("requestDate", "responses")))
	},
	Read: readPowerAutomate,
}

func readPowerAutomate(r io.Reader, o Options, s *sink) error {
	return readRecords(r, o, s, shape{
		lists: map[string]bool{"value": true, "runs": true, "approvals": true},
		keys: paths{
			"properties.startTime":       fRunStarted,
			"properties.endTime":         fRunEnded,
			"properties.status":          fOutcome,
			"properties.trigger.name":    fTriggerChannel,
			"properties.workflow.name":   fWorkflow,
			"properties.flowDisplayName": fWorkflow,
		},
		record: (*recordReader).powerAutomate,
	})
}

func (x *recordReader) powerAutomate(p *jsonx.Value) error {
	for _, w := range [...]struct {
		word string
		code run.DecisionCode
	}{{"approve", run.Approved}, {"reject", run.Rejected}} {
		if _, ok := x.words[w.word]; !ok {
			x.words[w.word] = w.code
		}
	}
	var rw row
	v := map[string]string{}
	var answers []map[string]string
	approval := x.list == "approvals"
	p.Values("", x.keys, func(path, s string) {
		if f, ok := x.keys[path]; ok {
			rw[f] = s
		}
		v[path] = s
	}, func(path string) bool {
		if path != "responses" {
			return false
		}
		approval = true
		p.Elements(path, func() {
			a := map[string]string{}
			p.Values("", nil, func(path, s string) { a[path] = s }, nil)
			answers = append(answers, a)
		})
		return true
	})
	or := func(names ...string) string {
		for _, n := range names {
			if v[n] != "" {
				return v[n]
			}
		}
		return ""
	}
	if !p.End() {
		return x.refuseRecord(p, or("runId", "workflowRunId", "name"))
	}
	if !approval {
		if rw[fRunID] == "" {
			rw[fRunID] = or("name", "id")
		}
		return x.add(&rw, x.at)
	}
	if rw[fRunID] == "" {
		rw[fRunID] = or("runId", "workflowRunId", "flowRunId", "name", "id")
	}
	if rw[fTriggerRef] == "" {
		rw[fTriggerRef] = v["title"]
	}
	outcome := or("outcome", "status", "result")
	if len(answers) == 0 {
		x.unanswered(&rw, outcome, v)
		return x.add(&rw, x.at)
	}
	if why := x.contrary(outcome, answers); why != "" {
		return x.spoil(rw[fRunID], x.at, Refusal{Reason: why})
	}
	for i, a := range answers {
		e := rw
		x.at.Item = int64(i + 1)
		e[fActivity], e[fDecision], e[fReason] = "approval", a["approverResponse"], a["comments"]
		e[fOfficer] = a["responder.displayName"]
		for _, n := range []string{"responder.userPrincipalName", "responder.email", "responder.id"} {
			if e[fActor] == "" {
				e[fActor] = a[n]
			}
		}
		e[fActorKind] = string(run.ActorPerson)
		e[fPresented], e[fEnded] = a["requestDate"], a["responseDate"]
		if e[fPresented] == "" {
			e[fPresented] = v["requestDate"]
		}
		if err := x.add(&e, x.at); err != nil {
			return err
		}
	}
	return nil
}

// unanswered makes an event of an approval without responses: it waits, was taken back,
// ended without an answer, or the export leaves out who answered.
func (x *recordReader) unanswered(rw *row, outcome string, v map[string]string) {
	rw[fActivity], rw[fStarted] = "approval", v["requestDate"]
	rule, _ := x.activity("approval")
	code, explained := x.words[fold(outcome)]
	switch state := strings.ToLower(strings.ReplaceAll(outcome, " ", "")); {
	case state == "timedout" || state == "timeout" || state == "expired":
		rw[fDecision], rw[fPresented], rw[fEnded] = string(run.TimedOut), v["requestDate"], v["completionDate"]
	case explained && code.ByPerson():
		rw[fDecision], rw[fPresented], rw[fEnded] = outcome, v["requestDate"], v["completionDate"]
		if rw[fStarted] = ""; rw[fEnded] == "" {
			rw[fNoEnd] = "1"
		}
		x.say(x.at, "The approval has an outcome (%s) and no response: the export does not show who gave it.",
			quote.Clip(outcome))
	case slices.Contains([]string{"", "pending", "inprogress", "requested", "assigned"}, state):
		rw[fGate] = cmp.Or(rw[fGate], rule.Gate)
		rw[fActivity] += run.AskedSuffix
	default:
		rw[fActivity] += " [" + state + "]"
	}
}

// contrary asks which is right where an approval's outcome is none that a response gave.
func (x *recordReader) contrary(outcome string, answers []map[string]string) (why string) {
	of, ok := x.words[fold(outcome)]
	if !ok || !of.ByPerson() {
		return ""
	}
	said := ""
	for _, a := range answers {
		code, ok := x.words[fold(a["approverResponse"])]
		if !ok || code == of {
			return ""
		}
		said = a["approverResponse"]
	}
	return fmt.Sprintf("The approval's outcome is %q, and no response says so (%q). Which of them is right, Assay "+
		"cannot tell: export it again.", quote.Clip(outcome), quote.Clip(said))
}
