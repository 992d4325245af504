/**
 * Code that runs because of a type: CHECK expressions of domains, functions behind casts, functions of base types.
 * A type is reached by name in a cast or a definition, or by number as the type of a column or an argument.
 */

import type { TypeName } from '@pgsql/types';

import type { CatalogCast, CatalogColumn, CatalogType, Oid } from '../catalog.ts';
import { isUserOid } from '../catalog-index.ts';
import { BOUND_PATHS, toWrittenName, typeCandidates } from '../names.ts';
import { parseSearchPath } from '../search-path-text.ts';
import { emitUnknown, through } from '../scope.ts';
import type { Findings, Scope } from '../scope.ts';
import { stringsOf } from '../syntax.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';

/** Follows the type that a name in a statement may mean. */
export function useTypeName(type: TypeName, scope: Scope): void {
  const parts = stringsOf(type.names);
  const written = toWrittenName(type.pct_type === true ? parts.slice(0, -1) : parts);
  // The type of a column is meant, which is not looked up here.
  if (type.pct_type === true) scope.findings.anyType = true;
  if (written.schema === 'pg_catalog') return;
  if (hidesTypes(scope)) emitUnknown(scope, HIDDEN_DEFINITIONS);
  for (const candidate of typeCandidates(written, scope)) followType(candidate, scope);
}

/** A type made a moment ago can stand before one of the server's only where the path says so. */
function hidesTypes(scope: Scope): boolean {
  if (!scope.context.hiddenDefinitions || scope.paths.bound) return false;
  return scope.paths.any || scope.paths.schemas.has('pg_catalog');
}

/** Follows a type by number. Types that came with the server do nothing of their own. */
export function followTypeByOid(oid: Oid, scope: Scope): void {
  if (!isUserOid(oid)) return;
  const type = scope.index.type(oid);
  if (type !== undefined) followType(type, scope);
}

/** Follows the types of columns: reading or writing them runs the code of their types. */
export function followColumnTypes(columns: readonly CatalogColumn[], scope: Scope): void {
  for (const { type } of columns) followTypeByOid(type, scope);
}

/** Follows everything that handling a value of the type may run. */
export function followType(type: CatalogType, scope: Scope): void {
  scope.findings.types.add(type.oid);
  if (!scope.findings.meets(`type ${type.oid}`, scope)) return;
  const name = `${type.schema}.${type.name}`;
  if (type.underlying !== null) followTypeByOid(type.underlying, scope);
  if (type.kind === 'composite') followComposite(type, scope);
  // The bounds of a range may be of a domain; which one its entry does not say.
  const ofUnknown = type.underlying === null && ['range', 'multirange'].includes(type.kind);
  if (ofUnknown) for (const domain of scope.index.domains) followType(domain, scope);
  if (type.kind === 'domain') {
    const inside: Scope = {
      ...through(scope, `domain ${name}`),
      paths: BOUND_PATHS,
      fromMessage: false,
    };
    for (const text of type.expressions) scope.reader.expression(text, inside);
  }
  // Functions of a type that an extension brought were put there with it, by whoever may load code into the server.
  if (type.extension !== null) return;
  for (const oid of type.supportFunctions)
    scope.reader.functionByOid(oid, through(scope, `type ${name}`));
}

function followComposite(type: CatalogType, scope: Scope): void {
  const relation = scope.index
    .relationsNamed(type.name)
    .find(({ schema }) => schema === type.schema);
  if (relation !== undefined) followColumnTypes(relation.columns, scope);
}

/** Functions that write any value as JSON use a cast to it where there is one. */
export function castToJson(scope: Scope): void {
  followCasts(['explicit', 'assignment', 'implicit'], JSON_TYPES, scope);
}

const JSON_TYPES: readonly Oid[] = ['114', '3802'];

/** Follows the type that a text such as `public.email` or `orders%ROWTYPE` names, as a variable is declared with. */
export function useTypeText(text: string, scope: Scope): void {
  if (text.includes('%')) scope.findings.anyType = true;
  const name = text.replace(/(%\w+|\(.*|\[.*)$/u, '').replaceAll('.', ',');
  const parts = parseSearchPath(name, '$user');
  if (parts === null) return;
  const candidates = typeCandidates(toWrittenName(parts), scope);
  const referenced = typeCandidates(toWrittenName(parts.slice(0, -1)), scope);
  for (const type of [...candidates, ...referenced]) followType(type, scope);
}

/** Follows every cast, for what casts at run time to types that cannot be known here. */
export function castAnyhow(scope: Scope): void {
  followCasts(['explicit', 'assignment', 'implicit'], ANY_TARGET, scope);
}

/** Follows casts that may apply where a statement asks for one to that type. */
export function castExplicitly(type: TypeName | undefined, scope: Scope): void {
  const written = toWrittenName(stringsOf(type?.names));
  const targets = typeCandidates(written, scope).map(({ oid }) => oid);
  const builtin = written.schema === null || written.schema === 'pg_catalog';
  const known = builtin ? BUILTIN_TYPES.get(written.name) : undefined;
  const all = known === undefined ? targets : [...targets, known];
  followCasts(['explicit', 'assignment', 'implicit'], all.length === 0 ? ANY_TARGET : all, scope);
}

/** Follows casts that may apply where a value is stored as that type. */
export function castOnAssignment(type: Oid, scope: Scope): void {
  const casts = scope.index.casts;
  if (casts.assignment.length + casts.implicit.length === 0) return;
  followCasts(['assignment', 'implicit'], typesInside(type, scope), scope);
}

/** Follows casts that may apply where a value is stored as a type that is not known here. */
export function castOnAnyAssignment(scope: Scope): void {
  followCasts(['assignment', 'implicit'], ANY_TARGET, scope);
}

/** Follows casts that may apply anywhere. */
export function castImplicitly(scope: Scope): void {
  followCasts(['implicit'], ANY_TARGET, scope);
}

/** Types of the server by name, as far as somebody may cast to them. */
const BUILTIN_TYPES: ReadonlyMap<string, Oid> = toMap(
  `bool 16 bytea 17 char 18 name 19 int8 20 int2 21 int4 23 text 25 oid 26 json 114 xml 142 float4 700 float8 701
  money 790 inet 869 cidr 650 bpchar 1042 varchar 1043 date 1082 time 1083 timestamp 1114 timestamptz 1184
  interval 1186 timetz 1266 bit 1560 varbit 1562 numeric 1700 regclass 2205 regtype 2206 regproc 24 regprocedure 2202
  regnamespace 4089 regrole 4096 regconfig 3734 uuid 2950 tsvector 3614 tsquery 3615 jsonb 3802 jsonpath 4072 point 600`,
);

function toMap(pairs: string): ReadonlyMap<string, Oid> {
  const words = pairs.split(/\s+/u);
  const map = new Map<string, Oid>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    map.set(words[index] ?? '', words[index + 1] ?? '');
  }
  return map;
}

/** A domain and an array are stored as what is underneath. */
function typesInside(type: Oid, scope: Scope): Oid[] {
  const types: Oid[] = [];
  for (let oid: Oid | null = type; oid !== null && !types.includes(oid);) {
    types.push(oid);
    oid = scope.index.type(oid)?.underlying ?? null;
  }
  return types;
}

const ANY_TARGET = 'any';

/** From which type is not computed here, so every cast to one of the types may be meant. */
function followCasts(
  contexts: readonly CatalogCast['context'][],
  targets: readonly Oid[] | typeof ANY_TARGET,
  scope: Scope,
): void {
  for (const context of contexts) {
    for (const cast of scope.index.casts[context]) {
      if (targets === ANY_TARGET || targets.includes(cast.target)) followCast(cast, scope);
    }
  }
}

function followCast(cast: CatalogCast, scope: Scope): void {
  const what = `cast ${cast.source} as ${cast.target}`;
  if (cast.function === null || !scope.findings.meets(what, scope)) return;
  scope.findings.casting.push({ cast, scope });
}

/**
 * Runs the casts that may apply, once everything else was read: a cast needs a value of its source type, and only
 * then is it known of which types one may be at hand. A cast may bring another type within reach.
 */
export function settleCasts(findings: Findings): void {
  for (let waiting = findings.takeCasting(); waiting.length > 0;) {
    const ready = waiting.filter(({ cast, scope }) => isAtHand(cast.source, scope));
    if (ready.length === 0) return;
    const left = waiting.filter((place) => !ready.includes(place));
    for (const { cast, scope } of ready) runCast(cast, scope);
    waiting = [...left, ...findings.takeCasting()];
  }
}

function runCast(cast: CatalogCast, scope: Scope): void {
  if (cast.function === null) return;
  const step = `cast ${typeText(cast.source, scope)} as ${typeText(cast.target, scope)}`;
  scope.reader.functionByOid(cast.function, through(scope, step));
}

/** Values of the server's types are always at hand. Others have to come from something that was met. */
function isAtHand(oid: Oid, scope: Scope): boolean {
  const { findings, index } = scope;
  if (!isUserOid(oid) || findings.anyType || findings.types.has(oid)) return true;
  const type = index.type(oid);
  // The row of a table is at hand wherever the table is, without its type being named.
  if (type === undefined || isRowOfTable(type, scope)) return true;
  const made = type.array || type.kind === 'range' || type.kind === 'multirange';
  return made && type.underlying !== null && isAtHand(type.underlying, scope);
}

function isRowOfTable(type: CatalogType, scope: Scope): boolean {
  if (type.kind !== 'composite') return false;
  return scope.index
    .relationsNamed(type.name)
    .some(({ schema, kind }) => schema === type.schema && kind !== 'composite type');
}

function typeText(oid: Oid, scope: Scope): string {
  const type = scope.index.type(oid);
  return type === undefined ? `type ${oid}` : `${type.schema}.${type.name}`;
}
