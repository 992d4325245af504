/**
 * What a name may mean under a search path, as a table.
 */

import { describe, expect, it } from 'vitest';

import { toObjectText } from '../facts/effect.ts';
import { indexOf } from './catalog-index.ts';
import type { NameContext } from './name-context.ts';
import { BOUND_PATHS, functionCandidates, makeSearchPaths, resolveRelation } from './names.ts';
import type { SearchPaths } from './names.ts';
import { buildCatalog, plainContext } from './testing/build-catalog.ts';

const CATALOG = buildCatalog({
  schemas: ['app', 'evil', 'pg_temp_3'],
  relations: {
    'public.orders': {},
    'app.orders': {},
    'app.only_here': {},
    'evil.pg_class': {},
    'pg_temp_3.scratch': {},
    'pg_temp_3.orders': {},
  },
  functions: [
    { name: 'public.f' },
    { name: 'app.f' },
    { name: 'evil.length', arguments: ['text'] },
  ],
});

const PLAIN = plainContext(CATALOG);

function meanings(name: string, paths: SearchPaths, context: Partial<NameContext> = {}): string[] {
  const [first = '', second] = name.split('.');
  const written =
    second === undefined ? { schema: null, name: first } : { schema: first, name: second };
  const lookup = { context: { ...PLAIN, ...context }, index: indexOf(CATALOG), paths };
  return resolveRelation(written, lookup).map(
    ({ kind, object }) => `${kind} ${toObjectText(object)}`,
  );
}

function path(...schemas: string[]): SearchPaths {
  return makeSearchPaths([schemas], false);
}

describe('resolveRelation', () => {
  it.each<[string, SearchPaths, readonly string[]]>([
    ['only_here', path('public', 'app'), ['catalog app.only_here']],
    ['only_here', path('public'), ['unresolved only_here']],
    ['orders', path('public', 'app'), ['catalog pg_temp.orders', 'catalog public.orders']],
    ['orders', path('app', 'public'), ['catalog pg_temp.orders', 'catalog app.orders']],
    ['app.orders', path('public'), ['catalog app.orders']],
    ['app.nothing', path('public'), ['unresolved app.nothing']],
    ['scratch', path('public'), ['catalog pg_temp.scratch']],
    ['pg_temp.scratch', path('public'), ['catalog pg_temp.scratch']],
    ['pg_temp_3.scratch', path('public'), ['catalog pg_temp_3.scratch']],
    ['pg_class', path('public'), ['system pg_catalog.pg_class']],
    ['pg_class', path('evil'), ['system pg_catalog.pg_class']],
    ['pg_class', path('evil', 'pg_catalog'), ['catalog evil.pg_class']],
    ['pg_class', path('pg_catalog', 'evil'), ['system pg_catalog.pg_class']],
    ['pg_catalog.anything', path('public'), ['system pg_catalog.anything']],
    ['tables', path('public'), ['unresolved tables']],
    ['tables', path('information_schema'), ['system information_schema.tables']],
    ['only_here', BOUND_PATHS, ['unresolved only_here']],
    ['orders', BOUND_PATHS, ['unresolved orders']],
    ['pg_class', BOUND_PATHS, ['system pg_catalog.pg_class']],
    ['app.orders', BOUND_PATHS, ['catalog app.orders']],
  ])('%s under %j means %j', (name, paths, expected) => {
    expect(meanings(name, paths)).toEqual(expected);
  });

  it('means whatever any of several possible paths gives', () => {
    const paths = makeSearchPaths([['public'], ['app']], false);
    expect(meanings('orders', paths)).toEqual([
      'catalog pg_temp.orders',
      'catalog public.orders',
      'catalog app.orders',
    ]);
  });

  it('means every relation of the name when the path is not known', () => {
    const paths = makeSearchPaths([], true);
    expect(meanings('pg_class', paths)).toEqual([
      'system pg_catalog.pg_class',
      'catalog evil.pg_class',
    ]);
    expect(meanings('orders', paths)).toHaveLength(3);
  });

  it('adds what the connection made itself and never lets it hide what is there', () => {
    const ownRelations = new Set(['orders', 'fresh']);
    expect(meanings('fresh', path('public'), { ownRelations })).toEqual(['own fresh']);
    expect(meanings('orders', path('public'), { ownRelations })).toContain('catalog public.orders');
    expect(meanings('app.orders', path('public'), { ownRelations })).toContain(
      'catalog app.orders',
    );
  });
});

describe('functionCandidates', () => {
  const schemasOf = (schema: string | null, name: string, paths: SearchPaths): string[] =>
    functionCandidates({ schema, name }, { context: PLAIN, index: indexOf(CATALOG), paths }).map(
      (candidate) => candidate.schema,
    );

  it('gives every overload in any schema of any path', () => {
    expect(schemasOf(null, 'f', path('public'))).toEqual(['public']);
    expect(schemasOf(null, 'f', path('public', 'app'))).toEqual(['public', 'app']);
    expect(schemasOf(null, 'f', makeSearchPaths([], true))).toEqual(['public', 'app']);
    expect(schemasOf('app', 'f', path('public'))).toEqual(['app']);
  });

  it('finds what shadows a built-in only where the path reaches it', () => {
    expect(schemasOf(null, 'length', path('public'))).toEqual([]);
    expect(schemasOf(null, 'length', path('evil', 'pg_catalog'))).toEqual(['evil']);
    expect(schemasOf('pg_catalog', 'length', path('evil'))).toEqual([]);
    expect(schemasOf(null, 'length', BOUND_PATHS)).toEqual([]);
  });
});
