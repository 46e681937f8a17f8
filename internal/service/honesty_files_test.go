package service

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/runlog"
)

// inEvents writes the dirty log as a table of events: what the AI prepared, what was
// decided and when it was sent. decisions chooses of which runs the decisions are in it.
func (d *dirt) inEvents(decided func(i int) bool, rest bool) []byte {
	d.t.Helper()
	content, planted := dirtyLog(d.t, d.clean)
	d.planted = planted
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	row := func(fields ...string) {
		if err := w.Write(fields); err != nil {
			d.t.Fatal(err)
		}
	}
	row("Case", "Activity", "At", "User", "Result", "Reason")
	i := -1
	for line := range bytes.Lines(content) {
		var r struct {
			RunID string `json:"run_id"`
			Ended string
			Steps []struct{ Name, Actor, Ended string }
		}
		var original struct {
			Decisions []struct{ Gate, Presented, Decided, Account, Code, Reason string }
		}
		if err := json.Unmarshal(line, &r); err != nil {
			d.t.Fatal(err)
		}
		if r.RunID == "" {
			continue
		}
		if err := json.Unmarshal(line, &original); err != nil {
			d.t.Fatal(err)
		}
		i++
		first := r.Steps[0]
		if rest {
			row(r.RunID, "Draft", first.Ended, first.Actor, "", "")
		}
		for _, x := range original.Decisions {
			if x.Gate == "officer-decision" && decided(i) {
				row(r.RunID, "Decide", x.Decided, x.Account, x.Code, x.Reason)
			}
		}
		for _, x := range original.Decisions {
			if x.Gate == "invalid-notice" && rest {
				row(r.RunID, "Draft notice", x.Presented, "svc-planning", "", "")
				row(r.RunID, "Decide notice", x.Decided, x.Account, x.Code, x.Reason)
				row(r.RunID, "Send notice", r.Ended, "svc-planning", "", "")
			}
		}
		if len(original.Decisions) == 0 && decided(i) { // made up
			row(r.RunID, "Decide", first.Ended, "n.adeyemi", "approved", "looked at")
		}
		if rest {
			row(r.RunID, "Send", r.Ended, "svc-planning", "", "")
		}
	}
	w.Flush()
	return out.Bytes()
}

const eventsMapping = `assay_mapping: 1
rows: event
fields: {run_id: Case, activity: Activity, ended: At, actor: User, decision: Result, reason: Reason}
activities:
  Draft: {gate: officer-decision, act: prepare}
  Decide: {gate: officer-decision, act: decide}
  Send: {gate: officer-decision, act: release}
  Draft notice: {gate: invalid-notice, act: prepare}
  Decide notice: {gate: invalid-notice, act: decide}
  Send notice: {gate: invalid-notice, act: release}
decisions: {approved: [approved], rejected: [rejected], approved_with_edits: [approved_with_edits],
  referred_back: [referred_back], escalated: [escalated]}
`

func (d *dirt) loadTable(name string, content []byte, mapping string) Imported {
	d.t.Helper()
	m, err := runlog.ParseMapping([]byte(mapping))
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := d.Import(context.Background(), ImportRequest{
		Path: d.file(name, content), Workflow: dirtyWorkflow, Mapping: m, MaxRefused: 1,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// counted holds how many findings of a test there are.
func (d *dirt) counted(code string, want int) {
	d.t.Helper()
	n := 0
	for _, f := range must(d.Findings(context.Background(), dirtyWorkflow)).Findings {
		if f.Code == code {
			n += int(f.All)
		}
	}
	if n != want {
		d.t.Errorf("%d findings of %s, want %d", n, code, want)
	}
}

// isSound holds that what the register keeps about its runs is what they give.
func (d *dirt) isSound() {
	d.t.Helper()
	c := must(d.Check(context.Background(), nil))
	for i, p := range c.Problems {
		if i < 3 {
			d.t.Errorf("%d problems: %.400s", len(c.Problems), p)
		}
	}
}

// TestHonesty_files is the table of attacks that lean on the order, the number and
// the names of files.
func TestHonesty_files(t *testing.T) {
	ctx := context.Background()
	undecided := func(i int) bool { return i%7 == 3 }
	for _, a := range []struct {
		name string
		do   func(*testing.T, *dirt)
	}{
		{"the clean file first and the dirty one after it", func(t *testing.T, d *dirt) {
			d.load("clean.jsonl", d.clean)
			in := d.take()
			if in.Source.New != 0 || in.Source.Differ == 0 {
				t.Errorf("%+v", in.Source)
			}
			d.counted("OVR-01", d.planted.undecided)
			d.blocked("OVR-01")
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, _, files, c := d.papers()
			d.says("page 1", one,
				fmt.Sprintf("In %d of 420 cases it left with no decision at all", d.planted.undecided),
				"two files tell the same run in two ways")
			if e := c.Statement.Evidence; e.DecidedFirst > e.Released-d.planted.undecided-d.planted.byService {
				t.Errorf("decided first in %d of %d", e.DecidedFirst, e.Released)
			}
			if c.Statement.Runs != 420 {
				t.Errorf("%d runs", c.Statement.Runs)
			}
			d.says("findings", files["findings.csv"], "As "+in.Source.Ref+" tells it")
		}},
		{"the same in the other order counts the same", func(t *testing.T, d *dirt) {
			d.load("clean.jsonl", d.clean)
			d.take()
			other := newDirt(t)
			other.take()
			other.load("clean.jsonl", other.clean)
			for _, code := range d.found() {
				if !oversight.TestOf(oversight.Code(code)).PerRun {
					continue // habits of officers are read off the telling that came first
				}
				n := 0
				for _, f := range must(other.Findings(ctx, dirtyWorkflow)).Findings {
					if f.Code == code {
						n += int(f.All)
					}
				}
				d.counted(code, n)
			}
		}},
		{"the dirty telling purged", func(t *testing.T, d *dirt) {
			d.load("clean.jsonl", d.clean)
			in := d.take()
			must(d.PurgeSource(ctx, PurgeRequest{Source: in.Source.Ref, Reason: "Retention has ended for these."}))
			d.counted("OVR-01", d.planted.undecided)
			d.now = d.now.AddDate(0, 0, 1)
			d.load("more.jsonl", []byte(strings.ReplaceAll(string(d.clean), "PV-2026-", "PW-2026-")))
			d.counted("OVR-01", d.planted.undecided)
			d.isSound()
		}},
		{"the clean telling purged", func(t *testing.T, d *dirt) {
			in := d.load("clean.jsonl", d.clean)
			d.take()
			must(d.PurgeSource(ctx, PurgeRequest{Source: in.Source.Ref, Reason: "Retention has ended for these."}))
			d.counted("OVR-01", d.planted.undecided)
			if w := must(d.Workflow(ctx, dirtyWorkflow)); w.Runs.Total != 420 {
				t.Errorf("%d runs", w.Runs.Total)
			}
			d.isSound()
		}},
		{"decisions that come in a later file", func(t *testing.T, d *dirt) {
			first := d.inEvents(func(i int) bool { return !undecided(i) }, true)
			d.loadTable("e.csv", first, eventsMapping)
			d.counted("OVR-01", d.planted.undecided)
			in := d.loadTable("late.csv", d.inEvents(undecided, false), eventsMapping)
			d.counted("OVR-01", 0)
			d.explainRest()
			one, two, _, _ := d.papers()
			n := d.planted.undecided
			d.says("page 1", one,
				fmt.Sprintf("In %d of 507 cases the decision came in a later file than the release", n))
			d.says("page 2", two, fmt.Sprintf(
				"%s (“late.csv”) adds to runs that were held took findings away: OVR-01 %d fewer", in.Source.Ref, n))
		}},
		{"the same file of decisions first", func(t *testing.T, d *dirt) {
			d.loadTable("late.csv", d.inEvents(undecided, false), eventsMapping)
			d.loadTable("e.csv", d.inEvents(func(i int) bool { return !undecided(i) }, true), eventsMapping)
			d.explainRest()
			one, _, _, _ := d.papers()
			d.says("page 1", one,
				fmt.Sprintf("In %d of 507 cases the decision came in another file", d.planted.undecided))
		}},
		{"one file short of runs and another with too many", func(t *testing.T, d *dirt) {
			content, _ := dirtyLog(t, d.clean)
			lines := bytes.SplitAfter(bytes.TrimRight(content, "\n"), []byte("\n"))
			head, of := lines[0], lines[1:]
			part := func(stated int, runs [][]byte) []byte {
				h := regexp.MustCompile(`"runs":\d+`).ReplaceAll(head, fmt.Appendf(nil, `"runs":%d`, stated))
				return append(bytes.Clone(h), bytes.Join(runs, nil)...)
			}
			d.load("short.jsonl", part(200, of[:180]))
			d.load("long.jsonl", part(220, of[180:]))
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, two, _, _ := d.papers()
			d.says("page 1", one, "20 runs that the platform counts and no file has")
			d.says("page 2", two, "File by file, 20 runs of those counted are in none")
		}},
		{"a field that shows something taken out on import", func(t *testing.T, d *dirt) {
			content, planted := dirtyLog(t, d.clean)
			d.planted = planted
			d.loadTable("dirty.jsonl", content, "assay_mapping: 1\nprivacy: {drop: [segment, outcome]}\n")
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, two, _, _ := d.papers()
			d.says(
				"page 1", one,
				"The assessor had this taken out of the runs, so that it was not looked at: what came out, the group",
			)
			d.says("page 2", two, "the import took out of each run: what came out, the group")
		}},
		{"times read in a zone that is not the council's", func(t *testing.T, d *dirt) {
			in := d.inEvents(func(int) bool { return true }, true)
			in = bytes.ReplaceAll(in, []byte("Z,"), []byte(","))
			d.loadTable("e.csv", in, eventsMapping+"zone: Europe/Moscow\n")
			d.explainRest()
			one, _, _, _ := d.papers()
			d.says("page 1", one, "the times as those of Europe/Moscow")
		}},
		{"the log of another workflow", func(t *testing.T, d *dirt) {
			_, err := d.Import(ctx, ImportRequest{Path: d.file("clean.jsonl", d.clean), Workflow: "WF-0003"})
			if fault.CodeOf(err) != fault.CodeConflict || !strings.Contains(err.Error(), "WF-0001") {
				t.Errorf("the log of WF-0001 is taken for WF-0003: %v", err)
			}
		}},
		{"a log that calls what ran otherwise", func(t *testing.T, d *dirt) {
			content, _ := dirtyLog(t, d.clean)
			d.load("dirty.jsonl", bytes.ReplaceAll(content, []byte("wf-planning-validation"), []byte("civica-55")))
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, _, _, _ := d.papers()
			d.says("page 1", one, "The files call what ran “civica-55”, and not “wf-planning-validation”")
		}},
		{"runs of a version that nobody described", func(t *testing.T, d *dirt) {
			content, _ := dirtyLog(t, d.clean)
			d.load("dirty.jsonl", bytes.ReplaceAll(content, []byte(`"workflow_version":"2.3.0"`),
				[]byte(`"workflow_version":"9.9.9-experimental"`)))
			d.counted("IMP-01", 1)
			if r, _ := must(d.Readiness(ctx, dirtyWorkflow)).Result("RSK-R01"); r.Status != "not_met" {
				t.Errorf("the assessment is held to cover what ran: %s", r.Reason)
			}
			d.blocked("9.9.9-experimental")
		}},
	} {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			a.do(t, newDirt(t))
		})
	}
}
