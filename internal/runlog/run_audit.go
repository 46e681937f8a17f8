package runlog

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
)

// # Assay run audit
//
// One run a line, as JSON (JSON Lines, UTF-8). It is the format for platforms
// that can write what Assay wants to know; `assay schema run-audit` prints its
// JSON Schema. A complete example, which a test reads:
//
//	{"assay_run_audit":1,"platform":"Wayfinder","workflow":"wf-foi-drafting","from":"2026-06-01T00:00:00Z","to":"2026-06-30T23:59:59Z","exported":"2026-07-01T06:00:00Z","runs":1,"decisions":1}
//	{"run_id":"FOI-2026-0412","sequence":412,"workflow":"wf-foi-drafting","workflow_version":"1.2.4","model_version":"local-llm-70b-2026-03","prompt_version":"foi-draft-6","trigger_channel":"email","trigger_ref":"FOI/26/0412","started":"2026-06-03T09:12:00Z","ended":"2026-06-03T10:05:31+01:00","outcome":"disclosed","segment":"resident","steps":[{"name":"Log request","actor":"svc-foi","actor_kind":"system","started":"2026-06-03T09:12:00Z"},{"name":"Revise draft response","actor":"x.larkin","actor_kind":"person","started":"2026-06-03T09:20:00Z","ended":"2026-06-03T09:41:10Z","gate":"officer-decision","act":"prepare"},{"name":"Send response","actor":"svc-foi","actor_kind":"system","started":"2026-06-03T10:05:31+01:00","gate":"officer-decision","act":"release","tool":"notify"}],"accesses":[{"source":"disclosure-log","fields":["title","summary"],"time":"2026-06-03T09:12:20Z"}],"outputs":[{"text":"Dear requester …","recommendation":"disclose","confidence":0.91,"reasoning":"The dataset is already published."}],"decisions":[{"gate":"officer-decision","prepared_by":"x.larkin","presented":"2026-06-03T09:41:10Z","opened":"2026-06-03T09:50:00Z","decided":"2026-06-03T09:58:42Z","account":"q.merriman","officer_name":"Quentin Merriman","role":"Information governance officer","code":"approved_with_edits","edited":true,"reason":"Added the link to the dataset.","ai_recommendation":"disclose"}]}
//
// The first line may be a header: assay_run_audit is the version of the format
// (1); platform, workflow, from, to and exported say what was exported; runs
// and decisions are the platform's own totals, against which LOG-01 counts.
//
// A run needs run_id and a time (started, or that of a step or decision). Every
// other field may be absent or null, which means that the platform recorded
// nothing, never that nothing happened. The fields are those of run.Record;
// actor_kind is person, system or agent; act is prepare, decide or release;
// code is one of run.DecisionCodes; confidence lies between 0 and 1; sha256 is
// 64 hexadecimal digits. Times are RFC 3339 with Z or an offset; precision, of
// the run and of each step, access and decision, is minute or day where its times
// are not known more exactly, a day then being midnight UTC.
//
// Reading is strict. A field that the format does not have is refused, because
// a misspelt "decisions" would otherwise pass for a run without any; names that
// begin with "x_" are free for the platform's own use and left aside. A field
// that stands twice is refused. Blank lines are skipped. Lines may be up to
// 8 MB long.

var runAuditFormat = &Format{
	Name:  RunAudit,
	Title: "Assay run audit",
	Whole: true,
	Unit:  "line",
	Sniff: func(h *Head) Certainty {
		line := h.line()
		switch {
		case !h.JSON, !holds(line, "assay_run_audit") && !h.has("started") && !h.has("steps") && !h.has("decisions") &&
			!h.has("ended"):
			return No
		case holds(line, "run_id") && !h.has("run_type"), holds(line, "assay_run_audit"):
			return Sure
		case h.has("run_id"):
			return Likely
		}
		return No
	},
	Read:  readRunAudit,
	Write: beginRunAudit,
	Ext:   "jsonl",
	Use:   "Everything as Assay keeps it, a run on each line.",
}

//go:embed run_audit.schema.json
var runAuditSchema []byte

// RunAuditSchema is the JSON Schema (2020-12) of one line of an Assay run audit.
func RunAuditSchema() []byte { return bytes.Clone(runAuditSchema) }

// chunkSize is how much of a file is parsed at a time.
const chunkSize = 1 << 20

// chunk is a piece of a file that ends with a line's end.
type chunk struct {
	b    []byte
	long bool  // b begins a line that is too long
	err  error // reading ended with this, after b
}

// chunks reads r ahead on a goroutine of its own, so that reading, hashing and
// unpacking go on while lines are parsed. wait ends it and must be called.
func chunks(ctx context.Context, r io.Reader, maxLine int) (out <-chan chunk, wait func()) {
	ctx, cancel := context.WithCancel(ctx)
	ch := make(chan chunk, 2)
	send := func(c chunk) bool {
		select {
		case ch <- c:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(ch)
		var rest []byte
		for {
			// A fresh buffer each time: the records' strings live in it.
			buf := make([]byte, max(chunkSize, 2*len(rest)))
			n := copy(buf, rest)
			m, err := io.ReadFull(r, buf[n:])
			buf = buf[:n+m]
			if err == io.ErrUnexpectedEOF || err == io.EOF {
				send(chunk{b: buf})
				return
			}
			end := bytes.LastIndexByte(buf, '\n') + 1
			if err != nil {
				send(chunk{b: buf[:end], err: err})
				return
			}
			if rest = buf[end:]; len(rest) > maxLine {
				send(chunk{b: buf[:end]})
				send(chunk{b: rest[:100], long: true})
				return
			}
			if end > 0 && !send(chunk{b: buf[:end]}) {
				return
			}
		}
	}()
	return ch, func() {
		cancel()
		for range ch {
		}
	}
}

// eachLine gives every line of r to f, with its number and byte offset.
func eachLine(r io.Reader, o Options, s *sink, f func(line []byte, at run.Position) error) error {
	ch, wait := chunks(s.ctx, r, o.MaxLine)
	defer wait()
	at := run.Position{Part: s.part}
	known := s.res.Wrapping == Plain && s.res.Encoding == UTF8
	var off int64
	for c := range ch {
		if c.long {
			at.Line++
			return fault.Unreadable(
				s.where(at),
				"The line is longer than %d MB, and begins %q. Is this a log with one record a line?",
				o.MaxLine>>20,
				quote.Excerpt(c.b),
			)
		}
		for b := c.b; len(b) > 0; {
			n := bytes.IndexByte(b, '\n')
			line := b
			if n >= 0 {
				line, b = b[:n], b[n+1:]
			} else {
				b = nil
			}
			at.Line++
			at.Offset = -1
			if known {
				at.Offset = off
			}
			off += int64(len(line)) + 1
			if len(line) > o.MaxLine {
				return fault.Unreadable(
					s.where(at),
					"The line is longer than %d MB, and begins %q. Is this a log with one record a line?",
					o.MaxLine>>20,
					quote.Excerpt(line),
				)
			}
			if n < 0 && bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte{'{'}) && !json.Valid(line) {
				return cutOff(s.where(at))
			}
			if err := f(line, at); err != nil {
				return err
			}
		}
		if c.err != nil {
			return after(c.err, s, at)
		}
	}
	return s.ctx.Err()
}

// cutOff refuses a whole file whose last record is not complete: what is missing
// may be more than that record.
func cutOff(where string) error {
	return fault.Unreadable(
		where,
		"The file ends in the middle of its last record: it is still being written, or was cut off. Wait until "+
			"the export is finished, or copy it again; nothing was imported.",
	)
}

// after adds to a fault where reading had got to.
func after(err error, s *sink, at run.Position) error {
	var f *fault.Error
	if !errors.As(err, &f) || at.Line == 0 || f.Where != "" && f.Where != s.o.Name {
		return err
	}
	return f.At("after " + s.where(at))
}

func readRunAudit(r io.Reader, o Options, s *sink) error {
	if o.Mapping != nil {
		if err := o.Mapping.checkRunAudit(); err != nil {
			return err
		}
	}
	p := auditReader{clk: o.clock(), s: s}
	p.clk.days = false
	err := eachLine(r, o, s, func(line []byte, at run.Position) error {
		p.Bytes, p.Pos, p.Msg, p.Torn, p.at = line, 0, "", false, at
		if p.Ws(); p.Pos == len(line) {
			return nil
		}
		if at.Line == 1 && bytes.Contains(line[:min(len(line), 40)], []byte(`"assay_run_audit"`)) {
			return p.header()
		}
		if s.res.Read == 0 && (line[p.Pos] == '[' || bytes.Equal(bytes.TrimSpace(line), []byte{'{'})) {
			return fault.Unreadable(
				s.where(at),
				"This JSON is spread over lines. If it is a run audit, write it as JSON Lines: each run whole on "+
					"one line, and no list around them.",
			)
		}
		rec := s.next()
		rec.At = at
		p.record(rec)
		if p.End() {
			s.content = maphash.Bytes(idSeed, line) | 1
			return s.keep(rec)
		}
		return s.refuse(Refusal{At: at, RunID: rec.RunID, Reason: p.Msg, Excerpt: quote.Excerpt(line), Torn: p.Torn})
	})
	p.clk.report(s)
	return err
}

// auditReader reads the lines of a run audit.
type auditReader struct {
	jsonx.Value
	s   *sink
	clk *clock
	at  run.Position
}

// Time reads a time; null and "" are none.
func (p *auditReader) Time(field string) time.Time {
	s := p.String(field)
	if s == "" {
		return time.Time{}
	}
	t, why := p.clk.parse(s)
	if why != "" {
		p.Fail("%q: %s", field, why)
	}
	return t
}

// unknown deals with a field that the format does not have.
func (p *auditReader) unknown(name string) {
	if strings.HasPrefix(name, "x_") {
		p.s.ignored.at(name, &p.s.res.More).Events++
		p.Skip(1)
		return
	}
	p.Fail("The field %q is not part of a run audit. Names of your own begin with x_.", quote.Clip(name))
}

func (p *auditReader) header() error {
	st := Stated{Runs: -1, Decisions: -1}
	var seen uint32
	p.Open('{', "header")
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			break
		}
		bit, ok := headerFields[k]
		if ok {
			p.Once(&seen, bit, k)
		}
		switch k {
		case "assay_run_audit":
			if v := p.Int(k); v != 1 && p.Msg == "" {
				p.Fail("This run audit is of version %d; this Assay reads version 1. Get the newer Assay.", v)
			}
		case "platform":
			st.Platform = strings.Clone(p.String(k))
		case "workflow":
			st.Workflow = strings.Clone(p.String(k))
		case "from":
			st.From = p.Time(k)
		case "to":
			st.To = p.Time(k)
		case "exported":
			st.Exported = p.Time(k)
		case "runs":
			st.Runs = p.total(k)
		case "decisions":
			st.Decisions = p.total(k)
		default:
			p.unknown(k)
		}
	}
	if !p.End() {
		return fault.Unreadable(p.s.where(p.at), "The header cannot be read. %s", p.Msg)
	}
	p.s.res.Stated = &st
	return nil
}

var headerFields = map[string]uint{
	"assay_run_audit": 0,
	"platform":        1,
	"workflow":        2,
	"from":            3,
	"to":              4,
	"exported":        5,
	"runs":            6,
	"decisions":       7,
}

// total reads a stated count.
func (p *auditReader) total(field string) int64 {
	if p.Null() {
		return -1
	}
	n := p.Int(field)
	if n < 0 {
		p.Fail("%q cannot be negative.", field)
	}
	return n
}

func (p *auditReader) record(r *run.Record) {
	var seen uint32
	p.Open('{', "a run")
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			return
		}
		switch k {
		case "run_id":
			p.Once(&seen, 0, k)
			r.RunID = p.String(k)
		case "workflow":
			p.Once(&seen, 1, k)
			r.Workflow = p.String(k)
		case "workflow_version":
			p.Once(&seen, 2, k)
			r.WorkflowVersion = p.String(k)
		case "model_version":
			p.Once(&seen, 3, k)
			r.ModelVersion = p.String(k)
		case "prompt_version":
			p.Once(&seen, 4, k)
			r.PromptVersion = p.String(k)
		case "trigger_channel":
			p.Once(&seen, 5, k)
			r.TriggerChannel = p.String(k)
		case "trigger_ref":
			p.Once(&seen, 6, k)
			r.TriggerRef = p.String(k)
		case "started":
			p.Once(&seen, 7, k)
			r.Started = p.Time(k)
		case "ended":
			p.Once(&seen, 8, k)
			r.Ended = p.Time(k)
		case "outcome":
			p.Once(&seen, 9, k)
			r.Outcome = p.String(k)
		case "segment":
			p.Once(&seen, 10, k)
			r.Segment = p.String(k)
		case "sequence":
			p.Once(&seen, 11, k)
			if r.Sequence = p.Int(k); r.Sequence < 0 {
				p.Fail("%q cannot be negative.", k)
			}
		case "steps":
			p.Once(&seen, 12, k)
			if !p.Null() && p.Open('[', k) {
				for first := true; p.Item(first); first = false {
					r.Steps = append(r.Steps, run.Step{Seq: len(r.Steps) + 1})
					p.step(&r.Steps[len(r.Steps)-1], len(r.Steps))
				}
			}
		case "accesses":
			p.Once(&seen, 13, k)
			if !p.Null() && p.Open('[', k) {
				for first := true; p.Item(first); first = false {
					r.Accesses = append(r.Accesses, run.DataAccess{})
					p.access(&r.Accesses[len(r.Accesses)-1], len(r.Accesses))
				}
			}
		case "outputs":
			p.Once(&seen, 14, k)
			if !p.Null() && p.Open('[', k) {
				for first := true; p.Item(first); first = false {
					r.Outputs = append(r.Outputs, run.Output{})
					p.output(&r.Outputs[len(r.Outputs)-1], len(r.Outputs))
				}
			}
		case "decisions":
			p.Once(&seen, 15, k)
			if !p.Null() && p.Open('[', k) {
				for first := true; p.Item(first); first = false {
					r.Decisions = append(r.Decisions, run.Decision{})
					p.decision(&r.Decisions[len(r.Decisions)-1], len(r.Decisions))
				}
			}
		case "precision":
			p.Once(&seen, 16, k)
			r.Precision = p.precision(k)
		default:
			p.unknown(k)
		}
	}
}

// precision reads how exactly times are known.
func (p *auditReader) precision(field string) run.Precision {
	v := run.Precision(p.String(field))
	if !v.Known() {
		p.Fail("%q is %q; it must be minute or day.", field, quote.Clip(string(v)))
	}
	return v
}

// nth is the position of the n-th item of the run on this line.
func (p *auditReader) nth(n int) run.Position {
	at := p.at
	at.Item = int64(n)
	return at
}

func (p *auditReader) step(st *run.Step, n int) {
	st.At = p.nth(n)
	var seen uint32
	p.Open('{', "steps")
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			return
		}
		switch k {
		case "name":
			p.Once(&seen, 0, k)
			st.Name = p.String(k)
		case "actor":
			p.Once(&seen, 1, k)
			st.Actor = p.String(k)
		case "actor_kind":
			p.Once(&seen, 2, k)
			switch v := run.ActorKind(p.String(k)); v {
			case run.ActorUnknown, run.ActorPerson, run.ActorSystem, run.ActorAgent:
				st.ActorKind = v
			default:
				p.Fail("%q is %q; it must be person, system or agent.", k, quote.Clip(string(v)))
			}
		case "started":
			p.Once(&seen, 3, k)
			st.Started = p.Time(k)
		case "ended":
			p.Once(&seen, 4, k)
			st.Ended = p.Time(k)
		case "gate":
			p.Once(&seen, 5, k)
			st.Gate = p.String(k)
		case "act":
			p.Once(&seen, 6, k)
			switch v := run.Act(p.String(k)); v {
			case run.ActNone, run.ActPrepare, run.ActDecide, run.ActRelease:
				st.Act = v
			default:
				p.Fail("%q is %q; it must be prepare, decide or release.", k, quote.Clip(string(v)))
			}
		case "tool":
			p.Once(&seen, 7, k)
			st.Tool = p.String(k)
		case "precision":
			p.Once(&seen, 8, k)
			st.Precision = p.precision(k)
		default:
			p.unknown(k)
		}
	}
}

func (p *auditReader) access(a *run.DataAccess, n int) {
	a.At = p.nth(n)
	var seen uint32
	p.Open('{', "accesses")
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			break
		}
		switch k {
		case "source":
			p.Once(&seen, 0, k)
			a.Source = p.String(k)
		case "fields":
			p.Once(&seen, 1, k)
			if !p.Null() && p.Open('[', k) {
				for first := true; p.Item(first); first = false {
					a.Fields = append(a.Fields, p.String(k))
				}
			}
		case "time":
			p.Once(&seen, 2, k)
			a.Time = p.Time(k)
		case "precision":
			p.Once(&seen, 3, k)
			a.Precision = p.precision(k)
		default:
			p.unknown(k)
		}
	}
	if a.Source == "" {
		p.Fail("A data access names no source.")
	}
}

func (p *auditReader) output(o *run.Output, n int) {
	o.At = p.nth(n)
	var seen uint32
	p.Open('{', "outputs")
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			return
		}
		switch k {
		case "text":
			p.Once(&seen, 0, k)
			o.Text = p.String(k)
		case "sha256":
			p.Once(&seen, 1, k)
			if o.SHA256 = p.String(k); o.SHA256 != "" && !isSHA256(o.SHA256) {
				p.Fail("%q must be 64 lower-case hexadecimal digits.", k)
			}
		case "recommendation":
			p.Once(&seen, 2, k)
			o.Recommendation = p.String(k)
		case "confidence":
			p.Once(&seen, 3, k)
			o.Confidence = p.Float(k)
		case "reasoning":
			p.Once(&seen, 4, k)
			o.Reasoning = p.String(k)
		default:
			p.unknown(k)
		}
	}
}

func isSHA256(s string) bool {
	for i := range len(s) {
		if c := s[i]; c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return len(s) == 64
}

func (p *auditReader) decision(d *run.Decision, n int) {
	d.At = p.nth(n)
	var seen uint32
	p.Open('{', "decisions")
	for first := true; ; first = false {
		k, ok := p.Name(first)
		if !ok {
			return
		}
		switch k {
		case "gate":
			p.Once(&seen, 0, k)
			d.Gate = p.String(k)
		case "prepared_by":
			p.Once(&seen, 1, k)
			d.PreparedBy = p.String(k)
		case "presented":
			p.Once(&seen, 2, k)
			d.Presented = p.Time(k)
		case "opened":
			p.Once(&seen, 3, k)
			d.Opened = p.Time(k)
		case "decided":
			p.Once(&seen, 4, k)
			d.Decided = p.Time(k)
		case "account":
			p.Once(&seen, 5, k)
			d.Account = p.String(k)
		case "officer_name":
			p.Once(&seen, 6, k)
			d.OfficerName = p.String(k)
		case "role":
			p.Once(&seen, 7, k)
			d.Role = p.String(k)
		case "code":
			p.Once(&seen, 8, k)
			d.Code = run.DecisionCode(p.String(k))
		case "edited":
			p.Once(&seen, 9, k)
			d.Edited = p.Bool(k)
		case "reason":
			p.Once(&seen, 10, k)
			d.Reason = p.String(k)
		case "ai_recommendation":
			p.Once(&seen, 11, k)
			d.AIRecommendation = p.String(k)
		case "ai_code":
			p.Once(&seen, 15, k)
			if d.AICode = run.DecisionCode(p.String(k)); d.AICode != "" && !d.AICode.Known() {
				p.Fail("%q is %q, which is no outcome.", k, quote.Clip(string(d.AICode)))
			}
		case "args_digest":
			p.Once(&seen, 12, k)
			d.ArgsDigest = p.String(k)
		case "policy_version":
			p.Once(&seen, 13, k)
			d.PolicyVersion = p.String(k)
		case "precision":
			p.Once(&seen, 14, k)
			d.Precision = p.precision(k)
		default:
			p.unknown(k)
		}
	}
}
