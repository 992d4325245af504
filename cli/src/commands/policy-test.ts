/** `agentguard policy test` */

import type { CallResult } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';
import { makeVisible } from '../output/visible.ts';
import { findPolicy } from '../policy/find-policy.ts';

/** Longest part of a statement in a row of the table. */
const SHOWN_CHARACTERS = 60;

/** Tries a candidate on the record: every decision that it would change. */
export async function policyTest(options: {
  readonly file: string;
  readonly own: boolean;
  readonly json: boolean;
}): Promise<number> {
  const { path, text, kind } = findPolicy(options.file);
  const client = await connectStarting();
  const as = options.own ? 'person' : kind;
  const tried = await client.call('policy.test', { text, as, workspace: process.cwd() });
  if (options.json) printJson(tried);
  else print(path, tried);
  return tried.problem === null ? EXIT.done : EXIT.failed;
}

function print(path: string, tried: CallResult<'policy.test'>): void {
  const { problem, replayed, skipped, changed, differences } = tried;
  if (problem !== null) {
    const { line, column, message } = problem;
    printAnswer(makeVisible(`${path}:${line}:${column}: ${message}`).text);
    return;
  }
  const rows = differences.map((one) => [
    one.decision,
    `${one.now} -> ${one.candidate}`,
    one.resource,
    one.statement.replaceAll(/\s+/g, ' ').slice(0, SHOWN_CHARACTERS),
    one.reason,
  ]);
  if (rows.length > 0) {
    const headings = ['DECISION', 'WOULD BE', 'RESOURCE', 'STATEMENT', 'BECAUSE'];
    for (const line of toTable(headings, rows)) printAnswer(line);
  }
  printNote(`${replayed} operations tried, ${changed} would be decided otherwise`);
  if (skipped > 0) printNote(`  ${skipped} entries are no operations on a database`);
}
