import type { Tone } from '$lib/ui';

/** How the state of a policy or of one version is marked. */
export const policyTone = (status: string): Tone =>
  status === 'in_force'
    ? 'good'
    : status === 'approved' || status === 'in_review'
      ? 'note'
      : status === 'withdrawn'
        ? 'bad'
        : 'quiet';
