/** What the tests of measured effects share: a shop with cascades, triggers, rules and partitions, behind a guard with a limit. */

import pg from 'pg';
import {
  startGuard,
  type Guard,
  type GuardOptions,
  type GuardSession,
} from '../../servers/guard.ts';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';

/** Rows that may be changed without a question. */
export const LIMIT = 5;

const POLICY = `version: 1
resources:
  shop: { kind: postgres, limits: { rows_changed: ${LIMIT} } }
  free: { kind: postgres, limits: { rows_returned: 60 } }
`;

const SCHEMA = `
create table users (id int primary key, name text not null, boss int references users (id) on delete set null);
create table orders (id int primary key, user_id int references users (id) on delete cascade on update cascade, total int not null default 0);
create table items (order_id int references orders (id) on delete cascade, line int, what text, primary key (order_id, line));
create table trail (id bigserial primary key, what text not null);
create table counters (id int primary key, n int not null);
create table notes (id int primary key, body text);
create table notes_archive (id int, body text);
create rule notes_archived as on delete to notes do also insert into notes_archive values (old.id, old.body);
create table events (id int, day date not null, what text, primary key (id, day)) partition by range (day);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table plain (a int, b text);
create table late_child (id int primary key, user_id int references users (id) deferrable initially deferred);
create function write_trail() returns trigger language plpgsql as $$
begin
  insert into trail (what) values (tg_op || ' ' || tg_table_name);
  return null;
end $$;
create trigger orders_trail after delete or update on orders for each row execute function write_trail();
create function empty_counters() returns int language sql as 'delete from counters; select 1';
`;

/**
 * Puts every row back to what the tests count on. Without TRUNCATE: a lock that strong keeps the guard from reading definitions
 * for a moment, and then it asks about what it cannot see.
 */
export const FILL = `
set session_replication_role = replica;
delete from users; delete from orders; delete from items; delete from trail; delete from counters; delete from notes;
delete from notes_archive; delete from events; delete from plain; delete from late_child;
select setval('trail_id_seq', 1, false);
insert into users select g, 'user ' || g, null from generate_series(1, 20) g;
insert into orders select g, 1 + g % 20, g from generate_series(1, 100) g;
insert into items select g, 1, 'thing ' || g from generate_series(1, 100) g;
insert into counters select g, g from generate_series(1, 10) g;
insert into notes select g, 'note ' || g from generate_series(1, 10) g;
insert into events select g, date '2024-12-20' + g, 'event ' || g from generate_series(1, 24) g;
insert into plain select g, 'plain ' || g from generate_series(1, 30) g;
reset session_replication_role;
`;

/** A server and a guard before it. */
export interface EffectsStage {
  readonly server: TestPostgres;
  readonly guard: Guard;
  readonly session: GuardSession;
  /** Every row back to the start, and a session whose sums begin anew. */
  reset(): Promise<void>;
  /** Number of rows, asked of the server itself. */
  count(table: string, where?: string): Promise<number>;
  /** A connected client of the agent. */
  connect(resource?: 'shop' | 'free'): Promise<pg.Client>;
  stop(): Promise<void>;
}

/** Starts both. `shop` has a limit on changes, `free` one on what is read, and both are the same database. */
export async function startEffectsStage(more: Partial<GuardOptions> = {}): Promise<EffectsStage> {
  const server = await startPostgres({ initSql: SCHEMA + FILL });
  try {
    const guard = await startGuard({
      resources: [
        { name: 'shop', environment: 'development', url: server.url() },
        { name: 'free', environment: 'development', url: server.url() },
      ],
      policy: POLICY,
      ...more,
    });
    return new Stage(server, guard, await guard.session({ askTimeoutMs: 30_000 }));
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class Stage implements EffectsStage {
  readonly server: TestPostgres;
  readonly guard: Guard;
  session: GuardSession;
  #clients: pg.Client[] = [];

  constructor(server: TestPostgres, guard: Guard, session: GuardSession) {
    this.server = server;
    this.guard = guard;
    this.session = session;
  }

  async reset(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
    this.#clients = [];
    await this.session.end().catch(() => undefined);
    await this.server.sql(FILL);
    this.session = await this.guard.session({ askTimeoutMs: 30_000 });
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.server.sql(`select count(*)::int as n from ${table} where ${where}`);
    return Number(row?.['n']);
  }

  async connect(resource: 'shop' | 'free' = 'shop'): Promise<pg.Client> {
    const client = new pg.Client(this.session.url(resource));
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
    await this.guard.stop();
    await this.server.stop();
  }
}

/** What became of a query. */
export interface Settled {
  readonly ok: boolean;
  readonly rowCount: number | null;
  readonly rows: readonly unknown[];
  readonly code: string;
  readonly message: string;
}

/** Runs a query and gives its end either way, so that a question in between holds nobody up. */
export async function settle(client: pg.Client, query: string | pg.QueryConfig): Promise<Settled> {
  try {
    const { rowCount, rows } = await client.query<Record<string, unknown>>(query);
    return { ok: true, rowCount, rows, code: '', message: '' };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : '';
    return { ok: false, rowCount: null, rows: [], code, message: error.message };
  }
}
