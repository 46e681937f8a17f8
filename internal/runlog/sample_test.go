package runlog

import (
	"bytes"
	"io"
	"slices"
	"sort"
	"testing"
	"time"

	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/sample"
	"assay/internal/workflow"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameRecord compares what records say, without where they stand.
var sameRecord = cmp.Options{cmpopts.IgnoreTypes(run.Position{}), cmpopts.EquateEmpty()}

var until = time.Date(2026, 6, 30, 18, 0, 0, 0, time.UTC)

func sampleExport(t testing.TB, key string) sample.Export {
	t.Helper()
	e, err := sample.Runs(key, sample.RunOptions{Seed: 1, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// findings runs the tests on single runs over recs.
func findings(c sample.Cast, recs []run.Record) map[string][]string {
	w := &workflow.Workflow{ID: c.Key, Name: c.Name, Gates: c.Gates, Roster: c.Roster}
	w.KSB.Activities, w.KSB.Tools, w.Account.DataSources = c.Activities, c.Tools, c.Sources
	tester := oversight.NewTester(w)
	out := map[string][]string{}
	for i := range recs {
		for _, f := range tester.Test("source", &recs[i], oversight.NewStream()) {
			for _, r := range f.Runs {
				if !slices.Contains(out[string(f.Code)], r.RunID) {
					out[string(f.Code)] = append(out[string(f.Code)], r.RunID)
				}
			}
		}
	}
	for _, ids := range out {
		sort.Strings(ids)
	}
	return out
}

// The sample council's exports come in three formats; whatever the format, the
// runs and what is wrong with them are the same.
func TestSample(t *testing.T) {
	write := func(t *testing.T, f func(io.Writer) error) *bytes.Reader {
		t.Helper()
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(b.Bytes())
	}
	for _, c := range sample.Casts() {
		e := sampleExport(t, c.Key)
		want := findings(c, e.Records)
		t.Run(c.Key+" reads back the same from its run audit", func(t *testing.T) {
			recs, res, err := readAll(t, write(t, e.WriteRunAudit), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if res.RefusedCount+res.NotesCount > 0 || res.Format != RunAudit {
				t.Errorf("format %s; refused %v, noted %v", res.Format, res.Refused, res.Notes)
			}
			if d := cmp.Diff(e.Records, recs, sameRecord); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(&e.Stated, res.Stated); d != "" {
				t.Error(d)
			}
			for i := range recs {
				if recs[i].At.Line != int64(i+2) {
					t.Fatalf("record %d stands at line %d", i, recs[i].At.Line)
				}
			}
		})
		t.Run(c.Key+" shows the same findings from CSV", func(t *testing.T) {
			m, err := ParseMapping(e.Mapping())
			if err != nil {
				t.Fatal(err)
			}
			recs, res, err := readAll(t, write(t, e.WriteCSV), Options{Mapping: m})
			if err != nil {
				t.Fatal(err)
			}
			if res.Format != CSV || res.Kept != int64(len(e.Records)) {
				t.Errorf("format %s, kept %d of %d", res.Format, res.Kept, len(e.Records))
			}
			if d := cmp.Diff(want, findings(c, recs)); d != "" {
				t.Error(d)
			}
		})
		t.Run(c.Key+" shows the same findings from XES", func(t *testing.T) {
			m, err := ParseMapping(e.XESMapping())
			if err != nil {
				t.Fatal(err)
			}
			recs, res, err := readAll(t, write(t, e.WriteXES), Options{Mapping: m})
			if err != nil {
				t.Fatal(err)
			}
			if res.Format != XES || res.Wrapping != Gzip || res.Kept != int64(len(e.Records)) {
				t.Errorf("format %s in %s, kept %d of %d", res.Format, res.Wrapping, res.Kept, len(e.Records))
			}
			if d := cmp.Diff(want, findings(c, recs)); d != "" {
				t.Error(d)
			}
		})
	}
}
