import type { Answer, Assessment, AssessmentView, CatalogueEntry, Risk } from '$lib/api';

export const blankAnswer = (question: string): Answer => ({
  question,
  value: '',
  note: '',
  evidence: [],
  suggested: false,
});

/** A risk that nobody has rated, empty or as the catalogue suggests it. */
export const blankRisk = (entry?: CatalogueEntry): Risk => ({
  id: '',
  ref: '',
  key: '',
  catalogue_id: entry?.id ?? '',
  title: entry?.title ?? '',
  cause: entry?.cause ?? '',
  consequence: entry?.consequence ?? '',
  affected: [...(entry?.affected ?? [])],
  inherent: { likelihood: 0, impact: 0 },
  current: { likelihood: 0, impact: 0 },
  residual: { likelihood: 0, impact: 0 },
  existing_controls: [],
  added_controls: [],
  owner_id: '',
  treatment: 'open',
  treatment_due: '',
  acceptance: { by: '', on: '', reason: '', expires: '' },
  status: 'open',
});

const derived = new Set([
  'workflow_ref',
  'workflow_name',
  'prepared_by_name',
  'reviewed_by_name',
  'approved_by_name',
  'appetite',
  'above_appetite',
  'problems',
  'matrices',
  'answered',
  'questions',
]);

/** The assessment itself, without what the screen derives from it. */
export const onlyAssessment = (v: AssessmentView): Assessment =>
  JSON.parse(JSON.stringify(v, (key, value) => (derived.has(key) ? undefined : value))) as Assessment;
