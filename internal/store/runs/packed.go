package runs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"assay/internal/run"
)

// A run's details are kept in one value, its body: everything of it but the columns
// of its row and the texts that people search for. They are only ever wanted
// together, and a row for each step, access and decision would cost an import three
// times as much. Where bodies and texts lie is in blocks.go.
//
// # Format, version 1
//
//	u   unsigned integer, as in Protocol Buffers (LEB128)
//	z   signed integer: u of (v << 1) ^ (v >> 63)
//	n   number of a text in run_text: u
//	s   text: u of its length in bytes, and the bytes
//	t   time: u, 0 for none, otherwise 1 + the zigzag (as in z) of its distance from the row's
//	    time (at; 1970 where that is NULL) in units
//	p   position: u, 0 as the run's; 1 as the run's, the item being the part's number in its
//	    list from 1; 2 followed by z part, z line, z item, z offset, each as the distance from the run's
//
//	byte 1                      the version
//	byte                        the unit of times: 0 nanosecond, 1 microsecond, 2 millisecond, 3 second
//	t started, t ended
//	z part, z item, z offset    where the run stands; its line is a column
//	z sequence
//	n workflow, n workflow version, n model version, n prompt version, n trigger channel
//	s trigger reference
//	u steps, and for each: p, z seq, n name, n actor kind, n actor, t started, t ended, n gate, n act, n tool
//	u accesses, and for each: p, n source, t time, u fields, s field …
//	u outputs, and for each: p, byte flags, s SHA-256, s recommendation, 8 bytes confidence (IEEE 754, little-endian)
//	    flags: 1 has a text, 2 has a reasoning, 4 the reasoning is not blank; both are among the run's texts
//	u decisions, and for each: p, byte flags, n gate, n prepared by, t presented, t opened, t decided, n account, n officer name,
//	    n role, n code, s AI recommendation, s digest of arguments, n policy version
//	    flags: 1 edited, 2 has a reason, 4 the reason is not blank, or, with 8, says something; reasons are
//	    among the run's texts
//
// Version 2 is version 1 and then a byte for how exactly times are known, of
// the run and of each step, access and decision in that order: 0 to the second
// or finer, 1 to the minute, 2 to the day; and then, of each decision, n code of
// what the AI recommended. It is written only where one of these is not 0.
//
// Versions 3 and 4 are versions 1 and 2, of which the runs of a block look more alike, so
// that it is a third smaller. Only these are written:
//
//	u sequence     0 for none, otherwise 1 + the zigzag of its distance from the run's line:
//	               platforms number their runs as they write them
//	t              of parts counts from when the run ended, where that is known: steps end
//	               with it, and people decide shortly before
//	confidence     byte decimals, up to 6, and z the confidence times ten to the power of these;
//	               or 255 and 8 bytes as before, of what is no such decimal fraction
const (
	packedVersion = 1
	packedPrecise = 2
	packedAlike   = 3
	packedBoth    = 4
	latestPacked  = packedBoth
)

// Decimals of a confidence: up to how many are written as a whole number, and what stands
// in place of how many for any other.
const (
	mostDecimals = 6
	noDecimals   = 255
)

// precisions are the precisions of times, by their number in the format.
var precisions = [...]run.Precision{run.ToSecond, run.ToMinute, run.ToDay}

const (
	hasText      = 1
	hasReasoning = 2
	hasReason    = 2
	notBlank     = 4
	isEdited     = 1
	isJudged     = 8
)

// units of time, by their number in the format.
var units = [...]int64{1, 1_000, 1_000_000, 1_000_000_000}

// packer writes bodies. number gives the number of a text; an error of it is
// for the caller to keep.
type packer struct {
	b      []byte
	base   int64 // what times are counted from, in nanoseconds
	unit   int64
	at     run.Position
	number func(string) int64
}

// unixNano is a time in nanoseconds; unlike time.Time.UnixNano it is 0 for none.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// appendPacked appends the body of rec, whose row has the time at.
func appendPacked(b []byte, rec *run.Record, at time.Time, number func(string) int64) []byte {
	p := packer{b: b, base: unixNano(at), at: rec.At, number: number}
	unit := coarsest(rec, p.base)
	p.unit = units[unit]
	version := byte(packedAlike)
	if furtherDetails(rec) {
		version = packedBoth
	}
	p.b = append(p.b, version, byte(unit))
	p.time(rec.Started)
	p.time(rec.Ended)
	if !rec.Ended.IsZero() {
		p.base = unixNano(rec.Ended)
	}
	p.int(int64(rec.At.Part))
	p.int(rec.At.Item)
	p.int(rec.At.Offset)
	if rec.Sequence == 0 {
		p.uint(0)
	} else {
		p.uint(1 + zigzag(rec.Sequence-rec.At.Line))
	}
	for _, s := range [...]string{
		rec.Workflow, rec.WorkflowVersion, rec.ModelVersion, rec.PromptVersion, rec.TriggerChannel,
	} {
		p.name(s)
	}
	p.text(rec.TriggerRef)
	p.uint(uint64(len(rec.Steps)))
	for i := range rec.Steps {
		s := &rec.Steps[i]
		p.place(s.At, i)
		p.int(int64(s.Seq))
		p.name(s.Name)
		p.name(string(s.ActorKind))
		p.name(s.Actor)
		p.time(s.Started)
		p.time(s.Ended)
		p.name(s.Gate)
		p.name(string(s.Act))
		p.name(s.Tool)
	}
	p.uint(uint64(len(rec.Accesses)))
	for i := range rec.Accesses {
		a := &rec.Accesses[i]
		p.place(a.At, i)
		p.name(a.Source)
		p.time(a.Time)
		p.uint(uint64(len(a.Fields)))
		for _, f := range a.Fields {
			p.text(f)
		}
	}
	p.uint(uint64(len(rec.Outputs)))
	for i := range rec.Outputs {
		o := &rec.Outputs[i]
		p.place(o.At, i)
		p.b = append(
			p.b,
			flag(o.Text != "", hasText)|flag(o.Reasoning != "", hasReasoning)|flag(!blank(o.Reasoning), notBlank),
		)
		p.text(o.SHA256)
		p.text(o.Recommendation)
		p.decimal(o.Confidence)
	}
	p.uint(uint64(len(rec.Decisions)))
	for i := range rec.Decisions {
		d := &rec.Decisions[i]
		p.place(d.At, i)
		p.b = append(p.b, flag(d.Edited, isEdited)|flag(d.Reason != "", hasReason|isJudged)|
			flag(!run.SaysNothing(d.Reason), notBlank))
		p.name(d.Gate)
		p.name(d.PreparedBy)
		p.time(d.Presented)
		p.time(d.Opened)
		p.time(d.Decided)
		p.name(d.Account)
		p.name(d.OfficerName)
		p.name(d.Role)
		p.name(string(d.Code))
		p.text(d.AIRecommendation)
		p.text(d.ArgsDigest)
		p.name(d.PolicyVersion)
	}
	if version == packedBoth {
		eachPrecision(rec, func(q *run.Precision) {
			p.b = append(p.b, byte(max(0, slices.Index(precisions[:], *q))))
		})
		for i := range rec.Decisions {
			p.name(string(rec.Decisions[i].AICode))
		}
	}
	return p.b
}

// eachPrecision gives every precision of rec, in the order of the format.
func eachPrecision(rec *run.Record, f func(*run.Precision)) {
	f(&rec.Precision)
	for i := range rec.Steps {
		f(&rec.Steps[i].Precision)
	}
	for i := range rec.Accesses {
		f(&rec.Accesses[i].Precision)
	}
	for i := range rec.Decisions {
		f(&rec.Decisions[i].Precision)
	}
}

// furtherDetails tells whether rec holds what version 1 has no place for.
func furtherDetails(rec *run.Record) (found bool) {
	if rec.Precision != run.ToSecond {
		return true
	}
	for i := range rec.Steps {
		if rec.Steps[i].Precision != run.ToSecond {
			return true
		}
	}
	for i := range rec.Accesses {
		if rec.Accesses[i].Precision != run.ToSecond {
			return true
		}
	}
	for i := range rec.Decisions {
		if rec.Decisions[i].Precision != run.ToSecond || rec.Decisions[i].AICode != "" {
			return true
		}
	}
	return false
}

func flag(is bool, f byte) byte {
	if is {
		return f
	}
	return 0
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// coarsest is the number of the coarsest unit that all times of rec are whole
// multiples of, counted from base.
func coarsest(rec *run.Record, base int64) int {
	unit := len(units) - 1
	note := func(t time.Time) {
		if t.IsZero() {
			return
		}
		for d := t.UnixNano() - base; d%units[unit] != 0; {
			unit--
		}
	}
	note(rec.Started)
	note(rec.Ended)
	for i := range rec.Steps {
		note(rec.Steps[i].Started)
		note(rec.Steps[i].Ended)
	}
	for i := range rec.Accesses {
		note(rec.Accesses[i].Time)
	}
	for i := range rec.Decisions {
		note(rec.Decisions[i].Presented)
		note(rec.Decisions[i].Opened)
		note(rec.Decisions[i].Decided)
	}
	return unit
}

func (p *packer) uint(v uint64) {
	for v >= 0x80 {
		p.b = append(p.b, byte(v)|0x80)
		v >>= 7
	}
	p.b = append(p.b, byte(v))
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func (p *packer) int(v int64) { p.uint(zigzag(v)) }

func (p *packer) name(s string) {
	if s == "" {
		p.b = append(p.b, 0)
		return
	}
	p.uint(uint64(p.number(s)))
}

func (p *packer) text(s string) {
	p.uint(uint64(len(s)))
	p.b = append(p.b, s...)
}

func (p *packer) time(t time.Time) {
	if t.IsZero() {
		p.b = append(p.b, 0)
		return
	}
	p.uint(1 + zigzag((t.UnixNano()-p.base)/p.unit))
}

// decimal writes a confidence. The quotient of two whole numbers is rounded as the decimal
// fraction is when it is read, so that what comes back is the same to the bit.
func (p *packer) decimal(v float64) {
	for k, power := range powers {
		m := math.Round(v * power)
		if !(math.Abs(m) < 1<<53) { // nor a number at all
			break
		}
		whole := int64(m)
		if math.Float64bits(float64(whole)/power) == math.Float64bits(v) { // by bits: -0 is none of them
			p.b = append(p.b, byte(k))
			p.int(whole)
			return
		}
	}
	p.b = binary.LittleEndian.AppendUint64(append(p.b, noDecimals), math.Float64bits(v))
}

// place writes where part i of a list stands.
func (p *packer) place(at run.Position, i int) {
	asRun := at
	asRun.Item = p.at.Item
	switch {
	case at == p.at || at == (run.Position{}):
		p.b = append(p.b, 0)
	case asRun == p.at && at.Item == int64(i)+1:
		p.b = append(p.b, 1)
	default:
		p.b = append(p.b, 2)
		p.int(int64(at.Part - p.at.Part))
		p.int(at.Line - p.at.Line)
		p.int(at.Item - p.at.Item)
		p.int(at.Offset - p.at.Offset)
	}
}

var errPacked = errors.New("the details of a run are cut off or of a form that this Assay does not know")

// unpacker reads bodies. The first fault is kept; after it everything is zero.
type unpacker struct {
	b       []byte
	bad     bool
	base    int64
	unit    int64
	at      run.Position
	precise bool // precisions follow
	alike   bool // as written since version 3
	name    func(int64) string
	// recurring gives a string for the bytes of a text that mostly was there before.
	recurring func([]byte) string
	depth     depth
}

// unpackEnded reads when a run ended, from the beginning of its body.
func unpackEnded(b []byte, at int64) (time.Time, error) {
	u := unpacker{b: b, base: at}
	u.head()
	u.time()
	t := u.time()
	return t, u.err()
}

func (u *unpacker) err() error {
	if u.bad {
		return errPacked
	}
	return nil
}

func (u *unpacker) head() {
	if len(u.b) < 2 || u.b[0] < packedVersion || u.b[0] > latestPacked || int(u.b[1]) >= len(units) {
		u.bad, u.b = true, nil
		return
	}
	u.precise = u.b[0] == packedPrecise || u.b[0] == packedBoth
	u.alike = u.b[0] >= packedAlike
	u.unit = units[u.b[1]]
	u.b = u.b[2:]
}

// unpack reads the body into rec, whose line and other columns are set. Texts
// that stand apart are for the caller to add or, where only the
// tests' view is asked for, "…" where there is one.
func (u *unpacker) unpack(rec *run.Record) error {
	u.head()
	rec.Started, rec.Ended = u.time(), u.time()
	rec.At.Part, rec.At.Item, rec.At.Offset = int(u.int()), u.int(), u.int()
	u.at = rec.At
	if !u.alike {
		rec.Sequence = u.int()
	} else {
		if v := u.uint(); v > 0 {
			rec.Sequence = unzigzag(v-1) + rec.At.Line
		}
		if !rec.Ended.IsZero() {
			u.base = unixNano(rec.Ended)
		}
	}
	rec.Workflow, rec.WorkflowVersion, rec.ModelVersion, rec.PromptVersion, rec.TriggerChannel = u.text(), u.text(),
		u.text(), u.text(), u.text()
	rec.TriggerRef = u.content()
	for i := range u.count() {
		rec.Steps = append(
			rec.Steps,
			run.Step{
				At:        u.place(i),
				Seq:       int(u.int()),
				Name:      u.text(),
				ActorKind: run.ActorKind(u.text()),
				Actor:     u.text(),
				Started:   u.time(),
				Ended:     u.time(),
				Gate:      u.text(),
				Act:       run.Act(u.text()),
				Tool:      u.text(),
			},
		)
	}
	for i := range u.count() {
		a := run.DataAccess{At: u.place(i), Source: u.text(), Time: u.time()}
		for range u.count() {
			if f := u.bytes(); u.depth == whole {
				a.Fields = append(a.Fields, string(f))
			}
		}
		rec.Accesses = append(rec.Accesses, a)
	}
	for i := range u.count() {
		o := run.Output{At: u.place(i)}
		flags := u.byte()
		o.SHA256, o.Recommendation, o.Confidence = u.content(), u.content(), u.confidence()
		if flags&hasText != 0 && u.depth != whole {
			o.Text = "…"
		}
		if flags&notBlank != 0 && u.depth != whole {
			o.Reasoning = "…"
		}
		rec.Outputs = append(rec.Outputs, o)
	}
	for i := range u.count() {
		d := run.Decision{At: u.place(i)}
		flags := u.byte()
		d.Edited = flags&isEdited != 0
		d.Gate, d.PreparedBy, d.Presented, d.Opened, d.Decided = u.text(), u.text(), u.time(), u.time(), u.time()
		d.Account, d.OfficerName, d.Role, d.Code = u.text(), u.text(), u.text(), run.DecisionCode(u.text())
		d.AIRecommendation, d.ArgsDigest, d.PolicyVersion = u.recurring(u.bytes()), u.content(), u.text()
		if flags&notBlank != 0 && u.depth != whole {
			d.Reason = "…"
		}
		// What a former version took for a reason is one as long as the run is kept.
		d.ReasonStands = flags&notBlank != 0 && (u.depth != whole || flags&isJudged == 0)
		rec.Decisions = append(rec.Decisions, d)
	}
	if u.precise {
		eachPrecision(rec, func(q *run.Precision) {
			if n := int(u.byte()); n < len(precisions) {
				*q = precisions[n]
			} else {
				u.bad = true
			}
		})
		for i := range rec.Decisions {
			rec.Decisions[i].AICode = run.DecisionCode(u.text())
		}
	}
	if u.bad || len(u.b) > 0 {
		return fmt.Errorf("run %q: %w", rec.RunID, errPacked)
	}
	return nil
}

func (u *unpacker) uint() uint64 {
	if len(u.b) > 0 && u.b[0] < 0x80 {
		v := uint64(u.b[0])
		u.b = u.b[1:]
		return v
	}
	v, n := binary.Uvarint(u.b)
	if n <= 0 {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[n:]
	return v
}

func (u *unpacker) int() int64 {
	return unzigzag(u.uint())
}

// count reads how many follow, each of which takes a byte at least.
func (u *unpacker) count() int {
	n := u.uint()
	if n > uint64(len(u.b)) {
		u.bad, u.b = true, nil
		return 0
	}
	return int(n)
}

func (u *unpacker) byte() byte {
	if len(u.b) == 0 {
		u.bad = true
		return 0
	}
	v := u.b[0]
	u.b = u.b[1:]
	return v
}

func (u *unpacker) bytes() []byte {
	n := u.count()
	v := u.b[:n]
	u.b = u.b[n:]
	return v
}

func (u *unpacker) text() string {
	v := u.uint()
	if v == 0 {
		return ""
	}
	return u.name(int64(v))
}

// content reads a text that tests do not look into.
func (u *unpacker) content() string {
	v := u.bytes()
	switch {
	case len(v) == 0:
		return ""
	case u.depth == whole:
		return u.recurring(v)
	case blank(string(v)):
		return ""
	}
	return "…"
}

// powers are those of ten, by how many decimals a number has.
var powers = [mostDecimals + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

func (u *unpacker) confidence() float64 {
	if !u.alike {
		return u.float()
	}
	switch k := u.byte(); {
	case k == noDecimals:
		return u.float()
	case int(k) < len(powers):
		return float64(u.int()) / powers[k]
	}
	u.bad, u.b = true, nil
	return 0
}

func (u *unpacker) float() float64 {
	if len(u.b) < 8 {
		u.bad, u.b = true, nil
		return 0
	}
	v := binary.LittleEndian.Uint64(u.b)
	u.b = u.b[8:]
	return math.Float64frombits(v)
}

func (u *unpacker) time() time.Time {
	v := u.uint()
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(0, u.base+unzigzag(v-1)*u.unit).UTC()
}

func (u *unpacker) place(i int) run.Position {
	at := u.at
	switch u.byte() {
	case 0:
	case 1:
		at.Item = int64(i) + 1
	case 2:
		at.Part += int(u.int())
		at.Line += u.int()
		at.Item += u.int()
		at.Offset += u.int()
	default:
		u.bad = true
	}
	return at
}
