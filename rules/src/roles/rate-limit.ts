/** `200/min`: how many operations a token may do in which time. */

import type { RateLimit } from './role-scope.ts';

const SECOND_MS = 1000;

/** Units as people write them, in milliseconds. */
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', SECOND_MS],
  ['sec', SECOND_MS],
  ['second', SECOND_MS],
  ['m', 60 * SECOND_MS],
  ['min', 60 * SECOND_MS],
  ['minute', 60 * SECOND_MS],
  ['h', 3600 * SECOND_MS],
  ['hour', 3600 * SECOND_MS],
]);

/** The times of as many operations are kept for each session. */
const MAX_COUNT = 100_000;

/** Reads a limit; null for what is none. */
export function parseRateLimit(text: string): RateLimit | null {
  const [, digits = '', unit = ''] = /^([1-9]\d{0,6})\s*\/\s*([a-z]+)$/.exec(text.trim()) ?? [];
  const perMs = UNIT_MS.get(unit);
  const count = Number(digits);
  if (perMs === undefined || count > MAX_COUNT) return null;
  return { count, perMs, text };
}
