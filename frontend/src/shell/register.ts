// Leaving the register that is open.
import { push } from 'svelte-spa-router';
import { Registers } from '$lib/api';
import { session } from '$lib/session.svelte';
import { unlocking } from '../start/open.svelte';

/** Closes it and asks for its passphrase again. */
export async function lockRegister(): Promise<void> {
  const { file } = session.is;
  session.set(await Registers.Close());
  unlocking.file = file;
}

/** Closes it and shows the registers that there are. */
export async function closeRegister(): Promise<void> {
  session.set(await Registers.Close());
  await push('/');
}
