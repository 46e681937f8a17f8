package runlog

import (
	"os"
	"slices"
	"strings"
	"testing"

	"assay/internal/run"
)

// TestShipped: each mapping that Assay brings says what it is and on what it was tried,
// asks for the gate, and reads a piece of that output as its story was.
func TestShipped(t *testing.T) {
	stories := map[string][]string{
		"agno": {
			"CT/26/00017: approved by ", "CT/26/00018: rejected by ", "CT/26/00019: Decision [asked]",
		},
		"camunda-7-tasks": {"p1: Review change by e.haldane", "p2: Review change [start]"},
		"uipath-action-center": {
			"17: approved by e.haldane 1 Jun 09:20:00 asked 1 Jun 09:00:00", "18: Decision [asked]",
		},
		"n8n-executions": {"1001: ", "1002: "},
		"google-adk": {
			"CT/26/00017: send_letter by letters, send_letter by letters, adk_request_confirmation [asked] " +
				"by letters, adk_request_confirmation by user, send_letter by letters, approved by user",
			"CT/26/00018: send_letter by letters, send_letter by letters, adk_request_confirmation [asked] " +
				"by letters, adk_request_confirmation by user, send_letter by letters, rejected by user",
			"CT/26/00019: send_letter by letters, send_letter by letters, adk_request_confirmation [asked] by letters",
		},
		"inspect-ai": {
			"CT/26/00017: sample_init, approval by officer (decide), tool (release), approved by officer",
			"CT/26/00018: sample_init, approval by officer (decide), tool, rejected by officer",
		},
	}
	for _, s := range ShippedMappings() {
		t.Run(s.Name, func(t *testing.T) {
			if s.Title == "" || s.Tried == "" && !strings.Contains(s.Text, "\n# schema: ") {
				t.Error("it does not say what it is for, or on what it was tried")
			}
			m, err := ParseMapping(UseShipped(s.Name, "officer-decision"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(FormatMapping(m)), gateOfUse) {
				t.Error("the gate is not in its place")
			}
			if _, err := ParseMapping(UseShipped(s.Name, "")); strings.Contains(s.Text, gateOfUse) == (err == nil) {
				t.Errorf("without a gate: %v", err)
			}
			if m.Records == nil {
				return // formats with a reader of their own have tests of their own
			}
			in, err := os.ReadFile("testdata/shipped/" + s.Name + ".json")
			if err != nil && s.Tried != "" {
				t.Fatal("tried, and no piece of what it was tried on")
			}
			if err != nil {
				return
			}
			recs, res, err := readFormat(t, in, JSONMap, m)
			if err != nil {
				t.Fatal(res, err)
			}
			got := said(recs)
			for i, w := range stories[s.Name] {
				if i >= len(got) || !strings.HasPrefix(got[i], w) {
					t.Errorf("%q\nwant %q", got, stories[s.Name])
					break
				}
			}
		})
	}
}

// TestOffsetWithoutColon: a layout with an offset reads both ways of writing one.
func TestOffsetWithoutColon(t *testing.T) {
	l, err := layoutOf("DD/MM/YYYY hh:mm:ssZ")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"01/06/2026 11:00:00+0200", "01/06/2026 11:00:00+02:00", "01/06/2026 09:00:00Z"} {
		if got, err := l.read(s); err != nil || got.UTC().Hour() != 9 {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
}

// TestUse: what a mapping says beside the one that it begins with stands in place of that.
func TestUse(t *testing.T) {
	m := parsed(t, "assay_mapping: 1\nuse: inspect-ai\ngate: g\nfields: {actor: events.metadata.officer}\n"+
		"activities: {send: {gate: h, act: release}}\n")
	if m.Fields["actor"] != "events.metadata.officer" || m.Fields["run_id"] != "id" || m.Records.Each != "events" ||
		m.Activities["approval"].Gate != "g" || m.Activities["send"].Gate != "h" ||
		m.Activities["send"].Act != run.ActRelease {
		t.Errorf("%+v", m)
	}
	for text, want := range map[string]string{
		"assay_mapping: 1\nuse: nothing\n":             `Assay brings no mapping "nothing"; there are agno, `,
		"assay_mapping: 1\nuse: agno\n":                "Say at which gate",
		"assay_mapping: 1\ngate: g\n":                  `beside "use:" only`,
		"assay_mapping: 1\nuse: agno\ngate: g\nx: 1\n": "field x not found",
	} {
		if _, err := ParseMapping([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestAsk: an activity that asks puts the matter before an officer, and the next decision
// at its gate was presented then; a mapping that calls something else so says it.
func TestAsk(t *testing.T) {
	const csv = "Case,Step,When,Who,Said\nc,Notify officer,2026-06-01T09:00:00Z,svc,pending\n" +
		"c,Decide,2026-06-01T09:20:00Z,ann,ok\nd,Notify officer,2026-06-01T10:00:00Z,svc,\n"
	m := parsed(
		t,
		"assay_mapping: 1\nfields: {run_id: Case, activity: Step, ended: When, actor: Who, decision: Said}\n"+
			"activities: {Notify officer: {gate: g, act: ask}, Decide: {gate: g, act: decide}}\n"+
			"decisions: {approved: [ok]}\n",
	)
	recs, res, err := readFormat(t, []byte(csv), CSV, m)
	want := []string{"c: Notify officer [asked] by svc, Decide by ann (decide), approved by ann 1 Jun 09:20:00 asked " +
		"1 Jun 09:00:00", "d: Notify officer [asked] by svc"}
	if err != nil || !slices.Equal(said(recs), want) {
		t.Errorf("%q %+v %v", said(recs), res, err)
	}
	m.Activities["Received"] = ActivityRule{Gate: "g", Act: ActAsk}
	if got := m.Contrary(); !slices.Equal(got, []string{"the step “Received” as asking an officer"}) {
		t.Errorf("%q", got)
	}
}
