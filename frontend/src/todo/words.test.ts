import { describe, expect, it } from 'vitest';
import { sentence, when } from './words';

const standing = { live: 0, blocked: 0, reasons: 0, coming: 0, coming_blocked: 0, overdue: 0 };

describe('sentence', () => {
  it('says how many cannot be certified, and for how many reasons', () => {
    expect(sentence({ ...standing, live: 5, blocked: 1, reasons: 2 }, 9, false)).toBe(
      '1 of 5 live workflows cannot be certified: 2 reasons.',
    );
    expect(sentence({ ...standing, live: 1, blocked: 1, reasons: 1 }, 9, false)).toBe(
      'The one live workflow cannot be certified: 1 reason.',
    );
  });
  it('never says that nothing waits while something does', () => {
    for (const s of [
      { ...standing, coming: 2, coming_blocked: 2 },
      { ...standing, live: 2 },
      { ...standing, live: 2, overdue: 1 },
      { ...standing },
    ]) {
      expect(sentence(s, 1, false)).not.toMatch(/nothing else|no workflow yet/i);
    }
    expect(sentence({ ...standing, live: 2, overdue: 1 }, 0, false)).not.toMatch(/nothing else/i);
  });
  it('says so when nothing waits', () => {
    expect(sentence({ ...standing, live: 2 }, 0, false)).toMatch(/Nothing else is waiting\.$/);
  });
});

describe('when', () => {
  it('counts from the day', () => {
    expect([when(0), when(1), when(-92)]).toEqual(['Today', 'in 1 day', '92 days overdue']);
  });
});
