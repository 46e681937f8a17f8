package importer

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPreview(t *testing.T) {
	look := func(t *testing.T, src []byte, m *Mapping) Table {
		t.Helper()
		got, err := Preview(context.Background(), bytes.NewReader(src), Options{Name: "log", Mapping: m})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("columns, rows and a mapping are suggested", func(t *testing.T) {
		got := look(t, []byte("Case ID;Activity;Start Timestamp;Complete Timestamp;Resource;Cost\nc1;Check;13/06/2026 09:00;13/06/2026 09:05;a.b;7\nc1;Decide;14/06/2026 09:00;14/06/2026 09:05;a.c;\n"), nil)
		want := &Mapping{Version: 1, Rows: "event", TimeLayouts: []string{"DD/MM/YYYY hh:mm"},
			Fields: map[string]string{"run_id": "Case ID", "activity": "Activity", "started": "Start Timestamp", "ended": "Complete Timestamp", "actor": "Resource"}}
		if d := cmp.Diff(want, got.Suggested); d != "" {
			t.Error(d)
		}
		if len(got.Rows) != 2 || got.Rows[1][5] != "" || got.Columns[5] != "Cost" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("the columns of process mining tools are known", func(t *testing.T) {
		src := []byte("case:concept:name,concept:name,time:timestamp,org:resource,lifecycle:transition\nc1,Decide,2026-06-01T09:00:00Z,a.b,start\nc1,Decide,2026-06-01T09:05:00Z,a.b,COMPLETE\nc1,Wait,2026-06-01T09:06:00Z,a.b,start\nc1,Decide,2026-06-01T09:07:00Z,a.b,schedule\n")
		m := look(t, src, nil).Suggested
		recs, _, err := readAll(t, bytes.NewReader(src), Options{Mapping: m})
		if err != nil || len(recs) != 1 {
			t.Fatalf("%+v, %v, %+v", recs, err, m)
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
		e := sampleExport(t, "housing-repairs")
		var b bytes.Buffer
		if err := e.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		m := look(t, b.Bytes(), nil).Suggested
		if m.Zone != "" {
			t.Errorf("the zone %q was guessed", m.Zone)
		}
		if _, _, err := readAll(t, bytes.NewReader(b.Bytes()), Options{Mapping: m}); err == nil || !strings.Contains(err.Error(), "Which zone") && !strings.Contains(err.Error(), "not explained") {
			t.Errorf("got %v", err)
		}
		m.Zone = "Europe/London"
		delete(m.Fields, "decision")
		recs, _, err := readAll(t, bytes.NewReader(b.Bytes()), Options{Mapping: m})
		if err != nil || len(recs) != len(e.Records) {
			t.Errorf("%d runs, %v", len(recs), err)
		}
	})
	t.Run("a workbook is looked into as well", func(t *testing.T) {
		got := look(t, workbookOf(t, "Log", [][]any{{"Case", "Activity", "When"}, {"a", "b", time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)}}, "dd/mm/yyyy hh:mm"), &Mapping{Version: 1, Sheet: "Log"})
		if got.Kind.Format != XLSX || len(got.Columns) != 3 || got.Rows[0][2] != "2026-06-01T09:00:00" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a log that is no table is said to be none", func(t *testing.T) {
		_, err := Preview(context.Background(), strings.NewReader(goodLine), Options{})
		if err == nil || !strings.Contains(err.Error(), "no table") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAlike(t *testing.T) {
	got := Alike([]Count{{Name: "J.Smith"}, {Name: "e.haldane"}, {Name: "smith, j"}, {Name: "j smith@council.example"}, {Name: "E.Haldane2"}, {Name: "--"}})
	if len(got) != 1 || len(got[0]) != 3 {
		t.Errorf("%v", got)
	}
}
