// The words that several rooms share, in English.
import type { Tree } from '../tree';

export const areas = {
  POL: 'Policy',
  RSK: 'Risk',
  OVR: 'Oversight',
  TRN: 'Transparency',
  IMP: 'Improvement',
} as const satisfies Tree;

export const kinds = {
  workflow: 'Workflow',
  policy: 'Policy',
  assessment: 'Risk assessment',
  risk: 'Risk',
  person: 'Person',
  review: 'Review',
  schedule: 'Schedule',
  action: 'Action',
  record: 'Record',
  evidence: 'Document',
  certificate: 'Certificate',
  source: 'Import',
  finding: 'Finding',
  run: 'Run',
  gate: 'Gate',
  soa: 'Control',
  register: 'Organisation',
} as const satisfies Tree;

export const lifecycle = {
  proposed: 'Proposed',
  trial: 'On trial',
  live: 'Live',
  paused: 'Paused',
  retired: 'Retired',
} as const satisfies Tree;

export const common = {
  reference: 'Reference',
  name: 'Name',
  status: 'Status',
  owner: 'Owner',
  date: 'Date',
  due: 'Due',
  kind: 'Kind',
  reason: 'Reason',
  note: 'Note',
  workflow: 'Workflow',
  version: 'Version',
  subject: 'About',
  saved: 'Saved.',
  approverKey: 'Passphrase of the approver’s own key',
  approverKeyHint:
    'The approver types it here, and the approval is signed. Without it the record says, also in print, that it was recorded as approved.',
  none: 'None',
  all: 'All',
  choose: 'Choose…',
  nobodyMay: 'Nobody in the register qualifies',
  addPerson: 'Add a person',
  draftKept: 'Draft kept {time}',
  draftFound: 'There is unsaved work from {time}.',
  draftUse: 'Continue with it',
  draftDrop: 'Discard it',
  history: 'History',
  historyEmpty: 'No change is recorded yet.',
  delete: 'Delete',
  deleteTitle: 'Delete {name}?',
  deleteHint: 'It can be undone here or in Activity. The log keeps what was deleted and why.',
  deleted: '{name} deleted.',
  undone: 'Taken back.',
  onePerLine: 'One per line.',
  overdue: 'Overdue',
  today: 'Today',
  inDays: { one: 'in {n} day', many: 'in {n} days' },
  daysLate: { one: '{n} day overdue', many: '{n} days overdue' },
  by: 'by',
  from: 'From',
  to: 'To',
  before: 'Before',
  after: 'After',
  field: 'What changed',
  show: 'Show',
  more: 'Show more',
  open: 'Open',
  actions: 'Actions',
  copy: 'Copy',

  // Forms: the label of each field, with its hint where it has one.
  deleteForm: {
    reason: 'Why is it deleted?',
  },
} as const satisfies Tree;
