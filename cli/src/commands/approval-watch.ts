/**
 * `agentguard approval watch`: questions as they come. At a terminal each can be answered in place;
 * a decision takes a typed word and Enter, so that no stray key is ever one.
 */

import type { ApprovalMessage, ControlClient } from '@agentguard/daemon/control';
import { ControlError } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote, printProblem } from '../output/print.ts';
import { toQuestionLines } from '../output/question.ts';
import { makeVisible } from '../output/visible.ts';
import { watchAnswers } from '../input/watch-answers.ts';
import type { TypedAnswer } from '../input/watch-answers.ts';

/** Shows questions until it is interrupted, and takes answers at a terminal. */
export async function approvalWatch(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const pending = new Map<string, ApprovalMessage>();
  if (!options.json && process.stdin.isTTY) {
    watchAnswers((answer) => void answerQuestion(client, pending, answer));
  }
  for await (const event of client.subscribe('approval.watch', {}, { resume: () => ({}) })) {
    if (options.json) printJson(event);
    else if (event.kind === 'ready') printNote(`watching, ${pending.size} waiting`);
    else show(event.approval, pending);
  }
  return EXIT.done;
}

function show(approval: ApprovalMessage, pending: Map<string, ApprovalMessage>): void {
  if (approval.state !== 'pending') {
    pending.delete(approval.id);
    const by = approval.answeredBy === null ? '' : ` by ${makeVisible(approval.answeredBy).text}`;
    printAnswer(`${approval.id} ${approval.state}${by}`);
    return;
  }
  pending.set(approval.id, approval);
  printAnswer('');
  printAnswer(approval.id);
  for (const line of toQuestionLines(approval, Date.now())) printAnswer(line);
  const word = approval.confirm === null ? '' : ` ${makeVisible(approval.confirm).text}`;
  printNote(`to answer: approve ${approval.id}${word}, or deny ${approval.id}`);
}

/** Sends an answer, bound to what was shown last. What the daemon refuses is said and changes nothing. */
async function answerQuestion(
  client: ControlClient,
  pending: ReadonlyMap<string, ApprovalMessage>,
  answer: TypedAnswer,
): Promise<void> {
  const approval = pending.get(answer.id);
  if (approval === undefined) {
    printNote(`no question \`${makeVisible(answer.id).text}\` waits`);
    return;
  }
  const { id, digest, generation } = approval;
  try {
    if (answer.verdict === 'deny') {
      await client.call('approval.deny', { id, digest, generation, note: answer.rest });
    } else {
      const confirm = answer.rest;
      await client.call('approval.approve', { id, digest, generation, confirm, note: null });
    }
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    printProblem(error);
  }
}
