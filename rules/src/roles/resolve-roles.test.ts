import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../policy/parse-policy.ts';
import { loadSqlParser } from '../sql/parser.ts';
import type { RoleScope } from './role-scope.ts';

const PARSER = await loadSqlParser();

function rolesOf(text: string): ReadonlyMap<string, RoleScope> {
  const parsed = parsePolicy(`version: 1\nroles:\n${text}`, PARSER);
  if (!parsed.ok) throw new Error(`${parsed.problem.line}: ${parsed.problem.message}`);
  return parsed.file.roles;
}

function describeRole(role: RoleScope | undefined): unknown {
  if (role === undefined) return null;
  return {
    tables: Object.fromEntries(
      [...role.tables.values()].map((table) => [
        `${table.schema}.${table.name}`,
        {
          operations: [...table.operations].join(' '),
          columns: Object.fromEntries(table.columns),
          filters: table.filters.map(({ source }) => source),
          masks: Object.fromEntries(table.masks),
        },
      ]),
    ),
    forbidden: [...role.forbidden].join(' '),
    rate: role.rateLimit?.text ?? null,
    person: role.onBehalfOfRequired,
    variables: [...role.variables],
  };
}

const READER = `
  reader:
    tables: { reservations: [SELECT], customers: [SELECT] }
    filters: { reservations: "tenant_id = {{ token.tenant_id }}" }
    masks: { customers: { email: partial } }
    rate_limit: 200/min
`;

test('a role has what it inherits, and its own words stand above that, table by table', () => {
  const role = rolesOf(`${READER}
  support:
    inherits: reader
    tables: { reservations: [SELECT, UPDATE] }
    columns: { reservations: { UPDATE: [notes, status] } }
    filters: { reservations: "status <> 'closed'" }
    forbidden_operations: [DELETE, DROP, TRUNCATE]
`).get('support');
  expect(describeRole(role)).toEqual({
    tables: {
      'public.reservations': {
        operations: 'SELECT UPDATE',
        columns: { UPDATE: ['notes', 'status'] },
        filters: ['tenant_id = {{ token.tenant_id }}', "status <> 'closed'"],
        masks: {},
      },
      'public.customers': {
        operations: 'SELECT',
        columns: {},
        filters: [],
        masks: { email: 'partial' },
      },
    },
    forbidden: 'DELETE DROP TRUNCATE',
    rate: '200/min',
    person: false,
    variables: ['tenant_id'],
  });
});

test('an heir does not change the role that it inherits from', () => {
  const alone = describeRole(rolesOf(READER).get('reader'));
  const heir = `${READER}
  support:
    inherits: reader
    filters: { customers: "true" }
    masks: { reservations: { notes: redact } }
`;
  expect(describeRole(rolesOf(heir).get('reader'))).toEqual(alone);
});

test('what is inherited and forbidden is taken away, and with it a table that has nothing left', () => {
  const role = rolesOf(`
  writer:
    tables: { a: [SELECT, DELETE], b: [DELETE] }
  careful:
    inherits: writer
    forbidden_operations: [DELETE]
`).get('careful');
  expect(Object.keys((describeRole(role) as { tables: object }).tables)).toEqual(['public.a']);
  expect([...(role?.tables.values() ?? [])][0]?.operations).toEqual(new Set(['SELECT']));
});

test('columns that an ancestor restricts stay restricted when an heir grants the operation again', () => {
  const role = rolesOf(`
  a:
    tables: { t: [SELECT, UPDATE] }
    columns: { t: { UPDATE: [notes] } }
  b:
    inherits: a
    tables: { t: [SELECT, UPDATE, DELETE] }
`).get('b');
  expect([...(role?.tables.values() ?? [])][0]?.columns).toEqual(new Map([['UPDATE', ['notes']]]));
});

test('of two rates that are inherited the slower holds, and one that is said holds above both', () => {
  const roles = rolesOf(`
  slow: { rate_limit: 10/min }
  fast: { rate_limit: 10/s }
  both: { inherits: [slow, fast] }
  own: { inherits: [slow, fast], rate_limit: 5/s }
`);
  expect(roles.get('both')?.rateLimit).toMatchObject({ count: 10, perMs: 60_000 });
  expect(roles.get('own')?.rateLimit).toMatchObject({ count: 5, perMs: 1000 });
});

test('names of tables are spelled as the catalog spells them, and public unless said otherwise', () => {
  const roles = rolesOf(`
  a: { tables: { Orders: [SELECT], app.users: [SELECT], '"odd.name"': [SELECT], 'app."a ""b"""': [SELECT] } }
`);
  expect([...(roles.get('a')?.tables.values() ?? [])].map((t) => [t.schema, t.name])).toEqual([
    ['public', 'Orders'],
    ['app', 'users'],
    ['public', 'odd.name'],
    ['app', 'a "b"'],
  ]);
});

describe('what contradicts itself is refused with its line and the word', () => {
  test.each([
    ['an unknown parent', 'a: { inherits: reeder }\n  reader: {}', 3, 'did you mean `reader`?'],
    ['a circle', 'a: { inherits: b }\n  b: { inherits: a }', 4, 'a -> b -> a'],
    ['itself as parent', 'a: { inherits: a }', 3, 'a -> a'],
    [
      'a grant that is forbidden in the same breath',
      'a:\n    tables:\n      t: [SELECT, DELETE]\n    forbidden_operations: [DELETE]',
      5,
      'DELETE',
    ],
    [
      'a grant that an ancestor forbids',
      'a: { forbidden_operations: [DROP] }\n  b:\n    inherits: a\n    tables:\n      t: [DROP]',
      7,
      'forbids DROP',
    ],
    [
      'parents that disagree on a table',
      'a: { tables: { t: [SELECT] } }\n  b: { tables: { t: [DELETE] } }\n  c: { inherits: [a, b] }',
      5,
      'public.t',
    ],
    [
      'a filter on what is not granted',
      'a: { tables: { reservations: [SELECT] }, filters: { reservation: "true" } }',
      3,
      'did you mean `reservations`?',
    ],
    [
      'columns of what is not granted',
      'a: { tables: { t: [SELECT] }, columns: { t: { UPDATE: [a] } } }',
      3,
      'UPDATE',
    ],
    [
      'a mask that an ancestor set otherwise',
      'a: { tables: { t: [SELECT] }, masks: { t: { c: redact } } }\n  b: { inherits: a, masks: { t: { c: partial } } }',
      4,
      't.c',
    ],
    [
      'a filter that does not parse',
      'a:\n    tables: { t: [SELECT] }\n    filters:\n      t: "tenant_id = = 1"',
      6,
      'tenant_id = = 1',
    ],
    ['a rate that is none', 'a: { rate_limit: 200/day }', 3, '200/day'],
    ['an operation in other words', 'a: { tables: { t: [SELCT] } }', 3, 'did you mean `SELECT`?'],
    [
      'an operation in small letters',
      'a: { tables: { t: [select] } }',
      3,
      'did you mean `SELECT`?',
    ],
    ['a key in other words', 'a: { table: { t: [SELECT] } }', 3, 'did you mean `tables`?'],
    [
      'a forbidden operation in other words',
      'a: { forbidden_operations: [DORP] }',
      3,
      'did you mean `DROP`?',
    ],
    [
      'a mask in other words',
      'a: { tables: { t: [SELECT] }, masks: { t: { c: redacted } } }',
      3,
      'did you mean `redact`?',
    ],
    ['no operation at all', 'a: { tables: { t: [] } }', 3, 'roles.a.tables.t'],
    ['one table twice', 'a: { tables: { t: [SELECT], public.t: [DELETE] } }', 3, 'public.t'],
    ['a name of three parts', 'a: { tables: { a.b.c: [SELECT] } }', 3, 'a.b.c'],
    [
      'columns for DELETE',
      'a: { tables: { t: [DELETE] }, columns: { t: { DELETE: [a] } } }',
      3,
      'DELETE',
    ],
  ])('%s', (_what, text, line, word) => {
    const parsed = parsePolicy(`version: 1\nroles:\n  ${text}`, PARSER);
    expect(parsed).toMatchObject({ ok: false, problem: { line } });
    expect(parsed.ok ? '' : parsed.problem.message).toContain(word);
  });

  test('a resource with a role that is not there', () => {
    const text =
      'version: 1\nresources:\n  db:\n    kind: postgres\n    role: suport\nroles:\n  support: {}\n';
    expect(parsePolicy(text, PARSER)).toEqual({
      ok: false,
      problem: {
        line: 5,
        column: 11,
        message: '`resources.db.role`: no role is called `suport`; did you mean `support`?',
      },
    });
  });
});
