/**
 * INSERT, UPDATE, DELETE and MERGE of tables that rules hold for: only rows within reach are changed, and no row leaves
 * it or comes to be outside of it (the meaning of WITH CHECK).
 *
 * A condition of the client's that could tell of a row by failing is evaluated behind ours: `CASE WHEN ours THEN theirs`.
 */

import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  RangeVar,
  UpdateStmt,
} from '@pgsql/types';
import { allOf, as } from '../sql/syntax.ts';
import { checkTargets, refuseHidden } from './column-rules.ts';
import { allOfNodes, booleanNode, caseNode, copyOf } from './nodes.ts';
import { isFiltered } from './protection.ts';
import { qualified } from './qualified.ts';
import { FromClause, joined, withClauseOf } from './read.ts';
import type { Walk } from './read.ts';
import { expandReturning } from './returning.ts';
import { checkInsert, checkMergeInsert, checkSet, failure } from './row-check.ts';
import type { Target } from './target.ts';
import { concernOf, nameOf } from './work.ts';
import type { Concerned, Place } from './work.ts';

const UPDATE_APART = ['withClause', 'relation', 'fromClause', 'usingClause', 'returningClause'];

/** Rewrites an UPDATE. */
export function rewriteUpdate(update: UpdateStmt, place: Place, walk: Walk): void {
  const inside = withClauseOf(update.withClause, place, walk);
  const target = toTarget(update.relation, inside);
  if (target !== null) {
    refuseHidden({ kind: 'UpdateStmt', fields: update }, target);
    checkTargets(update.targetList, target, 'UPDATE');
  }
  walkRest(update, inside, walk);
  if (update.fromClause !== undefined) {
    update.fromClause = rewriteFrom(update.fromClause, update, { place: inside, walk });
  }
  if (target !== null) {
    checkSet(update.targetList, target);
    confine(update, target);
    expandReturning(update.returningClause, target, update.fromClause);
  }
  walkReturning(update.returningClause, inside, walk);
}

/** Rewrites a DELETE. */
export function rewriteDelete(deletion: DeleteStmt, place: Place, walk: Walk): void {
  const inside = withClauseOf(deletion.withClause, place, walk);
  const target = toTarget(deletion.relation, inside);
  if (target !== null) refuseHidden({ kind: 'DeleteStmt', fields: deletion }, target);
  walkRest(deletion, inside, walk);
  if (deletion.usingClause !== undefined) {
    deletion.usingClause = rewriteFrom(deletion.usingClause, deletion, { place: inside, walk });
  }
  if (target !== null) {
    confine(deletion, target);
    expandReturning(deletion.returningClause, target, deletion.usingClause);
  }
  walkReturning(deletion.returningClause, inside, walk);
}

const INSERT_APART = ['withClause', 'relation', 'returningClause'];

/** Rewrites an INSERT. */
export function rewriteInsert(insert: InsertStmt, place: Place, walk: Walk): void {
  const inside = withClauseOf(insert.withClause, place, walk);
  const target = toTarget(insert.relation, inside);
  if (target !== null) {
    const { onConflictClause, returningClause } = insert;
    refuseHidden({ kind: 'InsertStmt', fields: { onConflictClause, returningClause } }, target);
    checkTargets(insert.cols, target, 'INSERT');
    checkTargets(onConflictClause?.targetList, target, 'UPDATE');
    if (onConflictClause?.infer?.conname !== undefined && target.protection.hidden.size > 0) {
      place.work.refuse(
        'ON CONFLICT ON CONSTRAINT may look at columns that this role may not read: name the columns',
      );
    }
  }
  walkRest(insert, inside, walk, INSERT_APART);
  if (target !== null) {
    checkInsert(insert, target);
    confineConflict(insert, target);
    expandReturning(insert.returningClause, target, undefined);
  }
  walkReturning(insert.returningClause, inside, walk);
}

/** Rewrites a MERGE. */
export function rewriteMerge(merge: MergeStmt, place: Place, walk: Walk): void {
  const inside = withClauseOf(merge.withClause, place, walk);
  const target = toTarget(merge.relation, inside);
  const whens = allOf(merge.mergeWhenClauses, 'MergeWhenClause');
  if (target !== null) {
    refuseHidden({ kind: 'MergeStmt', fields: merge }, target);
    for (const when of whens) {
      checkTargets(
        when.targetList,
        target,
        when.commandType === 'CMD_INSERT' ? 'INSERT' : 'UPDATE',
      );
    }
  }
  walkRest(merge, inside, walk, ['withClause', 'relation', 'sourceRelation', 'returningClause']);
  if (merge.sourceRelation !== undefined) {
    merge.sourceRelation = new FromClause(inside, walk).item(merge.sourceRelation, null);
  }
  if (target !== null) {
    confineMerge(merge, whens, target);
    const source = merge.sourceRelation === undefined ? [] : [merge.sourceRelation];
    expandReturning(merge.returningClause, target, source);
  }
  walkReturning(merge.returningClause, inside, walk);
}

/** The table that is written to, when rules hold for it. Its name is never that of a WITH query. */
function toTarget(range: RangeVar | undefined, place: Place): Target | null {
  if (range === undefined) return null;
  const concerned = concernOf(range, { ...place, withNames: null });
  if (concerned === null) return null;
  const { protection, relation } = concerned;
  if (isBeyondReach(concerned, range, place) || protection === null) return null;
  if (isFiltered(protection) && range.schemaname !== relation.schema) {
    range.schemaname = relation.schema;
    place.work.changed = true;
  }
  const name = range.alias?.aliasname ?? range.relname ?? relation.name;
  return { protection, name, place };
}

/** What cannot be written to under rules. */
function isBeyondReach(concerned: Concerned, range: RangeVar, { work }: Place): boolean {
  const { relation, protection, through } = concerned;
  const name = nameOf(relation);
  const before = work.refusal;
  if (through || relation.kind === 'view') {
    work.refuse(`\`${name}\` is a view of tables whose rows are filtered: write to its tables`);
  }
  if (relation.rules.some(({ enabled, event }) => enabled && event !== 'select')) {
    work.refuse(`\`${name}\` has rewrite rules, which no filter can be put on`);
  }
  if (protection?.nested === true) {
    work.refuse(
      `the filter of \`${name}\` holds a query, which cannot be held against rows that are written: use row level security, see \`agentguard resource harden\``,
    );
  }
  if (range.inh === true && work.protections.strictChild(relation) !== null) {
    work.refuse(`\`${name}\` holds the rows of a table that has rules of its own`);
  }
  return work.refusal !== before;
}

function walkRest(
  statement: object,
  place: Place,
  walk: Walk,
  except: readonly string[] = UPDATE_APART,
): void {
  const rest = Object.fromEntries(
    Object.entries(statement).filter(([name]) => !except.includes(name)),
  );
  walk({ kind: kindOfClauses(except), fields: rest }, place);
}

/** Bare nodes inside INSERT are known by the name of the statement. */
function kindOfClauses(except: readonly string[]): string {
  return except === INSERT_APART ? 'InsertStmt clauses' : 'clauses';
}

function walkReturning(clause: object | undefined, place: Place, walk: Walk): void {
  if (clause !== undefined) walk({ kind: 'ReturningClause', fields: clause }, place);
}

function rewriteFrom(
  from: readonly Node[],
  statement: { whereClause?: Node },
  parts: { readonly place: Place; readonly walk: Walk },
): Node[] {
  const conditions: Node[] = [];
  const clause = new FromClause(parts.place, parts.walk);
  const items = from.map((item) => clause.item(item, (condition) => conditions.push(condition)));
  if (conditions.length > 0) statement.whereClause = joined(statement.whereClause, conditions);
  return items;
}

/** The conditions of a table under the name that a statement knows it by. */
function conditionsOf({ protection, name }: Target): Node[] {
  return protection.conditions.map((condition) => qualified(copyOf(condition), name));
}

/** Only rows within reach are changed. */
function confine(statement: { whereClause?: Node }, target: Target): void {
  const { work } = target.place;
  if (!isFiltered(target.protection)) return;
  work.touch(target.protection.relation);
  const { whereClause } = statement;
  if (as(whereClause, 'CurrentOfExpr') !== undefined) {
    work.refuse('WHERE CURRENT OF cannot be combined with the filter of the table: name the row');
  }
  statement.whereClause = behind(whereClause, target);
}

/** The client's condition, evaluated for rows within reach only. */
function behind(condition: Node | undefined, target: Target): Node {
  const ours = conditionsOf(target);
  if (condition === undefined) return allOfNodes(ours);
  // What is harmless stays where an index or a join can use it.
  const parts = conjunctsOf(condition);
  const { work } = target.place;
  const quiet = parts.filter((part) => work.calm || work.isQuiet(part));
  const other = parts.filter((part) => !quiet.includes(part));
  if (other.length === 0) return joined(condition, ours);
  const theirs = allOfNodes(other);
  const fenced = caseNode(allOfNodes(conditionsOf(target)), theirs, booleanNode(false));
  return allOfNodes([...quiet, ...ours, fenced]);
}

function conjunctsOf(condition: Node): readonly Node[] {
  const all = as(condition, 'BoolExpr');
  return all?.boolop === 'AND_EXPR' ? (all.args ?? []) : [condition];
}

/** A row that stands in the way of an INSERT and is out of reach is an error, as under row level security. */
function confineConflict(insert: InsertStmt, target: Target): void {
  const conflict = insert.onConflictClause;
  if (conflict?.action !== 'ONCONFLICT_UPDATE') return;
  checkSet(conflict.targetList, target);
  if (!isFiltered(target.protection)) return;
  const { work } = target.place;
  work.touch(target.protection.relation);
  conflict.whereClause = caseNode(
    allOfNodes(conditionsOf(target)),
    conflict.whereClause ?? booleanNode(true),
    failure(target.protection),
  );
}

/** Target rows out of reach are not there: they match nothing, and are not what is without a match. */
function confineMerge(merge: MergeStmt, whens: readonly MergeWhenClause[], target: Target): void {
  for (const when of whens) checkMergeWhen(when, target);
  if (!isFiltered(target.protection)) return;
  target.place.work.touch(target.protection.relation);
  merge.joinCondition = behind(merge.joinCondition, target);
  for (const when of whens) {
    if (when.matchKind !== 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE') continue;
    when.condition = behind(when.condition, target);
  }
}

function checkMergeWhen(when: MergeWhenClause, target: Target): void {
  if (when.commandType === 'CMD_UPDATE') checkSet(when.targetList, target);
  if (when.commandType === 'CMD_INSERT') checkMergeInsert(when, target);
}
