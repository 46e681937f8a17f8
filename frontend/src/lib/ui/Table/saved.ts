// A list as a person takes it out of the window: its title, columns and rows as they read.

export interface SavedList {
  name: string;
  columns: string[];
  /** A cell per column; what stands in two lines on the screen is parted by "; ". */
  rows: string[][];
}

/** A cell's text; a day stays in the form that sorts and that spreadsheets know. */
export function listCell(cell: HTMLElement | undefined, value: string | number | undefined): string {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
  const text = cell?.innerText ?? cell?.textContent ?? '';
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
    .join('; ');
}
