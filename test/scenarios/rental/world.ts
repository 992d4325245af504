/**
 * A server with the car-rental database, cheap to put back: one template, and copies made from it.
 * Nothing here knows the guard; it is how a test looks at the data itself.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, CANARY_PASSWORD, SUPERUSER } from '../../servers/postgres.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { EXTENSIONS, RENTAL_SQL, ROLES_SQL } from './schema.ts';

const TEMPLATE = 'rental_template';

/** SQLSTATE object_in_use. */
const OBJECT_IN_USE = '55006';

/** A running server with the rental database in it. */
export interface RentalWorld {
  readonly server: TestPostgres;
  /** Extensions that this build of PostgreSQL has, out of those that the schema wants. */
  readonly extensions: ReadonlySet<string>;
  /** Drops the database when it is there, whoever uses it, and makes it anew from the template. */
  restore(database: string): Promise<void>;
  stop(): Promise<void>;
}

/** How to start a world. */
export interface RentalOptions {
  /** Default 18. */
  readonly major?: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  readonly hba?: string;
  /** What is laid over the plain database, such as TRAPS_SQL. */
  readonly more?: readonly string[];
}

/** Starts a server and fills the template. */
export async function startRental(options: RentalOptions = {}): Promise<RentalWorld> {
  const server = await startPostgres({
    ...(options.major === undefined ? {} : { major: options.major }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.hba === undefined ? {} : { hba: options.hba }),
    settings: {
      // What the server does by itself would look like a change.
      autovacuum: 'off',
      checkpoint_timeout: '1h',
      wal_level: 'logical',
      max_prepared_transactions: '5',
      ...options.settings,
    },
  });
  try {
    return await fill(server, options.more ?? []);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function fill(server: TestPostgres, more: readonly string[]): Promise<RentalWorld> {
  await server.sql(ROLES_SQL);
  await server.sql(`create database ${TEMPLATE}`);
  const extensions = new Set<string>();
  for (const extension of EXTENSIONS) {
    try {
      await server.sql(`create extension ${extension}`, TEMPLATE);
      extensions.add(extension);
    } catch {
      skipLoudly(`this PostgreSQL has no extension ${extension}`);
    }
  }
  await server.sql(RENTAL_SQL, TEMPLATE);
  for (const sql of more) await server.sql(sql, TEMPLATE);
  if (extensions.has('postgres_fdw')) await server.sql(foreignSql(server), TEMPLATE);
  await server.sql('vacuum analyze', TEMPLATE);
  return {
    server,
    extensions,
    restore: (database) => restore({ server, extensions }, database),
    stop: () => server.stop(),
  };
}

async function restore(
  world: Pick<RentalWorld, 'server' | 'extensions'>,
  database: string,
): Promise<void> {
  const { server, extensions } = world;
  await server.sql(`drop database if exists ${database} with (force)`);
  await copyTemplate(server, database);
  if (!extensions.has('postgres_fdw')) return;
  await server.sql(`alter server elsewhere options (set dbname '${database}')`, database);
}

/** A connection that has just ended may still be counted as one to the template for a moment. */
async function copyTemplate(server: TestPostgres, database: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await server.sql(`create database ${database} template ${TEMPLATE} strategy file_copy`);
      return;
    } catch (error) {
      const inUse = error instanceof Error && 'code' in error && error.code === OBJECT_IN_USE;
      if (!inUse || attempt === 50) throw error;
      await sleep(50);
    }
  }
}

/** A foreign table that leads by another connection to a database that `restore` names: the same one. */
function foreignSql(server: TestPostgres): string {
  return `
    create server elsewhere foreign data wrapper postgres_fdw
      options (host '127.0.0.1', port '${server.port}', dbname '${TEMPLATE}');
    create user mapping for public server elsewhere
      options (user '${SUPERUSER}', password '${CANARY_PASSWORD}');
    create foreign table remote_payments (id bigint, reservation_id bigint, cents int, paid_at timestamptz)
      server elsewhere options (schema_name 'public', table_name 'payments');`;
}
