package runlog

import (
	"reflect"
	"testing"
)

func TestKeptMapping(t *testing.T) {
	for _, m := range []*Mapping{nil, {Version: 1}, {Version: 1, Nothing: []string{"-"}, Rows: "run"}} {
		text, err := m.Kept()
		if err != nil {
			t.Fatal(err)
		}
		got, err := KeptMapping(text)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"{", "[]", `{"rows":3}`} {
		if m, err := KeptMapping(text); err == nil {
			t.Errorf("%s was read as %+v", text, m)
		}
	}
}

// TestRecordsByName: records and events that stand under their identifiers instead of in
// a list are read like those of one, and an account of a list may have a comma.
func TestRecordsByName(t *testing.T) {
	in := `{"cases": {"k1": {"ref": "A1", "by": ["Shaw, J."], "tasks": {
		"t1": {"name": "ask", "at": "2026-06-01T09:00:00Z"},
		"t2": {"name": "decide", "said": "yes", "at": "2026-06-01T09:20:00Z"}}},
	"k2": {"ref": "A2", "by": ["r.bose"], "at": "2026-06-01T10:00:00Z", "tasks": {}}}}`
	m := parsed(t, `assay_mapping: 1
records: {at: cases.*, each: tasks.*}
fields: {run_id: ref, account: by, activity: tasks.*.name, ended: tasks.*.at, decision: tasks.*.said, run_started: at}
activities: {decide: {gate: g, act: decide}}
decisions: {approved: ["yes"]}
lists: {account: ";"}
`)
	recs, res, err := readFormat(t, []byte(in), JSONMap, m)
	if err != nil || len(recs) != 2 || res.Totals.Records != 3 || len(recs[0].Steps) != 2 ||
		len(recs[0].Decisions) != 1 || recs[0].Decisions[0].Account != "Shaw, J." {
		t.Errorf("%q, %+v, %v", said(recs), res.Totals, err)
	}
}

// TestRecordsInLists: a list of events inside a list, of which each says what is around it.
func TestRecordsInLists(t *testing.T) {
	in := `{"ref": "A1", "events": [
		{"at": "2026-06-01T09:00:00Z", "by": "agent", "parts": [{"name": "ask"}, {"name": "draft", "by": "tool"}]},
		{"at": "2026-06-01T09:10:00Z", "by": "agent", "name": "wait", "parts": []},
		{"at": "2026-06-01T09:20:00Z", "by": "j.shaw", "parts": [{"name": "decide", "said": "yes"}]}]}`
	m := parsed(t, `assay_mapping: 1
records: {each: events.parts}
fields: {run_id: ref, activity: events.parts.name, ended: events.at, actor: events.by, decision: events.parts.said}
activities: {decide: {gate: g, act: decide}}
decisions: {approved: ["yes"]}
`)
	recs, res, err := readFormat(t, []byte(in), JSONMap, m)
	if got := said(recs); err != nil || res.Totals.Records != 4 || len(got) != 1 ||
		got[0] != "A1: ask by agent, draft by agent, decide by j.shaw (decide), approved by j.shaw 1 Jun 09:20:00" {
		t.Errorf("%q, %+v, %v", got, res.Totals, err)
	}
}
