/** What a role costs: rewriting by the size of a statement, and a filtered select through the guard against row level security. */

import pg from 'pg';
import { loadSqlParser, parsePolicy, RoleRewriter } from '@agentguard/rules';
import type { NameContext } from '@agentguard/rules';
import { loadCatalog } from '../../daemon/src/catalog/load.ts';
import { makeQuery } from '../../daemon/src/protocols/postgres/upstream-query.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { TestPostgres } from '../servers/postgres.ts';
import { openReachGate } from '../servers/reach-gate.ts';
import { openUpstream } from '../upstream/open.ts';
import { print, printTable } from './report.ts';
import { percentile } from './statistics.ts';

const ROWS = 200_000;
const TENANTS = 50;
const REWRITES = 3_000;
const SELECTS = 400;

const POLICY = `version: 1
roles:
  tested:
    tables: { reservations: [SELECT], vehicles: [SELECT] }
    filters: { reservations: "tenant_id = {{ token.tenant_id }}", vehicles: "tenant_id = {{ token.tenant_id }}" }
`;

const SCHEMA = `
CREATE TABLE vehicles (id int PRIMARY KEY, tenant_id int, plate text);
CREATE TABLE reservations (id int PRIMARY KEY, tenant_id int, vehicle_id int, status text, notes text, price numeric);
INSERT INTO vehicles SELECT i, i % ${TENANTS}, 'P' || i FROM generate_series(1, 2000) i;
INSERT INTO reservations SELECT i, i % ${TENANTS}, 1 + i % 2000, 'open', 'note ' || i, i % 97 FROM generate_series(1, ${ROWS}) i;
CREATE INDEX ON reservations (tenant_id, id);
CREATE ROLE native LOGIN PASSWORD 'native'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO native;
ALTER TABLE vehicles ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON vehicles USING (tenant_id = 7);
ALTER TABLE reservations ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON reservations USING (tenant_id = 7);
ANALYZE;`;

const COLUMNS = 'id, tenant_id, vehicle_id, status, notes, price';

const STATEMENTS: readonly (readonly [string, string])[] = [
  ['point read', 'SELECT notes FROM reservations WHERE id = 4207'],
  [
    'join',
    `SELECT r.id, r.status, v.plate FROM reservations r JOIN vehicles v ON v.id = r.vehicle_id
     WHERE r.id BETWEEN 100 AND 20000 AND r.status = 'open' ORDER BY r.id DESC LIMIT 50`,
  ],
  ['behind a fence', 'SELECT id FROM reservations WHERE length(notes) > 8 ORDER BY id LIMIT 50'],
  [
    '40 unions',
    Array.from(
      { length: 40 },
      (_, at) => `SELECT ${COLUMNS} FROM reservations WHERE id = ${at}`,
    ).join(' UNION ALL '),
  ],
  [
    '2,000 values',
    `SELECT count(*) FROM reservations WHERE id IN (${Array.from({ length: 2000 }, (_, at) => at).join(', ')})`,
  ],
];

/** Measures both and prints two tables. */
export async function benchReach(): Promise<void> {
  const server = await startPostgres({ initSql: SCHEMA });
  try {
    await benchRewriting(server);
    await benchSelects(server);
  } finally {
    await server.stop();
  }
}

async function benchRewriting(server: TestPostgres): Promise<void> {
  const parser = await loadSqlParser();
  const parsed = parsePolicy(POLICY, parser);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const role = parsed.file.roles.get('tested');
  if (role === undefined) throw new Error('the role is missing');
  const query = makeQuery(await openUpstream(server.url()));
  const catalog = await loadCatalog((sql) => query.query(sql));
  query.close();
  const context: NameContext = {
    catalog,
    searchPaths: [['public']],
    anySearchPath: false,
    ownRelations: new Set(),
    hiddenDefinitions: false,
    prepared: () => undefined,
  };
  const rewriter = new RoleRewriter({ role, values: { tenant_id: '7' } }, parser);
  const rows = [['rewriting (parse, rewrite, write, compare)', 'bytes', 'p50 us', 'p99 us']];
  for (const [name, text] of STATEMENTS) {
    const times: number[] = [];
    for (let call = 0; call < REWRITES; call += 1) {
      const started = performance.now();
      rewriter.rewrite(text, context);
      times.push((performance.now() - started) * 1000);
    }
    const settled = times.slice(REWRITES / 10);
    rows.push([name, String(text.length), ...[50, 99].map((p) => quantile(settled, p).toFixed(0))]);
  }
  printTable(rows);
}

/** Turn by turn, so that all of them meet the same machine. */
async function benchSelects(server: TestPostgres): Promise<void> {
  const values = { tenant_id: '7' };
  const base = { upstream: server.url(), policy: POLICY, values };
  const filtered = await openReachGate(base);
  const native = await openReachGate({
    ...base,
    upstream: server.url('native', 'native'),
    native: true,
  });
  const contenders = [
    ['row level security, no guard', await connect(server.url('native', 'native'))],
    ['row level security through the guard', await connect(native.url)],
    ['filtered by the guard', await connect(filtered.url)],
  ] as const;
  print(
    'a filtered select, p50 / p99 in milliseconds, and against row level security without the guard',
  );
  const rows = [['statement', ...contenders.map(([name]) => name)]];
  for (const [name, text] of STATEMENTS) {
    const times = contenders.map((): number[] => []);
    for (let call = 0; call < SELECTS; call += 1) {
      for (const [index, [, client]] of contenders.entries()) {
        const started = performance.now();
        await client.query(text);
        times[index]?.push(performance.now() - started);
      }
    }
    const medians = times.map((one) => quantile(one, 50));
    const first = medians[0] ?? 1;
    rows.push([
      name,
      ...times.map((one, index) => {
        const ratio = ((medians[index] ?? 0) / first).toFixed(2);
        return `${quantile(one, 50).toFixed(2)} / ${quantile(one, 99).toFixed(2)} (x${ratio})`;
      }),
    ]);
  }
  printTable(rows);
  for (const [, client] of contenders) await client.end();
  await filtered.close();
  await native.close();
}

function quantile(times: readonly number[], percent: number): number {
  return percentile(
    [...times].sort((left, right) => left - right),
    percent / 100,
  );
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
