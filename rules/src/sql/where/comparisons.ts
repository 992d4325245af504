/**
 * Comparisons that are true for every row: of a value with itself, with a bound that nothing crosses, with a pattern that
 * matches everything.
 */

import type { A_Expr, Node } from '@pgsql/types';

import { as, literalUnderCasts, stringsOf } from '../syntax.ts';
import { compareConstants, isBoundless, isTrivialPattern } from './constants.ts';
import { isSame, simplify } from './equal.ts';
import { mentionOf, mentions, referenceOf } from './row.ts';
import type { Row } from './row.ts';
import { selectsEveryRow, spansEveryRow } from './subqueries.ts';
import { negate } from './verdicts.ts';
import type { Judge, Truth } from './verdicts.ts';

/** Judges `left op right` in all its forms; null when nothing is recognised. */
export function compare(expression: A_Expr, row: Row, inner: Judge): Truth | null {
  switch (expression.kind) {
    case 'AEXPR_OP':
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return compareValues(expression, row, inner);
    case 'AEXPR_NOT_DISTINCT':
      return isItself(expression.lexpr, expression.rexpr, row) ? 'always' : null;
    case 'AEXPR_DISTINCT':
      return isItself(expression.lexpr, expression.rexpr, row) ? 'never' : null;
    case 'AEXPR_IN':
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return compareWithList(expression, row, inner);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
      return compareWithRange(expression, row);
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_NOT_BETWEEN_SYM':
    case 'AEXPR_NULLIF':
    default:
      return null;
  }
}

/** The same operator with its sides exchanged. */
const MIRRORED: Readonly<Record<string, string>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
};

function operatorOf(expression: A_Expr): string {
  return stringsOf(expression.name).at(-1) ?? '';
}

function compareValues(expression: A_Expr, row: Row, inner: Judge): Truth | null {
  const operator = operatorOf(expression);
  const left = simplify(expression.lexpr, row.scope.findings);
  const right = simplify(expression.rexpr, row.scope.findings);
  const constants = compareConstants(operator, left, right);
  if (constants !== null) {
    row.scope.findings.literalDecides();
    return constants;
  }
  const withItself = compareWithItself(operator, left, right, row);
  if (withItself !== null) return withItself;
  const asCondition = compareWithBoolean(operator, left, right, inner);
  if (asCondition !== null) return asCondition;
  const mirrored = MIRRORED[operator];
  if (isCrossedByNothing(operator, left, right, row, inner)) return 'always';
  if (mirrored !== undefined && isCrossedByNothing(mirrored, right, left, row, inner)) {
    return 'always';
  }
  return null;
}

const TRUE_WITH_ITSELF: ReadonlySet<string> = new Set(['=', '<=', '>=', '~~', '~~*', '@>', '<@']);
const FALSE_WITH_ITSELF: ReadonlySet<string> = new Set(['<>', '<', '>', '!~~', '!~~*']);

function compareWithItself(
  operator: string,
  left: Node | undefined,
  right: Node | undefined,
  row: Row,
): Truth | null {
  if (left === undefined || mentions(left, row) === 'no') return null;
  if (isSame(left, right, row.scope.findings)) {
    if (TRUE_WITH_ITSELF.has(operator)) return 'always';
    return FALSE_WITH_ITSELF.has(operator) ? 'never' : null;
  }
  // The same column under another name of the same table: every row finds at least itself.
  return operator === '=' && isItself(left, right, row) ? 'always' : null;
}

/** Whether both are one and the same value of one and the same row. */
function isItself(left: Node | undefined, right: Node | undefined, row: Row): boolean {
  const a = simplify(left, row.scope.findings);
  const b = simplify(right, row.scope.findings);
  if (a === undefined || mentions(a, row) === 'no') return false;
  if (isSame(a, b, row.scope.findings)) return true;
  const first = referenceOf(a);
  const second = referenceOf(b);
  if (first === null || second === null || first.column !== second.column) return false;
  return mentionOf(first, row) === 'yes' && mentionOf(second, row) === 'yes';
}

/** `(condition) = true` and the like. */
function compareWithBoolean(
  operator: string,
  left: Node | undefined,
  right: Node | undefined,
  inner: Judge,
): Truth | null {
  for (const [condition, value] of [
    [left, right],
    [right, left],
  ]) {
    const literal = literalUnderCasts(value);
    if (literal?.kind !== 'boolean' || condition === undefined) continue;
    if (operator === '=') return literal.value ? inner(condition) : negate(inner(condition));
    if (operator === '<>') return literal.value ? negate(inner(condition)) : inner(condition);
  }
  return null;
}

/** A bound that no value crosses: a pattern for everything, the smallest key, the minimum of the table itself. */
function isCrossedByNothing(
  operator: string,
  value: Node | undefined,
  bound: Node | undefined,
  row: Row,
  inner: Judge,
): boolean {
  if (mentions(value, row) === 'no') return false;
  const column = referenceOf(value)?.column;
  // Every row has a place, and every row is in this table.
  if (column === 'tableoid' || (column === 'ctid' && operator !== '=')) return true;
  const literal = literalOrEscaped(bound);
  if (literal !== undefined) {
    const answers = [isTrivialPattern(operator, literal), isBoundless(operator, value, literal)];
    if (answers.some((answer) => answer !== null)) row.scope.findings.literalDecides();
    return answers.includes(true);
  }
  return spansEveryRow(operator, value, bound, row, inner);
}

/** `LIKE '%' ESCAPE '!'` wraps its pattern in a call. */
function literalOrEscaped(node: Node | undefined): ReturnType<typeof literalUnderCasts> {
  const call = as(node, 'FuncCall');
  const name = stringsOf(call?.funcname).at(-1);
  const wraps = name === 'like_escape' || name === 'similar_to_escape';
  return literalUnderCasts(wraps ? call?.args?.[0] : node);
}

function compareWithList(expression: A_Expr, row: Row, inner: Judge): Truth | null {
  const value = simplify(expression.lexpr, row.scope.findings);
  const operator = operatorOf(expression);
  const array = as(expression.rexpr, 'A_ArrayExpr')?.elements;
  const items = as(expression.rexpr, 'List')?.items ?? array;
  const link = as(simplify(expression.rexpr, row.scope.findings), 'SubLink');
  if (link?.subLinkType === 'ARRAY_SUBLINK' && operator === '=') {
    return selectsEveryRow(link.subselect, value, row, inner) ? 'always' : null;
  }
  if (items === undefined) return compareWithArrayLiteral(expression, row);
  const contained = items.some((item) => isItself(value, item, row));
  if (contained && operator === '=') return 'always';
  if (operator !== '<>' || items.length === 0) return items.length === 0 ? 'always' : null;
  // `id NOT IN (-1)` leaves nothing out.
  const bounds = items.map((item) => literalUnderCasts(item));
  row.scope.findings.literalDecides();
  const keeps = bounds.every(
    (bound) => bound !== undefined && isBoundless('<>', value, bound) === true,
  );
  return keeps ? 'always' : null;
}

/** `id <> ALL ('{}')` compares with nothing. */
function compareWithArrayLiteral(expression: A_Expr, row: Row): Truth | null {
  if (expression.kind !== 'AEXPR_OP_ALL') return null;
  const literal = literalUnderCasts(expression.rexpr);
  if (literal?.kind !== 'string') return null;
  row.scope.findings.literalDecides();
  return /^\s*\{\s*\}\s*$/u.test(literal.text) ? 'always' : null;
}

function compareWithRange(expression: A_Expr, row: Row): Truth | null {
  const value = simplify(expression.lexpr, row.scope.findings);
  if (mentions(value, row) === 'no') return null;
  const [low, high] = as(expression.rexpr, 'List')?.items ?? [];
  const above = holdsAbove('>=', value, low, row);
  const below = holdsAbove('<=', value, high, row);
  return above && below ? 'always' : null;
}

function holdsAbove(
  operator: string,
  value: Node | undefined,
  bound: Node | undefined,
  row: Row,
): boolean {
  if (isItself(value, bound, row)) return true;
  const literal = literalUnderCasts(bound);
  if (literal === undefined) return false;
  const decides = isBoundless(operator, value, literal);
  if (decides !== null) row.scope.findings.literalDecides();
  return decides === true;
}
