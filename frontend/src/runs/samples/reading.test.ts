import { describe, expect, it } from 'vitest';
import type { Sampled } from '$lib/api';
import { nextUnread, toRead } from './reading';

const at = { line: 7, offset: 0 };
const sample = (...said: string[]): Sampled =>
  ({
    imports: [{ id: 'i1', ref: 'IMP-0003' }],
    said: said.map((run_id) => ({ run_id, verdict: 'agree', note: '', by: 'x', at: '' })),
    workpaper: {
      strata: [
        { gate: 'g', outcome: 'urgent', population: 5, runs: [{ source: 'i1', run_id: 'a', at }] },
        {
          gate: '',
          outcome: '',
          population: 9,
          runs: [
            { source: 'i2', run_id: 'b', at },
            { source: 'i1', run_id: 'c', at },
          ],
        },
      ],
    },
  }) as unknown as Sampled;

describe('a sample to read', () => {
  it('is numbered through its strata, with what was said', () => {
    const list = toRead(sample('b'));
    expect(list.map((r) => [r.n, r.run, r.source, r.said?.verdict])).toEqual([
      [1, 'a', 'IMP-0003', undefined],
      [2, 'b', '', 'agree'],
      [3, 'c', 'IMP-0003', undefined],
    ]);
  });
  it('goes on at what nobody has read, and round', () => {
    expect(nextUnread(toRead(sample('a')), 1)).toBe(2);
    expect(nextUnread(toRead(sample('b', 'c')), 2)).toBe(1);
    expect(nextUnread(toRead(sample('a', 'b', 'c')))).toBe(0);
  });
});
