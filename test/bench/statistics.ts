/** The few figures that the tables print. Pure. */

/** Smallest, middle and largest of several measurements. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Spread of at least one value. */
export function toSpread(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const half = sorted.length / 2;
  return {
    min: at(sorted, 0),
    median: (at(sorted, Math.ceil(half) - 1) + at(sorted, Math.floor(half))) / 2,
    max: at(sorted, sorted.length - 1),
  };
}

/** Value below which the given part (0 to 1) of ascending values lies; the upper neighbour, never a mean. */
export function percentile(sorted: readonly number[], part: number): number {
  return at(sorted, Math.min(sorted.length - 1, Math.floor(sorted.length * part)));
}

/** Compares two series round by round, so that a slow moment of the machine hits both sides alike. */
export function pairwise(
  left: readonly number[],
  right: readonly number[],
  compare: (left: number, right: number) => number,
): Spread {
  const length = Math.min(left.length, right.length);
  return toSpread(Array.from({ length }, (_, round) => compare(at(left, round), at(right, round))));
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}
