/** Columns and keys of tables, as the server has them now. */

import type { CatalogQuery } from '../catalog/query.ts';
import type { SavedColumn } from './saved-rows.ts';
import { toLiteral } from './sql-text.ts';

/** A table by name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** What has to be known of a table. */
export interface TableShape extends TableName {
  readonly columns: readonly SavedColumn[];
  /** Names of the primary key's columns, in its order; empty when there is none. */
  readonly key: readonly string[];
}

/** Reads the shapes, in the order of the names; a table that is not there is left out. */
export async function readShapes(
  query: CatalogQuery,
  tables: readonly TableName[],
): Promise<readonly TableShape[]> {
  if (tables.length === 0) return [];
  const wanted = tables.map(({ schema, name }) => `(${toLiteral(schema)}, ${toLiteral(name)})`);
  const rows = await query(`
    SELECT n.nspname, c.relname, a.attname, a.attgenerated <> '', a.attidentity = 'a',
      coalesce(array_position(i.indkey::int2[], a.attnum), -1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE (n.nspname::text, c.relname::text) IN (VALUES ${wanted.join(', ')})
    ORDER BY a.attnum`);
  return tables.flatMap(({ schema, name }) => {
    const own = rows.filter((row) => row[0] === schema && row[1] === name);
    if (own.length === 0) return [];
    const columns = own.map((row) => ({
      name: row[2] ?? '',
      generated: row[3] === 't',
      identityAlways: row[4] === 't',
    }));
    const key = own
      .filter((row) => Number(row[5]) >= 0)
      .sort((one, other) => Number(one[5]) - Number(other[5]))
      .map((row) => row[2] ?? '');
    return [{ schema, name, columns, key }];
  });
}
