/** Each attempt is made inside a real sandbox, in front of the real daemon, and its neighbour that must work too. */

import { spawnSync } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NETWORK, PROCESSES, READING, WRITING } from './attempts.ts';
import type { Attempt } from './attempts.ts';
import { CLOSED_FILES, HOME_CANARY, hasSandbox, startSandboxStage } from './sandbox-stage.ts';
import type { SandboxStage } from './sandbox-stage.ts';

describe.runIf(hasSandbox())('inside a sandbox', () => {
  let stage: SandboxStage;
  let results: ReadonlyMap<string, string>;
  const before = new Map<string, string>();

  beforeAll(async () => {
    stage = await startSandboxStage();
    for (const name of CLOSED_FILES) {
      before.set(name, readFileSync(join(stage.workspace, name), 'utf8'));
    }
    results = await tryAll(stage, [...NETWORK, ...READING, ...WRITING, ...PROCESSES]);
  });

  afterAll(() => stage.stop());

  const fails = ({ name }: Attempt): void => {
    const result = results.get(name)!;
    expect(result).not.toContain(HOME_CANARY);
    expect(result).toMatch(/ended [1-9]\d*$/);
  };

  describe('nothing outside is reached but the guard (P-50)', () => {
    test.each(NETWORK)('not $name', fails);

    test('and nobody outside has seen a connection', () => {
      expect(stage.reached()).toBe(0);
    });
  });

  describe('no secret is read (P-51)', () => {
    test.each(READING)('not $name', fails);
  });

  test.each([9, 40])('a folder that the person had open as %i is closed (P-51)', (number) => {
    const secrets = openSync(join(stage.home, '.ssh'), 'r');
    const { file, args, cwd, env } = stage.command('ls /proc/self/fd | wc -l');
    const none = Array<'ignore'>(number - 3).fill('ignore');
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...none, secrets];
    const done = spawnSync(file, args, { cwd, env, stdio });
    closeSync(secrets);
    // Three, and the one that the list is read by.
    expect(done.stdout.toString()).toBe('4\n');
  });

  describe('nothing is left behind that runs outside (P-52)', () => {
    test.each(WRITING)('not $name', fails);

    test.each(CLOSED_FILES)('%s is as it was', (name) => {
      expect(readFileSync(join(stage.workspace, name), 'utf8')).toBe(before.get(name));
    });

    test('what was not there is set aside, and said', async () => {
      const { stderr } = await stage.run('mkdir .idea; echo evil > .idea/workspace.xml; sleep 0.2');
      expect(existsSync(join(stage.workspace, '.idea'))).toBe(false);
      expect(stderr).toContain('/.idea would run outside the sandbox; it is set aside');
    });

    test('what is put into the home folder ends with the session', async () => {
      const made = await stage.run(
        'echo evil > ~/.bashrc && mkdir -p ~/.config/autostart ~/bin && echo x > ~/bin/git && cat ~/.bashrc',
      );
      expect(made).toMatchObject({ code: 0, stdout: 'evil\n' });
      expect(readdirSync(stage.home)).not.toContain('.bashrc');
      expect(readdirSync(stage.home)).not.toContain('bin');
    });

    test('the cache of the person is neither read nor written; that of the sandbox lasts', async () => {
      await stage.run('test ! -e ~/.npm/_cacache/kept && echo poisoned > ~/.npm/planted');
      expect(readdirSync(join(stage.home, '.npm'))).toEqual(['_cacache']);
      expect(await stage.run('cat ~/.npm/planted')).toMatchObject({ stdout: 'poisoned\n' });
    });
  });

  describe('no process outside is touched (P-53)', () => {
    test.each(PROCESSES)('not $name', fails);

    test('ending everything ends the session alone', async () => {
      await stage.run('sh -c "kill -9 -1"');
      await expect(stage.guard.pid()).resolves.toBeGreaterThan(0);
    });

    test('the first process shows no environment of the person', async () => {
      const { stdout } = await stage.run('tr "\\0" "\\n" < /proc/1/environ | cut -d= -f1 | sort');
      expect(stdout.trim().split('\n').sort()).toEqual([
        'NODE_CHANNEL_FD',
        'NODE_CHANNEL_SERIALIZATION_MODE',
        'PATH',
        'PWD',
      ]);
    });
  });
});

/** Makes every attempt in one session, and gives what each printed with how it ended. */
async function tryAll(
  stage: SandboxStage,
  attempts: readonly Attempt[],
): Promise<ReadonlyMap<string, string>> {
  const script = attempts
    .map(({ script: one }, index) => `echo '@@${index}'; ( ${one}\n) 2>&1; echo "ended $?"`)
    .join('\n');
  const { stdout, stderr } = await stage.run(script, {
    env: {
      DAEMON: String(await stage.guard.pid()),
      GUARD_PROGRAM: stage.guard.command[1],
      ARCH: process.arch,
    },
  });
  const parts = stdout.split(/^@@\d+\n/m).slice(1);
  if (parts.length !== attempts.length) throw new Error(`not all was tried: ${stderr}`);
  return new Map(attempts.map(({ name }, index) => [name, parts[index]!.trim()]));
}
