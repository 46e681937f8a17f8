package runlog

import (
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/internal/run"
)

// The states that a platform writes of a step.
const (
	stepDone    = "done"
	stepUnended = "without an end"
	stepFailed  = "failed"
)

// stepIn writes one step of the run "t" as each format that knows of beginnings and
// ends, or of failures, does; an answer is "approved" by "ann", where there is one.
var stepIn = map[Name]struct {
	write   func(t *testing.T, name, state, answer string) []byte
	mapping string
	states  []string // that the format can write
}{
	OTLP: {func(t *testing.T, name, state, answer string) []byte {
		end, status, attrs := `"1780305600000000000"`, 1, ""
		if state == stepUnended {
			end = `"0"`
		}
		if state == stepFailed {
			status = 2
		}
		if answer != "" {
			attrs = `{"key":"gen_ai.human.approval_granted","value":{"boolValue":true}},` +
				`{"key":"gen_ai.human.reviewer_id","value":{"stringValue":"ann"}}`
		}
		return fmt.Appendf(nil, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"s","name":%q,`+
			`"startTimeUnixNano":"1780304400000000000","endTimeUnixNano":%s,"status":{"code":%d},"attributes":[%s]}]}]}]}`,
			name, end, status, attrs)
	}, "", []string{stepDone, stepUnended, stepFailed}},
	LangSmith: {func(t *testing.T, name, state, answer string) []byte {
		end, status, outputs := `"2026-06-01T09:20:00Z"`, "success", "{}"
		if state == stepUnended {
			end, status = "null", "pending"
		}
		if state == stepFailed {
			status = "error"
		}
		if answer != "" {
			outputs = `{"by":"ann","said":"approved"}`
		}
		return fmt.Appendf(
			nil,
			`{"id":"s","trace_id":"t","run_type":"tool","name":%q,"start_time":"2026-06-01T09:00:00Z",`+
				`"end_time":%s,"status":%q,"outputs":%s}`,
			name,
			end,
			status,
			outputs,
		)
	}, "fields: {account: outputs.by, decision: outputs.said}\noptional: [account, decision]\n",
		[]string{stepDone, stepUnended, stepFailed}},
	Langfuse: {func(t *testing.T, name, state, answer string) []byte {
		end, level, output := `"2026-06-01T09:20:00Z"`, "DEFAULT", "null"
		if state == stepUnended {
			end = "null"
		}
		if state == stepFailed {
			level = "ERROR"
		}
		if answer != "" {
			output = `{"by":"ann","said":"approved"}`
		}
		return fmt.Appendf(nil, `[{"id":"t","name":"n","timestamp":"2026-06-01T09:00:00Z","observations":[{"id":"s",`+
			`"type":"SPAN","name":%q,"startTime":"2026-06-01T09:00:00Z","endTime":%s,"level":%q,"output":%s}]}]`,
			name, end, level, output)
	}, "fields: {account: output.by, decision: output.said}\noptional: [account, decision]\n",
		[]string{stepDone, stepUnended, stepFailed}},
	MLflow: {func(t *testing.T, name, state, answer string) []byte {
		end, status := "1780305600000000000", "STATUS_CODE_OK"
		if state == stepUnended {
			end = "null"
		}
		if state == stepFailed {
			status = "STATUS_CODE_ERROR"
		}
		return fmt.Appendf(
			nil,
			`{"info":{"trace_id":"t","request_time":"2026-06-01T09:00:00Z"},"data":{"spans":[{"span_id":"s",`+
				`"name":%q,"start_time_unix_nano":1780304400000000000,"end_time_unix_nano":%s,"status":{"code":%q}}]}}`,
			name,
			end,
			status,
		)
	}, "", []string{stepDone, stepUnended, stepFailed}},
	Temporal: {func(t *testing.T, name, state, answer string) []byte {
		event := func(id, kind, attributes string) string {
			return fmt.Sprintf(`{"eventId":%q,"eventTime":"2026-06-01T09:%s:00Z","eventType":"EVENT_TYPE_%s",%s}`,
				id, "0"+id, kind, attributes)
		}
		events := event("1", "WORKFLOW_EXECUTION_STARTED",
			`"workflowExecutionStartedEventAttributes":{"workflowType":{"name":"w"},"workflowId":"t"}`) + "," +
			event("2", "ACTIVITY_TASK_SCHEDULED",
				`"activityTaskScheduledEventAttributes":{"activityType":{"name":"`+name+`"}}`)
		if state == stepFailed {
			events += "," + event(
				"3",
				"ACTIVITY_TASK_FAILED",
				`"activityTaskFailedEventAttributes":{"scheduledEventId":"2"}`,
			)
		}
		if state == stepDone {
			result := ""
			if answer != "" {
				result = `,"result":{"payloads":[{"data":"` +
					base64.StdEncoding.EncodeToString([]byte(`{"by":"ann","said":"approved"}`)) + `"}]}`
			}
			events += "," + event("3", "ACTIVITY_TASK_COMPLETED",
				`"activityTaskCompletedEventAttributes":{"scheduledEventId":"2"`+result+`}`)
		}
		return []byte(`{"events":[` + events + `]}`)
	}, "fields: {account: result.by, decision: result.said}\noptional: [account, decision]\n",
		[]string{stepDone, stepUnended, stepFailed}},
	AgentAudit: {func(t *testing.T, name, state, answer string) []byte {
		outcome, more := "success", ""
		if state == stepFailed {
			outcome = "failure"
		}
		if answer != "" {
			more = `"by":"ann","said":"approved"`
		}
		return fmt.Appendf(
			nil,
			`{"record_id":"1","timestamp":"2026-06-01T09:20:00Z","agent_id":"x","agent_version":"1",`+
				`"session_id":"t","action_type":%q,"action_detail":{%s},"outcome":%q,"trust_level":"L1","record_phase":`+
				`"concurrent","parent_record_id":null,"prev_hash":null}`+"\n",
			name,
			more,
			outcome,
		)
	}, "fields: {account: action_detail.by, decision: action_detail.said}\noptional: [account, decision]\n",
		[]string{stepDone, stepFailed}},
	XES: {func(t *testing.T, name, state, answer string) []byte {
		event := func(transition, at string) string {
			return fmt.Sprintf(
				`<event><string key="concept:name" value=%q/><string key="lifecycle:transition" value=%q/>`+
					`<date key="time:timestamp" value=%q/></event>`,
				name,
				transition,
				at,
			)
		}
		events := event("start", "2026-06-01T09:00:00Z")
		switch state {
		case stepDone:
			events += event("complete", "2026-06-01T09:20:00Z")
		case stepFailed:
			events += event("ate_abort", "2026-06-01T09:20:00Z")
		}
		return []byte(`<log><trace><string key="concept:name" value="t"/>` + events + `</trace></log>`)
	}, "", []string{stepDone, stepUnended, stepFailed}},
	CSV: {func(t *testing.T, name, state, answer string) []byte {
		return []byte(strings.Join(stepCells(name, state, answer, true), ",") + "\n" +
			strings.Join(stepCells(name, state, answer, false), ",") + "\n")
	}, stepTable, []string{stepDone, stepUnended}},
	XLSX: {func(t *testing.T, name, state, answer string) []byte {
		var rows [][]any
		for _, head := range []bool{true, false} {
			var row []any
			for _, c := range stepCells(name, state, answer, head) {
				row = append(row, c)
			}
			rows = append(rows, row)
		}
		return workbookOf(t, "Log", rows, "DD/MM/YYYY hh:mm")
	}, "sheet: Log\n" + stepTable, []string{stepDone, stepUnended}},
	ODS: {func(t *testing.T, name, state, answer string) []byte {
		return odsOf(t, odsRow(odsText(stepCells(name, state, answer, true)...))+
			odsRow(odsText(stepCells(name, state, answer, false)...)))
	}, stepTable, []string{stepDone, stepUnended}},
	Parquet: {func(t *testing.T, name, state, answer string) []byte {
		return parquetOf(
			t,
			nil,
			stepCells(name, state, answer, true),
			[][]string{stepCells(name, state, answer, false)},
		)
	}, stepTable, []string{stepDone, stepUnended}},
	SQLite: {func(t *testing.T, name, state, answer string) []byte {
		b, err := os.ReadFile(database(t, "CREATE TABLE log("+strings.Join(stepCells(name, state, answer, true), ",")+
			");INSERT INTO log VALUES('"+strings.Join(stepCells(name, state, answer, false), "','")+"')"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}, stepTable, []string{stepDone, stepUnended}},
	JSONMap: {func(t *testing.T, name, state, answer string) []byte {
		var members []string
		values := stepCells(name, state, answer, false)
		for i, k := range stepCells(name, state, answer, true) {
			members = append(members, fmt.Sprintf("%q:%q", k, values[i]))
		}
		return []byte(`{"list":[{` + strings.Join(members, ",") + `}]}`)
	}, "records: {at: list}\n" + stepTable, []string{stepDone, stepUnended}},
}

const stepTable = "fields: {run_id: Run, activity: Step, started: Began, ended: Finished, " +
	"account: Who, decision: Said}\n" +
	"optional: [account, decision]\n"

// stepCells is a step in a table.
func stepCells(name, state, answer string, head bool) []string {
	if head {
		return []string{"Run", "Step", "Began", "Finished", "Who", "Said"}
	}
	end, who := "2026-06-01T09:20:00Z", ""
	if state == stepUnended {
		end = ""
	}
	if answer != "" {
		who = "ann"
	}
	return []string{"t", name, "2026-06-01T09:00:00Z", end, who, answer}
}

// TestNotDone: in every format, a release that failed or never ended is none, and a
// review that did is no decision; an answer in a step without an end has no time.
func TestNotDone(t *testing.T) {
	acts := "assay_mapping: 1\nactivities: {review: {gate: g, act: decide}, send: {gate: g, act: release}}\n"
	for f, format := range stepIn {
		for _, state := range format.states {
			t.Run(string(f)+" "+state, func(t *testing.T) {
				m := parsed(t, acts+format.mapping)
				read := func(name, answer string) run.Record {
					t.Helper()
					recs, res, err := readFormat(t, format.write(t, name, state, answer), f, m)
					if err != nil || len(recs) != 1 {
						t.Fatal(recs, res, err)
					}
					return recs[0]
				}
				act := func(r run.Record, a run.Act) bool {
					return slices.ContainsFunc(r.Steps, func(s run.Step) bool { return s.Act == a })
				}
				if r := read("send", ""); act(r, run.ActRelease) != (state == stepDone) {
					t.Errorf("the release: %v", said([]run.Record{r}))
				}
				if r := read("review", ""); len(r.Decisions) > 0 || act(r, run.ActDecide) != (state == stepDone) {
					t.Errorf("the review: %v", said([]run.Record{r}))
				}
				if f == MLflow || f == XES || f == Temporal && state != stepDone { // without an answer
					return
				}
				r := read("review", "approved")
				if len(r.Decisions) != 1 || r.Decisions[0].Account != "ann" {
					t.Fatalf("the answer: %v", said([]run.Record{r}))
				}
				if r.Decisions[0].Decided.IsZero() != (state == stepUnended) {
					t.Errorf("the time of the answer: %v", said([]run.Record{r}))
				}
			})
		}
	}
	for f := range everyFormat(t) {
		if _, ok := stepIn[f]; !ok &&
			!slices.Contains([]Name{RunAudit, OCELJSON, OCELXML, OCELSQLite, PowerAutomate}, f) {
			t.Errorf("%s: does it say what was not done?", f)
		}
	}
}

// TestPages: where a document is a page of more, that is said, whatever the format and
// wherever in it that stands.
func TestPages(t *testing.T) {
	lists := map[Name]struct{ list, record, mapping string }{
		LangSmith: {
			"runs",
			`{"id":"s","trace_id":"t","run_type":"tool","name":"x","start_time":"2026-06-01T09:00:00Z",` +
				`"end_time":"2026-06-01T09:00:01Z","status":"success"}`,
			"",
		},
		Langfuse: {"data", `{"id":"t","name":"n","timestamp":"2026-06-01T09:00:00Z","observations":[]}`, ""},
		PowerAutomate: {"value", `{"name":"a","type":"Microsoft.ProcessSimple/environments/flows/runs","properties":` +
			`{"startTime":"2026-06-01T09:00:00Z","status":"Succeeded","trigger":{}}}`, ""},
		MLflow: {"traces", `{"info":{"trace_id":"t","request_time":"2026-06-01T09:00:00Z"},"data":{"spans":[]}}`, ""},
		Airflow: {
			"hitl_details",
			`{"task_instance":{"id":"1","task_id":"ok","dag_id":"a","dag_run_id":"m"},"created_at":` +
				`"2026-06-01T09:00:00Z","chosen_options":[]}`,
			"",
		},
		JSONMap: {"items", `{"id":"t","at":"2026-06-01T09:00:00Z"}`,
			"records: {at: items}\nfields: {run_id: id, run_started: at}\n"},
	}
	more := map[string]string{
		`"total":250`: "250 records", `"count":250`: "250 records", `"@odata.count":250`: "250 records",
		`"total_entries":250`: "250 records", `"meta":{"page":1,"totalItems":250}`: "250 records",
		`"next":"https://x.example/2"`: "links to a next", `"nextLink":"https://x.example/2"`: "links to a next",
		`"@odata.nextLink":"https://x.example/2"`: "links to a next", `"next_page_token":"abc"`: "links to a next",
		`"cursors":{"next":"abc"}`: "links to a next", `"has_more":true`: "links to a next",
		`"_links":{"next":{"href":"https://x.example/2"}}`: "links to a next",
		`"total":1`: "", `"next":null`: "", `"has_more":false`: "", `"nextPageToken":""`: "",
	}
	for f, l := range lists {
		for member, want := range more {
			for _, doc := range []string{
				"{" + member + `,"` + l.list + `":[` + l.record + "]}", `{"` + l.list + `":[` + l.record + "]," + member + "}",
			} {
				recs, res, err := readFormat(t, []byte(doc), f, parsed(t, "assay_mapping: 1\n"+l.mapping))
				if err != nil || len(recs) != 1 {
					t.Errorf("%s %s: %v %v", f, doc, recs, err)
					continue
				}
				words := ""
				for _, n := range res.Notes {
					words += n.Reason
				}
				if want == "" && strings.Contains(words, "page") || !strings.Contains(words, want) {
					t.Errorf("%s: %s: %q", f, member, words)
				}
			}
		}
	}
}

// TestTogether: what one of several files holds answers for the others, in any order.
func TestTogether(t *testing.T) {
	otlp := func(trace, name, rest string) string {
		return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"` + trace + `","spanId":"` + name + `","name":"` + name +
			`","startTimeUnixNano":"1780304400000000000","endTimeUnixNano":"1780305600000000000","attributes":[` + rest +
			`]}]}]}]}` + "\n"
	}
	attr := func(k, v string) string { return `{"key":"` + k + `","value":{"stringValue":"` + v + `"}}` }
	m := parsed(t, "assay_mapping: 1\nfields: {run_id: case, decision: said, account: who}\n"+
		"activities: {review: {gate: g, act: decide}, send: {gate: g, act: release}}\n")
	files := map[string]string{
		"decided": otlp("t1", "review", attr("case", "K1")+","+attr("said", "approved")+","+attr("who", "ann")),
		"late":    otlp("t1", "send", ""),
		"open":    otlp("t2", "draft", attr("case", "K2")),
		"none":    otlp("t3", "review", attr("said", "approved")+","+attr("who", "ann")),
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ file, beside, want, words string }{
		{"late", "", "", "None of the file's 1 records says which run it belongs to"},
		{"late", "decided", "K1: send (release)", ""},
		{"open", "", "", "Nothing in the file stands where the mapping looks for account"},
		{"open", "decided", "K2: draft", ""},
		{"none", "", "", "None of the file's 1 records says which run it belongs to (run_id: case)"},
		{"none", "decided", "t3: review by ann (decide), approved by ann 1 Jun 09:20:00 asked 1 Jun 09:00:00",
			`Nothing in the trace "t3" says which run it belongs to`},
	} {
		o := Options{Mapping: m}
		if c.beside != "" {
			o.Lot = LotOf([]string{dir + "/" + c.beside, dir + "/absent"}, o)
		}
		recs, res, err := readAll(t, strings.NewReader(files[c.file]), o)
		words := fmt.Sprint(err)
		for _, n := range res.Notes {
			words += n.Reason
		}
		if got := strings.Join(said(recs), "; "); err == nil && got != c.want || (err == nil) != (c.want != "") ||
			!strings.Contains(words, c.words) {
			t.Errorf("%s beside %q: %q, %s", c.file, c.beside, got, words)
		}
	}
}
