import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSecrets, readSecretsFile } from './read-secrets-file.ts';

const CANARY = 'canary-41d-secret';

describe('what is read as names and values', () => {
  test.each<[string, Record<string, string>]>([
    ['A=1\nB=two words\n', { A: '1', B: 'two words' }],
    ['# why\n\nexport A="1" # one\r\nB=\'x # y\'\r\n', { A: '1', B: 'x # y' }],
    ['\uFEFFA=1', { A: '1' }],
    ['KEY="-----BEGIN\nabc\n-----END"\nB=`it\'s`', { KEY: '-----BEGIN\nabc\n-----END', B: "it's" }],
    ['A="a\\nb"', { A: 'a\nb' }],
    ['P=pa$$word\nQ=a=b=c', { P: 'pa$$word', Q: 'a=b=c' }],
    ['EMPTY=\nA=1', { EMPTY: '', A: '1' }],
    ['{"A": "x\\"y", "B": "{}: \\"z\\""}', { A: 'x"y', B: '{}: "z"' }],
  ])('%j', (text, expected) => {
    expect(Object.fromEntries(parseSecrets(text))).toEqual(expected);
  });
});

describe('what is refused whole, without a word of it', () => {
  test.each<[string, RegExp]>([
    [`A=1\nA=${CANARY}`, /twice/],
    [`A=1\n${CANARY}\nB=2`, /after line 1 is not/],
    [`A=1\nB=2\n${CANARY}`, /after line 2 is not/],
    [`${CANARY} x\nA=1`, /not NAME=VALUE/],
    [`A="1" ${CANARY}\nB=2`, /line 1: the quotes around A/],
    [`B=2\nA="${CANARY}`, /line 2: the quotes around A/],
    [`A=${CANARY}#x`, /line 1: the # may belong to A/],
    [`B=1\nA=\${B}${CANARY}`, /line 2: A refers to another variable/],
    [`A=${CANARY}\0`, /not a text file/],
    [`{"A": "${CANARY}", "A": "2"}`, /twice/],
    [`{"A": {"B": "${CANARY}"}}`, /object of strings/],
    [`{"A": 1, "B": "${CANARY}"}`, /object of strings/],
    [`{"A": "${CANARY}`, /object of strings/],
  ])('%j', (text, problem) => {
    let message = '';
    try {
      parseSecrets(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(problem);
    expect(message).not.toContain('canary');
  });
});

describe('a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'import-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('is read when it is a plain one of a sane size', () => {
    const path = join(folder, '.env');
    writeFileSync(path, 'A=1');
    expect(readSecretsFile(path)).toEqual([['A', '1']]);
  });

  test.each([
    ['is not there', () => join(folder, 'none'), /ENOENT/],
    ['is a folder', () => folder, /not a plain file/],
  ])('is refused when it %s', (_, path, problem) => {
    expect(() => readSecretsFile(path())).toThrow(problem);
  });

  test('is refused when it is too large or not text', () => {
    const path = join(folder, '.env');
    writeFileSync(path, `A=${'x'.repeat(300_000)}`);
    expect(() => readSecretsFile(path)).toThrow(/256 KiB/);
    writeFileSync(path, Buffer.from([0x41, 0x3d, 0xff, 0xfe]));
    expect(() => readSecretsFile(path)).toThrow(/not text/);
  });
});
