package apply

import (
	"assay/internal/id"
	"assay/internal/review"
)

// prefixes of the references by kind.
var prefixes = map[Kind]string{
	KindPerson: id.Person, KindWorkflow: id.Workflow, KindPolicy: id.Policy, KindEvidence: id.Evidence,
	KindAssessment: id.Assessment, KindRisk: id.Risk,
	KindSchedule: id.Schedule, KindAction: id.Action, KindReview: id.Review, KindRecord: review.PrefixRecord,
}

// Prefix is the prefix of the references of a kind: Prefix(KindPolicy) is POL.
func Prefix(k Kind) string { return prefixes[k] }
