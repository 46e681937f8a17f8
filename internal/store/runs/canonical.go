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
	// Each member and each element of a list is written after a comma; shut puts
	// the bracket in the place of the first.
	all := len(b)
	b = appendText(b, `,"run_id":`, rec.RunID)
	b = appendText(b, `,"workflow":`, rec.Workflow)
	b = appendText(b, `,"workflow_version":`, rec.WorkflowVersion)
	b = appendText(b, `,"model_version":`, rec.ModelVersion)
	b = appendText(b, `,"prompt_version":`, rec.PromptVersion)
	b = appendText(b, `,"trigger_channel":`, rec.TriggerChannel)
	b = appendText(b, `,"trigger_ref":`, rec.TriggerRef)
	b = appendTime(b, `,"started":`, rec.Started)
	b = appendTime(b, `,"ended":`, rec.Ended)
	b = appendText(b, `,"outcome":`, rec.Outcome)
	b = appendText(b, `,"segment":`, rec.Segment)
	b = appendInt(b, `,"sequence":`, rec.Sequence)
	b = appendText(b, `,"precision":`, string(rec.Precision))
	b = appendSteps(b, rec.Steps)
	b = appendAccesses(b, rec.Accesses)
	b = appendOutputs(b, rec.Outputs)
	b = appendDecisions(b, rec.Decisions)
	return shut(b, all, '{', '}')
}

func appendSteps(b []byte, steps []run.Step) []byte {
	if len(steps) == 0 {
		return b
	}
	b = append(b, `,"steps":`...)
	list := len(b)
	for i := range steps {
		s := &steps[i]
		b = append(b, ',')
		step := len(b)
		b = appendInt(b, `,"seq":`, int64(s.Seq))
		b = appendText(b, `,"name":`, s.Name)
		b = appendText(b, `,"actor_kind":`, string(s.ActorKind))
		b = appendText(b, `,"actor":`, s.Actor)
		b = appendTime(b, `,"started":`, s.Started)
		b = appendTime(b, `,"ended":`, s.Ended)
		b = appendText(b, `,"gate":`, s.Gate)
		b = appendText(b, `,"act":`, string(s.Act))
		b = appendText(b, `,"tool":`, s.Tool)
		b = appendText(b, `,"precision":`, string(s.Precision))
		b = shut(b, step, '{', '}')
	}
	return shut(b, list, '[', ']')
}

func appendAccesses(b []byte, accesses []run.DataAccess) []byte {
	if len(accesses) == 0 {
		return b
	}
	b = append(b, `,"accesses":`...)
	list := len(b)
	for i := range accesses {
		a := &accesses[i]
		b = append(b, ',')
		access := len(b)
		b = appendText(b, `,"source":`, a.Source)
		if len(a.Fields) > 0 {
			b = append(b, `,"fields":`...)
			fields := len(b)
			for _, f := range a.Fields {
				b = appendString(append(b, ','), f)
			}
			b = shut(b, fields, '[', ']')
		}
		b = appendTime(b, `,"time":`, a.Time)
		b = appendText(b, `,"precision":`, string(a.Precision))
		b = shut(b, access, '{', '}')
	}
	return shut(b, list, '[', ']')
}

func appendOutputs(b []byte, outputs []run.Output) []byte {
	if len(outputs) == 0 {
		return b
	}
	b = append(b, `,"outputs":`...)
	list := len(b)
	for i := range outputs {
		o := &outputs[i]
		b = append(b, ',')
		output := len(b)
		b = appendText(b, `,"text":`, o.Text)
		b = appendText(b, `,"sha256":`, o.SHA256)
		b = appendText(b, `,"recommendation":`, o.Recommendation)
		if o.Confidence != 0 && !math.IsNaN(o.Confidence) && !math.IsInf(o.Confidence, 0) {
			b = strconv.AppendFloat(append(b, `,"confidence":`...), o.Confidence, 'g', -1, 64)
		}
		b = appendText(b, `,"reasoning":`, o.Reasoning)
		b = shut(b, output, '{', '}')
	}
	return shut(b, list, '[', ']')
}

func appendDecisions(b []byte, decisions []run.Decision) []byte {
	if len(decisions) == 0 {
		return b
	}
	b = append(b, `,"decisions":`...)
	list := len(b)
	for i := range decisions {
		d := &decisions[i]
		b = append(b, ',')
		decision := len(b)
		b = appendText(b, `,"gate":`, d.Gate)
		b = appendText(b, `,"prepared_by":`, d.PreparedBy)
		b = appendTime(b, `,"presented":`, d.Presented)
		b = appendTime(b, `,"opened":`, d.Opened)
		b = appendTime(b, `,"decided":`, d.Decided)
		b = appendText(b, `,"account":`, d.Account)
		b = appendText(b, `,"officer_name":`, d.OfficerName)
		b = appendText(b, `,"role":`, d.Role)
		b = appendText(b, `,"code":`, string(d.Code))
		if d.Edited {
			b = append(b, `,"edited":true`...)
		}
		b = appendText(b, `,"reason":`, d.Reason)
		b = appendText(b, `,"ai_recommendation":`, d.AIRecommendation)
		b = appendText(b, `,"ai_code":`, string(d.AICode))
		b = appendText(b, `,"args_digest":`, d.ArgsDigest)
		b = appendText(b, `,"policy_version":`, d.PolicyVersion)
		b = appendText(b, `,"precision":`, string(d.Precision))
		b = shut(b, decision, '{', '}')
	}
	return shut(b, list, '[', ']')
}

// shut ends an object or list whose members or elements, if any, begin at at.
func shut(b []byte, at int, open, end byte) []byte {
	if len(b) == at {
		return append(b, open, end)
	}
	b[at] = open
	return append(b, end)
}

func appendText(b []byte, name, s string) []byte {
	if s == "" {
		return b
	}
	return appendString(append(b, name...), s)
}

func appendInt(b []byte, name string, v int64) []byte {
	if v == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), v, 10)
}

// dated is a day, counted from 1970, and how it is written. The times of one
// run after the other are mostly of one day.
type dated struct {
	day  int64
	text [10]byte
}

var lastDated atomic.Pointer[dated]

// appendTime writes t as RFC 3339 with nanoseconds.
func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(append(b, name...), '"')
	day, second := dayOf(t), t.Unix()
	second -= day * 86400
	date := lastDated.Load()
	if date == nil || date.day != day {
		text := t.UTC().AppendFormat(nil, time.DateOnly)
		if len(text) != len(date.text) { // a year of five digits
			return append(t.UTC().AppendFormat(b, time.RFC3339Nano), '"')
		}
		date = &dated{day, [10]byte(text)}
		lastDated.Store(date)
	}
	h, m, s := uint32(second)/3600, uint32(second)/60%60, uint32(second)%60
	var clock [21]byte
	copy(clock[:], date.text[:])
	clock[10] = 'T'
	copy(clock[11:], twoDigits[2*h:2*h+2])
	clock[13] = ':'
	copy(clock[14:], twoDigits[2*m:2*m+2])
	clock[16] = ':'
	copy(clock[17:], twoDigits[2*s:2*s+2])
	nanoseconds := t.Nanosecond()
	if nanoseconds == 0 {
		clock[19], clock[20] = 'Z', '"'
		return append(b, clock[:]...)
	}
	return append(appendDecimals(append(b, clock[:19]...), uint32(nanoseconds)), 'Z', '"')
}

// appendDecimals writes a point and as many decimals of a second as are needed.
// Platforms mostly write milliseconds, so those are not looked for digit by digit.
func appendDecimals(b []byte, nanoseconds uint32) []byte {
	if ms := nanoseconds / 1_000_000; ms*1_000_000 == nanoseconds {
		b = append(b, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
	} else {
		var digits [10]byte
		digits[0] = '.'
		for i := 9; i > 0; i-- {
			digits[i] = '0' + byte(nanoseconds%10)
			nanoseconds /= 10
		}
		b = append(b, digits[:]...)
	}
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

const twoDigits = "00010203040506070809101112131415161718192021222324252627282930313233343536373839" +
	"404142434445464748495051525354555657585960616263646566676869"

// plain tells whether s needs no escape: printable ASCII without " and \.
func plain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
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
