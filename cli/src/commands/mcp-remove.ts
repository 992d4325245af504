/** `agentguard mcp remove`: forgets a server and what was seen of it; whoever uses it is cut off. */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Removes one. */
export async function mcpRemove(options: {
  readonly name: string;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const { removed } = await client.call('mcp.remove', { server: options.name });
  if (options.json) printJson({ removed });
  else
    printAnswer(
      removed ? `${options.name} is not behind the guard any more` : `there is no ${options.name}`,
    );
  return removed ? EXIT.done : EXIT.failed;
}
