import { describe, expect, it } from 'vitest';
import { shift, weeks } from './month';

describe('weeks', () => {
  it('begins on Monday and covers the month', () => {
    const march = weeks('2026-03'); // 1 March 2026 is a Sunday
    expect(march).toHaveLength(6);
    expect(march[0]?.[0]?.date).toBe('2026-02-23');
    expect(march[0]?.[6]).toEqual({ date: '2026-03-01', inMonth: true });
    expect(march.flat().filter((d) => d.inMonth)).toHaveLength(31);
  });
  it('gives a February that fits exactly four weeks', () => expect(weeks('2027-02')).toHaveLength(4));
});

describe('shift', () => {
  it('crosses the year', () => {
    expect(shift('2026-12', 1)).toBe('2027-01');
    expect(shift('2026-01', -1)).toBe('2025-12');
  });
});
