// The axis of days: which of them are named under a chart.

const day = 86_400_000;

/** Steps between named days, from the closest: whole days, then whole months. */
const steps: { days?: number; months?: number }[] = [
  { days: 1 },
  { days: 2 },
  { days: 7 },
  { days: 14 },
  { months: 1 },
  { months: 3 },
  { months: 6 },
  { months: 12 },
  { months: 60 },
];

/** The moment of YYYY-MM-DD, in milliseconds. */
export const at = (date: string): number => Date.parse(date);

/** The days to name between two moments: as many as fit, and at most `most`. */
export function dayTicks(from: number, to: number, most: number): number[] {
  let ticks: number[] = [];
  for (const step of steps) {
    ticks = [];
    if (step.days) {
      // Weeks start on Monday: 5 January 1970 was one.
      const start = 4 * day;
      const width = step.days * day;
      for (let d = start + Math.ceil((from - start) / width) * width; d <= to; d += width) {
        if (ticks.push(d) > most) break;
      }
    } else {
      const first = new Date(from);
      const each = step.months ?? 1;
      const year = first.getUTCFullYear();
      for (let m = Math.floor(first.getUTCMonth() / each) * each; ; m += each) {
        const d = Date.UTC(year, m, 1);
        if (d > to || ticks.length > most) break;
        if (d >= from) ticks.push(d);
      }
    }
    if (ticks.length <= most) return ticks;
  }
  return ticks.slice(0, most);
}

/** The place of the value that is nearest to `to` in a list in ascending order; -1 in an empty one. */
export function nearest(values: number[], to: number): number {
  if (values.length === 0) return -1;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < to) low = middle + 1;
    else high = middle;
  }
  return low > 0 && to - (values[low - 1] ?? 0) < (values[low] ?? 0) - to ? low - 1 : low;
}
