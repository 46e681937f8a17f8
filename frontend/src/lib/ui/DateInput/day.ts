// A day as a person types it, in three boxes, and as the program keeps it.

export interface Parts {
  day: string;
  month: string;
  year: string;
}

/** "2026-03-09" as "9", "3", "2026"; text that is no such date stands in the first box. */
export function split(value: string): Parts {
  const found = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(value);
  if (!found) return { day: value, month: '', year: '' };
  return { day: String(Number(found[3])), month: String(Number(found[2])), year: found[1] ?? '' };
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A year of two digits is one of this century: nobody plans for 1927. */
export const fullYear = (typed: string): string => typed.trim().replace(/^\d\d$/, '20$&');

/**
 * The date as YYYY-MM-DD; empty if all boxes are. What is no day of the
 * calendar is passed on as typed, so that the program refuses it with a sentence
 * instead of the page silently dropping it. Months may be typed as words.
 */
export function join({ day, month, year }: Parts): string {
  const d = day.trim();
  const y = fullYear(year);
  const word = month.trim().toLowerCase();
  if (!d && !word && !y) return '';
  const named = word.length >= 3 ? months.findIndex((m) => word.startsWith(m)) + 1 : 0;
  const m = named || Number(word);
  const date = new Date(Date.UTC(Number(y), m - 1, Number(d)));
  const complete = /^\d{1,2}$/.test(d) && /^\d{4}$/.test(y) && m >= 1 && m <= 12;
  if (complete && date.getUTCDate() === Number(d) && date.getUTCMonth() === m - 1) {
    return date.toISOString().slice(0, 10);
  }
  return [y || '?', word || '?', d || '?'].join('-');
}
