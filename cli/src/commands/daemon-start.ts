/** `agentguard daemon start` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Starts the daemon unless it runs, and says which process it is. */
export async function daemonStart(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { pid, startedAt, product } = await client.call('status', {});
  if (options.json) printJson({ running: true, pid, startedAt, product });
  else printAnswer(`the daemon runs as process ${pid}`);
  return EXIT.done;
}
