import { describe, expect, it } from 'vitest';
import { blankVersion, nextNumber } from './blank';

describe('nextNumber', () => {
  it('follows the highest, not the last, and counts 1.10 above 1.9', () => {
    expect(nextNumber([{ number: '1.10' }, { number: '1.9' }])).toBe('1.11');
    expect(nextNumber([{ number: '2' }])).toBe('2.1');
    expect(nextNumber([])).toBe('1.0');
  });
});

describe('blankVersion', () => {
  it('takes over what the version before said, but nobody’s approval', () => {
    const before = { ...blankVersion('1.0'), purpose: 'Why', approved_by: 'x', status: 'in_force' };
    const next = blankVersion('1.1', before);
    expect(next.purpose).toBe('Why');
    expect(next.approved_by).toBe('');
    expect(next.status).toBe('draft');
    expect(next.supersedes).toBe('1.0');
  });
});
