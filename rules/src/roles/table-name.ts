/**
 * Table names in a policy file, spelled as the catalog spells them: `reservations` is `public.reservations`, and
 * double quotes hold what would be cut at a dot. Never folded: `Orders` and `orders` are two tables.
 */

/** A table by its two names. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Where a table without a schema is looked for: never along a path, which a session could change. */
const DEFAULT_SCHEMA = 'public';

/** NAMEDATALEN of PostgreSQL, without its terminator. */
const MAX_NAME_BYTES = 63;

const PART = /^(?:"((?:[^"]|"")+)"|([^".\s]+))$/;

/** Reads a name; null for what cannot be one. */
export function parseTableName(text: string): TableName | null {
  const parts = text.match(/(?:"(?:[^"]|"")*"|[^."])+/g) ?? [];
  if (parts.join('.') !== text || parts.length > 2) return null;
  const names = parts.map(readPart);
  const [first, second] = names;
  if (first == null || second === null) return null;
  return second === undefined
    ? { schema: DEFAULT_SCHEMA, name: first }
    : { schema: first, name: second };
}

function readPart(text: string): string | null {
  const [, quoted, plain] = PART.exec(text) ?? [];
  const name = quoted?.replaceAll('""', '"') ?? plain;
  if (name === undefined || name.includes('\0')) return null;
  return new TextEncoder().encode(name).length <= MAX_NAME_BYTES ? name : null;
}
