package service

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"strings"
	"testing"
)

// TestDepth holds the pack to what the register says of depth: each question about each gate once, with
// its definition and limit, no officer by name, and figures only where something is shown.
func TestDepth(t *testing.T) {
	ctx := context.Background()
	d, _ := demoOf(t)
	s := openDemo(t, nil)
	list := must(s.WorkflowNames(ctx))
	questions := map[string]int{}
	raised := map[string]string{}
	for _, wf := range list {
		v := must(s.Depth(ctx, wf.Ref))
		questions[wf.Ref] = len(v.Answers)
		for _, a := range v.Answers {
			if a.Asked {
				raised[wf.Ref] += string(a.Code) + " " + strings.Join(a.Differing, " ")
			}
		}
	}
	// The sample plants one officer who passes nearly all on, and nothing else.
	if len(raised) != 1 || raised["WF-0006"] != "DEP-01 officer" {
		t.Errorf("raised: %v", raised)
	}
	z, err := zip.OpenReader(d.Pack.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "records/depth.csv") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for i, row := range must(csv.NewReader(r).ReadAll()) {
			if i == 0 {
				continue
			}
			if row[4] == "" {
				questions[row[0]]--
			}
			shown := row[6] != "not shown"
			explained := row[13] != "" && row[14] != "" && (row[4] != "" || row[12] != "")
			if row[4] == "officer" || !explained || shown != (row[9] != "") {
				t.Errorf("line %d: %q", i+1, row)
			}
		}
		for ref, n := range questions {
			if n != 0 {
				t.Errorf("%s: %d questions are not in the pack once", ref, n)
			}
		}
		return
	}
	t.Error("the pack holds no depth.csv")
}
