/** What the life-cycle tests share: a small table behind a guard, and statements that a person is asked about. */

import pg from 'pg';
import { startGuard, type Guard, type GuardOptions } from '../../servers/guard.ts';
import { startPostgres, type PostgresOptions, type TestPostgres } from '../../servers/postgres.ts';

const SCHEMA = `
  create table bookings (n bigint primary key, note text);
  create table users (id int primary key, name text);
  insert into users select g, 'user ' || g from generate_series(1, 10) g;`;

/** A server with two tables and a guard before it. */
export interface LifecycleStage {
  readonly server: TestPostgres;
  readonly guard: Guard;
  /** Number of rows in `users`, asked of the server itself. */
  users(): Promise<number>;
  stop(): Promise<void>;
}

/** What may differ from test to test. */
export interface LifecycleOptions {
  readonly server?: PostgresOptions;
  readonly guard?: Partial<GuardOptions>;
}

export async function startLifecycleStage(options: LifecycleOptions = {}): Promise<LifecycleStage> {
  const server = await startPostgres({ initSql: SCHEMA, ...options.server });
  try {
    const guard = await startGuard({
      resources: [{ name: 'shop', environment: 'development', url: server.url() }],
      ...options.guard,
    });
    return {
      server,
      guard,
      users: async () => {
        const [row] = await server.sql('select count(*)::int as n from users');
        return Number(row?.['n']);
      },
      stop: async () => {
        await guard.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A connected client whose end by the other side is not an error of the test. */
export async function connectClient(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** What became of a query. */
export type Settled =
  | { readonly ok: true; readonly rowCount: number | null }
  | { readonly ok: false; readonly code: string; readonly hint: string; readonly message: string };

/** Sends a query and gives how it ended, never throwing. */
export async function settle(client: pg.Client, text: string): Promise<Settled> {
  try {
    const { rowCount } = await client.query(text);
    return { ok: true, rowCount };
  } catch (error) {
    const fields = error as { code?: string; hint?: string; message?: string };
    const { code = 'none', hint = '', message = '' } = fields;
    return { ok: false, code, hint, message };
  }
}
