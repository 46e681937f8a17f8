package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"assay/internal/workflow"
)

// TestTwins_by_runs: a second workflow with another name and no identifier on the
// platform, into which only a part of the log is imported, is told by what its runs
// have in common with the first, and the paper says so.
func TestTwins_by_runs(t *testing.T) {
	ctx := context.Background()
	// part is the lines of the log, headed or not, that keep says of each run by its number.
	part := func(log []byte, header bool, keep func(i int) bool, name string) []byte {
		var out bytes.Buffer
		i := 0
		for line := range bytes.Lines(log) {
			if !bytes.Contains(line, []byte(`"run_id"`)) {
				if header {
					out.Write(bytes.ReplaceAll(line, []byte("wf-planning-validation"), []byte(name)))
				}
				continue
			}
			if keep(i) {
				out.Write(bytes.ReplaceAll(line, []byte("wf-planning-validation"), []byte(name)))
			}
			i++
		}
		return out.Bytes()
	}
	clean := func(i int) bool { return i%7 != 3 && i%7 != 5 && i%7 != 1 && i%35 != 0 }
	for name, c := range map[string]struct {
		file func(log []byte) []byte
		want string
	}{
		"the clean runs of the same log": {
			func(log []byte) []byte { return part(log, false, clean, "another") },
			"runs of the same identifier and time",
		},
		"the log's other runs, by the platform's name": {
			func(log []byte) []byte {
				return bytes.ReplaceAll(part(log, false, clean, "wf-planning-validation"),
					[]byte(`"run_id":"`), []byte(`"run_id":"x`))
			}, `the platform's name "wf-planning-validation" in its files`,
		},
		"runs of another AI": {
			func(log []byte) []byte {
				return bytes.ReplaceAll(part(log, false, clean, "another"),
					[]byte(`"run_id":"`), []byte(`"run_id":"x`))
			}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirt(t)
			d.take()
			second := must(d.SaveWorkflow(ctx, workflow.Workflow{
				Name: "Help with applications", Version: "1",
				Gates: must(d.Workflow(ctx, dirtyWorkflow)).Workflow.Gates,
			}))
			log, _ := dirtyLog(t, d.clean)
			must(d.Import(ctx, ImportRequest{Path: d.file("part.jsonl", c.file(log)), Workflow: second.Ref}))
			twins := map[string]string{}
			for _, ref := range []string{second.Ref, dirtyWorkflow} {
				for _, x := range must(d.Workflow(ctx, ref)).Twins {
					twins[ref] += x.Ref + " " + x.Because
				}
				if len(must(d.Coverage(ctx, ref)).Twins) != len(must(d.Workflow(ctx, ref)).Twins) {
					t.Error("the page and assay coverage say different things")
				}
			}
			said := must(d.Activities(ctx, "", 0, 1))[0].Summary
			if c.want == "" {
				if len(twins) > 0 || strings.Contains(said, dirtyWorkflow) {
					t.Errorf("%v; the log says %q", twins, said)
				}
				return
			}
			if !strings.Contains(twins[second.Ref], dirtyWorkflow) || !strings.Contains(twins[second.Ref], c.want) ||
				!strings.Contains(twins[dirtyWorkflow], second.Ref) {
				t.Errorf("%v, want %q", twins, c.want)
			}
			if !strings.Contains(said, dirtyWorkflow) || !strings.Contains(said, c.want) {
				t.Errorf("the log says %q", said)
			}
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, two, _, _ := d.papers()
			d.says("page 1", one, second.Ref+" may be the same AI")
			d.says("page 2", html.UnescapeString(two), c.want)
		})
	}
}

// TestWorkflow_is_whole: a page gets no list that is not there.
func TestWorkflow_is_whole(t *testing.T) {
	s := openDemo(t, nil)
	for i := range 6 {
		ref := fmt.Sprintf("WF-%04d", i+1)
		v := must(s.Workflow(context.Background(), ref))
		v.MissingText = []string{}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(b, []byte(":null")); at >= 0 {
			t.Errorf("%s: %s", ref, b[max(0, at-60):at+5])
		}
	}
}
