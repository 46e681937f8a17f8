// Work in progress survives: what is typed is kept in the register within a
// second, however long somebody goes on typing, and offered again when the form
// is next opened.
import { Drafts } from './api';
import { threeWayMerge } from './merge';

const pause = 800; // milliseconds from a change until it is kept

/** Keeps texts under names: soon, in order, and the newest only. */
export function keeper(kept: (at: string) => void, refused: (why: unknown) => void = () => undefined) {
  let waiting: { name: string; body: () => string } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // What is kept late must not come after what was dropped.
  let last: Promise<unknown> = Promise.resolve();

  function write() {
    clearTimeout(timer);
    timer = undefined;
    const now = waiting;
    waiting = null;
    if (now) last = last.then(() => Drafts.Keep(now.name, now.body())).then(kept, refused);
  }
  return {
    /** Keeps a text that has changed. */
    note(name: string, body: () => string) {
      waiting = { name, body };
      timer ??= setTimeout(write, pause);
    },
    /** Keeps at once what still waits. */
    flush: write,
    /** Forgets what waits, and what is kept under the name. */
    async drop(name: string): Promise<void> {
      clearTimeout(timer);
      timer = undefined;
      waiting = null;
      last = last.then(() => Drafts.Drop(name)).catch(() => undefined);
      await last;
    },
  };
}

/** What is kept: the work, and what it began with. */
interface Work<T> {
  from?: T;
  typed: T;
}

export interface Draft<T> {
  /** Work found from before, until it is taken or discarded. */
  readonly found: { saved: string } | null;
  /** When this work was last kept; empty if it was not yet. */
  readonly kept: string;
  /** The work found, on top of what the form holds now. */
  take(): T;
  discard(): Promise<void>;
  /** Runs what saves the record; the draft goes once that is done. */
  save(what: () => Promise<unknown>): Promise<void>;
}

/**
 * Keeps `value()` under a name whenever it changes from what it was at first.
 * Without a name nothing is kept. Call while a component is set up.
 */
export function draft<T>(name: () => string, value: () => T): Draft<T> {
  let found = $state.raw<{ saved: string; work: Work<T> } | null>(null);
  let kept = $state('');
  let from: string | null = null; // what the form began with
  let before = ''; // what it held last
  let saving = false;
  const keep = keeper((at) => (kept = at));

  $effect(() => {
    const key = name();
    from = null;
    found = null;
    kept = '';
    if (!key) return;
    void Drafts.Get(key)
      .then((d) => {
        if (!d.body || key !== name()) return;
        const work = JSON.parse(d.body) as Work<T>;
        if (JSON.stringify(threeWayMerge(work.from, work.typed, value())) !== JSON.stringify(value()))
          found = { saved: d.saved_at, work };
        // The form still holds it: what is typed now goes on from the same beginning.
        else if ('from' in work) from = JSON.stringify(work.from);
      })
      .catch(() => undefined); // no draft is no reason to stop anybody
    return () => {
      if (!saving) keep.flush();
    };
  });
  $effect(() => {
    const now = JSON.stringify(value());
    const key = name();
    if (from === null || now === before || !key || saving) {
      from ??= now;
      before = now;
      return;
    }
    before = now;
    keep.note(key, () => `{"from":${from},"typed":${now}}`);
  });

  return {
    get found() {
      return found;
    },
    get kept() {
      return kept;
    },
    take() {
      const work = found?.work;
      found = null;
      return work ? (threeWayMerge(work.from, work.typed, value()) as T) : value();
    },
    async discard() {
      found = null;
      await keep.drop(name());
    },
    async save(what) {
      saving = true;
      const key = name();
      try {
        await what();
        found = null;
        kept = '';
        from = before = JSON.stringify(value());
        if (key) await keep.drop(key);
      } finally {
        saving = false;
      }
    },
  };
}
