/** `agentguard approval approve`: shows the whole question before it takes the answer. */

import type { ApprovalMessage } from '@agentguard/daemon/control';
import { EXIT, UsageError } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toQuestionLines } from '../output/question.ts';
import { makeVisible } from '../output/visible.ts';
import { connectAnswering } from './answering.ts';

/** What was typed. */
export interface ApprovalApproveOptions {
  readonly id: string;
  readonly confirm: string | null;
  readonly operatorKey: boolean;
  readonly note: string | null;
  readonly json: boolean;
}

/** Approves one question, bound to what was printed. */
export async function approvalApprove(options: ApprovalApproveOptions): Promise<number> {
  const client = await connectAnswering(options);
  const { approval } = await client.call('approval.show', { id: options.id });
  for (const line of toQuestionLines(approval, Date.now())) printNote(line);
  const confirm = await confirmWord(approval, options);
  if (confirm === undefined) {
    printNote('agentguard: not approved');
    return EXIT.failed;
  }
  const { id, digest, generation } = approval;
  const answer = { id, digest, generation, note: options.note, confirm };
  const { outcome } = await client.call('approval.approve', answer);
  if (options.json) printJson({ id, outcome });
  else printAnswer(outcome === 'granted' ? lateText(id) : `${id} approved`);
  return EXIT.done;
}

function lateText(id: string): string {
  return `${id} came late: nothing has run; one identical call passes within 5 minutes`;
}

/** The typed word, null when none is needed, undefined when the person stepped back. */
async function confirmWord(
  approval: ApprovalMessage,
  options: ApprovalApproveOptions,
): Promise<string | null | undefined> {
  if (approval.confirm === null) return null;
  if (options.confirm !== null) return options.confirm;
  const word = makeVisible(approval.confirm).text;
  if (!process.stdin.isTTY) {
    throw new UsageError('approving this takes a word', `--confirm ${word}`);
  }
  const typed = await askLine(`type ${word} to approve, anything else steps back: `);
  return typed === approval.confirm ? typed : undefined;
}
