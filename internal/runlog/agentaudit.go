package runlog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # Agent audit trail
//
// JSON Lines as the individual Internet-Draft draft-sharif-agent-audit-trail
// describes them (read as of version 06; it is no standard). A session is a
// run, a record a step; a complete example, which a test reads with the mapping
// below it:
//
//	{"record_id":"r-1","timestamp":"2026-06-01T09:12:00Z","agent_id":"urn:agent:triage","agent_version":"1.4.0","session_id":"run-88","action_type":"lifecycle","action_detail":{"event":"session_start"},"outcome":"success","trust_level":"L1","record_phase":"concurrent","parent_record_id":null,"prev_hash":null}
//	{"record_id":"r-2","timestamp":"2026-06-01T09:12:04Z","agent_id":"urn:agent:triage","agent_version":"1.4.0","session_id":"run-88","action_type":"tool_call","action_detail":{"tool_name":"issue_letter"},"outcome":"escalated","trust_level":"L1","record_phase":"pre_execution","parent_record_id":"r-1","prev_hash":"ad65b728e16b1f2d8cdfa715223324d3c57830970363074f470b4b7037e4e071"}
//
// All twelve fields of the example are mandatory. Read are session_id (run_id),
// timestamp, agent_id (actor, an agent), agent_version (workflow_version),
// action_type with action_detail's tool_name or event (activity: "tool_call
// issue_letter"), action_detail.tool_name (tool) and the outcome of the last
// record (outcome). A mapping names paths for other fields; the draft has none
// for who approved:
//
//	assay_mapping: 1
//	fields: {account: action_detail.approver, decision: action_detail.verdict}
//	optional: [account, decision]  # the example decides nothing
//	activities: {human_review: {gate: officer-decision, act: decide}}
//
// An action whose outcome is a failure, or that was denied, blocked, canceled, skipped or
// escalated to a person, was not carried out: it releases and decides nothing (undone.go).
//
// Each record's prev_hash is the SHA-256, in hexadecimal, of the record before
// it in the same session without its signature, in the canonical form of RFC
// 8785; the first one's is null (or 64 zeros). Every link is checked. A broken
// one is evidence and no reason to refuse: it is counted and placed in
// Result.Chain, for LOG-01. Signatures are left aside: which key may sign, an
// export does not say. Nothing tells whether records are missing at the end.

var agentAuditFormat = &Format{
	Name:  AgentAudit,
	Title: "Agent audit trail",
	Unit:  "line",
	Item:  "item",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.JSON && (h.has("prev_hash", "session_id") || h.has("record_id", "agent_id", "action_type")))
	},
	Read: readAgentAudit,
}

// Chain is what checking a log's hash chain found.
type Chain struct {
	Links  int64     `json:"links"`            // that could be checked
	Broken int64     `json:"broken"`           //
	Breaks []Refusal `json:"breaks,omitempty"` // the first thousand
}

var agentMandatory = []string{
	"record_id",
	"timestamp",
	"agent_id",
	"agent_version",
	"session_id",
	"action_type",
	"action_detail",
	"outcome",
	"trust_level",
	"record_phase",
	"parent_record_id",
	"prev_hash",
}

var agentKeys = map[string]field{
	"session_id":              fRunID,
	"timestamp":               fEnded,
	"agent_id":                fActor,
	"agent_version":           fWorkflowVersion,
	"action_detail.tool_name": fTool,
	"outcome":                 fOutcome,
}

func readAgentAudit(r io.Reader, o Options, s *sink) error {
	x := &recordReader{gatherer: newGatherer(o, s)}
	x.keys = keysOf(agentKeys, o.Mapping)
	type link struct{ plain, signed [sha256.Size]byte }
	last := map[string]*link{}
	s.res.Chain = &Chain{}
	err := eachLine(r, o, s, func(line []byte, at run.Position) error {
		p := jsonx.Value{Bytes: line}
		if p.Ws(); p.Pos == len(line) {
			return nil
		}
		x.at = at
		var rw row
		v := map[string]string{}
		seen := map[string]bool{}
		p.Values("", x.keys, func(path, s string) {
			if f, ok := x.keys[path]; ok {
				rw[f] = s
			}
			v[path] = s
		}, nil)
		if !p.End() {
			return x.refuseRecord(&p, v["session_id"])
		}
		names := jsonx.Value{Bytes: line}
		names.Members("", func(k string) { seen[k] = true; names.Skip(1) })
		for _, n := range agentMandatory {
			if !seen[n] {
				return x.spoil(
					v["session_id"], at,
					Refusal{Reason: fmt.Sprintf("The mandatory field %q is missing.", n), Excerpt: quote.Excerpt(line)},
				)
			}
		}
		prev, session := v["prev_hash"], v["session_id"]
		why := ""
		if before := last[session]; before != nil {
			s.res.Chain.Links++
			if prev != hex.EncodeToString(before.plain[:]) && prev != hex.EncodeToString(before.signed[:]) {
				why = "The record does not follow from the one before it: its prev_hash is another. A record was " +
					"changed, left out or put in."
			}
		} else if strings.Trim(prev, "0") != "" {
			why = "The session does not begin here: its first record refers to one before it."
		}
		if why != "" {
			s.res.Chain.Broken++
			s.list(&s.res.Chain.Breaks, Refusal{At: at, RunID: session, Reason: why})
		}
		l := &link{}
		p.Pos = 0
		l.plain = sha256.Sum256(p.Canonical(nil, "signature", 0))
		l.signed = l.plain
		if seen["signature"] {
			p.Pos = 0
			l.signed = sha256.Sum256(p.Canonical(nil, "", 0))
		}
		if last[session] == nil && len(last) >= gatherLimit {
			last = map[string]*link{}
		}
		last[strings.Clone(session)] = l

		if rw[fActivity] == "" {
			rw[fActivity] = v["action_type"]
			for _, d := range []string{"action_detail.tool_name", "action_detail.event"} {
				if v[d] != "" {
					rw[fActivity] += " " + v[d]
					break
				}
			}
		}
		if rw[fDecision] != "" || rw[fAccount] != "" {
			rw[fActorKind] = string(run.ActorPerson)
			if rw[fAccount] != "" {
				rw[fActor] = rw[fAccount]
			}
		} else {
			rw[fActorKind] = string(run.ActorAgent)
		}
		x.notDone(&rw, v["outcome"])
		return x.addOnce(&rw, at, v["record_id"])
	})
	if err != nil {
		return err
	}
	return x.finish()
}

// notDone looks whether the outcome of a record says that its action was not carried out.
func (x *recordReader) notDone(rw *row, outcome string) {
	switch state := fold(outcome); {
	case failed(state):
		x.undone(rw, true, true)
	case state == "escalated": // to a person, who has not answered yet
		if rule, _ := x.rule(rw); rule.Act != run.ActNone {
			x.undone(rw, false, false)
		}
	case slices.Contains([]string{"denied", "blocked", "timeout", "cancelled", "canceled", "skipped"}, state):
		if rule, _ := x.rule(rw); rule.Act == run.ActRelease || rule.Act == run.ActDecide && rw[fDecision] == "" {
			rw[fActivity] += " [" + state + "]"
		}
	}
}
