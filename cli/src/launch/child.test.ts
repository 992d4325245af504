import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

// Each of these starts programs, and a busy machine takes its time over that.
vi.setConfig({ testTimeout: 30_000 });

const LAUNCHER = join(import.meta.dirname, 'fixtures', 'launcher.ts');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'child-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Launcher = ChildProcessByStdio<null, Readable, Readable>;

function launch(mode: 'plain' | 'keep', command: readonly string[]): Launcher {
  return spawn(process.execPath, [LAUNCHER, mode, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function endOf(
  launcher: Launcher,
): Promise<{ code: number | null; out: string; err: string }> {
  let out = '';
  let err = '';
  launcher.stdout.on('data', (chunk) => (out += String(chunk)));
  launcher.stderr.on('data', (chunk) => (err += String(chunk)));
  await once(launcher, 'close');
  return { code: launcher.exitCode, out, err };
}

/** Waits until the command inside has said that it is there. */
async function heard(launcher: Launcher, word: string): Promise<void> {
  let text = '';
  while (!text.includes(word)) text += String(await once(launcher.stdout, 'data'));
}

describe('a command', () => {
  test.each([
    ['that ends well', ['true'], 0],
    ['that ends with a number', ['sh', '-c', 'exit 7'], 7],
    ['that ends with the largest number', ['sh', '-c', 'exit 255'], 255],
    ['that dies of SIGTERM', ['sh', '-c', 'kill -TERM $$'], 143],
    ['that dies of SIGKILL', ['sh', '-c', 'kill -KILL $$'], 137],
  ])('%s gives its own exit code', async (_name, command, code) => {
    expect(await endOf(launch('plain', command))).toMatchObject({ code });
  });

  test('that is not there ends in 127, and says so', async () => {
    const end = await endOf(launch('plain', ['no-such-command-here']));
    expect(end).toMatchObject({ code: 127, err: '`no-such-command-here` is not a command here\n' });
  });

  test('that is no program ends in 126', async () => {
    const file = join(folder, 'plain.txt');
    writeFileSync(file, 'x');
    chmodSync(file, 0o644);
    expect((await endOf(launch('plain', [file]))).code).toBe(126);
    expect((await endOf(launch('plain', [folder]))).code).toBe(126);
  });

  test('gets its arguments as they were typed', async () => {
    const args = ['--flag', '', 'two words', '$HOME', '*', "it's", '--', '-x', 'ü\n'];
    const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const end = await endOf(launch('plain', [process.execPath, '-e', print, '--', ...args]));
    expect(JSON.parse(end.out)).toEqual(args);
  });
});

describe('a signal', () => {
  const trap = (signal: string): readonly string[] => [
    'sh',
    '-c',
    `trap 'echo got; exit 3' ${signal}; echo ready; for i in $(seq 400); do sleep 0.05; done`,
  ];

  test.each(['TERM', 'HUP', 'USR1', 'USR2', 'INT'] as const)(
    'SIG%s that is sent to us reaches the command, which decides',
    async (signal) => {
      const launcher = launch('plain', trap(signal));
      await heard(launcher, 'ready');
      launcher.kill(`SIG${signal}`);
      expect(await endOf(launcher)).toMatchObject({ code: 3, err: '' });
    },
  );
});

describe.runIf(process.platform === 'linux')('a process that leaves its parents (Linux)', () => {
  /** Forks twice, leaves the session, and says once an orphan whose child it now is. */
  const leave = [
    'sh',
    '-c',
    `(setsid sh -c 'sleep 0.3; echo parent $(ps -o ppid= -p $$)' & exit 0) & wait; sleep 0.8`,
  ];

  test('stays a descendant', async () => {
    const launcher = launch('keep', leave);
    const end = await endOf(launcher);
    expect(end.out).toMatch(new RegExp(`^parent +${launcher.pid!}\\n$`));
  });

  test('would be lost without that', async () => {
    const launcher = launch('plain', leave);
    const end = await endOf(launcher);
    expect(end.out).toMatch(/^parent +\d+\n$/);
    expect(end.out).not.toContain(String(launcher.pid!));
  });
});
