import type { Tone } from '$lib/ui';

/** How a workflow's stage is marked. */
export const lifecycleTone = (stage: string): Tone =>
  stage === 'live' ? 'good' : stage === 'trial' ? 'note' : stage === 'paused' ? 'warn' : 'quiet';
