/** `agentguard window close` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Closes a migration window. One that is not open is closed already. */
export async function windowClose(options: {
  readonly resource: string;
  readonly json: boolean;
}): Promise<number> {
  const { resource, json } = options;
  const client = await connectStarting();
  const { closed } = await client.call('window.close', { resource });
  if (json) printJson({ closed });
  else
    printAnswer(
      closed ? `the window on ${resource} is closed` : `no window on ${resource} was open`,
    );
  return EXIT.done;
}
