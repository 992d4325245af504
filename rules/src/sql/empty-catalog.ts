/** The catalog of a database that nobody has shown: it has the server's own tables and nothing else. */

import { DESCRIBES_THE_SCHEMA } from '../roles/catalog-tables.ts';
import type { CatalogSnapshot } from './catalog.ts';

/** A snapshot with nothing of anybody in it, for judging a statement without a database at hand. */
export function emptyCatalog(): CatalogSnapshot {
  return {
    version: 'none',
    serverVersion: 180_000,
    database: '',
    user: '',
    superuser: false,
    searchPath: ['public'],
    schemas: ['public', 'pg_catalog', 'information_schema'].map((name, index) => ({
      oid: String(index + 1),
      name,
      temporary: false,
    })),
    relations: [],
    systemRelations: [...DESCRIBES_THE_SCHEMA].map((name) => `pg_catalog.${name}`),
    functions: [],
    operators: [],
    casts: [],
    types: [],
    eventTriggers: [],
    extensions: [],
  };
}
