import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PinnedTree } from './pinned-tree.ts';
import { textToRawPath } from './raw-path.ts';

let base: string;
let tree: PinnedTree;
const at = (path: string): Buffer | null => tree.at(textToRawPath(path));

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ag-pinned-'));
  mkdirSync(join(base, 'root/in/deep'), { recursive: true });
  mkdirSync(join(base, 'outside'));
  writeFileSync(join(base, 'root/in/deep/file'), 'inside');
  writeFileSync(join(base, 'outside/file'), 'outside');
  symlinkSync(join(base, 'outside'), join(base, 'root/link'));
  tree = new PinnedTree(join(base, 'root'));
});
afterEach(() => {
  tree.close();
  rmSync(base, { recursive: true, force: true });
});

test('a file below is reached', () => {
  expect(readFileSync(at('in/deep/file')!, 'utf8')).toBe('inside');
});

test.each([
  'link/file',
  '../outside/file',
  'in/../../outside/file',
  'in/./deep/file',
  '',
  'in//deep',
  'none/file',
  'in/deep/file/x',
  'in/a\0b',
])('`%s` leads nowhere', (path) => {
  expect(at(path)).toBeNull();
});

describe.runIf(process.platform === 'linux')('on Linux, which alone pins folders,', () => {
  test('a folder that is swapped for a link after it was looked at still is the folder', () => {
    const place = at('in/deep/file')!;
    renameSync(join(base, 'root/in/deep'), join(base, 'root/in/away'));
    symlinkSync(join(base, 'outside'), join(base, 'root/in/deep'));
    expect(readFileSync(place, 'utf8')).toBe('inside');
    tree.forget();
    expect(at('in/deep/file')).toBeNull();
  });
});

test('missing folders on the way are made, and nothing is made through a link', () => {
  tree.makeParents(textToRawPath('new/more/file'), 0o755);
  expect(at('new/more/file')).not.toBeNull();
  tree.makeParents(textToRawPath('link/more/file'), 0o755);
  expect(() => readFileSync(join(base, 'outside/more'))).toThrow(/ENOENT/);
});
