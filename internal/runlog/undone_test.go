package runlog

import (
	"strings"
	"testing"
)

// TestUndone: what waits, what nobody ended and what failed is no decision and no
// release, whatever platform wrote it down; and an answer without an end has no time.
func TestUndone(t *testing.T) {
	langSmith := "assay_mapping: 1\nfields: {account: outputs.by, decision: outputs.said}\n" +
		"optional: [account, decision]\n" +
		"activities: {review: {gate: g, act: decide}, send: {gate: g, act: release}}\n"
	smith := func(name, rest string) string {
		return `{"id":"` + name + rest[:1] + `","trace_id":"t","name":"` + name + `","run_type":"tool",` +
			`"start_time":"2026-06-01T09:00:00Z",` + rest[1:] + "}\n"
	}
	otlp := func(name, rest string) string {
		return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"` + name + rest[:1] + `","name":"` + name +
			`","startTimeUnixNano":"1780304400000000000",` + rest[1:] + "}]}]}]}\n"
	}
	answer := `"attributes":[{"key":"gen_ai.human.approval_granted","value":{"boolValue":true}},` +
		`{"key":"gen_ai.human.reviewer_id","value":{"stringValue":"ann"}}]`
	ended := `"endTimeUnixNano":"1780305600000000000"`
	fuse := func(rest string) string {
		return `[{"id":"t","name":"n","timestamp":"2026-06-01T09:00:00Z",` + rest + `}]`
	}
	acts := "assay_mapping: 1\nactivities: {review: {gate: g, act: decide}, send: {gate: g, act: release}"
	for name, c := range map[string]struct {
		in, mapping, want, words string
	}{
		"LangSmith, a step that waits": {
			smith("review", `1"status":"pending","outputs":null,"end_time":null`), langSmith, "review [asked]", ""},
		"LangSmith, a step that failed": {
			smith("review", `1"status":"error","error":"TimeoutError","outputs":{},"end_time":"2026-06-01T09:05:00Z"`) +
				smith("send", `2"status":"success","end_time":"2026-06-01T09:06:00Z"`), langSmith,
			"review [failed], send (release)", ""},
		"LangSmith, a release that failed": {
			smith("send", `1"status":"error","error":"SMTP refused","end_time":"2026-06-01T09:05:00Z"`), langSmith,
			"send [failed]", ""},
		"LangSmith, the same step unfinished and finished": {
			smith("review", `1"status":"pending","end_time":null`) +
				smith("review", `1"status":"success","outputs":{"by":"ann","said":"approved"},"end_time":"2026-06-01T09:05:00Z"`) +
				smith("review", `1"status":"pending","end_time":null`), langSmith,
			"review by ann (decide), approved by ann 1 Jun 09:05:00", ""},
		"OTLP, a span that never ended": {
			otlp("review", `1"endTimeUnixNano":"0","attributes":[]`), acts + "}\n", "review [asked]", ""},
		"OTLP, an answer in a span that never ended": {
			otlp("review", `1"endTimeUnixNano":"0",`+answer), acts + "}\n",
			"review by ann (decide), approved by ann asked 1 Jun 09:00:00", ""},
		"OTLP, a tool that an agent deferred": {
			otlp("agent", `1`+ended+`,"attributes":[{"key":"final_result","value":{"stringValue":`+
				`"{\"calls\":[],\"approvals\":[{\"tool_name\":\"send\"},{\"tool_name\":\"other\"}]}"}}]`),
			acts + "}\n", "agent, send [asked]", ""},
		"OTLP, a span that failed": {
			otlp("review", `1"status":{"code":2},`+ended) + otlp("send", `1"status":{"code":1},`+ended), acts + "}\n",
			"review [failed], send (release)", ""},
		"OTLP, an answer around the steps and at none of them": {
			otlp("agent", "1"+ended+","+answer) + otlp("review", "2"+ended), acts + "}\n", "",
			"At which gate was it made?"},
		"OTLP, an attribute twice": {
			otlp("review", `1`+ended+`,"attributes":[{"key":"a","value":{"boolValue":true}},{"key":"a","value":{"boolValue":false}}]`),
			acts + "}\n", "", `"a" stands twice`},
		"Langfuse, a release that failed": {
			fuse(`"observations":[{"id":"o","type":"SPAN","name":"send","startTime":"2026-06-01T09:00:00Z","level":"ERROR",` +
				`"endTime":"2026-06-01T09:01:00Z"},{"id":"p","type":"SPAN","name":"send","startTime":"2026-06-01T09:00:00Z"}]`),
			acts + "}\n", "send [failed], send [start]", ""},
		"Langfuse, what a model gave": {
			fuse(`"observations":[],"scores":[{"id":"s","name":"review","source":"EVAL","stringValue":"approved","timestamp":"2026-06-01T09:20:00Z"}]`),
			acts + "}\n", "", ""},
		"Langfuse, what came through the API": {
			fuse(`"observations":[],"scores":[{"id":"s","name":"review","source":"API","stringValue":"approved","timestamp":"2026-06-01T09:20:00Z"}]`),
			acts + "}\n", "", "did a person give it"},
		"Langfuse, what a person gave through the API": {
			fuse(`"observations":[],"scores":[{"id":"s","name":"review","source":"API","stringValue":"approved","timestamp":"2026-06-01T09:20:00Z"}]`),
			"assay_mapping: 1\nactivities: {review: {gate: g, act: decide, when: [{column: source, is: [API]}]}}\n",
			"review (decide), approved by  1 Jun 09:20:00", ""},
		"MLflow, what an answer ought to be": {
			`{"info":{"trace_id":"t","request_time":"2026-06-01T09:00:00Z","assessments":[{"assessment_id":"a","assessment_name":` +
				`"review","source":{"source_type":"HUMAN","source_id":"ann"},"create_time":"2026-06-01T09:20:00Z",` +
				`"expectation":{"value":"approved"}}]},"data":{"spans":[]}}`, acts + "}\n", "", ""},
		"Power Automate, an approval that waits": {
			`{"approvals":[{"name":"t","requestDate":"2026-06-01T09:00:00Z","outcome":null,"responses":[]}]}`,
			"assay_mapping: 1\nactivities: {approval: {gate: g, act: decide}}\n", "approval [asked]", ""},
		"Power Automate, one that was taken back": {
			`{"approvals":[{"name":"t","requestDate":"2026-06-01T09:00:00Z","outcome":"Canceled","responses":[]}]}`,
			"assay_mapping: 1\nactivities: {approval: {gate: g, act: decide}}\n", "approval [canceled]", ""},
		"Power Automate, nobody in time, one page of several": {
			`{"value":[{"name":"t","requestDate":"2026-06-01T09:00:00Z","status":"Timed out","completionDate":` +
				`"2026-06-02T09:00:00Z","responses":[]}],"nextLink":"https://x.example/2"}`,
			"assay_mapping: 1\nactivities: {approval: {gate: g, act: decide}}\n", "timed_out by  asked 1 Jun 09:00:00",
			"links to a next one"},
		"Airflow, two DAGs of one schedule, of a page of more": {
			`{"hitl_details":[{"task_instance":{"id":"1","task_id":"ok","dag_id":"a","dag_run_id":"scheduled__1"},"created_at":` +
				`"2026-06-01T09:00:00Z"},{"task_instance":{"id":"2","task_id":"ok","dag_id":"b","dag_run_id":"scheduled__1"},` +
				`"created_at":"2026-06-01T09:00:00Z"}],"total_entries":250}`,
			"assay_mapping: 1\nactivities: {ok: {gate: g, act: decide}}\n", "ok [asked]; ok [asked]",
			"says that there are 250 records (total_entries), and holds 2"},
	} {
		t.Run(name, func(t *testing.T) {
			recs, res, err := readAll(t, strings.NewReader(c.in), Options{Mapping: parsed(t, c.mapping)})
			words := ""
			if err != nil {
				words = err.Error()
			}
			for _, n := range res.Notes {
				words += n.Reason
			}
			var got []string
			for _, s := range said(recs) {
				_, what, _ := strings.Cut(s, ": ")
				got = append(got, what)
			}
			if strings.Join(got, "; ") != c.want && err == nil || !strings.Contains(words, c.words) ||
				err != nil && c.words == "" {
				t.Errorf("%q, %q", got, words)
			}
		})
	}
}
