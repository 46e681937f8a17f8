// Work outside any form.
import { asFault } from './api';
import { failed } from './ui';

/** Does something, and says in a message where it could not be done. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (why) {
    failed(asFault(why));
  }
}
