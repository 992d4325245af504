/**
 * The analysis as a whole: where statements stand, what they change for those behind them, what they leave unresolved,
 * and that no text makes it throw.
 */

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import type { SqlFacts } from '../facts/sql-facts.ts';
import { analyzeSql } from './analyze.ts';
import type { NameContext } from './name-context.ts';
import { loadSqlParser } from './parser.ts';
import type { SqlParser } from './parser.ts';
import { buildShop, plainContext } from './testing/build-catalog.ts';
import { describeFacts } from './testing/describe-facts.ts';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

/** Properties try many texts, and the machine may be busy. */
const SLOW = { timeout: 120_000 } as const;

const SHOP = buildShop();
const CONTEXT = plainContext(SHOP);

function analyze(text: string, context: Partial<NameContext> = {}): SqlFacts {
  return analyzeSql(text, { ...CONTEXT, ...context }, parser);
}

describe('statements of a message', () => {
  it('stand where they stand, in UTF-16 units', () => {
    const text = "SELECT 'é😀' ;  DELETE FROM orders -- 'ü'\n; /* x */";
    const spans = analyze(text).statements.map(({ start, end }) => text.slice(start, end).trim());
    expect(spans).toEqual(["SELECT 'é😀'", "DELETE FROM orders -- 'ü'"]);
  });

  it.each([
    ['SELECT 1', 'SELECT'],
    ['SELECT 1 INTO t', 'SELECT INTO'],
    ['EXPLAIN DELETE FROM orders', 'EXPLAIN'],
    ['ALTER TABLE orders ADD x int', 'ALTER TABLE'],
    ['ALTER VIEW open_orders RENAME TO x', 'ALTER VIEW'],
    ['DROP MATERIALIZED VIEW m', 'DROP MATERIALIZED VIEW'],
    ['START TRANSACTION', 'START TRANSACTION'],
    ['ROLLBACK TO s', 'ROLLBACK'],
    ['RESET ALL', 'RESET'],
    ['ANALYZE', 'ANALYZE'],
    ['REVOKE ALL ON orders FROM x', 'REVOKE'],
    ['CREATE MATERIALIZED VIEW m AS SELECT 1', 'CREATE MATERIALIZED VIEW'],
    ['CREATE AGGREGATE a (int) (sfunc = f, stype = int)', 'CREATE AGGREGATE'],
  ])('%s is the command %s', (text, command) => {
    expect(analyze(text).statements[0]?.command).toBe(command);
  });

  it('a text without statements does nothing', () => {
    for (const text of ['', ' ', ';', '-- x', '/* x */;'])
      expect(analyze(text).statements).toEqual([]);
  });

  it.each([
    ['SELECT 1', false],
    ['UPDATE orders SET note = 1 WHERE id = 1', false],
    ['BEGIN', false],
    ['SAVEPOINT s', false],
    ['COMMIT', true],
    ['ROLLBACK TO s', true],
    ['SET work_mem = 1', true],
    ['CREATE TEMP TABLE t (x int)', true],
    ['PREPARE p AS SELECT 1', true],
    ['SELECT nobody_knows()', true],
  ])('%s changes the state for later ones: %s', (text, changes) => {
    expect(analyze(text).statements[0]?.changesState).toBe(changes);
  });

  it('a message of more statements than are read is unknown', () => {
    const facts = analyze('SELECT 1;'.repeat(2000));
    expect(facts.statements.at(-1)?.effects).toMatchObject([{ kind: 'unknown' }]);
  });
});

describe('names that the catalog does not show', () => {
  it('are listed, so that a fresh catalog can be asked', () => {
    expect(analyze('SELECT f2(x) FROM nowhere, app.t').unresolved).toEqual([
      'f2()',
      'nowhere',
      'app.t',
    ]);
    expect(analyze('SELECT * FROM orders').unresolved).toBeUndefined();
  });

  it('are not listed when an earlier statement of the message makes them', () => {
    expect(analyze('CREATE TABLE t (x int); INSERT INTO t VALUES (1)').unresolved).toBeUndefined();
  });

  it('are left to the server while nothing is hidden, functions aside', () => {
    expect(describeFacts(analyze('SELECT * FROM nowhere'))).toEqual([['read nowhere']]);
    expect(describeFacts(analyze('SELECT nobody()')).flat().join()).toContain('unknown');
  });
});

describe('while definitions are hidden', () => {
  const hidden = { hiddenDefinitions: true };
  const isUnknown = (text: string): boolean =>
    analyze(text, hidden).statements.some(({ effects }) =>
      effects.some(({ kind }) => kind === 'unknown'),
    );

  it.each([
    'SELECT * FROM orders',
    'SELECT * FROM nowhere',
    'INSERT INTO staging VALUES (1)',
    'SELECT tally()',
    'SELECT lower(x) FROM (VALUES (1)) AS v (x)',
    'SELECT 1 + 1',
    'EXECUTE p',
  ])('%s is unknown', (text) => {
    expect(isUnknown(text)).toBe(true);
  });

  it.each([
    'SELECT 1',
    'SELECT now()',
    'SELECT pg_catalog.lower(x) FROM (VALUES (1)) AS v (x)',
    'SELECT * FROM pg_catalog.pg_class',
    'BEGIN',
    'COMMIT',
    'SET work_mem = 1',
    'CREATE TABLE t (x int)',
  ])('%s is read as ever', (text) => {
    expect(isUnknown(text)).toBe(false);
  });
});

describe('prepared statements', () => {
  it('do at EXECUTE what they were found to do', () => {
    const [prepared] = analyze('DELETE FROM orders WHERE id = 1').statements;
    const facts = analyze('EXECUTE p', {
      prepared: (name) => (name === 'p' ? prepared : undefined),
    });
    expect(describeFacts(facts)[0]?.[0]).toBe(
      'delete public.orders bounded via prepared statement p',
    );
  });

  it('run their arguments as well', () => {
    const [prepared] = analyze('SELECT 1').statements;
    const found = describeFacts(analyze('EXECUTE p (purge())', { prepared: () => prepared }));
    expect(found.flat().join()).toContain('delete public.orders all via function public.purge');
  });
});

describe('hostile text', () => {
  const FRAGMENTS =
    `SELECT DELETE FROM orders WHERE id = 1 ; ( ) [ ] , . * 'x' "y" $$ $1 -- /* */ WITH a AS INSERT INTO
    staging VALUES UPDATE SET note CASE WHEN THEN END EXISTS IN ANY ALL NOT NULL TRUE OR AND :: int4 orders.id purge()
    CREATE TABLE FUNCTION TRIGGER DO EXPLAIN ANALYZE COPY TO STDOUT EXECUTE PREPARE p GRANT ALTER DROP CASCADE MERGE
    USING ON MATCHED LIMIT 5 UNION TABLE LATERAL ROW OVER PARTITION BY RETURNING`.split(/\s+/u);

  it('never makes it throw, whatever the characters', SLOW, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(analyze(text).statements).toBeInstanceOf(Array);
      }),
      { numRuns: 1000 },
    );
  });

  it('never makes it throw, whatever the order of words', SLOW, () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 25 }), (words) => {
        expect(analyze(words.join(' ')).statements).toBeInstanceOf(Array);
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['nested brackets', `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`],
    ['negations', `SELECT ${'NOT '.repeat(4000)}true`],
    ['sums', `SELECT 1${'+1'.repeat(4000)}`],
    ['calls', `SELECT ${'lower('.repeat(2500)}'x'${')'.repeat(2500)}`],
    ['subqueries', `SELECT * FROM ${'(SELECT * FROM '.repeat(900)}orders${') x'.repeat(900)}`],
    ['unions', `SELECT 1${' UNION SELECT 1'.repeat(4000)}`],
    ['conditions', `DELETE FROM orders WHERE ${'NOT '.repeat(4000)}id = 1`],
    ['joins', `SELECT * FROM orders${' CROSS JOIN orders'.repeat(3000)}`],
    ['choices', `SELECT ${'CASE WHEN '.repeat(1500)}true${' THEN true END'.repeat(1500)}`],
    ['bodies', `DO $a$ BEGIN ${'IF true THEN '.repeat(2000)}${'END IF; '.repeat(2000)}END $a$`],
    ['bodies in bodies', nestedBodies(40)],
    ['EXPLAIN of EXPLAIN', `${'EXPLAIN '.repeat(500)}SELECT 1`],
    ['a wide list', `SELECT * FROM orders WHERE id IN (${'1,'.repeat(50_000)}1)`],
    ['alternatives', `DELETE FROM orders WHERE ${'id = 1 OR '.repeat(20_000)}id = 2`],
  ])('%s without end give an answer', SLOW, (_name, text) => {
    const facts = analyze(text);
    expect(facts.statements.length).toBeGreaterThan(0);
  });

  it('a statement inside what is too deep is not passed over', () => {
    const text = `SELECT ${'lower('.repeat(1500)}purge()::text${')'.repeat(1500)}`;
    const kinds = analyze(text).statements.flatMap(({ effects }) =>
      effects.map(({ kind }) => kind),
    );
    expect(kinds).toContain('unknown');
  });

  function nestedBodies(levels: number): string {
    let body = 'BEGIN DELETE FROM orders; END';
    for (let level = 0; level < levels; level += 1) {
      body = `BEGIN DO $l${level}$ ${body} $l${level}$; END`;
    }
    return `DO $top$ ${body} $top$`;
  }
});

describe('types that a client declares for its parameters', () => {
  const catalog = buildShop({ types: { 'traps.small': { expressions: ['public.purge() > 0'] } } });
  const oid = catalog.types.find(({ name }) => name === 'small')?.oid ?? '';
  const kinds = (parameterTypes: readonly string[]): readonly string[] =>
    analyzeSql('SELECT $1', plainContext(catalog, { parameterTypes }), parser).statements.flatMap(
      ({ effects }) => effects.map(({ kind }) => kind),
    );

  it('run their code without being named in the text (P-02)', () => {
    expect(oid).not.toBe('');
    expect(kinds([oid])).toContain('delete');
  });

  it('of the server do nothing (P-21)', () => {
    expect(kinds(['23'])).not.toContain('delete');
    expect(kinds([])).not.toContain('delete');
  });
});

describe('set_config of the one row that is read from pg_settings', () => {
  const settings = (text: string): readonly unknown[] =>
    analyzeSql(text, plainContext(buildShop()), parser).statements.flatMap(({ effects }) =>
      effects.flatMap((effect) =>
        effect.kind === 'setting' ? [[effect.name, effect.allowed]] : [],
      ),
    );
  const call = "SELECT set_config(name, 'view', false) FROM pg_settings";

  it('is the setting that the condition names', () => {
    const named = `${call} WHERE name = 'restrict_nonsystem_relation_kind'`;
    expect(settings(named)).toEqual([['restrict_nonsystem_relation_kind', true]]);
    const blinding = `${call} WHERE name = 'session_replication_role'`;
    expect(settings(blinding)).toEqual([['session_replication_role', false]]);
  });

  it.each([
    call,
    `${call} WHERE name = 'lock_timeout' OR true`,
    `${call} WHERE name <> 'lock_timeout'`,
    `${call} WHERE name LIKE 'lock_timeout'`,
    `${call} WHERE setting = 'lock_timeout'`,
    `${call}, orders WHERE name = 'lock_timeout'`,
    `SELECT set_config(name, 'x', false) FROM orders WHERE name = 'lock_timeout'`,
    `WITH pg_settings AS (SELECT 'role' AS name) ${call} WHERE name = 'lock_timeout'`,
    `SELECT (SELECT set_config(name, 'x', false) FROM (SELECT 'role' AS name) r) FROM pg_settings WHERE name = 'lock_timeout'`,
    `SELECT set_config(setting, 'x', false) FROM pg_settings WHERE name = 'lock_timeout'`,
  ])('%s: is not known (P-02)', (text) => {
    expect(settings(text)).toEqual([['a computed setting', false]]);
  });
});
