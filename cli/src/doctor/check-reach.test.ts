import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Offer } from '../sandbox/choose.ts';
import { checkReach } from './check-reach.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const AWS = ['AKIA', 'QYLPMN5HFIQR7XYA'].join('');
const MODEL = ['sk-or-', 'v1-', '4f0c9d1e7b2a8c3f5d6e0a1b9c8d7e6f'.repeat(2)].join('');
const NONE: Offer = { kind: 'none', why: 'of a test', help: 'none' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ag-reach-'));
  process.env['AGENTGUARD_HOME'] = join(folder, 'guard');
});
afterEach(() => {
  delete process.env['AGENTGUARD_HOME'];
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe('files in reach', () => {
  test('come worst first, each with what it opens and never with its value', async () => {
    write('project/a.txt', `${MODEL}\n`);
    write('project/z.txt', `${AWS}\n`);
    write('home/.bashrc', `export K=${AWS}\n`);
    const found = await checkReach(join(folder, 'project'), join(folder, 'home'), NONE);
    expect(found.map(({ about, level }) => `${about} ${level}`)).toEqual([
      'z.txt open',
      'a.txt open',
      '~/.bashrc open',
    ]);
    expect(found[0]?.what).toContain('opens infrastructure: AWS access key id');
    expect(JSON.stringify(found)).not.toContain(AWS);
  });

  test('are none where nothing opens a door', async () => {
    write('project/a.txt', 'const password = read();\n');
    mkdirSync(join(folder, 'home'));
    expect(await checkReach(join(folder, 'project'), join(folder, 'home'), NONE)).toEqual([]);
  });
});
