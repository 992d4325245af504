/**
 * Databases behind MCP: our own server over the gate, and a server of somebody else whose SQL is judged in its arguments.
 * What is in the tables is read on a direct connection.
 */

import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import {
  acceptServer,
  connectClient,
  expectDone,
  MCP_SERVERS,
  openWay,
  watchQuestions,
} from '../../servers/mcp.ts';
import { CANARY_PASSWORD, startPostgres } from '../../servers/postgres.ts';
import type { TestPostgres } from '../../servers/postgres.ts';

let postgres: TestPostgres;
let guard: Guard;

const ROWS = `
  CREATE TABLE orders (id int PRIMARY KEY, status text, "odd ""name" text, total numeric);
  INSERT INTO orders SELECT n, 'new', 'x', n * 1.5 FROM generate_series(1, 20) n;
  CREATE TABLE secrets (id int);
`;

const POLICY = `
version: 1
resources:
  shop: { kind: postgres, environment: development }
  shop-read: { kind: postgres, environment: development, role: readonly }
  shop-help: { kind: postgres, environment: development, role: support }
roles:
  readonly: { tables: { orders: [SELECT] } }
  support:
    inherits: readonly
    tables: { orders: [SELECT, UPDATE] }
    columns: { orders: { UPDATE: [status] } }
rules:
  - id: nothing-after-strangers
    when: mcp.server == "dbhub" && mcp.args.sql.contains("tainted") && session.tainted
    effect: deny
    reason: the session has read what nobody vouches for
`;

beforeAll(async () => {
  postgres = await startPostgres({ initSql: ROWS });
  const url = postgres.url();
  const resource = (name: string) => ({ name, environment: 'development' as const, url });
  guard = await startGuard({
    resources: ['shop', 'shop-read', 'shop-help'].map(resource),
    policy: POLICY,
  });
}, 90_000);

afterAll(async () => {
  await guard.stop();
  await postgres.stop();
});

async function database(name: string, askTimeoutMs = 0): Promise<Client> {
  const way = await openWay(guard, [], { resources: [name], askTimeoutMs });
  const [script = ''] = way.args;
  return connectClient({ ...way, args: [script, 'mcp', 'database', name] });
}

async function toolsOf(client: Client): Promise<readonly string[]> {
  return (await client.listTools()).tools.map(({ name }) => name).sort();
}

async function statuses(): Promise<string> {
  return JSON.stringify(
    await postgres.sql('SELECT status, count(*) FROM orders GROUP BY 1 ORDER BY 1'),
  );
}

test('the tools are those of the role: whoever only reads sees nothing that changes', async () => {
  const reader = await database('shop-read');
  expect(await toolsOf(reader)).toEqual([
    'describe_table',
    'explain',
    'list_tables',
    'query_orders',
  ]);
  const where = [{ column: 'id', value: 1 }];
  const calling = reader.callTool({ name: 'delete_orders', arguments: { where } });
  await expect(calling).rejects.toThrow(/not found/);
  await reader.close();
  const helper = await database('shop-help');
  expect(await toolsOf(helper)).toContain('update_orders');
  expect(await toolsOf(helper)).not.toContain('run_sql');
  const schema = (await helper.listTools()).tools.find(
    ({ name }) => name === 'update_orders',
  )?.inputSchema;
  expect(JSON.stringify(schema)).toContain('status');
  expect(
    Object.keys((schema?.properties as { set: { properties: object } }).set.properties),
  ).toEqual(['status']);
  await helper.close();
  const all = await database('shop');
  expect(await toolsOf(all)).toEqual(
    expect.arrayContaining(['run_sql', 'delete_orders', 'insert_orders', 'query_secrets']),
  );
  await all.close();
});

test('typed filters reach the rows and nothing else, whatever stands in them', async () => {
  const client = await database('shop-read');
  const query = async (args: Record<string, unknown>): Promise<string> =>
    JSON.stringify(await client.callTool({ name: 'query_orders', arguments: args }));
  expect(
    await query({ where: [{ column: 'id', op: 'in', value: [3, 4] }], columns: ['id', 'total'] }),
  ).toContain('4.5');
  expect(await query({ where: [{ column: 'odd "name', value: "x' OR true --" }] })).toContain(
    '\\"rows\\":[]',
  );
  expect(await query({ where: [{ column: 'id; DROP TABLE orders', value: 1 }] })).toContain(
    'isError',
  );
  expect(await query({ limit: 100_000 })).toContain('isError');
  expect(await query({ order_by: [{ column: 'id', descending: true }], limit: 1 })).toContain('20');
  await client.close();
});

test('an update of granted columns runs, and one of another column is not even a call', async () => {
  const client = await database('shop-help');
  const set = (values: object): Promise<unknown> =>
    client.callTool({
      name: 'update_orders',
      arguments: { set: values, where: [{ column: 'id', value: 7 }] },
    });
  expect(JSON.stringify(await set({ status: 'sent' }))).toContain('\\"count\\":1');
  expect(JSON.stringify(await set({ total: 0 }))).toContain('isError');
  expect(await statuses()).toContain('sent');
  expect(JSON.stringify(await postgres.sql('SELECT total FROM orders WHERE id = 7'))).toContain(
    '10.5',
  );
  await client.close();
});

test('what destroys is stopped at the gate, and the tool says why', async () => {
  const client = await database('shop');
  const result = await client.callTool({ name: 'run_sql', arguments: { sql: 'TRUNCATE orders' } });
  expect(result.isError).toBe(true);
  expect(JSON.stringify(result)).toContain('TRUNCATE removes every row');
  expect(JSON.stringify(await postgres.sql('SELECT count(*) FROM orders'))).toContain('20');
  await client.close();
});

test('SQL in the arguments of another server is judged as if it came over PostgreSQL', async () => {
  const set = await guard.cli(['secret', 'set', 'DBHUB_DSN'], postgres.url());
  expect(set.code).toBe(0);
  const argv = [...MCP_SERVERS.dbhub, '--transport', 'stdio'];
  await acceptServer(guard, 'dbhub', argv, ['--secret', 'DSN=DBHUB_DSN', '--database', 'shop']);
  const client = await connectClient(await openWay(guard, argv));
  const runIn = async (one: Client, sql: string): Promise<string> =>
    JSON.stringify(await one.callTool({ name: 'execute_sql', arguments: { sql } }));
  const run = (sql: string): Promise<string> => runIn(client, sql);
  expect(await run('SELECT count(*) AS many FROM orders')).toContain('20');
  expect(await run('DELETE FROM orders')).toContain('removes every row of public.orders');
  expect(await run('WITH gone AS (DELETE FROM orders RETURNING *) SELECT 1')).toContain('NOT RUN');
  expect(JSON.stringify(await postgres.sql('SELECT count(*) FROM orders'))).toContain('20');
  const stop = watchQuestions(guard);
  const asked = await connectClient(await openWay(guard, argv, { askTimeoutMs: 20_000 }));
  const asking = runIn(asked, "DELETE FROM orders WHERE status = 'nobody'; TRUNCATE secrets");
  expect((await guard.answer('deny')).effects.join()).toContain(
    'remove every row of public.secrets',
  );
  expect(await asking).toContain('NOT RUN');
  await asked.close();
  stop();
  // The first answer marked the session; a rule speaks of that.
  expect(await run("SELECT 'tainted'")).toContain('nobody vouches for');
  await client.close();
}, 30_000);

test('P-93: the secret of a server stands in no process and no answer that the agent reaches', async () => {
  const argv = [...MCP_SERVERS.dbhub, '--transport', 'stdio'];
  const client = await connectClient(await openWay(guard, argv));
  const own = environmentsBelow(process.pid);
  expect(own.length).toBeGreaterThan(0);
  expect(own.join('\n')).not.toContain(CANARY_PASSWORD);
  await client.close();
});

test('a hypothetical call is explained, by arguments and role', async () => {
  const explain = async (args: string): Promise<unknown> =>
    JSON.parse(
      await expectDone(guard, [
        'policy',
        'explain',
        '--mcp',
        'dbhub/execute_sql',
        '--args',
        args,
        '--json',
      ]),
    );
  expect(await explain('{"sql":"SELECT 1 FROM orders"}')).toMatchObject({
    verdict: 'allow',
    standing: 'pinned',
  });
  expect(await explain('{"sql":"DROP TABLE orders"}')).toMatchObject({ verdict: 'ask' });
  expect(await explain('{"sql":"SELECT 1","dsn":"postgres://a:b@c/d"}')).toMatchObject({
    verdict: 'ask',
  });
});

/** Environments of the processes below one, as the account sees them. */
function environmentsBelow(root: number): readonly string[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow).flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/environ`, 'utf8')];
    } catch {
      return [];
    }
  });
}
