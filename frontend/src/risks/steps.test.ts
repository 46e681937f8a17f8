import { expect, test } from 'vitest';
import type { Assessment, Guide } from '$lib/api';
import { bearing, isAnswered, stepFor, stepsOf } from './steps';
import { blankAnswer, blankRisk } from './blank';

const question = (id: string, risks: string[], codes: string[], measures: string[]) => ({
  id,
  text: 'Is it?',
  help: '',
  good: '',
  serves: [],
  risks,
  requirements: [],
  codes,
  measures,
});
const guide = {
  sections: [
    {
      id: 'purpose',
      title: 'Purpose',
      lead: '',
      questions: [question('Q01', ['R05'], ['TRN-02'], ['volume'])],
    },
    {
      id: 'oversight',
      title: 'Oversight',
      lead: '',
      questions: [
        question('Q09', ['R04'], ['OVR-06', 'OVR-07'], ['review_time', 'volume']),
        question('Q12', ['R04'], ['OVR-07'], ['agreement']),
      ],
    },
  ],
} as Pick<Guide, 'sections'>;

test('a suggestion and a bare yes are no answers', () => {
  expect(isAnswered(undefined)).toBe(false);
  expect(isAnswered({ ...blankAnswer('Q01'), value: 'yes' })).toBe(false);
  expect(isAnswered({ ...blankAnswer('Q01'), value: 'yes', note: 'seen' })).toBe(true);
  expect(isAnswered({ ...blankAnswer('Q01'), value: 'yes', evidence: ['e'] })).toBe(true);
  expect(isAnswered({ ...blankAnswer('Q01'), value: 'no', evidence: ['e'] })).toBe(false);
  expect(isAnswered({ ...blankAnswer('Q01'), value: 'yes', note: 'seen', suggested: true })).toBe(false);
});

test('the steps count what is done', () => {
  const whole = { likelihood: 2, impact: 2 };
  const form = {
    answers: [{ ...blankAnswer('Q09'), value: 'partly', note: 'n' }],
    risks: [
      {
        ...blankRisk(),
        inherent: whole,
        current: whole,
        residual: whole,
        owner_id: 'p',
        treatment: 'mitigate',
      },
      { ...blankRisk() },
      { ...blankRisk(), status: 'closed' },
    ],
    linked: [],
    method: 'm',
  } as unknown as Assessment;
  const steps = stepsOf(form, guide, { risks: 'Risks', basis: 'Basis', sign: 'Hand over' }, 4);
  expect(steps.map((s) => [s.key, s.done, s.all])).toEqual([
    ['purpose', 0, 1],
    ['oversight', 1, 2],
    ['risks', 1, 2],
    ['basis', 1, 5],
    ['sign', 0, 0],
  ]);
});

test('a problem leads to its step', () => {
  expect(stepFor('answers.Q12', 'Q12', guide)).toBe('oversight');
  expect(stepFor('owner_id', 'RSK-0001', guide)).toBe('risks');
  expect(stepFor('method', '', guide)).toBe('basis');
});

test('a risk of the catalogue gets the figures of the questions that bear on it', () => {
  expect(bearing(guide, 'R04')).toEqual({
    codes: ['OVR-06', 'OVR-07'],
    measures: ['review_time', 'agreement'],
  });
  expect(bearing(guide, 'R13')).toEqual({ codes: [], measures: [] });
});
