package certificate

import (
	"reflect"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
)

// first is a statement of version 1, as it was written. Its members, their names
// and their order are never changed: certificates with them are in people's hands.
type first struct {
	Format       string             `json:"format"`
	Number       string             `json:"number"`
	Sample       bool               `json:"sample"`
	Organisation firstOrganisation  `json:"organisation"`
	Workflow     Workflow           `json:"workflow"`
	Verdict      Verdict            `json:"verdict"`
	Conditions   []Condition        `json:"conditions"`
	Percent      int                `json:"percent"`
	Areas        []firstArea        `json:"areas"`
	Requirements []firstRequirement `json:"requirements"`
	Policies     []Policy           `json:"policies"`
	Assessment   Assessment         `json:"risk_assessment"`
	Gates        []firstGate        `json:"gates"`
	Sources      []firstSource      `json:"sources"`
	Findings     []firstFinding     `json:"findings"`
	Documents    []Document         `json:"documents"`
	Runs         int                `json:"runs"`
	Issued       time.Time          `json:"issued"`
	ValidUntil   civil.Date         `json:"valid_until"`
	Assessor     firstSignatory     `json:"assessor"`
	Approver     firstSignatory     `json:"approver"`
	Supersedes   string             `json:"supersedes"`
	Log          Head               `json:"log"`
}

type firstOrganisation struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
}

type firstArea struct {
	Area       string `json:"area"`
	Title      string `json:"title"`
	Met        int    `json:"met"`
	Applicable int    `json:"applicable"`
}

type firstRequirement struct {
	Code     string   `json:"code"`
	Area     string   `json:"area"`
	Title    string   `json:"title"`
	Blocking bool     `json:"blocking"`
	Status   string   `json:"status"`
	Reason   string   `json:"reason"`
	Subjects []string `json:"subjects"`
}

type firstGate struct {
	Key              string `json:"key"`
	Title            string `json:"title"`
	Decides          string `json:"decides"`
	Role             string `json:"role"`
	Officers         int    `json:"officers"`
	FourEyes         bool   `json:"four_eyes"`
	Enforcement      string `json:"enforcement"`
	MinReviewSeconds int    `json:"min_review_seconds"`
	MaxStreak        int    `json:"max_streak"`
	MaxAgreementPct  int    `json:"max_agreement_percent"`
	Released         int    `json:"released"`
	Decided          int    `json:"decided"`
	ByOfficer        int    `json:"by_officer"`
	Timed            int    `json:"timed"`
	MedianSeconds    int    `json:"median_seconds"`
	UnderMinimum     int    `json:"under_minimum"`
	Agreed           int    `json:"agreed"`
	Comparable       int    `json:"comparable"`
	Edited           int    `json:"edited"`
}

type firstSource struct {
	Ref      string    `json:"ref"`
	FileName string    `json:"file_name"`
	Format   string    `json:"format"`
	SHA256   string    `json:"sha256"`
	Bytes    int64     `json:"bytes"`
	Runs     int       `json:"runs"`
	Refused  int       `json:"refused"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
}

type firstFinding struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Open      int    `json:"open"`
	Explained int    `json:"explained"`
	Actioned  int    `json:"actioned"`
	Accepted  int    `json:"accepted"`
	Untested  string `json:"untested"`
}

type firstSignatory struct {
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Key      string `json:"key"`
}

// Shapes are the types whose canonical form a statement has, by format: for
// readers in other languages, which take the order of members from them.
func Shapes() map[string]reflect.Type {
	return map[string]reflect.Type{FormatName: reflect.TypeFor[Statement](), FormatFirst: reflect.TypeFor[first]()}
}

// statement is what a statement of version 1 says, in the type of today.
func (f first) statement() Statement {
	s := Statement{
		Format: f.Format, Number: f.Number, Sample: f.Sample,
		Organisation: Organisation{
			ID: f.Organisation.ID, Name: f.Organisation.Name, ShortName: f.Organisation.ShortName,
		},
		Workflow: f.Workflow, Verdict: f.Verdict, Conditions: f.Conditions, Percent: f.Percent, Policies: f.Policies,
		Assessment: f.Assessment, Documents: f.Documents, Runs: f.Runs, Issued: f.Issued, ValidUntil: f.ValidUntil,
		Supersedes: f.Supersedes, Log: f.Log,
	}
	for _, a := range f.Areas {
		s.Areas = append(s.Areas, Area{Area: a.Area, Title: a.Title, Met: a.Met, Applicable: a.Applicable})
	}
	for _, r := range f.Requirements {
		task := assurance.Task(r.Code)
		if task == "" { // of a rule that is no more
			task = r.Title
		}
		s.Requirements = append(s.Requirements, Requirement{
			Code: r.Code, Area: r.Area, Title: r.Title, Blocking: r.Blocking, Status: r.Status, Reason: r.Reason,
			Task:     task,
			Subjects: r.Subjects,
		})
	}
	for _, g := range f.Gates {
		s.Gates = append(s.Gates, Gate{
			Key: g.Key, Title: g.Title, Decides: g.Decides, Role: g.Role, Named: g.Officers, FourEyes: g.FourEyes,
			Enforcement: g.Enforcement, MinReviewSeconds: g.MinReviewSeconds, MaxStreak: g.MaxStreak,
			MaxAgreementPct: g.MaxAgreementPct, Released: g.Released, Decided: g.Decided, ByOfficer: g.ByOfficer,
			Timed: g.Timed, MedianSeconds: g.MedianSeconds, UnderMinimum: g.UnderMinimum, Agreed: g.Agreed,
			Comparable: g.Comparable, Edited: g.Edited,
		})
	}
	for _, x := range f.Sources {
		s.Sources = append(s.Sources, Source{
			Ref: x.Ref, FileName: x.FileName, Format: x.Format, SHA256: x.SHA256, Bytes: x.Bytes, Runs: x.Runs,
			Refused: x.Refused, From: x.From, To: x.To,
		})
	}
	for _, x := range f.Findings {
		s.Findings = append(s.Findings, Finding{
			Code: x.Code, Title: x.Title, Open: x.Open, Explained: x.Explained, Actioned: x.Actioned,
			Accepted: x.Accepted,
			Untested: x.Untested,
		})
	}
	s.Signatures = []Signature{
		{
			Role: RoleAssessor, PersonID: f.Assessor.PersonID, Name: f.Assessor.Name, JobTitle: f.Assessor.Role,
			Key: f.Assessor.Key,
		},
		{
			Role: RoleApprover, PersonID: f.Approver.PersonID, Name: f.Approver.Name, JobTitle: f.Approver.Role,
			Key: f.Approver.Key,
		},
	}
	return s
}

// asFirst is the statement as version 1 writes it.
func (s Statement) asFirst() first {
	f := first{
		Format: s.Format, Number: s.Number, Sample: s.Sample,
		Organisation: firstOrganisation{s.Organisation.ID, s.Organisation.Name, s.Organisation.ShortName},
		Workflow:     s.Workflow, Verdict: s.Verdict, Conditions: s.Conditions, Percent: s.Percent,
		Policies:   s.Policies,
		Assessment: s.Assessment, Documents: s.Documents, Runs: s.Runs, Issued: s.Issued, ValidUntil: s.ValidUntil,
		Supersedes: s.Supersedes, Log: s.Log,
	}
	for _, a := range s.Areas {
		f.Areas = append(f.Areas, firstArea{Area: a.Area, Title: a.Title, Met: a.Met, Applicable: a.Applicable})
	}
	for _, r := range s.Requirements {
		f.Requirements = append(f.Requirements, firstRequirement{
			Code: r.Code, Area: r.Area, Title: r.Title, Blocking: r.Blocking, Status: r.Status, Reason: r.Reason,
			Subjects: r.Subjects,
		})
	}
	for _, g := range s.Gates {
		f.Gates = append(f.Gates, firstGate{
			Key: g.Key, Title: g.Title, Decides: g.Decides, Role: g.Role, Officers: g.Named, FourEyes: g.FourEyes,
			Enforcement: g.Enforcement, MinReviewSeconds: g.MinReviewSeconds, MaxStreak: g.MaxStreak,
			MaxAgreementPct: g.MaxAgreementPct, Released: g.Released, Decided: g.Decided, ByOfficer: g.ByOfficer,
			Timed: g.Timed, MedianSeconds: g.MedianSeconds, UnderMinimum: g.UnderMinimum, Agreed: g.Agreed,
			Comparable: g.Comparable, Edited: g.Edited,
		})
	}
	for _, x := range s.Sources {
		f.Sources = append(f.Sources, firstSource{
			Ref: x.Ref, FileName: x.FileName, Format: x.Format, SHA256: x.SHA256, Bytes: x.Bytes, Runs: x.Runs,
			Refused: x.Refused, From: x.From, To: x.To,
		})
	}
	for _, x := range s.Findings {
		f.Findings = append(f.Findings, firstFinding{
			Code: x.Code, Title: x.Title, Open: x.Open, Explained: x.Explained, Actioned: x.Actioned,
			Accepted: x.Accepted,
			Untested: x.Untested,
		})
	}
	a, b := s.Assessor(), s.Approver()
	f.Assessor = firstSignatory{a.PersonID, a.Name, a.JobTitle, a.Key}
	f.Approver = firstSignatory{b.PersonID, b.Name, b.JobTitle, b.Key}
	return f
}
