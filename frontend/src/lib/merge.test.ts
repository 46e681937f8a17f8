import { describe, expect, test } from 'vitest';
import { threeWayMerge } from './merge';

describe('merge', () => {
  const record = { id: 'a', title: 'Before', account: { purpose: 'p', limits: 'l' }, tags: ['x'] };

  test('keeps what was typed and, beside it, what changed since', () => {
    const typed = { ...record, title: 'Typed', account: { purpose: 'typed', limits: 'l' } };
    const now = { ...record, account: { purpose: 'p', limits: 'saved since' }, tags: ['x', 'y'] };
    expect(threeWayMerge(record, typed, now)).toEqual({
      id: 'a',
      title: 'Typed',
      account: { purpose: 'typed', limits: 'saved since' },
      tags: ['x', 'y'],
    });
  });
  test('takes a list that was worked on whole', () => {
    expect(threeWayMerge(record, { ...record, tags: [] }, { ...record, tags: ['x', 'y'] })).toEqual({
      ...record,
      tags: [],
    });
  });
  test('knows fields that a later version added', () => {
    expect(threeWayMerge({ a: 1 }, { a: 2 }, { a: 1, b: 3 })).toEqual({ a: 2, b: 3 });
  });
  test('gives the work alone where nothing says what it began with', () => {
    expect(threeWayMerge(undefined, { a: 2 }, { a: 1, b: 3 })).toEqual({ a: 2, b: 3 });
    expect(threeWayMerge(undefined, 'typed', '')).toBe('typed');
  });
});
