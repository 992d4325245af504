/**
 * What a name in a statement may mean. Where that is not certain the answer is every object it may mean, because a guard
 * that picks one of two can be told apart from the server, which picks the other.
 * Own relations and temporary ones are added to what the search path gives and never hide it.
 */

import type { ObjectKind, ObjectName } from '../facts/effect.ts';
import type { CatalogFunction, CatalogOperator, CatalogRelation, CatalogType } from './catalog.ts';
import type { CatalogIndex } from './catalog-index.ts';
import type { NameContext } from './name-context.ts';

/** How unqualified names are looked up. */
export interface SearchPaths {
  /** Every path that may hold. */
  readonly paths: readonly (readonly string[])[];
  /** The path is not known: any schema. */
  readonly any: boolean;
  /**
   * The server bound the names when the definition was made and deparsed them under an empty path:
   * what is not qualified came with the server.
   */
  readonly bound: boolean;
  /** All schemas of all paths. */
  readonly schemas: ReadonlySet<string>;
  /** Equal keys mean equal lookups. */
  readonly key: string;
}

/** Paths of texts that the server deparsed. */
export const BOUND_PATHS: SearchPaths = {
  paths: [[]],
  any: false,
  bound: true,
  schemas: new Set(),
  key: 'bound',
};

/** Paths from lists of schemas. */
export function makeSearchPaths(paths: readonly (readonly string[])[], any: boolean): SearchPaths {
  const key = any ? 'any' : JSON.stringify(paths);
  return { paths, any, bound: false, schemas: new Set(paths.flat()), key };
}

/** A name as the grammar gives it. */
export interface WrittenName {
  readonly schema: string | null;
  readonly name: string;
}

/** Takes the last part of a qualified name, and the schema before it; a database in front changes nothing. */
export function toWrittenName(parts: readonly string[]): WrittenName {
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}

/** One thing that a relation name may mean. */
export type ResolvedRelation =
  | { readonly kind: 'catalog'; readonly object: ObjectName; readonly relation: CatalogRelation }
  /** It came with the server. */
  | { readonly kind: 'system'; readonly object: ObjectName }
  /** This connection made it and the snapshot may not show it. */
  | { readonly kind: 'own'; readonly object: ObjectName }
  /** No such relation is known. */
  | { readonly kind: 'unresolved'; readonly object: ObjectName };

/** What the lookups need of the connection. */
export interface NameLookup {
  readonly context: NameContext;
  readonly index: CatalogIndex;
  readonly paths: SearchPaths;
}

const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set([
  'pg_catalog',
  'information_schema',
  'pg_toast',
]);

/** True for schemas whose relations came with the server. */
export function isSystemSchema(schema: string): boolean {
  return SYSTEM_SCHEMAS.has(schema);
}

/** Everything that a relation name may mean; never empty. */
export function resolveRelation(written: WrittenName, lookup: NameLookup): ResolvedRelation[] {
  const found =
    written.schema === null
      ? resolveBare(written.name, lookup)
      : resolveQualified(written.schema, written.name, lookup);
  if (found.length > 0) return found;
  return [
    { kind: 'unresolved', object: { kind: 'table', schema: written.schema, name: written.name } },
  ];
}

function resolveQualified(schema: string, name: string, lookup: NameLookup): ResolvedRelation[] {
  if (isSystemSchema(schema)) return [toSystem(schema, name)];
  const own = ownRelation(schema, name, lookup);
  const temporary = schema === 'pg_temp';
  const matches = lookup.index
    .relationsNamed(name)
    .filter((relation) =>
      temporary ? lookup.index.isTemporary(relation.schema) : relation.schema === schema,
    );
  return [...own, ...matches.map((relation) => toCatalog(relation, temporary))];
}

function resolveBare(name: string, lookup: NameLookup): ResolvedRelation[] {
  const { paths, index } = lookup;
  const system = index.systemRelations.has(`pg_catalog.${name}`);
  if (paths.bound) return system ? [toSystem('pg_catalog', name)] : [];
  const found = ownRelation(null, name, lookup);
  const named = index.relationsNamed(name);
  for (const relation of named) {
    if (index.isTemporary(relation.schema)) found.push(toCatalog(relation, true));
  }
  if (paths.any) {
    if (system) found.push(toSystem('pg_catalog', name));
    const inSchema = index.systemRelations.has(`information_schema.${name}`);
    if (inSchema) found.push(toSystem('information_schema', name));
    const rest = named.filter((relation) => !index.isTemporary(relation.schema));
    return [...found, ...rest.map((relation) => toCatalog(relation, false))];
  }
  const seen = new Set<string>();
  for (const path of paths.paths) {
    const schema = firstOnPath(path, name, lookup);
    if (schema === null || seen.has(schema)) continue;
    seen.add(schema);
    const relation = named.find((candidate) => candidate.schema === schema);
    found.push(relation === undefined ? toSystem(schema, name) : toCatalog(relation, false));
  }
  return found;
}

/** The schema in which one path finds the name. pg_catalog comes first unless the path puts it elsewhere. */
function firstOnPath(path: readonly string[], name: string, lookup: NameLookup): string | null {
  const { index } = lookup;
  const named = index.relationsNamed(name);
  const implicit = path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
  for (const schema of implicit) {
    if (index.systemRelations.has(`${schema}.${name}`)) return schema;
    if (named.some((relation) => relation.schema === schema)) return schema;
  }
  return null;
}

function ownRelation(schema: string | null, name: string, lookup: NameLookup): ResolvedRelation[] {
  if (!lookup.context.ownRelations.has(name)) return [];
  return [{ kind: 'own', object: { kind: 'table', schema, name, own: true } }];
}

function toSystem(schema: string, name: string): ResolvedRelation {
  const kind = schema === 'information_schema' ? 'view' : 'table';
  return { kind: 'system', object: { kind, schema, name } };
}

function toCatalog(relation: CatalogRelation, temporary: boolean): ResolvedRelation {
  return { kind: 'catalog', relation, object: toRelationObject(relation, temporary) };
}

const KIND_OF_RELATION: Readonly<Record<CatalogRelation['kind'], ObjectKind>> = {
  table: 'table',
  'partitioned table': 'table',
  view: 'view',
  'materialized view': 'materialized view',
  'foreign table': 'foreign table',
  sequence: 'sequence',
  index: 'index',
  'composite type': 'type',
};

/** The name of a relation for an effect. A temporary one that the client did not name by its schema is `pg_temp`. */
export function toRelationObject(relation: CatalogRelation, temporary = false): ObjectName {
  return {
    kind: KIND_OF_RELATION[relation.kind],
    schema: temporary ? 'pg_temp' : relation.schema,
    name: relation.name,
  };
}

/** Functions of others that a call by this name may reach. Those of the server itself are not among them. */
export function functionCandidates(
  written: WrittenName,
  lookup: NameLookup,
): readonly CatalogFunction[] {
  const named = lookup.index.functionsNamed(written.name);
  return named.length === 0 ? named : named.filter(inReach(written.schema, lookup));
}

/** Operators of others that this name may mean. */
export function operatorCandidates(
  written: WrittenName,
  lookup: NameLookup,
): readonly CatalogOperator[] {
  const named = lookup.index.operatorsNamed(written.name);
  return named.length === 0 ? named : named.filter(inReach(written.schema, lookup));
}

/** Types of others that this name may mean. */
export function typeCandidates(written: WrittenName, lookup: NameLookup): readonly CatalogType[] {
  const named = lookup.index.typesNamed(written.name);
  if (named.length === 0) return named;
  const reaches = inReach(written.schema, lookup);
  return named.filter(
    (type) => reaches(type) || (written.schema === null && lookup.index.isTemporary(type.schema)),
  );
}

/** Whether an object's schema is one that the name may be looked up in. */
function inReach(
  schema: string | null,
  lookup: NameLookup,
): (candidate: { readonly schema: string }) => boolean {
  const { paths, index } = lookup;
  if (schema === 'pg_temp') return (candidate) => index.isTemporary(candidate.schema);
  if (schema !== null) return (candidate) => candidate.schema === schema;
  if (paths.bound) return (candidate) => candidate.schema === 'pg_catalog';
  if (paths.any) return () => true;
  return (candidate) => candidate.schema === 'pg_catalog' || paths.schemas.has(candidate.schema);
}
