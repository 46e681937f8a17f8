package service

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/policy"
)

func TestPolicyFromItsDocument(t *testing.T) {
	s := openDemo(t, nil)
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "AI policy 2026.docx")
	if err := os.WriteFile(file, []byte("the policy's words"), 0o600); err != nil {
		t.Fatal(err)
	}
	// All that is missing is said at once.
	_, err := s.RegisterPolicy(ctx, PolicyDocument{Kind: "ai"})
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 6 {
		t.Fatalf("nothing was given: %v", err)
	}
	people := must(s.People(ctx))
	var senior, other string
	for _, p := range people {
		switch {
		case p.Senior && p.May("approve") == nil && p.ID != s.personID():
			senior = p.Ref
		case !p.Senior && p.ID != s.personID():
			other = p.Ref
		}
	}
	d := PolicyDocument{
		Path: file, Title: "Policy on AI", Kind: "ai", OwnerID: people[0].ID, ApprovedBy: senior,
		ApprovedOn: "2026-03-04", NextReview: "2027-03-04",
		Checklist: []policy.CheckAnswer{{Item: "purpose", Covered: true, Where: "section 1"}},
	}
	for name, wrong := range map[string]func(*PolicyDocument){
		"by nobody senior":       func(d *PolicyDocument) { d.ApprovedBy = other },
		"by whoever records it":  func(d *PolicyDocument) { d.ApprovedBy = s.SignedIn().Ref },
		"on a day to come":       func(d *PolicyDocument) { d.ApprovedOn = "2099-03-04" },
		"on no day":              func(d *PolicyDocument) { d.ApprovedOn = "2026-02-31" },
		"in force before":        func(d *PolicyDocument) { d.InForceFrom = "2026-03-03" },
		"with a file not there":  func(d *PolicyDocument) { d.Path = file + "x" },
		"of no kind":             func(d *PolicyDocument) { d.Kind = "x" },
		"with a note on nothing": func(d *PolicyDocument) { d.Checklist = []policy.CheckAnswer{{Item: "x"}} },
	} {
		bad := d
		wrong(&bad)
		if _, err := s.RegisterPolicy(ctx, bad); err == nil {
			t.Errorf("taken although approved or kept %s", name)
		}
	}
	before := len(must(s.Policies(ctx)))
	p, err := s.RegisterPolicy(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	got := must(s.Policy(ctx, p.Ref))
	v, ok := got.InForce(civil.Date("2026-03-04"))
	if !ok || v.Approval.Signed() || v.Approval.IsZero() || len(v.Attachments) != 1 || got.Covered != 1 {
		t.Errorf("kept %+v", got)
	}
	if len(must(s.Policies(ctx))) != before+1 {
		t.Error("a refused one left something")
	}
	for _, e := range must(s.Evidence(ctx)) {
		if e.ID == v.Attachments[0] && (e.FileName != "AI policy 2026.docx" || e.Links[0].Ref != p.Ref) {
			t.Errorf("document %+v", e)
		}
	}
}
