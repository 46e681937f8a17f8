// What is dropped on the window goes where it belongs.
import { push } from 'svelte-spa-router';
import { asFault } from '$lib/api';
import { session } from '$lib/session.svelte';
import { failed } from '$lib/ui';
import { openRegister } from '../start/open.svelte';

/** The page for a file by its name; empty for a register. */
export function pageFor(path: string, open: boolean): string {
  const name = path.toLowerCase();
  if (name.endsWith('.assay')) return '';
  const file = `file=${encodeURIComponent(path)}`;
  if (!open || /\.(pdf|bag\.zip)$/.test(name)) return `/verify?${file}`;
  return `/runs/import?${file}`;
}

/** What a FileDrop that takes files itself hears when some land on it. */
export const droppedOn = 'filesdropped';

export async function dropped(paths: string[], x = 0, y = 0): Promise<void> {
  const path = paths[0];
  if (!path) return;
  const place = document.elementFromPoint(x, y)?.closest('[data-takes-files]');
  if (place) {
    place.dispatchEvent(new CustomEvent(droppedOn, { detail: paths }));
    return;
  }
  try {
    const page = pageFor(path, session.is.open);
    if (page) await push(page);
    else await openRegister(path);
  } catch (reason) {
    failed(asFault(reason));
  }
}
