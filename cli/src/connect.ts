/** How commands reach the daemon: in the places that the environment names, starting it when it is needed. */

import { connectControl, resolvePaths } from '@agentguard/daemon/control';
import type { ConnectOptions, ControlClient } from '@agentguard/daemon/control';
import { printNote } from './output/print.ts';
import { makeVisible } from './output/visible.ts';

/** Reaches the daemon, and starts it if none answers. */
export function connectStarting(
  options: Omit<ConnectOptions, 'paths' | 'startDaemon'> = {},
): Promise<ControlClient> {
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
export function connectRunning(
  options: Omit<ConnectOptions, 'paths' | 'startDaemon'> = {},
): Promise<ControlClient> {
  return connectControl({ ...options, paths: resolvePaths(), startDaemon: false });
}
