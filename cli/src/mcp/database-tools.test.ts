import { expect, test } from 'vitest';
import { makeDatabaseTools } from './database-tools.ts';
import type { DescribedDatabase } from './described-database.ts';

const ID = { name: 'id', type: 'integer' } as const;
const NAME = { name: 'a "name"', type: 'text' } as const;

function database(
  rights: Partial<DescribedDatabase['tables'][number]>,
  sql = false,
): DescribedDatabase {
  const table = {
    schema: 'public',
    name: 't"; DROP TABLE x; --',
    select: null,
    insert: null,
    update: null,
    delete: false,
  };
  return { ok: true, sql, tables: [{ ...table, ...rights }] };
}

function names(described: DescribedDatabase): readonly string[] {
  return makeDatabaseTools(described).map(({ name }) => name.replace(/_t__.*$/, ''));
}

test.each([
  [database({}), ['list_tables', 'describe_table', 'explain']],
  [database({ select: [ID] }), ['list_tables', 'describe_table', 'query', 'explain']],
  [
    database({ select: [ID], update: [NAME] }),
    ['list_tables', 'describe_table', 'query', 'update', 'explain'],
  ],
  [database({ update: [NAME] }), ['list_tables', 'describe_table', 'explain']],
  [
    database({ select: [ID], delete: true }),
    ['list_tables', 'describe_table', 'query', 'delete', 'explain'],
  ],
  [
    database({ insert: [ID] }, true),
    ['list_tables', 'describe_table', 'insert', 'explain', 'run_sql'],
  ],
])('a tool exists for what is granted, and for nothing else: %#', (described, expected) => {
  expect(names(described)).toEqual(expected);
});

test.each([
  ['=', "x' OR true --"],
  ['<>', '$1'],
  ['like', '%\u0000"; DROP TABLE x; --'],
  ['>=', ''],
])('values are parameters and names are quoted: %s %j', (op, value) => {
  const tools = makeDatabaseTools(database({ select: [ID, NAME] }));
  const query = tools.find(({ name }) => name.startsWith('query_'));
  const sql = op === 'like' ? 'LIKE' : op;
  expect(query?.work({ where: [{ column: NAME.name, op, value }] })).toEqual({
    kind: 'statement',
    statement: {
      text: `SELECT "id", "a ""name""" FROM "public"."t""; DROP TABLE x; --" WHERE "a ""name""" ${sql} $1 LIMIT 50`,
      values: [value],
    },
  });
});

test.each([
  { where: [{ column: 'other', value: 1 }] },
  { where: [{ column: 'id', op: 'OR true', value: 1 }] },
  { where: [{ column: 'id' }] },
  { columns: ['*'] },
  { limit: 0 },
  { extra: 1 },
])('%j is no query', (args) => {
  const query = makeDatabaseTools(database({ select: [ID] })).find(({ name }) =>
    name.startsWith('query_'),
  );
  expect(() => query?.work(args)).toThrow();
});

test('nothing is changed or removed without a condition', () => {
  const tools = makeDatabaseTools(database({ select: [ID], update: [NAME], delete: true }));
  for (const prefix of ['update_', 'delete_']) {
    const tool = tools.find(({ name }) => name.startsWith(prefix));
    expect(() => tool?.work({ set: { [NAME.name]: 'x' }, where: [] })).toThrow();
  }
});
