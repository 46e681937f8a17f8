import { describe, expect, it } from 'vitest';
import { byCode, findingsByWeek, outcomes, reviewTimes, volumes } from './series';

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

describe('findingsByWeek', () => {
  it('counts by the Monday of the week, with a nought where a test found nothing', () => {
    const series = findingsByWeek([
      { day: '2026-09-02', code: 'OVR-01', findings: 1 }, // a Wednesday
      { day: '2026-09-06', code: 'OVR-01', findings: 2 }, // the Sunday after
      { day: '2026-09-07', code: 'OVR-02', findings: 1 },
    ]);
    expect(series.map((s) => s.name)).toEqual(['OVR-01', 'OVR-02']);
    expect(series[0]?.values).toEqual([
      { date: '2026-08-31', value: 3 },
      { date: '2026-09-07', value: 0 },
    ]);
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
