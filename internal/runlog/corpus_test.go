package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/testkit"
)

// testKey is the key that the cases hash with.
var testKey = []byte("assay-test-key-of-32-bytes------")

// corpusCase is one folder of testdata/cases: export.* goes in, with
// mapping.yaml where there is one, and want.json comes out.
func corpusCase(t testing.TB, dir string) ([]byte, *Mapping, string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "export.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: want one export.* file, found %v", dir, files)
	}
	in, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var m *Mapping
	if b, err := os.ReadFile(filepath.Join(dir, "mapping.yaml")); err == nil {
		if m, err = ParseMapping(b); err != nil {
			t.Fatal(err)
		}
	}
	return in, m, filepath.Base(files[0])
}

// TestCorpus reads every case; -update writes what came out.
func TestCorpus(t *testing.T) {
	dirs, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no cases", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			in, m, name := corpusCase(t, dir)
			recs, res, err := readAll(
				t,
				bytes.NewReader(in),
				Options{Name: name, Mapping: m, HashKey: testKey, MaxTornShare: 0.5},
			)
			var f *fault.Error
			if err != nil && !errors.As(err, &f) {
				t.Fatalf("%v is no fault for a person", err)
			}
			out, err := json.MarshalIndent(struct {
				Fault   *fault.Error `json:"fault,omitempty"`
				Result  Result       `json:"result"`
				Records []run.Record `json:"records"`
			}{f, res, recs}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			testkit.Golden(t, filepath.Join(dir, "want.json"), append(out, '\n'))
		})
	}
}

// fuzz seeds a fuzz target with the cases of a format and checks what holds for
// any input: no panic, no more kept than read, nothing unsound, and a fault
// where reading fails.
func fuzz(f *testing.F, format Name, prefix string, m *Mapping) {
	dirs, _ := filepath.Glob("testdata/cases/" + prefix + "*")
	for _, dir := range dirs {
		in, _, _ := corpusCase(f, dir)
		f.Add(in)
	}
	fuzzWith(f, format, m)
}

func fuzzWith(f *testing.F, format Name, m *Mapping) {
	fuzzFrom(f, format, m, func(_ *testing.T, in []byte) io.Reader { return bytes.NewReader(in) })
}

func fuzzFrom(f *testing.F, format Name, m *Mapping, open func(*testing.T, []byte) io.Reader) {
	f.Fuzz(func(t *testing.T, in []byte) {
		recs, res, err := readAll(
			t,
			open(t, in),
			Options{Format: format, Mapping: m, HashKey: testKey, MaxLine: 1 << 16},
		)
		var fe *fault.Error
		if err != nil && !errors.As(err, &fe) {
			t.Fatalf("%v is no fault for a person", err)
		}
		if fe != nil && strings.Contains(fe.Message, "structure is damaged") {
			t.Fatalf("the reader panicked: %v", errors.Unwrap(fe))
		}
		if err != nil && fault.CodeOf(err) == fault.CodeInternal || err == nil && !res.Totals.add() {
			t.Fatalf("%v; %+v", err, res.Totals)
		}
		if int64(len(recs)) > res.Kept || res.Kept+res.RefusedCount+res.Duplicates != res.Read {
			t.Fatalf("%d records given; %+v", len(recs), res)
		}
		for i := range recs {
			if faults := recs[i].Validate(now.Add(clockSkew)); len(faults) > 0 {
				t.Fatalf("kept an unsound record: %v", faults)
			}
		}
	})
}

func FuzzRunAudit(f *testing.F) { fuzz(f, RunAudit, "run-audit-", nil) }
func FuzzXES(f *testing.F)      { fuzz(f, XES, "xes-", nil) }

func FuzzCSV(f *testing.F) {
	m, err := ParseMapping(example(f, "mapping.go", "assay_mapping: 1"))
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, CSV, "csv-", m)
}

// example takes an example out of the comment in a source file: the indented
// lines from the one that begins with first.
func example(t testing.TB, file, first string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, l := range strings.Split(string(src), "\n") {
		text, ok := strings.CutPrefix(l, "//\t")
		switch {
		case ok && (len(out) > 0 || strings.HasPrefix(text, first)):
			out = append(append(out, text...), '\n')
		case len(out) > 0:
			return out
		}
	}
	t.Fatalf("%s has no example that begins with %q", file, first)
	return nil
}

func TestExamples(t *testing.T) {
	t.Run("run audit", func(t *testing.T) {
		recs, res, err := readAll(t, bytes.NewReader(example(t, "run_audit.go", `{"assay_run_audit"`)), Options{})
		if err != nil || len(recs) != 1 || res.RefusedCount > 0 || res.Stated.Runs != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		r := recs[0]
		if len(r.Steps) != 3 || len(r.Accesses) != 1 || len(r.Outputs) != 1 || len(r.Decisions) != 1 ||
			r.Decisions[0].Code != run.ApprovedWithEdits {
			t.Errorf("%+v", r)
		}
	})
	t.Run("XES", func(t *testing.T) {
		recs, _, err := readAll(t, bytes.NewReader(example(t, "xes.go", "<log")), Options{})
		if err != nil || len(recs) != 1 || recs[0].Steps[0].Actor != "Resource10" {
			t.Fatalf("%+v, %v", recs, err)
		}
	})
	t.Run("CSV with its mapping", func(t *testing.T) {
		m, err := ParseMapping(example(t, "mapping.go", "assay_mapping: 1"))
		if err != nil {
			t.Fatal(err)
		}
		recs, _, err := readAll(t, bytes.NewReader(example(t, "csv.go", "Case;")), Options{Mapping: m})
		if err != nil || len(recs) != 1 {
			t.Fatalf("%+v, %v", recs, err)
		}
		r := recs[0]
		if r.Workflow != "wf-council-tax-changes" || len(r.Steps) != 3 || len(r.Decisions) != 1 ||
			r.Decisions[0].Account != "e.haldane" {
			t.Errorf("%+v", r)
		}
		if got := r.Started.Format("15:04Z07:00"); got != "08:10Z" {
			t.Errorf("09:10 in a London summer is %s", got)
		}
		if r.Steps[2].ActorKind != run.ActorSystem {
			t.Errorf("svc-revenues is %q", r.Steps[2].ActorKind)
		}
	})
	t.Run("a mapping reads back as it was written", func(t *testing.T) {
		m, err := ParseMapping(example(t, "mapping.go", "assay_mapping: 1"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseMapping(FormatMapping(m))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(FormatMapping(m), FormatMapping(again)) {
			t.Errorf("%s\n%s", FormatMapping(m), FormatMapping(again))
		}
	})
}

// Every format's example, in the comment that specifies it, is read with the
// mapping that stands with it: a run with one decision at the gate.
func TestFormatExamples(t *testing.T) {
	for _, c := range []struct {
		file, first, mapping string
		format               Name
		account              string
	}{
		{"otlp.go", `{"resourceSpans"`, "assay_mapping: 1", OTLP, "e.haldane"},
		{"langsmith.go", `{"id"`, "assay_mapping: 1", LangSmith, "e.haldane"},
		{"langfuse.go", `[{"id"`, "assay_mapping: 1", Langfuse, "c.ibbotson"},
		{"powerautomate.go", `{"runs"`, "assay_mapping: 1", PowerAutomate, "e.haldane@example.gov.uk"},
		{"ocel.go", `{"objectTypes"`, "", OCELJSON, "off-7"},
		{"ocelxml.go", `<log`, "", OCELXML, "off-7"},
		{"airflow.go", `{"hitl_details"`, "assay_mapping: 1", Airflow, "e.haldane"},
		{"mlflow.go", `{"info"`, "assay_mapping: 1", MLflow, "e.haldane"},
		{"temporal.go", `{"events"`, "assay_mapping: 1", Temporal, "e.haldane"},
		{"jsonmap.go", `{"page"`, "assay_mapping: 1", JSONMap, "e.haldane"},
		{"agentaudit.go", `{"record_id"`, "assay_mapping: 1", AgentAudit, ""},
	} {
		t.Run(string(c.format), func(t *testing.T) {
			var m *Mapping
			if c.mapping != "" {
				var err error
				if m, err = ParseMapping(example(t, c.file, c.mapping)); err != nil {
					t.Fatal(err)
				}
			}
			in := example(t, c.file, c.first)
			if c.format == OTLP {
				// The example's mapping reads another attribute than its spans have.
				in = bytes.ReplaceAll(
					in,
					[]byte(`gen_ai.human.reviewer_id","value":{"stringValue":"h:9f2c"}`),
					[]byte(`app.approver","value":{"stringValue":"e.haldane"}`),
				)
			}
			recs, res, err := readAll(t, bytes.NewReader(in), Options{Mapping: m})
			if err != nil || res.Format != c.format || len(recs) != 1 || res.RefusedCount > 0 {
				t.Fatalf("%+v, %v", res, err)
			}
			if c.account == "" {
				if res.Chain.Links != 1 || res.Chain.Broken != 0 {
					t.Errorf("%+v", res.Chain)
				}
				return
			}
			if len(recs[0].Decisions) != 1 || recs[0].Decisions[0].Gate != "officer-decision" ||
				recs[0].Decisions[0].Code != run.Approved ||
				recs[0].Decisions[0].Account != c.account {
				t.Errorf("%+v", recs[0].Decisions)
			}
		})
	}
}

func FuzzOTLP(f *testing.F)          { fuzz(f, OTLP, "otlp-", nil) }
func FuzzOCELJSON(f *testing.F)      { fuzz(f, OCELJSON, "ocel-json-", nil) }
func FuzzOCELXML(f *testing.F)       { fuzz(f, OCELXML, "ocel-xml-", nil) }
func FuzzAgentAudit(f *testing.F)    { fuzz(f, AgentAudit, "agent-audit-", nil) }
func FuzzLangSmith(f *testing.F)     { fuzz(f, LangSmith, "langsmith-", nil) }
func FuzzLangfuse(f *testing.F)      { fuzz(f, Langfuse, "langfuse-", nil) }
func FuzzPowerAutomate(f *testing.F) { fuzz(f, PowerAutomate, "power-automate-", nil) }

func FuzzMLflow(f *testing.F)   { fuzzExample(f, MLflow, "mlflow.go", `{"info"`) }
func FuzzAirflow(f *testing.F)  { fuzzExample(f, Airflow, "airflow.go", `{"hitl_details"`) }
func FuzzTemporal(f *testing.F) { fuzzExample(f, Temporal, "temporal.go", `{"events"`) }
func FuzzJSONMap(f *testing.F)  { fuzzExample(f, JSONMap, "jsonmap.go", `{"page"`) }

// fuzzExample begins with the example of a format, and its mapping.
func fuzzExample(f *testing.F, format Name, file, first string) {
	m, err := ParseMapping(example(f, file, "assay_mapping: 1"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example(f, file, first))
	fuzzWith(f, format, m)
}

func FuzzSniff(f *testing.F) {
	dirs, _ := filepath.Glob("testdata/cases/*")
	for _, dir := range dirs {
		in, _, _ := corpusCase(f, dir)
		f.Add(in)
	}
	f.Add(zipped(f, map[string]string{"a.jsonl": goodLine}))
	fuzzWith(f, "", nil)
}
