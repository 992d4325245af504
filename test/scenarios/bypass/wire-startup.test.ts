import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  GSSENC_REQUEST,
  int32,
  packet,
  query,
  SSL_REQUEST,
  startup,
} from '../../hostile/wire/frames.ts';
import { RawClient } from '../../hostile/wire/raw-client.ts';
import { startWireStage, type WireStage } from './wire-stage.ts';

let stage: WireStage;

beforeAll(async () => {
  stage = await startWireStage();
});
afterAll(() => stage.stop());

/** Startup parameters that give a connection powers, each with a statement that shows it. */
const POWERS: readonly {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly show: string;
  readonly harmed: string;
}[] = [
  {
    name: '56. replication=database in the startup message',
    parameters: { replication: 'database' },
    show: 'IDENTIFY_SYSTEM',
    harmed: '',
  },
  {
    name: '57. options=-c session_replication_role',
    parameters: { options: '-c session_replication_role=replica' },
    show: 'SHOW session_replication_role',
    harmed: 'replica',
  },
  {
    name: '57. options with a long name and dashes',
    parameters: { options: '--session-replication-role=replica' },
    show: 'SHOW session_replication_role',
    harmed: 'replica',
  },
  {
    name: '57. a setting as a parameter of its own',
    parameters: { session_replication_role: 'replica' },
    show: 'SHOW session_replication_role',
    harmed: 'replica',
  },
  {
    name: '57. track_counts behind something harmless',
    parameters: { options: '-c statement_timeout=5000 -ctrack_counts=off' },
    show: 'SHOW track_counts',
    harmed: 'off',
  },
  {
    name: '13. standard_conforming_strings off by startup option',
    parameters: { options: '-c standard_conforming_strings=off' },
    show: 'SHOW standard_conforming_strings',
    harmed: 'off',
  },
  {
    name: '14. client_encoding SJIS by startup parameter',
    parameters: { client_encoding: 'SJIS' },
    show: 'SHOW client_encoding',
    harmed: 'SJIS',
  },
  {
    name: '50. a role by startup parameter',
    parameters: { role: 'clerk' },
    show: 'SELECT current_user',
    harmed: 'clerk',
  },
  {
    name: '51. backslash-escaped spaces in options',
    parameters: { options: String.raw`-c search_path=evil,\ pg_catalog -c row_security=off` },
    show: 'SHOW row_security',
    harmed: 'off',
  },
];

describe('startup parameters (P-14) (P-15)', () => {
  it.each(POWERS)('$name works on the server and is refused by the guard', async (power) => {
    const free = await stage.direct(power.parameters);
    await free.ask(query(power.show));
    expect(free.errors).toEqual([]);
    if (power.harmed !== '') expect(free.rows.at(-1)).toBe(power.harmed);
    free.destroy();
    const refused = await loginOrError(power.parameters);
    expect(refused.count('Z')).toBe(0);
    expect(refused.errors).toHaveLength(1);
    expect(['42501', '22023']).toContain(refused.errors[0]);
    expect(await refused.until(() => refused.closed)).not.toBe('silent');
  });

  it('56. sends no statement through a connection that asked for replication', async () => {
    const changed = await stage.changes('direct', async () => {
      const free = await stage.direct({ replication: 'database' });
      await free.ask(query('DELETE FROM payments'));
      free.destroy();
    });
    expect(changed).toContain('rows public.payments');
    for (const value of ['database', 'true', 'on', '1', 'yes']) {
      const client = await loginOrError({ replication: value });
      expect(client.errors).toEqual(['42501']);
      client.destroy();
    }
  });

  it.each([
    { application_name: 'shop' },
    { replication: 'false' },
    { client_encoding: 'UTF8' },
    { client_encoding: `'utf-8'` },
    { DateStyle: 'ISO, MDY', TimeZone: 'Europe/Vienna', extra_float_digits: '3' },
    { options: '-c statement_timeout=5000 --lock-timeout=1000' },
    { search_path: 'public' },
  ])('lets an honest client in with %o (P-21)', async (parameters) => {
    const client = await stage.guarded(parameters);
    await client.ask(query('SELECT 42'));
    expect(client.rows).toEqual(['42']);
    client.destroy();
  });

  it('57. a search_path from the startup packet is the one that names are resolved by', async () => {
    const act = async (client: RawClient): Promise<void> => {
      await client.ask(query(`SELECT length('x')`));
      client.destroy();
    };
    const parameters = { search_path: 'evil, pg_catalog' };
    const direct = await stage.changes('direct', async () => act(await stage.direct(parameters)));
    expect(direct).toEqual(['rows public.payments']);
    const guarded = await stage.changes('guarded', async () => act(await loginOrError(parameters)));
    expect(guarded).toEqual([]);
  });

  it('57. negotiates protocol options and minor versions that it does not know', async () => {
    for (const [parameters, version] of [
      [{ '_pq_.shadow': '1' }, 0x0003_0000],
      [{}, 0x0003_0009],
    ] as const) {
      const client = await RawClient.login(stage.session.url('development'), parameters, version);
      expect(client.count('v')).toBe(1);
      await client.ask(query('SELECT 1'));
      expect(client.rows).toEqual(['1']);
      client.destroy();
    }
  });

  it('57. refuses another major version', async () => {
    const client = await RawClient.open(stage.session.port);
    client.send(startup({ user: 'agent', database: 'development' }, 0x0004_0000));
    expect(await client.until(() => client.closed)).not.toBe('silent');
    expect(client.count('R')).toBe(0);
  });
});

describe('61. encryption that would make the rest opaque (P-14)', () => {
  it('declines GSSENC and goes on with the same connection', async () => {
    const client = await RawClient.open(stage.session.port);
    client.send(GSSENC_REQUEST);
    expect(await client.oneByte()).toBe('N');
    await loginOn(client);
    const changed = await stage.changes('guarded', async () => {
      await client.ask(query('DELETE FROM payments'));
    });
    expect(changed).toEqual([]);
    expect(client.errors).toEqual(['42501']);
    client.destroy();
  });

  it('ends TLS itself or declines it, and never passes the request on', async () => {
    const client = await RawClient.open(stage.session.port);
    client.send(SSL_REQUEST);
    expect(['N', 'S']).toContain(await client.oneByte());
    client.destroy();
  });

  it('gives no second life to a connection after an encryption request inside the session', async () => {
    const client = await stage.guarded();
    client.send(packet(int32(80_877_104)));
    expect(await client.until(() => client.closed)).not.toBe('silent');
  });
});

describe('54. around the guard (P-01)', () => {
  it('the token opens nothing but the guard', async () => {
    const { server } = stage.world;
    for (const user of ['postgres', 'agent']) {
      const client = new pg.Client(server.url(user, stage.session.token, 'guarded'));
      await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    }
  });
});

describe('67. application_name as identity', () => {
  it('is never taken for who is asking: the token is', async () => {
    const client = await stage.guarded({ application_name: 'the person' });
    await client.ask(query(`SELECT 'asked under a false name'`));
    client.destroy();
    const [row] = await stage.guard.audit({ type: 'intent', text: 'under a false name' });
    const entry = row?.entry;
    expect(entry?.type === 'intent' ? entry.principal.session : null).toBe(stage.session.id);
  });
});

/** Sends a startup packet and goes on as far as the guard lets it. */
async function loginOrError(parameters: Readonly<Record<string, string>>): Promise<RawClient> {
  const client = await RawClient.open(stage.session.port);
  client.send(startup({ user: 'agent', database: 'development', ...parameters }));
  await client.until(() => client.count('R') + client.count('E') > 0);
  if (client.count('E') === 0) await client.authenticate(stage.session.token);
  return client;
}

async function loginOn(client: RawClient): Promise<void> {
  client.send(startup({ user: 'agent', database: 'development' }));
  await client.authenticate(stage.session.token);
}
