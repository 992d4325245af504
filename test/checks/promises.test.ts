/**
 * Every promise of THREAT_MODEL.md is kept somewhere in the code and proved by a test, both by its number.
 * A number that stands in code or tests but not in the document is an error as well.
 */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Two digits and no third: names of elliptic curves look alike. */
const NUMBER = /\bP-\d\d\b/g;

function read(pattern: string, exclude: (path: string) => boolean): string {
  return globSync(pattern, { cwd: ROOT })
    .filter((path) => !/node_modules|\/dist\//.test(path) && !exclude(path))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
}

const promised = new Set(
  [...readFileSync(join(ROOT, 'THREAT_MODEL.md'), 'utf8').matchAll(/^\| (P-\d\d) /gm)].map(
    (match) => match[1] ?? '',
  ),
);
const isTest = (path: string): boolean => path.endsWith('.test.ts');
const code = read('{rules,daemon,cli}/src/**/*.ts', isTest);
const kept = new Set([...code.matchAll(/SECURITY\((P-\d\d)\)/g)].map((match) => match[1] ?? ''));
const tests = read('{rules,daemon,cli,test}/**/*.test.ts', (path) => path.includes('checks/'));
const proved = new Set(tests.match(NUMBER) ?? []);

test('the document makes promises', () => {
  expect(promised.size).toBeGreaterThan(15);
});

test('every promise is kept at a place in the code that names it', () => {
  expect([...promised].filter((number) => !kept.has(number))).toEqual([]);
});

test('every promise is proved by a test that names it', () => {
  expect([...promised].filter((number) => !proved.has(number))).toEqual([]);
});

test('no number stands in code or tests that the document does not know', () => {
  const used = [...kept, ...proved];
  expect(used.filter((number) => !promised.has(number))).toEqual([]);
});
