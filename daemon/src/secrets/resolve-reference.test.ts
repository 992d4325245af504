import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SecretError } from '../errors.ts';
import { resolveReference } from './resolve-reference.ts';

const CANARY = 'canary-5e2f-secret';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resolve-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function resolve(script: string, timeoutMs = 5000): Promise<string> {
  const argv = ['sh', '-c', script] as const;
  return resolveReference({ kind: 'command', argv: [...argv] }, 'DB', { env: {}, timeoutMs }).then(
    (value) => value.unsafeReveal(),
  );
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    expect(error.code).toBe('SECRET_UNRESOLVED');
    return `${error.message} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`;
  }
  throw new Error('nothing was thrown');
}

describe('a command', () => {
  test.each([
    [`printf ${CANARY}`, CANARY],
    [`echo ${CANARY}`, CANARY],
    ["printf 'a\\r\\n'", 'a'],
    ["printf ' a\\n\\n'", ' a\n'],
    ["printf 'ü\\n'; echo noise >&2", 'ü'],
  ])('`%s` gives what it prints, without the line end', async (script, expected) => {
    expect(await resolve(script)).toBe(expected);
  });

  test('runs without a shell, so nothing in an argument is obeyed', async () => {
    const mark = join(folder, 'mark');
    const argv = ['printf', '%s', `$(touch ${mark});x`] as [string, ...string[]];
    const value = await resolveReference({ kind: 'command', argv }, 'DB', { env: {} });
    expect(value.unsafeReveal()).toBe(`$(touch ${mark});x`);
    expect(existsSync(mark)).toBe(false);
  });

  test.each([
    [`echo ${CANARY}; exit 3`, /ended with 3/],
    [`echo ${CANARY} >&2; exit 1`, /ended with 1/],
    [`echo ${CANARY}; kill -9 $$`, /signal/],
    ['true', /printed nothing/],
    ["printf '\\n'", /printed nothing/],
    [`printf '${CANARY}\\377'`, /not text/],
    [`printf '${CANARY}\\0x'`, /not text/],
    [`yes ${CANARY}`, /printed too much/],
  ])('`%s` is an error that repeats nothing it said', async (script, message) => {
    const text = await failureOf(resolve(script));
    expect(text).toMatch(message);
    expect(text).not.toContain('canary');
  });

  test('that does not end is ended with everything it started', async () => {
    const late = join(folder, 'late');
    const started = performance.now();
    const text = await failureOf(resolve(`(sleep 2; touch ${late}) & sleep 60`, 500));
    expect(text).toMatch(/did not end/);
    expect(performance.now() - started).toBeLessThan(1900);
    await sleep(2200);
    expect(existsSync(late)).toBe(false);
  });

  test.each([
    [() => 'no-such-program-anywhere', /was not found/],
    [() => join(folder, 'plain'), /cannot be executed/],
  ])('that cannot be started is an error (%#)', async (program, message) => {
    writeFileSync(join(folder, 'plain'), 'x', { mode: 0o600 });
    const reference = { kind: 'command', argv: [program()] } as const;
    const argv: [string, ...string[]] = [...reference.argv];
    const work = resolveReference({ kind: 'command', argv }, 'DB', { env: {} });
    expect(await failureOf(work)).toMatch(message);
  });
});

describe('a variable', () => {
  test('gives its value', async () => {
    const reference = { kind: 'env', variable: 'DB' } as const;
    const value = await resolveReference(reference, 'X', { env: { DB: CANARY } });
    expect(value.unsafeReveal()).toBe(CANARY);
  });

  test.each([{}, { DB: '' }])('that is not set or empty is an error (%#)', async (env) => {
    const work = resolveReference({ kind: 'env', variable: 'DB' }, 'X', { env });
    expect(await failureOf(work)).toMatch(/no variable DB/);
  });
});

test('a 1Password reference is read by `op read`, which gets it as one argument', async () => {
  const op = join(folder, 'op');
  writeFileSync(op, '#!/bin/sh\n[ $# = 2 ] && printf "%s!%s\\n" "$1" "$2"\n', { mode: 0o700 });
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before ?? ''}`;
  try {
    const reference = { kind: 'op', uri: 'op://My Vault/i/f' } as const;
    const value = await resolveReference(reference, 'X', { env: {} });
    expect(value.unsafeReveal()).toBe('read!op://My Vault/i/f');
  } finally {
    process.env['PATH'] = before;
  }
});
