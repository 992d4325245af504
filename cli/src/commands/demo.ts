/** `agentguard demo`: the whole story on a database of its own. */

import { EXIT } from '../exit-code.ts';
import { printNote } from '../output/print.ts';

/** Not built yet; says so rather than pretend. */
export function demo(): Promise<number> {
  printNote('agentguard: the demo is not part of this build yet');
  return Promise.resolve(EXIT.failed);
}
