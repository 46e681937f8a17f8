import type { Risk } from '$lib/api';
import type { HeatRisk, Tone } from '$lib/ui';
import { bandTone } from '$lib/ui/HeatMap/band';

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

/** A rating as a mark in lists, tinted like its cell in the matrix. */
export const bandTag = (n: number): Tone => (n > 0 ? (`heat${bandTone(n)}` as Tone) : 'quiet');
