/** The page of errors names every code that exists, once, and none that does not. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The union as it stands in the source: types leave nothing behind to look at. */
function codesInSource(): readonly string[] {
  const source = readFileSync(join(ROOT, 'rules/src/error.ts'), 'utf8');
  const union = /export type ErrorCode =([^;]+);/.exec(source)?.[1] ?? '';
  return [...union.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1]!);
}

function codesOnPage(): readonly string[] {
  const page = readFileSync(join(ROOT, 'docs/reference/errors.md'), 'utf8');
  return [...page.matchAll(/^### ([A-Z_]+)$/gm)].map((match) => match[1]!);
}

test('the source names codes where this test looks for them', () => {
  expect(codesInSource()).toContain('AUDIT_APPEND_FAILED');
  expect(codesInSource().length).toBeGreaterThan(20);
});

test('every code has its place on the page, and the page invents none', () => {
  expect([...codesOnPage()].sort()).toEqual([...codesInSource()].sort());
});
