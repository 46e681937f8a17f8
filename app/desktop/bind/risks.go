package bind

import (
	"context"

	"assay/internal/risk"
	"assay/internal/service"
)

// Risks is the risk assessments.
type Risks struct{ d *Desk }

// List gives the assessments of a workflow, or of all where none is named.
func (r *Risks) List(workflow string) ([]service.AssessmentView, error) {
	return ask(r.d, "Risks.List", func(ctx context.Context, s *service.Service) ([]service.AssessmentView, error) {
		return s.Assessments(ctx, workflow)
	})
}

// Show gives one assessment.
func (r *Risks) Show(ref string) (service.AssessmentView, error) {
	return ask(r.d, "Risks.Show", func(ctx context.Context, s *service.Service) (service.AssessmentView, error) {
		return s.Assessment(ctx, ref)
	})
}

// Start begins an assessment of a workflow's present version.
func (r *Risks) Start(workflow string) (risk.Assessment, error) {
	return ask(r.d, "Risks.Start", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.StartAssessment(ctx, workflow)
	})
}

// Save keeps the work on a draft.
func (r *Risks) Save(a risk.Assessment) (risk.Assessment, error) {
	return ask(r.d, "Risks.Save", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.SaveAssessment(ctx, a)
	})
}

// Step moves an assessment along: complete, return, review, approve.
func (r *Risks) Step(ref, step, person string) (risk.Assessment, error) {
	return ask(r.d, "Risks.Step", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.StepAssessment(ctx, ref, step, person)
	})
}

// Accept records that somebody accepts a risk until a day.
func (r *Risks) Accept(assessment, ref string, c risk.Acceptance) (risk.Assessment, error) {
	return ask(r.d, "Risks.Accept", func(ctx context.Context, s *service.Service) (risk.Assessment, error) {
		return s.AcceptRisk(ctx, assessment, ref, c)
	})
}

// Catalogue is the risks that AI in public services commonly brings.
func (r *Risks) Catalogue() ([]risk.CatalogueEntry, error) {
	return guard(r.d, "Risks.Catalogue", func() ([]risk.CatalogueEntry, error) { return risk.Catalogue(), nil })
}
