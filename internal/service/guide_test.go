package service

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/risk"
	"assay/internal/workflow"
)

// begun is a register with a workflow from a template and an assessment of it.
func begun(t *testing.T) (*Service, workflow.Workflow, risk.Assessment) {
	t.Helper()
	s, _, err := Create(
		context.Background(),
		filepath.Join(t.TempDir(), "r.assay"),
		NewRegister{Organisation: "Fenwick", Person: "Ada", JobTitle: "DPO", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	tpl, _ := workflow.TemplateOf("triage")
	w := tpl.Begin()
	w.Name = "Housing repairs triage"
	wf, err := s.SaveWorkflow(context.Background(), w)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.StartAssessment(context.Background(), wf.Ref)
	if err != nil {
		t.Fatal(err)
	}
	return s, wf, a
}

func TestStartAssessment_from_a_template(t *testing.T) {
	s, wf, a := begun(t)
	tpl, _ := workflow.TemplateOf("triage")
	var order []string
	for _, r := range a.Risks {
		order = append(order, r.CatalogueID)
		if r.Inherent.Rated() || len(r.ExistingControls) > 0 {
			t.Errorf("%s is claimed to be rated or controlled before anybody looked", r.CatalogueID)
		}
	}
	first := slices.Clone(tpl.Risks)
	slices.Sort(first)
	if got := slices.Sorted(slices.Values(order[:len(first)])); !slices.Equal(got, first) ||
		len(order) != len(risk.Catalogue()) {
		t.Errorf("the risks are %v, and %v usually matter for it", order, first)
	}
	if a.Edition != risk.Edition || len(a.Answers) != 0 {
		t.Errorf("edition %q with %d answers", a.Edition, len(a.Answers))
	}
	// Nothing that the template wrote counts for the workflow.
	v, err := s.Workflow(context.Background(), wf.Ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"TRN-R01", "OVR-R01", "TRN-R04"} {
		if r, ok := v.Readiness.Result(code); !ok || r.Status != "not_met" {
			t.Errorf("%s is %q before anything is confirmed", code, r.Status)
		}
	}
}

func TestAssessmentGuide(t *testing.T) {
	s, _, a := begun(t)
	g, err := s.AssessmentGuide(context.Background(), a.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Sections) == 0 || len(g.Clauses) == 0 || len(g.Requirements) == 0 {
		t.Fatalf("the guide is empty: %+v", g)
	}
	said := map[string]risk.Answer{}
	for _, x := range g.Suggested {
		said[x.Question] = x
		if !x.Suggested || x.Note == "" {
			t.Errorf("%s is suggested without a reason, or as if somebody had answered it: %+v", x.Question, x)
		}
	}
	if said["Q06"].Value != risk.AnswerNo { // no data protection impact assessment is recorded
		t.Errorf("Q06 is suggested as %q", said["Q06"].Value)
	}
	if _, ok := said["Q11"]; ok { // no gate asks for two people: nothing to suggest
		t.Error("Q11 is suggested although nothing is known about it")
	}
}

func TestAttachEvidence(t *testing.T) {
	ctx := context.Background()
	s, wf, a := begun(t)
	path := filepath.Join(t.TempDir(), "settings.png")
	if err := os.WriteFile(path, []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := s.AttachEvidence(ctx, Attachment{Assessment: a.Ref, Question: "Q08", Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if e.Title != "settings" || e.MIME != "image/png" || e.Bytes != 9 {
		t.Errorf("kept as %+v", e)
	}
	var links []string
	for _, l := range e.Links {
		links = append(links, l.Ref)
	}
	for _, want := range []string{wf.Ref, a.Ref, "A.9.3", "8.1"} {
		if !slices.Contains(links, want) {
			t.Errorf("linked to %v, not to %s", links, want)
		}
	}
	v, err := s.Assessment(ctx, a.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Answer("Q08").Evidence; !slices.Equal(got, []string{e.ID}) {
		t.Errorf("the answer names %v", got)
	}
	log, err := s.Activities(ctx, "", 0, 1)
	if err != nil || len(log) != 1 || !strings.Contains(log[0].Summary, "settings") {
		t.Errorf("the log says %+v, %v", log, err)
	}
	for name, q := range map[string]Attachment{
		"no_such_question": {Assessment: a.Ref, Question: "Q99", Path: path},
		"no_such_file":     {Assessment: a.Ref, Question: "Q08", Path: path + "x"},
	} {
		if _, err := s.AttachEvidence(ctx, q); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if list, err := s.Evidence(ctx); err != nil || len(list) != 1 {
		t.Errorf("%d documents after refusals, %v", len(list), err)
	}
}

func TestRiskTrend_of_the_sample(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the whole sample")
	}
	s := openDemo(t, nil)
	all, err := s.RiskTrend(context.Background(), "")
	if err != nil || len(all) < 6 {
		t.Fatalf("%d points, %v", len(all), err)
	}
	one, err := s.RiskTrend(context.Background(), "WF-0001")
	if err != nil || len(one) != 2 || one[0].Workflows != 1 || one[1].Residual >= one[0].Residual {
		t.Errorf("WF-0001: %+v, %v", one, err)
	}
	rated := 0
	for _, row := range must(s.Workflows(context.Background())) {
		if row.HighestRisk > 0 {
			rated++
		}
	}
	if last := all[len(all)-1]; last.Workflows != rated || rated < 6 {
		t.Errorf("the last point counts %d workflows of %d", last.Workflows, rated)
	}
}

// TestGuide_in_the_pack: the sample's assessment answers every question, and the evidence
// pack says so with what each answer rests on; a suggestion is no answer.
func TestGuide_in_the_pack(t *testing.T) {
	s := openDemo(t, nil)
	err := s.readView(t.Context(), func(view *View) error {
		at := slices.IndexFunc(view.workflows, func(wf workflow.Workflow) bool { return wf.Ref == "WF-0001" })
		f, err := view.facts(t.Context(), &view.workflows[at])
		if err != nil {
			return err
		}
		a, ok := f.Assessment()
		if !ok {
			t.Fatal("there is no assessment")
		}
		got := view.questionsOf(a)
		if answered, all := a.Answered(); answered != all || len(got) != all || all < 20 {
			t.Fatalf("%d of %d questions are answered, %d in the pack", answered, all, len(got))
		}
		evidence := 0
		for _, q := range got {
			if q.Answer == "" || q.Text == "" || q.Note == "" || len(q.Serves) == 0 {
				t.Errorf("%+v", q)
			}
			for _, ref := range q.Evidence {
				evidence++
				if !strings.HasPrefix(ref, "EV-") {
					t.Errorf("%s rests on %q", q.ID, ref)
				}
			}
		}
		if evidence < 10 {
			t.Errorf("%d documents", evidence)
		}
		a.Answers = risk.Suggestions(a.Answers)
		for _, q := range view.questionsOf(a) {
			if q.Answer != "" {
				t.Errorf("a suggestion counts as the answer %q", q.Answer)
			}
		}
		a.Edition = ""
		if got := view.questionsOf(a); got != nil {
			t.Errorf("an assessment without questions has %d", len(got))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
