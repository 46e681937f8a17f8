// What is open and who is at the keyboard: the one piece of state that every
// page shares. Everything else is asked of the program when a page is shown.
import { Registers, type Session } from './api';
import { dayOf } from './format';

const closed: Session = {
  open: false,
  file: '',
  path: '',
  file_name: '',
  organisation: '',
  sample: false,
  people: [],
  version: '',
  waiting: '',
  now: '',
};

let current = $state<Session>(closed);
let known = $state(false);
/** How far this page's clock is from the program's, by which everything is due. */
let apart = $state(0);

export const session = {
  get is(): Session {
    return current;
  },
  /** False until the program has answered for the first time. */
  get known(): boolean {
    return known;
  },
  /** Today by the program's clock, YYYY-MM-DD. */
  get today(): string {
    return dayOf(Date.now() - apart);
  },
  set(to: Session): void {
    current = to;
    const now = Date.parse(to.now);
    if (!Number.isNaN(now)) apart = Date.now() - now;
    known = true;
  },
  async load(): Promise<void> {
    this.set(await Registers.Session());
  },
};
