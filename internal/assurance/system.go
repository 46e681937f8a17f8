package assurance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// SystemFacts is everything that the rules of the management system look at: the
// organisation's records, and what is known of each workflow.
type SystemFacts struct {
	Now          time.Time // UTC
	Organisation organisation.Organisation
	People       []organisation.Person
	Policies     []policy.Policy
	Records      []review.Record
	Reviews      []review.Review
	Actions      []review.Action
	Evidence     []evidence.Evidence
	SoA          []standard.SoARow
	Workflows    []Facts
}

// SystemRule is one rule about the management system as a whole. It is no part of
// a workflow's score and of no certificate: it is answered in the standards room
// and in evidence packs, under the clauses that it serves.
type SystemRule struct {
	Code  string
	Title string
	Area  standard.Area
	Where string
	check func(SystemFacts) Answer
}

// Serves are the items of the standards that the rule serves, by Item.Ref.
func (q SystemRule) Serves() []string { return standard.Serves(q.Code) }

// SystemRules is every rule of the management system, in the order in which it is
// shown. None is met by an empty register.
var SystemRules = []SystemRule{
	{
		Code:  "SYS-01",
		Title: "Issues and interested parties were looked at again within a year",
		Area:  standard.POL,
		Where: "records",
		check: contextCurrent,
	},
	{
		Code:  "SYS-02",
		Title: "Each objective has a measured value",
		Area:  standard.IMP,
		Where: "records",
		check: objectivesMeasured,
	},
	{
		Code:  "SYS-03",
		Title: "There is an audit programme with scope, criteria and dates",
		Area:  standard.IMP,
		Where: "records",
		check: auditProgramme,
	},
	{
		Code:  "SYS-04",
		Title: "Internal audits were held by somebody who does not audit their own work",
		Area:  standard.IMP,
		Where: "records",
		check: auditorsIndependent,
	},
	{
		Code:  "SYS-05",
		Title: "The management review had its inputs before it",
		Area:  standard.IMP,
		Where: "records",
		check: reviewInputs,
	},
	{
		Code:  "SYS-06",
		Title: "The management review led to decisions and actions",
		Area:  standard.IMP,
		Where: "records",
		check: reviewResults,
	},
	{
		Code:  "SYS-07",
		Title: "Nonconformities have a cause and a correction that the figures bear out",
		Area:  standard.IMP,
		Where: "records",
		check: nonconformitiesEffective,
	},
	{
		Code:  "SYS-08",
		Title: "What is relied on is held: with a document or its digest",
		Area:  standard.IMP,
		Where: "evidence",
		check: documentsHeld,
	},
	{
		Code:  "SYS-09",
		Title: "What is built in house is documented as a supplier's would have to be",
		Area:  standard.RSK,
		Where: "evidence",
		check: builtInHouse,
	},
	{
		Code:  "SYS-10",
		Title: "Those who assess and audit are trained for it",
		Area:  standard.OVR,
		Where: "records",
		check: assessorsCompetent,
	},
	{
		Code:  "SYS-11",
		Title: "Complaints about data have a route, and an answer",
		Area:  standard.TRN,
		Where: "records",
		check: complaintsAnswered,
	},
	{
		Code:  "SYS-12",
		Title: "The power to decide at each gate was delegated",
		Area:  standard.OVR,
		Where: "records",
		check: powersDelegated,
	},
}

// System answers the rules of the management system.
func System(f SystemFacts) []Result {
	var out []Result
	for _, q := range SystemRules {
		a := q.check(f)
		if a.Subjects == nil {
			a.Subjects = []string{}
		}
		out = append(out, Result{
			Code:     q.Code,
			Title:    q.Title,
			Area:     q.Area,
			Clauses:  q.Serves(),
			Status:   a.Status,
			Reason:   a.Reason,
			Remedy:   a.Remedy,
			Subjects: a.Subjects,
			Where:    q.Where,
		})
	}
	return out
}

func (f SystemFacts) today() civil.Date { return civil.Of(f.Now) }

func (f SystemFacts) yearAgo() civil.Date { return f.today().AddMonths(-12) }

func (f SystemFacts) person(id string) (organisation.Person, bool) {
	return Facts{People: f.People}.person(id)
}

// of gives the records of a kind that are not of the future, the newest first.
func (f SystemFacts) of(kinds ...review.RecordKind) []review.Record {
	var out []review.Record
	for _, r := range f.Records {
		if slices.Contains(kinds, r.Kind) && !f.today().Before(r.Date) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b review.Record) int { return strings.Compare(string(b.Date), string(a.Date)) })
	return out
}

// live are the workflows that run.
func (f SystemFacts) live() []Facts {
	var out []Facts
	for _, w := range f.Workflows {
		if w.Workflow.Lifecycle == workflow.LifecycleLive || w.Workflow.Lifecycle == workflow.LifecycleTrial {
			out = append(out, w)
		}
	}
	return out
}

func refsOf(records []review.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.Ref)
	}
	return out
}

func contextCurrent(f SystemFacts) Answer {
	const remedy = "Record which issues matter and who is concerned and what they need, and look at it again each year."
	if records := f.of(review.RecordInterest); len(records) > 0 {
		r := records[0]
		if r.Date.Before(f.yearAgo()) {
			return unmet(remedy, "%s is of %s, more than a year ago.", r.Ref, r.Date.Long()).on(r.Ref)
		}
		return met("%s of %s: %s.", r.Ref, r.Date.Long(), strings.TrimSuffix(r.Title, ".")).on(r.Ref)
	}
	return unmet(remedy, "No record says which issues matter and who is concerned.")
}

// Measured is the value of an objective as runs show it.
type Measured struct {
	Record review.Record
	Codes  []string // tests on runs that it is measured by
	Held   int      // cases in which what they look for did not occur
	Of     int      // cases that they looked at
}

// Value is the measured value in words; empty where no test measures it.
func (m Measured) Value() string {
	switch {
	case len(m.Codes) == 0:
		return ""
	case m.Of == 0:
		return "no run shows it yet"
	}
	return fmt.Sprintf(
		"%d of %d cases held (%s), by %s",
		m.Held,
		m.Of,
		share(m.Held, m.Of),
		strings.Join(m.Codes, ", "),
	)
}

// share is a share as a percentage with one decimal, rounded down so that it never
// says 100 where a case is missing.
func share(n, of int) string {
	tenths := n * 1000 / of
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// Objectives are the objectives that are open or were closed within a year, each
// with the value that runs of all workflows give it. An objective is measured by
// the tests on runs that its record is linked to.
func (f SystemFacts) Objectives() []Measured {
	var out []Measured
	for _, r := range f.of(review.RecordObjective) {
		if r.Status != review.RecordOpen && r.ClosedOn.Before(f.yearAgo()) {
			continue
		}
		m := Measured{Record: r}
		for _, l := range r.Links {
			if l.Kind == review.SubjectFinding && !slices.Contains(m.Codes, l.Ref) {
				m.Codes = append(m.Codes, l.Ref)
			}
		}
		for _, w := range f.Workflows {
			if r.WorkflowID != "" && r.WorkflowID != w.Workflow.ID {
				continue
			}
			for _, c := range w.Findings {
				if slices.Contains(m.Codes, c.Code) && c.Tested > 0 {
					m.Of += c.Tested
					m.Held += c.Tested - min(c.Short(), c.Tested)
				}
			}
		}
		out = append(out, m)
	}
	return out
}

func objectivesMeasured(f SystemFacts) Answer {
	const remedy = "Link each objective to the test on runs that measures it, or write its measured value as its " +
		"result."
	list := f.Objectives()
	if len(list) == 0 {
		return unmet("Record at least one objective for AI, with its owner, measure and date.",
			"No objective is recorded.")
	}
	var values, lack, refs []string
	for _, m := range list {
		refs = append(refs, m.Record.Ref)
		switch {
		case m.Of > 0:
			values = append(values, m.Record.Ref+": "+m.Value())
		case strings.TrimSpace(m.Record.Result) != "":
			values = append(values, m.Record.Ref+": "+strings.TrimSuffix(m.Record.Result, "."))
		default:
			lack = append(lack, m.Record.Ref)
		}
	}
	if len(lack) > 0 {
		return unmet(remedy, "No measured value: %s.", strings.Join(lack, ", ")).on(refs...)
	}
	return met("%s.", strings.Join(values, "; ")).on(refs...)
}

func auditProgramme(f SystemFacts) Answer {
	const remedy = "Record an audit programme: which parts are audited, against what, by whom, and when."
	if records := f.of(review.RecordAuditProgramme); len(records) > 0 {
		r := records[0]
		if r.Due.Before(f.today()) {
			return unmet(remedy, "The audit programme %s ran until %s.", r.Ref, r.Due.Long()).
				on(r.Ref)
		}
		return met("%s of %s, until %s.", r.Ref, r.Date.Long(), r.Due.Long()).on(r.Ref)
	}
	if audits := f.of(review.RecordInternalAudit); len(audits) > 0 {
		return unmet(remedy, "Audits were held (%s), but no programme says what is audited when.",
			strings.Join(refsOf(audits), ", ")).on(refsOf(audits)...)
	}
	return unmet(remedy, "No audit programme is recorded.")
}

// ownWork is what a person would audit of their own; empty where there is nothing.
func (f SystemFacts) ownWork(id string) string {
	for _, w := range f.Workflows {
		if w.Workflow.OwnerID == id {
			return "answers for " + w.Workflow.Ref
		}
		for _, a := range w.Assessments {
			if a.PreparedBy == id {
				return "prepared " + a.Ref
			}
		}
	}
	for _, p := range f.Policies {
		if p.OwnerID == id {
			return "owns the policy " + p.Ref
		}
	}
	return ""
}

func auditorsIndependent(f SystemFacts) Answer {
	const remedy = "Have internal audits held by somebody who answers for none of what they audit."
	var done, bad []string
	for _, r := range f.of(review.RecordInternalAudit) {
		if r.Status != review.RecordClosed || r.Date.Before(f.yearAgo()) {
			continue
		}
		done = append(done, r.Ref)
		p, ok := f.person(r.PersonID)
		if !ok {
			bad = append(bad, r.Ref+" names no auditor")
			continue
		}
		if own := f.ownWork(p.ID); own != "" {
			bad = append(bad, fmt.Sprintf("%s: %s %s", r.Ref, p.Name, own))
		}
	}
	switch {
	case len(done) == 0:
		return unmet(remedy, "No finished internal audit of the last twelve months is recorded.")
	case len(bad) > 0:
		return unmet(remedy, "%s.", strings.Join(bad, "; ")).on(done...)
	}
	return met("%s: the auditor answers for no workflow or policy and prepared no assessment in the register.",
		strings.Join(done, ", ")).on(done...)
}

// lastReview is the newest finished management review of the last year.
func (f SystemFacts) lastReview() (review.Record, bool) {
	for _, r := range f.of(review.RecordManagementReview) {
		if r.Status == review.RecordClosed && !r.Date.Before(f.yearAgo()) {
			return r, true
		}
	}
	return review.Record{}, false
}

// names tells whether a record speaks of another one: by a link, or by its reference
// in a text.
func names(r review.Record, ref string) bool {
	for _, l := range r.Links {
		if l.Ref == ref {
			return true
		}
	}
	return strings.Contains(r.Body+" "+r.Result+" "+r.Correction, ref)
}

const heldReview = "Hold a management review, and record what was before it and what was decided."

func reviewInputs(f SystemFacts) Answer {
	r, ok := f.lastReview()
	if !ok {
		return unmet(heldReview, "No finished management review of the last twelve months is recorded.")
	}
	var lack []string
	before := func(kinds ...review.RecordKind) {
		for _, x := range f.of(kinds...) {
			if x.Ref != r.Ref && !r.Date.Before(x.Date) && !x.Date.Before(r.Date.AddMonths(-12)) && !names(r, x.Ref) {
				lack = append(lack, x.Ref)
			}
		}
	}
	before(review.RecordInternalAudit, review.RecordNonconformity, review.RecordObjective)
	if len(lack) > 0 {
		return unmet(
			"Begin the next review from the draft of its inputs, or link to its record what was before it.",
			"%s of %s does not name what the register held by then: %s.",
			r.Ref,
			r.Date.Long(),
			strings.Join(lack, ", "),
		).on(r.Ref)
	}
	return met("%s of %s names the audits, nonconformities and objectives that the register held by then.", r.Ref,
		r.Date.Long()).on(r.Ref)
}

func reviewResults(f SystemFacts) Answer {
	r, ok := f.lastReview()
	if !ok {
		return unmet(heldReview, "No finished management review of the last twelve months is recorded.")
	}
	var follow []string
	for _, a := range f.Actions {
		if a.Source.Ref == r.Ref {
			follow = append(follow, a.Ref)
		}
	}
	if len(follow) == 0 {
		return unmet(
			"Enter the actions that the review decided, each from the record of the review, with its owner and day.",
			"%s of %s decided something, but no action in the register follows from it.", r.Ref, r.Date.Long(),
		).on(r.Ref)
	}
	return met("%s of %s: %s follow from it.", r.Ref, r.Date.Long(), strings.Join(follow, ", ")).
		on(append([]string{r.Ref}, follow...)...)
}

func nonconformitiesEffective(f SystemFacts) Answer {
	list := f.of(review.RecordNonconformity)
	if len(list) == 0 {
		return notApplicable("No nonconformity is recorded; that does not show that there was none.")
	}
	var bad, refs []string
	for _, r := range list {
		refs = append(refs, r.Ref)
		switch {
		case r.Status == review.RecordOpen && r.Due.Before(f.today()) && !r.Due.IsZero():
			bad = append(bad, fmt.Sprintf("%s is open past %s", r.Ref, r.Due.Long()))
		case r.Status == review.RecordOpen:
			continue
		}
		if r.Status == review.RecordOpen {
			continue
		}
		// A correction that is said to have worked is held against what runs show since.
		for _, l := range r.Links {
			if l.Kind != review.SubjectFinding {
				continue
			}
			for _, w := range f.Workflows {
				if r.WorkflowID != "" && r.WorkflowID != w.Workflow.ID {
					continue
				}
				for _, c := range w.Findings {
					if c.Code == l.Ref && c.Unsettled() > 0 {
						bad = append(bad, fmt.Sprintf("%s is closed, yet runs of %s still show %s in %d cases", r.Ref,
							w.Workflow.Ref, c.Code, c.Unsettled()))
					}
				}
			}
		}
	}
	if len(bad) > 0 {
		return unmet("Find the cause, put it right, and see from new runs whether it worked.", "%s.",
			strings.Join(bad, "; ")).on(refs...)
	}
	return met("%s, none open past its day or contradicted by runs.",
		strings.Replace(count(len(list), "nonconformity"), "nonconformitys", "nonconformities", 1)).on(refs...)
}

// Unseen are the assessments that an approved risk assessment names and that have
// no document in the register: named, not seen.
func (f SystemFacts) Unseen() (seen int, unseen []string) {
	held := map[string]bool{}
	for _, e := range f.Evidence {
		held[e.ID] = e.SHA256 != ""
	}
	for _, w := range f.Workflows {
		a, ok := w.Assessment()
		if !ok {
			continue
		}
		for _, l := range a.Linked {
			if l.Status != risk.LinkedApproved {
				continue
			}
			if held[l.EvidenceID] {
				seen++
			} else {
				unseen = append(unseen, strings.TrimSpace(w.Workflow.Ref+" "+l.Kind.Words()+" assessment "+l.Reference))
			}
		}
	}
	return seen, unseen
}

func documentsHeld(f SystemFacts) Answer {
	seen, unseen := f.Unseen()
	if seen+len(unseen) == 0 {
		return unmet("Link the assessments that were made, with their documents.", "No assessment is linked.")
	}
	if len(unseen) > 0 {
		return unmet("Keep the document, or its digest, as evidence and link it to the assessment.",
			"Named, not seen: %s. Held: %d.", strings.Join(unseen, "; "), seen)
	}
	return met("All %d linked assessments are held with their document or its digest.", seen)
}

func builtInHouse(f SystemFacts) Answer {
	var lack []string
	inHouse := 0
	for _, w := range f.Workflows {
		if strings.TrimSpace(w.Workflow.Supplier) != "" || w.Workflow.Lifecycle == workflow.LifecycleRetired {
			continue
		}
		inHouse++
		if _, ok := w.document(evidence.KindTechnical); !ok {
			lack = append(lack, w.Workflow.Ref+": no design or technical document")
		}
		if w.tested() == "" {
			lack = append(lack, w.Workflow.Ref+": no test with data whose results are known")
		}
	}
	switch {
	case len(f.Workflows) == 0:
		return unmet("Describe the AI workflows.", "No workflow is recorded.")
	case inHouse == 0:
		return notApplicable("Each workflow names a supplier.")
	case len(lack) > 0:
		return unmet("Keep the design, the data used for development and the tests of what is built in house.", "%s.",
			strings.Join(lack, "; "))
	}
	return met("%s built in house, each with a technical document and a test on record.", count(inHouse, "workflow"))
}

func assessorsCompetent(f SystemFacts) Answer {
	const remedy = "Record the training of those who keep the register and of those who audit it."
	want := map[string]string{}
	for _, p := range f.People {
		if p.Active && slices.Contains(p.Duties, organisation.DutyAssessor) {
			want[p.ID] = p.Name
		}
	}
	for _, r := range f.of(review.RecordInternalAudit) {
		if p, ok := f.person(r.PersonID); ok && !r.Date.Before(f.yearAgo()) {
			want[p.ID] = p.Name
		}
	}
	if len(want) == 0 {
		return unmet(remedy, "Nobody is recorded as assessor or auditor.")
	}
	n := len(want)
	var refs []string
	for _, r := range f.of(review.RecordTraining) {
		if _, ok := want[r.PersonID]; ok && r.Current(f.Now) {
			delete(want, r.PersonID)
			refs = append(refs, r.Ref)
		}
	}
	if len(want) > 0 {
		var who []string
		for _, name := range want {
			who = append(who, name)
		}
		slices.Sort(who)
		return unmet(remedy, "No current training on record: %s.", strings.Join(who, ", ")).on(refs...)
	}
	return met("All %d have current training on record.", n).on(refs...)
}

// complaintDays is within how many days a complaint about data is acknowledged:
// section 164A of the Data Protection Act 2018.
const complaintDays = 30

func complaintsAnswered(f SystemFacts) Answer {
	contact := f.Organisation.Contact
	if !strings.ContainsAny(contact, "@") && !strings.Contains(contact, "://") && !strings.Contains(contact, "www.") {
		return unmet("Enter an electronic route (an e-mail address or a form) in the organisation's settings.",
			"No electronic route for complaints is recorded.")
	}
	list := f.of(review.RecordComplaint)
	if len(list) == 0 {
		return notApplicable("No complaint is recorded; that does not show that there was none.")
	}
	var late []string
	for _, r := range list {
		if r.Status == review.RecordOpen && r.Date.AddDays(complaintDays).Before(f.today()) {
			late = append(late, fmt.Sprintf("%s of %s", r.Ref, r.Date.Long()))
		}
	}
	if len(late) > 0 {
		return unmet("Answer these complaints and record the outcome.",
			"Open for more than %d days: %s.", complaintDays, strings.Join(late, ", ")).on(refsOf(list)...)
	}
	return met("%s, none open for more than %d days.", count(len(list), "complaint"), complaintDays).on(refsOf(list)...)
}

func powersDelegated(f SystemFacts) Answer {
	if f.Organisation.Kind != organisation.KindLocalAuthority {
		return notApplicable("The organisation is not recorded as a local authority.")
	}
	var lack, refs []string
	gates := 0
	for _, w := range f.live() {
		for _, g := range w.Workflow.Gates {
			if len(g.Officers) == 0 {
				continue
			}
			gates++
			found := false
			for _, r := range f.of(review.RecordDelegation) {
				if r.Current(f.Now) && r.WorkflowID == w.Workflow.ID && (!linksGate(r) || names(r, g.Key)) {
					found, refs = true, append(refs, r.Ref)
				}
			}
			if !found {
				lack = append(lack, w.Workflow.Ref+" "+g.Title)
			}
		}
	}
	switch {
	case gates == 0:
		return unmet("Describe the gates of the workflows that run.", "No gate with named officers is described.")
	case len(lack) > 0:
		return unmet(
			"Record for each gate the decision or the entry in the scheme of delegation that gives the power.",
			"For %d of %s no delegated power is recorded: %s.",
			len(lack),
			count(gates, "gate"),
			strings.Join(lack, ", "),
		).
			on(refs...)
	}
	return met("For all %d gates the delegated power is recorded.", gates).on(refs...)
}

func linksGate(r review.Record) bool {
	return slices.ContainsFunc(r.Links, func(l review.Subject) bool { return l.Kind == review.SubjectGate })
}
