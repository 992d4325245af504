/** `agentguard approval operator-key create` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Makes a new operator key. Prints where it is, never the key. */
export async function approvalOperatorKeyCreate(options: {
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const { file } = await client.call('operator-key.create', {});
  if (options.json) printJson({ file });
  else printAnswer(`a new operator key is in ${file}`);
  return EXIT.done;
}
