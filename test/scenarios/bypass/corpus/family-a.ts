/** Techniques 1 to 16: statement text and lexing. Data only. */

import { attack, passes, type Technique } from '../technique.ts';

const UNIONS = (count: number): string =>
  `SELECT 1 ${Array.from({ length: count }, () => 'UNION SELECT 1').join(' ')}`;

export const FAMILY_A: readonly Technique[] = [
  {
    number: 1,
    title: 'a second statement behind a SELECT',
    attacks: [
      attack('SELECT 1; DELETE FROM payments', { simpleOnly: true }),
      attack(';;; DELETE FROM payments;;', { simpleOnly: true }),
      attack('BEGIN; SELECT 1; TRUNCATE payments; COMMIT', { simpleOnly: true }),
      attack('SELECT 1; SELECT 2; UPDATE payments SET cents = 0', { simpleOnly: true }),
    ],
    neighbours: [
      passes('SELECT 1; SELECT count(*) FROM payments'),
      passes(`BEGIN; UPDATE customers SET notes = 'x' WHERE id = 3; COMMIT`),
    ],
  },
  {
    number: 2,
    title: 'semicolons inside strings and dollar quotes mislead a splitter',
    attacks: [
      attack(`SELECT ';'; DROP TABLE telemetry`, { simpleOnly: true }),
      attack('SELECT $a$ $$ ; $$ $a$; DELETE FROM payments', { simpleOnly: true }),
      attack(`SELECT ''';'; DELETE FROM payments`, { simpleOnly: true }),
    ],
    neighbours: [
      passes(`SELECT '; DROP TABLE telemetry'`),
      passes('SELECT $a$ ; DELETE FROM payments; $$ $a$'),
    ],
  },
  {
    number: 3,
    title: 'COMMIT leaves a read-only wrapper',
    attacks: [
      attack(['BEGIN READ ONLY', 'COMMIT; DROP SCHEMA archive CASCADE'], { simpleOnly: true }),
      attack('COMMIT; DROP SCHEMA public CASCADE', { simpleOnly: true }),
      attack(['BEGIN READ ONLY', 'SELECT 1; COMMIT; TRUNCATE payments'], { simpleOnly: true }),
    ],
    neighbours: [passes('BEGIN READ ONLY; SELECT 1; COMMIT'), passes('COMMIT; SELECT 1')],
  },
  {
    number: 4,
    title: 'other ways out of read-only',
    attacks: [
      attack(['BEGIN READ ONLY', 'ROLLBACK; DELETE FROM payments'], { simpleOnly: true }),
      attack('BEGIN READ ONLY; COMMIT; BEGIN READ WRITE; DELETE FROM payments; COMMIT', {
        simpleOnly: true,
      }),
      attack(['BEGIN READ ONLY', 'SET TRANSACTION READ WRITE', 'DELETE FROM payments', 'COMMIT']),
      attack([
        'SET default_transaction_read_only = on',
        'SET default_transaction_read_only = off',
        'DELETE FROM payments',
      ]),
    ],
    neighbours: [
      passes(['BEGIN READ ONLY', 'SELECT count(*) FROM payments', 'ROLLBACK']),
      passes(['BEGIN READ WRITE', 'SELECT count(*) FROM payments', 'COMMIT']),
    ],
  },
  {
    number: 5,
    title: 'odd separators between keywords',
    attacks: [
      attack('DROP\nTABLE\ntelemetry'),
      attack('DROP\tTABLE\ttelemetry'),
      attack('DROP/**/TABLE/**/telemetry'),
      attack('DROP --x\nTABLE --y\r\ntelemetry'),
      attack('TRUNCATE\f\r\n\tpayments'),
      attack('DELETE/**/FROM"payments"'),
    ],
    neighbours: [
      passes('SELECT\n\t\f1'),
      passes('SELECT/**/1'),
      passes('SELECT --x\n1'),
      passes('SELECT"id"FROM"tenants"'),
    ],
  },
  {
    number: 6,
    title: 'a leading comment hides the verb',
    attacks: [
      attack('/* x */ DELETE FROM payments'),
      attack('-- hi\nDELETE FROM payments'),
      attack('--\r\n/**/--SELECT\nTRUNCATE payments'),
    ],
    neighbours: [
      passes('/* DELETE FROM payments */ SELECT 1'),
      passes('-- DROP TABLE telemetry\nSELECT 1'),
    ],
  },
  {
    number: 7,
    title: 'nested comments and strings that fool a comment stripper',
    attacks: [
      attack('/* /* */ SELECT 1; */ DELETE FROM payments'),
      attack(`SELECT '--';\nDROP TABLE telemetry;`, { simpleOnly: true }),
      attack(`SELECT '/*'; DROP TABLE telemetry; --*/'`, { simpleOnly: true }),
    ],
    neighbours: [
      passes('/* /* nested */ DROP TABLE telemetry; */ SELECT 1'),
      passes(`SELECT '--', '/*', '*/'`),
    ],
  },
  {
    number: 8,
    title: 'a WHERE that is none',
    attacks: [
      attack('DELETE FROM payments -- WHERE id = 1'),
      attack('DELETE FROM payments /* WHERE id = 1 */'),
      attack('DELETE FROM payments AS "where"'),
      attack(`DELETE FROM payments RETURNING 'WHERE id = 1'`),
      attack(`UPDATE payments SET cents = 0 RETURNING 'where id = 1'`),
      attack(`UPDATE reservations SET notes = ' where id = 1'`),
    ],
    neighbours: [
      passes('DELETE FROM payments AS "where" WHERE "where".id = -1'),
      passes('DELETE FROM payments /* not all */ WHERE id = -1 -- none'),
      passes(`UPDATE payments SET cents = 5 WHERE id = 3 RETURNING 'where'`),
    ],
  },
  {
    number: 9,
    title: 'letter case against case-sensitive word lists',
    attacks: [
      attack('drop table telemetry'),
      attack('DrOp TaBlE tElEmEtRy'),
      attack('dElEtE fRoM payments'),
      attack('truncate Table PAYMENTS'),
    ],
    neighbours: [passes('sElEcT 1'), passes('dElEtE fRoM payments wHeRe id = -1')],
  },
  {
    number: 10,
    title: 'backslash quotes in E-strings',
    attacks: [
      attack(String.raw`SELECT E'\''; DELETE FROM payments; --'`, { simpleOnly: true }),
      attack(String.raw`SELECT e'\\'; DELETE FROM payments; --'`, { simpleOnly: true }),
    ],
    neighbours: [
      passes(String.raw`SELECT E'\'; DELETE FROM payments; --'`),
      passes(String.raw`SELECT E'\\\'; DELETE FROM payments; --'`),
    ],
  },
  {
    number: 11,
    title: 'an identifier that looks like a dollar quote',
    attacks: [
      attack('SELECT 1 AS a$b$; DELETE FROM payments; SELECT 2 AS a$b$', { simpleOnly: true }),
      attack('SELECT 1 AS a$$; TRUNCATE payments; SELECT 2 AS a$$', { simpleOnly: true }),
    ],
    neighbours: [passes('SELECT 1 AS a$b$'), passes('SELECT $b$; DELETE FROM payments; $b$')],
  },
  {
    number: 12,
    title: 'spelled-out names',
    attacks: [
      attack(String.raw`DELETE FROM U&"p\0061yments"`),
      attack(`TRUNCATE U&"!0070ayments" UESCAPE '!'`),
      attack('DELETE FROM "payments"'),
      attack('DELETE FROM ONLY payments'),
      attack('DELETE FROM ONLY (payments)'),
      attack('DELETE FROM PUBLIC.Payments'),
      attack(String.raw`DROP TABLE "public".U&"\+000074elemetry"`),
      attack('DELETE FROM payments *'),
    ],
    neighbours: [
      passes(String.raw`SELECT count(*) FROM U&"p\0061yments"`),
      passes('DELETE FROM ONLY payments WHERE id = -1'),
      passes('SELECT "where", "delete from customers" FROM "Order"'),
    ],
  },
  {
    number: 13,
    title: 'standard_conforming_strings turned off',
    attacks: [
      attack(
        [
          'SET standard_conforming_strings = off',
          String.raw`SELECT '\''; DELETE FROM payments; --'`,
        ],
        { simpleOnly: true },
      ),
      attack(
        [
          `SELECT set_config('standard_conforming_strings', 'off', false)`,
          String.raw`SELECT '\''; DELETE FROM payments; --'`,
        ],
        { simpleOnly: true },
      ),
      attack(
        [
          `UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'`,
          String.raw`SELECT '\''; DELETE FROM payments; --'`,
        ],
        { simpleOnly: true },
      ),
      attack(
        [
          'BEGIN',
          'SET LOCAL "standard_conforming_strings" TO 0',
          String.raw`SELECT '\''; DELETE FROM payments; --'`,
          'COMMIT',
        ],
        { simpleOnly: true },
      ),
      attack(
        [
          `SELECT set_config('STANDARD_' || 'conforming_strings', 'off', false)`,
          String.raw`SELECT '\''; DELETE FROM payments; --'`,
        ],
        { simpleOnly: true },
      ),
      attack('ALTER ROLE clerk SET standard_conforming_strings = off', {
        undo: 'ALTER ROLE clerk RESET ALL',
      }),
      attack('ALTER DATABASE $DB SET standard_conforming_strings = off'),
      attack('SET backslash_quote = on', {
        harm: { kind: 'probe', query: 'SHOW backslash_quote', harmed: 'on' },
      }),
    ],
    neighbours: [
      passes('SET standard_conforming_strings = on'),
      passes('SHOW standard_conforming_strings'),
      passes(String.raw`SELECT '\'`),
      passes(String.raw`SELECT '\''; DELETE FROM payments; --'`),
    ],
  },
  {
    number: 14,
    title: 'a client encoding whose second byte is a backslash',
    attacks: ['SJIS', 'GBK', 'BIG5', 'GB18030', 'UHC', 'JOHAB'].flatMap((encoding) => {
      const probe = 'SHOW client_encoding';
      const harm = { kind: 'probe', query: probe, harmed: encoding } as const;
      return [
        attack(`SET client_encoding = '${encoding}'`, { harm }),
        attack(`SET NAMES '${encoding}'`, { harm }),
        attack(`SELECT set_config('client_encoding', '${encoding}', false)`, { harm }),
      ];
    }),
    neighbours: [
      passes(`SET client_encoding = 'UTF8'`),
      passes(`SET NAMES 'utf-8'`),
      passes(`SELECT '表', E'\\u8868'`),
    ],
  },
  {
    number: 15,
    title: 'conditional comments of another dialect',
    attacks: [
      attack('DELETE FROM payments /*!50000 WHERE id = 1 */'),
      attack('DELETE FROM payments /*! WHERE id = 1 */ -- ok'),
    ],
    neighbours: [
      passes('SELECT 1 /*! ; DELETE FROM payments */'),
      passes('/*!40000 DROP TABLE telemetry */ SELECT 1'),
    ],
  },
  {
    number: 16,
    title: 'exhausting the parser',
    attacks: [
      attack(UNIONS(20_000), { harm: { kind: 'refusal' } }),
      attack(`/* ${'x'.repeat(1_500_000)} */ DELETE FROM payments`),
      attack(`SELECT ${'('.repeat(800)}1${')'.repeat(800)}; DELETE FROM payments`, {
        simpleOnly: true,
      }),
      attack(`SELECT '${'y'.repeat(3_000_000)}'; TRUNCATE payments`, { simpleOnly: true }),
      attack(`${'SELECT 1;'.repeat(3_000)} DELETE FROM payments`, { simpleOnly: true }),
    ],
    neighbours: [
      passes(UNIONS(150)),
      passes(`/* ${'x'.repeat(50_000)} */ SELECT 1`),
      passes(`SELECT ${'('.repeat(60)}1${')'.repeat(60)}`),
      passes(`SELECT 1 WHERE 7 IN (${Array.from({ length: 3000 }, (_, at) => at).join(',')})`),
    ],
  },
];
