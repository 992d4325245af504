import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadSqlParser } from '../sql/parser.ts';
import { makeRewrite } from './testing/rental.ts';

const PARSER = await loadSqlParser();
const rewrite = makeRewrite(PARSER);

function say(text: string, searchPath?: readonly string[]): string {
  const outcome = rewrite(text, searchPath);
  if (outcome.kind === 'refused') return `!! ${outcome.reason}`;
  return outcome.kind === 'rewritten' ? outcome.statements.join('; ') : '= unchanged';
}

/** Pairs of lines: what the client sends, and what goes to the server or why nothing does. */
const PAIRS = readFileSync(new URL('testing/rewrites.txt', import.meta.url), 'utf8')
  .split(/^> /mu)
  .slice(1)
  .map((pair) =>
    pair
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  );

describe('a statement of a role comes out in reach of the role only', () => {
  test.each(PAIRS)('%s', (sent, goes) => {
    expect(say(sent)).toBe(goes);
  });
});

describe('a name that is not certain is refused', () => {
  test('a bare name that two schemas of the paths have', () => {
    expect(say('SELECT * FROM reservations', ['public'])).toContain('tenant_id');
    expect(say('SELECT * FROM reservations', ['other'])).toBe('= unchanged');
    expect(say('SET search_path = other; SELECT * FROM reservations')).toContain('not certain');
    expect(say('SET search_path = other; SELECT * FROM public.reservations')).toContain(
      'search_path',
    );
  });

  test('operators of a filter that another schema could take over', () => {
    expect(say('SELECT * FROM reservations', ['public', 'pg_catalog'])).toContain('search_path');
    expect(say('SELECT * FROM reservations', ['pg_catalog', 'public'])).toContain('WHERE');
  });
});

describe('what could fail on a row out of reach is evaluated behind a fence', () => {
  test.each([
    ['length(notes) > 3', false],
    ["length(notes::bytea, 'UTF8') > 3", true],
    ["notes LIKE 'a%'", false],
    ["notes LIKE 'a\\'", true],
    ['price > 1 / 0', false],
    ['1 / price > 0', true],
    ['notes::int = 1', true],
    ['pg_sleep(1) IS NULL', true],
  ])('%s', (condition, fenced) => {
    expect(say(`SELECT id FROM reservations WHERE ${condition}`).includes('OFFSET 0')).toBe(fenced);
  });
});

describe('values of the token are constants and nothing else', () => {
  test.each([
    ["7' OR true --", 'not a value of the type int4'],
    ['7); DROP TABLE x; --', 'not a value of the type int4'],
    ['', 'not a value of the type int4'],
    ['-3', "'-3'::int"],
  ])('%s', (tenant, said) => {
    const outcome = makeRewrite(PARSER, { tenant_id: tenant })('SELECT * FROM reservations');
    expect(
      outcome.kind === 'refused'
        ? outcome.reason
        : 'statements' in outcome && outcome.statements[0],
    ).toContain(said);
  });

  test('a token without the value reads nothing', () => {
    const outcome = makeRewrite(PARSER, {})('SELECT * FROM reservations');
    expect(outcome.kind === 'refused' && outcome.reason).toContain('tenant_id');
  });
});
