/** Real programs towards a guarded API: what they may do, what the server sees, and what comes back. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { skipLoudly } from '../../servers/skip.ts';
import { hasSandbox } from '../sandbox/sandbox-stage.ts';
import { API_CANARY, API_HOST, startApiStage } from './api-stage.ts';
import type { ApiStage } from './api-stage.ts';

const has = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ||
  !skipLoudly(`guarded APIs: ${program} is not installed`);

const curl = has('curl');
const python = has('python3');

/** A request in Node's own client, which finds proxy and authority by the variables. */
const NODE_GET = `
  const answer = await fetch(process.argv[1], { headers: { authorization: 'Bearer ' + process.env.API_TOKEN } });
  console.log(answer.status, await answer.text());
`;

const PYTHON_GET = `
import os, sys, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={'Authorization': 'Bearer ' + os.environ['API_TOKEN']})
with urllib.request.urlopen(asked) as answer: print(answer.status, answer.read().decode())
`;

/** Speaks TLS through the proxy byte by byte: \`argv\` is the server name and what is sent. */
const RAW = `
  import { connect } from 'node:net';
  import { connect as secure } from 'node:tls';
  const [port, servername, text] = process.argv.slice(1);
  const proxy = new URL(process.env.HTTPS_PROXY);
  const socket = connect(Number(proxy.port), proxy.hostname, () => {
    const token = Buffer.from(proxy.username + ':' + proxy.password).toString('base64');
    socket.write('CONNECT ${API_HOST}:' + port + ' HTTP/1.1\\r\\nHost: ${API_HOST}:' + port + '\\r\\nProxy-Authorization: Basic ' + token + '\\r\\n\\r\\n');
  });
  socket.once('data', (head) => {
    console.log(String(head).split('\\r\\n')[0]);
    const tls = secure({ socket, servername, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => {
      tls.write(text.replaceAll('~', '\\r\\n'));
    });
    tls.on('data', (data) => console.log(String(data).split('\\r\\n')[0]));
    tls.on('error', (error) => console.log('ERROR ' + error.code));
    tls.on('close', () => process.exit());
    setTimeout(() => process.exit(), 3000);
  });
  socket.on('error', (error) => console.log('ERROR ' + error.code));
`;

const node = (script: string, ...args: readonly string[]): readonly string[] => [
  ...[process.execPath, '--input-type=module', '-e', script],
  ...args,
];

let stage: ApiStage;

beforeAll(async () => {
  stage = await startApiStage({ environment: 'development' });
});
afterAll(async () => {
  await stage.stop();
});
beforeEach(() => {
  stage.answer = (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path: request.url }));
  };
});
afterEach(() => {
  (stage.seen as unknown[]).length = 0;
});

function lastCredential(): unknown {
  return stage.seen.at(-1)?.headers['authorization'];
}

describe.runIf(curl)('a program that finds its way by the variables', () => {
  const CLIENTS: readonly (readonly [string, () => readonly string[], string])[] = [
    ['curl with HTTP/2', () => curlGet('--http2'), '2.0'],
    ['curl with HTTP/1.1', () => curlGet('--http1.1'), '2.0'],
    ['Node', () => node(NODE_GET, `${stage.url}/v1/things/7`), '2.0'],
    ...(python
      ? ([
          ['Python', () => ['python3', '-c', PYTHON_GET, `${stage.url}/v1/things/7`], '2.0'],
        ] as const)
      : []),
  ];

  function curlGet(version: string): readonly string[] {
    const command = `curl -sS ${version} -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/things/7`;
    return ['sh', '-c', command];
  }

  test.each(CLIENTS)('%s reads, and only the server sees the real credential', async (...given) => {
    const [, command, version] = given;
    const { code, stdout, stderr } = await stage.run(command());
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('/v1/things/7');
    expect(lastCredential()).toBe(`Bearer ${API_CANARY}`);
    expect(stage.seen.at(-1)?.version).toBe(version);
    expect(stdout + stderr).not.toContain(API_CANARY);
  });

  test('in the sandbox has no other way', async () => {
    if (!hasSandbox()) return;
    const script = `curl -sS -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/a; echo; curl -sS -m 5 -k --noproxy '*' ${stage.url}/v1/direct; echo "direct $?"`;
    const { stdout } = await stage.run(['sh', '-c', script], { sandbox: 'require' });
    expect(stdout).toContain('{"path":"/v1/a"}');
    expect(stdout).toMatch(/direct [1-9]/);
    expect(stage.seen.map(({ url }) => url)).toEqual(['/v1/a']);
  });

  test('is asked about before it deletes, and nothing is sent before the answer (P-34)', async () => {
    const command = `curl -sS -X DELETE -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/things/7`;
    const asking = stage.guard.answer('deny', 'not this one');
    const { stdout } = await stage.run(['sh', '-c', command], { askTimeout: '20s' });
    const question = await asking;
    expect(question.statement).toContain(`DELETE https://${API_HOST}`);
    expect(stdout).toContain('not this one');
    expect(stage.seen).toEqual([]);
  });

  test('deletes when a person said yes', async () => {
    const command = `curl -sS -X DELETE -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/things/8`;
    const asking = stage.guard.answer('approve');
    const { stdout } = await stage.run(['sh', '-c', command], { askTimeout: '20s' });
    await asking;
    expect(stdout).toContain('/v1/things/8');
    expect(stage.seen.map(({ method }) => method)).toEqual(['DELETE']);
  });

  test('is told at once when nobody can be asked', async () => {
    const command = `curl -sS -w '%{http_code}' -X DELETE -H 'Accept: application/json' -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/x`;
    const { stdout } = await stage.run(['sh', '-c', command], { askTimeout: '0s' });
    expect(stdout).toContain('blocked by agentguard');
    expect(stdout).toContain('"errors":[');
    expect(stdout).toMatch(/403$/);
    expect(stage.seen).toEqual([]);
  });
});

describe.runIf(curl)('a credential (P-35) (P-36)', () => {
  test('that was found somewhere is worth nothing', async () => {
    const command = `curl -sS -w '%{http_code}' -H 'Authorization: Bearer ghp_found0123456789' ${stage.url}/v1/a`;
    const { stdout } = await stage.run(['sh', '-c', command]);
    expect(stdout).toMatch(/did not hand out[^]*403$/);
    expect(stage.seen).toEqual([]);
    const events = JSON.stringify(await stage.guard.audit({ type: 'event' }));
    expect(events).toContain('did not hand out');
    expect(events).not.toContain('ghp_found');
  });

  test('of one session is worth nothing in another', async () => {
    const first = await stage.run(['sh', '-c', 'printf %s "$API_TOKEN"']);
    expect(first.stdout).toMatch(/^ghp_[A-Za-z0-9]{36}$/);
    const command = `curl -sS -H 'Authorization: Bearer ${first.stdout}' ${stage.url}/v1/a`;
    const { stdout } = await stage.run(['sh', '-c', command]);
    expect(stdout).toContain('did not hand out');
    expect(stage.seen).toEqual([]);
  });

  test.each([
    [
      'a user of Basic',
      `-u "$API_TOKEN:"`,
      '',
      'authorization',
      `Basic ${Buffer.from(`${API_CANARY}:`).toString('base64')}`,
    ],
    ['a field of the API', `-H "X-Api-Key: $API_TOKEN"`, '', 'x-api-key', API_CANARY],
    ['a parameter', '', '?access_token=$API_TOKEN', ':path', `/v1/a?access_token=${API_CANARY}`],
  ])('is put in as %s', async (_how, options, query, field, expected) => {
    await stage.run(['sh', '-c', `curl -sS ${options} "${stage.url}/v1/a${query}"`]);
    expect(stage.seen.at(-1)?.headers[field]).toBe(expected);
  });

  test('stays a placeholder in content and in other fields', async () => {
    const command = `curl -sS -H "X-Note: $API_TOKEN" -H "Authorization: Bearer $API_TOKEN" "${stage.url}/v1/a?note=$API_TOKEN"`;
    await stage.run(['sh', '-c', command]);
    const [seen] = stage.seen;
    expect(seen?.headers['x-note']).toMatch(/^ghp_/);
    expect(seen?.headers['x-note']).not.toBe(API_CANARY);
    expect(seen?.url).not.toContain(API_CANARY);
  });

  test.each(['identity', 'gzip'])(
    'that comes back is taken out of the answer (%s)',
    async (coding) => {
      stage.answer = (request, response) => {
        const echo = String(request.headers['authorization']);
        const body = JSON.stringify({
          echo,
          basic: Buffer.from(`u:${echo.slice(7)}`).toString('base64'),
        });
        response.setHeader('x-echo', echo);
        if (coding === 'gzip') {
          response.setHeader('content-encoding', 'gzip');
          response.end(gzipSync(body));
          return;
        }
        // Cut in the middle of it.
        const at = body.indexOf('Canary') + 3;
        response.write(body.slice(0, at));
        setTimeout(() => response.end(body.slice(at)), 50);
      };
      const command = `curl -sS -i --compressed -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/echo`;
      const { stdout } = await stage.run(['sh', '-c', command]);
      expect(stdout).toMatch(/x-echo: Bearer ghp_/i);
      expect(stdout).toContain('"echo":"Bearer ghp_');
      expect(stdout).not.toContain(API_CANARY);
      expect(stdout).not.toContain(Buffer.from(API_CANARY).toString('base64').slice(4, 30));
    },
  );

  test('in an answer that cannot be looked through is withheld, and the client is told', async () => {
    stage.answer = (_request, response) => {
      response.setHeader('content-encoding', 'x-unknown');
      response.end(API_CANARY);
    };
    const command = `curl -sS -i -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/coded`;
    const { stdout } = await stage.run(['sh', '-c', command]);
    expect(stdout).toMatch(/ 502 [^]*withheld/);
    expect(stdout).not.toContain(API_CANARY);
  });

  test('is on no file of the guard, the record included', () => {
    const files = globSync('**/*', { cwd: stage.guard.home }).map((name) =>
      join(stage.guard.home, name),
    );
    const holding = files.filter(
      (file) =>
        statSync(file, { throwIfNoEntry: false })?.isFile() === true &&
        readFileSync(file).includes(API_CANARY),
    );
    expect(files.length).toBeGreaterThan(5);
    expect(holding).toEqual([]);
  });
});

describe('a request that can be read in two ways', () => {
  const line = (rest: string): string => `GET /v1/a HTTP/1.1~${rest}`;
  test.each<[string, string]>([
    [
      'a length beside chunks',
      line('Host: HOST~Content-Length: 4~Transfer-Encoding: chunked~~0~~'),
    ],
    ['two lengths', line('Host: HOST~Content-Length: 4~Content-Length: 5~~abcde')],
    ['a folded field', line('Host: HOST~X: a~ b~~')],
    ['a blank before the colon', line('Host : HOST~~')],
    ['a bare line end', 'GET /v1/a HTTP/1.1\nHost: HOST\n\n'],
    ['a bad chunk', 'POST /v1/a HTTP/1.1~Host: HOST~Transfer-Encoding: chunked~~zz~abc~0~~'],
    ['another host', line('Host: other.test~~')],
    ['two hosts', line('Host: HOST~Host: HOST~~')],
    ['the absolute form of another host', 'GET https://other.test/v1/a HTTP/1.1~Host: HOST~~'],
    ['HTTP/1.0 without a host', 'GET /v1/a HTTP/1.0~~'],
    ['a tunnel in the tunnel', 'CONNECT other.test:443 HTTP/1.1~Host: other.test:443~~'],
    ['an upgrade', line('Host: HOST~Connection: Upgrade~Upgrade: h2c~~')],
    ['no HTTP at all', '\x16\x03\x01\x02\x01'],
  ])('is refused and never sent on: %s', async (_what, text) => {
    const host = `${API_HOST}:${stage.port}`;
    const { stdout } = await stage.run(
      node(RAW, String(stage.port), '', text.replaceAll('HOST', host)),
    );
    const [connected, answer] = stdout.trim().split('\n');
    expect(connected).toContain('200');
    expect(answer ?? 'closed').toMatch(/ 400 |^closed|ERROR/);
    expect(stage.seen).toEqual([]);
  });

  test('has a neighbour with one reading that passes', async () => {
    const text = line(`Host: ${API_HOST}:${stage.port}~~`);
    const { stdout } = await stage.run(node(RAW, String(stage.port), '', text));
    expect(stdout).toContain('HTTP/1.1 200');
    expect(stage.seen).toHaveLength(1);
  });
});

describe.runIf(curl)('what flows', () => {
  test('arrives piece by piece, as it is sent', async () => {
    let send: (text: string) => void = () => undefined;
    let end: () => void = () => undefined;
    stage.answer = (_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      send = (text) => response.write(text);
      end = () => response.end();
      send('data: 1\n\n');
    };
    const arrived: string[] = [];
    const command = `curl -sS -N -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/stream`;
    await stage.run(['sh', '-c', command], {
      onOutput: (text) => {
        arrived.push(text);
        // Each piece is sent only when the one before has arrived.
        const next = arrived.join('').match(/data: /g)?.length ?? 0;
        if (next < 4) send(`data: ${next + 1}\n\n`);
        else end();
      },
    });
    expect(arrived.join('')).toBe('data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n');
  });

  test('is the same bytes at the other end, a hundred megabytes down', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'agentguard ');
    const digest = createHash('sha256');
    for (let at = 0; at < 100; at += 1) digest.update(piece);
    stage.answer = (_request, response) => {
      let left = 100;
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(piece)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    };
    const command = `curl -sS -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/large | sha256sum`;
    const { stdout } = await stage.run(['sh', '-c', command]);
    expect(stdout).toContain(digest.digest('hex'));
  });

  test('ends with its session, and is not taken for whole', async () => {
    stage.answer = (_request, response) => {
      response.write('begun ');
    };
    const command = `curl -sS -N -H "Authorization: Bearer $API_TOKEN" ${stage.url}/v1/open; echo "ended $?"`;
    const { stdout } = await stage.run(['sh', '-c', command], {
      onOutput: (text) => {
        if (!text.includes('begun')) return;
        void stage.guard.person.call('session.list', {}).then(async ({ sessions }) => {
          const live = sessions.find(({ endedAt }) => endedAt === null);
          await stage.guard.person.call('session.end', { session: live?.session ?? '' });
        });
      },
    });
    expect(stdout).toMatch(/begun [^]*ended [1-9]/);
  });
});

describe.runIf(curl)('a host that cannot show who it is (P-37)', () => {
  test('is told to the client, and gets nothing', async () => {
    const { guard, port } = stage;
    const added = await guard.cli(
      [
        ...['resource', 'add', 'wrong', '--kind', 'http', '--host', `127.0.0.3:${port}`],
        ...['--variable', 'WRONG_TOKEN', '--environment', 'development', '--ca', stage.caFile],
      ],
      'wrong_0123456789abcdef0123\n',
    );
    expect(added.code).toBe(0);
    const command = `curl -sS -i -m 10 -H "Authorization: Bearer $WRONG_TOKEN" https://127.0.0.3:${port}/v1/a`;
    const { stdout } = await stage.run(['sh', '-c', command]);
    expect(stdout).toMatch(/ 502 [^]*certificate/);
    await guard.cli(['resource', 'remove', 'wrong']);
    expect(stage.seen).toEqual([]);
  });
});
