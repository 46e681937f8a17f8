// Opening a register from wherever it was asked for: the first page, a file
// dropped on the window, the command palette.
import { push } from 'svelte-spa-router';
import { asFault, Registers } from '$lib/api';
import { session } from '$lib/session.svelte';

/** The register that waits for its passphrase; empty when none does. */
export const unlocking = $state({ path: '' });

/** Opens a register, or asks for its passphrase. Fails with a fault otherwise. */
export async function openRegister(path: string, passphrase = ''): Promise<void> {
  try {
    session.set(await Registers.Open(path, passphrase));
  } catch (reason) {
    const fault = asFault(reason);
    if (!passphrase && fault.field('passphrase')) {
      unlocking.path = path;
      return;
    }
    throw fault;
  }
  unlocking.path = '';
  await push('/');
}
