/**
 * Writing to a relation: the write itself, and what the schema makes of it (rules, views, triggers, defaults, checks,
 * policies, partitions). Foreign keys are in `cascades.ts`.
 */

import type { Node } from '@pgsql/types';

import type { CatalogRelation, CatalogRule } from '../catalog.ts';
import type { ResolvedRelation } from '../names.ts';
import { makeSearchPaths, toRelationObject } from '../names.ts';
import { emit, emitUnknown, through } from '../scope.ts';
import type { RowWrite, Scope } from '../scope.ts';
import { allOf, as, kindOf, stringOf } from '../syntax.ts';
import { expandRead, inDefinition, readPolicies, resolve } from './read.ts';
import { changeSetting } from './settings.ts';
import { castOnAssignment, followColumnTypes } from './types.ts';

/** Notes a write to whatever a name means, and follows it. */
export function writeTo(resolved: ResolvedRelation, write: RowWrite, scope: Scope): void {
  if (resolved.kind === 'system') {
    writeToSystem(resolved, write, scope);
    return;
  }
  emitWrite(resolved, write, scope);
  if (resolved.kind === 'catalog') expandWrite(resolved.relation, write, scope);
}

function writeToSystem(resolved: ResolvedRelation, write: RowWrite, scope: Scope): void {
  if (resolved.object.name === 'pg_settings' && write.event === 'update') {
    // The view sets the settings of the rows that it is told to update; which ones is in the WHERE clause.
    changeSetting('a setting of pg_settings', null, scope);
    return;
  }
  if (!scope.planOnly) emit(scope, { kind: 'catalog write', object: resolved.object });
}

function emitWrite(resolved: ResolvedRelation, write: RowWrite, scope: Scope): void {
  if (scope.planOnly) return;
  emitChange(resolved.object, write, scope);
  if (resolved.object.kind === 'foreign table') {
    const { schema, name } = resolved.object;
    emit(scope, { kind: 'outside', target: 'other server', name: `${schema ?? ''}.${name}` });
  }
}

/** Notes the change of rows itself. */
export function emitChange(
  object: ResolvedRelation['object'],
  write: RowWrite,
  scope: Scope,
): void {
  switch (write.event) {
    case 'insert':
      emit(scope, { kind: 'insert', object, columns: write.named ?? [] });
      return;
    case 'update':
      emit(scope, { kind: 'update', object, columns: write.columns, rows: write.rows });
      return;
    case 'delete':
      emit(scope, { kind: 'delete', object, rows: write.rows });
      return;
  }
}

/** Follows everything that a write to the relation runs, beside the write itself. */
export function expandWrite(relation: CatalogRelation, write: RowWrite, scope: Scope): void {
  const columns = write.columns.join();
  const reach = `${write.inherit ? 'whole' : 'only'} ${write.defaults ? 'defaults' : ''}`;
  const key = `${write.event} ${relation.oid} ${write.rows} ${reach} ${columns}`;
  if (!scope.findings.meets(key, scope)) return;
  // A clause of the statement may read the relation, and then its policies and generated columns act.
  expandRead(relation, scope);
  runRules(relation, write, scope);
  if (relation.kind === 'view') writeThrough(relation, write, scope);
  fireTriggers(relation, write.event, scope);
  readPolicies(relation, [write.event], scope);
  if (write.event !== 'delete') storeValues(relation, scope, defaultsOf(write));
  if (!scope.planOnly) scope.reader.cascade(relation, write, scope);
  if (write.inherit) expandChildren(relation, write, scope);
}

function runRules(relation: CatalogRelation, write: RowWrite, scope: Scope): void {
  for (const rule of relation.rules) {
    if (!rule.enabled || rule.event !== write.event) continue;
    const step = `rule ${rule.name} on ${relation.schema}.${relation.name}`;
    const inside = inDefinition(through(scope, step));
    inside.reader.ruleActions(rule.definition, inside);
  }
}

/**
 * A view passes writes on to the one relation that it shows, unless a rule or a trigger stands in its place. A rule that
 * only adds something, or holds for some rows, does not; nor does a trigger that fires once per statement, and the catalog
 * does not tell which ones do.
 */
function writeThrough(view: CatalogRelation, write: RowWrite, scope: Scope): void {
  if (view.rules.some((rule) => rule.event === write.event && standsInstead(rule, scope))) return;
  const step = `view ${view.schema}.${view.name}`;
  const inside = inDefinition(through(scope, step));
  const parsed = view.viewDefinition === null ? null : scope.parser.parse(view.viewDefinition);
  const select = parsed?.ok === true ? as(parsed.tree.stmts[0]?.stmt, 'SelectStmt') : undefined;
  const from = select?.fromClause ?? [];
  const base = from.length === 1 ? as(from[0], 'RangeVar') : undefined;
  if (base === undefined) {
    // The server passes nothing on through such a view: without its trigger it would refuse.
    const triggers = view.triggers.filter(({ events }) => events.includes(write.event));
    if (select !== undefined && triggers.some(({ enabled }) => enabled)) return;
    const source = from[0] === undefined ? 'nothing' : kindOf(from[0]);
    emitUnknown(inside, `the view shows ${source} and may pass the write on`);
    return;
  }
  const columns = baseColumns(write.columns, select?.targetList);
  const named = baseColumns(write.named ?? [], select?.targetList);
  for (const target of resolve(base, inside)) writeTo(target, { ...write, columns, named }, inside);
}

function standsInstead({ enabled, definition }: CatalogRule, scope: Scope): boolean {
  const parsed = scope.parser.parse(definition);
  const rule = parsed.ok ? as(parsed.tree.stmts[0]?.stmt, 'RuleStmt') : undefined;
  return enabled && rule?.instead === true && rule.whereClause === undefined;
}

/** Columns of the relation behind the columns of a view; none, which stands for any, when one is not found. */
function baseColumns(columns: readonly string[], targets: readonly Node[] | undefined): string[] {
  const found = columns.map((column) => {
    const target = allOf(targets, 'ResTarget').find(
      ({ name, val }) => (name ?? columnOf(val)) === column,
    );
    return columnOf(target?.val);
  });
  const known = found.filter((column) => column !== undefined);
  return known.length === found.length ? known : [];
}

function columnOf(node: Node | undefined): string | undefined {
  return stringOf(as(node, 'ColumnRef')?.fields?.at(-1));
}

const ANY_PATH = makeSearchPaths([], true);

type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate';

/** Follows the functions of the triggers that fire on an event. */
export function fireTriggers(relation: CatalogRelation, event: TriggerEvent, scope: Scope): void {
  if (scope.planOnly) return;
  for (const trigger of relation.triggers) {
    if (!trigger.enabled || !trigger.events.includes(event)) continue;
    const step = `trigger ${trigger.name} on ${relation.schema}.${relation.name}`;
    const inside = inDefinition(through(scope, step));
    if (trigger.whenText !== null) inside.reader.expression(trigger.whenText, inside);
    // What runs as late as COMMIT runs under the search path of that moment.
    const session = trigger.deferred ? ANY_PATH : inside.session;
    inside.reader.triggerFunction(trigger.function, { ...inside, session });
  }
}

/** Which columns a write may leave to their defaults. */
export type DefaultsUsed = 'none' | { readonly allBut: readonly string[] };

function defaultsOf(write: RowWrite): DefaultsUsed {
  if (!write.defaults) return 'none';
  return { allBut: write.event === 'insert' ? write.columns : [] };
}

/** Expressions that run when a row is stored: defaults, checks, index expressions, types of columns. */
export function storeValues(relation: CatalogRelation, scope: Scope, defaults: DefaultsUsed): void {
  const what = defaults === 'none' ? 'store' : `insert all but ${defaults.allBut.join()}`;
  if (!scope.findings.meets(`${what} into ${relation.oid}`, scope)) return;
  for (const column of relation.columns) castOnAssignment(column.type, scope);
  followColumnTypes(relation.columns, scope);
  const name = `${relation.schema}.${relation.name}`;
  for (const column of relation.columns) {
    const left = defaults !== 'none' && !defaults.allBut.includes(column.name);
    if (column.defaultText === null || (!left && !column.generated)) continue;
    const inside = inDefinition(through(scope, `default of ${name}.${column.name}`));
    inside.reader.expression(column.defaultText, inside);
  }
  const inside = inDefinition(through(scope, `check or index of ${name}`));
  for (const text of relation.writeExpressions) inside.reader.expression(text, inside);
}

/** Rows of partitions and children are written as well, with triggers and checks of their own. */
function expandChildren(relation: CatalogRelation, write: RowWrite, scope: Scope): void {
  const passesOn = relation.kind === 'partitioned table' || write.event !== 'insert';
  if (!passesOn) return;
  for (const oid of relation.children) {
    const child = scope.index.relation(oid);
    if (child === undefined) continue;
    const inside = through(scope, `partition ${child.schema}.${child.name}`);
    if (child.kind === 'foreign table') {
      emitWrite(
        { kind: 'catalog', relation: child, object: toRelationObject(child) },
        write,
        inside,
      );
    }
    expandWrite(child, write, inside);
    // An UPDATE of the key moves a row: it is deleted here and inserted there.
    if (relation.kind === 'partitioned table' && write.event === 'update') {
      fireTriggers(child, 'delete', inside);
      fireTriggers(child, 'insert', inside);
    }
  }
}
