package runlog

import (
	"io"
	"strconv"
	"strings"
	"time"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # OTLP traces
//
// OpenTelemetry traces as JSON (OTLP/JSON: one ExportTraceServiceRequest, or
// one a line as the collector's file exporter writes), with the GenAI semantic
// conventions. A trace is a run, a span a step; a complete example, which a
// test reads with the mapping below it:
//
//	{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"change-of-circs"}}]},"scopeSpans":[{"scope":{"name":"agent"},"spans":[
//	 {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"a1","name":"chat","startTimeUnixNano":"1780304990000000000","endTimeUnixNano":"1780304998000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.response.model","value":{"stringValue":"local-llm-70b"}}]},
//	 {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"a2","name":"gen_ai.human.review","startTimeUnixNano":"1780305000000000000","endTimeUnixNano":"1780305045000000000","attributes":[{"key":"gen_ai.human.approval_granted","value":{"boolValue":true}},{"key":"gen_ai.human.reviewer_id","value":{"stringValue":"h:9f2c"}}]}]}]}]}
//
// The conventions are still in development and have no agreed attribute for
// who approved. Without a mapping, the proposed gen_ai.human.approval_granted
// (approved or rejected), gen_ai.human.reviewer_id and gen_ai.human.feedback
// are read; a mapping says at which gate a span's name decides, and may name
// other attributes for any field:
//
//	assay_mapping: 1
//	fields: {account: app.approver}
//	activities: {gen_ai.human.review: {gate: officer-decision, act: decide}}
//
// Also read: service.name or gen_ai.workflow.name (workflow), service.version,
// gen_ai.response.model or gen_ai.request.model (model_version), gen_ai.agent.name
// (actor, an agent), enduser.id (actor, a person), gen_ai.tool.name,
// gen_ai.data_source.id (source), gen_ai.conversation.id (trigger_ref). A
// decision is presented when its span begins and made when it ends. Attributes
// "assay." and a field are read as that field. Positions count spans.

var otlpFormat = &Format{
	Name:  OTLP,
	Title: "OpenTelemetry traces",
	Unit:  "span",
	Item:  "item",
	Sniff: func(h *Head) Certainty { return sureIf(h.JSON && h.has("resourceSpans")) },
	Read:  readOTLP,
}

var otlpKeys = map[string]field{
	"service.name": fWorkflow, "gen_ai.workflow.name": fWorkflow, "service.version": fWorkflowVersion,
	"gen_ai.request.model": fModelVersion, "gen_ai.response.model": fModelVersion, "gen_ai.conversation.id": fTriggerRef,
	"gen_ai.agent.name": fActor, "enduser.id": fActor, "gen_ai.tool.name": fTool, "gen_ai.data_source.id": fSource,
	"gen_ai.human.approval_granted": fDecision, "gen_ai.human.reviewer_id": fAccount, "gen_ai.human.feedback": fReason,
}

type otlpReader struct {
	*gatherer
	keys map[string]field
	at   run.Position
}

func readOTLP(r io.Reader, o Options, s *sink) error {
	x := &otlpReader{
		gatherer: newGatherer(o, s),
		keys:     keysOf(otlpKeys, o.Mapping),
		at:       run.Position{Offset: -1, Part: s.part},
	}
	for f, n := range fieldNames {
		x.keys["assay."+n] = field(f)
	}
	// The conventions' own words for a decision that is true or false.
	if _, ok := x.words["true"]; !ok {
		x.words["true"], x.words["false"] = run.Approved, run.Rejected
	}
	j := jsonx.NewStream(r, o.MaxLine)
	for {
		c, err := j.Peek()
		if err == nil && c == 0 {
			return x.finish()
		}
		if err == nil {
			err = j.Object(func(name string) error {
				if name != "resourceSpans" && name != "resource_spans" {
					return j.Skip()
				}
				return j.List(func() error { return x.resource(j) })
			})
		}
		if err != nil {
			return after(err, s, x.at)
		}
	}
}

// resource reads one element of resourceSpans. Its attributes come before its
// spans; the protocol's own encoders write them so.
func (x *otlpReader) resource(j *jsonx.Stream) error {
	var of []cell
	return j.Object(func(name string) error {
		switch name {
		case "resource":
			p, err := j.Value()
			if err != nil {
				return err
			}
			p.Members(name, func(k string) {
				if k == "attributes" {
					of = x.attributes(p)
				} else {
					p.Skip(1)
				}
			})
			if !p.End() {
				return j.Fail("%s", p.Msg)
			}
			return nil
		case "scopeSpans", "scope_spans", "instrumentationLibrarySpans":
			return j.List(func() error {
				return j.Object(func(name string) error {
					if name != "spans" {
						return j.Skip()
					}
					return j.List(func() error { return x.span(j, of) })
				})
			})
		}
		return j.Skip()
	})
}

func (x *otlpReader) span(j *jsonx.Stream, of []cell) error {
	x.at.Line++
	p, err := j.Value()
	if err != nil {
		return err
	}
	var rw row
	var genAI bool
	for _, c := range of {
		rw[c.f] = c.v
	}
	p.Members("a span", func(k string) {
		switch k {
		case "traceId", "trace_id":
			rw[fRunID] = p.String(k)
		case "name":
			rw[fActivity] = p.String(k)
		case "startTimeUnixNano", "start_time_unix_nano":
			rw[fStarted] = x.nano(p, k)
		case "endTimeUnixNano", "end_time_unix_nano":
			rw[fEnded] = x.nano(p, k)
		case "attributes":
			for _, c := range x.attributes(p) {
				if c.f == fKind {
					genAI = true
					continue
				}
				if rw[c.f] == "" || c.f > fSequence || c.f == fModelVersion {
					rw[c.f] = c.v
				}
			}
		default:
			p.Skip(1)
		}
	})
	if !p.End() {
		return x.spoil(rw[fRunID], x.at, Refusal{Reason: p.Msg, Excerpt: quote.Excerpt(p.Bytes), Torn: p.Torn})
	}
	if rw[fActivity] == "" {
		rw[fActivity] = "span"
	}
	if rw[fActorKind] == "" && rw[fDecision] != "" {
		rw[fActorKind] = string(run.ActorPerson)
	} else if rw[fActorKind] == "" && genAI {
		rw[fActorKind] = string(run.ActorAgent)
	}
	if rw[fDecision] != "" {
		if rw[fActor] == "" {
			rw[fActor] = rw[fAccount]
		}
		if rw[fPresented] == "" {
			rw[fPresented] = rw[fStarted]
		}
	}
	return x.add(&rw, x.at)
}

// nano reads a time in nanoseconds since 1970 and gives it as RFC 3339.
func (x *otlpReader) nano(p *jsonx.Value, name string) string {
	s := p.Scalar(name)
	if s == "" || s == "0" {
		return ""
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.Fail("%q is %q, which is no number of nanoseconds since 1970.", name, quote.Clip(s))
		return ""
	}
	return time.Unix(0, n).UTC().Format(time.RFC3339Nano)
}

// attributes reads a list of keys with typed values into the fields that are
// known. An attribute gen_ai.operation.name is given as a kind.
func (x *otlpReader) attributes(p *jsonx.Value) []cell {
	var out []cell
	p.Elements("attributes", func() {
		var key, value string
		p.Members("attributes", func(k string) {
			switch k {
			case "key":
				key = p.String(k)
			case "value":
				p.Members(k, func(k string) {
					if strings.HasSuffix(k, "Value") && k != "arrayValue" && k != "kvlistValue" {
						value = p.Scalar(k)
					} else {
						p.Skip(1)
					}
				})
			default:
				p.Skip(1)
			}
		})
		if f, ok := x.keys[key]; ok && value != "" {
			out = append(out, cell{f, value})
		}
		if key == "gen_ai.operation.name" {
			out = append(out, cell{fKind, value})
		}
	})
	return out
}
