// Work in progress survives: what is typed is kept in the register within a
// second, and offered again when the form is next opened.
import { Drafts } from './api';

const pause = 800; // milliseconds after a change: who types on loses no more than that

export interface Draft<T> {
  /** Work found from before, until it is taken or discarded. */
  readonly found: { saved: string; value: T } | null;
  /** When this work was last kept; empty if it was not yet. */
  readonly kept: string;
  take(): T | null;
  discard(): Promise<void>;
  /** The work is saved as a record: the draft is no longer needed. */
  finish(): Promise<void>;
}

/**
 * Keeps `value()` under a name whenever it changes from what it was at first,
 * which is the first that is not null. Call while a component is set up.
 */
export function draft<T>(name: () => string, value: () => T | null): Draft<T> {
  let found = $state.raw<{ saved: string; value: T } | null>(null);
  let kept = $state('');
  let before: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  $effect(() => {
    const key = name();
    before = null;
    void Drafts.Get(key)
      .then((d) => {
        if (d.body) found = { saved: d.saved_at, value: JSON.parse(d.body) as T };
      })
      .catch(() => undefined); // no draft is no reason to stop anybody
  });
  $effect(() => {
    const form = value();
    const now = form === null ? null : JSON.stringify(form);
    const changed = before !== null && now !== null && now !== before;
    before = now;
    if (!changed) return;
    const key = name();
    timer ??= setTimeout(() => {
      timer = undefined;
      if (over || before === null) return;
      Drafts.Keep(key, before)
        .then((saved) => (kept = saved))
        .catch(() => undefined);
    }, pause);
  });
  $effect(() => () => clearTimeout(timer));

  async function drop() {
    clearTimeout(timer);
    timer = undefined;
    found = null;
    await Drafts.Drop(name()).catch(() => undefined);
  }
  return {
    get found() {
      return found;
    },
    get kept() {
      return kept;
    },
    take() {
      const value = found?.value ?? null;
      found = null;
      return value;
    },
    discard: drop,
    async finish() {
      over = true;
      await drop();
    },
  };
}
