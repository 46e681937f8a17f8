// Reading a file again and again while somebody explains it: a moment after
// each change, never twice at once, and never an answer to an older question.
import { asFault, job, type Job, type JobProgress } from './api';
import type { Fault } from './fault';

const pause = 350; // milliseconds without a change
const slow = 500; // milliseconds after which progress is shown

interface LatestJob<T> {
  readonly value: T | null;
  readonly fault: Fault | null;
  /** An answer is awaited. */
  readonly busy: boolean;
  /** How far reading has come, once it has taken more than half a second. */
  readonly progress: JobProgress | null;
  ask(start: (name: string) => Promise<T>, now?: boolean): void;
  cancel(): void;
}

/** Call while a component is set up; it stops when the component goes. */
export function latestJob<T>(): LatestJob<T> {
  let value = $state.raw<T | null>(null);
  let fault = $state.raw<Fault | null>(null);
  let busy = $state(false);
  let progress = $state.raw<JobProgress | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Job<T> | null = null;
  let asked = 0;

  function cancel() {
    clearTimeout(timer);
    asked++;
    running?.cancel();
    running = null;
    busy = false;
    progress = null;
  }
  async function go(start: (name: string) => Promise<T>) {
    const mine = asked;
    const began = Date.now();
    const work = job(start, (p) => {
      if (mine === asked && Date.now() - began > slow) progress = p;
    });
    running = work;
    try {
      const answer = await work.result;
      if (mine === asked) [value, fault] = [answer, null];
    } catch (why) {
      const it = asFault(why);
      if (mine === asked && it.code !== 'cancelled') fault = it;
    } finally {
      if (mine === asked) {
        [busy, progress, running] = [false, null, null];
      }
    }
  }
  $effect(() => cancel);
  return {
    get value() {
      return value;
    },
    get fault() {
      return fault;
    },
    get busy() {
      return busy;
    },
    get progress() {
      return progress;
    },
    ask(start, now = false) {
      cancel();
      busy = true;
      timer = setTimeout(() => void go(start), now ? 0 : pause);
    },
    cancel,
  };
}
