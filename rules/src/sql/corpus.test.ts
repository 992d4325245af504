/**
 * The golden folders under `rules/corpus/sql`: a statement, what the catalog adds to the shop, and what is to be found.
 * A folder is a test. `a01` to `d53` are the numbers of the list of known ways past guards; `.harm` is one of them and
 * `.honest` is a statement nearly the same that has to pass. UPDATE_CORPUS=1 writes what is found, for a person to read.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { decide } from '../decide/decide.ts';
import type { Verdict } from '../decide/decision.ts';
import { policyWithoutFile } from '../decide/policy-state.ts';
import { classOfFacts } from '../facts/sql-facts.ts';
import type { SqlFacts } from '../facts/sql-facts.ts';
import type { Environment } from '../facts/operation.ts';
import { analyzeSql } from './analyze.ts';
import { loadSqlParser } from './parser.ts';
import type { SqlParser } from './parser.ts';
import { buildShop, plainContext } from './testing/build-catalog.ts';
import { CATALOG_SPEC } from './testing/catalog-spec.ts';
import { describeFacts } from './testing/describe-facts.ts';

const ROOT = join(import.meta.dirname, '../../corpus/sql');
const UPDATES = process.env['UPDATE_CORPUS'] === '1';
const CASES = readdirSync(ROOT).sort();

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

function readIfThere(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

function factsOf(name: string): SqlFacts {
  const folder = join(ROOT, name);
  const text = readFileSync(join(folder, 'input.sql'), 'utf8').trimEnd();
  const additions = CATALOG_SPEC.partial().parse(readIfThere(join(folder, 'catalog.json')));
  return analyzeSql(text, plainContext(buildShop(additions)), parser);
}

function verdictIn(environment: Environment, facts: SqlFacts): Verdict {
  const operation = {
    principal: { person: 'p', agent: 'a', session: 's' },
    token: null,
    resource: { name: 'shop', kind: 'postgres', environment },
    action: { protocol: 'postgres', sql: facts },
    context: { now: 0, windowOpen: false, inTransaction: false },
  } as const;
  return decide(operation, { kind: 'in force', policy: policyWithoutFile('r') }, 'd').verdict;
}

function outcomeOf(facts: SqlFacts): unknown {
  return {
    class: classOfFacts(facts),
    development: verdictIn('development', facts),
    production: verdictIn('production', facts),
    effects: describeFacts(facts),
  };
}

describe('golden folders', () => {
  it.each(CASES)('%s is found to do what it does', (name) => {
    const outcome = outcomeOf(factsOf(name));
    const path = join(ROOT, name, 'expected.json');
    if (UPDATES) writeFileSync(path, `${JSON.stringify(outcome, null, 2)}\n`);
    expect(outcome).toEqual(JSON.parse(readFileSync(path, 'utf8')));
  });

  it.each(CASES.filter((name) => name.endsWith('.harm')))('%s is stopped in production', (name) => {
    expect(verdictIn('production', factsOf(name))).not.toBe('allow');
  });

  it.each(CASES.filter((name) => name.endsWith('.honest')))('%s passes in development', (name) => {
    expect(verdictIn('development', factsOf(name))).toBe('allow');
  });
});

/** Family 15 is about another dialect, 54 about ways around the wire, from 55 on about the wire itself. */
const FAMILIES = [
  ...range('a', 1, 14),
  ...range('a', 16, 16),
  ...range('b', 17, 36),
  ...range('c', 37, 49),
  ...range('d', 50, 53),
];

function range(letter: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    return `${letter}${String(from + index).padStart(2, '0')}`;
  });
}

describe('the list of known ways past guards', () => {
  it.each(FAMILIES)('%s has a folder that harms and an honest neighbour', (family) => {
    const kinds = CASES.filter((name) => name.startsWith(`${family}.`));
    expect(kinds.some((name) => name.endsWith('.harm'))).toBe(true);
    expect(kinds.some((name) => name.endsWith('.honest'))).toBe(true);
  });
});

describe('statements with pieces taken out, doubled or moved', () => {
  const texts = CASES.map((name) =>
    readFileSync(join(ROOT, name, 'input.sql'), 'utf8').slice(0, 2000),
  );
  const mutated = fc
    .tuple(fc.constantFrom(...texts), fc.constantFrom(...texts), fc.nat(400), fc.nat(40), fc.nat(3))
    .map(([text, other, at, length, how]) => {
      const [before, piece, after] = [
        text.slice(0, at),
        text.slice(at, at + length),
        text.slice(at + length),
      ];
      return (
        [before + after, before + piece + piece + after, before + other.slice(at), after + before][
          how
        ] ?? ''
      );
    });

  it(
    'never make the analysis throw, and never pass for nothing when they do not parse',
    { timeout: 120_000 },
    () => {
      const context = plainContext(buildShop());
      fc.assert(
        fc.property(mutated, (text) => {
          const facts = analyzeSql(text, context, parser);
          if (!parser.parse(text).ok) expect(classOfFacts(facts)).toBe('unknown');
        }),
        { numRuns: 1500 },
      );
    },
  );
});
