import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Effect } from '../facts/effect.ts';
import type { OperationFacts } from '../facts/operation.ts';
import { ROOT_TYPES } from './environment.ts';
import { compileCondition } from './compile-condition.ts';
import type { ConditionAnswer } from './compile-condition.ts';
import { matchesGlob } from './glob.ts';
import { toConditionFacts } from './to-roots.ts';

const USERS = { kind: 'table', schema: 'public', name: 'users' } as const;

function operationOf(effects: readonly Effect[]): OperationFacts {
  return {
    principal: { person: 'ana', agent: 'claude', session: 'ses-1' },
    token: {
      id: 'tok-1',
      role: 'support',
      values: { tenant_id: 'acme' },
      resources: null,
      person: 'ana',
      onBehalfOf: 'bo',
      agent: null,
      label: 'night run',
      issuedAt: 0,
      expiresAt: 1,
    },
    resource: { name: 'shop', kind: 'postgres', environment: 'production' },
    action: {
      protocol: 'postgres',
      sql: {
        statements: [
          {
            command: 'SELECT',
            start: 0,
            end: 1,
            effects,
            functions: [{ schema: 'public', name: 'f', seen: 'followed' }],
            changesState: false,
          },
        ],
        literalsIgnored: false,
        secretSpans: [],
      },
    },
    context: { now: Date.parse('2026-01-02T03:04:05Z'), windowOpen: false, inTransaction: true },
  };
}

const READ: Effect = { kind: 'read', object: USERS, via: [] };
const DROP: Effect = { kind: 'drop', object: USERS, cascade: false, via: [] };
const UPDATE: Effect = {
  kind: 'update',
  object: USERS,
  columns: ['email'],
  rows: 'all',
  via: ['trigger t on public.x'],
};

function ask(source: string, effects: readonly Effect[] = [READ]): ConditionAnswer['kind'] {
  const compiled = compileCondition(source);
  if (!compiled.ok) throw new Error(compiled.problem);
  return compiled.condition.ask(toConditionFacts(operationOf(effects))).kind;
}

describe('a condition sees the facts by their names', () => {
  test.each<[string, readonly Effect[], boolean]>([
    ['resource.environment == "production" && sql.ddl && !window.open', [DROP], true],
    ['resource.environment == "production" && sql.ddl && !window.open', [READ], false],
    ['resource.production', [READ], true],
    ['sql.reads && !sql.writes', [READ], true],
    ['sql.writes', [UPDATE], true],
    ['"public.users" in sql.tables', [UPDATE], true],
    ['sql.effects.exists(e, e.kind == "update" && "email" in e.columns)', [READ, UPDATE], true],
    ['sql.effects.exists(e, e.kind == "update" && e.rows == "all")', [UPDATE], true],
    ['sql.effects.all(e, e.via.size() == 0)', [UPDATE], false],
    ['sql.commands == ["SELECT"]', [READ], true],
    ['"public.f" in sql.functions', [READ], true],
    ['sql.in_transaction', [READ], true],
    ['principal.agent == "claude" && session.session == "ses-1"', [READ], true],
    ['token.role == "support" && token.values["tenant_id"] == "acme"', [READ], true],
    ['principal.on_behalf_of == "bo" && token.label.glob("night*")', [READ], true],
    ['now.getHours("UTC") == 3', [READ], true],
    ['"x" in token.values', [READ], false],
  ])('%s', (source, effects, expected) => {
    expect(ask(source, effects)).toBe(expected ? 'matches' : 'does not match');
  });

  test('what cannot be seen through counts as writing and as changing the schema (P-71)', () => {
    const unknown: Effect = { kind: 'unknown', reason: 'x', via: [] };
    expect(ask('sql.unknown && sql.writes && sql.ddl', [unknown])).toBe('matches');
    expect(ask('sql.unknown || sql.writes || sql.ddl', [READ])).toBe('does not match');
  });

  test('a temporary table is no change of the schema', () => {
    const object = { kind: 'table', schema: 'pg_temp', name: 't' } as const;
    expect(ask('sql.ddl', [{ kind: 'create', object, via: [] }])).toBe('does not match');
  });
});

describe('a condition is about the protocols that it names', () => {
  test.each([
    ['mcp.tool == "query"', 'not about it'],
    ['mcp.tool == "query" || sql.reads', 'matches'],
    ['mcp.tool == "" && sql.reads', 'matches'],
    ['resource.name == "shop"', 'matches'],
    ['http.method == "DELETE"', 'not about it'],
  ])('%s of a message of SQL: %s', (source, answer) => {
    expect(ask(source)).toBe(answer);
  });
});

describe('what fails when it is asked is a failure, never an answer (P-71)', () => {
  test.each([
    ['an index that is not there', 'sql.commands[7] == "SELECT"'],
    ['a key that is not there', 'token.values["region"] == "eu"'],
    ['a division by zero', '1 / (size(sql.commands) - 1) == 1'],
    ['a timestamp that is none', 'timestamp(resource.name) == now'],
  ])('%s', (_what, source) => {
    expect(ask(source)).toBe('failed');
  });

  test('more effects than anybody would look through', () => {
    const many = Array.from({ length: 501 }, () => READ);
    expect(ask('sql.effects.all(e, e.kind == "read")', many)).toBe('failed');
    expect(ask('sql.effects.all(e, e.kind == "read")', many.slice(1))).toBe('matches');
    expect(ask('sql.reads && "public.users" in sql.tables', many)).toBe('matches');
  });

  test('a failure beside something that decides by itself does no harm', () => {
    expect(ask('false && sql.commands[7] == "x"')).toBe('does not match');
  });
});

describe('what cannot be compiled is said with its place', () => {
  test.each([
    ['sql.dll', 4, 'did you mean `ddl`?'],
    ['resourse.name == "x"', 0, 'did you mean `resource`?'],
    ['sql.ddl && token.rol == "x"', 17, 'did you mean `role`?'],
    ['sql.effects.exists(e, e.knd == "drop")', 24, 'did you mean `kind`?'],
    ['1 + "a" == 2', 0, 'int + string'],
    ['sql.ddl &&', 10, 'EOF'],
    ['sql.commands', 0, 'in place of true or false'],
    ['"a"', 0, 'in place of true or false'],
    ['resource.name.matches("(a+)+$")', 0, 'use `glob`'],
    ['dyn(sql).constructor.constructor("x") == 1', 0, ''],
    ['eval("1")', 0, ''],
    [
      'sql.effects.exists(a, sql.effects.exists(b, sql.effects.exists(c, c.kind == a.kind)))',
      44,
      'loop',
    ],
    ['x'.repeat(9000), 0, 'too long'],
    [`${'('.repeat(200)}true${')'.repeat(200)}`, 0, ''],
  ])('%s', (source, offset, word) => {
    const compiled = compileCondition(source);
    expect(compiled.ok).toBe(false);
    if (compiled.ok) return;
    expect(compiled.problem).toContain(word);
    if (word !== '') expect(compiled.offset).toBe(offset);
  });

  test('names of the language itself reach nothing', () => {
    for (const source of [
      'token.values.constructor == "x"',
      'token.values["__proto__"] == "x"',
      'mcp.args.constructor == 1 || sql.reads && mcp.args.toString == 1',
    ]) {
      const compiled = compileCondition(source);
      if (compiled.ok) expect(['failed', 'not about it']).toContain(ask(source));
    }
  });

  test('no text makes compiling throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        compileCondition(text);
        compileCondition(`sql.${text}`);
      }),
    );
  });
});

test('the types that conditions are checked by are those of the facts', () => {
  for (const { ctor, fields } of ROOT_TYPES) {
    expect(Object.keys(new ctor()).toSorted()).toEqual(Object.keys(fields).toSorted());
  }
});

describe('a glob', () => {
  test.each([
    ['/etc/passwd', '/etc/*', true],
    ['/etc', '/etc/*', false],
    ['abc', 'a?c', true],
    ['abc', 'a?', false],
    ['', '*', true],
    ['a*c', 'a*c', true],
    ['aXbXc', 'a*b*c', true],
    ['aXbX', 'a*b*c', false],
    ['a.c', 'abc', false],
  ])('%s fits %s: %s', (text, pattern, fits) => {
    expect(matchesGlob(text, pattern)).toBe(fits);
  });

  test('takes no longer than both lengths multiplied', () => {
    const text = 'a'.repeat(20_000);
    const begun = performance.now();
    expect(matchesGlob(text, `${'*a'.repeat(50)}b`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
