/**
 * Code that runs because of a type: CHECK expressions of domains, functions behind casts, functions of base types.
 * A type is reached by name in a cast or a definition, or by number as the type of a column or an argument.
 */

import type { TypeName } from '@pgsql/types';

import type { CatalogCast, CatalogColumn, CatalogType, Oid } from '../catalog.ts';
import { isUserOid } from '../catalog-index.ts';
import { BOUND_PATHS, toWrittenName, typeCandidates } from '../names.ts';
import type { WrittenName } from '../names.ts';
import { parseSearchPath } from '../search-path-text.ts';
import { emitUnknown, through } from '../scope.ts';
import type { Findings, Scope } from '../scope.ts';
import { as, stringsOf } from '../syntax.ts';
import { BUILTIN_TYPES, isBuiltinType } from './builtin-types.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';

/** Follows the type that a name in a statement may mean. */
export function useTypeName(type: TypeName, scope: Scope): void {
  const parts = stringsOf(type.names);
  const written = toWrittenName(type.pct_type === true ? parts.slice(0, -1) : parts);
  // The type of a column is meant, which is not looked up here.
  if (type.pct_type === true) scope.findings.anyType = true;
  if (written.schema === 'pg_catalog') return;
  const candidates = typeCandidates(written, scope);
  for (const candidate of candidates) followType(candidate, scope);
  if (!scope.paths.bound) noteHidden(written, candidates.length > 0, scope);
}

/**
 * A type that the catalog does not show may have been made by somebody since, or by this connection in between: then its
 * making has been read already, unless definitions are hidden.
 */
function noteHidden(written: WrittenName, known: boolean, scope: Scope): void {
  const { paths, context, findings, fromMessage } = scope;
  const builtin = isBuiltinType(written) || isSystemRow(written, scope);
  // The columns of a row without a name have types that nothing here tells.
  if (written.name === 'record') findings.anyType = true;
  if (!known && !builtin) {
    findings.anyType = true;
    if (fromMessage) findings.unresolved.add(nameText(written));
  }
  if (!context.hiddenDefinitions) return;
  // A type made a moment ago can stand before one of the server's only where the path says so.
  const first = !paths.any && !paths.schemas.has('pg_catalog');
  if (!builtin || !first) emitUnknown(scope, HIDDEN_DEFINITIONS);
}

/** Tables of the server are types as well. */
function isSystemRow({ schema, name }: WrittenName, scope: Scope): boolean {
  return schema === null && scope.index.systemRelations.has(`pg_catalog.${name}`);
}

function nameText({ schema, name }: WrittenName): string {
  return schema === null ? name : `${schema}.${name}`;
}

/** Follows what a row may hold whose columns are made up by a function. */
export function followAnyRow(scope: Scope): void {
  scope.findings.anyType = true;
  for (const domain of scope.index.domains) followType(domain, scope);
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
  if (ofUnknown) followAnyRow(scope);
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

/** Follows the type that a text names: `public.email`, `character varying(10)`, `orders%ROWTYPE`. */
export function useTypeText(text: string, scope: Scope): void {
  const parsed = scope.parser.parse(`SELECT NULL::${text}`);
  const target = parsed.ok
    ? as(parsed.tree.stmts[0]?.stmt, 'SelectStmt')?.targetList?.[0]
    : undefined;
  const type = as(as(target, 'ResTarget')?.val, 'TypeCast')?.typeName;
  if (type === undefined) useReferencedType(text, scope);
  else useTypeName(type, scope);
}

/** `table.column%TYPE`, `table%ROWTYPE`: the row of the table has every type that may be meant. */
function useReferencedType(text: string, scope: Scope): void {
  scope.findings.anyType = true;
  const name = text.replace(/%.*$/u, '').replaceAll('.', ',');
  const parts = parseSearchPath(name, '$user');
  if (parts === null) return;
  for (const known of [parts, parts.slice(0, -1)]) {
    for (const type of typeCandidates(toWrittenName(known), scope)) followType(type, scope);
  }
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
