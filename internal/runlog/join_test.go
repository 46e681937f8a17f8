package runlog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A log that is cut into the files of a zip, with overlaps and in any order, is
// the log: the same runs with the same events, in every format of events.
func TestJoin(tt *testing.T) {
	formats := map[string]struct {
		mapping string
		write   func(events []joinEvent) string
	}{
		"OpenTelemetry": {"assay_mapping: 1\nfields: {run_id: case}\nactivities: {review: {gate: g, act: decide, " +
			"code: approved}}\n", func(events []joinEvent) string {
			var list []string
			for _, e := range events {
				list = append(list, span(
					fmt.Sprintf("%032x", e.trace), fmt.Sprintf("%016x", e.id), e.name, e.second, "case="+e.run,
					"enduser.id="+e.who,
				))
			}
			return spans(list...)
		}},
		"LangSmith": {"assay_mapping: 1\nfields: {run_id: extra.metadata.thread_id, actor: " +
			"extra.metadata.who}\nactivities: {review: {gate: g, act: decide, code: approved}}\n",
			func(events []joinEvent) string {
				var b strings.Builder
				for _, e := range events {
					fmt.Fprintf(&b, `{"id":"%d","trace_id":"%d","parent_run_id":"p","name":%q,"run_type":"chain","start_time":%q,"end_time":%q,"extra":{"metadata":{"thread_id":%q,"who":%q}}}`+"\n",
						e.id, e.trace, e.name, e.time(), e.time(), e.run, e.who)
				}
				return b.String()
			}},
		"XES": {"assay_mapping: 1\nactivities: {review: {gate: g, act: decide, code: " +
			"approved}}\n", func(events []joinEvent) string {
			var order []string
			of := map[string][]string{}
			for _, e := range events {
				if of[e.run] == nil {
					order = append(order, e.run)
					of[e.run] = []string{e.run}
				}
				of[e.run] = append(of[e.run], fmt.Sprintf("%s|%s|%02d:%02d", e.name, e.who, 9+e.second/60, e.second%60))
			}
			var traces [][]string
			for _, run := range order {
				traces = append(traces, of[run])
			}
			return xesOf(traces...)
		}},
		"CSV": {"assay_mapping: 1\nzone: UTC\nfields: {run_id: Ref, activity: Step, ended: When, actor: " +
			"Who}\nactivities: {review: {gate: g, act: decide, code: approved}}\n", func(events []joinEvent) string {
			var b strings.Builder
			b.WriteString("Ref,Step,When,Who\n")
			for _, e := range events {
				fmt.Fprintf(&b, "%s,%s,%s,%s\n", e.run, e.name, e.time(), e.who)
			}
			return b.String()
		}},
	}
	for name, f := range formats {
		m, err := ParseMapping([]byte(f.mapping))
		if err != nil {
			tt.Fatal(err)
		}
		tt.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			var log []joinEvent
			for i := range rapid.IntRange(1, 20).Draw(t, "events") {
				e := joinEvent{
					id:     i + 1,
					second: i,
					run:    rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "run"),
					name:   rapid.SampledFrom([]string{"draft", "review", "send"}).Draw(t, "name"),
					who:    rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "who"),
				}
				e.trace = int(e.run[0])*10 + rapid.IntRange(0, 2).Draw(t, "trace")
				log = append(log, e)
			}
			want, _, err := readAll(tt, strings.NewReader(f.write(log)), Options{Mapping: m})
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for from := 0; from < len(log); {
				to := min(len(log), from+rapid.IntRange(1, len(log)).Draw(t, "length"))
				begin := max(0, from-rapid.IntRange(0, 3).Draw(t, "overlap"))
				files[fmt.Sprintf(
					"%d-%d", rapid.IntRange(0, 999).Draw(t, "place"), len(files),
				)] = f.write(log[begin:to])
				from = to
			}
			got, res, err := readAll(tt, bytes.NewReader(zipped(tt, files)), Options{Mapping: m, Name: "logs.zip"})
			if err != nil || !res.Totals.add() {
				t.Fatalf("%v %+v", err, res.Totals)
			}
			if d := cmp.Diff(sortedSaid(said(want)), sortedSaid(said(got))); d != "" {
				t.Fatalf("%d files: %s", len(files), d)
			}
		}))
	}
}

type joinEvent struct {
	id, second, trace int
	run, name, who    string
}

func (e joinEvent) time() string {
	return fmt.Sprintf("2026-06-01T09:%02d:%02dZ", e.second/60, e.second%60)
}

func sortedSaid(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}
