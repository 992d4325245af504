import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram } from './find-program.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function lay(name: string, content: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

test('a program of the kernel is found over PATH, in its order', () => {
  expect(findProgram('sh', `${folder}:/bin`)).toEqual({
    kind: 'found',
    path: '/bin/sh',
    script: false,
  });
  const own = lay('sh', '#!/bin/sh\n');
  expect(findProgram('sh', `${folder}:/bin`)).toEqual({ kind: 'found', path: own, script: false });
});

test('a file that names no reader is for the shell', () => {
  const path = lay('plain', 'echo hello\n');
  expect(findProgram(path, undefined)).toEqual({ kind: 'found', path, script: true });
});

test('a reader that is not there is as if the command were not', () => {
  expect(findProgram(lay('odd', '#!/no/such/reader\n'), undefined)).toEqual({ kind: 'not-found' });
});

test('what is there and may not be run is told apart from what is not there', () => {
  mkdirSync(join(folder, 'sub'));
  lay('locked', 'x', 0o644);
  expect(findProgram('locked', folder)).toEqual({ kind: 'not-executable' });
  expect(findProgram(join(folder, 'sub'), '')).toEqual({ kind: 'not-executable' });
  expect(findProgram('no-such-command', folder)).toEqual({ kind: 'not-found' });
  expect(findProgram('', '/bin')).toEqual({ kind: 'not-found' });
});
