import { describe, expect, it } from 'vitest';
import { byCode, findingsOverTime, outcomes, reviewTimes, volumes } from './series';

const volume = (day: string, outcome: string, runs: number) => ({ day, outcome, runs });

describe('volumes', () => {
  it('sums the outcomes of a day, leaving out runs without a time', () => {
    const [series] = volumes([
      volume('2026-09-01', 'a', 2),
      volume('2026-09-01', 'b', 3),
      volume('', 'a', 9),
    ]);
    expect(series?.values).toEqual([{ date: '2026-09-01', value: 5 }]);
  });
  it('is nothing where no run has a time', () => expect(volumes([volume('', 'a', 1)])).toEqual([]));
});

describe('outcomes', () => {
  it('puts the rare ones together, so that the sum is that of all runs', () => {
    const list = Array.from({ length: 12 }, (_, i) => volume('2026-09-01', `o${i}`, i + 1));
    const bars = outcomes(list);
    expect(bars).toHaveLength(7);
    expect(bars.reduce((n, b) => n + b.value, 0)).toBe(78);
    expect(bars[0]).toEqual({ label: 'o11', value: 12 });
  });
});

describe('reviewTimes', () => {
  it('leaves out days on which nothing was timed', () => {
    const point = (when: string, n: number) => ({
      when,
      review: { n, p50: 60 },
      agreement: { n: 0, rate: 0 },
    });
    expect(reviewTimes([point('2026-09-01', 0), point('2026-09-02', 3)])[0]?.values).toEqual([
      { date: '2026-09-02', value: 60 },
    ]);
    expect(reviewTimes([])).toEqual([]);
  });
});

describe('findingsOverTime', () => {
  it('counts by the Monday of the week, with a nought where a test found nothing', () => {
    expect(
      findingsOverTime([
        { day: '2026-09-07', code: 'OVR-02', findings: 1 },
        { day: '2026-09-21', code: 'OVR-01', findings: 4 },
        { day: '2026-09-02', code: 'OVR-01', findings: 1 }, // a Wednesday
        { day: '2026-09-06', code: 'OVR-01', findings: 2 }, // the Sunday after
        { day: '', code: 'OVR-02', findings: 9 }, // at no known time
      ]),
    ).toEqual({
      unit: 'week',
      starts: ['2026-08-31', '2026-09-07', '2026-09-14', '2026-09-21'],
      tests: [
        { code: 'OVR-01', counts: [3, 0, 0, 4], total: 7 },
        { code: 'OVR-02', counts: [0, 1, 0, 0], total: 1 },
      ],
    });
  });
  it('counts by month where weeks would be too many', () => {
    const of = findingsOverTime([
      { day: '2025-11-30', code: 'OVR-01', findings: 1 },
      { day: '2026-02-01', code: 'OVR-01', findings: 2 },
      { day: '2026-02-28', code: 'OVR-01', findings: 3 },
    ]);
    // From Monday, 24 November, these are 14 weeks.
    expect(of.unit).toBe('month');
    expect(of.starts).toEqual(['2025-11-01', '2025-12-01', '2026-01-01', '2026-02-01']);
    expect(of.tests).toEqual([{ code: 'OVR-01', counts: [1, 0, 0, 5], total: 6 }]);
  });
  it('is empty where nothing was found', () => {
    expect(findingsOverTime([])).toEqual({ unit: 'week', starts: [], tests: [] });
  });
});

describe('byCode', () => {
  it('sums over days and gates', () => {
    expect(
      byCode([
        { code: 'OVR-02', findings: 1 },
        { code: 'OVR-01', findings: 2 },
        { code: 'OVR-02', findings: 4 },
      ]),
    ).toEqual([
      { label: 'OVR-01', value: 2 },
      { label: 'OVR-02', value: 5 },
    ]);
  });
});
