/**
 * From a changed tree back to text. INVARIANT: the text is given out only when the server's own grammar reads it back as
 * that very tree, so a fault of the writer can refuse a statement and never change what one means.
 */

import type { Node } from '@pgsql/types';
import { Deparser } from 'pgsql-deparser';
import type { SqlParser } from '../sql/parser.ts';

/** Places in the text, which differ without meaning anything. */
const PLACES: ReadonlySet<string> = new Set([
  'location',
  'stmt_location',
  'stmt_len',
  'rexpr_list_start',
  'rexpr_list_end',
]);

/**
 * The library writes results of a query inside SET and inside a list of columns as assignments (`a = 1` for `1 AS a`): a
 * query begins with neither around it.
 */
class Writer extends Deparser {
  override SelectStmt(...[node, context]: Parameters<Deparser['SelectStmt']>): string {
    const outside = { update: { value: false }, insertColumns: { value: false } };
    return super.SelectStmt(node, unsafeContext(Object.create(context, outside)));
  }
}

/** What stands on a context is one. */
function unsafeContext(context: unknown): Parameters<Deparser['SelectStmt']>[1] {
  return context as Parameters<Deparser['SelectStmt']>[1];
}

/** The text of one statement; null when it cannot be written exactly. */
export function toExactText(statement: Node, parser: SqlParser): string | null {
  const text = write(statement);
  if (text === null) return null;
  const parsed = parser.parse(text);
  if (!parsed.ok) return null;
  const [read, ...others] = parsed.tree.stmts;
  return read?.stmt !== undefined && others.length === 0 && isSameTree(read.stmt, statement)
    ? text
    : null;
}

function write(statement: Node): string | null {
  try {
    return new Writer(statement, { pretty: false }).deparseQuery();
  } catch {
    // A kind of node that the writer does not know, or one too deep for it.
    return null;
  }
}

/** Whether two trees mean the same: all but the places in the text. */
export function isSameTree(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
    return one === other;
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    const others: readonly unknown[] = other;
    return one.every((item: unknown, index) => isSameTree(item, others[index]));
  }
  const left = new Map(meaningOf(one));
  const right = meaningOf(other);
  return (
    left.size === right.length &&
    right.every(([name, value]) => left.has(name) && isSameTree(left.get(name), value))
  );
}

function meaningOf(node: object): [string, unknown][] {
  return Object.entries(node).filter(([name, value]) => !PLACES.has(name) && value !== undefined);
}
