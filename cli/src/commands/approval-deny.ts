/** `agentguard approval deny` */

import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { connectAnswering } from './answering.ts';

/** Denies one question. */
export async function approvalDeny(options: {
  readonly id: string;
  readonly operatorKey: boolean;
  readonly note: string | null;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectAnswering(options);
  const { approval } = await client.call('approval.show', { id: options.id });
  const { id, digest, generation } = approval;
  const answer = { id, digest, generation, note: options.note };
  const { outcome } = await client.call('approval.deny', answer);
  if (options.json) printJson({ id, outcome });
  else printAnswer(`${id} denied`);
  return EXIT.done;
}
