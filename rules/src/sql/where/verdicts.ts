/**
 * The four answers to "is it true for every row" and how they combine.
 */

import type { Node } from '@pgsql/types';

import type { Row } from './row.ts';

/**
 * `always`: for every row, or for all rows or none; `never`: for no row; `depends`: it limits the rows;
 * `unclear`: it could not be told.
 */
export type Truth = 'always' | 'never' | 'depends' | 'unclear';

/** Judges part of a condition, against another row when it stands in a subquery. */
export type Judge = (condition: Node | undefined, inside?: Row) => Truth;

/** Of conditions that must all hold: one that limits the rows limits them all. */
export function both(parts: readonly Truth[]): Truth {
  if (parts.includes('never')) return 'never';
  if (parts.includes('depends')) return 'depends';
  return parts.includes('unclear') ? 'unclear' : 'always';
}

/** Of conditions of which one must hold. */
export function either(parts: readonly Truth[]): Truth {
  if (parts.includes('always')) return 'always';
  if (parts.includes('unclear')) return 'unclear';
  return parts.includes('depends') ? 'depends' : 'never';
}

/** Of the opposite. */
export function negate(part: Truth): Truth {
  switch (part) {
    case 'always':
      return 'never';
    case 'never':
      return 'always';
    case 'depends':
    case 'unclear':
      return part;
  }
}
