/** What a session reaches through the proxy and what not, with real programs, real TLS and the real record. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { skipLoudly } from '../../servers/skip.ts';
import { startProxyStage } from './proxy-stage.ts';
import type { ProxyStage, StageOptions, StageSession } from './proxy-stage.ts';
import { connectHead, raw } from './raw-client.ts';
import { runTool } from './run-tool.ts';
import type { ToolResult } from './run-tool.ts';
import { startHttps } from './web-server.ts';
import type { WebServer } from './web-server.ts';

const NO_PYTHON =
  spawnSync('python3', ['--version']).status !== 0 &&
  skipLoudly("Python's client through the proxy: there is no python3");

let web: WebServer;
let stage: ProxyStage;
beforeAll(async () => {
  web = await startHttps(['api.test', 'sub.api.test', 'localhost', '127.0.0.1']);
});
afterAll(() => web.close());
afterEach(() => stage.close());

async function open(options: StageOptions = {}): Promise<StageSession> {
  stage = await startProxyStage(options);
  return stage.session();
}

function curl(proxyUrl: string, url: string, ...more: readonly string[]): Promise<ToolResult> {
  return runTool('curl', [
    '-sS',
    '--max-time',
    '10',
    '--cacert',
    web.caFile,
    '-x',
    proxyUrl,
    ...more,
    url,
  ]);
}

const LISTED = (): StageOptions => ({
  hosts: [`{ host: api.test, port: ${web.port}, private: true }`],
  names: { 'api.test': [['127.0.0.1']] },
});

describe('a listed host (P-30)', () => {
  test('is reached by curl, and intent and outcome with bytes are on the record', async () => {
    const session = await open(LISTED());
    const got = await curl(session.proxyUrl, `https://api.test:${web.port}/hello`);
    expect(got).toMatchObject({ code: 0, stdout: `hello from api.test:${web.port}` });
    expect(stage.lookedUp).toEqual(['api.test']);
    await expect.poll(() => stage.lines()).toEqual([`allow api.test:${web.port}`, 'outcome done']);
    const [intent, outcome] = await stage.record();
    expect(intent).toMatchObject({
      statement: `CONNECT api.test:${web.port}`,
      principal: { session: session.id },
      facts: { class: 'connect', commands: ['CONNECT'], effects: [{ standing: 'listed' }] },
    });
    expect(outcome).toMatchObject({
      tags: [
        expect.stringMatching(/^sent [1-9]\d{2,} bytes$/),
        expect.stringMatching(/^received [1-9]\d{2,} bytes$/),
      ],
    });
  });

  test('by another name, port or spelling is refused before anything is looked up', async () => {
    const session = await open(LISTED());
    const before = web.connections();
    for (const target of [`sub.api.test:${web.port}`, 'api.test:443', `xapi.test:${web.port}`]) {
      const got = await curl(session.proxyUrl, `https://${target}/`);
      expect(got.code, target).not.toBe(0);
      expect(got.stderr, target).toContain('403');
    }
    expect(stage.lookedUp).toEqual([]);
    expect(web.connections()).toBe(before);
    expect(await stage.lines()).toEqual([
      `deny sub.api.test:${web.port}`,
      'deny api.test:443',
      `deny xapi.test:${web.port}`,
    ]);
  });
});

describe('real clients work unchanged (P-21)', () => {
  const FETCH = `
    const answer = await fetch(process.argv[1]);
    process.stdout.write(answer.status + ' ' + (await answer.text()));
  `;

  test("Node's fetch, by its environment alone", async () => {
    const session = await open(LISTED());
    const got = await runTool(
      process.execPath,
      ['--input-type=module', '-e', FETCH, `https://api.test:${web.port}/`],
      {
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: session.proxyUrl,
        NODE_EXTRA_CA_CERTS: web.caFile,
      },
    );
    expect(got).toMatchObject({ code: 0, stdout: `200 hello from api.test:${web.port}` });
  });

  test.skipIf(NO_PYTHON)("Python's own client, by its environment alone", async () => {
    const session = await open(LISTED());
    const program =
      'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())';
    const url = `https://api.test:${web.port}/`;
    const env = { HTTPS_PROXY: session.proxyUrl, SSL_CERT_FILE: web.caFile };
    const got = await runTool('python3', ['-c', program, url], env);
    expect(got).toMatchObject({ code: 0, stdout: `hello from api.test:${web.port}\n` });
  });

  test('curl that waits to be asked for the token', async () => {
    const session = await open(LISTED());
    const got = await curl(session.proxyUrl, `https://api.test:${web.port}/`, '--proxy-anyauth');
    expect(got).toMatchObject({ code: 0, stdout: `hello from api.test:${web.port}` });
    // Being asked for a token is no offence.
    expect(stage.strangers).toEqual([]);
  });

  test('git over HTTPS', async () => {
    const repository = mkdtempSync(join(tmpdir(), 'ag-git-'));
    const run = (...args: readonly string[]): Promise<ToolResult> =>
      runTool('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
    await run('init', '-q', '-b', 'main');
    await run('commit', '-q', '--allow-empty', '-m', 'first');
    await run('update-server-info');
    const files = await startHttps(['git.test'], (request, response) => {
      const path = new URL(request.url ?? '', 'https://git.test').pathname;
      const file = join(repository, '.git', path);
      if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    });
    try {
      const session = await open({
        hosts: [`{ host: git.test, port: ${files.port}, private: true }`],
        names: { 'git.test': [['127.0.0.1']] },
      });
      const url = `https://git.test:${files.port}/`;
      const environment = { HTTPS_PROXY: session.proxyUrl, GIT_SSL_CAINFO: files.caFile };
      const got = await runTool('git', ['ls-remote', url], environment);
      expect(got.stderr).toBe('');
      expect(got.stdout).toContain('refs/heads/main');
      const elsewhere = await runTool('git', ['ls-remote', 'https://other.test/'], environment);
      expect(elsewhere.code).not.toBe(0);
      expect(elsewhere.stderr).toContain('403');
    } finally {
      await files.close();
      rmSync(repository, { recursive: true });
    }
  });
});

describe('where a name leads (P-31)', () => {
  const toHere = (names: NonNullable<StageOptions['names']>, entry = ''): StageOptions => ({
    hosts: [`{ host: api.test, port: ${web.port}${entry} }`],
    names,
  });

  test.each([
    ['this machine', '127.0.0.1'],
    ['this machine, by IPv6', '::1'],
    ['this machine, as IPv4 inside IPv6', '::ffff:127.0.0.1'],
    ['nowhere, which is this machine to many', '0.0.0.0'],
    ['a private network', '10.1.2.3'],
    ['the metadata service', '169.254.169.254'],
    ['the metadata service, through a translator', '64:ff9b::a9fe:a9fe'],
    ['an address of one of our interfaces', '198.18.0.1'],
  ])('%s is refused, and nobody connects', async (_name, address) => {
    const session = await open({
      ...toHere({ 'api.test': [[address]] }),
      ownAddresses: ['198.18.0.1'],
    });
    const before = web.connections();
    const got = await curl(session.proxyUrl, `https://api.test:${web.port}/`);
    expect(got.stderr).toContain('403');
    expect(web.connections()).toBe(before);
    expect(await stage.lines()).toEqual([`deny api.test:${web.port}`]);
    const [intent] = await stage.record();
    expect(intent).toMatchObject({ reason: expect.stringContaining('private: true') as string });
  });

  test('one private address among public ones refuses the name', async () => {
    const session = await open(toHere({ 'api.test': [['1.1.1.1', '127.0.0.1']] }));
    expect((await curl(session.proxyUrl, `https://api.test:${web.port}/`)).stderr).toContain('403');
  });

  test('a name that answers differently the second time is dialed where it was checked', async () => {
    // Checked: our server. A second look-up would lead to a port where nobody listens, and the request would fail.
    const session = await open(
      toHere({ 'api.test': [['127.0.0.1'], ['10.255.255.1']] }, ', private: true'),
    );
    const got = await curl(session.proxyUrl, `https://api.test:${web.port}/`);
    expect(got).toMatchObject({ code: 0 });
    expect(stage.lookedUp).toEqual(['api.test']);
    // Checked the other way round: public at first, ours the second time. Nothing of ours is reached.
    await stage.close();
    const other = await open(toHere({ 'api.test': [['169.254.169.254'], ['127.0.0.1']] }));
    expect((await curl(other.proxyUrl, `https://api.test:${web.port}/`)).stderr).toContain('403');
    expect(stage.lookedUp).toEqual(['api.test']);
  });

  test('the metadata service by its address is not listed, and so denied', async () => {
    const session = await open(LISTED());
    const got = await raw(stage.port, connectHead('169.254.169.254:80', session.token));
    expect(got).toMatch(/^HTTP\/1\.1 403 /);
    expect(await stage.lines()).toEqual(['deny 169.254.169.254:80']);
  });

  test('an address is reached only when it is listed as an address', async () => {
    const session = await open({ hosts: [`"127.0.0.1:${web.port}"`] });
    expect((await curl(session.proxyUrl, `https://127.0.0.1:${web.port}/`)).code).toBe(0);
    for (const spelling of [
      '2130706433',
      '0x7f000001',
      '127.1',
      '0177.0.0.1',
      '[::ffff:127.0.0.1]',
    ]) {
      const got = await raw(stage.port, connectHead(`${spelling}:${web.port}`, session.token));
      expect(got, spelling).toMatch(/^HTTP\/1\.1 40[03] /);
    }
  });

  test('a name that is not found is a failure that says so, and is on the record', async () => {
    const session = await open(toHere({}));
    const got = await curl(session.proxyUrl, `https://api.test:${web.port}/`);
    expect(got.stderr).toContain('502');
    await expect
      .poll(() => stage.lines())
      .toEqual([`allow api.test:${web.port}`, 'outcome failed NOT_FOUND']);
  });
});

describe('what no list opens (P-32)', () => {
  test('the server of a guarded database, by its name and by another name for it', async () => {
    const session = await open({
      ...LISTED(),
      hosts: [
        `{ host: api.test, port: ${web.port}, private: true }`,
        `{ host: db.test, port: ${web.port}, private: true }`,
        `{ host: 127.0.0.1, port: ${web.port} }`,
      ],
      names: { 'api.test': [['127.0.0.1']], 'db.test': [['127.0.0.1']] },
      guarded: [{ host: 'DB.test', port: web.port }],
    });
    const before = web.connections();
    for (const host of ['db.test', 'db.test.', 'api.test', '127.0.0.1']) {
      const got = await curl(session.proxyUrl, `https://${host}:${web.port}/`);
      expect(got.stderr, host).toContain('403');
    }
    expect(web.connections()).toBe(before);
    const record = await stage.record();
    expect(record).toHaveLength(4);
    for (const entry of record) {
      expect(entry).toMatchObject({
        verdict: 'deny',
        reason: expect.stringContaining('guarded') as string,
      });
    }
  });

  test('another port of that server, when it is listed', async () => {
    const session = await open({ ...LISTED(), guarded: [{ host: 'api.test', port: 5432 }] });
    expect((await curl(session.proxyUrl, `https://api.test:${web.port}/`)).code).toBe(0);
  });

  test('the guard itself', async () => {
    stage = await startProxyStage();
    const { port } = stage;
    await stage.close();
    // The port is taken again by the next stage, whose list names it.
    stage = await startProxyStage({
      hosts: [`{ host: localhost, port: ${port}, private: true }`, `"127.0.0.1:${port}"`],
      names: { localhost: [['127.0.0.1']] },
      port,
    });
    const session = stage.session();
    for (const host of ['localhost', '127.0.0.1']) {
      const got = await curl(session.proxyUrl, `https://${host}:${port}/`);
      expect(got.stderr, host).toContain('403');
    }
    const [entry] = await stage.record();
    expect(entry).toMatchObject({ reason: expect.stringContaining('the guard itself') as string });
  });
});

describe('whose connection it is (P-20)', () => {
  test('without a token the proxy asks for one, and nothing is on the record', async () => {
    await open(LISTED());
    const got = await raw(
      stage.port,
      `CONNECT api.test:${web.port} HTTP/1.1\r\nHost: api.test\r\n\r\n`,
    );
    expect(got).toContain('407');
    expect(got).toContain('Proxy-Authenticate: Basic');
    expect(stage.strangers).toEqual([]);
    expect(await stage.lines()).toEqual([]);
  });

  test.each([
    ['another token', () => `agt_${'A'.repeat(43)}`],
    ['no token at all', () => ''],
    ['the token and something', (token: string) => `${token}x`],
  ])('with %s it says no', async (_name, change) => {
    const session = await open(LISTED());
    const got = await raw(stage.port, connectHead(`api.test:${web.port}`, change(session.token)));
    expect(got).toContain('407');
    expect(stage.strangers).toEqual(['token refused']);
  });

  test('an ended session opens nothing, and its open tunnels are closed', async () => {
    const session = await open(LISTED());
    const before = web.connections();
    const socket = connect(stage.port, '127.0.0.1');
    socket.write(connectHead(`api.test:${web.port}`, session.token));
    await once(socket, 'data');
    const secure = connectTls({ socket, servername: 'api.test', ca: readFileSync(web.caFile) });
    await once(secure, 'secureConnect');
    expect(web.connections()).toBe(before + 1);
    session.end();
    await once(socket, 'close');
    await expect.poll(() => stage.lines()).toContain('outcome unknown SESSION_ENDED');
    const got = await raw(stage.port, connectHead(`api.test:${web.port}`, session.token));
    expect(got).toContain('407');
    expect(stage.strangers).toEqual(['token refused']);
    expect(web.connections()).toBe(before + 1);
  });

  test('when the record cannot be written, nothing passes (P-06)', async () => {
    const session = await open(LISTED());
    const before = web.connections();
    stage.breakRecord();
    expect((await curl(session.proxyUrl, `https://api.test:${web.port}/`)).stderr).toContain('503');
    expect(web.connections()).toBe(before);
  });
});
