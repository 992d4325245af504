/** The proxy of the whole product: the policy file lists, `session.create` says where it is, the record has it. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectHead, raw } from './raw-client.ts';
import { runTool } from './run-tool.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { startHttps } from './web-server.ts';
import type { WebServer } from './web-server.ts';

let web: WebServer;
let guard: Guard;
beforeAll(async () => {
  web = await startHttps(['localhost', '127.0.0.1']);
  guard = await startGuard({
    resources: [
      {
        name: 'shop',
        environment: 'development',
        // Nothing listens like a database there; the address is what counts.
        url: `postgres://app:pw@127.0.0.1:${web.port + 1}/shop`,
      },
    ],
    policy: [
      'version: 1',
      'egress:',
      '  hosts:',
      `    - { host: localhost, port: ${web.port}, private: true }`,
      `    - { host: 127.0.0.1, port: ${web.port + 1} }`,
      '',
    ].join('\n'),
  });
});
afterAll(async () => {
  await guard.stop();
  await web.close();
});

async function openSession(): Promise<{
  id: string;
  token: string;
  proxy: { host: string; port: number };
}> {
  const made = await guard.person.call('session.create', {
    agent: 'scenario',
    label: null,
    resources: null,
    workspace: '/tmp',
    askTimeoutMs: 0,
    attended: false,
    held: false,
  });
  if (made.proxy === undefined) throw new Error('no proxy');
  return { id: made.session, token: made.token, proxy: made.proxy };
}

test('a session reaches what the file lists, and the record says so (P-30)', async () => {
  const { id, token, proxy } = await openSession();
  const got = await runTool('curl', [
    '-sS',
    '--cacert',
    web.caFile,
    '-x',
    `http://agent:${token}@${proxy.host}:${proxy.port}`,
    `https://localhost:${web.port}/`,
  ]);
  expect(got).toMatchObject({ code: 0, stdout: `hello from localhost:${web.port}` });
  await expect
    .poll(async () => (await guard.audit({ session: id, type: 'outcome' })).length)
    .toBe(1);
  const intents = await guard.audit({ session: id, type: 'intent' });
  expect(intents.map(({ entry }) => entry)).toMatchObject([
    { verdict: 'allow', resource: { name: `localhost:${web.port}`, kind: 'egress' } },
  ]);
});

test('the server of a guarded database and a host that nobody listed are denied (P-32)', async () => {
  const { id, token, proxy } = await openSession();
  const guarded = await raw(proxy.port, connectHead(`127.0.0.1:${web.port + 1}`, token));
  expect(guarded).toContain('403');
  expect(guarded).toContain('through the guard');
  const other = await raw(proxy.port, connectHead('elsewhere.example:443', token));
  expect(other).toContain('egress: hosts:');
  const denied = await guard.audit({ session: id, verdict: 'deny' });
  expect(denied).toHaveLength(2);
});

test('the port is kept, the token is not: a token of the last run opens nothing (P-20)', async () => {
  const { token, proxy } = await openSession();
  await guard.kill();
  await guard.restart();
  const again = await openSession();
  expect(again.proxy).toEqual(proxy);
  const got = await raw(proxy.port, connectHead(`localhost:${web.port}`, token));
  expect(got).toContain('407');
  const refusals = async (): Promise<readonly unknown[]> => {
    const events = await guard.audit({ type: 'event' });
    return events.map(({ entry }) => (entry.type === 'event' ? entry.details['why'] : null));
  };
  await expect.poll(refusals, { timeout: 10_000 }).toContain('token refused');
});
