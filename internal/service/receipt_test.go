package service

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"assay/internal/runlog"

	"github.com/google/go-cmp/cmp"
)

// TestReceipt_conversions: the municipality's log shows the same figures from
// its own file and from its conversions through our exporters, each imported
// into a register of its own.
func TestReceipt_conversions(t *testing.T) {
	log, err := filepath.Abs("../../../shared/data/receipt.xes.gz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(log); err != nil {
		t.Skip("the municipality's log is not beside the checkout: ", err)
	}
	ctx := context.Background()
	type figures struct {
		Findings []CodeCount
		Monitor  Monitoring
		Runs     int64
		Events   int64
	}
	of := func(t *testing.T, file string) (*Service, string, figures) {
		s, _, err := Create(
			ctx,
			filepath.Join(t.TempDir(), "register.assay"),
			NewRegister{Organisation: "Municipality", Person: "Ada", Plain: true},
			Options{},
		)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		if _, err := s.Apply(ctx, "../apply/testdata/receipt.yaml", false); err != nil {
			t.Fatal(err)
		}
		wf := must(s.Workflows(ctx))[0].Ref
		r := must(s.Import(ctx, ImportRequest{Path: file, Workflow: wf}))
		m := must(s.Monitor(ctx, MonitorQuery{Workflow: wf}))
		for i := range m.Volumes {
			m.Volumes[i].WorkflowID = "" // differs with the register
		}
		return s, wf, figures{r.Findings, m, r.Source.New, r.Source.Events}
	}
	s, wf, want := of(t, log)
	if want.Runs != 1434 || want.Events != 8577 {
		t.Fatalf("%d cases, %d events", want.Runs, want.Events)
	}
	counts := map[string]int64{}
	for _, f := range want.Findings {
		counts[f.Code] = f.Count
	}
	// From the README beside the log: read independently of Assay.
	for code, n := range map[string]int64{"OVR-01": 1, "OVR-05": 1042, "OVR-06": 816, "OVR-11": 1} {
		if counts[code] != n {
			t.Errorf("%s: %d, want %d", code, counts[code], n)
		}
	}
	for _, f := range runlog.Written() {
		format := f.Name
		t.Run(string(format), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "converted")
			if e := must(s.ExportRuns(ctx, wf, string(format), file)); e.Runs != 1434 {
				t.Fatalf("%+v", e)
			}
			_, _, got := of(t, file)
			if d := cmp.Diff(
				string(must(json.MarshalIndent(want, "", " "))), string(must(json.MarshalIndent(got, "", " "))),
			); d != "" {
				t.Error(d)
			}
		})
	}
}
