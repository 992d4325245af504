/** Scoped tokens on a real server: what they open, when they stop, and that nobody stretches one. */

import { request } from 'node:http';
import { connectControl } from '@agentguard/daemon/control';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, send, startRolesStage, type RolesStage } from './rental-roles.ts';

let stage: RolesStage;

beforeAll(async () => {
  stage = await startRolesStage();
});
afterAll(async () => {
  await stage.stop();
});

/** Why a client is not let in; the empty string when it is. */
async function whyNot(token: string, resource = 'rental'): Promise<string> {
  try {
    const client = await connect(stage.guard.urlFor(token, resource));
    await client.end();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a token that is over is useless (P-72)', () => {
  test('expired: its connection ends, no new one begins, and it is said when', async () => {
    const { secret } = await stage.token('agent_readonly', [
      '--tenant-id',
      'acme',
      '--expires-in',
      '2s',
    ]);
    const client = await connect(stage.guard.urlFor(secret, 'rental'));
    const ended = new Promise<string>((resolve) => {
      client.on('error', (error) => resolve(error.message));
    });
    expect((await send(client, 'select count(*) from vehicles')).message).toBe('');
    expect(await ended).toMatch(/the token has expired|terminated/);
    expect(await whyNot(secret)).toMatch(/has expired: it lived until \d{4}-/);
  });

  test('revoked: the same, and it is said by whom', async () => {
    const { secret, id } = await stage.token('agent_readonly');
    const client = await connect(stage.guard.urlFor(secret, 'rental'));
    const ended = new Promise<void>((resolve) => client.on('end', () => resolve()));
    expect((await stage.guard.cli(['token', 'revoke', id])).code).toBe(0);
    await ended;
    expect(await whyNot(secret)).toMatch(/was revoked by \S+ at \d{4}-/);
    const { stdout } = await stage.guard.cli(['token', 'list']);
    expect(stdout).toMatch(new RegExp(`${id} .* revoked `));
  });

  test('for another resource: it is said which it opens', async () => {
    const { secret } = await stage.token('agent_readonly');
    expect(await whyNot(secret)).toBe('');
    expect(await whyNot(secret, 'other')).toMatch(/cannot reach a database called "other"/);
  });

  test('changed by its holder: it is none of ours', async () => {
    const { secret } = await stage.token('agent_readonly');
    const [header = '', payload = '', signature = ''] = secret.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const later = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString(
      'base64url',
    );
    expect(await whyNot(`${header}.${later}.${signature}`)).toMatch(/does not know this token/);
  });
});

test('a token makes no other token, and none lives longer for it (P-72) (P-10)', async () => {
  const { secret } = await stage.token('agent_readonly');
  const holder = await connectControl({ paths: stage.guard.paths, token: secret });
  const request = {
    role: 'agent_support',
    values: { tenant_id: 'globex' },
    onBehalfOf: null,
    agent: null,
    label: null,
    resources: null,
    lifetimeMs: 60_000,
    workspace: '/',
  };
  await expect(holder.call('token.create', request)).rejects.toMatchObject({
    code: 'CONTROL_FORBIDDEN',
  });
  await expect(holder.call('token.list', {})).rejects.toMatchObject({ code: 'CONTROL_FORBIDDEN' });
  await expect(
    holder.call('session.create', {
      agent: 'x',
      label: null,
      resources: null,
      workspace: '/',
      askTimeoutMs: 0,
      attended: false,
      held: false,
    }),
  ).rejects.toMatchObject({ code: 'CONTROL_FORBIDDEN' });
});

test('a command inside a guarded session issues and accepts nothing (P-10) (P-73)', async () => {
  const [node, cli] = stage.guard.command;
  const inside = (args: string): string => `"${node}" "${cli}" ${args}`;
  const script = [
    inside('token create --role agent_support --tenant-id globex --expires-in 1h'),
    'echo "create ended in $?"',
    inside('policy accept --operator-key agentguard.yaml'),
    'echo "accept ended in $?"',
  ].join('; ');
  const run = await stage.guard.cli(['run', '--sandbox', 'off', '--', 'sh', '-c', script]);
  expect(run.stdout).toContain('create ended in 3');
  expect(run.stdout).toMatch(/accept ended in [23]/);
  expect(run.stdout).not.toContain('agt_ey');
});

test('a token outlives the daemon, and so does its end', async () => {
  const live = await stage.token('agent_readonly');
  const dead = await stage.token('agent_readonly');
  await stage.guard.cli(['token', 'revoke', dead.id]);
  await stage.guard.kill();
  await stage.guard.restart();
  expect(await whyNot(live.secret)).toBe('');
  expect(await whyNot(dead.secret)).toMatch(/was revoked by/);
});

test('the proxy takes it as password and as bearer, and lists nobody who is not listed', async () => {
  const { secret, id } = await stage.token('agent_readonly');
  const session = await stage.guard.person.call('session.create', {
    agent: 'x',
    label: null,
    resources: null,
    workspace: '/',
    askTimeoutMs: 0,
    attended: false,
    held: false,
  });
  const proxy = session.proxy!;
  const ask = (authorization: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        ...proxy,
        path: 'http://unlisted.example/',
        headers: { host: 'unlisted.example', 'proxy-authorization': authorization },
      });
      outgoing.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      outgoing.on('error', reject).end();
    });
  const basic = `Basic ${Buffer.from(`agent:${secret}`).toString('base64')}`;
  expect(await ask(`Bearer ${secret}`)).toBe(403);
  expect(await ask(basic)).toBe(403);
  await stage.guard.cli(['token', 'revoke', id]);
  expect(await ask(`Bearer ${secret}`)).toBe(407);
  expect(await ask(basic)).toBe(407);
});

test('a role for a person takes no token without one', async () => {
  const refused = ['--expires-in', '1m'];
  await expect(stage.token('personal', refused)).rejects.toThrow(/on behalf of a person/);
  const { secret } = await stage.token('personal', [...refused, '--on-behalf-of', 'bo']);
  const client = await connect(stage.guard.urlFor(secret, 'rental'));
  expect((await send(client, 'select * from vehicles')).rows).toHaveLength(5);
  await client.end();
});

test.each([
  ['an unknown role', ['--expires-in', '1m'], 'agent_suport', 'did you mean `agent_support`?'],
  ['a value that its filters need', ['--expires-in', '1m'], 'agent_support', 'token.tenant_id'],
  ['a life beyond a week', ['--expires-in', '200h', '--tenant-id', 'a'], 'agent_support', ''],
])('no token is issued without %s', async (_what, options, role, word) => {
  await expect(stage.token(role, options)).rejects.toThrow(word);
});

test('a role that names a table which is not there is said when its token is issued', async () => {
  const made = await stage.guard.cli([
    ...['token', 'create', '--role', 'misspelt', '--expires-in', '1m', '--resource', 'rental'],
  ]);
  expect(made.code).toBe(0);
  expect(made.stderr).toContain(
    '`rental` has no table `public.vehicle`, which the role names; did you mean `public.vehicles`?',
  );
});

test('what goes too fast waits with a code of its own, and the connection lives on', async () => {
  const { secret } = await stage.token('slow', ['--expires-in', '5m']);
  const client = await connect(stage.guard.urlFor(secret, 'rental'));
  await send(client, 'begin');
  for (let n = 0; n < 3; n += 1) {
    expect((await send(client, 'select * from vehicles')).rows).toHaveLength(5);
  }
  const fast = await send(client, 'select * from vehicles');
  expect(fast).toMatchObject({ code: '53400' });
  expect(fast.message).toContain('3/min');
  // As after any error the transaction has failed, and leaving it is never too fast.
  expect((await send(client, 'rollback')).message).toBe('');
  expect((await send(client, 'select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect((await send(client, 'select * from vehicles', [])).code).toBe('53400');
  await client.end();
});

test('a session of `run` has the scope that it was started with', async () => {
  const session = await stage.guard.session({
    resources: ['rental'],
    scope: { role: 'agent_readonly', values: { tenant_id: 'globex' }, onBehalfOf: null },
  });
  const client = await connect(session.url('rental'));
  const { rows } = await send(client, 'select distinct tenant_id from customers');
  expect(rows).toEqual([{ tenant_id: 'globex' }]);
  expect((await send(client, "update reservations set notes = 'x' where id = 1")).code).toBe(
    '42501',
  );
  await client.end();
});
