/**
 * Whether two expressions are written alike, and an expression without what changes nothing about its value.
 */

import type { Node } from '@pgsql/types';

import { isObject } from '../json.ts';
import { as, literalOf, stringsOf } from '../syntax.ts';

/** Nesting beyond which two expressions count as different. */
const MAX_COMPARED_DEPTH = 200;

const POSITIONS: ReadonlySet<string> = new Set(['location', 'rexpr_list_start', 'rexpr_list_end']);

/** Whether two parts of a tree differ in nothing but where they stand in the text. */
export function isSame(left: unknown, right: unknown, depth = 0): boolean {
  if (left === right) return true;
  if (depth > MAX_COMPARED_DEPTH || !isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left).filter((name) => !POSITIONS.has(name));
  const others = Object.keys(right).filter((name) => !POSITIONS.has(name));
  return (
    names.length === others.length &&
    names.every((name) => isSame(left[name], right[name], depth + 1))
  );
}

/** An expression without casts, and without `+ 0`, `- 0`, `* 1`, `/ 1` and `|| ''`. */
export function simplify(node: Node | undefined): Node | undefined {
  let current = node;
  for (;;) {
    const inner: Node | undefined = peel(current);
    if (inner === current) return current;
    current = inner;
  }
}

/** Operators, and the operand at the right that makes them do nothing. */
const NEUTRAL: Readonly<Record<string, string>> = {
  '+': '0',
  '-': '0',
  '*': '1',
  '/': '1',
  '||': '',
};

function peel(node: Node | undefined): Node | undefined {
  const cast = as(node, 'TypeCast');
  if (cast !== undefined) return literalOf(cast.arg) === undefined ? cast.arg : node;
  const collate = as(node, 'CollateClause');
  if (collate !== undefined) return collate.arg;
  const expression = as(node, 'A_Expr');
  if (expression?.kind !== 'AEXPR_OP') return node;
  const operator = stringsOf(expression.name).at(-1) ?? '';
  if (expression.lexpr === undefined) return operator === '+' ? expression.rexpr : node;
  const operand = literalOf(expression.rexpr);
  if (operand?.kind !== 'number' && operand?.kind !== 'string') return node;
  return NEUTRAL[operator] === operand.text ? expression.lexpr : node;
}
