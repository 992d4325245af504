/** `agentguard audit prove` */

import { writeFileSync } from 'node:fs';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printNote, printRaw } from '../output/print.ts';

/** Writes a proof that one entry is on the record. */
export async function auditProve(options: {
  readonly id: string;
  readonly output: string | null;
}): Promise<number> {
  const client = await connectStarting();
  const { proof, index } = await client.call('audit.prove', { id: options.id });
  if (options.output === null) {
    printRaw(proof);
    return EXIT.done;
  }
  writeFileSync(options.output, proof, { mode: 0o600 });
  printNote(`the proof of entry ${index} is in ${options.output}`);
  return EXIT.done;
}
