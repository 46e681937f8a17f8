package service

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assay/internal/certificate"
	"assay/internal/policy"
	"assay/internal/run"
)

// TestCaseOf: the file of a case of the sample holds the run, what was in force on its
// day, and says what is missing.
func TestCaseOf(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	wf := must(s.Workflow(ctx, "WF-0001")).Workflow
	list := must(s.Runs(ctx, RunQuery{Workflow: wf.Ref}))
	id := list.Items[0].RunID
	f := must(s.CaseOf(ctx, LetterRequest{Workflow: wf.Ref, Run: id}))
	part := func(name string) []byte {
		t.Helper()
		i := slices.IndexFunc(f.Files, func(p CasePart) bool { return p.Name == name })
		if i < 0 {
			t.Fatalf("there is no %s among %v", name, f.Files)
		}
		if f.Files[i].SHA256 != certificate.DigestOf(f.Files[i].Data) {
			t.Errorf("the digest of %s is another", name)
		}
		return f.Files[i].Data
	}
	var rec run.Record
	if err := json.Unmarshal(part("run.jsonl"), &rec); err != nil || rec.RunID != id {
		t.Errorf("%v, run %q", err, rec.RunID)
	}
	if !bytes.Contains(part("letter-draft.txt"), []byte("DRAFT")) {
		t.Error("the letter is no draft")
	}
	about := string(part("about.txt"))
	policies := 0
	for _, p := range f.Files {
		if !strings.Contains(about, p.Name) && p.Name != "about.txt" {
			t.Errorf("about.txt does not list %s", p.Name)
		}
		if strings.ContainsAny(p.Name, `/\:`) || strings.HasPrefix(p.Name, ".") {
			t.Errorf("%q is no plain file name", p.Name)
		}
		if strings.HasPrefix(p.Name, "POL-") && strings.HasSuffix(p.Name, ".json") {
			policies++
			var v policy.Version
			if err := json.Unmarshal(p.Data, &v); err != nil || v.InForceFrom.IsZero() || f.Day.Before(v.InForceFrom) {
				t.Errorf("%s: %v, in force from %q on %s", p.Name, err, v.InForceFrom, f.Day)
			}
		}
	}
	if policies == 0 && len(f.Missing) == 0 {
		t.Error("there is no policy and nobody says so")
	}
	for _, m := range f.Missing {
		if !strings.Contains(about, m) {
			t.Errorf("about.txt does not say %q", m)
		}
	}
	if _, err := s.CaseOf(ctx, LetterRequest{Workflow: wf.Ref, Run: "no such run"}); err == nil {
		t.Error("the file of no run was gathered")
	}
}
