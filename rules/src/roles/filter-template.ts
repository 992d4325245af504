/**
 * A row filter as a role's author writes it: a condition of SQL with `{{ token.NAME }}` where a value of the token
 * belongs. Cut into parts here and parsed with PostgreSQL's own grammar; values enter later, as typed literals in the
 * tree. INVARIANT: no value of a token ever becomes part of a text that is parsed.
 */

import type { Node } from '@pgsql/types';
import type { SqlParser } from '../sql/parser.ts';
import { as, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';

/** Longest filter, in UTF-16 units. People write them by hand. */
const MAX_FILTER_CHARACTERS = 4000;

/** `{{ token.tenant_id }}`, blanks as the author likes. */
const VARIABLE = /\{\{\s*token\.([a-z][a-z0-9_]{0,62})\s*\}\}/g;

/** A filter, ready to be put into a tree. */
export interface FilterTemplate {
  /** As written. */
  readonly source: string;
  /** The condition with `$1`, `$2`, ... where values belong. */
  readonly sql: string;
  /** Its tree, with a ParamRef where a value belongs. Shared: copy before changing. */
  readonly condition: Node;
  /** What stands at `$1`, `$2`, ...: names of values of the token, in order. One name may stand twice. */
  readonly variables: readonly string[];
}

export type ParsedFilter =
  | { readonly ok: true; readonly filter: FilterTemplate }
  | { readonly ok: false; readonly problem: string };

/** Reads one filter. What is wrong is said in a clause. */
export function parseFilter(source: string, parser: SqlParser): ParsedFilter {
  if (source.length > MAX_FILTER_CHARACTERS) return refuse('it is longer than 4000 characters');
  const variables: string[] = [];
  const sql = source.replaceAll(VARIABLE, (_whole, name: string) => `$${variables.push(name)}`);
  if (sql.includes('{{') || sql.includes('}}')) {
    return refuse('between `{{` and `}}` stands `token.` and a name in lower case, nothing else');
  }
  // The line break ends a comment that would swallow the bracket.
  const parsed = parser.parse(`SELECT WHERE (${sql}\n)`);
  if (!parsed.ok) return refuse(`it is not a condition of SQL: ${parsed.message}`);
  const condition = onlyCondition(parsed.tree.stmts.map(({ stmt }) => stmt));
  if (condition === null) return refuse('it is more than one condition');
  if (!holdsEach(condition, variables.length)) {
    return refuse(
      'a value of the token stands by itself, not inside quotes, a name or a comment, and `$1` is not written by hand',
    );
  }
  return { ok: true, filter: { source, sql, condition, variables } };
}

/** The condition, when the statement is nothing but it: `true) ORDER BY (1` is more. */
function onlyCondition(statements: readonly (Node | undefined)[]): Node | null {
  const select = statements.length === 1 ? as(statements[0], 'SelectStmt') : undefined;
  if (select?.whereClause === undefined) return null;
  const others = Object.keys(select).filter(
    (field) => !['whereClause', 'limitOption', 'op'].includes(field),
  );
  return others.length === 0 ? select.whereClause : null;
}

/** Every value stands in the tree exactly once: none was swallowed by a string, and none was added by hand. */
function holdsEach(condition: Node, count: number): boolean {
  const numbers: number[] = [];
  const visit = (part: Part): void => {
    if (part.kind === 'ParamRef') numbers.push(unsafePart(part.fields, 'ParamRef').number ?? 0);
    visitChildren(part, visit);
  };
  visit({ kind: 'List', fields: { items: [condition] } });
  return (
    numbers.length === count &&
    numbers.toSorted((a, b) => a - b).every((number, index) => number === index + 1)
  );
}

function refuse(problem: string): ParsedFilter {
  return { ok: false, problem };
}
