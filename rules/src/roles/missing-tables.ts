/** Tables that a role names and a catalog does not have, with the nearest one that it has. */

import type { CatalogSnapshot } from '../sql/catalog.ts';
import { didYouMean } from './nearest-word.ts';
import type { RoleScope } from './role-scope.ts';

/** A table that is not there. */
export interface MissingTable {
  /** `public.vehicle`. */
  readonly table: string;
  /** `; did you mean ...?`, or nothing. */
  readonly near: string;
}

/** Every table of the role that the catalog does not have. */
export function missingTables(role: RoleScope, catalog: CatalogSnapshot): readonly MissingTable[] {
  const known = new Set(catalog.relations.map(({ schema, name }) => `${schema}.${name}`));
  return [...role.tables.values()]
    .map(({ schema, name }) => `${schema}.${name}`)
    .filter((table) => !known.has(table))
    .map((table) => ({ table, near: didYouMean(table, known) }));
}
