/** How a client starts this command line, by absolute paths: a name on the PATH could be somebody else's. */

import { realpathSync } from 'node:fs';

/** The program and its first argument. */
export function toGuardCommand(): readonly [string, string] {
  return [process.execPath, realpathSync(process.argv[1] ?? '')];
}
