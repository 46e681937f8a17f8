import type { Gate, Workflow } from '$lib/api';

/** A workflow about which nothing is recorded yet. */
export const blankWorkflow = (): Workflow => ({
  id: '',
  ref: '',
  key: '',
  name: '',
  service: '',
  platform: '',
  platform_id: '',
  supplier: '',
  version: '1.0',
  lifecycle: 'proposed',
  live_since: '',
  owner_id: '',
  sample: false,
  account: {
    purpose: '',
    data_used: [],
    data_sources: [],
    decisions: '',
    how_it_works: '',
    limits: '',
    challenge_tool: '',
    challenge: '',
    significant: false,
    special_data: false,
    lawful_basis: '',
    atrs_url: '',
  },
  ksb: { knowledge: [], skills: [], behaviours: [], activities: [], tools: [] },
  gates: [],
  roster: [],
  changes: [],
  template: '',
  suggested: [],
});

/** A gate with the thresholds that the organisation begins with. */
export const blankGate = (
  defaults: Pick<Gate, 'min_review_seconds' | 'max_streak' | 'max_agreement'> = {
    min_review_seconds: 0,
    max_streak: 0,
    max_agreement: 0,
  },
): Gate => ({
  key: '',
  title: '',
  decides: '',
  role: '',
  officers: [],
  four_eyes: true,
  enforcement: 'technical',
  evidence: '',
  min_review_seconds: defaults.min_review_seconds,
  max_streak: defaults.max_streak,
  max_agreement: defaults.max_agreement,
  prepare: [],
  decide: [],
  release: [],
  pattern: '',
  terms: {},
});

/** A short key for a title: "Officer decides" gives "officer-decides". */
export const keyOf = (title: string): string =>
  title
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
