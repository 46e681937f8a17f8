// What is dropped on the window goes where it belongs.
import { push } from 'svelte-spa-router';
import { asFault, type Dropped } from '$lib/api';
import { session } from '$lib/session.svelte';
import { failed } from '$lib/ui';
import { openRegister } from '../start/open.svelte';

/** The page for a file by its name; empty for a register. */
function pageFor(file: string, open: boolean): string {
  const name = file.toLowerCase();
  if (name.endsWith('.assay')) return '';
  const query = `file=${encodeURIComponent(file)}`;
  if (!open || /\.(pdf|bag\.zip)$/.test(name)) return `/verify?${query}`;
  return `/runs/import?${query}`;
}

/** What a FileDrop that takes files itself hears when some land on it. */
const droppedOn = 'filesdropped';

export async function dropped({ files, x, y }: Dropped): Promise<void> {
  const file = files[0];
  if (!file) return;
  const place = document.elementFromPoint(x, y)?.closest('[data-takes-files]');
  if (place) {
    place.dispatchEvent(new CustomEvent(droppedOn, { detail: files }));
    return;
  }
  try {
    const page = pageFor(file, session.is.open);
    if (page) await push(page);
    else await openRegister(file);
  } catch (reason) {
    failed(asFault(reason));
  }
}
