import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeCaller } from './who-calls.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'who-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function git(...args: readonly string[]): void {
  execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
}

describe('who starts what', () => {
  test('is told by the repository and by the package of the agent', async () => {
    git('init', '-q', '-b', 'feature/cars');
    git('config', 'user.name', 'Ana');
    git('config', 'user.email', 'ana@example.com');
    const program = join(folder, 'lib', 'agent', 'cli.js');
    mkdirSync(join(folder, 'lib', 'agent'), { recursive: true });
    writeFileSync(join(folder, 'lib', 'agent', 'package.json'), '{"version":"2.1.329"}');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    symlinkSync(program, join(folder, 'agent'));
    expect(await describeCaller('agent', folder, folder)).toEqual({
      gitIdentity: 'Ana <ana@example.com>',
      branch: 'feature/cars',
      agentVersion: '2.1.329',
    });
  });

  test('is the name that git itself would use when there are several', async () => {
    git('init', '-q', '-b', 'main');
    git('config', 'user.name', 'Ana');
    git('config', '--add', 'user.name', 'Ana B.');
    const { gitIdentity } = await describeCaller('no-such-program', folder, folder);
    expect(gitIdentity).toMatch(/^Ana B\./);
  });

  test('is left out where nothing is to be found', async () => {
    const found = await describeCaller('no-such-program', join(folder, 'missing'), folder);
    expect(found).toEqual({ gitIdentity: null, branch: null, agentVersion: null });
  });

  test('is not taken from a package that says nothing of use', async () => {
    writeFileSync(join(folder, 'package.json'), '{"version":7}');
    writeFileSync(join(folder, 'agent'), '#!/bin/sh\n');
    chmodSync(join(folder, 'agent'), 0o755);
    const { agentVersion } = await describeCaller('agent', folder, folder);
    expect(agentVersion).toBeNull();
  });
});
