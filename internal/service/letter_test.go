package service

import (
	"context"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/pdfkit"
	"assay/internal/testkit"
)

// TestExplainRun drafts letters about runs of the sample: one that was decided
// by an officer, and one that was released without a decision.
func TestExplainRun(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	const wf = "housing-repairs"
	v := must(s.Workflow(ctx, wf))
	missing := must(s.FindingList(ctx, FindingQuery{Workflow: wf, Code: string(oversight.ReleasedUndecided), Limit: 1})).Items[0].Runs[0].RunID
	decided := ""
	for _, r := range must(s.Runs(ctx, RunQuery{Workflow: wf, Limit: 200})).Items {
		if len(r.Findings) == 0 {
			decided = r.RunID
			break
		}
	}
	flat := func(l Letter) string { return strings.Join(strings.Fields(string(l.Text())), " ") }
	t.Run("a_decided_run_says_who_and_when_and_how_to_challenge", func(t *testing.T) {
		l, err := s.ExplainRun(ctx, wf, decided)
		if err != nil {
			t.Fatal(err)
		}
		run := must(s.Run(ctx, wf, decided)).Record
		text := flat(l)
		for _, want := range []string{"DRAFT. An officer reads", "Our reference: " + decided, v.Workflow.Name, strings.Join(strings.Fields(v.Workflow.Account.Challenge), " "), "Article 22A", "Article 22D", "draws no legal conclusion"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in the letter", want)
			}
		}
		for _, d := range run.Decisions {
			if d.Code.ByPerson() && !strings.Contains(text, moment(d.Decided)) {
				t.Errorf("the decision of %s is not in the letter", moment(d.Decided))
			}
		}
		for _, acc := range run.Accesses {
			if !strings.Contains(text, acc.Source) {
				t.Errorf("the data source %s is not in the letter", acc.Source)
			}
		}
		for _, line := range strings.Split(string(l.Text()), "\n") {
			if len([]rune(line)) > 100 {
				t.Errorf("a long line: %s", line)
			}
		}
		t.Logf("\n%s", l.Text())
	})
	t.Run("a_run_without_a_decision_is_not_explained_away", func(t *testing.T) {
		text := flat(must(s.ExplainRun(ctx, wf, missing)))
		if !strings.Contains(text, "the record of this run shows no decision by a person") || !strings.Contains(text, "OVR-01") {
			t.Error(text)
		}
	})
	t.Run("the_PDF_is_tagged_and_marked", func(t *testing.T) {
		pdf, err := must(s.ExplainRun(ctx, wf, decided)).PDF()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pdfkit.Check(pdf) {
			t.Error(p)
		}
	})
	_, err := s.ExplainRun(ctx, wf, "no such run")
	testkit.WantFault(t, err, fault.CodeNotFound)
	if a := must(s.Activities(ctx, v.Workflow.Ref, 0, 1)); !strings.Contains(a[0].Summary, decided) {
		t.Errorf("%+v", a[0])
	}
}
