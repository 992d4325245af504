import { describe, expect, test } from 'vitest';
import type { HostEntry } from '@agentguard/rules';
import { parseAuthority } from '@agentguard/rules';
import { Reach } from './reach.ts';
import type { GuardedEndpoint, ReachParts } from './reach.ts';

const NEVER = new AbortController().signal;

function entry(text: string, more: Partial<HostEntry> = {}): HostEntry {
  const parsed = parseAuthority(text.replace(/^\*\./, ''));
  if (!parsed.ok) throw new Error(parsed.problem);
  const { host, port } = parsed;
  return {
    host,
    port,
    subdomains: text.startsWith('*.'),
    transport: 'tls',
    private: false,
    ...more,
  };
}

interface Stage extends Partial<Omit<ReachParts, 'lookup' | 'guarded'>> {
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly guarded?: readonly GuardedEndpoint[] | 'unknown';
  readonly agent?: string;
  readonly transport?: 'tls' | 'plain';
}

async function look(target: string, stage: Stage): Promise<Record<string, unknown>> {
  const lookedUp: string[] = [];
  const reach = new Reach({
    listed: stage.listed ?? [],
    ownAddresses: stage.ownAddresses ?? (() => []),
    ownPorts: stage.ownPorts ?? (() => []),
    lookup: (name) => {
      lookedUp.push(name);
      const found = stage.names?.[name];
      return found === undefined ? Promise.reject(new Error(name)) : Promise.resolve(found);
    },
    guardedApi: () => false,
    guarded: () =>
      stage.guarded === 'unknown'
        ? Promise.reject(new Error('locked'))
        : Promise.resolve(stage.guarded ?? []),
  });
  const parsed = parseAuthority(target);
  if (!parsed.ok) throw new Error(parsed.problem);
  const asked = { ...parsed, transport: stage.transport ?? ('tls' as const) };
  return { ...(await reach.look(asked, stage.agent ?? 'node', NEVER)), lookedUp };
}

test('a listed host stands with the addresses that were checked', async () => {
  const found = await look('api.test:443', {
    listed: [entry('api.test:443')],
    names: { 'api.test': ['1.1.1.1', '2606:4700::1111'] },
  });
  expect(found).toEqual({
    host: 'api.test',
    port: 443,
    transport: 'tls',
    standing: 'listed',
    note: null,
    addresses: ['1.1.1.1', '2606:4700::1111'],
    lookedUp: ['api.test'],
  });
});

describe('a host that is not listed (P-30)', () => {
  test.each<[string, readonly HostEntry[], string | null]>([
    ['evil.test:443', [entry('api.test:443')], null],
    ['api.test:8443', [entry('api.test:443')], 'port 443'],
    ['api.test:443', [entry('*.api.test:443')], 'not `api.test` itself'],
    ['api.test:443', [entry('api.test:443', { transport: 'plain' })], 'without TLS only'],
  ])('%s is not looked up, and the note says what is near', async (target, listed, note) => {
    const found = await look(target, { listed, names: { 'api.test': ['1.1.1.1'] } });
    expect(found).toMatchObject({ standing: 'not listed', addresses: [], lookedUp: [] });
    expect(found['note']).toEqual(note === null ? null : expect.stringContaining(note));
  });

  test("an agent's own hosts are open to that agent and to no other", async () => {
    const names = { 'api.anthropic.com': ['1.1.1.1'] };
    const by = (agent: string): Promise<Record<string, unknown>> =>
      look('api.anthropic.com:443', { names, agent });
    expect(await by('claude')).toMatchObject({ standing: 'listed' });
    for (const agent of ['node', 'codex', 'Claude', '__proto__', 'constructor', '']) {
      expect(await by(agent), agent).toMatchObject({ standing: 'not listed' });
    }
    expect(
      await look('api.anthropic.com:80', { names, agent: 'claude', transport: 'plain' }),
    ).toMatchObject({
      standing: 'not listed',
    });
  });
});

describe('private addresses (P-31)', () => {
  const listed = [entry('api.test:443')];
  const opened = [entry('api.test:443', { private: true })];

  test.each(['127.0.0.1', '10.0.0.1', 'fd00::1'])(
    '%s is open to an entry that says so',
    async (address) => {
      const names = { 'api.test': [address] };
      expect(await look('api.test:443', { listed, names })).toMatchObject({ standing: 'private' });
      expect(await look('api.test:443', { listed: opened, names })).toMatchObject({
        standing: 'listed',
      });
    },
  );

  test.each([
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '192.0.2.1',
    'fe80::1',
    '::ffff:169.254.169.254',
  ])('%s is open to no name at all', async (address) => {
    const names = { 'api.test': [address] };
    const found = await look('api.test:443', { listed: opened, names });
    expect(found).toMatchObject({ standing: 'private', addresses: [] });
    expect(found['note']).toContain(address);
  });

  test("a public address of this machine's own is private", async () => {
    const stage = { names: { 'api.test': ['1.1.1.1'] }, ownAddresses: () => ['::ffff:1.1.1.1'] };
    expect(await look('api.test:443', { ...stage, listed })).toMatchObject({ standing: 'private' });
    expect(await look('api.test:443', { ...stage, listed: opened })).toMatchObject({
      standing: 'listed',
    });
  });

  test('an address that is written down is open as it stands, but for those that mean no one machine', async () => {
    for (const address of ['127.0.0.1', '169.254.169.254', '[fd00::1]']) {
      expect(
        await look(`${address}:443`, { listed: [entry(`${address}:443`)] }),
        address,
      ).toMatchObject({
        standing: 'listed',
        lookedUp: [],
      });
    }
    for (const address of ['0.0.0.0', '[::]', '224.0.0.1']) {
      expect(
        await look(`${address}:443`, { listed: [entry(`${address}:443`)] }),
        address,
      ).toMatchObject({
        standing: 'private',
      });
    }
  });
});

describe('what no list opens (P-32)', () => {
  const names = {
    'db.test': ['10.0.0.5'],
    'DB.test.': ['10.0.0.5'],
    'alias.test': ['10.0.0.5'],
    'api.test': ['1.1.1.1'],
  };
  const listed = ['db.test', 'alias.test', '10.0.0.5', '[::ffff:10.0.0.5]', 'api.test'].flatMap(
    (host) => [443, 5432].map((port) => entry(`${host}:${port}`, { private: true })),
  );
  const guarded = [{ host: 'DB.test.', port: 5432 }];

  test.each(['db.test', 'alias.test', '10.0.0.5', '[::ffff:10.0.0.5]'])(
    '%s is the guarded server',
    async (host) => {
      expect(await look(`${host}:5432`, { listed, names, guarded })).toMatchObject({
        standing: 'guarded',
      });
      expect(await look(`${host}:443`, { listed, names, guarded })).toMatchObject({
        standing: 'listed',
      });
    },
  );

  test('another server on the same port is open, and guarded names are looked up only for that', async () => {
    const same = await look('api.test:5432', { listed, names, guarded });
    expect(same).toMatchObject({ standing: 'listed', lookedUp: ['api.test', 'DB.test.'] });
    const other = await look('api.test:443', { listed, names, guarded });
    expect(other).toMatchObject({ standing: 'listed', lookedUp: ['api.test'] });
  });

  test('nobody is sure while the vault is locked or a guarded name is not found', async () => {
    expect(await look('api.test:443', { listed, names, guarded: 'unknown' })).toMatchObject({
      standing: 'guarded',
      lookedUp: [],
    });
    const lost = [{ host: 'gone.test', port: 5432 }];
    expect(await look('api.test:5432', { listed, names, guarded: lost })).toMatchObject({
      standing: 'guarded',
    });
  });

  test("the guard's own ports, by every name for this machine", async () => {
    const here = [
      'localhost',
      'me.test',
      '127.0.0.1',
      '127.9.9.9',
      '[::1]',
      '0.0.0.0',
      '198.51.100.9',
    ];
    const stage = {
      listed: here.flatMap((host) =>
        [4100, 4200].map((port) => entry(`${host}:${port}`, { private: true })),
      ),
      names: { localhost: ['::1'], 'me.test': ['198.51.100.9'] },
      ownAddresses: () => ['198.51.100.9'],
      ownPorts: () => [4100],
    };
    for (const host of here) {
      expect(await look(`${host}:4100`, stage), host).toMatchObject({ standing: 'own' });
    }
    expect(await look('localhost:4200', stage)).toMatchObject({ standing: 'listed' });
  });
});

test('a name that is not found stands as listed, with nothing to dial', async () => {
  const found = await look('api.test:443', { listed: [entry('api.test:443')] });
  expect(found).toMatchObject({
    standing: 'listed',
    addresses: [],
    note: 'its name was not found',
  });
});
