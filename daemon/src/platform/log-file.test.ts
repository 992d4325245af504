import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile } from './log-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
  path = join(folder, 'daemon.log');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a log is for its owner alone and goes on where it ended', () => {
  for (const line of ['one\n', 'two\n']) {
    const log = openLogFile(path);
    log.write(line);
    log.close();
  }
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a log never grows past its bound, and the newest lines are kept', () => {
  const log = openLogFile(path, 100);
  for (let line = 0; line < 50; line += 1) log.write(`line ${line}\n`);
  log.close();
  expect(statSync(path).size).toBeLessThanOrEqual(100);
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(100);
  const kept = readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8');
  expect(kept.split('\n').slice(-4)).toEqual(['line 47', 'line 48', 'line 49', '']);
});

test('a line longer than the bound is written whole', () => {
  const log = openLogFile(path, 10);
  log.write('a line of more than ten bytes\n');
  log.close();
  expect(readFileSync(path, 'utf8')).toBe('a line of more than ten bytes\n');
});

test('a log that cannot be put aside goes on in the same file', () => {
  const log = openLogFile(path, 10);
  log.write('first line\n');
  rmSync(folder, { recursive: true });
  expect(() => {
    log.write('second line\n');
  }).not.toThrow();
  log.close();
});
