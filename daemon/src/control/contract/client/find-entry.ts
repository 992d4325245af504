/** Where the daemon's program is, seen from the source, from the workspace's bundle or from an installed package. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ControlError } from '../../../errors.ts';

/**
 * The full path of the program.
 * @throws ControlError `CONTROL_UNREACHABLE` when it is not there
 */
export function findEntry(): string {
  const candidates = import.meta.url.endsWith('.ts')
    ? ['../../../main.ts']
    : ['./daemon.js', '../../daemon/dist/daemon.js'];
  for (const candidate of candidates) {
    const path = fileURLToPath(new URL(candidate, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new ControlError('CONTROL_UNREACHABLE', "the daemon's program is not there", {
    audience: 'user',
    help: 'install agentguard again, or run `pnpm build` in a checkout',
  });
}
