package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/letter"
	"assay/internal/oversight"
	"assay/internal/pdfcheck"
	"assay/internal/store"
	"assay/internal/testkit"
)

// TestExplainRun drafts letters about runs of the sample: one that was decided
// by an officer, and one that was released without a decision.
func TestExplainRun(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	const wf = "housing-repairs"
	v := must(s.Workflow(ctx, wf))
	missing := must(
		s.FindingList(ctx, FindingQuery{Workflow: wf, Code: string(oversight.ReleasedUndecided), Limit: 1}),
	).Items[0].Runs[0].RunID
	decided := ""
	for _, r := range must(s.Runs(ctx, RunQuery{Workflow: wf, Limit: 200})).Items {
		if len(r.Findings) == 0 {
			decided = r.RunID
			break
		}
	}
	flat := func(l letter.Letter) string { return strings.Join(strings.Fields(string(l.Text())), " ") }
	t.Run("a_decided_run_says_who_and_when_and_how_to_challenge", func(t *testing.T) {
		l, err := s.ExplainRun(ctx, LetterRequest{Workflow: wf, Run: decided})
		if err != nil {
			t.Fatal(err)
		}
		run := must(s.Run(ctx, wf, decided)).Record
		text := flat(l)
		for _, want := range []string{
			"DRAFT. An officer reads", "Our reference: " + decided, v.Workflow.Name,
			strings.Join(strings.Fields(v.Workflow.Account.Challenge), " "), "Article 22A", "Article 22D",
			"draws no legal conclusion",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in the letter", want)
			}
		}
		for _, d := range run.Decisions {
			if d.Code.ByPerson() && !strings.Contains(text, d.Decided.UTC().Format("2 January 2006 at 15:04")) {
				t.Errorf("the decision of %s is not in the letter", d.Decided.UTC().Format("2 January 2006 at 15:04"))
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
		text := flat(must(s.ExplainRun(ctx, LetterRequest{Workflow: wf, Run: missing})))
		if !strings.Contains(text, "the record of this run shows no decision by a person") ||
			!strings.Contains(text, "OVR-01") {
			t.Error(text)
		}
	})
	t.Run("the_PDF_is_tagged_and_marked", func(t *testing.T) {
		pdf, err := LetterPDF(must(s.ExplainRun(ctx, LetterRequest{Workflow: wf, Run: decided})))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pdfcheck.Check(pdf) {
			t.Error(p)
		}
	})
	t.Run("the_edited_letter_is_kept_and_logged", func(t *testing.T) {
		q := letter.Edit{
			Workflow: wf,
			Run:      decided,
			Greeting: "Dear Ms Okafor,",
			Close:    "Ada Holt\nHousing Manager",
			Checked:  true,
			Parts: []letter.EditedPart{
				{
					Heading: "Why we are writing",
					Body: "We looked at\nyour report.\n\nThis is what we did:\n- read it\n- asked a " +
						"surveyor\n\nA person decided.",
				},
			},
		}
		kept, err := s.KeepLetter(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := s.WriteEvidence(ctx, kept.Document.Ref, &b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, want := range []string{
			"Dear Ms Okafor,\n",
			"WHY WE ARE WRITING\n\nWe looked at your report.\n\nThis is what we did:\n\n- read it\n- asked a " +
				"surveyor\n\nA person decided.\n",
			"Yours sincerely,\n\nAda Holt\nHousing Manager\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		if strings.Contains(text, "DRAFT") || strings.Contains(text, "Article 22A") {
			t.Errorf("what is for the officer stands in the letter:\n%s", text)
		}
		var last ledger.Entry
		if err := s.read(ctx, func(r *store.Reader) error {
			rows, err := r.LogEntriesOf(ctx, v.Workflow.Ref, 1<<62, 1)
			if err == nil {
				last, err = ledger.ParseEntry([]byte(rows[0].Leaf))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if last.Action != "run.letter" || len(last.Digests) != 1 ||
			last.Digests[0].SHA256 != certificate.DigestOf(b.Bytes()) ||
			!strings.Contains(last.Summary, "edited by "+s.SignedIn().Name) {
			t.Errorf("%+v", last)
		}
		if !kept.Document.Redacted {
			t.Error("a letter to a person would go into packs")
		}
		pdf, err := LetterPDF(kept.Letter)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pdfcheck.Check(pdf) {
			t.Error(p)
		}
	})
	t.Run("a_letter_with_something_left_to_fill_in_is_not_kept", func(t *testing.T) {
		l := must(s.ExplainRun(ctx, LetterRequest{Workflow: wf, Run: decided}))
		q := letter.Edit{Workflow: wf, Run: decided, Greeting: l.Greeting, Close: l.Close}
		for _, p := range l.Parts {
			q.Parts = append(q.Parts, letter.EditedPart{Heading: p.Heading, Body: strings.Join(p.Text, "\n\n")})
		}
		before := len(must(s.Evidence(ctx)))
		_, err := s.KeepLetter(ctx, q)
		testkit.WantFault(t, err, fault.CodeInvalid)
		for _, want := range []string{"greeting", "close", "checked", fmt.Sprintf("parts[%d].body", len(q.Parts)-1)} {
			var f *fault.Error
			if !errors.As(err, &f) ||
				!slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == want }) {
				t.Errorf("nothing is said of %s: %v", want, err)
			}
		}
		if after := len(must(s.Evidence(ctx))); after != before {
			t.Errorf("%d documents, then %d", before, after)
		}
	})
	_, err := s.ExplainRun(ctx, LetterRequest{Workflow: wf, Run: "no such run"})
	testkit.WantFault(t, err, fault.CodeNotFound)
	if a := must(s.Activities(ctx, v.Workflow.Ref, 0, 1)); !strings.Contains(a[0].Summary, decided) {
		t.Errorf("%+v", a[0])
	}
}
