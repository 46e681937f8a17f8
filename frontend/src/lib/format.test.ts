import { describe, expect, it } from 'vitest';
import { count, fill, formatBytes, formatDate, formatDay, formatSeconds, formatShare, toCSV } from './format';

describe('dates', () => {
  it('writes days as people do', () => {
    expect(formatDate('2026-03-03')).toBe('3 March 2026');
    expect(formatDay('2026-12-01')).toBe('1 Dec 2026');
  });
  it('shows what is no date as it stands', () => {
    expect(formatDate('')).toBe('');
    expect(formatDate('soon')).toBe('soon');
  });
});

describe('durations', () => {
  it.each([
    [0.4, '0 s'],
    [45, '45 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [7200, '2 h'],
    [7500, '2 h 5 min'],
    [90000, '1 d 1 h'],
    [172800, '2 d'],
  ])('%d seconds', (seconds, want) => expect(formatSeconds(seconds)).toBe(want));
});

describe('quantities', () => {
  it('writes bytes in powers of 1,000', () => {
    expect(formatBytes(999)).toBe('999 B');
    expect(formatBytes(4_200_000)).toBe('4.2 MB');
  });
  it('writes shares with one decimal at most', () => {
    expect(formatShare(0.125)).toBe('12.5%');
    expect(formatShare(1)).toBe('100%');
  });
  it('fills sentences and chooses the plural', () => {
    expect(fill('{n} of {all} in {what}', { n: 1200, all: 3 })).toBe('1,200 of 3 in {what}');
    expect(count(1, { one: '{n} run', many: '{n} runs' })).toBe('1 run');
    expect(count(0, { one: '{n} run', many: '{n} runs' })).toBe('0 runs');
  });
});

describe('toCSV', () => {
  it('quotes what needs it', () => {
    expect(toCSV([['a,b', 'say "no"', 3]])).toBe('"a,b","say ""no""",3\r\n');
  });
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('disarms the formula %j', (text) => {
    expect(
      toCSV([[text]])
        .replaceAll('"', '')
        .startsWith("'"),
    ).toBe(true);
  });
});
