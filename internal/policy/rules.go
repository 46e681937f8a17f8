package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
)

// Checklist is what a policy of a kind should cover. For the AI policy it
// follows, in our words, what ISO/IEC 42001 clause 5.2 and the AI Playbook ask
// an organisation to decide; it is a help for reading, not a test of conformity.
func Checklist(k Kind) []ChecklistItem {
	if k == KindAI {
		return slices.Clone(aiChecklist)
	}
	return slices.Clone(commonChecklist)
}

var commonChecklist = []ChecklistItem{
	{"purpose", "Why there is a policy", "One paragraph that names the aim and whom it protects."},
	{"scope", "Who and what it covers", "Services, staff, suppliers and systems, and what is outside."},
	{"roles", "Who is responsible for what", "Named roles, one accountable person."},
	{"rules", "What must and must not be done", "Rules that a member of staff can follow without asking."},
	{"ai", "How it applies to AI", "A sentence that says what changes when AI is used."},
	{"review", "When it is reviewed", "An interval, and events that bring a review forward."},
}

var aiChecklist = []ChecklistItem{
	{
		"purpose",
		"Why the organisation uses AI",
		"Aims that fit the organisation's own plan, not a supplier's brochure.",
	},
	{"scope", "Which AI, services and people it covers", "Bought, built and built-in AI; staff, members, contractors."},
	{"principles", "Principles for responsible use", "A short list that people can remember, each with an example."},
	{"allowed", "What AI may be used for", "Kinds of task, with the conditions for each."},
	{
		"forbidden",
		"What AI must not be used for",
		"Clear prohibitions, such as a significant decision with no person in it.",
	},
	{"law", "Commitment to the law that applies", "Data protection, equality, freedom of information, records."},
	{"risk", "How risks are assessed and accepted", "Who assesses, who accepts, the appetite, when to stop."},
	{
		"impact",
		"How effects on people are assessed",
		"Data protection, impact and equality assessments and who signs them.",
	},
	{"oversight", "How people oversee AI", "Gates, named officers, time to think, power to say no."},
	{
		"transparency",
		"What residents are told",
		"Plain-language accounts, transparency records, explanations, how to challenge.",
	},
	{"data", "Which data may be used", "Minimisation, quality, special category data, suppliers' use of data."},
	{"security", "How AI is kept secure", "Access, testing, incidents, suppliers."},
	{"skills", "What staff must know", "Training by role, before access."},
	{"suppliers", "What is asked of suppliers", "Duties in the contract, evidence, exit."},
	{"concerns", "How to raise a concern", "A route for staff and one for the public, without fear of reprisal."},
	{"objectives", "How objectives are set and measured", "Objectives that can be measured, with an owner."},
	{"improvement", "How the approach is improved", "Reviews, audits, learning from incidents."},
	{"review", "When the policy is reviewed and by whom", "An interval, and events that bring a review forward."},
}

var numberPattern = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,3}){0,2}$`)

// Validate says what is wrong with a policy as a whole. It holds for every
// policy in a register, however it came there.
func (p Policy) Validate() error {
	var bad fault.Fields
	add := bad.Addf
	if strings.TrimSpace(p.Title) == "" {
		add("title", "Enter the policy title.")
	}
	if !slices.Contains(Kinds, p.Kind) {
		add("kind", "Choose what the policy is about.")
	}
	if p.ReviewEveryMonths < 0 || p.ReviewEveryMonths > 60 {
		add("review_every_months", "Enter a review interval between 1 and 60 months, or 0 for none.")
	}
	if p.StaffInScope < 0 {
		add("staff_in_scope", "Enter how many people should attest, 0 or more.")
	}
	numbers, inForce := map[string]bool{}, 0
	for i, v := range p.Versions {
		at := func(f string) string { return fmt.Sprintf("versions[%d].%s", i, f) }
		if !numberPattern.MatchString(v.Number) {
			add(at("number"), "Enter a version number such as 1.2.")
		} else if numbers[v.Number] {
			add(at("number"), "Version %s is there twice; give each version its own number.", v.Number)
		}
		numbers[v.Number] = true
		if v.Supersedes != "" && (v.Supersedes == v.Number || !numbers[v.Supersedes]) {
			add(
				at("supersedes"),
				"Version %s supersedes %s, which is no earlier version of this policy.",
				v.Number,
				v.Supersedes,
			)
		}
		switch v.Status {
		case StatusDraft, StatusInReview:
		case StatusApproved, StatusInForce, StatusSuperseded:
			if v.ApprovedBy == "" || v.ApprovedOn.IsZero() {
				add(at("approved_by"), "Version %s is %s; enter who approved it and when.", v.Number, words(v.Status))
			}
			if v.ApprovedBy != "" && v.ApprovedBy == v.SubmittedBy {
				add(
					at("approved_by"),
					"The person who submitted version %s cannot approve it; name somebody else.",
					v.Number,
				)
			}
			if v.Status != StatusApproved && v.InForceFrom.IsZero() {
				add(at("in_force_from"), "Enter since when version %s has been in force.", v.Number)
			}
			if v.InForceFrom.Before(v.ApprovedOn) {
				add(at("in_force_from"), "Version %s cannot be in force before it was approved.", v.Number)
			}
		case StatusWithdrawn:
			if v.EndedReason == "" {
				add(at("ended_reason"), "Enter why version %s was withdrawn.", v.Number)
			}
		default:
			add(at("status"), "Choose the status of version %s.", v.Number)
		}
		if v.Status == StatusInForce {
			if inForce++; inForce == 2 {
				add(at("status"), "Two versions are in force; only one can be.")
			}
		}
		items := Checklist(p.Kind)
		answered := map[string]bool{}
		for j, a := range v.Checklist {
			name := at(fmt.Sprintf("checklist[%d].item", j))
			if !slices.ContainsFunc(items, func(c ChecklistItem) bool { return c.Code == a.Item }) {
				add(name, "There is no check-list item %q for this kind of policy.", a.Item)
			} else if answered[a.Item] {
				add(name, "The check-list item %q is answered twice.", a.Item)
			}
			answered[a.Item] = true
		}
	}
	for i, a := range p.Attestations {
		if !numbers[a.Version] {
			add(
				fmt.Sprintf("attestations[%d].version", i),
				"Attestation of version %q, which this policy does not have.",
				a.Version,
			)
		}
	}
	linked := map[string]bool{}
	for i, l := range p.Links {
		if strings.TrimSpace(l.Reason) == "" {
			add(fmt.Sprintf("links[%d].reason", i), "Say why the policy applies to this workflow.")
		}
		if linked[l.WorkflowID] {
			add(fmt.Sprintf("links[%d].workflow_id", i), "The policy is linked to the same workflow twice.")
		}
		linked[l.WorkflowID] = true
	}
	return bad.Err()
}

func words(s Status) string { return strings.ReplaceAll(string(s), "_", " ") }

// Version gives one version by its number.
func (p Policy) Version(number string) (Version, bool) {
	if i := p.index(number); i >= 0 {
		return p.Versions[i], true
	}
	return Version{}, false
}

func (p Policy) index(number string) int {
	return slices.IndexFunc(p.Versions, func(v Version) bool { return v.Number == number })
}

// InForce is the version in force on a day.
func (p Policy) InForce(on civil.Date) (Version, bool) {
	for _, v := range p.Versions {
		if v.Status == StatusInForce && v.InForceFrom <= on {
			return v, true
		}
	}
	return Version{}, false
}

// InForceThen is the version that was in force on a day that may have passed: one
// that has ended since counts until the day before it ended.
func (p Policy) InForceThen(day civil.Date) (Version, bool) {
	var out Version
	for _, v := range p.Versions {
		if v.InForceFrom.IsZero() || day.Before(v.InForceFrom) || !v.EndedOn.IsZero() && !day.Before(v.EndedOn) {
			continue
		}
		if !v.InForceFrom.Before(out.InForceFrom) {
			out = v
		}
	}
	return out, out.Number != ""
}

// Status is the state of the policy: of the version in force, else of the newest.
func (p Policy) Status() Status {
	for _, v := range p.Versions {
		if v.Status == StatusInForce {
			return StatusInForce
		}
	}
	if n := len(p.Versions); n > 0 {
		return p.Versions[n-1].Status
	}
	return StatusDraft
}

// PastReview tells whether the policy should have been reviewed before today.
func (p Policy) PastReview(now time.Time) bool { return p.NextReview.Before(civil.Of(now)) }

// AppliesTo gives the link to a workflow, if there is one.
func (p Policy) AppliesTo(workflowID string) (Link, bool) {
	for _, l := range p.Links {
		if l.WorkflowID == workflowID {
			return l, true
		}
	}
	return Link{}, false
}

// Attested counts how many different people attested a version.
func (p Policy) Attested(number string) int {
	names := map[string]bool{}
	for _, a := range p.Attestations {
		if a.Version == number {
			names[strings.ToLower(strings.TrimSpace(a.PersonName))] = true
		}
	}
	return len(names)
}

// Covered counts the check-list items that a version covers, of how many.
func (v Version) Covered(k Kind) (covered, of int) {
	for _, a := range v.Checklist {
		if a.Covered {
			covered++
		}
	}
	return covered, len(Checklist(k))
}

// with returns a copy of p whose version i is v; no slice is shared with p.
func (p Policy) with(i int, v Version) Policy {
	p.Versions = slices.Clone(p.Versions)
	p.Versions[i] = v
	return p
}

// AddVersion adds a new draft. Its number must be new.
func (p Policy) AddVersion(v Version) (Policy, error) {
	if !numberPattern.MatchString(v.Number) {
		return p, fault.Invalid("number", "Enter a version number such as 1.2.")
	}
	if p.index(v.Number) >= 0 {
		return p, fault.Conflict("Version %s is already there; give the draft another number.", v.Number)
	}
	for _, o := range p.Versions {
		if o.Status == StatusDraft || o.Status == StatusInReview {
			return p, fault.Conflict(
				"Version %s is still %s; finish or withdraw it before starting another.",
				o.Number,
				words(o.Status),
			)
		}
	}
	v.Status = StatusDraft
	p.Versions = append(slices.Clone(p.Versions), v)
	return p, nil
}

// Revise replaces the text of a draft. Only drafts can be changed: whoever
// approved a version must find it as they approved it.
func (p Policy) Revise(v Version) (Policy, error) {
	i, err := p.at(v.Number, StatusDraft, "changed")
	if err != nil {
		return p, err
	}
	v.Status = StatusDraft
	return p.with(i, v), nil
}

func (p Policy) at(number string, want Status, verb string) (int, error) {
	i := p.index(number)
	if i < 0 {
		return 0, fault.NotFound("policy version", p.Ref+" "+number)
	}
	if s := p.Versions[i].Status; s != want {
		return 0, fault.Conflict(
			"Version %s is %s; only a version that is %s can be %s.",
			number,
			words(s),
			words(want),
			verb,
		)
	}
	return i, nil
}

// Submit hands a draft over for approval. by is the person's id.
func (p Policy) Submit(number, by string, now time.Time) (Policy, error) {
	i, err := p.at(number, StatusDraft, "submitted")
	if err != nil {
		return p, err
	}
	v := p.Versions[i]
	var bad fault.Fields
	for _, f := range []struct{ name, text, ask string }{
		{"owner_id", p.OwnerID, "Name the person who is accountable for the policy."},
		{"approval_route", p.ApprovalRoute, "Enter who has to approve the policy."},
		{"purpose", v.Purpose, "Enter the purpose of the policy."},
		{"scope", v.Scope, "Enter whom and what the policy covers."},
	} {
		if strings.TrimSpace(f.text) == "" {
			bad.Add(f.name, f.ask)
		}
	}
	if p.Kind == KindAI {
		if len(v.ForbidUses) == 0 {
			bad.Add("forbidden_uses", "Enter at least one use of AI that the policy forbids.")
		}
		if strings.TrimSpace(v.Oversight) == "" {
			bad.Add("oversight", "Enter how people oversee AI.")
		}
	}
	if err := bad.Err(); err != nil {
		return p, err
	}
	v.Status, v.SubmittedBy, v.SubmittedOn = StatusInReview, by, civil.Of(now)
	return p.with(i, v), nil
}

// Return sends a submitted version back to its author.
func (p Policy) Return(number string) (Policy, error) {
	i, err := p.at(number, StatusInReview, "returned")
	if err != nil {
		return p, err
	}
	v := p.Versions[i]
	v.Status, v.SubmittedBy, v.SubmittedOn = StatusDraft, "", ""
	return p.with(i, v), nil
}

// ApprovalContent is what an approval of a version covers: what the version says,
// and nothing that happens to it afterwards.
func (p Policy) ApprovalContent(number string) ([]byte, error) {
	v, ok := p.Version(number)
	if !ok {
		return nil, fault.NotFound("policy version", p.Ref+" "+number)
	}
	v = tidy(v)
	v.Status, v.Approval, v.Attachments = "", approval.Approval{}, nil
	v.ApprovedBy, v.ApprovedRole, v.ApprovedOn, v.Minute = "", "", "", ""
	v.InForceFrom, v.EndedOn, v.EndedReason, v.Supersedes = "", "", "", ""
	b, err := json.Marshal(struct {
		Policy  string  `json:"policy"` // identifier
		Version Version `json:"version"`
	}{p.ID, v})
	if err != nil {
		return nil, fmt.Errorf("write down what is approved: %w", err)
	}
	return b, nil
}

// WithApprovalsOf takes the approvals that was has: nobody but Approve makes one.
func (p Policy) WithApprovalsOf(was Policy) Policy {
	p.Versions = slices.Clone(p.Versions)
	for i := range p.Versions {
		v, _ := was.Version(p.Versions[i].Number)
		p.Versions[i].Approval = v.Approval
	}
	return p
}

// Approve records the approval of a submitted version. Who submitted it cannot
// approve it.
func (p Policy) Approve(number string, a Approval) (Policy, error) {
	i, err := p.at(number, StatusInReview, "approved")
	if err != nil {
		return p, err
	}
	v := p.Versions[i]
	if a.PersonID == "" {
		return p, fault.Invalid("approved_by", "Name the person who approves.")
	}
	if a.PersonID == v.SubmittedBy {
		return p, fault.Forbidden("The person who submitted version %s cannot approve it; ask somebody else.", number)
	}
	if strings.TrimSpace(a.Role) == "" {
		return p, fault.Invalid("approved_role", "Enter the role in which the person approves.")
	}
	v.Status, v.ApprovedBy, v.ApprovedRole, v.ApprovedOn, v.Minute = StatusApproved, a.PersonID, a.Role, civil.Of(
		a.On,
	), a.Minute
	v.Approval = a.Record
	return p.with(i, v), nil
}

// BringIntoForce puts an approved version in force from a day that is not after
// today; the version that was in force until then is superseded, and the next
// review is set from the policy's interval.
func (p Policy) BringIntoForce(number string, from civil.Date, now time.Time) (Policy, error) {
	i, err := p.at(number, StatusApproved, "brought into force")
	if err != nil {
		return p, err
	}
	v := p.Versions[i]
	switch {
	case from.IsZero():
		return p, fault.Invalid("in_force_from", "Enter the day from which the policy is in force.")
	case from.Before(v.ApprovedOn):
		return p, fault.Invalid(
			"in_force_from",
			"The policy cannot be in force before it was approved, on "+v.ApprovedOn.Long()+".",
		)
	case civil.Of(now).Before(from):
		return p, fault.Invalid("in_force_from", "That day has not come; bring the policy into force on or after it.")
	}
	v.Status, v.InForceFrom = StatusInForce, from
	p = p.with(i, v)
	for j, o := range p.Versions {
		if j != i && o.Status == StatusInForce {
			o.Status, o.EndedOn, o.EndedReason = StatusSuperseded, from, "superseded by version "+number
			p.Versions[j] = o
			p.Versions[i].Supersedes = o.Number
		}
	}
	if p.ReviewEveryMonths > 0 {
		p.NextReview = from.AddMonths(p.ReviewEveryMonths)
	}
	return p, nil
}

// Withdraw ends a version that is not superseded.
func (p Policy) Withdraw(number, reason string, now time.Time) (Policy, error) {
	i := p.index(number)
	if i < 0 {
		return p, fault.NotFound("policy version", p.Ref+" "+number)
	}
	v := p.Versions[i]
	if v.Status == StatusSuperseded || v.Status == StatusWithdrawn {
		return p, fault.Conflict("Version %s is already %s.", number, words(v.Status))
	}
	if strings.TrimSpace(reason) == "" {
		return p, fault.Invalid("reason", "Enter why the version is withdrawn.")
	}
	v.Status, v.EndedOn, v.EndedReason = StatusWithdrawn, civil.Of(now), reason
	return p.with(i, v), nil
}

// Reviewed records that the policy was reviewed on a day and sets the next review.
func (p Policy) Reviewed(on civil.Date) (Policy, error) {
	if p.ReviewEveryMonths == 0 {
		return p, fault.Invalid("review_every_months", "Enter how often the policy is reviewed.")
	}
	p.NextReview = on.AddMonths(p.ReviewEveryMonths)
	return p, nil
}

// AddLink applies the policy to a workflow.
func (p Policy) AddLink(workflowID, reason string, now time.Time) (Policy, error) {
	if strings.TrimSpace(reason) == "" {
		return p, fault.Invalid("reason", "Say why the policy applies to this workflow.")
	}
	if _, ok := p.AppliesTo(workflowID); ok {
		return p, fault.Conflict("The policy is already linked to this workflow.")
	}
	p.Links = append(slices.Clone(p.Links), Link{WorkflowID: workflowID, Reason: reason, LinkedOn: civil.Of(now)})
	return p, nil
}

// RemoveLink ends the policy's application to a workflow.
func (p Policy) RemoveLink(workflowID string) (Policy, error) {
	if _, ok := p.AppliesTo(workflowID); !ok {
		return p, fault.Conflict("The policy is not linked to this workflow.")
	}
	p.Links = slices.DeleteFunc(slices.Clone(p.Links), func(l Link) bool { return l.WorkflowID == workflowID })
	return p, nil
}

// Communicate records that the policy was made known.
func (p Policy) Communicate(c Communication) (Policy, error) {
	if c.Date.IsZero() || strings.TrimSpace(c.Audience) == "" || strings.TrimSpace(c.How) == "" {
		return p, fault.Invalid("communication", "Enter when the policy was communicated, to whom and how.")
	}
	p.Communications = append(slices.Clone(p.Communications), c)
	return p, nil
}

// Attest records that a person has read a version that was approved.
func (p Policy) Attest(a Attestation) (Policy, error) {
	v, ok := p.Version(a.Version)
	switch {
	case !ok:
		return p, fault.NotFound("policy version", p.Ref+" "+a.Version)
	case v.ApprovedOn.IsZero():
		return p, fault.Conflict("Version %s is not approved; people attest approved versions.", a.Version)
	case strings.TrimSpace(a.PersonName) == "" || a.Date.IsZero():
		return p, fault.Invalid("person_name", "Enter who attests and when.")
	}
	p.Attestations = append(slices.Clone(p.Attestations), a)
	return p, nil
}

// onward is how the status of an approved version may change.
var onward = map[Status][]Status{
	StatusApproved:   {StatusApproved, StatusInForce, StatusWithdrawn},
	StatusInForce:    {StatusInForce, StatusSuperseded, StatusWithdrawn},
	StatusSuperseded: {StatusSuperseded},
	StatusWithdrawn:  {StatusWithdrawn},
}

// Keeps refuses an edit that would change what somebody approved: was is the
// policy before it. What an approved version says and who approved it stay as
// they are; its status only moves onward; a new version says it anew.
func (p Policy) Keeps(was Policy) error {
	for _, o := range was.Versions {
		next, decided := onward[o.Status]
		if !decided {
			continue
		}
		v, there := p.Version(o.Number)
		if !there {
			return fault.Conflict("Version %s of %s is %s and cannot be removed.", o.Number, was.Ref, words(o.Status))
		}
		if !slices.Contains(next, v.Status) {
			return fault.Conflict(
				"Version %s of %s is %s and cannot become %s.",
				o.Number,
				was.Ref,
				words(o.Status),
				words(v.Status),
			)
		}
		// What happens to a version after its approval may be added.
		v.Status, v.EndedOn, v.EndedReason, v.Attachments = o.Status, o.EndedOn, o.EndedReason, o.Attachments
		if o.InForceFrom.IsZero() {
			v.InForceFrom, v.Supersedes = "", o.Supersedes
		}
		if !reflect.DeepEqual(tidy(v), tidy(o)) {
			return fault.Conflict(
				"Version %s of %s is %s and cannot be edited; add a new version.",
				o.Number,
				was.Ref,
				words(o.Status),
			)
		}
	}
	return nil
}

// tidy makes empty lists of absent ones, which mean the same.
func tidy(v Version) Version {
	for _, l := range []*[]string{&v.Principles, &v.AllowedUses, &v.ForbidUses, &v.Attachments} {
		if *l == nil {
			*l = []string{}
		}
	}
	if v.Checklist == nil {
		v.Checklist = []CheckAnswer{}
	}
	return v
}
