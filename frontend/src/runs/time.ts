// Times as the program sends them: a zero time means that none was recorded.

export const none = (time: unknown): boolean => typeof time !== 'string' || !time || time.startsWith('0001-');

/** Seconds between two times; null where either is missing. */
export const seconds = (from: unknown, to: unknown): number | null =>
  none(from) || none(to) ? null : (Date.parse(to as string) - Date.parse(from as string)) / 1000;
