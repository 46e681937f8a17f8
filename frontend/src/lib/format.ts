// How numbers, dates and durations are written. Dates come from the program as
// YYYY-MM-DD and moments as RFC 3339 in UTC; they are shown in the British form.

const number = new Intl.NumberFormat('en-GB');
const oneDecimal = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });
const long = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const short = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const moment = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const exact = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const valid = (text: string): Date | null => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
};

/** 3 March 2026; the text itself where it is no date. */
export const formatDate = (iso: string): string => {
  const date = iso && valid(iso);
  return date ? long.format(date) : iso;
};

/** 3 Mar 2026, for tables. */
export const formatDay = (iso: string): string => {
  const date = iso && valid(iso);
  return date ? short.format(date) : iso;
};

/** 3 Mar 2026, 14:05, by this computer's clock. */
export const formatMoment = (iso: string): string => {
  const date = iso && valid(iso);
  return date ? moment.format(date) : iso;
};

/** 3 Mar 2026, 14:05:09, where seconds matter (reviews faster than a minute). */
export const formatExact = (iso: string): string => {
  const date = iso && valid(iso);
  return date ? exact.format(date) : iso;
};

/** The day of a moment in milliseconds, as YYYY-MM-DD in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const formatNumber = (n: number): string => number.format(n);

/** 12.5% from 0.125. */
export const formatShare = (share: number): string => `${oneDecimal.format(share * 100)}%`;

/** 4.2 MB from bytes, in powers of 1,000 as file managers show them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit === 0 ? n : oneDecimal.format(n)} ${units[unit]}`;
}

/** 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h from seconds. */
export function formatSeconds(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  if (s < 86400) {
    const m = Math.floor((s % 3600) / 60);
    return m ? `${Math.floor(s / 3600)} h ${m} min` : `${Math.floor(s / 3600)} h`;
  }
  const h = Math.floor((s % 86400) / 3600);
  return h ? `${number.format(Math.floor(s / 86400))} d ${h} h` : `${number.format(Math.floor(s / 86400))} d`;
}

/** Puts values into a sentence of lib/text: fill('{n} runs', { n: 3 }). */
export const fill = (template: string, values: Record<string, string | number>): string =>
  template.replace(/\{(\w+)\}/g, (whole, key: string) =>
    key in values
      ? typeof values[key] === 'number'
        ? formatNumber(values[key])
        : String(values[key])
      : whole,
  );

/** Chooses between "1 run" and "{n} runs". */
export const count = (n: number, forms: { one: string; many: string }): string =>
  fill(n === 1 ? forms.one : forms.many, { n });

/**
 * Rows as comma-separated values for a spreadsheet. A cell that a spreadsheet
 * would take for a formula gets a leading apostrophe: imported text is hostile.
 */
export function toCSV(rows: (string | number)[][]): string {
  const cell = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
