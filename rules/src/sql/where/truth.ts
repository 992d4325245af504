/**
 * Whether a condition is true for every row. Generous in saying so: a condition that is true for every row but a few, or
 * for all rows or none, is called true, because what is called bounded is not asked about.
 * The obvious ones are recognised here; the measured number of rows decides the rest.
 */

import type { BoolExpr, BooleanTest, CaseExpr, NullTest, Node } from '@pgsql/types';

import { as, literalOf, literalUnderCasts } from '../syntax.ts';
import { compare } from './comparisons.ts';
import { coversEverything } from './coverage.ts';
import { isNeverNull } from './null.ts';
import { mentions } from './row.ts';
import type { Row } from './row.ts';
import { judgeSubLink } from './subqueries.ts';
import { both, either, negate } from './verdicts.ts';
import type { Judge, Truth } from './verdicts.ts';

/** Nesting beyond which a condition counts as unclear. */
const MAX_JUDGED_DEPTH = 200;

/** Judges a condition; a missing one is true. */
export function judge(node: Node | undefined, row: Row, depth = 0): Truth {
  if (node === undefined) return 'always';
  if (depth > MAX_JUDGED_DEPTH) return 'unclear';
  const inner = (condition: Node | undefined, inside: Row = row): Truth =>
    judge(condition, inside, depth + 1);
  const structure = judgeStructure(node, row, inner);
  if (structure !== null) return structure;
  const mention = mentions(node, row);
  // What says nothing about the row is true for all rows or for none.
  if (mention === 'no') return 'always';
  return mention === 'yes' ? 'depends' : 'unclear';
}

function judgeStructure(node: Node, row: Row, inner: Judge): Truth | null {
  const constant = judgeConstant(node, row);
  if (constant !== null) return constant;
  const combined = as(node, 'BoolExpr');
  if (combined !== undefined) return judgeCombination(combined, row, inner);
  const expression = as(node, 'A_Expr');
  if (expression !== undefined) return compare(expression, row, inner);
  const test = as(node, 'NullTest');
  if (test !== undefined) return judgeNullTest(test, row);
  const boolean = as(node, 'BooleanTest');
  if (boolean !== undefined) return judgeBooleanTest(boolean, row, inner);
  const link = as(node, 'SubLink');
  if (link !== undefined) return judgeSubLink(link, row, inner);
  const choice = as(node, 'CaseExpr');
  if (choice !== undefined) return judgeCase(choice, inner);
  const first = as(node, 'CoalesceExpr');
  if (first !== undefined) return judgeCoalesce(first.args ?? [], inner);
  const cast = as(node, 'TypeCast');
  return cast === undefined ? null : inner(cast.arg);
}

const FALSE_TEXTS = /^\s*(f|fa|fal|fals|false|n|no|of|off|0)\s*$/iu;

/** A literal as a condition: `true`, `'t'::boolean`, `NULL`. */
function judgeConstant(node: Node, row: Row): Truth | null {
  const literal = literalUnderCasts(node);
  switch (literal?.kind) {
    case undefined:
      return null;
    case 'null':
      return 'never';
    case 'boolean':
      return literal.value ? 'always' : 'never';
    case 'number':
    case 'string':
      row.scope.findings.literalDecides();
      return FALSE_TEXTS.test(literal.text) ? 'never' : 'always';
  }
}

function judgeCombination(combined: BoolExpr, row: Row, inner: Judge): Truth {
  const args = combined.args ?? [];
  switch (combined.boolop) {
    case 'AND_EXPR':
      return both(args.map((arg) => inner(arg)));
    case 'OR_EXPR':
      return coversEverything(args, row) ? 'always' : either(args.map((arg) => inner(arg)));
    case 'NOT_EXPR':
      return negate(inner(args[0]));
    default:
      return 'unclear';
  }
}

function judgeNullTest(test: NullTest, row: Row): Truth | null {
  const isNull = test.nulltesttype === 'IS_NULL';
  if (literalOf(test.arg)?.kind === 'null') return isNull ? 'always' : 'never';
  if (mentions(test.arg, row) === 'no') return null;
  if (!isNeverNull(test.arg, row)) return 'depends';
  return isNull ? 'never' : 'always';
}

function judgeBooleanTest(test: BooleanTest, row: Row, inner: Judge): Truth | null {
  switch (test.booltesttype) {
    case 'IS_TRUE':
    case 'IS_NOT_FALSE':
      return inner(test.arg);
    case 'IS_FALSE':
    case 'IS_NOT_TRUE':
      return negate(inner(test.arg));
    case 'IS_UNKNOWN':
      return null;
    case 'IS_NOT_UNKNOWN':
      return isNeverNull(test.arg, row) ? 'always' : null;
    default:
      return 'unclear';
  }
}

/** True when every branch that can be taken is. */
function judgeCase(choice: CaseExpr, inner: Judge): Truth | null {
  const results: Truth[] = [];
  for (const node of choice.args ?? []) {
    const branch = as(node, 'CaseWhen');
    const taken = choice.arg === undefined ? inner(branch?.expr) : 'depends';
    if (taken === 'never') continue;
    results.push(inner(branch?.result));
    if (taken === 'always') return agree(results);
  }
  results.push(choice.defresult === undefined ? 'never' : inner(choice.defresult));
  return agree(results);
}

function agree(results: readonly Truth[]): Truth | null {
  const [first] = results;
  return first !== undefined && results.every((result) => result === first) ? first : null;
}

function judgeCoalesce(args: readonly Node[], inner: Judge): Truth | null {
  const results = args.filter((arg) => literalOf(arg)?.kind !== 'null').map((arg) => inner(arg));
  return results[0] === 'always' ? 'always' : agree(results);
}
