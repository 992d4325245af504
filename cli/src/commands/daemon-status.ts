/** `agentguard daemon status`: never starts the daemon. */

import type { CallResult } from '@agentguard/daemon/control';
import { connectRunning } from '../connect.ts';
import { formatDuration } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { isNotRunning } from './not-running.ts';

/** Prints how the daemon is. Exit code 4 when none runs. */
export async function daemonStatus(options: { readonly json: boolean }): Promise<number> {
  const client = await connectRunning().catch(isNotRunning);
  if (client === null) {
    if (options.json) printJson({ running: false });
    else printAnswer('the daemon is not running');
    printNote('  agentguard daemon start');
    return EXIT.unreachable;
  }
  const found = await client.call('status', {});
  if (options.json) printJson({ running: true, ...found });
  else for (const line of describe(found)) printAnswer(line);
  return EXIT.done;
}

function describe(found: CallResult<'status'>): readonly string[] {
  const age = formatDuration(Date.now() - Date.parse(found.startedAt));
  const { listener, audit } = found;
  return [
    `the daemon runs as process ${found.pid}, version ${found.product}, for ${age}`,
    listener === null
      ? 'databases: not listening'
      : `databases: ${listener.host}:${listener.port}, ${found.resources} behind the guard`,
    `sessions: ${found.sessions}, questions waiting: ${found.pendingApprovals}, open windows: ${found.openWindows}`,
    audit.state === 'ok'
      ? `record: ${audit.entries} entries`
      : `record: FAILED, nothing passes: ${audit.problem ?? 'unknown'}`,
  ];
}
