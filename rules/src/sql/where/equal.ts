/**
 * Whether two expressions are written alike, and an expression without what changes nothing about its value.
 * Whenever the value of a literal made the difference, that is noted: another literal may give another answer.
 */

import type { Node } from '@pgsql/types';

import { isObject } from '../json.ts';
import { as, literalOf, stringsOf } from '../syntax.ts';

/** Who wants to know that a literal decided something. */
export interface LiteralWatch {
  literalDecides(): void;
}

/** Nesting beyond which two expressions count as different. */
const MAX_COMPARED_DEPTH = 200;

const POSITIONS: ReadonlySet<string> = new Set(['location', 'rexpr_list_start', 'rexpr_list_end']);

/** Whether two parts of a tree differ in nothing but where they stand in the text. */
export function isSame(left: unknown, right: unknown, watch: LiteralWatch, depth = 0): boolean {
  if (left === right) return true;
  if (depth > MAX_COMPARED_DEPTH || !isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left).filter((name) => !POSITIONS.has(name));
  const others = Object.keys(right).filter((name) => !POSITIONS.has(name));
  if (names.length !== others.length) return false;
  return names.every((name) => {
    if (name === 'A_Const') watch.literalDecides();
    return isSame(left[name], right[name], watch, depth + 1);
  });
}

/** An expression without casts, and without `+ 0`, `- 0`, `* 1`, `/ 1` and `|| ''`. */
export function simplify(node: Node | undefined, watch: LiteralWatch): Node | undefined {
  let current = node;
  for (;;) {
    const inner: Node | undefined = peel(current, watch);
    if (inner === current) return current;
    current = inner;
  }
}

/** Operators, and the operand at the right that makes them do nothing. */
const NEUTRAL: ReadonlyMap<string, string> = new Map([
  ['+', '0'],
  ['-', '0'],
  ['*', '1'],
  ['/', '1'],
  ['||', ''],
]);

/** Operators, and the operand at the right that makes them give zero. */
const ANNIHILATING: ReadonlyMap<string, string> = new Map([
  ['*', '0'],
  ['%', '1'],
]);

const ZERO: Node = { A_Const: { ival: {} } };

function peel(node: Node | undefined, watch: LiteralWatch): Node | undefined {
  const cast = as(node, 'TypeCast');
  if (cast !== undefined) return literalOf(cast.arg) === undefined ? cast.arg : node;
  const collate = as(node, 'CollateClause');
  if (collate !== undefined) return collate.arg;
  const expression = as(node, 'A_Expr');
  if (expression?.kind !== 'AEXPR_OP') return node;
  const operator = stringsOf(expression.name).at(-1) ?? '';
  if (expression.lexpr === undefined) return operator === '+' ? expression.rexpr : node;
  const operand = literalOf(expression.rexpr);
  if (operator === '-' && isSame(expression.lexpr, expression.rexpr, watch)) return ZERO;
  if (operand?.kind !== 'number' && operand?.kind !== 'string') return node;
  if (!NEUTRAL.has(operator) && !ANNIHILATING.has(operator)) return node;
  watch.literalDecides();
  if (ANNIHILATING.get(operator) === operand.text) return ZERO;
  return NEUTRAL.get(operator) === operand.text ? expression.lexpr : node;
}
