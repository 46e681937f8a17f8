package oversight

import (
	"compress/gzip"
	"encoding/xml"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// receiptGate is the gate that the municipality's log is read with.
func receiptWorkflow(accounts []string) *workflow.Workflow {
	g := workflow.Gate{
		Key: "confirm", Title: "Confirmation of receipt", FourEyes: true, MinReviewSeconds: 60,
		Prepare: []string{"T02 Check confirmation of receipt"},
		Decide:  []string{"T04 Determine confirmation of receipt"},
		Release: []string{"T05 Print and send confirmation of receipt"},
	}
	w := &workflow.Workflow{ID: "w", Ref: "WF-0001", Name: "Receipt"}
	for _, a := range accounts {
		l := workflow.Login{Account: a, Kind: workflow.LoginShared}
		switch {
		case strings.HasPrefix(a, "Resource"):
			l.Kind = workflow.LoginOfficer
			g.Officers = append(g.Officers, a)
		case strings.EqualFold(a, "test"):
			l.Kind = workflow.LoginTest
		}
		w.Roster = append(w.Roster, l)
	}
	w.Gates = []workflow.Gate{g}
	return w
}

// readReceipt reads what these tests need of the real log, independently of
// the importer.
func readReceipt(t testing.TB) (recs []*run.Record, accounts []string) {
	f, err := os.Open("../../../shared/data/receipt.xes.gz")
	if err != nil {
		t.Skip("the municipality's log is not beside the checkout: ", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	type attr struct {
		Key   string `xml:"key,attr"`
		Value string `xml:"value,attr"`
	}
	type attrs struct {
		Strings []attr `xml:"string"`
		Dates   []attr `xml:"date"`
	}
	var log struct {
		Traces []struct {
			attrs
			Events []attrs `xml:"event"`
		} `xml:"trace"`
	}
	if err := xml.NewDecoder(z).Decode(&log); err != nil {
		t.Fatal(err)
	}
	get := func(as []attr, key string) string {
		for _, a := range as {
			if a.Key == key {
				return a.Value
			}
		}
		return ""
	}
	seen := map[string]bool{}
	for i, tr := range log.Traces {
		r := &run.Record{
			RunID:          get(tr.Strings, "concept:name"),
			TriggerChannel: get(tr.Strings, "channel"),
			At:             run.Position{Line: int64(i + 1), Offset: -1},
		}
		for j, e := range tr.Events {
			at, err := time.Parse(time.RFC3339, get(e.Dates, "time:timestamp"))
			if err != nil {
				t.Fatal(err)
			}
			s := run.Step{
				Seq:   j + 1,
				Name:  get(e.Strings, "concept:name"),
				Actor: get(e.Strings, "org:resource"),
				Ended: at.UTC(),
				At:    run.Position{Line: int64(i + 1), Item: int64(j + 1), Offset: -1},
			}
			r.Steps = append(r.Steps, s)
			seen[s.Actor] = true
			if r.Started.IsZero() || at.Before(r.Started) {
				r.Started = at.UTC()
			}
			if at.After(r.Ended) {
				r.Ended = at.UTC()
			}
		}
		recs = append(recs, r)
	}
	for a := range seen {
		accounts = append(accounts, a)
	}
	sort.Strings(accounts)
	return recs, accounts
}

func TestReceipt(t *testing.T) {
	recs, accounts := readReceipt(t)
	w := receiptWorkflow(accounts)
	tester := NewTester(w)
	got := map[Code]int{}
	events, shared := 0, 0
	kinds := map[string]workflow.LoginKind{}
	for _, l := range w.Roster {
		kinds[l.Account] = l.Kind
	}
	var reviews []float64
	for _, r := range recs {
		for _, f := range tester.Test("source", r, NewStream()) {
			got[f.Code]++
			if len(f.Runs) != 1 || f.Runs[0].RunID != r.RunID || f.Runs[0].At.Line != r.At.Line {
				t.Fatalf("%s of %s leads to %+v", f.Code, r.RunID, f.Runs)
			}
		}
		tr := Trail(r, w.Gates[0])
		if d, _, ok := tr.Review(); ok {
			reviews = append(reviews, d.Seconds())
		}
		for _, s := range r.Steps {
			events++
			if kinds[s.Actor] != workflow.LoginOfficer {
				shared++
			}
		}
	}
	sort.Float64s(reviews)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"cases", len(recs), 1434},
		{"events", events, 8577},
		{"cases with both", len(reviews), 1303},
		{"median review", reviews[len(reviews)/2], 33.885},
		{"events by shared or test accounts", shared, 522},
		{"OVR-05", got[SameEyes], 1042},
		{"OVR-06", got[DecidedFast], 816},
		{"OVR-11", got[DecidedBeforehand], 1},
		{"OVR-01", got[ReleasedUndecided], 1},
		{"OVR-02", got[ReleasedEarly], 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	t.Log(got)
}

func TestReceiptMeasures(t *testing.T) {
	recs, accounts := readReceipt(t)
	w := receiptWorkflow(accounts)
	tester, s := NewTester(w), NewStream()
	for _, r := range recs {
		tester.Test("source", r, s)
	}
	r := s.Result(w, Context{})
	m := r.Gates[0]
	if m.Review.N != 1303 || m.Review.P50 != 33.885 {
		t.Errorf("%d reviews, median %g s; want 1303, 33.885", m.Review.N, m.Review.P50)
	}
	if m.Released != 1300 || m.Missing != 1 || r.Totals.Runs != 1434 || r.Totals.Steps != 8577 {
		t.Errorf("%+v", m)
	}
	byKind := map[workflow.LoginKind]int64{}
	for _, l := range w.Roster {
		byKind[l.Kind] += s.Accounts[l.Account]
	}
	if n := byKind[workflow.LoginShared] + byKind[workflow.LoginTest]; n != 522 {
		t.Errorf("%d events by shared or test accounts, want 522", n)
	}
	for _, c := range []Code{NoRecord, NoReason, LogGap, SegmentGap, UnreviewedChange} {
		if skipped(r, c) == "" {
			t.Errorf("%s, which this log cannot show, is not said to be untested", c)
		}
	}
	if r.First != "2010-10-02" || r.DaysIdle == 0 {
		t.Errorf("from %s, %d idle days", r.First, r.DaysIdle)
	}
}
