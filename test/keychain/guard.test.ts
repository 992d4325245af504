/** The whole guard with its vault in a real keychain that is locked, goes away, or never was there. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { keychainService, openVault } from '../../daemon/src/secrets/open-vault.ts';
import { startGuard } from '../servers/guard.ts';
import type { Guard } from '../servers/guard.ts';
import { startKeyring, whyNoKeyring } from '../servers/keyring.ts';
import type { KeyringState, PrivateKeyring, Prompter } from '../servers/keyring.ts';
import { skipLoudly } from '../servers/skip.ts';
import {
  connectClient,
  settle,
  startLifecycleStage,
} from '../scenarios/lifecycle/lifecycle-stage.ts';
import type { LifecycleStage } from '../scenarios/lifecycle/lifecycle-stage.ts';

// Each of these starts the command line a dozen times.
vi.setConfig({ testTimeout: 180_000 });

const missing = whyNoKeyring();
const CANARY = 'canary-77aa-secret';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** The variables of a machine with this keyring and nothing chosen. */
function envOf(keyring: PrivateKeyring): Readonly<Record<string, string>> {
  return { ...keyring.env, AGENTGUARD_SECRET_STORE: '' };
}

async function keyringIn(state: KeyringState, prompter?: Prompter): Promise<PrivateKeyring> {
  const keyring = await startKeyring(state, prompter);
  cleanups.push(() => keyring.stop());
  return keyring;
}

async function lifecycle(keyring: PrivateKeyring): Promise<LifecycleStage> {
  const stage = await startLifecycleStage({ guard: { env: envOf(keyring) } });
  cleanups.push(() => stage.stop());
  return stage;
}

/** A guard that starts its daemon only when a command needs it. */
async function unstarted(env: Readonly<Record<string, string>>): Promise<Guard> {
  const guard = await startGuard({ resources: [], env, started: false });
  cleanups.push(() => guard.stop());
  return guard;
}

function find(keyring: PrivateKeyring, guard: Guard, name: string): string | null {
  return keyring.lookup(keychainService(guard.home), name);
}

describe.skipIf(missing !== null && skipLoudly(`the guard with a keychain: ${missing}`))(
  'a guard with its vault in the keychain',
  () => {
    test('keeps URL and signing key there and nowhere else, and works with them (P-03)', async () => {
      const keyring = await keyringIn('unlocked');
      const { guard, server } = await lifecycle(keyring);
      expect(find(keyring, guard, 'resource:shop')).toBe(server.url());
      expect(find(keyring, guard, 'record:signing-key')).toMatch(/^PRIVATE\+KEY\+/);
      expect(existsSync(join(guard.paths.state, 'vault.json'))).toBe(false);
      const client = await connectClient((await guard.session()).url());
      expect(await settle(client, 'select 1')).toMatchObject({ ok: true });
      await client.end();
      await guard.cli(['secret', 'set', 'API_KEY'], `${CANARY}\n`);
      expect(find(keyring, guard, 'API_KEY')).toBe(CANARY);
      const { stdout } = await guard.cli(['secret', 'list', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        backend: 'keychain',
        secrets: [{ name: 'API_KEY' }, { name: 'resource:shop', usedBy: ['shop'] }],
      });
      await guard.cli(['secret', 'remove', 'API_KEY']);
      expect(find(keyring, guard, 'API_KEY')).toBeNull();
    });

    test('locked while it works: what is connected goes on, what is new is refused, and it comes back', async () => {
      const keyring = await keyringIn('unlocked');
      const { guard } = await lifecycle(keyring);
      const session = await guard.session();
      const client = await connectClient(session.url());
      keyring.lock();
      expect(await settle(client, 'select 1')).toMatchObject({ ok: true });
      await expect(connectClient(session.url())).rejects.toThrow(/agentguard could not connect/);
      const tested = await guard.cli(['resource', 'test', 'shop']);
      expect(tested.code).toBe(1);
      expect(tested.stderr).toMatch(/the keychain is locked/);
      expect(tested.stderr).toMatch(/agentguard secret backend file/);
      const status = await guard.cli(['secret', 'backend']);
      expect(status.code).toBe(1);
      expect(status.stdout).toMatch(/in the keychain/);
      // Gone altogether is the same: an error, and nothing in its place.
      await keyring.endService();
      await expect(connectClient(session.url())).rejects.toThrow(/agentguard could not connect/);
      expect((await guard.cli(['resource', 'test', 'shop'])).stderr).toMatch(/no keychain that/);
      const refused = await guard.cli(['secret', 'set', 'API_KEY'], CANARY);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(await guard.audit({ text: 'secret set: failed' })).toHaveLength(1);
      await keyring.unlock();
      const again = await connectClient(session.url());
      expect(await settle(again, 'select 1')).toMatchObject({ ok: true });
      await client.end();
      await again.end();
    });

    test('gone after a restart: the daemon does not start, and no other vault is begun (P-60)', async () => {
      const keyring = await keyringIn('unlocked');
      const { guard } = await lifecycle(keyring);
      await guard.kill();
      await keyring.endService();
      const listed = await guard.cli(['secret', 'list']);
      expect(listed.code).toBe(4);
      expect(listed.stderr).toMatch(/no keychain that answers/);
      expect(listed.stderr).toMatch(/try again; or .*agentguard secret backend file/);
      // The record was signed by a key that is in the keychain, so even asking for the file does not begin anew.
      const moved = await guard.cli(['secret', 'backend', 'file']);
      expect(moved.code).toBe(4);
      expect(moved.stderr).toMatch(/does not hold the key that signed the record/);
      expect(existsSync(join(guard.paths.state, 'vault.json'))).toBe(false);
      await keyring.unlock();
      await guard.restart();
      expect((await guard.cli(['resource', 'test', 'shop'])).code).toBe(0);
    });

    test('locked at the start, and nobody answers the prompt: the command ends, and says what to do', async () => {
      const keyring = await keyringIn('unlocked', 'hangs');
      const { guard } = await lifecycle(keyring);
      await guard.kill();
      keyring.lock();
      const started = performance.now();
      const listed = await guard.cli(['secret', 'list']);
      // The daemon gives the person 15 s, and the command waits for the daemon for 20 s.
      expect(performance.now() - started).toBeLessThan(30_000);
      expect(listed.code).toBe(4);
      expect(listed.stderr).toMatch(
        /the keychain does not answer; it may wait for you to unlock it/,
      );
      await keyring.unlock();
      await guard.restart();
    });

    test('moves to a file and back with everything in it', async () => {
      const keyring = await keyringIn('unlocked');
      const { guard, server } = await lifecycle(keyring);
      const there = await guard.cli(['secret', 'backend', 'file']);
      expect(there.stdout).toBe('the vault is in the file; 3 secrets were moved\n');
      expect(find(keyring, guard, 'resource:shop')).toBeNull();
      expect(find(keyring, guard, 'record:signing-key')).toBeNull();
      // The choice is remembered, though a keychain works and no variable says so.
      await guard.kill();
      await guard.restart();
      expect((await guard.cli(['secret', 'backend', '--json'])).stdout).toMatch(
        /"backend":"file","chosenBy":"person"/,
      );
      expect((await guard.cli(['resource', 'test', 'shop'])).code).toBe(0);
      const back = await guard.cli(['secret', 'backend', 'keychain']);
      expect(back.stdout).toBe('the vault is in the keychain; 3 secrets were moved\n');
      expect(find(keyring, guard, 'resource:shop')).toBe(server.url());
      await guard.kill();
      await guard.restart();
      expect((await guard.cli(['resource', 'test', 'shop'])).code).toBe(0);
    });

    test('a move to a keychain that is locked changes nothing', async () => {
      const keyring = await keyringIn('unlocked');
      const { guard } = await lifecycle(keyring);
      await guard.cli(['secret', 'backend', 'file']);
      keyring.lock();
      const moved = await guard.cli(['secret', 'backend', 'keychain']);
      expect(moved.code).toBe(1);
      expect(moved.stderr).toMatch(/locked/);
      expect((await guard.cli(['resource', 'test', 'shop'])).code).toBe(0);
      expect((await guard.cli(['secret', 'backend'])).stdout).toMatch(/in the file/);
    });

    test.each<[KeyringState, RegExp]>([['never unlocked', /no collection/]])(
      '%s: the first command says the two ways on, and choosing the file is one',
      async (state, why) => {
        const keyring = await keyringIn(state);
        const guard = await unstarted(envOf(keyring));
        const refused = await guard.cli(['secret', 'set', 'API_KEY'], CANARY);
        expect(refused.code).toBe(4);
        expect(refused.stderr).toMatch(why);
        expect(refused.stderr).toMatch(/try again; or .*agentguard secret backend file/);
        expect(refused.stdout + refused.stderr).not.toContain('canary');
        expect(existsSync(join(guard.paths.state, 'vault.json'))).toBe(false);
        const chosen = await guard.cli(['secret', 'backend', 'file']);
        expect(chosen).toMatchObject({ code: 0, stdout: 'the vault is in the file\n' });
        expect((await guard.cli(['secret', 'set', 'API_KEY'], CANARY)).code).toBe(0);
        await guard.kill();
        // Remembered: nothing in the environment says so.
        const listed = await guard.cli(['secret', 'list', '--json']);
        expect(listed.stdout).toMatch(/"backend":"file".*"name":"API_KEY"/);
        expect(readFileSync(join(guard.paths.state, 'vault.json'), 'utf8')).not.toContain('canary');
      },
    );

    test.each<KeyringState>(['no bus', 'no service'])(
      '%s: a home of its own keeps its vault in a file, and says so',
      async (state) => {
        const keyring = await keyringIn(state);
        const guard = await unstarted(envOf(keyring));
        const done = await guard.cli(['secret', 'set', 'API_KEY'], CANARY);
        expect(done.code).toBe(0);
        expect(done.stderr).toMatch(/no keychain answers here, so this home keeps its secrets/);
        expect(done.stdout + done.stderr).not.toContain('canary');
        const vault = readFileSync(join(guard.paths.state, 'vault.json'), 'utf8');
        expect(vault).toContain('API_KEY');
        expect(vault).not.toContain('canary');
      },
    );

    test.each<KeyringState>(['no bus', 'no service'])(
      "%s: in the person's own folders nothing is chosen for them, and the two ways on are said",
      async (state) => {
        const keyring = await keyringIn(state);
        const folder = mkdtempSync(join(tmpdir(), 'ag-own-'));
        cleanups.push(() => {
          rmSync(folder, { recursive: true, force: true });
          return Promise.resolve();
        });
        const opening = openVault({
          paths: { config: folder, state: folder, home: null },
          env: envOf(keyring),
          now: () => Date.now(),
        });
        await expect(opening).rejects.toMatchObject({
          message: 'there is no keychain that answers',
          help: expect.stringMatching(/try again; or .*agentguard secret backend file/) as string,
        });
        expect(existsSync(join(folder, 'vault.json'))).toBe(false);
      },
    );

    test('no keychain, and asked for one: an error, whatever file lies there', async () => {
      const keyring = await keyringIn('no service');
      const env = { ...keyring.env, AGENTGUARD_SECRET_STORE: 'keychain' };
      const guard = await unstarted(env);
      const refused = await guard.cli(['secret', 'set', 'API_KEY'], CANARY);
      expect(refused.code).toBe(4);
      expect(refused.stderr).toMatch(/no keychain that answers/);
      expect(existsSync(join(guard.paths.state, 'vault.json'))).toBe(false);
    });
  },
);
