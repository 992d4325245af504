import { beforeAll, describe, expect, test } from 'vitest';
import { loadSqlParser } from './parser.ts';
import type { SqlParser } from './parser.ts';
import { toStatementKeys } from './statement-keys.ts';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

function keys(text: string): readonly string[] | null {
  return toStatementKeys(text, parser);
}

describe('keys of statements', () => {
  const alike: readonly (readonly [string, string])[] = [
    ['alter table a add column b int', '-- why\nALTER   TABLE a\n  ADD COLUMN b int -- here'],
    ['create table t (a int check (a in (1, 2)))', 'create table t(a int check(a in(1,2)))'],
    [`delete from a where b in (1, 'x')`, `delete /* all */ from a where b in (1 , 'x')`],
    ['select 1', 'select 1;'],
  ];
  test.each(alike)('%j and %j are one', (one, other) => {
    expect(keys(one)).toEqual(keys(other));
  });

  const different: readonly (readonly [string, string])[] = [
    ['delete from a where b = 1', 'delete from a where b = 2'],
    [`insert into a values ('x')`, `insert into a values ('y')`],
    ['alter table a add column b int', 'alter table a add column c int'],
    ['drop table a', 'drop table a cascade'],
    ['drop table a', 'drop table if exists a'],
    [`comment on table a is 'location'`, `comment on table a is 'location '`],
    ['delete from a', 'delete from only a'],
  ];
  test.each(different)('%j and %j are two', (one, other) => {
    expect(keys(one)).not.toEqual(keys(other));
  });

  test('each statement of a text has its own, and what cannot be parsed has none', () => {
    expect(keys('select 1; select 2')).toHaveLength(2);
    expect(keys('')).toEqual([]);
    expect(keys('selec')).toBeNull();
  });
});
