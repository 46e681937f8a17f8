// Opening a register from wherever it was asked for: the first page, a file
// dropped on the window, the command palette.
import { push } from 'svelte-spa-router';
import { asFault, Registers } from '$lib/api';
import { session } from '$lib/session.svelte';

/** The token of the register that waits for its passphrase; empty when none does. */
export const unlocking = $state({ file: '' });

/** Opens a register by its token, or asks for its passphrase. Fails with a fault otherwise. */
export async function openRegister(file: string, passphrase = ''): Promise<void> {
  try {
    session.set(await Registers.Open(file, passphrase));
  } catch (reason) {
    const fault = asFault(reason);
    if (!passphrase && fault.field('passphrase')) {
      unlocking.file = file;
      return;
    }
    throw fault;
  }
  unlocking.file = '';
  await push('/');
}
