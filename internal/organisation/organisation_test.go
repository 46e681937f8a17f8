package organisation

import (
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
)

func TestTable(t *testing.T) {
	// Who may do what, written out once more so that a change is noticed.
	want := map[Action]string{
		ActionRead: "assessor reviewer approver officer reader", ActionRaiseConcern: "assessor reviewer approver " +
			"officer reader", ActionAttestPolicy: "assessor reviewer approver officer reader",
		ActionEdit: "assessor", ActionImport: "assessor", ActionPurge: "assessor approver",
		ActionExplain: "assessor reviewer", ActionAcceptFinding: "approver",
		ActionAnswerSampling: "assessor reviewer officer",
		ActionPrepare:        "assessor", ActionReview: "reviewer", ActionApprove: "approver",
		ActionAcceptRisk:      "approver",
		ActionRecordReview:    "assessor reviewer",
		ActionSignCertificate: "assessor", ActionCountersign: "approver", ActionRevoke: "assessor approver",
		ActionExport: "assessor", ActionManagePeople: "assessor", ActionManageRegister: "assessor",
	}
	if len(Table) != len(want) {
		t.Errorf("%d rules, want %d", len(Table), len(want))
	}
	for a, duties := range want {
		for _, d := range Duties {
			if got, may := May(d, a), slices.Contains(strings.Fields(duties), string(d)); got != may {
				t.Errorf("%s may %s: %v", d, a, got)
			}
		}
	}
	if May(DutyAssessor, "unheard_of") {
		t.Error("an unknown action is allowed")
	}
}

func TestPersonMay(t *testing.T) {
	p := Person{Name: "Ada", Duties: []Duty{DutyReader, DutyReviewer}, Active: true}
	if err := p.May(ActionReview); err != nil {
		t.Error(err)
	}
	err := p.May(ActionApprove)
	if fault.CodeOf(err) != fault.CodeForbidden || !strings.Contains(err.Error(), "duty of approver") {
		t.Errorf("got %v", err)
	}
	p.Active = false
	if err := p.May(ActionRead); fault.CodeOf(err) != fault.CodeForbidden ||
		!strings.Contains(err.Error(), "has left") {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Organisation)
		field  string
	}{
		"new_organisation_is_accepted": {func(*Organisation) {}, ""},
		"name_is_needed":               {func(o *Organisation) { o.Name = " " }, "name"},
		"kind_is_one_of_the_list":      {func(o *Organisation) { o.Kind = "council" }, "kind"},
		"appetite_beyond_25_is_refused": {
			func(o *Organisation) { o.AppetiteThreshold = 26 }, "appetite_threshold",
		},
		"evidence_never_old_is_refused": {func(o *Organisation) { o.EvidenceMonths = 0 }, "evidence_months"},
		"certificate_over_a_year_is_refused": {
			func(o *Organisation) { o.CertificateMonths = 13 }, "certificate_months",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := New("Exampleton")
			c.change(&o)
			wantField(t, o.Validate(), c.field)
		})
	}
	for name, c := range map[string]struct {
		p     Person
		field string
	}{
		"plain_person_is_accepted":   {Person{Name: "A", Email: "a@b.example", Duties: []Duty{DutyReader}}, ""},
		"email_with_name_is_refused": {Person{Name: "A", Email: "A <a@b.example>"}, "email"},
		"no_email_is_refused":        {Person{Name: "A", Email: "nobody"}, "email"},
		"unknown_duty_is_refused":    {Person{Name: "A", Duties: []Duty{"boss"}}, "duties"},
		"duty_twice_is_refused":      {Person{Name: "A", Duties: []Duty{DutyReader, DutyReader}}, "duties"},
		"name_of_person_is_needed":   {Person{}, "name"},
	} {
		t.Run(name, func(t *testing.T) { wantField(t, c.p.Validate(), c.field) })
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	if field == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	f, ok := err.(*fault.Error)
	if !ok || len(f.Fields) != 1 || f.Fields[0].Name != field {
		t.Errorf("got %v, want one about %s", err, field)
	}
}
