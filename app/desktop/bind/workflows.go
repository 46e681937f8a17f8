package bind

import (
	"context"

	"assay/internal/service"
	"assay/internal/workflow"
)

// Workflows is the register of AI workflows.
type Workflows struct{ d *Desk }

// List gives the workflows with their scores.
func (w *Workflows) List() ([]service.WorkflowRow, error) {
	return ask(w.d, "Workflows.List", func(ctx context.Context, s *service.Service) ([]service.WorkflowRow, error) { return s.Workflows(ctx) })
}

// Show gives one workflow with everything that its page shows.
func (w *Workflows) Show(ref string) (service.WorkflowView, error) {
	return ask(w.d, "Workflows.Show", func(ctx context.Context, s *service.Service) (service.WorkflowView, error) {
		return s.Workflow(ctx, ref)
	})
}

// Save adds a workflow or changes one.
func (w *Workflows) Save(wf workflow.Workflow) (workflow.Workflow, error) {
	return ask(w.d, "Workflows.Save", func(ctx context.Context, s *service.Service) (workflow.Workflow, error) {
		return s.SaveWorkflow(ctx, wf)
	})
}

// Move takes a workflow to another stage of its life.
func (w *Workflows) Move(ref, to, reason string) (workflow.Workflow, error) {
	return ask(w.d, "Workflows.Move", func(ctx context.Context, s *service.Service) (workflow.Workflow, error) {
		return s.MoveWorkflow(ctx, ref, workflow.Lifecycle(to), reason)
	})
}
