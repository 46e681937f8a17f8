package bind

import (
	"context"

	"assay/internal/fault"
	"assay/internal/flow"
	"assay/internal/service"
	"assay/internal/workflow"
)

// Workflows is the register of AI workflows.
type Workflows struct{ d *Desk }

// List gives the workflows with their scores.
func (w *Workflows) List() ([]service.WorkflowRow, error) {
	return call(
		w.d,
		"Workflows.List",
		func(ctx context.Context, s *service.Service) ([]service.WorkflowRow, error) { return s.Workflows(ctx) },
	)
}

// Names lists them for choosing one.
func (w *Workflows) Names() ([]service.WorkflowName, error) {
	return call(w.d, "Workflows.Names", func(ctx context.Context, s *service.Service) ([]service.WorkflowName, error) {
		return s.WorkflowNames(ctx)
	})
}

// Show gives one workflow with everything that its page shows.
func (w *Workflows) Show(ref string) (service.WorkflowView, error) {
	return call(w.d, "Workflows.Show", func(ctx context.Context, s *service.Service) (service.WorkflowView, error) {
		return s.Workflow(ctx, ref)
	})
}

// Save adds a workflow or changes one.
func (w *Workflows) Save(wf workflow.Workflow) (workflow.Workflow, error) {
	return call(w.d, "Workflows.Save", func(ctx context.Context, s *service.Service) (workflow.Workflow, error) {
		return s.SaveWorkflow(ctx, wf)
	})
}

// TryChange says what saving a workflow so would do to its findings.
func (w *Workflows) TryChange(wf workflow.Workflow) (service.DeclarationTrial, error) {
	return call(
		w.d,
		"Workflows.TryChange",
		func(ctx context.Context, s *service.Service) (service.DeclarationTrial, error) {
			return s.TryWorkflowChange(ctx, wf)
		},
	)
}

// Change is Save with the reason, and the second person, that a change needs
// which makes findings go away.
func (w *Workflows) Change(q service.WorkflowChange) (workflow.Workflow, error) {
	return call(w.d, "Workflows.Change", func(ctx context.Context, s *service.Service) (workflow.Workflow, error) {
		return s.ChangeWorkflow(ctx, q)
	})
}

// Move takes a workflow to another stage of its life.
func (w *Workflows) Move(ref, to, reason string) (workflow.Workflow, error) {
	return call(w.d, "Workflows.Move", func(ctx context.Context, s *service.Service) (workflow.Workflow, error) {
		return s.MoveWorkflow(ctx, ref, workflow.Lifecycle(to), reason)
	})
}

// Templates is what one can begin a workflow from: the supported flows, by name, and
// then the general kinds.
func (w *Workflows) Templates() ([]workflow.Template, error) {
	return guard(w.d, "Workflows.Templates", func() ([]workflow.Template, error) {
		var out []workflow.Template
		for _, f := range flow.All() {
			out = append(out, f.Template())
		}
		return append(out, workflow.Templates()...), nil
	})
}

// Begin gives a workflow as a template suggests it; nothing is saved.
func (w *Workflows) Begin(template string) (workflow.Workflow, error) {
	return guard(w.d, "Workflows.Begin", func() (workflow.Workflow, error) {
		if f, ok := flow.Of(template); ok {
			return f.Begin(), nil
		}
		t, ok := workflow.TemplateOf(template)
		if !ok {
			return workflow.Workflow{}, fault.NotFound("template", template)
		}
		return t.Begin(), nil
	})
}
