// The words around every page: rail, header, palette, in English.
import type { Tree } from '../tree';

export const palette = {
  title: 'Find anything',
  placeholder: 'Find a record, page or action',
  escape: 'Esc',
  results: 'Results',
  nothing: 'Nothing found. Try a reference such as WF-0003, part of a name, or words that stand in a record.',
  page: 'Page',
  action: 'Action',
  alsoNew: 'new create add',
  backUp: 'Back up now',
  lock: 'Lock the register',
  theme: 'Switch between light and dark',
} as const satisfies Tree;

export const shell = {
  skip: 'Skip to main content',
  rail: 'Rooms',
  menu: 'Menu',
  sample: 'Sample data',
  sampleNote: 'Fictional council. Nothing here is real.',
  find: 'Find',
  findKeys: 'Ctrl K',
  atKeyboard: 'At the keyboard',
  nobody: 'Nobody named',
  choosePerson: 'Who is at the keyboard?',
  choosePersonHint: 'Every change is recorded under this name.',
  closeRegister: 'Close the register',
  removeSample: 'Remove the sample',
  removeSampleTitle: 'Remove the sample council?',
  removeSampleText:
    'Its register, documents and everything that you changed in it are deleted. It can be made again at any time.',
  shortcuts: 'Keyboard shortcuts',
  shortcutList: [
    ['Ctrl K', 'Find anything'],
    ['?', 'Show these shortcuts'],
    ['F1', 'Help: the guide'],
    ['g then o', 'Overview'],
    ['g then d', 'To do'],
    ['g then w', 'Workflows'],
    ['g then p', 'Policies'],
    ['g then r', 'Runs'],
    ['g then v', 'Reviews'],
    ['g then s', 'Standards'],
    ['g then c', 'Certificates'],
    ['g then a', 'Activity'],
    ['Alt ←', 'Back'],
    ['Esc', 'Close a dialog'],
  ],
  key: 'Key',
  does: 'What it does',
  notFound: 'There is no such page',
  cannotShow: 'This cannot be shown',
  notFoundText:
    'The address may be from an older register. Choose a room on the left, or press Ctrl K to find a record.',
  dropHere: 'Drop a register, certificate, pack or run export',
} as const satisfies Tree;

export const rooms = {
  overview: 'Overview',
  todo: 'To do',
  workflows: 'Workflows',
  policies: 'Policies',
  runs: 'Runs',
  reviews: 'Reviews',
  standards: 'Standards',
  certificates: 'Certificates',
  activity: 'Activity',
  settings: 'Settings',
  verify: 'Verify',
} as const satisfies Tree;
