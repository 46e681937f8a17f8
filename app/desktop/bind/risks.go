package bind

import (
	"context"

	"assay/internal/evidence"
	"assay/internal/risk"
	"assay/internal/service"
)

// Risks is the risk assessments.
type Risks struct{ d *Desk }

// List gives the assessments of a workflow.
func (r *Risks) List(workflow string) ([]service.AssessmentView, error) {
	return call(r.d, "Risks.List", func(ctx context.Context, s *service.Service) ([]service.AssessmentView, error) {
		return s.Assessments(ctx, workflow)
	})
}

// Register lists the open risks of the whole organisation.
func (r *Risks) Register(q service.RiskQuery) (service.RiskRegister, error) {
	return call(r.d, "Risks.Register", func(ctx context.Context, s *service.Service) (service.RiskRegister, error) {
		return s.RiskRegister(ctx, q)
	})
}

// Show gives one assessment.
func (r *Risks) Show(ref string) (service.AssessmentView, error) {
	return call(r.d, "Risks.Show", func(ctx context.Context, s *service.Service) (service.AssessmentView, error) {
		return s.Assessment(ctx, ref)
	})
}

// Start begins an assessment of a workflow's present version.
func (r *Risks) Start(workflow string) (risk.Assessment, error) {
	return call(r.d, "Risks.Start", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.StartAssessment(ctx, workflow)
	})
}

// Save keeps the work on a draft.
func (r *Risks) Save(a risk.Assessment) (risk.Assessment, error) {
	return call(r.d, "Risks.Save", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.SaveAssessment(ctx, a)
	})
}

// Step moves an assessment along: complete, return, review, approve. With the
// passphrase of the approver's own key an approval is signed.
func (r *Risks) Step(ref, step, person, passphrase string) (risk.Assessment, error) {
	return call(r.d, "Risks.Step", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.StepAssessment(ctx, ref, step, service.ApprovalRequest{Approver: person, Passphrase: passphrase})
	})
}

// Accept records that somebody accepts a risk until a day, signed with the
// passphrase of their own key.
func (r *Risks) Accept(assessment, ref string, c risk.Acceptance, passphrase string) (risk.Assessment, error) {
	return call(r.d, "Risks.Accept", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.AcceptRisk(ctx, assessment, ref, c, passphrase)
	})
}

// Catalogue is the risks that AI in public services commonly brings.
func (r *Risks) Catalogue() ([]risk.CatalogueEntry, error) {
	return guard(r.d, "Risks.Catalogue", func() ([]risk.CatalogueEntry, error) { return risk.Catalogue(), nil })
}

// Guide gathers what helps to work an assessment: its questions and what the
// register and the runs say about them.
func (r *Risks) Guide(ref string) (service.Guide, error) {
	return call(r.d, "Risks.Guide", func(ctx context.Context, s *service.Service) (service.Guide, error) {
		return s.AssessmentGuide(ctx, ref)
	})
}

// Attach keeps a document and names it in the answer to a question.
func (r *Risks) Attach(q service.Attachment) (evidence.Evidence, error) {
	return call(r.d, "Risks.Attach", func(ctx context.Context, s *service.Service) (evidence.Evidence, error) {
		if err := r.d.files.resolve(&q.Path); err != nil {
			return evidence.Evidence{}, err
		}
		return s.AttachEvidence(ctx, q)
	})
}

// Trend follows the risks of a workflow, or of all where none is named.
func (r *Risks) Trend(workflow string) ([]risk.TrendPoint, error) {
	return call(r.d, "Risks.Trend", func(ctx context.Context, s *service.Service) ([]risk.TrendPoint, error) {
		return s.RiskTrend(ctx, workflow)
	})
}
