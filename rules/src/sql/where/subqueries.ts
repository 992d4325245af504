/**
 * Subqueries in conditions that are true for every row: over the same table without a limit of their own, or over nothing
 * that has to do with the row.
 */

import type { Node, SelectStmt, SubLink } from '@pgsql/types';

import { as, stringOf, stringsOf } from '../syntax.ts';
import { simplify } from './equal.ts';
import { isLimitedQuery } from './joins.ts';
import { enterQuery, isSameTable, mentions, referenceOf, sourcesOf, twinsAmong } from './row.ts';
import type { Row } from './row.ts';
import type { Judge, Truth } from './verdicts.ts';

/** Judges `EXISTS (...)`, `x IN (SELECT ...)`, `(SELECT condition)`. */
export function judgeSubLink(link: SubLink, row: Row, inner: Judge): Truth | null {
  switch (link.subLinkType) {
    case 'EXISTS_SUBLINK':
      return judgeExists(link, row, inner) ?? judgeReach(link, row, inner);
    case 'ANY_SUBLINK': {
      const operator = stringsOf(link.operName).at(-1) ?? '=';
      const whole = operator === '=' && selectsEveryRow(link.subselect, link.testexpr, row, inner);
      return whole ? 'always' : judgeReach(link, row, inner);
    }
    case 'EXPR_SUBLINK': {
      const query = as(link.subselect, 'SelectStmt');
      const target = as(query?.targetList?.[0], 'ResTarget')?.val;
      const plain = query !== undefined && isUnlimited(query) && query.fromClause === undefined;
      return plain && target !== undefined ? inner(target) : null;
    }
    case 'ALL_SUBLINK':
    case 'ROWCOMPARE_SUBLINK':
    case 'MULTIEXPR_SUBLINK':
    case 'ARRAY_SUBLINK':
    case 'CTE_SUBLINK':
    default:
      return null;
  }
}

/** `EXISTS (SELECT 1 FROM same s WHERE s.id = t.id)` holds in every row: each finds itself. */
function judgeExists(link: SubLink, row: Row, inner: Judge): Truth | null {
  const query = as(link.subselect, 'SelectStmt');
  if (query === undefined || mentions(link.subselect, row) === 'no') return null;
  if (!isUnlimited(query)) return null;
  const sources = sourcesOf(query.fromClause, row.scope);
  const twins = twinsAmong(sources, row.target);
  if (twins.length === 0) return null;
  const inside = enterQuery(query, row);
  const verdict = inner(query.whereClause, { ...inside, twins: new Set([...row.twins, ...twins]) });
  return verdict === 'always' ? 'always' : null;
}

/** A subquery over a whole other table may hold every key: `id IN (SELECT order_id FROM staging)`. */
function judgeReach(link: SubLink, row: Row, inner: Judge): Truth | null {
  const query = as(link.subselect, 'SelectStmt');
  if (query === undefined || mentions({ SubLink: link }, row) === 'no') return null;
  const outer = [row.target, ...row.siblings, ...row.levels.flat()];
  const looking = { scope: row.scope, judge: inner, outer, depth: row.levels.length };
  return isLimitedQuery(query, looking) ? null : 'unclear';
}

/** No LIMIT, no grouping, no set operation: as many rows as its FROM and WHERE give. */
function isUnlimited(query: SelectStmt): boolean {
  return (
    (query.op ?? 'SETOP_NONE') === 'SETOP_NONE' &&
    query.limitCount === undefined &&
    query.limitOffset === undefined &&
    query.havingClause === undefined
  );
}

/**
 * Whether a query gives the value of every row of the table that is written to, so that asking whether the row's own is
 * among them says nothing.
 * @param value the column, or several as a row, that is looked for
 */
export function selectsEveryRow(
  query: Node | undefined,
  value: Node | undefined,
  row: Row,
  inner: Judge,
): boolean {
  const wanted = columnsOf(value, row);
  if (wanted === null) return false;
  const outputs = wanted.map((_column, index) => index);
  return givesColumns(query, outputs, { row, inner, wanted, depth: 0 });
}

/** The columns of the written row that are looked for; null when it is anything else. */
function columnsOf(value: Node | undefined, row: Row): readonly string[] | null {
  const parts = as(value, 'RowExpr')?.args ?? [value];
  const names = parts.map((part) => referenceOf(simplify(part, row.scope.findings))?.column);
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length && known.length > 0 ? known : null;
}

interface Search {
  readonly row: Row;
  readonly inner: Judge;
  /** The columns of the table, in the order in which the outputs must give them. */
  readonly wanted: readonly string[];
  readonly depth: number;
}

/** An output column of a query, by place or by name. */
type Output = number | string;

const MAX_NESTED_QUERIES = 20;

function givesColumns(node: Node | undefined, outputs: readonly Output[], search: Search): boolean {
  const query = as(node, 'SelectStmt');
  return query !== undefined && queryGives(query, outputs, search);
}

function queryGives(query: SelectStmt, outputs: readonly Output[], search: Search): boolean {
  if (search.depth > MAX_NESTED_QUERIES) return false;
  const deeper = { ...search, depth: search.depth + 1 };
  if (query.op === 'SETOP_UNION') {
    const sides = [query.larg, query.rarg].filter((side) => side !== undefined);
    return sides.some((side) => queryGives(side, outputs, deeper));
  }
  const from = query.fromClause?.length === 1 ? query.fromClause[0] : undefined;
  if (!isUnlimited(query) || from === undefined) return false;
  const inside = enterQuery(query, search.row);
  const twins = twinsAmong(sourcesOf(query.fromClause, search.row.scope), search.row.target);
  const asTarget = { ...inside, twins: new Set([...search.row.twins, ...twins]) };
  if (search.inner(query.whereClause, asTarget) !== 'always') return false;
  const inputs = outputs.map((output, index) =>
    inputOf(query, { output, wanted: search.wanted[index] }, search.row),
  );
  const known = inputs.filter((column) => column !== null);
  return known.length === inputs.length && sourceGives(from, known, deeper);
}

/** The column of FROM behind an output column; null when it is computed or not found. */
function inputOf(
  query: SelectStmt,
  { output, wanted }: { readonly output: Output; readonly wanted: string | undefined },
  row: Row,
): string | null {
  const targets = query.targetList ?? [];
  const named =
    typeof output === 'number'
      ? targets[output]
      : targets.find((target) => outputName(target) === output);
  const value = as(named ?? targets[0], 'ResTarget')?.val;
  const reference = referenceOf(simplify(value, row.scope.findings));
  if (reference === null) return null;
  if (reference.column !== '*') return named === undefined ? null : reference.column;
  return typeof output === 'string' ? output : (wanted ?? null);
}

function outputName(node: Node | undefined): string | undefined {
  const target = as(node, 'ResTarget');
  return target?.name ?? stringOf(as(target?.val, 'ColumnRef')?.fields?.at(-1));
}

function sourceGives(from: Node, columns: readonly string[], search: Search): boolean {
  const subselect = as(from, 'RangeSubselect');
  if (subselect !== undefined) return givesColumns(subselect.subquery, columns, search);
  const relation = as(from, 'RangeVar');
  if (relation === undefined) return false;
  for (let table = search.row.scope.commonTables; table !== null; table = table.outer) {
    if (relation.schemaname === undefined && table.name === relation.relname) {
      return givesColumns(table.query, columns, search);
    }
  }
  const sources = sourcesOf([from], search.row.scope);
  const same = sources.some((source) => isSameTable(source, search.row.target));
  return same && columns.every((column, index) => column === search.wanted[index]);
}

/** `id >= (SELECT min(id) FROM same)` leaves nothing out. */
export function spansEveryRow(
  operator: string,
  value: Node | undefined,
  bound: Node | undefined,
  row: Row,
  inner: Judge,
): boolean {
  const query = as(as(bound, 'SubLink')?.subselect, 'SelectStmt');
  const call = as(as(query?.targetList?.[0], 'ResTarget')?.val, 'FuncCall');
  if (query === undefined || call === undefined) return false;
  const name = stringsOf(call.funcname).at(-1);
  const spans = (operator === '>=' && name === 'min') || (operator === '<=' && name === 'max');
  if (!spans || call.args?.length !== 1) return false;
  const argument = call.args[0];
  const target: Node = { ResTarget: argument === undefined ? {} : { val: argument } };
  return selectsEveryRow({ SelectStmt: { ...query, targetList: [target] } }, value, row, inner);
}
