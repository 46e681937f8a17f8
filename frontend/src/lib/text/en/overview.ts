// The words of the overview, in English.
import type { Tree } from '../tree';

export const overview = {
  title: 'Overview',
  score: 'Governance score',
  scoreOf: { one: 'over {n} live workflow', many: 'over {n} live workflows' },
  part: 'This register holds only the workflows that were handed over, so it shows no score of the organisation.',
  lowest: 'Lowest: {n}%',
  certificates: { one: '{n} certificate in force', many: '{n} certificates in force' },
  areas: 'The five areas',
  next: 'What to do next',
  nextNone: 'Nothing is waiting. Everything that can be met is met.',
  blocking: 'Blocks the certificate',
  due: 'Due soon',
  dueNone: 'Nothing is due within 60 days.',
  allDue: 'All reviews and actions',
  findings: 'What the logs contradict',
  findingsNone: 'No open finding. Import runs to test what is claimed about oversight.',
  allFindings: 'Work findings off',
  risks: 'Residual risk',
  risksLead: 'Every open risk of every workflow, once the planned controls are in place.',
  allRisks: 'All risks',
  workflows: 'Workflows',
  recent: 'Latest changes',
  allWorkflows: { one: 'The one workflow', many: 'All {n} workflows' },
  allActivity: 'All activity',
  emptyTitle: 'The register is empty',
  emptyText:
    'Start with a workflow: one service that uses AI. Assay then says what is missing, one step at a time.',
  addWorkflow: 'Add a workflow',
  addPolicy: 'Add a policy',
  openFindings: { one: '{n} open finding', many: '{n} open findings' },
} as const satisfies Tree;
