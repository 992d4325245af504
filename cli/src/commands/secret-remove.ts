/** `agentguard secret remove` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';

/** Removes one secret. Exit code 1 when there is none of that name, or a resource uses it. */
export async function secretRemove(options: {
  readonly name: string;
  readonly force: boolean;
  readonly json: boolean;
}): Promise<number> {
  const { name, force, json } = options;
  const client = await connectStarting();
  const { removed, usedBy } = await client.call('secret.remove', { name, force });
  if (json) printJson({ removed, usedBy });
  else {
    printAnswer(removed ? `${name} is removed from the vault` : `there is no ${name}`);
    if (usedBy.length > 0) printNote(`  without a URL now: ${usedBy.join(', ')}`);
  }
  return removed ? EXIT.done : EXIT.failed;
}
