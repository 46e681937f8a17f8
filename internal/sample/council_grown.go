package sample

import (
	"fmt"
	"strconv"
	"strings"

	"assay/internal/civil"
	"assay/internal/risk"
)

// Grown is an apply file that adds workflows to the sample council, so that
// screens and queries can be measured on a register of a large organisation: each
// has the gates of one of the six, an approved assessment of ten risks, a review
// schedule and a policy. It is applied after the council's own file; the keys are
// grown-001 and so on, and CastOf(GrownCast(i)) names the cast behind the i-th.
func Grown(on civil.Date, workflows int) ([]byte, error) {
	b := &sheet{on: on}
	b.p("# Further workflows of %s, for measuring. All of it is invented.\nassay: apply/1\n\nworkflows:\n", CouncilName)
	for i := range workflows {
		if err := b.grownWorkflow(i); err != nil {
			return nil, err
		}
	}
	b.grownPolicy(workflows)
	b.p("\nassessments:\n")
	for i := range workflows {
		b.grownAssessment(i)
	}
	b.p("\nschedules:\n")
	for i := range workflows {
		b.p(
			"  - {key: %s, kind: workflow, workflow: %s, owner: t-wieland, every_months: 6, next: %s}\n",
			GrownKey(i),
			GrownKey(i),
			on.AddDays(i%200-20),
		)
	}
	return []byte(b.String()), nil
}

// sheet is an apply file that is being written, as of a day.
type sheet struct {
	strings.Builder
	on     civil.Date
	linked string // the linked assessments of each assessment, as lines; empty: none
}

func (b *sheet) p(format string, args ...any) { fmt.Fprintf(b, format, args...) }

func (b *sheet) grownWorkflow(i int) error {
	cast, _ := CastOf(GrownCast(i))
	gates, err := gatesBlock(cast.Key)
	if err != nil {
		return err
	}
	b.p(
		"  - key: %s\n    name: %s %d\n    service: %s\n    platform: %s\n    platform_id: %s-%03d\n    "+
			"version: %q\n    lifecycle: live\n    live_since: %s\n    owner: a-okafor\n",
		GrownKey(
			i,
		),
		cast.Name,
		i+2,
		cast.Service,
		cast.Platform,
		cast.PlatformID,
		i+1,
		cast.Version,
		b.on.AddMonths(-14-i%20),
	)
	b.p(
		"    account:\n      purpose: It does for district %d what the first one does for the town.\n      "+
			"data_used: [the request, the record]\n      data_sources: %s\n      decisions: An officer "+
			"decides what follows.\n      how_it_works: It reads the request and makes a proposal.\n      "+
			"limits: It decides nothing by itself.\n      challenge_tool: Write to the service and ask for an "+
			"officer.\n      challenge: Use the council's complaints procedure.\n      lawful_basis: Public task\n",
		i+2,
		list(cast.Sources),
	)
	b.p(
		"    ksb:\n      knowledge: [the service's rules]\n      skills: [reading requests]\n      "+
			"behaviours: [says what it cannot read]\n%s\n",
		gates,
	)
	return nil
}

func (b *sheet) grownPolicy(workflows int) {
	b.p(
		"\npolicies:\n  - key: grown-policy\n    title: AI in the districts\n    kind: ai\n    owner: a-okafor\n  "+
			"  review_every_months: 12\n    next_review: %s\n    versions:\n",
		b.on.AddMonths(6),
	)
	b.p(
		"      - {number: 1.0, status: in_force, purpose: Extend the policy to the districts., scope: All "+
			"districts., submitted_by: p-ravenscroft, approved_by: m-hollis, approved_role: Chief Executive, "+
			"approved_on: %s, in_force_from: %s}\n    links:\n",
		b.on.AddMonths(-20),
		b.on.AddMonths(-20),
	)
	for i := range workflows {
		b.p("      - {workflow: %s, reason: It covers the districts, linked_on: %s}\n",
			GrownKey(i), b.on.AddMonths(-40))
	}
}

func (b *sheet) grownAssessment(i int) {
	cast, _ := CastOf(GrownCast(i))
	b.assessment(GrownKey(i), cast.Version, "a-okafor", 10, func(j int) (likelihood, impact int) {
		return 2 + (i+j)%4, 2 + (i*3+j)%4
	})
}

// assessment writes an approved assessment of the first risks of the catalogue.
func (b *sheet) assessment(key, version, owner string, risks int, rate func(j int) (likelihood, impact int)) {
	b.p(
		"  - key: %s\n    workflow: %s\n    workflow_version: %q\n    method: Likelihood and impact from 1 to "+
			"5.\n    status: approved\n    prepared_by: p-ravenscroft\n    prepared_on: %s\n    reviewed_by: "+
			"t-wieland\n    reviewed_on: %s\n    approved_by: a-okafor\n    approved_on: %s\n    review_due: "+
			"%s\n",
		key,
		key,
		version,
		b.on.AddMonths(-4),
		b.on.AddMonths(-4),
		b.on.AddMonths(-3),
		b.on.AddMonths(9),
	)
	b.p("%s    risks:\n", b.linked)
	for j, e := range risk.Catalogue()[:risks] {
		l, m := rate(j)
		b.p(
			"      - {key: %s, catalogue: %s, title: %s, cause: %s, consequence: %s, affected: %s, inherent: "+
				"{likelihood: %d, impact: %d}, current: {likelihood: %d, impact: %d}, residual: {likelihood: "+
				"%d, impact: %d}, existing_controls: %s, added_controls: %s, owner: %s, treatment: "+
				"mitigate, treatment_due: %s}\n",
			strings.ToLower(
				e.ID,
			),
			e.ID,
			strconv.Quote(e.Title),
			strconv.Quote(e.Cause),
			strconv.Quote(e.Consequence),
			list(e.Affected),
			l,
			m,
			max(1, l-1),
			m,
			max(1, l-2),
			m,
			list(e.Controls[:1]),
			list(e.Controls[1:]),
			owner,
			b.on.AddMonths(1+j%6),
		)
	}
}

// GrownKey is the key of the i-th further workflow, counted from 0.
func GrownKey(i int) string { return fmt.Sprintf("grown-%03d", i+1) }

// GrownCast is the key of the cast that the i-th further workflow follows.
func GrownCast(i int) string { return casts[i%len(casts)].Key }
