/** `agentguard approval list` */

import { connectStarting } from '../connect.ts';
import { formatDuration } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';

/** Prints the questions that wait, or all that are known. */
export async function approvalList(options: {
  readonly all: boolean;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const { approvals } = await client.call('approval.list', { all: options.all });
  if (options.json) {
    printJson({ approvals });
    return EXIT.done;
  }
  if (approvals.length === 0) {
    printNote(options.all ? 'there are no questions' : 'no question waits');
    return EXIT.done;
  }
  const rows = approvals.map((approval) => [
    approval.id,
    approval.state,
    approval.principal.agent,
    approval.headline,
    approval.state === 'pending' ? formatDuration(Date.parse(approval.expiresAt) - Date.now()) : '',
  ]);
  for (const line of toTable(['ID', 'STATE', 'AGENT', 'WHAT', 'LEFT'], rows)) printAnswer(line);
  return EXIT.done;
}
