import type { Risk } from '$lib/api';
import type { HeatRisk, Tone } from '$lib/ui';

/** How the state of an assessment is marked. */
export const assessmentTone = (status: string): Tone =>
  status === 'approved' ? 'good' : status === 'in_review' ? 'note' : status === 'lapsed' ? 'warn' : 'quiet';

export const heatRisks = (risks: readonly Risk[]): HeatRisk[] =>
  risks
    .filter((r) => r.status !== 'closed')
    .map((r) => ({
      key: r.ref,
      title: r.title,
      inherent: r.inherent,
      current: r.current,
      residual: r.residual,
    }));

export const score = (s: { likelihood: number; impact: number }): number => s.likelihood * s.impact;

/** The risk's worst stage that is rated; for marks in lists. */
export const bandTag = (n: number): Tone =>
  n >= 20 ? 'bad' : n >= 10 ? 'warn' : n >= 5 ? 'note' : n > 0 ? 'good' : 'quiet';
