package service

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/flow"
	"assay/internal/signing"
)

// emptyRegister is a register that holds its keeper and nothing else, with the folder
// that it lies in.
func emptyRegister(t *testing.T) (*Service, string) {
	t.Helper()
	dir := t.TempDir()
	s, _, err := Create(context.Background(), filepath.Join(dir, "r.assay"),
		NewRegister{Organisation: "Fenwick", Person: "Ada Keeper", JobTitle: "DPO", Plain: true}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, dir
}

// Each flow begins a workflow in a register that holds nothing, and nothing that it
// brought counts as met.
func TestApplyFlow_each_in_an_empty_register(t *testing.T) {
	s, _ := emptyRegister(t)
	ctx := context.Background()
	owner := s.SignedIn().Ref
	for _, f := range flow.All() {
		r, err := s.ApplyFlow(ctx, FlowRequest{Flow: f.ID, Owner: owner})
		if err != nil {
			t.Fatalf("%s: %v", f.ID, err)
		}
		v := must(s.Workflow(ctx, r.Workflow))
		if v.Workflow.Flow != f.ID || v.Workflow.Name != f.Name || len(v.Workflow.Suggested) == 0 {
			t.Errorf("%s: %+v", f.ID, v.Workflow)
		}
		if len(r.Schedules) != len(f.Reviews) || len(r.Actions) < 5 {
			t.Errorf("%s: %+v", f.ID, r)
		}
		a := must(s.Assessment(ctx, r.Assessment))
		if a.Assessment.Risks[0].Consequence != f.Risks()[0].Consequence {
			t.Errorf("%s: the assessment begins with %q", f.ID, a.Assessment.Risks[0].Consequence)
		}
		for _, area := range must(s.Readiness(ctx, r.Workflow)).Areas {
			for _, x := range area.Results {
				if x.Status.Whole() && x.Blocking {
					t.Errorf("%s: %s is met by a suggestion: %s", f.ID, x.Code, x.Reason)
				}
			}
		}
	}
	if c := must(s.Check(ctx, nil)); len(c.Problems) > 0 {
		t.Errorf("%q", c.Problems)
	}
	list := must(s.Workflows(ctx))
	if len(list) != len(flow.All()) {
		t.Errorf("%d workflows of %d flows", len(list), len(flow.All()))
	}
}

func TestApplyFlow_refuses(t *testing.T) {
	s, dir := emptyRegister(t)
	ctx := context.Background()
	owner := s.SignedIn().Ref
	hostile := filepath.Join(dir, "hostile.yaml")
	if err := os.WriteFile(hostile, []byte("assay: flow/1\nroster: [j.doe]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		q    FlowRequest
		code fault.Code
		says string
	}{
		"a flow that is not there": {FlowRequest{Flow: "tea-making", Owner: owner}, fault.CodeNotFound, "tea-making"},
		"nobody who answers":       {FlowRequest{Flow: "minutes"}, fault.CodeNotFound, "person"},
		"a file with people":       {FlowRequest{Flow: hostile, Owner: owner}, fault.CodeUnreadable, "roster"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.ApplyFlow(ctx, c.q)
			if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
	if list := must(s.Workflows(ctx)); len(list) > 0 {
		t.Error("a flow that was refused left something behind")
	}
}

// A flow travels from one council to another: exported with a signature, shown with
// the root that is trusted, altered on the way and then refused.
func TestExportFlow_travels_signed(t *testing.T) {
	s, dir := emptyRegister(t)
	ctx := context.Background()
	me := *s.SignedIn()
	if err := s.MakeRoot(ctx, "root of the flow test"); err != nil {
		t.Fatal(err)
	}
	const pass = "key of the flow test"
	if err := s.IssueKey(ctx, me.Ref, pass, "root of the flow test"); err != nil {
		t.Fatal(err)
	}
	r := must(s.ApplyFlow(ctx, FlowRequest{Flow: "minutes", Owner: me.Ref, Name: "Our minutes"}))
	data, sig, err := s.ExportFlow(ctx, r.Workflow, "our-minutes", pass)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "our-minutes.yaml")
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, data)
	write(file+".p7s", sig)
	trust := must(signing.ParseTrust(must(s.RootPEM(ctx))))
	trust.Now = s.clock()
	f := must(OpenFlow(ctx, file, trust))
	if f.Name != "Our minutes" || f.Signature == nil || f.Signature.Status != signing.StatusGenuine ||
		f.Signature.Signer != me.Name {
		t.Errorf("%+v", f.Signature)
	}
	other := must(s.ApplyFlow(ctx, FlowRequest{Flow: file, Owner: me.Ref}))
	if w := must(s.Workflow(ctx, other.Workflow)).Workflow; w.Flow != "our-minutes" || w.Name != "Our minutes" {
		t.Errorf("%+v", w)
	}
	write(file, []byte(strings.Replace(string(data), "Our minutes", "Their minutes", 1)))
	if _, err := s.ApplyFlow(ctx, FlowRequest{Flow: file, Owner: me.Ref}); fault.CodeOf(err) != fault.CodeTampered {
		t.Errorf("%v", err)
	}
}
