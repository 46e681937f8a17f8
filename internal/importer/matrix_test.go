package importer

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/run"
)

// everyFormat is a sound file of each format, with its mapping.
func everyFormat(t testing.TB) map[Format]struct {
	in []byte
	m  *Mapping
} {
	t.Helper()
	type file = struct {
		in []byte
		m  *Mapping
	}
	out := map[Format]file{}
	for f, name := range map[Format]string{RunAudit: "run-audit-plain", CSV: "csv-interleaved", XES: "xes-mapping", OCELJSON: "ocel-json-plain", OCELXML: "ocel-xml-plain",
		AgentAudit: "agent-audit-chain-holds", Langfuse: "langfuse-traces", LangSmith: "langsmith-array", PowerAutomate: "power-automate-runs-and-approvals", OTLP: "otlp-other-approver"} {
		in, m, _ := corpusCase(t, filepath.Join("testdata/cases", name))
		out[f] = file{in, m}
	}
	table := *out[CSV].m
	table.Sheet = "Log"
	out[XLSX] = file{workbookOf(t, "Log", [][]any{{"Case", "Activity", "When", "User", "Result", "Comment"},
		{"c1", "Prepare", "01/06/2026 09:00", "z.tamm", "", ""}, {"c1", "Decide", "01/06/2026 09:05", "e.haldane", "OK", "Agreed with the draft"}}, "DD/MM/YYYY hh:mm"), &table}
	db, err := os.ReadFile(database(t, ocelTables))
	if err != nil {
		t.Fatal(err)
	}
	out[OCELSQLite] = file{db, &Mapping{Version: 1, Zone: "UTC"}}
	return out
}

// readFormat reads one of them, with records refused as they may be.
func readFormat(t testing.TB, in []byte, f Format, m *Mapping) ([]run.Record, Result, error) {
	t.Helper()
	o := Options{Name: "export", Format: f, Mapping: m, MaxRefusedShare: 0.9}
	if f != OCELSQLite { // a database is read from a file on disk
		return readAll(t, bytes.NewReader(in), o)
	}
	p := filepath.Join(t.TempDir(), "export")
	if err := os.WriteFile(p, in, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := OpenFile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return readAll(t, file, o)
}

// TestPrivacy_every_format: whatever the format, nothing that the mapping drops
// or hashes is given on, in records or in what is said of the file.
func TestPrivacy_every_format(t *testing.T) {
	for f, c := range everyFormat(t) {
		t.Run(string(f), func(t *testing.T) {
			plain, res, err := readFormat(t, c.in, f, c.m)
			if err != nil || len(plain) == 0 {
				t.Fatal(res, err)
			}
			m := &Mapping{Version: 1}
			if c.m != nil {
				x := *c.m
				m = &x
			}
			m.Privacy = Privacy{Drop: []string{"reason", "text", "reasoning", "officer_name", "trigger_ref"}, Hash: []string{"account", "actor", "run_id"}, Shorten: map[string]int{"outcome": 1}}
			got, res, err := readFormat(t, c.in, f, m)
			if err != nil || len(got) != len(plain) {
				t.Fatal(res, err)
			}
			said, err := json.Marshal([]any{got, res})
			if err != nil {
				t.Fatal(err)
			}
			hashed, withheld := 0, 0
			gone := func(s string) {
				if len(s) > 3 && bytes.Contains(said, []byte(`"`+s+`"`)) {
					t.Errorf("%q is still there", s)
				}
			}
			hash := func(was, is string) {
				if was == "" {
					return
				}
				hashed++
				if is != run.Digest(testKey, was) {
					t.Errorf("%q became %q", was, is)
				}
				gone(was)
			}
			for i := range plain {
				a, b := &plain[i], &got[i]
				hash(a.RunID, b.RunID)
				for j := range a.Steps {
					hash(a.Steps[j].Actor, b.Steps[j].Actor)
				}
				for j := range a.Decisions {
					hash(a.Decisions[j].Account, b.Decisions[j].Account)
					hash(a.Decisions[j].PreparedBy, b.Decisions[j].PreparedBy)
					if r := a.Decisions[j].Reason; r != "" {
						withheld++
						gone(r)
						if b.Decisions[j].Reason != Withheld || b.Decisions[j].OfficerName != "" {
							t.Errorf("%+v", b.Decisions[j])
						}
					}
				}
				for j := range a.Outputs {
					for _, x := range [][2]string{{a.Outputs[j].Text, b.Outputs[j].Text}, {a.Outputs[j].Reasoning, b.Outputs[j].Reasoning}} {
						if x[0] != "" {
							withheld++
							gone(x[0])
							if x[1] != Withheld {
								t.Errorf("%q became %q", x[0], x[1])
							}
						}
					}
				}
			}
			if hashed == 0 {
				t.Error("the file names nobody")
			}
			var counted int64
			for _, p := range res.Privacy {
				if p.What == "hash" {
					counted += p.Values
				}
			}
			if counted != int64(hashed) || len(res.Privacy) < 8 {
				t.Errorf("%d values were hashed, and the report says %+v", hashed, res.Privacy)
			}
		})
	}
}

// TestCutOff: a file that is still being written ends anywhere. It is refused,
// or what was read of it is whole, but no record of it is lost in silence.
func TestCutOff(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for f, c := range everyFormat(t) {
		t.Run(string(f), func(t *testing.T) {
			whole, all, err := readFormat(t, c.in, f, c.m)
			if err != nil {
				t.Fatal(err)
			}
			refused := 0
			for range 60 {
				n := len(c.in)/3 + r.IntN(len(c.in)-len(c.in)/3)
				if len(bytes.TrimSpace(c.in[n:])) == 0 {
					continue
				}
				recs, res, err := readFormat(t, c.in[:n], f, c.m)
				if err != nil {
					refused++
					if fault.CodeOf(err) != fault.CodeUnreadable {
						t.Fatal(err)
					}
					continue
				}
				if res.RefusedCount > all.RefusedCount {
					t.Errorf("cut at %d of %d: kept with %d refused: %+v", n, len(c.in), res.RefusedCount, res.Refused[0])
				}
				if len(recs) > len(whole) {
					t.Errorf("cut at %d: %d runs of %d", n, len(recs), len(whole))
				}
			}
			if refused == 0 {
				t.Error("nothing was refused")
			}
		})
	}
}

// TestOddTimes: clocks that run backwards and zones that are mixed are kept and
// said, whatever the format; nothing is put right in silence.
func TestOddTimes(t *testing.T) {
	recs := []run.Record{
		{RunID: "back", Started: now.Add(-48 * 3600e9), Ended: now.Add(-49 * 3600e9), Steps: []run.Step{{Seq: 1, Name: "decide", Started: now.Add(-50 * 3600e9), Ended: now.Add(-51 * 3600e9)}}},
		{RunID: "sound", Started: now.Add(-47 * 3600e9), Ended: now.Add(-46 * 3600e9), Steps: []run.Step{{Seq: 1, Name: "decide", Ended: now.Add(-46 * 3600e9)}}},
	}
	for _, f := range ExportFormats {
		t.Run(string(f), func(t *testing.T) {
			b := exported(t, f, recs)
			got, res, err := readAll(t, bytes.NewReader(b), Options{Format: f})
			if err != nil || len(got) != 2 {
				t.Fatal(res, err)
			}
			notes := 0
			for _, n := range res.Notes {
				if strings.Contains(n.Reason, "the clock ran backwards by") {
					notes++
				}
			}
			if notes != 2 {
				t.Errorf("%+v", res.Notes)
			}
			// The same instants, one of them written in another zone.
			was := []byte(recs[1].Ended.Format("2006-01-02T15:04:05"))
			mixed := bytes.Replace(b, append(was, 'Z'), []byte(recs[1].Ended.Add(3600e9).Format("2006-01-02T15:04:05")+"+01:00"), 1)
			if bytes.Equal(mixed, b) {
				mixed = bytes.Replace(b, append(was, ".000Z"...), []byte(recs[1].Ended.Add(3600e9).Format("2006-01-02T15:04:05")+".000+01:00"), 1)
			}
			if bytes.Equal(mixed, b) {
				t.Skip("this format is written with one zone only")
			}
			again, res, err := readAll(t, bytes.NewReader(mixed), Options{Format: f})
			if err != nil || len(again) != 2 || !again[1].Ended.Equal(got[1].Ended) || len(res.Offsets) != 2 {
				t.Errorf("%v %+v", err, res.Offsets)
			}
		})
	}
}
