/**
 * Brings saved rows back, as one transaction, and refuses when anything of it has changed since.
 * It does what it set out to do and nothing else: what the server counts in the end is compared with what was planned.
 */

import type { CatalogQuery } from '../catalog/query.ts';
import { UndoError, UpstreamError } from '../errors.ts';
import { planRestore } from './restore-plan.ts';
import type { RestoreCounts } from './restore-plan.ts';
import type { SavedRows, SavedTable } from './saved-rows.ts';
import { toLiteral, toName, toTable } from './sql-text.ts';
import { readShapes } from './table-shapes.ts';

/** What was brought back. */
export interface Restored {
  readonly inserted: number;
  readonly updated: number;
  readonly removed: number;
  /** Triggers and rules of these tables acted on the way, because the guard's role may not hold them. */
  readonly triggersActed: boolean;
}

/** Why nothing was brought back, as clauses for a person. */
function refuse(reasons: readonly string[]): UndoError {
  return new UndoError('UNDO_REFUSED', `nothing was brought back: ${reasons.join('; ')}`, {
    audience: 'user',
  });
}

/**
 * Brings the rows back.
 * @param query a session of the guard's own; it must carry nothing else meanwhile
 * @throws UndoError with every reason; nothing has changed then
 */
export async function restore(query: CatalogQuery, saved: SavedRows): Promise<Restored> {
  await query('BEGIN');
  try {
    const done = await restoreHeld(query, saved);
    await query('COMMIT');
    return done;
  } catch (error) {
    await query('ROLLBACK').catch(() => undefined);
    throw toRefusal(error);
  }
}

/** The server's own refusal, a key that is taken or a reference that is gone, is a reason like any other. */
function toRefusal(error: unknown): unknown {
  if (!(error instanceof UpstreamError) || error.sqlState === undefined) return error;
  return refuse([`the database refuses it (SQLSTATE ${error.sqlState})`]);
}

async function restoreHeld(query: CatalogQuery, saved: SavedRows): Promise<Restored> {
  const tables = saved.tables.map((table) => toTable(table));
  if (tables.length === 0) return { inserted: 0, updated: 0, removed: 0, triggersActed: false };
  await query(
    `LOCK TABLE ${tables.map((table) => `ONLY ${table}`).join(', ')} IN SHARE ROW EXCLUSIVE MODE`,
  );
  await refuseChangedShapes(query, saved.tables);
  const plans = await Promise.all(
    saved.tables.map((table) => planRestore(query, table, saved.transaction)),
  );
  const reasons = plans.flatMap(({ reasons: some }) => some);
  if (reasons.length > 0) throw refuse(reasons);
  const held = await holdTriggers(query, saved.tables);
  const ordered = await parentsFirst(query, plans);
  const before = await countChanges(query);
  for (const { inserts } of ordered) for (const sql of inserts) await query(sql);
  for (const { updates } of ordered) for (const sql of updates) await query(sql);
  for (const { removals } of ordered.toReversed()) for (const sql of removals) await query(sql);
  await query('SET CONSTRAINTS ALL IMMEDIATE');
  const planned = addUp(ordered.map(({ counts }) => counts));
  const changed = (await countChanges(query)) - before;
  if (held !== null && changed !== planned.inserted + planned.updated + planned.removed)
    throw refuse(['it would change other rows as well']);
  for (const sql of held ?? []) await query(sql);
  return { ...planned, triggersActed: held === null };
}

/** A column that came or went would make another row of a saved one. */
async function refuseChangedShapes(
  query: CatalogQuery,
  tables: readonly SavedTable[],
): Promise<void> {
  const shapes = await readShapes(query, tables);
  const reasons = tables
    .filter((table) => {
      const now = shapes.find(({ schema, name }) => schema === table.schema && name === table.name);
      return JSON.stringify(now?.columns) !== JSON.stringify(table.columns);
    })
    .map(({ schema, name }) => `the columns of ${schema}.${name} have changed since`);
  if (reasons.length > 0) throw refuse(reasons);
}

/**
 * Keeps triggers and rules of the application from acting on what is brought back; keys are checked nevertheless.
 * @returns what lets them act again; null when the guard's role does not own the tables, so that they act
 */
async function holdTriggers(
  query: CatalogQuery,
  tables: readonly SavedTable[],
): Promise<readonly string[] | null> {
  const names = tables
    .map(({ schema, name }) => `(${toLiteral(schema)}, ${toLiteral(name)})`)
    .join(', ');
  const inTables = `JOIN pg_class c ON c.oid = o.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (n.nspname::text, c.relname::text) IN (VALUES ${names})`;
  const found = await query(`
    SELECT n.nspname, c.relname, o.kind, o.name, o.enabled::text FROM (
      SELECT tgrelid AS relation, 'TRIGGER' AS kind, tgname AS name, tgenabled AS enabled
        FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')
      UNION ALL
      SELECT ev_class, 'RULE', rulename, ev_enabled
        FROM pg_rewrite WHERE rulename <> '_RETURN' AND ev_enabled IN ('O', 'A')) o ${inTables}`);
  const back: string[] = [];
  await query('SAVEPOINT "agentguard undo"');
  try {
    for (const [schema, table, kind, name, enabled] of found) {
      const alter = `ALTER TABLE ${toTable({ schema: schema ?? '', name: table ?? '' })}`;
      const what = `${kind ?? ''} ${toName(name ?? '')}`;
      await query(`${alter} DISABLE ${what}`);
      back.push(`${alter} ENABLE ${enabled === 'A' ? 'ALWAYS ' : ''}${what}`);
    }
    await query('RELEASE SAVEPOINT "agentguard undo"');
    return back;
  } catch {
    // Not the owner: the rows can be brought back all the same, and the triggers do what they do.
    await query('ROLLBACK TO SAVEPOINT "agentguard undo"');
    return null;
  }
}

/** Tables that others refer to come first. What refers in a circle is left in its order, and its keys decide. */
async function parentsFirst<Plan extends { readonly table: SavedTable }>(
  query: CatalogQuery,
  plans: readonly Plan[],
): Promise<readonly Plan[]> {
  const keys = await query(`
    SELECT cn.nspname || '.' || c.relname, pn.nspname || '.' || p.relname FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
    JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE k.contype = 'f' AND k.conrelid <> k.confrelid`);
  const nameOf = ({ table }: Plan): string => `${table.schema}.${table.name}`;
  const ordered: Plan[] = [];
  let left = [...plans];
  while (left.length > 0) {
    const waiting = new Set(left.map(nameOf));
    const free = left.filter(
      (plan) =>
        !keys.some(([child, parent]) => child === nameOf(plan) && waiting.has(parent ?? '')),
    );
    const next = free.length > 0 ? free : left;
    ordered.push(...next);
    left = left.filter((plan) => !next.includes(plan));
  }
  return ordered;
}

/** Rows of ordinary tables that this session has changed since its counters were last handed in. */
async function countChanges(query: CatalogQuery): Promise<number> {
  const [row] = await query(`
    SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
      + pg_stat_get_xact_tuples_deleted(oid)), 0) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'm')`);
  return Number(row?.[0] ?? 0);
}

function addUp(all: readonly RestoreCounts[]): RestoreCounts {
  const sum = (one: keyof RestoreCounts): number =>
    all.reduce((total, each) => total + each[one], 0);
  return { inserted: sum('inserted'), updated: sum('updated'), removed: sum('removed') };
}
