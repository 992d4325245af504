/** What the tests of roles share: reservations of two tenants behind a guard, and the roles of the reference. */

import pg from 'pg';
import { startGuard, type Guard } from '../../servers/guard.ts';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';

const SCHEMA = `
  create table tenants (id text primary key, name text not null);
  create table customers (id int primary key, tenant_id text not null references tenants, name text, email text);
  create table vehicles (id int primary key, plate text not null, daily_cents int not null);
  create table reservations (
    id int primary key, tenant_id text not null references tenants, customer_id int references customers on delete cascade,
    vehicle_id int references vehicles, notes text, status text not null default 'open', price_cents int not null);
  create table payments (id int primary key, reservation_id int references reservations, cents int not null);
  insert into tenants values ('acme', 'Acme Rentals'), ('globex', 'Globex');
  insert into customers select g, case when g % 2 = 0 then 'acme' else 'globex' end, 'customer ' || g, g || '@example.com'
    from generate_series(1, 20) g;
  insert into vehicles select g, 'AG-' || g, 4000 from generate_series(1, 5) g;
  insert into reservations select g, case when g % 2 = 0 then 'acme' else 'globex' end, g, 1 + g % 5, 'note ' || g, 'open', 100 * g
    from generate_series(1, 20) g;
  insert into payments select g, g, 100 from generate_series(1, 20) g;
  create function purge() returns void language sql as 'delete from reservations where id > 0';`;

/** Roles as in the reference, with a window for rules and a rate that a test can reach. */
export const ROLES = `version: 1
resources:
  rental: { kind: postgres, environment: production }
roles:
  agent_readonly:
    tables:
      reservations: [SELECT]
      vehicles: [SELECT]
      customers: [SELECT]
    filters:
      reservations: "tenant_id = {{ token.tenant_id }}"
      customers: "tenant_id = {{ token.tenant_id }}"
  agent_support:
    inherits: agent_readonly
    tables:
      reservations: [SELECT, UPDATE]
    columns:
      reservations:
        UPDATE: [notes, status]
    forbidden_operations: [DELETE, DROP, TRUNCATE]
  slow:
    tables: { vehicles: [SELECT] }
    rate_limit: 3/min
  misspelt: { tables: { vehicle: [SELECT] } }
  personal:
    tables: { vehicles: [SELECT] }
    on_behalf_of: required
`;

/** A server with the reservations and a guard before it. */
export interface RolesStage {
  readonly server: TestPostgres;
  readonly guard: Guard;
  /** Every row of every table, asked of the server itself. */
  rows(): Promise<Readonly<Record<string, unknown>>>;
  /** Issues a token the way a person does. */
  token(
    role: string,
    options?: readonly string[],
  ): Promise<{ readonly secret: string; readonly id: string }>;
  stop(): Promise<void>;
}

export async function startRolesStage(policy = ROLES): Promise<RolesStage> {
  const server = await startPostgres({ initSql: SCHEMA });
  try {
    const resources = ['rental', 'other'].map((name) => ({
      name,
      environment: 'production' as const,
      url: server.url(),
    }));
    const guard = await startGuard({ resources, policy });
    return {
      server,
      guard,
      rows: async () => {
        const [row] = await server.sql(`select jsonb_build_object(
          'tenants', (select jsonb_agg(t order by id) from tenants t),
          'customers', (select jsonb_agg(t order by id) from customers t),
          'vehicles', (select jsonb_agg(t order by id) from vehicles t),
          'reservations', (select jsonb_agg(t order by id) from reservations t),
          'payments', (select jsonb_agg(t order by id) from payments t)) as everything`);
        return row?.['everything'] as Readonly<Record<string, unknown>>;
      },
      token: async (role, options = ['--tenant-id', 'acme', '--expires-in', '10m']) => {
        const args = ['token', 'create', '--role', role, '--resource', 'rental', '--json'];
        const { code, stdout, stderr } = await guard.cli([...args, ...options]);
        if (code !== 0) throw new Error(stderr);
        const made = JSON.parse(stdout) as { secret: string; token: { id: string } };
        return { secret: made.secret, id: made.token.id };
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

/** What a client got: rows, or the code and message of the error. */
export interface Got {
  readonly rows: readonly Record<string, unknown>[];
  readonly code: string | null;
  readonly message: string;
}

/** A connected client whose end by the other side is not an error of the test. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Sends one statement, and gives what came back, whatever it was. */
export async function send(client: pg.Client, sql: string, values?: unknown[]): Promise<Got> {
  try {
    const result = await client.query<Record<string, unknown>>(sql, values);
    return { rows: result.rows, code: null, message: '' };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { rows: [], code: code ?? '', message };
  }
}
