/**
 * Reads the rows that a held transaction has changed, as they were: over a second connection, to which they are still as before.
 * A row that others see and the held transaction no longer sees under its place (ctid) is one that it changed or deleted,
 * however it came to that: cascades, triggers, rules and functions alike.
 */

import type { Look } from '../enforcement/enforcement.ts';
import type { CatalogQuery } from '../catalog/query.ts';
import { MAX_SAVED_BYTES, MAX_SAVED_ROWS } from './limits.ts';
import type { SavedTable } from './saved-rows.ts';
import { toArrayLiteral, toName, toTable } from './sql-text.ts';
import { readShapes } from './table-shapes.ts';
import type { TableName, TableShape } from './table-shapes.ts';

/** What was read, or why it cannot be kept. A clause. */
export type Captured =
  | { readonly ok: true; readonly tables: readonly SavedTable[]; readonly bytes: number }
  | { readonly ok: false; readonly why: string; readonly tables: readonly SavedTable[] };

/** A table that was emptied, with the rows that were read before it was; null when there were too many. */
export interface Emptied extends TableName {
  readonly rows: readonly (readonly (string | null)[])[] | null;
}

/** What is read, and with what. */
export interface CaptureRequest {
  /** A session of the guard's own beside the held one, with search_path pg_catalog. */
  readonly query: CatalogQuery;
  /** Reads inside of the held transaction. */
  readonly look: Look;
  /** As rows show it: 32 bits. */
  readonly transaction: string;
  readonly tables: readonly TableName[];
  readonly emptied: readonly Emptied[];
}

/** Reads everything that the operation changes. Whatever is in the way is said, and the rest is read nevertheless. */
export async function capture(request: CaptureRequest): Promise<Captured> {
  const shapes = await readShapes(request.query, request.tables);
  const tables: SavedTable[] = [];
  let why: string | null = null;
  let rows = 0;
  let bytes = 0;
  for (const shape of shapes) {
    const read = await captureTable(request, shape);
    if (!read.ok) {
      why ??= read.why;
      continue;
    }
    tables.push(read.table);
    rows += read.table.before.length;
    bytes += sizeOf(read.table);
    if (read.table.key.length === 0 && read.table.before.length > 0)
      why ??= `${shape.schema}.${shape.name} has no primary key`;
  }
  if (rows > MAX_SAVED_ROWS) why ??= `it changes more than ${MAX_SAVED_ROWS} rows`;
  if (bytes > MAX_SAVED_BYTES) why ??= `its rows are larger than ${MAX_SAVED_BYTES / 1_048_576} MB`;
  return why === null ? { ok: true, tables, bytes } : { ok: false, why, tables };
}

type TableRead =
  { readonly ok: true; readonly table: SavedTable } | { readonly ok: false; readonly why: string };

async function captureTable(request: CaptureRequest, shape: TableShape): Promise<TableRead> {
  const emptied = request.emptied.find(
    ({ schema, name }) => schema === shape.schema && name === shape.name,
  );
  if (emptied !== undefined) return fromEmptied(emptied, shape);
  const before = await readBefore(request, shape);
  if (before === null) return tooMany(shape);
  const writtenCount = await countWritten(request, shape);
  if (writtenCount === null) return tooMany(shape);
  const { schema, name, columns, key } = shape;
  return {
    ok: true,
    table: {
      schema,
      name,
      columns: [...columns],
      key: [...key],
      before,
      writtenCount,
    },
  };
}

function tooMany({ schema, name }: TableShape): TableRead {
  return { ok: false, why: `too many rows of ${schema}.${name} would have to be looked at` };
}

/** Its rows were read under the lock that emptying it takes, before it was emptied. */
function fromEmptied({ rows }: Emptied, shape: TableShape): TableRead {
  const { schema, name, columns, key } = shape;
  if (rows === null) return { ok: false, why: `${schema}.${name} has too many rows to be saved` };
  if (key.length === 0 && rows.length > 0)
    return { ok: false, why: `${schema}.${name} has no primary key` };
  const before = rows.map((values) => ({ xmin: '', values: [...values] }));
  const table = { schema, name, columns: [...columns], key: [...key], before };
  return { ok: true, table: { ...table, writtenCount: 0 } };
}

async function readBefore(
  { query, look }: CaptureRequest,
  shape: TableShape,
): Promise<SavedTable['before'] | null> {
  const table = toTable(shape);
  // Whatever was changed, deleted or locked by anybody carries a mark; most rows of a table carry none.
  const marked = await query(
    `SELECT t.ctid::text FROM ONLY ${table} t WHERE t.xmax <> '0'::xid LIMIT ${MAX_SAVED_ROWS + 1}`,
  );
  if (marked.length > MAX_SAVED_ROWS) return null;
  if (marked.length === 0) return [];
  const places = toArrayLiteral(marked.map(([place]) => place ?? ''));
  const gone = await look(
    `SELECT p::pg_catalog.text FROM pg_catalog.unnest(${places}::pg_catalog.tid[]) p
     WHERE NOT EXISTS (SELECT FROM ONLY ${table} t WHERE t.ctid OPERATOR(pg_catalog.=) p)`,
  );
  if (gone === null) return null;
  if (gone.length === 0) return [];
  const columns = shape.columns.map(({ name }) => `t.${toName(name)}`).join(', ');
  // Read again: what another transaction has deleted meanwhile is gone here as well, and drops out.
  const rows = await query(
    `SELECT t.xmin::text, ${columns} FROM ONLY ${table} t
     WHERE t.ctid = ANY (${toArrayLiteral(gone.map(([place]) => place ?? ''))}::tid[])`,
  );
  return rows.map(([xmin, ...values]) => ({ xmin: xmin ?? '', values }));
}

/** How many rows carry the held transaction's own identifier. */
async function countWritten(
  { look, transaction }: CaptureRequest,
  shape: TableShape,
): Promise<number | null> {
  const rows = await look(
    `SELECT pg_catalog.count(*)::pg_catalog.text FROM ONLY ${toTable(shape)} t
     WHERE t.xmin OPERATOR(pg_catalog.=) '${transaction}'::pg_catalog.xid`,
  );
  const [row] = rows ?? [];
  return row === undefined ? null : Number(row[0]);
}

function sizeOf({ before }: SavedTable): number {
  let bytes = 0;
  for (const { values } of before) for (const value of values) bytes += (value?.length ?? 0) + 8;
  return bytes;
}
