package review

import (
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func want(t *testing.T, err error, text string) {
	t.Helper()
	if text == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil {
		t.Errorf("accepted, want %q", text)
		return
	}
	all := err.Error()
	if f, ok := err.(*fault.Error); ok {
		for _, x := range f.Fields {
			all += "\n" + x.Message
		}
	}
	if !strings.Contains(all, text) {
		t.Errorf("got %s, want %q", all, text)
	}
}

func TestSchedule(t *testing.T) {
	good := Schedule{Kind: KindWorkflow, WorkflowID: "w", EveryMonths: 6, Next: "2026-11-23", Active: true}
	for name, c := range map[string]struct {
		change func(*Schedule)
		want   string
	}{
		"complete":              {func(*Schedule) {}, ""},
		"of_nothing":            {func(s *Schedule) { s.WorkflowID = "" }, "either the workflow or the policy"},
		"of_both":               {func(s *Schedule) { s.PolicyID = "p" }, "either the workflow or the policy"},
		"policy_for_a_workflow": {func(s *Schedule) { s.Kind = KindPolicy }, "needs a policy"},
		"never":                 {func(s *Schedule) { s.EveryMonths = 0 }, "between 1 and 36"},
		"with_no_day":           {func(s *Schedule) { s.Next = "" }, "when the next review"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			c.change(&s)
			want(t, s.Validate(), c.want)
		})
	}
	if good.Overdue(now) || !good.Overdue(now.AddDate(0, 0, 1)) {
		t.Error("a review is overdue on the day after it was due, not on its day")
	}
	if s := good.Held("2026-12-15"); s.Next != "2027-06-15" {
		t.Errorf("a late review: next on %s", s.Next)
	}
	if s := good.Held("2026-03-31"); s.Next != "2026-11-23" {
		t.Errorf("recording an old review moves the next one to %s", s.Next)
	}
	if s := good.Held("2026-08-31"); s.Next != "2027-02-28" {
		t.Errorf("end of a month: %s", s.Next)
	}
}

func TestReview(t *testing.T) {
	good := Review{
		Kind:        KindWorkflow,
		WorkflowID:  "w",
		Performance: "Well",
		RiskChanges: "None",
		Standards:   "Met",
		Issues:      "None",
		Conclusion:  ConclusionContinue,
		By:          "ada",
		On:          "2026-11-20",
	}
	want(t, good.Validate(), "")
	for _, c := range []struct {
		change func(*Review)
		want   string
	}{
		{func(r *Review) { r.Performance = " " }, "performs against its purpose"},
		{func(r *Review) { r.RiskChanges = "" }, "changed in its risks"},
		{func(r *Review) { r.Standards = "" }, "standards and law"}, {func(r *Review) { r.Issues = "" }, "issues"},
		{func(r *Review) { r.Conclusion = "fine" }, "conclusion"},
		{func(r *Review) { r.By = "" }, "who held"}, {func(r *Review) { r.On = "" }, "when the review"},
	} {
		r := good
		c.change(&r)
		want(t, r.Validate(), c.want)
	}
	policy := Review{
		Kind:       KindPolicy,
		PolicyID:   "p",
		Standards:  "Met",
		Conclusion: ConclusionContinue,
		By:         "ada",
		On:         "2026-11-20",
	}
	want(t, policy.Validate(), "")
}

func TestAction(t *testing.T) {
	a := Action{Title: "Do it", OwnerID: "ada", Raised: "2026-11-01", Due: "2026-11-22", Status: ActionOpen}
	want(t, a.Validate(), "")
	if !a.Overdue(now) {
		t.Error("not overdue")
	}
	_, err := a.Done(" ", now)
	want(t, err, "what the action achieved")
	done, err := a.Done("Edits fell by half", now)
	if err != nil || done.Status != ActionDone || done.DoneOn != "2026-11-23" || done.Overdue(now) {
		t.Errorf("%+v %v", done, err)
	}
	want(t, done.Validate(), "")
	_, err = done.Drop("Changed our minds", now)
	if fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("a finished action is dropped: %v", err)
	}
	again, err := done.Reopen("2027-01-01")
	if err != nil || again.Status != ActionOpen || again.DoneOn != "" {
		t.Errorf("%+v %v", again, err)
	}
	a.DoneOn, a.Status, a.Effect = "2026-10-01", ActionDone, "x"
	want(t, a.Validate(), "before it was raised")
	want(t, Action{}.Validate(), "by when")
}

func TestRecord(t *testing.T) {
	r := Record{Kind: RecordIncident, Date: "2026-11-01", Title: "Outage", Body: "Two hours", Status: RecordOpen}
	want(t, r.Validate(), "")
	_, err := r.Close(now)
	want(t, err, "Root cause")
	r.Cause, r.Correction, r.Result = "Certificate", "Renewed", "Holds"
	closed, err := r.Close(now)
	if err != nil || closed.ClosedOn != "2026-11-23" {
		t.Errorf("%+v %v", closed, err)
	}
	if _, err := closed.Close(now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("closed twice: %v", err)
	}
	for _, k := range RecordKinds {
		qs := Questions(k)
		if len(qs) == 0 || qs[0].Field != "body" || !qs[0].Required {
			t.Errorf("%s asks for %v", k, qs)
		}
		for _, q := range qs {
			if q.Label == "" {
				t.Errorf("%s: %+v", k, q)
			}
			full := Record{Body: "1", Cause: "2", Correction: "3", Result: "4", Due: "5", PersonID: "6"}
			if full.text(q.Field) == "" {
				t.Errorf("%s asks for %q, which no record has", k, q.Field)
			}
		}
	}
	want(
		t,
		Record{Kind: RecordTraining, Date: "2026-01-01", Title: "T", Body: "B", Status: RecordOpen}.Validate(),
		"Who was trained",
	)
	valid := Record{Due: "2026-11-23"}
	if !valid.Current(now) || valid.Current(now.AddDate(0, 0, 1)) || !(Record{}).Current(now) {
		t.Error("training is valid until the end of its last day")
	}
}
