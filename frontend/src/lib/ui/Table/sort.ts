// Sorting of the rows that a table holds in full. Registers of people and
// policies are short; runs are sorted and paged by the program instead.

type Direction = 'asc' | 'desc';

const collator = new Intl.Collator('en-GB', { numeric: true, sensitivity: 'base' });

/** A copy of rows in order of `value`; empty values stand last either way. */
export function sorted<R>(rows: readonly R[], value: (row: R) => string | number, direction: Direction): R[] {
  const sign = direction === 'asc' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    if (x === '' || y === '') return x === y ? 0 : x === '' ? 1 : -1;
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * collator.compare(String(x), String(y));
  });
}
