/** What lies below the messages: encryption to the client, protocol versions, slow readers, slow servers, broken bytes. */

import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintLeaf } from '../../daemon/src/tls/leaf.ts';
import { say } from '../../daemon/src/protocols/postgres/sample-messages.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { canChooseLibpq, hasPsql, runPsql } from '../servers/psql.ts';
import { openGate, TOKEN, type Gate } from './gate.ts';
import { RawClient, startupPacket, typed, untyped } from './raw-client.ts';

const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

let server: TestPostgres;
let gate: Gate;
let tlsGate: Gate;

beforeAll(async () => {
  server = await startPostgres({ initSql: 'create table t(n int, filler text)' });
  gate = await openGate(server.url());
  const leaf = await mintLeaf(new Date());
  const tls = { certificate: leaf.certificate, privateKey: leaf.key };
  tlsGate = await openGate(server.url(), { tls });
});

afterAll(async () => {
  await gate.close();
  await tlsGate.close();
  await server.stop();
});

function login(): Promise<RawClient> {
  return RawClient.login({ port: gate.port, user: 'agent', password: TOKEN, database: 'main' });
}

async function count(): Promise<unknown> {
  const [row] = await server.sql('select count(*)::int as n from t');
  return row?.['n'];
}

describe.runIf(hasPsql())('encryption to the client', () => {
  it.each(['disable', 'prefer', 'require'])('psql connects with sslmode=%s', async (mode) => {
    const result = await runPsql(`${tlsGate.url()}?sslmode=${mode}`, 'select 1');
    expect(result).toMatchObject({ output: '1', errors: '' });
  });

  it('a listener without certificate declines, and a client that insists does not connect', async () => {
    expect(await runPsql(`${gate.url()}?sslmode=prefer`, 'select 1')).toMatchObject({ ok: true });
    expect(await runPsql(`${gate.url()}?sslmode=require`, 'select 1')).toMatchObject({ ok: false });
  });

  it.runIf(canChooseLibpq())('libpq 18 connects with direct TLS', async () => {
    const url = `${tlsGate.url()}?sslmode=require&sslnegotiation=direct`;
    expect(await runPsql(url, 'select 1', { libpq: 'embedded' })).toMatchObject({ output: '1' });
  });

  it.runIf(canChooseLibpq())('libpq 18 speaks protocol 3.2', async () => {
    const url = `${gate.url()}?min_protocol_version=3.2&max_protocol_version=3.2`;
    expect(await runPsql(url, 'select 1', { libpq: 'embedded' })).toMatchObject({ output: '1' });
  });

  it.runIf(canChooseLibpq())(
    'libpq 18 asks for the newest protocol and gets what there is',
    async () => {
      const url = `${gate.url()}?max_protocol_version=latest`;
      expect(await runPsql(url, 'select 1', { libpq: 'embedded' })).toMatchObject({ output: '1' });
    },
  );
});

describe('encryption that is not what it says', () => {
  it('direct TLS without the name of the protocol is closed', async () => {
    const socket = connectTls({ port: tlsGate.port, rejectUnauthorized: false });
    socket.on('error', () => undefined);
    socket.on('secureConnect', () => socket.write(startupPacket({ user: 'x' })));
    let said = 0;
    socket.on('data', (bytes: Buffer) => (said += bytes.length));
    await once(socket, 'close');
    expect(said).toBe(0);
  });

  it('family 61: plain bytes behind a request for TLS are not taken for bytes inside it', async () => {
    const client = await RawClient.open(tlsGate.port);
    client.send(Buffer.concat([untyped(SSL_REQUEST), startupPacket({ user: 'x' })]));
    expect(await client.rest()).toEqual(['E fatal 08P01', 'closed']);
  });

  it('family 61: GSSAPI encryption is declined by us, and never reaches the server', async () => {
    const client = await RawClient.open(gate.port);
    client.send(untyped(GSSENC_REQUEST));
    expect(await client.byte()).toBe('N');
    client.end();
  });
});

describe('hostile bytes against a real server', () => {
  it('family 60: two Queries in one segment are two operations', async () => {
    gate.judgeBy((text) => (text.startsWith('INSERT') ? 'deny' : 'allow'));
    const client = await login();
    client.send(Buffer.concat([say.query('SELECT 1'), say.query('INSERT INTO t VALUES (1)')]));
    const lines = await client.until('Z', 2);
    expect(lines).toEqual([
      'T',
      expect.stringMatching('^D'),
      'C SELECT 1',
      'Z I',
      'E 42501',
      'Z I',
    ]);
    expect(await count()).toBe(0);
    client.end();
  });

  it('family 60: one Query in many segments is one operation', async () => {
    gate.judgeBy(() => 'allow');
    const client = await login();
    for (const byte of say.query('SELECT 1')) {
      client.send(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await client.until('Z')).toContain('C SELECT 1');
    client.end();
  });

  it('family 55: a FunctionCall deletes no large object, and the connection lives on', async () => {
    gate.judgeBy(() => 'allow');
    const [made] = await server.sql('select lo_create(4711) as oid');
    expect(made?.['oid']).toBe(4711);
    const client = await login();
    const argument = Buffer.from([0, 0, 0, 4, 0, 0, 0x12, 0x67]);
    const body = Buffer.concat([
      Buffer.from([0, 0, 3, 0xc4, 0, 1, 0, 1, 0, 1]),
      argument,
      Buffer.from([0, 1]),
    ]);
    client.send(typed('F', body));
    expect(await client.until('Z')).toEqual(['E 42501', 'Z I']);
    client.send(say.query('SELECT 1'));
    expect(await client.until('Z')).toContain('C SELECT 1');
    const left = await server.sql('select 1 from pg_largeobject_metadata where oid = 4711');
    expect(left).toHaveLength(1);
    client.end();
  });

  it('family 56: a replication connection is refused', async () => {
    const client = await RawClient.open(gate.port);
    client.send(startupPacket({ user: 'x', database: 'main', replication: 'database' }));
    expect(await client.rest()).toEqual(['E fatal 42501', 'closed']);
  });

  it.each([
    [
      'family 64: a NUL inside a Query',
      typed('Q', Buffer.from('SELECT 1\0INSERT INTO t VALUES (1)\0')),
    ],
    ['a length that is too small', Buffer.from('Q\0\0\0\u0001')],
    ['a message of the server', typed('T', Buffer.alloc(2))],
    ['a Query that is not UTF-8', typed('Q', Buffer.from([0x95, 0x5c, 0]))],
    ['an unknown type', typed('!', Buffer.alloc(0))],
  ])('%s ends the connection', async (_what, bytes) => {
    gate.judgeBy(() => 'allow');
    const client = await login();
    client.send(bytes);
    expect(await client.rest()).toEqual(['E fatal 08P01', 'closed']);
    expect(await count()).toBe(0);
  });

  it('family 62: a cancel request with a key that was never given stops nothing', async () => {
    gate.judgeBy(() => 'allow');
    const client = await login();
    client.send(say.query('SELECT pg_sleep(0.5)'));
    for (let guess = 0; guess < 20; guess += 1) {
      const other = await RawClient.open(gate.port);
      other.send(untyped(CANCEL_REQUEST, Buffer.from([0, 0, 0, guess, 1, 2, 3, 4])));
      await other.rest();
    }
    expect(await client.until('Z')).toContain('C SELECT 1');
    client.end();
  });

  it('the daemon keeps serving after all of it', async () => {
    gate.judgeBy(() => 'allow');
    const client = await login();
    client.send(say.query('SELECT 1'));
    expect(await client.until('Z')).toContain('C SELECT 1');
    client.end();
  });
});

describe('back-pressure', () => {
  /** What the server's process for the gate is waiting for. */
  async function waits(): Promise<readonly unknown[]> {
    const rows = await server.sql(
      `select wait_event from pg_stat_activity where query like '%slow reader%' and pid <> pg_backend_pid()`,
    );
    return rows.map((row) => row['wait_event']);
  }

  it('a client that does not read makes the server wait, and costs bounded memory', async () => {
    gate.judgeBy(() => 'allow');
    const client = new pg.Client(gate.url());
    await client.connect();
    const { stream } = (
      client as unknown as { connection: { stream: { pause(): void; resume(): void } } }
    ).connection;
    const before = process.memoryUsage().rss;
    const running = client.query(
      `select /* slow reader */ repeat('x', 1000) as t from generate_series(1, 300000)`,
    );
    stream.pause();
    await expect.poll(waits, { timeout: 20_000 }).toEqual(['ClientWrite']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // 300 MB are on their way; what is held anywhere in this process is a small part of it.
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1_048_576);
    stream.resume();
    expect((await running).rowCount).toBe(300_000);
    await client.end();
  });

  it('a server that does not read makes the client wait', async () => {
    gate.judgeBy(() => 'allow');
    const locker = new pg.Client(server.url());
    await locker.connect();
    await locker.query('begin; lock table t in access exclusive mode');
    const client = await login();
    client.send(say.query('COPY t FROM STDIN'));
    const row = say.copyData(`1\t${'x'.repeat(60_000)}\n`);
    for (let sent = 0; sent < 2_000; sent += 1) client.send(row);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(client.pendingBytes).toBeGreaterThan(50 * 1_048_576);
    await locker.query('rollback');
    client.send(say.copyDone);
    expect(await client.until('Z')).toContain('C COPY 2000');
    client.end();
    await locker.end();
  });
});
