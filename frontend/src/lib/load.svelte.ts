// Asking the program for what a page shows, and for it again after a change.
import { parseFault, type Fault } from './fault';
import { t } from './text';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly fault: Fault | null;
  /** True while the first answer is awaited; a reload keeps the old value. */
  readonly waiting: boolean;
  reload(): Promise<void>;
}

/**
 * Runs `ask` now and whenever what it reads changes. The answer to an older
 * question never replaces that to a newer one.
 */
export function load<T>(ask: () => Promise<T>): Loaded<T> {
  let value = $state.raw<T>();
  let fault = $state.raw<Fault | null>(null);
  let asked = 0;

  async function run() {
    const mine = ++asked;
    try {
      const answer = await ask();
      if (mine === asked) [value, fault] = [answer, null];
    } catch (reason) {
      if (mine === asked) fault = parseFault(reason, t.ui.wrong);
    }
  }
  $effect(() => {
    void run();
    return () => void asked++;
  });
  return {
    get value() {
      return value;
    },
    get fault() {
      return fault;
    },
    get waiting() {
      return value === undefined && fault === null;
    },
    reload: run,
  };
}
