/** What brings the rows of one table back, and what stands in the way of it. */

import type { CatalogQuery } from '../catalog/query.ts';
import type { SavedTable } from './saved-rows.ts';
import { toLiteral, toName, toTable } from './sql-text.ts';

/** Rows by what is done to them. */
export interface RestoreCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly removed: number;
}

/** The statements for one table. */
export interface RestorePlan {
  readonly table: SavedTable;
  readonly inserts: readonly string[];
  readonly updates: readonly string[];
  readonly removals: readonly string[];
  readonly counts: RestoreCounts;
  /** Empty when nothing has changed since. */
  readonly reasons: readonly string[];
}

/** Rows of one INSERT. */
const ROWS_PER_STATEMENT = 200;

type Values = readonly (string | null)[];

/**
 * Compares what is there with what the operation left behind.
 * @param transaction the 32-bit identifier that its rows carry as long as nobody else wrote them
 */
export async function planRestore(
  query: CatalogQuery,
  table: SavedTable,
  transaction: string,
): Promise<RestorePlan> {
  const name = `${table.schema}.${table.name}`;
  const [count] = await query(
    `SELECT count(*) FROM ONLY ${toTable(table)} t WHERE t.xmin = '${transaction}'::xid`,
  );
  const untouched = Number(count?.[0] ?? 0);
  const reasons: string[] = [];
  if (untouched !== table.writtenCount) {
    const changed = Math.abs(table.writtenCount - untouched);
    reasons.push(
      `${changed} ${changed === 1 ? 'row' : 'rows'} of ${name} that it left behind changed since`,
    );
  }
  if (table.key.length === 0) return planWithoutKey(table, transaction, reasons);
  const there = await readThere(query, table);
  const written = await readWritten(query, table, transaction);
  const gone: Values[] = [];
  const updated: Values[] = [];
  let taken = 0;
  const keysBefore = new Set<string>();
  for (const { xmin, values } of table.before) {
    const key = keyOf(table, values);
    keysBefore.add(key);
    const now = there.get(key);
    // It was only locked: nobody has touched it.
    if (now === xmin && xmin !== '') continue;
    if (now === undefined) gone.push(values);
    else if (written.has(key)) updated.push(values);
    else taken += 1;
  }
  if (taken > 0)
    reasons.push(
      `${taken} ${taken === 1 ? 'key' : 'keys'} of ${name} that it removed are in use again`,
    );
  const added = [...written].filter((key) => !keysBefore.has(key));
  return {
    table,
    inserts: toInserts(table, gone),
    updates: updated.map((values) => toUpdate(table, values)),
    removals: added.map((key) => toRemoval(table, JSON.parse(key) as Values, transaction)),
    counts: { inserted: gone.length, updated: updated.length, removed: added.length },
    reasons,
  };
}

/** Only rows that it inserted can be told without a key: by who wrote them. */
function planWithoutKey(table: SavedTable, transaction: string, reasons: string[]): RestorePlan {
  const removal = `DELETE FROM ONLY ${toTable(table)} t WHERE t.xmin = '${transaction}'::xid`;
  const removed = table.writtenCount;
  return {
    table,
    inserts: [],
    updates: [],
    removals: removed === 0 ? [] : [removal],
    counts: { inserted: 0, updated: 0, removed },
    reasons,
  };
}

/** Who wrote the rows that stand under the saved keys now. */
async function readThere(
  query: CatalogQuery,
  table: SavedTable,
): Promise<ReadonlyMap<string, string>> {
  const there = new Map<string, string>();
  const keys = table.before.map(({ values }) => keyValues(table, values));
  const names = table.key.map((name) => `t.${toName(name)}`);
  for (let at = 0; at < keys.length; at += ROWS_PER_STATEMENT) {
    const some = keys.slice(at, at + ROWS_PER_STATEMENT);
    const conditions = some.map(
      (key) =>
        `(${names.map((name, index) => `${name} = ${toLiteral(key[index] ?? null)}`).join(' AND ')})`,
    );
    const rows = await query(
      `SELECT t.xmin::text, ${names.join(', ')} FROM ONLY ${toTable(table)} t WHERE ${conditions.join(' OR ')}`,
    );
    for (const [xmin, ...key] of rows) there.set(JSON.stringify(key), xmin ?? '');
  }
  return there;
}

async function readWritten(
  query: CatalogQuery,
  table: SavedTable,
  transaction: string,
): Promise<ReadonlySet<string>> {
  const names = table.key.map((name) => `t.${toName(name)}`);
  const rows = await query(
    `SELECT ${names.join(', ')} FROM ONLY ${toTable(table)} t WHERE t.xmin = '${transaction}'::xid`,
  );
  return new Set(rows.map((key) => JSON.stringify(key)));
}

function keyValues({ key, columns }: SavedTable, values: Values): Values {
  return key.map((name) => values[columns.findIndex((column) => column.name === name)] ?? null);
}

function keyOf(table: SavedTable, values: Values): string {
  return JSON.stringify(keyValues(table, values));
}

function toInserts(table: SavedTable, rows: readonly Values[]): readonly string[] {
  const written = table.columns.flatMap(({ generated }, at) => (generated ? [] : [at]));
  const names = written.map((at) => toName(table.columns[at]?.name ?? '')).join(', ');
  const statements: string[] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    const lists = rows
      .slice(at, at + ROWS_PER_STATEMENT)
      .map((row) => `(${written.map((column) => toLiteral(row[column] ?? null)).join(', ')})`);
    statements.push(
      `INSERT INTO ${toTable(table)} (${names}) OVERRIDING SYSTEM VALUE VALUES ${lists.join(', ')}`,
    );
  }
  return statements;
}

function toUpdate(table: SavedTable, row: Values): string {
  const sets = table.columns.flatMap(({ name, generated, identityAlways }, at) =>
    generated || identityAlways ? [] : [`${toName(name)} = ${toLiteral(row[at] ?? null)}`],
  );
  return `UPDATE ONLY ${toTable(table)} SET ${sets.join(', ')} WHERE ${whereKey(table, keyValues(table, row))}`;
}

function toRemoval(table: SavedTable, key: Values, transaction: string): string {
  const own = `xmin = '${transaction}'::xid`;
  return `DELETE FROM ONLY ${toTable(table)} WHERE ${whereKey(table, key)} AND ${own}`;
}

function whereKey({ key }: SavedTable, values: Values): string {
  return key.map((name, at) => `${toName(name)} = ${toLiteral(values[at] ?? null)}`).join(' AND ');
}
