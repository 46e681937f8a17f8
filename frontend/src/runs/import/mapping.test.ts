import { describe, expect, it } from 'vitest';
import type { Gate, Survey } from '$lib/api';
import { t } from '$lib/text';
import {
  actOf,
  asked,
  described,
  groups,
  keepOf,
  compact,
  listOf,
  missing,
  readTime,
  setAct,
  setCode,
  setKeep,
  setList,
  complete,
  within,
} from './mapping';

const survey = (...names: string[]): Survey => ({
  format: 'csv',
  wrapping: '',
  encoding: 'utf-8',
  rows: 1,
  whole: true,
  top: [],
  header_row: 1,
  proposed: false,
  columns: names.map((name) => ({
    name,
    filled: 1,
    values: [],
    more: false,
    time: '',
    zoned: false,
    either_way: false,
  })),
});

describe('a mapping in the editor', () => {
  it('has every part, and is a copy', () => {
    const given = { assay_mapping: 1, fields: { run_id: 'Case' }, privacy: { drop: ['reason'] } };
    const d = complete(given);
    d.fields.activity = 'What';
    d.privacy.drop.push('text');
    expect(given).toEqual({ assay_mapping: 1, fields: { run_id: 'Case' }, privacy: { drop: ['reason'] } });
    expect(d.events).toEqual([]);
  });
  it('is sent without what means nothing', () => {
    const d = complete({ rows: 'event', fields: { run_id: 'Case', actor: '' }, decisions: { approved: [] } });
    d.events.push({ activity: 'Left over', ended: 'When' });
    d.time_layouts.push(' ');
    const sent = compact(d, true);
    expect(sent.fields).toEqual({ run_id: 'Case' });
    expect(sent.decisions).toEqual({});
    expect(sent.events).toEqual([]);
    expect(sent.time_layouts).toEqual([]);
    expect(compact(d, false).rows).toBe('');
  });
  it('hides an account wherever it stands', () => {
    const d = complete();
    setKeep(d, 'actor', 'hash');
    expect(d.privacy.hash).toEqual(['actor', 'account']);
    setKeep(d, 'account', 'keep');
    expect(d.privacy.hash).toEqual([]);
    setKeep(d, 'reason', 'shorten');
    expect(keepOf(d, 'reason')).toBe('shorten');
    setKeep(d, 'reason', 'drop');
    expect(d.privacy).toEqual({ drop: ['reason'], hash: [], shorten: {} });
  });
  it('says what an activity is at a gate, also where the gate’s key holds a slash', () => {
    const d = complete();
    setAct(d, 'Sign off', 'head/of/service/decide');
    setCode(d, 'Sign off', 'approved');
    expect(d.activities).toEqual({
      'Sign off': { gate: 'head/of/service', act: 'decide', code: 'approved' },
    });
    setAct(d, 'Sign off', 'head/of/service/release');
    expect(d.activities['Sign off']).toEqual({ gate: 'head/of/service', act: 'release' });
    expect(actOf(d, 'Sign off')).toBe('head/of/service/release');
    setAct(d, 'Sign off', '');
    expect(d.activities).toEqual({});
  });
  it('has a word in one list only, whatever its case', () => {
    const lists: Record<string, string[]> = { approved: ['Agreed'] };
    setList(lists, 'agreed', 'rejected', true);
    expect(lists).toEqual({ rejected: ['agreed'] });
    expect(listOf(lists, 'AGREED', true)).toBe('rejected');
    expect(listOf({ system: ['svc-*'] }, 'svc-foi')).toBe('system');
    setList(lists, 'agreed', '', true);
    expect(lists).toEqual({});
  });
  it('says which columns a file lacks', () => {
    const m = { fields: { run_id: 'Case', actor: 'Who' }, events: [{ activity: 'x', ended: 'When' }] };
    expect(missing(m, survey('Case'))).toEqual(['Who', 'When']);
  });
  it('forgets the gates of another workflow, and nothing else', () => {
    const gates = [{ key: 'g', title: 'G', release: ['Send'] }] as Gate[];
    const m = complete({
      constants: { gate: 'old', workflow: 'w' },
      activities: { Decide: { gate: 'old', act: 'decide' }, Sign: { gate: 'g', act: 'decide' } },
      events: [{ activity: 'x', ended: 'When', gate: 'old', act: 'release' }],
    });
    const now = within(m, gates);
    expect(now.constants).toEqual({ workflow: 'w' });
    expect(now.activities).toEqual({ Sign: { gate: 'g', act: 'decide' } });
    expect(now.events).toEqual([{ activity: 'x', ended: 'When', gate: '', act: '' }]);
    expect(described(gates, 'Send')?.act).toBe('release');
    expect(described(gates, 'send')).toBeNull();
  });
  it('asks for fields that have words', () => {
    for (const g of groups) for (const field of g.fields) expect(t.wizard.fields).toHaveProperty(field.name);
    expect(asked('activity', 'run')).toBe(false);
    expect(asked('decision', 'run')).toBe(true);
  });
});

describe('readTime', () => {
  it.each([
    ['05/10/2026 09:03:00', 'DD/MM/YYYY hh:mm:ss', '2026-10-05T09:03'],
    ['05/10/2026 09:03:00', 'MM/DD/YYYY hh:mm:ss', '2026-05-10T09:03'],
    ['5/1/2026 9:03 pm', 'D/M/YYYY h:mm AM', '2026-01-05T21:03'],
    ['05 Oct 2026 12:00', 'DD MMM YYYY hh:mm', '2026-10-05T12:00'],
    ['2026-10-05 09:03:00', 'ISO', '2026-10-05T09:03'],
    ['31/02/2026 09:00', 'DD/MM/YYYY hh:mm', ''],
    ['soon', 'DD/MM/YYYY hh:mm', ''],
    ['05/10/2026 09:03:00 and more', 'DD/MM/YYYY hh:mm:ss', ''],
  ])('%s by %s is %s', (raw, layout, want) => expect(readTime(raw, layout)).toBe(want));
});
