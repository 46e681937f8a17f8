package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/workflow"
)

// TestHandover sends a client's register to a consultant, has both work on,
// and merges what comes back.
func TestHandover(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	client := openDemo(t, nil)
	file, public, err := handover.NewKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	clientFile, clientPublic, err := handover.NewKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.handover")
	if _, err := client.SendHandover(ctx, HandoverRequest{To: public, Path: out}); err != nil {
		t.Fatal(err)
	}
	t.Run("nothing of it can be read on the way", func(t *testing.T) {
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Brackenmere", "policy", "Ravenscroft"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%q stands in the file", secret)
			}
		}
		if _, _, err := OpenHandover(
			ctx, out, clientFile, filepath.Join(dir, "no.assay"), NewRegister{Person: "Eve", Plain: true},
			Options{},
		); fault.CodeOf(
			err,
		) != fault.CodeForbidden {
			t.Fatalf("opened with another key: %v", err)
		}
		for _, at := range []int{len(b) / 3, len(b) / 2, len(b) - 1} {
			c := append([]byte(nil), b...)
			c[at] ^= 1
			bad := filepath.Join(t.TempDir(), "bad")
			os.WriteFile(bad, c, 0o600)
			if _, _, err := OpenHandover(
				ctx, bad, file, filepath.Join(dir, "bad.assay"), NewRegister{Person: "Eve", Plain: true},
				Options{},
			); err == nil {
				t.Fatalf("opened with byte %d changed", at)
			}
			if _, err := os.Stat(filepath.Join(dir, "bad.assay")); err == nil {
				t.Fatal("a half-made register was left")
			}
		}
	})
	consultant, _, err := OpenHandover(
		ctx,
		out,
		file,
		filepath.Join(dir, "work.assay"),
		NewRegister{Person: "Cora Consultant", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	defer consultant.Close()
	if err := consultant.SignIn(ctx, "Cora"); err == nil {
		t.Fatal("signed in by no reference")
	}
	var cora organisation.Person
	for _, p := range must(consultant.People(ctx)) {
		if p.Name == "Cora Consultant" {
			cora = p
		}
	}
	if err := consultant.SignIn(ctx, cora.Ref); err != nil {
		t.Fatal(err)
	}
	if r := must(consultant.Check(ctx, nil)); !r.Sound ||
		!strings.Contains(strings.Join(r.Warnings, "\n"), "with what another one handed over (register ") {
		t.Fatalf("%+v", r)
	}

	edit := func(s *Service, ref, name string) {
		t.Helper()
		v, err := s.Workflow(ctx, ref)
		if err != nil {
			t.Fatal(err)
		}
		v.Workflow.Name = name
		if _, err := s.SaveWorkflow(ctx, v.Workflow); err != nil {
			t.Fatal(err)
		}
	}
	edit(consultant, "WF-0001", "Planning validation, as seen by the consultant") // only they
	edit(client, "WF-0005", "Freedom of information, renamed by the client")      // only we
	edit(consultant, "WF-0002", "Summaries, says the consultant")                 // both
	edit(client, "WF-0002", "Summaries, says the client")
	theirs, err := consultant.SavePolicy(
		ctx,
		policy.Policy{
			Title:             "A policy that the consultant wrote",
			Kind:              policy.KindAI,
			ReviewEveryMonths: 12,
			OwnerID:           cora.ID,
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := client.SavePolicy(
		ctx,
		policy.Policy{Title: "A policy that the client wrote", Kind: policy.KindAI, ReviewEveryMonths: 12},
	)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Ref != ours.Ref {
		t.Fatalf("the two new policies were to bear the same reference: %s and %s", theirs.Ref, ours.Ref)
	}
	found, err := consultant.SaveWorkflow(
		ctx,
		workflow.Workflow{Name: "A workflow that the consultant found", Version: "1"},
	)
	if err != nil {
		t.Fatal(err)
	}
	back := filepath.Join(dir, "back.handover")
	if _, err := consultant.SendHandover(ctx, HandoverRequest{To: clientPublic, Path: back}); err != nil {
		t.Fatal(err)
	}

	plan, err := client.CompareHandover(ctx, back, clientFile)
	if err != nil {
		t.Fatal(err)
	}
	fates := map[string]handover.Fate{}
	for _, i := range plan.Items {
		if i.Table == "workflow" {
			fates[i.Ref] = i.Fate
		}
	}
	if fates["WF-0001"] != handover.FateTake || fates["WF-0002"] != handover.FateConflict || fates["WF-0005"] != "" ||
		plan.Conflicts != 1 {
		t.Fatalf("plan %+v", fates)
	}
	if _, err := client.MergeHandover(ctx, back, clientFile, nil); fault.CodeOf(err) != fault.CodeConflict ||
		!strings.Contains(err.Error(), "WF-0002") {
		t.Fatalf("merged with an open conflict: %v", err)
	}
	for _, i := range plan.Items {
		if i.Ref != "WF-0002" {
			continue
		}
		want := []handover.ItemField{
			{Field: "name", Here: "Summaries, says the client", Theirs: "Summaries, says the consultant", Both: true},
		}
		want[0].Base = i.Fields[0].Base // as the sample names it
		if !reflect.DeepEqual(i.Fields, want) || want[0].Base == "" || strings.Contains(want[0].Base, "says") {
			t.Errorf("%+v", i.Fields)
		}
	}
	if _, err := client.MergeHandover(
		ctx, back, clientFile, []handover.Decision{{Record: "WF-0002", Take: "ours"}},
	); fault.CodeOf(
		err,
	) != fault.CodeInvalid {
		t.Fatalf("merged without a reason: %v", err)
	}
	m, err := client.MergeHandover(
		ctx,
		back,
		clientFile,
		[]handover.Decision{{Record: "WF-0002", Take: "ours", Why: "Ours is newer"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	if m.Kept != 1 || m.Renumbered[theirs.Ref] == "" {
		t.Fatalf("%+v", m)
	}
	for ref, want := range map[string]string{
		"WF-0001": "Planning validation, as seen by the consultant", "WF-0002": "Summaries, says the client",
		"WF-0005": "Freedom of information, renamed by the client",
	} {
		if v := must(client.Workflow(ctx, ref)); v.Workflow.Name != want {
			t.Errorf("%s is %q", ref, v.Workflow.Name)
		}
	}
	if p := must(client.Policy(ctx, m.Renumbered[theirs.Ref])); p.Title != "A policy that the consultant wrote" {
		t.Errorf("their policy is %q", p.Title)
	}
	for _, p := range must(client.People(ctx)) {
		if p.ID == cora.ID && !slices.Equal(p.Duties, []organisation.Duty{organisation.DutyReader}) {
			t.Errorf("the consultant may do more than read here: %v", p.Duties)
		}
	}
	if r := must(client.Check(ctx, nil)); !r.Sound {
		t.Fatalf("after the merge: %+v", r.Problems)
	}
	t.Run("what is added afterwards gets a reference of its own", func(t *testing.T) {
		w, err := client.SaveWorkflow(ctx, workflow.Workflow{Name: "A workflow that the client found", Version: "1"})
		if err != nil || w.Ref == found.Ref {
			t.Errorf("%s, %v", w.Ref, err)
		}
		p, err := client.SavePerson(
			ctx,
			organisation.Person{Name: "Nadia Newcomer", Duties: []organisation.Duty{organisation.DutyReader}},
		)
		if err != nil || p.Ref == cora.Ref {
			t.Errorf("%s, %v", p.Ref, err)
		}
	})
	t.Run("a hand-over from elsewhere is refused", func(t *testing.T) {
		s, _, err := Create(
			ctx,
			filepath.Join(t.TempDir(), "other.assay"),
			NewRegister{Organisation: "Other", Person: "Ann", Plain: true},
			Options{},
		)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: "X"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.MergeHandover(ctx, back, clientFile, nil); fault.CodeOf(err) != fault.CodeConflict {
			t.Fatal(err)
		}
	})
}
