// What a chart needs to place numbers: a straight scale, and round ticks from nought.

interface Scale {
  (value: number): number;
  /** The value at a place. */
  invert(place: number): number;
}

/** A scale that takes the values from `domain` to the places from `range`. */
export function scale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const span = domain[1] - domain[0];
  const step = span === 0 ? 0 : (range[1] - range[0]) / span;
  // Where there is one value only, it stands in the middle.
  const place = (value: number) =>
    step === 0 ? (range[0] + range[1]) / 2 : range[0] + (value - domain[0]) * step;
  const invert = (at: number) => (step === 0 ? domain[0] : domain[0] + (at - range[0]) / step);
  return Object.assign(place, { invert });
}

/**
 * About `count` ticks from 0, at steps of 1, 2 or 5 and a power of ten, the last at or
 * above `top`, which is above 0.
 */
export function ticks(top: number, count: number): number[] {
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = rough / power;
  const step =
    (times >= Math.sqrt(50) ? 10 : times >= Math.sqrt(10) ? 5 : times >= Math.sqrt(2) ? 2 : 1) * power;
  const out = [0];
  // Counted, not added up: 0.1 three times is not 0.3.
  for (let i = 1; (out.at(-1) ?? 0) < top; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}
