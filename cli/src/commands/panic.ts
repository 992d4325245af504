/** `agentguard panic`: everything stops now, and stays stopped until `agentguard resume`. */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';

/** Ends every session and denies everything from now on. */
export async function panic(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const stopped = await client.call('panic', {});
  if (options.json) printJson(stopped);
  else {
    const ended = `${stopped.sessions} session${stopped.sessions === 1 ? '' : 's'}`;
    printAnswer(`stopped: ${ended} ended, every token revoked, nothing passes`);
    printNote('  agentguard resume');
  }
  return EXIT.done;
}
