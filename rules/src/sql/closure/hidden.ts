/**
 * Definitions that a connection made and that no snapshot shows yet. While there are such, a name or a table that the
 * snapshot knows may mean or do something else, so whatever reaches one is unknown.
 */

import type { Effect, ObjectName } from '../../facts/effect.ts';

/** Reason of the unknown effect that stands for all of them. */
export const HIDDEN_DEFINITIONS =
  'this connection changed definitions that the catalog does not show yet';

/** Creating one of these changes nothing about what other statements mean, beyond the new name itself. */
const INERT_CREATIONS: ReadonlySet<string> = new Set([
  'table',
  'sequence',
  'index',
  'schema',
  'role',
  'database',
  'tablespace',
  // Expressions of a domain and types inside a row were read when it was made; functions of a base type are unknown.
  'type',
  'prepared statement',
  'publication',
]);

/** Dropping one of these lets no other object appear under its name and removes no protection that is counted on. */
const INERT_DROPS: ReadonlySet<string> = new Set([
  'index',
  'sequence',
  'trigger',
  'rule',
  'policy',
  'prepared statement',
  'publication',
  'role',
  'database',
]);

/**
 * Changes of a table whose whole meaning the analysis of the ALTER itself has followed: the expressions in them were
 * read when they were added.
 */
const INERT_ALTERATIONS =
  /^(add column|add constraint|drop constraint|validate constraint|set default|drop default|set not null|drop not null|set statistics|set storage|set compression|owned by|comment|add value|add identity|drop column|rename constraint|replica identity|cluster on|set options|change the domain)\b/u;

/** A column takes a wider type of the server's own, as a change of type without loss is. */
function isWidening({ action, loss }: Effect & { readonly kind: 'alter' }): boolean {
  return loss === 'none' && action.startsWith('change the type');
}

/** Temporary tables, and tables that the snapshot does not know, hide nothing that it does know. */
function isOwnTable({ kind, schema }: ObjectName): boolean {
  return schema === 'pg_temp' || (kind === 'table' && schema === null);
}

/**
 * Whether an effect leaves definitions behind that an older snapshot reads wrongly. What reads statements one after
 * another under one snapshot sets `NameContext.hiddenDefinitions` from then on, until the snapshot is fresh.
 */
export function hidesDefinitions(effect: Effect): boolean {
  switch (effect.kind) {
    case 'create':
      return !INERT_CREATIONS.has(effect.object.kind);
    case 'drop':
      return !INERT_DROPS.has(effect.object.kind) && !isOwnTable(effect.object);
    case 'alter':
      return !INERT_ALTERATIONS.test(effect.action) && !isWidening(effect);
    case 'catalog write':
    case 'identity':
    case 'unknown':
      return true;
    case 'read':
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate':
    case 'privilege':
    case 'setting':
    case 'transaction':
    case 'lock':
    case 'notify':
    case 'listen':
    case 'sequence':
    case 'maintenance':
    case 'late':
    case 'outside':
    case 'connect':
    case 'http':
    case 'tool':
    case 'mcp':
      return false;
  }
}
