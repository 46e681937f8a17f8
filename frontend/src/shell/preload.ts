// Brings the rooms that were not asked for yet, one after the other while the
// window has nothing else to do, so that the first click on a room waits for no file.

const soon: (f: () => void) => void =
  typeof requestIdleCallback === 'function'
    ? (f) => requestIdleCallback(f, { timeout: 1000 })
    : (f) => setTimeout(f, 30); // WebKit has no idle callback

export function preload(pages: (() => Promise<unknown>)[]): void {
  const [next, ...rest] = pages;
  if (!next) return;
  soon(() => {
    // What cannot be brought now is asked for again by the click on it.
    next()
      .catch(() => undefined)
      .finally(() => preload(rest));
  });
}
