/**
 * Shows a person some of the rows that an operation changes, says whether they could be brought back, and saves them before
 * an approved operation is committed.
 */

import { looksSecret } from '@agentguard/rules';
import type { Forecast, Look, RowSample } from '../enforcement/enforcement.ts';
import type { HeldRows, NotSaved, RowKeeper } from '../enforcement/held-operation.ts';
import { capture } from './capture.ts';
import type { Captured, Emptied } from './capture.ts';
import { MAX_SAMPLES, MAX_SHOWN_VALUE } from './limits.ts';
import type { OpenUndoSession } from './session.ts';
import type { SavedTable } from './saved-rows.ts';
import { toLiteral, toName, toTable } from './sql-text.ts';
import type { UndoStore } from './undo-store.ts';

/** What a keeper is built from. */
export interface SavedRowKeeperParts {
  readonly open: OpenUndoSession;
  readonly store: UndoStore;
  readonly now: () => number;
  /** Told what is for the log. */
  readonly onProblem: (cause: unknown) => void;
}

/** Why nothing of a run can be kept; null when it may be tried. */
function whyNot({ result }: HeldRows): string | null {
  const { measurement, own, transaction } = result;
  if (!own) return 'it is a part of a transaction of the client';
  if (measurement.removed.length > 0) return 'definitions are not saved';
  return transaction === null && measurement.changes.length > 0
    ? 'its transaction is unknown'
    : null;
}

/** The keeper that reads and saves. */
export class SavedRowKeeper implements RowKeeper {
  readonly #parts: SavedRowKeeperParts;

  constructor(parts: SavedRowKeeperParts) {
    this.#parts = parts;
  }

  async forecast(held: HeldRows, look: Look): Promise<Forecast> {
    const why = whyNot(held);
    if (why !== null) return { samples: [], undo: `cannot be undone: ${why}`, undoable: false };
    const captured = await this.#capture(held, look);
    const samples = await toSamples(captured.tables, look);
    if (!captured.ok) {
      return { samples, undo: `cannot be undone: ${captured.why}`, undoable: false };
    }
    const rows = captured.tables.reduce((sum, { before }) => sum + before.length, 0);
    const size = toSize(captured.bytes);
    const undo = `can be undone for 7 days: ${rows} ${rows === 1 ? 'row is' : 'rows are'} saved (${size})`;
    return { samples, undo, undoable: true };
  }

  async save(
    held: HeldRows,
    decision: string,
    look: Look,
  ): Promise<{ readonly ok: true } | NotSaved> {
    const why = whyNot(held);
    if (why !== null) return { ok: false, why };
    const captured = await this.#capture(held, look);
    if (!captured.ok) return captured;
    try {
      await this.#parts.store.save({
        version: 1,
        decision,
        resource: held.operation.connection.resource.name,
        transaction: toShort(held.result.transaction),
        savedAt: this.#parts.now(),
        tables: [...captured.tables],
      });
      return { ok: true };
    } catch (cause) {
      this.#parts.onProblem(cause);
      return { ok: false, why: 'its rows could not be saved' };
    }
  }

  async #capture({ operation, result }: HeldRows, look: Look): Promise<Captured> {
    const emptied: Emptied[] = result.emptiedRows.map((one) => ({ ...one }));
    const tables = [
      ...emptied,
      ...result.tables.filter(
        ({ schema, name }) => !emptied.some((one) => one.schema === schema && one.name === name),
      ),
    ];
    try {
      const session = await this.#parts.open(operation.connection.resource.name);
      try {
        const transaction = toShort(result.transaction);
        return await capture({ query: session.query, look, transaction, tables, emptied });
      } finally {
        session.close();
      }
    } catch (cause) {
      this.#parts.onProblem(cause);
      return { ok: false, why: 'its rows could not be read in time', tables: [] };
    }
  }
}

/** Rows carry the lower 32 bits. */
function toShort(transaction: string | null): string {
  return transaction === null ? '0' : String(BigInt(transaction) & 0xffff_ffffn);
}

function toSize(bytes: number): string {
  if (bytes < 1_048_576) return `${Math.ceil(bytes / 1024)} kB`;
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/** Some rows of each table, as they are and as they would be. */
async function toSamples(tables: readonly SavedTable[], look: Look): Promise<readonly RowSample[]> {
  const samples: RowSample[] = [];
  const each = Math.max(1, Math.floor(MAX_SAMPLES / Math.max(1, tables.length)));
  for (const table of tables) {
    const room = Math.min(each, MAX_SAMPLES - samples.length);
    if (room <= 0) break;
    const rows = table.before.slice(0, room);
    for (const row of rows) samples.push(await toSample(table, row.values, look));
  }
  return samples;
}

async function toSample(
  table: SavedTable,
  before: readonly (string | null)[],
  look: Look,
): Promise<RowSample> {
  const columns = table.columns.map(({ name }) => name);
  const shown = (values: readonly (string | null)[]): readonly (string | null)[] =>
    values.map((value, at) => toShown(columns[at] ?? '', value));
  const key = table.key.map((name) => {
    const value = before[columns.indexOf(name)] ?? null;
    return `t.${toName(name)}::pg_catalog.text OPERATOR(pg_catalog.=) ${toLiteral(value)}`;
  });
  const texts = columns.map((name) => `pg_catalog.left(t.${toName(name)}::pg_catalog.text, 200)`);
  const after =
    key.length === 0
      ? null
      : await look(
          `SELECT ${texts.join(', ')} FROM ONLY ${toTable(table)} t WHERE ${key.join(' AND ')}`,
        );
  const row = after?.[0];
  return {
    table: `${table.schema}.${table.name}`,
    columns,
    before: shown(before),
    after: row === undefined ? null : shown(row),
  };
}

/** What looks like a secret is not shown even to the person; long values are cut, and say so. */
function toShown(column: string, value: string | null): string | null {
  if (value === null) return null;
  if (looksSecret(column, value).kind !== 'nothing') return '[secret]';
  return value.length <= MAX_SHOWN_VALUE ? value : `${value.slice(0, MAX_SHOWN_VALUE)}...`;
}
