import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { methodShape } from '../control/contract/methods.ts';
import { secretRevealParamsSchema } from '../control/contract/messages/projects.ts';
import type { CallContext } from '../control/server/actor.ts';
import { ResourceStore } from '../resources/resource-store.ts';
import { FileSecretStore } from '../secrets/file-store.ts';
import { projectSecret, RECORD_KEY_SECRET } from '../secrets/secret-name.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { Vault } from '../secrets/vault.ts';
import { makeProjectCalls } from './project-handlers.ts';

const PROJECT = 'a'.repeat(32);
const CALLER = { pid: 1, uid: 0, startedAt: 1 };
const signal = new AbortController().signal;
const PERSON: CallContext = {
  actor: { kind: 'person', person: 'ana', caller: CALLER, surface: null },
  signal,
};
const SESSION: CallContext = {
  actor: { kind: 'session', session: 'ses-1', caller: CALLER },
  signal,
};

let folder: string;
let vault: Vault;
let recorded: string[];
let calls: ReturnType<typeof makeProjectCalls>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'project-calls-'));
  const paths = { vault: join(folder, 'vault.json'), key: join(folder, 'vault.key') };
  vault = new Vault({
    store: new FileSecretStore(paths),
    resolve: () => Promise.reject(new Error('no reference is used here')),
    now: () => 0,
  });
  const resources = new ResourceStore(join(folder, 'resources.json'), vault);
  await vault.setValue('shop-KEY', new SecretValue('canary-key'));
  const url = new SecretValue('canary-url');
  const shop = { name: 'shop', environment: 'production', replace: false } as const;
  await resources.add(shop, { kind: 'url', url });
  recorded = [];
  const recordEvent = (name: string, details: object): Promise<void> => {
    recorded.push(`${name} ${JSON.stringify(details)}`);
    return Promise.resolve();
  };
  calls = makeProjectCalls({ vault, resources, recordEvent });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const ask = (
  secrets: string[],
  resources: string[] = [],
): Parameters<(typeof calls)['secret.reveal']>[0] => ({
  secrets,
  resources,
  purpose: 'exec',
  workspace: '/srv/shop',
});

describe('real values (P-62)', () => {
  test('go to a person, and on the record by name, purpose and place', async () => {
    const revealed = await calls['secret.reveal'](ask(['shop-KEY'], ['shop']), PERSON);
    expect(revealed).toEqual({
      secrets: [{ name: 'shop-KEY', value: 'canary-key' }],
      resources: [{ name: 'shop', url: 'canary-url' }],
    });
    expect(recorded).toHaveLength(1);
    for (const word of ['shop-KEY', '"resources":"shop"', 'exec', '/srv/shop', 'ana']) {
      expect(recorded[0]).toContain(word);
    }
    expect(recorded[0]).not.toContain('canary');
  });

  test('never go to a session', async () => {
    await expect(calls['secret.reveal'](ask(['shop-KEY']), SESSION)).rejects.toThrow('a session');
    const key = { project: PROJECT, create: true, workspace: '/' };
    await expect(calls['project.key'](key, SESSION)).rejects.toThrow('a session');
    await expect(calls['project.forget']({ project: PROJECT }, SESSION)).rejects.toThrow(
      'a session',
    );
    expect(recorded).toEqual([]);
  });

  test.each(['secret.reveal', 'project.key', 'project.forget'] as const)(
    'take the right to decide: %s',
    (method) => {
      expect(methodShape(method).right).toBe('decide');
    },
  );

  test('do not go out when that cannot be recorded', async () => {
    const failing = makeProjectCalls({
      vault,
      resources: { url: () => Promise.resolve(new SecretValue('canary-url')) },
      recordEvent: () => Promise.reject(new Error('the disk is full')),
    });
    await expect(failing['secret.reveal'](ask(['shop-KEY']), PERSON)).rejects.toThrow('full');
    const key = { project: PROJECT, create: true, workspace: '/' };
    await expect(failing['project.key'](key, PERSON)).rejects.toThrow('full');
    expect(await vault.read(projectSecret(PROJECT))).toBeNull();
  });

  test('of the daemon itself cannot be asked for', () => {
    for (const name of [RECORD_KEY_SECRET, projectSecret(PROJECT), 'resource:shop']) {
      expect(secretRevealParamsSchema.safeParse(ask([name])).success).toBe(false);
    }
    expect(secretRevealParamsSchema.safeParse(ask(['shop-KEY'])).success).toBe(true);
  });

  test('that are not there are an error, all or nothing', async () => {
    await expect(calls['secret.reveal'](ask(['shop-KEY', 'none']), PERSON)).rejects.toThrow('none');
    await expect(calls['secret.reveal'](ask([], ['none']), PERSON)).rejects.toThrow('none');
  });
});

describe('the key of a project', () => {
  test('is made once, kept, and forgotten', async () => {
    const use = (create: boolean): Promise<{ key: string | null }> =>
      Promise.resolve(calls['project.key']({ project: PROJECT, create, workspace: '/' }, PERSON));
    expect(await use(false)).toEqual({ key: null });
    const { key } = await use(true);
    expect(Buffer.from(key ?? '', 'base64')).toHaveLength(32);
    expect(await use(true)).toEqual({ key });
    expect(await use(false)).toEqual({ key });
    expect(await calls['project.forget']({ project: PROJECT }, PERSON)).toEqual({ removed: true });
    expect(await use(false)).toEqual({ key: null });
    expect(recorded.join()).not.toContain(key);
  });
});
