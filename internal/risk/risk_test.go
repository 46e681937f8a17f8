package risk

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func complete() Assessment {
	return Assessment{
		ID: "a", Ref: "RA-0001", WorkflowID: "w", WorkflowVersion: "1.0", Method: "Two people, 1 to 5.",
		Status: StatusDraft,
		Linked: []Linked{
			{Kind: LinkedDPIA, Status: LinkedApproved},
			{Kind: LinkedImpact, Status: LinkedApproved},
			{Kind: LinkedEquality, Status: LinkedApproved},
			{Kind: LinkedSecurity, Status: LinkedApproved},
		},
		Risks: []Risk{{
			Ref: "RSK-0001", CatalogueID: "R04", Title: "Rubber stamp", Cause: "Habit", Consequence: "Errors pass",
			Affected: []string{"applicants"},
			Inherent: Score{
				4,
				4,
			}, Current: Score{3, 4}, Residual: Score{2, 4}, ExistingControls: []string{"time"},
			AddedControls: []string{"seeded cases"},
			OwnerID:       "ada", Treatment: TreatmentMitigate, TreatmentDue: "2027-01-01", Status: RiskOpen,
		}},
	}
}

func approved(t *testing.T) Assessment {
	t.Helper()
	a, err := complete().Complete("bob", now)
	if err != nil {
		t.Fatal(err)
	}
	if a, err = a.Review("cy", now); err != nil {
		t.Fatal(err)
	}
	if a, err = a.Approve("ada", 12, now); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestComplete(t *testing.T) {
	if a, err := complete().Complete("bob", now); err != nil || a.Status != StatusInReview ||
		a.PreparedOn != civil.Of(now) {
		t.Fatalf("%v %v", a.Status, err)
	}
	for name, c := range map[string]struct {
		change func(*Assessment)
		want   string
	}{
		"no_risks_is_refused": {func(a *Assessment) { a.Risks = nil }, "No risk is recorded"},
		"no_method_is_refused": {
			func(a *Assessment) { a.Method = "" }, "how likelihood and impact were judged",
		},
		"no_version_is_refused": {func(a *Assessment) { a.WorkflowVersion = "" }, "which version"},
		"unrated_risk_is_refused": {
			func(a *Assessment) { a.Risks[0].Current = Score{} }, "current score is not rated",
		},
		"risk_without_owner_is_refused": {func(a *Assessment) { a.Risks[0].OwnerID = "" }, "no owner"},
		"undecided_risk_is_refused": {
			func(a *Assessment) { a.Risks[0].Treatment = TreatmentOpen }, "Nothing is decided",
		},
		"residual_below_current_without_controls": {
			func(a *Assessment) { a.Risks[0].AddedControls = nil }, "no added control",
		},
		"current_below_inherent_without_controls": {
			func(a *Assessment) { a.Risks[0].ExistingControls = nil }, "no existing control",
		},
		"residual_above_current_is_refused": {
			func(a *Assessment) { a.Risks[0].Residual = Score{5, 5} }, "higher than the current",
		},
		"accepted_by_nobody_is_refused": {
			func(a *Assessment) { a.Risks[0].Treatment = TreatmentAccept }, "nobody has accepted",
		},
		"accepted_by_the_preparer_is_refused": {func(a *Assessment) {
			a.Risks[0].Acceptance = Acceptance{By: "bob", On: "2026-01-01", Reason: "low", Expires: "2027-01-01"}
		}, "cannot accept its risks"},
		"expired_acceptance_is_refused": {func(a *Assessment) {
			a.Risks[0].Treatment, a.Risks[0].Acceptance = TreatmentAccept,
				Acceptance{By: "ada", On: "2026-01-01", Reason: "low", Expires: "2026-11-22"}
		}, "acceptance expired"},
		"control_without_a_day_is_refused": {func(a *Assessment) { a.Risks[0].TreatmentDue = "" }, "no day"},
		"risk_without_cause_is_refused": {
			func(a *Assessment) { a.Risks[0].Cause = "" }, "cause and the consequence",
		},
		"assessment_that_is_no_draft_is_not_changed": {
			func(a *Assessment) { a.Status = StatusApproved }, "only a draft",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := complete()
			c.change(&a)
			_, err := a.Complete("bob", now)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := complete().Complete("", now); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("prepared by nobody: %v", err)
	}
	closed := complete()
	closed.Risks = append(closed.Risks, Risk{Title: "Does not apply", Status: RiskClosed, Treatment: TreatmentOpen})
	if _, err := closed.Complete("bob", now); err != nil {
		t.Errorf("a closed risk needs no rating: %v", err)
	}
}

func TestThreePeople(t *testing.T) {
	a, err := complete().Complete("bob", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Approve("ada", 12, now); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("approved without review: %v", err)
	}
	if _, err := a.Review("bob", now); fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("reviewed by its author: %v", err)
	}
	a, err = a.Review("cy", now)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"bob", "cy"} {
		if _, err := a.Approve(by, 12, now); fault.CodeOf(err) != fault.CodeForbidden {
			t.Errorf("approved by %s: %v", by, err)
		}
	}
	if _, err := a.Approve("ada", 25, now); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("due in 25 months: %v", err)
	}
	a, err = a.Approve("ada", 12, now)
	if err != nil || a.Status != StatusApproved || a.ReviewDue != "2027-11-23" {
		t.Errorf("%+v %v", a, err)
	}
	if err := a.Validate(); err != nil {
		t.Error(err)
	}
	if b, err := a.Supersede(); err != nil || b.Status != StatusSuperseded {
		t.Error(err)
	}
}

func TestLapses(t *testing.T) {
	same := Since{WorkflowVersion: "1.0"}
	for name, c := range map[string]struct {
		change func(*Assessment)
		since  Since
		on     time.Time
		want   string
	}{
		"nothing_changed": {nil, same, now, ""},
		"new_version": {
			nil, Since{WorkflowVersion: "1.1"}, now, "version 1.0 was assessed, version 1.1 is in use",
		},
		"model_changed": {
			nil, Since{WorkflowVersion: "1.0", Change: "the model changed"}, now, "the model changed",
		},
		"due_again_holds_on_its_day":   {nil, same, now.AddDate(1, 0, 0), ""},
		"due_again_lapses_a_day_later": {nil, same, now.AddDate(1, 0, 1), "due again on 23 November 2027"},
		"acceptance_expired": {func(a *Assessment) {
			a.Risks[0].Treatment, a.Risks[0].Acceptance = TreatmentAccept,
				Acceptance{By: "ada", On: "2026-01-01", Reason: "low", Expires: "2026-12-01"}
		}, same, now.AddDate(0, 1, 0), "acceptance of RSK-0001 expired on 1 December 2026"},
		"finding_since": {
			nil, Since{NewFindings: []string{"OVR-05"}, FindingsOn: "2026-11-24"}, now,
			"new findings since: OVR-05",
		},
		"finding_from_before": {nil, Since{NewFindings: []string{"OVR-05"}, FindingsOn: "2026-11-23"}, now, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := approved(t)
			if c.change != nil {
				c.change(&a)
			}
			if got := strings.Join(a.Lapses(c.since, c.on), "; "); !strings.Contains(got, c.want) ||
				c.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := complete().Lapses(Since{WorkflowVersion: "9"}, now); got != nil {
		t.Errorf("a draft lapses: %v", got)
	}
	l, err := approved(t).Lapse("version 2 is in use")
	if err != nil || l.Status != StatusLapsed || l.Lapses(Since{}, now)[0] != "version 2 is in use" {
		t.Errorf("%+v %v", l, err)
	}
	if _, err := l.Lapse("again"); fault.CodeOf(err) != fault.CodeConflict {
		t.Error(err)
	}
}

func TestAppetite(t *testing.T) {
	a := complete()
	a.Risks[0].Residual = Score{3, 4}
	if got := a.AboveAppetite(12, now); len(got) != 0 {
		t.Errorf("at the appetite is not beyond it: %v", got)
	}
	if got := a.AboveAppetite(11, now); len(got) != 1 {
		t.Errorf("beyond the appetite: %v", got)
	}
	r, err := a.Risks[0].Accept(Acceptance{By: "ada", Reason: "Needed", Expires: "2027-02-01"}, now)
	if err != nil {
		t.Fatal(err)
	}
	a.Risks = []Risk{r}
	if got := a.AboveAppetite(11, now); len(got) != 0 {
		t.Errorf("accepted: %v", got)
	}
	if got := a.AboveAppetite(11, time.Date(2027, 2, 2, 0, 0, 0, 0, time.UTC)); len(got) != 1 {
		t.Errorf("after the acceptance: %v", got)
	}
	for name, c := range map[string]Acceptance{
		"by_nobody":       {Reason: "x", Expires: "2027-01-01"},
		"with_no_reason":  {By: "ada", Expires: "2027-01-01"},
		"until_today":     {By: "ada", Reason: "x", Expires: "2026-11-23"},
		"for_ever":        {By: "ada", Reason: "x"},
		"beyond_one_year": {By: "ada", Reason: "x", Expires: "2027-11-24"},
	} {
		if _, err := r.Accept(c, now); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("acceptance %s: %v", name, err)
		}
	}
}

func TestMatrix(t *testing.T) {
	risks := []Risk{
		{Ref: "A", Residual: Score{5, 1}, Status: RiskOpen}, {Ref: "B", Residual: Score{1, 5}, Status: RiskOpen},
		{
			Ref:      "C",
			Residual: Score{1, 5},
			Status:   RiskClosed,
		}, {Ref: "D", Status: RiskOpen}, {Ref: "E", Residual: Score{1, 5}, Status: RiskOpen},
	}
	m := Matrix(risks, Residual)
	if got := fmt.Sprint(m[0][0].Risks, m[4][4].Risks); got != "[A] [B E]" {
		t.Errorf("corners hold %s", got)
	}
	n := 0
	for row := range 5 {
		for col := range 5 {
			c := m[row][col]
			n += len(c.Risks)
			if c.Value != c.Score.Likelihood*c.Score.Impact || c.Score.Likelihood != 5-row || c.Score.Impact != col+1 {
				t.Errorf("cell %d,%d is %+v", row, col, c)
			}
		}
	}
	if n != 3 {
		t.Errorf("%d risks in the matrix", n)
	}
	for s, want := range map[Score]Level{
		{0, 0}: LevelNone, {2, 2}: LevelLow, {1, 5}: LevelMedium, {3, 3}: LevelMedium, {2, 5}: LevelHigh,
		{4, 4}: LevelHigh, {4, 5}: LevelVeryHigh,
	} {
		if s.Level() != want {
			t.Errorf("%v is %s, want %s", s, s.Level(), want)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Assessment)
		want   string
	}{
		"score_of_six":            {func(a *Assessment) { a.Risks[0].Current = Score{6, 1} }, "from 1 to 5"},
		"half_a_score":            {func(a *Assessment) { a.Risks[0].Current = Score{3, 0} }, "from 1 to 5"},
		"negative_score":          {func(a *Assessment) { a.Risks[0].Current = Score{-1, -1} }, "from 1 to 5"},
		"unknown_catalogue_entry": {func(a *Assessment) { a.Risks[0].CatalogueID = "R99" }, "R01 to R15"},
		"no_workflow":             {func(a *Assessment) { a.WorkflowID = "" }, "workflow"},
		"approved_by_nobody": {
			func(a *Assessment) { a.Status, a.PreparedBy = StatusApproved, "bob" }, "who approved",
		},
		"two_dpias": {func(a *Assessment) { a.Linked = append(a.Linked, a.Linked[0]) }, "keep one"},
		"not_needed_without_reason": {
			func(a *Assessment) { a.Linked[0].Status = LinkedNotNeeded }, "Say why no data protection",
		},
		"half_an_acceptance": {func(a *Assessment) { a.Risks[0].Acceptance.By = "ada" }, "who, when, why"},
		"acceptance_that_ends_before": {func(a *Assessment) {
			a.Risks[0].Acceptance = Acceptance{By: "ada", On: "2026-02-01", Reason: "x", Expires: "2026-01-01"}
		}, "expire before"},
		"two_risks_with_one_key": {
			func(a *Assessment) { a.Risks[0].Key = "k"; a.Risks = append(a.Risks, a.Risks[0]) }, "the key",
		},
		"reviewer_approves": {
			func(a *Assessment) { a.ReviewedBy, a.ApprovedBy = "x", "x" },
			"reviewed the assessment cannot approve",
		},
		"unknown_treatment": {func(a *Assessment) { a.Risks[0].Treatment = "hope" }, "what is done"},
		"approved_before_it_was_ready": {
			func(a *Assessment) { a.PreparedOn, a.ApprovedOn = "2026-02-01", "2026-01-01" },
			"before it was prepared",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := complete()
			c.change(&a)
			err := a.Validate()
			b, _ := json.Marshal(err)
			if err == nil || !strings.Contains(err.Error()+string(b), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestCatalogue(t *testing.T) {
	all := Catalogue()
	if len(all) != 15 {
		t.Fatalf("%d entries", len(all))
	}
	for i, e := range all {
		if e.ID != fmt.Sprintf("R%02d", i+1) || e.Title == "" || e.Cause == "" || e.Consequence == "" ||
			len(e.Affected) == 0 ||
			len(e.Controls) == 0 ||
			len(e.Areas) != 1 {
			t.Errorf("entry %+v", e)
		}
		if (e.RunTest == "") != (len(e.Codes) == 0) {
			t.Errorf("%s says what runs show but names no code, or the reverse", e.ID)
		}
		r := Suggest(e)
		if r.Current.Rated() || r.Residual.Rated() || len(r.ExistingControls) > 0 || r.Treatment != TreatmentOpen {
			t.Errorf("%s is suggested as if something were known: %+v", e.ID, r)
		}
	}
}

func TestKeeps(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Assessment)
		want   string
	}{
		"nothing_changed": {func(*Assessment) {}, ""},
		"empty_for_none": {
			func(a *Assessment) { a.Risks[0].Affected = append([]string{}, a.Risks[0].Affected...) }, "",
		},
		"lapsed_later":   {func(a *Assessment) { a.Status, a.LapseReason = StatusLapsed, "new version" }, ""},
		"superseded":     {func(a *Assessment) { a.Status = StatusSuperseded }, ""},
		"back_to_draft":  {func(a *Assessment) { a.Status = StatusDraft }, "cannot become draft"},
		"lower_score":    {func(a *Assessment) { a.Risks[0].Residual = Score{1, 1} }, "cannot be edited"},
		"another_person": {func(a *Assessment) { a.ApprovedBy = "eve" }, "cannot be edited"},
		"risk_removed":   {func(a *Assessment) { a.Risks = nil }, "cannot be edited"},
		"later_review":   {func(a *Assessment) { a.ReviewDue = "2030-01-01" }, "cannot be edited"},
	} {
		t.Run(name, func(t *testing.T) {
			a := approved(t)
			c.change(&a)
			err := a.Keeps(approved(t))
			if c.want == "" && err != nil ||
				c.want != "" && (fault.CodeOf(err) != fault.CodeConflict || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	d := complete()
	d.Method = "Another"
	if err := d.Keeps(complete()); err != nil {
		t.Errorf("a draft is edited: %v", err)
	}
	lapsed := approved(t)
	lapsed.Status = StatusLapsed
	if err := approved(t).Keeps(lapsed); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("a lapsed assessment is approved again by an edit: %v", err)
	}
}
