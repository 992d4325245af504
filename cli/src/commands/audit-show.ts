/** `agentguard audit show` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { toEntryLines } from '../output/entry.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Prints everything that is on the record about one decision. */
export async function auditShow(options: {
  readonly id: string;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const { rows } = await client.call('audit.show', { id: options.id });
  if (options.json) printJson({ rows });
  else for (const line of rows.flatMap(toEntryLines)) printAnswer(line);
  return EXIT.done;
}
