/** How commands reach the daemon: in the places that the environment names, starting it when it is needed. */

import { connectControl, ControlError, resolvePaths } from '@agentguard/daemon/control';
import type { ConnectOptions, ControlClient } from '@agentguard/daemon/control';
import { SANDBOX_MARKER } from './sandbox/inner-environment.ts';
import { printNote } from './output/print.ts';
import { makeVisible } from './output/visible.ts';

/** Reaches the daemon, and starts it if none answers. */
export async function connectStarting(
  options: Omit<ConnectOptions, 'paths' | 'startDaemon'> = {},
): Promise<ControlClient> {
  refuseInside();
  return connectControl({
    onNote: (note) => {
      printNote(`agentguard: ${makeVisible(note).text}`);
    },
    ...options,
    paths: resolvePaths(),
    startDaemon: true,
  });
}

/** Reaches a daemon that is running. */
export async function connectRunning(
  options: Omit<ConnectOptions, 'paths' | 'startDaemon'> = {},
): Promise<ControlClient> {
  refuseInside();
  return connectControl({ ...options, paths: resolvePaths(), startDaemon: false });
}

/** Inside a sandbox the daemon cannot be seen. This only says so; nothing depends on it. */
function refuseInside(): void {
  if (process.env[SANDBOX_MARKER] === undefined) return;
  throw new ControlError('CONTROL_FORBIDDEN', 'the guard cannot be reached from inside a sandbox', {
    audience: 'user',
    help: 'use the DATABASE_URL that is set, or ask the person who started this session',
  });
}
