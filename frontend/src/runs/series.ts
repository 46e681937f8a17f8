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

/** Findings by test and week (its Monday), for the tests that found most. */
export function findingsByWeek(list: readonly { day: string; code: string; findings: number }[]): Series[] {
  const weeks: Record<string, Record<string, number>> = {};
  const all = new Set<string>();
  for (const f of list) {
    if (!f.day) continue;
    const date = new Date(`${f.day}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    const week = date.toISOString().slice(0, 10);
    all.add(week);
    const of = (weeks[f.code] ??= {});
    of[week] = (of[week] ?? 0) + f.findings;
  }
  const total = (code: string) => Object.values(weeks[code] ?? {}).reduce((a, b) => a + b, 0);
  const dates = [...all].sort();
  return Object.keys(weeks)
    .sort((a, b) => total(b) - total(a))
    .slice(0, most)
    .map((name) => ({ name, values: dates.map((date) => ({ date, value: weeks[name]?.[date] ?? 0 })) }));
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
