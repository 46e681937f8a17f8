// Puts what changed in a record into words: fields by their labels, codes and
// identifiers by what they stand for.
import { count, fill, formatDate, formatMoment } from '$lib/format';
import { t } from '$lib/text';

/** One field before and after, as the program compares them. */
export interface FieldChange {
  field: string;
  item: string;
  whole: string;
  before: string;
  after: string;
}

/** One change for people. */
export interface Change {
  label: string;
  before: string;
  after: string;
  /** Both sides in one sentence; empty where they are too long for one. */
  sentence: string;
}

/** What changed in the record itself (no title), or in one part of a list. */
interface ChangeGroup {
  title: string;
  changes: Change[];
}

/** Up to so many characters both sides stand in one sentence. */
const short = 80;

const wordsOf = (table: string, field: string): Record<string, string> | undefined => {
  switch (field) {
    case 'lifecycle':
      return t.lifecycle;
    case 'value':
      return t.assessment.values;
    case 'treatment':
      return t.risks.treatments;
    case 'enforcement':
      return t.workflows.gate.enforcements;
    case 'kind':
      return table === 'policy'
        ? t.policies.kinds
        : table === 'workflow'
          ? t.workflows.rosterKinds
          : undefined;
    case 'status':
      return { ...t.risks.statuses, ...t.policies.statuses, ...t.standards.evidenceStatuses };
    default:
      return undefined;
  }
};

const readable = (name: string) => {
  const words = name.replaceAll(/[_.]/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The label of a field, by its path within its part: "acceptance.by". */
export function labelOf(path: string): string {
  const own = path.slice(path.lastIndexOf(']') + 1).replace(/^\./, '');
  const last = own.slice(own.lastIndexOf('.') + 1);
  return t.changes.fields[own] ?? t.changes.fields[last] ?? readable(own);
}

function valueOf(table: string, path: string, text: string): string {
  if (text === 'true') return t.ui.yes;
  if (text === 'false') return t.ui.no;
  const last = path.slice(path.lastIndexOf('.') + 1);
  const word = wordsOf(table, last)?.[text];
  if (word) return word;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return formatDate(text);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return formatMoment(text);
  return text;
}

function sentenceOf(label: string, before: string, after: string): string {
  if (before.length + after.length > short || /\n/.test(before + after)) return '';
  const c = t.changes;
  if (!before) return fill(c.set, { field: label, after });
  if (!after) return fill(c.cleared, { field: label, before });
  return fill(c.changed, { field: label, before, after });
}

function titleOf(change: FieldChange): string {
  if (!change.field.includes('[]')) return '';
  const list = /([\w]+)\[\][^[\]]*$/.exec(change.field)?.[1] ?? '';
  const kind = t.changes.parts[list] ?? readable(list);
  const part = change.item ? fill(t.changes.part, { kind, name: change.item }) : kind;
  if (change.whole === 'added') return fill(t.changes.added, { part });
  if (change.whole === 'removed') return fill(t.changes.removed, { part });
  return part;
}

const silent = (path: string): boolean => {
  const last = path.slice(path.lastIndexOf('.') + 1);
  return t.changes.silent.includes(path) || t.changes.silent.includes(last);
};

/**
 * The changes of one record of a kind, by the parts of it.
 */
export function inWords(table: string, changes: readonly FieldChange[]): ChangeGroup[] {
  const groups = new Map<string, ChangeGroup>();
  for (const change of changes) {
    if (silent(change.field)) continue;
    const title = titleOf(change);
    const group = groups.get(title) ?? { title, changes: [] };
    groups.set(title, group);
    const label = labelOf(change.field);
    const [before, after] = [change.before, change.after].map((x) =>
      x ? valueOf(table, change.field, x) : '',
    ) as [string, string];
    group.changes.push({ label, before, after, sentence: sentenceOf(label, before, after) });
  }
  return [...groups.values()];
}

/** How many changes there are: "3 changes". */
export const countOf = (groups: readonly ChangeGroup[]): string =>
  count(
    groups.reduce((n, g) => n + g.changes.length, 0),
    t.changes.details,
  );
