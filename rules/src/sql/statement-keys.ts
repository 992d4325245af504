/**
 * Keys of statements: equal exactly when the grammar reads them alike, literals included. Where they stand, how they are
 * spaced and what is commented beside them makes no difference.
 * A fingerprint that ignores literals would not do: `DELETE ... WHERE id = 1` is not the statement that a person read when it
 * comes with another number.
 */

import type { SqlParser } from './parser.ts';

/** Places in the text, by the names that the grammar gives them. Every other field says what the statement means. */
const PLACES =
  /^(?:location|\w+_location|stmt_len|list_start|list_end|rexpr_list_start|rexpr_list_end)$/;

/** One key for each statement of a text, in order; null when it cannot be parsed. */
export function toStatementKeys(text: string, parser: SqlParser): readonly string[] | null {
  const parsed = parser.parse(text);
  if (!parsed.ok) return null;
  return parsed.tree.stmts.map(({ stmt }) => JSON.stringify(stmt, withoutPlaces));
}

function withoutPlaces(name: string, value: unknown): unknown {
  return PLACES.test(name) ? undefined : value;
}
