package runlog

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/workflow"

	"github.com/google/go-cmp/cmp"
)

var oneGate = []workflow.Gate{{Key: "officer-decision", Title: "Officer decision"}}

func surveyOf(t *testing.T, src []byte, m *Mapping) Survey {
	t.Helper()
	got, err := Look(context.Background(), bytes.NewReader(src), Options{Name: "log", Mapping: m})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLook(t *testing.T) {
	t.Run("columns are counted, and times are known by their form", func(t *testing.T) {
		got := surveyOf(
			t,
			[]byte(
				"Case ID;Start;End;Zoned;US;Note\nc1;13/06/2026 09:00;2026-06-01 "+
					"09:00:00;2026-06-01T09:00:00Z;06/13/2026 09:00;\nc1;04/06/2026 09:00;2026-06-02 "+
					"09:00:00;2026-06-02T09:00:00+01:00;06/04/2026 09:00;x\n",
			),
			nil,
		)
		var forms []string
		for _, c := range got.Columns {
			forms = append(forms, fmt.Sprint(c.Name, " ", c.Filled, " ", c.Time, " ", c.Zoned, " ", len(c.Values)))
		}
		want := []string{
			"Case ID 2  false 1",
			"Start 2 DD/MM/YYYY hh:mm false 2",
			"End 2 ISO false 2",
			"Zoned 2 ISO true 2",
			"US 2 MM/DD/YYYY hh:mm false 2",
			"Note 1  false 1",
		}
		if d := cmp.Diff(want, forms); d != "" {
			t.Error(d)
		}
		if !got.Whole || got.Rows != 2 || got.Format != CSV ||
			got.Columns[0].Values[0] != (Count{Name: "c1", Events: 2}) {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a day that may be a month is said to be one", func(t *testing.T) {
		if c := surveyOf(t, []byte("a,b\nx,05/06/2026 09:00\n"), nil).Columns[1]; c.Time != "DD/MM/YYYY hh:mm" ||
			!c.EitherWay {
			t.Errorf("%+v", c)
		}
	})
	t.Run("one odd time in many does not hide what the others are", func(t *testing.T) {
		src := "a,b\nx,soon\n" + strings.Repeat("x,2026-06-01 09:00:00\n", 30)
		if c := surveyOf(t, []byte(src), nil).Columns[1]; c.Time != "ISO" {
			t.Errorf("%+v", c)
		}
	})
	t.Run("memory is bounded: many values, long values and many rows", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("id,text\n")
		for i := range surveyRows + 10 {
			fmt.Fprintf(&b, "r%d,%s\n", i, strings.Repeat("x", 300))
		}
		got := surveyOf(t, []byte(b.String()), nil)
		if got.Rows != surveyRows || got.Whole || !got.Columns[0].More || len(got.Columns[0].Values) != surveyValues ||
			len(got.Columns[1].Values) != 1 ||
			len(got.Columns[1].Values[0].Name) > surveyLength {
			t.Errorf("%d rows, %d values", got.Rows, len(got.Columns[0].Values))
		}
	})
	t.Run("a workbook is looked into as well", func(t *testing.T) {
		got := surveyOf(
			t,
			workbookOf(
				t,
				"Log",
				[][]any{{"Case", "Activity", "When"}, {"a", "b", time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)}},
				"dd/mm/yyyy hh:mm",
			),
			&Mapping{Version: 1, Sheet: "Log"},
		)
		if got.Format != XLSX || len(got.Columns) != 3 || got.Columns[2].Time != "ISO" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a log that is no table is said to be none", func(t *testing.T) {
		_, err := Look(context.Background(), strings.NewReader(goodLine), Options{})
		if err == nil || !strings.Contains(err.Error(), "no table") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("it is stopped when nobody waits", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := Look(ctx, strings.NewReader("a,b\n"+strings.Repeat("1,2\n", 5000)), Options{})
		if err == nil || !strings.Contains(err.Error(), "Stopped") {
			t.Errorf("got %v", err)
		}
	})
}

// TestSuggestBeside holds suggestions to what a person chose already.
func TestSuggestBeside(t *testing.T) {
	gates := []workflow.Gate{{Key: "g", Title: "Gate"}}
	x := surveyOf(t, []byte("Ticket,Ref,Officer,Logged,Checked,Decision,Sent to tenant\n"+
		"A1,77,ann,01/10/2026 09:00,01/10/2026 10:00,Agreed,01/10/26 10:03\n"+
		"A2,78,bob,02/10/2026 09:00,02/10/2026 10:00,Changed,02/10/26 10:03\n"), nil)
	m := Suggest(x, gates, nil).Mapping
	if m.Fields["run_id"] != "Ref" || m.Fields["account"] != "Officer" || m.Fields["actor"] != "" ||
		m.Fields["decided"] != "Checked" {
		t.Errorf("of a row that is a run: %v", m.Fields)
	}
	want := []EventRule{
		{Activity: "Logged", Ended: "Logged"},
		{Activity: "Sent to tenant", Ended: "Sent to tenant", Gate: "g", Act: run.ActRelease},
	}
	if !slices.Equal(m.Events, want) {
		t.Errorf("events %+v", m.Events)
	}
	// One form of time for each column that is read.
	if want := []string{"DD/MM/YYYY hh:mm", "DD/MM/YY hh:mm"}; !slices.Equal(m.TimeLayouts, want) {
		t.Errorf("forms %v", m.TimeLayouts)
	}
	src := "Ref,Logged,Checked,Decision\n" +
		"1,2026-10-01 09:00,01/10/2026 10:00,Agreed\n" +
		"2,2026-10-02 09:00,13/10/2026 10:00,Agreed\n"
	mixed := Suggest(surveyOf(t, []byte(src), nil), gates, nil).Mapping
	if want := []string{"DD/MM/YYYY hh:mm", "ISO"}; !slices.Equal(mixed.TimeLayouts, want) {
		t.Errorf("forms of two columns %v", mixed.TimeLayouts)
	}
	mixed.Zone = "Europe/London"
	res, err := Read(context.Background(), strings.NewReader(src), Options{Mapping: mixed},
		func(r *run.Record) error { return nil })
	if err != nil || res.Kept != 2 || res.RefusedCount != 0 {
		t.Errorf("read %+v, %v", res, err)
	}
	m = Suggest(x, gates, map[string]string{"run_id": "Ticket", "decided": "Logged", "no_field": "Ref"}).Mapping
	if m.Fields["run_id"] != "Ticket" || m.Fields["decided"] != "Logged" || m.Fields["no_field"] != "" {
		t.Errorf("what was chosen does not stand: %v", m.Fields)
	}
	if len(m.Events) != 2 || m.Events[0].Activity != "Checked" {
		t.Errorf("events beside what was chosen %+v", m.Events)
	}
}

func TestSuggest(t *testing.T) {
	suggest := func(t *testing.T, src string, gates []workflow.Gate) Suggestion {
		t.Helper()
		return Suggest(surveyOf(t, []byte(src), nil), gates, nil)
	}
	why := func(s Suggestion, part, name string) string {
		for _, g := range s.Guesses {
			if g.Part == part && g.Name == name {
				return g.Why
			}
		}
		return ""
	}
	t.Run("an event log is known by the names of its columns", func(t *testing.T) {
		got := suggest(
			t,
			"Case ID;Activity;Start Timestamp;Complete Timestamp;Resource;Cost\nc1;Check;13/06/2026 "+
				"09:00;13/06/2026 09:05;a.b;7\nc1;Decide;14/06/2026 09:00;14/06/2026 09:05;a.c;\n",
			nil,
		)
		want := &Mapping{Version: 1, Rows: "event", TimeLayouts: []string{"DD/MM/YYYY hh:mm"},
			Fields: map[string]string{
				"run_id":   "Case ID",
				"activity": "Activity",
				"started":  "Start Timestamp",
				"ended":    "Complete Timestamp",
				"actor":    "Resource",
			}}
		if d := cmp.Diff(want, got.Mapping); d != "" {
			t.Error(d)
		}
	})
	t.Run("a column of times is never taken for anything else", func(t *testing.T) {
		got := suggest(
			t,
			"Ref,Event,Decision date,Decision\n1,Sign off,2026-06-01 09:00:00,Agreed\n1,Send,2026-06-01 09:00:00,\n",
			oneGate,
		)
		if got.Mapping.Fields["decided"] != "Decision date" || got.Mapping.Fields["decision"] != "Decision" {
			t.Errorf("%v", got.Mapping.Fields)
		}
	})
	t.Run("columns that nobody named are known by what stands in them", func(t *testing.T) {
		src := "A,B,C,D\n"
		for i := range 40 {
			src += fmt.Sprintf(
				"R%d,Read the documents,2026-06-01 09:00:00,ai\nR%d,Decide the case,2026-06-01 09:05:00,p.w\n",
				i,
				i,
			)
		}
		got := suggest(t, src, oneGate)
		if d := cmp.Diff(map[string]string{"run_id": "A", "activity": "B", "ended": "C"}, got.Mapping.Fields); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(
			map[string]ActivityRule{"Decide the case": {Gate: "officer-decision", Act: run.ActDecide}},
			got.Mapping.Activities,
		); d != "" {
			t.Error(d)
		}
	})
	t.Run("a row is a whole run where no run comes twice, and its times are events", func(t *testing.T) {
		got := suggest(
			t,
			"Job no,Received,Priority set,Ordered,Outcome\n1,01/06/2026 09:00,01/06/2026 10:00,01/06/2026 "+
				"11:00,urgent\n2,13/06/2026 09:00,13/06/2026 10:00,,routine\n",
			oneGate,
		)
		want := []EventRule{{Activity: "Priority set", Ended: "Priority set"}, {Activity: "Ordered", Ended: "Ordered"}}
		if d := cmp.Diff(want, got.Mapping.Events); d != "" || got.Mapping.Rows != "run" ||
			got.Mapping.Fields["run_started"] != "Received" {
			t.Errorf("%s%+v", d, got.Mapping)
		}
	})
	t.Run("acts, words and accounts are guessed with a reason, a zone never", func(t *testing.T) {
		got := suggest(
			t,
			"Ref,Event,When,User,Result\n1,Draft letter,2026-06-01 09:00:00,svc-foi,\n1,Sign off "+
				"letter,2026-06-01 09:05:00,a.b,Agreed with change\n1,Send letter,2026-06-01 "+
				"09:06:00,svc-foi,\n2,Send back to team,2026-06-01 09:06:00,a.b,Sent back\n2,Wait,2026-06-01 "+
				"09:06:00,a.b,Hmm\n",
			oneGate,
		)
		m := got.Mapping
		if m.Zone != "" || m.Activities["Draft letter"].Act != run.ActPrepare ||
			m.Activities["Sign off letter"].Act != run.ActDecide ||
			m.Activities["Send letter"].Act != run.ActRelease ||
			len(m.Activities) != 3 {
			t.Errorf("%+v", m)
		}
		if d := cmp.Diff(map[run.DecisionCode][]string{
			run.ApprovedWithEdits: {"Agreed with change"}, run.ReferredBack: {"Sent back"},
		}, m.Decisions); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(map[run.ActorKind][]string{run.ActorSystem: {"svc-foi"}}, m.Actors); d != "" {
			t.Error(d)
		}
		if why(got, "activities", "Sign off letter") == "" || why(got, "decisions", "Sent back") == "" ||
			why(got, "constants", "gate") == "" {
			t.Errorf("%+v", got.Guesses)
		}
	})
	t.Run("what the gate's description names needs no guess", func(t *testing.T) {
		got := SuggestActs(
			[]Count{{Name: "Tick the box"}, {Name: "Approve"}},
			[]workflow.Gate{{Key: "g", Title: "Head of service", Decide: []string{"Tick the box"}}},
		)
		if len(got.Mapping.Activities) != 1 ||
			!strings.Contains(why(got, "activities", "Tick the box"), "Head of service") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("which of several gates it is, nobody can guess", func(t *testing.T) {
		got := SuggestActs([]Count{{Name: "Approve"}}, []workflow.Gate{{Key: "g"}, {Key: "h"}})
		if len(got.Mapping.Activities) != 0 || why(got, "activities", "Approve") == "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("the columns of process mining tools are known", func(t *testing.T) {
		src := "case:concept:name,concept:name,time:timestamp,org:resource,lifecycle:transition\nc1,Decide," +
			"2026-06-01T09:00:00Z,a.b,start\nc1,Decide,2026-06-01T09:05:00Z,a.b,COMPLETE\nc1,Wait," +
			"2026-06-01T09:06:00Z,a.b,start\nc1,Decide,2026-06-01T09:07:00Z,a.b,schedule\n"
		recs, _, err := readAll(t, strings.NewReader(src), Options{Mapping: suggest(t, src, nil).Mapping})
		if err != nil || len(recs) != 1 {
			t.Fatalf("%+v, %v", recs, err)
		}
		var got []string
		for _, s := range recs[0].Steps {
			got = append(got, s.Name+" "+s.Started.Format("15:04")+" "+s.Ended.Format("15:04"))
		}
		want := []string{"Decide 09:00 09:05", "Wait [start] 09:06 00:00", "Decide [schedule] 00:00 09:07"}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("the sample's event list reads with what is suggested, once a zone is given", func(t *testing.T) {
		e := sampleExport(t, "foi-drafting")
		var b bytes.Buffer
		if err := e.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		m := suggest(t, b.String(), oneGate).Mapping
		if m.Zone != "" {
			t.Errorf("the zone %q was guessed", m.Zone)
		}
		if _, _, err := readAll(t, bytes.NewReader(b.Bytes()), Options{Mapping: m}); err == nil ||
			!strings.Contains(err.Error(), "Which zone") {
			t.Errorf("got %v", err)
		}
		m.Zone = "Europe/London"
		recs, _, err := readAll(t, bytes.NewReader(b.Bytes()), Options{Mapping: m})
		if err != nil || len(recs) != len(e.Records) {
			t.Errorf("%d runs, %v, %s", len(recs), err, FormatMapping(m))
		}
	})
	t.Run("what is suggested is always a mapping that can be written and read", func(t *testing.T) {
		m := suggest(t, "\"a: b\",=x,\u202e\n1,2,3\n", oneGate).Mapping
		if _, err := ParseMapping(FormatMapping(m)); err != nil {
			t.Error(err)
		}
	})
}

func TestMappingFits(t *testing.T) {
	m := &Mapping{
		Version: 1,
		Rows:    "run",
		Fields:  map[string]string{"run_id": "Ref"},
		Events:  []EventRule{{Activity: "x", Ended: "When"}},
	}
	if !m.Fits([]string{"When", "Ref", "More"}) || m.Fits([]string{"Ref"}) || (&Mapping{}).Fits([]string{"Ref"}) {
		t.Error("a mapping fits a file that has all its columns, and no other")
	}
}

func TestAlike(t *testing.T) {
	got := Alike(
		[]Count{
			{Name: "J.Smith"},
			{Name: "e.haldane"},
			{Name: "smith, j"},
			{Name: "j smith@council.example"},
			{Name: "E.Haldane2"},
			{Name: "--"},
		},
	)
	if len(got) != 1 || len(got[0]) != 3 {
		t.Errorf("%v", got)
	}
}

// The header is proposed where titles stand above it, and decisions by day are
// taken for decisions.
func TestLook_tablesAsPeopleKeepThem(t *testing.T) {
	file := "Blue badges,,,,\nExtracted 01/05/2026,,,,\n\nRef,Received,Decision date,Decided " +
		"by,Outcome\nA,03/04/2026,07/04/2026,ann,Approved\nB,04/04/2026,25/04/2026,bob,Refused\nC,05/04/2026," +
		"08/04/2026,ann,Approved\n"
	x, err := Look(context.Background(), strings.NewReader(file), Options{})
	if err != nil || x.HeaderRow != 4 || !x.Proposed || x.Rows != 3 || x.Top[0].Cells[0] != "Blue badges" ||
		x.Columns[2].Time != "DD/MM/YYYY" {
		t.Fatalf("%+v %v", x, err)
	}
	m := Suggest(x, nil, nil).Mapping
	if m.HeaderRow != 4 || m.Fields["decided"] != "Decision date" || m.Fields["decision"] != "Outcome" ||
		m.Fields["account"] != "Decided by" || m.Fields["outcome"] != "" {
		t.Errorf("%+v", m)
	}
	again, err := Look(
		context.Background(), strings.NewReader(file), Options{Mapping: &Mapping{Version: 1, HeaderRow: 1}},
	)
	if err != nil || again.HeaderRow != 1 || again.Proposed || again.Columns[0].Name != "Blue badges" {
		t.Errorf("%+v %v", again, err)
	}
}
