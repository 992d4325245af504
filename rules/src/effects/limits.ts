/**
 * Limits on how much one operation, one transaction and one session may change.
 * The sum of what a session changed counts, so that many small statements do not add up to a large one unnoticed.
 */

import type { Decision, RuleMatch } from '../decide/decision.ts';
import { rowsChanged } from './measurement.ts';
import type { Counts } from './measurement.ts';

/** Rows that were changed before this operation, without it. */
export interface ChangedBefore {
  readonly transaction: number;
  readonly session: number;
}

/** Id of the rule that a limit on changed rows answers as. */
export const ROWS_CHANGED_RULE = 'limit/rows-changed';

/**
 * Why counts are over a limit; null when they are within.
 * @param limit rows that may be changed without a question
 * @returns a clause with every number in it
 */
export function whyOverLimit(counts: Counts, limit: number, before: ChangedBefore): string | null {
  const rows = rowsChanged(counts);
  const most = `the limit is ${toNumber(limit)} rows`;
  if (rows === null) return `it cannot be counted how many rows it changes, and ${most}`;
  if ((counts['system catalog rows'] ?? 0) > 0)
    return `it changes the system catalog although nothing in it says so, and ${most}`;
  if (rows > limit) return `it changes ${toNumber(rows)} rows, and ${most}`;
  const inTransaction = before.transaction + rows;
  if (inTransaction > limit)
    return `with it this transaction changes ${toNumber(inTransaction)} rows, and ${most}`;
  const inSession = before.session + rows;
  return rows > 0 && inSession > limit
    ? `with it this session changes ${toNumber(inSession)} rows, and ${most}`
    : null;
}

/** The decision of an allowed operation whose counts turned out to be over a limit. */
export function askOverLimit(decision: Decision, why: string, id: string): Decision {
  const match: RuleMatch = { rule: ROWS_CHANGED_RULE, verdict: 'ask', reason: why, statement: 0 };
  return { ...decision, id, verdict: 'ask', rules: [match], reason: why, critical: true };
}

/** `4,812`: numbers as people read them, the same everywhere. */
export function toNumber(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
