import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { acquireInstanceLock } from './single-instance.ts';

// Each of these starts programs, and a busy machine takes its time over that.
vi.setConfig({ testTimeout: 30_000 });

const MODULE = join(import.meta.dirname, 'single-instance.ts');

let folder: string;
let path: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'single-instance-'));
  path = join(folder, 'daemon.lock');
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that tries the lock, says how that went, and stays. */
async function contend(): Promise<string> {
  const program = `
    import { acquireInstanceLock } from ${JSON.stringify(MODULE)};
    console.log(acquireInstanceLock(${JSON.stringify(path)}, '/socket').kind);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return line;
}

describe('the lock', () => {
  test('is taken by exactly one of many that start together', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, contend));
    expect(results.sort()).toEqual(['acquired', 'taken', 'taken', 'taken', 'taken']);
  });

  test('is free at once when its holder is killed, whatever is left in the file', async () => {
    expect(await contend()).toBe('acquired');
    const holder = children[0]!;
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await contend()).toBe('acquired');
  });

  test('names its holder', async () => {
    expect(await contend()).toBe('acquired');
    expect(acquireInstanceLock(path, '/mine')).toEqual({
      kind: 'taken',
      holder: { pid: children[0]!.pid, socket: '/socket' },
    });
  });

  test('can be taken again after it was released', () => {
    for (let time = 0; time < 2; time += 1) {
      const result = acquireInstanceLock(path, '/socket');
      expect(result.kind).toBe('acquired');
      if (result.kind === 'acquired') result.lock.release();
    }
  });

  test('does not trust what a file says: a stale or broken one is no obstacle', () => {
    for (const content of ['{"pid":1,"socket":"/old"}', 'garbage', '']) {
      writeFileSync(path, content);
      const result = acquireInstanceLock(path, '/socket');
      expect(result.kind).toBe('acquired');
      if (result.kind === 'acquired') result.lock.release();
    }
  });
});
