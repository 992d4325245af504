import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlParser } from '@agentguard/rules';
import type { Environment } from '@agentguard/rules';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { effectiveEnvironment, loadPolicy } from './policy-file.ts';

const PARSER = await loadSqlParser();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('without a file the built-in rules are in force', () => {
  expect(loadPolicy(join(folder, 'agentguard.yaml'), PARSER).state.kind).toBe('in force');
});

test.each(['version: 1\nrules: [no]', 'version: [', '\t'])(
  'a file that cannot be put in force leaves nothing in force: %j',
  (text) => {
    const path = join(folder, 'agentguard.yaml');
    writeFileSync(path, text);
    expect(loadPolicy(path, PARSER).state).toMatchObject({ kind: 'broken' });
  },
);

test('a folder in place of the file leaves nothing in force', () => {
  expect(loadPolicy(folder, PARSER).state).toMatchObject({ kind: 'broken' });
});

test.each<[Environment, Environment, Environment]>([
  ['production', 'development', 'production'],
  ['unknown', 'development', 'unknown'],
  ['development', 'production', 'production'],
  ['development', 'staging', 'staging'],
  ['staging', 'development', 'staging'],
  ['staging', 'unknown', 'unknown'],
])('added as %s and called %s in the file counts as %s', (added, said, counts) => {
  const file = { environments: { shop: said } };
  expect(effectiveEnvironment('shop', added, file)).toBe(counts);
});
