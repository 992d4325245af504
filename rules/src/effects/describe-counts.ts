/** Counts in the words that a person reads on a question, with the way that each was reached by. */

import { toObjectText } from '../facts/effect.ts';
import type { Effect } from '../facts/effect.ts';
import { toNumber } from './limits.ts';
import { UNCOUNTED } from './measurement.ts';
import type { Counts } from './measurement.ts';

const VERBS: Readonly<Record<string, { readonly says: string; readonly kind: Effect['kind'] }>> = {
  deleted: { says: 'deletes', kind: 'delete' },
  inserted: { says: 'inserts', kind: 'insert' },
  updated: { says: 'updates', kind: 'update' },
  emptied: { says: 'removes', kind: 'truncate' },
};

/** One line for each count: `deletes 4,812 rows of public.orders (through cascade orders_user_fk)`. Most telling first. */
export function describeCounts(counts: Counts, effects: readonly Effect[]): readonly string[] {
  return Object.entries(counts)
    .map(([what, rows]) => ({ ...describe(what, rows, effects), rows }))
    .sort((one, other) => one.depth - other.depth || other.rows - one.rows)
    .map(({ line }) => line);
}

function describe(
  what: string,
  rows: number,
  effects: readonly Effect[],
): { readonly line: string; readonly depth: number } {
  const [word = '', ...rest] = what.split(' ');
  const object = rest.join(' ');
  const verb = VERBS[word];
  if (word === 'removed') return { line: `removes the ${object}`, depth: 0 };
  if (verb === undefined)
    return { line: `changes ${toNumber(rows)} rows of the system catalog`, depth: 9 };
  const via = viaOf(effects, verb.kind, object);
  const through = via.length === 0 ? '' : ` (through ${via.join(', then ')})`;
  return { line: `${verb.says} ${toRows(rows)} of ${object}${through}`, depth: via.length };
}

function toRows(rows: number): string {
  if (rows === UNCOUNTED) return 'every row, more than were counted,';
  return `${toNumber(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

/** The shortest way that the facts know of. */
function viaOf(effects: readonly Effect[], kind: Effect['kind'], table: string): readonly string[] {
  const ways = effects
    .filter((effect) => effect.kind === kind && 'object' in effect && effect.object !== null)
    .filter(
      (effect) =>
        'object' in effect && effect.object !== null && toObjectText(effect.object) === table,
    )
    .map(({ via }) => via)
    .sort((one, other) => one.length - other.length);
  return ways[0] ?? [];
}
