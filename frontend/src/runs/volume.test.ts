import { expect, test } from 'vitest';
import { against } from './volume';

test.each([
  [{ stated: -1, read: 20 }, 'The platform states no count.'],
  [{ stated: 20, read: 20 }, 'All that the platform counts.'],
  [{ stated: 21, read: 20 }, '1 fewer than the platform counts.'],
  [{ stated: 1200, read: 0 }, '1,200 fewer than the platform counts.'],
  [{ stated: 18, read: 20 }, '2 more than the platform counts.'],
])('%o is said as “%s”', (volume, words) => {
  expect(against(volume)).toBe(words);
});
