import { describe, expect, test } from 'vitest';
import { onto } from './onto';

describe('onto', () => {
  const record = { id: 'a', title: 'Before', account: { purpose: 'p', limits: 'l' }, tags: ['x'] };

  test('keeps what was typed and, beside it, what changed since', () => {
    const typed = { ...record, title: 'Typed', account: { purpose: 'typed', limits: 'l' } };
    const now = { ...record, account: { purpose: 'p', limits: 'saved since' }, tags: ['x', 'y'] };
    expect(onto(record, typed, now)).toEqual({
      id: 'a',
      title: 'Typed',
      account: { purpose: 'typed', limits: 'saved since' },
      tags: ['x', 'y'],
    });
  });
  test('takes a list that was worked on whole', () => {
    expect(onto(record, { ...record, tags: [] }, { ...record, tags: ['x', 'y'] })).toEqual({
      ...record,
      tags: [],
    });
  });
  test('knows fields that a later version added', () => {
    expect(onto({ a: 1 }, { a: 2 }, { a: 1, b: 3 })).toEqual({ a: 2, b: 3 });
  });
  test('gives the work alone where nothing says what it began with', () => {
    expect(onto(undefined, { a: 2 }, { a: 1, b: 3 })).toEqual({ a: 2, b: 3 });
    expect(onto(undefined, 'typed', '')).toBe('typed');
  });
});
