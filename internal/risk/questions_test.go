package risk

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestQuestions_are_complete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Questions() {
		if s.Title == "" || s.Lead == "" || len(s.Questions) == 0 {
			t.Errorf("section %s is incomplete", s.ID)
		}
		for _, q := range s.Questions {
			if seen[q.ID] {
				t.Errorf("%s stands twice", q.ID)
			}
			seen[q.ID] = true
			if !strings.HasSuffix(q.Text, "?") || q.Help == "" || q.Good == "" || len(q.Serves) == 0 {
				t.Errorf("%s: a question needs its text, help, a good answer and what it serves", q.ID)
			}
			for _, r := range q.Risks {
				if _, ok := Entry(r); !ok {
					t.Errorf("%s names %s, which the catalogue does not have", q.ID, r)
				}
			}
		}
	}
	// Each risk of the catalogue that runs say something about is asked about.
	for _, e := range Catalogue() {
		asked := false
		for _, s := range Questions() {
			asked = asked ||
				slices.ContainsFunc(s.Questions, func(q Question) bool { return slices.Contains(q.Risks, e.ID) })
		}
		if !asked {
			t.Errorf("no question bears on %s", e.ID)
		}
	}
}

// answered is an assessment that can be completed.
func answered() Assessment {
	a := Assessment{
		ID: "a", WorkflowID: "w", WorkflowVersion: "1.0", Method: "Judged in one meeting", Status: StatusDraft,
		Edition: Edition,
		Risks: []Risk{
			{
				Title:       "R",
				Cause:       "c",
				Consequence: "d",
				Affected:    []string{"residents"},
				OwnerID:     "p",
				Treatment:   TreatmentMitigate,
				Status:      RiskOpen,
				Inherent:    Score{3, 3},
				Current:     Score{3, 3},
				Residual:    Score{3, 3},
			},
		},
	}
	for _, s := range Questions() {
		for _, q := range s.Questions {
			a.Answers = append(a.Answers, Answer{Question: q.ID, Value: AnswerYes, Note: "Seen in the settings"})
		}
	}
	return a
}

func TestComplete_questions(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*Assessment)
		want   string
	}{
		"all_answered": {func(*Assessment) {}, ""},
		"unanswered_question_is_refused": {
			func(a *Assessment) { a.Answers = a.Answers[1:] }, "is not answered",
		},
		"suggestion_is_no_answer": {
			func(a *Assessment) { a.Answers[0].Suggested = true }, "confirm or change it",
		},
		"yes_needs_something_to_show_for_it": {
			func(a *Assessment) { a.Answers[0].Note = " " }, "say what shows it",
		},
		"yes_with_a_document": {
			func(a *Assessment) { a.Answers[0].Note, a.Answers[0].Evidence = "", []string{"e"} }, "",
		},
		"no_says_what_is_missing": {
			func(a *Assessment) { a.Answers[0].Value, a.Answers[0].Note = AnswerNo, "" }, "say what is missing",
		},
		"not_applicable_says_why": {
			func(a *Assessment) { a.Answers[0].Value, a.Answers[0].Note = AnswerNotApplicable, "" }, "say why",
		},
		"unknown_question": {
			func(a *Assessment) { a.Answers = append(a.Answers, Answer{Question: "Q99", Value: AnswerYes}) },
			"no question",
		},
		"answered_twice": {
			func(a *Assessment) { a.Answers = append(a.Answers, a.Answers[0]) }, "answered twice",
		},
		"unknown_value": {
			func(a *Assessment) { a.Answers[0].Value = "perhaps" }, "Choose yes",
		},
		"dismissed_without_reason": {
			func(a *Assessment) { a.Dismissed = []Dismissed{{CatalogueID: "R05"}} }, "does not apply",
		},
		"an_assessment_from_before_there_were_none": {func(a *Assessment) { a.Edition, a.Answers = "", nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := answered()
			c.change(&a)
			_, err := a.Complete("p", now)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAttach(t *testing.T) {
	a := Assessment{Answers: []Answer{{Question: "Q01", Value: AnswerYes}}}
	b := a.Attach("Q01", "e1").Attach("Q02", "e2").Attach("Q01", "e1")
	if got := b.Answer("Q01"); got.Value != AnswerYes || !slices.Equal(got.Evidence, []string{"e1"}) {
		t.Errorf("Q01 is %+v", got)
	}
	if got := b.Answer("Q02"); got.Value != "" || !slices.Equal(got.Evidence, []string{"e2"}) {
		t.Errorf("Q02 is %+v", got)
	}
	if len(a.Answers[0].Evidence) != 0 {
		t.Error("the assessment before was changed")
	}
}

func TestSuggestions_are_none_of_todays_claims(t *testing.T) {
	got := Suggestions(
		[]Answer{
			{Question: "Q01", Value: AnswerYes, Note: "n"},
			{Question: "Q02"},
			{Question: "Q99", Value: AnswerYes},
		},
	)
	if len(got) != 1 || !got[0].Suggested || got[0].Note != "n" {
		t.Errorf("got %+v", got)
	}
	a := answered()
	a.Answers = Suggestions(a.Answers)
	if n, all := a.Answered(); n != 0 || all == 0 {
		t.Errorf("%d of %d count as answered", n, all)
	}
}

func TestTrend(t *testing.T) {
	risk := func(inherent, residual int) Risk {
		return Risk{
			Inherent:  Score{inherent, 1},
			Current:   Score{inherent, 1},
			Residual:  Score{residual, 1},
			Status:    RiskOpen,
			Treatment: TreatmentMitigate,
		}
	}
	closed := risk(5, 5)
	closed.Status = RiskClosed
	got := Trend([]Assessment{
		{Ref: "RA-0003", WorkflowID: "w1", ApprovedOn: "2026-05-01", Risks: []Risk{risk(4, 2), closed}},
		{Ref: "RA-0001", WorkflowID: "w1", ApprovedOn: "2025-05-01", Risks: []Risk{risk(4, 4), risk(2, 2)}},
		{Ref: "RA-0002", WorkflowID: "w2", ApprovedOn: "2025-11-01", Risks: []Risk{risk(5, 5)}},
		{Ref: "RA-0004", WorkflowID: "w2"}, // a draft
	}, 3)
	want := []TrendPoint{
		{
			On:         "2025-05-01",
			Ref:        "RA-0001",
			WorkflowID: "w1",
			Workflows:  1,
			Risks:      2,
			Inherent:   3,
			Current:    3,
			Residual:   3,
			Highest:    4,
			Above:      1,
		},
		{
			On:         "2025-11-01",
			Ref:        "RA-0002",
			WorkflowID: "w2",
			Workflows:  2,
			Risks:      3,
			Inherent:   11.0 / 3,
			Current:    11.0 / 3,
			Residual:   11.0 / 3,
			Highest:    5,
			Above:      2,
		},
		{
			On:         "2026-05-01",
			Ref:        "RA-0003",
			WorkflowID: "w1",
			Workflows:  2,
			Risks:      2,
			Inherent:   4.5,
			Current:    4.5,
			Residual:   3.5,
			Highest:    5,
			Above:      1,
		},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
