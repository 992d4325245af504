/** `agentguard resource remove` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Forgets a database and its URL. Exit code 1 when there is none of that name. */
export async function resourceRemove(options: {
  readonly name: string;
  readonly json: boolean;
}): Promise<number> {
  const { name, json } = options;
  const client = await connectStarting();
  const { removed } = await client.call('resource.remove', { name });
  if (json) printJson({ removed });
  else printAnswer(removed ? `${name} is forgotten, and its URL with it` : `there is no ${name}`);
  return removed ? EXIT.done : EXIT.failed;
}
