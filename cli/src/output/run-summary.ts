/** What a run says at its end: what was allowed and denied, what was withheld, what was set aside. */

import type { CallResult } from '@agentguard/daemon/control';
import { describeUnhooked } from '../agents/unhooked.ts';
import type { SetAside } from '../sandbox/set-aside.ts';
import { printNote } from './print.ts';
import { makeVisible } from './visible.ts';

/** Withheld variables that are named in the summary. */
const MAX_NAMES = 8;

/** What happened, for the person; null when the daemon is gone and nobody knows. */
export function printSummary(
  summary: CallResult<'session.end'> | null,
  withheld: readonly string[],
): void {
  if (summary === null) {
    printNote(
      'agentguard: the daemon is gone, so there is no summary; the record has what happened',
    );
    return;
  }
  const { allowed, asked, denied, rowsChanged } = summary.tally;
  const range = summary.auditRange;
  const entries = range === null ? '' : `; record ${range.first} to ${range.last}`;
  printNote(
    `agentguard: ${allowed} allowed, ${asked} approved, ${denied} denied, ${rowsChanged} rows changed${entries}`,
  );
  if (range !== null) printNote(`  agentguard audit query --session ${summary.session}`);
  const unhooked = describeUnhooked(summary.agent, summary.firstHookAt);
  if (unhooked !== null) printNote(`agentguard: ${unhooked}`);
  printWithheld(withheld);
}

/** Names only, so that a variable that is missed can be let through the next time. */
function printWithheld(withheld: readonly string[]): void {
  // Our own are no loss to anybody.
  const names = withheld.filter((name) => !name.startsWith('AGENTGUARD_'));
  if (names.length === 0) return;
  const shown = names.slice(0, MAX_NAMES).map((name) => makeVisible(name).text);
  const rest = names.length - shown.length;
  const more = rest === 0 ? '' : ` and ${rest} more`;
  const what = names.length === 1 ? 'variable' : 'variables';
  printNote(`agentguard: ${names.length} ${what} withheld: ${shown.join(' ')}${more}`);
}

/** What the command left behind that another program would have run. */
export function printSetAside(aside: readonly SetAside[]): void {
  for (const { path, to } of aside) {
    const names = [path, to].map((name) => makeVisible(name).text);
    printNote(
      `agentguard: ${names[0]} would run outside the sandbox; it is set aside as ${names[1]}`,
    );
  }
}
