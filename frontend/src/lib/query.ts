// The part of an address after "?", by which a page keeps its filters: going
// back finds them again.
import { replace, router } from 'svelte-spa-router';

export const query = (): URLSearchParams => new URLSearchParams(router.querystring ?? '');

/** Sets filters in the address of the page that is shown; empty ones go. */
export function setQuery(values: Record<string, string>): void {
  const now = query();
  for (const [key, value] of Object.entries(values)) {
    if (value) now.set(key, value);
    else now.delete(key);
  }
  const text = now.toString();
  void replace(router.location + (text ? `?${text}` : ''));
}
