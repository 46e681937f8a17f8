// The list from which a record was opened: its page offers the next one, the one
// before, and the way back, with the list's filters as they were.

interface List {
  title: string;
  /** Address of the list with its filters. */
  href: string;
  /** Addresses of the records, in the list's order. */
  entries: string[];
}

let current = $state.raw<List | null>(null);

/** Keeps a list that a link is about to be followed from. */
export function rememberList(title: string, entries: string[]): void {
  current = { title, href: location.hash, entries };
}

export interface Neighbours {
  title: string;
  href: string;
  /** From 1. */
  place: number;
  of: number;
  before: string;
  after: string;
}

/** Where a page such as /workflows/WF-0003/risk (and what follows "?") stands in the list it was opened from. */
export function neighbours(path: string, querystring = ''): Neighbours | null {
  if (!current) return null;
  const here = `#${path}`;
  const whole = querystring ? `${here}?${querystring}` : here;
  const i = current.entries.findIndex((e) =>
    e.includes('?') ? whole === e : here === e || here.startsWith(`${e}/`),
  );
  if (i < 0) return null;
  const rest = here.slice((current.entries[i] as string).length);
  const go = (k: number) => (current?.entries[k] ? current.entries[k] + rest : '');
  return {
    title: current.title,
    href: current.href,
    place: i + 1,
    of: current.entries.length,
    before: go(i - 1),
    after: go(i + 1),
  };
}
