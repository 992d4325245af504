/** A secret on its way into the vault and out of it, looked for in everything that others could read (P-03). */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { startGuard } from '../servers/guard.ts';
import type { Guard, Printed } from '../servers/guard.ts';
import { startKeyring, whyNoKeyring } from '../servers/keyring.ts';
import { skipLoudly } from '../servers/skip.ts';

const missing = whyNoKeyring();
const CANARY = 'canary-f00d-secret';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A process is new to its program for its first looks only; what it was started with does not change later. */
const LOOKS = 20;

/** Looks at arguments and variables of every new process until told to stop. */
async function watchProcesses(until: { done: boolean }): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const looks = new Map<string, number>();
  while (!until.done) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const looked = looks.get(pid) ?? 0;
      if (looked >= LOOKS) continue;
      looks.set(pid, looked + 1);
      for (const file of ['cmdline', 'environ']) {
        try {
          const bytes = readFileSync(join('/proc', pid, file));
          if (bytes.includes(CANARY)) seen.add(`${file} of ${bytes.toString('latin1')}`);
        } catch {
          // It ended meanwhile.
        }
      }
    }
    await sleep(2);
  }
  return seen;
}

/** Every file below the guard's home that holds the canary, in the clear or in base64. */
function filesWithCanary(home: string): readonly string[] {
  const forms = [CANARY, Buffer.from(CANARY).toString('base64').slice(0, 20)];
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => forms.some((form) => readFileSync(path).includes(form)));
}

/** Each command that has to do with a value, the failing ones too. */
async function exercise(guard: Guard): Promise<readonly Printed[]> {
  const run = (args: readonly string[], stdin = ''): Promise<Printed> => guard.cli(args, stdin);
  return [
    await run(['secret', 'set', 'A'], CANARY),
    await run(['secret', 'set', 'A', '--json'], CANARY),
    await run(['secret', 'set', 'URL'], `postgres://u:${CANARY}@127.0.0.1:1/d`),
    await run(['secret', 'set', 'NO URL'], CANARY),
    await run(['secret', 'set', 'Z'], `${CANARY}\0`),
    await run(['secret', 'set', 'Z'], CANARY.repeat(5000)),
    await run(['secret', 'import', '-'], `B=${CANARY}\nA=${CANARY}\n`),
    await run(['secret', 'import', '-'], `B=${CANARY}\n${CANARY}\n`),
    await run(['secret', 'import', '-', '--replace'], JSON.stringify({ A: CANARY, B: CANARY })),
    await run(['resource', 'add', 'gone', '--kind', 'postgres', '--credential', 'vault:URL']),
    await run(['resource', 'test', 'gone']),
    await run(['resource', 'add', 'bad', '--kind', 'postgres', '--credential', 'vault:A']),
    await run(['resource', 'add', 'bad', '--kind', 'postgres'], CANARY),
    await run(['secret', 'remove', 'URL']),
    await run(['secret', 'list', '--json']),
    await run(['secret', 'backend', 'file']),
    await run(['secret', 'backend', 'file', '--passphrase'], `${CANARY} passphrase`),
    await run(['secret', 'backend', 'keychain']),
    await run(['audit', 'query', '--limit', '1000', '--json']),
  ];
}

describe.skipIf(missing !== null && skipLoudly(`the canary in the keychain: ${missing}`))(
  'a secret',
  () => {
    test('is in no argument, variable, file, log, record, error or output', async () => {
      const keyring = await startKeyring('unlocked');
      cleanups.push(() => keyring.stop());
      const env = { ...keyring.env, AGENTGUARD_SECRET_STORE: '' };
      const guard = await startGuard({ resources: [], env });
      cleanups.push(() => guard.stop());
      const until = { done: false };
      const watching = watchProcesses(until);
      const printed = await exercise(guard);
      until.done = true;
      expect([...(await watching)]).toEqual([]);
      // Each did what it was meant to: an exercise that failed early would prove nothing.
      expect(printed.map(({ code }) => code)).toEqual([
        0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0,
      ]);
      expect(printed.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain('canary');
      expect(guard.log()).not.toContain('canary');
      await guard.kill();
      expect(filesWithCanary(guard.home)).toEqual([]);
    }, 180_000);

    test('is found by this test where it is in an argument', async () => {
      const until = { done: false };
      const watching = watchProcesses(until);
      const guard = await startGuard({ resources: [], started: false });
      cleanups.push(() => guard.stop());
      await guard.cli(['secret', 'set', 'A', CANARY]);
      until.done = true;
      expect((await watching).size).toBeGreaterThan(0);
    });
  },
);
