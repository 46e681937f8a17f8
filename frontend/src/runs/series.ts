// From what the program counted to what the charts draw.
import type { Series } from '$lib/ui';
import { t } from '$lib/text';

interface Volume {
  day: string;
  outcome: string;
  runs: number;
}
interface Point {
  when: string;
  agreement: { n: number; rate: number };
  review: { n: number; p50: number };
}

const most = 4; // lines that can still be told apart

/** Runs by day: all, and the most frequent outcomes. */
export function volumes(list: readonly Volume[]): Series[] {
  const dated = list.filter((v) => v.day);
  const sum: Record<string, number> = {};
  for (const v of dated) sum[v.day] = (sum[v.day] ?? 0) + v.runs;
  const all = Object.entries(sum).map(([date, value]) => ({ date, value }));
  return all.length === 0 ? [] : [{ name: t.rooms.runs, values: all }];
}

/** How many runs ended how, most frequent first; the rare ones together. */
export function outcomes(list: readonly Volume[]): { label: string; value: number }[] {
  const sum: Record<string, number> = {};
  for (const v of list) sum[v.outcome] = (sum[v.outcome] ?? 0) + v.runs;
  const sorted = Object.entries(sum)
    .map(([label, value]) => ({ label: label || t.ui.notRecorded, value }))
    .sort((a, b) => b.value - a.value);
  if (sorted.length <= most + 3) return sorted;
  const rest = sorted.slice(most + 2).reduce((n, o) => n + o.value, 0);
  return [...sorted.slice(0, most + 2), { label: t.runs.otherOutcomes, value: rest }];
}

/** The median review time of each day on which somebody decided. */
export const reviewTimes = (points: readonly Point[]): Series[] =>
  one(
    t.runs.median,
    points.filter((p) => p.when && p.review.n > 0).map((p) => ({ date: p.when, value: p.review.p50 })),
  );

/** The share of decisions that followed the AI, where that can be compared. */
export const agreements = (points: readonly Point[]): Series[] =>
  one(
    t.workflows.measures.agreement,
    points.filter((p) => p.when && p.agreement.n > 0).map((p) => ({ date: p.when, value: p.agreement.rate })),
  );

export interface FindingsOverTime {
  unit: 'week' | 'month';
  /** The first day of each week (its Monday) or month, without gaps. */
  starts: string[];
  /** The tests that found something, by their code. */
  tests: { code: string; counts: number[]; total: number }[];
}

const mostWeeks = 13;

/** Findings by test and week; by month where that would be more than a quarter of a year's weeks. */
export function findingsOverTime(
  list: readonly { day: string; code: string; findings: number }[],
): FindingsOverTime {
  const dated = list.filter((f) => f.day);
  const days = dated.map((f) => f.day).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return { unit: 'week', starts: [], tests: [] };
  const weeks = range(monday(first), last, (d) => d.setUTCDate(d.getUTCDate() + 7));
  const unit = weeks.length <= mostWeeks ? 'week' : 'month';
  const start = unit === 'week' ? monday : (day: string) => `${day.slice(0, 7)}-01`;
  const starts =
    unit === 'week' ? weeks : range(start(first), last, (d) => d.setUTCMonth(d.getUTCMonth() + 1));
  const place = new Map(starts.map((s, i) => [s, i]));
  const counts: Record<string, number[]> = {};
  for (const f of dated) {
    const of = (counts[f.code] ??= starts.map(() => 0));
    const i = place.get(start(f.day)) ?? 0;
    of[i] = (of[i] ?? 0) + f.findings;
  }
  const tests = Object.entries(counts)
    .map(([code, of]) => ({ code, counts: of, total: of.reduce((a, b) => a + b, 0) }))
    .sort((a, b) => a.code.localeCompare(b.code));
  return { unit, starts, tests };
}

function monday(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

function range(from: string, to: string, step: (d: Date) => void): string[] {
  const out: string[] = [];
  const d = new Date(`${from}T00:00:00Z`);
  for (let day = from; day <= to && out.length < 1200; day = d.toISOString().slice(0, 10)) {
    out.push(day);
    step(d);
  }
  return out;
}

const one = (name: string, values: Series['values']): Series[] =>
  values.length === 0 ? [] : [{ name, values }];

/** Findings about single runs by their test. */
export function byCode(
  list: readonly { code: string; findings: number }[],
): { label: string; value: number }[] {
  const sum: Record<string, number> = {};
  for (const f of list) sum[f.code] = (sum[f.code] ?? 0) + f.findings;
  return Object.entries(sum)
    .map(([label, value]) => ({ label, value }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
