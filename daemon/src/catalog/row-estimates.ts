/** How many rows a question should speak of, from what the planner last counted. Never a measured number. */

import type { CatalogSnapshot, Oid } from '@agentguard/rules';

/**
 * Estimated rows of a table with all its partitions and inheritance children; null when any of them was never counted
 * or the table is not in the snapshot.
 */
export function estimateRows(catalog: CatalogSnapshot, table: Oid): number | null {
  const relations = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
  const reached = new Set<Oid>([table]);
  let rows = 0;
  // A set that grows while it is walked visits what was added, and each relation once.
  for (const oid of reached) {
    const relation = relations.get(oid);
    if (relation === undefined) return null;
    for (const child of relation.children) reached.add(child);
    // A partitioned table holds no rows itself; its own estimate is the sum, if ANALYZE ran on it at all.
    if (relation.kind === 'partitioned table') continue;
    if (relation.estimatedRows === null) return null;
    rows += relation.estimatedRows;
  }
  return rows;
}
