// A run as one line of time: what was done, read, produced and decided.
import type { RunRecord } from '$lib/api';
import { none, seconds } from '../time';

type Step = NonNullable<RunRecord['steps']>[number];
type Decision = NonNullable<RunRecord['decisions']>[number];

export interface Entry {
  key: string;
  /** RFC 3339; empty where the log has no time. */
  at: string;
  /** Seconds since the entry before, null where one has no time. */
  after: number | null;
  /** Seconds that it took, null where only one end is recorded. */
  took: number | null;
  step?: Step;
  decision?: Decision;
  place: { line: number; item?: number };
}

const time = (...times: unknown[]): string => times.find((t): t is string => !none(t)) ?? '';

/** Steps and decisions in the order of their times; without one, in that of the file. */
export function trail(r: RunRecord): Entry[] {
  const all: Omit<Entry, 'after'>[] = [
    ...(r.steps ?? []).map((step, i) => ({
      key: `s${i}`,
      at: time(step.ended, step.started),
      took: seconds(step.started, step.ended),
      step,
      place: step.at,
    })),
    ...(r.decisions ?? []).map((decision, i) => ({
      key: `d${i}`,
      at: time(decision.decided, decision.opened, decision.presented),
      took: seconds(none(decision.opened) ? decision.presented : decision.opened, decision.decided),
      decision,
      place: decision.at,
    })),
  ];
  // What has no time stays behind what stands before it in the file.
  const inFile = all.sort((a, b) => a.place.line - b.place.line || (a.place.item ?? 0) - (b.place.item ?? 0));
  let last = '';
  const keyed = inFile.map((e, i) => ({ e, i, at: (last = e.at || last) }));
  keyed.sort((a, b) => a.at.localeCompare(b.at) || a.i - b.i);
  return keyed.map(({ e }, i) => {
    const before = keyed[i - 1]?.e.at;
    return { ...e, after: before ? seconds(before, e.at) : null };
  });
}
