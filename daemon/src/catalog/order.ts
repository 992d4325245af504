/** One order for everything in a snapshot, so that equal catalogs have equal versions. */

import type { Oid } from '@agentguard/rules';

/** By object identifier, oldest first. */
export function byOid<Entry extends { readonly oid: Oid }>(
  entries: readonly Entry[],
): readonly Entry[] {
  return entries.toSorted((a, b) => Number(a.oid) - Number(b.oid));
}

/** By name, which is also the order in which the server fires triggers and rules. */
export function byName<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
): readonly Entry[] {
  return entries.toSorted((a, b) => compare(a.name, b.name));
}

/** For entries without a name or number of their own. */
export function byContent<Entry>(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, text: JSON.stringify(entry) }))
    .toSorted((a, b) => compare(a.text, b.text))
    .map(({ entry }) => entry);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
