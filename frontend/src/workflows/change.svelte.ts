// Saving a workflow. A change of what it declares is tried on its runs first: one that makes
// findings go away is shown, and needs a reason and a second person (see ConfirmChange).
import { Workflows, type Workflow } from '$lib/api';
import { Fault } from '$lib/fault';
import type { DeclarationTrial } from '$lib/api';

interface Asking {
  workflow: Workflow;
  trial: DeclarationTrial;
  saved: (saved: Workflow) => void;
  dropped: (fault: Fault) => void;
}

/** The change that waits for somebody to confirm it. */
export const change = $state<{ asking: Asking | null }>({ asking: null });

/** Saves a workflow, once a change that makes findings go away was confirmed. Fails as cancelled otherwise. */
export async function saveWorkflow(workflow: Workflow): Promise<Workflow> {
  const trial = await Workflows.TryChange(workflow);
  if (!trial.lessens) return Workflows.Save(workflow);
  return new Promise<Workflow>((saved, dropped) => (change.asking = { workflow, trial, saved, dropped }));
}

export function confirmed(workflow: Workflow): void {
  change.asking?.saved(workflow);
  change.asking = null;
}

export function dropped(): void {
  change.asking?.dropped(new Fault('cancelled', ''));
  change.asking = null;
}
