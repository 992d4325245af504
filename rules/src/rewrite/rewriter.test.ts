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
