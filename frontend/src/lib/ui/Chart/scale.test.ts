import { describe, expect, it } from 'vitest';
import { scale, ticks } from './scale';

describe('a scale', () => {
  it('places values and finds them again', () => {
    const y = scale([0, 50], [200, 0]);
    expect(y(0)).toBe(200);
    expect(y(25)).toBe(100);
    expect(y.invert(y(13))).toBeCloseTo(13);
  });
  it('puts the one value there is in the middle', () => {
    const x = scale([7, 7], [10, 110]);
    expect(x(7)).toBe(60);
    expect(x.invert(99)).toBe(7);
  });
});

describe('ticks', () => {
  it('are round, few, and reach the top', () => {
    expect(ticks(12, 4)).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(ticks(100, 4)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticks(0.3, 4)).toEqual([0, 0.1, 0.2, 0.3]);
    for (let top = 0.001; top < 1e9; top *= 1.37) {
      const all = ticks(top, 4);
      expect(all.at(-1)).toBeGreaterThanOrEqual(top);
      expect(all.at(-2)).toBeLessThan(top);
      expect(all.length).toBeLessThanOrEqual(8);
      expect(all.length).toBeGreaterThanOrEqual(3);
    }
  });
});
