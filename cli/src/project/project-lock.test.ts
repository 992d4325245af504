import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { projectId } from './journal.ts';
import { whileLocked } from './project-lock.ts';

const ROOT = '/srv/shop';
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lock-'));
  vi.stubEnv('AGENTGUARD_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const taken = (): Promise<string> => whileLocked(ROOT, () => Promise.resolve('taken'));
const lock = (): string => join(home, 'state', 'project-locks', projectId(ROOT));

describe('the lock of a project', () => {
  test('lets one at a time, and the next when it is done', async () => {
    await whileLocked(ROOT, async () => {
      await expect(taken()).rejects.toThrow('another agentguard changes this project right now');
      expect(await whileLocked('/srv/other', () => Promise.resolve(1))).toBe(1);
    });
    expect(await taken()).toBe('taken');
  });

  test('is given back when the work fails', async () => {
    await expect(whileLocked(ROOT, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await taken()).toBe('taken');
  });

  test.each([
    ['a process that is gone', '999999999 1'],
    ['a process whose number another one has by now', `${process.pid} 1`],
    ['nobody', ''],
    ['something else', 'x y'],
  ])("of %s is nobody's", async (_name, text) => {
    await taken();
    writeFileSync(lock(), text);
    expect(await taken()).toBe('taken');
  });
});
