// The words of the parts that pages are made of, in English.
import type { Tree } from '../tree';

export const ui = {
  noFile: 'No file chosen yet',
  optional: '(optional)',
  error: 'Error: ',
  problem: 'There is a problem',
  reference: 'If you ask for help, quote reference {ref}.',
  day: 'Day',
  month: 'Month',
  year: 'Year',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  undo: 'Undo',
  edit: 'Edit',
  add: 'Add',
  remove: 'Remove',
  dismiss: 'Dismiss this message',
  breadcrumbs: 'Breadcrumbs',
  filter: 'Filter these rows',
  noRows: 'No row matches. Change the filter to see more.',
  rows: { one: '{n} row', many: '{n} rows' },
  rowsOf: '{n} of {all} rows',
  selectAll: 'Select all',
  select: 'Select {name}',
  previous: 'Previous',
  next: 'Next',
  page: 'Page {n} of {all}',
  pagesOf: 'Pages of {name}',
  allRows: 'Show all {n}',
  notRecorded: 'Not recorded',
  chooseFile: 'Choose a file',
  loading: 'Loading…',
  wrong: 'Assay made a mistake and did not finish. Nothing was saved; try again.',
  retry: 'Try again',
  yes: 'Yes',
  no: 'No',
} as const satisfies Tree;

export const chart = {
  table: 'Show as table',
  copy: 'Copy as CSV',
  copied: 'Copied. Paste it into a spreadsheet.',
  nothing: 'Nothing to show for this choice.',
  date: 'Date',
  share: 'Share',
  summary: '{name}: highest {value} on {date}.',
} as const satisfies Tree;

export const heat = {
  stage: 'When the risk is rated',
  stages: { inherent: 'Inherent', current: 'Current', residual: 'Residual' },
  likelihood: 'Likelihood',
  likelihoods: ['Rare', 'Unlikely', 'Possible', 'Likely', 'Almost certain'],
  impacts: ['Negligible', 'Minor', 'Moderate', 'Major', 'Severe'],
  bands: { unrated: 'Not rated', low: 'Low', medium: 'Medium', high: 'High', very_high: 'Very high' },
  cell: '{n} risks: {band} ({score})',
  cellOne: '{n} risk: {band} ({score})',
  axes: 'Impact from left to right, likelihood from bottom to top',
  appetite: 'Outlined cells are above the appetite of {n}.',
} as const satisfies Tree;

export const score = {
  missing: { one: '{n} not met', many: '{n} not met' },
  whole: 'All met',
  none: 'Not applicable',
  metOf: '{met} of {all} requirements met',
  metShort: '{met} of {all} met',
} as const satisfies Tree;
