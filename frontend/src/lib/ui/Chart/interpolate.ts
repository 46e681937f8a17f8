// Stands in for d3-interpolate in the build (vite.config.ts): the scales of our
// charts run over numbers, and what blends colours and shapes weighs more than
// the scales themselves.

type Blend = (t: number) => number;

export const interpolateNumber =
  (a: number, b: number): Blend =>
  (t) =>
    a * (1 - t) + b * t;

export const interpolateRound =
  (a: number, b: number): Blend =>
  (t) =>
    Math.round(a * (1 - t) + b * t);

export const interpolate = interpolateNumber;

export function piecewise(): never {
  throw new Error('scales run over numbers');
}
