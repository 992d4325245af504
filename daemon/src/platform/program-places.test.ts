import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findInPlaces, programPlaces } from './program-places.ts';

let base: string;
let home: string;
let repository: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'places-'));
  home = join(base, 'ana');
  repository = join(home, 'code', 'shop');
  mkdirSync(join(repository, '.git'), { recursive: true });
  mkdirSync(join(repository, 'packages', 'web'), { recursive: true });
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function placesFrom(folder: string, ...path: readonly string[]): readonly string[] {
  return programPlaces(path.join(':'), folder, home);
}

describe('a folder of the PATH (P-43)', () => {
  test.each([
    ['in the repository', 'bin'],
    ['in a virtual environment', '.venv/bin'],
    ['of a package manager', 'node_modules/.bin'],
    ['of a package beside it', 'packages/api/bin'],
  ])('%s is left out, also from a folder below', (_name, place) => {
    const own = join(repository, place);
    expect(placesFrom(repository, own, '/usr/bin')).toEqual(['/usr/bin']);
    expect(placesFrom(join(repository, 'packages', 'web'), own, '/usr/bin')).toEqual(['/usr/bin']);
  });

  test.each(['.', '', 'bin', '../bin'])('that is written as %j is left out', (place) => {
    expect(placesFrom(repository, place, '/usr/bin')).toEqual(['/usr/bin']);
  });

  test('of the packages of another project is left out', () => {
    expect(placesFrom(repository, join(home, 'code/crm/node_modules/.bin'))).toEqual([]);
  });

  test('of the person stays, behind those of the system', () => {
    const own = join(home, '.local/bin');
    expect(placesFrom(repository, own, '/usr/bin')).toEqual(['/usr/bin', own]);
    expect(placesFrom(home, own, '/usr/bin')).toEqual(['/usr/bin', own]);
    expect(placesFrom('/', own, '/usr/bin')).toEqual(['/usr/bin', own]);
  });

  test('stays in a home that is a repository itself', () => {
    mkdirSync(join(home, '.git'));
    const own = join(home, '.local/bin');
    const plain = join(home, 'notes');
    mkdirSync(plain);
    expect(placesFrom(plain, own, join(plain, 'bin'))).toEqual([own]);
  });
});

test('a program is the first of its name', () => {
  const [first, second] = [join(base, 'one'), join(base, 'two')];
  for (const folder of [first, second]) mkdirSync(folder);
  writeFileSync(join(second, 'tool'), '#!/bin/sh\n');
  chmodSync(join(second, 'tool'), 0o755);
  expect(findInPlaces('tool', [first, second])).toBe(join(second, 'tool'));
  expect(findInPlaces('tool', [first])).toBeNull();
});
