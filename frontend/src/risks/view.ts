import type { Risk, TrendPoint } from '$lib/api';
import type { HeatRisk, Series, Tone } from '$lib/ui';
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

/**
 * The mean scores as lines over time. Several approvals of one day are one
 * point: how things stood at the end of it.
 */
export function trendSeries(
  points: readonly TrendPoint[],
  names: Record<'inherent' | 'current' | 'residual', string>,
): Series[] {
  const days = new Map(points.map((p) => [p.on, p]));
  return (['inherent', 'current', 'residual'] as const).map((stage) => ({
    name: names[stage],
    values: [...days.values()].map((p) => ({ date: p.on, value: p[stage] })),
  }));
}
