// The part of an address after "?", by which a page keeps its filters: going
// back finds them again.
import { replace, router } from 'svelte-spa-router';

export const query = (): URLSearchParams => new URLSearchParams(router.querystring ?? '');

/** As the address stands, also what `keepQuery` put there. */
export const queryNow = (): URLSearchParams => new URLSearchParams(location.hash.split('?')[1] ?? '');

function address(values: Record<string, string>): string {
  const now = queryNow();
  for (const [key, value] of Object.entries(values)) {
    if (value) now.set(key, value);
    else now.delete(key);
  }
  const text = now.toString();
  return (location.hash.split('?')[0] || '#/').slice(1) + (text ? `?${text}` : '');
}

/** Sets filters in the address of the page that is shown; empty ones go. */
export function setQuery(values: Record<string, string>): void {
  void replace(address(values));
}

/** The same for what the page knows already: the page is not asked to follow. */
export function keepQuery(values: Record<string, string>): void {
  history.replaceState(history.state, '', `#${address(values)}`);
}
