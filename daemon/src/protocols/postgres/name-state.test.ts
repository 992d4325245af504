import { describe, expect, it } from 'vitest';
import type { Effect, StatementFacts } from '@agentguard/rules';
import { EMPTY_CATALOG } from './conversation-playbook.ts';
import { NameState } from './name-state.ts';

function state(options: { initialPath?: string; reportedPath?: string } = {}): NameState {
  return new NameState({
    rolePath: ['public'],
    initialPath: options.initialPath,
    reportedPath: options.reportedPath,
    prepared: () => undefined,
  });
}

/** A statement with these effects ended well. */
function applied(names: NameState, text: string, ...effects: readonly Effect[]): void {
  const statement: StatementFacts = {
    command: 'X',
    start: 0,
    end: text.length,
    effects,
    functions: [],
    changesState: true,
  };
  names.applied(statement, text);
}

function setPath(names: NameState, text: string, value: string | null): void {
  applied(names, text, { kind: 'setting', name: 'search_path', value, allowed: true, via: [] });
}

function create(kind: 'table' | 'view', name: string, schema: string | null = 'public'): Effect {
  return { kind: 'create', object: { kind, schema, name }, via: [] };
}

/** Paths as an analysis would get them. */
function paths(names: NameState): string {
  const context = names.toContext(EMPTY_CATALOG);
  if (context.anySearchPath) return 'any';
  return context.searchPaths.map((path) => path.join(',')).join(' | ');
}

describe('the search path of a connection', () => {
  it('is that of the role, of the startup message, or what the server reports', () => {
    expect(paths(state())).toBe('public');
    expect(paths(state({ initialPath: 'app, "Odd", "$user"' }))).toBe('app,Odd,u');
    expect(paths(state({ initialPath: 'app', reportedPath: 'real' }))).toBe('real');
    expect(paths(state({ initialPath: 'a b' }))).toBe('any');
  });

  it.each([
    ['a plain SET', 'SET search_path = app', 'app', true, 'app'],
    ['SET SESSION', 'set session search_path to app', 'app', true, 'app'],
    ['SET LOCAL', 'SET LOCAL search_path = app', 'app', true, 'public'],
    [
      'a plain SET that may have been rolled back',
      'SET search_path = app',
      'app',
      false,
      'public | app',
    ],
    ['set_config, whose kind cannot be told', `SELECT set_config($1)`, 'app', true, 'public | app'],
    ['a value that is no literal', `SELECT set_config($1)`, null, true, 'any'],
    ['RESET', 'RESET search_path', null, true, 'public'],
    ['SET TO DEFAULT', 'SET search_path TO DEFAULT', null, true, 'public'],
    ['a schema whose name begins like DEFAULT', 'SET search_path = default_x', null, true, 'any'],
    ['an empty path', `SET search_path = ''`, '', true, ''],
  ])('before PostgreSQL 18: %s', (_what, text, value, clean, expected) => {
    const names = state();
    setPath(names, text, value);
    names.ready('idle', clean);
    expect(paths(names)).toBe(expected);
  });

  it('stays what it was at the start when the role is given another', () => {
    const names = state();
    const catalog = { ...EMPTY_CATALOG, version: '2', searchPath: ['evil'] };
    expect(names.toContext(catalog).searchPaths).toEqual([['public']]);
  });

  it('inside a transaction the paths before and after a SET both hold', () => {
    const names = state();
    setPath(names, 'SET search_path = app', 'app');
    names.ready('in transaction', true);
    expect(paths(names)).toBe('public | app');
  });

  it('a later plain SET makes the path certain again', () => {
    const names = state();
    setPath(names, 'SELECT set_config($1)', null);
    names.ready('idle', true);
    expect(paths(names)).toBe('any');
    setPath(names, 'SET search_path = app', 'app');
    names.ready('idle', true);
    expect(paths(names)).toBe('app');
  });

  it('too many possible paths count as any', () => {
    const names = state();
    for (let index = 0; index < 10; index += 1)
      setPath(names, 'SELECT set_config($1)', `s${index}`);
    expect(paths(names)).toBe('any');
  });

  it('from PostgreSQL 18 on the server is believed, at the end of the transaction', () => {
    const names = state({ reportedPath: 'public' });
    setPath(names, 'SELECT set_config($1)', null);
    names.reported('app');
    names.ready('in transaction', true);
    expect(paths(names)).toBe('any');
    names.ready('idle', false);
    expect(paths(names)).toBe('app');
  });

  it('code that could not be seen may have set it to anything', () => {
    const names = state();
    applied(names, 'DO x', { kind: 'unknown', reason: 'code', via: [] });
    expect(paths(names)).toBe('any');
  });

  it('another role makes it uncertain for good', () => {
    const names = state({ reportedPath: 'public' });
    applied(names, 'SET ROLE x', { kind: 'identity', action: 'SET ROLE', via: [] });
    names.reported('public');
    names.ready('idle', true);
    expect(paths(names)).toBe('any');
    expect(names.toContext(EMPTY_CATALOG).hiddenDefinitions).toBe(true);
  });
});

describe('definitions that no snapshot shows yet', () => {
  it('a new table is known by name until its transaction ends, and then the catalog has to be read', () => {
    const names = state();
    applied(names, 'CREATE TABLE t', create('table', 't'));
    expect(names.toContext(EMPTY_CATALOG)).toMatchObject({
      ownRelations: new Set(['t']),
      hiddenDefinitions: false,
    });
    expect(names.ready('in transaction', true)).toBe(false);
    expect(names.ready('idle', true)).toBe(true);
    expect(names.toContext(EMPTY_CATALOG).ownRelations).toEqual(new Set());
  });

  it('a temporary table is known for the whole session, without the catalog', () => {
    const names = state();
    applied(names, 'CREATE TEMP TABLE t', create('table', 't', 'pg_temp'));
    expect(names.ready('idle', true)).toBe(false);
    expect(names.toContext(EMPTY_CATALOG).ownRelations).toEqual(new Set(['t']));
  });

  it('anything else that is new hides what names mean until the transaction ends', () => {
    const names = state();
    applied(names, 'CREATE VIEW v', create('view', 'v'));
    expect(names.toContext(EMPTY_CATALOG).hiddenDefinitions).toBe(true);
    expect(names.ready('idle', true)).toBe(true);
    expect(names.toContext(EMPTY_CATALOG).hiddenDefinitions).toBe(false);
  });

  it('prepared statements are not definitions', () => {
    const names = state();
    const object = { kind: 'prepared statement', schema: 'pg_temp', name: 'p' } as const;
    applied(names, 'PREPARE p', { kind: 'create', object, via: [] });
    applied(names, 'DEALLOCATE p', { kind: 'drop', object, cascade: false, via: [] });
    expect(names.ready('idle', true)).toBe(false);
  });

  it('the signature changes exactly when names read differently', () => {
    const names = state();
    const before = names.signature;
    applied(names, 'SELECT 1');
    expect(names.signature).toBe(before);
    applied(names, 'CREATE TABLE t', create('table', 't'));
    expect(names.signature).not.toBe(before);
    names.ready('idle', true);
    expect(names.signature).toBe(before);
  });
});
