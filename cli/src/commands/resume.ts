/** `agentguard resume`: work may begin again after `agentguard panic`. Old tokens stay worthless. */

import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { connectAnswering } from './answering.ts';

/** Lifts the stop. It takes a person at a terminal, or the operator key. */
export async function resume(options: {
  readonly operatorKey: boolean;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectAnswering(options);
  const { resumed } = await client.call('resume', {});
  if (options.json) printJson({ resumed });
  else {
    printAnswer(resumed ? 'resumed: new sessions may be started' : 'nothing was stopped');
  }
  return EXIT.done;
}
