package assurance

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/form"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// Requirement is one rule: a name, an area and what answers it: the records of
// the register, or tests on runs. Which items of the standards it serves stands
// beside them, as data (standard.Serves).
type Requirement struct {
	Code     string
	Title    string
	Area     standard.Area
	Blocking bool   // a certificate is refused while it is not met
	Where    string // place in the window where it is met
	// Check answers a rule that rests on records. A rule that rests on runs may
	// have one as well: it says what has to be there before the tests say
	// anything, and gives no status where the tests are to answer.
	Check func(Facts) Answer
	Tests []string // codes of the tests on runs that it rests on
	Looks string   // what these look for, in words
}

// Serves are the items of the standards that the rule serves, by Item.Ref.
func (q Requirement) Serves() []string { return standard.Serves(q.Code) }

// Answer answers the rule from the facts.
func (q Requirement) Answer(f Facts) Answer {
	if q.Check != nil {
		if a := q.Check(f); a.Status != "" {
			return a
		}
	}
	if len(q.Tests) > 0 && !f.asked(q.Tests...) {
		return notApplicable("No gate of this workflow asks for it, by its pattern of oversight.")
	}
	return f.shown(q.Looks, f.askedOf(q.Tests...)...)
}

// Answer is what a rule says.
type Answer struct {
	Status   Status
	Counts   Counts   // of a rule that rests on runs
	held     *big.Rat // the share in which it was held; nil: 1 where the status is whole, else 0
	Reason   string
	Remedy   string
	Subjects []string
}

func met(format string, args ...any) Answer {
	return Answer{Status: StatusMet, Reason: fmt.Sprintf(format, args...)}
}

func unmet(remedy, format string, args ...any) Answer {
	return Answer{Status: StatusNotMet, Reason: fmt.Sprintf(format, args...), Remedy: remedy}
}

func notApplicable(format string, args ...any) Answer {
	return Answer{Status: StatusNotApplicable, Reason: fmt.Sprintf(format, args...)}
}

// share is how much of the rule was met or held, from 0 to 1.
func (a Answer) share() *big.Rat {
	switch {
	case a.held != nil:
		return a.held
	case a.Status.Whole():
		return big.NewRat(1, 1)
	}
	return new(big.Rat)
}

// on names the records that the answer rests on.
func (a Answer) on(refs ...string) Answer {
	for _, r := range refs {
		if r != "" && !slices.Contains(a.Subjects, r) {
			a.Subjects = append(a.Subjects, r)
		}
	}
	return a
}

// Registry is every requirement, in the order in which it is shown. Blocking
// ones are few: without them a certificate would say nothing.
var Registry = []Requirement{
	// Policy
	{
		Code:     "POL-R01",
		Title:    "An AI policy is in force, approved by a senior person",
		Area:     standard.POL,
		Blocking: true,
		Where:    "policies",
		Check:    aiPolicyInForce,
	},
	{
		Code:  "POL-R02",
		Title: "The AI policy applied when the workflow went live, or it was reviewed since",
		Area:  standard.POL,
		Where: "policies",
		Check: policyLinkedBeforeLive,
	},
	{
		Code:  "POL-R03",
		Title: "No policy that applies is past its review",
		Area:  standard.POL,
		Where: "policies",
		Check: policiesReviewed,
	},
	{
		Code:  "POL-R04",
		Title: "The AI policy covers what it should",
		Area:  standard.POL,
		Where: "policies",
		Check: policyContent,
	},
	{
		Code:  "POL-R05",
		Title: "The AI policy was made known after it was approved",
		Area:  standard.POL,
		Where: "policies",
		Check: policyCommunicated,
	},
	{
		Code:  "POL-R06",
		Title: "Staff have attested that they read the AI policy",
		Area:  standard.POL,
		Where: "policies",
		Check: policyAttested,
	},
	{
		Code:  "POL-R07",
		Title: "An accountable person stands behind the workflow and its policies",
		Area:  standard.POL,
		Where: "workflow",
		Check: accountable,
	},
	{
		Code:  "POL-R08",
		Title: "A policy on information governance applies",
		Area:  standard.POL,
		Where: "policies",
		Check: informationPolicy,
	},
	{
		Code:  "POL-R09",
		Title: "The context, scope and objectives of AI governance are written down",
		Area:  standard.POL,
		Where: "organisation",
		Check: scopeAndObjectives,
	},
	{
		Code:  "POL-R10",
		Title: "The lawful basis for personal data is recorded",
		Area:  standard.POL,
		Where: "account",
		Check: lawfulBasis,
	},

	// Risk
	{
		Code:     "RSK-R01",
		Title:    "An approved risk assessment covers the version in use",
		Area:     standard.RSK,
		Blocking: true,
		Where:    "risks",
		Check:    assessmentHolds,
	},
	{
		Code:     "RSK-R02",
		Title:    "No risk is beyond the organisation's appetite unless somebody accepted it",
		Area:     standard.RSK,
		Blocking: true,
		Where:    "risks",
		Check:    withinAppetite,
	},
	{
		Code:     "RSK-R03",
		Title:    "A data protection impact assessment is approved, or decided not to be needed",
		Area:     standard.RSK,
		Blocking: true,
		Where:    "risks",
		Check:    dpia,
	},
	{
		Code:  "RSK-R04",
		Title: "Effects on people, equality and security were assessed",
		Area:  standard.RSK,
		Where: "risks",
		Check: otherAssessments,
	},
	{
		Code:  "RSK-R05",
		Title: "Each risk is rated, owned and decided",
		Area:  standard.RSK,
		Where: "risks",
		Check: risksComplete,
	},
	{
		Code:  "RSK-R06",
		Title: "Treatments are in place when they were due",
		Area:  standard.RSK,
		Where: "risks",
		Check: treatmentsOnTime,
	},
	{
		Code:  "RSK-R07",
		Title: "The risks that AI commonly brings were considered",
		Area:  standard.RSK,
		Where: "risks",
		Check: commonRisks,
	},
	{
		Code:  "RSK-R08",
		Title: "What runs show is reflected in the risks",
		Area:  standard.RSK,
		Where: "risks",
		Check: findingsReflected,
	},
	{
		Code:  "RSK-R09",
		Title: "The workflow was tested with cases whose results are known",
		Area:  standard.RSK,
		Where: "records",
		Check: testedBeforeUse,
	},
	{
		Code:  "RSK-R10",
		Title: "The supplier has shown what it promises",
		Area:  standard.RSK,
		Where: "records",
		Check: supplier,
	},
	{
		Code:  "RSK-R11",
		Title: "Outcomes do not differ between groups without a reason",
		Area:  standard.RSK,
		Where: "findings",
		Tests: []string{"RSK-01"},
		Looks: "Outcomes by group",
	},

	// Oversight
	{
		Code:     "OVR-R01",
		Title:    "Each gate says what is decided, by whom, and names its officers",
		Area:     standard.OVR,
		Blocking: true,
		Where:    "gates",
		Check:    gatesComplete,
	},
	{
		Code:     "OVR-R02",
		Title:    "Imported runs are recent",
		Area:     standard.OVR,
		Blocking: true,
		Where:    "runs",
		Check:    recentRuns,
	},
	{
		Code:     "OVR-R03",
		Title:    "Nothing left the workflow without a decision first",
		Area:     standard.OVR,
		Blocking: true,
		Where:    "findings",
		Tests:    []string{"OVR-01", "OVR-02", "OVR-12"},
		Check:    releasesDecided,
		Looks:    "Release without a prior decision for it",
	},
	{
		Code:  "OVR-R04",
		Title: "Only named officers decided, each at gates of their own",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-03", "OVR-04", "OVR-13"},
		Looks: "Decision by somebody else than a named officer",
	},
	{
		Code:  "OVR-R05",
		Title: "Where two people are asked for, two people acted",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-05", "OVR-14"},
		Check: fourEyes,
		Looks: "Prepared and decided by the same person",
	},
	{
		Code:  "OVR-R06",
		Title: "Officers took the time that the gate sets",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-06", "OVR-18"},
		Check: reviewTime,
		Looks: "Decisions faster than the minimum",
	},
	{
		Code:  "OVR-R07",
		Title: "Officers disagree now and then",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-07", "OVR-18"},
		Check: habits,
		Looks: "Streaks and agreement beyond the limit",
	},
	{
		Code:  "OVR-R08",
		Title: "Decisions follow preparation, are used once, and say why they differ",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-08", "OVR-10", "OVR-11", "OVR-12", "OVR-15", "OVR-16"},
		Looks: "Order, effect, reuse and reasons of decisions",
	},
	{
		Code:  "OVR-R09",
		Title: "Each gate is enforced, with something to show for it",
		Area:  standard.OVR,
		Where: "gates",
		Tests: []string{"OVR-17"},
		Check: gatesEnforced,
		Looks: "Gates that may be none",
	},
	{
		Code:  "OVR-R10",
		Title: "Every run reached a gate",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-09"},
		Looks: "Runs that reached no gate",
	},
	{
		Code:  "OVR-R11",
		Title: "Officers are trained",
		Area:  standard.OVR,
		Where: "records",
		Check: officersTrained,
	},

	{
		Code:     "OVR-R12",
		Title:    "Where not each run is decided on, what the gate declares instead was done",
		Area:     standard.OVR,
		Blocking: true,
		Where:    "findings",
		Tests:    ofPatterns,
		Check:    patternHeld,
		Looks:    "Samples, requests, alerts, contents and limits",
	},
	{
		Code:  "OVR-R13",
		Title: "The questions that a weaker pattern of oversight raises are answered",
		Area:  standard.OVR,
		Where: "findings",
		Tests: []string{"OVR-26", "OVR-27", "OVR-28"},
		Check: patternQuestions,
		Looks: "Gates that ask for less than a decision on each run",
	},

	// Transparency
	{
		Code:     "TRN-R01",
		Title:    "The plain-language account is complete",
		Area:     standard.TRN,
		Blocking: true,
		Where:    "account",
		Check:    accountComplete,
	},
	{
		Code:  "TRN-R02",
		Title: "The account is written in short sentences",
		Area:  standard.TRN,
		Where: "account",
		Check: shortSentences,
	},
	{
		Code:  "TRN-R03",
		Title: "People are told before their data is used",
		Area:  standard.TRN,
		Where: "evidence",
		Check: noticeOnFile,
	},
	{
		Code:  "TRN-R04",
		Title: "The declared scope is complete",
		Area:  standard.TRN,
		Where: "ksb",
		Check: scopeDeclared,
	},
	{
		Code:  "TRN-R05",
		Title: "Runs keep their reasoning",
		Area:  standard.TRN,
		Where: "findings",
		Tests: []string{"TRN-01"},
		Looks: "Runs without a reasoning record",
	},
	{
		Code:  "TRN-R06",
		Title: "Runs stay inside the declared scope",
		Area:  standard.TRN,
		Where: "findings",
		Tests: []string{"TRN-02"},
		Looks: "Activity, tool or data outside the declared scope",
	},
	{
		Code:  "TRN-R07",
		Title: "A transparency record is published",
		Area:  standard.TRN,
		Where: "account",
		Check: transparencyRecord,
	},
	{
		Code:  "TRN-R08",
		Title: "The public can reach somebody about harm",
		Area:  standard.TRN,
		Where: "organisation",
		Check: publicContact,
	},

	// Improvement
	{
		Code:  "IMP-R01",
		Title: "Reviews are scheduled and held",
		Area:  standard.IMP,
		Where: "reviews",
		Check: reviewsHeld,
	},
	{
		Code:  "IMP-R02",
		Title: "Actions are done when they are due",
		Area:  standard.IMP,
		Where: "reviews",
		Check: actionsOnTime,
	},
	{
		Code:  "IMP-R03",
		Title: "Incidents, nonconformities and concerns are dealt with",
		Area:  standard.IMP,
		Where: "records",
		Check: recordsDealtWith,
	},
	{
		Code:  "IMP-R04",
		Title: "An internal audit was held in the last year",
		Area:  standard.IMP,
		Where: "records",
		Check: heldThisYear(review.RecordInternalAudit, "an internal audit"),
	},
	{
		Code:  "IMP-R05",
		Title: "A management review was held in the last year",
		Area:  standard.IMP,
		Where: "records",
		Check: heldThisYear(review.RecordManagementReview, "a management review"),
	},
	{
		Code:  "IMP-R06",
		Title: "Changes of model, prompt and workflow are recorded and reviewed",
		Area:  standard.IMP,
		Where: "findings",
		Tests: []string{"IMP-01"},
		Check: changesReviewed,
		Looks: "Versions in runs that no recorded change explains",
	},
	{
		Code:  "IMP-R07",
		Title: "Outcomes have not drifted unnoticed",
		Area:  standard.IMP,
		Where: "findings",
		Tests: []string{"IMP-02"},
		Looks: "Drift of outcomes",
	},
	{
		Code:  "IMP-R08",
		Title: "The log is whole",
		Area:  standard.IMP,
		Where: "findings",
		Tests: []string{"LOG-01", "LOG-02"},
		Looks: "Gaps, duplicates and altered runs",
	},
	{
		Code:  "IMP-R09",
		Title: "The Statement of Applicability is complete",
		Area:  standard.IMP,
		Where: "standards",
		Check: soaComplete,
	},
}

func (f Facts) today() civil.Date { return civil.Of(f.Now) }

func (f Facts) person(id string) (organisation.Person, bool) {
	for _, p := range f.People {
		if p.ID == id {
			return p, true
		}
	}
	return organisation.Person{}, false
}

// linked gives the policies of a kind that are linked to the workflow.
func (f Facts) linked(k policy.Kind) []policy.Policy {
	var out []policy.Policy
	for _, p := range f.Policies {
		if _, ok := p.AppliesTo(f.Workflow.ID); ok && p.Kind == k {
			out = append(out, p)
		}
	}
	return out
}

// inForce gives the first linked policy of a kind that is in force, and its version.
func (f Facts) inForce(k policy.Kind) (policy.Policy, policy.Version, bool) {
	for _, p := range f.linked(k) {
		if v, ok := p.InForce(f.today()); ok {
			return p, v, true
		}
	}
	return policy.Policy{}, policy.Version{}, false
}

// Assessment is the assessment that counts: the approved one, else the newest
// that was not superseded.
func (f Facts) Assessment() (risk.Assessment, bool) {
	var best risk.Assessment
	rank := func(a risk.Assessment) int {
		return slices.Index(
			[]risk.Status{
				risk.StatusSuperseded,
				risk.StatusDraft,
				risk.StatusInReview,
				risk.StatusLapsed,
				risk.StatusApproved,
			},
			a.Status,
		)
	}
	found := false
	for _, a := range f.Assessments {
		if a.Status == risk.StatusSuperseded {
			continue
		}
		if !found || rank(a) > rank(best) ||
			rank(a) == rank(best) && max(a.ApprovedOn, a.PreparedOn) > max(best.ApprovedOn, best.PreparedOn) {
			best, found = a, true
		}
	}
	return best, found
}

func aiPolicyInForce(f Facts) Answer {
	const remedy = "Have a senior person approve an AI policy, bring it into force and link it to this workflow."
	p, v, ok := f.inForce(policy.KindAI)
	if !ok {
		if n := len(f.linked(policy.KindAI)); n > 0 {
			l := f.linked(policy.KindAI)[0]
			return unmet(
				remedy,
				"The linked AI policy %s is %s, not in force.",
				l.Ref,
				strings.ReplaceAll(string(l.Status()), "_", " "),
			).on(l.Ref)
		}
		return unmet(remedy, "No AI policy is linked to this workflow.")
	}
	by, known := f.person(v.ApprovedBy)
	if !known || !by.Senior {
		return unmet(
			remedy,
			"%s version %s is in force, but who approved it is not recorded as holding senior authority.",
			p.Ref,
			v.Number,
		).on(p.Ref)
	}
	return met(
		"%s version %s, approved by %s (%s) on %s, in force since %s.",
		p.Ref,
		v.Number,
		by.Name,
		v.ApprovedRole,
		v.ApprovedOn.Long(),
		v.InForceFrom.Long(),
	).on(p.Ref, by.Ref)
}

func policyLinkedBeforeLive(f Facts) Answer {
	const remedy = "Link the AI policy to the workflow and say why; where it was linked after going live, hold a " +
		"review of the workflow against the policy."
	ps := f.linked(policy.KindAI)
	if len(ps) == 0 {
		return unmet(remedy, "No AI policy is linked to this workflow.")
	}
	if f.Workflow.LiveSince.IsZero() {
		return notApplicable("The workflow has not gone live.")
	}
	for _, p := range ps {
		if l, _ := p.AppliesTo(f.Workflow.ID); !l.LinkedOn.IsZero() && l.LinkedOn <= f.Workflow.LiveSince {
			return met(
				"%s was linked on %s; live since %s.",
				p.Ref,
				l.LinkedOn.Long(),
				f.Workflow.LiveSince.Long(),
			).on(p.Ref)
		}
	}
	// It cannot be done in time any more; a review since then can say what it means.
	l, _ := ps[0].AppliesTo(f.Workflow.ID)
	for _, r := range f.Reviews {
		if r.Kind == review.KindWorkflow && r.WorkflowID == f.Workflow.ID && !l.LinkedOn.IsZero() &&
			!r.On.Before(l.LinkedOn) {
			return met(
				"%s was linked late, on %s; the workflow was reviewed against it on %s.",
				ps[0].Ref,
				l.LinkedOn.Long(),
				r.On.Long(),
			).on(ps[0].Ref, r.Ref)
		}
	}
	return unmet(
		remedy,
		"%s was linked on %s, after the workflow went live on %s.",
		ps[0].Ref,
		l.LinkedOn.Long(),
		f.Workflow.LiveSince.Long(),
	).on(ps[0].Ref)
}

func policiesReviewed(f Facts) Answer {
	var late, all []string
	for _, p := range f.Policies {
		if _, ok := p.AppliesTo(f.Workflow.ID); !ok {
			continue
		}
		all = append(all, p.Ref)
		if p.NextReview.IsZero() || p.PastReview(f.Now) {
			late = append(late, p.Ref)
		}
	}
	switch {
	case len(all) == 0:
		return unmet("Link the policies that apply to this workflow.", "No policy is linked to this workflow.")
	case len(late) > 0:
		return unmet(
			"Review these policies and set the next review.",
			"Past their review, or with none set: %s.",
			strings.Join(late, ", "),
		).on(late...)
	}
	return met("All %d policies that apply are within their review date.", len(all)).on(all...)
}

func policyContent(f Facts) Answer {
	p, v, ok := f.inForce(policy.KindAI)
	if !ok {
		return unmet(
			"Bring an AI policy into force and answer its content check-list.",
			"No AI policy in force is linked to this workflow.",
		)
	}
	covered, of := v.Covered(p.Kind)
	if covered < of {
		var missing []string
		for _, item := range policy.Checklist(p.Kind) {
			if !slices.ContainsFunc(
				v.Checklist,
				func(a policy.CheckAnswer) bool { return a.Item == item.Code && a.Covered },
			) {
				missing = append(missing, lowerFirst(item.Title))
			}
		}
		return unmet(
			"Add what is missing to the policy, or answer the check-list where the policy already says it.",
			"%s covers %d of %d points; missing: %s.",
			p.Ref,
			covered,
			of,
			strings.Join(missing, "; "),
		).on(p.Ref)
	}
	return met("%s covers all %d points of the check-list.", p.Ref, of).on(p.Ref)
}

func policyCommunicated(f Facts) Answer {
	const remedy = "Make the policy known to the staff it concerns and record when, to whom and how."
	p, v, ok := f.inForce(policy.KindAI)
	if !ok {
		return unmet(remedy, "No AI policy in force is linked to this workflow.")
	}
	for _, c := range p.Communications {
		if !c.Date.Before(v.ApprovedOn) {
			return met("%s was made known to %s on %s (%s).", p.Ref, c.Audience, c.Date.Long(), c.How).on(p.Ref)
		}
	}
	return unmet(
		remedy,
		"No communication of %s is recorded since its approval on %s.",
		p.Ref,
		v.ApprovedOn.Long(),
	).on(p.Ref)
}

// attestShare is the share of staff in scope who have to attest: nine in ten, so
// that absence and turnover do not decide it.
const attestShare = 90

func policyAttested(f Facts) Answer {
	p, v, ok := f.inForce(policy.KindAI)
	if !ok {
		return unmet(
			"Bring an AI policy into force and collect attestations.",
			"No AI policy in force is linked to this workflow.",
		)
	}
	if p.StaffInScope == 0 {
		return unmet(
			"Enter how many people should attest to the policy.",
			"It is not stated how many people should attest to %s.",
			p.Ref,
		).on(p.Ref)
	}
	n := p.Attested(v.Number)
	if n*100 < p.StaffInScope*attestShare {
		return unmet(
			"Collect the missing attestations.",
			"%d of %d people attested to %s version %s; %d %% are asked for.",
			n,
			p.StaffInScope,
			p.Ref,
			v.Number,
			attestShare,
		).on(p.Ref)
	}
	return met("%d of %d people attested to %s version %s.", n, p.StaffInScope, p.Ref, v.Number).on(p.Ref)
}

func accountable(f Facts) Answer {
	var gone []string
	check := func(ref, id string) {
		if p, ok := f.person(id); !ok || !p.Active {
			gone = append(gone, ref)
		}
	}
	check(f.Workflow.Ref, f.Workflow.OwnerID)
	for _, p := range f.Policies {
		if _, ok := p.AppliesTo(f.Workflow.ID); ok {
			check(p.Ref, p.OwnerID)
		}
	}
	if len(gone) > 0 {
		return unmet(
			"Name an active person as accountable.",
			"No active accountable person is named for %s.",
			strings.Join(gone, ", "),
		).on(gone...)
	}
	p, _ := f.person(f.Workflow.OwnerID)
	return met("%s (%s) is accountable for the workflow, and each policy has an owner.", p.Name, p.JobTitle).on(p.Ref)
}

func informationPolicy(f Facts) Answer {
	if p, v, ok := f.inForce(policy.KindInformation); ok {
		return met("%s version %s is in force and applies.", p.Ref, v.Number).on(p.Ref)
	}
	return unmet(
		"Link the information governance or data protection policy to this workflow.",
		"No information governance policy in force is linked to this workflow.",
	)
}

func scopeAndObjectives(f Facts) Answer {
	if len(strings.Fields(f.Organisation.Scope)) < 3 {
		return unmet(
			"Write down in the organisation's settings which services and AI workflows governance covers.",
			"The scope of AI governance is not written down.",
		)
	}
	var parties, objective review.Record
	for _, r := range f.Records {
		switch {
		case r.Kind == review.RecordInterest:
			parties = r
		case r.Kind == review.RecordObjective &&
			(r.Status == review.RecordOpen || !r.Date.AddMonths(12).Before(f.today())):
			objective = r
		}
	}
	switch {
	case parties.Ref == "":
		return unmet(
			"Record who is concerned by the organisation's AI, what they need, and which issues matter.",
			"The scope is written down, but not who is concerned and what they need.",
		)
	case objective.Ref == "":
		return unmet(
			"Record at least one objective for AI, with its owner, measure and date.",
			"The scope is written down, but no objective is recorded.",
		)
	}
	return met(
		"The scope is written down, who is concerned (%s), and what to measure against (%s).",
		parties.Ref,
		objective.Ref,
	).on(parties.Ref, objective.Ref)
}

// lawfulBasis looks at the basis that was chosen from the list. One that was only
// written down in words, as registers did first, stands as it was recorded: nothing
// that follows from it is looked at, and the answer says so.
func lawfulBasis(f Facts) Answer {
	a := f.Workflow.Account
	inWords := strings.TrimSuffix(strings.TrimSpace(a.AffectedBasis), ".")
	if a.Basis == "" {
		if inWords == "" {
			return unmet(
				"Ask the data protection officer and record the lawful basis in the account, or that no personal data "+
					"is used.",
				"No lawful basis is recorded.",
			)
		}
		return met(
			"Recorded in words only, from no list, so that nothing that follows from it is looked at: %s.",
			inWords,
		)
	}
	b, ok := a.Basis.Entry()
	if !ok {
		return unmet("Choose the lawful basis from the list.", "The lawful basis %q is in no list.", a.Basis)
	}
	said := b.Words()
	if inWords != "" {
		said += " (as recorded: " + inWords + ")"
	}
	c, special := a.Condition.Entry()
	switch {
	case b.Private && publicAuthority(f.Organisation.Kind):
		return unmet(
			"Ask the data protection officer which basis the task rests on.",
			"Recorded as %s. The words after point (f) of Article 6(1) do not leave it to a "+
				"public authority for its tasks.",
			said,
		)
	case a.Basis == standard.NoPersonalData && a.SpecialData:
		return unmet(
			"Say which is right: that no personal data is used, or that special category data is.",
			"Recorded is that no personal data is used, and that special category data is.",
		)
	case b.Law && strings.TrimSpace(a.Law) == "":
		return unmet(
			"Name the enactment or rule of law.",
			"Recorded as %s, with no enactment or rule of law named.",
			said,
		)
	case a.SpecialData && !special:
		return unmet("Choose the condition of Article 9 that the data protection officer recorded.",
			"Recorded as %s. The workflow reads special category data, and no condition for it is recorded.", said)
	}
	if a.Law != "" {
		said += "; " + strings.TrimSuffix(a.Law, ".")
	}
	if a.SpecialData {
		said += "; for special category data " + c.Words()
	}
	return met("Recorded as: %s.", said)
}

// publicAuthority tells whether a kind of organisation is a public authority by what
// the register knows; of others it knows nothing.
func publicAuthority(k organisation.Kind) bool {
	return k != "" && k != organisation.KindOther && k != organisation.KindCorporation
}

// BasisWords are the lawful basis and the condition as documents print them, with what
// follows from each.
func BasisWords(a workflow.Account) string {
	var out []string
	say := func(text string) {
		if text = strings.TrimSuffix(strings.TrimSpace(text), "."); text != "" {
			out = append(out, text+".")
		}
	}
	if b, ok := a.Basis.Entry(); ok {
		say(b.Words())
		say(a.Law)
		say(b.Follows)
	}
	if c, ok := a.Condition.Entry(); ok {
		say("Special category data: " + c.Words())
		say(c.Follows)
	}
	if s := strings.TrimSpace(a.AffectedBasis); s != "" {
		say("As recorded in words: " + s)
	}
	if a.Significant && a.SpecialData {
		say(
			"It informs significant decisions and reads special category data: Article 22B limits what may " +
				"rest on automated processing alone. Whether a person is meaningfully involved is for the data " +
				"protection officer to judge",
		)
	}
	return strings.Join(out, " ")
}

func assessmentHolds(f Facts) Answer {
	const remedy = "Assess the version in use: prepare, have it reviewed, and have it approved by a third person."
	a, ok := f.Assessment()
	if !ok {
		return unmet(remedy, "No risk assessment is recorded.")
	}
	if a.Status != risk.StatusApproved && a.Status != risk.StatusLapsed {
		return unmet(remedy, "%s is %s.", a.Ref, a.Status.Words()).on(a.Ref)
	}
	since := risk.Since{WorkflowVersion: f.Workflow.Version}
	for _, c := range f.Workflow.Changes {
		if a.ApprovedOn.Before(c.Date) && c.ReviewedBy == "" && c.What != "workflow" {
			since.Change = fmt.Sprintf("the %s changed to %s on %s without review", c.What, c.To, c.Date.Long())
		}
	}
	if why := a.Lapses(since, f.Now); len(why) > 0 {
		return unmet(remedy, "%s no longer holds: %s.", a.Ref, strings.Join(why, "; ")).on(a.Ref)
	}
	if v, ok := f.unassessedVersion(); ok {
		return unmet(remedy, "%s is about version %s; version %s runs since %s, and nobody assessed it.",
			a.Ref, a.WorkflowVersion, v.Name, v.First.Long()).on(a.Ref)
	}
	return met(
		"%s, approved on %s for version %s, due again on %s.",
		a.Ref,
		a.ApprovedOn.Long(),
		a.WorkflowVersion,
		a.ReviewDue.Long(),
	).on(a.Ref)
}

// unassessedVersion is the newest version that ran, where it is not the one that
// the workflow is described at and no assessment of it was ever approved.
func (f Facts) unassessedVersion() (v oversight.Version, ok bool) {
	n := len(f.Runs.Versions)
	if n == 0 {
		return v, false
	}
	v = f.Runs.Versions[n-1]
	if oversight.SameVersion(v.Name, f.Workflow.Version) {
		return v, false
	}
	return v, !slices.ContainsFunc(f.Assessments, func(a risk.Assessment) bool {
		return !a.ApprovedOn.IsZero() && oversight.SameVersion(a.WorkflowVersion, v.Name)
	})
}

// withAssessment hands the assessment that counts to a rule.
func (f Facts) withAssessment(rule func(risk.Assessment) Answer) Answer {
	a, ok := f.Assessment()
	if !ok || len(a.Risks) == 0 {
		return unmet("Assess the risks of this workflow; the catalogue is a start.", "No risks are recorded.")
	}
	return rule(a).on(a.Ref)
}

func riskName(r risk.Risk) string {
	if r.Ref != "" {
		return r.Ref
	}
	return r.Title
}

func withinAppetite(f Facts) Answer {
	return f.withAssessment(func(a risk.Assessment) Answer {
		limit := f.Organisation.AppetiteThreshold
		var names []string
		unrated := 0
		for _, r := range a.AboveAppetite(limit, f.Now) {
			names = append(names, fmt.Sprintf("%s (%d)", riskName(r), r.Residual.Value()))
		}
		for _, r := range a.Risks {
			if r.Status != risk.RiskClosed && !r.Residual.Rated() {
				unrated++
			}
		}
		switch {
		case len(names) > 0:
			return unmet(
				"Add controls until the residual score is within appetite, or have a person with the duty of "+
					"approver accept the risk until a day.",
				"Beyond the appetite of %d: %s.",
				limit,
				strings.Join(names, ", "),
			)
		case unrated > 0:
			return unmet("Rate the residual score of each risk.", "%d open risks have no residual score.", unrated)
		}
		return met("No open risk is beyond the appetite of %d without a current acceptance.", limit)
	})
}

// linkedAnswer tells whether a further assessment is there, and in which words. One that
// was written in the register and signed for the version in use counts as linked. What is
// approved by name only, without a document or its digest, was seen by nobody here: that is
// said.
func linkedAnswer(f Facts, a risk.Assessment, k risk.LinkedKind) (ok bool, text string) {
	if d, found := f.writtenFor(k); found {
		return true, fmt.Sprintf("%s assessment %s, signed on %s", k.Words(), d.Ref, d.SignedOn().Long())
	}
	l, found := a.Link(k)
	switch {
	case !found || l.Status == risk.LinkedMissing:
		return false, "no " + k.Words() + " assessment"
	case l.Status == risk.LinkedDraft:
		return false, k.Words() + " assessment is a draft"
	case l.Status == risk.LinkedNotNeeded:
		return true, k.Words() + " assessment not needed (" + strings.TrimSuffix(l.Note, ".") + ")"
	}
	text = strings.TrimSpace(k.Words() + " assessment " + l.Reference)
	if !f.holds(l.EvidenceID) {
		text += " (named, not seen)"
	}
	return true, text
}

// writtenFor is the document of a kind that was written in the register and is signed for
// the version in use.
func (f Facts) writtenFor(k risk.LinkedKind) (form.Document, bool) {
	kind := map[risk.LinkedKind]form.Kind{
		risk.LinkedDPIA: form.KindDPIA, risk.LinkedImpact: form.KindImpact, risk.LinkedEquality: form.KindEquality,
	}[k]
	for _, d := range f.Forms {
		if d.Kind == kind && d.Status == form.StatusSigned && d.Version == f.Workflow.Version {
			return d, true
		}
	}
	return form.Document{}, false
}

// holds tells whether the register holds a document, or its digest.
func (f Facts) holds(evidenceID string) bool {
	return slices.ContainsFunc(
		f.Evidence,
		func(e evidence.Evidence) bool { return e.ID == evidenceID && e.SHA256 != "" },
	)
}

func dpia(f Facts) Answer {
	const remedy = "Complete and approve the data protection impact assessment and link it, or record why none is " +
		"needed."
	a, found := f.Assessment()
	if !found {
		return unmet(remedy, "No risk assessment, and so no data protection impact assessment, is recorded.")
	}
	ok, text := linkedAnswer(f, a, risk.LinkedDPIA)
	if !ok {
		return unmet(remedy, "There is %s.", text).on(a.Ref)
	}
	_, written := f.writtenFor(risk.LinkedDPIA)
	if l, _ := a.Link(risk.LinkedDPIA); !written && l.Status == risk.LinkedNotNeeded && f.Workflow.Account.SpecialData {
		return unmet(
			remedy,
			"The workflow reads special category data, yet the assessment is recorded as not needed.",
		).on(a.Ref)
	}
	return met("Recorded: %s.", text).on(a.Ref)
}

func otherAssessments(f Facts) Answer {
	const remedy = "Complete and link these assessments, or record why one is not needed."
	a, found := f.Assessment()
	if !found {
		return unmet(remedy, "No risk assessment is recorded.")
	}
	var have, lack []string
	for _, k := range []risk.LinkedKind{risk.LinkedImpact, risk.LinkedEquality, risk.LinkedSecurity} {
		if ok, text := linkedAnswer(f, a, k); ok {
			have = append(have, text)
		} else {
			lack = append(lack, text)
		}
	}
	if len(lack) > 0 {
		return unmet(remedy, "Missing: %s.", strings.Join(lack, "; ")).on(a.Ref)
	}
	return met("Recorded: %s.", strings.Join(have, "; ")).on(a.Ref)
}

func risksComplete(f Facts) Answer {
	return f.withAssessment(func(a risk.Assessment) Answer {
		var bad []string
		for _, p := range a.Quality(f.Now) {
			if p.Blocking {
				bad = append(bad, strings.TrimSpace(p.Risk+" "+p.Text))
			}
		}
		if len(bad) > 0 {
			return unmet(
				"Complete the assessment; it says what is missing.",
				"%d things to put right, first: %s",
				len(bad),
				bad[0],
			)
		}
		return met("All %d risks are rated, owned and decided.", len(a.Risks))
	})
}

func treatmentsOnTime(f Facts) Answer {
	return f.withAssessment(func(a risk.Assessment) Answer {
		var late []string
		for _, r := range a.Risks {
			if r.Status != risk.RiskClosed && r.Treatment != risk.TreatmentAccept && r.TreatmentDue.Before(f.today()) &&
				r.Residual != r.Current {
				late = append(late, riskName(r))
			}
		}
		if len(late) > 0 {
			return unmet(
				"Put the controls in place and rate the current score again, or set a new date with a reason.",
				"Treatment overdue: %s.",
				strings.Join(late, ", "),
			).on(late...)
		}
		return met("No treatment is overdue.")
	})
}

// common are the catalogue's risks that every workflow with a gate has to have
// considered, whatever came of it.
var common = []string{"R01", "R02", "R04", "R06", "R15"}

func commonRisks(f Facts) Answer {
	return f.withAssessment(func(a risk.Assessment) Answer {
		var lack []string
		for _, id := range common {
			if !slices.ContainsFunc(a.Risks, func(r risk.Risk) bool { return r.CatalogueID == id }) &&
				!slices.ContainsFunc(a.Dismissed, func(d risk.Dismissed) bool { return d.CatalogueID == id }) {
				e, _ := risk.Entry(id)
				lack = append(lack, id+" "+lowerFirst(e.Title))
			}
		}
		if len(lack) > 0 {
			return unmet(
				"Add these risks, rate them, and close those that do not apply.",
				"Not considered: %s.",
				strings.Join(lack, "; "),
			)
		}
		return met("The assessment considers %s.", strings.Join(common, ", "))
	})
}

func findingsReflected(f Facts) Answer {
	if f.Runs.Total == 0 {
		return unmet(
			"Import a run export of this workflow.",
			"No runs are imported, so nothing can be compared with the risks.",
		)
	}
	return f.withAssessment(func(a risk.Assessment) Answer {
		var lack, have []string
		for _, c := range f.Findings {
			if c.Short() == 0 {
				continue
			}
			if slices.ContainsFunc(a.Risks, func(r risk.Risk) bool {
				e, ok := risk.Entry(r.CatalogueID)
				return ok && slices.Contains(e.Codes, c.Code)
			}) {
				have = append(have, c.Code)
			} else {
				lack = append(lack, c.Code)
			}
		}
		switch {
		case len(lack) > 0:
			return unmet(
				"Add the catalogue's risks that these tests speak about, and rate them with what the runs show.",
				"Runs show findings that no risk covers: %s.",
				strings.Join(lack, ", "),
			)
		case len(have) == 0:
			return met("The runs show no finding that a risk would have to reflect.")
		}
		return met("Each kind of finding is covered by a risk: %s.", strings.Join(have, ", "))
	})
}

func testedBeforeUse(f Facts) Answer {
	for _, r := range f.Records {
		if r.Kind == review.RecordTest && r.WorkflowID == f.Workflow.ID && r.Status == review.RecordClosed {
			late := ""
			if f.Workflow.LiveSince.Before(r.Date) {
				late = ", after going live"
			}
			return met("%s, %s%s: %s", r.Ref, r.Date.Long(), late, r.Result).on(r.Ref)
		}
	}
	return unmet(
		"Run cases with known results through it and record what was tested, with which data, against which "+
			"criteria, and the result.",
		"No finished test is recorded.",
	)
}

func supplier(f Facts) Answer {
	if strings.TrimSpace(f.Workflow.Supplier) == "" {
		return notApplicable("No supplier is involved.")
	}
	for _, r := range f.Records {
		if r.Kind == review.RecordSupplier && r.WorkflowID == f.Workflow.ID {
			if !r.Current(f.Now) {
				return unmet(
					"Ask the supplier for current assurance and record it.",
					"The supplier's assurance %s was to be looked at again by %s.",
					r.Ref,
					r.Due.Long(),
				).on(r.Ref)
			}
			return met("%s of %s: %s.", r.Ref, r.Date.Long(), strings.TrimSuffix(r.Title, ".")).on(r.Ref)
		}
	}
	return unmet(
		"Record what "+f.Workflow.Supplier+" has shown (contract duties, tests, security, data use).",
		"Nothing is recorded that %s has shown.",
		f.Workflow.Supplier,
	)
}

// shown is what the tests with these codes show. A test that did not run is not a
// pass, and neither is a finding that was explained: it is counted as settled.
func (f Facts) shown(what string, codes ...string) Answer {
	const remedy = "Look at these findings: have a second person approve what explains each fact, and the officer " +
		"answer " +
		"each question."
	if f.Runs.Total == 0 {
		return Answer{
			Status: StatusNotShown,
			Reason: "No runs are imported, so this could not be tested.",
			Remedy: "Import a run export of this workflow.",
		}.on(codes...)
	}
	a := Answer{}
	short, hidden := new(big.Rat), new(big.Rat) // shares of cases with a finding, and of those not shown
	var found, untested []string
	for _, code := range codes {
		i := slices.IndexFunc(f.Findings, func(c FindingCount) bool { return c.Code == code })
		if i < 0 {
			untested, hidden = append(untested, code+" was not tested"), big.NewRat(1, 1)
			continue
		}
		c := f.Findings[i]
		if c.Untested != "" {
			untested = append(untested, code+" could not be tested ("+strings.TrimSuffix(c.Untested, ".")+")")
			if c.Tested == 0 {
				hidden = big.NewRat(1, 1)
			}
		}
		if n := c.Short(); n > 0 {
			found = append(found, c.InWords())
		}
		if c.Of > 0 && (a.Counts.Of == 0 || c.Tested < a.Counts.Tested) { // the test that the log shows least of
			a.Counts.Tested = c.Tested
		}
		a.Counts.Of = max(a.Counts.Of, c.Of)
		a.Counts.Short, a.Counts.Settled = a.Counts.Short+c.Short(), a.Counts.Settled+c.Settled()
		switch {
		case c.Of > 0:
			short.Add(short, big.NewRat(int64(min(c.Short(), c.Of)), int64(c.Of)))
			if x := big.NewRat(int64(c.Of-c.Tested), int64(c.Of)); x.Cmp(hidden) > 0 {
				hidden = x
			}
		case c.Short() > 0:
			short.Add(short, big.NewRat(1, 1))
		}
	}
	a.held = new(big.Rat).Sub(new(big.Rat).Sub(big.NewRat(1, 1), short), hidden)
	if a.held.Sign() < 0 {
		a.held = new(big.Rat)
	}
	switch {
	case a.Counts.Short > a.Counts.Settled:
		a.Status, a.Remedy = StatusNotHeld, remedy
		a.Reason = fmt.Sprintf("%s: %s.", what, strings.Join(append(found, untested...), "; "))
	case len(untested) > 0:
		a.Status, a.Remedy = StatusNotShown, "Have the export carry what the test needs."
		a.Reason = fmt.Sprintf("%s: %s.", what, strings.Join(append(untested, found...), "; "))
	case a.Counts.Short > 0:
		a.Status = StatusHeldButFor
		a.Reason = fmt.Sprintf("%s: %s.", what, strings.Join(found, "; "))
	case a.Counts.Of > 0 && a.Counts.Tested == 0:
		a.Status, a.Remedy = StatusNotShown, "Have the export carry what the test needs."
		a.Reason = fmt.Sprintf("%s: not one of %s shows it.", what, count(a.Counts.Of, "case"))
	default:
		a.Status = StatusHeld
		switch {
		case a.Counts.Of == 0:
			a.Reason = fmt.Sprintf("%s: none in %s.", what, count(f.Runs.Total, "run"))
		case a.Counts.Tested < a.Counts.Of:
			a.Reason = fmt.Sprintf("%s: none in %d of %s; the others do not show it.", what, a.Counts.Tested,
				count(a.Counts.Of, "case"))
		default:
			a.Reason = fmt.Sprintf("%s: none in %s.", what, count(a.Counts.Of, "case"))
		}
	}
	return a.on(codes...)
}

// InWords is what was found, and what was said of it: "OVR-05: 9 of 260, 7
// explained by two people, 2 open".
func (c FindingCount) InWords() string {
	out := fmt.Sprintf("%s: %d", c.Code, c.Short())
	if c.Of > 0 {
		out += fmt.Sprintf(" of %d", c.Of)
	}
	explained, accepted := "explained by two people", "accepted by two people"
	answered := len(c.Said) > 0
	for _, e := range c.Said {
		answered = answered && e.Answered()
		if e.Approved != "" && !e.Signed {
			explained, accepted = "explained, a second person's approval only recorded",
				"accepted, a second person's approval only recorded"
		}
	}
	switch {
	case c.Question && answered:
		explained = "answered by an officer"
	case c.Question:
		explained = "with an answer that somebody wrote down as an officer's"
	}
	for _, part := range []struct {
		n     int
		words string
	}{
		{c.Explained, explained},
		{c.Accepted, accepted},
		{c.Done, "dealt with"},
		{c.Actioned, "with an action that is not done"},
		{c.Alone, "explained by one person only"},
		{c.Open, "open"},
	} {
		if part.n > 0 {
			out += fmt.Sprintf(", %d %s", part.n, part.words)
		}
	}
	return out
}

// releasesDecided leaves OVR-12 out where the log cannot show it: a log of
// activities does not say what was decided. OVR-R08 then asks for it, and blocks
// nothing.
func releasesDecided(f Facts) Answer {
	if !f.asked("OVR-01") {
		return notApplicable("No gate of this workflow asks for a person's decision on each run.")
	}
	if slices.ContainsFunc(f.Findings, func(c FindingCount) bool { return c.Code == "OVR-12" && c.Untested != "" }) {
		return f.shown("Release without a prior decision", "OVR-01", "OVR-02")
	}
	return Answer{}
}

func gatesComplete(f Facts) Answer {
	const remedy = "Describe each gate: what is decided, the responsible role, and the accounts of the officers " +
		"who may decide."
	if len(f.Workflow.Gates) == 0 {
		return unmet(remedy, "No gate is described, so nobody is named as deciding.")
	}
	var lack []string
	for _, g := range f.Workflow.Gates {
		for _, m := range g.Missing() {
			if m != workflow.MissingReviewTime { // a threshold, asked for by OVR-R06
				lack = append(lack, g.Title+": "+m)
			}
		}
	}
	if len(lack) > 0 {
		return unmet(remedy, "Missing: %s.", strings.Join(lack, "; "))
	}
	n := 0
	for _, g := range f.Workflow.Gates {
		n += len(g.Officers)
	}
	return met("%s, %s.", count(len(f.Workflow.Gates), "gate"), count(n, "named officer"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func recentRuns(f Facts) Answer {
	const remedy = "Export the runs of the last months from the platform and import them."
	if f.Runs.Total == 0 {
		return unmet(remedy, "No runs are imported.")
	}
	months := f.Organisation.EvidenceMonths
	if months == 0 {
		months = organisation.DefaultEvidenceMonths
	}
	var refs []string
	for _, s := range f.Sources {
		refs = append(refs, s.Ref)
	}
	last := civil.Of(f.Runs.To)
	if last.AddMonths(months).Before(f.today()) {
		return unmet(
			remedy,
			"The newest imported run is of %s; evidence counts as recent for %s.",
			last.Long(),
			count(months, "month"),
		).on(refs...)
	}
	return met(
		"%s from %s to %s, from %s.",
		count(f.Runs.Total, "run"),
		civil.Of(f.Runs.From).Long(),
		last.Long(),
		count(len(f.Sources), "file"),
	).on(refs...)
}

func fourEyes(f Facts) Answer {
	if !slices.ContainsFunc(f.Workflow.Gates, func(g workflow.Gate) bool { return g.FourEyes }) {
		return notApplicable("No gate of this workflow asks for two people.")
	}
	return Answer{}
}

func reviewTime(f Facts) Answer {
	if !f.asked("OVR-06") {
		return notApplicable("No gate of this workflow has officers read something first.")
	}
	for _, g := range f.Workflow.Gates {
		if g.MinReviewSeconds == 0 && g.HowOverseen().Timed() {
			return unmet(
				"Set the shortest time in which a meaningful review is possible at this gate.",
				"The gate %s sets no minimum review time.",
				g.Title,
			)
		}
	}
	a := f.shown("Decisions faster than the minimum", "OVR-06", "OVR-18")
	for _, m := range f.Gates {
		if m.Timed > 0 {
			a.Reason += fmt.Sprintf(" %s: median %.0f s over %d decisions.", m.Title, m.MedianSeconds, m.Timed)
		}
	}
	return a
}

func habits(f Facts) Answer {
	if !f.asked("OVR-07") {
		return notApplicable("At no gate of this workflow do officers follow the AI or not.")
	}
	if !slices.ContainsFunc(
		f.Workflow.Gates,
		func(g workflow.Gate) bool { return g.MaxStreak > 0 || g.MaxAgreement > 0 },
	) {
		return unmet(
			"Set at the gates from which streak of approvals or agreement rate on you want to be asked.",
			"No gate sets a limit for approvals in a row or for agreement.",
		)
	}
	return Answer{}
}

func gatesEnforced(f Facts) Answer {
	const remedy = "Say how each gate is held, technically where that is possible, and what shows it."
	if len(f.Workflow.Gates) == 0 {
		return unmet(remedy, "No gate is described.")
	}
	var lack []string
	for _, g := range f.Workflow.Gates {
		switch {
		case g.Enforcement == workflow.NotEnforced:
			lack = append(lack, g.Title+" is not enforced")
		case strings.TrimSpace(g.Evidence) == "":
			lack = append(lack, g.Title+" names nothing that shows its enforcement")
		case g.Enforcement == workflow.EnforcedProcedurally && f.Workflow.Account.Significant:
			lack = append(lack, g.Title+" rests on a procedure only, for a significant decision")
		}
	}
	if len(lack) > 0 {
		return unmet(remedy, "%s.", strings.Join(lack, "; "))
	}
	if f.Runs.Total > 0 {
		return Answer{} // what runs show says more than what is written
	}
	return met("%s enforced, with evidence named.", count(len(f.Workflow.Gates), "gate"))
}

func officersTrained(f Facts) Answer {
	const remedy = "Record the training of each officer, with the day until which it is valid."
	wanted := map[string]bool{}
	for _, g := range f.Workflow.Gates {
		for _, o := range g.Officers {
			wanted[o] = true
		}
	}
	if len(wanted) == 0 {
		return unmet(remedy, "No officers are named.")
	}
	trained := map[string]bool{}
	var refs []string
	for _, r := range f.Records {
		if r.Kind != review.RecordTraining || !r.Current(f.Now) {
			continue
		}
		if p, ok := f.person(r.PersonID); ok {
			for _, a := range p.Accounts {
				if wanted[a] {
					trained[a] = true
					refs = append(refs, r.Ref)
				}
			}
		}
	}
	if n := len(wanted) - len(trained); n > 0 {
		var names []string
		for o := range wanted {
			if !trained[o] {
				names = append(names, o)
			}
		}
		slices.Sort(names)
		if len(names) > 5 {
			names = append(names[:5], fmt.Sprintf("and %d more", n-5))
		}
		return unmet(
			remedy,
			"%d of %d officers have no current training on record: %s.",
			n,
			len(wanted),
			strings.Join(names, ", "),
		)
	}
	return met("All %d officers have current training on record.", len(wanted)).on(refs...)
}

func accountComplete(f Facts) Answer {
	if lack := f.Workflow.Account.Missing(); len(lack) > 0 {
		return unmet(
			"Write the missing parts of the account, for a resident to read.",
			"Missing: %s.",
			strings.Join(lack, "; "),
		)
	}
	return met(
		"The account says what it does, with what data, for which decisions, how, what not, and how to challenge it.",
	)
}

// maxSentence is the longest mean sentence, in words, that still counts as plain.
const maxSentence = 20

func shortSentences(f Facts) Answer {
	a := f.Workflow.Account
	text := strings.Join([]string{a.Purpose, a.Decisions, a.HowItWorks, a.Limits, a.ChallengeTool, a.Challenge}, ". ")
	if strings.Trim(text, ". ") == "" {
		return unmet("Write the account.", "There is no account to read.")
	}
	words, sentences := 0, 0
	for _, s := range strings.FieldsFunc(
		text, func(r rune) bool { return r == '.' || r == '!' || r == '?' || r == ';' || r == '\n' },
	) {
		if n := len(strings.Fields(s)); n > 0 {
			words, sentences = words+n, sentences+1
		}
	}
	if sentences == 0 {
		return unmet("Write the account.", "There is no account to read.")
	}
	mean := float64(words) / float64(sentences)
	if mean > maxSentence {
		return unmet(
			"Shorten the sentences of the account: one thought each.",
			"The mean sentence has %.1f words; at most %d are plain enough.",
			mean,
			maxSentence,
		)
	}
	return met("The mean sentence has %.1f words (limit %d).", mean, maxSentence)
}

func (f Facts) document(kinds ...evidence.Kind) (evidence.Evidence, bool) {
	for _, e := range f.Evidence {
		if slices.Contains(kinds, e.Kind) &&
			e.Supports(review.Subject{Kind: review.SubjectWorkflow, Ref: f.Workflow.Ref}, f.Now) {
			return e, true
		}
	}
	return evidence.Evidence{}, false
}

func noticeOnFile(f Facts) Answer {
	if e, ok := f.document(evidence.KindNotice); ok {
		return met("%s %s.", e.Ref, e.Title).on(e.Ref)
	}
	return unmet(
		"Attach the privacy notice or letter that tells people, as evidence for this workflow.",
		"No approved notice to the people concerned is on file.",
	)
}

func scopeDeclared(f Facts) Answer {
	lack := f.Workflow.KSB.Missing()
	if len(f.Workflow.KSB.Activities) == 0 {
		lack = append(lack, "activities as logs name them")
	}
	if len(f.Workflow.Account.DataSources) == 0 {
		lack = append(lack, "data sources as logs name them")
	}
	if strings.TrimSpace(f.Workflow.Platform) == "" {
		lack = append(lack, "the platform that it runs on")
	}
	if len(lack) > 0 {
		return unmet(
			"Complete the profile of knowledge, skills and behaviours, and name activities and data sources as "+
				"the log does.",
			"Missing: %s.",
			strings.Join(lack, "; "),
		)
	}
	k := f.Workflow.KSB
	return met(
		"%d knowledge, %d skills, %d behaviours; %s, %s, %d data sources declared.",
		len(k.Knowledge),
		len(k.Skills),
		len(k.Behaviours),
		strings.Replace(count(len(k.Activities), "activity"), "activitys", "activities", 1),
		count(len(k.Tools), "tool"),
		len(f.Workflow.Account.DataSources),
	)
}

func transparencyRecord(f Facts) Answer {
	if url := f.Workflow.Account.ATRSURL; url != "" {
		return met("Published at %s.", url)
	}
	if !f.Workflow.Account.Significant {
		return notApplicable(
			"The workflow informs no decision with a legal or similarly significant effect; a record is voluntary.",
		)
	}
	return unmet(
		"Publish an algorithmic transparency record and enter its address.",
		"No transparency record is published for a workflow that informs significant decisions.",
	)
}

func publicContact(f Facts) Answer {
	if strings.TrimSpace(f.Organisation.Contact) == "" {
		return unmet(
			"Enter in the organisation's settings how the public reaches somebody.",
			"No public contact is recorded.",
		)
	}
	return met("%s.", f.Organisation.Contact)
}

func reviewsHeld(f Facts) Answer {
	var refs, late []string
	for _, s := range f.Schedules {
		if s.WorkflowID != f.Workflow.ID || !s.Active {
			continue
		}
		refs = append(refs, s.Ref)
		if s.Overdue(f.Now) {
			late = append(late, fmt.Sprintf("%s was due on %s", s.Ref, s.Next.Long()))
		}
	}
	if len(refs) == 0 {
		return unmet("Set a review schedule for this workflow.", "No review is scheduled.")
	}
	if len(late) > 0 {
		return unmet("Hold the review and record it.", "Overdue: %s.", strings.Join(late, "; ")).on(refs...)
	}
	var last review.Review
	for _, r := range f.Reviews {
		if r.WorkflowID == f.Workflow.ID && r.Kind == review.KindWorkflow && r.On > last.On {
			last = r
		}
	}
	if last.On.IsZero() {
		// A workflow that went live less than a year ago may be waiting for its first review.
		if !f.Workflow.LiveSince.IsZero() && f.Workflow.LiveSince.AddMonths(12).Before(f.today()) {
			return unmet(
				"Hold the first review and record it.",
				"Live since %s, but no review is recorded.",
				f.Workflow.LiveSince.Long(),
			).on(refs...)
		}
		return met("Scheduled; the first review is not due yet.").on(refs...)
	}
	if last.Conclusion == review.ConclusionPause || last.Conclusion == review.ConclusionRetire {
		if f.Workflow.Lifecycle == workflow.LifecycleLive || f.Workflow.Lifecycle == workflow.LifecycleTrial {
			return unmet(
				"Do what the review concluded, or hold another one.",
				"%s of %s concluded to %s the workflow, which still runs.",
				last.Ref,
				last.On.Long(),
				last.Conclusion,
			).on(last.Ref)
		}
	}
	return met("%s held on %s; next reviews are scheduled.", last.Ref, last.On.Long()).on(append(refs, last.Ref)...)
}

func actionsOnTime(f Facts) Answer {
	var late []string
	open := 0
	for _, a := range f.Actions {
		if a.WorkflowID != f.Workflow.ID || a.Status != review.ActionOpen {
			continue
		}
		open++
		if a.Overdue(f.Now) {
			late = append(late, a.Ref)
		}
	}
	if len(f.Actions) == 0 && len(f.Reviews) == 0 {
		return notApplicable("No review was held and no action is recorded: nothing shows whether actions are done.")
	}
	if len(late) > 0 {
		return unmet(
			"Finish these actions, or agree a new date with a reason.",
			"Overdue: %s.",
			strings.Join(late, ", "),
		).on(late...)
	}
	return met("%s open, none overdue.", count(open, "action"))
}

// concernDays is how long a concern may wait for an answer.
const concernDays = 30

func recordsDealtWith(f Facts) Answer {
	var late, refs []string
	if len(f.Reviews) == 0 && !slices.ContainsFunc(f.Records, func(r review.Record) bool {
		return r.Kind == review.RecordIncident || r.Kind == review.RecordNonconformity || r.Kind == review.RecordConcern
	}) {
		return notApplicable("No review was held, and no incident, nonconformity or concern is recorded; that does " +
			"not show that there was none.")
	}
	for _, r := range f.Records {
		if r.Status != review.RecordOpen || r.WorkflowID != "" && r.WorkflowID != f.Workflow.ID {
			continue
		}
		switch r.Kind {
		case review.RecordIncident, review.RecordNonconformity, review.RecordConcern:
			due := r.Due
			if due.IsZero() {
				due = r.Date.AddDays(concernDays)
			}
			if due.Before(f.today()) {
				late = append(late, fmt.Sprintf("%s %s", r.Ref, r.Title))
				refs = append(refs, r.Ref)
			}
		}
	}
	if len(late) > 0 {
		return unmet(
			"Find the cause, put it right, say whether it worked, and close the record.",
			"Open past their date: %s.",
			strings.Join(late, "; "),
		).on(refs...)
	}
	return met("No incident, nonconformity or concern is open past its date.")
}

func heldThisYear(k review.RecordKind, name string) func(Facts) Answer {
	return func(f Facts) Answer {
		var last review.Record
		for _, r := range f.Records {
			if r.Kind == k && r.Status == review.RecordClosed &&
				(r.WorkflowID == "" || r.WorkflowID == f.Workflow.ID) &&
				r.Date > last.Date &&
				r.Date <= f.today() {
				last = r
			}
		}
		if last.Date.IsZero() || last.Date.AddMonths(12).Before(f.today()) {
			return unmet(
				"Hold "+name+" that covers this workflow and record its results.",
				"The register holds no finished record of %s in the last twelve months.",
				name,
			)
		}
		return met("%s of %s.", last.Ref, last.Date.Long()).on(last.Ref)
	}
}

func changesReviewed(f Facts) Answer {
	for _, c := range f.Workflow.Changes {
		if strings.TrimSpace(c.ReviewedBy) == "" {
			return unmet(
				"Have the change reviewed and enter by whom.",
				"The change of the %s to %s on %s names no reviewer.",
				c.What,
				c.To,
				c.Date.Long(),
			)
		}
	}
	return Answer{}
}

func soaComplete(f Facts) Answer {
	const remedy = "Decide for each of the 38 Annex A controls whether it applies, why, and how far it is in place."
	controls := standard.Items(standard.FamilyAnnexA)
	good := map[string]bool{}
	for _, r := range f.SoA {
		if r.Validate() == nil && r.ApprovedBy != "" && !r.ReviewDue.Before(f.today()) {
			good[r.ControlID] = true
		}
	}
	if len(good) < len(controls) {
		return unmet(remedy, "%d of %d controls are decided and approved.", len(good), len(controls))
	}
	return met("All %d controls are decided and approved.", len(controls))
}

// Task is what the requirement with a code asks for, in a few words; empty for
// a code that is not in the Registry.
func Task(code string) string { return words[code].task }

// Readiness answers every requirement for one workflow.
func Readiness(f Facts) Report {
	f.Workflow = f.Workflow.Confirmed()
	r := Report{
		WorkflowID: f.Workflow.ID,
		Ref:        f.Workflow.Ref,
		Name:       f.Workflow.Name,
		At:         f.Now.UTC().Truncate(time.Second),
		Blocking:   []Result{},
		Next:       []Step{},
	}
	for _, a := range standard.Areas {
		r.Areas = append(r.Areas, AreaScore{Area: a, Title: a.Title(), Results: []Result{}})
	}
	var later []Step
	for _, q := range Registry {
		a := q.Answer(f)
		if a.Subjects == nil {
			a.Subjects = []string{}
		}
		res := Result{
			Code:     q.Code,
			Title:    q.Title,
			Area:     q.Area,
			Clauses:  q.Serves(),
			Blocking: q.Blocking,
			Status:   a.Status,
			Counts:   a.Counts,
			Reason:   a.Reason,
			Remedy:   a.Remedy,
			Subjects: a.Subjects,
			Where:    q.Where,
			Task:     words[q.Code].task,
			Good:     words[q.Code].good,
		}
		if task := notShown[q.Code]; task != "" && a.Status == StatusNotShown {
			res.Task = task
		}
		s := &r.Areas[slices.Index(standard.Areas, q.Area)]
		s.Results = append(s.Results, res)
		if a.Status == StatusNotApplicable {
			continue
		}
		s.Applicable++
		r.Applicable++
		s.held.Add(&s.held, a.share())
		if a.Status.Whole() {
			s.Met++
			r.Met++
		}
		if a.Status.Stands() {
			continue
		}
		step := Step{Code: q.Code, Area: q.Area, Blocking: q.Blocking, Task: res.Task, Text: a.Remedy, Where: q.Where}
		if q.Blocking {
			r.Blocking = append(r.Blocking, res)
			r.Next = append(r.Next, step)
		} else {
			later = append(later, step)
		}
	}
	for i := range r.Areas {
		r.Areas[i].Percent = meanPercent(r.Areas[i : i+1])
	}
	r.Next = append(r.Next, later...)
	r.Percent = meanPercent(r.Areas)
	return r
}
