/** What a link is good for once it is open: queries, cancels, settings, and honest failures. */

import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeQuery } from '../../daemon/src/protocols/postgres/upstream-query.ts';
import { installedMajors } from '../servers/binaries.ts';
import { CANARY_PASSWORD, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { openUpstream, whoAmI, withoutCanary } from './open.ts';

describe.each(installedMajors())('a link to PostgreSQL %i', (major) => {
  let server: TestPostgres;
  let base: string;
  beforeAll(async () => {
    server = await startPostgres({ major, tls: true, initSql: 'create database other' });
    base = `host=localhost port=${server.port} user=postgres password=${CANARY_PASSWORD} dbname=postgres`;
  });
  afterAll(() => server.stop());

  it.each(['sslmode=disable', 'sslmode=require', 'sslmode=require max_protocol_version=3.2'])(
    'cancels what its own session runs (%s)',
    async (parameters) => {
      const link = await openUpstream(`${base} ${parameters}`);
      const bystander = makeQuery(await openUpstream(`${base} ${parameters}`));
      const query = makeQuery(link);
      const [[pid]] = (await query.query('select pg_backend_pid()')) as [[string]];
      const cancelled = expect(query.query('select pg_sleep(60)')).rejects.toMatchObject({
        sqlState: '57014',
      });
      const alsoWaiting = bystander.query('select pg_sleep(1), 7');
      await expect
        .poll(() =>
          server.sql(`select 1 from pg_stat_activity where pid = ${pid} and state = 'active'`),
        )
        .toHaveLength(1);
      await link.cancel();
      await cancelled;
      expect(await query.query('select 1')).toEqual([['1']]);
      expect(await alsoWaiting).toEqual([['', '7']]);
      query.close();
      bystander.close();
    },
  );

  it('does not wait for ever when the cancel cannot be delivered', async () => {
    const link = await openUpstream(`${base} sslmode=disable`);
    link.socket.destroy();
    await expect(link.cancel()).resolves.toBeUndefined();
  });

  it('asks for the database and settings of the session, and pins what reading depends on (P-15)', async () => {
    const parameters = new Map([
      ['application_name', 'from the session'],
      ['search_path', 'a, b'],
    ]);
    const text = `${base} application_name=target options='-c standard_conforming_strings=off -c client_encoding=SJIS -c work_mem=3MB'`;
    const query = makeQuery(await openUpstream(text, { parameters }));
    const settings = [
      'application_name',
      'search_path',
      'work_mem',
      'standard_conforming_strings',
      'client_encoding',
    ];
    const [row] = await query.query(
      `select ${settings.map((name) => `current_setting('${name}')`).join()}`,
    );
    expect(row).toEqual(['from the session', 'a, b', '3MB', 'on', 'UTF8']);
    query.close();
  });

  it.each([
    'user',
    'database',
    'options',
    'replication',
    'standard_conforming_strings',
    'Client_Encoding',
    '_pq_.x',
  ])('does not let a session choose `%s`', async (name) => {
    const parameters = new Map([[name, 'x']]);
    await expect(openUpstream(base, { parameters })).rejects.toThrow('reserved');
  });

  it('reads rows of every shape', async () => {
    const query = makeQuery(await openUpstream(base));
    expect(
      await query.query(`select null, '', 'é', E'a\\nb' union all select '1','2','3','4'`),
    ).toEqual([
      [null, '', 'é', 'a\nb'],
      ['1', '2', '3', '4'],
    ]);
    expect(await query.query('')).toEqual([]);
    expect(await query.query('create temp table t(a int)')).toEqual([]);
    expect(await query.query('select 1; select 2 where false')).toEqual([]);
    const [[long]] = (await query.query(`select repeat('x', 5000000)`)) as [[string]];
    expect(long).toHaveLength(5_000_000);
    expect(await query.query('select g from generate_series(1, 20000) g')).toHaveLength(20_000);
    query.close();
  });

  it('answers queries in the order they were asked, errors between them', async () => {
    const query = makeQuery(await openUpstream(base));
    const answers = await Promise.allSettled([
      query.query('select 1'),
      query.query(`select '${CANARY_PASSWORD}'::int`),
      query.query('select 3'),
    ]);
    expect(answers[0]).toMatchObject({ value: [['1']] });
    expect(answers[2]).toMatchObject({ value: [['3']] });
    const refused = (answers[1] as PromiseRejectedResult).reason as unknown;
    expect(withoutCanary(refused)).toMatchObject({ sqlState: '22P02' });
    query.close();
    await expect(query.query('select 1')).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });

  it('refuses to be used for COPY', async () => {
    const query = makeQuery(await openUpstream(base));
    await expect(query.query('copy (select 1) to stdout')).rejects.toMatchObject({
      code: 'UPSTREAM_PROTOCOL',
    });
    expect(query.alive).toBe(false);
  });

  it('says why when its session is ended', async () => {
    const query = makeQuery(await openUpstream(base));
    const [[pid]] = (await query.query('select pg_backend_pid()')) as [[string]];
    const waiting = query.query('select pg_sleep(60)');
    const seen = expect(waiting).rejects.toMatchObject({ sqlState: '57P01' });
    await server.sql(`select pg_terminate_backend(${pid})`);
    await seen;
    await expect(query.query('select 1')).rejects.toThrow();
  });

  it.each([
    ['dbname=missing', 'SQLSTATE 3D000'],
    ['password=wrong', 'SQLSTATE 28P01'],
    ['port=1', 'ECONNREFUSED'],
    ['host=no-such-host.invalid', 'cannot be reached'],
    ['host=/nowhere', 'ENOENT'],
  ])('fails with our own words for `%s`', async (parameters, words) => {
    expect(await whoAmI(`${base} ${parameters}`)).toContain(words);
  });
});

describe('a server that never answers', () => {
  const silent = createServer(() => undefined);
  let text: string;
  beforeAll(async () => {
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    text = `host=127.0.0.1 port=${(silent.address() as AddressInfo).port} user=u`;
  });
  afterAll(() => silent.close());

  it('is given up after the time that was set', async () => {
    expect(await whoAmI(text, { timeoutMs: 100 })).toContain('did not answer in time');
  });

  it('is given up when nobody waits any more', async () => {
    const reason = new Error('nobody waits');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    await expect(openUpstream(text, { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe('what a server says right behind its readiness', () => {
  const PARAMETERS = [
    'server_version\0' + '18.0',
    'client_encoding\0UTF8',
    'standard_conforming_strings\0on',
  ];
  const LATER = 'N\0\0\0\x05\0';

  it.each([0, 20])(
    'waits in the socket for whoever takes the link (pause of %i ms)',
    async (pauseMs) => {
      const eager = createServer((socket) => {
        const reports = PARAMETERS.map(
          (text) => `S\0\0\0${String.fromCharCode(text.length + 5)}${text}\0`,
        );
        const ready = ['R\0\0\0\x08\0\0\0\0', ...reports, 'Z\0\0\0\x05I', LATER].join('');
        socket.once('data', () => socket.write(Buffer.from(ready, 'latin1')));
      });
      eager.listen(0, '127.0.0.1');
      await once(eager, 'listening');
      const { port } = eager.address() as AddressInfo;
      const link = await openUpstream(`host=127.0.0.1 port=${port} user=u sslmode=disable`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const first = once(link.socket, 'data') as Promise<[Buffer]>;
      link.socket.resume();
      const [bytes] = await first;
      expect(bytes.toString('latin1')).toBe(LATER);
      link.socket.destroy();
      eager.close();
    },
  );
});
