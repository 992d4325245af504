/** HTTP without TLS: to hosts that are listed for it, one request at a time, written anew. */

import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { startBytes } from './byte-server.ts';
import { startProxyStage } from './proxy-stage.ts';
import type { ProxyStage, StageSession } from './proxy-stage.ts';
import { authorization, connectHead, raw } from './raw-client.ts';
import { runTool } from './run-tool.ts';
import type { ToolResult } from './run-tool.ts';
import { startHttp } from './web-server.ts';
import type { WebServer } from './web-server.ts';

let web: WebServer;
let stage: ProxyStage;
let session: StageSession;
afterEach(async () => {
  await stage.close();
  await web.close();
});

async function open(answer?: RequestListener): Promise<void> {
  web = await startHttp(answer);
  stage = await startProxyStage({
    hosts: [`{ host: model.test, port: ${web.port}, tls: false, private: true }`],
    names: { 'model.test': [['127.0.0.1']] },
  });
  session = stage.session();
}

function curl(...args: readonly string[]): Promise<ToolResult> {
  return runTool('curl', ['-sS', '--max-time', '10', '-x', session.proxyUrl, ...args]);
}

/** The head of a GET for the listed host. */
function get(
  more = '',
  target = `http://model.test:${web.port}/`,
  host = `model.test:${web.port}`,
): string {
  return `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${authorization(session.token)}${more}\r\n`;
}

describe('a host that is listed for HTTP (P-30)', () => {
  test('is reached by a request to the proxy; what it says is not on the record (P-03)', async () => {
    await open();
    const got = await curl(`http://model.test:${web.port}/v1?key=canary-77`);
    expect(got).toMatchObject({ code: 0, stdout: `hello from model.test:${web.port}` });
    expect(web.requests).toEqual(['GET /v1?key=canary-77']);
    await expect
      .poll(() => stage.lines())
      .toEqual([`allow model.test:${web.port}`, 'outcome done']);
    const record = JSON.stringify(await stage.record());
    expect(record).toContain(`GET http://model.test:${web.port}`);
    expect(record).not.toContain('canary');
  });

  test('is reached through a tunnel as well, each request for itself', async () => {
    await open();
    const url = `http://model.test:${web.port}`;
    const got = await curl('--proxytunnel', `${url}/a`, `${url}/b`);
    expect(got).toMatchObject({ code: 0 });
    expect(web.requests).toEqual(['GET /a', 'GET /b']);
    await expect.poll(async () => (await stage.lines()).length).toBe(4);
  });

  test("is reached by Node's fetch, by its environment alone (P-21)", async () => {
    await open();
    const program = `process.stdout.write(await (await fetch(process.argv[1])).text())`;
    const got = await runTool(
      process.execPath,
      ['--input-type=module', '-e', program, `http://model.test:${web.port}/`],
      { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: session.proxyUrl },
    );
    expect(got).toMatchObject({ code: 0, stdout: `hello from model.test:${web.port}` });
  });

  test('gets content of any length, and its answer comes as it is written', async () => {
    await open((request, response) => {
      let size = 0;
      request.on('data', (chunk: Buffer) => (size += chunk.length));
      request.on('end', () => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(`data: ${size}\n\n`);
        // The rest never comes: whoever waits for the whole answer waits for ever.
      });
    });
    const body = 'x'.repeat(3_000_000);
    for (const framing of ['content-length', 'chunked']) {
      const length =
        framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
      const content =
        framing === 'chunked' ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
      const socket = connect(stage.port, '127.0.0.1');
      socket.write(
        `POST http://model.test:${web.port}/ HTTP/1.1\r\nHost: model.test:${web.port}\r\n${authorization(session.token)}${length}\r\n\r\n${content}`,
      );
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      await expect.poll(() => answer, { timeout: 10_000 }).toContain(`data: ${body.length}`);
      socket.destroy();
    }
  });

  test('hears no more of a client that left in the middle, and the record says who left', async () => {
    await open((request) => request.resume());
    const socket = connect(stage.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const head = `POST http://model.test:${web.port}/ HTTP/1.1\r\nHost: model.test:${web.port}\r\n`;
    socket.write(
      `${head}${authorization(session.token)}Content-Length: 1000\r\n\r\nthe first part`,
    );
    await expect.poll(() => web.requests).toEqual(['POST /']);
    socket.resetAndDestroy();
    await expect.poll(() => stage.lines()).toContain('outcome failed CLIENT_LEFT');
    await expect.poll(() => stage.proxy.connections).toBe(0);
  });

  test('that breaks off in the middle of an answer breaks off for the client, too', async () => {
    await open((_request, response) => {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('the first part', () => response.socket?.resetAndDestroy());
    });
    const got = await curl(`http://model.test:${web.port}/`);
    expect(got.code).not.toBe(0);
    await expect.poll(() => stage.lines()).toContain('outcome unknown UPSTREAM_LOST');
  });

  test('is cut off with its session (P-20)', async () => {
    await open((_request, response) => {
      response.write('an answer without end');
    });
    const socket = connect(stage.port, '127.0.0.1');
    socket.write(get());
    await once(socket, 'data');
    session.end();
    await expect.poll(() => socket.closed || socket.readableEnded).toBe(true);
    await expect.poll(() => stage.lines()).toContain('outcome unknown SESSION_ENDED');
    socket.destroy();
  });

  test('learns neither the token nor the ways of one connection (P-01)', async () => {
    const heads: string[] = [];
    await open((request, response) => {
      heads.push(JSON.stringify(request.rawHeaders));
      response.end();
    });
    await raw(
      stage.port,
      get('Connection: X-Gone, close\r\nX-Gone: 1\r\nX-Kept: 2\r\nUpgrade: websocket\r\n'),
    );
    expect(heads).toHaveLength(1);
    expect(heads[0]).toContain('X-Kept');
    for (const gone of ['X-Gone', 'roxy', 'Upgrade', 'agt_']) expect(heads[0]).not.toContain(gone);
  });

  test('that answers with nonsense is a failure, and its bytes do not come down', async () => {
    await open();
    const strange = await startBytes((socket) => socket.write('HTTP/1.1 200 OK\nX: y\n\nbody'));
    await stage.close();
    stage = await startProxyStage({
      hosts: [`{ host: model.test, port: ${strange.port}, tls: false, private: true }`],
      names: { 'model.test': [['127.0.0.1']] },
    });
    session = stage.session();
    const target = `model.test:${strange.port}`;
    const answer = await raw(stage.port, get('', `http://${target}/`, target));
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).not.toContain('body');
    await expect.poll(() => stage.lines()).toContain('outcome unknown UPSTREAM_LOST');
    await strange.close();
  });
});

describe('what is refused', () => {
  test('TLS to it, HTTP to a host of TLS, and every host that is not listed', async () => {
    await open();
    const tls = await curl(`https://model.test:${web.port}/`);
    expect(tls.code).not.toBe(0);
    expect(await raw(stage.port, get('', 'http://other.test/', 'other.test'))).toMatch(
      /^HTTP\/1\.1 403 /,
    );
    await stage.close();
    stage = await startProxyStage({
      hosts: [`{ host: model.test, port: ${web.port}, private: true }`],
      names: { 'model.test': [['127.0.0.1']] },
    });
    session = stage.session();
    const plain = await raw(stage.port, get());
    expect(plain).toMatch(/^HTTP\/1\.1 403 /);
    expect(plain).toContain('for TLS only');
    expect(web.requests).toEqual([]);
  });

  test('another host inside of a tunnel, also with its second request (P-33)', async () => {
    await open();
    const socket = connect(stage.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(connectHead(`model.test:${web.port}`, session.token));
    await expect.poll(() => answer).toContain('200');
    socket.write(`GET /one HTTP/1.1\r\nHost: model.test:${web.port}\r\n\r\n`);
    await expect.poll(() => answer).toContain('hello from');
    socket.write(`GET /two HTTP/1.1\r\nHost: evil.test\r\n\r\n`);
    await once(socket, 'close');
    expect(answer).toContain('400 Bad Request');
    expect(web.requests).toEqual(['GET /one']);
    await expect.poll(() => stage.lines()).toContain('refused malformed request');
  });

  /** Each could be two requests to somebody. None may reach the server, and the connection must end. */
  const NESTED = 'GET /smuggled HTTP/1.1\r\nHost: model.test\r\n\r\n';
  test.each<[string, (head: string) => string]>([
    ['a folded field', (head) => `${head}X-A: b\r\n c\r\n\r\n`],
    ['a bare line feed in the head', (head) => `${head}X-A: b\nX-B: c\r\n\r\n`],
    ['a bare line feed at its end', (head) => `${head}\n${NESTED}`],
    ['a bare carriage return', (head) => `${head}X-A: b\rX-B: c\r\n\r\n`],
    ['a space before the colon', (head) => `${head}Content-Length : 5\r\n\r\nhello`],
    ['a field without a name', (head) => `${head}: x\r\n\r\n`],
    ['NUL in a value', (head) => `${head}X-A: a\0b\r\n\r\n`],
    ['two lengths', (head) => `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['one length twice', (head) => `${head}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
    ['a list of lengths', (head) => `${head}Content-Length: 5, 5\r\n\r\nhello`],
    ['a signed length', (head) => `${head}Content-Length: +5\r\n\r\nhello`],
    [
      'length and chunks',
      (head) => `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${NESTED}`,
    ],
    ['an unknown coding', (head) => `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${NESTED}`],
    [
      'chunks that are not last',
      (head) => `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    ['two Host fields', (head) => `${head}Host: evil.test\r\n\r\n`],
    ['two tokens', (head) => `${head}${authorization('agt_other')}\r\n`],
    ['a head beyond the limit', (head) => `${head}X-A: ${'a'.repeat(20_000)}\r\n\r\n`],
  ])('%s', async (_name, make) => {
    await open();
    const target = `http://model.test:${web.port}/`;
    const start = `POST ${target} HTTP/1.1\r\nHost: model.test:${web.port}\r\n${authorization(session.token)}`;
    const answer = await raw(stage.port, make(start));
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toContain('hello from');
    expect(web.requests).toEqual([]);
    const lines = await stage.lines();
    expect(stage.strangers.length + lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.startsWith('allow'))).toEqual([]);
  });

  test.each([
    ['a bad chunk size', '5 \r\nhello\r\n0\r\n\r\n'],
    ['a chunk that ends elsewhere', '3\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size beyond numbers', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['a bare line feed between chunks', '5\nhello\n0\n\n'],
  ])('%s ends both connections', async (_name, chunks) => {
    await open();
    const start = `POST http://model.test:${web.port}/ HTTP/1.1\r\nHost: model.test:${web.port}\r\n`;
    const answer = await raw(
      stage.port,
      `${start}${authorization(session.token)}Transfer-Encoding: chunked\r\n\r\n${chunks}${NESTED}`,
    );
    expect(answer).not.toContain('hello from');
    expect(web.requests.filter((request) => request.includes('smuggled'))).toEqual([]);
    await expect.poll(async () => (await stage.lines()).join()).toMatch(/outcome (unknown|failed)/);
  });

  test('requests to the proxy itself, and a tunnel inside of a tunnel', async () => {
    await open();
    expect(await raw(stage.port, get('', '/', `127.0.0.1:${stage.port}`))).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    const inner = Buffer.from(connectHead(`model.test:${web.port}`, session.token));
    const answer = await raw(
      stage.port,
      connectHead(`model.test:${web.port}`, session.token),
      inner,
    );
    expect(answer).toContain('inside of a tunnel');
    expect(web.requests).toEqual([]);
  });

  test('a head with any byte changed reaches the listed host once or not at all, and never another', async () => {
    const hosts: string[] = [];
    await open((request, response) => {
      hosts.push(`${request.method ?? ''} ${request.headers.host ?? ''}`);
      request.resume();
      response.end();
    });
    const head = Buffer.from(get('Content-Length: 0\r\nConnection: close\r\n'), 'latin1');
    const changes = fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 2,
    });
    const heads = fc.sample(changes, { numRuns: 300, seed: 7 }).map((some) => {
      const bytes = Buffer.from(head);
      for (const [at, value] of some) bytes[at] = value;
      return bytes;
    });
    for (let at = 0; at < heads.length; at += 50) {
      const answers = await Promise.all(
        heads.slice(at, at + 50).map((bytes) => raw(stage.port, bytes, undefined, true)),
      );
      for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 \d{3} |^$/);
    }
    expect(hosts.length).toBeGreaterThan(10);
    expect(hosts.length).toBeLessThanOrEqual(heads.length);
    for (const host of hosts) expect(host).toMatch(new RegExp(` model\\.test:${web.port}$`));
    // It still works, and nobody is left over.
    await expect.poll(() => stage.proxy.connections).toBe(0);
    expect(await raw(stage.port, head)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a client that never says anything whole is let go (P-17)', async () => {
    await open();
    const inside = connect(stage.port, '127.0.0.1');
    inside.on('error', () => undefined);
    inside.write(connectHead(`model.test:${web.port}`, session.token));
    await once(inside, 'data');
    inside.resume();
    inside.write('GET /half');
    const starts = ['', 'GET http://mod', get().slice(0, -2)].map((bytes) => {
      const socket = connect(stage.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      if (bytes !== '') socket.write(bytes);
      return socket;
    });
    await expect
      .poll(() => [inside, ...starts].map((socket) => socket.closed), {
        timeout: 20_000,
        interval: 250,
      })
      .toEqual([true, true, true, true]);
    expect(stage.proxy.connections).toBe(0);
    expect(stage.strangers).toEqual([]);
  });

  test('a client that is reset has done nothing wrong', async () => {
    await open();
    const socket = connect(stage.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET http://mod');
    socket.resetAndDestroy();
    await expect.poll(() => stage.proxy.connections).toBe(0);
    expect(stage.strangers).toEqual([]);
  });
});
