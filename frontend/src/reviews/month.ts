// A month as a calendar shows it: weeks from Monday to Sunday.

export interface Day {
  /** YYYY-MM-DD */
  date: string;
  /** Of the month that is shown, not of its neighbours. */
  inMonth: boolean;
}

/** The weeks of a month, "2026-03", each of seven days. */
export function weeks(month: string): Day[][] {
  const first = new Date(`${month}-01T00:00:00Z`);
  const start = new Date(first);
  start.setUTCDate(1 - ((first.getUTCDay() + 6) % 7));
  const out: Day[][] = [];
  const day = new Date(start);
  do {
    const week: Day[] = [];
    for (let i = 0; i < 7; i++) {
      const date = day.toISOString().slice(0, 10);
      week.push({ date, inMonth: date.startsWith(month) });
      day.setUTCDate(day.getUTCDate() + 1);
    }
    out.push(week);
  } while (day.toISOString().startsWith(month));
  return out;
}

/** The month n months after another. */
export function shift(month: string, n: number): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + n);
  return date.toISOString().slice(0, 7);
}
