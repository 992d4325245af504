/**
 * The door to the grammar: what it refuses, and that it serves again after something broke it.
 */

import { describe, expect, it } from 'vitest';

import { loadSqlParser, MAX_STATEMENT_LENGTH } from './parser.ts';
import type { Parsed, SqlParser } from './parser.ts';

function problemOf(parsed: Parsed<unknown>): string {
  return parsed.ok ? 'none' : parsed.problem;
}

/** Text on which the grammar overflows the stack. */
const OVERFLOWING = `SELECT 1${' UNION SELECT 1'.repeat(20_000)}`;

async function servesAgain(parser: SqlParser): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (parser.parse('SELECT 1').ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

describe('loadSqlParser', () => {
  it.each([
    ['SELECT 1', 'none'],
    ['', 'none'],
    ['/* nothing */ ;; -- at all', 'none'],
    ['SELEC 1', 'syntax'],
    ['SELECT 1; DROP', 'syntax'],
    ['SELECT \0', 'syntax'],
    ["SELECT '\ud800'", 'syntax'],
    [`SELECT '${'x'.repeat(MAX_STATEMENT_LENGTH)}'`, 'too large'],
  ])('%.20s has the problem: %s', async (text, problem) => {
    const parser = await loadSqlParser();
    expect(problemOf(parser.parse(text))).toBe(problem);
  });

  it('is broken for the moment after an overflow, says so, and serves again by itself', async () => {
    const parser = await loadSqlParser();
    expect(problemOf(parser.parse(OVERFLOWING))).toBe('broken');
    expect(problemOf(parser.parse('SELECT 1'))).toBe('broken');
    expect(problemOf(parser.scan('SELECT 1'))).toBe('broken');
    expect(await servesAgain(parser)).toBe(true);
  });

  it('survives more overflows than one instance does', { timeout: 60_000 }, async () => {
    const parser = await loadSqlParser();
    for (let round = 0; round < 40; round += 1) {
      parser.parse(OVERFLOWING);
      expect(await servesAgain(parser)).toBe(true);
    }
    expect(parser.parse('SELECT a, b FROM c WHERE d = 5')).toMatchObject({ ok: true });
  });

  it('cuts tokens as the server does, in bytes', async () => {
    const parser = await loadSqlParser();
    const scanned = parser.scan("é 'x' $$y$$");
    const texts = scanned.ok ? scanned.tree.map(({ text, start }) => [text, start]) : [];
    expect(texts).toEqual([
      ['é', 0],
      ["'x'", 3],
      ['$$y$$', 7],
    ]);
  });
});
