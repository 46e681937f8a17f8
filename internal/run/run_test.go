package run

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"assay/internal/testkit"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func sound() Record {
	t := testkit.Now
	return Record{
		RunID: "r-1", Started: t.Add(-2 * time.Hour), Ended: t.Add(-time.Hour), At: Position{Line: 7},
		Steps: []Step{
			{Seq: 1, Name: "Draft", Actor: "svc", Ended: t.Add(-110 * time.Minute), At: Position{Line: 7, Item: 1}},
		},
		Accesses: []DataAccess{{Source: "register", Fields: []string{"name"}}},
		Outputs:  []Output{{Text: "x", Confidence: 0.5}},
		Decisions: []Decision{
			{
				Gate:    "g",
				Account: "n.adeyemi",
				Code:    Approved,
				Opened:  t.Add(-100 * time.Minute),
				Decided: t.Add(-90 * time.Minute),
				At:      Position{Line: 7, Item: 1},
			},
		},
	}
}

func TestValidate(t *testing.T) {
	r := sound()
	if f := r.Validate(testkit.Now); f != nil {
		t.Fatalf("a sound run: %v", f)
	}
	for _, c := range []struct {
		name   string
		change func(*Record)
		words  string
	}{
		{"no identifier", func(r *Record) { r.RunID = "" }, "no identifier"},
		{"no time at all", func(r *Record) { *r = Record{RunID: "a", Steps: []Step{{Name: "x"}}} }, "has no time"},
		{"a future end", func(r *Record) { r.Ended = testkit.Now.Add(time.Second) }, "lies in the future"},
		{"a future step", func(r *Record) { r.Steps[0].Ended = testkit.Now.Add(time.Second) }, "lies in the future"},
		{
			"a future decision", func(r *Record) { r.Decisions[0].Decided = testkit.Now.Add(time.Second) },
			"lies in the future",
		},
		{"a clock that was never set", func(r *Record) { r.Started = time.Unix(0, 0) }, "clock was not set"},
		{"a step without a name", func(r *Record) { r.Steps[0].Name = "" }, "Step 1 has no name"},
		{"a decision without a gate", func(r *Record) { r.Decisions[0].Gate = "" }, "Decision 1 names no gate"},
		{"a decision with an unknown code", func(r *Record) { r.Decisions[0].Code = "fine" }, `"fine"`},
		{"a decision without a code", func(r *Record) { r.Decisions[0].Code = "" }, `""`},
		{"a confidence above 1", func(r *Record) { r.Outputs[0].Confidence = 1.01 }, "not between 0 and 1"},
		{"a confidence below 0", func(r *Record) { r.Outputs[0].Confidence = -0.1 }, "not between 0 and 1"},
	} {
		t.Run(c.name+" is a fault", func(t *testing.T) {
			r := sound()
			c.change(&r)
			f := r.Validate(testkit.Now)
			if len(f) == 0 || !strings.Contains(f[0].Message, c.words) {
				t.Errorf("%v, want %q", f, c.words)
			}
		})
	}
	for name, change := range map[string]func(*Record){
		"only a step has a time":  func(r *Record) { r.Started, r.Ended, r.Decisions = time.Time{}, time.Time{}, nil },
		"nobody decided":          func(r *Record) { r.Decisions[0] = Decision{Gate: "g", Code: TimedOut} },
		"the clock ran backwards": func(r *Record) { r.Ended = r.Started.Add(-time.Hour) },
	} {
		t.Run(name+" is evidence and no fault", func(t *testing.T) {
			r := sound()
			change(&r)
			if f := r.Validate(testkit.Now); f != nil {
				t.Error(f)
			}
		})
	}
}

func TestOddities(t *testing.T) {
	r := sound()
	if o := r.Oddities(); o != nil {
		t.Fatalf("a sound run: %v", o)
	}
	for _, c := range []struct {
		name   string
		change func(*Record)
		words  string
	}{
		{
			"a run that ends before it starts", func(r *Record) { r.Ended = r.Started.Add(-time.Hour) },
			"backwards by 1h0m0s",
		},
		{
			"a step that ends before it starts",
			func(r *Record) { r.Steps[0].Started = r.Steps[0].Ended.Add(time.Minute) }, "backwards by 1m0s",
		},
		{
			"a decision before it was opened",
			func(r *Record) { r.Decisions[0].Opened = r.Decisions[0].Decided.Add(time.Minute) }, "backwards",
		},
		{"a decision by no account", func(r *Record) { r.Decisions[0].Account = "" }, "names no account"},
		{"a decision at no time", func(r *Record) { r.Decisions[0].Decided = time.Time{} }, "has no time"},
	} {
		t.Run(c.name+" is noted", func(t *testing.T) {
			r := sound()
			c.change(&r)
			if o := r.Oddities(); len(o) != 1 || !strings.Contains(o[0].Message, c.words) {
				t.Errorf("%v, want %q", o, c.words)
			}
		})
	}
}

func TestClone(t *testing.T) {
	r := sound()
	c := r.Clone()
	c.Steps[0].Name, c.Decisions[0].Gate, c.Outputs[0].Text, c.Accesses[0].Fields[0] = "a", "b", "c", "d"
	if d := cmp.Diff(sound(), r); d != "" {
		t.Errorf("changing the copy changed the original: %s", d)
	}
	c.SetPart(3)
	if c.At.Part != 3 || c.Steps[0].At.Part != 3 || c.Decisions[0].At.Part != 3 || c.Outputs[0].At.Part != 3 ||
		c.Accesses[0].At.Part != 3 {
		t.Errorf("%+v", c)
	}
	c.Reset()
	if d := cmp.Diff(Record{}, c, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

// A run audit line is JSON with the fields of Record: the standard library is
// the judge.
func TestAppendAudit(t *testing.T) {
	t.Run("reads back with the standard library", rapid.MakeCheck(func(t *rapid.T) {
		r := sound()
		for _, s := range []*string{
			&r.RunID, &r.Outcome, &r.Steps[0].Name, &r.Decisions[0].Reason, &r.Outputs[0].Reasoning,
			&r.Accesses[0].Fields[0], &r.TriggerRef,
		} {
			*s = rapid.String().Draw(t, "text")
		}
		r.Sequence = rapid.Int64Range(0, 1<<60).Draw(t, "sequence")
		r.Outputs[0].Confidence = rapid.Float64Range(0, 1).Draw(t, "confidence")
		r.Decisions[0].Edited = rapid.Bool().Draw(t, "edited")
		b := AppendAudit(nil, &r)
		var got Record
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if d := cmp.Diff(
			r, got, cmpopts.IgnoreTypes(Position{}), cmpopts.IgnoreFields(Step{}, "Seq"), cmpopts.EquateEmpty(),
		); d != "" {
			t.Fatalf("%s\n%s", d, b)
		}
	}))
	t.Run("what is not UTF-8 is replaced", func(t *testing.T) {
		b := AppendAudit(nil, &Record{RunID: "a\xffb\xc3", Started: testkit.Now})
		if !utf8.Valid(b) || !json.Valid(b) {
			t.Errorf("%q", b)
		}
	})
	t.Run("the header says what is known", func(t *testing.T) {
		got := string(AppendAuditHeader(nil, Stated{Platform: "P", Runs: 3, Decisions: -1, From: testkit.Now}))
		if want := `{"assay_run_audit":1,"platform":"P","from":"2026-03-03T10:30:00Z","runs":3}`; got != want {
			t.Errorf("got %s", got)
		}
	})
}
