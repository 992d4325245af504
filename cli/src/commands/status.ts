/** `agentguard status`: one line that fits a shell prompt. Never starts the daemon. */

import type { CallResult } from '@agentguard/daemon/control';
import { connectRunning } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { isNotRunning } from './not-running.ts';

/** Prints how the guard is. Exit code 4 when no daemon runs. */
export async function status(options: { readonly json: boolean }): Promise<number> {
  const client = await connectRunning().catch(isNotRunning);
  if (client === null) {
    if (options.json) printJson({ running: false });
    else printAnswer('guard off: the daemon is not running');
    printNote('  agentguard daemon start');
    return EXIT.unreachable;
  }
  const found = await client.call('status', {});
  if (options.json) {
    printJson({ running: true, ...found });
    return EXIT.done;
  }
  const parts = [
    count(found.resources, 'resource'),
    count(found.sessions, 'session'),
    `${found.pendingApprovals} waiting`,
    ...(found.openWindows === 0 ? [] : [count(found.openWindows, 'open window')]),
  ];
  printAnswer(`${healthOf(found)}: ${parts.join(', ')}`);
  if (found.panic !== null) printNote('  agentguard resume');
  if (found.audit.problem !== null) printNote(`  ${found.audit.problem}`);
  return EXIT.done;
}

function healthOf(found: CallResult<'status'>): string {
  if (found.panic !== null) return `guard stopped by ${found.panic.by}, nothing passes`;
  return found.audit.state === 'failed' ? 'guard stopped: the record failed' : 'guard on';
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}
