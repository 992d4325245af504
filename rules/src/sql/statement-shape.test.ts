/**
 * Shapes against the grammar: texts of one shape must differ in nothing but literal values, and the facts of a statement
 * whose literals do not matter must hold for every other text of its shape.
 */

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { analyzeSql } from './analyze.ts';
import { isObject } from './json.ts';
import { loadSqlParser } from './parser.ts';
import type { SqlParser } from './parser.ts';
import { toStatementShape } from './statement-shape.ts';
import { buildShop, plainContext } from './testing/build-catalog.ts';
import { describeFacts } from './testing/describe-facts.ts';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

/** Properties try many texts, and the machine may be busy. */
const SLOW = { timeout: 120_000 } as const;

const CONTEXT = plainContext(buildShop());

/** A tree without the values of its constants and without positions. */
function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !/location$|^rexpr_list_|^stmt_len$/u.test(key))
      .map(([key, inside]) => [key, key === 'A_Const' ? 'constant' : skeleton(inside)]),
  );
}

function skeletonOf(text: string): unknown {
  const parsed = parser.parse(text);
  return parsed.ok ? skeleton(parsed.tree) : null;
}

describe('toStatementShape', () => {
  it.each([
    ['SELECT * FROM orders WHERE id = 5', 'SELECT * FROM orders WHERE id = 7'],
    ["UPDATE orders SET note = 'it''s' WHERE id = 1", "UPDATE orders SET note = '' WHERE id = 22"],
    ['select a from t where b = 1.5', 'select a from t where b = 20.25'],
    ["INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (3, 'c'), (4, 'd')"],
    ['DELETE FROM t WHERE a1 = -5;', 'DELETE FROM t WHERE a1 = -6;'],
    ["SELECT \"it's\" FROM t WHERE x = 'a'", "SELECT \"it's\" FROM t WHERE x = 'b'"],
  ])('%s has the shape of %s', (one, other) => {
    expect(toStatementShape(one)).not.toBeNull();
    expect(toStatementShape(one)).toBe(toStatementShape(other));
  });

  it.each([
    ['SELECT a FROM t WHERE b = 1', 'SELECT a FROM t WHERE b = $x'],
    ["SELECT '5'", 'SELECT 5'],
    ['SELECT float(24) FROM t', 'SELECT float(53) FROM t'],
    ['SELECT x::float(1) FROM t', 'SELECT x::float( 25 ) FROM t'],
    ['SELECT a1 FROM t', 'SELECT a2 FROM t'],
    ["SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b  = 'x'"],
  ])('%s and %s differ', (one, other) => {
    const shape = toStatementShape(one);
    expect(shape === null || shape !== toStatementShape(other)).toBe(true);
  });

  it.each([
    'DROP TABLE t',
    'SET x = 1',
    "DO 'x'",
    'EXPLAIN (ANALYZE 0) DELETE FROM t',
    'WITH a AS (SELECT 1) SELECT 2',
    'SELECT 1; SELECT 2',
    'SELECT $1',
    'SELECT $$x$$',
    "SELECT E'x'",
    "SELECT e'\\''",
    "SELECT B'1'",
    "SELECT X'1F'",
    "SELECT N'x'",
    "SELECT U&'x'",
    'SELECT U&"d!0061t" UESCAPE \'!\'',
    "SELECT 'a\\b'",
    "SELECT 'a'\n'b'",
    "SELECT 'a' 'b'",
    "SELECT 'unfinished",
    'SELECT "unfinished',
    'SELECT 1 -- x',
    'SELECT /* x */ 1',
    "SELECT 'é'",
    'SELECT "é"',
    'SELECT é',
    'SELECT 1e5',
    'SELECT 0x1F',
    'SELECT 1_000',
    'SELECT .5',
    'SELECT 5.',
    'SELECT 12345678901',
    'SELECT 123abc',
    "SELECT 5'x'",
    'SELECT \0',
    '',
  ])('%j has no shape', (text) => {
    expect(toStatementShape(text)).toBeNull();
  });

  const ATOMS = [
    ...'abn_ '.split(''),
    ...' \n\t.,;()[]{}=<>!~@#%^&|`?*+-/:"\'\\$0123456789'.split(''),
    ...`SELECT FROM WHERE id orders staging AS IN AND OR NOT LIMIT ORDER BY float int numeric interval date timestamp
    second bit varchar CAST UESCAPE U& E' B' X' N' '' 'a' "b" 5 24 25 1.5 == <= :: .. -- /* */ null true CASE WHEN THEN
    END ELSE LIKE BETWEEN EXISTS VALUES SET UPDATE DELETE INSERT INTO JOIN ON USING extract year OVER PARTITION
    current_time localtime ARRAY ROW TABLESAMPLE bernoulli FETCH FIRST ROWS ONLY`.split(/\s+/u),
  ];

  /** Pieces of statements, more often in an order that parses than not. */
  const texts = fc
    .tuple(
      fc.constantFrom(
        'SELECT ',
        'SELECT a FROM t WHERE ',
        'DELETE FROM orders WHERE ',
        'UPDATE orders SET note = ',
        'INSERT INTO staging VALUES (',
      ),
      fc.array(fc.constantFrom(...ATOMS), { maxLength: 12 }),
      fc.constantFrom('', ' ', ')', ';'),
    )
    .map(
      ([first, pieces, last]) =>
        first + pieces.join(' ').replaceAll(/ (?=[.,()[\]'])/gu, '') + last,
    );

  it('texts of one shape have one tree but for its constants', SLOW, () => {
    let compared = 0;
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat({ max: 99 })), (text, numbers) => {
        const shape = toStatementShape(text);
        if (shape === null) return;
        const other = withOtherLiterals(shape, numbers);
        expect(toStatementShape(other)).toBe(shape);
        const [one, two] = [skeletonOf(text), skeletonOf(other)];
        if (one === null || two === null) return;
        compared += 1;
        expect(two).toEqual(one);
      }),
      { numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('facts that no literal decided hold for every text of the shape', SLOW, () => {
    let compared = 0;
    fc.assert(
      fc.property(conditions(), fc.infiniteStream(fc.nat({ max: 3 })), (condition, numbers) => {
        const text = `DELETE FROM orders WHERE ${condition}`;
        const shape = toStatementShape(text);
        const facts = analyzeSql(text, CONTEXT, parser);
        if (shape === null || !facts.literalsIgnored) return;
        compared += 1;
        const other = analyzeSql(withOtherLiterals(shape, numbers), CONTEXT, parser);
        expect(describeFacts(other)).toEqual(describeFacts(facts));
      }),
      { numRuns: 1500 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

/** The shape with other literals in place of its marks. */
function withOtherLiterals(shape: string, numbers: Iterable<number>): string {
  const source = numbers[Symbol.iterator]();
  const next = (): number => {
    const taken = source.next();
    return taken.done === true ? 0 : taken.value;
  };
  return shape.replaceAll(/[\u0001\u0002]/gu, (mark) => {
    const value = next();
    return mark === '\u0001' ? String(value) : `'${'ab%'.charAt(value % 4)}'`;
  });
}

/** Conditions in which literals meet columns and each other. */
function conditions(): fc.Arbitrary<string> {
  const value = fc.constantFrom(
    'id',
    'status',
    'note',
    'id + 0',
    'id * 1',
    '1',
    '2',
    "'a'",
    "'%'",
    '0',
    'orders.id',
  );
  const compared = fc
    .tuple(value, fc.constantFrom('=', '<>', '<', '>=', 'LIKE', '~', 'IS DISTINCT FROM'), value)
    .map((parts) => parts.join(' '));
  const listed = fc
    .tuple(value, fc.constantFrom('IN', 'NOT IN'), value, value)
    .map(([left, operator, one, two]) => `${left} ${operator} (${one}, ${two})`);
  const { tree } = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
    leaf: fc.oneof(compared, listed),
    tree: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc
        .tuple(tie('tree'), fc.constantFrom('AND', 'OR'), tie('tree'))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
      tie('tree').map((inner) => `NOT (${inner})`),
    ),
  }));
  return tree;
}
