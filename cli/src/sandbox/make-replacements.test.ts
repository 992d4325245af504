import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeReplacements } from './make-replacements.ts';
import type { PathRule } from './profile.ts';

let base: string;
let from: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'replacements-'));
  from = join(base, 'cache');
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

/** A cache in the place of `~/.npm`, and a program that has to be seen in it. */
function make(program = '/home/ana/.npm/_npx/3e2d/bin'): void {
  const rules: readonly PathRule[] = [
    { path: '/home/ana/.npm', access: 'replaced', from },
    { path: program, access: 'read-only' },
    { path: '/home/ana/other', access: 'read-only' },
  ];
  makeReplacements(rules);
}

describe('a folder that stands in for a cache (P-52)', () => {
  test('is there, for its owner alone', () => {
    make();
    expect(lstatSync(from).mode & 0o777).toBe(0o700);
  });

  test.each(['_npx', '_npx/3e2d', '_npx/3e2d/bin'])(
    'loses a link that stands on the way to what is mounted in it: %s',
    (name) => {
      const target = join(base, 'away');
      mkdirSync(target);
      mkdirSync(join(from, name, '..'), { recursive: true });
      symlinkSync(target, join(from, name));
      make();
      expect(existsSync(join(from, name))).toBe(false);
      expect(existsSync(target)).toBe(true);
    },
  );

  test.each(['_npx', '_npx/3e2d/bin'])('loses a file that stands in the way: %s', (name) => {
    mkdirSync(join(from, name, '..'), { recursive: true });
    writeFileSync(join(from, name), 'in the way');
    make();
    expect(existsSync(join(from, name))).toBe(false);
  });

  test('keeps everything else: folders, and links and files beside the way', () => {
    mkdirSync(join(from, '_npx/3e2d/bin'), { recursive: true });
    writeFileSync(join(from, '_npx/3e2d/package.json'), '{}');
    symlinkSync('/nowhere', join(from, 'latest'));
    make();
    expect(existsSync(join(from, '_npx/3e2d/bin'))).toBe(true);
    expect(existsSync(join(from, '_npx/3e2d/package.json'))).toBe(true);
    expect(readlinkSync(join(from, 'latest'))).toBe('/nowhere');
  });
});
