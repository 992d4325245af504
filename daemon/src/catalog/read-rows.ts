/**
 * Asks the server for every family at once, in one transaction that can write nothing, and sorts the answer by family.
 * Never passes on what the server said about an error: it may quote names, values or parts of a statement.
 */

import * as z from 'zod';
import { AgentguardError } from '@agentguard/rules';
import { CatalogError } from '../errors.ts';
import { COLUMNS } from './families/columns.ts';
import { EVENT_TRIGGERS, EXTENSIONS, SCHEMAS, SYSTEM_RELATIONS } from './families/database-wide.ts';
import { SHARED_TABLES, type Family } from './families/family.ts';
import { FOREIGN_KEYS } from './families/foreign-keys.ts';
import { FUNCTIONS } from './families/functions.ts';
import { LOGIN, LOGIN_SQL, SESSION_PATH, SESSION_PATH_SQL, type Login } from './families/login.ts';
import { CASTS, OPERATORS } from './families/operators-and-casts.ts';
import { CHILDREN, RELATIONS } from './families/relations.ts';
import { POLICIES, RULES } from './families/rules-and-policies.ts';
import { TRIGGERS } from './families/triggers.ts';
import { TYPES } from './families/types.ts';
import { WRITE_EXPRESSIONS } from './families/write-expressions.ts';
import { CATALOG_LOCK_WAIT_MS, MAX_CATALOG_ENTRIES, MAX_CATALOG_TEXT_BYTES } from './limits.ts';
import type { CatalogQuery, TextRow } from './query.ts';
import { freshSearchPath, parseSearchPath } from './search-path.ts';

const FAMILIES: readonly Family<unknown>[] = [
  SCHEMAS,
  EXTENSIONS,
  SYSTEM_RELATIONS,
  RELATIONS,
  CHILDREN,
  COLUMNS,
  WRITE_EXPRESSIONS,
  TRIGGERS,
  RULES,
  POLICIES,
  FOREIGN_KEYS,
  FUNCTIONS,
  OPERATORS,
  CASTS,
  TYPES,
  EVENT_TRIGGERS,
];

/** The oldest major that has everything the families ask for. */
const OLDEST_VERSION = 140_000;

const TRANSACTION_START = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY';

/**
 * An empty search_path makes the server write every name with its schema. Compiling such a statement takes longer than
 * running it. The wait for locks is bounded, because the one who holds the lock may be waiting for us.
 */
const LOAD_SETTINGS = `SELECT pg_catalog.set_config('search_path', '', true),
  pg_catalog.set_config('jit', 'off', true),
  pg_catalog.set_config('lock_timeout', '${CATALOG_LOCK_WAIT_MS}ms', true)`;

/** Everything that came back, still by family. */
export interface CatalogRows {
  readonly login: Login;
  readonly searchPath: readonly string[];
  /** The rows of one family. @throws CatalogError when they do not have its shape */
  of<Row>(family: Family<Row>): readonly Row[];
}

/**
 * Reads all families.
 * @throws CatalogError `CATALOG_UNAVAILABLE`: the server does not answer, refuses, is older than PostgreSQL 14,
 * or the catalog is larger than the bounds in limits.ts
 */
export async function readRows(query: CatalogQuery): Promise<CatalogRows> {
  try {
    await query(TRANSACTION_START);
    const rows = await readInside(query);
    await query('COMMIT');
    return rows;
  } catch (error) {
    // A session that is gone needs no ROLLBACK, and one that is not must not stay in a failed transaction.
    await query('ROLLBACK').catch(() => undefined);
    throw toCatalogError(error);
  }
}

async function readInside(query: CatalogQuery): Promise<CatalogRows> {
  const [sessionPath] = await query(SESSION_PATH_SQL);
  await query(LOAD_SETTINGS);
  const login = parseLogin(await query(LOGIN_SQL));
  const searchPath = toSearchPath(SESSION_PATH.parse(sessionPath), login);
  const byFamily = Map.groupBy(await query(toStatement(login.serverVersion)), ([name]) => name);
  return {
    login,
    searchPath,
    of: (family) => parseFamily(family, byFamily.get(family.name) ?? []),
  };
}

function toStatement(version: number): string {
  const parts = FAMILIES.map(
    (family) =>
      `SELECT '${family.name}', f.entry::pg_catalog.text FROM (${family.sql(version)}) AS f(entry)`,
  );
  return `WITH ${SHARED_TABLES} ${parts.join(' UNION ALL ')}`;
}

function parseLogin(rows: readonly TextRow[]): Login {
  const login = LOGIN.parse(JSON.parse(rows[0]?.[0] ?? 'null'));
  if (login.serverVersion < OLDEST_VERSION) {
    throw unavailable('the server is older than PostgreSQL 14');
  }
  if (login.entries > MAX_CATALOG_ENTRIES) {
    throw unavailable(`the catalog has ${login.entries} entries, more than ${MAX_CATALOG_ENTRIES}`);
  }
  if (login.textBytes > MAX_CATALOG_TEXT_BYTES) {
    throw unavailable(
      `function bodies and rules take ${login.textBytes} bytes, more than ${MAX_CATALOG_TEXT_BYTES}`,
    );
  }
  return login;
}

function toSearchPath(session: z.infer<typeof SESSION_PATH>, login: Login): readonly string[] {
  const [source, resetValue, bootValue] = session;
  const { rolePath } = login;
  const text = freshSearchPath({ rolePath, source, resetValue, bootValue });
  const names = parseSearchPath(text, login.user);
  if (names === undefined) throw unavailable('the search_path of the role is not a list of names');
  return names;
}

function parseFamily<Row>(family: Family<Row>, rows: readonly TextRow[]): readonly Row[] {
  const parsed = z
    .array(family.row)
    .safeParse(rows.map(([, entry]): unknown => JSON.parse(entry ?? 'null')));
  if (parsed.success) return parsed.data;
  throw unavailable(`the server describes a ${family.name} in a way that is not understood`);
}

function unavailable(message: string, cause?: AgentguardError): CatalogError {
  return new CatalogError('CATALOG_UNAVAILABLE', message, { audience: 'user', cause });
}

/** Only our own errors are known to hold no statement text and no value, so only they are kept as a cause. */
function toCatalogError(error: unknown): CatalogError {
  if (error instanceof CatalogError) return error;
  const cause = error instanceof AgentguardError ? error : undefined;
  return unavailable('the catalog of the database cannot be read', cause);
}
