/**
 * The rows that come through the guard are the rows that the server gives under row level security with the same
 * conditions, for reading and for writing. AGENTGUARD_DIFFERENTIAL_ROUNDS runs for longer.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import type { TestPostgres } from '../servers/postgres.ts';
import { openReachGate } from '../servers/reach-gate.ts';
import type { ReachGate } from '../servers/reach-gate.ts';
import { Dice, Generator } from './generate.ts';
import {
  FILTERS,
  NESTED_FILTER,
  rowsFor,
  SCHEMA,
  TABLE_NAMES,
  toNative,
  valuesFor,
} from './rental.ts';
import type { TableName } from './rental.ts';

/** One round is one filter with fresh rows, and takes about a second. */
const ROUNDS = Number(process.env['AGENTGUARD_DIFFERENTIAL_ROUNDS'] ?? 10);
const FIRST_SEED = Number(process.env['AGENTGUARD_DIFFERENTIAL_SEED'] ?? 1);
const QUERIES = 60;
const CHANGES = 60;

/** Ended well with these rows, or failed with this code. */
interface Result {
  readonly rows: readonly string[] | null;
  readonly code: string | null;
  readonly message: string;
}

/** What row level security says of a row that would leave it is what we say, in other words. */
const OUT_OF_REACH = '42501';

/** A join of everything with everything; said by either side, it is no difference. */
const TOO_LONG = '57014';

/** The one refusal that the documents name and the generator comes upon. */
const TOGETHER = 'columns that a filter looks at together';

const DATABASES = ['native', 'guarded'] as const;

describe('the rows through the guard are those of row level security', () => {
  let server: TestPostgres;

  beforeAll(async () => {
    server = await startPostgres();
    await server.sql("CREATE ROLE native LOGIN PASSWORD 'native'");
    for (const database of DATABASES) {
      await server.sql(`CREATE DATABASE ${database}`);
      await server.sql(SCHEMA, database);
    }
    await server.sql(
      'ALTER VIEW open_reservations SET (security_invoker = on); GRANT ALL ON ALL TABLES IN SCHEMA public TO native',
      'native',
    );
  });

  afterAll(async () => {
    await server.stop();
  });

  const seeds = Array.from({ length: ROUNDS }, (_, index) => FIRST_SEED + index);
  it.each(seeds)('seed %i', { timeout: 120_000 }, async (seed) => {
    const nested = seed % 6 === 0;
    const filters = nested ? NESTED_FILTER : (FILTERS[seed % FILTERS.length] ?? NESTED_FILTER);
    const round = await openRound(server, seed, filters);
    try {
      const generator = new Generator(new Dice(seed));
      for (let index = 0; index < QUERIES; index += 1) await round.compare(generator.query());
      for (let index = 0; index < (nested ? 0 : CHANGES); index += 1) {
        await round.compare(generator.change());
        if (index % 20 === 19) await round.compareTables();
      }
      await round.compareTables();
      expect(round.compared.same).toBeGreaterThan(round.compared.failed);
    } finally {
      await round.close();
    }
  });
});

interface Round {
  readonly compared: { same: number; failed: number };
  compare(text: string): Promise<void>;
  compareTables(): Promise<void>;
  close(): Promise<void>;
}

async function openRound(
  server: TestPostgres,
  seed: number,
  filters: Readonly<Record<TableName, string>>,
): Promise<Round> {
  const values = valuesFor(seed);
  for (const database of DATABASES) {
    await server.sql(rowsFor(seed), database);
    await server.sql(poison(filters, values), database);
  }
  await server.sql(policies(filters, values), 'native');
  const gate = await openReachGate({
    upstream: server.url(undefined, undefined, 'guarded'),
    policy: toPolicy(filters),
    values,
  });
  const native = await connect(server.url('native', 'native', 'native'));
  const guarded = await connect(gate.url);
  const compared = { same: 0, failed: 0 };
  return {
    compared,
    compare: async (text) => {
      for (const client of [native, guarded]) await client.query('BEGIN');
      const expected = await run(native, text);
      const given = await run(guarded, text);
      const denied = gate.decided.at(-1)?.denied ?? '';
      const aside = [expected.code, given.code].includes(TOO_LONG) || denied.includes(TOGETHER);
      // What is not compared leaves no trace on either side.
      for (const client of [native, guarded]) await client.query(aside ? 'ROLLBACK' : 'COMMIT');
      if (aside) return;
      judge(text, expected, given, gate);
      compared[expected.code === null ? 'same' : 'failed'] += 1;
    },
    compareTables: async () => {
      for (const table of TABLE_NAMES) {
        const sql = `SELECT tableoid::regclass::text AS part, * FROM ${table}`;
        const [one, other] = await Promise.all(DATABASES.map((name) => server.sql(sql, name)));
        expect(sorted(other ?? []), table).toEqual(sorted(one ?? []));
      }
    },
    close: async () => {
      await native.end();
      await guarded.end();
      await gate.close();
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  await client.query("SET statement_timeout = '5s'");
  return client;
}

/** Some statements go by the extended protocol, as a driver with values sends them. */
async function run(client: pg.Client, text: string): Promise<Result> {
  try {
    const extended = text.length % 2 === 0;
    const result = await (extended
      ? client.query({
          text,
          values: [],
          rowMode: 'array',
          queryMode: 'extended',
        } as pg.QueryArrayConfig)
      : client.query({ text, rowMode: 'array' }));
    const tag = `${result.command} ${String(result.rowCount)}`;
    return { rows: [tag, ...sorted(result.rows)], code: null, message: '' };
  } catch (error) {
    const { code, message } = error as pg.DatabaseError;
    return { rows: null, code: code ?? 'none', message };
  }
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

function judge(text: string, expected: Result, given: Result, gate: ReachGate): void {
  const last = gate.decided.at(-1);
  const note = `${text}\nrow level security: ${expected.code ?? 'rows'} ${expected.message}\nguard: ${given.code ?? 'rows'} ${given.message}\nrefused: ${last?.denied ?? 'no'}`;
  expect(given.code, note).toBe(expected.code);
  expect(given.rows, note).toEqual(expected.rows);
  if (expected.code === OUT_OF_REACH) expect(given.message, note).not.toContain('blocked by');
}

function poison(
  filters: Readonly<Record<TableName, string>>,
  values: { t: string; s: string },
): string {
  return TABLE_NAMES.map(
    (table) =>
      `UPDATE ${table} SET poison = CASE WHEN ${toNative(filters[table], values)} THEN 1 ELSE 0 END`,
  ).join(';');
}

/** Parts of a table are under its policy when it is read through them, as the guard has it. */
function policies(
  filters: Readonly<Record<TableName, string>>,
  values: { t: string; s: string },
): string {
  return [...TABLE_NAMES, 'reservations_archive' as const]
    .map((table) => {
      const parent = table === 'reservations_archive' ? 'reservations' : table;
      const condition = toNative(filters[parent], values).replaceAll(
        'reservations.tenant_id',
        'tenant_id',
      );
      return `DROP POLICY IF EXISTS p ON ${table}; ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON ${table} USING (${condition}) WITH CHECK (${condition})`;
    })
    .join(';');
}

function toPolicy(filters: Readonly<Record<TableName, string>>): string {
  const all = '[SELECT, INSERT, UPDATE, DELETE]';
  return `version: 1
roles:
  tested:
    tables: { tenants: ${all}, vehicles: ${all}, reservations: ${all}, reservations_archive: ${all}, open_reservations: [SELECT] }
    filters:
${TABLE_NAMES.map((table) => `      ${table}: ${JSON.stringify(filters[table])}`).join('\n')}
rules:
  - { id: compared, when: "true", effect: allow, reason: what reaches the rows is compared }
`;
}
