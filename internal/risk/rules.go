package risk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
)

// Value is likelihood × impact, 1 to 25; 0 where the score is not rated.
func (s Score) Value() int { return s.Likelihood * s.Impact }

// Rated tells whether both parts are given.
func (s Score) Rated() bool { return s.Likelihood > 0 && s.Impact > 0 }

func (s Score) valid() bool {
	in := func(n int) bool { return n >= 0 && n <= 5 }
	return in(s.Likelihood) && in(s.Impact) && (s.Likelihood == 0) == (s.Impact == 0)
}

// Level is a band of the matrix.
type Level string

const (
	LevelNone     Level = ""          // not rated
	LevelLow      Level = "low"       // 1–4
	LevelMedium   Level = "medium"    // 5–9
	LevelHigh     Level = "high"      // 10–16
	LevelVeryHigh Level = "very_high" // 20–25
)

// Level is the band in which the score falls.
func (s Score) Level() Level {
	switch v := s.Value(); {
	case v == 0:
		return LevelNone
	case v <= 4:
		return LevelLow
	case v <= 9:
		return LevelMedium
	case v <= 16:
		return LevelHigh
	default:
		return LevelVeryHigh
	}
}

// LikelihoodWords and ImpactWords name the steps 1 to 5 (index 0 is "not rated").
var (
	LikelihoodWords = [6]string{"not rated", "rare", "unlikely", "possible", "likely", "almost certain"}
	ImpactWords     = [6]string{"not rated", "negligible", "minor", "moderate", "major", "severe"}
)

// Stage is which of the three scores.
type Stage string

const (
	Inherent Stage = "inherent"
	Current  Stage = "current"
	Residual Stage = "residual"
)

// Stages lists them in order.
var Stages = []Stage{Inherent, Current, Residual}

// At is the risk's score at a stage.
func (r Risk) At(s Stage) Score {
	switch s {
	case Inherent:
		return r.Inherent
	case Current:
		return r.Current
	}
	return r.Residual
}

// Cell is one cell of the matrix.
type Cell struct {
	Score Score    `json:"score"`
	Value int      `json:"value"`
	Level Level    `json:"level"`
	Risks []string `json:"risks"` // references of the open risks in it
}

// Matrix puts the open, rated risks into the 5×5 matrix: rows by likelihood
// from 5 down to 1, columns by impact from 1 up to 5, as it is drawn.
func Matrix(risks []Risk, stage Stage) [5][5]Cell {
	var m [5][5]Cell
	for row := range 5 {
		for col := range 5 {
			s := Score{Likelihood: 5 - row, Impact: col + 1}
			m[row][col] = Cell{Score: s, Value: s.Value(), Level: s.Level(), Risks: []string{}}
		}
	}
	for _, r := range risks {
		if s := r.At(stage); r.Status != RiskClosed && s.valid() && s.Rated() {
			c := &m[5-s.Likelihood][s.Impact-1]
			c.Risks = append(c.Risks, r.Ref)
		}
	}
	return m
}

// Above tells whether an open risk's residual score is beyond the
// organisation's appetite and nobody accepted it until after today.
func (r *Risk) Above(appetite int, now time.Time) bool {
	return r.Status != RiskClosed && r.Residual.Value() > appetite && !r.Acceptance.Holds(now)
}

// AboveAppetite gives the risks that are above the organisation's appetite.
func (a *Assessment) AboveAppetite(appetite int, now time.Time) []Risk {
	var out []Risk
	for i := range a.Risks {
		if a.Risks[i].Above(appetite, now) {
			out = append(out, a.Risks[i])
		}
	}
	return out
}

// IsZero tells that nobody accepted the risk.
func (c Acceptance) IsZero() bool {
	return c.By == "" && c.On.IsZero() && c.Reason == "" && c.Expires.IsZero()
}

// Given tells whether somebody accepted the risk.
func (c Acceptance) Given() bool { return c.By != "" }

// Holds tells whether an acceptance is given and has not expired; it holds to
// the end of its last day.
func (c Acceptance) Holds(now time.Time) bool {
	return c.Given() && !c.Expires.IsZero() && !c.Expires.Before(civil.Of(now))
}

// Link gives a linked assessment by its kind.
func (a Assessment) Link(k LinkedKind) (Linked, bool) {
	for _, l := range a.Linked {
		if l.Kind == k {
			return l, true
		}
	}
	return Linked{}, false
}

// Validate says what contradicts itself in an assessment. It holds for every
// assessment in a register; a draft may be incomplete.
func (a Assessment) Validate() error {
	var bad fault.Fields
	add := bad.Addf
	if a.WorkflowID == "" {
		add("workflow_id", "Choose the workflow that is assessed.")
	}
	if !slices.Contains(Statuses, a.Status) {
		add("status", "Choose the status of the assessment.")
	}
	approved := a.Status == StatusApproved || a.Status == StatusLapsed || a.Status == StatusSuperseded
	if approved && (a.ApprovedBy == "" || a.ApprovedOn.IsZero()) {
		add("approved_by", "Enter who approved the assessment and when.")
	}
	if (approved || a.Status == StatusInReview) && a.PreparedBy == "" {
		add("prepared_by", "Enter who prepared the assessment.")
	}
	for _, d := range []struct{ name, first, second, what string }{
		{"reviewed_by", a.PreparedBy, a.ReviewedBy, "prepared the assessment cannot review it"},
		{"approved_by", a.PreparedBy, a.ApprovedBy, "prepared the assessment cannot approve it"},
		{"approved_by", a.ReviewedBy, a.ApprovedBy, "reviewed the assessment cannot approve it"},
	} {
		if d.first != "" && d.first == d.second {
			add(d.name, "The person who %s; name somebody else.", d.what)
		}
	}
	if a.ApprovedOn.Before(a.PreparedOn) {
		add("approved_on", "The assessment cannot be approved before it was prepared.")
	}
	kinds := map[LinkedKind]bool{}
	for i, l := range a.Linked {
		name := fmt.Sprintf("linked[%d]", i)
		if !slices.Contains(LinkedKinds, l.Kind) || !slices.Contains(LinkedStatuses, l.Status) {
			add(name, "Choose the kind and the status of the linked assessment.")
		} else if kinds[l.Kind] {
			add(name, "There are two linked assessments of the kind %s; keep one.", l.Kind)
		}
		if l.Status == LinkedNotNeeded && strings.TrimSpace(l.Note) == "" {
			add(name+".note", "Say why no %s assessment is needed.", l.Kind.Words())
		}
		kinds[l.Kind] = true
	}
	keys := map[string]bool{}
	for i, r := range a.Risks {
		at := func(f string) string { return fmt.Sprintf("risks[%d].%s", i, f) }
		if strings.TrimSpace(r.Title) == "" {
			add(at("title"), "Enter what could go wrong.")
		}
		if r.Key != "" && keys[r.Key] {
			add(at("key"), "Two risks have the key %q; give each its own.", r.Key)
		}
		keys[r.Key] = true
		if _, ok := Entry(r.CatalogueID); r.CatalogueID != "" && !ok {
			add(
				at("catalogue_id"),
				"There is no %q in the catalogue; choose R01 to R15 or leave it empty.",
				r.CatalogueID,
			)
		}
		for _, s := range Stages {
			if !r.At(s).valid() {
				add(at(string(s)), "Rate likelihood and impact from 1 to 5, or leave both empty.")
			}
		}
		if !slices.Contains(Treatments, r.Treatment) {
			add(at("treatment"), "Choose what is done about the risk.")
		}
		if !slices.Contains(RiskStatuses, r.Status) {
			add(at("status"), "Choose whether the risk is open or closed.")
		}
		if c := r.Acceptance; !c.IsZero() &&
			(c.By == "" || c.On.IsZero() || c.Expires.IsZero() || strings.TrimSpace(c.Reason) == "") {
			add(at("acceptance"), "An acceptance needs who, when, why and until when.")
		} else if c.Expires.Before(c.On) {
			add(at("acceptance"), "An acceptance cannot expire before it is given.")
		}
	}
	asked := map[string]bool{}
	for _, x := range a.Answers {
		name := "answers." + x.Question
		if _, ok := QuestionOf(x.Question); !ok {
			add(name, "There is no question %q.", x.Question)
		} else if asked[x.Question] {
			add(name, "The question %s is answered twice; keep one answer.", x.Question)
		}
		if x.Value != "" && !slices.Contains(AnswerValues, x.Value) {
			add(name, "Choose yes, partly, no, or that the question does not apply.")
		}
		asked[x.Question] = true
	}
	for _, d := range a.Dismissed {
		if _, ok := Entry(d.CatalogueID); !ok {
			add("dismissed", "There is no %q in the catalogue; choose R01 to R15.", d.CatalogueID)
		}
		if strings.TrimSpace(d.Reason) == "" {
			add("dismissed."+d.CatalogueID, "Say why %s does not apply.", d.CatalogueID)
		}
	}
	return bad.Err()
}

// Problem is something in an assessment that an assessor should look at. It
// does not stop the register; Complete refuses a blocking one.
type Problem struct {
	Risk     string `json:"risk"`  // reference or title, the question's identifier, or empty for the assessment
	Field    string `json:"field"` // JSON name
	Text     string `json:"text"`
	Blocking bool   `json:"blocking"`
}

// Quality reads the assessment as a careful reviewer would.
func (a Assessment) Quality(now time.Time) []Problem {
	var out []Problem
	put := func(blocking bool, risk, field, format string, args ...any) {
		out = append(out, Problem{risk, field, fmt.Sprintf(format, args...), blocking})
	}
	if len(a.Risks) == 0 {
		put(true, "", "risks", "No risk is recorded; start from the catalogue and keep what applies.")
	}
	if strings.TrimSpace(a.Method) == "" {
		put(true, "", "method", "Say how likelihood and impact were judged, and against what appetite.")
	}
	if a.WorkflowVersion == "" {
		put(true, "", "workflow_version", "Enter which version of the workflow was assessed.")
	}
	a.answerProblems(put)
	seen := map[string]string{}
	for i := range a.Risks {
		r := &a.Risks[i]
		if r.Status == RiskClosed {
			continue
		}
		name := r.Ref
		if name == "" {
			name = r.Title
		}
		if first, twice := seen[r.CatalogueID]; twice && r.CatalogueID != "" {
			put(
				false,
				name,
				"catalogue_id",
				"The catalogue's %s is already used by %s; is this another risk?",
				r.CatalogueID,
				first,
			)
		} else {
			seen[r.CatalogueID] = name
		}
		say := func(blocking bool, field, format string, args ...any) { put(blocking, name, field, format, args...) }
		r.scoreProblems(say)
		r.treatmentProblems(now, say)
		if r.Acceptance.Given() && r.Acceptance.By == a.PreparedBy && a.PreparedBy != "" {
			say(true, "acceptance", "The person who prepared the assessment cannot accept its risks.")
		}
	}
	for _, k := range []LinkedKind{LinkedDPIA, LinkedImpact, LinkedEquality, LinkedSecurity} {
		if _, ok := a.Link(k); !ok {
			put(
				false,
				"",
				"linked",
				"Nothing is said about the %s assessment; link it, or say why it is not needed.",
				k.Words(),
			)
		}
	}
	return out
}

// scoreProblems are those of what a risk says of itself and of its three scores.
func (r *Risk) scoreProblems(say func(blocking bool, field, format string, args ...any)) {
	for _, s := range Stages {
		if !r.At(s).Rated() {
			say(true, string(s), "The %s score is not rated.", s)
		}
	}
	if r.Cause == "" || r.Consequence == "" {
		say(true, "cause", "Enter the cause and the consequence.")
	}
	if len(r.Affected) == 0 {
		say(false, "affected", "Nobody is named as affected.")
	}
	if r.OwnerID == "" {
		say(true, "owner_id", "The risk has no owner.")
	}
	if r.Treatment == TreatmentOpen {
		say(true, "treatment", "Nothing is decided about the risk yet.")
	}
	if r.Inherent.Rated() && r.Current.Value() > r.Inherent.Value() {
		say(true, "current", "The current score is higher than the inherent one.")
	}
	if r.Current.Rated() && r.Residual.Value() > r.Current.Value() {
		say(true, "residual", "The residual score is higher than the current one.")
	}
	if r.Current.Rated() && r.Current.Value() < r.Inherent.Value() && len(r.ExistingControls) == 0 {
		say(
			true,
			"existing_controls",
			"The current score is below the inherent one, but no existing control is named.",
		)
	}
	if r.Residual.Rated() && r.Residual.Value() < r.Current.Value() && len(r.AddedControls) == 0 {
		say(
			true,
			"added_controls",
			"The residual score is below the current one, but no added control is named.",
		)
	}
	if r.Residual.Rated() && r.Residual.Impact < r.Inherent.Impact &&
		r.Residual.Likelihood == r.Inherent.Likelihood {
		say(false, "residual", "Only the impact falls; most controls make a risk less likely, not less bad.")
	}
}

// treatmentProblems are those of what is done about a risk: its day, or its acceptance.
func (r *Risk) treatmentProblems(now time.Time, say func(blocking bool, field, format string, args ...any)) {
	switch r.Treatment {
	case TreatmentMitigate, TreatmentAvoid, TreatmentTransfer:
		if len(r.AddedControls) > 0 && r.TreatmentDue.IsZero() {
			say(true, "treatment_due", "The added controls have no day by which they are in place.")
		} else if r.TreatmentDue.Before(civil.Of(now)) && r.Residual != r.Current {
			say(
				false, "treatment_due", "The treatment was due on %s; rate the risk again.",
				r.TreatmentDue.Long(),
			)
		}
	case TreatmentAccept:
		if !r.Acceptance.Given() {
			say(true, "acceptance", "The risk is to be accepted, but nobody has accepted it.")
		} else if !r.Acceptance.Holds(now) {
			say(true, "acceptance", "The acceptance expired on %s.", r.Acceptance.Expires.Long())
		}
	}
}

// Words is the kind as people say it.
func (k LinkedKind) Words() string {
	switch k {
	case LinkedDPIA:
		return "data protection impact"
	case LinkedImpact:
		return "AI system impact"
	case LinkedEquality:
		return "equality impact"
	case LinkedSecurity:
		return "information security"
	}
	return string(k)
}

// Complete hands a draft over for review. by is the id of the person who
// prepared it. It is refused, naming each thing, while a blocking problem stands.
func (a Assessment) Complete(by string, now time.Time) (Assessment, error) {
	if a.Status != StatusDraft {
		return a, fault.Conflict("The assessment is %s; only a draft can be completed.", a.Status.Words())
	}
	if by == "" {
		return a, fault.Invalid("prepared_by", "Enter who prepared the assessment.")
	}
	a.PreparedBy = by
	var bad fault.Fields
	for _, p := range a.Quality(now) {
		if p.Blocking {
			text := p.Text
			if p.Risk != "" && !strings.HasPrefix(p.Field, "answers.") {
				text = p.Risk + ": " + text
			}
			bad.Add(p.Field, text)
		}
	}
	if err := bad.Err(); err != nil {
		return a, err
	}
	if err := a.Validate(); err != nil {
		return a, err
	}
	a.PreparedOn, a.Status = civil.Of(now), StatusInReview
	return a, nil
}

// Editable refuses work on an assessment that is no draft any more.
func (a Assessment) Editable() error {
	if a.Status != StatusDraft {
		return fault.Conflict("%s is %s and cannot be edited; begin a new assessment.", a.Ref, a.Status.Words())
	}
	return nil
}

// Words is the status as people say it.
func (s Status) Words() string { return strings.ReplaceAll(string(s), "_", " ") }

// Return sends an assessment back to its author.
func (a Assessment) Return() (Assessment, error) {
	if a.Status != StatusInReview {
		return a, fault.Conflict("The assessment is %s; only one in review can be returned.", a.Status.Words())
	}
	a.Status, a.ReviewedBy, a.ReviewedOn = StatusDraft, "", ""
	return a, nil
}

// Review records that somebody other than its author checked the assessment.
func (a Assessment) Review(by string, now time.Time) (Assessment, error) {
	switch {
	case a.Status != StatusInReview:
		return a, fault.Conflict("The assessment is %s; only one in review can be reviewed.", a.Status.Words())
	case by == "":
		return a, fault.Invalid("reviewed_by", "Enter who reviewed the assessment.")
	case by == a.PreparedBy:
		return a, fault.Forbidden("The person who prepared the assessment cannot review it; ask somebody else.")
	}
	a.ReviewedBy, a.ReviewedOn = by, civil.Of(now)
	return a, nil
}

// ApprovalContent is what an approval of the assessment covers: what it says, and
// not what became of it or of the acceptance of its risks, which has an approval
// of its own.
func (a Assessment) ApprovalContent() ([]byte, error) {
	a.Status, a.LapseReason, a.Key = "", "", ""
	a.ApprovedBy, a.ApprovedOn, a.ReviewDue, a.Approval = "", "", "", approval.Approval{}
	a.Risks = slices.Clone(a.Risks)
	for i := range a.Risks {
		a.Risks[i].Acceptance, a.Risks[i].Treatment = Acceptance{}, ""
	}
	b, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write down what is approved: %w", err)
	}
	return bytes.ReplaceAll(b, []byte(":null"), []byte(":[]")), nil // absent and empty lists are the same
}

// AcceptanceContent is what an approval of a risk's acceptance covers: the risk as
// it was rated, why it is accepted, and until when.
func (a Assessment) AcceptanceContent(r Risk) ([]byte, error) {
	c := r.Acceptance
	b, err := json.Marshal(struct {
		Assessment string     `json:"assessment"` // identifier
		Risk       string     `json:"risk"`       // identifier
		Title      string     `json:"title"`
		Residual   Score      `json:"residual"`
		Reason     string     `json:"reason"`
		Expires    civil.Date `json:"expires"`
	}{a.ID, r.ID, r.Title, r.Residual, c.Reason, c.Expires})
	if err != nil {
		return nil, fmt.Errorf("write down what is accepted: %w", err)
	}
	return b, nil
}

// WithApprovalsOf takes the approvals that was has: nobody but an approver makes
// one. A risk that is rated, named or accepted otherwise than when its acceptance
// was approved loses that approval.
func (a Assessment) WithApprovalsOf(was Assessment) Assessment {
	a.Approval, a.Risks = was.Approval, slices.Clone(a.Risks)
	for i := range a.Risks {
		x := &a.Risks[i]
		x.Acceptance.Approval = approval.Approval{}
		for _, r := range was.Risks {
			kept := r.Acceptance
			kept.Approval = approval.Approval{}
			if r.ID == x.ID && r.Title == x.Title && r.Residual == x.Residual && reflect.DeepEqual(kept, x.Acceptance) {
				x.Acceptance.Approval = r.Acceptance.Approval
			}
		}
	}
	return a
}

// Approve records the approval by a third person and sets when the assessment
// is due again, months from now.
func (a Assessment) Approve(by string, months int, now time.Time) (Assessment, error) {
	switch {
	case a.Status != StatusInReview || a.ReviewedBy == "":
		return a, fault.Conflict(
			"The assessment is %s; it can be approved once it has been reviewed.",
			a.Status.Words(),
		)
	case by == "":
		return a, fault.Invalid("approved_by", "Enter who approves the assessment.")
	case by == a.PreparedBy, by == a.ReviewedBy:
		return a, fault.Forbidden("Who prepared or reviewed the assessment cannot approve it; ask somebody else.")
	case months < 1 || months > 24:
		return a, fault.Invalid("review_due", "Enter in how many months the assessment is due again, between 1 and 24.")
	}
	today := civil.Of(now)
	a.ApprovedBy, a.ApprovedOn, a.Status, a.ReviewDue = by, today, StatusApproved, today.AddMonths(months)
	return a, nil
}

// Supersede ends an assessment because a later one was approved.
func (a Assessment) Supersede() (Assessment, error) {
	if a.Status != StatusApproved && a.Status != StatusLapsed {
		return a, fault.Conflict("The assessment is %s; only an approved one can be superseded.", a.Status.Words())
	}
	a.Status = StatusSuperseded
	return a, nil
}

// Since is what has happened since an assessment was approved, as far as it can
// make it lapse.
type Since struct {
	WorkflowVersion string     // the version in use now
	Change          string     // model or prompt change after the approval, in words; empty: none
	NewFindings     []string   // codes with open findings first made after the approval
	FindingsOn      civil.Date // the newest of those
}

// Lapses gives the reasons for which an approved assessment no longer holds,
// in words; none means that it holds. It does not change the assessment.
func (a Assessment) Lapses(s Since, now time.Time) []string {
	if a.Status == StatusLapsed {
		return []string{a.LapseReason}
	}
	if a.Status != StatusApproved {
		return nil
	}
	var out []string
	if s.WorkflowVersion != "" && s.WorkflowVersion != a.WorkflowVersion {
		out = append(
			out,
			fmt.Sprintf("version %s was assessed, version %s is in use", a.WorkflowVersion, s.WorkflowVersion),
		)
	}
	if s.Change != "" {
		out = append(out, s.Change)
	}
	if a.ReviewDue.Before(civil.Of(now)) {
		out = append(out, "it was due again on "+a.ReviewDue.Long())
	}
	for _, r := range a.Risks {
		if r.Status != RiskClosed && r.Treatment == TreatmentAccept && r.Acceptance.Given() &&
			!r.Acceptance.Holds(now) {
			name := r.Ref
			if name == "" {
				name = r.Title
			}
			out = append(out, fmt.Sprintf("the acceptance of %s expired on %s", name, r.Acceptance.Expires.Long()))
		}
	}
	if len(s.NewFindings) > 0 && a.ApprovedOn.Before(s.FindingsOn) {
		out = append(out, "new findings since: "+strings.Join(s.NewFindings, ", "))
	}
	return out
}

// Lapse marks an approved assessment as no longer holding.
func (a Assessment) Lapse(reason string) (Assessment, error) {
	if a.Status != StatusApproved {
		return a, fault.Conflict("The assessment is %s; only an approved one can lapse.", a.Status.Words())
	}
	if strings.TrimSpace(reason) == "" {
		return a, fault.Invalid("reason", "Enter why the assessment no longer holds.")
	}
	a.Status, a.LapseReason = StatusLapsed, reason
	return a, nil
}

// Accept records a person's decision to live with a risk until a day, at most a
// year ahead: what nobody looks at again is forgotten, not accepted.
func (r Risk) Accept(c Acceptance, now time.Time) (Risk, error) {
	today := civil.Of(now)
	c.On = today
	switch {
	case c.By == "":
		return r, fault.Invalid("acceptance", "Enter who accepts the risk.")
	case strings.TrimSpace(c.Reason) == "":
		return r, fault.Invalid("acceptance", "Enter why the risk is accepted.")
	case !c.Expires.Valid():
		return r, fault.Invalid("acceptance", fmt.Sprintf("There is no day %q; enter a real date.", string(c.Expires)))
	case !today.Before(c.Expires):
		return r, fault.Invalid("acceptance", "Enter a day after today on which the acceptance expires.")
	case today.AddMonths(12).Before(c.Expires):
		return r, fault.Invalid("acceptance", "An acceptance holds for at most twelve months; enter an earlier day.")
	}
	r.Acceptance, r.Treatment = c, TreatmentAccept
	return r, nil
}

// onward is how the status of an approved assessment may change.
var onward = map[Status][]Status{
	StatusApproved:   {StatusApproved, StatusLapsed, StatusSuperseded},
	StatusLapsed:     {StatusLapsed, StatusSuperseded},
	StatusSuperseded: {StatusSuperseded},
}

// Keeps refuses an edit that would change what somebody approved: was is the
// assessment before it. Its status only moves onward; a new assessment says it
// anew.
func (a Assessment) Keeps(was Assessment) error {
	next, decided := onward[was.Status]
	if !decided {
		return nil
	}
	if !slices.Contains(next, a.Status) {
		return fault.Conflict(
			"%s is %s and cannot become %s; begin a new assessment.",
			was.Ref,
			was.Status.Words(),
			a.Status.Words(),
		)
	}
	a.Status, a.LapseReason, a.Key = was.Status, was.LapseReason, was.Key
	before, errA := json.Marshal(was)
	after, errB := json.Marshal(a)
	if errA != nil || errB != nil ||
		!bytes.Equal(
			bytes.ReplaceAll(before, []byte(":null"), []byte(":[]")),
			bytes.ReplaceAll(after, []byte(":null"), []byte(":[]")),
		) {
		return fault.Conflict("%s is %s and cannot be edited; begin a new assessment.", was.Ref, was.Status.Words())
	}
	return nil
}
