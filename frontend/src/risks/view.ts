import type { Risk, RiskRow, TrendPoint } from '$lib/api';
import type { HeatCell, HeatCells, HeatStage, Series, Tone } from '$lib/ui';
import { bandTone } from '$lib/ui/HeatMap/band';

/** How the state of an assessment is marked. */
export const assessmentTone = (status: string): Tone =>
  status === 'approved' ? 'good' : status === 'in_review' ? 'note' : status === 'lapsed' ? 'warn' : 'quiet';

const stages: HeatStage[] = ['inherent', 'current', 'residual'];

/** How many open risks stand in each cell of the matrix. */
export function heatCells(risks: readonly Risk[]): HeatCells {
  const cells = (stage: HeatStage) =>
    [5, 4, 3, 2, 1].map((likelihood) =>
      [1, 2, 3, 4, 5].map((impact) => risks.filter((r) => inCell(r, stage, { likelihood, impact })).length),
    );
  return { inherent: cells('inherent'), current: cells('current'), residual: cells('residual') };
}

/** Whether an open risk stands in the cell; in none, every risk does. */
export const inCell = (risk: Risk, stage: HeatStage, cell: HeatCell | null): boolean =>
  cell === null ||
  (risk.status !== 'closed' &&
    risk[stage].likelihood === cell.likelihood &&
    risk[stage].impact === cell.impact);

export const score = (s: { likelihood: number; impact: number }): number => s.likelihood * s.impact;

/** A risk of an assessment as a row of a list. */
export const riskRow = (r: Risk, above: readonly string[]): RiskRow => ({
  id: r.id,
  ref: r.ref,
  title: r.title,
  catalogue_id: r.catalogue_id,
  assessment: '',
  workflow: '',
  owner: '',
  inherent: score(r.inherent),
  current: score(r.current),
  residual: score(r.residual),
  treatment: r.treatment,
  treatment_due: r.treatment_due,
  accepted_until: r.acceptance.by ? r.acceptance.expires : '',
  above: above.includes(r.ref),
});

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
  return stages.map((stage) => ({
    name: names[stage],
    values: [...days.values()].map((p) => ({ date: p.on, value: p[stage] })),
  }));
}
