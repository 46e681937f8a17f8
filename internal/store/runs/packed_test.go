package runs

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// told is a run of which every version of bodies can tell everything, or version 2.
func told(precise bool) *run.Record {
	at := time.Date(2026, 6, 3, 9, 12, 0, 0, time.UTC)
	here := run.Position{Line: 7, Offset: 214}
	rec := &run.Record{
		RunID: "FOI-2026-0412", Sequence: 9, Workflow: "wf", Started: at, Ended: at.Add(90 * time.Second), At: here,
		Steps: []run.Step{{At: here, Seq: 1, Name: "draft", Ended: at.Add(90 * time.Second)}},
		Outputs: []run.Output{
			{At: here, Recommendation: "disclose", Confidence: 0.6897}, {At: here, Confidence: math.Copysign(0, -1)},
		},
		Decisions: []run.Decision{
			{
				At: here, Gate: "officer-decision", Decided: at.Add(61500 * time.Millisecond), Account: "q.merriman",
				Code: run.Approved,
			},
		},
	}
	if precise {
		rec.Precision, rec.Decisions[0].AICode = run.ToMinute, run.Approved
	}
	return rec
}

// numbers numbers texts as run_text does.
type numbers []string

func (ns *numbers) number(s string) int64 {
	for i, x := range *ns {
		if x == s {
			return int64(i + 1)
		}
	}
	*ns = append(*ns, s)
	return int64(len(*ns))
}

func (ns *numbers) unpack(t *testing.T, body []byte) run.Record {
	t.Helper()
	rec := run.Record{RunID: "FOI-2026-0412", At: run.Position{Line: 7}}
	u := unpacker{
		b: body, base: told(false).Started.UnixNano(),
		name:      func(n int64) string { return (*ns)[n-1] },
		recurring: func(b []byte) string { return string(b) },
	}
	if err := u.unpack(&rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestUnpack_versions reads bodies that older Assays wrote, and what this one writes as
// exactly as the format says.
func TestUnpack_versions(t *testing.T) {
	texts := numbers{"wf", "draft", "officer-decision", "q.merriman", "approved"}
	for _, x := range []struct {
		body    string
		precise bool
		written bool // today
	}{
		{body: "010201a1fe0a0000ac031201000000000001000202000000a1fe0a000000000200000008646973636c6f7365" +
			"6ea301bc0512e63f00000000000000000000008001000003000000f9c00704000005000000"},
		{body: "020201a1fe0a0000ac031201000000000001000202000000a1fe0a000000000200000008646973636c6f7365" +
			"6ea301bc0512e63f00000000000000000000008001000003000000f9c0070400000500000001000005", precise: true},
		{body: "030201a1fe0a0000ac03050100000000000100020200000001000000000200000008646973636c6f7365" +
			"04e26b00000000ff000000000000008001000003000000a8bd0304000005000000", written: true},
		{body: "040201a1fe0a0000ac03050100000000000100020200000001000000000200000008646973636c6f7365" +
			"04e26b00000000ff000000000000008001000003000000a8bd030400000500000001000005", precise: true, written: true},
	} {
		body, err := hex.DecodeString(x.body)
		if err != nil {
			t.Fatal(err)
		}
		want := told(x.precise)
		if diff := cmp.Diff(*want, texts.unpack(t, body)); diff != "" {
			t.Errorf("version %d: %s", body[0], diff)
		}
		if got := appendPacked(nil, want, want.Started, texts.number); x.written && !bytes.Equal(got, body) {
			t.Errorf("version %d: wrote %x", body[0], got)
		}
	}
}

// TestPacked_confidence: each comes back to the bit.
func TestPacked_confidence(t *testing.T) {
	some := []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 0.6897, 0.123456, 0.1234567, 1.0 / 3, 1e15, 1e16, 1e300,
		5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}
	r := rand.New(rand.NewPCG(7, 7))
	for range 10_000 {
		some = append(some, r.Float64(), float64(r.IntN(10_000))/1e4, math.Float64frombits(r.Uint64()))
	}
	for _, v := range some {
		p := packer{}
		p.decimal(v)
		u := unpacker{b: p.b, alike: true}
		if got := u.confidence(); math.Float64bits(got) != math.Float64bits(v) || u.bad || len(u.b) > 0 {
			t.Errorf("%v came back as %v", v, got)
		}
	}
}
