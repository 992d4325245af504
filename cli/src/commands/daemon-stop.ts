/** `agentguard daemon stop` */

import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '@agentguard/daemon/control';
import type { ControlClient } from '@agentguard/daemon/control';
import { connectRunning } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { isNotRunning } from './not-running.ts';

/** How long a daemon may take to end its sessions and close its record. */
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 25;

/** Stops the daemon, of whatever version, and returns when it no longer answers. */
export async function daemonStop(options: { readonly json: boolean }): Promise<number> {
  const client = await connectRunning({ anyVersion: true }).catch(isNotRunning);
  if (client === null) {
    if (options.json) printJson({ stopped: false });
    else printAnswer('the daemon was not running');
    return EXIT.done;
  }
  const { pid } = await client.call('daemon.stop', {});
  await waitUntilGone(client, pid);
  if (options.json) printJson({ stopped: true, pid });
  else printAnswer(`the daemon, process ${pid}, has stopped`);
  return EXIT.done;
}

async function waitUntilGone(client: ControlClient, pid: number): Promise<void> {
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if ((await client.call('whoami', {}).catch(isNotRunning)) === null && !isRunning(pid)) return;
    await sleep(POLL_MS);
  }
  throw new ControlError('CONTROL_REFUSED', `the daemon, process ${pid}, is still stopping`, {
    audience: 'user',
    help: 'agentguard daemon logs',
  });
}

/** Signal 0 only asks whether the process is there. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
