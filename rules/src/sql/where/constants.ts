/**
 * Literals that decide a comparison: two of them with each other, or one that every value of a column satisfies.
 */

import type { Node } from '@pgsql/types';

import { as, literalUnderCasts, stringsOf } from '../syntax.ts';
import type { Literal } from '../syntax.ts';
import { referenceOf } from './row.ts';
import type { Truth } from './verdicts.ts';

/** Compares two literals as the server would; null when either is none or they cannot be compared here. */
export function compareConstants(
  operator: string,
  left: Node | undefined,
  right: Node | undefined,
): Truth | null {
  const a = literalUnderCasts(left);
  const b = literalUnderCasts(right);
  if (a?.kind === 'null' || b?.kind === 'null') return 'never';
  const x = valueOf(a);
  const y = valueOf(b);
  if (x === null || y === null || typeof x !== typeof y) return null;
  const answer = order(operator, x, y);
  return answer === null ? null : answer ? 'always' : 'never';
}

function valueOf(literal: Literal | undefined): number | string | null {
  switch (literal?.kind) {
    case 'number':
      return Number(literal.text);
    case 'string':
      return literal.text;
    case 'boolean':
      return Number(literal.value);
    case 'null':
    case undefined:
      return null;
  }
}

function order(operator: string, x: number | string, y: number | string): boolean | null {
  switch (operator) {
    case '=':
      return x === y;
    case '<>':
      return x !== y;
    case '<':
      return x < y;
    case '>':
      return x > y;
    case '<=':
      return x <= y;
    case '>=':
      return x >= y;
    default:
      return null;
  }
}

/** Patterns that match every text, by operator. */
const TRIVIAL: Readonly<Record<string, RegExp>> = {
  '~~': /^%+$/u,
  '~~*': /^%+$/u,
  '~': /^(\^|\.\*|\^\.\*|\.\*\$|\^\.\*\$|\(\.\*\)|)$/u,
  '~*': /^(\^|\.\*|\^\.\*|\.\*\$|\^\.\*\$|\(\.\*\)|)$/u,
  '^@': /^$/u,
};

/** SIMILAR TO is turned into a regular expression by a call, around the pattern as it was written. */
const SIMILAR_EVERYTHING = /^%+$/u;

/** Whether a pattern matches every text; null when the operator takes no pattern. */
export function isTrivialPattern(operator: string, literal: Literal): boolean | null {
  const pattern = TRIVIAL[operator];
  if (pattern === undefined || literal.kind !== 'string') return null;
  return pattern.test(literal.text) || (operator === '~' && SIMILAR_EVERYTHING.test(literal.text));
}

/** Functions whose result is never below zero. */
const NEVER_NEGATIVE: ReadonlySet<string> = new Set([
  'length',
  'char_length',
  'character_length',
  'octet_length',
  'bit_length',
  'abs',
  'cardinality',
  'pg_column_size',
]);

/** Names of columns that hold keys: counted up from 1 by sequences. */
const KEY_NAME = /^(id|.*_id|oid|pk|.*[a-z]Id)$/u;

/** Where keys end: what a sequence of integers can reach, and what nobody's table has reached. */
const MANY = 1_000_000_000;

/**
 * Whether every value of the expression is on that side of the literal.
 * @returns null when the literal was not looked at
 */
export function isBoundless(
  operator: string,
  value: Node | undefined,
  literal: Literal,
): boolean | null {
  if (literal.kind === 'string') return isBoundlessText(operator, literal.text);
  if (literal.kind !== 'number') return null;
  const number = Number(literal.text);
  const call = as(value, 'FuncCall');
  if (call !== undefined && NEVER_NEGATIVE.has(stringsOf(call.funcname).at(-1) ?? '')) {
    return operator === '>=' ? number <= 0 : ['>', '<>'].includes(operator) && number < 0;
  }
  const column = referenceOf(value)?.column;
  if (column === undefined || !KEY_NAME.test(column)) return null;
  return isBeyondKeys(operator, number);
}

function isBeyondKeys(operator: string, number: number): boolean | null {
  switch (operator) {
    case '>':
      return number < 1;
    case '>=':
      return number <= 1;
    case '<>':
      return number < 1 || number >= MANY;
    case '<':
    case '<=':
      return number >= MANY;
    default:
      return null;
  }
}

function isBoundlessText(operator: string, text: string): boolean | null {
  switch (operator) {
    case '>=':
    case '>':
      return text === '-infinity' || (operator === '>=' && text === '');
    case '<':
    case '<=':
      return text === 'infinity';
    default:
      return null;
  }
}
