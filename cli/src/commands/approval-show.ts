/** `agentguard approval show` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { toQuestionLines } from '../output/question.ts';

/** Prints one question, whole. */
export async function approvalShow(options: {
  readonly id: string;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const { approval } = await client.call('approval.show', { id: options.id });
  if (options.json) printJson({ approval });
  else for (const line of toQuestionLines(approval, Date.now())) printAnswer(line);
  return EXIT.done;
}
