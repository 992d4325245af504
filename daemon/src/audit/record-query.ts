/**
 * Looks entries up by what they are about. Reads a bounded number of rows per turn of the event loop, so that
 * looking at a large record does not hold up the gate.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseEntryBody } from '@agentguard/rules';
import type { EntryColumns, RecordedEntry } from '@agentguard/rules';
import type Database from 'better-sqlite3';
import * as z from 'zod';
import { AuditError } from '../errors.ts';
import { ROW_COLUMNS, toStoredRow } from './audit-store.ts';
import { toUnreadable } from './database.ts';
import type { DecisionIndex } from './decision-index.ts';
import { MAX_QUERY_LIMIT, SCANNED_PER_TURN } from './limits.ts';

/** Which entries. Everything given must hold. */
export interface AuditFilter {
  readonly type?: EntryColumns['type'];
  readonly decision?: string;
  /** Session and resource also find approvals and outcomes, by the intent of their decision. */
  readonly session?: string;
  readonly resource?: string;
  /** Finds intents. */
  readonly verdict?: 'allow' | 'ask' | 'deny';
  /** ISO 8601 in UTC with milliseconds; inclusive. */
  readonly since?: string;
  /** As `since`; exclusive. */
  readonly until?: string;
  /** A text anywhere in the entry; ASCII letters in either case. */
  readonly contains?: string;
}

/** Which entries, how many, and from where. */
export interface AuditQuery extends AuditFilter {
  /** Only entries with a higher index. */
  readonly after?: number;
  /** Only entries with a lower index. */
  readonly before?: number;
  /** Default false: the oldest first. */
  readonly newestFirst?: boolean;
  /** At most `MAX_QUERY_LIMIT`; default 100. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** An entry as it stands on the record. */
export interface FoundEntry {
  readonly index: number;
  readonly columns: EntryColumns;
  readonly entry: RecordedEntry;
  /** The canonical JSON of entry, index and previous head: the bytes of the leaf. */
  readonly body: string;
}

const DEFAULT_LIMIT = 100;

/** Answers queries. */
export class RecordQuery {
  readonly #database: Database.Database;
  readonly #decisions: DecisionIndex;
  readonly #size: () => number;

  constructor(database: Database.Database, decisions: DecisionIndex, size: () => number) {
    this.#database = database;
    this.#decisions = decisions;
    this.#size = size;
  }

  /**
   * The entries that fit.
   * @throws AuditError `AUDIT_UNREADABLE` when the record cannot be read
   */
  async find(query: AuditQuery): Promise<readonly FoundEntry[]> {
    const limit = toLimit(query.limit);
    const order = query.newestFirst === true ? 'DESC' : 'ASC';
    const found: FoundEntry[] = [];
    const where = await this.#where(query);
    const statement = this.#prepare(
      `SELECT ${ROW_COLUMNS} FROM entries e WHERE idx >= ? AND idx < ? ${where.sql}
       ORDER BY idx ${order} LIMIT ?`,
    );
    for await (const [from, to] of this.#windows(query)) {
      const rows = reading(() => statement.all(from, to, ...where.values, limit - found.length));
      found.push(...rows.map(toFoundEntry));
      if (found.length >= limit) break;
    }
    return found;
  }

  /** How many entries fit; `limit` is ignored. */
  async count(query: AuditQuery): Promise<number> {
    const where = await this.#where(query);
    const statement = this.#prepare(
      `SELECT count(*) AS found FROM entries e WHERE idx >= ? AND idx < ? ${where.sql}`,
    );
    let count = 0;
    for await (const [from, to] of this.#windows(query)) {
      const row = reading(() => statement.get(from, to, ...where.values));
      count += z.object({ found: z.int() }).parse(row).found;
    }
    return count;
  }

  /** Ranges of indices to look through, one per turn. */
  async *#windows(query: AuditQuery): AsyncGenerator<readonly [number, number]> {
    const low = Math.max(0, (query.after ?? -1) + 1);
    const high = Math.min(this.#size(), query.before ?? Infinity);
    if (query.decision !== undefined && this.#decisions.complete) {
      // The table of decisions leads straight to its few entries.
      yield [low, high];
      return;
    }
    for (let done = 0; done < high - low; done += SCANNED_PER_TURN) {
      if (done > 0) await nextTurn();
      query.signal?.throwIfAborted();
      if (query.newestFirst === true) {
        yield [Math.max(low, high - done - SCANNED_PER_TURN), high - done];
      } else {
        yield [low + done, Math.min(high, low + done + SCANNED_PER_TURN)];
      }
    }
  }

  async #where(filter: AuditFilter): Promise<Where> {
    const needsIndex = [filter.decision, filter.session, filter.resource];
    if (needsIndex.some((value) => value !== undefined)) await this.#fill(filter);
    return toWhere(filter, this.#decisions.complete);
  }

  async #fill(filter: AuditFilter): Promise<void> {
    try {
      await this.#decisions.fill();
    } catch (error) {
      // A full disk must not keep a person from looking up what was denied: a scan finds decisions as well.
      if (filter.session !== undefined || filter.resource !== undefined) throw error;
    }
  }

  #prepare(sql: string): Database.Statement {
    return reading(() => this.#database.prepare(sql));
  }
}

interface Where {
  readonly sql: string;
  readonly values: readonly string[];
}

/** The conditions. Every value is bound; nothing of the filter becomes SQL text. */
function toWhere(filter: AuditFilter, indexed: boolean): Where {
  const sql: string[] = [];
  const values: string[] = [];
  const add = (condition: string, ...bound: readonly (string | undefined)[]) => {
    const given = bound.filter((value) => value !== undefined);
    if (given.length < bound.length) return;
    sql.push(`AND ${condition}`);
    values.push(...given);
  };
  add('type = ?', filter.type);
  add('verdict = ?', filter.verdict);
  add('time >= ?', filter.since);
  add('time < ?', filter.until);
  add(
    indexed ? 'idx IN (SELECT idx FROM decisions WHERE decision = ?)' : 'decision = ?',
    filter.decision,
  );
  add(orByDecision('session'), filter.session, filter.session);
  add(orByDecision('resource'), filter.resource, filter.resource);
  add("CAST(body AS TEXT) LIKE ? ESCAPE '!'", toPattern(filter.contains));
  return { sql: sql.join(' '), values };
}

/** Approvals and outcomes say neither session nor resource; their decision's intent does. */
function orByDecision(column: 'session' | 'resource'): string {
  return `(${column} = ? OR (${column} IS NULL AND EXISTS (
    SELECT 1 FROM decisions d JOIN entries i ON i.idx = d.idx
    WHERE d.decision = e.decision AND i.${column} = ?)))`;
}

/** The text as it stands inside canonical JSON, with what LIKE would read as a wildcard escaped. */
function toPattern(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const inJson = JSON.stringify(text).slice(1, -1);
  return `%${inJson.replaceAll(/[!%_]/g, '!$&')}%`;
}

function toLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  return Math.max(1, Math.min(Math.floor(limit), MAX_QUERY_LIMIT));
}

function toFoundEntry(row: unknown): FoundEntry {
  const stored = reading(() => toStoredRow(row));
  const parsed = parseEntryBody(stored.body);
  if (!parsed.ok) {
    const message = `entry ${stored.index} of the record cannot be read: ${parsed.problem}`;
    throw new AuditError('AUDIT_UNREADABLE', message, {
      audience: 'user',
      help: 'run agentguard audit verify',
    });
  }
  const { index, columns, body } = stored;
  return { index, columns, entry: parsed.body.entry, body: body.toString('utf8') };
}

function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toUnreadable(error);
  }
}
