/**
 * Reading a relation: what stands behind a view, which policies filter it, which types its columns have.
 */

import type { RangeVar } from '@pgsql/types';

import type { CatalogPolicy, CatalogRelation } from '../catalog.ts';
import { BOUND_PATHS, resolveRelation } from '../names.ts';
import type { ResolvedRelation } from '../names.ts';
import { emit, emitUnknown, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';
import { followColumnTypes } from './types.ts';

/** Reads whatever the name in a FROM clause may mean, unless it is a WITH query. */
export function readWritten(relation: RangeVar, scope: Scope): void {
  if (isCommonTable(relation, scope)) return;
  for (const resolved of resolve(relation, scope)) readResolved(resolved, scope);
}

/** Whether the name means a WITH query that is in scope here. */
export function isCommonTable(relation: RangeVar, scope: Scope): boolean {
  if (relation.schemaname !== undefined) return false;
  for (let table = scope.commonTables; table !== null; table = table.outer) {
    if (table.name === relation.relname) return true;
  }
  return false;
}

/** Everything that a name may mean where rows are read or written. Notes what is not known and what cannot be. */
export function resolve(relation: RangeVar, scope: Scope): ResolvedRelation[] {
  const found = resolveToDefine(relation, scope);
  const hides = scope.context.hiddenDefinitions && !scope.paths.bound;
  if (hides && found.some(({ kind }) => kind !== 'system')) emitUnknown(scope, HIDDEN_DEFINITIONS);
  return found;
}

/** Everything that a name may mean where only its definition is touched, which runs nothing that is hidden. */
export function resolveToDefine(relation: RangeVar, scope: Scope): ResolvedRelation[] {
  const written = { schema: relation.schemaname ?? null, name: relation.relname ?? '' };
  const found = resolveRelation(written, scope);
  for (const resolved of found) {
    if (resolved.kind === 'system' || scope.paths.bound) continue;
    // Columns that are not known may be of any type.
    if (resolved.kind !== 'catalog') scope.findings.anyType = true;
    if (resolved.kind === 'unresolved' && scope.fromMessage) {
      const { schema, name } = written;
      scope.findings.unresolved.add(schema === null ? name : `${schema}.${name}`);
    }
  }
  return found;
}

/** System tables whose rows hold passwords, connection strings with passwords, or other people's large objects. */
const SENSITIVE_TABLES: ReadonlySet<string> = new Set([
  'pg_authid',
  'pg_shadow',
  'pg_user_mapping',
  'pg_user_mappings',
  'pg_largeobject',
  'pg_hba_file_rules',
  'pg_ident_file_mappings',
  'pg_file_settings',
]);

function readResolved(resolved: ResolvedRelation, scope: Scope): void {
  emit(scope, { kind: 'read', object: resolved.object });
  if (resolved.kind === 'catalog') expandRead(resolved.relation, scope);
  if (resolved.kind === 'system' && SENSITIVE_TABLES.has(resolved.object.name)) {
    emitUnknown(scope, `${resolved.object.name} holds credentials or what no other table shows`);
  }
}

/** Follows everything that reading the relation runs. */
export function expandRead(relation: CatalogRelation, scope: Scope): void {
  if (!scope.findings.meets(`read ${relation.oid}`, scope)) return;
  if (relation.kind === 'view') readDefinition(relation, scope);
  readPolicies(relation, ['select'], scope);
  followColumnTypes(relation.columns, scope);
  runVirtualColumns(relation, scope);
}

/** Reads the query of a view or a materialized view. */
export function readDefinition(relation: CatalogRelation, scope: Scope): void {
  const name = `${relation.schema}.${relation.name}`;
  const inside = inDefinition(through(scope, `${relation.kind} ${name}`));
  if (relation.viewDefinition === null) {
    emitUnknown(inside, `the definition of ${name} is not known`);
    return;
  }
  inside.reader.text(relation.viewDefinition, inside);
}

/** The scope of a text that the server deparsed. */
export function inDefinition(scope: Scope): Scope {
  return { ...scope, paths: BOUND_PATHS, commonTables: null, fromMessage: false };
}

/** Reads the expressions of row policies for these commands. */
export function readPolicies(
  relation: CatalogRelation,
  commands: readonly CatalogPolicy['command'][],
  scope: Scope,
): void {
  if (!relation.rowSecurity) return;
  for (const policy of relation.policies) {
    if (policy.command !== 'all' && !commands.includes(policy.command)) continue;
    const step = `policy ${policy.name} on ${relation.schema}.${relation.name}`;
    const inside = inDefinition(through(scope, step));
    if (policy.usingText !== null) inside.reader.expression(policy.usingText, inside);
    if (policy.checkText !== null) inside.reader.expression(policy.checkText, inside);
  }
}

/** Generated columns may be computed when they are read. */
function runVirtualColumns(relation: CatalogRelation, scope: Scope): void {
  for (const column of relation.columns) {
    if (!column.generated || column.defaultText === null) continue;
    const step = `column ${column.name} of ${relation.schema}.${relation.name}`;
    const inside = inDefinition(through(scope, step));
    inside.reader.expression(column.defaultText, inside);
  }
}
