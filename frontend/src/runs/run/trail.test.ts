import { describe, expect, it } from 'vitest';
import type { RunRecord } from '$lib/api';
import { trail } from './trail';

const at = (line: number) => ({ line, offset: 0 });
const t = (time: string) => `2026-10-05T${time}Z`;
const never = '0001-01-01T00:00:00Z';

describe('trail', () => {
  it('is in the order of the times, says how long each took and what lies between', () => {
    const r = {
      run_id: 'x',
      steps: [
        { seq: 1, name: 'Send', started: t('09:10:00'), ended: t('09:10:30'), at: at(4) },
        { seq: 2, name: 'Draft', started: never, ended: t('09:00:00'), at: at(2) },
        { seq: 3, name: 'No time', started: never, ended: never, at: at(3) },
      ],
      decisions: [
        {
          gate: 'g',
          account: 'a',
          code: 'approved',
          presented: t('09:01:00'),
          opened: t('09:03:00'),
          decided: t('09:05:00'),
          at: at(5),
        },
      ],
    } as unknown as RunRecord;
    const got = trail(r).map((e) => [e.step?.name ?? e.decision?.code, e.after, e.took]);
    expect(got).toEqual([
      ['Draft', null, null],
      ['No time', null, null],
      ['approved', null, 120],
      ['Send', 330, 30],
    ]);
  });
  it('is empty for a run without steps', () => expect(trail({ run_id: 'x' } as RunRecord)).toEqual([]));
});
