package runlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
)

// everyFormat is a sound file of each format, with its mapping.
func everyFormat(t testing.TB) map[Name]struct {
	in []byte
	m  *Mapping
} {
	t.Helper()
	type file = struct {
		in []byte
		m  *Mapping
	}
	out := map[Name]file{}
	for f, name := range map[Name]string{RunAudit: "run-audit-plain", CSV: "csv-interleaved", XES: "xes-mapping",
		OCELJSON: "ocel-json-plain", OCELXML: "ocel-xml-plain",
		AgentAudit: "agent-audit-chain-holds", Langfuse: "langfuse-traces", LangSmith: "langsmith-array",
		PowerAutomate: "power-automate-runs-and-approvals", OTLP: "otlp-other-approver"} {
		in, m, _ := corpusCase(t, filepath.Join("testdata/cases", name))
		out[f] = file{in, m}
	}
	table := *out[CSV].m
	table.Sheet = "Log"
	out[XLSX] = file{workbookOf(t, "Log", [][]any{{"Case", "Activity", "When", "User", "Result", "Comment"},
		{
			"c1",
			"Prepare",
			"01/06/2026 09:00",
			"z.tamm",
			"",
			"",
		}, {"c1", "Decide", "01/06/2026 09:05", "e.haldane", "OK", "Agreed with the draft"}}, "DD/MM/YYYY hh:mm"),
		&table}
	out[ODS] = file{writers(t, "libreoffice.ods"), parsed(t, odsMapping)}
	db, err := os.ReadFile(database(t, ocelTables))
	if err != nil {
		t.Fatal(err)
	}
	out[OCELSQLite] = file{db, &Mapping{Version: 1, Zone: "UTC"}}
	if db, err = os.ReadFile(database(t, approvalTables)); err != nil {
		t.Fatal(err)
	}
	out[SQLite] = file{db, parsed(t, approvalQuery)}
	out[Parquet] = file{writers(t, "pandas.parquet"), parsed(t, parquetMapping)}
	return out
}

// readFormat reads one of them, with records refused as they may be.
func readFormat(t testing.TB, in []byte, f Name, m *Mapping) ([]run.Record, Result, error) {
	t.Helper()
	o := Options{Name: "export", Format: f, Mapping: m, MaxTornShare: 0.9}
	if f != OCELSQLite && f != SQLite { // a database is read from a file on disk
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
			m.Privacy = Privacy{
				Drop:    []string{"reason", "text", "reasoning", "officer_name", "trigger_ref"},
				Hash:    []string{"account", "actor", "run_id"},
				Shorten: map[string]int{"outcome": 1},
			}
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
					for _, x := range [][2]string{
						{a.Outputs[j].Text, b.Outputs[j].Text}, {a.Outputs[j].Reasoning, b.Outputs[j].Reasoning},
					} {
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
					t.Errorf(
						"cut at %d of %d: kept with %d refused: %+v",
						n,
						len(c.in),
						res.RefusedCount,
						res.Refused[0],
					)
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

// oddTimes writes, in each format, one run from one time to another, both as
// they stand in the file. In the formats of events it is an event or two.
var oddTimes = map[Name]struct {
	write   func(t testing.TB, from, to string) []byte
	mapping string
	points  bool // events have one time each: nothing has a begin and an end
	epoch   bool // times are numbers, which have no zone
}{
	RunAudit: {write: spanning(`{"run_id":"a","started":"FROM","ended":"TO"}` + "\n")},
	CSV: {
		write:   spanning("Case,Activity,Begin,End\na,Decide,FROM,TO\n"),
		mapping: "fields: {run_id: Case, activity: Activity, started: Begin, ended: End}",
	},
	XLSX: {write: func(t testing.TB, from, to string) []byte {
		return workbookOf(
			t,
			"Log",
			[][]any{{"Case", "Activity", "Begin", "End"}, {"a", "Decide", from, to}},
			"DD/MM/YYYY hh:mm",
		)
	}, mapping: "sheet: Log\nfields: {run_id: Case, activity: Activity, started: Begin, ended: End}"},
	ODS: {write: func(t testing.TB, from, to string) []byte {
		return odsOf(t, odsRow(odsText("Case", "Activity", "Begin", "End"))+odsRow(odsText("a", "Decide", from, to)))
	}, mapping: "fields: {run_id: Case, activity: Activity, started: Begin, ended: End}"},
	SQLite: {write: func(t testing.TB, from, to string) []byte {
		b, err := os.ReadFile(database(t, "CREATE TABLE log(Case_, Activity, Begin TEXT, End_ TIMESTAMP);"+
			"INSERT INTO log VALUES('a','Decide','"+from+"','"+to+"')"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}, mapping: "fields: {run_id: Case_, activity: Activity, started: Begin, ended: End_}"},
	Parquet: {write: func(t testing.TB, from, to string) []byte {
		return parquetOf(t, nil, []string{"Case", "Activity", "Begin", "End"}, [][]string{{"a", "Decide", from, to}})
	}, mapping: "fields: {run_id: Case, activity: Activity, started: Begin, ended: End}"},
	XES: {write: spanning(`<log><trace><string key="concept:name" value="a"/>` +
		`<event><string key="concept:name" value="T02"/><date key="time:timestamp" value="FROM"/><string key="lifecycle:transition" value="start"/></event>` +
		`<event><string key="concept:name" value="T02"/><date key="time:timestamp" value="TO"/><string key="lifecycle:transition" value="complete"/></event></trace></log>`)},
	OCELJSON: {
		write: spanning(
			`{"objectTypes":[{"name":"run","attributes":[]}],"eventTypes":[{"name":"T02","attributes":[]}],` +
				`"events":[{"id":"e1","type":"T02","time":"TO","attributes":[{"name":"started","value":"FROM"}],"relationships":[{"objectId":"a","qualifier":"of"}]}],"objects":[{"id":"a","type":"run"}]}`,
		),
	},
	OCELXML: {
		write: spanning(
			`<log><objects><object id="a" type="run"/></objects><events><event id="e1" type="T02" time="TO"><attributes><attribute name="started">FROM</attribute></attributes>` +
				`<objects><relationship object-id="a" qualifier="of"/></objects></event></events></log>`,
		),
	},
	OCELSQLite: {write: func(t testing.TB, from, to string) []byte {
		b, err := os.ReadFile(database(t, `
CREATE TABLE event(ocel_id TEXT, ocel_type TEXT); CREATE TABLE object(ocel_id TEXT, ocel_type TEXT);
CREATE TABLE event_object(ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
CREATE TABLE event_map_type(ocel_type TEXT, ocel_type_map TEXT); CREATE TABLE object_map_type(ocel_type TEXT, ocel_type_map TEXT);
CREATE TABLE event_T02(ocel_id TEXT, ocel_time TEXT, started TEXT); CREATE TABLE object_Run(ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT);
INSERT INTO event_map_type VALUES('T02','T02'); INSERT INTO object_map_type VALUES('run','Run');
INSERT INTO event VALUES('e1','T02'); INSERT INTO event_T02 VALUES('e1','`+to+`','`+from+`'); INSERT INTO object VALUES('a','run'); INSERT INTO event_object VALUES('e1','a','of');`))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}},
	OTLP: {epoch: true, write: func(t testing.TB, from, to string) []byte {
		nanos := func(s string) string {
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(at.UnixNano())
		}
		return spanning(
			`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"s","name":"T02","startTimeUnixNano":"FROM","endTimeUnixNano":"TO"}]}]}]}`,
		)(
			t,
			nanos(from),
			nanos(to),
		)
	}},
	AgentAudit: {
		points: true,
		write: spanning(
			`{"record_id":"1","timestamp":"FROM","agent_id":"x","agent_version":"1","session_id":"a","action_type":"tool_call","action_detail":{},"outcome":"success","trust_level":"L1","record_phase":"pre_execution","parent_record_id":null,"prev_hash":null}` +
				"\n" + `{"record_id":"2","timestamp":"TO","agent_id":"x","agent_version":"1","session_id":"b","action_type":"tool_call","action_detail":{},"outcome":"success","trust_level":"L1","record_phase":"pre_execution","parent_record_id":null,"prev_hash":null}` + "\n",
		),
	},
	Langfuse: {
		write: spanning(
			`[{"id":"a","name":"n","timestamp":"FROM","observations":[{"id":"o","type":"SPAN","name":"T02","startTime":"FROM","endTime":"TO"}],"scores":[]}]`,
		),
	},
	LangSmith: {
		write: spanning(
			`[{"id":"a","trace_id":"a","name":"n","run_type":"chain","start_time":"FROM","end_time":"TO","status":"success","inputs":{},"outputs":{}}]`,
		),
	},
	PowerAutomate: {
		write: spanning(
			`{"runs":[{"name":"a","id":"/x/a","type":"Microsoft.ProcessSimple/environments/flows/runs","properties":{"startTime":"FROM","endTime":"TO","status":"Succeeded"}}]}`,
		),
	},
}

func spanning(s string) func(testing.TB, string, string) []byte {
	return func(_ testing.TB, from, to string) []byte {
		return []byte(strings.NewReplacer("FROM", from, "TO", to).Replace(s))
	}
}

// TestOddTimes: clocks that run backwards and zones that are mixed are kept and
// said, and hours that daylight saving leaves out or gives twice are asked
// about, whatever the format; nothing is put right in silence.
func TestOddTimes(t *testing.T) {
	for f := range everyFormat(t) {
		t.Run(string(f), func(t *testing.T) {
			odd, ok := oddTimes[f]
			if !ok {
				t.Fatal("this format has no odd times to read")
			}
			read := func(from, to, more string) ([]run.Record, Result, error) {
				t.Helper()
				m, err := ParseMapping([]byte("assay_mapping: 1\n" + odd.mapping + "\n" + more))
				if err != nil {
					t.Fatal(err)
				}
				return readFormat(t, odd.write(t, from, to), f, m)
			}
			span := func(recs []run.Record) string {
				var from, to time.Time
				for i := range recs {
					a, b := recs[i].Span()
					if from.IsZero() || a.Before(from) {
						from = a
					}
					if b.After(to) {
						to = b
					}
				}
				return from.Format("15:04") + " to " + to.Format("15:04")
			}
			recs, res, err := read("2026-06-01T10:00:00Z", "2026-06-01T09:00:00Z", "")
			if err != nil || span(recs) != "09:00 to 10:00" {
				t.Fatal(span(recs), res, err)
			}
			if !odd.points &&
				!slices.ContainsFunc(
					res.Notes,
					func(n Refusal) bool { return strings.Contains(n.Reason, "the clock ran backwards by") },
				) {
				t.Errorf("nothing is said of the clock: %+v", res.Notes)
			}
			if odd.epoch {
				return
			}
			recs, res, err = read("2026-06-01T09:00:00Z", "2026-06-01T11:00:00+01:00", "")
			if err != nil || span(recs) != "09:00 to 10:00" || len(res.Offsets) != 2 {
				t.Errorf("%s %v %+v", span(recs), err, res.Offsets)
			}
			for _, x := range []struct{ from, to, overlap, want string }{
				{"2026-03-29T00:30:00", "2026-03-29T01:30:00", "", "never was in Europe/London"},
				{"2026-03-29T00:30:00", "2026-03-29T02:30:00", "", "00:30 to 01:30"},
				{"2025-10-26T00:30:00", "2025-10-26T01:30:00", "", "came twice in Europe/London"},
				{"2025-10-26T00:30:00", "2025-10-26T01:30:00", "\noverlap: first", "23:30 to 00:30"},
				{"2025-10-26T00:30:00", "2025-10-26T01:30:00", "\noverlap: second", "23:30 to 01:30"},
			} {
				recs, res, err := read(x.from, x.to, "zone: Europe/London"+x.overlap)
				got := ""
				switch {
				case res.RefusedCount > 0:
					got = res.Refused[0].Reason
				case err != nil:
					got = err.Error()
				default:
					got = span(recs)
				}
				if !strings.Contains(got, x.want) {
					t.Errorf("%s to %s%s: %s, want %s", x.from, x.to, x.overlap, got, x.want)
				}
			}
		})
	}
}
