package runlog

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
// Traces of one case are joined by the attribute that names it: fields:
// {run_id: gen_ai.conversation.id}; a span without it belongs to the run of its
// trace. A tool of OpenInference that has no output waits for an officer, and has not
// run; one that an agent of Pydantic AI deferred (approvals in final_result) was asked
// about. A span that stands twice (an exporter that tried again) counts once, and
// identifiers in base64 are those in hexadecimal. An event inside a span is a step
// where the mapping explains it or it holds a decision. A condition tells a tool
// that ran from one that still waits: issue_letter: {gate: officer-decision, act:
// release, when: [{column: output.value, present: true}]}.
//
// Also read: service.name or gen_ai.workflow.name (workflow), service.version,
// gen_ai.response.model or gen_ai.request.model (model_version), gen_ai.agent.name
// (actor, an agent), enduser.id (actor, a person), gen_ai.tool.name,
// gen_ai.data_source.id (source), gen_ai.conversation.id (trigger_ref), and of the model's
// spans gen_ai.output.messages, output.value or langfuse.observation.output (text). A
// decision is presented when its span begins and made when it ends; one of no length was
// written when the answer came, and says nothing of when it was asked. Attributes
// "assay." and a field are read as that field. Positions count spans.

var otlpFormat = &Format{
	Name:  OTLP,
	Title: "OpenTelemetry traces",
	Unit:  "span",
	Item:  "item",
	Sniff: func(h *Head) Certainty { return sureIf(h.JSON && (h.has("resourceSpans") || h.has("resource_spans"))) },
	Read:  readOTLP,
}

var otlpKeys = paths{
	"service.name": fWorkflow, "gen_ai.workflow.name": fWorkflow, "service.version": fWorkflowVersion,
	"gen_ai.request.model": fModelVersion, "gen_ai.response.model": fModelVersion, "llm.model_name": fModelVersion,
	"gen_ai.conversation.id": fTriggerRef, "gen_ai.agent.name": fActor, "enduser.id": fActor,
	"gen_ai.tool.name": fTool, "tool.name": fTool, "gen_ai.data_source.id": fSource,
	"gen_ai.human.approval_granted": fDecision, "gen_ai.human.reviewer_id": fAccount, "gen_ai.human.feedback": fReason,
}

// otlpThreads are attributes that name a conversation or case.
var otlpThreads = []string{"gen_ai.conversation.id", "session.id", "thread_id", "langfuse.session.id"}

type otlpReader struct {
	*gatherer
	keys  paths
	at    run.Position
	aside names // what was left aside
}

func readOTLP(r io.Reader, o Options, s *sink) error {
	x := &otlpReader{
		gatherer: newGatherer(o, s),
		keys:     keysOf(otlpKeys, o.Mapping),
		at:       run.Position{Offset: -1, Part: s.part},
		aside:    names{},
	}
	x.carried = true
	for f, n := range fieldNames[:fUnmet] {
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
			for _, n := range x.aside.list() {
				s.note(Refusal{Reason: fmt.Sprintf("Left aside: %s (%d times).", quote.Clip(n.Name), n.Events)})
			}
			return x.finish()
		}
		if err == nil {
			err = j.Object(func(name string) error {
				if name != "resourceSpans" && name != "resource_spans" {
					if strings.HasPrefix(name, "resource") {
						x.aside.at(name+", which hold no spans", &s.res.More).Events++
					}
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
	var of map[string]string
	return j.Object(func(name string) error {
		switch name {
		case "resource":
			p, err := j.Value()
			if err != nil {
				return err
			}
			p.Members(name, func(k string) {
				if k == "attributes" {
					of = attributes(p)
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

// spanEvent is an event inside a span.
type spanEvent struct {
	name, time string
	attrs      map[string]string
}

func (x *otlpReader) span(j *jsonx.Stream, of map[string]string) error {
	x.at.Line++
	p, err := j.Value()
	if err != nil {
		return err
	}
	var rw row
	var trace, id string
	var attrs map[string]string
	var events []spanEvent
	state := ""
	p.Members("a span", func(k string) {
		switch k {
		case "traceId", "trace_id":
			trace = hexID(p.String(k), 16)
		case "spanId", "span_id":
			id = hexID(p.String(k), 8)
		case "name":
			rw[fActivity] = p.String(k)
		case "startTimeUnixNano", "start_time_unix_nano":
			rw[fStarted] = x.nano(p, k)
		case "endTimeUnixNano", "end_time_unix_nano":
			rw[fEnded] = x.nano(p, k)
		case "attributes":
			attrs = attributes(p)
		case "events":
			p.Elements(k, func() { events = append(events, x.event(p)) })
		case "status":
			p.Members(k, func(k string) {
				if k == "code" {
					state = p.Scalar(k)
				} else {
					p.Skip(1)
				}
			})
		default:
			p.Skip(1)
		}
	})
	if !p.End() {
		return x.spoil(trace, x.at, Refusal{Reason: p.Msg, Excerpt: quote.Excerpt(p.Bytes), Torn: p.Torn})
	}
	if rw[fActivity] == "" {
		rw[fActivity] = "span"
	}
	x.fill(&rw, of, true)
	x.fill(&rw, attrs, false)
	for _, path := range otlpThreads {
		x.inThread(path, attrs[path], trace)
	}
	if x.m.Fields["run_id"] == "" && rw[fRunID] == "" {
		rw[fRunID] = trace
	}
	if rw[fText] == "" {
		rw[fText] = outputOf(attrs)
	}
	if rw[fActorKind] == "" && rw[fDecision] != "" {
		rw[fActorKind] = string(run.ActorPerson)
	} else if rw[fActorKind] == "" && attrs["gen_ai.operation.name"] != "" {
		rw[fActorKind] = string(run.ActorAgent)
	}
	if rw[fDecision] != "" {
		if rw[fActor] == "" {
			rw[fActor] = rw[fAccount]
		}
		if rw[fPresented] == "" && rw[fStarted] != rw[fEnded] { // of no length: written when the answer came
			rw[fPresented] = rw[fStarted]
		}
	}
	if attrs["openinference.span.kind"] == "TOOL" && attrs["output.value"] == "" && rw[fDecision] == "" {
		// A tool without an output has not run: its exporter writes a span for one that
		// waits to be approved, and none for what becomes of it.
		if rule, name := x.activity(rw[fActivity]); rule.Act != run.ActNone {
			rw[fGate] = cmp.Or(rw[fGate], rule.Gate)
			x.hits[hit{"activities", name}]++
			x.say(x.at, "The tool %q has no output: it was read as waiting for an officer. Whether it was approved "+
				"and ran, this exporter does not show.", name)
			rw[fActivity] += run.AskedSuffix
		}
	}
	x.meet(&rw, func(path string) string { return attrs[path] })
	x.undone(&rw, rw[fEnded] != "", failed(state))
	if err := x.addOf(&rw, x.at, trace, id); err != nil {
		return err
	}
	for i, tool := range deferred(attrs["final_result"]) {
		if err := x.addDeferred(&rw, tool, trace, fmt.Sprintf("%s/%s%d", id, tool, i)); err != nil {
			return err
		}
	}
	for i, e := range events {
		if err := x.addEvent(&rw, e, trace, fmt.Sprintf("%s/%d", id, i)); err != nil {
			return err
		}
	}
	return nil
}

// deferred names the tools that an agent of Pydantic AI ended its turn with, because a
// person has to approve them first.
func deferred(result string) (tools []string) {
	if !strings.Contains(result, `"approvals"`) {
		return nil
	}
	var said struct {
		Approvals []struct {
			Tool string `json:"tool_name"`
		} `json:"approvals"`
	}
	if json.Unmarshal([]byte(result), &said) != nil {
		return nil // what the model said, and no list of tools
	}
	for _, a := range said.Approvals {
		tools = append(tools, a.Tool)
	}
	return tools
}

// addDeferred adds that a tool which is something at a gate was put before somebody.
func (x *otlpReader) addDeferred(span *row, tool, trace, id string) error {
	rule, name := x.activity("execute_tool " + tool)
	if rule.Act == run.ActNone {
		rule, name = x.activity(tool)
	}
	if rule.Act == run.ActNone {
		return nil
	}
	rw := row{fRunID: span[fRunID], fActivity: name + run.AskedSuffix, fEnded: span[fEnded], fGate: rule.Gate}
	return x.addOf(&rw, x.at, trace, id)
}

// event reads an event inside a span.
func (x *otlpReader) event(p *jsonx.Value) (e spanEvent) {
	p.Members("events", func(k string) {
		switch k {
		case "name":
			e.name = p.String(k)
		case "timeUnixNano", "time_unix_nano":
			e.time = x.nano(p, k)
		case "attributes":
			e.attrs = attributes(p)
		default:
			p.Skip(1)
		}
	})
	return e
}

// addEvent adds an event inside a span where it says something of a gate.
func (x *otlpReader) addEvent(span *row, e spanEvent, trace, id string) error {
	rw := row{fRunID: span[fRunID], fActivity: e.name, fEnded: e.time}
	x.fill(&rw, e.attrs, false)
	if rule, _ := x.activity(e.name); rw[fDecision] == "" && rule.Act == run.ActNone {
		x.aside.at(fmt.Sprintf("events %q inside spans", e.name), &x.s.res.More).Events++
		return nil
	}
	if rw[fDecision] != "" {
		rw[fActorKind] = string(run.ActorPerson)
		rw[fActor] = cmp.Or(rw[fActor], rw[fAccount])
		if span[fStarted] != rw[fEnded] {
			rw[fPresented] = cmp.Or(rw[fPresented], span[fStarted])
		}
	}
	x.meet(&rw, func(path string) string { return e.attrs[path] })
	return x.addOf(&rw, x.at, trace, id)
}

// fill takes the fields of rw from attributes.
func (x *otlpReader) fill(rw *row, attrs map[string]string, resource bool) {
	take := func(f field, v string) {
		if resource || rw[f] == "" || f > fSequence || f == fModelVersion {
			rw[f] = v
		}
	}
	for _, key := range sortedKeys(attrs) {
		v := attrs[key]
		if f, ok := x.keys[key]; ok && v != "" {
			take(f, v)
		}
		if v != "" && v[0] == '{' && x.keys.Within(key) {
			inner := jsonx.Value{Bytes: []byte(v)}
			inner.Values(key, x.keys, func(path, v string) {
				if f, ok := x.keys[path]; ok {
					take(f, v)
				}
			}, nil)
		}
	}
}

// outputOf is what the model said, as far as one of the conventions holds it.
func outputOf(attrs map[string]string) string {
	if v := attrs["gen_ai.output.messages"]; v != "" {
		return spoken(v)
	}
	if attrs["openinference.span.kind"] == "LLM" {
		return attrs["output.value"]
	}
	if attrs["langfuse.observation.type"] == "generation" {
		return attrs["langfuse.observation.output"]
	}
	return ""
}

// spoken is the text in a list of messages, or the list where there is none.
func spoken(messages string) string {
	var list []struct {
		Parts []struct {
			Type    string `json:"type"`
			Content any    `json:"content"`
		} `json:"parts"`
	}
	if json.Unmarshal([]byte(messages), &list) != nil {
		return messages
	}
	var out []string
	for _, m := range list {
		for _, p := range m.Parts {
			if s, ok := p.Content.(string); ok && p.Type == "text" {
				out = append(out, s)
			}
		}
	}
	return cmp.Or(strings.Join(out, "\n"), messages)
}

// hexID is an identifier of n bytes in hexadecimal, which protobuf's own JSON
// writes in base64.
func hexID(s string, n int) string {
	if len(s) == 2*n {
		return strings.ToLower(s)
	}
	if b, err := base64.StdEncoding.DecodeString(s); err == nil && len(b) == n {
		return hex.EncodeToString(b)
	}
	return s
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

// attributes reads a list of keys with typed values. The values of a list are
// joined by commas, and those inside an object have its key before theirs.
func attributes(p *jsonx.Value) map[string]string {
	out := map[string]string{}
	keyValues(p, "", out, 0)
	return out
}

func keyValues(p *jsonx.Value, prefix string, out map[string]string, depth int) {
	if depth > jsonx.MaxDepth/4 {
		p.Fail("Attributes nest deeper than %d levels.", jsonx.MaxDepth/4)
		return
	}
	p.Elements("attributes", func() {
		var key string
		p.Members("attributes", func(k string) {
			switch k {
			case "key":
				key = prefix + p.String(k)
			case "value":
				before, twice := out[key]
				if anyValue(p, key, out, depth); twice && out[key] != before {
					p.Fail("The attribute %q stands twice, with different values.", quote.Clip(key))
				}
			default:
				p.Skip(1)
			}
		})
	})
}

// anyValue reads the value of an attribute, whose key stands before it.
func anyValue(p *jsonx.Value, key string, out map[string]string, depth int) {
	p.Members("value", func(k string) {
		switch {
		case k == "arrayValue" || k == "array_value":
			n := 0
			p.Members(k, func(k string) {
				if k != "values" {
					p.Skip(1)
					return
				}
				p.Elements(k, func() {
					item := map[string]string{}
					anyValue(p, "", item, depth+1)
					if v := item[""]; v != "" {
						if n++; n > 1 {
							v = out[key] + "," + v
						}
						out[key] = v
					}
				})
			})
		case k == "kvlistValue" || k == "kvlist_value":
			p.Members(k, func(k string) {
				if k == "values" {
					keyValues(p, key+".", out, depth+1)
				} else {
					p.Skip(1)
				}
			})
		case strings.HasSuffix(k, "Value") || strings.HasSuffix(k, "_value"):
			out[key] = p.Scalar(k)
		default:
			p.Skip(1)
		}
	})
}
