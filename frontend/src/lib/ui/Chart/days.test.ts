import { describe, expect, it } from 'vitest';
import { at, dayTicks, nearest } from './days';

const ticks = (from: string, to: string, most: number) =>
  dayTicks(at(from), at(to), most).map((d) => new Date(d).toISOString().slice(0, 10));

describe('dayTicks', () => {
  it('names each day of a short time', () => {
    expect(ticks('2026-09-01', '2026-09-04', 5)).toEqual([
      '2026-09-01',
      '2026-09-02',
      '2026-09-03',
      '2026-09-04',
    ]);
  });
  it('names Mondays of some weeks', () => {
    expect(ticks('2026-09-01', '2026-09-30', 5)).toEqual([
      '2026-09-07',
      '2026-09-14',
      '2026-09-21',
      '2026-09-28',
    ]);
  });
  it('names the first of months, then of quarters and years', () => {
    expect(ticks('2026-01-15', '2026-05-20', 5)).toEqual([
      '2026-02-01',
      '2026-03-01',
      '2026-04-01',
      '2026-05-01',
    ]);
    expect(ticks('2025-01-15', '2026-05-20', 5)).toEqual([
      '2025-04-01',
      '2025-07-01',
      '2025-10-01',
      '2026-01-01',
      '2026-04-01',
    ]);
    expect(ticks('2010-06-01', '2014-05-20', 5)).toEqual([
      '2011-01-01',
      '2012-01-01',
      '2013-01-01',
      '2014-01-01',
    ]);
  });
  it('never names more than fit', () => {
    for (const to of ['2026-01-01', '2026-01-02', '2026-07-01', '2031-01-01', '2196-01-01']) {
      expect(ticks('2026-01-01', to, 3).length).toBeLessThanOrEqual(3);
    }
  });
});

describe('nearest', () => {
  it('finds the place of the nearest value', () => {
    const values = [10, 20, 40];
    expect([-5, 10, 14, 16, 29, 31, 99].map((v) => nearest(values, v))).toEqual([0, 0, 0, 1, 1, 2, 2]);
    expect(nearest([], 3)).toBe(-1);
  });
});
