// A sample as a list of runs to read, one after the other.
import type { Sampled } from '$lib/api';

type Said = NonNullable<Sampled['said']>[number];

export interface ToRead {
  /** From 1, in the order of the workpaper. */
  n: number;
  run: string;
  gate: string;
  outcome: string;
  /** Reference and line of the import. */
  source: string;
  line: number;
  said?: Said;
}

export function toRead(x: Sampled): ToRead[] {
  const said = new Map((x.said ?? []).map((s) => [s.run_id, s]));
  const refs = new Map(x.imports.map((i) => [i.id, i.ref]));
  return x.workpaper.strata
    .flatMap((s) =>
      s.runs.map((r) => ({
        run: r.run_id,
        gate: s.gate,
        outcome: s.outcome,
        source: refs.get(r.source) ?? '',
        line: r.at.line,
        said: said.get(r.run_id),
      })),
    )
    .map((r, i) => ({ ...r, n: i + 1 }));
}

/** The first run that nobody has read, at or after `from`, going round; 0 if all are. */
export function nextUnread(list: readonly ToRead[], from = 1): number {
  const unread = list.filter((r) => !r.said).map((r) => r.n);
  return unread.find((n) => n >= from) ?? unread[0] ?? 0;
}
