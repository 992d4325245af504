/**
 * Opens the database of the record: one writer, a write-ahead log, a known schema.
 * The lock is held as long as the database is open, so that no second program can append or change anything.
 */

import Database from 'better-sqlite3';
import * as z from 'zod';
import { AuditError } from '../errors.ts';
import { BUSY_TIMEOUT_MS, MAX_WAL_PAGES } from './limits.ts';

/** "aGrd" in ASCII: tells the record from any other SQLite file. */
export const APPLICATION_ID = 0x61_47_72_64;

/** Layout of the tables; `docs/reference/audit-format.md` describes it. */
export const SCHEMA_VERSION = 1;

const PAGE_BYTES = 4096;

/**
 * INVARIANT: `entries` has no index but its key. Each index costs a page per commit, which doubles the price
 * of an append (measured 7.6 to 15.8 µs); `decisions` is filled behind the appends instead.
 */
const TABLES: ReadonlyMap<string, string> = new Map([
  [
    'entries',
    `CREATE TABLE entries (
  idx INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  decision TEXT,
  session TEXT,
  time TEXT NOT NULL,
  verdict TEXT,
  resource TEXT,
  leaf BLOB NOT NULL,
  body BLOB NOT NULL
) STRICT`,
  ],
  [
    'nodes',
    `CREATE TABLE nodes (
  height INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (height, position)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'checkpoints',
    `CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  settled INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT`,
  ],
  [
    'decisions',
    `CREATE TABLE decisions (
  decision TEXT NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (decision, idx)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'filled',
    `CREATE TABLE filled (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  below INTEGER NOT NULL
) STRICT`,
  ],
]);

const tablesSchema = z.array(z.tuple([z.string(), z.string()]));

/**
 * Opens the database for appending, and makes its tables when the file is new.
 * @throws AuditError `AUDIT_UNREADABLE` when it is locked, not a record, or of another version
 */
export function openDatabase(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    configure(database);
    makeTables(database);
    return database;
  } catch (error) {
    database?.close();
    throw toUnreadable(error);
  }
}

/**
 * Opens a copy of a database for reading only. SQLite makes two files beside it where they are missing.
 * @throws AuditError `AUDIT_UNREADABLE` when it is locked, not a record, or of another version
 */
export function openDatabaseCopy(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    harden(database);
    checkVersion(database);
    checkTables(database);
    return database;
  } catch (error) {
    database?.close();
    throw toUnreadable(error);
  }
}

/** Turns whatever the database library throws into the failure of reading the record. */
export function toUnreadable(error: unknown): AuditError {
  if (error instanceof AuditError) return error;
  return new AuditError('AUDIT_UNREADABLE', `the record cannot be read (${toCause(error)})`, {
    audience: 'user',
    help: toHelp(error),
    cause: error,
  });
}

/** The stable code of SQLite or of the system; never the message, which may quote a path or a value. */
export function toCause(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

function toHelp(error: unknown): string {
  const cause = toCause(error);
  if (cause.startsWith('SQLITE_BUSY') || cause.startsWith('SQLITE_LOCKED')) {
    return 'another program holds the record open; end it and try again';
  }
  if (cause.startsWith('SQLITE_FULL') || cause === 'ENOSPC') return 'make room on the disk';
  return 'keep the folder as it is for an investigation, and move it aside to start a new record';
}

function configure(database: Database.Database): void {
  // Before the first access: the lock is then taken at once, and no file is shared with other processes.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  database.pragma(`wal_autocheckpoint = ${MAX_WAL_PAGES}`);
  database.pragma(`journal_size_limit = ${MAX_WAL_PAGES * PAGE_BYTES}`);
  database.pragma('synchronous = NORMAL');
  // macOS answers fsync before the disk has the bytes; elsewhere these change nothing.
  database.pragma('fullfsync = ON');
  database.pragma('checkpoint_fullfsync = ON');
  harden(database);
}

/** A file that was made to hurt its reader shall not run code of its own. */
function harden(database: Database.Database): void {
  database.pragma('trusted_schema = OFF');
  database.pragma('cell_size_check = ON');
}

function makeTables(database: Database.Database): void {
  if (numberOf(database, 'user_version') !== 0) {
    checkVersion(database);
    checkTables(database);
    // Takes the lock even when nothing is written for a while.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return;
  }
  if (readTables(database).length > 0) throw notOurs('is not a record');
  database.pragma('synchronous = FULL');
  database.exec(
    `BEGIN IMMEDIATE; ${[...TABLES.values()].join('; ')}; INSERT INTO filled VALUES (1, 0);
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
  );
  database.pragma('synchronous = NORMAL');
}

/** A table that is really a view, or a trigger behind one, could show other rows than it stores. */
function checkTables(database: Database.Database): void {
  const tables = readTables(database);
  const ours = tables.every(([name, sql]) => TABLES.get(name) === sql);
  if (!ours || tables.length !== TABLES.size) throw notOurs('has other tables than a record');
}

function readTables(database: Database.Database): readonly (readonly [string, string])[] {
  return tablesSchema.parse(
    database.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema").raw().all(),
  );
}

function checkVersion(database: Database.Database): void {
  if (numberOf(database, 'application_id') !== APPLICATION_ID) throw notOurs('is not a record');
  const version = numberOf(database, 'user_version');
  if (version !== SCHEMA_VERSION) throw notOurs(`is of version ${String(version)}`);
}

function numberOf(database: Database.Database, pragma: string): unknown {
  return database.pragma(pragma, { simple: true });
}

function notOurs(what: string): AuditError {
  return new AuditError('AUDIT_UNREADABLE', `the database ${what}`, {
    audience: 'user',
    help: `this program reads version ${SCHEMA_VERSION}`,
  });
}
