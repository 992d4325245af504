import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  carriesVariable,
  currentProcess,
  hasTerminalInput,
  isAlive,
  listProcesses,
  parseProcStat,
  parsePsLine,
  readProcess,
} from './processes.ts';

/** A line of /proc/<pid>/stat with the given name, parent 7 and start 99. */
function stat(name: string): string {
  const after = ['S', '7', ...Array<string>(17).fill('0'), '99', '1000'];
  return `42 (${name}) ${after.join(' ')}\n`;
}

describe('the status of a process', () => {
  test.each(['node', 'a b', 'x) S 1 1 1', '((', 'newline\nS 1'])(
    'is read past the name `%s`',
    (name) => {
      expect(parseProcStat(stat(name))).toEqual({ pid: 42, parent: 7, startedAt: 99 });
    },
  );

  test.each(['', '42', '42 (node)', '42 (node) S x'])(
    'is null when it makes no sense: `%s`',
    (text) => {
      expect(parseProcStat(text)).toBeNull();
    },
  );

  test('is read from a line of ps', () => {
    const line = '  501     1 Sat Nov 21 12:14:33 2026    ';
    const startedAt = Date.parse('Sat Nov 21 12:14:33 2026');
    expect(parsePsLine(line)).toEqual({ pid: 501, parent: 1, startedAt });
    expect(parsePsLine('')).toBeNull();
    expect(parsePsLine('501 1 no date')).toBeNull();
  });
});

describe('this process', () => {
  test('is read with its parent, and stands in the list of all', () => {
    const self = currentProcess();
    expect(readProcess(process.pid)).toEqual({ ...self, parent: process.ppid });
    expect(listProcesses()).toContainEqual({ ...self, parent: process.ppid });
  });

  test('is alive; the same number with another start is not', () => {
    const self = currentProcess();
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startedAt: self.startedAt - 1 })).toBe(false);
  });
});

describe('another process', () => {
  test('shows whether its environment holds a variable, by its whole name', async () => {
    const env = { PATH: process.env['PATH'], CANARY_NAME: 'abc', OTHER: 'CANARY_VALUE=1' };
    const child = spawn('sleep', ['20'], { env });
    try {
      await once(child, 'spawn');
      const pid = child.pid!;
      expect(carriesVariable(pid, 'CANARY_NAME')).toBe(true);
      expect(carriesVariable(pid, 'CANARY_NAME', 'abc')).toBe(true);
      expect(carriesVariable(pid, 'CANARY_NAME', 'abd')).toBe(false);
      expect(carriesVariable(pid, 'CANARY')).toBe(false);
      expect(carriesVariable(pid, 'CANARY_VALUE')).toBe(false);
      expect(hasTerminalInput(pid)).toBe(false);
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  test('that is gone is null, has no terminal, and its environment is not known', () => {
    // Above the largest number that Linux gives out.
    const nobody = 2 ** 22 + 1;
    expect(readProcess(nobody)).toBeNull();
    expect(carriesVariable(nobody, 'PATH')).toBeNull();
    expect(hasTerminalInput(nobody)).toBe(false);
  });
});
