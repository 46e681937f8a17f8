package service

import (
	"context"

	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/workflow"
)

// SaveWorkflow adds a workflow or changes what is recorded of it. A change of
// its version, purpose or gates lapses an approved risk assessment, which then
// says why. A change of what it declares is kept as a declaration of its own, and
// refused where it makes findings go away: ChangeWorkflow makes such a change.
func (s *Service) SaveWorkflow(ctx context.Context, wf workflow.Workflow) (workflow.Workflow, error) {
	return s.saveWorkflow(ctx, wf, "")
}

func (s *Service) saveWorkflow(
	ctx context.Context,
	wf workflow.Workflow,
	passphrase string,
) (workflow.Workflow, error) {
	err := s.change(
		ctx,
		doing{
			action:  "workflow.save",
			subject: wf.Ref,
			summary: "Saved the workflow " + wf.Name,
			may:     organisation.ActionEdit,
		},
		func(t *store.Tx) (err error) {
			var was *workflow.Workflow
			if wf.ID != "" {
				if was, err = store.Workflows.Get(ctx, &t.Reader, wf.ID); err != nil {
					return err
				}
				if was.Lifecycle != wf.Lifecycle {
					return fault.Conflict(
						"A workflow is moved between %s and %s by its own step, not by editing.",
						was.Lifecycle,
						wf.Lifecycle,
					)
				}
			} else if wf.Lifecycle == "" {
				wf.Lifecycle = workflow.LifecycleProposed
			}
			return s.putWorkflow(ctx, t, was, &wf, passphrase)
		},
	)
	return wf, err
}

// putWorkflow keeps a workflow as one step of a change, with all that follows from
// it: its declaration, the tests of its runs and its risk assessment.
func (s *Service) putWorkflow(
	ctx context.Context,
	t *store.Tx,
	was, wf *workflow.Workflow,
	passphrase string,
) error {
	if err := wf.Validate(); err != nil {
		return err
	}
	if err := s.declare(ctx, t, was, wf, passphrase); err != nil {
		return err
	}
	if err := save(ctx, t, store.Workflows, id.Workflow, wf, workflow.Workflow.Validate); err != nil {
		return err
	}
	t.Entry().Subject = wf.Ref
	note, err := twinNote(ctx, &t.Reader, wf)
	if err != nil {
		return err
	}
	if note != "" {
		t.Entry().Summary = oneLine(t.Entry().Summary + "; " + note)
	}
	if err := s.retest(ctx, t, was, wf); err != nil {
		return err
	}
	return s.lapse(ctx, t, *wf)
}

// MoveWorkflow takes a workflow to another stage of its life.
func (s *Service) MoveWorkflow(
	ctx context.Context,
	ref string,
	to workflow.Lifecycle,
	reason string,
) (workflow.Workflow, error) {
	var out workflow.Workflow
	err := s.change(
		ctx,
		doing{
			action:  "workflow.move",
			subject: ref,
			reason:  reason,
			may:     organisation.ActionEdit,
			summary: "Moved a workflow",
		},
		func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, ref)
			if err != nil {
				return err
			}
			if out, err = wf.Move(to, s.clock()); err != nil {
				return err
			}
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(refAndName(wf.Ref, wf.Name) + " is now " + string(to))
			return store.Workflows.Put(ctx, t, &out)
		},
	)
	return out, err
}

// lapse marks approved assessments that no longer hold.
func (s *Service) lapse(ctx context.Context, t *store.Tx, wf workflow.Workflow) error {
	list, err := store.Assessments.Of(ctx, &t.Reader, wf.ID)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Status != risk.StatusApproved || a.WorkflowVersion == wf.Version {
			continue
		}
		lapsed, err := a.Lapse(
			"The workflow is now at version " + wf.Version + "; version " + a.WorkflowVersion + " was assessed.",
		)
		if err != nil {
			return err
		}
		if err := store.Assessments.Put(ctx, t, &lapsed); err != nil {
			return err
		}
	}
	return nil
}
