/** Other readers than dotenv: after a move each of them must see the reference as one value. */

import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestProject } from './fixtures/memory-vault.ts';
import { parseReference } from './reference.ts';

const URL = ['postgres:', '', 'app:hunter2@db.example/shop?schema=public&pgbouncer=true'].join('/');

let project: TestProject;
beforeEach(async () => {
  project = new TestProject({
    '.env': `A_TOKEN=tok-123456\nB_TOKEN="tok 123456" # x\nC_TOKEN='tok 123456'\nDATABASE_URL="${URL}"\n`,
  });
  await project.apply();
});
afterEach(() => {
  project.remove();
});

const NAMES = ['A_TOKEN', 'B_TOKEN', 'C_TOKEN', 'DATABASE_URL'] as const;

describe('a reference is one value', () => {
  test('to Node (--env-file)', () => {
    const values = parseEnv(project.read('.env'));
    for (const name of NAMES) expect(parseReference(values[name] ?? '')).not.toBeNull();
  });

  test('to a shell', () => {
    const script = `set -a; . ./.env; printf '%s\\n' ${NAMES.map((name) => `"$${name}"`).join(' ')}`;
    const printed = execFileSync('sh', ['-c', script], { cwd: project.root, encoding: 'utf8' });
    const values = printed.trimEnd().split('\n');
    expect(values).toHaveLength(NAMES.length);
    for (const value of values) expect(parseReference(value)).not.toBeNull();
  });

  test('where quotes are read as part of it too (docker --env-file)', () => {
    const lines = project.read('.env').split('\n');
    expect(lines.find((line) => line.startsWith('A_TOKEN='))).toBe(
      'A_TOKEN=agentguard:rental-A_TOKEN',
    );
  });
});
