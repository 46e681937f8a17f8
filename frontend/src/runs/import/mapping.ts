// What the mapping editor does with a mapping, without any page.
import type { Gate, Mapping, Survey } from '$lib/api';

/** The parts that the editor writes into; the others pass through it as they are. */
type Edited =
  | 'rows'
  | 'grouped'
  | 'delimiter'
  | 'encoding'
  | 'sheet'
  | 'header_row'
  | 'zone'
  | 'overlap'
  | 'time_layouts'
  | 'fields'
  | 'constants'
  | 'events'
  | 'activities'
  | 'decisions'
  | 'actors';

/** A mapping with every part there that an editor writes into. */
export type Draft = Omit<Mapping, 'privacy' | Edited> &
  Required<Pick<Mapping, Edited>> & { privacy: Required<Mapping['privacy']> };

/** Fills in the parts that a mapping leaves out. */
export function complete(m?: Partial<Mapping>): Draft {
  return {
    ...(JSON.parse(JSON.stringify(m ?? {})) as Partial<Mapping>), // may be a proxy, which structuredClone refuses
    nothing: [...(m?.nothing ?? [])],
    assay_mapping: 1,
    rows: m?.rows || 'event',
    grouped: m?.grouped ?? false,
    delimiter: m?.delimiter ?? '',
    encoding: m?.encoding ?? '',
    sheet: m?.sheet ?? '',
    header_row: m?.header_row ?? 0,
    zone: m?.zone ?? '',
    overlap: m?.overlap ?? '',
    time_layouts: [...(m?.time_layouts ?? [])],
    fields: { ...m?.fields },
    constants: { ...m?.constants },
    events: (m?.events ?? []).map((e) => ({ ...e })),
    activities: Object.fromEntries(Object.entries(m?.activities ?? {}).map(([k, v]) => [k, { ...v }])),
    decisions: lists(m?.decisions),
    actors: lists(m?.actors),
    privacy: {
      drop: [...(m?.privacy?.drop ?? [])],
      hash: [...(m?.privacy?.hash ?? [])],
      shorten: { ...m?.privacy?.shorten },
    },
  };
}

const lists = (from?: Record<string, string[]>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(from ?? {}).map(([k, v]) => [k, [...v]]));

/** The mapping as it is sent and tableOptions: rules that mean nothing are left out. */
export function compact(d: Draft, table: boolean): Mapping {
  const named = (o: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(o).filter(([, v]) => v.length > 0));
  return {
    ...d,
    // None at all would mean that no value stands for none.
    nothing: d.nothing.length > 0 ? d.nothing : (null as unknown as string[]),
    rows: table ? d.rows : '',
    events: table && d.rows === 'run' ? d.events.filter((e) => e.activity && (e.started || e.ended)) : [],
    fields: Object.fromEntries(Object.entries(d.fields).filter(([, column]) => column)),
    constants: Object.fromEntries(Object.entries(d.constants).filter(([, value]) => value)),
    time_layouts: d.time_layouts.filter((l) => l.trim()),
    decisions: named(d.decisions),
    actors: named(d.actors),
  };
}

/** How a table is tableOptions, apart from what its columns mean. */
export const tableOptions = (m?: Partial<Mapping>): Partial<Mapping> =>
  m
    ? {
        delimiter: m.delimiter,
        encoding: m.encoding,
        sheet: m.sheet,
        header_row: m.header_row,
        grouped: m.grouped,
      }
    : {};

interface FieldInfo {
  name: string;
  /** Shown even where no column is chosen for it. */
  usual?: boolean;
  must?: boolean;
}
const f = (name: string, usual = false, must = false): FieldInfo => ({ name, usual, must });

/** The fields of a table, in groups, in the order in which they are asked for. */
export const groups: { key: 'event' | 'run' | 'decision' | 'output' | 'access'; fields: FieldInfo[] }[] = [
  {
    key: 'event',
    fields: [
      f('run_id', true, true),
      f('activity', true),
      f('ended', true),
      f('started', true),
      f('actor', true),
      f('time'),
      f('actor_kind'),
      f('tool'),
      f('gate'),
      f('act'),
      f('transition'),
      f('instance'),
      f('kind'),
    ],
  },
  {
    key: 'decision',
    fields: [
      f('decision', true),
      f('reason', true),
      f('opened', true),
      f('account'),
      f('officer_name'),
      f('role'),
      f('prepared_by'),
      f('presented'),
      f('decided'),
      f('edited'),
      f('ai_recommendation'),
      f('args_digest'),
      f('policy_version'),
      f('time_taken'),
    ],
  },
  {
    key: 'run',
    fields: [
      f('outcome', true),
      f('segment', true),
      f('trigger_channel'),
      f('trigger_ref'),
      f('run_started'),
      f('run_ended'),
      f('model_version'),
      f('prompt_version'),
      f('workflow_version'),
      f('workflow'),
      f('sequence'),
    ],
  },
  {
    key: 'output',
    fields: [f('text', true), f('reasoning', true), f('recommendation', true), f('confidence'), f('sha256')],
  },
  { key: 'access', fields: [f('source'), f('source_fields')] },
];

/** Fields that make no sense where a row is a whole run, and its times are events. */
const ofEvents = new Set([
  'activity',
  'ended',
  'started',
  'time',
  'actor',
  'actor_kind',
  'tool',
  'transition',
  'instance',
  'act',
]);

/** Whether a field is asked for, rows being what they are. */
export const asked = (field: string, rows: string): boolean => rows !== 'run' || !ofEvents.has(field);

/** Fields that can name or describe a person (runlog.PrivacyFields). */
export const personal = [
  'actor',
  'account',
  'officer_name',
  'role',
  'reason',
  'ai_recommendation',
  'text',
  'recommendation',
  'reasoning',
  'segment',
  'outcome',
  'trigger_ref',
  'source_fields',
];

export type Keep = 'keep' | 'drop' | 'hash' | 'shorten';
const shortest = 200;

// An account that acts is also the one that decides: who is replaced in one
// place and stands in the other is not protected.
const together = (field: string): string[] =>
  field === 'actor' || field === 'account' ? ['actor', 'account'] : [field];

export function keepOf(d: Draft, field: string): Keep {
  if (d.privacy.drop.includes(field)) return 'drop';
  if (d.privacy.hash.includes(field)) return 'hash';
  return field in d.privacy.shorten ? 'shorten' : 'keep';
}

export function setKeep(d: Draft, field: string, how: Keep): void {
  for (const name of together(field)) {
    d.privacy.drop = d.privacy.drop.filter((x) => x !== name);
    d.privacy.hash = d.privacy.hash.filter((x) => x !== name);
    delete d.privacy.shorten[name];
    if (how === 'drop') d.privacy.drop.push(name);
    if (how === 'hash') d.privacy.hash.push(name);
    if (how === 'shorten') d.privacy.shorten[name] = shortest;
  }
}

/** What an activity is: "gate/act", or empty for nothing. */
export function actOf(d: Draft, activity: string): string {
  const rule = d.activities[activity];
  return rule ? `${rule.gate}/${rule.act}` : '';
}

export function setAct(d: Draft, activity: string, value: string): void {
  const at = value.lastIndexOf('/');
  if (at < 0) {
    delete d.activities[activity];
    return;
  }
  const [gate, act] = [value.slice(0, at), value.slice(at + 1)];
  const code = act === 'decide' ? d.activities[activity]?.code : undefined;
  d.activities[activity] = code ? { gate, act, code } : { gate, act };
}

export function setCode(d: Draft, activity: string, code: string): void {
  const rule = d.activities[activity];
  if (!rule) return;
  if (code) rule.code = code;
  else delete rule.code;
}

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Which list of words or accounts holds one; empty for none. */
export function listOf(lists: Record<string, string[]>, name: string, fold = false): string {
  return (
    Object.entries(lists).find(([, names]) =>
      names.some((n) =>
        n.endsWith('*') && !fold ? name.startsWith(n.slice(0, -1)) : fold ? same(n, name) : n === name,
      ),
    )?.[0] ?? ''
  );
}

export function setList(lists: Record<string, string[]>, name: string, to: string, fold = false): void {
  for (const key of Object.keys(lists)) {
    lists[key] = (lists[key] ?? []).filter((n) => (fold ? !same(n, name) : n !== name));
    if (lists[key].length === 0) delete lists[key];
  }
  if (to) lists[to] = [...(lists[to] ?? []), name];
}

/** The columns that a mapping names and the file does not have. */
export function missing(m: Partial<Mapping>, survey: Survey): string[] {
  const there = new Set(survey.columns.map((c) => c.name));
  const named = [
    ...Object.values(m.fields ?? {}),
    ...(m.events ?? []).flatMap((e) => [e.started ?? '', e.ended ?? '', e.actor ?? '']),
  ];
  return [...new Set(named)].filter((c) => c && !there.has(c));
}

/** Words that the program knows without being told. */
export const known = [
  'approved',
  'approved_with_edits',
  'rejected',
  'referred_back',
  'escalated',
  'terminated',
  'timed_out',
  'ask_failed',
  'auto_decided',
  'no_gate_reached',
];

/** A time of the file in the form that the editor offers to read it by; empty where it is none. */
export function readTime(raw: string, layout: string): string {
  const iso = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)/.exec(raw);
  if (layout === 'ISO') return iso ? `${iso[1]}-${iso[2]}-${iso[3]}T${iso[4]}:${iso[5]}` : '';
  const parts: Record<string, string> = {};
  const words = layout.match(/YYYY|YY|MMMM|MMM|MM|DD|D|M|hh|h|mm|ss|AM|./g) ?? [];
  let rest = raw;
  for (const word of words) {
    const digits = { YYYY: 4, YY: 2, MM: 2, DD: 2, hh: 2, mm: 2, ss: 2 }[word];
    let found: RegExpExecArray | null;
    if (digits) found = new RegExp(`^\\d{${digits}}`).exec(rest);
    else if (word === 'D' || word === 'M' || word === 'h') found = /^\d{1,2}/.exec(rest);
    else if (word === 'MMM' || word === 'MMMM') found = /^[A-Za-z]+/.exec(rest);
    else if (word === 'AM') found = /^(am|pm)/i.exec(rest);
    else found = rest.startsWith(word) ? /^./.exec(rest) : null;
    if (!found) return '';
    parts[word] = found[0];
    rest = rest.slice(found[0].length);
  }
  if (rest.trim()) return '';
  const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
  const named = (parts.MMM ?? parts.MMMM ?? '').slice(0, 3).toLowerCase();
  const month = named ? months.indexOf(named) + 1 : Number(parts.MM ?? parts.M);
  let hour = Number(parts.hh ?? parts.h);
  if (parts.AM) hour = (hour % 12) + (/pm/i.test(parts.AM) ? 12 : 0);
  const year = parts.YYYY ? Number(parts.YYYY) : 2000 + Number(parts.YY);
  const day = Number(parts.DD ?? parts.D);
  const two = (n: number) => String(n).padStart(2, '0');
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1 || hour > 23) return '';
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${parts.mm ?? '00'}`;
}

/** A mapping without what it says about gates that another workflow does not have. */
export function within(m: Mapping, gates: readonly Gate[]): Mapping {
  const there = (gate?: string) => gates.some((g) => g.key === gate);
  const { gate, ...constants } = m.constants ?? {};
  return {
    ...m,
    constants: gate && there(gate) ? { ...constants, gate } : constants,
    activities: Object.fromEntries(Object.entries(m.activities ?? {}).filter(([, r]) => there(r.gate))),
    events: (m.events ?? []).map((e) => (e.gate && !there(e.gate) ? { ...e, gate: '', act: '' } : e)),
  };
}

/** What a gate's own description says of an activity. */
export function described(
  gates: readonly Gate[],
  activity: string,
): { gate: Gate; act: 'prepare' | 'decide' | 'release' } | null {
  for (const gate of gates) {
    for (const act of ['release', 'decide', 'prepare'] as const) {
      if (gate[act]?.includes(activity)) return { gate, act };
    }
  }
  return null;
}

/** The columns that a person chose: those that are not as they were suggested. */
export const chosen = (base: Draft, mine: Draft): Record<string, string> =>
  Object.fromEntries(
    Object.entries(mine.fields).filter(([f, column]) => column && column !== base.fields[f]),
  );

/**
 * What is suggested now, with what a person said since the suggestion before: `base`
 * is that, `mine` what stands on the page. A part that nobody touched follows.
 */
export function anew(base: Draft, mine: Draft, theirs: Draft): Draft {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const out = { ...mine };
  for (const part of [
    'rows',
    'time_layouts',
    'constants',
    'events',
    'activities',
    'decisions',
    'actors',
  ] as const)
    if (same(base[part], mine[part])) Object.assign(out, { [part]: theirs[part] });
  out.fields = Object.fromEntries(
    [...new Set([...Object.keys(mine.fields), ...Object.keys(theirs.fields)])].map((f) => {
      const touched = (mine.fields[f] ?? '') !== (base.fields[f] ?? '');
      return [f, (touched ? mine.fields[f] : theirs.fields[f]) ?? ''];
    }),
  );
  return out;
}
