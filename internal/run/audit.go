package run

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Stated is what a platform says about an export as a whole.
type Stated struct {
	Platform  string    `json:"platform,omitempty"`
	Workflow  string    `json:"workflow,omitempty"`
	From      time.Time `json:"from,omitzero"`
	To        time.Time `json:"to,omitzero"`
	Exported  time.Time `json:"exported,omitzero"`
	Runs      int64     `json:"runs"`      // -1 where it does not say
	Decisions int64     `json:"decisions"` // -1 where it does not say
}

// AppendAuditHeader appends the first line of a run audit, without its line end.
func AppendAuditHeader(b []byte, s Stated) []byte {
	j := audit{b: append(b, `{"assay_run_audit":1`...)}
	j.more = true
	j.str("platform", s.Platform)
	j.str("workflow", s.Workflow)
	j.time("from", s.From)
	j.time("to", s.To)
	j.time("exported", s.Exported)
	for _, n := range [...]struct {
		k string
		v int64
	}{{"runs", s.Runs}, {"decisions", s.Decisions}} {
		if n.v >= 0 {
			j.key(n.k)
			j.b = strconv.AppendInt(j.b, n.v, 10)
		}
	}
	return append(j.b, '}')
}

// AppendAudit appends r as one line of a run audit (package runlog has the
// format), without its line end. What is empty is left out. Positions belong
// to the source and are not written.
func AppendAudit(b []byte, r *Record) []byte {
	j := audit{b: append(b, '{')}
	j.str("run_id", r.RunID)
	if r.Sequence != 0 {
		j.key("sequence")
		j.b = strconv.AppendInt(j.b, r.Sequence, 10)
	}
	j.str("workflow", r.Workflow)
	j.str("workflow_version", r.WorkflowVersion)
	j.str("model_version", r.ModelVersion)
	j.str("prompt_version", r.PromptVersion)
	j.str("trigger_channel", r.TriggerChannel)
	j.str("trigger_ref", r.TriggerRef)
	j.time("started", r.Started)
	j.time("ended", r.Ended)
	j.str("outcome", r.Outcome)
	j.str("segment", r.Segment)
	j.str("precision", string(r.Precision))
	objects(&j, "steps", r.Steps, (*audit).step)
	objects(&j, "accesses", r.Accesses, (*audit).access)
	objects(&j, "outputs", r.Outputs, (*audit).output)
	objects(&j, "decisions", r.Decisions, (*audit).decision)
	return append(j.b, '}')
}

// audit writes JSON.
type audit struct {
	b    []byte
	more bool // a comma belongs before what comes next
}

// objects writes a list of objects, and nothing where there are none.
func objects[T any](j *audit, name string, list []T, one func(*audit, *T)) {
	if len(list) == 0 {
		return
	}
	j.list(name)
	for i := range list {
		j.item()
		one(j, &list[i])
		j.end('}')
	}
	j.end(']')
}

func (j *audit) step(s *Step) {
	j.str("name", s.Name)
	j.str("actor", s.Actor)
	j.str("actor_kind", string(s.ActorKind))
	j.time("started", s.Started)
	j.time("ended", s.Ended)
	j.str("gate", s.Gate)
	j.str("act", string(s.Act))
	j.str("tool", s.Tool)
	j.str("precision", string(s.Precision))
}

func (j *audit) access(a *DataAccess) {
	j.str("source", a.Source)
	if len(a.Fields) > 0 {
		j.list("fields")
		for _, f := range a.Fields {
			j.value(f)
		}
		j.end(']')
	}
	j.time("time", a.Time)
	j.str("precision", string(a.Precision))
}

func (j *audit) output(o *Output) {
	j.str("text", o.Text)
	j.str("sha256", o.SHA256)
	j.str("recommendation", o.Recommendation)
	if o.Confidence != 0 {
		j.key("confidence")
		j.b = strconv.AppendFloat(j.b, o.Confidence, 'g', -1, 64)
	}
	j.str("reasoning", o.Reasoning)
}

func (j *audit) decision(d *Decision) {
	j.str("gate", d.Gate)
	j.str("prepared_by", d.PreparedBy)
	j.time("presented", d.Presented)
	j.time("opened", d.Opened)
	j.time("decided", d.Decided)
	j.str("account", d.Account)
	j.str("officer_name", d.OfficerName)
	j.str("role", d.Role)
	j.str("code", string(d.Code))
	if d.Edited {
		j.key("edited")
		j.b = append(j.b, "true"...)
	}
	j.str("reason", d.Reason)
	j.str("ai_recommendation", d.AIRecommendation)
	j.str("ai_code", string(d.AICode))
	j.str("args_digest", d.ArgsDigest)
	j.str("policy_version", d.PolicyVersion)
	j.str("precision", string(d.Precision))
}

func (j *audit) comma() {
	if j.more {
		j.b = append(j.b, ',')
	}
	j.more = true
}

func (j *audit) key(k string) {
	j.comma()
	j.b = append(j.b, '"')
	j.b = append(j.b, k...)
	j.b = append(j.b, `":`...)
}

func (j *audit) list(k string) {
	j.key(k)
	j.b, j.more = append(j.b, '['), false
}

func (j *audit) item() {
	j.comma()
	j.b, j.more = append(j.b, '{'), false
}

func (j *audit) end(c byte) { j.b, j.more = append(j.b, c), true }

func (j *audit) str(k, v string) {
	if v != "" {
		j.key(k)
		j.quote(v)
	}
}

func (j *audit) value(v string) {
	j.comma()
	j.quote(v)
}

func (j *audit) time(k string, t time.Time) {
	if !t.IsZero() {
		j.key(k)
		j.b = append(j.b, '"')
		j.b = t.UTC().AppendFormat(j.b, time.RFC3339Nano)
		j.b = append(j.b, '"')
	}
}

func (j *audit) quote(s string) {
	const hex = "0123456789abcdef"
	j.b = append(j.b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			j.b = append(j.b, s[from:i]...)
			j.b = append(j.b, '\\', c)
		case c == '\n':
			j.b = append(j.b, s[from:i]...)
			j.b = append(j.b, `\n`...)
		case c < 0x20:
			j.b = append(j.b, s[from:i]...)
			j.b = append(j.b, `\u00`...)
			j.b = append(j.b, hex[c>>4], hex[c&15])
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				j.b = append(j.b, s[from:i]...)
				j.b = append(j.b, "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		default:
			i++
			continue
		}
		i++
		from = i
	}
	j.b = append(append(j.b, s[from:]...), '"')
}

// AppendJSONString appends s as a JSON string; what is not UTF-8 becomes U+FFFD.
func AppendJSONString(b []byte, s string) []byte {
	j := audit{b: b}
	j.quote(s)
	return j.b
}
