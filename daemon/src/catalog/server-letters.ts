/** The single letters of the system catalogs, as words. Each table is complete: an unknown letter does not parse. */

import type {
  CatalogCast,
  CatalogFunction,
  CatalogPolicy,
  CatalogRule,
  CatalogType,
  ForeignKeyAction,
  RelationKind,
} from '@agentguard/rules';

/** pg_class.relkind. */
export const RELATION_KINDS = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
  i: 'index',
  I: 'index',
  c: 'composite type',
} as const satisfies Record<string, RelationKind>;

/** pg_rewrite.ev_type, the numbers of CmdType. */
export const RULE_EVENTS = {
  '1': 'select',
  '2': 'update',
  '3': 'insert',
  '4': 'delete',
} as const satisfies Record<string, CatalogRule['event']>;

/** pg_policy.polcmd. */
export const POLICY_COMMANDS = {
  '*': 'all',
  r: 'select',
  a: 'insert',
  w: 'update',
  d: 'delete',
} as const satisfies Record<string, CatalogPolicy['command']>;

/** pg_constraint.confdeltype and confupdtype. */
export const FOREIGN_KEY_ACTIONS = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
} as const satisfies Record<string, ForeignKeyAction>;

/** pg_proc.prokind. */
export const FUNCTION_KINDS = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
} as const satisfies Record<string, CatalogFunction['kind']>;

/** pg_cast.castcontext. */
export const CAST_CONTEXTS = {
  e: 'explicit',
  a: 'assignment',
  i: 'implicit',
} as const satisfies Record<string, CatalogCast['context']>;

/** pg_type.typtype. */
export const TYPE_KINDS = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  p: 'pseudo',
  r: 'range',
  m: 'multirange',
} as const satisfies Record<string, CatalogType['kind']>;
