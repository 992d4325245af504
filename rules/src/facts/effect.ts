/**
 * What an operation changes or reads, one entry per object, with no SQL syntax left in it.
 * The union is closed: a statement that fits none of these carries an `unknown` effect, never nothing.
 */

import type { EgressStanding } from './egress-facts.ts';
import type { HttpOperationKind, HttpSeverity, HttpTarget } from './http-deed.ts';
import type { ToolCover, ToolDeed } from './tool-deed.ts';
import type { McpStanding, McpWork } from './mcp-work.ts';

/** The kinds of database objects that effects name. */
export type ObjectKind =
  | 'table'
  | 'view'
  | 'materialized view'
  | 'foreign table'
  | 'sequence'
  | 'index'
  | 'function'
  | 'operator'
  | 'cast'
  | 'schema'
  | 'type'
  | 'role'
  | 'database'
  | 'tablespace'
  | 'extension'
  | 'trigger'
  | 'event trigger'
  | 'rule'
  | 'policy'
  | 'publication'
  | 'subscription'
  | 'server'
  | 'large object'
  | 'prepared statement'
  | 'other';

/** A database object by name. `schema` is null where the kind has none or the name did not resolve. */
export interface ObjectName {
  readonly kind: ObjectKind;
  readonly schema: string | null;
  readonly name: string;
  /** Made by this connection itself a moment ago: nothing of anybody else is in it. */
  readonly own?: true;
}

/**
 * How many rows a WHERE clause lets through, as far as the tree tells:
 * `all`: there is no clause, or it is true for every row; `bounded`: it depends on the row's values;
 * `unknown`: it could not be read.
 */
export type RowBound = 'all' | 'bounded' | 'unknown';

/** What a schema change takes away. `access`: the data stays but is not reached under its old name or by all who could. */
export type Loss = 'none' | 'access' | 'data';

/** Where something outside the transaction is touched. None of these can be rolled back or measured. */
export type OutsideTarget =
  'server file' | 'program' | 'other server' | 'other session' | 'server control';

/**
 * Path from the statement to the place of an effect, outermost first, in words a person reads:
 * `["CTE gone", "function public.purge", "trigger audit on public.orders"]`. Empty for the statement itself.
 */
export type Via = readonly string[];

/** One thing that a statement does. */
export type Effect =
  | { readonly kind: 'read'; readonly object: ObjectName; readonly via: Via }
  | {
      readonly kind: 'insert';
      readonly object: ObjectName;
      /** Columns that the statement names; empty when it names none, and then any may be meant. */
      readonly columns: readonly string[];
      readonly via: Via;
    }
  | {
      readonly kind: 'update';
      readonly object: ObjectName;
      readonly columns: readonly string[];
      readonly rows: RowBound;
      readonly via: Via;
    }
  | {
      readonly kind: 'delete';
      readonly object: ObjectName;
      readonly rows: RowBound;
      readonly via: Via;
    }
  | { readonly kind: 'truncate'; readonly object: ObjectName; readonly via: Via }
  | { readonly kind: 'create'; readonly object: ObjectName; readonly via: Via }
  | {
      readonly kind: 'alter';
      readonly object: ObjectName;
      /** The subcommand in words: `add column note`, `drop column email`, `rename to old_users`. */
      readonly action: string;
      readonly loss: Loss;
      readonly via: Via;
    }
  | {
      readonly kind: 'drop';
      readonly object: ObjectName;
      readonly cascade: boolean;
      readonly via: Via;
    }
  /** GRANT, REVOKE, ALTER ROLE, ALTER DEFAULT PRIVILEGES, SECURITY LABEL, ownership: who may do what later. */
  | {
      readonly kind: 'privilege';
      readonly object: ObjectName;
      readonly action: string;
      readonly via: Via;
    }
  /** A run-time setting changes. `allowed` is false for every name or value that is not on the allow list. */
  | {
      readonly kind: 'setting';
      readonly name: string;
      /** The literal new value; null for RESET/DEFAULT or a value that is not a literal. */
      readonly value: string | null;
      readonly allowed: boolean;
      readonly via: Via;
    }
  /** SET ROLE, SET SESSION AUTHORIZATION. */
  | { readonly kind: 'identity'; readonly action: string; readonly via: Via }
  | { readonly kind: 'transaction'; readonly action: TransactionAction; readonly via: Via }
  | { readonly kind: 'lock'; readonly object: ObjectName; readonly mode: string; readonly via: Via }
  | { readonly kind: 'notify'; readonly channel: string; readonly via: Via }
  | { readonly kind: 'listen'; readonly channel: string; readonly via: Via }
  /** `advance` is nextval (harmless gaps); `set` is setval, which no rollback undoes. */
  | {
      readonly kind: 'sequence';
      readonly object: ObjectName;
      readonly action: 'advance' | 'set';
      readonly via: Via;
    }
  /** VACUUM, ANALYZE, REINDEX, CLUSTER, CHECKPOINT, REFRESH MATERIALIZED VIEW. */
  | {
      readonly kind: 'maintenance';
      readonly action: string;
      readonly object: ObjectName | null;
      readonly via: Via;
    }
  /** Writing to pg_catalog or information_schema directly. */
  | { readonly kind: 'catalog write'; readonly object: ObjectName; readonly via: Via }
  /** A cursor WITH HOLD whose query runs at COMMIT, PREPARE TRANSACTION, and what else acts later or elsewhere. */
  | { readonly kind: 'late'; readonly action: string; readonly via: Via }
  | {
      readonly kind: 'outside';
      readonly target: OutsideTarget;
      readonly name: string;
      readonly via: Via;
    }
  /** A way out of the guard opens; what flows through it is not seen. */
  | {
      readonly kind: 'connect';
      /** `host:port`. */
      readonly target: string;
      readonly standing: EgressStanding;
      readonly note: string | null;
      readonly addresses: readonly string[];
      readonly via: Via;
    }
  /** A piece of work of an MCP server, as far as its name and definition tell. */
  | {
      readonly kind: 'mcp';
      readonly work: McpWork;
      readonly server: string;
      readonly name: string;
      readonly standing: McpStanding;
      readonly via: Via;
    }
  /** Something that a tool of an agent would do outside of every protocol: on files, in a shell. */
  | {
      readonly kind: 'tool';
      readonly deed: ToolDeed;
      /** The program, or the agent's tool. */
      readonly by: string;
      /** A clause: `` `git reset --hard` throws away uncommitted changes ``. */
      readonly what: string;
      readonly via: Via;
      /** What stands behind the tool; left out when nothing does. */
      readonly cover?: ToolCover;
    }
  /** One operation of a request to an API. What cannot be told is `unknown` below, never this. */
  | {
      readonly kind: 'http';
      readonly deed: Exclude<HttpOperationKind, 'unknown'>;
      readonly severity: HttpSeverity | null;
      /** Title of the provider, or the host. */
      readonly provider: string;
      /** `volumeDelete`, `ec2:TerminateInstances`, `DELETE /v1/apps/{app}`. */
      readonly operation: string;
      readonly target: HttpTarget | null;
      /** A clause: `deletes the volume vol_1 with everything on it`. */
      readonly what: string;
      readonly via: Via;
    }
  /** It could not be seen what happens: dynamic SQL, a C function, an unmapped node, an unresolved name. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly via: Via };

export type TransactionAction =
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release'
  | 'rollback to'
  | 'prepare'
  | 'commit prepared'
  | 'rollback prepared'
  | 'set transaction';

/** Whether an effect is on an object that lives and dies with the connection that made it. */
export function isTemporary(effect: Effect): boolean {
  if (!('object' in effect) || effect.object === null) return false;
  return effect.object.schema === 'pg_temp' || effect.object.own === true;
}

/** Name of an object as people write it: `public.users`. */
export function toObjectText(object: ObjectName): string {
  return object.schema === null ? object.name : `${object.schema}.${object.name}`;
}
