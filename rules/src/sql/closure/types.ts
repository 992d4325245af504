/**
 * Code that runs because of a type: CHECK expressions of domains, functions behind casts, functions of base types.
 * A type is reached by name in a cast or a definition, or by number as the type of a column or an argument.
 */

import type { TypeName } from '@pgsql/types';

import type { CatalogCast, CatalogColumn, CatalogType, Oid } from '../catalog.ts';
import { isUserOid } from '../catalog-index.ts';
import { BOUND_PATHS, toWrittenName, typeCandidates } from '../names.ts';
import { emitUnknown, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { stringsOf } from '../syntax.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';

/** Follows the type that a name in a statement may mean. */
export function useTypeName(type: TypeName, scope: Scope): void {
  const parts = stringsOf(type.names);
  const written = toWrittenName(type.pct_type === true ? parts.slice(0, -1) : parts);
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
  if (!scope.findings.meets(`type ${type.oid}`, scope)) return;
  const name = `${type.schema}.${type.name}`;
  if (type.underlying !== null) followTypeByOid(type.underlying, scope);
  if (type.kind === 'composite') followComposite(type, scope);
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

/** Follows casts that may apply where a statement asks for one. */
export function castExplicitly(scope: Scope): void {
  followCasts('explicit', scope);
  castOnAssignment(scope);
}

/** Follows casts that may apply where a value is stored. */
export function castOnAssignment(scope: Scope): void {
  followCasts('assignment', scope);
  castImplicitly(scope);
}

/** Follows casts that may apply anywhere. */
export function castImplicitly(scope: Scope): void {
  followCasts('implicit', scope);
}

/** Which value is cast to which type is not computed here, so every cast of that kind may be meant. */
function followCasts(context: CatalogCast['context'], scope: Scope): void {
  const casts = scope.index.casts[context];
  if (casts.length === 0 || !scope.findings.meets(`casts ${context}`, scope)) return;
  for (const cast of casts) {
    if (cast.function === null) continue;
    const step = `cast ${typeText(cast.source, scope)} as ${typeText(cast.target, scope)}`;
    scope.reader.functionByOid(cast.function, through(scope, step));
  }
}

function typeText(oid: Oid, scope: Scope): string {
  const type = scope.index.type(oid);
  return type === undefined ? `type ${oid}` : `${type.schema}.${type.name}`;
}
