/**
 * Conditions joined by OR that leave no row out: `id > 5 OR id <= 5`, `x IS NULL OR x IS NOT NULL`, `p OR NOT p`.
 */

import type { A_Expr, Node } from '@pgsql/types';

import { as, literalUnderCasts, stringsOf } from '../syntax.ts';
import { isSame, simplify } from './equal.ts';
import type { LiteralWatch } from './equal.ts';
import type { Row } from './row.ts';

/** Alternatives beyond which no pairs are looked for: generated lists of keys are long and leave most rows out. */
const MAX_ALTERNATIVES = 64;

/** Whether at least one of the conditions holds in every row, NULL aside. */
export function coversEverything(conditions: readonly Node[], row: Row): boolean {
  if (conditions.length > MAX_ALTERNATIVES) return false;
  const opposed = conditions.some((first, index) =>
    conditions.slice(index + 1).some((second) => isOpposite(first, second, row.scope.findings)),
  );
  return opposed || coversNumbers(conditions, row);
}

function isOpposite(first: Node, second: Node, watch: LiteralWatch): boolean {
  if (isNegation(first, second, watch) || isNegation(second, first, watch)) return true;
  return isOtherHalf(first, second, watch);
}

function isNegation(first: Node, second: Node, watch: LiteralWatch): boolean {
  const negated = as(second, 'BoolExpr');
  return negated?.boolop === 'NOT_EXPR' && isSame(negated.args?.[0], first, watch);
}

function isOtherHalf(first: Node, second: Node, watch: LiteralWatch): boolean {
  const nullTest = as(first, 'NullTest');
  const otherNull = as(second, 'NullTest');
  if (nullTest !== undefined && otherNull !== undefined) {
    const differ = nullTest.nulltesttype !== otherNull.nulltesttype;
    return differ && isSame(nullTest.arg, otherNull.arg, watch);
  }
  const left = as(first, 'A_Expr');
  const right = as(second, 'A_Expr');
  return left !== undefined && right !== undefined && isOtherComparison(left, right, watch);
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  '~~': '!~~',
  '!~~': '~~',
  '~~*': '!~~*',
  '!~~*': '~~*',
  '~': '!~',
  '!~': '~',
  BETWEEN: 'NOT BETWEEN',
  'NOT BETWEEN': 'BETWEEN',
  'BETWEEN SYMMETRIC': 'NOT BETWEEN SYMMETRIC',
  'NOT BETWEEN SYMMETRIC': 'BETWEEN SYMMETRIC',
};

const OPPOSITE_KIND: Readonly<Record<string, string>> = {
  AEXPR_DISTINCT: 'AEXPR_NOT_DISTINCT',
  AEXPR_NOT_DISTINCT: 'AEXPR_DISTINCT',
};

function isOtherComparison(left: A_Expr, right: A_Expr, watch: LiteralWatch): boolean {
  const [one, other] = [simplify(left.lexpr, watch), simplify(right.lexpr, watch)];
  if (!isSame(one, other, watch) || !isSame(left.rexpr, right.rexpr, watch)) return false;
  const kind = left.kind ?? '';
  if (kind in OPPOSITE_KIND) return OPPOSITE_KIND[kind] === right.kind;
  return OPPOSITE[nameOf(left)] === nameOf(right);
}

function nameOf(expression: A_Expr): string {
  return stringsOf(expression.name).at(-1) ?? '';
}

/** Numbers above, below and at which a value satisfies the conditions about it. */
interface Half {
  readonly value: Node | undefined;
  readonly operator: string;
  readonly number: number;
}

/** `id > 5 OR id < 10`, `id <> 1 OR id <> 2`: what one leaves out the other takes in. */
function coversNumbers(conditions: readonly Node[], row: Row): boolean {
  const watch = row.scope.findings;
  const halves = conditions.flatMap((condition) => toHalf(condition, watch));
  if (halves.length < 2) return false;
  watch.literalDecides();
  return halves.some(({ value }) =>
    coversLine(halves.filter((half) => isSame(half.value, value, watch))),
  );
}

function toHalf(condition: Node, watch: LiteralWatch): Half[] {
  const expression = as(condition, 'A_Expr');
  const literal = literalUnderCasts(expression?.rexpr);
  if (expression?.kind !== 'AEXPR_OP' || literal?.kind !== 'number') return [];
  const value = simplify(expression.lexpr, watch);
  return [{ value, operator: nameOf(expression), number: Number(literal.text) }];
}

function coversLine(halves: readonly Half[]): boolean {
  const at = (operators: readonly string[]): number[] =>
    halves.filter(({ operator }) => operators.includes(operator)).map(({ number }) => number);
  const others = at(['<>']);
  if (new Set(others).size > 1 || others.some((number) => at(['=', '>=', '<=']).includes(number))) {
    return true;
  }
  const from = Math.min(...at(['>', '>=']));
  const to = Math.max(...at(['<', '<=']));
  if (!Number.isFinite(from) || !Number.isFinite(to)) return false;
  return from < to || (from === to && at(['=', '>=', '<=']).includes(from));
}
