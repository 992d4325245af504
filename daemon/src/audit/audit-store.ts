/**
 * The tables of the record: writes a batch whole or not at all, reads rows and hashes back.
 * It decides nothing; who may append, and what, is settled before.
 */

import { CompactRange, HASH_BYTES, hashNode, subtreesOf } from '@agentguard/rules';
import type { EntryColumns, NodeSource, RecordRow } from '@agentguard/rules';
import type Database from 'better-sqlite3';
import * as z from 'zod';
import { AuditError } from '../errors.ts';
import { toUnreadable } from './database.ts';
import type { Durability } from './entry.ts';
import { STORED_HEIGHT_STEP } from './limits.ts';

const countSchema = z.int().nonnegative();

const hashSchema = z.instanceof(Buffer).refine((bytes) => bytes.length === HASH_BYTES);

const rowSchema = z.strictObject({
  idx: z.int().nonnegative(),
  type: z.enum(['intent', 'approval', 'outcome', 'event']),
  decision: z.string().nullable(),
  session: z.string().nullable(),
  time: z.string(),
  verdict: z.enum(['allow', 'ask', 'deny']).nullable(),
  resource: z.string().nullable(),
  leaf: z.instanceof(Buffer),
  body: z.instanceof(Buffer),
});

/** A row as it is stored; what its columns say is only believed after its bytes were read. */
export interface StoredRow extends RecordRow {
  readonly leaf: Buffer;
  readonly body: Buffer;
  readonly columns: EntryColumns;
}

/** An entry ready to be stored. */
export interface NewRow {
  readonly columns: EntryColumns;
  readonly leaf: Buffer;
  readonly body: Buffer;
}

/** A subtree that became complete. */
export interface NewNode {
  readonly height: number;
  readonly position: number;
  readonly hash: Buffer;
}

/** What one transaction adds. */
export interface Batch {
  /** Index of the first row. */
  readonly first: number;
  readonly rows: readonly NewRow[];
  readonly nodes: readonly NewNode[];
}

/** A signed checkpoint as it is stored. */
export interface StoredCheckpoint {
  readonly size: number;
  /** Index below which every operation had ended. */
  readonly settled: number;
  readonly note: string;
}

const checkpointSchema = z.strictObject({
  size: z.int().nonnegative(),
  settled: z.int().nonnegative(),
  note: z.string(),
});

/** Reads and writes the tables. */
export class AuditStore {
  readonly #database: Database.Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #durability: Durability = 'written';

  constructor(database: Database.Database) {
    this.#database = database;
    this.#statements = prepareStatements(database);
  }

  /** Writes a batch in one transaction. Throws the database's own error; nothing of the batch is then there. */
  writeBatch(batch: Batch, durability: Durability): void {
    const [only, ...more] = batch.rows;
    if (only !== undefined && more.length === 0 && batch.nodes.length === 0) {
      // A single statement is a transaction of its own, without the price of two more.
      this.#setDurability(durability);
      this.#insert(batch.first, only);
      return;
    }
    this.#transact(durability, () => {
      batch.rows.forEach((row, at) => {
        this.#insert(batch.first + at, row);
      });
      for (const { height, position, hash } of batch.nodes) {
        this.#statements.insertNode.run(height, position, hash);
      }
    });
  }

  #insert(index: number, { columns, leaf, body }: NewRow): void {
    const { type, decision, session, time, verdict, resource } = columns;
    const { insertEntry } = this.#statements;
    insertEntry.run(index, type, decision, session, time, verdict, resource, leaf, body);
  }

  /** Stores a checkpoint. Always synced, and with it everything that was written before. */
  writeCheckpoint({ size, settled, note }: StoredCheckpoint): void {
    this.#transact('synced', () => {
      this.#statements.insertCheckpoint.run(size, settled, note);
    });
  }

  /** Number of entries. */
  size(): number {
    return this.#read(() => countSchema.parse(this.#statements.size.get()));
  }

  /** The checkpoint that was signed last, or null. */
  lastCheckpoint(): StoredCheckpoint | null {
    return this.#read(() => {
      const row = this.#statements.lastCheckpoint.get();
      return row === undefined ? null : checkpointSchema.parse(row);
    });
  }

  /** Checkpoints over more than `size` entries, the shortest first. */
  checkpointsAfter(size: number): readonly StoredCheckpoint[] {
    return this.#read(() =>
      this.#statements.checkpointsAfter.all(size).map((row) => checkpointSchema.parse(row)),
    );
  }

  /** Rows `[from, to)` in order. */
  rows(from: number, to: number): readonly StoredRow[] {
    return this.#read(() => this.#statements.rows.all(from, to).map(toStoredRow));
  }

  /** A stored subtree, or null. */
  storedNode(height: number, position: number): Buffer | null {
    return this.#read(() => {
      const [hash] = this.#statements.nodes.all(height, position, position + 1);
      return hash === undefined ? null : hashSchema.parse(hash);
    });
  }

  /** Number of stored subtrees. */
  countNodes(): number {
    return this.#read(() => countSchema.parse(this.#statements.countNodes.get()));
  }

  /** How far the table of decisions is filled, and how many rows it has. */
  filledDecisions(): { readonly below: number; readonly count: number } {
    return this.#read(() => ({
      below: countSchema.parse(this.#statements.filled.get()),
      count: countSchema.parse(this.#statements.countDecisions.get()),
    }));
  }

  /** Entries of `[from, to)` that the table of decisions should find and does not. */
  unindexed(from: number, to: number): readonly number[] {
    return this.#read(() => z.array(countSchema).parse(this.#statements.unindexed.all(from, to)));
  }

  /** Roots of complete subtrees, from the stored ones. Not verified. */
  readonly node: NodeSource = (height, position) => {
    const above = height % STORED_HEIGHT_STEP;
    const base = height - above;
    const count = 2 ** above;
    let hashes = this.#hashes(base, position * count, count);
    for (let level = 0; level < above; level += 1) hashes = joinPairs(hashes);
    const [root] = hashes;
    if (root === undefined) throw hole();
    return root;
  };

  /** The compact range over the first `size` entries, from the stored hashes. */
  range(size: number): CompactRange {
    const roots = subtreesOf(0, size).map(({ height, position }) => this.node(height, position));
    return new CompactRange(size, roots);
  }

  /** All stored subtrees of one height, `[from, to)`. */
  #hashes(height: number, from: number, count: number): readonly Buffer[] {
    return this.#read(() => {
      const found =
        height === 0
          ? this.#statements.leaves.all(from, from + count)
          : this.#statements.nodes.all(height, from, from + count);
      if (found.length !== count) throw hole();
      return found.map((hash) => hashSchema.parse(hash));
    });
  }

  #transact(durability: Durability, work: () => void): void {
    this.#setDurability(durability);
    try {
      this.#statements.begin.run();
      work();
      this.#statements.commit.run();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** SECURITY(P-05): FULL makes SQLite sync the write-ahead log before COMMIT returns, NORMAL does not. */
  #setDurability(durability: Durability): void {
    if (durability === this.#durability) return;
    this.#database.pragma(`synchronous = ${durability === 'synced' ? 'FULL' : 'NORMAL'}`);
    this.#durability = durability;
  }

  #rollBack(): void {
    if (!this.#database.open || !this.#database.inTransaction) return;
    try {
      this.#statements.rollback.run();
    } catch {
      // SQLite has rolled back by itself, or will when the next transaction begins; the first error counts.
    }
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toUnreadable(error);
    }
  }
}

/** Reads one row of `entries`. Throws when it does not have the form of one. */
export function toStoredRow(row: unknown): StoredRow {
  const { idx, leaf, body, ...columns } = rowSchema.parse(row);
  return { index: idx, leaf, body, columns };
}

/** The columns of `entries` in the order that `toStoredRow` reads. */
export const ROW_COLUMNS = 'idx, type, decision, session, time, verdict, resource, leaf, body';

function prepareStatements(database: Database.Database) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    rollback: prepare('ROLLBACK'),
    insertEntry: prepare(`INSERT INTO entries (${ROW_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)`),
    insertNode: prepare('INSERT INTO nodes (height, position, hash) VALUES (?,?,?)'),
    insertCheckpoint: prepare('INSERT INTO checkpoints (size, settled, note) VALUES (?,?,?)'),
    size: prepare('SELECT coalesce(max(idx) + 1, 0) FROM entries').pluck(),
    lastCheckpoint: prepare(
      'SELECT size, settled, note FROM checkpoints ORDER BY size DESC LIMIT 1',
    ),
    checkpointsAfter: prepare(
      'SELECT size, settled, note FROM checkpoints WHERE size > ? ORDER BY size',
    ),
    rows: prepare(`SELECT ${ROW_COLUMNS} FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx`),
    leaves: prepare('SELECT leaf FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx').pluck(),
    nodes: prepare(
      'SELECT hash FROM nodes WHERE height = ? AND position >= ? AND position < ? ORDER BY position',
    ).pluck(),
    countNodes: prepare('SELECT count(*) FROM nodes').pluck(),
    filled: prepare('SELECT below FROM filled').pluck(),
    countDecisions: prepare('SELECT count(*) FROM decisions').pluck(),
    unindexed: prepare(
      `SELECT idx FROM entries e WHERE idx >= ? AND idx < ? AND decision IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.decision = e.decision AND d.idx = e.idx)`,
    ).pluck(),
  };
}

function joinPairs(hashes: readonly Buffer[]): readonly Buffer[] {
  const joined: Buffer[] = [];
  for (let at = 0; at + 1 < hashes.length; at += 2) {
    const [left, right] = [hashes[at], hashes[at + 1]];
    if (left === undefined || right === undefined) throw hole();
    joined.push(hashNode(left, right));
  }
  return joined;
}

function hole(): AuditError {
  return new AuditError('AUDIT_VERIFICATION_FAILED', 'a stored hash of the record is missing', {
    audience: 'user',
    help: 'run agentguard audit verify',
  });
}
