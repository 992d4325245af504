import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withShims } from './shims.ts';

const SHIMS = join(import.meta.dirname, '../../shims');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shims-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function install(name: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho "real ${name}: $*"\nexit 7\n`);
  chmodSync(join(folder, name), 0o755);
}

function run(name: string, args: readonly string[], session = true) {
  const env = withShims({ PATH: `${folder}:/usr/bin:/bin`, PGPORT: '6543' });
  return spawnSync(name, args, {
    encoding: 'utf8',
    env: { ...env, ...(session ? { AGENTGUARD_SESSION: 'ses-1' } : {}) },
  });
}

const TOOLS = readdirSync(SHIMS).filter((name) => name !== 'guarded-tool');

describe('a tool in a session', () => {
  test.each(TOOLS)('%s is still itself: arguments, output and exit code', (name) => {
    install(name);
    const done = run(name, ['--flag', 'two words', '$HOME']);
    expect(done.stdout).toBe(`real ${name}: --flag two words $HOME\n`);
    expect(done.status).toBe(7);
  });

  test.each([
    ['psql', 'postgres://ana:pw@db.example:5432/shop', /does not lead to the guard/],
    ['psql', 'postgresql://127.0.0.1:5432/shop', /does not lead to the guard/],
    ['pg_dump', 'postgres://ana:pw@127.0.0.1:5432/shop', /does not lead to the guard/],
    ['mongosh', 'mongodb://db.example', /no guarded database/],
    ['aws', 's3', /no credential/],
    ['kubectl', 'get', /no credential/],
  ])('%s %s says what it will meet, and is started all the same', (name, argument, expected) => {
    install(name);
    const done = run(name, [argument]);
    expect(done.stderr).toMatch(expected);
    expect(done.stdout).toContain(`real ${name}`);
  });

  test.each([
    ['psql', ['postgres://agent:token@127.0.0.1:6543/shop']],
    ['psql', ['-c', 'select 1']],
    ['pg_dump', ['shop']],
  ])('%s %j says nothing', (name, args) => {
    install(name);
    expect(run(name, args).stderr).toBe('');
  });

  test('that is not installed is said to be missing', () => {
    const env = withShims({ PATH: folder });
    const done = spawnSync('/bin/sh', [join(SHIMS, 'railway')], {
      encoding: 'utf8',
      env: { ...env, PATH: `${env['PATH'] ?? ''}:/nowhere`, AGENTGUARD_SESSION: 'ses-1' },
    });
    expect(done.status).toBe(127);
    expect(done.stderr).toMatch(/not/);
  });
});

test('outside of a session nothing is said', () => {
  install('aws');
  expect(run('aws', [], false).stderr).toBe('');
});
