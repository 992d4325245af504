/**
 * Whether what stands beside the target limits it. A condition that only relates tables to one another
 * (`USING staging WHERE orders.id = staging.id`) limits nothing by itself: staging may hold every key. It limits where
 * one of the two is limited, by a condition of its own or because it is a list of values.
 */

import type { Node, SelectStmt } from '@pgsql/types';

import type { CommonTable, Scope } from '../scope.ts';
import { as, stringOf } from '../syntax.ts';
import { CROWD, mentions, sourcesOf } from './row.ts';
import type { Row, Source } from './row.ts';
import type { Judge } from './verdicts.ts';

/** Queries inside queries that are looked into before the rest counts as unlimited. */
const MAX_QUERY_DEPTH = 20;

/** Conditions joined by AND that are looked at one by one before nothing counts as limited. */
const MAX_CONJUNCTS = 500;

/** A FROM clause with its conditions. */
export interface Joined {
  /** The sources of the clause, and those outside of the query that its conditions may name. */
  readonly sources: readonly Source[];
  readonly from: readonly Node[] | undefined;
  readonly conditions: readonly (Node | undefined)[];
}

/** What the looking needs. */
export interface Looking {
  readonly scope: Scope;
  readonly judge: Judge;
  /** Sources around the query: a condition on one of those says nothing about the query's own. */
  readonly outer: readonly Source[];
  /** How many queries this one stands in. */
  readonly depth: number;
}

/** The sources that something limits. */
export function limitedSources(joined: Joined, looking: Looking): ReadonlySet<Source> {
  const { scope, judge } = looking;
  const limited = new Set(joined.sources.filter(({ name }) => isListed(name, joined, looking)));
  const conjuncts = joined.conditions.flatMap((condition) => conjunctsOf(condition));
  if (conjuncts.length > MAX_CONJUNCTS) return limited;
  const among = conjuncts.map((conjunct) => ({
    conjunct,
    sources: joined.sources.filter((source) => mentionsSource(conjunct, source, joined, scope)),
  }));
  for (const { conjunct, sources } of among) {
    const [only] = sources;
    if (sources.length !== 1 || only === undefined || looking.outer.includes(only)) continue;
    if (judge(conjunct, toRow(only, joined, scope)) === 'depends') limited.add(only);
  }
  // Each round limits at least one more source, or is the last.
  for (let before = -1; before < limited.size;) {
    before = limited.size;
    for (const { conjunct, sources } of among) {
      if (!passesOn(conjunct) || !sources.some((source) => limited.has(source))) continue;
      for (const source of sources) limited.add(source);
    }
  }
  return limited;
}

/** Whether a query gives no more rows than a condition, a limit or a list lets it. */
export function isLimitedQuery(query: SelectStmt, looking: Looking): boolean {
  if (looking.depth > MAX_QUERY_DEPTH) return false;
  const deeper = { ...looking, depth: looking.depth + 1 };
  if (query.limitCount !== undefined || query.valuesLists !== undefined) return true;
  if (query.larg !== undefined && query.rarg !== undefined) {
    return [query.larg, query.rarg].every((side) => isLimitedQuery(side, deeper));
  }
  if (query.fromClause === undefined) return true;
  const own = sourcesOf(query.fromClause, looking.scope);
  if (own === CROWD) return false;
  const hidden = new Set(own.map(({ name }) => name));
  const outer = looking.outer.filter(({ name }) => !hidden.has(name));
  const sources = [...own, ...outer];
  const joined = { sources, from: query.fromClause, conditions: conditionsOf(query) };
  const limited = limitedSources(joined, { ...deeper, outer });
  return own.every((source) => limited.has(source));
}

function conditionsOf(query: SelectStmt): readonly (Node | undefined)[] {
  return [query.whereClause, ...(query.fromClause ?? []).flatMap(joinConditions)];
}

/** Conditions of joins inside FROM, at any depth. */
export function joinConditions(node: Node | undefined): Node[] {
  const join = as(node, 'JoinExpr');
  if (join === undefined) return [];
  const own = join.quals === undefined ? [] : [join.quals];
  return [...own, ...joinConditions(join.larg), ...joinConditions(join.rarg)];
}

function conjunctsOf(condition: Node | undefined): Node[] {
  if (condition === undefined) return [];
  const combined = as(condition, 'BoolExpr');
  return combined?.boolop === 'AND_EXPR'
    ? (combined.args ?? []).flatMap((arg) => conjunctsOf(arg))
    : [condition];
}

/** `a.id <> b.id` leaves almost every row of one for each of the other. */
function passesOn(conjunct: Node): boolean {
  const expression = as(conjunct, 'A_Expr');
  return expression === undefined || !['<>', '!='].includes(stringOf(expression.name?.[0]) ?? '');
}

function mentionsSource(node: Node, source: Source, joined: Joined, scope: Scope): boolean {
  return mentions(node, toRow(source, joined, scope)) !== 'no';
}

/** A condition as asked about one source, the others beside it. */
function toRow(source: Source, joined: Joined, scope: Scope): Row {
  const siblings = joined.sources.filter((other) => other !== source);
  return { scope, target: source, siblings, levels: [], twins: new Set() };
}

/** Whether the source is a function, a list of values, or a query that is limited by itself. */
function isListed(name: string, joined: Joined, looking: Looking): boolean {
  return (joined.from ?? []).some((node) => isListedNode(node, { ...looking, name }));
}

interface Sought extends Looking {
  readonly name: string;
}

function isListedNode(node: Node | undefined, sought: Sought): boolean {
  const join = as(node, 'JoinExpr');
  if (join !== undefined) {
    return isListedNode(join.larg, sought) || isListedNode(join.rarg, sought);
  }
  const call = as(node, 'RangeFunction');
  if (call !== undefined) return call.alias?.aliasname === sought.name || sought.name === '';
  const subquery = as(node, 'RangeSubselect');
  if (subquery !== undefined) {
    return subquery.alias?.aliasname === sought.name && isLimitedNode(subquery.subquery, sought);
  }
  const relation = as(node, 'RangeVar');
  const named = relation?.alias?.aliasname ?? relation?.relname;
  if (relation === undefined || named !== sought.name || relation.schemaname !== undefined) {
    return false;
  }
  const common = findCommonTable(relation.relname ?? '', sought.scope.commonTables);
  return common !== null && isLimitedNode(common.query, sought);
}

function isLimitedNode(node: Node | undefined, looking: Looking): boolean {
  const query = as(node, 'SelectStmt');
  return query !== undefined && isLimitedQuery(query, looking);
}

function findCommonTable(name: string, from: CommonTable | null): CommonTable | null {
  for (let table = from; table !== null; table = table.outer) {
    if (table.name === name) return table;
  }
  return null;
}
