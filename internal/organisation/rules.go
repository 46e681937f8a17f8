package organisation

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"assay/internal/fault"
)

// New is an organisation with the thresholds that a new register starts with.
func New(name string) Organisation {
	return Organisation{
		Name: name, Kind: KindLocalAuthority, AppetiteThreshold: DefaultAppetite,
		EvidenceMonths: DefaultEvidenceMonths, CertificateMonths: DefaultCertificateMonths,
	}
}

// Validate says what is missing or out of range.
func (o Organisation) Validate() error {
	var bad fault.Fields
	if strings.TrimSpace(o.Name) == "" {
		bad.Add("name", "Enter the organisation's name.")
	}
	if !slices.Contains(Kinds, o.Kind) {
		bad.Add("kind", "Choose what kind of organisation it is.")
	}
	if o.AppetiteThreshold < 1 || o.AppetiteThreshold > 25 {
		bad.Add("appetite_threshold", "Enter a risk appetite between 1 and 25.")
	}
	if o.EvidenceMonths < 1 || o.EvidenceMonths > 24 {
		bad.Add("evidence_months", "Enter for how many months run evidence counts as recent, between 1 and 24.")
	}
	if o.CertificateMonths < 1 || o.CertificateMonths > 12 {
		bad.Add("certificate_months", "Enter for how many months a certificate is valid, between 1 and 12.")
	}
	if o.TimestampAuthority != "" {
		if u, err := url.Parse(o.TimestampAuthority); err != nil || u.Scheme != "https" && u.Scheme != "http" ||
			u.Host == "" {
			bad.Add("timestamp_authority", "Enter the authority's address, such as https://timestamp.example.com/tsr.")
		}
	}
	if g := o.GateDefaults; g.MinReviewSeconds < 0 || g.MinReviewSeconds > 7*24*3600 {
		bad.Add("gate_defaults.min_review_seconds", "Enter a least review time between 0 seconds and 7 days.")
	} else if g.MaxStreak < 0 {
		bad.Add("gate_defaults.max_streak", "Enter how many approvals in a row are too many, or 0 for no limit.")
	} else if !(g.MaxAgreement >= 0 && g.MaxAgreement <= 1) { // also refuses NaN
		bad.Add(
			"gate_defaults.max_agreement",
			"Enter the highest agreement rate as a share between 0 and 1, or 0 for no limit.",
		)
	}
	return bad.Err()
}

// Validate says what is missing in a person's entry.
func (p Person) Validate() error {
	var bad fault.Fields
	if strings.TrimSpace(p.Name) == "" {
		bad.Add("name", "Enter the person's name.")
	}
	if p.Email != "" {
		if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
			bad.Add("email", "Enter an email address such as name@example.gov.uk.")
		}
	}
	seen := map[Duty]bool{}
	for _, d := range p.Duties {
		switch {
		case !slices.Contains(Duties, d):
			bad.Add("duties", "There is no duty "+string(
				d,
			)+"; choose assessor, reviewer, approver, officer or reader.")
		case seen[d]:
			bad.Add("duties", "The duty "+string(d)+" is named twice; remove one.")
		}
		seen[d] = true
	}
	return bad.Err()
}

// Action is something that a person does with the register.
type Action string

const (
	ActionRead            Action = "read"
	ActionEdit            Action = "edit_register"       // workflows, policies, risks, schedules, records, evidence
	ActionImport          Action = "import_runs"         //
	ActionPurge           Action = "purge_runs"          // personal data of an import, for good
	ActionExplain         Action = "explain_finding"     // explain it, or turn it into an action
	ActionAcceptFinding   Action = "accept_finding"      // live with it until a day
	ActionPrepare         Action = "prepare_assessment"  // write it and hand it over
	ActionReview          Action = "review_assessment"   // check what somebody else prepared
	ActionApprove         Action = "approve"             // policies and assessments
	ActionAcceptRisk      Action = "accept_risk"         //
	ActionRecordReview    Action = "record_review"       // reviews, and actions done
	ActionSignCertificate Action = "sign_certificate"    // first signature
	ActionCountersign     Action = "countersign"         // second signature
	ActionRevoke          Action = "revoke_certificate"  //
	ActionExport          Action = "export"              // packs, copies, hand-over
	ActionManagePeople    Action = "manage_people"       //
	ActionManageRegister  Action = "manage_register"     // settings, keys, backups, restore
	ActionAttestPolicy    Action = "attest_policy"       // "I have read it"
	ActionRaiseConcern    Action = "raise_concern"       // ISO/IEC 42001 A.3.3: anybody may
	ActionAnswerSampling  Action = "answer_sampled_runs" // read sampled runs with the assessor
)

// Rule is one row of the table of who may do what.
type Rule struct {
	Action Action `json:"action"`
	Title  string `json:"title"`
	Duties []Duty `json:"duties"` // any one of them is enough
}

// Table is who may do what. It is the only place that says so.
var Table = []Rule{
	{ActionRead, "Read the register", []Duty{DutyAssessor, DutyReviewer, DutyApprover, DutyOfficer, DutyReader}},
	{ActionRaiseConcern, "Raise a concern", []Duty{DutyAssessor, DutyReviewer, DutyApprover, DutyOfficer, DutyReader}},
	{
		ActionAttestPolicy,
		"Attest that a policy was read",
		[]Duty{DutyAssessor, DutyReviewer, DutyApprover, DutyOfficer, DutyReader},
	},
	{ActionEdit, "Add and change records", []Duty{DutyAssessor}},
	{ActionImport, "Import run exports", []Duty{DutyAssessor}},
	{ActionPurge, "Purge the personal data of an import", []Duty{DutyAssessor, DutyApprover}},
	{ActionExplain, "Explain findings and raise actions", []Duty{DutyAssessor, DutyReviewer}},
	{ActionAcceptFinding, "Accept findings", []Duty{DutyApprover}},
	{ActionAnswerSampling, "Read sampled runs", []Duty{DutyAssessor, DutyReviewer, DutyOfficer}},
	{ActionPrepare, "Prepare an assessment or policy", []Duty{DutyAssessor}},
	{ActionReview, "Review an assessment", []Duty{DutyReviewer}},
	{ActionApprove, "Approve a policy or assessment", []Duty{DutyApprover}},
	{ActionAcceptRisk, "Accept a risk", []Duty{DutyApprover}},
	{ActionRecordReview, "Record reviews and finished actions", []Duty{DutyAssessor, DutyReviewer}},
	{ActionSignCertificate, "Sign a certificate as assessor", []Duty{DutyAssessor}},
	{ActionCountersign, "Sign a certificate as approver", []Duty{DutyApprover}},
	{ActionRevoke, "Revoke a certificate", []Duty{DutyAssessor, DutyApprover}},
	{ActionExport, "Export packs and copies", []Duty{DutyAssessor}},
	{ActionManagePeople, "Manage people and duties", []Duty{DutyAssessor}},
	{ActionManageRegister, "Manage settings, keys and backups", []Duty{DutyAssessor}},
}

// May tells whether a duty allows an action.
func May(d Duty, a Action) bool {
	for _, r := range Table {
		if r.Action == a {
			return slices.Contains(r.Duties, d)
		}
	}
	return false
}

// May says, as a fault, why this person may not; nil if they may.
func (p Person) May(a Action) error {
	if !p.Active {
		return fault.Forbidden("%s has left; ask somebody who is active.", p.Name)
	}
	for _, d := range p.Duties {
		if May(d, a) {
			return nil
		}
	}
	for _, r := range Table {
		if r.Action == a {
			words := make([]string, len(r.Duties))
			for i, d := range r.Duties {
				words[i] = string(d)
			}
			return fault.Forbidden(
				"%s may not do this (%s); it takes the duty of %s.",
				p.Name,
				strings.ToLower(r.Title),
				strings.Join(words, " or "),
			)
		}
	}
	return fault.Forbidden("There is no action %q.", a)
}
