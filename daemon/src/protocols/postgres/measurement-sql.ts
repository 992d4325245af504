/**
 * Statements of our own around a measured one, and how their answers are read. Pure.
 * SECURITY(P-80): every name and operator is qualified, since the client chooses the search_path that they run under.
 */

import { changesRows, FIRST_NORMAL_OID } from '@agentguard/rules';
import type {
  CatalogSnapshot,
  EmptiedTable,
  Measurement,
  SqlFacts,
  TableChange,
} from '@agentguard/rules';
import {
  MAX_COUNTED_ROWS,
  MAX_EMPTIED_ROWS,
  MAX_HELD_REPLY_BYTES,
  MAX_OWN_ROW_BYTES,
} from './limits.ts';
import type { TextRow } from './text-row.ts';

export const BEGIN = 'BEGIN';
export const COMMIT = 'COMMIT';
export const ROLLBACK = 'ROLLBACK';

/** The point that a measured statement inside of the client's own transaction goes back to. */
const POINT = '"agentguard measures"';
export const SAVEPOINT = `SAVEPOINT ${POINT}`;
export const RELEASE = `RELEASE SAVEPOINT ${POINT}`;
export const ROLLBACK_TO = `ROLLBACK TO SAVEPOINT ${POINT}`;

/** The point that forcing deferred constraints is taken back to, so that they stay deferred for the client. */
const FORCING = '"agentguard forces"';
export const SAVEPOINT_FORCING = `SAVEPOINT ${FORCING}`;
export const ROLLBACK_TO_FORCING = `ROLLBACK TO SAVEPOINT ${FORCING}`;
export const RELEASE_FORCING = `RELEASE SAVEPOINT ${FORCING}`;

/** Makes deferred constraints and their triggers act now. */
export const FORCE_CONSTRAINTS = 'SET CONSTRAINTS ALL IMMEDIATE';

/**
 * Bounds a run that is rolled back anyway; a stricter setting of the client stays.
 * @param bounds in milliseconds
 */
export function boundRun(bounds: {
  readonly lockMs: number;
  readonly statementMs: number;
}): string {
  return `SELECT ${bound('lock_timeout', bounds.lockMs)}, ${bound('statement_timeout', bounds.statementMs)}`;
}

/** Zero stands for no bound at all. */
function bound(name: string, milliseconds: number): string {
  const now = `(SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) '${name}')`;
  const stricter = `${now} OPERATOR(pg_catalog.>) 0 AND ${now} OPERATOR(pg_catalog.<) ${milliseconds}`;
  return `CASE WHEN ${stricter} THEN '' ELSE pg_catalog.set_config('${name}', '${milliseconds}', true) END`;
}

const INSERTED = 'pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)';
const UPDATED = 'pg_catalog.pg_stat_get_xact_tuples_updated(c.oid)';
const DELETED = 'pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)';

/** Columns of the first row, which says whether the server counts at all and under which identifier it writes. */
const HEAD = `SELECT 'head', pg_catalog.current_setting('track_counts'),
  pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text, NULL, NULL, NULL, NULL, NULL`;

/**
 * Counters of every table that this session has changed since they were last handed in. They add up over transactions,
 * rolled-back ones too, so that two readings are compared. Temporary tables die with the session and are left out.
 */
export const PROBE = `${HEAD} UNION ALL
SELECT c.oid::pg_catalog.text, n.nspname, c.relname, rn.nspname, r.relname, x.i::pg_catalog.text, x.u::pg_catalog.text, x.d::pg_catalog.text
FROM pg_catalog.pg_class c
CROSS JOIN LATERAL (SELECT ${INSERTED} AS i, ${UPDATED} AS u, ${DELETED} AS d OFFSET 0) x
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid OPERATOR(pg_catalog.=) CASE WHEN c.relispartition
  THEN COALESCE(pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid, c.oid) ELSE c.oid END
JOIN pg_catalog.pg_namespace rn ON rn.oid OPERATOR(pg_catalog.=) r.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m,p}'::pg_catalog."char"[])
  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"
  AND x.i OPERATOR(pg_catalog.+) x.u OPERATOR(pg_catalog.+) x.d OPERATOR(pg_catalog.<>) 0`;

/** Every relation with a name of its own, for what a removal takes with it. */
export const INVENTORY = `SELECT c.oid::pg_catalog.text, c.relkind::pg_catalog.text, n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"`;

const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** What has to be counted before a message runs, since the server does not count it by itself. */
export interface BeforePlan {
  /** Tables that lose every row, and whether they are small enough to be counted. */
  readonly emptied: readonly {
    readonly schema: string;
    readonly name: string;
    readonly table: string;
    readonly sql: string;
    readonly counted: boolean;
  }[];
  /** Relations may go. */
  readonly inventory: boolean;
}

/** What to count before a message runs. */
export function toBeforePlan(facts: SqlFacts, catalog: CatalogSnapshot | null): BeforePlan {
  const emptied = new Map<string, BeforePlan['emptied'][number]>();
  let inventory = false;
  for (const effect of facts.statements.flatMap(({ effects }) => effects)) {
    if (!changesRows(effect)) continue;
    if (effect.kind === 'drop') inventory = true;
    if (effect.kind !== 'truncate') continue;
    const { schema, name } = effect.object;
    const known = catalog?.relations.find((one) => one.schema === schema && one.name === name);
    const counted = (known?.estimatedRows ?? 0) <= MAX_COUNTED_ROWS;
    const sql = `${quoted(schema ?? '')}.${quoted(name)}`;
    emptied.set(sql, {
      schema: schema ?? '',
      name,
      table: `${schema ?? ''}.${name}`,
      sql,
      counted,
    });
  }
  return { emptied: [...emptied.values()], inventory };
}

/** Keeps writers of the tables out while they are counted. Taken anyway a moment later, by the statement itself. */
export function lockSql(plan: BeforePlan): string | null {
  const tables = plan.emptied.filter(({ counted }) => counted).map(({ sql }) => `ONLY ${sql}`);
  return tables.length === 0 ? null : `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`;
}

/** Counts the tables, one row each, in the order of the plan. */
export function countSql(plan: BeforePlan): string | null {
  const counts = plan.emptied
    .filter(({ counted }) => counted)
    .map(({ sql }) => `SELECT pg_catalog.count(*)::pg_catalog.text FROM ONLY ${sql}`);
  return counts.length === 0 ? null : counts.join(' UNION ALL ');
}

/**
 * Every row of a table that is about to be emptied, or none when they are too many, too large, or would not be spelled as they
 * are read back.
 */
export function rowsSql(table: { readonly sql: string }): string {
  const setting = (name: string): string => `pg_catalog.current_setting('${name}')`;
  const length = 'pg_catalog.octet_length(x::pg_catalog.text)';
  return `SELECT t.* FROM ONLY ${table.sql} t
    WHERE ${setting('datestyle')} OPERATOR(pg_catalog.~~) 'ISO%'
      AND ${setting('intervalstyle')} OPERATOR(pg_catalog.=) 'postgres'
      AND ${setting('bytea_output')} OPERATOR(pg_catalog.=) 'hex'
      AND (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.<=) ${MAX_EMPTIED_ROWS}
        AND COALESCE(pg_catalog.max(${length}), 0) OPERATOR(pg_catalog.<) ${MAX_OWN_ROW_BYTES / 2}
        AND COALESCE(pg_catalog.sum(${length}), 0) OPERATOR(pg_catalog.<) ${MAX_HELD_REPLY_BYTES}
        FROM ONLY ${table.sql} x)`;
}

/** One reading of the counters. */
export interface Reading {
  readonly probe: readonly TextRow[];
  readonly inventory: readonly TextRow[];
}

/** A run as two readings tell it. */
export interface Counted {
  readonly measurement: Measurement;
  /** Tables with changed rows, each partition for itself. */
  readonly tables: readonly { readonly schema: string; readonly name: string }[];
  /** The 64-bit identifier that its rows carry; null when nothing was written. */
  readonly transaction: string | null;
}

/**
 * The difference of two readings; null when the server does not count, or counts in a way that makes no sense.
 * SECURITY(P-80): counters that cannot be read are not zero.
 */
export function toCounted(
  before: Reading,
  after: Reading,
  emptied: readonly EmptiedTable[],
): Counted | null {
  const head = after.probe.find(([oid]) => oid === 'head');
  if (before.probe.find(([oid]) => oid === 'head')?.[1] !== 'on' || head?.[1] !== 'on') return null;
  const earlier = new Map(before.probe.map((row) => [row[0], row]));
  const sums = new Map<string, TableChange>();
  const tables: { schema: string; name: string }[] = [];
  let catalogRows = 0;
  for (const row of after.probe) {
    if (row[0] === 'head') continue;
    const change = toChange(row, earlier.get(row[0] ?? ''));
    // Only TRUNCATE makes counters smaller: it forgets what the transaction did to the table before.
    if (change.inserted + change.updated + change.deleted === 0) continue;
    if (Number(row[0]) < FIRST_NORMAL_OID) {
      catalogRows += change.inserted + change.updated + change.deleted;
      continue;
    }
    tables.push({ schema: row[1] ?? '', name: row[2] ?? '' });
    sums.set(change.table, addUp(sums.get(change.table), change));
  }
  const changes = [...sums.values()].sort((one, other) => (one.table < other.table ? -1 : 1));
  const removed = toRemoved(before.inventory, after.inventory);
  return {
    measurement: {
      changes,
      emptied,
      removed,
      catalogRows: explained(catalogRows, emptied, removed),
    },
    tables,
    transaction: head[2] ?? null,
  };
}

/** TRUNCATE and DROP change the catalog themselves; what they do is counted by name. */
function explained(
  catalogRows: number,
  emptied: readonly EmptiedTable[],
  removed: readonly string[],
): number {
  return emptied.length > 0 || removed.length > 0 ? 0 : catalogRows;
}

function toChange(row: TextRow, before: TextRow | undefined): TableChange {
  const since = (column: number): number =>
    Math.max(0, Number(row[column] ?? 0) - Number(before?.[column] ?? 0));
  return {
    table: `${row[3] ?? ''}.${row[4] ?? ''}`,
    inserted: since(5),
    updated: since(6),
    deleted: since(7),
  };
}

function addUp(sum: TableChange | undefined, change: TableChange): TableChange {
  if (sum === undefined) return change;
  return {
    table: sum.table,
    inserted: sum.inserted + change.inserted,
    updated: sum.updated + change.updated,
    deleted: sum.deleted + change.deleted,
  };
}

function toRemoved(before: readonly TextRow[], after: readonly TextRow[]): readonly string[] {
  const left = new Set(after.map(([oid]) => oid));
  return before
    .filter(([oid]) => !left.has(oid ?? ''))
    .map(
      ([, kind, schema, name]) =>
        `${KINDS[kind ?? ''] ?? 'relation'} ${schema ?? ''}.${name ?? ''}`,
    )
    .sort();
}

/** Always in quotes, so that a table called `order` is one as well. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
