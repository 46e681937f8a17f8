// Where each record is shown, by its reference.

const homes: Record<string, string> = {
  POL: 'policies',
  WF: 'workflows',
  RA: 'risks',
  GC: 'certificates',
  IMP: 'runs/imports',
  RSK: 'risks/risk', // which finds the assessment that the risk is a part of
};

// The lists of records that have no page of their own: there the record stands out.
const lists: Record<string, string> = {
  SCH: 'reviews/schedules',
  ACT: 'reviews/actions',
  REC: 'reviews/records',
  PER: 'settings/people',
  EV: 'standards/evidence',
};

/** The address of a record's page; empty where it has none of its own. */
export function refHref(ref: string): string {
  const prefix = ref.split('-')[0] ?? '';
  const home = homes[prefix];
  if (home) return `#/${home}/${encodeURIComponent(ref)}`;
  if (prefix === 'REV') return `#/reviews/held/${encodeURIComponent(ref)}`;
  const list = lists[prefix];
  return list ? `#/${list}?ref=${encodeURIComponent(ref)}` : '';
}

// Where in the window a requirement's remedy is done: assurance.Result's "where".
const places: Record<string, string> = {
  policies: 'policy',
  gates: 'oversight',
  account: 'transparency',
  risks: 'risk',
  runs: 'runs',
  findings: 'oversight',
  reviews: 'improvement',
  records: 'improvement',
  evidence: 'improvement',
};

// What is done once for the whole organisation.
const elsewhere: Record<string, string> = {
  organisation: '#/settings',
  standards: '#/standards/annex_a',
};

/** The address at which a workflow's requirement is met. */
export const remedyHref = (workflow: string, where: string): string =>
  elsewhere[where] ?? `#/workflows/${encodeURIComponent(workflow)}/${places[where] ?? ''}`;

/** A piece of a text, with the address of what it names. */
interface Piece {
  text: string;
  href: string;
}

/** A text about a workflow in pieces: its records' references and its tests lead to their pages. */
export function linked(text: string, workflow: string): Piece[] {
  return text
    .split(/\b([A-Z]{2,3}-\d{4}(?:-\d{4})?|(?:OVR|TRN|IMP|RSK|LOG)-\d\d(?!\d))\b/)
    .map((piece, i) => ({ text: piece, href: i % 2 ? addressOf(piece, workflow) : '' }))
    .filter((piece) => piece.text);
}

const addressOf = (name: string, workflow: string): string =>
  /-\d\d$/.test(name)
    ? `#/runs/findings?workflow=${encodeURIComponent(workflow)}&code=${name}`
    : refHref(name);

const areaTabs: Record<string, string> = {
  POL: 'policy',
  RSK: 'risk',
  OVR: 'oversight',
  TRN: 'transparency',
  IMP: 'improvement',
};

/** The tab of a workflow on which a requirement such as OVR-R03 is met. */
export const areaHref = (workflow: string, code: string): string =>
  `#/workflows/${encodeURIComponent(workflow)}/${areaTabs[code.slice(0, 3)] ?? ''}`;

/** The words for a code, or the code itself made readable. */
export const word = (words: object, code: string): string =>
  (words as Record<string, string>)[code] ?? code.replaceAll('_', ' ');
