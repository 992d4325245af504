/** `agentguard audit key` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Prints the public key of the record: what others need to verify proofs and exports. */
export async function auditKey(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { key } = await client.call('audit.key', {});
  if (options.json) printJson({ key });
  else printAnswer(key);
  return EXIT.done;
}
