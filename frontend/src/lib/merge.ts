// Work that was begun on one state of a record, brought to a later one.

const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

/**
 * What was typed, on top of what is there now: fields that the work left alone
 * stay as they are now. Lists are taken whole.
 */
export function threeWayMerge(from: unknown, typed: unknown, now: unknown): unknown {
  if (JSON.stringify(from) === JSON.stringify(typed)) return now;
  if (!isObject(typed) || !isObject(now)) return typed;
  const was = isObject(from) ? from : {};
  return Object.fromEntries(
    [...new Set([...Object.keys(now), ...Object.keys(typed)])].map((k) => [
      k,
      k in typed ? threeWayMerge(was[k], typed[k], now[k]) : now[k],
    ]),
  );
}
