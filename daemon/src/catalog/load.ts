/**
 * From what the server says to the snapshot that decisions are made from.
 * INVARIANT: a definition that could not be read is marked as such, never left out and never empty.
 */

import { createHash } from 'node:crypto';
import type { CatalogSnapshot } from '@agentguard/rules';
import { EVENT_TRIGGERS, EXTENSIONS, SCHEMAS, SYSTEM_RELATIONS } from './families/database-wide.ts';
import { UNREADABLE_DEFINITION } from './families/family.ts';
import { FUNCTIONS } from './families/functions.ts';
import { CASTS, OPERATORS } from './families/operators-and-casts.ts';
import { TYPES } from './families/types.ts';
import { byContent, byName, byOid } from './order.ts';
import type { CatalogQuery } from './query.ts';
import { readRows, type CatalogRows } from './read-rows.ts';
import { CAST_CONTEXTS, FUNCTION_KINDS, TYPE_KINDS } from './server-letters.ts';
import { toRelations } from './to-relations.ts';

/** A snapshot, and whether every definition in it could be read. */
export interface LoadedCatalog {
  readonly snapshot: CatalogSnapshot;
  /** False when definitions carry the mark for unreadable ones: another load may do better. */
  readonly complete: boolean;
}

/**
 * Reads the whole catalog of the session's database.
 * @throws CatalogError `CATALOG_UNAVAILABLE`, see `readRows`
 */
export async function loadCatalog(query: CatalogQuery): Promise<CatalogSnapshot> {
  return (await loadWhatIsReadable(query)).snapshot;
}

/**
 * As `loadCatalog`, and says whether definitions had to be left unread because another transaction holds a relation
 * in them, as a migration does until it commits.
 */
export async function loadWhatIsReadable(query: CatalogQuery): Promise<LoadedCatalog> {
  const rows = await readRows(query);
  const content = toContent(rows);
  const text = JSON.stringify(content);
  const version = createHash('sha256').update(text).digest('hex');
  return { snapshot: { version, ...content }, complete: !text.includes(UNREADABLE_DEFINITION) };
}

function toContent(rows: CatalogRows): Omit<CatalogSnapshot, 'version'> {
  const { serverVersion, database, user, superuser } = rows.login;
  return {
    serverVersion,
    database,
    user,
    superuser,
    searchPath: rows.searchPath,
    schemas: byOid(rows.of(SCHEMAS)),
    relations: toRelations(rows),
    systemRelations: byContent(rows.of(SYSTEM_RELATIONS)),
    functions: byOid(rows.of(FUNCTIONS).map((one) => ({ ...one, kind: FUNCTION_KINDS[one.kind] }))),
    operators: byContent(rows.of(OPERATORS)),
    casts: byContent(
      rows.of(CASTS).map((one) => ({ ...one, context: CAST_CONTEXTS[one.context] })),
    ),
    types: byOid(rows.of(TYPES).map((one) => ({ ...one, kind: TYPE_KINDS[one.kind] }))),
    eventTriggers: byName(rows.of(EVENT_TRIGGERS)),
    extensions: byContent(rows.of(EXTENSIONS)),
  };
}
