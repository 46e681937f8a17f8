import { describe, expect, test } from 'vitest';
import { countOf, inWords, labelOf } from './changes';

const change = (field: string, before: string, after: string, item = '', whole = '') => ({
  field,
  item,
  whole,
  before,
  after,
});

describe('what changed, in words', () => {
  test('a question is named, and its answer is a word', () => {
    expect(
      inWords('assessment', [
        change('answers[].note', 'the team', 'the officers', 'Who decides?'),
        change('answers[].value', 'no', 'partly', 'Who decides?'),
      ]),
    ).toEqual([
      {
        title: 'Question “Who decides?”',
        changes: [
          {
            label: 'Note',
            before: 'the team',
            after: 'the officers',
            sentence: 'Note: from the team to the officers',
          },
          { label: 'Answer', before: 'No', after: 'Partly', sentence: 'Answer: from No to Partly' },
        ],
      },
    ]);
  });

  test('fields of the record stand without a title', () => {
    const [group] = inWords('workflow', [
      change('lifecycle', 'trial', 'live'),
      change('live_since', '', '2026-11-02'),
      change('supplier', 'Acme', ''),
    ]);
    expect(group?.title).toBe('');
    expect(group?.changes.map((c) => c.sentence)).toEqual([
      'Stage: from On trial to Live',
      'Live since: 2 November 2026',
      'Supplier: Acme was taken out',
    ]);
  });

  test('a part that came or went says so', () => {
    expect(
      inWords('workflow', [
        change('gates[].four_eyes', '', 'true', 'Officer decides', 'added'),
        change('gates[].decides', 'Whether', '', 'Manager decides', 'removed'),
      ]).map((g) => [g.title, g.changes[0]?.after]),
    ).toEqual([
      ['Gate “Officer decides” was added', 'Yes'],
      ['Gate “Manager decides” was removed', ''],
    ]);
  });

  test('people are named', () => {
    const [group] = inWords('policy', [change('owner_id', 'Ada', 'Bea')]);
    expect(group?.changes[0]?.sentence).toBe('Owner: from Ada to Bea');
  });

  test('what is long or has several lines stands side by side', () => {
    const changes = inWords('policy', [
      change('versions[].purpose', 'x'.repeat(90), 'y', '1.0'),
      change('versions[].principles', 'a\nb', 'a', '1.0'),
    ])[0]?.changes;
    expect(changes?.map((c) => c.sentence)).toEqual(['', '']);
    expect(changes?.[1]).toMatchObject({ label: 'Principles', before: 'a\nb', after: 'a' });
  });

  test('what says nothing to a person is left out, and an unknown name is made readable', () => {
    expect(inWords('workflow', [change('sample', '', 'true'), change('gates[].key', 'a', 'b', 'G')])).toEqual(
      [],
    );
    expect(labelOf('some.odd_name')).toBe('Some odd name');
    expect(labelOf('risks[].acceptance.by')).toBe('Accepted by');
  });

  test('hostile text stays as it is', () => {
    const [group] = inWords('workflow', [change('name', '{field}', '<b>$&</b>')]);
    expect(group?.changes[0]).toMatchObject({ before: '{field}', after: '<b>$&</b>' });
  });

  test('they are counted', () => {
    expect(countOf(inWords('workflow', [change('name', 'a', 'b')]))).toBe('1 change');
  });
});
