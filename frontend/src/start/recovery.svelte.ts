// The words of a recovery key, which are shown once. While they are, nothing else is: they
// take the place of the page whatever its address, and the window asks before it closes.
import { push } from 'svelte-spa-router';
import { Registers, type Session } from '$lib/api';
import { session } from '$lib/session.svelte';

export const recovery = $state<{ words: string; organisation: string; file: string }>({
  words: '',
  organisation: '',
  file: '',
});
let opens: Session | null = null;
let next = '/';

const hold = (on: boolean) => void Registers.HoldWindow(on).catch(() => undefined);

/**
 * Shows the words of a register that was just made, or of the one that is open; `then` is the page that follows,
 * whatever the address became meanwhile.
 */
export function showWords(words: string, of: Session, then = '/'): void {
  opens = of;
  next = then;
  Object.assign(recovery, { words, organisation: of.organisation, file: of.file_name });
  hold(true);
}

/** Somebody has the words on paper: the register opens. */
export async function wordsKept(): Promise<void> {
  recovery.words = '';
  hold(false);
  if (opens) session.set(opens);
  opens = null;
  await push(next);
}
