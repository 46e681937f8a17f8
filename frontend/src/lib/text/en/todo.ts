// The words of the page of everything that waits, in English.
import type { Tree } from '../tree';

export const todo = {
  title: 'To do',
  lead: 'Everything that waits, over every workflow that is not retired, by its cause. What blocks a certificate comes first.',
  owner: 'Owner',
  everybody: 'Everybody',
  area: 'Area',
  allAreas: 'All areas',
  effect: 'Effect',
  everything: 'Everything',
  onlyBlocking: 'Only what blocks a certificate',
  organisation: 'The organisation',
  blocks: { one: 'Blocks {n} certificate', many: 'Blocks {n} certificates' },
  overdue: { one: '{n} overdue', many: '{n} overdue' },
  answers: { one: 'Answers {n} more', many: 'Answers {n} more' },
  items: { one: '{n} thing to do', many: '{n} things to do' },
  none: 'Nothing is waiting',
  noneText: 'Every requirement stands, and nothing is due within 30 days.',
  noneHere: 'Nothing waits that fits these filters',
  noneHereText: 'Change the filters to see what else there is to do.',
  due: {
    review: 'Hold the reviews that are due',
    action: 'Finish the actions that are due',
    policy: 'Review the policies whose day comes',
    record: 'Close the records that are due',
    certificate: 'Renew the certificates that end',
    source: 'Purge personal data whose time is over',
    assessment: 'Reassess the risks that are due',
  },
  standing: {
    blocked: '{n} of {all} live workflows cannot be certified: {why}.',
    blockedOne: 'The one live workflow cannot be certified: {why}.',
    reasons: { one: '{n} reason', many: '{n} reasons' },
    free: {
      one: 'Nothing blocks a certificate of the one live workflow.',
      many: 'Nothing blocks a certificate of the {n} live workflows.',
    },
    comingBlocked: {
      one: '{n} workflow is not live, and could not be certified yet.',
      many: '{n} workflows are not live, and {blocked} of them could not be certified yet.',
    },
    coming: {
      one: '{n} workflow is not live; nothing blocks its certificate.',
      many: '{n} workflows are not live; nothing blocks their certificates.',
    },
    overdue: { one: '{n} thing is overdue.', many: '{n} things are overdue.' },
    nothing: 'Nothing else is waiting.',
    empty: 'There is no workflow yet.',
  },
} as const satisfies Tree;
