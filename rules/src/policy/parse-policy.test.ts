import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSqlParser } from '../sql/parser.ts';
import { parsePolicy as parsePolicyText } from './parse-policy.ts';

const PARSER = await loadSqlParser();

function parsePolicy(text: string): ReturnType<typeof parsePolicyText> {
  return parsePolicyText(text, PARSER);
}

test('an empty file is a policy with nothing in it but its version missing is an error', () => {
  expect(parsePolicy('version: 1')).toMatchObject({ ok: true, file: { environments: {} } });
  expect(parsePolicy('')).toMatchObject({ ok: false });
});

test('environments are read per resource', () => {
  const text = 'version: 1\nresources:\n  shop: { kind: postgres, environment: staging }\n';
  expect(parsePolicy(text)).toMatchObject({
    ok: true,
    file: { environments: { shop: 'staging' } },
  });
});

test('the revision changes with every byte', () => {
  const one = parsePolicy('version: 1');
  const two = parsePolicy('version: 1 ');
  expect(one.ok && two.ok && one.file.revision !== two.file.revision).toBe(true);
});

describe('a file that cannot be put in force names line, column and word', () => {
  const cases = [
    ['version: 2', 1, 10, 'version'],
    ['version: 1\nresources:\n  shop: { kind: mysql }', 3, 17, 'resources.shop.kind'],
    ['version: 1\nrolls:\n  a: {}', 2, 1, 'did you mean `roles`?'],
    ['version: 1\nresources:\n  shop:\n    kind: postgres\n    colour: red', 5, 5, '`colour`'],
    ['version: 1\nversion: 1', 2, 1, 'unique'],
    ['version: [1', 1, 12, ''],
    ['version: 1\nroles:\n  a: { masks: { t: { __proto__: redact } } }', 3, 1, '__proto__'],
  ] as const;
  test.each(cases)('%j', (text, line, column, word) => {
    const parsed = parsePolicy(text);
    expect(parsed).toMatchObject({ ok: false, problem: { line, column } });
    expect(parsed.ok ? '' : parsed.problem.message).toContain(word);
  });
});

test('aliases that multiply are refused instead of expanded', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
    bomb.push(`${to ?? ''}: &${to ?? ''} [${`*${from ?? ''},`.repeat(9)}]`);
  }
  expect(parsePolicy(bomb.join('\n')).ok).toBe(false);
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parsePolicy(text);
    }),
  );
});
