// What is open and who is at the keyboard: the one piece of state that every
// page shares. Everything else is asked of the program when a page is shown.
import { Registers, type Session } from './api';

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
};

let current = $state<Session>(closed);
let known = $state(false);

export const session = {
  get is(): Session {
    return current;
  },
  /** False until the program has answered for the first time. */
  get known(): boolean {
    return known;
  },
  set(to: Session): void {
    current = to;
    known = true;
  },
  async load(): Promise<void> {
    this.set(await Registers.Session());
  },
};
