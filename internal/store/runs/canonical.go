package runs

import (
	"crypto/sha256"
	"math"
	"strconv"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"assay/internal/run"
)

// Digest is the SHA-256 of the canonical form of a run.
type Digest = [sha256.Size]byte

// DigestOf computes the digest of rec.
func DigestOf(rec *run.Record) Digest { return digestOf(AppendCanonical(nil, rec)) }

func digestOf(canonical []byte) Digest { return sha256.Sum256(canonical) }

// AppendCanonical appends the canonical form of rec to b: one JSON object
// without line break or spaces, with the members of run.Record in their order
// there. Empty strings, zero numbers, false, absent times and empty lists are
// left out, and so are positions: the same run is the same wherever it stands
// in a file. Times are RFC 3339 in UTC with as many decimals as they need.
// Strings are UTF-8 with only ", \ and control characters escaped (the latter
// as \u00xx); bytes that are not UTF-8 become U+FFFD. Confidence is written in
// the shortest form that reads back the same.
func AppendCanonical(b []byte, rec *run.Record) []byte {
	o := object{b: append(b, '{')}
	o.text(`"run_id":`, rec.RunID)
	o.text(`"workflow":`, rec.Workflow)
	o.text(`"workflow_version":`, rec.WorkflowVersion)
	o.text(`"model_version":`, rec.ModelVersion)
	o.text(`"prompt_version":`, rec.PromptVersion)
	o.text(`"trigger_channel":`, rec.TriggerChannel)
	o.text(`"trigger_ref":`, rec.TriggerRef)
	o.time(`"started":`, rec.Started)
	o.time(`"ended":`, rec.Ended)
	o.text(`"outcome":`, rec.Outcome)
	o.text(`"segment":`, rec.Segment)
	o.int(`"sequence":`, rec.Sequence)
	o.list(`"steps":`, len(rec.Steps), func(i int) {
		s := &rec.Steps[i]
		o.int(`"seq":`, int64(s.Seq))
		o.text(`"name":`, s.Name)
		o.text(`"actor_kind":`, string(s.ActorKind))
		o.text(`"actor":`, s.Actor)
		o.time(`"started":`, s.Started)
		o.time(`"ended":`, s.Ended)
		o.text(`"gate":`, s.Gate)
		o.text(`"act":`, string(s.Act))
		o.text(`"tool":`, s.Tool)
	})
	o.list(`"accesses":`, len(rec.Accesses), func(i int) {
		a := &rec.Accesses[i]
		o.text(`"source":`, a.Source)
		if len(a.Fields) > 0 {
			o.name(`"fields":`)
			o.b = append(o.b, '[')
			for j, f := range a.Fields {
				if j > 0 {
					o.b = append(o.b, ',')
				}
				o.b = appendString(o.b, f)
			}
			o.b = append(o.b, ']')
		}
		o.time(`"time":`, a.Time)
	})
	o.list(`"outputs":`, len(rec.Outputs), func(i int) {
		p := &rec.Outputs[i]
		o.text(`"text":`, p.Text)
		o.text(`"sha256":`, p.SHA256)
		o.text(`"recommendation":`, p.Recommendation)
		if p.Confidence != 0 && !math.IsNaN(p.Confidence) && !math.IsInf(p.Confidence, 0) {
			o.name(`"confidence":`)
			o.b = strconv.AppendFloat(o.b, p.Confidence, 'g', -1, 64)
		}
		o.text(`"reasoning":`, p.Reasoning)
	})
	o.list(`"decisions":`, len(rec.Decisions), func(i int) {
		d := &rec.Decisions[i]
		o.text(`"gate":`, d.Gate)
		o.text(`"prepared_by":`, d.PreparedBy)
		o.time(`"presented":`, d.Presented)
		o.time(`"opened":`, d.Opened)
		o.time(`"decided":`, d.Decided)
		o.text(`"account":`, d.Account)
		o.text(`"officer_name":`, d.OfficerName)
		o.text(`"role":`, d.Role)
		o.text(`"code":`, string(d.Code))
		if d.Edited {
			o.name(`"edited":`)
			o.b = append(o.b, "true"...)
		}
		o.text(`"reason":`, d.Reason)
		o.text(`"ai_recommendation":`, d.AIRecommendation)
		o.text(`"args_digest":`, d.ArgsDigest)
		o.text(`"policy_version":`, d.PolicyVersion)
	})
	return append(o.b, '}')
}

// object appends members to a JSON object that is being written. A member's
// name is given as it is written, with its colon.
type object struct{ b []byte }

// dated is a day, counted from 1970, and how it is written. The times of one
// run after the other are mostly of one day.
type dated struct {
	day  int64
	text [10]byte
}

var lastDated atomic.Pointer[dated]

func (o *object) name(n string) {
	if c := o.b[len(o.b)-1]; c != '{' && c != '[' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, n...)
}

func (o *object) text(n, s string) {
	if s != "" {
		o.name(n)
		o.b = appendString(o.b, s)
	}
}

func (o *object) int(n string, v int64) {
	if v != 0 {
		o.name(n)
		o.b = strconv.AppendInt(o.b, v, 10)
	}
}

// time writes t as RFC 3339 with nanoseconds.
func (o *object) time(n string, t time.Time) {
	if t.IsZero() {
		return
	}
	o.name(n)
	o.b = append(o.b, '"')
	day, second := dayOf(t), t.Unix()
	second -= day * 86400
	date := lastDated.Load()
	if date == nil || date.day != day {
		text := t.UTC().AppendFormat(nil, time.DateOnly)
		if len(text) != len(date.text) { // a year of five digits
			o.b = append(t.UTC().AppendFormat(o.b, time.RFC3339Nano), '"')
			return
		}
		date = &dated{day, [10]byte(text)}
		lastDated.Store(date)
	}
	o.b = append(o.b, date.text[:]...)
	h, m, s := byte(second/3600), byte(second/60%60), byte(second%60)
	o.b = append(o.b, 'T', '0'+h/10, '0'+h%10, ':', '0'+m/10, '0'+m%10, ':', '0'+s/10, '0'+s%10)
	if ns := t.Nanosecond(); ns != 0 {
		digits := [10]byte{'.'}
		for i := 9; i > 0; i-- {
			digits[i] = '0' + byte(ns%10)
			ns /= 10
		}
		last := 9
		for digits[last] == '0' {
			last--
		}
		o.b = append(o.b, digits[:last+1]...)
	}
	o.b = append(o.b, 'Z', '"')
}

func (o *object) list(n string, count int, each func(int)) {
	if count == 0 {
		return
	}
	o.name(n)
	o.b = append(o.b, '[')
	for i := range count {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(o.b, '{')
		each(i)
		o.b = append(o.b, '}')
	}
	o.b = append(o.b, ']')
}

// plain tells whether s needs no escape: printable ASCII without " and \.
func plain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		// Each term has the top bit of a byte where that is below 0x20, a quote, a
		// backslash or no ASCII (Warren, Hacker's Delight, 6-1).
		if (x|(x-ones*0x20)&^x|(quote-ones)&^quote|(slash-ones)&^slash)&tops != 0 {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	if plain(s) {
		return append(append(b, s...), '"')
	}
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		if c < 0x20 {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, '\\', c)
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
