import { describe, expect, it } from 'vitest';
import { isWord, twoPlaces } from './words';

describe('two words asked back', () => {
  it('are two different ones, in order, whatever is drawn', () => {
    for (let a = 0; a < 24; a++) {
      for (let b = 0; b < 23; b++) {
        const draws = [a, b];
        const [first, second] = twoPlaces(24, () => draws.shift() ?? 0);
        expect(first).toBeLessThan(second);
        expect(second).toBeLessThan(24);
      }
    }
  });
  it.each([
    ['harbour', 'harbour', true],
    [' Harb ', 'harbour', true],
    ['har', 'harbour', false],
    ['harvest', 'harbour', false],
    ['oak', 'oak', true],
    ['', 'oak', false],
  ])('%j for %s: %s', (typed, word, right) => expect(isWord(typed, word)).toBe(right));
});
