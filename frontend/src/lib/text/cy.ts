// The same words in Welsh. What is not translated yet stands in English.
import { en } from './en';
import type { Text } from './index';

export const cy = {
  ...en,
  ui: {
    ...en.ui,
    optional: '(dewisol)',
    error: 'Gwall: ',
    problem: 'Mae problem',
    day: 'Diwrnod',
    month: 'Mis',
    year: 'Blwyddyn',
    close: 'Cau',
    cancel: 'Canslo',
    save: 'Cadw',
    undo: 'Dadwneud',
    edit: 'Golygu',
    add: 'Ychwanegu',
    remove: 'Tynnu',
    previous: 'Blaenorol',
    next: 'Nesaf',
    chooseFile: 'Dewis ffeil',
    yes: 'Ie',
    no: 'Na',
  },
} satisfies Text;
