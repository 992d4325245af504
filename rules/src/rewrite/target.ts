/**
 * A table that a statement writes to and that rules hold for.
 */

import type { Protection } from './protection.ts';
import type { Place } from './work.ts';

/** The table, and the name that the statement knows it by. */
export interface Target {
  readonly protection: Protection;
  readonly name: string;
  readonly place: Place;
}
