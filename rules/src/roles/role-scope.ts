/**
 * What a role lets its holder do, after inheritance: the one shape that deciding, rewriting and masking read.
 * INVARIANT: a role grants what it names and nothing else; a table that is not in here is not granted.
 */

import type { FilterTemplate } from './filter-template.ts';

/** What a role can grant on a table, in SQL's own words. */
export const TABLE_OPERATIONS = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'TRUNCATE',
  'ALTER',
  'DROP',
] as const;
export type TableOperation = (typeof TABLE_OPERATIONS)[number];

/** Operations whose columns a role can restrict. */
export const COLUMN_OPERATIONS = ['SELECT', 'INSERT', 'UPDATE'] as const;
export type ColumnOperation = (typeof COLUMN_OPERATIONS)[number];

/** What a role can forbid for good, whatever else grants or approves it. */
export const FORBIDDABLE_OPERATIONS = [
  ...TABLE_OPERATIONS,
  'CREATE',
  'GRANT',
  'REVOKE',
  'LOCK',
  'NOTIFY',
  'LISTEN',
] as const;
export type ForbiddableOperation = (typeof FORBIDDABLE_OPERATIONS)[number];

/**
 * How a value is shown in place of itself. `partial`: first character and shape; `last4`: its last four characters;
 * `redact`: nothing of it; `hash`: a keyed digest, so that equal values stay equal.
 */
export const MASK_KINDS = ['partial', 'last4', 'redact', 'hash'] as const;
export type MaskKind = (typeof MASK_KINDS)[number];

/** At most `count` operations in any `perMs` milliseconds. */
export interface RateLimit {
  readonly count: number;
  readonly perMs: number;
  /** As written: `200/min`. */
  readonly text: string;
}

/** What a role grants on one table. */
export interface TableScope {
  readonly schema: string;
  readonly name: string;
  /** Granted operations; never empty. */
  readonly operations: ReadonlySet<TableOperation>;
  /** Columns an operation is limited to. An operation that is not in here may use every column. */
  readonly columns: ReadonlyMap<ColumnOperation, readonly string[]>;
  /** Conditions on its rows, the inherited ones included: a row is within reach when ALL hold. */
  readonly filters: readonly FilterTemplate[];
  /** How the values of columns are shown. */
  readonly masks: ReadonlyMap<string, MaskKind>;
}

/** Identifies a table in `RoleScope.tables`; made by `tableKey` only. */
export type TableKey = string & { readonly __brand: 'TableKey' };

/** The key of a table. The separator cannot be part of a name in PostgreSQL. */
export function tableKey(schema: string, name: string): TableKey {
  return `${schema}\0${name}` as TableKey;
}

/** A role after inheritance. */
export interface RoleScope {
  readonly name: string;
  readonly tables: ReadonlyMap<TableKey, TableScope>;
  /** Never allowed, by nothing and nobody: the inherited ones included. */
  readonly forbidden: ReadonlySet<ForbiddableOperation>;
  /** Null: as fast as it likes. */
  readonly rateLimit: RateLimit | null;
  /** A token without a verified person has no use of this role. */
  readonly onBehalfOfRequired: boolean;
  /** Names that its filters take from the token: `tenant_id`. */
  readonly variables: ReadonlySet<string>;
}

/** The table of a role; undefined when the role does not name it, and then nothing of it is granted. */
export function tableOf(
  role: RoleScope,
  schema: string | null,
  name: string,
): TableScope | undefined {
  return schema === null ? undefined : role.tables.get(tableKey(schema, name));
}
